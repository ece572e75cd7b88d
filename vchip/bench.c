/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/bench.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/os/fd.h"
#include "lib/os/file.h"

static eg_status fail(eg_status st, const char *what, char *why, size_t room)
{
    (void)snprintf(why, room, "%s", what);
    return st;
}

static const struct eg_family *find_family(const void *context, const char *name)
{
    return eg_families_find(context, name);
}

static eg_status load_families(struct eg_bench *bench, const char *given, char *why, size_t room)
{
    char dir[EG_PATH_MAX];
    eg_status st = eg_families_dir(given, dir, sizeof(dir));
    if (!eg_ok(st)) {
        return fail(st, "chip families", why, room);
    }
    return eg_families_load(dir, &bench->families, why, room);
}

static eg_status open_run_dir(struct eg_bench *bench, const char *dir, char *why, size_t room)
{
    if (!eg_ok(eg_file_make_dir(dir))) {
        return fail(EG_ERR(OS_FILE), dir, why, room);
    }
    bench->run_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return bench->run_fd >= 0 ? EG_OK : fail(EG_ERR(OS_FILE), dir, why, room);
}

static eg_status add_chip(struct eg_bench *bench, const char *path, char *why, size_t room)
{
    struct eg_chip *chip = NULL;
    struct eg_device *device = NULL;
    struct eg_device **grown =
        realloc(bench->devices, (bench->count + 1) * sizeof(*bench->devices));
    if (grown == NULL) {
        return fail(EG_ERR(NO_MEMORY), path, why, room);
    }
    bench->devices = grown;
    eg_status st = eg_chip_open(path, find_family, &bench->families, &chip);
    if (eg_ok(st)) {
        st = eg_device_open(&bench->loop, bench->crypto, bench->run_fd, chip, &device);
    }
    if (!eg_ok(st)) {
        return fail(st, path, why, room);
    }
    bench->devices[bench->count++] = device;
    return EG_OK;
}

/* "<uuid>.chip" of each chip asked for by name. */
static eg_status add_only(struct eg_bench *bench, const struct eg_bench_options *options, char *why,
                          size_t room)
{
    for (size_t i = 0; i < options->only_count; i++) {
        struct eg_uuid uuid;
        char name[EG_UUID_HEX_LEN + sizeof(".chip")];
        char path[EG_PATH_MAX];
        eg_status st = eg_uuid_from_hex(eg_span_str(options->only[i]), &uuid);
        if (!eg_ok(st)) {
            return fail(st, options->only[i], why, room);
        }
        eg_uuid_to_hex(&uuid, name);
        memcpy(name + EG_UUID_HEX_LEN, ".chip", sizeof(".chip"));
        EG_TRY(eg_path_join(options->chips_dir, name, path, sizeof(path)));
        EG_TRY(add_chip(bench, path, why, room));
    }
    return EG_OK;
}

static int is_chip(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".chip") == 0;
}

static eg_status add_all(struct eg_bench *bench, const char *dir, char *why, size_t room)
{
    struct dirent **entries = NULL;
    int count = scandir(dir, &entries, is_chip, alphasort);
    if (count < 0) {
        return fail(EG_ERR(OS_FILE), dir, why, room);
    }
    eg_status st = EG_OK;
    for (int i = 0; i < count; i++) {
        char path[EG_PATH_MAX];
        if (eg_ok(st)) {
            st = eg_path_join(dir, entries[i]->d_name, path, sizeof(path));
        }
        if (eg_ok(st)) {
            st = add_chip(bench, path, why, room);
        }
        free(entries[i]);
    }
    free(entries);
    return st;
}

static eg_status bring_up(struct eg_bench *bench, const struct eg_bench_options *options, char *why,
                          size_t room)
{
    EG_TRY(load_families(bench, options->families_dir, why, room));
    EG_TRY(eg_crypto_new(&bench->crypto));
    EG_TRY(eg_loop_init(&bench->loop));
    EG_TRY(open_run_dir(bench, options->run_dir, why, room));
    return options->only_count > 0 ? add_only(bench, options, why, room)
                                   : add_all(bench, options->chips_dir, why, room);
}

eg_status eg_bench_open(struct eg_bench *bench, const struct eg_bench_options *options, char *why,
                        size_t why_room)
{
    memset(bench, 0, sizeof(*bench));
    bench->run_fd = -1;
    bench->loop.fd = -1;
    why[0] = '\0';
    eg_status st = bring_up(bench, options, why, why_room);
    if (!eg_ok(st)) {
        eg_bench_close(bench);
    }
    return st;
}

void eg_bench_close(struct eg_bench *bench)
{
    for (size_t i = 0; i < bench->count; i++) {
        eg_device_close(bench->devices[i]);
    }
    free(bench->devices);
    bench->devices = NULL;
    bench->count = 0;
    eg_fd_close(&bench->run_fd);
    eg_loop_cleanup(&bench->loop);
    eg_crypto_free(bench->crypto);
    bench->crypto = NULL;
}
