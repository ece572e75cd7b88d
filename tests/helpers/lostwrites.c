/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LD_PRELOAD: a page cache that a kill empties. What a program writes to files below EG_LOST_DIR
 * stays in this library's memory, where the program itself sees it, until fsync() or fdatasync();
 * kill -9 then does what a power failure does to a computer: it loses all that was not synced.
 *
 * EG_LOST_PROGRAM  name of the program meant (children inherit the environment)
 * EG_LOST_DIR      absolute path; files ending in -shm are left alone (mapped, never durable)
 * EG_LOST_KEEP     none: nothing reaches the disk by itself; any: every second write does, in no
 *                  order, as a kernel may choose; prefix: now and then all that came so far
 *
 * Names (creating, renaming, removing) are durable at once. Files are known by device and inode.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/helpers/next_symbol.h"

enum { FILES_MAX = 512 };
enum keep { KEEP_NONE, KEEP_ANY, KEEP_PREFIX };

struct file {
    dev_t dev;
    ino_t ino;
    uint8_t *bytes; /* NULL: entry is free */
    size_t len, capacity;
    size_t dirty_from, dirty_to; /* of bytes not on disk; from >= to: none */
};

static struct {
    ssize_t (*read)(int, void *, size_t);
    ssize_t (*pread)(int, void *, size_t, off_t);
    ssize_t (*write)(int, const void *, size_t);
    ssize_t (*pwrite)(int, const void *, size_t, off_t);
    int (*ftruncate)(int, off_t);
    int (*fsync)(int);
    int (*fdatasync)(int);
    int (*fstat)(int, struct stat *);
    int (*stat)(const char *, struct stat *);
    int (*unlink)(const char *);
    int (*rename)(const char *, const char *);
} real;

static bool on;
static const char *dir;
static enum keep keep;
static unsigned seed;
static struct file files[FILES_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define FIND(member, name) eg_next_symbol(name, &real.member, sizeof real.member)

/* Other libraries call us from their own start, before ours. */
static void resolve(void)
{
    if (real.rename == NULL) {
        FIND(read, "read");
        FIND(pread, "pread64");
        FIND(write, "write");
        FIND(pwrite, "pwrite64");
        FIND(ftruncate, "ftruncate64");
        FIND(fsync, "fsync");
        FIND(fdatasync, "fdatasync");
        FIND(fstat, "fstat64");
        FIND(stat, "stat64");
        FIND(unlink, "unlink");
        FIND(rename, "rename");
    }
}

__attribute__((constructor)) static void start(void)
{
    const char *program = getenv("EG_LOST_PROGRAM");
    const char *how = getenv("EG_LOST_KEEP");

    resolve();
    dir = getenv("EG_LOST_DIR");
    on = program != NULL && dir != NULL && strcmp(program_invocation_short_name, program) == 0;
    if (how != NULL) {
        keep = strcmp(how, "any") == 0 ? KEEP_ANY : strcmp(how, "prefix") == 0 ? KEEP_PREFIX : keep;
    }
    seed = (unsigned)getpid();
}

/* ---- files; the lock is held ------------------------------------------------------------------
 */

static struct file *known(dev_t dev, ino_t ino)
{
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (files[i].bytes != NULL && files[i].dev == dev && files[i].ino == ino) {
            return &files[i];
        }
    }
    return NULL;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static bool is_meant(int fd)
{
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0) {
        return false;
    }
    path[n] = '\0';
    return strncmp(path, dir, strlen(dir)) == 0 && !ends_with(path, "-shm");
}

static void make_room(struct file *f, size_t len)
{
    if (len > f->capacity) {
        f->capacity = 2 * len + 65536;
        f->bytes = realloc(f->bytes, f->capacity);
        if (f->bytes == NULL) {
            abort();
        }
    }
    if (len > f->len) {
        memset(f->bytes + f->len, 0, len - f->len);
    }
}

