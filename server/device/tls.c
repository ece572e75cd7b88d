/* SPDX-License-Identifier: Apache-2.0 */
#include "server/device/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "server/main/limits.h"

/* TLS 1.2: forward secrecy and AEAD only. The RSA suites are for a server key that is not ours to
 * have yet, and harmless: without an RSA certificate they are never chosen. */
static const char suites_12[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                                "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
static const char suites_13[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384";

/** Any certificate will do here: the handshake proves its key, rules judge the rest. */
static int accept_any(X509_STORE_CTX *ctx, void *arg)
{
    (void)arg;
    X509_STORE_CTX_set_error(ctx, X509_V_OK);
    return 1;
}

/** Is our name in a ProtocolNameList (one-byte lengths)? */
static bool names_us(const unsigned char *list, size_t len)
{
    const struct eg_span ours = eg_span_str(EG_DEVICE_ALPN);
    for (size_t at = 0; at < len; at += 1u + list[at]) {
        if (list[at] >= len - at) {
            return false;
        }
        if (eg_span_equal(eg_span(list + at + 1, list[at]), ours)) {
            return true;
        }
    }
    return false;
}

static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                       const unsigned char *list, unsigned len, void *arg)
{
    (void)ssl;
    (void)arg;
    if (!names_us(list, len)) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    *out = (const unsigned char *)EG_DEVICE_ALPN;
    *out_len = sizeof(EG_DEVICE_ALPN) - 1;
    return SSL_TLSEXT_ERR_OK;
}

/** Does the hello name us and ask for a ticket? One that nobody uses is a tenth of a check-in. */
static bool wants_ticket(SSL *ssl)
{
    enum { LIST_LEN = 2 };
    const unsigned char *extension;
    size_t len;
    return SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation,
                                     &extension, &len) == 1 &&
           len > LIST_LEN && names_us(extension + LIST_LEN, len - LIST_LEN) &&
           SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_session_ticket, &extension, &len) == 1;
}

