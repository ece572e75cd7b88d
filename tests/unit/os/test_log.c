/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/os/clock.h"
#include "lib/os/log.h"
#include "tests/unit/unit.h"

enum {
    CAPTURE_MAX = 1 << 20,
    THREADS = 4,
    LINES = 200,
};

static char captured[CAPTURE_MAX];

/* Run write_some with stderr going to a file; the text lands in `captured`. */
static void capture(void (*write_some)(void))
{
    char path[] = "/tmp/engrave-log-XXXXXX";
    int file = mkstemp(path);
    int saved = dup(STDERR_FILENO);
    ssize_t n;

    assert_true(file >= 0 && saved >= 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(dup2(file, STDERR_FILENO), STDERR_FILENO);
    assert_int_equal(fcntl(STDERR_FILENO, F_SETFL, O_APPEND), 0);
    write_some();
    assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    n = pread(file, captured, sizeof(captured) - 1, 0);
    assert_true(n >= 0);
    captured[n] = '\0';
    assert_int_equal(close(file), 0);
    assert_int_equal(close(saved), 0);
}

/* What stands behind time, level and program of the only line. */
static const char *after_head(const char *level)
{
    char head[64];

    (void)snprintf(head, sizeof(head), " %s prog ", level);
    assert_true(strlen(captured) > EG_CLOCK_TEXT_LEN);
    assert_int_equal(captured[EG_CLOCK_TEXT_LEN - 1], 'Z');
    assert_memory_equal(captured + EG_CLOCK_TEXT_LEN, head, strlen(head));
    return captured + EG_CLOCK_TEXT_LEN + strlen(head);
}

static void write_fields(void)
{
    eg_log(EG_LOG_INFO, "listening",
           EG_LOG_FIELDS(eg_log_str("url", "https://127.0.0.1:8443"), eg_log_num("n", -7),
                         eg_log_status(EG_OK)));
}

static void write_nasty(void)
{
    eg_log(EG_LOG_ERROR, "event\nforged",
           EG_LOG_FIELDS(eg_log_str("a", "x\n2026 error prog forged\x1B[2J"),
                         eg_log_str("b", "say \"hi\" \\"), eg_log_str("c", ""),
                         eg_log_str("d", NULL), eg_log_str("e", "\xC3\xA4")));
}

static void write_failure(void)
{
    eg_log_failure(EG_ERR(OS_TIMEOUT), "worker died", EG_LOG_FIELDS(eg_log_num("pid", 12)));
    eg_log(EG_LOG_DEBUG, "not shown", NULL);
}

static void write_long(void)
{
    static char text[3 * EG_LOG_LINE_MAX];

    memset(text, 'y', sizeof(text) - 1);
    eg_log(EG_LOG_INFO, "long", EG_LOG_FIELDS(eg_log_str("t", text), eg_log_num("n", 1)));
}

static void fields_are_written(void **state)
{
    (void)state;
    capture(write_fields);
    assert_string_equal(after_head("info"),
                        "listening url=https://127.0.0.1:8443 n=-7 error=none\n");
}

static void lines_cannot_be_forged(void **state)
{
    (void)state;
    capture(write_nasty);
    assert_string_equal(after_head("error"),
                        "event\\x0Aforged a=\"x\\x0A2026 error prog forged\\x1B[2J\" "
                        "b=\"say \\\"hi\\\" \\\\\" c=\"\" d=\"\" e=\\xC3\\xA4\n");
}

static void failures_carry_code_and_level(void **state)
{
    const struct eg_category_info *busy = eg_category_info(EG_CAT_BUSY);

    (void)state;
    capture(write_failure);
    assert_string_equal(after_head(busy->log), "worker died error=ERR_TIMEOUT pid=12\n");
}

static void long_lines_are_cut(void **state)
{
    size_t len;

    (void)state;
    capture(write_long);
    len = strlen(captured);
    assert_in_range(len, EG_LOG_LINE_MAX - 8, EG_LOG_LINE_MAX);
    assert_string_equal(captured + len - 4, "...\n");
    assert_int_equal(strcspn(captured, "\n"), len - 1);
}

static void *write_many(void *arg)
{
    for (int i = 0; i < LINES; i++) {
        eg_log(EG_LOG_INFO, "tick", EG_LOG_FIELDS(eg_log_str("t", arg), eg_log_num("i", i)));
    }
    return NULL;
}

static void write_from_threads(void)
{
    static char names[THREADS][2] = {"a", "b", "c", "d"};
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, names[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static void threads_do_not_mix_lines(void **state)
{
    int lines = 0;

    (void)state;
    capture(write_from_threads);
    for (const char *line = captured; *line != '\0'; line = strchr(line, '\n') + 1) {
        char name;
        int number;

        assert_int_equal(
            sscanf(line + EG_CLOCK_TEXT_LEN, " info prog tick t=%c i=%d\n", &name, &number), 2);
        lines++;
    }
    assert_int_equal(lines, THREADS * LINES);
}

static void level_names_are_read(void **state)
{
    enum eg_log_level level;

    (void)state;
    assert_ok(eg_log_level_parse("warning", &level));
    assert_int_equal(level, EG_LOG_WARNING);
    assert_status(eg_log_level_parse("loud", &level), CONFIG_INVALID);
    assert_int_equal(level, EG_LOG_INFO);
}

static void times_are_written_as_rfc_3339(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{0, "1970-01-01T00:00:00.000Z"},
                 {INT64_C(1769903999123), "2026-01-31T23:59:59.123Z"},
                 {INT64_C(253402300799999), "9999-12-31T23:59:59.999Z"},
                 {INT64_MAX, "9999-12-31T23:59:59.999Z"},
                 {-1, "1970-01-01T00:00:00.000Z"}};
    char text[EG_CLOCK_TEXT_LEN + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        eg_clock_text(cases[i].ms, text);
        assert_string_equal(text, cases[i].text);
    }
    assert_true(eg_clock_now_s() > 1700000000);
    assert_int_equal(eg_clock_left_ms(-1), -1);
    assert_int_equal(eg_clock_left_ms(eg_clock_mono_ms() - 5), 0);
    assert_in_range(eg_clock_left_ms(eg_clock_mono_ms() + 10000), 9000, 10000);
    assert_int_equal(eg_clock_left_ms(INT64_MAX), 2147483647);
}

static int setup(void **state)
{
    (void)state;
    eg_log_init("prog", EG_LOG_INFO);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_written),
        cmocka_unit_test(lines_cannot_be_forged),
        cmocka_unit_test(failures_carry_code_and_level),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(threads_do_not_mix_lines),
        cmocka_unit_test(level_names_are_read),
        cmocka_unit_test(times_are_written_as_rfc_3339),
    };
    return cmocka_run_group_tests_name("log", tests, setup, NULL);
}
