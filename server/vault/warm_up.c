/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vault/warm_up.h"

#include <time.h>

#include "lib/crypto/cms.h"
#include "server/vault/certify.h"
#include "server/vault/ops.h"

enum {
    TEST_NOW_S = 1767225600, /* 2026-01-01; any time does */
    TEST_YEAR_S = 31536000,
    ANSWER_MAX = 16384,
};

static const enum eg_key_alg algorithms[] = {EG_KEY_P256, EG_KEY_P384, EG_KEY_ED25519};

/* Run an operation as a message would; *result borrows from room. */
static eg_status call(struct eg_vault *v, uint16_t op, const struct eg_writer *body,
                      struct eg_writer *answer, struct eg_span *result)
{
    EG_TRY(body->status);
    eg_vault_answer(v, op, eg_writer_span(body), answer);
    return eg_vault_get_answer(eg_writer_span(answer), result);
}

static eg_status try_ca(struct eg_vault *v, enum eg_key_alg alg)
{
    uint8_t body_room[512];
    uint8_t answer_room[ANSWER_MAX];
    struct eg_writer body;
    struct eg_writer answer;
    struct eg_span result;
    struct eg_vault_ca_request q = {
        .algorithm = (uint8_t)alg,
        .subject.common_name = eg_span_str("self test"),
        .not_before_s = TEST_NOW_S,
        .not_after_s = TEST_NOW_S + TEST_YEAR_S,
        .path_len = -1,
        .now_ms = TEST_NOW_S * INT64_C(1000),
    };
    eg_writer_init(&body, body_room, sizeof(body_room));
    eg_writer_init(&answer, answer_room, sizeof(answer_room));
    eg_vault_put_ca(&body, &q);
    EG_TRY(call(v, EG_VAULT_OP_CA_CREATE, &body, &answer, &result));
    struct eg_vault_key_result made;
    EG_TRY(eg_vault_get_key_result(result, &made));
    const struct eg_vault_ca ca = {made.wrapped_key, made.certificate};
    const struct eg_issuer *issuer;
    EG_TRY(eg_issuer_open(v, 0, &ca, &issuer));
    return eg_x509_check_issued(v->crypto, ca.certificate, ca.certificate);
}

/* sealed(signed(text)) and back, to a key made by the operation. */
static eg_status try_cms(const struct eg_key *key, struct eg_span certificate)
{
    static const char text[] = "self test";
    struct eg_cms_bytes signed_text = {0};
    struct eg_cms_bytes sealed = {0};
    struct eg_cms_bytes opened = {0};
    struct eg_cms_bytes checked = {0};
    size_t signer;
    eg_status st;
    EG_TRY_GOTO(st, end, eg_cms_sign(certificate, key, eg_span_str(text), &signed_text));
    EG_TRY_GOTO(st, end,
                eg_cms_seal(certificate, eg_span(signed_text.ptr, signed_text.len), &sealed));
    EG_TRY_GOTO(st, end, eg_cms_open(eg_span(sealed.ptr, sealed.len), certificate, key, &opened));
    EG_TRY_GOTO(st, end,
                eg_cms_verify(eg_span(opened.ptr, opened.len), &certificate, 1, &checked, &signer));
    if (!eg_span_equal(eg_span(checked.ptr, checked.len), eg_span_str(text))) {
        st = EG_ERR(CRYPTO_FAILED);
    }
end:
    eg_cms_bytes_free(&signed_text);
    eg_cms_bytes_free(&sealed);
    eg_cms_bytes_free(&opened);
    eg_cms_bytes_free(&checked);
    return st;
}

static eg_status try_service_key(struct eg_vault *v)
{
    uint8_t certificate_room[EG_VAULT_CERTIFICATE_MAX];
    uint8_t name_room[EG_X509_NAME_LEN_MAX];
    struct eg_writer certificate;
    struct eg_writer name;
    struct eg_key *key = NULL;
    struct eg_vault_subject subject = {.common_name = eg_span_str("self test")};
    eg_writer_init(&certificate, certificate_room, sizeof(certificate_room));
    eg_writer_init(&name, name_room, sizeof(name_room));
    EG_TRY(eg_certify_subject(&subject, &name));
    struct eg_x509_template t = {
        .subject_name = eg_writer_span(&name),
        .not_before_s = TEST_NOW_S,
        .not_after_s = TEST_NOW_S + TEST_YEAR_S,
        .path_len = -1,
        .key_usage = EG_KU_KEY_AGREEMENT | EG_KU_DIGITAL_SIGNATURE,
    };
    EG_TRY(eg_key_generate(v->crypto, EG_KEY_P256, &key));
    eg_status st = eg_certify_self(v, &t, key, TEST_NOW_S * INT64_C(1000), &certificate);
    if (eg_ok(st)) {
        st = try_cms(key, eg_writer_span(&certificate));
    }
    eg_key_free(key);
    return st;
}

eg_status eg_vault_warm_up(struct eg_vault *v)
{
    tzset();
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
        EG_TRY(try_ca(v, algorithms[i]));
    }
    return try_service_key(v);
}
