/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/crypto/x509_sign.h"

#include "lib/crypto/x509_der.h"

/* AlgorithmIdentifier of a signature by a key (RFC 5758, RFC 8410, RFC 4055). */
enum { SIG_ALG_LEN_MAX = 15 };
struct sig_alg {
    uint8_t len;
    uint8_t der[SIG_ALG_LEN_MAX];
};
static const struct sig_alg ECDSA_SHA256 = {
    12, {0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02}};
static const struct sig_alg ECDSA_SHA384 = {
    12, {0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x03}};
static const struct sig_alg ED25519 = {7, {0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70}};
static const struct sig_alg RSA_SHA256 = {
    15, {0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B, 0x05, 0x00}};

struct eg_span eg_x509_sig_alg(const struct eg_key *key)
{
    static const struct sig_alg *const by_key[] = {
        [EG_KEY_P256] = &ECDSA_SHA256,   [EG_KEY_P384] = &ECDSA_SHA384,
        [EG_KEY_ED25519] = &ED25519,     [EG_KEY_RSA_2048] = &RSA_SHA256,
        [EG_KEY_RSA_3072] = &RSA_SHA256, [EG_KEY_RSA_4096] = &RSA_SHA256,
    };
    const struct sig_alg *alg = by_key[eg_key_alg_of(key)];
    return eg_span(alg->der, alg->len);
}

eg_status eg_x509_sign(struct eg_crypto *c, const struct eg_key *key, size_t tbs_begin,
                       struct eg_writer *w)
{
    EG_TRY(w->status);
    struct eg_span tbs = eg_span(w->ptr + tbs_begin, w->len - tbs_begin);
    eg_writer_bytes(w, eg_x509_sig_alg(key));
    size_t signature = eg_der_begin(w, EG_DER_BIT_STRING);
    eg_writer_u8(w, 0); /* unused bits */
    EG_TRY(eg_sign(c, key, tbs, w));
    eg_der_end(w, signature);
    return w->status;
}
