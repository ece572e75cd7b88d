/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/os/child.h"
#include "lib/os/clock.h"
#include "lib/os/fd.h"
#include "tests/unit/unit.h"

#define SHELL "/bin/sh"

static struct eg_child_end run(const char *script, const struct eg_child_fd *fds, size_t count)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    struct eg_child child;
    struct eg_child_end end;

    assert_ok(eg_child_spawn(SHELL, argv, fds, count, &child));
    assert_ok(eg_child_wait(&child, eg_clock_mono_ms() + 20000, &end));
    assert_int_equal(child.pid, 0);
    return end;
}

static void the_end_of_a_child_is_told(void **state)
{
    struct eg_child_end end = run("exit 7", NULL, 0);

    (void)state;
    assert_true(end.exited);
    assert_int_equal(end.code, 7);
    end = run("kill -9 $$", NULL, 0);
    assert_false(end.exited);
    assert_int_equal(end.code, SIGKILL);
}

static void a_missing_program_is_an_error(void **state)
{
    const char *const argv[] = {"x", NULL};
    struct eg_child child;
    struct eg_child_end end;

    (void)state;
    assert_status(eg_child_spawn("/nonexistent/x", argv, NULL, 0, &child), OS_PROCESS);
    assert_int_equal(child.pid, 0);
    assert_status(eg_child_wait(&child, 0, &end), OS_PROCESS);
    eg_child_signal(&child, SIGTERM); /* none: does nothing */
    eg_child_stop(&child, 0);
}

static void descriptors_are_passed_by_number(void **state)
{
    int pair[2], other[2];
    uint8_t got[4] = {0};

    (void)state;
    assert_ok(eg_fd_pair(pair));
    assert_ok(eg_fd_pair(other));
    /* crossed on purpose: the numbers wanted may be those that we use ourselves */
    const struct eg_child_fd fds[] = {{pair[1], 3}, {other[1], 4}};

    assert_int_equal(run("printf one >&3; printf two >&4", fds, 2).code, 0);
    assert_ok(eg_fd_read(pair[0], got, 3));
    assert_string_equal((const char *)got, "one");
    assert_ok(eg_fd_read(other[0], got, 3));
    assert_string_equal((const char *)got, "two");
    for (int i = 0; i < 2; i++) {
        eg_fd_close(&pair[i]);
        eg_fd_close(&other[i]);
    }
}

static void nothing_else_is_inherited(void **state)
{
    int leak = open("/dev/null", O_RDONLY); /* not close-on-exec */

    (void)state;
    assert_true(leak > 2);
    assert_int_equal(dup2(leak, 40), 40);
    assert_int_equal(run("set -- /proc/self/fd/*; for f; do n=${f##*/}; "
                         "[ \"$n\" -le 2 ] || [ ! -e \"$f\" ] || exit 1; done",
                         NULL, 0)
                         .code,
                     0);
    assert_int_equal(run("if read x; then exit 1; fi", NULL, 0).code, 0); /* stdin is empty */
    assert_int_equal(close(leak), 0);
    assert_int_equal(close(40), 0);
}

static void numbers_out_of_range_are_refused(void **state)
{
    const char *const argv[] = {"sh", NULL};
    const struct eg_child_fd high = {0, 64}, negative = {0, -1}, closed = {999, 3};
    struct eg_child child;

    (void)state;
    assert_status(eg_child_spawn(SHELL, argv, &high, 1, &child), OS_PROCESS);
    assert_status(eg_child_spawn(SHELL, argv, &negative, 1, &child), OS_PROCESS);
    assert_status(eg_child_spawn(SHELL, argv, &closed, 1, &child), OS_PROCESS);
    assert_status(eg_child_spawn(SHELL, argv, &high, EG_CHILD_FDS_MAX + 1, &child), OS_PROCESS);
}

static void a_stubborn_child_is_ended(void **state)
{
    const char *const argv[] = {"sh", "-c", "trap '' TERM; echo >&3; while :; do sleep 1; done",
                                NULL};
    struct eg_child child;
    struct eg_child_end end;
    int pair[2];
    uint8_t ready;

    (void)state;
    assert_ok(eg_fd_pair(pair));
    const struct eg_child_fd fd = {pair[1], 3};

    assert_ok(eg_child_spawn(SHELL, argv, &fd, 1, &child));
    assert_ok(eg_fd_read(pair[0], &ready, 1));
    assert_status(eg_child_wait(&child, eg_clock_mono_ms() + 20, &end), OS_TIMEOUT);
    assert_true(child.pid > 0);
    eg_child_stop(&child, 20);
    assert_int_equal(child.pid, 0);
    eg_fd_close(&pair[0]);
    eg_fd_close(&pair[1]);
}

