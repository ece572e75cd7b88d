/* SPDX-License-Identifier: Apache-2.0 */
/* The MAKE message: a plan, its devices, and what was made. */
#include "lib/wire/vault_fields.h"
#include "lib/wire/vault_msg.h"

/* ---- one object of a plan -------------------------------------------------------------------- */

static void put_certificate(struct eg_writer *w, const struct eg_vault_object *o)
{
    const struct eg_vault_certificate *c = &o->cert;
    eg_writer_be16(w, c->key_object);
    eg_writer_be16(w, c->ca);
    eg_writer_block(w, c->country);
    eg_writer_block(w, c->organization);
    eg_writer_block(w, c->organizational_unit);
    eg_writer_block(w, c->common_name_prefix);
    eg_vault_put_bool(w, c->with_serial_number);
    eg_writer_be64(w, (uint64_t)c->not_before_s);
    eg_writer_be64(w, (uint64_t)c->not_after_s);
    eg_writer_be32(w, c->key_usage);
    eg_writer_be32(w, c->ext_key_usage);
    eg_vault_put_bool(w, c->with_ski);
    eg_vault_put_bool(w, c->with_aki);
    eg_vault_put_bool(w, c->leaf_constraints);
    eg_writer_block(w, c->vendor_id);
    eg_writer_block(w, c->product_id);
    eg_writer_block(w, c->crl_url);
    eg_writer_block(w, c->ocsp_url);
    eg_writer_be32(w, c->shard);
    eg_writer_be32(w, (uint32_t)c->chain_count);
    for (size_t i = 0; i < c->chain_count; i++) {
        eg_writer_block(w, c->chain[i]);
    }
}

static void get_certificate(struct eg_reader *r, struct eg_span *chain, struct eg_vault_object *o)
{
    struct eg_vault_certificate *c = &o->cert;
    c->key_object = eg_reader_be16(r);
    c->ca = eg_reader_be16(r);
    c->country = eg_vault_get_text(r);
    c->organization = eg_vault_get_text(r);
    c->organizational_unit = eg_vault_get_text(r);
    c->common_name_prefix = eg_vault_get_text(r);
    c->with_serial_number = eg_vault_get_bool(r);
    c->not_before_s = (int64_t)eg_reader_be64(r);
    c->not_after_s = (int64_t)eg_reader_be64(r);
    c->key_usage = eg_reader_be32(r);
    c->ext_key_usage = eg_reader_be32(r);
    c->with_ski = eg_vault_get_bool(r);
    c->with_aki = eg_vault_get_bool(r);
    c->leaf_constraints = eg_vault_get_bool(r);
    c->vendor_id = eg_vault_get_text(r);
    c->product_id = eg_vault_get_text(r);
    c->crl_url = eg_vault_get_text(r);
    c->ocsp_url = eg_vault_get_text(r);
    c->shard = eg_vault_get_count(r, 0, EG_VAULT_SHARD_MAX);
    c->chain = chain;
    c->chain_count = eg_vault_get_count(r, 0, EG_VAULT_CHAIN_MAX);
    for (size_t i = 0; i < c->chain_count; i++) {
        chain[i] = eg_reader_block(r, EG_VAULT_CERTIFICATE_MAX);
    }
}

/* A key to generate needs nothing beyond the object's own key_alg. */
static void put_nothing(struct eg_writer *w, const struct eg_vault_object *o)
{
    (void)w;
    (void)o;
}

static void get_nothing(struct eg_reader *r, struct eg_span *chain, struct eg_vault_object *o)
{
    (void)r;
    (void)chain;
    (void)o;
}

static void put_clear(struct eg_writer *w, const struct eg_vault_object *o)
{
    eg_writer_block(w, o->data);
}

static void get_clear(struct eg_reader *r, struct eg_span *chain, struct eg_vault_object *o)
{
    (void)chain;
    o->data = eg_reader_block(r, EG_VAULT_PAYLOAD_MAX);
}

