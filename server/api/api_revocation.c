/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of devices, revocation, CRLs. */
#include <string.h>

#include "lib/base/text.h"
#include "lib/crypto/x509_crl.h"
#include "server/api/handlers.h"
#include "server/core/crl.h"
#include "server/core/revoke.h"
#include "server/main/limits.h"

enum { SERIAL_HEX_MAX = 2 * EG_CRL_SERIAL_MAX };
#define CRL_SUFFIX ".crl"

/* ---- CRL --------------------------------------------------------------------------------------
 */

eg_status eg_api_ca_file(struct eg_api_call *a, const char *suffix, int64_t *out)
{
    struct eg_span *name = &a->params[0];
    size_t len = strlen(suffix);
    if (name->len <= len ||
        !eg_span_equal(eg_span(name->ptr + name->len - len, len), eg_span_str(suffix))) {
        return EG_ERR(CA_UNKNOWN);
    }
    name->len -= len;
    return eg_api_id(a, 0, EG_E_CA_UNKNOWN, out);
}

eg_status eg_api_crl(struct eg_api_call *a)
{
    int64_t id;
    EG_TRY(eg_api_ca_file(a, CRL_SUFFIX, &id));
    a->text_type = "application/pkix-crl";
    return eg_crl_current(&a->c, id, &a->text);
}

/** {caId}/"<shard>.crl". */
eg_status eg_api_crl_shard(struct eg_api_call *a)
{
    int64_t id, shard;
    struct eg_span ca = a->params[0];
    a->params[0] = a->params[1];
    EG_TRY(eg_api_ca_file(a, CRL_SUFFIX, &shard));
    a->params[0] = ca;
    EG_TRY(eg_api_id(a, 0, EG_E_CA_UNKNOWN, &id));
    if (shard > EG_CRL_SHARDS_MAX) {
        return EG_ERR(CA_UNKNOWN);
    }
    a->text_type = "application/pkix-crl";
    return eg_crl_shard(&a->c, id, (uint32_t)shard, &a->text);
}

/* ---- reading ----------------------------------------------------------------------------------
 */

static uint8_t read_reason(struct eg_api_call *a)
{
    uint8_t reason = EG_CRL_UNSPECIFIED;
    const char *name = eg_json_text(&a->in, "reason", EG_JSON_OPTIONAL, 1, EG_LIMIT_NAME_CHARS);
    if (name != NULL && !eg_crl_reason_from_name(eg_span_str(name), &reason)) {
        eg_json_refuse(&a->in, "reason",
                       "unspecified, keyCompromise, cACompromise, affiliationChanged, superseded, "
                       "cessationOfOperation or privilegeWithdrawn is needed");
    }
    return reason;
}

/** Hexadecimal number to INTEGER content; empty when absent. */
static struct eg_span read_serial(struct eg_api_call *a, enum eg_json_need need)
{
    const char *text = eg_json_text(&a->in, "serialNumber", need, 1, SERIAL_HEX_MAX);
    uint8_t *room = eg_arena_alloc(a->c.arena, EG_CRL_SERIAL_MAX + 2);
    if (text == NULL || room == NULL) {
        return eg_span(NULL, 0);
    }
    size_t len = strlen(text) / 2;
    bool valid = strlen(text) % 2 == 0 && eg_ok(eg_hex_decode(eg_span_str(text), room + 1, len));
    room[0] = 0; /* in case the number needs a sign byte */
    uint8_t *from = room;
    while (valid && len > 0 && from[0] == 0 && (from[1] & 0x80) == 0) {
        from++;
        len--;
    }
    if (!valid || len + 1 > EG_CRL_SERIAL_MAX || (len == 0 && from[0] == 0)) {
        eg_json_refuse(&a->in, "serialNumber",
                       "a positive number of 1 to 20 bytes in hexadecimal "
                       "is needed, two digits for each byte");
        return eg_span(NULL, 0);
    }
    return eg_span(from, len + 1);
}

/* ---- writing ----------------------------------------------------------------------------------
 */

