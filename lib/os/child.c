/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/os/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/os/clock.h"
#include "lib/os/fd.h"

extern char **environ;

enum {
    THEIRS_MAX = 63,
    PARKED_FIRST = 64, /* descriptors are parked above every number that a child may ask for */
};

/* Copies of the caller's descriptors out of the way of the numbers the child gets. */
struct parked {
    int fds[EG_CHILD_FDS_MAX];
    size_t count;
};

static void unpark(struct parked *p)
{
    for (size_t i = 0; i < p->count; i++) {
        eg_fd_close(&p->fds[i]);
    }
    p->count = 0;
}

static eg_status park(const struct eg_child_fd *fds, size_t count, struct parked *p)
{
    p->count = 0;
    for (size_t i = 0; i < count; i++) {
        int copy;

        if (fds[i].theirs < 0 || fds[i].theirs > THEIRS_MAX) {
            return EG_ERR(OS_PROCESS);
        }
        copy = fcntl(fds[i].ours, F_DUPFD_CLOEXEC, PARKED_FIRST);
        if (copy < 0) {
            return EG_ERR(OS_PROCESS);
        }
        p->fds[p->count++] = copy;
    }
    return EG_OK;
}

/* In the child, in this order: 0 from /dev/null, 3.. closed, then the descriptors asked for. */
static int plan_descriptors(posix_spawn_file_actions_t *actions, const struct eg_child_fd *fds,
                            const struct parked *p)
{
    int error = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    int first_free = 3;

    for (size_t i = 0; i < p->count && error == 0; i++) {
        error = posix_spawn_file_actions_adddup2(actions, p->fds[i], fds[i].theirs);
        if (fds[i].theirs >= first_free) {
            first_free = fds[i].theirs + 1;
        }
    }
    if (error == 0) {
        error = posix_spawn_file_actions_addclosefrom_np(actions, first_free);
    }
    return error;
}

static int plan_signals(posix_spawnattr_t *attr)
{
    sigset_t none, all;
    int error;

    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    error = posix_spawnattr_setsigmask(attr, &none);
    if (error == 0) {
        error = posix_spawnattr_setsigdefault(attr, &all);
    }
    if (error == 0) {
        error = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    return error;
}

static int start(const char *program, const char *const argv[], const struct eg_child_fd *fds,
                 const struct parked *p, pid_t *out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    int error = posix_spawn_file_actions_init(&actions);

    if (error != 0) {
        return error;
    }
    error = posix_spawnattr_init(&attr);
    if (error == 0) {
        error = plan_descriptors(&actions, fds, p);
        error = error == 0 ? plan_signals(&attr) : error;
        if (error == 0) {
            char *const *args = (char *const *)(uintptr_t)argv; /* not written to: POSIX says so */

            error = posix_spawn(out, program, &actions, &attr, args, environ);
        }
        (void)posix_spawnattr_destroy(&attr);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return error;
}

eg_status eg_child_spawn(const char *program, const char *const argv[],
                         const struct eg_child_fd *fds, size_t fd_count, struct eg_child *out)
{
    struct parked p;
    pid_t pid = 0;
    eg_status st;

    *out = (struct eg_child){0, 0};
    if (fd_count > EG_CHILD_FDS_MAX) {
        return EG_ERR(OS_PROCESS);
    }
    st = park(fds, fd_count, &p);
    if (eg_ok(st) && start(program, argv, fds, &p, &pid) != 0) {
        st = EG_ERR(OS_PROCESS);
    }
    unpark(&p);
    EG_TRY(st);
    out->pid_fd = pidfd_open(pid, 0); /* close-on-exec by itself */
    if (out->pid_fd < 0) {
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        out->pid_fd = 0;
        return EG_ERR(OS_PROCESS);
    }
    out->pid = pid;
    return EG_OK;
}

eg_status eg_child_wait(struct eg_child *child, int64_t deadline_ms, struct eg_child_end *out)
{
    int status = 0;
    pid_t got;

    *out = (struct eg_child_end){false, 0};
    if (child->pid == 0) {
        return EG_ERR(OS_PROCESS);
    }
    EG_TRY(eg_fd_wait_readable(child->pid_fd, deadline_ms));
    do {
        got = waitpid(child->pid, &status, 0);
    } while (got < 0 && errno == EINTR);
    eg_fd_close(&child->pid_fd);
    *child = (struct eg_child){0, 0};
    if (got < 0) {
        return EG_ERR(OS_PROCESS);
    }
    out->exited = WIFEXITED(status);
    out->code = out->exited ? WEXITSTATUS(status) : WTERMSIG(status);
    return EG_OK;
}

void eg_child_signal(const struct eg_child *child, int signal_number)
{
    if (child->pid != 0) {
        /* By descriptor: the number of a child that ended can never hit another process. */
        (void)pidfd_send_signal(child->pid_fd, signal_number, NULL, 0);
    }
}

void eg_child_stop(struct eg_child *child, int64_t grace_ms)
{
    struct eg_child_end end;

    if (child->pid == 0) {
        return;
    }
    eg_child_signal(child, SIGTERM);
    if (eg_ok(eg_child_wait(child, eg_clock_mono_ms() + grace_ms, &end)) || child->pid == 0) {
        return;
    }
    eg_child_signal(child, SIGKILL);
    if (!eg_ok(eg_child_wait(child, -1, &end))) {
        *child = (struct eg_child){0, 0};
    }
}

eg_status eg_child_die_with_parent(void)
{
    pid_t parent = getppid();

    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
        return EG_ERR(OS_PROCESS);
    }
    /* It may have ended between the two calls. */
    return getppid() == parent ? EG_OK : EG_ERR(OS_PROCESS);
}
