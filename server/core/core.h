/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_CORE_H
#define EG_SERVER_CORE_CORE_H
/**
 * The rules of the service. Knows no socket, HTTP or SQL: it is called with decoded requests, asks
 * the store and the vault, and answers with records of the store.
 *
 * struct eg_core is the service; struct eg_call is one request in it. Every operation takes the
 * call, returns a status, and leaves what a person should know in call->detail. Operations block.
 *
 * Threads: eg_core is shared; an eg_call belongs to one thread.
 */
#include "lib/os/family_file.h"
#include "server/store/provisioning_body.h"
#include "server/store/store_admin.h"
#include "server/store/store_catalog.h"
#include "server/store/store_device.h"
#include "server/store/store_job.h"
#include "server/store/store_memo.h"
#include "server/store/store_provisioning.h"
#include "server/vaultpool/vaultpool.h"

struct eg_crypto;
struct eg_shards;
struct eg_job_engine;
struct eg_cloud;
struct eg_cert_profiles;

enum { EG_CALL_DETAIL_LEN = 600, EG_PUBLIC_URL_MAX = 200 };

/** Told that something about a device or job changed; see eg_topic_device(), eg_topic_job(). */
typedef void (*eg_core_notify)(void *ctx, uint64_t topic);

struct eg_core_options {
    struct eg_store *store;     /* borrowed for the life of the core */
    struct eg_vaultpool *vault; /* likewise */
    const struct eg_families *families;
    const struct eg_cert_profiles *profiles; /* server/core/profile_file.h */
    const char *company;                     /* name of the company made at first start */
    const char *node;                        /* name of this node among those of the database */
    struct eg_span pepper;                   /* 32 bytes, secret; copied */
    unsigned job_threads;                    /* 0: one per core */
    const char *public_url; /* without a final slash; NULL or "": CRLs have no public place */
};

struct eg_core;

/**
 * Open: compare the vault's fingerprint with the database's, find or make the company.
 * VAULT_OTHER. Returns owned; eg_core_close().
 */
EG_MUST_USE eg_status eg_core_open(const struct eg_core_options *options, int64_t now_s,
                                   struct eg_core **out);
/** Start making what jobs ask for, unfinished ones of an earlier run first. */
EG_MUST_USE eg_status eg_core_start_jobs(struct eg_core *core, eg_core_notify notify, void *ctx);
/** Finish the chunks being made, then stop. Jobs go on at the next start. */
void eg_core_stop_jobs(struct eg_core *core);
/** NULL is fine. Stops jobs first. */
void eg_core_close(struct eg_core *core);

/** Parts, for the other files of core and for health pages. */
struct eg_store *eg_core_store(struct eg_core *core);
struct eg_vaultpool *eg_core_vault(struct eg_core *core);
const struct eg_families *eg_core_families(const struct eg_core *core);
const struct eg_cert_profiles *eg_core_profiles(const struct eg_core *core);
const char *eg_core_node(const struct eg_core *core);
int64_t eg_core_company(const struct eg_core *core);
/** Where strangers reach the public paths of the service; "" if nowhere. */
const char *eg_core_public_url(const struct eg_core *core);
struct eg_job_engine *eg_core_jobs(struct eg_core *core);
/** State of the cloud rules (cloud_internal.h). */
struct eg_cloud *eg_core_cloud(struct eg_core *core);
struct eg_shards *eg_core_shards(struct eg_core *core); /* server/core/shards.h */

/** One request. */
struct eg_call {
    struct eg_core *core;
    struct eg_arena *arena; /* results live in it */
    int64_t company_id;
    const char *company_name;
    int64_t actor;                   /* id of the API key */
    int64_t role;                    /* enum eg_role */
    int64_t scope_nc12, scope_group; /* of the API key; 0: none */
    const struct eg_memo *memo;      /* the request has an Idempotency-Key; else NULL */
    int64_t now_ms;                  /* wall clock */
    char detail[EG_CALL_DETAIL_LEN]; /* one or two sentences, or "" */
    struct eg_refusal refusal;       /* of a refused assignment */
};

/** Put a sentence into call->detail and return st. */
__attribute__((format(printf, 3, 4))) EG_MUST_USE eg_status eg_call_refuse(struct eg_call *call,
                                                                           eg_status st,
                                                                           const char *format, ...);

/** st of a call to the vault; when it refused, what it said beyond the cause goes into
 * call->detail. */
EG_MUST_USE eg_status eg_call_vault(struct eg_call *call, eg_status st);

/**
 * To be called right before the write that makes what the request asks for: the memo rides on it.
 * What the answer tells must be in place when that write succeeds.
 */
void eg_call_makes(struct eg_call *call);

/**
 * Judge and write: fn reads, decides and writes with guards (struct eg_group_guard); it is run
 * again when what it had read was changed meanwhile (STORE_MOVED). STORE_BUSY after EG_CALL_TRIES
 * times.
 */
enum { EG_CALL_TRIES = 20 };
EG_MUST_USE eg_status eg_call_settle(struct eg_call *call,
                                     eg_status (*fn)(struct eg_call *call, void *arg), void *arg);

/** HMAC-SHA256 under the node's pepper. */
EG_MUST_USE eg_status eg_core_keyed_hash(struct eg_core *core, struct eg_span data,
                                         uint8_t out[static 32]);
/** Random bytes. */
EG_MUST_USE eg_status eg_core_random(struct eg_core *core, uint8_t *out, size_t len);
/** SHA-256. */
EG_MUST_USE eg_status eg_core_sha256(struct eg_core *core, struct eg_span data,
                                     uint8_t out[static 32]);
/** SHA3-512. */
EG_MUST_USE eg_status eg_core_sha3_512(struct eg_core *core, struct eg_span data,
                                       uint8_t out[static 64]);

enum { EG_CORE_SEAL_OVERHEAD = 28 };
/** Encrypt for the database under a key from the pepper: appends data.len + EG_CORE_SEAL_OVERHEAD
 * bytes. context: what it is, must be the same to open. */
EG_MUST_USE eg_status eg_core_seal(struct eg_core *core, struct eg_span context,
                                   struct eg_span data, struct eg_writer *out);
/** Inverse. CRYPTO_BAD_MAC. */
EG_MUST_USE eg_status eg_core_unseal(struct eg_core *core, struct eg_span context,
                                     struct eg_span sealed, struct eg_writer *out);
/** Random UUID (version 4) as text. */
EG_MUST_USE eg_status eg_core_uuid4(struct eg_core *core, char out[static EG_JOB_UUID_LEN + 1]);

/** Topics for waiting. */
uint64_t eg_topic_device(const struct eg_uuid *uuid);
uint64_t eg_topic_job(const char *job_uuid);
uint64_t eg_topic_events(int64_t company_id);

/** Wake those who wait for a topic on this node. */
void eg_core_tell(struct eg_core *core, uint64_t topic);

#endif
