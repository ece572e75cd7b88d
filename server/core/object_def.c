/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/object_def.h"

#include <string.h>
#include <time.h>

#include "lib/base/text.h"
#include "lib/object/policy.h"
#include "server/core/object_names.h"
#include "server/main/limits.h"

enum { KEY_CMS_MAX = EG_LIMIT_BODY_OBJECT, DAYS_MAX = 36525, OBJECT_ID_CHARS = 20 };

/** base64 member into the arena; empty when absent. */
static struct eg_span read_base64(struct eg_json_in *in, struct eg_arena *arena, const char *name,
                                  enum eg_json_need need)
{
    const char *text = eg_json_text(in, name, need, 4, EG_LIMIT_BODY_OBJECT);
    if (text == NULL) {
        return eg_span(NULL, 0);
    }
    size_t room = strlen(text);
    struct eg_writer w;
    eg_writer_init(&w, eg_arena_alloc(arena, room), room);
    if (w.ptr == NULL || !eg_ok(eg_base64_decode(eg_span_str(text), &w))) {
        eg_json_refuse(in, name, "base64 without line breaks is needed");
        return eg_span(NULL, 0);
    }
    return eg_writer_span(&w);
}

/** A sealed secret: PEM text as it is, anything else as base64 of DER. */
static struct eg_span read_cms(struct eg_json_in *in, struct eg_arena *arena, const char *name)
{
    const char *text = eg_json_text(in, name, EG_JSON_OPTIONAL, 4, KEY_CMS_MAX);
    if (text != NULL && strncmp(text, "-----BEGIN", 10) == 0) {
        return eg_span_str(text);
    }
    return read_base64(in, arena, name, EG_JSON_OPTIONAL);
}

/** A PGP secret of the original API, in any of its members? */
static bool has_pgp(const struct eg_json_in *in)
{
    static const char *const names[] = {"encryptedKey", "customerPgpPublicKey",
                                        "encryptedBinaryFile"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (eg_json_has(in, names[i])) {
            return true;
        }
    }
    return false;
}

static const char *text_or_empty(struct eg_json_in *in, const char *name, size_t max)
{
    const char *text = eg_json_text(in, name, EG_JSON_OPTIONAL, 0, max);
    return text == NULL ? "" : text;
}

static enum eg_key_alg read_algorithm(struct eg_json_in *in, enum eg_json_need need)
{
    const char *name = eg_json_text(in, "algorithm", need, 1, EG_LIMIT_NAME_CHARS);
    enum eg_key_alg alg = name == NULL ? EG_KEY_NONE : eg_key_alg_from_name(eg_span_str(name));
    if (name != NULL && alg == EG_KEY_NONE) {
        eg_json_refuse(in, "algorithm",
                       "NIST_P256, NIST_P384, ECC_ED_25519, RSA_2048, RSA_3072 or RSA_4096 is "
                       "needed");
    }
    return alg;
}

/** YYYY-MM-DDTHH:MM:SS[.mmm]Z to seconds. */
static int64_t read_time(struct eg_json_in *in, const char *name)
{
    const char *text = eg_json_text(in, name, EG_JSON_REQUIRED, 20, 24);
    struct tm tm = {0};
    if (text == NULL) {
        return 0;
    }
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (end != NULL && *end == '.') {
        end += 1 + strspn(end + 1, "0123456789");
    }
    if (end == NULL || strcmp(end, "Z") != 0) {
        eg_json_refuse(in, name, "a time of the form 2026-01-31T12:00:00.000Z is needed");
        return 0;
    }
    return timegm(&tm);
}

static void read_validity(struct eg_json_in *in, struct eg_object_def *d)
{
    struct eg_json_in v;
    if (!eg_json_object(in, "certificateValidity", EG_JSON_OPTIONAL, &v)) {
        return;
    }
    const char *kind = eg_json_text(&v, "validityType", EG_JSON_REQUIRED, 1, EG_LIMIT_NAME_CHARS);
    if (kind != NULL && strcmp(kind, "DATE") == 0) {
        d->validity = EG_VALIDITY_DATE;
        d->not_before_s = read_time(&v, "validityNotBefore");
        d->not_after_s = read_time(&v, "validityNotAfter");
        if (d->not_after_s <= d->not_before_s) {
            eg_json_refuse(&v, "validityNotAfter", "a time after validityNotBefore is needed");
        }
    } else if (kind != NULL && strcmp(kind, "DAYS") == 0) {
        d->validity = EG_VALIDITY_DAYS;
        d->days = eg_json_number(&v, "validityDays", EG_JSON_REQUIRED, 0, 1, DAYS_MAX);
    } else if (kind != NULL) {
        eg_json_refuse(&v, "validityType", "DATE or DAYS is needed");
    }
    eg_json_join(in, &v);
}

