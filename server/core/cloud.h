/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_CLOUD_H
#define EG_SERVER_CORE_CLOUD_H
/**
 * The rules of the cloud flow: what the device endpoint asks during a session.
 *
 *   handshake done  eg_cloud_admit    who is it, may it come in?
 *   after hello     eg_cloud_hello    note what the agent is (memory only)
 *   UNCLAIMED only  eg_cloud_claim    the claim object was read: may it join, and which group?
 *   then            eg_cloud_work     what to destroy, import and write; makes what is missing
 *   wrong binding   eg_cloud_rebind   the same objects under the other binding, once
 *   before goodbye  eg_cloud_report   store how it went (one transaction), get the report to send
 *   peer gone       eg_cloud_report   with complete = false: what was answered is kept
 *
 * A session is one struct eg_cloud_session in the caller's memory: plain values, no pointers, no
 * cleanup. Calls of one session come one after the other; sessions are independent.
 *
 * Every call may block (database, vault): worker threads only. Cost of a check-in without change:
 * one prepared read in admit, none in hello, none in work, one small write in report that shares
 * its commit with others; nothing in the vault.
 *
 * Errors of all calls: those of server/store/store.h, and BUSY or UNAVAILABLE ones of the vault.
 * For any error say goodbye with eg_cloud_goodbye_of(); the next session goes on where this one
 * stopped. Refusals by the rules are no errors: they are verdicts and statuses in the results.
 *
 * Secrets: blobs are sealed to the chip. A claim text is in this process's memory only between the
 * vault's answer and its keyed hash, and wiped; it is never stored, logged or returned.
 */
#include "server/core/core.h"

/* ---- words of the protocol (docs/guide/cloud.md) ------------------------------------------ */

/* The names differ from those of lib/wire/session/session_status.h on purpose: both are included
 * together by server/device. */

/** UpdateStatus values that the rules give. */
enum eg_cloud_update {
    EG_CLOUD_UPDATE_SUCCESS = 0x01,
    EG_CLOUD_UPDATE_SNI_MISSING = 0x32,
    EG_CLOUD_UPDATE_SNI_INVALID = 0x33,
    EG_CLOUD_UPDATE_LIMITED = 0x34,         /* ERR_CONNECTION_QUOTA_EXCEEDED */
    EG_CLOUD_UPDATE_NOT_WHITELISTED = 0x35, /* ERR_DEVICE_NOT_WHITELISTED */
    EG_CLOUD_UPDATE_FAILED = 0x40,          /* see the parts */
    EG_CLOUD_UPDATE_INTERNAL = 0x50,
    EG_CLOUD_UPDATE_TIMEOUT = 0x51, /* busy: come again */
};

/** ClaimStatus. */
enum eg_cloud_claim_status {
    EG_CLAIM_NONE = 0x00, /* no claim step took place */
    EG_CLAIM_OK = 0x01,
    EG_CLAIM_NOT_FOUND = 0x10,        /* no such code, or the device has none */
    EG_CLAIM_WRONG_PRODUCT = 0x11,    /* the code is for another chip family */
    EG_CLAIM_REVOKED = 0x13,          /* revoked or expired */
    EG_CLAIM_LIMIT_REACHED = 0x14,    /* activations of the code or quota of the group used up */
    EG_CLAIM_REUSE_PROHIBITED = 0x15, /* this device used the code before */
    EG_CLAIM_UNREADABLE = 0x16,       /* the device did not give the object out, or it cannot be
                                         opened: CMAC, UUID, padding */
    EG_CLAIM_POLICIES = 0x17,         /* behaviour or policy of the code forbid it; PSA -133 */
    EG_CLAIM_TYPE = 0x18,             /* the object is something else than a claim blob */
    EG_CLAIM_FORMAT = 0x19,           /* a claim blob with a broken structure, or a text that can
                                         be no claim code */
    EG_CLAIM_DELETE = 0x1A,           /* claimed, but the object could not be removed */
    EG_CLAIM_FAILED = 0x40,           /* locked out for too many wrong codes */
    EG_CLAIM_INTERNAL = 0x50,
};

