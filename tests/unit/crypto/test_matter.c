/* SPDX-License-Identifier: Apache-2.0 */
/* Matter: ids in names, and the Certification Declaration against the published test vectors of the
 * Matter core specification (6.3, also in the test suite of the reference implementation). */
#include <stdio.h>
#include <string.h>

#include "lib/crypto/matter_cd.h"
#include "lib/crypto/x509.h"
#include "tests/unit/crypto/crypto_test.h"

#define CONTENT_1                                                                                  \
    "152400012501f1ff360205008018250334122c04135a49473230313431"                                   \
    "5a423333303030312d32342405002406002507942624080018"
#define CONTENT_2                                                                                  \
    "152400012501f2ff3602050180050280182503"                                                       \
    "34122c04135a494732303134325a423333303030322d323424050024060025079426240800"                   \
    "2509f1ff250a008018"
#define SIGNER "62fa823359acfaa9963e1cfa140addf504f37160"
#define SIGNED_1                                                                                   \
    "3081e806092a864886f70d010702a081da3081d7020103310d300b0609608648016503040201304506092a864886" \
    "f70d010701a0380436" CONTENT_1 "317c307a0201038014" SIGNER                                     \
    "300b0609608648016503040201300a06082a8648ce3d04030204463044022043"                             \
    "a63f2b943df33c38b3e02fcaa75fe3532aebbf5e63f5bbdbc0b1f01d3c4f6002204c1abf5f1807b81894b1576c47" \
    "e4724e4d966c612ed3fa25c118c3f2b3f90369"
/* The published test signer. */
#define SIGNER_POINT                                                                               \
    "043c398922452b55caf389c25bd1bca4656952ccb90e8869249ad8474653014cbf95d687965e036b521c51037e6b" \
    "8cedefca1eb44046694fa08882eed6519decba"
#define SIGNER_SCALAR "aef3484116e9481ec57be0472df41bf499064e5024ad869eca5e889802d48075"

static struct eg_cd vector_1(void)
{
    return (struct eg_cd){.vendor_id = 0xFFF1,
                          .product_ids = {0x8000},
                          .product_count = 1,
                          .device_type_id = 0x1234,
                          .certificate_id = "ZIG20141ZB330001-24",
                          .version_number = 0x2694,
                          .certification_type = EG_CD_TEST};
}

static void encodes_as_published(void **state)
{
    (void)state;
    uint8_t room[256];
    struct eg_writer w;
    struct eg_cd cd = vector_1();
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(eg_cd_encode(&cd, &w));
    assert_span(eg_writer_span(&w), hex(CONTENT_1));
    cd.vendor_id = 0xFFF2;
    cd.product_ids[0] = 0x8001;
    cd.product_ids[1] = 0x8002;
    cd.product_count = 2;
    memcpy(cd.certificate_id, "ZIG20142ZB330002-24", sizeof(cd.certificate_id));
    cd.has_dac_origin = true;
    cd.dac_origin_vendor_id = 0xFFF1;
    cd.dac_origin_product_id = 0x8000;
    w.len = 0;
    assert_ok(eg_cd_encode(&cd, &w));
    assert_span(eg_writer_span(&w), hex(CONTENT_2));
}

static void verify(const struct eg_cd_signed *cd)
{
    uint8_t room[128];
    struct eg_writer spki;
    struct eg_key *key = NULL;
    eg_writer_init(&spki, room, sizeof(room));
    eg_p256_spki(hex(SIGNER_POINT).ptr, &spki);
    assert_ok(eg_key_from_spki(test_crypto, eg_writer_span(&spki), &key));
    assert_ok(eg_verify(test_crypto, key, cd->content, cd->signature));
    eg_key_free(key);
}

static void reads_the_published_message(void **state)
{
    (void)state;
    struct eg_cd_signed found;
    struct eg_cd expected = vector_1();
    assert_ok(eg_cd_parse(hex(SIGNED_1), &found));
    assert_memory_equal(&found.cd, &expected, sizeof(expected));
    assert_span(found.key_id, hex(SIGNER));
    assert_span(found.content, hex(CONTENT_1));
    verify(&found);
}

/* Everything but the signature itself is fixed, the length of the frame varies with it. */
static void signs_as_published(void **state)
{
    (void)state;
    uint8_t room[EG_CD_LEN_MAX];
    struct eg_writer w;
    struct eg_cd cd = vector_1();
    struct eg_cd_signed found;
    struct eg_key *key = key_of(EG_KEY_P256, SIGNER_SCALAR);
    struct eg_span published = hex(SIGNED_1);
    eg_writer_init(&w, room, sizeof(room));
    do { /* until the signature has the length of the published one */
        w.len = 0;
        assert_ok(eg_cd_sign(test_crypto, &cd, key, &w));
        assert_ok(eg_cd_parse(eg_writer_span(&w), &found));
        verify(&found);
    } while (w.len != published.len);
    assert_memory_equal(room, published.ptr, (size_t)(found.signature.ptr - room));
    eg_key_free(key);
    key = key_of(EG_KEY_ED25519, SIGNER_SCALAR);
    assert_status(eg_cd_sign(test_crypto, &cd, key, &w), CRYPTO_BAD_KEY);
    eg_key_free(key);
}

