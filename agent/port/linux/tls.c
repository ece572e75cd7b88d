/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/port/linux/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "lib/os/clock.h"
#include "lib/os/fd.h"

void eg_tls_init(struct eg_tls *t, const struct eg_tls_options *options)
{
    *t = (struct eg_tls){.options = *options, .fd = -1};
}

static void drop(struct eg_tls *t)
{
    SSL_free(t->ssl);
    SSL_CTX_free(t->ctx);
    t->ssl = NULL;
    t->ctx = NULL;
    eg_fd_close(&t->fd);
}

void eg_tls_cleanup(struct eg_tls *t)
{
    drop(t);
}

static enum eg_agent_result fail(struct eg_tls *t, enum eg_agent_result result, const char *why)
{
    (void)snprintf(t->why, sizeof(t->why), "%s", why);
    return result;
}

/* The newest of OpenSSL's own words. */
static const char *openssl_words(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason != NULL ? reason : "the connection was closed";
}

/* ---- waiting ----------------------------------------------------------------------------------
 */

/* After a call that could not finish: wait for what it needs. OK: try again. */
static enum eg_agent_result wait_for(struct eg_tls *t, int code, int64_t deadline_ms)
{
    int error = SSL_get_error(t->ssl, code);
    struct pollfd p[2] = {{.fd = t->fd}, {.fd = t->options.cancel_fd, .events = POLLIN}};
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
        return EG_AGENT_CLOSED;
    }
    p[0].events = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    for (;;) {
        int n = poll(p, 2, eg_clock_left_ms(deadline_ms));
        if (n > 0 && p[1].revents != 0) {
            return EG_AGENT_CLOSED;
        }
        if (n > 0) {
            return EG_AGENT_OK;
        }
        if (n == 0) {
            return fail(t, EG_AGENT_TIMEOUT, "the service was silent for too long");
        }
        if (errno != EINTR) {
            return EG_AGENT_CLOSED;
        }
    }
}

/* ---- opening ----------------------------------------------------------------------------------
 */

static bool sign_with_enclave(void *ctx, const uint8_t hash[static EG_AGENT_HASH_LEN],
                              uint8_t out[static EG_AGENT_SIGNATURE_LEN])
{
    const struct eg_port_enclave *e = ctx;
    return e->agent.sign(ctx, hash, out) == EG_AGENT_OK;
}

static bool set_identity(SSL_CTX *ctx, const struct eg_agent_target *to)
{
    const unsigned char *p = to->certificate.ptr;
    X509 *certificate = d2i_X509(NULL, &p, (long)to->certificate.len);
    EVP_PKEY *key =
        certificate != NULL ? eg_tls_key(certificate, sign_with_enclave, to->enclave_ctx) : NULL;
    bool done = key != NULL && eg_tls_client_context(ctx, certificate, key);
    EVP_PKEY_free(key);
    X509_free(certificate);
    return done;
}

static bool make_context(struct eg_tls *t, const struct eg_agent_target *to)
{
    X509_STORE *anchors = eg_tls_anchors(eg_span(to->roots.ptr, to->roots.len));
    t->ctx = SSL_CTX_new(TLS_client_method());
    if (t->ctx == NULL || anchors == NULL) {
        X509_STORE_free(anchors);
        return false;
    }
    SSL_CTX_set_cert_store(t->ctx, anchors); /* takes it */
    SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
    (void)SSL_CTX_set_mode(t->ctx, SSL_MODE_AUTO_RETRY);
    (void)SSL_CTX_set_options(t->ctx,
                              SSL_OP_NO_TICKET); /* never resumed: it would be made in vain */
    return set_identity(t->ctx, to);
}

static const struct {
    uint16_t bytes;
    uint8_t mode;
} fragments[] = {
    {512, TLSEXT_max_fragment_length_512},
    {1024, TLSEXT_max_fragment_length_1024},
    {2048, TLSEXT_max_fragment_length_2048},
    {4096, TLSEXT_max_fragment_length_4096},
};

static bool set_fragment(SSL *ssl, uint16_t bytes)
{
    for (size_t i = 0; i < sizeof(fragments) / sizeof(fragments[0]); i++) {
        if (fragments[i].bytes == bytes) {
            return SSL_set_tlsext_max_fragment_length(ssl, fragments[i].mode) == 1;
        }
    }
    return bytes == 0;
}

static bool make_ssl(struct eg_tls *t, const struct eg_agent_target *to)
{
    static const unsigned char alpn[] = "\x0f" EG_TLS_ALPN;
    _Static_assert(sizeof(EG_TLS_ALPN) - 1 == 0x0f, "length in front of the name");
    char host[EG_AGENT_HOST_MAX + 1]; /* OpenSSL's macro wants it writable */
    (void)snprintf(host, sizeof(host), "%s", to->host);
    t->ssl = SSL_new(t->ctx);
    return t->ssl != NULL && SSL_set_fd(t->ssl, t->fd) == 1 &&
           SSL_set_tlsext_host_name(t->ssl, host) == 1 && SSL_set1_host(t->ssl, host) == 1 &&
           set_fragment(t->ssl, t->options.max_fragment) &&
           (t->options.no_alpn || SSL_set_alpn_protos(t->ssl, alpn, sizeof(alpn) - 1) == 0);
}