static void put_serial(struct eg_json_out *j, struct eg_span serial)
{
    char hex[2 * (EG_CRL_SERIAL_MAX + 1) + 1];
    if (serial.len > 1 && serial.ptr[0] == 0) {
        serial = eg_span(serial.ptr + 1, serial.len - 1);
    }
    if (serial.len > EG_CRL_SERIAL_MAX) {
        serial.len = EG_CRL_SERIAL_MAX;
    }
    eg_hex_encode(serial, hex);
    eg_json_text_member(j, "serialNumber", hex);
}

static void put_word(struct eg_json_out *j, const struct eg_revocation *r)
{
    eg_api_time_member(j, "revokedAt", r == NULL ? 0 : r->revoked_s);
    eg_json_text_member(j, "reason", r == NULL ? NULL : eg_crl_reason_name(r->reason));
}

static void put_revocation(struct eg_api_call *a, const struct eg_revocation *r)
{
    struct eg_json_out *j = &a->json;
    eg_json_begin_object(j);
    eg_json_number_member(j, "caId", r->ca_id);
    put_serial(j, r->serial);
    put_word(j, r);
    if (r->has_uuid) {
        eg_api_device_member(j, "deviceId", &r->uuid);
    } else {
        eg_json_key(j, "deviceId");
        eg_json_put_null(j);
    }
    eg_json_end_object(j);
}

static void put_certificate(struct eg_api_call *a, const struct eg_device_cert *c)
{
    struct eg_json_out *j = &a->json;
    eg_json_begin_object(j);
    put_serial(j, c->serial);
    eg_json_number_member(j, "caId", c->ca_id);
    eg_json_number_member(j, "secureObjectId", c->object_id);
    eg_json_number_member(j, "deviceGroupId", c->group_id);
    eg_api_time_member(j, "validFrom", c->not_before_s);
    eg_api_time_member(j, "validTo", c->not_after_s == INT64_MAX ? 0 : c->not_after_s);
    put_word(j, c->revoked ? &c->revocation : NULL);
    eg_json_end_object(j);
}

/* ---- calls ------------------------------------------------------------------------------------
 */

eg_status eg_api_revocation_create(struct eg_api_call *a)
{
    int64_t id;
    struct eg_revocation made;
    EG_TRY(eg_api_id(a, 0, EG_E_CA_UNKNOWN, &id));
    struct eg_span serial = read_serial(a, EG_JSON_REQUIRED);
    uint8_t reason = read_reason(a);
    EG_TRY(eg_api_body_status(a));
    EG_TRY(eg_ca_revoke(&a->c, id, serial, reason, &made));
    a->status = 201;
    put_revocation(a, &made);
    return EG_OK;
}

eg_status eg_api_revocation_list(struct eg_api_call *a)
{
    int64_t id;
    struct eg_page page;
    struct eg_revocation_list list;
    EG_TRY(eg_api_id(a, 0, EG_E_CA_UNKNOWN, &id));
    EG_TRY(eg_api_page(a, &page));
    EG_TRY(eg_store_revocation_list(eg_core_store(a->c.core), a->c.company_id, id, page, a->c.arena,
                                    &list));
    eg_api_begin_list(a);
    for (size_t i = 0; i < list.count; i++) {
        put_revocation(a, &list.items[i]);
    }
    eg_api_end_list(a, page, list.more);
    return EG_OK;
}

eg_status eg_api_device_certificates(struct eg_api_call *a)
{
    struct eg_uuid uuid;
    struct eg_device_cert_list list;
    EG_TRY(eg_api_device(a, 0, &uuid));
    EG_TRY(eg_device_certs(&a->c, &uuid, &list));
    eg_api_begin_list(a);
    for (size_t i = 0; i < list.count; i++) {
        put_certificate(a, &list.items[i]);
    }
    eg_api_end_list(a, (struct eg_page){0, 0}, false);
    return EG_OK;
}

eg_status eg_api_device_revoke(struct eg_api_call *a)
{
    struct eg_uuid uuid;
    size_t added = 0;
    EG_TRY(eg_api_device(a, 0, &uuid));
    struct eg_span serial = read_serial(a, EG_JSON_OPTIONAL);
    uint8_t reason = read_reason(a);
    EG_TRY(eg_api_body_status(a));
    EG_TRY(eg_device_revoke(&a->c, &uuid, serial, reason, &added));
    eg_json_begin_object(&a->json);
    eg_json_number_member(&a->json, "revoked", (int64_t)added);
    eg_json_end_object(&a->json);
    return EG_OK;
}
