/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox of a worker: the same table, in a child that then tries what it must not. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/vault/confine.h"
#include "tests/unit/unit.h"

enum {
    SURVIVED = 0,
    NOT_CONFINED = 3,
};

static void open_a_file(void)
{
    (void)!open("/etc/passwd", O_RDONLY);
}

static void make_a_socket(void)
{
    (void)!socket(AF_INET, SOCK_STREAM, 0);
}

static void start_a_program(void)
{
    char *const argv[] = {NULL};
    (void)!execve("/bin/true", argv, argv);
}

static void fork_itself(void)
{
    (void)!fork();
}

static void trace_itself(void)
{
    (void)!prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void remove_a_file(void)
{
    (void)!unlink("/nonexistent");
}

static void signal_others(void)
{
    (void)!kill(getppid(), 0);
}

static void work_quietly(void)
{
    free(malloc(1 << 22));
    (void)!write(STDERR_FILENO, "", 0);
}

/* How a confined child that does this ends: wait status. */
static int end_of(void (*deed)(void))
{
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (!eg_ok(eg_confine_early()) || !eg_ok(eg_confine_work())) {
            _exit(NOT_CONFINED);
        }
        deed();
        _exit(SURVIVED);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void forbidden_calls_end_the_process(void **state)
{
    (void)state;
    void (*const deeds[])(void) = {open_a_file,  make_a_socket, start_a_program, fork_itself,
                                   trace_itself, remove_a_file, signal_others};
    for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
        int status = end_of(deeds[i]);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
        assert_false(WCOREDUMP(status));
    }
}

static void allowed_work_goes_on(void **state)
{
    (void)state;
    int status = end_of(work_quietly);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), SURVIVED);
}

/* What would let secrets out is not on the list. */
static void table_has_no_way_out(void **state)
{
    (void)state;
    const char *const never[] = {"open",     "openat",  "socket", "connect",         "execve",
                                 "execveat", "fork",    "vfork",  "clone",           "clone3",
                                 "ptrace",   "sendmsg", "prctl",  "process_vm_readv"};
    for (const char *const *name = eg_confine_allowed(); *name != NULL; name++) {
        for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
            assert_string_not_equal(*name, never[i]);
        }
    }
}

static void report_early_state(int fd)
{
    struct rlimit limit;
    uint8_t report[3] = {0};
    if (eg_ok(eg_confine_early()) && getrlimit(RLIMIT_CORE, &limit) == 0) {
        report[0] = limit.rlim_max == 0;
        report[1] = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
        report[2] = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    }
    (void)!write(fd, report, sizeof(report));
    _exit(0);
}

static void early_step_forbids_cores_ptrace_and_new_rights(void **state)
{
    (void)state;
    int fds[2];
    uint8_t report[3] = {0};
    int status;
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        report_early_state(fds[1]);
    }
    assert_int_equal(read(fds[0], report, sizeof(report)), sizeof(report));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_memory_equal(report, ((uint8_t[3]){1, 1, 1}), 3);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forbidden_calls_end_the_process),
        cmocka_unit_test(allowed_work_goes_on),
        cmocka_unit_test(table_has_no_way_out),
        cmocka_unit_test(early_step_forbids_cores_ptrace_and_new_rights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