static enum eg_agent_result shake_hands(struct eg_tls *t, int64_t deadline_ms)
{
    enum eg_agent_result result = EG_AGENT_OK;
    while (result == EG_AGENT_OK) {
        ERR_clear_error();
        int code = SSL_connect(t->ssl);
        if (code == 1) {
            return EG_AGENT_OK;
        }
        result = wait_for(t, code, deadline_ms);
    }
    long verdict = SSL_get_verify_result(t->ssl);
    if (result == EG_AGENT_CLOSED && verdict != X509_V_OK) {
        return fail(t, EG_AGENT_UNTRUSTED, X509_verify_cert_error_string(verdict));
    }
    return result == EG_AGENT_CLOSED ? fail(t, EG_AGENT_NOT_CONNECTED, openssl_words()) : result;
}

static enum eg_agent_result connect_all(struct eg_tls *t, const struct eg_agent_target *to,
                                        int64_t deadline_ms)
{
    bool timeout;
    if (!make_context(t, to)) {
        return fail(t, EG_AGENT_NOT_CONNECTED, "roots or own certificate cannot be used");
    }
    const char *host = t->options.connect != NULL ? t->options.connect : to->host;
    t->fd = eg_tls_dial(host, to->port, deadline_ms, &timeout);
    if (t->fd < 0) {
        return timeout ? fail(t, EG_AGENT_TIMEOUT, "no answer while connecting")
                       : fail(t, EG_AGENT_NOT_CONNECTED, "the host cannot be reached");
    }
    if (!make_ssl(t, to)) {
        return fail(t, EG_AGENT_NOT_CONNECTED, openssl_words());
    }
    return shake_hands(t, deadline_ms);
}

static enum eg_agent_result open_tls(void *ctx, const struct eg_agent_target *to, uint32_t limit_ms)
{
    struct eg_tls *t = ctx;
    drop(t);
    t->why[0] = '\0';
    enum eg_agent_result result = connect_all(t, to, eg_clock_mono_ms() + limit_ms);
    if (result != EG_AGENT_OK) {
        drop(t);
        return result;
    }
    (void)snprintf(t->peer, sizeof(t->peer), "%s %s", SSL_get_version(t->ssl),
                   SSL_get_cipher_name(t->ssl));
    return EG_AGENT_OK;
}

/* ---- bytes ------------------------------------------------------------------------------------
 */

static enum eg_agent_result read_tls(void *ctx, uint8_t *out, size_t len, uint32_t limit_ms,
                                     size_t *got)
{
    struct eg_tls *t = ctx;
    int64_t deadline_ms = eg_clock_mono_ms() + limit_ms;
    enum eg_agent_result result = EG_AGENT_OK;
    *got = 0;
    while (result == EG_AGENT_OK) {
        ERR_clear_error();
        int code = SSL_read_ex(t->ssl, out, len, got);
        if (code == 1) {
            return EG_AGENT_OK;
        }
        result = wait_for(t, code, deadline_ms);
    }
    return result == EG_AGENT_CLOSED ? fail(t, result, "the service closed the line") : result;
}

static enum eg_agent_result write_tls(void *ctx, const uint8_t *data, size_t len, uint32_t limit_ms)
{
    struct eg_tls *t = ctx;
    int64_t deadline_ms = eg_clock_mono_ms() + limit_ms;
    enum eg_agent_result result = EG_AGENT_OK;
    while (result == EG_AGENT_OK) {
        size_t done = 0; /* without partial writes: all or nothing */
        ERR_clear_error();
        int code = SSL_write_ex(t->ssl, data, len, &done);
        if (code == 1) {
            return EG_AGENT_OK;
        }
        result = wait_for(t, code, deadline_ms);
    }
    return result == EG_AGENT_CLOSED ? fail(t, result, "the service closed the line") : result;
}

static enum eg_agent_result check_crl(void *ctx, struct eg_agent_bytes crl)
{
    struct eg_tls *t = ctx;
    return eg_tls_check_crl(t->ssl, SSL_CTX_get_cert_store(t->ctx), eg_span(crl.ptr, crl.len),
                            t->why, sizeof(t->why));
}

static void close_tls(void *ctx, bool orderly)
{
    struct eg_tls *t = ctx;
    if (orderly && t->ssl != NULL) {
        (void)SSL_shutdown(t->ssl);
    }
    drop(t);
}

const struct eg_agent_transport eg_tls_ops = {
    .open = open_tls,
    .read = read_tls,
    .write = write_tls,
    .check_crl = check_crl,
    .close = close_tls,
};
