/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_STORE_LIFE_H
#define EG_SERVER_STORE_STORE_LIFE_H
/** Keys kept fresh in the field: rollouts, service descriptors, connection data, renewals of
 * certificates, decommission. docs/guide/field.md has the rules. */
#include "server/store/store.h"
#include "server/store/store_cloud.h"

/* ---- rollouts -------------------------------------------------------------------------------- */

enum {
    EG_ROLLOUT_CANARIES_MAX = 500,
    EG_ROLLOUT_SAMPLE_MIN = 10, /* reports before a share of failures means something */
};

/** Values are stored. Open are the first three; a group has one open rollout at most. */
enum eg_rollout_state {
    EG_ROLLOUT_RUNNING = 1,
    EG_ROLLOUT_HALTED = 2,      /* who has the new set keeps it, nobody else gets it */
    EG_ROLLOUT_ROLLED_BACK = 3, /* everybody has the old set */
    EG_ROLLOUT_FINISHED = 4,    /* everybody has the group's set */
};

struct eg_rollout {
    int64_t id, group_id;
    const char *name;
    enum eg_rollout_state state;
    uint32_t percent;          /* of the group's devices, 0 .. 100; canaries are beside it */
    uint32_t failures_max;     /* halt at so many; 0: any number */
    uint32_t failures_percent; /* halt when more than this share of the reports; 0: any */
    int64_t from_set;          /* set of those who are not in it; 0 once finished */
    int64_t to_set;            /* the group's set now */
    int64_t updated, failed;   /* devices that reported the new set, or a failure on the way */
    int64_t members, canaries;
    int64_t created_s, changed_s;
    const char *why; /* of a halt: one line; "" */
};
struct eg_rollout_list {
    struct eg_rollout *items;
    size_t count;
    bool more;
};

struct eg_rollout_new {
    const char *name; /* may be "" */
    uint32_t percent, failures_max, failures_percent;
    const struct eg_uuid *canaries; /* devices of the group */
    size_t canary_count;            /* 0 .. EG_ROLLOUT_CANARIES_MAX */
};

/**
 * Pin the devices of a group to the set they have now; later changes of the group's objects reach
 * only those that the rollout lets in. After a rollback the pinned set stays the one before it.
 * GROUP_UNKNOWN; ROLLOUT_OPEN: there is one that runs or is halted; DEVICE_NOT_IN_GROUP: a canary.
 */
EG_MUST_USE eg_status eg_store_rollout_add(struct eg_store *store, int64_t company_id,
                                           int64_t group_id, const struct eg_rollout_new *in,
                                           int64_t actor, int64_t now_s, int64_t *out_id);
/** ROLLOUT_UNKNOWN. */
EG_MUST_USE eg_status eg_store_rollout_get(struct eg_store *store, int64_t company_id,
                                           int64_t group_id, int64_t id, struct eg_arena *arena,
                                           struct eg_rollout *out);
/** Newest first. GROUP_UNKNOWN. */
EG_MUST_USE eg_status eg_store_rollout_list(struct eg_store *store, int64_t company_id,
                                            int64_t group_id, struct eg_page page,
                                            struct eg_arena *arena, struct eg_rollout_list *out);

/** What to do to a rollout. percent < 0 keeps it. state 0 keeps it. */
struct eg_rollout_change {
    int32_t percent;
    enum eg_rollout_state state;
    const char *why; /* "" */
};
/**
 * RUNNING <-> HALTED; both -> ROLLED_BACK; any open one -> FINISHED. ROLLOUT_UNKNOWN;
 * ROLLOUT_STATE: this step is not allowed from where it is.
 */
EG_MUST_USE eg_status eg_store_rollout_change(struct eg_store *store, int64_t company_id,
                                              int64_t group_id, int64_t id,
                                              const struct eg_rollout_change *change, int64_t actor,
                                              int64_t now_s);

/** Is a device let in? Depends on nothing but the arguments, so it stays so while percent grows. */
bool eg_rollout_selects(int64_t rollout_id, uint32_t percent, const struct eg_uuid *uuid);
/** Set of object versions that a device should have: its group's, unless a rollout says otherwise.
 */
int64_t eg_rollout_target(const struct eg_cloud_row *row, const struct eg_uuid *uuid);

/** Id of the company's newest event; 0: none yet. */
EG_MUST_USE eg_status eg_store_events_last(struct eg_store *store, int64_t company_id,
                                           int64_t *out);

/* ---- service descriptors --------------------------------------------------------------------- */

enum { EG_SERVICES_PER_GROUP_MAX = 16 };

struct eg_service_row {
    int64_t id, group_id;
    const char *name;       /* unique in the group */
    const char *definition; /* JSON text; the meaning is server/core's */
    int64_t created_s, changed_s;
};
struct eg_service_rows {
    struct eg_service_row *items;
    size_t count;
};

/** All change the group's epoch, so that its devices are looked at, and leave an event that names
 * the actor. GROUP_UNKNOWN, NAME_TAKEN,
 * SET_TOO_LARGE. */
EG_MUST_USE eg_status eg_store_service_add(struct eg_store *store, int64_t company_id,
                                           int64_t group_id, const char *name,
                                           const char *definition, int64_t actor, int64_t now_s,
                                           int64_t *out_id);
