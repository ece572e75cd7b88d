/* SPDX-License-Identifier: Apache-2.0 */
/* Key file and wrapping: what opens, and above all what does not. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/os/file.h"
#include "server/vault/key_file.h"
#include "server/vault/wrap.h"
#include "tests/unit/unit.h"
#include "tests/unit/vault/vault_fixture.h"

static const uint8_t test_kek[EG_KEK_LEN] = {1, 2, 3};
static struct eg_crypto *crypto;
static struct eg_vault *vault;

static int set_up(void **state)
{
    (void)state;
    assert_ok(eg_crypto_new(&crypto));
    assert_ok(eg_vault_new(test_kek, fix_families(), &vault));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    eg_vault_free(vault);
    eg_crypto_free(crypto);
    return 0;
}

/* ---- key file -----------------------------------------------------------------------------------
 */

static void key_file_opens_with_its_passphrase_only(void **state)
{
    (void)state;
    uint8_t file[EG_KEY_FILE_LEN];
    uint8_t kek[EG_KEK_LEN];
    uint8_t zero[EG_KEK_LEN] = {0};
    assert_ok(eg_key_file_seal(crypto, eg_span_str("open sesame"), test_kek, file));
    assert_ok(eg_key_file_unseal(crypto, eg_span_str("open sesame"), EG_SPAN_OF(file), kek));
    assert_memory_equal(kek, test_kek, sizeof(kek));
    assert_status(eg_key_file_unseal(crypto, eg_span_str("open sesamE"), EG_SPAN_OF(file), kek),
                  VAULT_PASSPHRASE);
    assert_memory_equal(kek, zero, sizeof(kek));
    assert_status(eg_key_file_unseal(crypto, eg_span_str(""), EG_SPAN_OF(file), kek),
                  VAULT_PASSPHRASE);
}

static void key_file_refuses_every_altered_byte(void **state)
{
    (void)state;
    uint8_t file[EG_KEY_FILE_LEN];
    uint8_t kek[EG_KEK_LEN];
    const struct {
        size_t at;
        uint8_t flip;
        const char *expected;
    } cases[] = {
        {0, 1, "VAULT_KEY_FILE"},     /* magic */
        {19, 2, "VAULT_KEY_VERSION"}, /* version 3 */
        {23, 1, "VAULT_KEY_FILE"},    /* n is no power of two any more */
        {27, 0x80, "VAULT_KEY_FILE"}, /* r out of range */
        {31, 3, "VAULT_PASSPHRASE"},  /* p = 2: another key, and the head is authenticated */
        {40, 1, "VAULT_PASSPHRASE"},  /* salt */
        {70, 1, "VAULT_PASSPHRASE"},  /* iv */
        {80, 1, "VAULT_PASSPHRASE"},  /* sealed KEK */
        {123, 1, "VAULT_PASSPHRASE"}, /* tag */
    };
    assert_ok(eg_key_file_seal(crypto, eg_span_str("x"), test_kek, file));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        file[cases[i].at] ^= cases[i].flip;
        eg_status st = eg_key_file_unseal(crypto, eg_span_str("x"), EG_SPAN_OF(file), kek);
        assert_string_equal(eg_status_info(st)->name, cases[i].expected);
        file[cases[i].at] ^= cases[i].flip;
    }
    assert_status(eg_key_file_unseal(crypto, eg_span_str("x"), eg_span(file, 123), kek),
                  VAULT_KEY_FILE);
    assert_ok(eg_key_file_unseal(crypto, eg_span_str("x"), EG_SPAN_OF(file), kek));
}

static void key_file_is_private_and_never_overwritten(void **state)
{
    (void)state;
    char dir[EG_PATH_MAX];
    char path[EG_PATH_MAX];
    uint8_t kek[EG_KEK_LEN];
    struct stat info;
    assert_ok(eg_file_make_temp_dir(NULL, "vault-test", dir, sizeof(dir)));
    assert_ok(eg_path_join(dir, "vault.key", path, sizeof(path)));
    assert_status(eg_key_file_load(crypto, path, eg_span_str("x"), kek), VAULT_KEY_FILE);
    assert_ok(eg_key_file_create(crypto, path, eg_span_str("x")));
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(info.st_size, EG_KEY_FILE_LEN);
    assert_status(eg_key_file_create(crypto, path, eg_span_str("y")), VAULT_KEY_EXISTS);
    assert_ok(eg_key_file_load(crypto, path, eg_span_str("x"), kek));
    assert_int_equal(chmod(path, 0640), 0);
    assert_status(eg_key_file_load(crypto, path, eg_span_str("x"), kek), VAULT_KEY_FILE);
    assert_ok(eg_file_remove_tree(dir));
}

/* ---- wrapping
 * ------------------------------------------------------------------------------------ */