static void put_wrapped(struct eg_writer *w, const struct eg_vault_object *o)
{
    eg_writer_u8(w, o->purpose);
    eg_writer_be32(w, o->length);
    eg_writer_block(w, o->data);
}

static void get_wrapped(struct eg_reader *r, struct eg_span *chain, struct eg_vault_object *o)
{
    (void)chain;
    o->purpose = eg_vault_get_u8_max(r, EG_VAULT_PURPOSE_OEM_FW_DECRYPT_KEY);
    o->length = eg_reader_be32(r);
    o->data = eg_reader_block(r, EG_VAULT_PAYLOAD_MAX + EG_VAULT_WRAP_OVERHEAD);
}

/* How the payload's source is written and read; index = enum eg_vault_source_kind. */
static const struct source_codec {
    void (*put)(struct eg_writer *w, const struct eg_vault_object *o);
    void (*get)(struct eg_reader *r, struct eg_span *chain, struct eg_vault_object *o);
} source_codecs[] = {
    [EG_VAULT_GENERATE_KEY] = {put_nothing, get_nothing},
    [EG_VAULT_CERTIFICATE] = {put_certificate, get_certificate},
    [EG_VAULT_CLEAR] = {put_clear, get_clear},
    [EG_VAULT_SECRET] = {put_wrapped, get_wrapped},
    [EG_VAULT_DIVERSIFIED] = {put_wrapped, get_wrapped},
};

static const struct source_codec *find_codec(uint8_t source)
{
    if (source >= sizeof(source_codecs) / sizeof(source_codecs[0]) ||
        source_codecs[source].get == NULL) {
        return NULL;
    }
    return &source_codecs[source];
}

static void put_object(struct eg_writer *w, const struct eg_vault_object *o)
{
    const struct source_codec *codec = find_codec(o->source);
    if (codec == NULL) {
        eg_writer_fail(w, EG_ERR(WIRE_BAD_MESSAGE));
        return;
    }
    eg_writer_be64(w, o->secure_object_id);
    eg_writer_u8(w, o->type);
    eg_writer_be32(w, o->object_id);
    eg_writer_u8(w, o->key_alg);
    eg_writer_be32(w, o->size);
    eg_writer_be32(w, o->usage);
    eg_writer_be32(w, o->algorithm);
    eg_writer_u8(w, o->source);
    codec->put(w, o);
}

static void get_object(struct eg_reader *r, struct eg_span *chain, struct eg_vault_object *out)
{
    *out = (struct eg_vault_object){.secure_object_id = eg_reader_be64(r)};
    out->type = eg_reader_u8(r);
    out->object_id = eg_reader_be32(r);
    out->key_alg = eg_reader_u8(r);
    out->size = eg_reader_be32(r);
    out->usage = eg_reader_be32(r);
    out->algorithm = eg_reader_be32(r);
    out->source = eg_reader_u8(r);
    const struct source_codec *codec = find_codec(out->source);
    if (codec == NULL) {
        eg_reader_fail(r, EG_ERR(WIRE_BAD_MESSAGE));
        return;
    }
    codec->get(r, chain, out);
}

/* ---- plan ------------------------------------------------------------------------------------ */

static void put_plan(struct eg_writer *w, const struct eg_vault_plan *p)
{
    eg_writer_be64(w, p->company_id);
    eg_writer_block(w, p->family);
    eg_writer_u8(w, p->life_cycle);
    eg_vault_put_bool(w, p->has_rkth);
    eg_writer_bytes(w, EG_SPAN_OF(p->rkth));
    eg_writer_be64(w, (uint64_t)p->now_ms);
    eg_writer_be32(w, (uint32_t)p->ca_count);
    for (size_t i = 0; i < p->ca_count; i++) {
        eg_vault_put_issuer(w, &p->cas[i]);
    }
    eg_writer_be32(w, (uint32_t)p->object_count);
    for (size_t i = 0; i < p->object_count; i++) {
        put_object(w, &p->objects[i]);
    }
}

