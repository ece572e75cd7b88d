/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGRAVE_AGENT_H
#define ENGRAVE_AGENT_H
/**
 * libengrave-agent: keys, certificates and connection data for a device, from the service, for
 * life.
 *
 * What an application calls, in this order:
 *
 *   1. eg_agent_init()          memory, clock, random, log, limits
 *   2. eg_agent_add_enclave()   where keys live (a port's operations)
 *   3. eg_agent_add_store()     where descriptors live; EG_AGENT_CONNECTION is the connection data
 *   4. eg_agent_connect_to()    once in production: write the first connection data
 *   5. eg_agent_update()        one session with the service; fills a report
 *   6. eg_agent_wait_ms()       when to call eg_agent_update() again
 *   7. eg_agent_service()       one after the other: the services to connect to
 *   8. eg_agent_result_text()   words for people (with eg_agent_status_text())
 *
 * The library has no heap, no threads and no static data. It calls only the operations below, from
 * within the call in progress, and waits only inside transport->open, ->read and ->write, each of
 * which gets a limit in milliseconds. All that a struct eg_agent uses belongs to the caller and
 * must outlive it. One thread per agent at a time.
 *
 * How to write the operations: docs/guide/agent-porting.md; agent/port/template compiles as it is.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- words ---------------------------------------------------------------------------------- */

/** What every call and every operation answers. Numbers are stable. */
enum eg_agent_result {
    EG_AGENT_OK = 0,
    EG_AGENT_REFUSED = 1,       /* the service ended the session with a failure: see the report */
    EG_AGENT_NOT_CONNECTED = 2, /* no service of the connection data could be reached */
    EG_AGENT_UNTRUSTED = 3,     /* the service's certificate or name does not fit our roots */
    EG_AGENT_REVOKED = 4,       /* the CRL lists the service's certificate */
    EG_AGENT_BAD_CRL = 5,       /* the CRL is expired, early, damaged, or not of the issuing CA */
    EG_AGENT_TIMEOUT = 6,       /* the service was silent for too long, or the session too long */
    EG_AGENT_CLOSED = 7,        /* the line ended before goodbye */
    EG_AGENT_PROTOCOL = 8,      /* the service sent what no service may send */
    EG_AGENT_TOO_LARGE = 9,     /* a message or container does not fit the caller's memory */
    EG_AGENT_NO_CONNECTION_DATA = 10, /* no valid connection data in the store */
    EG_AGENT_STORE = 11,              /* a datastore could not be read or written */
    EG_AGENT_ENCLAVE = 12,            /* the enclave failed (not: it refused one key) */
    EG_AGENT_ARGUMENT = 13,           /* the caller's mistake */
    EG_AGENT_NOT_FOUND = 14,          /* no such service, or an index past the last */
    EG_AGENT_NO_REPORT = 15,          /* goodbye came without a status: nothing is known */
};

/** Bytes that somebody else owns. ptr may be NULL only when len is 0. */
struct eg_agent_bytes {
    const uint8_t *ptr;
    size_t len;
};

struct eg_agent_enclave;

enum {
    EG_AGENT_UUID_LEN = 16,
    EG_AGENT_PUBLIC_KEY_LEN = 65,   /* 04, X, Y of a P-256 key */
    EG_AGENT_SIGNATURE_LEN = 64,    /* r, s */
    EG_AGENT_HASH_LEN = 32,         /* SHA-256 */
    EG_AGENT_CERTIFICATE_MAX = 512, /* bytes of the certificate that the agent makes for itself */
    EG_AGENT_ENCLAVES_MAX = 2,
    EG_AGENT_STORES_MAX = 3,   /* with the connection data */
    EG_AGENT_HOST_MAX = 253,   /* characters of a host name */
    EG_AGENT_DETAILS_MAX = 32, /* lines of the report that are kept */
    EG_AGENT_CORRELATION_MAX = 36,
    EG_AGENT_BUFFER_MIN = 512, /* bytes, of each of the two buffers */
};

/** Id of the datastore with the connection data, for eg_agent_add_store(). */
#define EG_AGENT_CONNECTION 0x70000000u
/** Object in the enclave's storage that holds the claim blob (engrave/agent_claim.h). */
#define EG_AGENT_CLAIM_OBJECT 0xF00000E0u

/* ---- operations of a port ------------------------------------------------------------------- */

