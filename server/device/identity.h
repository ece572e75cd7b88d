/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_DEVICE_IDENTITY_H
#define EG_SERVER_DEVICE_IDENTITY_H
/**
 * The endpoint's key, certificate and CRL, kept current while the service runs. In its folder:
 *   server.key  0600  P-256, made once
 *   server.pem        server certificate, then the issuing CA; renewed before its end
 *
 * What connections use is a snapshot that nobody changes: a connection holds its own until it ends,
 * a renewal puts a new one in place. Inside server/device. Threads: any.
 */
#include "server/core/endpoint.h"
#include "server/device/tls.h"

struct eg_device_identity;

/** Never changes. */
struct eg_device_snapshot {
    SSL_CTX *tls;
    struct eg_span crl; /* DER, of the issuing CA */
    int64_t crl_next_update_s;
    int64_t not_after_s; /* of the server certificate */
    int64_t made_s;      /* tickets of a snapshot are good while it is used */
};

/**
 * Read or make everything. NET_TLS: what lies in the folder is unusable. OS_FILE. Errors of
 * server/core/endpoint.h. Returns owned: eg_device_identity_free().
 */
EG_MUST_USE eg_status eg_device_identity_new(struct eg_core *core, const char *dir,
                                             const char *name, int64_t now_ms,
                                             struct eg_device_identity **out);
/** No snapshot may be held. NULL is fine. */
void eg_device_identity_free(struct eg_device_identity *id);

/** The current snapshot; eg_device_snapshot_release(). Never NULL. */
const struct eg_device_snapshot *eg_device_identity_hold(struct eg_device_identity *id);
void eg_device_snapshot_release(const struct eg_device_snapshot *snapshot);

/**
 * Look whether anything is due and do it: certificate near its end, CRL old or changed, tickets of
 * yesterday. Blocks on store and vault. On failure the old snapshot stays.
 */
EG_MUST_USE eg_status eg_device_identity_refresh(struct eg_device_identity *id, int64_t now_ms);

/** May the snapshot's CRL still be given out? Not when it ends within EG_DEVICE_CRL_LEFT_S. */
enum { EG_DEVICE_CRL_LEFT_S = 3600 };
bool eg_device_snapshot_fresh(const struct eg_device_snapshot *snapshot, int64_t now_s);

#endif
