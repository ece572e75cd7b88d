/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/os/file.h"
#include "server/core/profile_file.h"
#include "tests/unit/unit.h"

enum { TEXT_MAX = 4096, WHY_MAX = 512 };

static char azure[TEXT_MAX], pai[TEXT_MAX], paa[TEXT_MAX]; /* as they are shipped */
static struct eg_cert_profiles all;

static const char *profiles_dir(void)
{
    static char dir[EG_PATH_MAX];
    const char *source = getenv("ENGRAVE_SOURCE");

    assert_ok(eg_path_join(source != NULL ? source : ".", "profiles", dir, sizeof(dir)));
    return dir;
}

static void load(const char *name, char out[static TEXT_MAX])
{
    struct eg_file_bytes text;
    char path[EG_PATH_MAX];

    assert_ok(eg_path_join(profiles_dir(), name, path, sizeof(path)));
    assert_ok(eg_file_read(path, TEXT_MAX - 1, &text));
    memcpy(out, text.ptr, text.len + 1);
    eg_file_bytes_free(&text);
}

static int load_shipped(void **state)
{
    (void)state;
    load("azure-iot.ini", azure);
    load("matter-pai.ini", pai);
    load("matter-paa.ini", paa);
    return 0;
}

static const struct eg_cert_profile *shipped(const char *name)
{
    const struct eg_cert_profile *p = eg_profiles_find(&all, name);

    assert_non_null(p);
    return p;
}

static void shipped_profiles_say_what_their_sources_say(void **state)
{
    const uint32_t p256 = 1u << EG_KEY_P256;
    const uint32_t usual = p256 | 1u << EG_KEY_P384 | 1u << EG_KEY_RSA_2048 |
                           1u << EG_KEY_RSA_3072 | 1u << EG_KEY_RSA_4096;
    char why[WHY_MAX];

    (void)state;
    assert_ok(eg_profiles_load(profiles_dir(), &all, why, sizeof(why)));
    assert_string_equal(why, "");
    assert_int_equal(all.count, 6);
    assert_true(shipped("device-identity")->serial_number);
    assert_int_equal(shipped("device-identity")->ext_key_usage, 0);
    assert_int_equal(shipped("aws-iot")->key_algs, usual);
    assert_int_equal(shipped("aws-iot")->ext_key_usage_needed, EG_EKU_CLIENT_AUTH);
    assert_string_equal(shipped("azure-iot")->title, "Azure IoT (DPS) client");
    assert_non_null(strchr(shipped("azure-iot")->cn_chars, ':'));
    assert_null(strchr(shipped("azure-iot")->cn_chars, ' '));
    assert_int_equal(shipped("matter-dac")->key_algs, p256);
    assert_int_equal(shipped("matter-dac")->key_usage_allowed, EG_KU_DIGITAL_SIGNATURE);
    assert_string_equal(shipped("matter-dac")->issuer, "matter-pai");
    assert_int_equal(shipped("matter-dac")->matter, EG_MATTER_VENDOR_PRODUCT);
    assert_int_equal(shipped("matter-pai")->level, EG_PROFILE_INTERMEDIATE);
    assert_int_equal(shipped("matter-pai")->path_len, 0);
    assert_int_equal(shipped("matter-paa")->level, EG_PROFILE_ROOT);
    assert_int_equal(shipped("matter-paa")->path_len, 1);
    assert_true(shipped("matter-paa")->no_end && !shipped("matter-paa")->crl_point);
    assert_null(eg_profiles_find(&all, "matter"));
}

/* Replace one piece of a good text. */
static void with(const char *good, const char *what, const char *by, char out[static TEXT_MAX])
{
    const char *at = strstr(good, what);

    assert_non_null(at);
    assert_true(strlen(good) + strlen(by) < TEXT_MAX);
    (void)snprintf(out, TEXT_MAX, "%.*s%s%s", (int)(at - good), good, by, at + strlen(what));
}