/** Whom to connect to. Everything is borrowed until open() returns: copy what is needed later. */
struct eg_agent_target {
    const char *host; /* NUL-terminated; SNI and the name to check must be this */
    uint16_t port;
    struct eg_agent_bytes roots;       /* DER certificates one after the other: the only anchors */
    struct eg_agent_bytes certificate; /* DER, ours, for client authentication */
    const struct eg_agent_enclave *enclave; /* its sign() is the certificate's private key; valid */
    void *enclave_ctx;                      /* as long as the agent */
};

/**
 * A mutually authenticated byte stream: TLS 1.2 or 1.3. The private key stays in the enclave. At
 * most one connection at a time. Limits are in milliseconds and count from the call; a call that
 * would take longer returns EG_AGENT_TIMEOUT. NewSessionTicket and other records without data are
 * no end of the stream: go on reading. Both write and read may carry any length.
 */
struct eg_agent_transport {
    /** Connect and shake hands. NOT_CONNECTED, UNTRUSTED, TIMEOUT; nothing is left open then. */
    enum eg_agent_result (*open)(void *ctx, const struct eg_agent_target *to, uint32_t limit_ms);
    /** At least one byte, at most len; *got says how many. TIMEOUT; CLOSED at the end or an error.
     */
    enum eg_agent_result (*read)(void *ctx, uint8_t *out, size_t len, uint32_t limit_ms,
                                 size_t *got);
    /** All of it, in one record where it fits. TIMEOUT or CLOSED. */
    enum eg_agent_result (*write)(void *ctx, const uint8_t *data, size_t len, uint32_t limit_ms);
    /**
     * Verify the peer's chain of this connection again, with this CRL (DER). OK only when the CRL
     * is signed by the CA that issued the peer's certificate, is current, and does not list it.
     * REVOKED, BAD_CRL otherwise. Must never say OK without having looked.
     */
    enum eg_agent_result (*check_crl)(void *ctx, struct eg_agent_bytes crl);
    /** End it. orderly: send close_notify first, wait for nothing. Also after a failed read. */
    void (*close)(void *ctx, bool orderly);
};

/** Attributes of a key to import, as the service sent them; the enclave compares with the blob. */
struct eg_agent_key {
    uint32_t id;
    uint32_t type;
    uint32_t usage;
    uint32_t algorithm;
    uint32_t lifetime;
    uint32_t bits; /* 0: not sent */
    struct eg_agent_bytes blob;
};

/**
 * Where keys live. Operations that answer int32_t answer a PSA status: 0, or negative as in
 * psa/crypto_values.h; it goes to the service as it is. The others answer an eg_agent_result.
 * Identity and hash functions are used outside a session, too. A key operation must be safe against
 * a power cut: done or not done.
 */
struct eg_agent_enclave {
    /** The chip's UUID, in the order in which the chip reports it. */
    enum eg_agent_result (*uuid)(void *ctx, uint8_t out[EG_AGENT_UUID_LEN]);
    /** Public half of the connection key. */
    enum eg_agent_result (*public_key)(void *ctx, uint8_t out[EG_AGENT_PUBLIC_KEY_LEN]);
    /** ECDSA over a SHA-256 hash, with the connection key: our certificate and the handshake. */
    enum eg_agent_result (*sign)(void *ctx, const uint8_t hash[EG_AGENT_HASH_LEN],
                                 uint8_t out[EG_AGENT_SIGNATURE_LEN]);
    /** SHA-256 in pieces; one at a time. start drops one that was not finished. */
    enum eg_agent_result (*hash_start)(void *ctx);
    enum eg_agent_result (*hash_update)(void *ctx, struct eg_agent_bytes piece);
    enum eg_agent_result (*hash_finish)(void *ctx, uint8_t out[EG_AGENT_HASH_LEN]);
    int32_t (*import_key)(void *ctx, const struct eg_agent_key *key);
    int32_t (*destroy_key)(void *ctx, uint32_t id);
    /** Storage object (never a key): bytes from offset; fewer than len at the end. *got = how many.
     */
    int32_t (*read_object)(void *ctx, uint32_t id, uint32_t offset, uint8_t *out, size_t len,
                           size_t *got);
    int32_t (*remove_object)(void *ctx, uint32_t id);
    /**
     * May the service destroy, import, read or remove this id? The library itself refuses 0 and
     * 0x7FFF0000..0x7FFFFFFF (keys of the chip) everywhere, and lets read and remove touch only
     * EG_AGENT_CLAIM_OBJECT; a port adds what it keeps under other ids. NULL: nothing to add.
     */
    bool (*reserved)(void *ctx, uint32_t id);
    uint32_t crypto_version; /* of the PSA crypto interface: major << 16 | minor << 8 */
    uint32_t max_key;        /* bytes of blob that import_key takes */
};

