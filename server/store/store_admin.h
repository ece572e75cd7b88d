/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_STORE_ADMIN_H
#define EG_SERVER_STORE_STORE_ADMIN_H
/** Companies, API keys, service keys, signers of manifests, and single named values. */
#include "server/store/store.h"

/* ---- meta: one value per name ---------------------------------------------------------------- */

/** Value of `name` into the arena. STORE_NOT_FOUND. */
EG_MUST_USE eg_status eg_store_meta_get(struct eg_store *store, const char *name,
                                        struct eg_arena *arena, struct eg_span *out);
/**
 * Set `name` unless it is there already; either way *out is what is stored now. The first node of
 * a cluster writes the KEK fingerprint by this, the others compare.
 */
EG_MUST_USE eg_status eg_store_meta_init(struct eg_store *store, const char *name,
                                         struct eg_span value, struct eg_arena *arena,
                                         struct eg_span *out);

/* ---- companies ------------------------------------------------------------------------------- */

struct eg_company {
    int64_t id;
    const char *name;
    int64_t created_s;
};

/** The row of the service itself, id 0, which owns what belongs to no company. Any number of times.
 */
EG_MUST_USE eg_status eg_store_company_service_init(struct eg_store *store, int64_t now_s);
/** NAME_TAKEN. */
EG_MUST_USE eg_status eg_store_company_add(struct eg_store *store, const char *name, int64_t now_s,
                                           int64_t *out_id);
/** STORE_NOT_FOUND. */
EG_MUST_USE eg_status eg_store_company_get(struct eg_store *store, int64_t id,
                                           struct eg_arena *arena, struct eg_company *out);
EG_MUST_USE eg_status eg_store_company_find(struct eg_store *store, const char *name,
                                            struct eg_arena *arena, struct eg_company *out);

/* ---- API keys -------------------------------------------------------------------------------- */

enum { EG_API_KEY_HASH_LEN = 32, EG_API_KEY_USED_STEP_S = 60 };

struct eg_api_key {
    int64_t id;
    int64_t company_id;
    const char *company_name;
    const char *name;
    int64_t role;      /* bits, given a meaning by server/api */
    int64_t created_s; /* */
    int64_t expires_s; /* 0: never */
    bool revoked;
    int64_t scope_nc12;  /* only for this product; 0: any */
    int64_t scope_group; /* only for this device group; 0: any */
    int64_t last_used_s; /* to EG_API_KEY_USED_STEP_S; 0: never */
};

/** What a new key is to be. */
struct eg_api_key_new {
    const char *name; /* unique in the company */
    int64_t role;
    int64_t expires_s;               /* 0: never */
    int64_t scope_nc12, scope_group; /* 0: none */
};

struct eg_api_key_list {
    struct eg_api_key *items;
    size_t count;
    bool more; /* there is a next page */
};

/** hash: keyed hash of the API key. NAME_TAKEN when hash or (company, name) exists. */
EG_MUST_USE eg_status eg_store_api_key_add(struct eg_store *store, int64_t company_id,
                                           const struct eg_api_key_new *key,
                                           const uint8_t hash[static EG_API_KEY_HASH_LEN],
                                           int64_t now_s, int64_t *out_id);
/** Note that a key was used at now_s. */
EG_MUST_USE eg_status eg_store_api_key_used(struct eg_store *store, int64_t id, int64_t now_s);
/** By hash, revoked and expired ones too (the caller decides). STORE_NOT_FOUND. */
EG_MUST_USE eg_status eg_store_api_key_find(struct eg_store *store,
                                            const uint8_t hash[static EG_API_KEY_HASH_LEN],
                                            struct eg_arena *arena, struct eg_api_key *out);
EG_MUST_USE eg_status eg_store_api_key_list(struct eg_store *store, int64_t company_id,
                                            struct eg_page page, struct eg_arena *arena,
                                            struct eg_api_key_list *out);
/** For good. STORE_NOT_FOUND. */
EG_MUST_USE eg_status eg_store_api_key_revoke(struct eg_store *store, int64_t company_id,
                                              int64_t id);

/* ---- service keys (key agreement for manifests and secrets) -----------------------------------
 */

/** Values are stored; extend only. */
enum eg_service_key_purpose {
    EG_SERVICE_KEY_MANIFEST = 1,  /* roots of trust are encrypted to it */
    EG_SERVICE_KEY_SECRET = 2,    /* customers' secrets are encrypted to it */
    EG_SERVICE_KEY_MATTER_CD = 3, /* signs Certification Declarations for test */
    EG_SERVICE_KEY_CLAIM = 4,     /* devices seal claim codes to it */
};

struct eg_service_key {
    int64_t id;
    enum eg_service_key_purpose purpose;
    struct eg_span wrapped;     /* private key under the KEK */
    struct eg_span certificate; /* DER, self-signed */
    int64_t created_s;
};

/** STORE_NOT_FOUND when there is none yet. */
EG_MUST_USE eg_status eg_store_service_key_get(struct eg_store *store, int64_t company_id,
                                               enum eg_service_key_purpose purpose,
                                               struct eg_arena *arena, struct eg_service_key *out);
/** Store unless there is one already; *out is the one stored now (maybe another node's). */
EG_MUST_USE eg_status eg_store_service_key_init(struct eg_store *store, int64_t company_id,
                                                enum eg_service_key_purpose purpose,
                                                struct eg_span wrapped, struct eg_span certificate,
                                                int64_t now_s, struct eg_arena *arena,
                                                struct eg_service_key *out);

/* ---- signers of manifests -------------------------------------------------------------------- */

enum { EG_FINGERPRINT_LEN = 32 };

struct eg_signer {
    int64_t id;
    const char *name;
    struct eg_span certificate; /* DER */
    int64_t created_s;
};

struct eg_signer_list {
    struct eg_signer *items;
    size_t count;
    bool more;
};

/** fingerprint: SHA-256 of the certificate. NAME_TAKEN when name or fingerprint exists. */
EG_MUST_USE eg_status eg_store_signer_add(struct eg_store *store, int64_t company_id,
                                          const char *name,
                                          const uint8_t fingerprint[static EG_FINGERPRINT_LEN],
                                          struct eg_span certificate, int64_t now_s,
                                          int64_t *out_id);
EG_MUST_USE eg_status eg_store_signer_list(struct eg_store *store, int64_t company_id,
                                           struct eg_page page, struct eg_arena *arena,
                                           struct eg_signer_list *out);

#endif