static const struct fault {
    const char *file; /* a shipped one */
    const char *what, *by;
    const char *says;
} faults[] = {
    {"azure-iot", "level = device\n", "level = device\nlevle = 1\n",
     ":8: unknown key: [profile] levle"},
    {"azure-iot", "level = device\n", "", ": missing key: [profile] level"},
    {"azure-iot", "level = device\n", "level = device\nlevel = root\n", ":8: key given twice"},
    {"azure-iot", "level = device", "level = chip", ":7: value not allowed: [profile] level"},
    {"azure-iot", "[usages]", "[usages", "not a line of an INI file"},
    {"azure-iot", "name = azure-iot", "name = azure", "not the name of the file: [profile] name"},
    {"azure-iot", "name = azure-iot", "name = Azure", "value not allowed: [profile] name"},
    {"azure-iot", "name = azure-iot", "name =", "must have a name"},
    {"azure-iot", "title = Azure IoT (DPS) client", "title =", "value not allowed"},
    {"azure-iot", "own = NIST_P256", "own = P256", "value not allowed: [algorithms] own"},
    {"azure-iot", "own = NIST_P256", "own = NIST_P256 NIST_P256", "[algorithms] own"},
    {"azure-iot", "own = NIST_P256", "own =  NIST_P256 ", "[algorithms] own"},
    {"azure-iot", "key = digitalSignature", "key =", "key must name usages"},
    {"azure-iot", "key = digitalSignature", "key = keyCertSign", "[usages] key"},
    {"azure-iot", "key = digitalSignature", "key = dataEncipherment", "only such as key_allowed"},
    {"azure-iot", "extended = clientAuth", "extended = serverAuth", "must have what is in"},
    {"azure-iot", "extended = clientAuth", "extended = codeSigning", "must be in extended_allowed"},
    {"azure-iot", "matter = none", "matter = some", "[subject] matter"},
    {"azure-iot", "serial_number = no", "serial_number = maybe", "[subject] serial_number"},
    {"azure-iot", "common_name_max = 64", "common_name_max = 65", "[subject] common_name_max"},
    {"azure-iot", "common_name_max = 64", "common_name_max = 31", "room for the UUID"},
    {"azure-iot", "common_name_chars = ABC", "common_name_chars = A BC", "common_name_chars"},
    {"azure-iot", "xyz0123456789", "xyz", "must have the digits of the UUID"},
    {"azure-iot", "without_end = no", "without_end = yes", "are for CAs"},
    {"azure-iot", "path_length = 0", "path_length = 1", "are for CAs"},
    {"azure-iot", "path_length = 0", "path_length = 9", "[ca] path_length"},
    {"matter-pai", "key_allowed =", "key_allowed = digitalSignature", "usages are for devices"},
    {"matter-pai", "serial_number = no", "serial_number = yes", "of a CA's subject"},
    {"matter-pai", "level = intermediate", "level = root", "a root has no issuer_profile"},
};

static void what_is_wrong_is_named(void **state)
{
    static char text[TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        const struct fault *f = &faults[i];
        struct eg_cert_profile p;
        char why[WHY_MAX], file[64];

        with(strcmp(f->file, "azure-iot") == 0 ? azure : pai, f->what, f->by, text);
        (void)snprintf(file, sizeof(file), "x/%s.ini", f->file);
        assert_status(eg_profile_parse(eg_span_str(text), file, &p, why, sizeof(why)),
                      PROFILE_INVALID);
        if (strstr(why, f->says) == NULL || strstr(why, file) != why) {
            fail_msg("\"%s\" does not say \"%s\"", why, f->says);
        }
        assert_int_equal(p.level, 0);
    }
}

static void path_length_may_be_open(void **state)
{
    static char text[TEXT_MAX];
    struct eg_cert_profile p;

    (void)state;
    with(pai, "path_length = 0", "path_length = none", text);
    assert_ok(eg_profile_parse(eg_span_str(text), "matter-pai.ini", &p, NULL, 0));
    assert_int_equal(p.path_len, -1);
}

