/* SPDX-License-Identifier: Apache-2.0 */
/* mqtt publish, subscribe, check: log in with what was provisioned. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/port/linux/device.h"
#include "agent/port/linux/mqtt.h"
#include "agent/port/linux/verbs.h"
#include "lib/base/text.h"
#include "lib/os/file.h"

enum {
    ROOTS_MAX = 65536,
    MESSAGE_MAX = 65536,
    TIMEOUT_DEFAULT_S = 30,
    PORT_DEFAULT = 8883,
    EXIT_BASE = 30,
};

/* One use of the verb. */
struct use {
    const struct eg_options *o;
    struct eg_device device;
    struct eg_mqtt mqtt;
    char host[EG_OPTION_TEXT_MAX], client_id[EG_OPTION_TEXT_MAX];
    uint8_t roots[ROOTS_MAX];
    uint8_t message[MESSAGE_MAX];
    size_t message_len;
    uint32_t received, wanted;
    bool enough;
};

static int64_t limit_ms(const struct eg_options *o)
{
    return (int64_t)(o->timeout != 0 ? o->timeout : TIMEOUT_DEFAULT_S) * 1000;
}

/* ---- whom to log in to ------------------------------------------------------------------------
 */

static bool copy_text(struct eg_agent_text from, char out[static EG_OPTION_TEXT_MAX])
{
    if (from.len == 0 || from.len >= EG_OPTION_TEXT_MAX) {
        return false;
    }
    memcpy(out, from.ptr, from.len);
    out[from.len] = '\0';
    return true;
}

/* The service descriptor that was named; options win over it. */
static bool from_service(struct use *u, struct eg_mqtt_target *t)
{
    struct eg_device *d = &u->device;
    struct eg_agent_service s;
    for (size_t i = 0; eg_agent_service(&d->agent, i, d->room, sizeof(d->room), &s) == EG_AGENT_OK;
         i++) {
        if (s.id != u->o->service) {
            continue;
        }
        (void)copy_text(s.hostname, u->host);
        (void)copy_text(s.client_id, u->client_id);
        t->port = s.port <= UINT16_MAX ? (uint16_t)s.port : 0;
        t->key = s.client_key_ref.object_id;
        t->certificate = s.client_certificate_ref.object_id;
        t->roots = eg_span(s.server_certificate.ptr, s.server_certificate.len);
        return true;
    }
    (void)snprintf(d->why, sizeof(d->why), "there is no service %u on this device",
                   (unsigned)u->o->service);
    return false;
}

static bool from_options(struct use *u, struct eg_mqtt_target *t)
{
    const struct eg_options *o = u->o;
    struct eg_writer w;
    eg_writer_init(&w, u->roots, sizeof(u->roots));
    if (o->roots[0] != '\0') {
        if (!eg_device_read_roots(&u->device, o->roots, &w)) {
            return false;
        }
        t->roots = eg_writer_span(&w);
    }
    (void)copy_text((struct eg_agent_text){o->host, strlen(o->host)}, u->host);
    (void)copy_text((struct eg_agent_text){o->client_id, strlen(o->client_id)}, u->client_id);
    t->port = o->port != 0 && o->port <= UINT16_MAX ? (uint16_t)o->port : t->port;
    t->key = o->key != 0 ? o->key : t->key;
    t->certificate = o->certificate != 0 ? o->certificate : t->certificate;
    return true;
}

static bool make_target(struct use *u, struct eg_mqtt_target *t)
{
    char uuid[33];
    *t = (struct eg_mqtt_target){.port = PORT_DEFAULT};
    if ((u->o->service != 0 && !from_service(u, t)) || !from_options(u, t)) {
        return false;
    }
    if (u->client_id[0] == '\0' && eg_device_uuid_hex(&u->device, uuid) == EG_AGENT_OK) {
        (void)snprintf(u->client_id, sizeof(u->client_id), "%s", uuid);
    }
    t->host = u->host;
    t->client_id = u->client_id;
    t->dial = u->o->dial[0] != '\0' ? u->o->dial : NULL;
    if (t->host[0] == '\0' || t->key == 0 || t->certificate == 0 || t->roots.len == 0) {
        (void)snprintf(u->device.why, sizeof(u->device.why),
                       "host, key, certificate and roots are needed, by options or by --service");
        return false;
    }
    return true;
}

/* ---- what is done -----------------------------------------------------------------------------
 */

