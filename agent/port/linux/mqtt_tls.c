/* SPDX-License-Identifier: Apache-2.0 */
/* TLS context of an MQTT login: certificate out of the enclave, key in it. */
#include "agent/port/linux/mqtt_tls.h"

#include <openssl/x509v3.h>
#include <stdlib.h>

#include "agent/port/linux/tls.h"

static bool sign(void *ctx, const uint8_t hash[static EG_AGENT_HASH_LEN],
                 uint8_t out[static EG_AGENT_SIGNATURE_LEN])
{
    const struct eg_mqtt *m = ctx;
    return m->enclave->ops->sign_key(m->enclave, m->target.key, hash, out) == EG_PORT_PSA_OK;
}

static X509 *take(struct eg_span *rest)
{
    const unsigned char *p = rest->ptr;
    X509 *certificate = rest->len > 0 ? d2i_X509(NULL, &p, (long)rest->len) : NULL;
    if (certificate != NULL) {
        *rest = eg_span(p, rest->len - (size_t)(p - rest->ptr));
    }
    return certificate;
}

/* The first is ours; the others go with it. */
static bool set_chain(struct eg_mqtt *m, struct eg_span chain)
{
    X509 *leaf = take(&chain);
    EVP_PKEY *key = leaf != NULL ? eg_tls_key(leaf, sign, m) : NULL;
    bool done = key != NULL && eg_tls_client_context(m->ctx, leaf, key);
    EVP_PKEY_free(key);
    X509_free(leaf);
    while (done && chain.len > 0) {
        X509 *above = take(&chain);
        done = above != NULL && SSL_CTX_add_extra_chain_cert(m->ctx, above) == 1;
        if (!done) {
            X509_free(above);
        }
    }
    return done;
}

static bool load_chain(struct eg_mqtt *m)
{
    uint8_t *room = malloc(EG_PORT_OBJECT_BYTES_MAX);
    struct eg_writer w;
    if (room == NULL) {
        return false;
    }
    eg_writer_init(&w, room, EG_PORT_OBJECT_BYTES_MAX);
    bool done = m->enclave->ops->read(m->enclave, m->target.certificate, &w) == EG_PORT_PSA_OK &&
                set_chain(m, eg_writer_span(&w));
    free(room);
    return done;
}

static bool set_trust(struct eg_mqtt *m)
{
    X509_STORE *anchors = eg_tls_anchors(m->target.roots);
    if (anchors == NULL) {
        return false;
    }
    SSL_CTX_set_cert_store(m->ctx, anchors); /* takes it */
    SSL_CTX_set_verify(m->ctx, SSL_VERIFY_PEER, NULL);
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(m->ctx);
    return X509_VERIFY_PARAM_set1_host(param, m->target.host, 0) == 1 ||
           X509_VERIFY_PARAM_set1_ip_asc(param, m->target.host) == 1;
}

bool eg_mqtt_tls(struct eg_mqtt *m)
{
    m->ctx = SSL_CTX_new(TLS_client_method());
    return m->ctx != NULL && load_chain(m) && set_trust(m);
}
