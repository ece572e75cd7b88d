/* SPDX-License-Identifier: Apache-2.0 */
/* Each step is taken in a forked process, since none can be taken back. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/os/sandbox.h"
#include "lib/os/secret_mem.h"
#include "tests/unit/unit.h"

/* The sanitizer makes system calls of its own and leaves out mlock(). */
#if defined(__SANITIZE_ADDRESS__)
static const bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
static const bool sanitized = true;
#else
static const bool sanitized = false;
#endif
#else
static const bool sanitized = false;
#endif

/* Wait status of a process that runs `body` and exits with its result. */
static int in_child(int (*body)(void))
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(body());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void expect_exit_0(int (*body)(void))
{
    int status = in_child(body);

    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void expect_signal(int (*body)(void), int signal_number)
{
    int status = in_child(body);

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), signal_number);
}

static int no_dumps(void)
{
    struct rlimit limit;

    if (!eg_ok(eg_sandbox_no_dumps()) || getrlimit(RLIMIT_CORE, &limit) != 0) {
        return 1;
    }
    return limit.rlim_cur == 0 && limit.rlim_max == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0
               ? 0
               : 2;
}

static int no_new_privileges(void)
{
    return eg_ok(eg_sandbox_no_new_privileges()) && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0
                                                                                                : 1;
}

static const char *const few[] = {"read", "write", "exit_group", "exit", "getpid", NULL};

static int close_down(void)
{
    return eg_ok(eg_sandbox_no_new_privileges()) && eg_ok(eg_sandbox_allow_only(few)) ? 0 : 1;
}

static int allowed_calls_work(void)
{
    return close_down() == 0 && getpid() > 0 ? 0 : 1;
}

static int sockets_do_not(void)
{
    if (close_down() == 0) {
        (void)socket(AF_INET, SOCK_STREAM, 0);
    }
    return 0;
}

static int unknown_names_fail(void)
{
    static const char *const unknown[] = {"read", "no_such_call", NULL};
    static const char *const none[] = {NULL};
    eg_status st = eg_sandbox_allow_only(unknown);

    return eg_is(st, EG_E_OS_SANDBOX) && eg_is(eg_sandbox_allow_only(none), EG_E_OS_SANDBOX) ? 0
                                                                                             : 1;
}

static void dumps_are_off(void **state)
{
    (void)state;
    expect_exit_0(no_dumps);
}

static void privileges_cannot_grow(void **state)
{
    (void)state;
    expect_exit_0(no_new_privileges);
}

static void only_named_calls_work(void **state)
{
    (void)state;
    if (sanitized) {
        skip();
    }
    expect_exit_0(allowed_calls_work);
    expect_signal(sockets_do_not, SIGSYS);
}

static void a_wrong_table_is_an_error(void **state)
{
    (void)state;
    expect_exit_0(unknown_names_fail);
}

/* ---- secret memory ----------------------------------------------------------------------------
 */

static void secret_memory_is_zero_and_aligned(void **state)
{
    static const size_t lengths[] = {1, 16, 32, 100, 4096, 5000};
    static const uint8_t zeros[5000];

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        void *block = NULL;

        assert_ok(eg_secret_alloc(lengths[i], &block));
        assert_int_equal((uintptr_t)block % 16, 0);
        assert_memory_equal(block, zeros, lengths[i]);
        memset(block, 0xAA, lengths[i]);
        eg_secret_free(block, lengths[i]);
    }
    eg_secret_free(NULL, 10);
}

static void impossible_sizes_are_refused(void **state)
{
    void *block = &block;

    (void)state;
    assert_status(eg_secret_alloc(0, &block), NO_MEMORY);
    assert_null(block);
    assert_status(eg_secret_alloc((1u << 20) + 1, &block), NO_MEMORY);
}

/* Flags of the mapping that holds `block`, from /proc/self/smaps. */
static bool has_flag(const void *block, const char *flag)
{
    FILE *f = fopen("/proc/self/smaps", "re");
    char line[512];
    bool inside = false, found = false;

    assert_non_null(f);
    while (fgets(line, sizeof(line), f) != NULL) {
        unsigned long first, last;

        if (sscanf(line, "%lx-%lx ", &first, &last) == 2) {
            inside = (uintptr_t)block >= first && (uintptr_t)block < last;
        } else if (inside && strncmp(line, "VmFlags:", 8) == 0) {
            found = strstr(line, flag) != NULL;
        }
    }
    (void)fclose(f);
    return found;
}

static void secret_memory_is_locked_and_never_dumped(void **state)
{
    void *block;

    (void)state;
    assert_ok(eg_secret_alloc(100, &block));
    assert_true(sanitized || has_flag(block, " lo")); /* locked; the sanitizer turns mlock() off */
    assert_true(has_flag(block, " dd"));              /* do not dump */
    assert_true(has_flag(block, " wf"));              /* wipe on fork */
    eg_secret_free(block, 100);
}

static uint8_t *block_of_32(void)
{
    void *block = NULL;

    if (!eg_ok(eg_secret_alloc(32, &block))) {
        _exit(1);
    }
    memset(block, 0x42, 32);
    return block;
}

static int write_behind(void)
{
    volatile uint8_t *block = block_of_32();

    (void)signal(SIGSEGV, SIG_DFL);
    block[32] = 1;
    return 0;
}

static int write_before(void)
{
    volatile uint8_t *block = block_of_32();

    (void)signal(SIGSEGV, SIG_DFL);
    *(block - 4096) = 1;
    return 0;
}

static int read_after_free(void)
{
    volatile uint8_t *block = block_of_32();

    (void)signal(SIGSEGV, SIG_DFL);
    eg_secret_free((void *)(uintptr_t)block, 32);
    return block[0];
}

static void bytes_around_a_secret_are_out_of_reach(void **state)
{
    (void)state;
    expect_signal(write_behind, SIGSEGV);
    expect_signal(write_before, SIGSEGV);
    expect_signal(read_after_free, SIGSEGV);
}

static uint8_t *inherited;

static int look_at_inherited(void)
{
    static const uint8_t zeros[32];

    return memcmp(inherited, zeros, sizeof(zeros)) == 0 ? 0 : 1;
}

static void a_forked_process_sees_no_secret(void **state)
{
    (void)state;
    inherited = block_of_32();
    expect_exit_0(look_at_inherited);
    assert_int_equal(inherited[0], 0x42);
    eg_secret_free(inherited, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dumps_are_off),
        cmocka_unit_test(privileges_cannot_grow),
        cmocka_unit_test(only_named_calls_work),
        cmocka_unit_test(a_wrong_table_is_an_error),
        cmocka_unit_test(secret_memory_is_zero_and_aligned),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(secret_memory_is_locked_and_never_dumped),
        cmocka_unit_test(bytes_around_a_secret_are_out_of_reach),
        cmocka_unit_test(a_forked_process_sees_no_secret),
    };
    return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
