/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of a definition reads back as what was given, for every type. */
#include <stdlib.h>
#include <string.h>

#include "server/core/object_def.h"
#include "tests/unit/unit.h"

#define COMMON(type, id) "\"name\":\"n\",\"secureObjectType\":\"" type "\",\"objectId\":\"" id "\""

static const char *const given[] = {
    "{" COMMON("KEYPAIR", "4097") ",\"algorithm\":\"NIST_P384\",\"policySourceType\":\"CUSTOM\","
                                  "\"policies\":{\"usages\":[\"SIGN_HASH\",\"SIGN_MESSAGE\"],"
                                  "\"algorithm\":\"ECDSA_SHA384\"}}",
    "{" COMMON(
        "CERTIFICATE",
        "0x1002") ",\"keyPairId\":3,\"intermediateCaId\":4,"
                  "\"commonNamePrefix\":\"d-\",\"subject\":{\"country\":\"DE\",\"organization\":"
                  "\"O\","
                  "\"organizationalUnit\":\"U\",\"serialNumber\":true},\"certificateValidity\":"
                  "{\"validityType\":\"DATE\",\"validityNotBefore\":\"2026-01-01T00:00:00.000Z\","
                  "\"validityNotAfter\":\"2030-01-01T00:00:00.000Z\"},\"keyUsage\":["
                  "\"keyAgreement\"],"
                  "\"extendedKeyUsage\":[\"serverAuth\",\"clientAuth\"],"
                  "\"includeSubjectKeyIdentifier\":false,"
                  "\"includeChain\":false}",
    "{" COMMON("CERTIFICATE",
               "7") ",\"keyPairId\":3,\"intermediateCaId\":4,"
                    "\"certificateValidity\":{\"validityType\":\"DAYS\",\"validityDays\":365}}",
    "{" COMMON("HMAC_KEY", "5") ",\"keySize\":48}",
    "{" COMMON("MASTER_KEY", "5") ",\"keySize\":\"AES128\",\"generateOnDeviceConnection\":true}",
    "{" COMMON("BINARY_FILE", "5") ",\"payload\":{\"binaryFileType\":\"NON_CONFIDENTIAL\","
                                   "\"binaryFile\":\"aGVsbG8=\"}}",
    "{" COMMON("BINARY_FILE", "5") ",\"payload\":{\"binaryFileType\":\"CONFIDENTIAL\","
                                   "\"length\":12}}",
    "{" COMMON("STATIC_PUBLIC_KEY", "5") ",\"publicKey\":\"-----BEGIN\\nx\",\"algorithm\":"
                                         "\"RSA_2048\"}",
    "{" COMMON("OEM_FW_AUTH_KEY_HASH",
               "2147451258") ",\"binaryFile\":"
                             "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"}",
    "{" COMMON("OEM_FW_DECRYPT_KEY", "2147451259") "}",
};

static json_t *read_def(const char *text, struct eg_arena *arena, struct eg_object_def *out)
{
    struct eg_json_in in;
    json_t *v = json_loads(text, 0, NULL);
    assert_non_null(v);
    eg_json_in_init(&in, v, "");
    if (!eg_ok(eg_object_def_read(&in, arena, out))) {
        fail_msg("%s: %s", text, in.where);
    }
    return v;
}

static void assert_same_text(const char *a, const char *b)
{
    assert_string_equal(a == NULL ? "" : a, b == NULL ? "" : b);
}

static void assert_same(const struct eg_object_def *a, const struct eg_object_def *b)
{
    struct eg_object one = eg_object_def_object(a), two = eg_object_def_object(b);
    assert_memory_equal(&one, &two, sizeof(one));
    assert_same_text(a->name, b->name);
    assert_same_text(a->cn_prefix, b->cn_prefix);
    assert_same_text(a->country, b->country);
    assert_same_text(a->organization, b->organization);
    assert_same_text(a->unit, b->unit);
    assert_true(eg_span_equal(a->data, b->data));
    assert_int_equal(a->on_connection, b->on_connection);
    assert_int_equal(a->key_pair_id, b->key_pair_id);
    assert_int_equal(a->ca_id, b->ca_id);
    assert_int_equal(a->serial_number, b->serial_number);
    assert_int_equal(a->ski, b->ski);
    assert_int_equal(a->aki, b->aki);
    assert_int_equal(a->chain, b->chain);
    assert_int_equal(a->key_usage, b->key_usage);
    assert_int_equal(a->ext_key_usage, b->ext_key_usage);
    assert_int_equal(a->validity, b->validity);
    assert_int_equal(a->not_before_s, b->not_before_s);
    assert_int_equal(a->not_after_s, b->not_after_s);
    assert_int_equal(a->days, b->days);
    assert_int_equal(a->confidential, b->confidential);
}

static void kept_text_reads_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
        struct eg_arena arena;
        struct eg_object_def first, second;
        eg_arena_init(&arena, EG_ARENA_REQUEST_MAX);
        json_t *a = read_def(given[i], &arena, &first);
        char *text = eg_object_def_text(&first);
        assert_non_null(text);
        json_t *b = read_def(text, &arena, &second);
        assert_same(&first, &second);
        free(text);
        json_decref(a);
        json_decref(b);
        eg_arena_cleanup(&arena);
    }
}

static void secrets_are_not_kept(void **state)
{
    (void)state;
    struct eg_arena arena;
    struct eg_object_def def;
    eg_arena_init(&arena, EG_ARENA_REQUEST_MAX);
    json_t *v =
        read_def("{" COMMON("HMAC_KEY", "5") ",\"cmsEncryptedKey\":\"c2VjcmV0\"}", &arena, &def);
    assert_true(eg_object_def_secret(&def));
    assert_int_equal(def.cms.len, 6);
    char *text = eg_object_def_text(&def);
    assert_non_null(text);
    assert_null(strstr(text, "c2VjcmV0"));
    assert_null(strstr(text, "cms"));
    free(text);
    json_decref(v);
    eg_arena_cleanup(&arena);
}

static void certificate_defaults(void **state)
{
    (void)state;
    struct eg_arena arena;
    struct eg_object_def def;
    eg_arena_init(&arena, EG_ARENA_REQUEST_MAX);
    json_t *v = read_def("{" COMMON("CERTIFICATE", "5") ",\"keyPairId\":1,\"intermediateCaId\":2}",
                         &arena, &def);
    assert_int_equal(def.key_usage, EG_KU_DIGITAL_SIGNATURE);
    assert_int_equal(def.ext_key_usage, EG_EKU_CLIENT_AUTH);
    assert_int_equal(def.validity, EG_VALIDITY_OF_CA);
    assert_true(def.ski == -1 && def.aki == -1 && def.chain && !def.serial_number);
    json_decref(v);
    eg_arena_cleanup(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_text_reads_back),
        cmocka_unit_test(secrets_are_not_kept),
        cmocka_unit_test(certificate_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
