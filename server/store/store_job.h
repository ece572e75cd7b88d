/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_STORE_JOB_H
#define EG_SERVER_STORE_STORE_JOB_H
/**
 * Jobs: reserve devices, make their objects chunk by chunk, finish each chunk. Exactly once:
 *
 *   reserve  one transaction: devices enter the group, quota moves, the job row says what to make
 *   make     the owner (node with the lease) reads a chunk and has the vault make it
 *   finish   one transaction: rows appear (unique per device, group, set), the chunk's bit is set
 *
 * A chunk is EG_JOB_CHUNK consecutive devices of the job's list; chunks may be finished in any
 * order and by several threads. A job whose lease expired may be claimed by any node.
 *
 *   PROCESSING --last chunk--> SUCCEEDED | PARTIAL | FAILED
 *   (nothing to make: born SUCCEEDED, or EMPTY when the group has no objects)
 */
#include "server/store/store.h"
#include "server/store/store_catalog.h"
#include "server/store/store_cloud.h"
#include "server/store/store_device.h"

enum {
    EG_JOB_DEVICES_MAX = 500,
    EG_JOB_CHUNK = 64, /* devices in a chunk; the last one may be smaller */
    EG_JOB_UUID_LEN = 36,
    EG_NODE_LEN_MAX = 63,
    EG_JOB_CLAIM_MAX = 100,
    EG_JOB_CLOCK_SKEW_S = 300, /* by which the clocks of two nodes may differ */
};

/** Values are stored; extend only. */
enum eg_job_state {
    EG_JOB_PROCESSING = 1,
    EG_JOB_SUCCEEDED = 2, /* every device has its objects */
    EG_JOB_PARTIAL = 3,   /* some have, some failed */
    EG_JOB_FAILED = 4,    /* all failed */
    EG_JOB_EMPTY = 5,     /* the group has no objects: nothing was to be made */
};

struct eg_job {
    int64_t id; /* of the row */
    char uuid[EG_JOB_UUID_LEN + 1];
    int64_t company_id;
    int64_t group_id;
    int64_t set_id; /* what is made: eg_store_set_objects() */
    enum eg_job_state state;
    uint32_t total;  /* devices of the request */
    uint32_t todo;   /* those that had to be made when it was reserved: the first of the list */
    uint32_t done;   /* made */
    uint32_t failed; /* not made */
    uint64_t chunks_done; /* bit k: chunk k is finished */
    int64_t lease_until_s;
    const char *node; /* owner */
    int64_t created_s;
};

/** Number of chunks of a job: todo / EG_JOB_CHUNK, rounded up. */
static inline uint32_t eg_job_chunks(const struct eg_job *job)
{
    return (job->todo + EG_JOB_CHUNK - 1) / EG_JOB_CHUNK;
}

/* ---- reserve --------------------------------------------------------------------------------- */

struct eg_reserve {
    int64_t company_id;
    int64_t group_id;
    const struct eg_uuid *uuids; /* no duplicates needed; each counts once */
    size_t count;                /* 1..EG_JOB_DEVICES_MAX */
    const char *job_uuid;        /* 36 characters, random, made by the caller */
    const char *node;            /* owns the job at once */
    int64_t lease_s;             /* seconds */
    int64_t actor;               /* API key id */
    int64_t now_s;
    const struct eg_group *seen; /* what the set was judged by: STORE_MOVED; NULL: whatever it is */
    enum eg_set_variant variant; /* what to make of the set; 0 (EG_SET_PROXY) for the line */
    int64_t base_set;            /* the set to take; 0: the group's current one */
};

struct eg_foreign_device {
    struct eg_uuid uuid;
    int64_t group_id; /* where it is */
};

/** What stands against a reservation; lists in the arena. */
struct eg_refusal {
    struct eg_uuid *not_found;
    size_t not_found_count;
    struct eg_foreign_device *other_group;
    size_t other_group_count;
    struct eg_uuid *other_family;
    size_t other_family_count;
};

/**
 * Reserve, all or nothing. Devices that are in this group already are fine and cost no quota;
 * those that have the objects of the current set already are not made again.
 *
 * Errors: GROUP_UNKNOWN
 *         DEVICES_NOT_ASSIGNABLE  refusal->not_found or refusal->other_group has entries
 *         FAMILY_MISMATCH   only refusal->other_family has entries
 *         QUOTA_SPENT       the group may not take that many more
 *         TOO_MANY_DEVICES  count is 0 or beyond EG_JOB_DEVICES_MAX
 *         NAME_TAKEN        a job with this job_uuid exists
 *         STORE_MOVED       the group is not what was seen, or another node took a device just now
 * refusal is set to empty lists in all other cases.
 */