/**
 * Two slots of bytes that outlive a reset. Nothing is atomic here: the library orders writes and
 * syncs so that a power cut at any of them keeps the old contents. Bytes that were never written
 * may read as anything. OK or EG_AGENT_STORE.
 */
struct eg_agent_store {
    uint32_t slot_size; /* bytes of each slot; a container takes 16 more than its length */
    /**
     * Forget a slot and make it writable: when this returned, no power cut brings old bytes back
     * (flash: erase the sector; file: truncate and sync).
     */
    enum eg_agent_result (*erase)(void *ctx, unsigned slot);
    /** Write a piece at an offset; each byte at most once between two erases. */
    enum eg_agent_result (*write)(void *ctx, unsigned slot, uint32_t offset,
                                  struct eg_agent_bytes piece);
    /** Return when all that was written to the slot would survive a power cut. */
    enum eg_agent_result (*sync)(void *ctx, unsigned slot);
    /** Exactly len bytes; a store that ends earlier (short file) fills up with zeros. */
    enum eg_agent_result (*read)(void *ctx, unsigned slot, uint32_t offset, uint8_t *out,
                                 size_t len);
};

/** What happened, for eg_agent_config.log. a and b as noted. */
enum eg_agent_event {
    EG_AGENT_EVENT_DIALING = 1,      /* a: index of the descriptor; b: port */
    EG_AGENT_EVENT_DIAL_FAILED = 2,  /* a: index; b: eg_agent_result */
    EG_AGENT_EVENT_CONNECTED = 3,    /* a: index; b: 1 when it is the older connection data */
    EG_AGENT_EVENT_REQUEST = 4,      /* a: kind of lib/wire/session; b: id */
    EG_AGENT_EVENT_KEY_STATUS = 5,   /* a: key id; b: PSA status */
    EG_AGENT_EVENT_CRL = 6,          /* a: eg_agent_result */
    EG_AGENT_EVENT_COMMITTED = 7,    /* a: datastore id; b: bytes */
    EG_AGENT_EVENT_GOODBYE = 8,      /* a: update status */
    EG_AGENT_EVENT_ENDED = 9,        /* a: eg_agent_result */
    EG_AGENT_EVENT_BAD_MESSAGE = 10, /* a: bytes of it */
    EG_AGENT_EVENT_REFUSED = 11,     /* a: kind; b: id that is reserved */
};

/* ---- configuration -------------------------------------------------------------------------- */

struct eg_agent_config {
    const struct eg_agent_transport *transport;
    void *transport_ctx;
    /** Milliseconds since any fixed moment; must not go backwards. */
    uint64_t (*now_ms)(void *ctx);
    /** Unpredictable bytes (jitter of retries only; keys never come from here). */
    void (*random)(void *ctx, uint8_t *out, size_t len);
    /** May be NULL. */
    void (*log)(void *ctx, enum eg_agent_event event, uint32_t a, uint32_t b);
    void *ctx; /* for the three above */
    /**
     * One message of the service; also connection data while dialing. At least
     * EG_AGENT_BUFFER_MIN; the size is announced, so that the service keeps to it. 8192 takes any
     * single object of the smaller families; the CRL must fit as well.
     */
    uint8_t *request_buffer;
    size_t request_size;
    /** All answers to one message. At least EG_AGENT_BUFFER_MIN; announced as well. */
    uint8_t *response_buffer;
    size_t response_size;
    uint32_t connect_limit_ms; /* connect and handshake; 0: 30 s */
    uint32_t idle_limit_ms;    /* silence of the service; 0: 60 s */
    uint32_t session_limit_ms; /* whole session; 0: 10 min */
};

/* ---- results of an update ------------------------------------------------------------------- */

