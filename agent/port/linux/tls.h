/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_PORT_LINUX_TLS_H
#define EG_AGENT_PORT_LINUX_TLS_H
/**
 * Transport of the device library over OpenSSL: TLS 1.2 or 1.3, server verified against the roots
 * of the connection data and its host name, client key in the enclave, every wait limited.
 */
#include <openssl/ssl.h>

#include "agent/port/linux/enclave.h"

#define EG_TLS_ALPN "engrave-agent/1"

struct eg_tls_options {
    uint16_t max_fragment; /* 512, 1024, 2048 or 4096: ask for records that short; 0: do not ask */
    bool no_alpn;          /* do not name EG_TLS_ALPN */
    const char *connect;   /* dial this address instead of the host name's; NULL: the name's */
    int cancel_fd;         /* readable: every wait ends as if the line were lost; -1: never */
};

struct eg_tls {
    struct eg_tls_options options;
    SSL_CTX *ctx;
    SSL *ssl;
    int fd;         /* -1: closed */
    char peer[128]; /* "TLSv1.3 TLS_AES_256_GCM_SHA384" of the last connection */
    char why[256];  /* what went wrong last, in words; "" */
};

extern const struct eg_agent_transport eg_tls_ops; /* context: struct eg_tls */

void eg_tls_init(struct eg_tls *t, const struct eg_tls_options *options);
/** Closes what is open. */
void eg_tls_cleanup(struct eg_tls *t);

/* ---- tls_key.c ------------------------------------------------------------------------------- */

/** Whoever signs: r || s over a SHA-256 digest; false: refused. */
typedef bool (*eg_tls_sign_fn)(void *ctx, const uint8_t hash[static EG_AGENT_HASH_LEN],
                               uint8_t out[static EG_AGENT_SIGNATURE_LEN]);

/**
 * A P-256 private key for OpenSSL whose signatures are made by sign(): the private half is never in
 * this process. certificate: DER; its public half is the key's. Returns owned, EVP_PKEY_free();
 * NULL when the certificate holds no P-256 key. ctx must outlive it.
 */
EVP_PKEY *eg_tls_key(const X509 *certificate, eg_tls_sign_fn sign, void *ctx);

/**
 * Client side defaults for a context: TLS 1.2 up, suites with forward secrecy, certificate and key.
 * false: OpenSSL refused.
 */
bool eg_tls_client_context(SSL_CTX *ctx, X509 *certificate, EVP_PKEY *key);

/* ---- tls_trust.c ----------------------------------------------------------------------------- */

/** Store with DER certificates, one after the other, as the only anchors; NULL: malformed or none.
 */
X509_STORE *eg_tls_anchors(struct eg_span roots);

/** As eg_agent_transport.check_crl, for a peer's chain and its anchors. */
enum eg_agent_result eg_tls_check_crl(SSL *ssl, X509_STORE *anchors, struct eg_span crl, char *why,
                                      size_t why_room);

/* ---- tls_dial.c ------------------------------------------------------------------------------ */

/** Connected, non-blocking socket; -1: nobody there in time. deadline_ms of eg_clock_mono_ms(). */
int eg_tls_dial(const char *host, uint16_t port, int64_t deadline_ms, bool *out_timeout);

#endif