/** Names of an array to an OR of bits. */
static uint32_t read_bits(struct eg_json_in *in, const char *name, uint32_t absent,
                          uint32_t (*bit_of)(const char *))
{
    const json_t *list = eg_json_array(in, name, EG_JSON_OPTIONAL, 0, 16);
    uint32_t bits = list == NULL ? absent : 0;
    for (size_t i = 0; list != NULL && i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        uint32_t bit = text == NULL ? 0 : bit_of(text);
        if (bit == 0) {
            eg_json_refuse(in, name, "there is a name that is not known");
        }
        bits |= bit;
    }
    return bits;
}

static int read_tristate(struct eg_json_in *in, const char *name)
{
    return eg_json_has(in, name) ? (eg_json_bool(in, name, false) ? 1 : 0) : -1;
}

static void read_subject(struct eg_json_in *in, struct eg_object_def *d)
{
    struct eg_json_in s;
    d->country = d->organization = d->unit = "";
    if (eg_json_object(in, "subject", EG_JSON_OPTIONAL, &s)) {
        d->country = text_or_empty(&s, "country", 2);
        d->organization = text_or_empty(&s, "organization", EG_X509_TEXT_MAX);
        d->unit = text_or_empty(&s, "organizationalUnit", EG_X509_TEXT_MAX);
        d->serial_number = eg_json_bool(&s, "serialNumber", false);
    }
    eg_json_join(in, &s);
}

static void read_certificate(struct eg_json_in *in, struct eg_arena *arena, struct eg_object_def *d)
{
    (void)arena;
    d->key_pair_id = eg_json_number(in, "keyPairId", EG_JSON_REQUIRED, 0, 1, INT64_MAX);
    d->ca_id = eg_json_number(in, "intermediateCaId", EG_JSON_REQUIRED, 0, 1, INT64_MAX);
    d->cn_prefix = text_or_empty(in, "commonNamePrefix", EG_LIMIT_CERT_PREFIX_CHARS);
    d->profile = text_or_empty(in, "profile", EG_LIMIT_NAME_CHARS);
    d->vendor_id = text_or_empty(in, "vendorId", EG_X509_MATTER_ID_LEN);
    d->product_id = text_or_empty(in, "productId", EG_X509_MATTER_ID_LEN);
    d->basic_constraints = eg_json_bool(in, "basicConstraints", false);
    d->no_crl_point = !eg_json_bool(in, "includeCrlDistributionPoint", true);
    d->usage_given = eg_json_has(in, "keyUsage");
    d->ext_usage_given = eg_json_has(in, "extendedKeyUsage");
    read_subject(in, d);
    read_validity(in, d);
    eg_renewal_policy_read(in, &d->renewal);
    if (d->renewal.on && d->validity != EG_VALIDITY_DAYS) {
        eg_json_refuse(in, "renewal", "a certificateValidity of type DAYS is needed with it");
    }
    bool signing = eg_json_bool(in, "allowSigning", true);
    d->key_usage = read_bits(
        in, "keyUsage", signing ? EG_KU_DIGITAL_SIGNATURE : EG_KU_KEY_AGREEMENT, eg_key_usage_bit);
    d->ext_key_usage = read_bits(in, "extendedKeyUsage", EG_EKU_CLIENT_AUTH, eg_ext_key_usage_bit);
    d->ski = read_tristate(in, "includeSubjectKeyIdentifier");
    d->aki = read_tristate(in, "includeAuthorityKeyIdentifier");
    d->chain = eg_json_bool(in, "includeChain", true);
}

static void read_keypair(struct eg_json_in *in, struct eg_arena *arena, struct eg_object_def *d)
{
    (void)arena;
    d->alg = read_algorithm(in, EG_JSON_REQUIRED);
}

static void read_hmac(struct eg_json_in *in, struct eg_arena *arena, struct eg_object_def *d)
{
    d->size = (uint32_t)eg_json_number(in, "keySize", EG_JSON_OPTIONAL, 32, 1, 256);
    d->cms = read_cms(in, arena, "cmsEncryptedKey");
}

