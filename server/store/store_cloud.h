/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_STORE_CLOUD_H
#define EG_SERVER_STORE_STORE_CLOUD_H
/**
 * What the service knows of devices that connect themselves: state, objects held, alarms, events.
 *
 *   device_cloud   one row per device that ever connected or was claimed
 *   device_object  (device, id on the chip) -> which object, version, generation, how it went
 *   alarm          refused peers, equal ones merged into a counter
 *   service_event  what watchers of a company are told; device history stays in device_event
 *
 * What a device should hold is decided in server/core (cloud_wants.h). Two numbers tell a device
 * that needs nothing without looking at its objects: held_set is the set of object versions it has
 * confirmed, and held_epoch the sum of device_group.cloud_epoch and device_cloud.want_epoch that it
 * was confirmed under. To have devices looked at again, bump one of these two counters
 * (eg_store_cloud_want_again()) or set recheck_s; the next session then works out what differs.
 */
#include "lib/base/family.h"
#include "server/store/store.h"
#include "server/store/store_device.h"

enum {
    EG_CLOUD_FACTS_MAX = 160,  /* bytes of packed hello facts; server/core packs them */
    EG_CLOUD_TEXT_MAX = 47,    /* characters of address and correlation id */
    EG_CLOUD_OBJECTS_MAX = 96, /* rows of device_object per device */
    EG_ALARM_DER_MAX = 512,    /* bytes of SPKI and subject kept */
};

/** device_cloud.binding: what objects for the device are bound to. Values are stored. */
enum eg_cloud_binding {
    EG_BINDING_UNKNOWN = 0,
    EG_BINDING_NONE = 1,  /* zero boot key hash, open life cycle: a chip never fused */
    EG_BINDING_GROUP = 2, /* boot key hash object and life cycle of its group */
};

/** device_object.state. Values are stored. */
enum eg_held_state {
    EG_HELD_SENT = 1,      /* no answer came: unknown, to be done again */
    EG_HELD_CONFIRMED = 2, /* the device has it */
    EG_HELD_FAILED = 3,    /* the device refused it: psa_status */
    EG_HELD_REFUSED = 4,   /* not for this flow */
    EG_HELD_REMOVED = 5,   /* was asked to go and did; the row stays as history until replaced */
};

/* ---- admission ------------------------------------------------------------------------------- */

/** Everything about a device that a session needs first; one read, no heap. */
struct eg_cloud_row {
    int64_t device_id, company_id;
    int64_t group_id; /* 0: in none */
    enum eg_device_state state;
    char family[EG_FAMILY_NAME_MAX];
    uint8_t connection_key[EG_CHIP_KEY_LEN];
    int64_t set_id; /* of the group; 0: nothing assigned */
    uint32_t flows; /* of the group; enum eg_flow */
    int64_t epoch;  /* cloud_epoch of the group + want_epoch of the device */

    bool seen; /* has a row in device_cloud; otherwise all below is 0 */
    int64_t retired_s;
    enum eg_cloud_binding binding;
    bool remove_claim; /* claimed, but the object may still be on the device */
    int64_t claim_failures, locked_until_s;
    int64_t held_group, held_set, held_epoch;
    int64_t recheck_s;
    uint32_t update_status;
    int64_t last_contact_s;
    uint8_t facts[EG_CLOUD_FACTS_MAX];
    size_t facts_len;
    uint8_t services_hash[32], connection_hash[32]; /* zero: never written */
    int64_t retiring_s;                             /* it is to lose everything; 0: no */

    /* the open rollout of its group, store_life.h; rollout_state 0: none */
    int64_t rollout_id, rollout_from;
    int rollout_state;        /* enum eg_rollout_state */
    uint32_t rollout_percent; /* */
    bool rollout_canary;      /* the device is one */
    int64_t target_set;       /* what the device should have: eg_rollout_target() */
};

/** By UUID, of any company. DEVICE_UNKNOWN. */
EG_MUST_USE eg_status eg_store_cloud_admit(struct eg_store *store, const struct eg_uuid *uuid,
                                           struct eg_cloud_row *out);

/** Did the production line ever report this device as provisioned? */
EG_MUST_USE eg_status eg_store_cloud_proxy_done(struct eg_store *store, int64_t device_id,
                                                bool *out);

/* ---- objects of a device --------------------------------------------------------------------- */

struct eg_held_object {
    uint32_t chip_id;
    int64_t object_id; /* row of the secure object; 0: not ours any more */
    uint32_t version, generation;
    enum eg_held_state state;
    int32_t psa_status;
    uint32_t rtp_status;
    int64_t expires_s; /* notAfter of a certificate; 0: none */
    int64_t updated_s, confirmed_s;
};

struct eg_held_list {
    struct eg_held_object *items; /* by chip_id */
    size_t count;
};

EG_MUST_USE eg_status eg_store_cloud_objects(struct eg_store *store, int64_t device_id,
                                             struct eg_arena *arena, struct eg_held_list *out);

