/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/revoke.h"

#include <stdio.h>

#include "lib/base/text.h"
#include "lib/crypto/x509.h"
#include "lib/crypto/x509_crl.h"
#include "server/core/ca_outside.h"

/* A list in the making: CAs found so far save a search for each certificate. */
struct finding {
    struct eg_call *call;
    struct eg_device_cert_list *out;
    size_t room;
    struct eg_ca last; /* id 0: none yet */
};

/* ---- list -------------------------------------------------------------------------------------
 */

static eg_status find_issuer(struct finding *f, struct eg_span der)
{
    if (f->last.id != 0 && eg_ok(eg_x509_check_issued(NULL, der, f->last.certificate))) {
        return EG_OK;
    }
    return eg_ca_issuer_of(f->call, der, &f->last);
}

static eg_status add_one(struct finding *f, const struct eg_device_body *body,
                         const struct eg_body_object *o)
{
    struct eg_x509_info info;
    struct eg_device_cert *c = &f->out->items[f->out->count];
    EG_TRY(eg_x509_parse(o->certificate, &info));
    eg_status st = find_issuer(f, o->certificate);
    if (eg_is(st, EG_E_CA_UNKNOWN)) {
        return EG_OK; /* its CA is gone, and with it the list it could be on */
    }
    EG_TRY(st);
    *c = (struct eg_device_cert){
        .object_id = o->object_id,
        .group_id = body->group_id,
        .device_id = body->device_id,
        .ca_id = f->last.id,
        .serial = info.serial,
        .not_before_s = info.not_before_s,
        .not_after_s = info.not_after_s,
    };
    st = eg_store_revocation_get(eg_core_store(f->call->core), c->ca_id, c->serial, f->call->arena,
                                 &c->revocation);
    c->revoked = eg_ok(st);
    if (!eg_ok(st) && !eg_is(st, EG_E_STORE_NOT_FOUND)) {
        return st;
    }
    f->out->count++;
    return EG_OK;
}

static eg_status add_body(struct finding *f, const struct eg_device_body *body)
{
    struct eg_body_object objects[EG_BODY_OBJECTS_MAX];
    size_t count;
    EG_TRY(eg_body_decode(body->body, objects, &count));
    for (size_t i = 0; i < count && f->out->count < f->room; i++) {
        if (objects[i].certificate.len > 0) {
            EG_TRY(add_one(f, body, &objects[i]));
        }
    }
    return EG_OK;
}

eg_status eg_device_certs(struct eg_call *call, const struct eg_uuid *uuid,
                          struct eg_device_cert_list *out)
{
    struct eg_store *store = eg_core_store(call->core);
    struct eg_device_body_list bodies;
    struct eg_provisioning known;
    struct finding f = {.call = call, .out = out};
    *out = (struct eg_device_cert_list){NULL, 0};
    EG_TRY(eg_store_provisioning_get(store, call->company_id, uuid, call->arena, &known));
    EG_TRY(eg_store_device_bodies(store, call->company_id, uuid, call->arena, &bodies));
    f.room = bodies.count * EG_BODY_OBJECTS_MAX;
    out->items = eg_arena_alloc(call->arena, (f.room + 1) * sizeof(*out->items));
    if (out->items == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < bodies.count; i++) {
        EG_TRY(add_body(&f, &bodies.items[i]));
    }
    return EG_OK;
}

/* ---- revoke -----------------------------------------------------------------------------------
 */

enum { SERIAL_MAX = 20 }; /* bytes; RFC 5280 4.1.2.2 */

/** What the history of the device says; NULL, nothing but the fact, when there is no memory. */
static const char *tell(struct eg_call *call, const struct eg_device_cert *c, uint8_t reason)
{
    char text[2 * SERIAL_MAX + 64], hex[2 * SERIAL_MAX + 1] = "";
    if (c->serial.len <= SERIAL_MAX) {
        eg_hex_encode(c->serial, hex);
    }
    snprintf(text, sizeof(text), "serial number %s: %s", hex, eg_crl_reason_name(reason));
    return eg_arena_text(call->arena, eg_span_str(text));
}

eg_status eg_device_revoke(struct eg_call *call, const struct eg_uuid *uuid, struct eg_span serial,
                           uint8_t reason, size_t *out_new)
{
    struct eg_device_cert_list list;
    size_t n = 0;
    EG_TRY(eg_device_certs(call, uuid, &list));
    struct eg_revocation *items = eg_arena_alloc(call->arena, (list.count + 1) * sizeof(*items));
    if (items == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < list.count; i++) {
        const struct eg_device_cert *c = &list.items[i];
        if (serial.len == 0 || eg_span_equal(serial, c->serial)) {
            items[n++] = (struct eg_revocation){.ca_id = c->ca_id,
                                                .serial = c->serial,
                                                .reason = reason,
                                                .shard = eg_x509_serial_shard(c->serial),
                                                .revoked_s = call->now_ms / 1000,
                                                .device_id = c->device_id,
                                                .group_id = c->group_id,
                                                .detail = tell(call, c, reason)};
        }
    }
    if (n == 0) {
        return EG_ERR(CERTIFICATE_UNKNOWN);
    }
    return eg_store_revoke(eg_core_store(call->core), call->company_id, items, n, call->actor,
                           out_new);
}

eg_status eg_ca_revoke(struct eg_call *call, int64_t ca_id, struct eg_span serial, uint8_t reason,
                       struct eg_revocation *out)
{
    struct eg_ca ca;
    struct eg_store *store = eg_core_store(call->core);
    size_t added;
    EG_TRY(eg_store_ca_get(store, call->company_id, ca_id, call->arena, &ca));
    if (ca.kind == EG_CA_EXTERNAL) {
        return EG_ERR(CA_EXTERNAL);
    }
    const struct eg_revocation one = {.ca_id = ca_id,
                                      .serial = serial,
                                      .reason = reason,
                                      .shard = eg_x509_serial_shard(serial),
                                      .revoked_s = call->now_ms / 1000};
    EG_TRY(eg_store_revoke(store, call->company_id, &one, 1, call->actor, &added));
    return eg_store_revocation_get(store, ca_id, serial, call->arena, out);
}
