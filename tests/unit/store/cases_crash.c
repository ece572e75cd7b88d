/* SPDX-License-Identifier: Apache-2.0 */
/* A writer is killed in the middle: what it acknowledged is there, and nothing is half done. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/store/store_test.h"

enum { DEVICES = 4000, PER_JOB = 10, ACKS_BEFORE_KILL = 25 };

/* Reserve and finish job after job; one character per job that was acknowledged. */
int t_crash_child(const char *url)
{
    struct eg_store_options options = {.url = url};
    struct t_env e = {0};
    struct eg_refusal refusal;
    struct eg_job job;
    int64_t group;

    assert_ok(eg_store_open(&options, &e.store, NULL, 0));
    eg_arena_init(&e.arena, SIZE_MAX);
    assert_ok(eg_store_company_add(e.store, "child", 1, &e.company));
    group = t_group_with_object(&e, DEVICES);
    t_upload(&e, 0, DEVICES);
    for (uint32_t i = 0; i < DEVICES; i += PER_JOB) {
        assert_ok(t_reserve(&e, group, i, PER_JOB, &job, &refusal));
        t_finish(&e, &job, 1);
        if (write(STDOUT_FILENO, ".", 1) != 1) {
            return 1;
        }
    }
    return 0;
}

static pid_t start_child(const char *url, int *out_fd)
{
    int fds[2];
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)dup2(fds[1], STDOUT_FILENO);
        (void)close(fds[0]);
        (void)close(fds[1]);
        (void)execl("/proc/self/exe", "test_store", "child", url, (char *)NULL);
        _exit(127);
    }
    (void)close(fds[1]);
    *out_fd = fds[0];
    return pid;
}

/* Kill -9 after some acknowledgements; returns how many there were in all. */
static int64_t run_and_kill(const char *url)
{
    int64_t acks = 0;
    int fd, status;
    pid_t pid = start_child(url, &fd);
    char c;

    while (acks < ACKS_BEFORE_KILL && read(fd, &c, 1) == 1) {
        acks++;
    }
    assert_int_equal(acks, ACKS_BEFORE_KILL);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    while (read(fd, &c, 1) == 1) {
        acks++;
    }
    (void)close(fd);
    return acks;
}

static void killed_in_the_middle(void **state)
{
    struct t_env e = {0};
    struct eg_store_options options = {.url = e.url};
    struct eg_job_list list;
    int64_t acks, used;

    (void)state;
    t_new_database(e.url);
    acks = run_and_kill(e.url);
    assert_ok(eg_store_open(&options, &e.store, NULL, 0));
    eg_arena_init(&e.arena, EG_ARENA_REQUEST_MAX);
    assert_true(t_count(&e, "job WHERE state = 2") >= acks);
    assert_int_equal(t_count(&e, "provisioning"), t_count(&e, "job WHERE state = 2") * PER_JOB);
    used = t_number(e.url, "SELECT quota_used FROM device_group");
    assert_int_equal(used, t_count(&e, "member"));
    assert_int_equal(used, t_count(&e, "device WHERE group_id IS NOT NULL"));
    assert_int_equal(used, t_count(&e, "job") * PER_JOB);
    /* the job that was cut off, if there is one, is taken up again */
    assert_ok(eg_store_job_claim(e.store,
                                 &(struct eg_claim){T_NODE, 1001, 60, .at_start = true, .max = 10},
                                 &e.arena, &list));
    assert_int_equal(list.count, t_count(&e, "job WHERE state = 1"));
    for (size_t i = 0; i < list.count; i++) {
        t_finish(&e, &list.items[i], 2);
    }
    assert_int_equal(t_count(&e, "provisioning"), used);
    if (!t_is_postgres()) {
        assert_int_equal(t_number(e.url, "SELECT count(*) FROM pragma_integrity_check"
                                         " WHERE integrity_check = 'ok'"),
                         1);
    }
    eg_store_close(e.store);
    eg_arena_cleanup(&e.arena);
}

static const struct CMUnitTest tests[] = {cmocka_unit_test(killed_in_the_middle)};
const struct t_cases t_crash_cases = {"crash", tests, sizeof tests / sizeof tests[0], T_BOTH};