/* ---- the outcome of a session ---------------------------------------------------------------- */

struct eg_cloud_event {
    enum eg_event_kind kind;
    const char *detail; /* one line */
};

/** What a session left behind. Texts and spans are borrowed. */
struct eg_cloud_save {
    int64_t device_id, company_id, group_id;
    int64_t now_s;
    bool quiet;    /* nothing changed: only contact, address, correlation and counters move */
    bool complete; /* the session came to its end */
    bool success;
    uint32_t update_status, claim_status, rtp_status, csp_status;
    uint32_t agent_version;
    const char *address, *correlation;
    struct eg_span facts;
    enum eg_cloud_binding binding; /* UNKNOWN keeps the old one */
    bool remove_claim;
    int64_t target_set; /* what the session worked towards, as the admission said; for rollouts */
    int64_t held_group, held_set, held_epoch, recheck_s; /* 0 when not all is confirmed */
    int64_t expires_s; /* soonest end of a certificate it holds; 0: none */
    struct eg_span services_hash, connection_hash; /* empty keeps the old one */
    const struct eg_held_object *objects;          /* to insert or replace */
    size_t object_count;
    const uint32_t *gone; /* ids on the chip to forget */
    size_t gone_count;
    const struct eg_cloud_event *events;
    size_t event_count;
};

/** One transaction. A quiet one is a single small UPDATE. */
EG_MUST_USE eg_status eg_store_cloud_save(struct eg_store *store, const struct eg_cloud_save *in);

/** Have members of a group (or one device of it) looked at again at their next session. */
EG_MUST_USE eg_status eg_store_cloud_group_again(struct eg_store *store, int64_t company_id,
                                                 int64_t group_id);
EG_MUST_USE eg_status eg_store_cloud_device_again(struct eg_store *store, int64_t company_id,
                                                  int64_t device_id);

/* ---- variants of a set of objects ------------------------------------------------------------ */

/**
 * The cloud flow makes the same object versions in another form than the production line: without
 * internal objects, with those "on connection", and bound to something else. Such a form is a set
 * of its own (table set_variant), so that jobs, provisioning rows and "keep what is unchanged" work
 * on it as on any set.
 */
enum eg_set_variant {
    EG_SET_PROXY = 0,       /* the set itself */
    EG_SET_CLOUD = 1,       /* cloud flow, bound to nothing */
    EG_SET_CLOUD_BOUND = 2, /* cloud flow, bound as the group's production is */
};

struct eg_set_origin {
    int64_t base_id; /* the set itself when variant is EG_SET_PROXY */
    enum eg_set_variant variant;
};

/** What a set is a variant of. */
EG_MUST_USE eg_status eg_store_set_origin(struct eg_store *store, int64_t set_id,
                                          struct eg_set_origin *out);

/** Body that was made for a device and a set in a group. STORE_NOT_FOUND. */
EG_MUST_USE eg_status eg_store_cloud_body(struct eg_store *store, int64_t device_id,
                                          int64_t group_id, int64_t base_set,
                                          enum eg_set_variant variant, struct eg_arena *arena,
                                          struct eg_span *out);

/* ---- states for people ----------------------------------------------------------------------- */

struct eg_cloud_state {
    struct eg_uuid uuid;
    int64_t device_id, group_id, nc12;
    const char *family;
    enum eg_device_state state;
    int64_t first_contact_s, last_contact_s, last_success_s; /* 0: never */
    int64_t sessions, failures;
    uint32_t update_status, claim_status, rtp_status, csp_status;
    uint32_t agent_version;
    int64_t retired_s, locked_until_s, expires_s, recheck_s;
    enum eg_cloud_binding binding;
    bool up_to_date; /* holds its group's current set */
    const char *address, *correlation;
    struct eg_span facts;
};

struct eg_cloud_state_list {
    struct eg_cloud_state *items;
    size_t count;
    bool more;
    struct eg_page_key next; /* with more: where the next page begins, good for ever */
};

/** DEVICE_UNKNOWN. A device that never connected has zeros. */
EG_MUST_USE eg_status eg_store_cloud_state(struct eg_store *store, int64_t company_id,
                                           const struct eg_uuid *uuid, struct eg_arena *arena,
                                           struct eg_cloud_state *out);

/** Members of groups by their cloud state; one condition beside the group, or none. */
struct eg_cloud_filter {
    int64_t group_id;         /* 0: any */
    bool never_connected;     /* in a group that takes part in the cloud flow */
    bool failed;              /* last session ended with an error */
    int64_t expires_before_s; /* 0: any; otherwise a certificate ends before */
    struct eg_page_key after; /* `next` of the page before; zero: from the beginning */
};
/* By device_id; never_connected: by (group, device_id); expires_before_s: by (expiry, device_id),
 * so that a device whose certificate was renewed meanwhile moves nothing. PAGE_FAR: name the place
 * where the page begins instead of its number. */
