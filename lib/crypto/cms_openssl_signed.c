/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/crypto/cms_openssl_internal.h"
#include "lib/crypto/crypto_openssl_internal.h"
#include "lib/crypto/x509_openssl_internal.h"

/* ---- sign ----------------------------------------------------------------------------------- */

static eg_status sign_with(X509 *cert, EVP_PKEY *pkey, struct eg_span plain,
                           struct eg_cms_bytes *out)
{
    unsigned flags = CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP;
    eg_status st = EG_ERR(CRYPTO_FAILED);
    BIO *in = eg_cms_bio(plain);
    CMS_ContentInfo *cms = in == NULL ? NULL : CMS_sign(NULL, NULL, NULL, NULL, flags);
    if (cms != NULL && CMS_add1_signer(cms, cert, pkey, EVP_sha256(), flags) != NULL &&
        CMS_final(cms, in, NULL, flags) == 1) {
        st = eg_cms_encode(cms, out);
    }
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return st;
}

eg_status eg_cms_sign(struct eg_span signer, const struct eg_key *key, struct eg_span plain,
                      struct eg_cms_bytes *out)
{
    *out = (struct eg_cms_bytes){0};
    X509 *cert = eg_x509_load(signer);
    if (cert == NULL) {
        return eg_crypto_fail(EG_ERR(CRYPTO_BAD_CERT));
    }
    bool belongs = key->has_private && X509_check_private_key(cert, key->pkey) == 1;
    eg_status st = belongs ? sign_with(cert, key->pkey, plain, out) : EG_ERR(CRYPTO_BAD_KEY);
    X509_free(cert);
    return eg_crypto_fail(st);
}

/* ---- verify --------------------------------------------------------------------------------- */

static bool is_strong_hash(CMS_SignerInfo *si)
{
    X509_ALGOR *digest = NULL;
    const ASN1_OBJECT *oid = NULL;
    CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest, NULL);
    X509_ALGOR_get0(&oid, NULL, NULL, digest);
    int nid = OBJ_obj2nid(oid);
    return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

/* The one SignerInfo of a message of our form, borrowed from it; NULL for another form. */
static CMS_SignerInfo *only_signer(CMS_ContentInfo *cms)
{
    if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed ||
        OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_pkcs7_data || CMS_is_detached(cms) != 0) {
        return NULL;
    }
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    if (sk_CMS_SignerInfo_num(signers) != 1) {
        return NULL;
    }
    CMS_SignerInfo *si = sk_CMS_SignerInfo_value(signers, 0);
    return is_strong_hash(si) ? si : NULL;
}

/* Verify with exactly this certificate as the only one known. */
static eg_status verify_with(CMS_ContentInfo *cms, X509 *cert, struct eg_cms_bytes *out)
{
    STACK_OF(X509) *known = sk_X509_new_null();
    BIO *content = BIO_new(BIO_s_secmem());
    eg_status st = EG_ERR(NO_MEMORY);
    if (known != NULL && content != NULL && sk_X509_push(known, cert) > 0) {
        unsigned flags = CMS_NO_SIGNER_CERT_VERIFY | CMS_NOINTERN | CMS_BINARY;
        bool good = CMS_verify(cms, known, NULL, NULL, content, flags) == 1;
        st = good ? eg_cms_take(content, out) : EG_ERR(CRYPTO_BAD_SIGNATURE);
    }
    BIO_free(content);
    sk_X509_free(known); /* the stack only; the certificate is borrowed */
    return st;
}

/* One trusted certificate at a time, on a message of its own: the library keeps what it tried. */
static eg_status try_one(struct eg_span message, struct eg_span trusted, struct eg_cms_bytes *out)
{
    CMS_ContentInfo *cms = eg_cms_decode(message);
    CMS_SignerInfo *si = cms == NULL ? NULL : only_signer(cms);
    X509 *cert = eg_x509_load(trusted);
    eg_status st;
    if (si == NULL) {
        st = EG_ERR(CRYPTO_BAD_CMS);
    } else if (cert == NULL || CMS_SignerInfo_cert_cmp(si, cert) != 0) {
        st = EG_ERR(CRYPTO_CMS_SIGNER);
    } else {
        st = verify_with(cms, cert, out);
    }
    X509_free(cert);
    CMS_ContentInfo_free(cms);
    return eg_crypto_fail(st);
}

/* With nobody trusted the form of the message still decides which error it is. */
static eg_status check_form(struct eg_span message)
{
    CMS_ContentInfo *cms = eg_cms_decode(message);
    bool good = cms != NULL && only_signer(cms) != NULL;
    CMS_ContentInfo_free(cms);
    return eg_crypto_fail(good ? EG_ERR(CRYPTO_CMS_SIGNER) : EG_ERR(CRYPTO_BAD_CMS));
}

eg_status eg_cms_verify(struct eg_span message, const struct eg_span *trusted, size_t trusted_count,
                        struct eg_cms_bytes *out, size_t *out_signer)
{
    *out = (struct eg_cms_bytes){0};
    eg_status st = check_form(message);
    for (size_t i = 0; i < trusted_count && !eg_is(st, EG_E_CRYPTO_BAD_CMS); i++) {
        eg_status one = try_one(message, trusted[i], out);
        if (eg_ok(one)) {
            *out_signer = i;
            return EG_OK;
        }
        if (!eg_is(one, EG_E_CRYPTO_CMS_SIGNER)) {
            st = one; /* a matching name with a bad signature says more than "somebody else" */
        }
    }
    return st;
}