static struct file *load(int fd, const struct stat *st)
{
    struct file *f = NULL;
    for (size_t i = 0; i < FILES_MAX && f == NULL; i++) {
        f = files[i].bytes == NULL ? &files[i] : NULL;
    }
    if (f == NULL) {
        abort();
    }
    *f = (struct file){.dev = st->st_dev, .ino = st->st_ino};
    make_room(f, (size_t)st->st_size + 1);
    while (f->len < (size_t)st->st_size) {
        ssize_t n = real.pread(fd, f->bytes + f->len, (size_t)st->st_size - f->len, (off_t)f->len);
        if (n <= 0) {
            abort();
        }
        f->len += (size_t)n;
    }
    return f;
}

/* The file behind fd if it is covered; `writing`: cover it from now on if it is meant. */
static struct file *of(int fd, bool writing)
{
    struct stat st;
    int saved = errno;
    if (real.fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        errno = saved;
        return NULL;
    }
    struct file *f = known(st.st_dev, st.st_ino);
    if (f == NULL && writing && is_meant(fd)) {
        f = load(fd, &st);
    }
    errno = saved;
    return f;
}

static void forget(const char *path)
{
    struct stat st;
    int saved = errno;
    struct file *f = real.stat(path, &st) == 0 ? known(st.st_dev, st.st_ino) : NULL;
    if (f != NULL && st.st_nlink == 1) {
        free(f->bytes);
        *f = (struct file){0};
    }
    errno = saved;
}

static void to_disk(int fd, const struct file *f, size_t from, size_t to)
{
    while (from < to) {
        ssize_t n = real.pwrite(fd, f->bytes + from, to - from, (off_t)from);
        if (n <= 0) {
            abort();
        }
        from += (size_t)n;
    }
}

static void flush(int fd, struct file *f)
{
    struct stat st;
    if (real.fstat(fd, &st) != 0) {
        abort();
    }
    if ((size_t)st.st_size > f->len && real.ftruncate(fd, (off_t)f->len) != 0) {
        abort();
    }
    to_disk(fd, f, f->dirty_from, f->dirty_to < f->len ? f->dirty_to : f->len);
    if (real.fstat(fd, &st) == 0 && (size_t)st.st_size < f->len &&
        real.ftruncate(fd, (off_t)f->len) != 0) {
        abort();
    }
    f->dirty_from = f->dirty_to = 0;
}

static void put(int fd, struct file *f, const void *data, size_t len, size_t at)
{
    make_room(f, at + len);
    memcpy(f->bytes + at, data, len);
    f->len = at + len > f->len ? at + len : f->len;
    bool clean = f->dirty_from >= f->dirty_to;
    f->dirty_from = clean || at < f->dirty_from ? at : f->dirty_from;
    f->dirty_to = clean || at + len > f->dirty_to ? at + len : f->dirty_to;
    if (keep == KEEP_ANY && rand_r(&seed) % 2 == 0) {
        /* as a write-through of this one alone; O_APPEND would put it at the wrong place */
        if ((fcntl(fd, F_GETFL) & O_APPEND) == 0) {
            to_disk(fd, f, at, at + len);
        }
    } else if (keep == KEEP_PREFIX && rand_r(&seed) % 4 == 0) {
        flush(fd, f);
    }
}

static size_t get(const struct file *f, void *out, size_t len, size_t at)
{
    size_t n = at >= f->len ? 0 : f->len - at < len ? f->len - at : len;
    memcpy(out, f->bytes + (n > 0 ? at : 0), n);
    return n;
}

/* ---- what the program calls -------------------------------------------------------------------
 */

ssize_t pread64(int fd, void *out, size_t len, off_t at)
{
    resolve();
    if (!on) {
        return real.pread(fd, out, len, at);
    }
    pthread_mutex_lock(&lock);
    struct file *f = of(fd, false);
    ssize_t n = f == NULL ? -1 : (ssize_t)get(f, out, len, (size_t)at);
    pthread_mutex_unlock(&lock);
    return f == NULL ? real.pread(fd, out, len, at) : n;
}

