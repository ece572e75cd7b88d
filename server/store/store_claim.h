/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_STORE_CLAIM_H
#define EG_SERVER_STORE_STORE_CLAIM_H
/**
 * Claim codes and their use. Of a code only its tag is stored: a keyed hash that the vault computes
 * (docs/formats/claim-blob.md). An activation moves limit, quota, membership and history in one
 * transaction, so that no number of parallel claims gets past a limit.
 */
#include "server/store/store.h"
#include "server/store/store_catalog.h"

enum {
    EG_CLAIM_TAG_LEN = 32,
    EG_CLAIM_BATCH_MAX = 1000, /* codes made by one call */
    EG_CLAIM_BATCH_NAME_LEN = 36,
};

/** Values are stored; extend only. */
enum eg_claim_behavior {
    EG_CLAIM_ALLOW = 1,
    EG_CLAIM_DENY = 2, /* no activation for now; the code stays */
};
enum eg_claim_policy {
    EG_CLAIM_UNRESTRICTED = 1,
    EG_CLAIM_NEW_DEVICES = 2, /* only devices that no group ever took */
};
/** Agents that the devices run; a code for NXP's may not be longer than they can carry. */
enum eg_claim_agents {
    EG_CLAIM_AGENTS_ANY = 1,
    EG_CLAIM_AGENTS_NXP = 2,
    EG_CLAIM_AGENTS_OURS = 3,
};

struct eg_claim_code {
    int64_t id;
    int64_t group_id;
    const char *name;  /* unique in the group */
    const char *batch; /* UUID of the call that made it together with others, or "" */
    enum eg_claim_behavior behavior;
    enum eg_claim_policy policy;
    enum eg_claim_agents agents;
    bool reusable;        /* may a device that used it claim again with it? */
    int64_t device_limit; /* devices that may activate it; 0: no limit */
    int64_t device_count; /* devices expected; base of the notices when there is no limit */
    int64_t used;         /* devices that activated it */
    int64_t refused;      /* attempts refused although the code was right */
    int64_t noticed;      /* last threshold told, percent */
    int64_t length;       /* characters of the secret */
    int64_t expires_s, revoked_s, created_s, last_used_s; /* 0: never */
    int64_t actor;
};

struct eg_claim_code_list {
    struct eg_claim_code *items;
    size_t count;
    bool more;
};

/**
 * Add codes to the group held by `guard` (their group_id is that), all or none; of each item id,
 * used, refused, noticed and the times but expires_s are ignored. tags: count * EG_CLAIM_TAG_LEN
 * bytes. out_ids: count. GROUP_UNKNOWN; STORE_MOVED; NAME_TAKEN: a name or a secret exists;
 * SET_TOO_LARGE.
 */
EG_MUST_USE eg_status eg_store_claim_add(struct eg_store *store, int64_t company_id,
                                         const struct eg_group_guard *guard,
                                         const struct eg_claim_code *codes, const uint8_t *tags,
                                         size_t count, int64_t now_s, int64_t *out_ids);
/** CLAIM_CODE_UNKNOWN. */
EG_MUST_USE eg_status eg_store_claim_get(struct eg_store *store, int64_t company_id, int64_t id,
                                         struct eg_arena *arena, struct eg_claim_code *out);
/** By id; group_id 0: all groups; batch NULL: all. */
EG_MUST_USE eg_status eg_store_claim_list(struct eg_store *store, int64_t company_id,
                                          int64_t group_id, const char *batch, struct eg_page page,
                                          struct eg_arena *arena, struct eg_claim_code_list *out);

/** What to change; NULL keeps the old value. */
struct eg_claim_change {
    const char *name;
    const enum eg_claim_behavior *behavior;
    const enum eg_claim_policy *policy;
    const bool *reusable;
    const int64_t *device_limit, *device_count, *expires_s;
};
/** CLAIM_CODE_UNKNOWN, NAME_TAKEN; CLAIM_REVOKED: it is revoked for good. */
EG_MUST_USE eg_status eg_store_claim_update(struct eg_store *store, int64_t company_id, int64_t id,
                                            const struct eg_claim_change *change, int64_t actor,
                                            int64_t now_s);
/** For good; again is EG_OK. CLAIM_CODE_UNKNOWN. */
EG_MUST_USE eg_status eg_store_claim_revoke(struct eg_store *store, int64_t company_id, int64_t id,
                                            int64_t actor, int64_t now_s);
/** Forget it; devices it let in stay. CLAIM_CODE_UNKNOWN. */
EG_MUST_USE eg_status eg_store_claim_delete(struct eg_store *store, int64_t company_id, int64_t id,
                                            int64_t actor, int64_t now_s);

struct eg_claim_use {
    struct eg_uuid uuid;
    int64_t first_s, last_s, uses;
};
struct eg_claim_use_list {
    struct eg_claim_use *items;
    size_t count;
    bool more;
};
/** Devices that activated a code. CLAIM_CODE_UNKNOWN. */
EG_MUST_USE eg_status eg_store_claim_uses(struct eg_store *store, int64_t company_id, int64_t id,
                                          struct eg_page page, struct eg_arena *arena,
                                          struct eg_claim_use_list *out);

/** Numbers over the codes of a group. GROUP_UNKNOWN. */
struct eg_claim_statistics {
    int64_t codes, active, revoked, expired, exhausted;
    int64_t used, refused;
    int64_t left; /* activations of codes with a limit */
};
EG_MUST_USE eg_status eg_store_claim_statistics(struct eg_store *store, int64_t company_id,
                                                int64_t group_id, int64_t now_s,
                                                struct eg_claim_statistics *out);

/* ---- activation ------------------------------------------------------------------------------ */

struct eg_activation {
    int64_t company_id;
    int64_t device_id;
    uint8_t tag[EG_CLAIM_TAG_LEN];
    int64_t now_s;
    const char *correlation; /* of the session, for the history */
};

struct eg_activated {
    int64_t code_id;  /* also when refused, as far as the code was found; else 0 */
    int64_t group_id; /* likewise */
    bool first;       /* a device that had not used it before */
    uint32_t notice;  /* threshold in percent that was passed just now; 0: none */
};

/**
 * Let a device that is in no group into the code's group.
 * CLAIM_CODE_UNKNOWN; CLAIM_REVOKED also when expired; CLAIM_POLICY; FAMILY_MISMATCH;
 * CLAIM_REUSED; CLAIM_LIMIT; QUOTA_SPENT: of the group; FLOW_UNSUPPORTED: the group takes no part
 * in the cloud flow; STORE_BUSY: the device came into a group meanwhile, look again.
 */
EG_MUST_USE eg_status eg_store_claim_activate(struct eg_store *store,
                                              const struct eg_activation *in,
                                              struct eg_activated *out);

/** What to remember of a claim that was refused. */
struct eg_claim_refused {
    int64_t company_id, device_id;
    int64_t code_id;            /* 0: no code was found */
    bool guess;                 /* counts towards the lock: the code or its seal was wrong */
    uint32_t status;            /* ClaimStatus, for the history */
    uint32_t lock_after;        /* guesses in a row that lock */
    int64_t lock_s, lock_s_max; /* first lock; doubles with each further guess */
    int64_t now_s;
    const char *address, *correlation;
};
/** *out_locked: the device is locked from now on. */
EG_MUST_USE eg_status eg_store_claim_refused(struct eg_store *store,
                                             const struct eg_claim_refused *in, bool *out_locked);

#endif
