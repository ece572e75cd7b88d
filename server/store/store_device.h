/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_STORE_DEVICE_H
#define EG_SERVER_STORE_STORE_DEVICE_H
/** Devices: their roots of trust, look-up, lists and history. */
#include "server/store/store.h"

enum {
    EG_ROOT_TAG_LEN = 32,
    EG_CHIP_KEY_LEN = 65,      /* uncompressed P-256 point */
    EG_WRAPPED_ROOT_MAX = 256, /* bytes */
    EG_MANIFEST_MAX = 1000000, /* chips in one manifest */
    EG_DEVICE_SEARCH_MAX = 39, /* characters of a search text */
};

/* ---- roots of trust -------------------------------------------------------------------------- */

struct eg_root {
    struct eg_uuid uuid;
    struct eg_span wrapped;              /* die key under the KEK */
    uint8_t tag[EG_ROOT_TAG_LEN];        /* equal for equal (uuid, die key) */
    uint8_t connection[EG_CHIP_KEY_LEN]; /* public keys derived from the die key */
    uint8_t attestation[EG_CHIP_KEY_LEN];
};

struct eg_roots_result {
    int64_t manifest_id;
    uint32_t added;          /* chips that were not known */
    uint32_t known;          /* chips that had the same root already */
    struct eg_uuid conflict; /* ROOT_CONFLICT: the first chip that contradicts what is stored */
};

/**
 * Store a whole manifest or nothing. `roots` need not be sorted; it is not changed.
 * Errors: ROOT_CONFLICT  a UUID exists with another root, family or owner; out->conflict says
 * which. SET_TOO_LARGE  more than EG_MANIFEST_MAX chips. Again:  the same manifest counts all its
 * chips as known and gets a manifest id of its own.
 */
EG_MUST_USE eg_status eg_store_roots_add(struct eg_store *store, int64_t company_id,
                                         int64_t signer_id, const char *family,
                                         const struct eg_root *roots, size_t count, int64_t now_s,
                                         struct eg_roots_result *out);

/* ---- devices --------------------------------------------------------------------------------- */

/** Where a device stands. Values are stored; extend only. */
enum eg_device_state {
    EG_DEVICE_REGISTERED = 1,          /* root known, in no group */
    EG_DEVICE_ASSIGNED = 2,            /* in a group, objects not made yet (GENERATION_TRIGGERED) */
    EG_DEVICE_GENERATED = 3,           /* GENERATION_COMPLETED */
    EG_DEVICE_GENERATION_FAILED = 4,   /* making failed; assigning again tries again */
    EG_DEVICE_PROVISIONED = 5,         /* PROVISIONING_COMPLETED, reported by the line */
    EG_DEVICE_PROVISIONING_FAILED = 6, /* reported by the line */
};

struct eg_device {
    int64_t id; /* of the row; not shown to clients */
    struct eg_uuid uuid;
    const char *family;
    enum eg_device_state state;
    int64_t group_id; /* 0: in none */
    int64_t nc12;     /* product of the group; 0: in none */
    int64_t created_s;
};

enum { EG_PAGE_JUMP_MAX = 10000 }; /* devices that are counted off to find a page by its number */

/** Place in a list of devices: the key of one. What a list is not ordered by is not looked at. */
struct eg_page_key {
    struct eg_uuid uuid; /* first one that belongs to the page */
    int64_t first;       /* (group or expiry, device) of the last device before the page */
    int64_t device_id;
};

struct eg_device_list {
    struct eg_device *items;
    size_t count;
    bool more;
    struct eg_page_key next; /* with more: where the next page begins, good for ever */
};

struct eg_device_filter {
    const struct eg_page_key *from; /* begin here; the page's number is 0. NULL: by number */
    const char *search;             /* prefix of the id, hexadecimal or decimal; "" or NULL: all */
    int64_t group_id;               /* 0: any */
    const char *family;             /* NULL: any */
    int state;                      /* enum eg_device_state; 0: any */
};

/** DEVICE_UNKNOWN. */
EG_MUST_USE eg_status eg_store_device_get(struct eg_store *store, int64_t company_id,
                                          const struct eg_uuid *uuid, struct eg_arena *arena,
                                          struct eg_device *out);
/**
 * Search, filter and paging happen in the database. A search text that is no number finds none.
 * PAGE_FAR: the list has more than EG_PAGE_JUMP_MAX devices, the page lies behind them, and the
 * page before was not given to anybody by this process within the last hour.
 */
EG_MUST_USE eg_status eg_store_device_list(struct eg_store *store, int64_t company_id,
                                           const struct eg_device_filter *filter,
                                           struct eg_page page, struct eg_arena *arena,
                                           struct eg_device_list *out);

/* ---- history --------------------------------------------------------------------------------- */

/** Values are stored; extend only. */
enum eg_event_kind {
    EG_EVENT_REGISTERED = 1,
    EG_EVENT_ASSIGNED = 2,
    EG_EVENT_GENERATED = 3,
    EG_EVENT_GENERATION_FAILED = 4,
    EG_EVENT_PROVISIONED = 5,
    EG_EVENT_PROVISIONING_FAILED = 6,
    EG_EVENT_UNCLAIMED = 7,
    EG_EVENT_REVOKED = 20, /* one of its certificates */
    EG_EVENT_CLAIMED = 8,  /* by a claim code; the membership is a line of its own */
    EG_EVENT_CLAIM_REFUSED = 9,
    EG_EVENT_CLOUD_UPDATED = 10, /* a session changed what the device holds */
    EG_EVENT_CLOUD_FAILED = 11,  /* a session ended with an error */
    EG_EVENT_CLOUD_BROKEN = 12,  /* the peer was lost in the middle of work */
    EG_EVENT_CLOUD_REFUSED = 13, /* internal objects that only the line can deliver */
    EG_EVENT_REBOUND = 14,       /* objects were made again for another binding */
    EG_EVENT_RETIRING = 15,      /* it is to be decommissioned */
    EG_EVENT_RETIRED = 16,       /* it holds nothing any more, or was given up */
};

struct eg_event {
    int64_t at_s;
    enum eg_event_kind kind;
    int64_t group_id;   /* 0: none */
    int64_t actor;      /* API key id; 0: the service itself */
    const char *detail; /* one line or "" */
};

struct eg_event_list {
    struct eg_event *items;
    size_t count;
    bool more;
};

/** Oldest first. DEVICE_UNKNOWN. */
EG_MUST_USE eg_status eg_store_device_history(struct eg_store *store, int64_t company_id,
                                              const struct eg_uuid *uuid, struct eg_page page,
                                              struct eg_arena *arena, struct eg_event_list *out);

#endif
