/* SPDX-License-Identifier: Apache-2.0 */
/* CRLs and requests byte by byte: what each field is, what is refused. That other programs read and
 * verify them is shown in tests/scenario/test_revocation.py and test_ca_csr.py. */
#include <stdlib.h>
#include <string.h>

#include "lib/crypto/x509_crl.h"
#include "lib/crypto/x509_csr.h"
#include "lib/crypto/x509_der.h"
#include "tests/unit/crypto/crypto_test.h"

enum { NOW = 1767225600 }; /* 2026-01-01 */

static const char SCALAR[] = "519b423d715f8b581f4fa8ee59f4771a5b44c8130b4e3eacca54a56dda72b464";
#define NAME "300d310b300906035504030c024341" /* CN=CA */
#define AKI  "000102030405060708090a0b0c0d0e0f10111213"

static struct eg_crl_template a_crl(const struct eg_crl_entry *entries, size_t count)
{
    return (struct eg_crl_template){.issuer_name = hex(NAME),
                                    .aki = hex(AKI),
                                    .number = 0x80,
                                    .this_update_s = NOW,
                                    .next_update_s = NOW + 86400,
                                    .entries = entries,
                                    .count = count};
}

static eg_status sign(const struct eg_crl_template *t, struct eg_writer *w)
{
    struct eg_key *key = key_of(EG_KEY_P256, SCALAR);
    eg_status st = eg_crl_sign(test_crypto, t, key, w);
    eg_key_free(key);
    return st;
}

/* Signature over the first element of a signed DER structure. */
static void check_signature(struct eg_span der)
{
    struct eg_key *key = key_of(EG_KEY_P256, SCALAR);
    struct eg_reader r;
    eg_reader_init(&r, der);
    struct eg_reader whole = eg_der_enter(&r, EG_DER_SEQUENCE);
    struct eg_span tbs = eg_der_take_whole(&whole, EG_DER_SEQUENCE);
    (void)eg_der_take(&whole, EG_DER_SEQUENCE);
    struct eg_span bits = eg_der_take(&whole, EG_DER_BIT_STRING);
    eg_der_leave(&r, &whole);
    assert_ok(eg_reader_finish(&r));
    assert_ok(eg_verify(test_crypto, key, tbs, eg_span(bits.ptr + 1, bits.len - 1)));
    eg_key_free(key);
}

static void an_empty_list_has_no_entries(void **state)
{
    (void)state;
    uint8_t room[1024];
    struct eg_writer w;
    struct eg_crl_template t = a_crl(NULL, 0);
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(sign(&t, &w));
    assert_true(w.len <= eg_crl_len_max(0));
    check_signature(eg_writer_span(&w));
    struct eg_span head = hex("306e0201"
                              "01300a06082a8648ce3d040302" NAME "170d3236303130313030303030305a"
                              "170d3236303130323030303030305a"
                              "a030302e301f0603551d23041830168014" AKI "300b0603551d140404020200"
                              "80");
    struct eg_reader r;
    eg_reader_init(&r, eg_writer_span(&w));
    struct eg_reader crl = eg_der_enter(&r, EG_DER_SEQUENCE);
    assert_span(eg_der_take_whole(&crl, EG_DER_SEQUENCE), head);
}

static void entries_carry_time_and_reason(void **state)
{
    (void)state;
    uint8_t room[1024];
    struct eg_writer w;
    const struct eg_crl_entry entries[] = {
        {hex("05"), NOW, EG_CRL_UNSPECIFIED},
        {hex("0080"), NOW + 1, EG_CRL_KEY_COMPROMISE},
        {hex("4001"), NOW + 2, EG_CRL_PRIVILEGE_WITHDRAWN},
    };
    struct eg_crl_template t = a_crl(entries, 3);
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(sign(&t, &w));
    check_signature(eg_writer_span(&w));
    struct eg_span list =
        hex("3055"
            "3012020105170d3236303130313030303030305a"
            "302102020080170d3236303130313030303030315a300c300a0603551d1504030a0101"
            "302102024001"
            "170d3236303130313030303030325a300c300a0603551d1504030a0109");
    list = eg_span(list.ptr + 2, list.len - 2);
    assert_non_null(memmem(room, w.len, list.ptr, list.len));
}

static void refuse_crl(const struct eg_crl_template *t)
{
    uint8_t room[1024];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    assert_status(sign(t, &w), CRYPTO_BAD_CERT);
    assert_int_equal(w.len, 0);
}

