/* SPDX-License-Identifier: Apache-2.0 */
/* Which images the boot ROM takes. */
#include <string.h>

#include "tests/unit/unit.h"
#include "tests/unit/vchip/vchip_support.h"
#include "vchip/chip_storage.h"
#include "vchip/memory.h"

static struct eg_tc_bench bench;
static struct eg_key *signer, *stranger;
static uint8_t image[4096];
static size_t image_len, body_len;

static int start(void **state)
{
    (void)state;
    eg_tc_setup(&bench, "mcxn947");
    assert_ok(eg_key_generate(bench.crypto, EG_KEY_P256, &signer));
    assert_ok(eg_key_generate(bench.crypto, EG_KEY_P256, &stranger));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    eg_key_free(signer);
    eg_key_free(stranger);
    eg_tc_teardown(&bench);
    return 0;
}

static void tlv(struct eg_writer *w, uint16_t type, struct eg_span value)
{
    eg_writer_le16(w, type);
    eg_writer_le16(w, (uint16_t)value.len);
    eg_writer_bytes(w, value);
}

/* Header, payload, TLVs; pub travels, key signs (NULL: no signature). */
static void make_image(const struct eg_key *pub, const struct eg_key *key, size_t pad)
{
    static const char payload[] = "an application";
    uint8_t digest[32];
    uint8_t spki[EG_SPKI_LEN_MAX];
    uint8_t sig[EG_SIGNATURE_LEN_MAX] = {0};
    struct eg_writer w;
    struct eg_writer s;
    struct eg_writer g;
    eg_writer_init(&w, image, sizeof(image));
    eg_writer_le32(&w, 0x96f3b83d);
    eg_writer_le32(&w, 0);
    eg_writer_le16(&w, 32);
    eg_writer_le16(&w, 0);
    eg_writer_le32(&w, sizeof(payload));
    eg_writer_le32(&w, 0);
    eg_writer_u8(&w, 1);
    eg_writer_u8(&w, 2);
    eg_writer_le16(&w, 3);
    eg_writer_le32(&w, 4);
    eg_writer_le32(&w, 0);
    eg_writer_bytes(&w, EG_SPAN_OF(payload));
    body_len = w.len;
    struct eg_span body = eg_span(image, body_len);
    assert_ok(eg_hash(bench.crypto, EG_HASH_SHA256, body, digest));
    eg_writer_init(&s, spki, sizeof(spki));
    assert_ok(eg_key_spki(pub, &s));
    eg_writer_init(&g, sig, sizeof(sig));
    if (key != NULL) {
        assert_ok(eg_sign(bench.crypto, key, body, &g));
        g.len += pad;
    }
    size_t area = 4 + 4 + 32 + 4 + s.len + (key == NULL ? 0 : 4 + g.len);
    eg_writer_le16(&w, 0x6907);
    eg_writer_le16(&w, (uint16_t)area);
    tlv(&w, 0x10, EG_SPAN_OF(digest));
    tlv(&w, 0x02, eg_writer_span(&s));
    if (key != NULL) {
        tlv(&w, 0x22, eg_writer_span(&g));
    }
    assert_ok(w.status);
    image_len = w.len;
}

static void fuse_hash_of(const struct eg_key *key)
{
    uint8_t spki[EG_SPKI_LEN_MAX];
    uint8_t page[512];
    struct eg_writer s;
    eg_writer_init(&s, spki, sizeof(spki));
    assert_ok(eg_key_spki(key, &s));
    memset(page, 0xFF, sizeof(page));
    assert_ok(eg_hash(bench.crypto, EG_HASH_SHA256, eg_writer_span(&s), page + 0x60));
    assert_ok(eg_chip_ifr_program(bench.chip, EG_SPAN_OF(page)));
}

static void boot(void)
{
    assert_ok(eg_memory_write(&bench.part, 0x00010000, eg_span(image, image_len)));
    eg_part_reset(&bench.part, false);
}

static void refused_because(const char *word)
{
    boot();
    assert_false(bench.part.boot.booted);
    assert_non_null(strstr(bench.part.boot.reason, word));
    assert_string_equal(bench.part.boot.version, "");
    assert_true(eg_part_in_isp(&bench.part));
}

static void the_fused_keys_image_boots(void **state)
{
    (void)state;
    eg_tc_fresh_chip(&bench);
    fuse_hash_of(signer);
    for (size_t pad = 0; pad < 3; pad++) {
        make_image(signer, signer, pad);
        boot();
        assert_true(bench.part.boot.booted);
        assert_true(bench.part.boot.verified);
        assert_string_equal(bench.part.boot.version, "1.2.3+4");
        assert_false(eg_part_in_isp(&bench.part));
    }
    eg_part_reset(&bench.part, true); /* held in ISP */
    assert_true(eg_part_in_isp(&bench.part));
}

static void every_other_image_is_refused(void **state)
{
    (void)state;
    eg_tc_fresh_chip(&bench);
    eg_part_reset(&bench.part, false);
    assert_non_null(strstr(bench.part.boot.reason, "no image"));
    fuse_hash_of(signer);
    make_image(stranger, stranger, 0);
    refused_because("another key");
    make_image(signer, stranger, 0);
    refused_because("does not verify");
    make_image(signer, NULL, 0);
    refused_because("not signed");
    make_image(signer, signer, 0);
    image[40] ^= 1; /* payload */
    refused_because("digest");
    make_image(signer, signer, 0);
    image[16] = 4; /* flag: encrypted */
    refused_because("encrypted");
    make_image(signer, signer, 0);
    image[body_len] ^= 1; /* TLV area magic */
    refused_because("TLV");
    make_image(signer, signer, 0);
    image[15] = 0xFF; /* length far beyond the flash */
    refused_because("header");
    make_image(signer, signer, 0);
    image[body_len + 6] ^= 0x80; /* length of the first TLV */
    refused_because("TLV area is damaged");
}

static void an_open_chip_boots_unsigned_images(void **state)
{
    (void)state;
    eg_tc_fresh_chip(&bench);
    make_image(signer, NULL, 0);
    boot();
    assert_true(bench.part.boot.booted);
    assert_false(bench.part.boot.verified);
    assert_ok(eg_chip_fuse_burn(bench.chip, 8, 0x0F));
    refused_because("no boot key hash");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fused_keys_image_boots),
        cmocka_unit_test(every_other_image_is_refused),
        cmocka_unit_test(an_open_chip_boots_unsigned_images),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