EG_MUST_USE eg_status eg_store_cloud_list(struct eg_store *store, int64_t company_id,
                                          const struct eg_cloud_filter *filter, struct eg_page page,
                                          struct eg_arena *arena, struct eg_cloud_state_list *out);

/** Numbers of one group's members. */
struct eg_cloud_summary {
    int64_t members, connected, never_connected, up_to_date, failed, retired, expiring;
    int64_t last_contact_s;
};
/** expires_before_s bounds `expiring`. GROUP_UNKNOWN. */
EG_MUST_USE eg_status eg_store_cloud_summary(struct eg_store *store, int64_t company_id,
                                             int64_t group_id, int64_t expires_before_s,
                                             struct eg_cloud_summary *out);

/* ---- objects that cannot be made ------------------------------------------------------------- */

/** What was to be made: another set, group or epoch (eg_cloud_row) is something else. */
struct eg_make {
    int64_t device_id, group_id, base_set, epoch;
    enum eg_set_variant variant;
};
/** When it may be tried again after what failed; 0: nothing failed. All nodes know. */
EG_MUST_USE eg_status eg_store_make_next(struct eg_store *store, const struct eg_make *make,
                                         int64_t *out_s);
/** It failed at now_s: not again for first_s, twice as long with each failure, at most max_s. Only
 * the last thing that failed is kept, one for each device and variant. */
EG_MUST_USE eg_status eg_store_make_failed(struct eg_store *store, const struct eg_make *make,
                                           int64_t now_s, int64_t first_s, int64_t max_s);

/* ---- alarms ---------------------------------------------------------------------------------- */

/** Values are stored; extend only. */
enum eg_alarm_kind {
    EG_ALARM_WRONG_KEY = 1,
    EG_ALARM_UNKNOWN_ROOT = 2,
    EG_ALARM_MALFORMED = 3,
    EG_ALARM_RETIRED = 4,
    EG_ALARM_CLAIM_LOCKED = 5,  /* too many wrong claim codes */
    EG_ALARM_CLAIM_FOREIGN = 6, /* a claim blob with the UUID of another chip */
    EG_ALARM_WRONG_NAME = 7,    /* a member asked for another host name, or for none */
};

struct eg_alarm {
    int64_t id;
    enum eg_alarm_kind kind;
    bool acknowledged;
    int64_t device_id; /* 0: none */
    int64_t count, first_s, last_s;
    bool has_uuid;
    struct eg_uuid uuid;
    const char *address, *detail;
    struct eg_span spki;    /* public key shown, 65 bytes or empty */
    struct eg_span subject; /* DER Name or empty */
};

struct eg_alarm_list {
    struct eg_alarm *items;
    size_t count;
    bool more;
};

/** Insert, or count up the one of equal kind, UUID and address. id, count, first_s, acknowledged
 * of `alarm` are ignored; it is open again. */
EG_MUST_USE eg_status eg_store_alarm_raise(struct eg_store *store, int64_t company_id,
                                           const struct eg_alarm *alarm);
/** Newest first; kind 0: any. open_only: not acknowledged. */
EG_MUST_USE eg_status eg_store_alarm_list(struct eg_store *store, int64_t company_id, int kind,
                                          bool open_only, struct eg_page page,
                                          struct eg_arena *arena, struct eg_alarm_list *out);
/** ALARM_UNKNOWN. */
EG_MUST_USE eg_status eg_store_alarm_acknowledge(struct eg_store *store, int64_t company_id,
                                                 int64_t id, int64_t actor, int64_t now_s);

/* ---- events of the service ------------------------------------------------------------------- */

/** Values are stored; extend only. */
enum eg_service_event_kind {
    EG_SERVICE_CLAIM_NOTICE = 1,  /* a claim code passed a threshold */
    EG_SERVICE_CLAIM_CREATED = 2, /* audit of what was done to claim codes, with the actor */
    EG_SERVICE_CLAIM_CHANGED = 3,
    EG_SERVICE_CLAIM_REVOKED = 4,
    EG_SERVICE_CLAIM_DELETED = 5,
    EG_SERVICE_ALARM = 6,
    EG_SERVICE_ALARM_ACKNOWLEDGED = 7,
    EG_SERVICE_DEVICE = 8,  /* a device's cloud state changed */
    EG_SERVICE_ROLLOUT = 9, /* a rollout began, moved, counted a device, halted or ended */
    EG_SERVICE_FIELD = 10,  /* audit of services, connection data, CA rotation and decommission */
};

struct eg_service_event {
    int64_t id;
    enum eg_service_event_kind kind;
    int64_t group_id, device_id, at_s; /* 0: none */
    const char *detail;                /* one line, no secrets */
};

struct eg_service_event_list {
    struct eg_service_event *items;
    size_t count;
    bool more;
};

/** Those with a larger id than after_id, oldest first. */
EG_MUST_USE eg_status eg_store_service_events(struct eg_store *store, int64_t company_id,
                                              int64_t after_id, uint32_t max,
                                              struct eg_arena *arena,
                                              struct eg_service_event_list *out);

#endif
