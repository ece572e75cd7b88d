/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into a cmocka program: makes one allocation of its tests fail.
 *
 *   FAILMALLOC_AT       number of the call that fails, counted from 1; absent: none
 *   FAILMALLOC_SITES    file that gets a line per place that allocates, when the tests are
 *                       through: the numbers of the first and the last call from there
 *   FAILMALLOC_CALLERS  how many callers make a place (5)
 *   FAILMALLOC_THIN     beyond the first 100,000 calls look at every THINth only, seeking places
 *   FAILMALLOC_TRACE    set: say on stderr where the call that failed came from
 *
 * A place is a chain of callers in the program itself: what a library does inside is left out.
 * Counted are calls of the malloc family, those of strdup() and other library functions included,
 * by every thread while the test group runs. Programs that a test starts are left alone, and so is
 * the handling of signals: cmocka would report a crash as a failed test.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    PLENTY = 100000,    /* calls that are all looked at */
    FRAMES = 40,        /* callers looked at */
    OWN = 5,            /* callers in the program that make a place, unless told */
    SITES_MAX = 1 << 16 /* a power of two, well above what a program has */
};

/* glibc's own entries, which stay reachable behind ours. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

typedef int run_group_fn(const char *name, const void *tests, size_t count, void *setup,
                         void *teardown);
run_group_fn _cmocka_run_group_tests;

static atomic_ulong calls;
static atomic_bool running;
static unsigned long fail_at, thin = 1;
static int own_frames = OWN;
static bool trace;

/* Places seen, by the hash of their callers; 0: free. */
static struct {
    uint64_t chain;
    unsigned long first, last;
} * sites;
static uintptr_t program_begin, program_end; /* the addresses of the program's code */
static pthread_mutex_t sites_lock = PTHREAD_MUTEX_INITIALIZER;
static __thread bool noting;

/* The first object is the program. */
static int take_program(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    (void)context;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X) != 0) {
            program_begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            program_end = program_begin + info->dlpi_phdr[i].p_memsz;
        }
    }
    return 1;
}

__attribute__((constructor)) static void start(void)
{
    void *frames[1];
    const char *at = getenv("FAILMALLOC_AT");
    fail_at = at == NULL ? 0 : strtoul(at, NULL, 10);
    trace = getenv("FAILMALLOC_TRACE") != NULL;
    if (getenv("FAILMALLOC_THIN") != NULL) {
        thin = strtoul(getenv("FAILMALLOC_THIN"), NULL, 10);
        thin = thin == 0 ? 1 : thin;
    }
    if (getenv("FAILMALLOC_CALLERS") != NULL) {
        own_frames = atoi(getenv("FAILMALLOC_CALLERS"));
    }
    (void)backtrace(frames, 1); /* loads what it needs, which allocates */
    if (getenv("FAILMALLOC_SITES") != NULL) {
        (void)dl_iterate_phdr(take_program, NULL);
        sites = __libc_calloc(SITES_MAX, sizeof(*sites));
    }
    (void)unsetenv("LD_PRELOAD");
}

static uint64_t chain_of_callers(void)
{
    void *frames[FRAMES];
    int count = backtrace(frames, FRAMES);
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (int i = 0, own = 0; i < count && own < own_frames; i++) {
        if ((uintptr_t)frames[i] >= program_begin && (uintptr_t)frames[i] < program_end) {
            hash = (hash ^ (uintptr_t)frames[i]) * 1099511628211u;
            own++;
        }
    }
    return hash | 1;
}

static void note(unsigned long number)
{
    if (sites == NULL || noting || (number > PLENTY && number % thin != 0)) {
        return;
    }
    noting = true;
    uint64_t chain = chain_of_callers();
    (void)pthread_mutex_lock(&sites_lock);
    size_t at = chain >> 20 & (SITES_MAX - 1);
    while (sites[at].chain != 0 && sites[at].chain != chain) {
        at = (at + 1) & (SITES_MAX - 1);
    }
    if (sites[at].chain == 0) {
        sites[at].chain = chain;
        sites[at].first = number;
    }
    sites[at].last = number;
    (void)pthread_mutex_unlock(&sites_lock);
    noting = false;
}

static bool fails(void)
{
    void *frames[FRAMES];
    if (!atomic_load(&running)) {
        return false;
    }
    unsigned long number = atomic_fetch_add(&calls, 1) + 1;
    note(number);
    if (number != fail_at) {
        return false;
    }
    if (trace) {
        backtrace_symbols_fd(frames, backtrace(frames, FRAMES), STDERR_FILENO);
    }
    errno = ENOMEM;
    return true;
}

static void write_sites(void)
{
    const char *path = getenv("FAILMALLOC_SITES");
    FILE *f = path == NULL || sites == NULL ? NULL : fopen(path, "w");
    for (size_t i = 0; f != NULL && i < SITES_MAX; i++) {
        if (sites[i].chain != 0) {
            (void)fprintf(f, "%lu %lu\n", sites[i].first, sites[i].last);
        }
    }
    if (f != NULL) {
        (void)fclose(f);
    }
}

int _cmocka_run_group_tests(const char *name, const void *tests, size_t count, void *setup,
                            void *teardown)
{
    run_group_fn *real;
    *(void **)&real = dlsym(RTLD_NEXT, "_cmocka_run_group_tests");
    atomic_store(&running, true);
    int failed = real(name, tests, count, setup, teardown);
    atomic_store(&running, false);
    write_sites();
    return failed;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, count * size);
}

void *memalign(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *block = memalign(alignment, size);
    if (block == NULL) {
        return ENOMEM;
    }
    *out = block;
    return 0;
}

/* cmocka's only use of signal() is to catch crashes. */
void (*signal(int number, void (*handler)(int)))(int)
{
    (void)number;
    (void)handler;
    return SIG_DFL;
}