static void read_aes(struct eg_json_in *in, struct eg_arena *arena, struct eg_object_def *d)
{
    const char *size = eg_json_text(in, "keySize", EG_JSON_OPTIONAL, 1, EG_LIMIT_NAME_CHARS);
    bool small = size != NULL && strcmp(size, "AES128") == 0;
    if (size != NULL && strcmp(size, "AES256") != 0 &&
        !(small && d->type == EG_OBJECT_MASTER_KEY)) {
        eg_json_refuse(in, "keySize",
                       d->type == EG_OBJECT_MASTER_KEY ? "AES128 or AES256 is needed"
                                                       : "AES256 is needed");
    }
    d->size = small ? 16 : 32;
    d->cms = read_cms(in, arena, "cmsEncryptedKey");
}

static const char *read_check_sum(struct eg_json_in *in)
{
    return eg_json_text(in, "checkSum", EG_JSON_OPTIONAL, 1, EG_LIMIT_CHECK_SUM_CHARS);
}

static void read_file(struct eg_json_in *in, struct eg_arena *arena, struct eg_object_def *d)
{
    struct eg_json_in p;
    if (!eg_json_object(in, "payload", EG_JSON_REQUIRED, &p)) {
        return;
    }
    d->test_only = eg_json_bool(in, "testOnly", false);
    const char *kind = eg_json_text(&p, "binaryFileType", EG_JSON_REQUIRED, 1, EG_LIMIT_NAME_CHARS);
    d->confidential = kind != NULL && strcmp(kind, "CONFIDENTIAL") == 0;
    d->pgp = d->pgp || has_pgp(&p);
    if (kind != NULL && !d->confidential && strcmp(kind, "NON_CONFIDENTIAL") != 0) {
        eg_json_refuse(&p, "binaryFileType", "CONFIDENTIAL or NON_CONFIDENTIAL is needed");
    } else if (d->confidential) {
        d->cms = read_cms(&p, arena, "cmsEncryptedBinaryFile");
        d->size = (uint32_t)eg_json_number(&p, "length", EG_JSON_OPTIONAL, 0, 0, INT32_MAX);
    } else {
        d->data = read_base64(&p, arena, "binaryFile", EG_JSON_REQUIRED);
        d->check_sum = read_check_sum(&p);
        d->size = (uint32_t)d->data.len;
    }
    eg_json_join(in, &p);
}

static void read_public_key(struct eg_json_in *in, struct eg_arena *arena, struct eg_object_def *d)
{
    (void)arena;
    const char *pem = eg_json_text(in, "publicKey", EG_JSON_REQUIRED, 1, EG_LIMIT_BODY_SMALL);
    d->alg = read_algorithm(in, EG_JSON_OPTIONAL);
    d->check_sum = read_check_sum(in);
    d->data = pem == NULL ? eg_span(NULL, 0) : eg_span_str(pem);
}

/** Who signs firmware for this boot key hash: public keys, or the word that none are given. */
static void read_evidence(struct eg_json_in *in, struct eg_object_def *d)
{
    const json_t *keys =
        eg_json_array(in, "signingPublicKeys", EG_JSON_OPTIONAL, 1, EG_EVIDENCE_KEYS_MAX);
    const char *word = eg_json_text(in, "evidence", EG_JSON_OPTIONAL, 1, EG_LIMIT_NAME_CHARS);
    for (size_t i = 0; keys != NULL && i < json_array_size(keys); i++) {
        const json_t *key = json_array_get(keys, i);
        if (!json_is_string(key) || json_string_length(key) == 0) {
            eg_json_refuse(in, "signingPublicKeys", "an array of public keys in PEM is needed");
            return;
        }
        d->evidence[d->evidence_count++] = eg_span(json_string_value(key), json_string_length(key));
    }
    d->evidence_waived = word != NULL;
    if (word != NULL && strcmp(word, "NONE") != 0) {
        eg_json_refuse(in, "evidence", "NONE is needed, or signingPublicKeys in its place");
    } else if (word != NULL && keys != NULL) {
        eg_json_refuse(in, "evidence", "NONE contradicts signingPublicKeys; leave one of them out");
    }
}

static void read_key_hash(struct eg_json_in *in, struct eg_arena *arena, struct eg_object_def *d)
{
    d->data = read_base64(in, arena, "binaryFile", EG_JSON_REQUIRED);
    d->size = (uint32_t)d->data.len;
    if (eg_ok(in->status) && d->data.len != 32) {
        eg_json_refuse(in, "binaryFile", "base64 of 32 bytes (the boot key hash) is needed");
    }
    read_evidence(in, d);
}

