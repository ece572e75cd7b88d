/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_UNIT_AGENT_DEVICE_H
#define EG_TESTS_UNIT_AGENT_DEVICE_H
/**
 * A device of memory around the device library: a line that plays what services said, an enclave,
 * two datastores whose power can be cut at any byte. For unit tests and fuzz targets; no cmocka
 * here.
 */
#include "engrave/agent.h"
#include "lib/base/span.h"
#include "lib/crypto/crypto.h"
#include "lib/wire/session/session_datastore.h"
#include "lib/wire/session/session_msg.h"

enum {
    KEYSTORE = 0x70000010, /* id of the enclave */
    SERVICES = 0,          /* id of the datastore for descriptors */
    SLOT_SIZE = 1024,
    HOSTS = 3,
    KEYS = 8,
};

/* A service that can be dialed, and all it will say. */
struct host {
    const char *name;
    enum eg_agent_result open; /* what dialing it yields */
    enum eg_agent_result crl;  /* what its chain is worth under any CRL */
    enum eg_agent_result end;  /* what a read yields when everything was said */
    uint8_t said[8192];
    size_t said_len;
};

struct line {
    struct host hosts[HOSTS];
    struct host *open;
    size_t read_at;
    size_t piece; /* at most so many bytes per read; 0: any */
    uint8_t heard[8192];
    size_t heard_len;
    size_t dials;
    char dialed[8][64];
    uint16_t port;
    uint32_t limit_ms; /* of the latest call that waits */
    uint32_t slow_ms;  /* a read takes that long */
    size_t writes;
    size_t crls;
    bool orderly; /* how it was closed last */
    uint8_t certificate[EG_AGENT_CERTIFICATE_MAX];
    size_t certificate_len;
    uint8_t roots[64];
    size_t roots_len;
    uint64_t *clock_ms;
};

struct chip {
    uint8_t uuid[EG_AGENT_UUID_LEN];
    struct eg_key *key;
    uint8_t point[EG_AGENT_PUBLIC_KEY_LEN];
    uint32_t keys[KEYS];
    size_t key_count;
    uint8_t claim[512];
    size_t claim_len;
    size_t touched;   /* calls that got through to a key or object */
    uint32_t last_id; /* of the latest of them */
    struct eg_agent_key last_key;
    int32_t refuse; /* status of every import, unless 0 */
    uint8_t hashing[EG_CONTAINER_MAX];
    size_t hashing_len;
};

struct flash {
    uint8_t now[2][SLOT_SIZE];
    uint8_t synced[2][SLOT_SIZE];
    size_t left;        /* steps until power is cut; SIZE_MAX: never */
    size_t steps;       /* taken so far */
    bool lose_unsynced; /* what was not synced is gone after the cut */
    bool off;
};

struct device {
    struct eg_agent agent;
    struct eg_agent_report report;
    struct eg_agent_config config;
    uint8_t request[4096];
    uint8_t response[2048];
    uint64_t clock_ms;
    struct line line;
    struct chip chip;
    struct flash connection;
    struct flash services;
};

extern const struct eg_agent_transport device_transport;
extern const struct eg_agent_enclave device_enclave;
extern const struct eg_agent_store device_store;

/** A new device: nothing in its stores. c makes its key. Aborts when that fails. */
void device_make(struct device *d, struct eg_crypto *c);
void device_free(struct device *d);

/** Power off and on: the library starts anew over what the stores kept. */
void device_restart(struct device *d);

/** Put one message of these requests behind what the host will say; raw bytes likewise. */
void host_says(struct host *h, const struct eg_session_request *requests, size_t count);
void host_says_bytes(struct host *h, struct eg_span frame);

/** Let the host be silent again, and forget what it heard. */
void device_hush(struct device *d);

/** The usual requests, for the endpoints of this device. */
struct eg_session_request ask_hello(void);
struct eg_session_request ask_crl(void);
struct eg_session_request ask_goodbye(const struct eg_session_report *report);
struct eg_session_request ask_keys(enum eg_session_kind kind, uint32_t id);
struct eg_session_request ask_import(uint32_t id);
struct eg_session_request ask_store(uint32_t store, uint32_t operation, uint32_t offset,
                                    uint32_t length, struct eg_span data);

/** A report of plain success. */
extern const struct eg_session_report report_success;

/** A whole container with the hash filled in; services as given. */
struct eg_span make_container(struct eg_crypto *c, uint8_t *room, size_t size,
                              const struct eg_service *services, size_t count);

/** Connection data for hosts by their names, in order. */
struct eg_span make_connection(struct eg_crypto *c, uint8_t *room, size_t size,
                               const char *const *names, size_t count);

/** The index-th answer of everything heard; false if there is none. */
bool device_heard(const struct device *d, size_t index, struct eg_session_response *out);

#endif
