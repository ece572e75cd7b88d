/* SPDX-License-Identifier: Apache-2.0 */
/* Contents of a device's two datastores: the services of its group, and where to dial. */
#include <string.h>

#include "lib/base/text.h"
#include "lib/wire/session/session_datastore.h"
#include "server/core/cloud_internal.h"
#include "server/core/cloud_life.h"
#include "server/core/endpoint.h"
#include "server/core/service_def.h"
#include "server/store/store_life.h"

enum {
    CONTAINER_MAX = EG_CONTAINER_MAX,
    CONNECTION_KEY = 0x7FFF816C, /* the chip's own key for connecting */
    UUID_WORD_LEN = 6,           /* "{uuid}" */
};

/* A container being filled; the descriptors' texts live in the arena and in `json`. */
struct filling {
    struct eg_cloud_wanting *w;
    struct eg_writer out;
    uint32_t keystore; /* endpoint id */
    char uuid[EG_UUID_HEX_LEN + 1];
    uint64_t ids[EG_SERVICES_PER_GROUP_MAX];
    size_t count;
};

static const struct eg_cloud_facts *facts_of(const struct eg_cloud_session *s)
{
    return s->saw_hello ? &s->facts : &s->known;
}

/** Does the device have a datastore for the customer's services? */
static bool has_store(const struct eg_cloud_session *s)
{
    const struct eg_cloud_facts *f = facts_of(s);
    for (size_t i = 0; i < f->endpoint_count; i++) {
        const struct eg_cloud_endpoint *e = &f->endpoints[i];
        bool store = e->type == EG_ENDPOINT_STORE_FILE || e->type == EG_ENDPOINT_STORE_MEMORY;
        if (store && e->id != EG_SESSION_CONNECTION_STORE) {
            return true;
        }
    }
    return false;
}

static uint32_t keystore_of(const struct eg_cloud_session *s)
{
    const struct eg_cloud_facts *f = facts_of(s);
    for (size_t i = 0; i < f->endpoint_count; i++) {
        if (f->endpoints[i].type == EG_ENDPOINT_KEYS_PSA) {
            return f->endpoints[i].id;
        }
    }
    return 0;
}

