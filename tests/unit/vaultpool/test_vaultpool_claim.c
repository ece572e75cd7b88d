/* SPDX-License-Identifier: Apache-2.0 */
/* CLAIM_OPEN and CLAIM_TAG on a real worker, under its sandbox. */
#include <string.h>

#include "lib/crypto/x509.h"
#include "lib/object/claim.h"
#include "lib/object/object.h"
#include "tests/unit/unit.h"
#include "tests/unit/vaultpool/pool_fixture.h"

static struct fix_pool f;
static struct eg_vaultpool_key key;
static struct eg_crypto *crypto;
static uint8_t claim_public[EG_P256_POINT_LEN];
static const struct eg_uuid uuid = {{1, 2, 3}};
static const char code[] = "c29tZSBjbGFpbSBjb2Rl";

static int set_up(void **state)
{
    (void)state;
    const struct eg_vault_service_request rq = {.company_id = FIX_COMPANY,
                                                .purpose = EG_VAULT_SERVICE_CLAIM,
                                                .common_name = eg_span_str("claim"),
                                                .not_before_s = FIX_NOW_S,
                                                .not_after_s = FIX_NOW_S + 86400,
                                                .now_ms = (int64_t)FIX_NOW_S * 1000};
    struct eg_x509_info info;
    struct eg_span point;
    fix_pool_open(&f, 1);
    fix_pool_fill(&f);
    assert_ok(eg_crypto_new(&crypto));
    assert_ok(eg_vaultpool_service_key_create(f.pool, &rq, &key));
    assert_ok(eg_x509_parse(key.certificate, &info));
    assert_int_equal(info.key_usage, EG_KU_KEY_AGREEMENT);
    assert_ok(eg_object_public_value(info.spki, &point));
    memcpy(claim_public, point.ptr, sizeof(claim_public));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    eg_vaultpool_key_free(&key);
    eg_crypto_free(crypto);
    fix_pool_close(&f);
    return 0;
}

static struct eg_span sealed(const char *text, uint8_t room[static EG_CLAIM_BLOB_MAX])
{
    struct eg_writer w;
    eg_writer_init(&w, room, EG_CLAIM_BLOB_MAX);
    assert_ok(eg_claim_seal(crypto, claim_public, &uuid, eg_span_str(text), &w));
    return eg_writer_span(&w);
}

static struct eg_vault_claim_request request(struct eg_span blob)
{
    return (struct eg_vault_claim_request){
        {FIX_COMPANY, key.wrapped_key, key.certificate}, uuid, blob};
}

static void a_codes_tag_is_that_of_its_blob(void **state)
{
    (void)state;
    const struct eg_span texts[] = {eg_span_str("YW5vdGhlciBjb2RlIQ=="), eg_span_str(code)};
    struct eg_vault_claim_tag_request tags = {FIX_COMPANY, texts, 2};
    uint8_t made[2][EG_VAULT_CLAIM_TAG_LEN], got[EG_VAULT_CLAIM_TAG_LEN];
    uint8_t room[EG_CLAIM_BLOB_MAX];
    struct eg_vault_claim_request q = request(sealed(code, room));
    assert_ok(eg_vaultpool_claim_tag(f.pool, &tags, made[0]));
    assert_ok(eg_vaultpool_claim_open(f.pool, &q, got));
    assert_memory_equal(got, made[1], sizeof(got));
    assert_memory_not_equal(made[0], made[1], sizeof(got));
    tags.company_id++; /* the same words of another company are another code */
    assert_ok(eg_vaultpool_claim_tag(f.pool, &tags, made[0]));
    assert_memory_not_equal(made[1], got, sizeof(got));
}

static void refusals(void **state)
{
    (void)state;
    uint8_t room[EG_CLAIM_BLOB_MAX], got[EG_VAULT_CLAIM_TAG_LEN];
    static const uint8_t none[EG_VAULT_CLAIM_TAG_LEN];
    struct eg_span blob = sealed(code, room);
    struct eg_vault_claim_request q = request(blob);
    q.uuid.bytes[0] ^= 1;
    assert_status(eg_vaultpool_claim_open(f.pool, &q, got), CLAIM_BLOB_SEALED);
    assert_memory_equal(got, none, sizeof(got));
    q = request(blob);
    q.key.company_id++;
    assert_status(eg_vaultpool_claim_open(f.pool, &q, got), VAULT_WRAPPED);
    q = request(blob);
    q.key.wrapped_key = f.manifest_key.wrapped_key; /* a key of another purpose */
    assert_status(eg_vaultpool_claim_open(f.pool, &q, got), VAULT_WRAPPED);
    q = request(eg_span_str("c29tZSBjbGFpbSBjb2Rl"));
    assert_status(eg_vaultpool_claim_open(f.pool, &q, got), CLAIM_BLOB_TYPE);
    q = request(eg_span(blob.ptr, blob.len - 1));
    assert_status(eg_vaultpool_claim_open(f.pool, &q, got), CLAIM_BLOB);
    room[blob.len - 1] ^= 1;
    q = request(blob);
    assert_status(eg_vaultpool_claim_open(f.pool, &q, got), CLAIM_BLOB_SEALED);
}

static void tags_are_bounded(void **state)
{
    (void)state;
    static uint8_t out[EG_VAULT_CLAIM_TAGS_MAX * EG_VAULT_CLAIM_TAG_LEN];
    struct eg_span texts[EG_VAULT_CLAIM_TAGS_MAX];
    char longest[EG_CLAIM_TEXT_MAX + 1];
    memset(longest, 'A', EG_CLAIM_TEXT_MAX);
    longest[EG_CLAIM_TEXT_MAX] = '\0';
    for (size_t i = 0; i < EG_VAULT_CLAIM_TAGS_MAX; i++) {
        texts[i] = eg_span_str(longest);
    }
    struct eg_vault_claim_tag_request q = {FIX_COMPANY, texts, EG_VAULT_CLAIM_TAGS_MAX};
    assert_ok(eg_vaultpool_claim_tag(f.pool, &q, out));
    q.count++;
    assert_status(eg_vaultpool_claim_tag(f.pool, &q, out), VAULT_LIMIT);
    q.count = 1;
    texts[0] = eg_span_str("too short");
    assert_status(eg_vaultpool_claim_tag(f.pool, &q, out), CLAIM_SECRET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_codes_tag_is_that_of_its_blob),
        cmocka_unit_test(refusals),
        cmocka_unit_test(tags_are_bounded),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
