/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON text of a definition: what eg_object_def_read() reads, without the secret. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/text.h"
#include "lib/object/policy.h"
#include "server/core/object_def.h"
#include "server/core/object_names.h"

static json_t *base64_json(struct eg_span data)
{
    char *text = malloc(EG_BASE64_LEN(data.len) + 1);
    if (text == NULL) {
        return NULL;
    }
    eg_base64_encode(data, text);
    json_t *v = json_string(text);
    free(text);
    return v;
}

static json_t *time_json(int64_t t)
{
    char text[40];
    time_t clock = (time_t)t;
    struct tm tm;
    gmtime_r(&clock, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S.000Z", &tm);
    return json_string(text);
}

static json_t *names_json(uint32_t bits, const struct eg_usage_name *names, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        if ((bits & names[i].bit) != 0) {
            json_array_append_new(list, json_string(names[i].name));
        }
    }
    return list;
}

static json_t *validity_json(const struct eg_object_def *d)
{
    json_t *v = json_object();
    if (d->validity == EG_VALIDITY_DATE) {
        json_object_set_new(v, "validityType", json_string("DATE"));
        json_object_set_new(v, "validityNotBefore", time_json(d->not_before_s));
        json_object_set_new(v, "validityNotAfter", time_json(d->not_after_s));
    } else {
        json_object_set_new(v, "validityType", json_string("DAYS"));
        json_object_set_new(v, "validityDays", json_integer(d->days));
    }
    return v;
}

static void put_tristate(json_t *o, const char *name, int value)
{
    if (value >= 0) {
        json_object_set_new(o, name, json_boolean(value));
    }
}

static void put_optional(json_t *o, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        json_object_set_new(o, name, json_string(value));
    }
}

/** Left out where it says the usual. */
static void put_flag(json_t *o, const char *name, bool value, bool usual)
{
    if (value != usual) {
        json_object_set_new(o, name, json_boolean(value));
    }
}

static void put_certificate(json_t *o, const struct eg_object_def *d)
{
    size_t n;
    const struct eg_usage_name *names = eg_key_usage_names(&n);
    json_object_set_new(o, "keyPairId", json_integer(d->key_pair_id));
    json_object_set_new(o, "intermediateCaId", json_integer(d->ca_id));
    json_object_set_new(o, "commonNamePrefix", json_string(d->cn_prefix));
    put_optional(o, "profile", d->profile);
    put_optional(o, "vendorId", d->vendor_id);
    put_optional(o, "productId", d->product_id);
    put_flag(o, "basicConstraints", d->basic_constraints, false);
    put_flag(o, "includeCrlDistributionPoint", !d->no_crl_point, true);
    json_t *s = json_object();
    json_object_set_new(s, "country", json_string(d->country));
    json_object_set_new(s, "organization", json_string(d->organization));
    json_object_set_new(s, "organizationalUnit", json_string(d->unit));
    json_object_set_new(s, "serialNumber", json_boolean(d->serial_number));
    json_object_set_new(o, "subject", s);
    if (d->validity != EG_VALIDITY_OF_CA) {
        json_object_set_new(o, "certificateValidity", validity_json(d));
    }
    if (d->renewal.on) {
        json_object_set_new(o, "renewal", eg_renewal_policy_json(&d->renewal));
    }
    json_object_set_new(o, "keyUsage", names_json(d->key_usage, names, n));
    names = eg_ext_key_usage_names(&n);
    json_object_set_new(o, "extendedKeyUsage", names_json(d->ext_key_usage, names, n));
    put_tristate(o, "includeSubjectKeyIdentifier", d->ski);
    put_tristate(o, "includeAuthorityKeyIdentifier", d->aki);
    json_object_set_new(o, "includeChain", json_boolean(d->chain));
}

static void put_file(json_t *o, const struct eg_object_def *d)
{
    json_t *p = json_object();
    put_flag(o, "testOnly", d->test_only, false);
    json_object_set_new(p, "binaryFileType",
                        json_string(d->confidential ? "CONFIDENTIAL" : "NON_CONFIDENTIAL"));
    if (d->confidential) {
        json_object_set_new(p, "length", json_integer(d->size));
    } else {
        json_object_set_new(p, "binaryFile", base64_json(d->data));
    }
    json_object_set_new(o, "payload", p);
}

static void put_evidence(json_t *o, const struct eg_object_def *d)
{
    if (d->evidence_waived) {
        json_object_set_new(o, "evidence", json_string("NONE"));
    }
    if (d->evidence_count == 0) {
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < d->evidence_count; i++) {
        json_array_append_new(list,
                              json_stringn((const char *)d->evidence[i].ptr, d->evidence[i].len));
    }
    json_object_set_new(o, "signingPublicKeys", list);
}

static void put_value(json_t *o, const struct eg_object_def *d)
{
    switch (d->type) {
    case EG_OBJECT_NONE:
        break;
    case EG_OBJECT_KEYPAIR:
        json_object_set_new(o, "algorithm", json_string(eg_key_alg_name(d->alg)));
        break;
    case EG_OBJECT_CERTIFICATE:
        put_certificate(o, d);
        break;
    case EG_OBJECT_HMAC_KEY:
        json_object_set_new(o, "keySize", json_integer(d->size));
        break;
    case EG_OBJECT_MASTER_KEY:
    case EG_OBJECT_OEM_FW_DECRYPT_KEY:
        json_object_set_new(o, "keySize", json_string(d->size == 16 ? "AES128" : "AES256"));
        break;
    case EG_OBJECT_BINARY_FILE:
        put_file(o, d);
        break;
    case EG_OBJECT_STATIC_PUBLIC_KEY:
        json_object_set_new(o, "algorithm", json_string(eg_key_alg_name(d->alg)));
        json_object_set_new(o, "publicKey", json_stringn((const char *)d->data.ptr, d->data.len));
        break;
    case EG_OBJECT_OEM_FW_AUTH_KEY_HASH:
        json_object_set_new(o, "binaryFile", base64_json(d->data));
        put_evidence(o, d);
        break;
    }
}

static void put_policy(json_t *o, const struct eg_object_def *d)
{
    size_t n;
    const struct eg_policy_name *usages = eg_policy_usages(&n);
    json_object_set_new(o, "policySourceType",
                        json_string(d->custom_policy ? "CUSTOM" : "DEFAULT"));
    if (!d->custom_policy) {
        return;
    }
    json_t *p = json_object(), *list = json_array();
    for (size_t i = 0; i < n; i++) {
        if ((d->policy.usage & usages[i].word) != 0) {
            json_array_append_new(list, json_string(usages[i].name));
        }
    }
    json_object_set_new(p, "usages", list);
    if (d->policy.algorithm != 0) {
        json_object_set_new(p, "algorithm",
                            json_string(eg_policy_algorithm_name(d->policy.algorithm)));
    }
    json_object_set_new(o, "policies", p);
}

char *eg_object_def_text(const struct eg_object_def *def)
{
    char id[16];
    json_t *o = json_object();
    snprintf(id, sizeof(id), "%u", (unsigned)def->object_id);
    json_object_set_new(o, "name", json_string(def->name));
    json_object_set_new(o, "secureObjectType", json_string(eg_object_type_name(def->type)));
    json_object_set_new(o, "objectId", json_string(id));
    json_object_set_new(o, "generateOnDeviceConnection", json_boolean(def->on_connection));
    put_policy(o, def);
    put_value(o, def);
    char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
    json_decref(o);
    return text;
}
