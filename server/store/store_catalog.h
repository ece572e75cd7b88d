/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_STORE_CATALOG_H
#define EG_SERVER_STORE_STORE_CATALOG_H
/** What is to be made: products, device groups, certificate authorities, secure objects and their
 * assignment. */
#include "lib/base/family.h"
#include "server/store/store.h"

/* ---- products -------------------------------------------------------------------------------- */

struct eg_product {
    int64_t id;
    int64_t nc12; /* 12 digits; unique in the company */
    const char *name;
    const char *family; /* "mcxn947" */
    int64_t created_s;
};

struct eg_product_list {
    struct eg_product *items;
    size_t count;
    bool more;
};

/** NAME_TAKEN: this 12NC exists already. */
EG_MUST_USE eg_status eg_store_product_add(struct eg_store *store, int64_t company_id, int64_t nc12,
                                           const char *name, const char *family, int64_t now_s,
                                           int64_t *out_id);
/** PRODUCT_UNKNOWN. */
EG_MUST_USE eg_status eg_store_product_get(struct eg_store *store, int64_t company_id, int64_t nc12,
                                           struct eg_arena *arena, struct eg_product *out);
EG_MUST_USE eg_status eg_store_product_list(struct eg_store *store, int64_t company_id,
                                            struct eg_page page, struct eg_arena *arena,
                                            struct eg_product_list *out);

/* ---- device groups --------------------------------------------------------------------------- */

enum { EG_QUOTA_NONE = -1 }; /* no limit */
enum { EG_GROUP_FLOWS = EG_FLOW_PROXY | EG_FLOW_CLOUD };

struct eg_group {
    int64_t id; /* unique across products */
    int64_t product_id;
    int64_t nc12;
    const char *family; /* of the product */
    const char *name;
    int64_t quota;      /* devices this group may ever take, or EG_QUOTA_NONE */
    int64_t quota_used; /* devices it has taken; unclaiming gives none back */
    enum eg_life_cycle life_cycle;
    int64_t set_id; /* current set of object versions; 0: nothing is assigned */
    int64_t created_s;
    bool production; /* nothing that is for test only may enter */
    uint32_t flows;  /* enum eg_flow: how its devices get their objects */
};

struct eg_group_list {
    struct eg_group *items;
    size_t count;
    bool more;
};

struct eg_group_new {
    const char *name; /* unique in the product */
    int64_t quota;    /* or EG_QUOTA_NONE */
    enum eg_life_cycle life_cycle;
    bool production;
    uint32_t flows; /* 0: EG_GROUP_FLOWS */
};

/** PRODUCT_UNKNOWN, NAME_TAKEN. */
EG_MUST_USE eg_status eg_store_group_add(struct eg_store *store, int64_t company_id, int64_t nc12,
                                         const struct eg_group_new *group, int64_t now_s,
                                         int64_t *out_id);
/** GROUP_UNKNOWN. */
EG_MUST_USE eg_status eg_store_group_get(struct eg_store *store, int64_t company_id, int64_t id,
                                         struct eg_arena *arena, struct eg_group *out);
/** Groups of one product; nc12 0: of all products. PRODUCT_UNKNOWN. */
EG_MUST_USE eg_status eg_store_group_list(struct eg_store *store, int64_t company_id, int64_t nc12,
                                          struct eg_page page, struct eg_arena *arena,
                                          struct eg_group_list *out);

/**
 * A group that the caller has read and judged by. The write that follows holds only while the group
 * is still what it was then, its set of objects, life cycle and production mark: else STORE_MOVED,
 * nothing was changed, and the caller reads and judges once more. Read the group before its
 * objects.
 */
struct eg_group_guard {
    int64_t group_id;
    const struct eg_group *seen; /* NULL: whatever it is now */
    bool none_made; /* BURNED_OBJECT when anything was made, or is being made, for its devices */
};

/** What to change; NULL keeps the old value. */
struct eg_group_change {
    const char *name;
    const int64_t *quota; /* may not fall below quota_used: QUOTA_BELOW_USED */
    /** Only while no device was ever taken: IN_USE. Back, with something made for the devices that
     * are in it now: LIFE_CYCLE_BACK. */
    const enum eg_life_cycle *life_cycle;
    const bool *production;
    const uint32_t *flows;
};
/** GROUP_UNKNOWN, NAME_TAKEN, QUOTA_BELOW_USED, LIFE_CYCLE_BACK, IN_USE, STORE_MOVED. */
EG_MUST_USE eg_status eg_store_group_update(struct eg_store *store, int64_t company_id,
                                            const struct eg_group_guard *guard,
                                            const struct eg_group_change *change);
