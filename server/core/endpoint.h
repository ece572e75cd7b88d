/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_ENDPOINT_H
#define EG_SERVER_CORE_ENDPOINT_H
/**
 * The identity of the device endpoint, as devices check it.
 *
 *   root CA (P-384) --> issuing CA (P-384) --> server certificate (P-256, key in engraved)
 *        |                    |
 *        |                    +--> its CRL, sent in every session
 *        +--> what devices are given as trust anchor
 *
 * Both CAs are the service's own (company EG_ENDPOINT_COMPANY), the same for all nodes of one
 * database, made in the vault when they are first needed. The vault signs server certificates for
 * the configured name only (ENDPOINT_CERTIFY). Operations block; call them from worker threads.
 */
#include "lib/base/hostname.h"
#include "server/core/core.h"

enum {
    EG_ENDPOINT_COMPANY = 0,     /* owner of the service's own CAs; no API key reaches it */
    EG_ENDPOINT_CERT_DAYS = 90,  /* life of a server certificate */
    EG_ENDPOINT_RENEW_DAYS = 30, /* made anew when it has less than this left */
};

/** What the device endpoint has seen since the service started. */
struct eg_endpoint_counters {
    uint64_t open;              /* connections now */
    uint64_t accepted;          /* connections taken */
    uint64_t turned_away;       /* over a limit of connections or handshakes: closed at once */
    uint64_t handshakes;        /* completed */
    uint64_t resumed;           /* of these, by a ticket */
    uint64_t handshakes_failed; /* refused by TLS, broken off or too slow */
    uint64_t no_certificate;    /* of these, without a client certificate */
    uint64_t sni_missing, sni_wrong;
    uint64_t malformed;       /* client certificates not of the shape of a device's */
    uint64_t refused;         /* not admitted, for whatever reason */
    uint64_t sessions;        /* ended with a goodbye that says SUCCESS */
    uint64_t sessions_failed; /* ended with another goodbye, though admitted */
    uint64_t broken;          /* ended without one: peer gone, silent, or not to be understood */
};

/** Where the service can be reached by others than API clients; told once, before requests come. */
struct eg_endpoint_facts {
    char device_name[EG_HOSTNAME_MAX + 1]; /* host name devices dial; "": no device endpoint */
    uint16_t device_port;
    char public_url[EG_PUBLIC_URL_MAX + 1]; /* "http://..." without final slash; "": none */
    void (*count)(const void *ctx, struct eg_endpoint_counters *out); /* any thread; NULL: none */
    const void *ctx;
};

/** Remember the facts. Before eg_core_endpoint() is used by any other thread. */
void eg_core_set_endpoint(struct eg_core *core, const struct eg_endpoint_facts *facts);
/** The facts; all empty until they are set. Never NULL. */
const struct eg_endpoint_facts *eg_core_endpoint(const struct eg_core *core);

/** The service's CAs. Spans in call->arena. */
struct eg_endpoint_cas {
    struct eg_span root;    /* DER; trust anchor of devices */
    struct eg_span issuing; /* DER; sent in the handshake */
    int64_t issuing_id;     /* row; for CRL and revocation */
};

/**
 * Get the CAs, making them when there are none. call: any call, its company does not matter.
 * Errors of the vault and the store.
 */
EG_MUST_USE eg_status eg_endpoint_cas(struct eg_call *call, struct eg_endpoint_cas *out);

/**
 * A new server certificate for the public key `spki` (DER, P-256) and the host name `name`: valid
 * from a day ago for EG_ENDPOINT_CERT_DAYS. *out in call->arena.
 * VAULT_ENDPOINT_NAME: not the name the vault was started for. CRYPTO_BAD_KEY: not a P-256 key.
 */
EG_MUST_USE eg_status eg_endpoint_certify(struct eg_call *call, const char *name,
                                          struct eg_span spki, struct eg_span *out);

/** The issuing CA's CRL, current and with at least a day left. DER in call->arena. */
EG_MUST_USE eg_status eg_endpoint_crl(struct eg_call *call, struct eg_span *out,
                                      int64_t *out_next_update_s);

#endif
