/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "host/cli/plan.h"
#include "lib/os/clock.h"

enum {
    CHIP_FILE_MAX = 256 * 1024 * 1024,
    START_MS = 10000,
    POLL_NS = 5 * 1000 * 1000,
    STOP_MS = 2000,
};

static eg_status chip_path(const char *path, const char *hex, char out[static EG_PATH_MAX])
{
    char name[EG_UUID_HEX_LEN + 8];
    struct stat st;

    snprintf(name, sizeof name, "%s.chip", hex);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        return eg_path_join(path, name, out, EG_PATH_MAX);
    }
    int n = snprintf(out, EG_PATH_MAX, "%s", path);
    return n > 0 && n < EG_PATH_MAX ? EG_OK : EG_ERR(NO_ROOM);
}

/* dir/chips/<uuid>.chip, dir/run */
static eg_status copy_chip(const struct eg_twin *t, const char *from, const char *hex,
                           char chips[static EG_PATH_MAX], char run[static EG_PATH_MAX])
{
    char to[EG_PATH_MAX], name[EG_UUID_HEX_LEN + 8];
    struct eg_file_bytes file = {0};

    snprintf(name, sizeof name, "%s.chip", hex);
    EG_TRY(eg_path_join(t->dir, "chips", chips, EG_PATH_MAX));
    EG_TRY(eg_path_join(t->dir, "run", run, EG_PATH_MAX));
    EG_TRY(eg_path_join(chips, name, to, sizeof to));
    if (mkdir(chips, 0700) != 0 || mkdir(run, 0700) != 0) {
        return EG_ERR(OS_FILE);
    }
    EG_TRY(eg_file_read(from, CHIP_FILE_MAX, &file));
    eg_status st = eg_file_write(to, 0600, eg_file_span(&file));
    eg_file_bytes_free(&file);
    return st;
}

static eg_status spawn(struct eg_twin *t, const char *chips, const char *run)
{
    char beside[EG_PATH_MAX], program[EG_PATH_MAX];
    FILE *quiet = fopen("/dev/null", "we");

    if (quiet == NULL) {
        return EG_ERR(OS_FILE);
    }
    const struct eg_child_fd fds[] = {{fileno(quiet), 1}};
    eg_status st = eg_path_of_program(beside, sizeof beside);
    if (eg_ok(st)) {
        st = eg_path_join(beside, "engrave-vchip", program, sizeof program);
    }
    const char *const argv[] = {"engrave-vchip", "--chips", chips, "--run", run, NULL};
    if (eg_ok(st)) {
        st = eg_child_spawn(program, argv, fds, 1, &t->child);
    }
    (void)fclose(quiet);
    return st;
}

/* The control socket answers, or the program has ended. */
static eg_status wait_until_up(struct eg_twin *t, const char *ctl)
{
    int64_t deadline = eg_clock_mono_ms() + START_MS;
    const struct timespec pause = {0, POLL_NS};
    struct eg_child_end end;

    while (eg_clock_mono_ms() < deadline) {
        if (eg_ok(eg_app_open(&t->ctl, ctl))) {
            return EG_OK;
        }
        if (eg_ok(eg_child_wait(&t->child, eg_clock_mono_ms(), &end))) {
            return EG_ERR(OS_PROCESS);
        }
        (void)nanosleep(&pause, NULL);
    }
    return EG_ERR(OS_PROCESS);
}

eg_status eg_twin_start(const char *path, const struct eg_uuid *uuid, struct eg_twin *out)
{
    char hex[EG_UUID_HEX_LEN + 1], from[EG_PATH_MAX], chips[EG_PATH_MAX], run[EG_PATH_MAX];
    char ctl[EG_PATH_MAX], name[EG_UUID_HEX_LEN + 8];

    *out = EG_TWIN_NONE;
    eg_uuid_to_hex(uuid, hex);
    snprintf(name, sizeof name, "%s.ctl", hex);
    EG_TRY(chip_path(path, hex, from));
    EG_TRY(eg_file_make_temp_dir(NULL, "engrave-plan", out->dir, sizeof out->dir));
    EG_TRY(copy_chip(out, from, hex, chips, run));
    EG_TRY(eg_path_join(run, name, ctl, sizeof ctl));
    int n = snprintf(out->target, sizeof out->target, "vchip:%s/%s", run, hex);
    if (n < 0 || (size_t)n >= sizeof out->target) {
        return EG_ERR(NO_ROOM);
    }
    EG_TRY(spawn(out, chips, run));
    return wait_until_up(out, ctl);
}

void eg_twin_stop(struct eg_twin *t)
{
    eg_app_close(&t->ctl);
    if (t->child.pid != 0) {
        eg_child_stop(&t->child, STOP_MS);
    }
    if (t->dir[0] != '\0') {
        eg_status left = eg_file_remove_tree(t->dir);
        (void)left; /* a copy that stays in the temporary folder changes no result */
    }
    *t = EG_TWIN_NONE;
}