/** GROUP_UNKNOWN; IN_USE while devices or unfinished jobs are in it. Removes assignments.
 */
EG_MUST_USE eg_status eg_store_group_delete(struct eg_store *store, int64_t company_id, int64_t id);

/* ---- certificate authorities ----------------------------------------------------------------- */

/** Values are stored; extend only. EXTERNAL: its key is not here, so it signs nothing. */
enum eg_ca_kind { EG_CA_ROOT = 1, EG_CA_INTERMEDIATE = 2, EG_CA_EXTERNAL = 3 };
/** PENDING: there is a key and a request, but no certificate yet. */
enum eg_ca_state { EG_CA_ACTIVE = 0, EG_CA_PENDING = 1 };

struct eg_ca {
    int64_t id;
    enum eg_ca_kind kind;
    const char *name;           /* unique in the company */
    const char *algorithm;      /* "NIST_P256", ... */
    int64_t issuer_id;          /* 0 for a root */
    struct eg_span wrapped;     /* private key under the KEK; empty for an external CA */
    struct eg_span certificate; /* DER; empty while PENDING */
    const char *options;        /* JSON text of the creating request; "" if none */
    bool is_default;            /* the company's hosted default root */
    int64_t created_s;
    enum eg_ca_state state;
    struct eg_span csr; /* DER PKCS#10 of a CA that was certified outside; else empty */
};

struct eg_ca_list {
    struct eg_ca *items;
    size_t count;
    bool more;
};

/**
 * Fields id and created_s of `ca` are ignored; texts and spans are borrowed.
 * CA_UNKNOWN: the issuer. NAME_TAKEN: the name, or a second default root.
 */
EG_MUST_USE eg_status eg_store_ca_add(struct eg_store *store, int64_t company_id,
                                      const struct eg_ca *ca, int64_t now_s, int64_t *out_id);
/** CA_UNKNOWN. */
EG_MUST_USE eg_status eg_store_ca_get(struct eg_store *store, int64_t company_id, int64_t id,
                                      struct eg_arena *arena, struct eg_ca *out);
/** The default root. CA_UNKNOWN when none was made yet. */
EG_MUST_USE eg_status eg_store_ca_default(struct eg_store *store, int64_t company_id,
                                          struct eg_arena *arena, struct eg_ca *out);
EG_MUST_USE eg_status eg_store_ca_list(struct eg_store *store, int64_t company_id,
                                       struct eg_page page, struct eg_arena *arena,
                                       struct eg_ca_list *out);
/** The CA itself first, its root last (at most 8). CA_UNKNOWN. */
EG_MUST_USE eg_status eg_store_ca_chain(struct eg_store *store, int64_t company_id, int64_t id,
                                        struct eg_arena *arena, struct eg_ca_list *out);

/* ---- secure objects -------------------------------------------------------------------------- */

struct eg_stored_object {
    int64_t id;
    int64_t version;        /* 1 for a new one */
    const char *name;       /* unique in the company */
    const char *type;       /* "KEYPAIR", ... */
    uint32_t object_id;     /* on the chip */
    const char *definition; /* JSON text, the meaning is server/core's */
    struct eg_span wrapped; /* secret under the KEK; empty when the type has none */
    int64_t key_pair_id;    /* the KEYPAIR object of a CERTIFICATE; 0: none */
    int64_t ca_id;          /* issuing CA of a CERTIFICATE; 0: none */
    int64_t created_s;
};

struct eg_stored_object_list {
    struct eg_stored_object *items;
    size_t count;
    bool more;
};

/**
 * Fields id, version and created_s are ignored. NAME_TAKEN; OBJECT_UNKNOWN: key_pair_id;
 * CA_UNKNOWN: ca_id.
 */
EG_MUST_USE eg_status eg_store_object_add(struct eg_store *store, int64_t company_id,
                                          const struct eg_stored_object *object, int64_t now_s,
                                          int64_t *out_id);
