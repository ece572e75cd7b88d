/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/os/file.h"
#include "tests/unit/unit.h"

static char dir[EG_PATH_MAX];

static int make_dir(void **state)
{
    (void)state;
    return eg_ok(eg_file_make_temp_dir(NULL, "engrave-test", dir, sizeof(dir))) ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    return eg_ok(eg_file_remove_tree(dir)) ? 0 : -1;
}

static const char *in_dir(const char *name)
{
    static char path[EG_PATH_MAX];

    assert_ok(eg_path_join(dir, name, path, sizeof(path)));
    return path;
}

static size_t entries_in_dir(void)
{
    DIR *d = opendir(dir);
    size_t count = 0;

    assert_non_null(d);
    while (readdir(d) != NULL) {
        count++;
    }
    assert_int_equal(closedir(d), 0);
    return count - 2; /* . and .. */
}

static void a_file_is_written_and_read(void **state)
{
    struct eg_file_bytes b;
    struct stat info;

    (void)state;
    assert_ok(eg_file_write(in_dir("a"), 0640, eg_span("one\0two", 7)));
    assert_int_equal(stat(in_dir("a"), &info), 0);
    assert_int_equal(info.st_mode & 07777, 0640);
    assert_ok(eg_file_read(in_dir("a"), 7, &b));
    assert_int_equal(b.len, 7);
    assert_memory_equal(b.ptr, "one\0two", 8);
    eg_file_bytes_free(&b);
    assert_null(b.ptr);
    assert_ok(eg_file_write(in_dir("a"), 0600, eg_span(NULL, 0)));
    assert_ok(eg_file_read(in_dir("a"), 0, &b));
    assert_int_equal(b.len, 0);
    eg_file_bytes_free(&b);
    assert_int_equal(unlink(in_dir("a")), 0);
    assert_int_equal(entries_in_dir(), 0);
}

static void limits_and_kinds_are_checked(void **state)
{
    struct eg_file_bytes b;

    (void)state;
    assert_ok(eg_file_write(in_dir("a"), 0600, eg_span_str("four")));
    assert_status(eg_file_read(in_dir("a"), 3, &b), OS_FILE_TOO_LARGE);
    assert_null(b.ptr);
    assert_status(eg_file_read(in_dir("none"), 3, &b), OS_FILE);
    assert_status(eg_file_read(dir, 3, &b), OS_FILE);
    assert_int_equal(mkfifo(in_dir("pipe"), 0600), 0);
    assert_status(eg_file_read(in_dir("pipe"), 3, &b), OS_FILE);
    assert_int_equal(unlink(in_dir("pipe")), 0);
    assert_int_equal(unlink(in_dir("a")), 0);
}

static void a_failed_write_leaves_the_old_file(void **state)
{
    struct eg_file_bytes b;

    (void)state;
    assert_int_equal(mkdir(in_dir("target"), 0700), 0);
    assert_int_equal(mkdir(in_dir("target/full"), 0700), 0);
    assert_status(eg_file_write(in_dir("target"), 0600, eg_span_str("x")), OS_FILE);
    assert_status(eg_file_write(in_dir("no/such/folder"), 0600, eg_span_str("x")), OS_FILE);
    assert_true(eg_file_exists(in_dir("target/full")));
    assert_int_equal(entries_in_dir(), 1);
    assert_ok(eg_file_remove_tree(in_dir("target")));
    assert_ok(eg_file_create(in_dir("once"), 0600, eg_span_str("first")));
    assert_status(eg_file_create(in_dir("once"), 0600, eg_span_str("second")), OS_FILE_EXISTS);
    assert_ok(eg_file_read(in_dir("once"), 10, &b));
    assert_string_equal((const char *)b.ptr, "first");
    eg_file_bytes_free(&b);
    assert_int_equal(entries_in_dir(), 1);
    assert_int_equal(unlink(in_dir("once")), 0);
}

