/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_STORE_PKI_H
#define EG_SERVER_STORE_STORE_PKI_H
/** Certificate authorities after their creation, revoked certificates, and CRLs. */
#include "lib/base/uuid.h"
#include "server/store/store.h"
#include "server/store/store_catalog.h"

/**
 * A pending CA gets the certificate that somebody else signed. CA_UNKNOWN; CA_NOT_PENDING: it has
 * one already.
 */
EG_MUST_USE eg_status eg_store_ca_activate(struct eg_store *store, int64_t company_id, int64_t id,
                                           int64_t issuer_id, struct eg_span certificate);
/** CA_UNKNOWN; IN_USE: an object or a CA below it names it, or it has revoked certificates. */
EG_MUST_USE eg_status eg_store_ca_delete(struct eg_store *store, int64_t company_id, int64_t id);

/* ---- revoked certificates -------------------------------------------------------------------- */

enum { EG_REVOKED_PER_CA_MAX = 200000 };

struct eg_revocation {
    int64_t ca_id;         /* of the issuer */
    struct eg_span serial; /* positive, without leading zeros: 1 .. 20 bytes */
    uint8_t reason;        /* enum eg_crl_reason */
    int64_t revoked_s;
    uint32_t shard;      /* of the serial number; 0: none. Not filled in when read */
    int64_t device_id;   /* row of the device it was made for; 0: none */
    int64_t group_id;    /* with device_id, write only: the group it was made in */
    const char *detail;  /* likewise: the line in the device's history says this */
    bool has_uuid;       /* read only: the device is known */
    struct eg_uuid uuid; /* read only: of the device */
};

struct eg_revocation_list {
    struct eg_revocation *items;
    size_t count;
    bool more;
};

/**
 * Note certificates as revoked, all or none, and with each a line in the history of its device. One
 * that is revoked already stays as it is; *out_new counts the others. CA_UNKNOWN; SET_TOO_LARGE: a
 * CA has EG_REVOKED_PER_CA_MAX already.
 */
EG_MUST_USE eg_status eg_store_revoke(struct eg_store *store, int64_t company_id,
                                      const struct eg_revocation *items, size_t count,
                                      int64_t actor, size_t *out_new);
/** In the order of revocation. CA_UNKNOWN. */
EG_MUST_USE eg_status eg_store_revocation_list(struct eg_store *store, int64_t company_id,
                                               int64_t ca_id, struct eg_page page,
                                               struct eg_arena *arena,
                                               struct eg_revocation_list *out);
/** One of them. STORE_NOT_FOUND: not revoked. */
EG_MUST_USE eg_status eg_store_revocation_get(struct eg_store *store, int64_t ca_id,
                                              struct eg_span serial, struct eg_arena *arena,
                                              struct eg_revocation *out);

/* ---- CRLs ------------------------------------------------------------------------------------ */

/** A CA and the last CRL of it. */
struct eg_crl_state {
    int64_t company_id;
    enum eg_ca_kind kind;
    enum eg_ca_state state;
    struct eg_span wrapped, certificate; /* of the CA */
    int64_t revision;                    /* grows with every revocation */
    int64_t crl_revision;                /* what the stored CRL knows */
    int64_t crl_next_update_s;
    struct eg_span crl; /* DER; empty: none yet */
};
/** Of any company: a CRL is public. CA_UNKNOWN. */
EG_MUST_USE eg_status eg_store_crl_get(struct eg_store *store, int64_t ca_id,
                                       struct eg_arena *arena, struct eg_crl_state *out);

/** Take a number, and what is revoked now, ascending by serial. CA_UNKNOWN. */
EG_MUST_USE eg_status eg_store_crl_begin(struct eg_store *store, int64_t ca_id,
                                         struct eg_arena *arena, int64_t *out_number,
                                         int64_t *out_revision, struct eg_revocation_list *out);

/** Keep a CRL, unless one with a higher number is there. */
EG_MUST_USE eg_status eg_store_crl_put(struct eg_store *store, int64_t ca_id, int64_t number,
                                       int64_t revision, int64_t next_update_s, struct eg_span der);

/* ---- CRLs in shards ---------------------------------------------------------------------------
 */

/*
 * A certificate is given a shard when it is made: its serial number (lib/crypto/x509.h) and its CRL
 * distribution point say which. The CRL of a shard holds at most as many entries as certificates
 * were given to it. Shards count from 1. Certificates of shard 0 (made before there were shards, or
 * without a distribution point) are only on the complete CRL above.
 */
enum { EG_CRL_SHARD_SIZE = 10000, EG_CRL_SHARDS_MAX = 0xFFFFFF };

/** Places for `count` (1 .. EG_CRL_SHARD_SIZE) new certificates in one shard. CA_UNKNOWN;
 * SET_TOO_LARGE: no shards are left. */
EG_MUST_USE eg_status eg_store_shard_take(struct eg_store *store, int64_t company_id, int64_t ca_id,
                                          uint32_t count, uint32_t *out_shard);
/** As eg_store_crl_get(), _begin() and _put() for one shard. CA_UNKNOWN: also a shard that no
 * certificate was given to. */
EG_MUST_USE eg_status eg_store_shard_get(struct eg_store *store, int64_t ca_id, uint32_t shard,
                                         struct eg_arena *arena, struct eg_crl_state *out);
EG_MUST_USE eg_status eg_store_shard_begin(struct eg_store *store, int64_t ca_id, uint32_t shard,
                                           struct eg_arena *arena, int64_t *out_number,
                                           int64_t *out_revision, struct eg_revocation_list *out);
EG_MUST_USE eg_status eg_store_shard_put(struct eg_store *store, int64_t ca_id, uint32_t shard,
                                         int64_t number, int64_t revision, int64_t next_update_s,
                                         struct eg_span der);

/* ---- keys that answer OCSP requests -----------------------------------------------------------
 */

/** A CA and the key that answers for it. */
struct eg_ocsp_state {
    int64_t company_id;
    enum eg_ca_kind kind;
    enum eg_ca_state state;
    struct eg_span ca_wrapped, ca_certificate;
    int64_t not_before_s, not_after_s;   /* of the key's certificate; 0: there is none yet */
    struct eg_span wrapped, certificate; /* empty: likewise */
};
/** Of any company: who asks need not be known. CA_UNKNOWN. */
EG_MUST_USE eg_status eg_store_ocsp_get(struct eg_store *store, int64_t ca_id,
                                        struct eg_arena *arena, struct eg_ocsp_state *out);
/** Keep a key (the last four fields), unless one that ends later is there. */
EG_MUST_USE eg_status eg_store_ocsp_put(struct eg_store *store, int64_t ca_id,
                                        const struct eg_ocsp_state *key);

/* ---- certificates of a device ---------------------------------------------------------------- */

struct eg_device_body {
    int64_t device_id, group_id;
    struct eg_span body; /* provisioning_body.h */
};
struct eg_device_body_list {
    struct eg_device_body *items;
    size_t count;
    bool more;
};

/** What was ever made for a device, newest first, at most EG_PAGE_SIZE_MAX. No items for a device
 * that nothing was made for. */
EG_MUST_USE eg_status eg_store_device_bodies(struct eg_store *store, int64_t company_id,
                                             const struct eg_uuid *uuid, struct eg_arena *arena,
                                             struct eg_device_body_list *out);

#endif
