/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/port/linux/mqtt.h"

#include <mosquitto.h>
#include <stdio.h>

#include "agent/port/linux/mqtt_tls.h"
#include "lib/os/clock.h"

enum { KEEPALIVE_S = 60, STEP_MS = 100, QOS = 1 };

/* ---- what the library tells -------------------------------------------------------------------
 */

static void on_connect(struct mosquitto *client, void *obj, int reason)
{
    struct eg_mqtt *m = obj;
    (void)client;
    m->reason = reason;
    m->logged_in = reason == 0;
    m->lost = m->lost || reason != 0;
}

static void on_disconnect(struct mosquitto *client, void *obj, int reason)
{
    struct eg_mqtt *m = obj;
    (void)client, (void)reason;
    m->lost = true;
}

static void on_publish(struct mosquitto *client, void *obj, int id)
{
    (void)client;
    ((struct eg_mqtt *)obj)->acknowledged = id;
}

static void on_subscribe(struct mosquitto *client, void *obj, int id, int count, const int *granted)
{
    struct eg_mqtt *m = obj;
    (void)client;
    if (count == 1 && granted[0] <= 2) {
        m->acknowledged = id;
    } else {
        m->lost = true;
    }
}

static void on_message(struct mosquitto *client, void *obj, const struct mosquitto_message *msg)
{
    struct eg_mqtt *m = obj;
    (void)client;
    if (m->on_message != NULL) {
        m->on_message(m->arg, msg->topic, eg_span(msg->payload, (size_t)msg->payloadlen));
    }
}

/* ---- waiting ----------------------------------------------------------------------------------
 */

static enum eg_mqtt_result fail(struct eg_mqtt *m, enum eg_mqtt_result result, const char *why)
{
    (void)snprintf(m->why, sizeof(m->why), "%s", why);
    return result;
}

/* Work until *done, the deadline, or the line is lost. */
static enum eg_mqtt_result work(struct eg_mqtt *m, const bool *done, int64_t deadline_ms)
{
    while (!*done) {
        if (m->lost) {
            return m->reason != 0 ? fail(m, EG_MQTT_REFUSED, mosquitto_connack_string(m->reason))
                                  : fail(m, EG_MQTT_NOT_CONNECTED, "the broker closed the line");
        }
        int left = eg_clock_left_ms(deadline_ms);
        if (left == 0) {
            return fail(m, EG_MQTT_TIMEOUT, "the broker does not answer in time");
        }
        int rc = mosquitto_loop(m->client, left < STEP_MS ? left : STEP_MS, 1);
        if (rc != MOSQ_ERR_SUCCESS) {
            m->lost = true;
        }
    }
    return EG_MQTT_OK;
}

/* Until message `id` is acknowledged. */
static enum eg_mqtt_result acknowledged(struct eg_mqtt *m, int id, int64_t limit_ms)
{
    int64_t deadline = eg_clock_mono_ms() + limit_ms;
    while (m->acknowledged != id) {
        const bool never = false;
        int64_t step = eg_clock_mono_ms() + STEP_MS;
        enum eg_mqtt_result r = work(m, &never, step < deadline ? step : deadline);
        if (r != EG_MQTT_TIMEOUT || eg_clock_left_ms(deadline) == 0) {
            return m->acknowledged == id ? EG_MQTT_OK : r;
        }
    }
    return EG_MQTT_OK;
}

/* ---- calls ------------------------------------------------------------------------------------
 */

static bool make_client(struct eg_mqtt *m)
{
    (void)mosquitto_lib_init();
    m->client = mosquitto_new(m->target.client_id, true, m);
    if (m->client == NULL) {
        return false;
    }
    mosquitto_connect_callback_set(m->client, on_connect);
    mosquitto_disconnect_callback_set(m->client, on_disconnect);
    mosquitto_publish_callback_set(m->client, on_publish);
    mosquitto_subscribe_callback_set(m->client, on_subscribe);
    mosquitto_message_callback_set(m->client, on_message);
    return mosquitto_int_option(m->client, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0) == MOSQ_ERR_SUCCESS &&
           mosquitto_void_option(m->client, MOSQ_OPT_SSL_CTX, m->ctx) == MOSQ_ERR_SUCCESS;
}

enum eg_mqtt_result eg_mqtt_open(struct eg_mqtt *m, struct eg_port_enclave *enclave,
                                 const struct eg_mqtt_target *target, int64_t limit_ms)
{
    int64_t deadline = eg_clock_mono_ms() + limit_ms;
    m->enclave = enclave;
    m->target = *target;
    m->ctx = NULL;
    m->client = NULL;
    m->logged_in = m->lost = false;
    m->reason = m->acknowledged = 0;
    m->why[0] = '\0';
    if (!eg_mqtt_tls(m)) {
        return fail(m, EG_MQTT_NO_CREDENTIALS,
                    "key, certificate or roots are missing or do not fit each other");
    }
    if (!make_client(m)) {
        return fail(m, EG_MQTT_NO_CREDENTIALS, "the MQTT library refuses its set-up");
    }
    const char *address = target->dial != NULL ? target->dial : target->host;
    int rc = mosquitto_connect(m->client, address, target->port, KEEPALIVE_S);
    if (rc != MOSQ_ERR_SUCCESS) {
        return fail(m, EG_MQTT_NOT_CONNECTED, mosquitto_strerror(rc));
    }
    return work(m, &m->logged_in, deadline);
}

void eg_mqtt_close(struct eg_mqtt *m)
{
    if (m->client != NULL) {
        (void)mosquitto_disconnect(m->client);
        mosquitto_destroy(m->client);
    }
    SSL_CTX_free(m->ctx);
    m->client = NULL;
    m->ctx = NULL;
    (void)mosquitto_lib_cleanup();
}

enum eg_mqtt_result eg_mqtt_publish(struct eg_mqtt *m, const char *topic, struct eg_span payload,
                                    int64_t limit_ms)
{
    int id = 0;
    int rc = mosquitto_publish(m->client, &id, topic, (int)payload.len, payload.ptr, QOS, false);
    return rc == MOSQ_ERR_SUCCESS ? acknowledged(m, id, limit_ms)
                                  : fail(m, EG_MQTT_REFUSED, mosquitto_strerror(rc));
}

enum eg_mqtt_result eg_mqtt_subscribe(struct eg_mqtt *m, const char *filter, int64_t limit_ms)
{
    int id = 0;
    int rc = mosquitto_subscribe(m->client, &id, filter, QOS);
    return rc == MOSQ_ERR_SUCCESS ? acknowledged(m, id, limit_ms)
                                  : fail(m, EG_MQTT_REFUSED, mosquitto_strerror(rc));
}

enum eg_mqtt_result eg_mqtt_listen(struct eg_mqtt *m, const bool *stop, int64_t limit_ms)
{
    return work(m, stop, eg_clock_mono_ms() + limit_ms);
}
