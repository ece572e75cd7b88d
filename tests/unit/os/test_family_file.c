/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/os/family_file.h"
#include "lib/os/file.h"
#include "tests/unit/unit.h"

enum {
    TEXT_MAX = 8192,
};

static char good[TEXT_MAX]; /* families/mcxn947.ini as it is shipped */

static const char *families_dir(void)
{
    static char dir[EG_PATH_MAX];
    const char *source = getenv("ENGRAVE_SOURCE");

    assert_ok(eg_path_join(source != NULL ? source : ".", "families", dir, sizeof(dir)));
    return dir;
}

static int load_good(void **state)
{
    struct eg_file_bytes text;
    char path[EG_PATH_MAX];

    (void)state;
    assert_ok(eg_path_join(families_dir(), "mcxn947.ini", path, sizeof(path)));
    assert_ok(eg_file_read(path, TEXT_MAX - 1, &text));
    memcpy(good, text.ptr, text.len + 1);
    eg_file_bytes_free(&text);
    return 0;
}

static void shipped_families_load(void **state)
{
    struct eg_families all;
    const struct eg_family *f;
    char why[256];

    (void)state;
    assert_ok(eg_families_load(families_dir(), &all, why, sizeof(why)));
    assert_true(all.count >= 2);
    for (size_t i = 1; i < all.count; i++) {
        assert_true(strcmp(all.list[i - 1].name, all.list[i].name) < 0);
    }
    f = eg_families_find(&all, "mcxn947");
    assert_non_null(f);
    assert_string_equal(f->el2go_name, "MCXN");
    assert_int_equal(f->flows, EG_FLOW_PROXY | EG_FLOW_CLOUD | EG_FLOW_PARTNER);
    assert_int_equal(f->load, EG_LOAD_SB);
    assert_int_equal(f->recipe, EG_RECIPE_MCXN);
    assert_int_equal(f->objects_address, 0x20000100);
    assert_int_equal(f->external_address, 0x001C0000);
    assert_int_equal(f->ifr_boot_key_hash, 0x60);
    assert_int_equal(f->ignored_count, 1);
    assert_int_equal(f->ignored[0].first, 11);
    assert_int_equal(f->ignored[0].last, 22);
    assert_int_equal(f->reserved[0].last, 7);
    assert_int_equal(f->lock_count, 4);
    assert_int_equal(f->locks[1].bits.mask, 2);
    assert_int_equal(f->locks[1].range.first, 32);
    assert_int_equal(f->debug_off[0].word, 9);
    assert_int_equal(f->debug_off[0].mask, 0x1F);
    assert_int_equal(eg_family_life_cycle_byte(f, EG_LC_LOCKED), 0xCF);
    f = eg_families_find_el2go(&all, "RW6");
    assert_non_null(f);
    assert_string_equal(f->name, "rw612");
    assert_int_equal(f->load, EG_LOAD_RESET);
    assert_int_equal(f->required_count, 3);
    assert_int_equal(f->required[2], 0x7FFF817C);
    assert_null(eg_families_find(&all, "mcxn"));
    assert_null(eg_families_find_el2go(&all, "mcxn947"));
}

/* Replace one piece of the good text. */
static void with(const char *what, const char *by, char out[static TEXT_MAX])
{
    const char *at = strstr(good, what);

    assert_non_null(at);
    assert_true(strlen(good) + strlen(by) < TEXT_MAX);
    (void)snprintf(out, TEXT_MAX, "%.*s%s%s", (int)(at - good), good, by, at + strlen(what));
}

