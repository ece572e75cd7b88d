/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LD_PRELOAD: a wall clock that jumps. The file EG_CLOCK_SHIFT holds seconds as a 64-bit number in
 * the machine's byte order; it is added to CLOCK_REALTIME wherever it is asked for. The monotonic
 * clock does not jump, as on a real computer.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift; /* mapped */
static int (*real_clock)(clockid_t, struct timespec *);

/* Other libraries call us from their own start, before ours. */
static void resolve(void)
{
    void *found = real_clock == NULL ? dlsym(RTLD_NEXT, "clock_gettime") : NULL;
    if (found != NULL) {
        memcpy(&real_clock, &found, sizeof found);
    }
    if (real_clock == NULL) {
        abort();
    }
}

__attribute__((constructor)) static void start(void)
{
    const char *file = getenv("EG_CLOCK_SHIFT");
    resolve();
    int fd = file == NULL ? -1 : open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    void *p = mmap(NULL, sizeof *shift, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (p == MAP_FAILED) {
        abort();
    }
    shift = p;
}

int clock_gettime(clockid_t which, struct timespec *t)
{
    resolve();
    int result = real_clock(which, t);
    if (result == 0 && shift != NULL &&
        (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) {
        t->tv_sec += *shift;
    }
    return result;
}

time_t time(time_t *out)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    if (out != NULL) {
        *out = t.tv_sec;
    }
    return t.tv_sec;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    struct timespec t;
    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    *tv = (struct timeval){t.tv_sec, t.tv_nsec / 1000};
    return 0;
}