/** Vocabularies of statuses: the session, the claim code, secure objects, service descriptors. */
enum eg_agent_part {
    EG_AGENT_PART_UPDATE = 0,
    EG_AGENT_PART_CLAIM = 1,
    EG_AGENT_PART_OBJECTS = 2,
    EG_AGENT_PART_SERVICES = 3,
};

struct eg_agent_detail {
    enum eg_agent_part part;
    uint32_t status; /* of that part's vocabulary */
    uint32_t endpoint_id;
    uint64_t id; /* object or service; CLAIM: 0 */
};

/** What the service said in goodbye, and how the session went. */
struct eg_agent_report {
    enum eg_agent_result result; /* same as eg_agent_update() returns */
    bool received;      /* goodbye came with a report; without, the fields below are zero */
    uint32_t status[4]; /* by eg_agent_part; 0x01..0x0F good, from 0x10 bad, 0 not sent */
    char correlation[EG_AGENT_CORRELATION_MAX + 1]; /* same id in the service's log; may be "" */
    uint32_t retry_after_s; /* the service asks to stay away that long; 0: no wish */
    size_t detail_count;    /* lines in details */
    size_t details_lost;    /* lines beyond EG_AGENT_DETAILS_MAX */
    struct eg_agent_detail details[EG_AGENT_DETAILS_MAX];
    uint32_t objects_imported; /* counted here, not by the service */
    uint32_t round_trips;      /* messages answered, after the handshake */
    uint32_t bytes_in;         /* of messages, with their length prefixes, inside TLS */
    uint32_t bytes_out;
    bool fell_back; /* new connection data did not work, the older did */
};

/* ---- connection data and services ----------------------------------------------------------- */

/** A key or certificate in a keystore; object_id 0: none. */
struct eg_agent_ref {
    uint32_t endpoint_type;
    uint32_t endpoint_id;
    uint32_t object_id;
};

/** A text in the caller's room: not NUL-terminated. Empty: not there. */
struct eg_agent_text {
    const char *ptr;
    size_t len;
};

/** How to reach a service. Points into the caller's room. */
struct eg_agent_service {
    uint64_t id;
    uint32_t type;       /* 0 AWS, 1 Google, 2 Azure, 3 IBM, 15 custom */
    uint32_t protocol;   /* 1 HTTPS, 2 MQTTS, 3 AMQPS, 4 XMPP, 5 DDS, 6 CoAP; 0 not said */
    uint32_t port;       /* 0: not said */
    uint32_t timeout_ms; /* 0: not said */
    struct eg_agent_text hostname;
    struct eg_agent_text client_id;
    struct eg_agent_text username;
    struct eg_agent_text password;
    struct eg_agent_text metadata_json;
    struct eg_agent_text azure_id_scope;
    struct eg_agent_text azure_registration_id;
    struct eg_agent_text azure_endpoint;
    struct eg_agent_bytes client_certificate; /* DER */
    struct eg_agent_bytes server_certificate; /* DER, roots one after the other */
    struct eg_agent_ref client_certificate_ref;
    struct eg_agent_ref server_certificate_ref;
    struct eg_agent_ref client_key_ref;
};

/* ---- the agent ------------------------------------------------------------------------------ */

/** State of a datastore. Private. */
struct eg_agent_store_slot {
    const struct eg_agent_store *ops;
    void *ctx;
    uint32_t id;
    uint32_t sequence[2]; /* of each slot's contents; 0: not valid */
    uint32_t length[2];   /* bytes of container in each slot */
    uint32_t allocated;   /* bytes allocated in this session; 0: none */
    uint8_t in_use;       /* slot that must not be overwritten now */
    bool scanned;
};

/** State of a keystore. Private. */
struct eg_agent_enclave_slot {
    const struct eg_agent_enclave *ops;
    void *ctx;
    uint32_t id;
};

/** Everything the library remembers. Private; about 250 bytes on a 32-bit chip. */
struct eg_agent {
    struct eg_agent_config config;
    struct eg_agent_enclave_slot enclaves[EG_AGENT_ENCLAVES_MAX];
    struct eg_agent_store_slot stores[EG_AGENT_STORES_MAX];
    size_t enclave_count;
    size_t store_count;
    uint64_t deadline_ms; /* of the session */
    struct eg_agent_report *report;
    bool crl_checked;
    bool done; /* goodbye came */
};

/**
 * Prepare an agent in the caller's memory. config is copied, what it points to is not.
 * ARGUMENT: an operation is missing or a buffer too small.
 */