static void get_plan(struct eg_reader *r, struct eg_vault_make_room *room,
                     struct eg_vault_plan *out)
{
    *out = (struct eg_vault_plan){.company_id = eg_reader_be64(r)};
    out->family = eg_vault_get_text(r);
    out->life_cycle = eg_reader_u8(r);
    out->has_rkth = eg_vault_get_bool(r);
    eg_reader_copy(r, out->rkth, sizeof(out->rkth));
    out->now_ms = (int64_t)eg_reader_be64(r);
    out->cas = room->cas;
    out->ca_count = eg_vault_get_count(r, 0, EG_VAULT_CAS_MAX);
    for (size_t i = 0; i < out->ca_count; i++) {
        eg_vault_get_issuer(r, &room->cas[i]);
    }
    out->objects = room->objects;
    out->object_count = eg_vault_get_count(r, 1, EG_VAULT_OBJECTS_MAX);
    for (size_t i = 0; i < out->object_count; i++) {
        get_object(r, room->chains[i], &room->objects[i]);
    }
}

/* ---- devices --------------------------------------------------------------------------------- */

static void put_device(struct eg_writer *w, const struct eg_vault_device *d)
{
    eg_writer_bytes(w, EG_SPAN_OF(d->uuid.bytes));
    eg_writer_block(w, d->wrapped_root);
    eg_writer_be32(w, (uint32_t)d->given_count);
    for (size_t i = 0; i < d->given_count; i++) {
        eg_writer_be16(w, d->given[i].object);
        eg_writer_block(w, d->given[i].spki);
    }
}

static void get_device(struct eg_reader *r, struct eg_vault_given_key *given,
                       struct eg_vault_device *out)
{
    eg_reader_copy(r, out->uuid.bytes, EG_UUID_LEN);
    out->wrapped_root = eg_reader_block(r, EG_VAULT_WRAPPED_KEY_MAX);
    out->given = given;
    out->given_count = eg_vault_get_count(r, 0, EG_VAULT_OBJECTS_MAX);
    for (size_t i = 0; i < out->given_count; i++) {
        given[i].object = eg_reader_be16(r);
        given[i].spki = eg_reader_block(r, EG_VAULT_CERTIFICATE_MAX);
    }
}

void eg_vault_put_make(struct eg_writer *w, const struct eg_vault_make_request *q)
{
    put_plan(w, &q->plan);
    eg_writer_be32(w, (uint32_t)q->device_count);
    for (size_t i = 0; i < q->device_count; i++) {
        put_device(w, &q->devices[i]);
    }
}

eg_status eg_vault_get_make(struct eg_span body, struct eg_vault_make_room *room,
                            struct eg_vault_make_request *out)
{
    struct eg_reader r;
    eg_reader_init(&r, body);
    get_plan(&r, room, &out->plan);
    out->devices = room->devices;
    out->device_count = eg_vault_get_count(&r, 1, EG_VAULT_DEVICES_MAX);
    for (size_t i = 0; i < out->device_count; i++) {
        get_device(&r, room->given[i], &room->devices[i]);
    }
    return eg_vault_finish(&r);
}

/* ---- what was made --------------------------------------------------------------------------- */

eg_status eg_vault_get_made(struct eg_span body, size_t device_count, size_t object_count,
                            struct eg_vault_made_device *devices,
                            struct eg_vault_made_object *objects)
{
    struct eg_reader r;
    eg_reader_init(&r, body);
    for (size_t d = 0; d < device_count; d++) {
        struct eg_vault_made_object *mine = &objects[d * object_count];
        devices[d] = (struct eg_vault_made_device){{eg_reader_be32(&r)}, NULL};
        if (!eg_ok(devices[d].status)) {
            continue;
        }
        devices[d].objects = mine;
        for (size_t o = 0; o < object_count; o++) {
            mine[o].blob = eg_reader_block(&r, EG_VAULT_MESSAGE_MAX);
            mine[o].certificate = eg_reader_block(&r, EG_VAULT_CERTIFICATE_MAX);
            mine[o].spki = eg_reader_block(&r, EG_VAULT_CERTIFICATE_MAX);
        }
    }
    return eg_vault_finish(&r);
}