/** SERVICE_UNKNOWN, NAME_TAKEN. */
EG_MUST_USE eg_status eg_store_service_update(struct eg_store *store, int64_t company_id,
                                              int64_t group_id, int64_t id, const char *name,
                                              const char *definition, int64_t actor, int64_t now_s);
EG_MUST_USE eg_status eg_store_service_delete(struct eg_store *store, int64_t company_id,
                                              int64_t group_id, int64_t id, int64_t actor,
                                              int64_t now_s);
/** By id. No items for a group without any, or an unknown one. */
EG_MUST_USE eg_status eg_store_service_rows(struct eg_store *store, int64_t company_id,
                                            int64_t group_id, struct eg_arena *arena,
                                            struct eg_service_rows *out);

/* ---- connection data ------------------------------------------------------------------------- */

/** Where devices shall dial. */
struct eg_connection {
    const char *host;
    uint32_t port;
    struct eg_span roots; /* DER certificates, one behind the other */
    int64_t changed_s;
};
/** Of a group, or of all groups of the company that have none (group_id 0). GROUP_UNKNOWN. host
 * NULL takes it back: devices keep what they have. */
EG_MUST_USE eg_status eg_store_connection_set(struct eg_store *store, int64_t company_id,
                                              int64_t group_id, const struct eg_connection *in,
                                              int64_t actor, int64_t now_s);
/** What holds for a group; its own before the company's. STORE_NOT_FOUND. own: only its own. */
EG_MUST_USE eg_status eg_store_connection_get(struct eg_store *store, int64_t company_id,
                                              int64_t group_id, bool own, struct eg_arena *arena,
                                              struct eg_connection *out);

/* ---- renewals -------------------------------------------------------------------------------- */

/** Values are stored. */
enum eg_renewal_state {
    EG_RENEWAL_MADE = 1,   /* to be delivered; the old one stays */
    EG_RENEWAL_ACTIVE = 2, /* a later session saw it in place; services move to it */
    EG_RENEWAL_SOLE = 3,   /* the old one is gone */
    EG_RENEWAL_FAILED = 4, /* the device refused it; the old one counts */
};

struct eg_renewal {
    int64_t object_id; /* CERTIFICATE object */
    uint32_t version;  /* of the object; another one starts again */
    uint32_t generation;
    enum eg_renewal_state state;
    int64_t created_s, changed_s;
    struct eg_span body; /* provisioning_body.h: certificate first, then the key if it is new */
};
struct eg_renewal_list {
    struct eg_renewal *items; /* by object, newest generation first */
    size_t count;
};

EG_MUST_USE eg_status eg_store_renewals(struct eg_store *store, int64_t device_id,
                                        struct eg_arena *arena, struct eg_renewal_list *out);
/** Keep a new one. NAME_TAKEN: another session made this generation. */
EG_MUST_USE eg_status eg_store_renewal_add(struct eg_store *store, int64_t device_id,
                                           const struct eg_renewal *in);
/** Move on. */
EG_MUST_USE eg_status eg_store_renewal_state(struct eg_store *store, int64_t device_id,
                                             int64_t object_id, uint32_t generation,
                                             enum eg_renewal_state state, int64_t now_s);

/** The wrapped root of trust of a device. DEVICE_UNKNOWN. */
EG_MUST_USE eg_status eg_store_device_root(struct eg_store *store, int64_t device_id,
                                           struct eg_arena *arena, struct eg_span *out);
/** The set that is this variant of `base_set`, once something was made for it. STORE_NOT_FOUND. */
EG_MUST_USE eg_status eg_store_set_variant(struct eg_store *store, int64_t base_set,
                                           enum eg_set_variant variant, int64_t *out);

/* ---- CAs that hand over ---------------------------------------------------------------------- */

struct eg_ca_moved {
    int64_t successor_id, objects, devices, remaining; /* server/core/ca_rotation.h */
};
/** Certificate objects that name a CA, at most 1000; in the arena. */
EG_MUST_USE eg_status eg_store_ca_objects(struct eg_store *store, int64_t company_id, int64_t ca_id,
                                          struct eg_arena *arena, const int64_t **out,
                                          size_t *out_count);
/** Note that an object names the successor from this version on. */
EG_MUST_USE eg_status eg_store_ca_moved_add(struct eg_store *store, int64_t company_id,
                                            int64_t ca_id, int64_t object_id, int64_t version,
                                            int64_t successor_id, int64_t actor, int64_t now_s);
/** CA_UNKNOWN. */
EG_MUST_USE eg_status eg_store_ca_moved(struct eg_store *store, int64_t company_id, int64_t ca_id,
                                        struct eg_ca_moved *out);

/* ---- decommission ---------------------------------------------------------------------------- */

/**
 * From now on the device is to lose all its objects; when a session has seen to that, it leaves its
 * group and is retired. at_once: retired here and now, with whatever it holds. DEVICE_UNKNOWN.
 */
EG_MUST_USE eg_status eg_store_decommission(struct eg_store *store, int64_t company_id,
                                            const struct eg_uuid *uuid, bool at_once, int64_t actor,
                                            int64_t now_s);

#endif
