/* SPDX-License-Identifier: Apache-2.0 */
/* status: who this device is, what it holds, where it connects, how the last session went. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/port/linux/report.h"
#include "agent/port/linux/verbs.h"

static json_t *objects_json(struct eg_device *d)
{
    struct eg_port_object list[EG_PORT_OBJECTS_MAX];
    size_t count = 0;
    json_t *out = json_array();
    (void)d->enclave.ops->list(&d->enclave, list, EG_PORT_OBJECTS_MAX, &count);
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(
            out, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "id", (json_int_t)list[i].id, "type",
                           (json_int_t)list[i].type, "usage", (json_int_t)list[i].usage, "alg",
                           (json_int_t)list[i].alg, "bits", (json_int_t)list[i].bits, "lifetime",
                           (json_int_t)list[i].lifetime));
    }
    return out;
}

static json_t *text_json(struct eg_agent_text t)
{
    return json_stringn(t.ptr != NULL ? t.ptr : "", t.len);
}

/* Passwords and the like are not shown. */
static json_t *services_json(struct eg_device *d)
{
    struct eg_agent_service s;
    json_t *out = json_array();
    for (size_t i = 0; eg_agent_service(&d->agent, i, d->room, sizeof(d->room), &s) == EG_AGENT_OK;
         i++) {
        (void)json_array_append_new(
            out,
            json_pack("{s:I, s:I, s:I, s:o, s:I, s:o, s:I, s:I}", "id", (json_int_t)s.id, "type",
                      (json_int_t)s.type, "protocol", (json_int_t)s.protocol, "hostname",
                      text_json(s.hostname), "port", (json_int_t)s.port, "clientId",
                      text_json(s.client_id), "keyId", (json_int_t)s.client_key_ref.object_id,
                      "certificateId", (json_int_t)s.client_certificate_ref.object_id));
    }
    return out;
}

static json_t *status_json(struct eg_device *d)
{
    char uuid[33];
    struct eg_last last;
    json_t *record = NULL;
    (void)eg_device_uuid_hex(d, uuid);
    eg_last_read(d->options->state, &last, &record);
    return json_pack("{s:b, s:s, s:s, s:o, s:o, s:o}", "ok", 1, "uuid", uuid, "enclave",
                     d->options->enclave, "objects", objects_json(d), "services", services_json(d),
                     "last", record != NULL ? record : json_null());
}

static const char *text_of(const json_t *o, const char *name)
{
    const char *text = json_string_value(json_object_get(o, name));
    return text != NULL ? text : "";
}

static long long number_of(const json_t *o, const char *name)
{
    return (long long)json_integer_value(json_object_get(o, name));
}

static void print(const json_t *status)
{
    const json_t *e;
    size_t i;
    const json_t *last = json_object_get(status, "last");
    (void)printf("device %s, enclave %s\n", text_of(status, "uuid"), text_of(status, "enclave"));
    json_array_foreach(json_object_get(status, "objects"), i, e)
    {
        (void)printf("  object  0x%08llX type 0x%04llX, %lld bits\n", number_of(e, "id"),
                     number_of(e, "type"), number_of(e, "bits"));
    }
    json_array_foreach(json_object_get(status, "services"), i, e)
    {
        (void)printf("  service %lld %s:%lld\n", number_of(e, "id"), text_of(e, "hostname"),
                     number_of(e, "port"));
    }
    if (json_is_object(last)) {
        (void)printf("last session %s: %s; next %s\n", text_of(last, "time"), text_of(last, "text"),
                     text_of(last, "next"));
    } else {
        (void)puts("no session yet");
    }
}

int eg_verb_status(const struct eg_options *o, int count, char **words)
{
    struct eg_device *d = malloc(sizeof(*d));
    (void)count, (void)words;
    if (d == NULL) {
        return eg_verb_fail(o, EG_AGENT_EXIT_SETUP, "out of memory");
    }
    int code = 0;
    if (eg_device_open(d, o, EG_DEVICE_SHARED, -1) == EG_AGENT_OK) {
        json_t *status = status_json(d);
        if (o->json) {
            (void)json_dumpf(status, stdout, JSON_COMPACT);
            (void)putchar('\n');
        } else {
            print(status);
        }
        json_decref(status);
    } else {
        code = eg_verb_fail(o, EG_AGENT_EXIT_SETUP, d->why);
    }
    eg_device_close(d);
    free(d);
    return code;
}