/** RtpStatus (secure objects). */
enum eg_cloud_rtp {
    EG_RTP_NONE = 0x00,
    EG_RTP_OK = 0x01,
    EG_RTP_NO_CHANGE = 0x02,
    EG_RTP_DELETE_FAILED = 0x11,
    EG_RTP_WRITE_FAILED = 0x12,
    EG_RTP_DEFECTIVE = 0x13, /* an internal object: only the proxy flow can deliver it */
    EG_RTP_FAILED = 0x40,    /* see the objects; or it was not made */
    EG_RTP_INTERNAL = 0x50,
};

/** CspStatus (service descriptors) that callers put into eg_cloud_outcome. */
enum eg_cloud_csp {
    EG_CSP_NONE = 0x00,
    EG_CSP_OK = 0x01,
    EG_CSP_NO_CHANGE = 0x02,
    EG_CSP_DESCRIPTOR_WRITE_FAILED = 0x15,
    EG_CSP_COMMIT_FAILED = 0x17,
    EG_CSP_FAILED = 0x40,
};

enum {
    EG_CLOUD_CLAIM_OBJECT = 0xF00000E0, /* object id that holds the claim blob */
    EG_CLOUD_CLAIM_BLOB_MAX = 512,      /* bytes to ask for; ours: 255 characters take 256 + 124 */
    EG_CLOUD_ADDRESS_LEN = 45,          /* an IPv6 address as text */
    EG_CLOUD_KEY_LEN = 65,              /* 04 || X || Y */
    EG_CLOUD_ENDPOINTS_MAX = 5,
    EG_CLOUD_SUBJECT_MAX = 512, /* bytes of a subject kept as evidence */
    EG_CLOUD_STEPS_MAX = 2 * (EG_BODY_OBJECTS_MAX + EG_BODY_OBJECTS_MAX),
    EG_CLOUD_CORRELATION_LEN = 36,
};

/* ---- who is it? ------------------------------------------------------------------------------ */

/** What the TLS handshake told. */
struct eg_cloud_peer {
    bool well_formed;                     /* certificate has the shape of a device's; else only
                                             subject and address below are looked at */
    struct eg_uuid uuid;                  /* of the subject's serialNumber */
    uint8_t public_key[EG_CLOUD_KEY_LEN]; /* whose possession the handshake proved */
    struct eg_span subject;               /* DER Name, for evidence; may be empty */
    struct eg_span certificate; /* DER that it showed, for eg_cloud_work(); may be empty */
    const char *address;        /* numeric, without the port */
    uint16_t port;
    bool ours;           /* ALPN "engrave-agent/1" was agreed */
    uint32_t wrong_name; /* SNI_MISSING or SNI_INVALID: it will be refused with this; 0: right */
};

enum eg_cloud_verdict {
    EG_CLOUD_MEMBER = 1,       /* in a group */
    EG_CLOUD_UNCLAIMED = 2,    /* root of trust known, in no group: claim step */
    EG_CLOUD_WRONG_KEY = 3,    /* UUID known, other public key: alarm */
    EG_CLOUD_UNKNOWN_ROOT = 4, /* no root of trust with this UUID: alarm */
    EG_CLOUD_MALFORMED = 5,    /* no device's certificate: alarm */
    EG_CLOUD_RETIRED = 6,      /* decommissioned: alarm */
    EG_CLOUD_LIMITED = 7,      /* too many refused attempts of this address or UUID */
    EG_CLOUD_NO_FLOW = 8,      /* its group or family takes no part in the cloud flow */
    EG_CLOUD_WRONG_NAME = 9,   /* dialled another name; of a member: alarm */
};

/** One endpoint of the device. type as EndpointType; version as on the wire. */
struct eg_cloud_endpoint {
    uint32_t type, id, version;
};

