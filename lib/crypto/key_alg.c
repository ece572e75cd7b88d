/* SPDX-License-Identifier: Apache-2.0 */
/* Names and sizes of the key algorithms. */
#include "lib/crypto/crypto.h"

static const struct {
    const char *name;
    uint32_t bits;
} ALGS[] = {
    [EG_KEY_NONE] = {"", 0},
    [EG_KEY_P256] = {"NIST_P256", 256},
    [EG_KEY_P384] = {"NIST_P384", 384},
    [EG_KEY_ED25519] = {"ECC_ED_25519", 255},
    [EG_KEY_RSA_2048] = {"RSA_2048", 2048},
    [EG_KEY_RSA_3072] = {"RSA_3072", 3072},
    [EG_KEY_RSA_4096] = {"RSA_4096", 4096},
};
enum { ALG_COUNT = sizeof(ALGS) / sizeof(ALGS[0]) };

const char *eg_key_alg_name(enum eg_key_alg alg)
{
    return (unsigned)alg < ALG_COUNT ? ALGS[alg].name : "";
}

enum eg_key_alg eg_key_alg_from_name(struct eg_span name)
{
    for (unsigned i = EG_KEY_P256; i < ALG_COUNT; i++) {
        if (eg_span_equal(name, eg_span_str(ALGS[i].name))) {
            return (enum eg_key_alg)i;
        }
    }
    return EG_KEY_NONE;
}

uint32_t eg_key_alg_bits(enum eg_key_alg alg)
{
    return (unsigned)alg < ALG_COUNT ? ALGS[alg].bits : 0;
}
