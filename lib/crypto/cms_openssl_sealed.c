/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/pem.h>

#include "lib/crypto/cms_openssl_internal.h"
#include "lib/crypto/crypto_openssl_internal.h"
#include "lib/crypto/x509_der.h"
#include "lib/crypto/x509_openssl_internal.h"

/* 2.16.840.1.101.3.4.1.46 */
static const uint8_t OID_AES256_GCM[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2E};

/* ---- seal ----------------------------------------------------------------------------------- */

/* ECDH with X9.63 KDF over SHA-256; the library's own default is still SHA-1. */
static bool add_recipient(CMS_ContentInfo *cms, X509 *cert)
{
    CMS_RecipientInfo *ri = CMS_add1_recipient_cert(cms, cert, CMS_KEY_PARAM);
    EVP_PKEY_CTX *kari = ri == NULL ? NULL : CMS_RecipientInfo_get0_pkey_ctx(ri);
    return kari != NULL && EVP_PKEY_CTX_set_ecdh_kdf_md(kari, EVP_sha256()) == 1;
}

static eg_status seal(X509 *cert, struct eg_span plain, struct eg_cms_bytes *out)
{
    unsigned flags = CMS_BINARY | CMS_PARTIAL;
    eg_status st = EG_ERR(CRYPTO_FAILED);
    BIO *in = eg_cms_bio(plain);
    CMS_ContentInfo *cms = in == NULL ? NULL : CMS_AuthEnvelopedData_create(EVP_aes_256_gcm());
    /* made without its content unless told so */
    if (cms != NULL && CMS_set_detached(cms, 0) == 1 && add_recipient(cms, cert) &&
        CMS_final(cms, in, NULL, flags) == 1) {
        st = eg_cms_encode(cms, out);
    }
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return st;
}

static bool has_ec_key(X509 *cert)
{
    EVP_PKEY *key = X509_get0_pubkey(cert);
    enum eg_key_alg alg = key == NULL ? EG_KEY_NONE : eg_pkey_alg(key);
    return alg == EG_KEY_P256 || alg == EG_KEY_P384;
}

eg_status eg_cms_seal(struct eg_span recipient, struct eg_span plain, struct eg_cms_bytes *out)
{
    *out = (struct eg_cms_bytes){0};
    X509 *cert = eg_x509_load(recipient);
    bool usable = cert != NULL && has_ec_key(cert);
    eg_status st = usable ? seal(cert, plain, out) : EG_ERR(CRYPTO_BAD_CERT);
    X509_free(cert);
    return eg_crypto_fail(st);
}

/* ---- open ----------------------------------------------------------------------------------- */

/*
 * The library would decrypt AuthEnvelopedData whose algorithm says CBC without any check, and
 * accept a tag of any length. So the message is read a second time, for just these two fields:
 *
 *   ContentInfo { OID, [0] AuthEnvelopedData { version, [0] originator OPTIONAL, SET recipients,
 *     EncryptedContentInfo { OID, AlgorithmIdentifier { OID, .. }, [0] .. }, [1] attrs OPTIONAL,
 *     OCTET STRING mac, [2] attrs OPTIONAL } }
 */
static bool says_gcm_256(struct eg_span der)
{
    struct eg_reader r;
    eg_reader_init(&r, der);
    struct eg_reader info = eg_der_enter(&r, EG_DER_SEQUENCE);
    (void)eg_der_take(&info, EG_DER_OID);
    struct eg_reader tagged = eg_der_enter(&info, EG_DER_CONTEXT_CONSTRUCTED(0));
    struct eg_reader data = eg_der_enter(&tagged, EG_DER_SEQUENCE);
    (void)eg_der_take(&data, EG_DER_INTEGER);
    if (eg_der_at(&data, EG_DER_CONTEXT_CONSTRUCTED(0))) {
        (void)eg_der_take(&data, EG_DER_CONTEXT_CONSTRUCTED(0));
    }
    (void)eg_der_take(&data, EG_DER_SET);
    struct eg_reader content = eg_der_enter(&data, EG_DER_SEQUENCE);
    (void)eg_der_take(&content, EG_DER_OID);
    struct eg_reader algorithm = eg_der_enter(&content, EG_DER_SEQUENCE);
    struct eg_span oid = eg_der_take(&algorithm, EG_DER_OID);
    if (eg_der_at(&data, EG_DER_CONTEXT_CONSTRUCTED(1))) {
        (void)eg_der_take(&data, EG_DER_CONTEXT_CONSTRUCTED(1));
    }
    struct eg_span mac = eg_der_take(&data, EG_DER_OCTET_STRING);
    return eg_ok(data.status) && eg_ok(algorithm.status) && mac.len == EG_GCM_TAG_LEN &&
           eg_span_equal(oid, EG_SPAN_OF(OID_AES256_GCM));
}