/** OBJECT_UNKNOWN. */
EG_MUST_USE eg_status eg_store_object_get(struct eg_store *store, int64_t company_id, int64_t id,
                                          struct eg_arena *arena, struct eg_stored_object *out);
/** Which objects a list has; NULL and 0: any. */
struct eg_object_filter {
    const char *type;
    const char *name;  /* the whole name */
    int64_t object_id; /* on the chip */
    int64_t group_id;  /* assigned to it */
};
EG_MUST_USE eg_status eg_store_object_list(struct eg_store *store, int64_t company_id,
                                           const struct eg_object_filter *filter,
                                           struct eg_page page, struct eg_arena *arena,
                                           struct eg_stored_object_list *out);

enum { EG_OBJECT_GROUPS_MAX = 1000 }; /* groups of one object that an update moves on */

/**
 * Replace what an object is: id names it, version is the new one; name, definition, wrapped and
 * ca_id are stored, the rest stays. Earlier versions are kept for the jobs that make them. The sets
 * of all its groups move on. guards: all its groups, by id. STORE_MOVED: version does not follow
 * the stored one, it has other groups, or one of them moved. NAME_TAKEN, SET_TOO_LARGE.
 */
EG_MUST_USE eg_status eg_store_object_update(struct eg_store *store, int64_t company_id,
                                             const struct eg_stored_object *object,
                                             const struct eg_group_guard *guards, size_t count);
/** Groups that an object is assigned to, by id. SET_TOO_LARGE. */
EG_MUST_USE eg_status eg_store_object_groups(struct eg_store *store, int64_t object_id,
                                             struct eg_arena *arena, const int64_t **out,
                                             size_t *out_count);
/** OBJECT_UNKNOWN; IN_USE while assigned to a group or named by a CERTIFICATE. */
EG_MUST_USE eg_status eg_store_object_delete(struct eg_store *store, int64_t company_id,
                                             int64_t id);

/* ---- assignment ------------------------------------------------------------------------------ */

enum { EG_SET_OBJECTS_MAX = 32 }; /* objects in one group; EG_BODY_OBJECTS_MAX */

/**
 * Assign an object to a group; already assigned is EG_OK. The group's current set moves on.
 * GROUP_UNKNOWN, OBJECT_UNKNOWN; OBJECT_ASSIGNED_TWICE: another object of the group has the same id
 * on the chip; SET_TOO_LARGE, STORE_MOVED, BURNED_OBJECT. *out_set (may be NULL) is the set now.
 */
EG_MUST_USE eg_status eg_store_assign(struct eg_store *store, int64_t company_id,
                                      const struct eg_group_guard *guard, int64_t object_id,
                                      int64_t *out_set);
/** The same with several objects, all or none: the set moves on once. At most EG_SET_OBJECTS_MAX.
 */
EG_MUST_USE eg_status eg_store_assign_all(struct eg_store *store, int64_t company_id,
                                          const struct eg_group_guard *guard, const int64_t *ids,
                                          size_t count, int64_t *out_set);

/** Which objects leave which groups: each out of each; not assigned is fine. */
struct eg_leave {
    const struct eg_group_guard *guards; /* by group id, each once */
    size_t guard_count;
    const int64_t *objects; /* by id, each once */
    size_t object_count;
};
/** The reverse, all of it or nothing. GROUP_UNKNOWN, OBJECT_UNKNOWN, STORE_MOVED, BURNED_OBJECT. */
EG_MUST_USE eg_status eg_store_unassign(struct eg_store *store, int64_t company_id,
                                        const struct eg_leave *leave);
/** Objects of a group by row id (never more than EG_SET_OBJECTS_MAX). GROUP_UNKNOWN. */
EG_MUST_USE eg_status eg_store_group_objects(struct eg_store *store, int64_t company_id,
                                             int64_t group_id, struct eg_arena *arena,
                                             struct eg_stored_object_list *out);
/**
 * Objects of a set as it was interned, by row id. For jobs: what a job
 * makes is its set, not what the group holds meanwhile. OBJECT_UNKNOWN: one was deleted since.
 */
EG_MUST_USE eg_status eg_store_set_objects(struct eg_store *store, int64_t set_id,
                                           struct eg_arena *arena,
                                           struct eg_stored_object_list *out);

#endif