ssize_t pwrite64(int fd, const void *data, size_t len, off_t at)
{
    resolve();
    if (!on) {
        return real.pwrite(fd, data, len, at);
    }
    pthread_mutex_lock(&lock);
    struct file *f = of(fd, true);
    if (f != NULL) {
        put(fd, f, data, len, (size_t)at);
    }
    pthread_mutex_unlock(&lock);
    return f == NULL ? real.pwrite(fd, data, len, at) : (ssize_t)len;
}

ssize_t read(int fd, void *out, size_t len)
{
    resolve();
    if (!on) {
        return real.read(fd, out, len);
    }
    pthread_mutex_lock(&lock);
    struct file *f = of(fd, false);
    ssize_t n = -1;
    if (f != NULL) {
        n = (ssize_t)get(f, out, len, (size_t)lseek(fd, 0, SEEK_CUR));
        (void)lseek(fd, n, SEEK_CUR);
    }
    pthread_mutex_unlock(&lock);
    return f == NULL ? real.read(fd, out, len) : n;
}

ssize_t write(int fd, const void *data, size_t len)
{
    resolve();
    if (!on) {
        return real.write(fd, data, len);
    }
    pthread_mutex_lock(&lock);
    struct file *f = of(fd, true);
    if (f != NULL) {
        bool append = (fcntl(fd, F_GETFL) & O_APPEND) != 0;
        size_t at = append ? f->len : (size_t)lseek(fd, 0, SEEK_CUR);
        put(fd, f, data, len, at);
        (void)lseek(fd, (off_t)(at + len), SEEK_SET);
    }
    pthread_mutex_unlock(&lock);
    return f == NULL ? real.write(fd, data, len) : (ssize_t)len;
}

int ftruncate64(int fd, off_t len)
{
    resolve();
    if (!on) {
        return real.ftruncate(fd, len);
    }
    pthread_mutex_lock(&lock);
    struct file *f = of(fd, true);
    if (f != NULL) {
        make_room(f, (size_t)len);
        f->len = (size_t)len;
    }
    pthread_mutex_unlock(&lock);
    return f == NULL ? real.ftruncate(fd, len) : 0;
}

static int sync_with(int fd, int (*really)(int))
{
    if (on) {
        pthread_mutex_lock(&lock);
        struct file *f = of(fd, false);
        if (f != NULL) {
            flush(fd, f);
        }
        pthread_mutex_unlock(&lock);
    }
    return really(fd);
}

int fsync(int fd)
{
    resolve();
    return sync_with(fd, real.fsync);
}

int fdatasync(int fd)
{
    resolve();
    return sync_with(fd, real.fdatasync);
}

static int with_size(int result, struct stat *st)
{
    if (on && result == 0) {
        pthread_mutex_lock(&lock);
        const struct file *f = known(st->st_dev, st->st_ino);
        st->st_size = f == NULL ? st->st_size : (off_t)f->len;
        pthread_mutex_unlock(&lock);
    }
    return result;
}

int fstat64(int fd, struct stat64 *st)
{
    resolve();
    return with_size(real.fstat(fd, (struct stat *)st), (struct stat *)st);
}

int stat64(const char *path, struct stat64 *st)
{
    resolve();
    return with_size(real.stat(path, (struct stat *)st), (struct stat *)st);
}

int unlink(const char *path)
{
    resolve();
    if (on) {
        pthread_mutex_lock(&lock);
        forget(path);
        pthread_mutex_unlock(&lock);
    }
    return real.unlink(path);
}

int rename(const char *from, const char *to)
{
    resolve();
    if (on) {
        pthread_mutex_lock(&lock);
        forget(to);
        pthread_mutex_unlock(&lock);
    }
    return real.rename(from, to);
}

/* The same calls under their other names (on 64-bit systems off_t is off64_t). */
ssize_t pread(int fd, void *out, size_t len, off_t at) __attribute__((alias("pread64")));
ssize_t pwrite(int fd, const void *data, size_t len, off_t at) __attribute__((alias("pwrite64")));
int ftruncate(int fd, off_t len) __attribute__((alias("ftruncate64")));
int fstat(int fd, struct stat *st) __attribute__((alias("fstat64")));
int stat(const char *path, struct stat *st) __attribute__((alias("stat64")));