static bool is_sealed_form(const CMS_ContentInfo *cms)
{
    if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_id_smime_ct_authEnvelopedData) {
        return false;
    }
    struct eg_cms_bytes der = {0}; /* what came may be BER */
    bool good = eg_ok(eg_cms_encode(cms, &der)) && says_gcm_256(eg_span(der.ptr, der.len));
    eg_cms_bytes_free(&der);
    return good;
}

static CMS_ContentInfo *decode_any(struct eg_span message)
{
    if (message.len == 0 || message.ptr[0] == EG_DER_SEQUENCE) {
        return eg_cms_decode(message);
    }
    BIO *bio = eg_cms_bio(message);
    CMS_ContentInfo *cms = bio == NULL ? NULL : PEM_read_bio_CMS(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return cms;
}

static bool names_recipient(CMS_RecipientInfo *ri, X509 *cert)
{
    if (CMS_RecipientInfo_type(ri) != CMS_RECIPINFO_AGREE) {
        return false;
    }
    STACK_OF(CMS_RecipientEncryptedKey) *keys = CMS_RecipientInfo_kari_get0_reks(ri);
    for (int i = 0; i < sk_CMS_RecipientEncryptedKey_num(keys); i++) {
        CMS_RecipientEncryptedKey *rek = sk_CMS_RecipientEncryptedKey_value(keys, i);
        if (CMS_RecipientEncryptedKey_cert_cmp(rek, cert) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_for(CMS_ContentInfo *cms, X509 *cert)
{
    STACK_OF(CMS_RecipientInfo) *recipients = CMS_get0_RecipientInfos(cms);
    for (int i = 0; i < sk_CMS_RecipientInfo_num(recipients); i++) {
        if (names_recipient(sk_CMS_RecipientInfo_value(recipients, i), cert)) {
            return true;
        }
    }
    return false;
}

static eg_status open_with(CMS_ContentInfo *cms, X509 *cert, const struct eg_key *key,
                           struct eg_cms_bytes *out)
{
    if (!is_for(cms, cert)) {
        return EG_ERR(CRYPTO_CMS_NOT_FOR_US);
    }
    if (CMS_decrypt_set1_pkey(cms, key->pkey, cert) != 1) {
        return EG_ERR(CRYPTO_BAD_MAC); /* the wrapped content key has a check value of its own */
    }
    BIO *plain = BIO_new(BIO_s_secmem()); /* wiped when it grows and when it is freed */
    if (plain == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    bool good = CMS_decrypt(cms, NULL, NULL, NULL, plain, CMS_BINARY) == 1;
    eg_status st = good ? eg_cms_take(plain, out) : EG_ERR(CRYPTO_BAD_MAC);
    BIO_free(plain);
    return st;
}

eg_status eg_cms_open(struct eg_span message, struct eg_span recipient, const struct eg_key *key,
                      struct eg_cms_bytes *out)
{
    *out = (struct eg_cms_bytes){0};
    X509 *cert = eg_x509_load(recipient);
    CMS_ContentInfo *cms = decode_any(message);
    eg_status st = cert == NULL                          ? EG_ERR(CRYPTO_BAD_CERT)
                   : cms == NULL || !is_sealed_form(cms) ? EG_ERR(CRYPTO_BAD_CMS)
                                                         : open_with(cms, cert, key, out);
    CMS_ContentInfo_free(cms);
    X509_free(cert);
    return eg_crypto_fail(st);
}