static void put(const char *dir, const char *name, const char *text)
{
    char path[EG_PATH_MAX];

    assert_ok(eg_path_join(dir, name, path, sizeof(path)));
    assert_ok(eg_file_write(path, 0600, eg_span_str(text)));
}

static void a_folder_is_good_as_a_whole(void **state)
{
    char dir[EG_PATH_MAX], why[WHY_MAX];

    (void)state;
    assert_ok(eg_file_make_temp_dir(NULL, "engrave-test", dir, sizeof(dir)));
    assert_status(eg_profiles_load(dir, &all, why, sizeof(why)), PROFILES_UNREADABLE);
    put(dir, "matter-pai.ini", pai);
    assert_status(eg_profiles_load(dir, &all, why, sizeof(why)), PROFILE_INVALID);
    assert_non_null(strstr(why, "matter-pai.ini: no profile of a CA is called"));
    assert_int_equal(all.count, 0);
    put(dir, "matter-paa.ini", paa);
    put(dir, "azure-iot.ini", azure);
    put(dir, "README", "no profile");
    assert_ok(eg_profiles_load(dir, &all, why, sizeof(why)));
    assert_int_equal(all.count, 3);
    put(dir, "azure-iot.ini", "[profile]\n");
    assert_status(eg_profiles_load(dir, &all, why, sizeof(why)), PROFILE_INVALID);
    assert_int_equal(all.count, 0);
    assert_ok(eg_file_remove_tree(dir));
    assert_status(eg_profiles_load(dir, &all, why, sizeof(why)), PROFILES_UNREADABLE);
}

static void more_profiles_than_there_is_room_for_are_refused(void **state)
{
    static char text[TEXT_MAX];
    char dir[EG_PATH_MAX], why[WHY_MAX];

    (void)state;
    assert_ok(eg_file_make_temp_dir(NULL, "engrave-test", dir, sizeof(dir)));
    for (int i = 0; i <= EG_PROFILE_COUNT_MAX; i++) {
        char name[32], line[48];

        if (i == EG_PROFILE_COUNT_MAX) {
            assert_ok(eg_profiles_load(dir, &all, why, sizeof(why)));
        }
        (void)snprintf(line, sizeof(line), "name = p%d\n", i);
        (void)snprintf(name, sizeof(name), "p%d.ini", i);
        with(azure, "name = azure-iot\n", line, text);
        put(dir, name, text);
    }
    assert_status(eg_profiles_load(dir, &all, why, sizeof(why)), PROFILE_INVALID);
    assert_non_null(strstr(why, "at most 64"));
    assert_ok(eg_file_remove_tree(dir));
}

static void the_folder_is_found(void **state)
{
    char dir[EG_PATH_MAX], families[EG_PATH_MAX];

    (void)state;
    assert_ok(eg_profiles_dir(profiles_dir(), "/nonexistent", dir, sizeof(dir)));
    assert_string_equal(dir, profiles_dir());
    assert_status(eg_profiles_dir("/nonexistent", profiles_dir(), dir, sizeof(dir)),
                  PROFILES_UNREADABLE);
    assert_status(eg_profiles_dir(profiles_dir(), "/nonexistent", dir, 3), NO_ROOM);
    assert_ok(eg_path_join(profiles_dir(), "../families", families, sizeof(families)));
    assert_ok(eg_profiles_dir(NULL, families, dir, sizeof(dir)));
    assert_ok(eg_profiles_load(dir, &all, NULL, 0));
    assert_int_equal(all.count, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_profiles_say_what_their_sources_say),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(path_length_may_be_open),
        cmocka_unit_test(a_folder_is_good_as_a_whole),
        cmocka_unit_test(more_profiles_than_there_is_room_for_are_refused),
        cmocka_unit_test(the_folder_is_found),
    };
    return cmocka_run_group_tests_name("profile_file", tests, load_shipped, NULL);
}
