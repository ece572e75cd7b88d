/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "lib/os/fd.h"

enum {
    RANDOM_LEN = 8,
};

void eg_file_bytes_free(struct eg_file_bytes *b)
{
    eg_wipe(b->ptr, b->len);
    free(b->ptr);
    *b = (struct eg_file_bytes){NULL, 0};
}

static eg_status read_open_file(int fd, size_t max, struct eg_file_bytes *out)
{
    struct stat info;
    eg_status st;
    uint8_t *room;
    size_t len;

    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        return EG_ERR(OS_FILE);
    }
    if ((uint64_t)info.st_size > max) {
        return EG_ERR(OS_FILE_TOO_LARGE);
    }
    len = (size_t)info.st_size;
    room = calloc(1, len + 1);
    if (room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    st = len > 0 ? eg_fd_read(fd, room, len) : EG_OK;
    if (!eg_ok(st)) {
        free(room); /* eg_fd_read() left only zeros */
        return EG_ERR(OS_FILE);
    }
    *out = (struct eg_file_bytes){room, len};
    return EG_OK;
}

eg_status eg_file_read(const char *path, size_t max, struct eg_file_bytes *out)
{
    eg_status st;
    int fd;

    *out = (struct eg_file_bytes){NULL, 0};
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO in its place must not block us */
    if (fd < 0) {
        return EG_ERR(OS_FILE);
    }
    st = read_open_file(fd, max, out);
    eg_fd_close(&fd);
    return st;
}

static eg_status random_hex(char out[static EG_HEX_LEN(RANDOM_LEN) + 1])
{
    uint8_t bytes[RANDOM_LEN];

    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
        return EG_ERR(OS_FILE);
    }
    eg_hex_encode(EG_SPAN_OF(bytes), out);
    return EG_OK;
}

/* "<path>.<random>.tmp" beside the file, created for us alone. */
static eg_status open_temp(const char *path, char *temp, size_t room, int *out_fd)
{
    char name[EG_HEX_LEN(RANDOM_LEN) + 1];
    int n;

    EG_TRY(random_hex(name));
    n = snprintf(temp, room, "%s.%s.tmp", path, name);
    if (n < 0 || (size_t)n >= room) {
        return EG_ERR(OS_FILE);
    }
    *out_fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return *out_fd < 0 ? EG_ERR(OS_FILE) : EG_OK;
}

static eg_status fill_and_sync(int fd, mode_t mode, struct eg_span data)
{
    EG_TRY(eg_fd_write(fd, data));
    if (fchmod(fd, mode) != 0 || fsync(fd) != 0) {
        return EG_ERR(OS_FILE);
    }
    return EG_OK;
}

/* The folder of path, so that the new name itself survives a power cut. */
static eg_status sync_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    char parent[EG_PATH_MAX] = ".";
    eg_status st = EG_OK;
    int fd;

    if (slash != NULL) {
        size_t len = slash == path ? 1 : (size_t)(slash - path);

        if (len >= sizeof(parent)) {
            return EG_ERR(OS_FILE);
        }
        memcpy(parent, path, len);
        parent[len] = '\0';
    }
    fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0) {
        st = EG_ERR(OS_FILE);
    }
    eg_fd_close(&fd);
    return st;
}

/* link() and rename() differ in just this: whether a file in the way is an error. */
static eg_status put_in_place(const char *temp, const char *path, bool replace)
{
    if (replace) {
        return rename(temp, path) == 0 ? EG_OK : EG_ERR(OS_FILE);
    }
    if (link(temp, path) != 0) {
        return errno == EEXIST ? EG_ERR(OS_FILE_EXISTS) : EG_ERR(OS_FILE);
    }
    (void)unlink(temp); /* a second name that stays behind does no harm */
    return EG_OK;
}

static eg_status write_via_temp(const char *path, mode_t mode, struct eg_span data, bool replace)
{
    char temp[EG_PATH_MAX];
    int fd = -1;
    eg_status st;

    EG_TRY(open_temp(path, temp, sizeof(temp), &fd));
    st = fill_and_sync(fd, mode, data);
    eg_fd_close(&fd);
    if (eg_ok(st)) {
        st = put_in_place(temp, path, replace);
    }
    if (!eg_ok(st)) {
        (void)unlink(temp);
        return eg_is(st, EG_E_OS_FILE_EXISTS) ? st : EG_ERR(OS_FILE);
    }
    return sync_parent(path);
}

eg_status eg_file_write(const char *path, mode_t mode, struct eg_span data)
{
    return write_via_temp(path, mode, data, true);
}

eg_status eg_file_create(const char *path, mode_t mode, struct eg_span data)
{
    return write_via_temp(path, mode, data, false);
}

bool eg_file_exists(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0;
}

eg_status eg_path_join(const char *dir, const char *name, char *out, size_t room)
{
    int n = snprintf(out, room, "%s/%s", dir, name);

    if (n < 0 || (size_t)n >= room) {
        if (room > 0) {
            out[0] = '\0';
        }
        return EG_ERR(NO_ROOM);
    }
    return EG_OK;
}

eg_status eg_path_of_program(char *out, size_t room)
{
    char path[EG_PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    char *slash;

    if (room > 0) {
        out[0] = '\0';
    }
    if (n <= 0) {
        return EG_ERR(OS_FILE);
    }
    path[n] = '\0';
    slash = strrchr(path, '/');
    if (slash == NULL) {
        return EG_ERR(OS_FILE);
    }
    *slash = '\0';
    if (strlen(path) >= room) {
        return EG_ERR(NO_ROOM);
    }
    memcpy(out, path, strlen(path) + 1);
    return EG_OK;
}

eg_status eg_file_make_temp_dir(const char *parent, const char *prefix, char *out, size_t room)
{
    char name[EG_HEX_LEN(RANDOM_LEN) + 1];
    const char *env = getenv("TMPDIR");
    eg_status st;
    int n;

    if (parent == NULL) {
        parent = env != NULL && env[0] != '\0' ? env : "/tmp";
    }
    st = random_hex(name);
    n = eg_ok(st) ? snprintf(out, room, "%s/%s-%s", parent, prefix, name) : -1;
    if (n >= 0 && (size_t)n >= room) {
        st = EG_ERR(NO_ROOM);
    }
    if (eg_ok(st) && mkdir(out, 0700) != 0) {
        st = EG_ERR(OS_FILE);
    }
    if (!eg_ok(st) && room > 0) {
        out[0] = '\0';
    }
    return st;
}