static void what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *what, *by; /* replaced in the good file */
        const char *says;      /* must be in the explanation */
    } cases[] = {
        {"objects_max = 16\n", "objects_max = 16\nobjekts = 3\n",
         ": unknown key: [objects] objekts"},
        {"objects_max = 16\n", "", "missing key: [objects] objects_max"},
        {"objects_max = 16\n", "objects_max = 16\nobjects_max = 17\n",
         "key given twice: [objects] objects_max"},
        {"objects_max = 16", "objects_max = 257", "value not allowed: [objects] objects_max"},
        {"objects_max = 16", "objects_max = many", "value not allowed: [objects] objects_max"},
        {"objects_max = 16", "objects_max =", "value not allowed: [objects] objects_max"},
        {"objects_max = 16", "objects_max = 0", "must not be 0"},
        {"[objects]", "[object]", "unknown key: [object] objects_max"},
        {"[objects]", "[objects", "not a line of an INI file"},
        {"rsa = yes", "rsa = maybe", "value not allowed: [objects] rsa"},
        {"flows = proxy cloud partner", "flows = proxy proxy", "[family] flows"},
        {"flows = proxy cloud partner", "flows = post", "[family] flows"},
        {"flows = proxy cloud partner", "flows =", "[family] flows"},
        {"load = sb", "load = usb", "[family] load"},
        {"recipe = mcxn", "recipe = cake", "[family] recipe"},
        {"name = mcxn947", "name = mcxn948", "not the name of the file: [family] name"},
        {"ignored = 11-22", "ignored = 22-11", "[one_time] ignored"},
        {"ignored = 11-22", "ignored = 11", "[one_time] ignored"},
        {"ignored = 11-22", "ignored = 11-64", "fuses that do not exist"},
        {"reserved = 1-7", "reserved = 1-64", "reserved names fuses that do not exist"},
        {"reserved = 1-7", "reserved = 7", "[one_time] reserved"},
        {"debug_off = 9:0x0000001F", "debug_off = 9", "[one_time] debug_off"},
        {"debug_off = 9:0x0000001F", "debug_off = 9:0", "[one_time] debug_off"},
        {"debug_off = 9:0x0000001F", "debug_off = 64:1", "debug_off names fuses"},
        {"0:0x8:8-8", "0:0x8", "[one_time] locks"},
        {"0:0x8:8-8", "0:8-8", "[one_time] locks"},
        {"0:0x8:8-8", "0:0x8:8", "[one_time] locks"},
        {"0:0x8:8-8", "64:0x8:8-8", "locks names fuses that do not exist"},
        {"0:0x8:8-8", "0:0x8:8-64", "locks names fuses that do not exist"},
        {"required =", "required = 1 2 3 4 5", "[objects] required"},
        {"fuse_bytes = 4", "fuse_bytes = 3", "fuse_bytes must be 2 or 4"},
        {"fuse_life_cycle = 8", "fuse_life_cycle = 64", "fuse_life_cycle"},
        {"fuse_decrypt_key = 11", "fuse_decrypt_key = 57", "decryption key does not fit"},
        {"ifr_boot_key_hash = 0x60", "ifr_boot_key_hash = 0x1F0", "does not fit into the IFR"},
        {"life_cycle_closed = 0x0F", "life_cycle_closed = 0x03", "life cycle must add bits"},
        {"life_cycle_locked = 0xCF", "life_cycle_locked = 0xC0", "life cycle must add bits"},
        {"flash_sector = 0x2000", "flash_sector = 0", "flash_sector"},
        {"external_address = 0x001C0000", "external_address = 0x001FF000", "external_address"},
        {"image_address = 0x00010000", "image_address = 0x00200000", "image_address"},
    };
    static char text[TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct eg_family f;
        char why[256];

        with(cases[i].what, cases[i].by, text);
        assert_status(eg_family_parse(eg_span_str(text), "x/mcxn947.ini", &f, why, sizeof(why)),
                      FAMILY_INVALID);
        if (strstr(why, cases[i].says) == NULL || strstr(why, "x/mcxn947.ini") != why) {
            fail_msg("\"%s\" does not say \"%s\"", why, cases[i].says);
        }
        assert_int_equal(f.objects_max, 0);
    }
}