static void folders_are_made_and_removed(void **state)
{
    struct stat info;

    (void)state;
    assert_ok(eg_file_make_dir(in_dir("a//b/c")));
    assert_ok(eg_file_make_dir(in_dir("a/b/c/")));
    assert_int_equal(stat(in_dir("a/b"), &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    assert_ok(eg_file_write(in_dir("a/b/f"), 0600, eg_span_str("x")));
    assert_status(eg_file_make_dir(in_dir("a/b/f")), OS_FILE);
    assert_status(eg_file_make_dir(in_dir("a/b/f/g")), OS_FILE);
    assert_status(eg_file_make_dir(""), OS_FILE);
    assert_ok(eg_file_remove_tree(in_dir("a")));
    assert_false(eg_file_exists(in_dir("a")));
    assert_status(eg_file_remove_tree(in_dir("a")), OS_FILE);
}

static void removing_a_tree_stays_inside_it(void **state)
{
    (void)state;
    assert_ok(eg_file_make_dir(in_dir("keep")));
    assert_ok(eg_file_write(in_dir("keep/f"), 0600, eg_span_str("x")));
    assert_ok(eg_file_make_dir(in_dir("tree")));
    assert_int_equal(symlink("../keep", in_dir("tree/link")), 0);
    assert_ok(eg_file_remove_tree(in_dir("tree")));
    assert_true(eg_file_exists(in_dir("keep/f")));
    assert_int_equal(symlink("keep", in_dir("link")), 0);
    assert_status(eg_file_remove_tree(in_dir("link")), OS_FILE);
    assert_true(eg_file_exists(in_dir("keep/f")));
    assert_int_equal(unlink(in_dir("link")), 0);
    assert_ok(eg_file_remove_tree(in_dir("keep")));
}

static void temporary_folders_differ_and_are_private(void **state)
{
    char one[EG_PATH_MAX], two[EG_PATH_MAX];
    struct stat info;

    (void)state;
    assert_ok(eg_file_make_temp_dir(dir, "t", one, sizeof(one)));
    assert_ok(eg_file_make_temp_dir(dir, "t", two, sizeof(two)));
    assert_string_not_equal(one, two);
    assert_int_equal(stat(one, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    assert_ok(eg_file_remove_tree(one));
    assert_ok(eg_file_remove_tree(two));
    assert_status(eg_file_make_temp_dir("/nonexistent", "t", one, sizeof(one)), OS_FILE);
    assert_string_equal(one, "");
    assert_status(eg_file_make_temp_dir(dir, "t", one, 5), NO_ROOM);
    assert_string_equal(one, "");
}

static void paths_are_joined_within_their_room(void **state)
{
    char path[8];

    (void)state;
    assert_ok(eg_path_join("abc", "def", path, sizeof(path)));
    assert_string_equal(path, "abc/def");
    assert_status(eg_path_join("abc", "defg", path, sizeof(path)), NO_ROOM);
    assert_string_equal(path, "");
}

static void the_program_knows_its_folder(void **state)
{
    char folder[EG_PATH_MAX], path[EG_PATH_MAX];

    (void)state;
    assert_ok(eg_path_of_program(folder, sizeof(folder)));
    assert_ok(eg_path_join(folder, "test_file", path, sizeof(path)));
    assert_true(eg_file_exists(path));
    assert_status(eg_path_of_program(path, 2), NO_ROOM);
    assert_string_equal(path, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_written_and_read),
        cmocka_unit_test(limits_and_kinds_are_checked),
        cmocka_unit_test(a_failed_write_leaves_the_old_file),
        cmocka_unit_test(folders_are_made_and_removed),
        cmocka_unit_test(removing_a_tree_stays_inside_it),
        cmocka_unit_test(temporary_folders_differ_and_are_private),
        cmocka_unit_test(paths_are_joined_within_their_room),
        cmocka_unit_test(the_program_knows_its_folder),
    };
    return cmocka_run_group_tests_name("file", tests, make_dir, remove_dir);
}