/** What hello told. Also what the last session knew, to batch without asking. */
struct eg_cloud_facts {
    uint32_t agent_version;           /* 0: never seen */
    uint32_t crypto_api, storage_api; /* 0: not asked */
    uint32_t max_raw_key;
    int32_t response_max, request_max; /* bytes the device's buffers take */
    bool multiple;                     /* several requests per message */
    bool wants_crl;
    bool ours;
    uint8_t endpoint_count;
    struct eg_cloud_endpoint endpoints[EG_CLOUD_ENDPOINTS_MAX];
};

/** One session. The caller reads it; only the calls below write it. */
struct eg_cloud_session {
    enum eg_cloud_verdict verdict;
    uint32_t goodbye; /* enum eg_cloud_update: what to say when the verdict lets nobody in; else
                         0 */
    int64_t device_id, company_id, group_id; /* 0 as far as unknown */
    struct eg_uuid uuid;
    uint8_t public_key[EG_CLOUD_KEY_LEN];
    char address[EG_CLOUD_ADDRESS_LEN + 1];
    char family[EG_FAMILY_NAME_MAX];
    char correlation[EG_CLOUD_CORRELATION_LEN + 1]; /* of this session: for logs and goodbye */
    int64_t started_ms;
    struct eg_cloud_facts known; /* of its last session; agent_version 0: never seen */
    struct eg_cloud_facts facts; /* of this one, after eg_cloud_hello() */
    bool saw_hello;
    bool no_change;     /* by what is stored now nothing is to be done: work will be empty */
    bool remove_claim;  /* an earlier session claimed, but the object may still be there */
    bool flow_bound;    /* objects for it are bound to boot key hash and life cycle */
    bool binding_known; /* a session proved flow_bound */
    bool proxy_done;    /* the production line delivered internal objects */
    bool rebound;       /* eg_cloud_rebind() was used */
    bool retiring;      /* it is to lose everything, server/core/cloud_life.h */
    enum eg_cloud_claim_status claim;
    int64_t claim_code;   /* row of the code it claimed with in this session; 0: none */
    int64_t target_set;   /* set of object versions it should have; 0: none */
    int64_t epoch;        /* of what else it should have (renewals, descriptors) */
    uint32_t last_update; /* enum eg_cloud_update of its last session; 0: there was none */
    int64_t held_group;   /* group that its objects are from; 0: unknown */
    uint8_t services_hash[32], connection_hash[32]; /* hash of the containers written last */
};

/**
 * Judge a peer. Refused ones are counted and stored as an alarm with the evidence (many of one
 * kind become one row with a counter); the caller says hello and CRL or not, then goodbye with
 * out->goodbye. Never fails for what the peer is; *out is always filled.
 * peer is borrowed. now_ms: wall clock.
 */
EG_MUST_USE eg_status eg_cloud_admit(struct eg_core *core, const struct eg_cloud_peer *peer,
                                     int64_t now_ms, struct eg_cloud_session *out);

/** What hello and get_version told. Memory only; may be called again with more. */
void eg_cloud_hello(struct eg_cloud_session *session, const struct eg_cloud_facts *facts);

/** Facts equal in all that matters for batching? */
bool eg_cloud_facts_equal(const struct eg_cloud_facts *a, const struct eg_cloud_facts *b);

/* ---- claim ----------------------------------------------------------------------------------- */

/**
 * The answer to read_object(EG_CLOUD_CLAIM_OBJECT). psa_status: 0 or the negative PSA value.
 * On success verdict becomes MEMBER, group_id is set and remove_claim is true: send remove_object,
 * tell the outcome with eg_cloud_claim_removed(), go on with eg_cloud_work(). Otherwise
 * session->claim says why, session->goodbye is set (LIMITED when locked out), and only
 * eg_cloud_report() follows. Limit, quota, membership and history move in one transaction.
 */
