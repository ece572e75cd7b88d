/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_CLOUD_INTERNAL_H
#define EG_SERVER_CORE_CLOUD_INTERNAL_H
/** What the files of the cloud rules share. */
#include <stdatomic.h>

#include "server/core/cloud.h"
#include "server/core/cloud_facts.h"
#include "server/core/cloud_guard.h"
#include "server/core/cloud_wants.h"

enum {
    EG_CLOUD_LOCK_AFTER = 5, /* wrong claim codes in a row that lock a device */
    EG_CLOUD_LOCK_S = 60,    /* first lock; doubles with each further one */
    EG_CLOUD_LOCK_MAX_S = 24 * 3600,
    EG_CLOUD_REFUSED_MAX = 20, /* refused peers of one address per window that are noted */
    EG_CLOUD_GUESSES_MAX = 30, /* wrong claim codes of one address per window */
    EG_CLOUD_ALARMS_MAX = 600, /* alarms of this node per window */
    EG_CLOUD_WINDOW_S = 60,
    EG_CLOUD_GUESS_WINDOW_S = 600,
};

/** Counters as they are counted; the order is that of struct eg_cloud_counters. */
enum eg_cloud_count {
    EG_COUNT_ADMITTED,
    EG_COUNT_UNCLAIMED,
    EG_COUNT_WRONG_KEY,
    EG_COUNT_UNKNOWN_ROOT,
    EG_COUNT_MALFORMED,
    EG_COUNT_RETIRED,
    EG_COUNT_LIMITED,
    EG_COUNT_NO_FLOW,
    EG_COUNT_CLAIMS,
    EG_COUNT_CLAIMS_REFUSED,
    EG_COUNT_LOCKOUTS,
    EG_COUNT_CHECKINS,
    EG_COUNT_CHANGED,
    EG_COUNT_FAILED,
    EG_COUNT_MERGED,
    EG_COUNT_OF_ALL,
};

/** The part of the core that the cloud rules own; eg_core_cloud(). */
struct eg_cloud {
    struct eg_cloud_guard refused; /* peers by address */
    struct eg_cloud_guard guesses; /* wrong claim codes by address */
    struct eg_cloud_guard alarms;  /* all of this node */
    atomic_uint_fast64_t counts[EG_COUNT_OF_ALL];
};

/** seed: random, so that nobody can choose addresses that share a slot. */
void eg_cloud_init(struct eg_cloud *cloud, uint64_t seed);
void eg_cloud_cleanup(struct eg_cloud *cloud);
void eg_cloud_count(struct eg_core *core, enum eg_cloud_count which);

/** The service asks for a device: no API key, all of the device's company. */
struct eg_call eg_cloud_call(struct eg_core *core, const struct eg_cloud_session *session,
                             struct eg_arena *arena, int64_t now_ms);

/** Store an alarm about a session's peer, within the limits of the node. Never fails the session:
 * what cannot be stored is counted and logged. */
void eg_cloud_alarm(struct eg_core *core, const struct eg_cloud_peer *peer, int64_t company_id,
                    int64_t device_id, enum eg_alarm_kind kind, const char *detail, int64_t now_s);

/** Body of the device for the session's target set in the wanted binding; made when it is missing.
 * CLOUD_BUSY. *out_failed: it cannot be made (the device's history says why). */
EG_MUST_USE eg_status eg_cloud_body(struct eg_call *call, const struct eg_cloud_session *session,
                                    bool bound, uint32_t wait_ms, struct eg_span *out,
                                    bool *out_failed);

#endif