static void refuses_what_no_declaration_may_say(void **state)
{
    (void)state;
    uint8_t room[EG_CD_LEN_MAX];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    for (int i = 0; i < 5; i++) {
        struct eg_cd cd = vector_1();
        switch (i) {
        case 0:
            cd.vendor_id = 0;
            break;
        case 1:
            cd.product_count = 0;
            break;
        case 2:
            cd.product_count = EG_CD_PRODUCTS_MAX + 1;
            break;
        case 3:
            cd.certificate_id[EG_CD_CERTIFICATE_ID_LEN - 1] = '\0';
            break;
        default:
            cd.certification_type = 3;
            break;
        }
        assert_status(eg_cd_encode(&cd, &w), CRYPTO_BAD_CMS);
        assert_int_equal(w.len, 0);
    }
}

static void refuses_every_other_message(void **state)
{
    (void)state;
    static const char *const changes[][2] = {
        {"240001", "240002"},                             /* format_version 2 */
        {"2501f1ff", "26010000"},                         /* vendor id of another width */
        {"36020500801825033412", "36030500801825023412"}, /* tags swapped */
        {"24080018", "24080318"},                         /* unknown certification_type */
        {"2c0413", "2c0412"},                             /* certificate_id too short */
        {"020103310d", "020101310d"},                     /* SignedData version 1 */
        {"8014" SIGNER, "8114" SIGNER},                   /* another kind of signer identifier */
        {"03040201300a06", "03040202300a06"},             /* another hash of the signer */
    };
    struct eg_span good = hex(SIGNED_1);
    uint8_t room[512];
    struct eg_cd_signed found;
    for (size_t len = 0; len < good.len; len++) {
        assert_status(eg_cd_parse(eg_span(good.ptr, len), &found), CRYPTO_BAD_CMS);
        assert_int_equal(found.content.len, 0);
    }
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        struct eg_span from = hex(changes[i][0]);
        struct eg_span to = hex(changes[i][1]);
        memcpy(room, good.ptr, good.len);
        uint8_t *at = memmem(room, good.len, from.ptr, from.len);
        assert_non_null(at);
        memcpy(at, to.ptr, to.len);
        assert_status(eg_cd_parse(eg_span(room, good.len), &found), CRYPTO_BAD_CMS);
    }
}

static void names_carry_matter_ids(void **state)
{
    (void)state;
    uint8_t room[EG_X509_NAME_LEN_MAX];
    struct eg_writer w;
    char vendor[EG_X509_MATTER_ID_LEN + 1];
    char product[EG_X509_MATTER_ID_LEN + 1];
    struct eg_x509_name name = {.matter_vendor = "FFF1", .matter_product = "8000"};
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(eg_x509_name_encode(&name, &w));
    assert_span(eg_writer_span(&w), hex("302c"
                                        "31143012060a2b0601040182a27c02010c0446464631"
                                        "31143012060a2b0601040182a27c02020c0438303030"));
    assert_ok(eg_x509_name_matter(eg_writer_span(&w), vendor, product));
    assert_string_equal(vendor, "FFF1");
    assert_string_equal(product, "8000");
}

static void refuses_other_matter_ids(void **state)
{
    (void)state;
    static const char *const bad[] = {"fff1", "FFF", "FFF12", "FFG1", " FFF"};
    uint8_t room[EG_X509_NAME_LEN_MAX];
    struct eg_writer w;
    char vendor[EG_X509_MATTER_ID_LEN + 1];
    char product[EG_X509_MATTER_ID_LEN + 1];
    eg_writer_init(&w, room, sizeof(room));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct eg_x509_name name = {.matter_vendor = bad[i]};
        assert_status(eg_x509_name_encode(&name, &w), CRYPTO_BAD_CERT);
        assert_int_equal(w.len, 0);
    }
    static const char twice[] = "302c31143012060a2b0601040182a27c02010c0446464631"
                                "31143012060a2b0601040182a27c02010c0446464632";
    const char *const names[] = {
        twice,
        "301631143012060a2b0601040182a27c02010c0466666631",
        "301531133011060a2b0601040182a27c02010c03464646",
        "3016",
        "",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_status(eg_x509_name_matter(hex(names[i]), vendor, product), CRYPTO_BAD_CERT);
        assert_string_equal(vendor, "");
    }
    assert_ok(eg_x509_name_matter(hex("3000"), vendor, product));
    assert_string_equal(vendor, "");
    assert_string_equal(product, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_as_published),
        cmocka_unit_test(reads_the_published_message),
        cmocka_unit_test(signs_as_published),
        cmocka_unit_test(refuses_what_no_declaration_may_say),
        cmocka_unit_test(refuses_every_other_message),
        cmocka_unit_test(names_carry_matter_ids),
        cmocka_unit_test(refuses_other_matter_ids),
    };
    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