EG_MUST_USE eg_status eg_cloud_claim(struct eg_core *core, struct eg_cloud_session *session,
                                     int32_t psa_status, struct eg_span blob, int64_t now_ms);

/** The answer to remove_object. 0 and -140 mean it is gone. Stored by eg_cloud_report(). */
void eg_cloud_claim_removed(struct eg_cloud_session *session, int32_t psa_status);

/* ---- work ------------------------------------------------------------------------------------ */

enum eg_cloud_step_kind {
    EG_CLOUD_DESTROY = 1, /* destroy_key{chip_id}; 0 and -140 are fine */
    EG_CLOUD_IMPORT = 2,  /* import_key{attributes, blob} */
};

/** Attributes as in the blob: the request repeats them. */
struct eg_cloud_attributes {
    uint32_t type, usage, algorithm, bits, lifetime;
};

struct eg_cloud_step {
    enum eg_cloud_step_kind kind;
    uint32_t chip_id;
    struct eg_cloud_attributes attributes; /* IMPORT */
    struct eg_span blob;                   /* IMPORT; in the arena of eg_cloud_work() */
    int64_t object_id;                     /* row of the secure object */
    uint32_t version, generation;
    int64_t expires_s; /* notAfter of a certificate; 0: none */
    bool over;         /* made again for another binding: not looked at any more */
    /* the caller fills these in */
    bool answered;      /* an answer came; otherwise the next session does it again */
    int32_t psa_status; /* of the answer */
};

/** One object that the report tells about, whether there was a step for it or not. */
struct eg_cloud_object_status {
    uint32_t chip_id;
    uint32_t rtp; /* enum eg_cloud_rtp */
};

/**
 * What to write into a datastore. hash decides whether it is to be written: SHA-256 of bytes. Where
 * they hold the device's certificate (connection data of other agents than ours), the bytes 30 00
 * stand for it in what is hashed: the device may sign another one each day, which is no change.
 * (The hash at the start of the container covers what is in it, as always.)
 */
struct eg_cloud_container {
    bool write;               /* false: it holds the right contents already */
    struct eg_span bytes;     /* whole container, docs/guide/cloud.md; in the arena */
    uint8_t hash[32];         /* see above */
    const uint64_t *services; /* identifiers of the descriptors in it */
    size_t service_count;
};

struct eg_cloud_work {
    struct eg_cloud_step *steps; /* in the order to be sent: each IMPORT right behind its DESTROY */
    size_t step_count;
    struct eg_cloud_object_status skipped[EG_BODY_OBJECTS_MAX]; /* refused or not made */
    size_t skipped_count;
    struct eg_cloud_container services;   /* customer datastore, after the objects */
    struct eg_cloud_container connection; /* datastore 0x70000000, last */
    int64_t recheck_s; /* 0, or when something will be due although nothing changes */
    int64_t set_id;    /* that all steps together bring about */
    int64_t epoch;
    int64_t kept_expires_s; /* soonest end of a certificate that is not touched; 0: none */
    bool bound;             /* the imports are for the group's binding */
};

/**
 * What the device lacks. Makes missing objects through the job engine and waits at most wait_ms;
 * CLOUD_BUSY: still being made, say goodbye with TIMEOUT and let the device come again.
 * *out and what it points to live in the arena. session->no_change: *out is empty at once.
 * certificate: DER that the device showed in the handshake, borrowed; empty leaves the connection
 * data of other agents than ours alone, which show at the new host what is in there.
 */
EG_MUST_USE eg_status eg_cloud_work(struct eg_core *core, struct eg_cloud_session *session,
                                    struct eg_span certificate, int64_t now_ms, uint32_t wait_ms,
                                    struct eg_arena *arena, struct eg_cloud_work *out);