static eg_status begin(struct filling *f, struct eg_cloud_wanting *w)
{
    memset(f, 0, sizeof(*f));
    f->w = w;
    f->keystore = keystore_of(w->session);
    eg_uuid_to_hex(&w->session->uuid, f->uuid);
    eg_writer_init(&f->out, eg_arena_alloc(w->call->arena, CONTAINER_MAX), CONTAINER_MAX);
    if (f->out.ptr == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_container_begin(&f->out);
    return EG_OK;
}

static eg_status end(struct filling *f, const uint8_t stored_hash[static 32],
                     struct eg_cloud_container *out)
{
    struct eg_core *core = f->w->call->core;
    eg_container_end(&f->out, (uint32_t)f->count);
    EG_TRY(f->out.status);
    EG_TRY(eg_core_sha256(core, eg_container_hashed(eg_writer_span(&f->out)), f->out.ptr));
    EG_TRY(eg_core_sha256(core, eg_writer_span(&f->out), out->hash));
    out->bytes = eg_writer_span(&f->out);
    out->write = memcmp(out->hash, stored_hash, sizeof(out->hash)) != 0;
    return EG_OK;
}

/* ---- services ---------------------------------------------------------------------------------
 */

/** The text with the device's UUID for each "{uuid}". */
static struct eg_span text_of(struct filling *f, const char *text)
{
    size_t room = strlen(text) * EG_UUID_HEX_LEN + 1;
    struct eg_writer w;
    eg_writer_init(&w, eg_arena_alloc(f->w->call->arena, room), room);
    if (w.ptr == NULL) {
        eg_writer_fail(&f->out, EG_ERR(NO_MEMORY));
        return eg_span(NULL, 0);
    }
    while (*text != '\0') {
        bool word = strncmp(text, "{uuid}", UUID_WORD_LEN) == 0;
        if (word) {
            eg_writer_str(&w, f->uuid);
        } else {
            eg_writer_u8(&w, (uint8_t)*text);
        }
        text += word ? UUID_WORD_LEN : 1;
    }
    return eg_writer_span(&w);
}

static eg_status ref_of(struct filling *f, int64_t object_id, int64_t certificate_id,
                        struct eg_object_ref *out)
{
    *out = (struct eg_object_ref){0};
    if (object_id == 0) {
        return EG_OK;
    }
    out->type = EG_ENDPOINT_KEYS_PSA;
    out->endpoint_id = f->keystore;
    return eg_cloud_place_of(f->w->call, f->w->session->device_id, object_id, certificate_id,
                             &out->object_id);
}

static eg_status put_def(struct filling *f, int64_t id, const struct eg_service_def *d)
{
    struct eg_service s = {
        .id = (uint64_t)id,
        .type = d->type,
        .protocol = d->protocol,
        .port = d->port,
        .timeout_ms = d->timeout_ms,
        .hostname = text_of(f, d->hostname),
        .client_id = text_of(f, d->client_id),
        .username = text_of(f, d->username),
        .server_certificate = d->roots,
        .metadata_json = eg_span_str(d->metadata),
        .azure_id_scope = text_of(f, d->id_scope),
        .azure_registration_id = text_of(f, d->registration_id),
        .azure_endpoint = text_of(f, d->azure_endpoint),
    };
    struct eg_stored_object row;
    EG_TRY(ref_of(f, d->key_pair_id, d->certificate_id, &s.client_key_ref));
    EG_TRY(ref_of(f, d->certificate_id, d->certificate_id, &s.client_certificate_ref));
    if (d->server_certificate_id != 0) {
        EG_TRY(eg_store_object_get(eg_core_store(f->w->call->core), f->w->call->company_id,
                                   d->server_certificate_id, f->w->call->arena, &row));
        s.server_certificate_ref =
            (struct eg_object_ref){EG_ENDPOINT_KEYS_PSA, f->keystore, row.object_id};
    }
    eg_container_put(&f->out, &s);
    f->ids[f->count++] = s.id;
    return f->out.status;
}

/** One that names an object which is gone is left out: the others are still of use. */
static eg_status put_row(struct filling *f, const struct eg_service_row *row)
{
    struct eg_service_def def;
    struct eg_json_in in;
    json_t *json = json_loads(row->definition, 0, NULL);
    eg_json_in_init(&in, json, "");
    eg_status st = eg_service_def_read(&in, f->w->call->arena, &def);
    st = eg_ok(st) ? put_def(f, row->id, &def) : st;
    json_decref(json);
    return eg_is(st, EG_E_OBJECT_UNKNOWN) ? EG_OK : st;
}

/** Agents take a store without a valid container for a failure: it gets an empty one at least. */
eg_status eg_cloud_services(struct eg_cloud_wanting *w, const uint8_t stored_hash[static 32],
                            struct eg_cloud_container *out)
{
    struct filling f;
    struct eg_service_rows rows;
    *out = (struct eg_cloud_container){.write = false};
    if (!has_store(w->session)) {
        return EG_OK;
    }
    EG_TRY(begin(&f, w));
    EG_TRY(eg_store_service_rows(eg_core_store(w->call->core), w->call->company_id,
                                 w->session->group_id, w->call->arena, &rows));
    for (size_t i = 0; !w->session->retiring && i < rows.count; i++) {
        EG_TRY(put_row(&f, &rows.items[i]));
    }
    uint64_t *ids = eg_arena_alloc(w->call->arena, sizeof(f.ids));
    if (ids == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    memcpy(ids, f.ids, sizeof(f.ids));
    out->services = ids;
    out->service_count = f.count;
    return end(&f, stored_hash, out);
}

/* ---- where to dial ----------------------------------------------------------------------------
 */

/* Stands for the client certificate in what is hashed: a device may sign another one each day. */
static const uint8_t no_certificate[] = {0x30, 0x00};

/* Whom to dial, in this order. */
struct dials {
    struct eg_connection items[2];
    size_t count;
};

static bool same_place(const struct eg_connection *a, const struct eg_connection *b)
{
    return a->port == b->port && eg_hostname_equal(eg_span_str(a->host), eg_span_str(b->host)) &&
           eg_span_equal(a->roots, b->roots);
}

/** What GET /api/v1/device-endpoint tells, behind what the group wants unless it is that. */
static eg_status add_own_endpoint(struct eg_cloud_wanting *w, struct dials *d)
{
    const struct eg_endpoint_facts *facts = eg_core_endpoint(w->call->core);
    struct eg_endpoint_cas cas;
    if (facts->device_name[0] == '\0') {
        return EG_OK;
    }
    EG_TRY(eg_endpoint_cas(w->call, &cas));
    const struct eg_connection own = {
        .host = facts->device_name, .port = facts->device_port, .roots = cas.root};
    if (!same_place(&own, &d->items[0])) {
        d->items[d->count++] = own;
    }
    return EG_OK;
}

/** certificate: DER for the descriptors; empty: none in them. */
static eg_status fill_dials(struct eg_cloud_wanting *w, const struct dials *d,
                            struct eg_span certificate, const uint8_t stored_hash[static 32],
                            struct eg_cloud_container *out)
{
    struct filling f;
    EG_TRY(begin(&f, w));
    for (f.count = 0; f.count < d->count; f.count++) {
        const struct eg_connection *c = &d->items[f.count];
        const struct eg_service s = {
            .id = f.count,
            .hostname = eg_span_str(c->host),
            .port = c->port,
            .client_certificate = certificate,
            .server_certificate = c->roots,
            .client_key_ref = {EG_ENDPOINT_KEYS_PSA, f.keystore, CONNECTION_KEY},
            .typeless = true, /* NXP's agent leaves out descriptors of type 500 */
        };
        eg_container_put(&f.out, &s);
    }
    return end(&f, stored_hash, out);
}

/**
 * Our agent keeps the old data until the new ones worked. NXP's forgets them: it tries the
 * descriptors in their order until a session succeeded, so the endpoint that it is connected to
 * stays behind the new one, and it shows the certificate of the descriptor, which only the chip can
 * sign: the one that it has just shown.
 */
eg_status eg_cloud_connection(struct eg_cloud_wanting *w, const uint8_t stored_hash[static 32],
                              struct eg_cloud_container *out)
{
    struct dials d = {.count = 1};
    struct eg_cloud_container whole;
    bool ours = facts_of(w->session)->ours;
    *out = (struct eg_cloud_container){.write = false};
    if (w->session->retiring ||
        (!ours && (w->certificate.len == 0 || keystore_of(w->session) == 0))) {
        return EG_OK;
    }
    eg_status st =
        eg_store_connection_get(eg_core_store(w->call->core), w->call->company_id,
                                w->session->group_id, false, w->call->arena, &d.items[0]);
    if (eg_is(st, EG_E_STORE_NOT_FOUND)) {
        return EG_OK;
    }
    EG_TRY(st);
    if (ours) {
        return fill_dials(w, &d, eg_span(NULL, 0), stored_hash, out);
    }
    EG_TRY(add_own_endpoint(w, &d));
    EG_TRY(fill_dials(w, &d, EG_SPAN_OF(no_certificate), stored_hash, out));
    if (out->write) {
        EG_TRY(fill_dials(w, &d, w->certificate, stored_hash, &whole));
        out->bytes = whole.bytes;
    }
    return EG_OK;
}
