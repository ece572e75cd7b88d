/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_DEVICE_TLS_H
#define EG_SERVER_DEVICE_TLS_H
/**
 * TLS towards devices (docs/protocol/device-endpoint.md, "TLS"): what is offered, what is asked
 * for, and what the handshake told. Inside server/device.
 *
 * A client certificate is asked for and its key proved by the handshake; its contents are judged
 * afterwards (lib/crypto/device_cert.h), so that a goodbye can say what was wrong. The host name is
 * judged afterwards for the same reason.
 */
#include <openssl/ssl.h>

#include "lib/base/hostname.h"
#include "lib/base/span.h"

/** ALPN name of our own agent, which may get what others must not: session tickets (when its hello
 * has the extension for them), goodbye in the message with other requests. */
#define EG_DEVICE_ALPN "engrave-agent/1"

struct eg_device_tls_options {
    struct eg_span key_pem;         /* secret; P-256 */
    struct eg_span certificate, ca; /* DER: server certificate, issuing CA */
};

/**
 * A context with everything set. NET_TLS: the library refuses key, certificate or a setting.
 * Returns owned: SSL_CTX_free(); an SSL made of it keeps it alive.
 */
EG_MUST_USE eg_status eg_device_tls_new(const struct eg_device_tls_options *options, SSL_CTX **out);

/** A server's SSL on a connected socket; non-blocking. NULL: no memory. Owned: SSL_free(). */
SSL *eg_device_tls_accept(SSL_CTX *context, int fd);

/** What a completed handshake told. */
struct eg_device_tls_facts {
    char sni[EG_HOSTNAME_MAX + 1]; /* "": none */
    bool ours;                     /* ALPN agreed */
    bool resumed;
    uint16_t record_max; /* bytes, by max_fragment_length (RFC 6066); 0: not asked for */
};
void eg_device_tls_facts(SSL *ssl, struct eg_device_tls_facts *out);

/** DER of the client's certificate into room. NO_ROOM: it is longer; *out is empty. */
EG_MUST_USE eg_status eg_device_tls_peer(SSL *ssl, uint8_t *room, size_t room_len,
                                         struct eg_span *out);

/** Is the host name in the certificate (DER)? */
bool eg_device_tls_names(struct eg_span certificate, const char *name);

/** Did the handshake fail because the client showed no certificate? Looks at the error queue. */
bool eg_device_tls_no_certificate(void);

#endif