/**
 * Do the outcomes call for eg_cloud_rebind()? -149 of an import; or -132, which NXP's simulated
 * importer says for a wrong MAC and for other trouble, if no import went well: all are for one
 * binding, so one that went well proves it. Once per session, and never when a session proved the
 * binding. What is made for the other binding is stored: the same trouble again makes nothing.
 */
bool eg_cloud_must_rebind(const struct eg_cloud_session *session, const struct eg_cloud_work *work);

/**
 * The imports answered with -149 or -132 again, made for the other possible binding (zero boot key
 * hash and open life cycle, or those of the group). *work gets these steps appended; the failed
 * ones are passed over in the report. Errors: as eg_cloud_work().
 */
EG_MUST_USE eg_status eg_cloud_rebind(struct eg_core *core, struct eg_cloud_session *session,
                                      int64_t now_ms, uint32_t wait_ms, struct eg_arena *arena,
                                      struct eg_cloud_work *work);

/* ---- report ---------------------------------------------------------------------------------- */

/** What happened, for eg_cloud_report(). */
struct eg_cloud_outcome {
    bool complete; /* false: the peer was lost or broke the protocol; no goodbye will be sent */
    uint32_t services_status;   /* enum eg_cloud_csp; NONE: no container was to be written */
    uint32_t connection_status; /* likewise */
    const char *detail;         /* one line for the timeline of a broken session, or NULL */
    uint32_t round_trips;       /* application messages sent */
};

/** The report that goes into goodbye. */
struct eg_cloud_report {
    uint32_t update; /* enum eg_cloud_update */
    uint32_t claim;  /* enum eg_cloud_claim_status; 0: leave the part out */
    uint32_t rtp;    /* enum eg_cloud_rtp; 0: leave it out */
    struct eg_cloud_object_status objects[EG_CLOUD_STEPS_MAX / 2 + EG_BODY_OBJECTS_MAX];
    size_t object_count;
    uint32_t csp; /* 0: leave it out */
    const uint64_t *services;
    size_t service_count;
};

/**
 * Store the outcome in one transaction: state per object, last contact, agent, endpoints, address,
 * timeline. work may be NULL when the session did not get that far. *out borrows from work.
 * Also for refused sessions; for them it writes nothing that eg_cloud_admit() did not.
 * When it fails, nothing is stored and the next session repeats the work; *out tells INTERNAL.
 */
EG_MUST_USE eg_status eg_cloud_report(struct eg_core *core, struct eg_cloud_session *session,
                                      const struct eg_cloud_work *work,
                                      const struct eg_cloud_outcome *outcome, int64_t now_ms,
                                      struct eg_cloud_report *out);

/**
 * What eg_cloud_report() will tell of a session without change (session->no_change) when the device
 * answers well, for a goodbye that goes out before the answers are in. Stores nothing:
 * eg_cloud_report() follows with the outcome, and only then the session counts. Should that fail,
 * the device was told the truth about what it has, but the contact is not on record.
 */
void eg_cloud_report_unchanged(struct eg_cloud_report *out);

/** UpdateStatus for an error of one of these calls: TIMEOUT for what passes, else INTERNAL. */
uint32_t eg_cloud_goodbye_of(eg_status st);

/* ---- counters -------------------------------------------------------------------------------- */

/** Of this process since its start, for the metrics page. */
struct eg_cloud_counters {
    uint64_t admitted, unclaimed, wrong_key, unknown_root, malformed, retired, limited, no_flow;
    uint64_t claims, claims_refused, claim_lockouts;
    uint64_t checkins, changed, failed; /* reports without change, with change, with an error */
    uint64_t alarms_merged;             /* refusals that made no row of their own */
};
void eg_cloud_counters(struct eg_core *core, struct eg_cloud_counters *out);

/** The service's public claim key, 04 || X || Y; made in the vault when there is none yet. */
EG_MUST_USE eg_status eg_cloud_claim_key(struct eg_core *core, int64_t now_ms,
                                         uint8_t out[static EG_CLOUD_KEY_LEN]);

#endif
