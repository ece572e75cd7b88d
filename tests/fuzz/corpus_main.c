/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over saved inputs without libFuzzer, so that every build checks them.
 *
 * Arguments are files or folders of files. Each file is fed whole, cut at every length (at
 * CUTS_MAX evenly spread ones when it is long) and with one byte changed at each of these places.
 * Inputs live in blocks of their exact size, so that a sanitizer sees a read past the end.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

enum {
    CUTS_MAX = 512,
    FILE_MAX = 1 << 20, /* bytes of one input */
    PATH_ROOM = 4096,
};

static size_t files_run;

static void die(const char *what, const char *path)
{
    fprintf(stderr, "%s: %s\n", what, path);
    exit(1);
}

/* Feed the first `len` bytes of data, byte `flip` complemented when it is below len. */
static void feed(const uint8_t *data, size_t len, size_t flip)
{
    uint8_t *exact = malloc(len > 0 ? len : 1);
    if (exact == NULL) {
        die("out of memory", "input");
    }
    memcpy(exact, data, len);
    if (flip < len) {
        exact[flip] = (uint8_t)~exact[flip];
    }
    (void)LLVMFuzzerTestOneInput(exact, len);
    free(exact);
}

static void run_file(const char *path)
{
    static uint8_t data[FILE_MAX];
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        die("cannot open", path);
    }
    size_t len = fread(data, 1, sizeof data, f);
    if (ferror(f) || fgetc(f) != EOF) {
        die("cannot read, or longer than 1 MiB", path);
    }
    fclose(f);
    size_t step = len / CUTS_MAX + 1;
    feed(data, len, len);
    for (size_t at = 0; at < len; at += step) {
        feed(data, at, at);
        feed(data, len, at);
    }
    files_run++;
}

static void run_folder(const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        die("cannot open", path);
    }
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        char name[PATH_ROOM];
        if (e->d_name[0] == '.') {
            continue;
        }
        int n = snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        if (n < 0 || (size_t)n >= sizeof name) {
            die("path too long", e->d_name);
        }
        run_file(name);
    }
    closedir(dir);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct stat st;
        if (stat(argv[i], &st) != 0) {
            die("no such file or folder", argv[i]);
        }
        if (S_ISDIR(st.st_mode)) {
            run_folder(argv[i]);
        } else {
            run_file(argv[i]);
        }
    }
    printf("%zu inputs, each whole, cut and changed\n", files_run);
    return files_run > 0 ? 0 : 1;
}
