/* SPDX-License-Identifier: Apache-2.0 */
/* Keys as SubjectPublicKeyInfo and as PEM. Tens of microseconds each: not for the hot path. */
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "lib/base/secret.h"
#include "lib/crypto/crypto_openssl_internal.h"

enum { PEM_LEN_MAX = 16384 };

/* Never ask a person: an encrypted PEM is simply not a key here. */
static int no_passphrase(char *buf, int size, int rwflag, void *arg)
{
    (void)buf;
    (void)size;
    (void)rwflag;
    (void)arg;
    return -1;
}

eg_status eg_key_spki(const struct eg_key *key, struct eg_writer *out)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key->pkey, &der);
    if (len <= 0) {
        return eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
    }
    eg_writer_bytes(out, eg_span(der, (size_t)len));
    OPENSSL_free(der);
    return out->status;
}

/* One key has one encoding: what was read must be what would be written. */
static bool is_canonical(EVP_PKEY *pkey, struct eg_span spki)
{
    bool is_ec = EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC;
    if (is_ec && EVP_PKEY_set_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                                "uncompressed") != 1) {
        return false; /* without this a compressed point would be written as it was read */
    }
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(pkey, &der);
    bool same = len > 0 && eg_span_equal(eg_span(der, (size_t)len), spki);
    OPENSSL_free(der);
    return same;
}

eg_status eg_key_from_spki(struct eg_crypto *c, struct eg_span spki, struct eg_key **out)
{
    (void)c;
    *out = NULL;
    if (spki.len == 0 || spki.len > EG_SPKI_LEN_MAX) {
        return EG_ERR(CRYPTO_BAD_KEY);
    }
    const unsigned char *p = spki.ptr;
    EVP_PKEY *pkey = d2i_PUBKEY(NULL, &p, (long)spki.len);
    if (pkey == NULL || eg_pkey_alg(pkey) == EG_KEY_NONE) {
        return eg_key_adopt(pkey, false, out); /* frees it and says which of the two */
    }
    if (!is_canonical(pkey, spki)) {
        EVP_PKEY_free(pkey);
        return eg_crypto_fail(EG_ERR(CRYPTO_BAD_KEY));
    }
    return eg_key_adopt(pkey, false, out);
}

static BIO *pem_bio(struct eg_span pem)
{
    return pem.len == 0 || pem.len > PEM_LEN_MAX ? NULL : BIO_new_mem_buf(pem.ptr, (int)pem.len);
}

eg_status eg_key_from_pem(struct eg_crypto *c, struct eg_span pem, struct eg_key **out)
{
    *out = NULL;
    BIO *bio = pem_bio(pem);
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    long len = 0;
    eg_status st = EG_ERR(CRYPTO_BAD_KEY);
    if (bio != NULL && PEM_read_bio(bio, &name, &header, &der, &len) == 1 &&
        strcmp(name, PEM_STRING_PUBLIC) == 0) {
        st = eg_key_from_spki(c, eg_span(der, (size_t)len), out);
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    BIO_free(bio);
    return eg_crypto_fail(st);
}

static bool is_key_pair(EVP_PKEY *pkey)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    bool good = ctx != NULL && EVP_PKEY_pairwise_check(ctx) == 1;
    EVP_PKEY_CTX_free(ctx);
    return good;
}

eg_status eg_key_from_private_pem(struct eg_crypto *c, struct eg_span pem, struct eg_key **out)
{
    (void)c;
    *out = NULL;
    BIO *bio = pem_bio(pem);
    EVP_PKEY *pkey = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    if (pkey != NULL && eg_pkey_alg(pkey) != EG_KEY_NONE && !is_key_pair(pkey)) {
        EVP_PKEY_free(pkey);
        return eg_crypto_fail(EG_ERR(CRYPTO_BAD_KEY));
    }
    return eg_crypto_fail(eg_key_adopt(pkey, true, out));
}

eg_status eg_key_private_pem(const struct eg_key *key, struct eg_writer *out)
{
    if (!key->has_private) {
        return EG_ERR(CRYPTO_BAD_KEY);
    }
    eg_status st = EG_ERR(CRYPTO_FAILED);
    BIO *bio = BIO_new(BIO_s_secmem());
    if (bio != NULL &&
        PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, no_passphrase, NULL) == 1) {
        char *text = NULL;
        long len = BIO_get_mem_data(bio, &text);
        eg_writer_bytes(out, eg_span(text, (size_t)len));
        eg_wipe(text, (size_t)len);
        st = out->status;
    }
    BIO_free(bio);
    return eg_ok(st) ? st : eg_crypto_fail(st);
}