/** Before anything else of the handshake: tickets only for an agent of ours that will use them. */
static int look_at_hello(SSL *ssl, int *alert, void *arg)
{
    (void)alert;
    (void)arg;
    if (wants_ticket(ssl)) {
        SSL_clear_options(ssl, SSL_OP_NO_TICKET);
        SSL_set_num_tickets(ssl, 1);
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

static bool offer(SSL_CTX *c)
{
    char groups[] = "P-256:P-384"; /* not const: the library's macros cast it away */
    /* P-256 with SHA-256 first: the built-in key of many devices permits nothing else. */
    char signatures[] = "ECDSA+SHA256:ECDSA+SHA384";
    return SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(c, suites_12) == 1 &&
           SSL_CTX_set_ciphersuites(c, suites_13) == 1 &&
           SSL_CTX_set1_groups_list(c, groups) == 1 &&
           SSL_CTX_set1_client_sigalgs_list(c, signatures) == 1;
}

static bool ask_for_certificate(SSL_CTX *c)
{
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(c, accept_any, NULL);
    SSL_CTX_set_client_hello_cb(c, look_at_hello, NULL);
    SSL_CTX_set_alpn_select_cb(c, select_alpn, NULL);
    return true;
}

static bool limit(SSL_CTX *c)
{
    enum { RECORD_MAX = 4096 }; /* bytes: what most messages fit into; decides the write buffer */
    static const unsigned char scope[] = "engrave device";
    SSL_CTX_set_options(c, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                            SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(c, EG_LIMIT_DEVICE_RESUME_S);
    SSL_CTX_set_read_ahead(c, 1); /* a record's header and body in one read */
    SSL_CTX_set_max_send_fragment(c, RECORD_MAX);
    return SSL_CTX_set_num_tickets(c, 0) == 1 &&
           SSL_CTX_set_session_id_context(c, scope, sizeof(scope) - 1) == 1;
}

static X509 *read_certificate(struct eg_span der)
{
    const unsigned char *p = der.ptr;
    return d2i_X509(NULL, &p, (long)der.len);
}

static bool use_key(SSL_CTX *c, struct eg_span pem)
{
    BIO *in = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    EVP_PKEY *key = in == NULL ? NULL : PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
    bool used = key != NULL && SSL_CTX_use_PrivateKey(c, key) == 1;
    EVP_PKEY_free(key);
    BIO_free(in);
    return used;
}

static bool use_identity(SSL_CTX *c, const struct eg_device_tls_options *o)
{
    X509 *leaf = read_certificate(o->certificate), *ca = read_certificate(o->ca);
    bool used = leaf != NULL && ca != NULL && SSL_CTX_use_certificate(c, leaf) == 1 &&
                SSL_CTX_add1_chain_cert(c, ca) == 1 && use_key(c, o->key_pem) &&
                SSL_CTX_check_private_key(c) == 1;
    X509_free(leaf);
    X509_free(ca);
    return used;
}

eg_status eg_device_tls_new(const struct eg_device_tls_options *options, SSL_CTX **out)
{
    *out = NULL;
    SSL_CTX *c = SSL_CTX_new(TLS_server_method());
    if (c != NULL && offer(c) && limit(c) && ask_for_certificate(c) && use_identity(c, options)) {
        *out = c;
        return EG_OK;
    }
    SSL_CTX_free(c);
    ERR_clear_error();
    return EG_ERR(NET_TLS);
}

SSL *eg_device_tls_accept(SSL_CTX *context, int fd)
{
    SSL *ssl = SSL_new(context);
    if (ssl == NULL || SSL_set_fd(ssl, fd) != 1) {
        SSL_free(ssl);
        ERR_clear_error();
        return NULL;
    }
    SSL_set_accept_state(ssl);
    return ssl;
}

/** The extension's values 1 to 4 mean 512 to 4096 bytes. */
static uint16_t record_max(SSL *ssl)
{
    enum { SHORTEST = 512 };
    const SSL_SESSION *session = SSL_get_session(ssl);
    uint8_t code = session == NULL ? 0 : SSL_SESSION_get_max_fragment_length(session);
    bool asked = code >= TLSEXT_max_fragment_length_512 && code <= TLSEXT_max_fragment_length_4096;
    unsigned bytes = asked ? (unsigned)SHORTEST << (code - TLSEXT_max_fragment_length_512) : 0;
    return (uint16_t)bytes;
}

void eg_device_tls_facts(SSL *ssl, struct eg_device_tls_facts *out)
{
    const unsigned char *alpn;
    unsigned alpn_len;
    const char *sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    *out = (struct eg_device_tls_facts){.resumed = SSL_session_reused(ssl) == 1,
                                        .record_max = record_max(ssl)};
    SSL_get0_alpn_selected(ssl, &alpn, &alpn_len);
    out->ours = alpn_len > 0;
    size_t len = sni == NULL ? 0 : strlen(sni);
    if (len > 0) {
        /* one that is too long fits no name; its beginning serves the log */
        len = len < sizeof(out->sni) ? len : sizeof(out->sni) - 1;
        memcpy(out->sni, sni, len);
    }
}

eg_status eg_device_tls_peer(SSL *ssl, uint8_t *room, size_t room_len, struct eg_span *out)
{
    X509 *peer = SSL_get0_peer_certificate(ssl);
    unsigned char *to = room;
    int len = peer == NULL ? 0 : i2d_X509(peer, NULL);
    *out = eg_span(NULL, 0);
    if (len <= 0 || (size_t)len > room_len) {
        return EG_ERR(NO_ROOM);
    }
    len = i2d_X509(peer, &to);
    *out = eg_span(room, len > 0 ? (size_t)len : 0);
    return EG_OK;
}

bool eg_device_tls_names(struct eg_span certificate, const char *name)
{
    X509 *leaf = read_certificate(certificate);
    bool named = leaf != NULL && X509_check_host(leaf, name, 0, 0, NULL) == 1;
    X509_free(leaf);
    ERR_clear_error();
    return named;
}

bool eg_device_tls_no_certificate(void)
{
    unsigned long error = ERR_peek_error();
    return ERR_GET_LIB(error) == ERR_LIB_SSL &&
           ERR_GET_REASON(error) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE;
}
