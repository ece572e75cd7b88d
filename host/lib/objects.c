/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lib/objects.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/crypto/x509.h"
#include "lib/wire/so_tlv.h"

static const char *text_of(const json_t *o, const char *name)
{
    const char *text = json_string_value(json_object_get(o, name));
    return text != NULL ? text : "";
}

static uint64_t number_of(const json_t *o, const char *name)
{
    json_int_t v = json_integer_value(json_object_get(o, name));
    return v > 0 ? (uint64_t)v : 0;
}

/* Append base64 text (or PEM of a certificate) as bytes; *out are the bytes just written. */
static eg_status take_bytes(const char *text, struct eg_writer *w, struct eg_span *out)
{
    size_t start = w->len;

    if (text[0] == '\0') {
        return EG_OK;
    }
    eg_status st = strncmp(text, "-----BEGIN", 10) == 0 ? eg_x509_from_pem(eg_span_str(text), w)
                                                        : eg_base64_decode(eg_span_str(text), w);
    if (!eg_ok(st)) {
        return EG_ERR(HOST_ANSWER);
    }
    *out = eg_span(w->ptr + start, w->len - start);
    return EG_OK;
}

/* Entry of the answer for this device; NULL if there is none. */
static const json_t *find_device(const json_t *answer, const struct eg_uuid *device)
{
    size_t i;
    json_t *entry;

    json_array_foreach(answer, i, entry)
    {
        struct eg_uuid id;
        if (eg_ok(eg_uuid_from_dec(eg_span_str(text_of(entry, "deviceId")), &id)) &&
            memcmp(id.bytes, device->bytes, sizeof id.bytes) == 0) {
            return json_object_get(entry, "rtpProvisionings");
        }
    }
    return NULL;
}

/* Is an object of this state for download? */
static bool for_download(const char *state, bool *out_installed)
{
    *out_installed = strcmp(state, "PROVISIONING_COMPLETED") == 0;
    return *out_installed || strcmp(state, "GENERATION_COMPLETED") == 0 ||
           strcmp(state, "PROVISIONING_FAILED") == 0; /* an earlier run failed; try again */
}

/* The sealed object of one entry. The id on the chip is that of the object itself. */
static eg_status take_blob(const json_t *entry, struct eg_writer *w, struct eg_object_info *out)
{
    struct eg_so so;
    const json_t *create = json_object_get(json_object_get(entry, "apdus"), "createApdu");

    EG_TRY(take_bytes(text_of(create, "apdu"), w, &out->blob));
    if (!eg_ok(eg_so_decode(out->blob, &so))) {
        return EG_ERR(HOST_ANSWER);
    }
    out->object_id = so.key_id;
    return EG_OK;
}

static eg_status take_entry(const json_t *entry, struct eg_writer *w, struct eg_objects *out)
{
    const json_t *so = json_object_get(entry, "secureObject");
    struct eg_object_info *info = &out->list[out->count];

    if (!for_download(text_of(entry, "state"), &info->installed)) {
        out->skipped++;
        return EG_OK;
    }
    if (out->count == EG_OBJECTS_MAX - 1) {
        return EG_ERR(HOST_OBJECTS_LIMIT);
    }
    EG_TRY(take_blob(entry, w, info));
    snprintf(info->type, sizeof info->type, "%s", text_of(so, "type"));
    snprintf(info->name, sizeof info->name, "%s", text_of(so, "name"));
    info->service_id = number_of(so, "id");
    info->key_pair_id = number_of(so, "keyPairId");
    info->ca_id = number_of(so, "intermediateCaId");
    out->count++;
    return EG_OK;
}

/* Second walk: what is public, behind the blobs. Entries are those of the first walk, in order. */
static eg_status take_public(const json_t *entries, struct eg_writer *w, struct eg_objects *out)
{
    size_t i, n = 0;
    json_t *entry;
    bool installed;

    json_array_foreach(entries, i, entry)
    {
        const json_t *so = json_object_get(entry, "secureObject");
        if (!for_download(text_of(entry, "state"), &installed)) {
            continue;
        }
        struct eg_object_info *info = &out->list[n++];
        EG_TRY(take_bytes(text_of(so, "certificate"), w, &info->certificate));
        EG_TRY(take_bytes(text_of(so, "publicKey"), w, &info->public_key));
    }
    return EG_OK;
}

static eg_status take_device(const json_t *entries, struct eg_writer *w, struct eg_objects *out)
{
    size_t i;
    json_t *entry;

    if (json_array_size(entries) == 0) {
        return EG_ERR(HOST_NO_OBJECTS);
    }
    json_array_foreach(entries, i, entry)
    {
        EG_TRY(take_entry(entry, w, out));
    }
    out->bytes = eg_writer_span(w);
    if (out->count == 0) {
        return EG_ERR(HOST_NO_OBJECTS);
    }
    if (out->bytes.len > EG_OBJECTS_BYTES_MAX) {
        return EG_ERR(HOST_OBJECTS_LIMIT);
    }
    return take_public(entries, w, out);
}

eg_status eg_objects_parse(struct eg_span json, const struct eg_uuid *device,
                           struct eg_objects *out)
{
    struct eg_writer w;
    json_error_t error;

    memset(out, 0, sizeof *out);
    json_t *answer = json_loadb((const char *)json.ptr, json.len, 0, &error);
    if (!json_is_array(answer)) {
        json_decref(answer);
        return EG_ERR(HOST_ANSWER);
    }
    out->room = malloc(json.len + 1); /* base64 and PEM are longer than what they stand for */
    if (out->room == NULL) {
        json_decref(answer);
        return EG_ERR(NO_MEMORY);
    }
    eg_writer_init(&w, out->room, json.len);
    eg_status st = take_device(find_device(answer, device), &w, out);
    json_decref(answer);
    if (!eg_ok(st)) {
        eg_objects_cleanup(out);
    }
    return st;
}

void eg_objects_cleanup(struct eg_objects *o)
{
    free(o->room);
    memset(o, 0, sizeof *o);
}