EG_MUST_USE eg_status eg_store_job_reserve(struct eg_store *store, const struct eg_reserve *in,
                                           struct eg_arena *arena, struct eg_job *out,
                                           struct eg_refusal *refusal);

struct eg_uuid_list {
    struct eg_uuid *items;
    size_t count;
    bool more;
    int64_t after; /* give this to get the next page */
};

/**
 * Members of a group that have nothing for its current set yet, `after` 0 first. For re-making a
 * group whose objects changed: reserve them page by page. Devices whose job runs are among
 * them; those that connect themselves are not: what they need is made when they come.
 * GROUP_UNKNOWN.
 */
EG_MUST_USE eg_status eg_store_group_missing(struct eg_store *store, int64_t company_id,
                                             int64_t group_id, int64_t after, uint32_t size,
                                             struct eg_arena *arena, struct eg_uuid_list *out);

/* ---- look up --------------------------------------------------------------------------------- */

/** JOB_UNKNOWN. */
EG_MUST_USE eg_status eg_store_job_get(struct eg_store *store, int64_t company_id,
                                       const char *job_uuid, struct eg_arena *arena,
                                       struct eg_job *out);
/** All devices of the request (at most EG_JOB_DEVICES_MAX). JOB_UNKNOWN. */
EG_MUST_USE eg_status eg_store_job_devices(struct eg_store *store, int64_t company_id,
                                           const char *job_uuid, struct eg_arena *arena,
                                           struct eg_uuid_list *out);

/* ---- leases ---------------------------------------------------------------------------------- */

struct eg_job_list {
    struct eg_job *items;
    size_t count;
};

/** Which jobs a node takes over, and how. */
struct eg_claim {
    const char *node;
    int64_t now_s;
    int64_t lease_s;
    bool at_start;    /* also those that this node itself held when it last ran */
    int64_t after_id; /* only jobs with a larger id: the next page of a start; else 0 */
    uint32_t max;     /* <= EG_JOB_CLAIM_MAX */
};

/**
 * Take over unfinished jobs whose lease expired (lease_until_s < now_s) or ends later than any
 * lease can (more than lease_s + EG_JOB_CLOCK_SKEW_S from now: it was written under a wrong clock).
 * In no order. Two nodes never get the same; a node that had a job and lost it stores nothing more.
 */
EG_MUST_USE eg_status eg_store_job_claim(struct eg_store *store, const struct eg_claim *in,
                                         struct eg_arena *arena, struct eg_job_list *out);
/** Prolong to now_s + lease_s. JOB_LEASE_LOST: another node has it, or it is finished. */
EG_MUST_USE eg_status eg_store_job_renew(struct eg_store *store, int64_t job_id, const char *node,
                                         int64_t now_s, int64_t lease_s);

/* ---- make and finish ------------------------------------------------------------------------- */

struct eg_job_device {
    int64_t device_id;
    struct eg_uuid uuid;
    struct eg_span wrapped_root;
    bool present;            /* has a row for the job's set already: skip it */
    struct eg_span previous; /* newest body for this group and another set; empty: none */
    enum eg_set_variant previous_variant; /* of the set it was made for */
};

struct eg_job_chunk {
    uint32_t index;
    struct eg_job_device *devices;
    size_t count;
};

/** Devices of chunk `index` (< eg_job_chunks()). JOB_UNKNOWN. */
EG_MUST_USE eg_status eg_store_job_chunk(struct eg_store *store, int64_t job_id, uint32_t index,
                                         struct eg_arena *arena, struct eg_job_chunk *out);

/** Outcome for one device of a chunk. */
struct eg_made {
    int64_t device_id;
    bool failed;
    bool skipped;        /* was present: nothing to store */
    struct eg_span body; /* packed, provisioning_body.h; ignored when failed or skipped */
    const char *reason;  /* failed: one line for the history, no secrets */
};

/**
 * Store the outcome of a chunk, all of it or nothing. Must name every device of the chunk.
 * Again: a chunk that is finished already is EG_OK and changes nothing.
 * JOB_LEASE_LOST: another node owns the job now; nothing is stored. JOB_UNKNOWN.
 * STORE_CHUNK: the devices are not those of the chunk.
 * *out (may be NULL; node is "" in it) is the job afterwards.
 */
EG_MUST_USE eg_status eg_store_job_finish(struct eg_store *store, int64_t job_id, const char *node,
                                          uint32_t index, const struct eg_made *made, size_t count,
                                          int64_t now_s, struct eg_job *out);

#endif
