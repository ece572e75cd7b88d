/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/port/linux/psa_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/port/linux/enclave.h"
#include "lib/base/text.h"
#include "lib/os/fd.h"

enum { NAME_LEN = 8 };

static bool path_of(const char *dir, uint32_t id, char out[static EG_PATH_MAX])
{
    int n = snprintf(out, EG_PATH_MAX, "%s/%08x", dir, (unsigned)id);
    return n > 0 && n < EG_PATH_MAX;
}

int32_t eg_psa_file_read(const char *dir, uint32_t id, struct eg_file_bytes *out)
{
    char path[EG_PATH_MAX];
    *out = (struct eg_file_bytes){NULL, 0};
    if (!path_of(dir, id, path)) {
        return EG_PORT_PSA_STORAGE_FAILURE;
    }
    if (!eg_file_exists(path)) {
        return EG_PORT_PSA_DOES_NOT_EXIST;
    }
    return eg_ok(eg_file_read(path, EG_PORT_OBJECT_BYTES_MAX, out)) ? EG_PORT_PSA_OK
                                                                    : EG_PORT_PSA_STORAGE_FAILURE;
}

int32_t eg_psa_file_write(const char *dir, uint32_t id, struct eg_span data)
{
    char path[EG_PATH_MAX];
    return path_of(dir, id, path) && eg_ok(eg_file_write(path, 0600, data))
               ? EG_PORT_PSA_OK
               : EG_PORT_PSA_STORAGE_FAILURE;
}

int32_t eg_psa_file_remove(const char *dir, uint32_t id)
{
    char path[EG_PATH_MAX];
    if (!path_of(dir, id, path)) {
        return EG_PORT_PSA_STORAGE_FAILURE;
    }
    if (unlink(path) != 0) {
        return errno == ENOENT ? EG_PORT_PSA_DOES_NOT_EXIST : EG_PORT_PSA_STORAGE_FAILURE;
    }
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    eg_fd_close(&fd);
    return synced ? EG_PORT_PSA_OK : EG_PORT_PSA_STORAGE_FAILURE;
}

/* An id from a file's name; false: another file, a temporary one for example. */
static bool id_of(const char *name, uint32_t *out)
{
    uint8_t bytes[NAME_LEN / 2];
    if (strlen(name) != NAME_LEN || !eg_ok(eg_hex_decode(eg_span(name, NAME_LEN), bytes, 4))) {
        return false;
    }
    *out = eg_load_be32(bytes);
    return true;
}

static int by_id(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

int32_t eg_psa_file_list(const char *dir, uint32_t *ids, size_t room, size_t *count)
{
    DIR *d = opendir(dir);
    *count = 0;
    if (d == NULL) {
        return EG_PORT_PSA_STORAGE_FAILURE;
    }
    for (const struct dirent *e; *count < room && (e = readdir(d)) != NULL;) {
        if (id_of(e->d_name, &ids[*count])) {
            (*count)++;
        }
    }
    (void)closedir(d);
    qsort(ids, *count, sizeof(ids[0]), by_id);
    return EG_PORT_PSA_OK;
}