static void signals_are_as_at_the_start(void **state)
{
    sigset_t block, before;
    struct eg_child_end end;

    (void)state;
    (void)sigemptyset(&block);
    (void)sigaddset(&block, SIGTERM);
    assert_int_equal(sigprocmask(SIG_BLOCK, &block, &before), 0);
    assert_true(signal(SIGHUP, SIG_IGN) != SIG_ERR);
    end = run("kill -TERM $$; exit 3", NULL, 0);
    assert_false(end.exited);
    assert_int_equal(end.code, SIGTERM);
    end = run("kill -HUP $$; exit 3", NULL, 0);
    assert_false(end.exited);
    assert_int_equal(end.code, SIGHUP);
    assert_true(signal(SIGHUP, SIG_DFL) != SIG_ERR);
    assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
}

/* What the grandchild does: promise to die, say so, wait for ever. */
static void promise_and_wait(int fd)
{
    if (eg_ok(eg_child_die_with_parent()) && eg_ok(eg_fd_write(fd, eg_span_str("r")))) {
        for (;;) {
            (void)pause();
        }
    }
    _exit(1);
}

/* The pipe is held by the grandchild alone, so its end shows that the grandchild has ended. */
static void a_child_may_die_with_its_parent(void **state)
{
    int pair[2], go[2];
    uint8_t byte;
    pid_t pid;

    (void)state;
    assert_ok(eg_fd_pair(pair));
    assert_ok(eg_fd_pair(go));
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        eg_fd_close(&go[0]);
        if (fork() == 0) {
            promise_and_wait(pair[1]);
        }
        _exit(eg_ok(eg_fd_read(go[1], &byte, 1)) ? 0 : 1);
    }
    eg_fd_close(&pair[1]);
    assert_ok(eg_fd_read(pair[0], &byte, 1));
    assert_status(eg_fd_wait_readable(pair[0], eg_clock_mono_ms() + 20), OS_TIMEOUT);
    assert_ok(eg_fd_write(go[0], eg_span_str("g")));
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_ok(eg_fd_wait_readable(pair[0], eg_clock_mono_ms() + 20000));
    assert_status(eg_fd_read(pair[0], &byte, 1), OS_PEER_GONE);
    eg_fd_close(&pair[0]);
    eg_fd_close(&go[0]);
    eg_fd_close(&go[1]);
}

static void streams_end_with_a_status(void **state)
{
    static uint8_t big[1 << 20];
    int pair[2];
    uint8_t out[4] = {9, 9, 9, 9};

    (void)state;
    assert_ok(eg_fd_pair(pair));
    assert_status(eg_fd_wait_readable(pair[0], eg_clock_mono_ms() + 10), OS_TIMEOUT);
    assert_ok(eg_fd_write(pair[1], eg_span_str("ab")));
    assert_ok(eg_fd_wait_readable(pair[0], -1));
    eg_fd_close(&pair[1]);
    assert_status(eg_fd_read(pair[0], out, 4), OS_FILE); /* ended in the middle */
    assert_int_equal(out[0], 0);
    assert_status(eg_fd_read(pair[0], out, 4), OS_PEER_GONE);
    assert_status(eg_fd_write(pair[0], EG_SPAN_OF(big)), OS_PEER_GONE);
    eg_fd_close(&pair[0]);
    assert_int_equal(pair[0], -1);
    eg_fd_close(&pair[0]);
    assert_status(eg_fd_read(-1, out, 4), OS_FILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_of_a_child_is_told),
        cmocka_unit_test(a_missing_program_is_an_error),
        cmocka_unit_test(descriptors_are_passed_by_number),
        cmocka_unit_test(nothing_else_is_inherited),
        cmocka_unit_test(numbers_out_of_range_are_refused),
        cmocka_unit_test(a_stubborn_child_is_ended),
        cmocka_unit_test(signals_are_as_at_the_start),
        cmocka_unit_test(a_child_may_die_with_its_parent),
        cmocka_unit_test(streams_end_with_a_status),
    };
    return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}