enum eg_agent_result eg_agent_init(struct eg_agent *agent, const struct eg_agent_config *config);

/**
 * Register a keystore under the id that the service will use for it (customary: 0x70000010). The
 * first one is the device's identity. ARGUMENT: too many, id taken, or an operation missing.
 */
enum eg_agent_result eg_agent_add_enclave(struct eg_agent *agent, uint32_t id,
                                          const struct eg_agent_enclave *ops, void *ctx);

/**
 * Register a datastore: EG_AGENT_CONNECTION for the connection data (needed by eg_agent_update()),
 * any other id (customary: 0) for service descriptors. ARGUMENT as above.
 */
enum eg_agent_result eg_agent_add_store(struct eg_agent *agent, uint32_t id,
                                        const struct eg_agent_store *ops, void *ctx);

/**
 * Write connection data, for a device that has none, or to send it elsewhere: host name, port and
 * the roots that the service's certificate must chain to (DER, one after the other). Later the
 * service itself may replace them. Same safety as an update: old data stay until all is written.
 * STORE, TOO_LARGE (host, roots and 200 bytes must fit the request buffer), ARGUMENT.
 */
enum eg_agent_result eg_agent_connect_to(struct eg_agent *agent, const char *host, uint16_t port,
                                         struct eg_agent_bytes roots);

/**
 * One session: connect, prove who we are, do what the service asks, until its goodbye. Descriptors
 * of the newest connection data are tried in order, then those of the data before; these are kept
 * until a session over the newest succeeded.
 *
 * report is always filled. Whatever the result: call again after eg_agent_wait_ms(). A session
 * that broke off at any point leaves nothing half done; the next one goes on from there.
 */
enum eg_agent_result eg_agent_update(struct eg_agent *agent, struct eg_agent_report *report);

/** Limits of the retry contract; zeros in the struct mean the values noted. */
struct eg_agent_retry {
    uint32_t regular_s; /* between good sessions; 0: 86400 */
    uint32_t first_s;   /* after the first failure; 0: 15 */
    uint32_t longest_s; /* longest wait after failures; 0: 21600 */
};

/**
 * How long to wait before the next eg_agent_update(), in milliseconds. A pure function: it reads
 * nothing but its arguments.
 *
 * failures = sessions that failed in a row (0 after a good one). The wait doubles with each from
 * first_s to longest_s, then `random` (32 unpredictable bits) spreads it over the upper half of
 * that; a regular wait loses up to an eighth. retry_after_s of the report is never undercut: up to
 * an eighth is added to it. So devices that lost the service at one moment do not come back at one
 * moment.
 */
uint64_t eg_agent_retry_ms(const struct eg_agent_retry *limits, uint32_t failures,
                           uint32_t retry_after_s, uint32_t random);

/**
 * The same for a loop around eg_agent_update(): counts failures in *failures (start with 0), takes
 * the wish of the service from the report and the spread from the random operation.
 */
uint64_t eg_agent_wait_ms(struct eg_agent *agent, const struct eg_agent_retry *limits,
                          const struct eg_agent_report *report, uint32_t *failures);

/**
 * The index-th service descriptor, counted over all datastores but the connection data, read into
 * the caller's room (a whole container must fit) and taken apart there.
 * NOT_FOUND: no such index. TOO_LARGE: room too small. STORE.
 */
enum eg_agent_result eg_agent_service(struct eg_agent *agent, size_t index, uint8_t *room,
                                      size_t room_size, struct eg_agent_service *out);

/**
 * The device's own certificate for the connection key (DER, self-signed, docs/protocol/
 * device-session.md), into room. *len = its bytes. For a helper that shows it; eg_agent_update()
 * makes one by itself. ENCLAVE; TOO_LARGE below EG_AGENT_CERTIFICATE_MAX.
 */
enum eg_agent_result eg_agent_certificate(struct eg_agent *agent, uint8_t *room, size_t room_size,
                                          size_t *len);

/** "the CRL lists the service's certificate"; static, never NULL. Its own object file. */
const char *eg_agent_result_text(enum eg_agent_result result);

/** "ERR_CLAIM_CODE_REVOKED"; static, "UNKNOWN" for a value that is not listed. Own object file. */
const char *eg_agent_status_text(enum eg_agent_part part, uint32_t status);

#ifdef __cplusplus
}
#endif

#endif
