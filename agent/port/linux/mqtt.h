/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_PORT_LINUX_MQTT_H
#define EG_AGENT_PORT_LINUX_MQTT_H
/**
 * MQTT over TLS by libmosquitto with a key that stays in the enclave and the certificate that was
 * provisioned beside it. For applications: nothing here knows of the agent's sessions.
 * Thread  one at a time per struct.
 */
#include <openssl/ssl.h>

#include "agent/port/linux/enclave.h"

struct mosquitto;

/** Whom to log in to, and as whom. Borrowed until eg_mqtt_close(). */
struct eg_mqtt_target {
    const char *host; /* checked against the broker's certificate */
    const char *dial; /* connect to this address instead; NULL: to host */
    uint16_t port;
    const char *client_id;
    struct eg_span roots; /* DER, one after the other: the broker's anchors */
    uint32_t key;         /* in the enclave, P-256, may sign hashes */
    uint32_t certificate; /* in the enclave: leaf, then what is above it, DER */
};

enum eg_mqtt_result {
    EG_MQTT_OK = 0,
    EG_MQTT_NO_CREDENTIALS = 1, /* key or certificate are not in the enclave, or do not fit */
    EG_MQTT_NOT_CONNECTED = 2,  /* no broker, no TLS, or the broker does not take the certificate */
    EG_MQTT_REFUSED = 3,        /* the broker refused the login */
    EG_MQTT_TIMEOUT = 4,
};

struct eg_mqtt {
    struct eg_port_enclave *enclave;
    struct eg_mqtt_target target;
    SSL_CTX *ctx;
    struct mosquitto *client;
    bool logged_in, lost;
    int reason;       /* of the broker's answer to the login */
    int acknowledged; /* message id of the last publication or subscription that was */
    void (*on_message)(void *arg, const char *topic, struct eg_span payload);
    void *arg;
    char why[160];
};

/** Connect and log in; limit_ms for all of it. m->why tells on failure. Close in any case. */
enum eg_mqtt_result eg_mqtt_open(struct eg_mqtt *m, struct eg_port_enclave *enclave,
                                 const struct eg_mqtt_target *target, int64_t limit_ms);
void eg_mqtt_close(struct eg_mqtt *m);

/** Publish and wait until the broker has it (quality of service 1). */
enum eg_mqtt_result eg_mqtt_publish(struct eg_mqtt *m, const char *topic, struct eg_span payload,
                                    int64_t limit_ms);
/** Subscribe, and wait until the broker says so. Set on_message first. */
enum eg_mqtt_result eg_mqtt_subscribe(struct eg_mqtt *m, const char *filter, int64_t limit_ms);
/** Let messages come in until *stop or the limit (TIMEOUT). */
enum eg_mqtt_result eg_mqtt_listen(struct eg_mqtt *m, const bool *stop, int64_t limit_ms);

#endif