static void the_line_is_named(void **state)
{
    static char text[TEXT_MAX];
    struct eg_family f;
    char why[256];

    (void)state;
    with("load = sb", "load = usb", text);
    assert_status(eg_family_parse(eg_span_str(text), "mcxn947.ini", &f, why, sizeof(why)),
                  FAMILY_INVALID);
    assert_string_equal(why, "mcxn947.ini:8: value not allowed: [family] load");
}

static void odd_texts_are_refused(void **state)
{
    static char text[TEXT_MAX];
    struct eg_family f;
    char line[300];

    (void)state;
    memset(line, 'x', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\0';
    with("objects_max = 16", line, text);
    assert_status(eg_family_parse(eg_span_str(text), "mcxn947.ini", &f, NULL, 0), FAMILY_INVALID);
    assert_status(eg_family_parse(eg_span(good, 0), "mcxn947.ini", &f, NULL, 0), FAMILY_INVALID);
    memcpy(text, good, sizeof(good));
    text[strlen(good) - 2] = '\0'; /* a NUL inside the text */
    assert_status(eg_family_parse(eg_span(text, strlen(good)), "mcxn947.ini", &f, NULL, 0),
                  FAMILY_INVALID);
}

static void one_bad_file_spoils_the_folder(void **state)
{
    static char text[TEXT_MAX];
    static struct eg_families all;
    char dir[EG_PATH_MAX], path[EG_PATH_MAX], why[256];

    (void)state;
    assert_ok(eg_file_make_temp_dir(NULL, "engrave-test", dir, sizeof(dir)));
    assert_status(eg_families_load(dir, &all, why, sizeof(why)), FAMILY_UNREADABLE);
    assert_ok(eg_path_join(dir, "mcxn947.ini", path, sizeof(path)));
    assert_ok(eg_file_write(path, 0600, eg_span_str(good)));
    assert_ok(eg_families_load(dir, &all, why, sizeof(why)));
    assert_int_equal(all.count, 1);
    with("name = mcxn947", "name = other", text);
    assert_ok(eg_path_join(dir, "other.ini", path, sizeof(path)));
    assert_ok(eg_file_write(path, 0600, eg_span_str(text)));
    assert_ok(eg_families_load(dir, &all, why, sizeof(why)));
    assert_int_equal(all.count, 2);
    assert_ok(eg_file_write(path, 0600, eg_span_str("[family]\nname = other\n")));
    assert_status(eg_families_load(dir, &all, why, sizeof(why)), FAMILY_INVALID);
    assert_int_equal(all.count, 0);
    assert_non_null(strstr(why, "other.ini"));
    assert_ok(eg_file_remove_tree(dir));
    assert_status(eg_families_load(dir, &all, why, sizeof(why)), FAMILY_UNREADABLE);
}

static void the_folder_is_found(void **state)
{
    char dir[EG_PATH_MAX];

    (void)state;
    assert_ok(eg_families_dir(families_dir(), dir, sizeof(dir)));
    assert_string_equal(dir, families_dir());
    assert_int_equal(setenv("ENGRAVE_FAMILIES", families_dir(), 1), 0);
    assert_ok(eg_families_dir(NULL, dir, sizeof(dir)));
    assert_string_equal(dir, families_dir());
    assert_int_equal(unsetenv("ENGRAVE_FAMILIES"), 0);
    assert_status(eg_families_dir("/nonexistent", dir, sizeof(dir)), FAMILY_UNREADABLE);
    assert_status(eg_families_dir(families_dir(), dir, 3), NO_ROOM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_families_load),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(the_line_is_named),
        cmocka_unit_test(odd_texts_are_refused),
        cmocka_unit_test(one_bad_file_spoils_the_folder),
        cmocka_unit_test(the_folder_is_found),
    };
    return cmocka_run_group_tests_name("family_file", tests, load_good, NULL);
}
