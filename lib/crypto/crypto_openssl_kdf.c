/* SPDX-License-Identifier: Apache-2.0 */
/* Key derivation: HKDF over our own HMAC (a fifth of EVP_KDF's cost), scrypt by the library. */
#include <string.h>

#include "lib/base/secret.h"
#include "lib/crypto/crypto_openssl_internal.h"

enum {
    HKDF_OUT_MAX = 255 * EG_SHA256_LEN,
    HKDF_INFO_MAX = 1024,
};
static const uint64_t SCRYPT_MEMORY_MAX = 1u << 30;

/* T(i) = HMAC(prk, T(i-1) || info || i), RFC 5869 2.3. */
static eg_status hkdf_expand(struct eg_crypto *c, struct eg_span prk, struct eg_span info,
                             uint8_t *out, size_t out_len)
{
    uint8_t room[EG_SHA256_LEN + HKDF_INFO_MAX + 1];
    uint8_t t[EG_SHA256_LEN];
    eg_status st = EG_OK;
    for (size_t done = 0, i = 1; done < out_len && eg_ok(st); i++) {
        struct eg_writer w;
        eg_writer_init(&w, room, sizeof(room));
        if (i > 1) {
            eg_writer_bytes(&w, EG_SPAN_OF(t));
        }
        eg_writer_bytes(&w, info);
        eg_writer_u8(&w, (uint8_t)i);
        st = eg_ok(w.status) ? eg_hmac_sha256(c, prk, eg_writer_span(&w), t) : w.status;
        if (eg_ok(st)) {
            size_t n = out_len - done < sizeof(t) ? out_len - done : sizeof(t);
            memcpy(out + done, t, n);
            done += n;
        }
    }
    eg_wipe(room, sizeof(room));
    eg_wipe(t, sizeof(t));
    return st;
}

eg_status eg_hkdf_sha256(struct eg_crypto *c, struct eg_span ikm, struct eg_span salt,
                         struct eg_span info, uint8_t *out, size_t out_len)
{
    if (out_len > HKDF_OUT_MAX) {
        return EG_ERR(CRYPTO_FAILED);
    }
    uint8_t prk[EG_SHA256_LEN];
    /* An empty salt and 32 zero bytes are the same HMAC key. */
    eg_status st = eg_hmac_sha256(c, salt, ikm, prk);
    if (eg_ok(st)) {
        st = hkdf_expand(c, EG_SPAN_OF(prk), info, out, out_len);
    }
    if (!eg_ok(st)) {
        eg_wipe(out, out_len);
    }
    eg_wipe(prk, sizeof(prk));
    return st;
}

eg_status eg_scrypt(struct eg_span passphrase, struct eg_span salt, uint64_t n, uint32_t r,
                    uint32_t p, uint8_t *out, size_t out_len)
{
    const char *pass = passphrase.len == 0 ? "" : (const char *)passphrase.ptr;
    if (EVP_PBE_scrypt(pass, passphrase.len, salt.ptr, salt.len, n, r, p,
                       SCRYPT_MEMORY_MAX + (1u << 20), out, out_len) != 1) {
        eg_wipe(out, out_len);
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    return EG_OK;
}
