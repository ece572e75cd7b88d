/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of x509.h that are not hot and that the library does well: verifying, text, PEM. */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "lib/crypto/crypto_openssl_internal.h"
#include "lib/crypto/x509.h"
#include "lib/crypto/x509_der.h"
#include "lib/crypto/x509_openssl_internal.h"

enum { PEM_LEN_MAX = 65536 };

X509 *eg_x509_load(struct eg_span der)
{
    struct eg_x509_info info;
    if (!eg_ok(eg_x509_parse(der, &info))) {
        return NULL; /* also bounds the length, and refuses trailing bytes */
    }
    const unsigned char *p = der.ptr;
    return d2i_X509(NULL, &p, (long)der.len);
}

static eg_status check_issued(X509 *cert, X509 *issuer)
{
    if (X509_NAME_cmp(X509_get_issuer_name(cert), X509_get_subject_name(issuer)) != 0) {
        return EG_ERR(CRYPTO_BAD_SIGNATURE);
    }
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    if (key == NULL) {
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    return X509_verify(cert, key) == 1 ? EG_OK : EG_ERR(CRYPTO_BAD_SIGNATURE);
}

eg_status eg_x509_check_issued(struct eg_crypto *c, struct eg_span cert, struct eg_span issuer)
{
    (void)c;
    X509 *x_cert = eg_x509_load(cert);
    X509 *x_issuer = eg_x509_load(issuer);
    eg_status st = x_cert == NULL || x_issuer == NULL ? EG_ERR(CRYPTO_BAD_CERT)
                                                      : check_issued(x_cert, x_issuer);
    X509_free(x_cert);
    X509_free(x_issuer);
    return eg_crypto_fail(st);
}

/* Characters that were cut in the middle are dropped whole. */
static void trim_utf8(char *text, size_t len)
{
    size_t start = len;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) {
        start--;
    }
    if (start > 0 && ((unsigned char)text[start - 1] & 0x80) != 0) {
        start--;
    }
    text[start] = '\0';
}

void eg_x509_name_text(struct eg_span name, char *out, size_t room)
{
    if (room == 0) {
        return;
    }
    out[0] = '\0';
    const unsigned char *p = name.ptr;
    X509_NAME *x_name = name.len == 0 || name.len > EG_X509_LEN_MAX
                            ? NULL
                            : d2i_X509_NAME(NULL, &p, (long)name.len);
    BIO *bio = BIO_new(BIO_s_mem());
    unsigned long form = XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
    if (x_name != NULL && bio != NULL && X509_NAME_print_ex(bio, x_name, 0, form) >= 0) {
        char *text = NULL;
        size_t len = (size_t)BIO_get_mem_data(bio, &text);
        size_t take = len < room ? len : room - 1;
        if (take > 0) {
            memcpy(out, text, take);
        }
        out[take] = '\0';
        if (take < len) {
            trim_utf8(out, take);
        }
    }
    BIO_free(bio);
    X509_NAME_free(x_name);
    ERR_clear_error();
}

static eg_status append_certificate(struct eg_span der, struct eg_writer *out)
{
    struct eg_x509_info info;
    EG_TRY(eg_x509_parse(der, &info));
    eg_writer_bytes(out, der);
    return out->status;
}

static eg_status first_certificate(BIO *bio, struct eg_writer *out)
{
    eg_status st = EG_ERR(CRYPTO_BAD_CERT);
    bool found = false;
    while (!found) {
        char *name = NULL, *header = NULL;
        unsigned char *der = NULL;
        long len = 0;
        if (PEM_read_bio(bio, &name, &header, &der, &len) != 1) {
            return st;
        }
        found = strcmp(name, PEM_STRING_X509) == 0;
        if (found) {
            st = append_certificate(eg_span(der, (size_t)len), out);
        }
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(der, (size_t)len); /* another block may have been a key */
    }
    return st;
}

eg_status eg_x509_from_pem(struct eg_span pem_or_der, struct eg_writer *out_der)
{
    if (pem_or_der.len == 0 || pem_or_der.len > PEM_LEN_MAX) {
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    if (pem_or_der.ptr[0] == EG_DER_SEQUENCE) {
        return append_certificate(pem_or_der, out_der);
    }
    BIO *bio = BIO_new_mem_buf(pem_or_der.ptr, (int)pem_or_der.len);
    eg_status st = bio == NULL ? EG_ERR(NO_MEMORY) : first_certificate(bio, out_der);
    BIO_free(bio);
    return eg_crypto_fail(st);
}

eg_status eg_pem_write(const char *label, struct eg_span der, struct eg_writer *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    eg_status st = EG_ERR(CRYPTO_FAILED);
    if (bio != NULL && PEM_write_bio(bio, label, "", der.ptr, (long)der.len) > 0) {
        char *text = NULL;
        size_t len = (size_t)BIO_get_mem_data(bio, &text);
        eg_writer_bytes(out, eg_span(text, len));
        st = out->status;
    }
    BIO_free(bio);
    return eg_crypto_fail(st);
}

eg_status eg_x509_to_pem(struct eg_span der, struct eg_writer *out_pem)
{
    struct eg_x509_info info;
    EG_TRY(eg_x509_parse(der, &info));
    return eg_pem_write(PEM_STRING_X509, der, out_pem);
}
