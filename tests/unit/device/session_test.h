/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_UNIT_DEVICE_SESSION_TEST_H
#define EG_TESTS_UNIT_DEVICE_SESSION_TEST_H
/**
 * A session without sockets and rules: play_*() runs it against a device made of a struct, and
 * answers the rules with what the test wants. Every message is checked against the device's
 * buffers.
 */
#include "server/device/session.h"

enum { PLAY_KINDS_MAX = 512, PLAY_STORE_MAX = 8192, PLAY_KEYS_ID = 0x70000010 };

/** What was asked of the device, over all messages; 0 stands between messages. */
struct play {
    /* the device */
    bool ours, many, wants_crl, no_keys;
    uint32_t request_buffer, response_buffer;
    uint16_t record_max;   /* of its TLS; 0: any */
    int32_t import_status; /* of the first import of each object */
    bool keys_unsupported; /* keystore requests are answered with nothing */
    bool store_fails;      /* COMMIT is answered ERROR */
    int32_t crl_error;     /* answer to the CRL; 0: none */
    const uint8_t *claim;  /* blob or NULL */
    size_t claim_len;

    /* the rules */
    enum eg_cloud_verdict verdict;
    struct eg_cloud_facts known;
    bool trusted, no_change;
    bool claim_refused;
    size_t objects, object_len; /* each destroyed and imported */
    size_t services_len, connection_len;
    eg_status work_status;

    /* what happened */
    uint8_t kinds[PLAY_KINDS_MAX]; /* enum eg_session_kind */
    size_t kind_count, messages, rules[8];
    uint8_t store[2][PLAY_STORE_MAX]; /* written to services, connection */
    size_t store_len[2];
    bool committed[2];
    struct eg_cloud_outcome outcome;
    struct eg_session_report goodbye;
    size_t goodbye_details;
    bool said_goodbye;
    size_t cut_before; /* lose the peer instead of answering message n (from 1); 0: never */
    const char *spoil; /* "short", "long", "kind", "garbage": what is wrong with the answer ... */
    size_t spoil_at;   /* ... to message n */
};

/** A device like NXP's agent, member of a group, nothing to do. */
void play_init(struct play *p);
/** Run to the end. The session is left as it ended; eg_device_session_end() is the caller's. */
void play_run(struct play *p, struct eg_device_session *s);
/** Did the device see exactly these kinds (0 between messages)? count of the list. */
void play_expect(const struct play *p, const uint8_t *kinds, size_t count);

#endif