/** One reader per type. */
static void (*const readers[])(struct eg_json_in *, struct eg_arena *, struct eg_object_def *) = {
    [EG_OBJECT_KEYPAIR] = read_keypair,
    [EG_OBJECT_CERTIFICATE] = read_certificate,
    [EG_OBJECT_HMAC_KEY] = read_hmac,
    [EG_OBJECT_MASTER_KEY] = read_aes,
    [EG_OBJECT_BINARY_FILE] = read_file,
    [EG_OBJECT_STATIC_PUBLIC_KEY] = read_public_key,
    [EG_OBJECT_OEM_FW_AUTH_KEY_HASH] = read_key_hash,
    [EG_OBJECT_OEM_FW_DECRYPT_KEY] = read_aes,
};

static void read_custom_policy(struct eg_json_in *in, struct eg_object_def *d)
{
    struct eg_json_in p;
    d->custom_policy = true;
    if (!eg_json_object(in, "policies", EG_JSON_REQUIRED, &p)) {
        return;
    }
    const json_t *usages = eg_json_array(&p, "usages", EG_JSON_REQUIRED, 1, 16);
    for (size_t i = 0; usages != NULL && i < json_array_size(usages); i++) {
        const char *name = json_string_value(json_array_get(usages, i));
        if (name == NULL || !eg_ok(eg_policy_add_usage(eg_span_str(name), &d->policy.usage))) {
            eg_json_refuse(&p, "usages", "there is a usage that is not known");
        }
    }
    const char *alg = eg_json_text(&p, "algorithm", EG_JSON_OPTIONAL, 1, EG_LIMIT_NAME_CHARS);
    if (alg != NULL && !eg_ok(eg_policy_algorithm(eg_span_str(alg), &d->policy.algorithm))) {
        eg_json_refuse(&p, "algorithm", "this algorithm is not known");
    }
    eg_json_join(in, &p);
}

static void read_policy(struct eg_json_in *in, struct eg_object_def *d)
{
    const char *source =
        eg_json_text(in, "policySourceType", EG_JSON_OPTIONAL, 1, EG_LIMIT_NAME_CHARS);
    if (source == NULL || strcmp(source, "DEFAULT") == 0) {
        return;
    }
    if (strcmp(source, "CUSTOM") != 0) {
        eg_json_refuse(in, "policySourceType", "DEFAULT or CUSTOM is needed");
        return;
    }
    read_custom_policy(in, d);
}

static void read_common(struct eg_json_in *in, struct eg_object_def *d)
{
    d->name = eg_json_text(in, "name", EG_JSON_REQUIRED, 1, EG_LIMIT_NAME_CHARS);
    const char *type =
        eg_json_text(in, "secureObjectType", EG_JSON_REQUIRED, 1, EG_LIMIT_NAME_CHARS);
    const char *id = eg_json_text(in, "objectId", EG_JSON_REQUIRED, 1, OBJECT_ID_CHARS);
    d->type = type == NULL ? EG_OBJECT_NONE : eg_object_type_from_name(eg_span_str(type));
    if (type != NULL && d->type == EG_OBJECT_NONE) {
        eg_json_refuse(in, "secureObjectType", "this type is not known");
    }
    if (id != NULL && !eg_ok(eg_object_id_parse(eg_span_str(id), &d->object_id))) {
        eg_json_refuse(in, "objectId",
                       "a decimal number, or a hexadecimal one after 0x, is needed");
    }
    d->on_connection = eg_json_bool(in, "generateOnDeviceConnection", false);
    d->pgp = has_pgp(in);
}

eg_status eg_object_def_read(struct eg_json_in *in, struct eg_arena *arena,
                             struct eg_object_def *out)
{
    *out = (struct eg_object_def){.cn_prefix = "",
                                  .country = "",
                                  .organization = "",
                                  .unit = "",
                                  .profile = "",
                                  .vendor_id = "",
                                  .product_id = ""};
    read_common(in, out);
    if (eg_ok(in->status) && readers[out->type] != NULL) {
        readers[out->type](in, arena, out);
    }
    read_policy(in, out);
    return in->status;
}

bool eg_object_def_secret(const struct eg_object_def *def)
{
    return def->type == EG_OBJECT_HMAC_KEY || def->type == EG_OBJECT_MASTER_KEY ||
           def->type == EG_OBJECT_OEM_FW_DECRYPT_KEY ||
           (def->type == EG_OBJECT_BINARY_FILE && def->confidential);
}

struct eg_object eg_object_def_object(const struct eg_object_def *def)
{
    struct eg_object o = {
        .type = def->type,
        .id = def->object_id,
        .key_alg = def->alg,
        .size = def->size,
        .policy = def->policy,
    };
    if (!def->custom_policy) {
        o.policy = eg_policy_default(&o);
    }
    return o;
}