static bool read_message(struct use *u)
{
    struct eg_file_bytes file = {NULL, 0};
    const char *path = u->o->message_file;
    if (strcmp(path, "-") == 0) {
        u->message_len = fread(u->message, 1, sizeof(u->message), stdin);
        return true;
    }
    bool done = path[0] != '\0' && eg_ok(eg_file_read(path, sizeof(u->message), &file));
    if (done) {
        memcpy(u->message, file.ptr, file.len);
        u->message_len = file.len;
    }
    eg_file_bytes_free(&file);
    return done;
}

static enum eg_mqtt_result publish(struct use *u)
{
    return eg_mqtt_publish(&u->mqtt, u->o->topic, eg_span(u->message, u->message_len),
                           limit_ms(u->o));
}

static void print_message(void *arg, const char *topic, struct eg_span payload)
{
    struct use *u = arg;
    if (u->o->json) {
        char *hex = malloc(EG_HEX_LEN(payload.len) + 1);
        if (hex != NULL) {
            eg_hex_encode(payload, hex);
            json_t *line = json_pack("{s:s, s:s}", "topic", topic, "payload", hex);
            (void)json_dumpf(line, stdout, JSON_COMPACT);
            json_decref(line);
        }
        free(hex);
    } else {
        (void)printf("%s ", topic);
        (void)fwrite(payload.ptr, 1, payload.len, stdout);
    }
    (void)putchar('\n');
    (void)fflush(stdout);
    u->enough = ++u->received >= u->wanted;
}

static enum eg_mqtt_result subscribe(struct use *u)
{
    u->wanted = u->o->count != 0 ? u->o->count : 1;
    u->mqtt.on_message = print_message;
    u->mqtt.arg = u;
    enum eg_mqtt_result r = eg_mqtt_subscribe(&u->mqtt, u->o->topic, limit_ms(u->o));
    if (r == EG_MQTT_OK) {
        (void)fputs("subscribed\n", stderr);
        r = eg_mqtt_listen(&u->mqtt, &u->enough, limit_ms(u->o));
    }
    return r;
}

/* The login is the check. */
static enum eg_mqtt_result check(struct use *u)
{
    (void)u;
    return EG_MQTT_OK;
}

static const struct action {
    const char *name;
    bool topic, message;
    enum eg_mqtt_result (*run)(struct use *u);
} actions[] = {
    {"publish", true, true, publish},
    {"subscribe", true, false, subscribe},
    {"check", false, false, check},
};

static int finish(const struct use *u, enum eg_mqtt_result result)
{
    if (result != EG_MQTT_OK) {
        return eg_verb_fail(u->o, EXIT_BASE + (int)result, u->mqtt.why);
    }
    if (u->o->json) {
        json_t *said = json_pack("{s:b, s:s, s:s, s:I}", "ok", 1, "host", u->host, "clientId",
                                 u->client_id, "received", (json_int_t)u->received);
        (void)json_dumpf(said, stdout, JSON_COMPACT);
        (void)putchar('\n');
        json_decref(said);
    } else {
        (void)printf("ok: logged in at %s as %s\n", u->host, u->client_id);
    }
    return 0;
}

static int log_in_and_run(struct use *u, const struct action *action)
{
    struct eg_mqtt_target target;
    if (!make_target(u, &target)) {
        return eg_verb_fail(u->o, EG_AGENT_EXIT_SETUP, u->device.why);
    }
    enum eg_mqtt_result result =
        eg_mqtt_open(&u->mqtt, &u->device.enclave, &target, limit_ms(u->o));
    if (result == EG_MQTT_OK) {
        result = action->run(u);
    }
    int code = finish(u, result);
    eg_mqtt_close(&u->mqtt);
    return code;
}

static const struct action *find_action(const char *name)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(actions[i].name, name) == 0) {
            return &actions[i];
        }
    }
    return NULL;
}

int eg_verb_mqtt(const struct eg_options *o, int count, char **words)
{
    static struct use u; /* zero */
    const struct action *action = find_action(words[0]);
    (void)count;
    u.o = o;
    if (action == NULL || (action->topic && o->topic[0] == '\0')) {
        return eg_verb_fail(o, EG_AGENT_EXIT_USAGE,
                            "mqtt publish and subscribe need --topic; mqtt check does not");
    }
    if (action->message && !read_message(&u)) {
        return eg_verb_fail(o, EG_AGENT_EXIT_USAGE,
                            "--message-file is needed and must be readable");
    }
    int code = eg_device_open(&u.device, o, EG_DEVICE_SHARED, -1) == EG_AGENT_OK
                   ? log_in_and_run(&u, action)
                   : eg_verb_fail(o, EG_AGENT_EXIT_SETUP, u.device.why);
    eg_device_close(&u.device);
    return code;
}
