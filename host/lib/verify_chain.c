/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "host/lib/verify.h"

enum { CHAIN_MAX = 8 };

static const char pem_begin[] = "-----BEGIN CERTIFICATE-----";

/* Start of the first block at or after `from`; NULL if there is none. */
static const uint8_t *find_block(struct eg_span pem, const uint8_t *from)
{
    return memmem(from, pem.len - (size_t)(from - pem.ptr), pem_begin, sizeof pem_begin - 1);
}

static bool self_signed(struct eg_crypto *crypto, struct eg_span cert)
{
    return eg_ok(eg_x509_check_issued(crypto, cert, cert));
}

eg_status eg_verify_chain(struct eg_crypto *crypto, struct eg_span leaf, struct eg_span chain_pem)
{
    uint8_t room[2][EG_X509_LEN_MAX]; /* this one and the one before */
    struct eg_span below = leaf;
    const uint8_t *block = chain_pem.len > 0 ? find_block(chain_pem, chain_pem.ptr) : NULL;

    for (int i = 0; i < CHAIN_MAX && block != NULL; i++) {
        struct eg_writer w;
        struct eg_x509_info info;
        struct eg_span rest = eg_span(block, chain_pem.len - (size_t)(block - chain_pem.ptr));

        eg_writer_init(&w, room[i % 2], sizeof room[0]);
        if (!eg_ok(eg_x509_from_pem(rest, &w)) ||
            !eg_ok(eg_x509_parse(eg_writer_span(&w), &info)) || !info.is_ca ||
            !eg_ok(eg_x509_check_issued(crypto, below, eg_writer_span(&w)))) {
            return EG_ERR(HOST_VERIFY_CHAIN);
        }
        below = eg_writer_span(&w);
        if (self_signed(crypto, below)) {
            return EG_OK;
        }
        block = find_block(chain_pem, block + sizeof pem_begin - 1);
    }
    return EG_ERR(HOST_VERIFY_CHAIN);
}
