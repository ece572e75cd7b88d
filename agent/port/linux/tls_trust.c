/* SPDX-License-Identifier: Apache-2.0 */
/* Whom to trust: anchors out of the connection data, and the CRL of the issuing CA. */
#include <openssl/x509v3.h>
#include <stdio.h>

#include "agent/port/linux/tls.h"

static bool add_anchor(X509_STORE *store, struct eg_span *rest)
{
    const unsigned char *p = rest->ptr;
    X509 *certificate = d2i_X509(NULL, &p, (long)rest->len);
    bool done = certificate != NULL && X509_STORE_add_cert(store, certificate) == 1;
    X509_free(certificate);
    if (done) {
        *rest = eg_span(p, rest->len - (size_t)(p - rest->ptr));
    }
    return done;
}

X509_STORE *eg_tls_anchors(struct eg_span roots)
{
    X509_STORE *store = X509_STORE_new();
    bool done = store != NULL && roots.len > 0;
    while (done && roots.len > 0) {
        done = add_anchor(store, &roots);
    }
    if (!done) {
        X509_STORE_free(store);
        return NULL;
    }
    return store;
}

/* ---- CRL --------------------------------------------------------------------------------------
 */

/* Exactly one CRL. */
static X509_CRL *read_crl(struct eg_span crl)
{
    const unsigned char *p = crl.ptr;
    X509_CRL *out = crl.len > 0 ? d2i_X509_CRL(NULL, &p, (long)crl.len) : NULL;
    if (out != NULL && p != crl.ptr + crl.len) {
        X509_CRL_free(out);
        return NULL;
    }
    return out;
}

/* The leaf again, and this time its issuer's CRL must be there, be current and not list it. */
static int verify_with(SSL *ssl, X509_STORE *anchors, X509_CRL *crl)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509_CRL) *crls = sk_X509_CRL_new_null();
    X509 *leaf = SSL_get0_peer_certificate(ssl);
    int error = X509_V_ERR_UNSPECIFIED;
    if (ctx != NULL && crls != NULL && leaf != NULL && sk_X509_CRL_push(crls, crl) == 1 &&
        X509_STORE_CTX_init(ctx, anchors, leaf, SSL_get_peer_cert_chain(ssl)) == 1) {
        X509_STORE_CTX_set0_crls(ctx, crls);
        X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_CRL_CHECK);
        error = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
    }
    sk_X509_CRL_free(crls);
    X509_STORE_CTX_free(ctx);
    return error;
}

enum eg_agent_result eg_tls_check_crl(SSL *ssl, X509_STORE *anchors, struct eg_span crl, char *why,
                                      size_t why_room)
{
    X509_CRL *list = read_crl(crl);
    if (list == NULL) {
        (void)snprintf(why, why_room, "the service sent no CRL that can be read");
        return EG_AGENT_BAD_CRL;
    }
    int error = verify_with(ssl, anchors, list);
    X509_CRL_free(list);
    if (error == X509_V_OK) {
        return EG_AGENT_OK;
    }
    (void)snprintf(why, why_room, "%s", X509_verify_cert_error_string(error));
    return error == X509_V_ERR_CERT_REVOKED ? EG_AGENT_REVOKED : EG_AGENT_BAD_CRL;
}
