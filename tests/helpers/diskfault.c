/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LD_PRELOAD: a disk that is full or read-only while a file says so. The first byte of the file
 * EG_DISK_SWITCH: F: writes below EG_DISK_DIR fail with ENOSPC; L: only those that make a file
 * longer do; R: writes, and opening for writing, fail with EROFS; E: they and syncs fail with EIO;
 * everything else: all is well. EG_DISK_PROGRAM: name of the program meant.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/helpers/next_symbol.h"

static const volatile char *fault; /* one mapped byte */
static const char *dir;
static struct {
    ssize_t (*pwrite)(int, const void *, size_t, off_t);
    ssize_t (*pwritev)(int, const struct iovec *, int, off_t);
    ssize_t (*write)(int, const void *, size_t);
    int (*ftruncate)(int, off_t);
    int (*fallocate)(int, off_t, off_t);
    int (*fsync)(int);
    int (*fdatasync)(int);
    int (*open)(const char *, int, ...);
} real;

#define FIND(member, name) eg_next_symbol(name, &real.member, sizeof real.member)

/* Other libraries call us from their own start, before ours. */
static void resolve(void)
{
    if (real.open == NULL) {
        FIND(pwrite, "pwrite64");
        FIND(pwritev, "pwritev64");
        FIND(fallocate, "posix_fallocate64");
        FIND(write, "write");
        FIND(ftruncate, "ftruncate64");
        FIND(fsync, "fsync");
        FIND(fdatasync, "fdatasync");
        FIND(open, "open64");
    }
}

__attribute__((constructor)) static void start(void)
{
    const char *file = getenv("EG_DISK_SWITCH");
    const char *program = getenv("EG_DISK_PROGRAM");
    dir = getenv("EG_DISK_DIR");
    resolve();
    if (file == NULL || dir == NULL || program == NULL ||
        strcmp(program, program_invocation_short_name) != 0) {
        return;
    }
    int fd = real.open(file, O_RDONLY | O_CLOEXEC);
    void *p = fd < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) {
        abort();
    }
    close(fd);
    fault = p;
}

static bool below(const char *path)
{
    return strncmp(path, dir, strlen(dir)) == 0;
}

static bool is_meant(int fd)
{
    char link[64], path[PATH_MAX];
    struct stat st;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return false;
    }
    path[n] = '\0';
    return below(path);
}

/* errno of a change now; 0: it may go on. */
static int refused(int fd)
{
    char now = fault == NULL ? 'O' : *fault;
    int error = now == 'F' ? ENOSPC : now == 'R' ? EROFS : now == 'E' ? EIO : 0;
    return error != 0 && is_meant(fd) ? error : 0;
}

/* The same for a write that would end at this place: what a file has already, it keeps. */
static int write_refused(int fd, off_t end)
{
    struct stat st;
    if (fault != NULL && *fault == 'L') {
        return is_meant(fd) && fstat(fd, &st) == 0 && end > st.st_size ? ENOSPC : 0;
    }
    return refused(fd);
}

#define OR_FAIL(error)                                                                             \
    do {                                                                                           \
        int error_ = (error);                                                                      \
        if (error_ != 0) {                                                                         \
            errno = error_;                                                                        \
            return -1;                                                                             \
        }                                                                                          \
    } while (0)

ssize_t pwrite64(int fd, const void *data, size_t len, off_t at)
{
    resolve();
    OR_FAIL(write_refused(fd, at + (off_t)len));
    return real.pwrite(fd, data, len, at);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t at)
{
    off_t end = at;
    resolve();
    for (int i = 0; i < count; i++) {
        end += (off_t)parts[i].iov_len;
    }
    OR_FAIL(write_refused(fd, end));
    return real.pwritev(fd, parts, count, at);
}

ssize_t write(int fd, const void *data, size_t len)
{
    resolve();
    OR_FAIL(write_refused(fd, lseek(fd, 0, SEEK_CUR) + (off_t)len));
    return real.write(fd, data, len);
}

/* This one returns its error. */
int posix_fallocate64(int fd, off_t at, off_t len)
{
    resolve();
    int error = write_refused(fd, at + len);
    return error != 0 ? error : real.fallocate(fd, at, len);
}

/* Cutting a file short works on a full disk. */
int ftruncate64(int fd, off_t len)
{
    resolve();
    int error = refused(fd);
    if (error == EROFS || error == EIO) {
        errno = error;
        return -1;
    }
    return real.ftruncate(fd, len);
}

static int sync_or_fail(int fd, int (*really)(int))
{
    if (refused(fd) == EIO) {
        errno = EIO;
        return -1;
    }
    return really(fd);
}

int fsync(int fd)
{
    resolve();
    return sync_or_fail(fd, real.fsync);
}

int fdatasync(int fd)
{
    resolve();
    return sync_or_fail(fd, real.fdatasync);
}

int open64(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
    va_end(args);
    resolve();
    if (fault != NULL && *fault == 'R' && (flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0 &&
        below(path)) {
        errno = EROFS;
        return -1;
    }
    return real.open(path, flags, mode);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at) __attribute__((alias("pwrite64")));
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at)
    __attribute__((alias("pwritev64")));
int posix_fallocate(int fd, off_t at, off_t len) __attribute__((alias("posix_fallocate64")));
int ftruncate(int fd, off_t len) __attribute__((alias("ftruncate64")));
int open(const char *path, int flags, ...) __attribute__((alias("open64")));