static void wrapped_root_opens_in_its_place_only(void **state)
{
    (void)state;
    uint8_t wrapped[EG_VAULT_WRAPPED_ROOT_LEN];
    uint8_t die_key[32], opened[32], zero[32] = {0};
    struct eg_uuid uuid, other;
    struct eg_writer w;
    fix_uuid(1, &uuid);
    fix_uuid(2, &other);
    fix_die_key(1, die_key);
    eg_writer_init(&w, wrapped, sizeof(wrapped));
    assert_ok(eg_wrap_root(vault, "mcxn947", &uuid, die_key, &w));
    assert_int_equal(w.len, sizeof(wrapped));
    assert_ok(eg_unwrap_root(vault, "mcxn947", &uuid, EG_SPAN_OF(wrapped), opened));
    assert_memory_equal(opened, die_key, sizeof(opened));
    assert_status(eg_unwrap_root(vault, "mcxn947", &other, EG_SPAN_OF(wrapped), opened),
                  VAULT_WRAPPED);
    assert_memory_equal(opened, zero, sizeof(opened));
    assert_status(eg_unwrap_root(vault, "rw612", &uuid, EG_SPAN_OF(wrapped), opened),
                  VAULT_WRAPPED);
    assert_status(eg_unwrap_root(vault, "mcxn947", &uuid, eg_span(wrapped, 61), opened),
                  VAULT_WRAPPED);
    for (size_t i = 0; i < sizeof(wrapped); i++) {
        wrapped[i] ^= 0x10;
        assert_status(eg_unwrap_root(vault, "mcxn947", &uuid, EG_SPAN_OF(wrapped), opened),
                      VAULT_WRAPPED);
        wrapped[i] ^= 0x10;
    }
}

static void wrapped_secret_is_bound_to_company_purpose_and_vault(void **state)
{
    (void)state;
    uint8_t room[64], back[64];
    uint8_t other_kek[EG_KEK_LEN] = {9};
    struct eg_vault *other;
    struct eg_writer w, out;
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(eg_wrap_secret(vault, 1, EG_VAULT_PURPOSE_HMAC_KEY, eg_span_str("a secret"), &w));
    struct eg_span wrapped = eg_writer_span(&w);
    eg_writer_init(&out, back, sizeof(back));
    assert_status(eg_unwrap_secret(vault, 2, EG_VAULT_PURPOSE_HMAC_KEY, wrapped, &out),
                  VAULT_WRAPPED);
    assert_status(eg_unwrap_secret(vault, 1, EG_VAULT_PURPOSE_BINARY_FILE, wrapped, &out),
                  VAULT_WRAPPED);
    assert_ok(eg_vault_new(other_kek, fix_families(), &other));
    assert_status(eg_unwrap_secret(other, 1, EG_VAULT_PURPOSE_HMAC_KEY, wrapped, &out),
                  VAULT_WRAPPED);
    assert_memory_not_equal(other->keys->fingerprint, vault->keys->fingerprint, 32);
    eg_vault_free(other);
    assert_int_equal(out.len, 0);
    assert_ok(eg_unwrap_secret(vault, 1, EG_VAULT_PURPOSE_HMAC_KEY, wrapped, &out));
    assert_memory_equal(back, "a secret", 8);
}

/* One kind never opens as another, even where company and purpose are the same numbers. */
static void kinds_do_not_mix(void **state)
{
    (void)state;
    uint8_t room[256];
    struct eg_key *key, *opened;
    int32_t path_len;
    struct eg_writer w;
    assert_ok(eg_key_generate(crypto, EG_KEY_P256, &key));
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(eg_wrap_service(vault, 7, EG_VAULT_SERVICE_SECRET, key, &w));
    assert_status(
        eg_unwrap_service(vault, 7, EG_VAULT_SERVICE_MANIFEST, eg_writer_span(&w), &opened),
        VAULT_WRAPPED);
    assert_null(opened);
    assert_status(eg_unwrap_ca(vault, 7, eg_writer_span(&w), &opened, &path_len), VAULT_WRAPPED);
    assert_ok(eg_unwrap_service(vault, 7, EG_VAULT_SERVICE_SECRET, eg_writer_span(&w), &opened));
    eg_key_free(opened);
    w.len = 0;
    assert_ok(eg_wrap_ca(vault, 7, key, 3, &w));
    assert_status(eg_unwrap_ca(vault, 8, eg_writer_span(&w), &opened, &path_len), VAULT_WRAPPED);
    assert_ok(eg_unwrap_ca(vault, 7, eg_writer_span(&w), &opened, &path_len));
    assert_int_equal(path_len, 3);
    assert_int_equal(eg_key_alg_of(opened), EG_KEY_P256);
    eg_key_free(opened);
    eg_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_file_opens_with_its_passphrase_only),
        cmocka_unit_test(key_file_refuses_every_altered_byte),
        cmocka_unit_test(key_file_is_private_and_never_overwritten),
        cmocka_unit_test(wrapped_root_opens_in_its_place_only),
        cmocka_unit_test(wrapped_secret_is_bound_to_company_purpose_and_vault),
        cmocka_unit_test(kinds_do_not_mix),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