static void refuses_what_no_crl_may_say(void **state)
{
    (void)state;
    const struct eg_crl_entry same[] = {{hex("05"), NOW, 0}, {hex("0005"), NOW, 0}};
    const struct eg_crl_entry back[] = {{hex("0100"), NOW, 0}, {hex("7f"), NOW, 0}};
    const struct eg_crl_entry hold = {hex("05"), NOW, 6};
    const struct eg_crl_entry negative = {hex("80"), NOW, 0};
    const struct eg_crl_entry nothing = {{NULL, 0}, NOW, 0};
    const struct eg_crl_entry longer = {hex("010203040506070809101112131415161718192021"), NOW, 0};
    const struct eg_crl_entry early = {hex("05"), -700000000, 0};
    struct eg_crl_template t = a_crl(same, 2);
    refuse_crl(&t);
    t = a_crl(back, 2);
    refuse_crl(&t);
    const struct eg_crl_entry *const alone[] = {&hold, &negative, &nothing, &longer, &early};
    for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++) {
        t = a_crl(alone[i], 1);
        refuse_crl(&t);
    }
    t = a_crl(NULL, 0);
    t.next_update_s = t.this_update_s;
    refuse_crl(&t);
    t = a_crl(NULL, 0);
    t.issuer_name = hex("3000");
    refuse_crl(&t);
    t = a_crl(NULL, 0);
    t.aki = eg_span(NULL, 0);
    refuse_crl(&t);
}

/* Lengths of three bytes: more entries than 64 KiB hold. */
static void a_long_list_fits(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    struct eg_crl_entry *entries = calloc(COUNT, sizeof(*entries));
    uint8_t(*serials)[16] = calloc(COUNT, sizeof(*serials));
    size_t room_len = eg_crl_len_max(COUNT);
    uint8_t *room = malloc(room_len);
    struct eg_writer w;
    assert_non_null(entries);
    assert_non_null(serials);
    assert_non_null(room);
    for (size_t i = 0; i < COUNT; i++) {
        serials[i][0] = 0x40;
        serials[i][14] = (uint8_t)(i >> 8);
        serials[i][15] = (uint8_t)i;
        entries[i] = (struct eg_crl_entry){EG_SPAN_OF(serials[i]), NOW, EG_CRL_KEY_COMPROMISE};
    }
    struct eg_crl_template t = a_crl(entries, COUNT);
    eg_writer_init(&w, room, room_len);
    assert_ok(sign(&t, &w));
    assert_true(w.len > 200000);
    check_signature(eg_writer_span(&w));
    w = (struct eg_writer){room, 0, 1000, EG_OK};
    assert_status(sign(&t, &w), NO_ROOM);
    assert_int_equal(w.len, 0);
    free(room);
    free(serials);
    free(entries);
}

static void reasons_have_names(void **state)
{
    (void)state;
    uint8_t reason = 99;
    int known = 0;
    for (unsigned i = 0; i < 16; i++) {
        const char *name = eg_crl_reason_name((uint8_t)i);
        if (name[0] != '\0') {
            assert_true(eg_crl_reason_from_name(eg_span_str(name), &reason));
            assert_int_equal(reason, i);
            known++;
        }
    }
    assert_int_equal(known, 7);
    assert_false(eg_crl_reason_from_name(eg_span_str("certificateHold"), &reason));
}

static void a_request_names_what_the_ca_shall_be(void **state)
{
    (void)state;
    uint8_t room[1024];
    struct eg_writer w;
    struct eg_key *key = key_of(EG_KEY_P256, SCALAR);
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(eg_csr_sign_ca(test_crypto, hex(NAME), 0, key, &w));
    check_signature(eg_writer_span(&w));
    struct eg_span constraints = hex("30120603551d130101ff040830060101ff020100");
    struct eg_span usage = hex("300e0603551d0f0101ff040403020106");
    assert_non_null(memmem(room, w.len, constraints.ptr, constraints.len));
    assert_non_null(memmem(room, w.len, usage.ptr, usage.len));
    struct eg_span subject;
    struct eg_span spki;
    assert_ok(eg_csr_parse(eg_writer_span(&w), &subject, &spki));
    assert_span(subject, hex(NAME));
    assert_int_equal(spki.len, 91);
    for (size_t len = 0; len < w.len; len++) {
        assert_status(eg_csr_parse(eg_span(room, len), &subject, &spki), CRYPTO_BAD_CERT);
        assert_int_equal(spki.len, 0);
    }
    w.len = 0;
    assert_ok(eg_csr_sign_ca(test_crypto, hex(NAME), -1, key, &w));
    constraints = hex("300f0603551d130101ff040530030101ff");
    assert_non_null(memmem(room, w.len, constraints.ptr, constraints.len));
    w.len = 0;
    assert_status(eg_csr_sign_ca(test_crypto, hex("3000"), 0, key, &w), CRYPTO_BAD_CERT);
    assert_status(eg_csr_sign_ca(test_crypto, hex(NAME), 128, key, &w), CRYPTO_BAD_CERT);
    assert_status(eg_csr_sign_ca(test_crypto, hex(NAME), -2, key, &w), CRYPTO_BAD_CERT);
    assert_int_equal(w.len, 0);
    eg_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_list_has_no_entries),
        cmocka_unit_test(entries_carry_time_and_reason),
        cmocka_unit_test(refuses_what_no_crl_may_say),
        cmocka_unit_test(a_long_list_fits),
        cmocka_unit_test(reasons_have_names),
        cmocka_unit_test(a_request_names_what_the_ca_shall_be),
    };
    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
