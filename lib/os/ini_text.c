/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/os/ini_text.h"

#include <dirent.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/os/file.h"

/* One file on its way in: what was seen, and the first thing that was wrong. */
struct reading {
    struct eg_span rest; /* not yet handed to inih */
    int line;            /* of what was handed over last */
    const struct eg_ini_form *form;
    void *record;
    bool seen[EG_INI_KEYS_MAX];
    bool failed;
    int failed_line; /* 0: the file as a whole */
    char problem[160];
};

static void blame(struct reading *r, const char *what, const char *section, const char *name)
{
    if (!r->failed) {
        r->failed = true;
        r->failed_line = r->line;
        (void)snprintf(r->problem, sizeof(r->problem), "%s: [%.40s] %.40s", what, section, name);
    }
}

static void blame_form(struct reading *r, int line, const char *what)
{
    r->failed = true;
    r->failed_line = line;
    (void)snprintf(r->problem, sizeof(r->problem), "%s", what);
}

/* inih's reader, as fgets(): the next line with its LF. Lines fit: they were measured before. */
static char *hand_over_line(char *room, int size, void *stream)
{
    struct reading *r = stream;
    const uint8_t *end = r->rest.len > 0 ? memchr(r->rest.ptr, '\n', r->rest.len) : NULL;
    size_t len = end != NULL ? (size_t)(end - r->rest.ptr) + 1 : r->rest.len;

    if (len == 0 || len >= (size_t)size) {
        return NULL;
    }
    memcpy(room, r->rest.ptr, len);
    room[len] = '\0';
    r->rest = eg_span(r->rest.ptr + len, r->rest.len - len);
    r->line++;
    return room;
}

/* Its place among the keys; count if it is none. */
static size_t find_key(const struct eg_ini_form *form, const char *section, const char *name)
{
    size_t i;

    for (i = 0; i < form->count; i++) {
        const char *s, *n;

        form->key(i, &s, &n);
        if (strcmp(s, section) == 0 && strcmp(n, name) == 0) {
            break;
        }
    }
    return i;
}

/* inih's handler: 0 marks the line as wrong; after the first one nothing is looked at any more. */
static int take_line(void *user, const char *section, const char *name, const char *value)
{
    struct reading *r = user;
    size_t i;

    if (r->failed) {
        return 1;
    }
    i = find_key(r->form, section, name);
    if (i == r->form->count) {
        blame(r, "unknown key", section, name);
    } else if (r->seen[i]) {
        blame(r, "key given twice", section, name);
    } else {
        r->seen[i] = true;
        if (!r->form->set(r->record, i, value)) {
            blame(r, "value not allowed", section, name);
        }
    }
    return r->failed ? 0 : 1;
}

static void check_complete(struct reading *r)
{
    for (size_t i = 0; i < r->form->count; i++) {
        const char *section, *name;

        if (!r->seen[i]) {
            r->form->key(i, &section, &name);
            blame(r, "missing key", section, name);
        }
    }
}

/* "mcxn947.ini", possibly behind a path, holds the family "mcxn947". */
static bool name_fits(const char *file, const char *name)
{
    const char *slash = strrchr(file, '/');
    const char *base = slash != NULL ? slash + 1 : file;
    size_t len = strlen(name);

    return strncmp(base, name, len) == 0 && strcmp(base + len, ".ini") == 0;
}

/* A line that inih would cut, or one with a NUL in it; 0 if there is none. */
static int first_odd_line(struct eg_span text)
{
    size_t start = 0;
    int line = 1;

    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            start = i + 1;
            line++;
        } else if (i - start >= EG_INI_LINE_MAX || text.ptr[i] == '\0') {
            return line;
        }
    }
    return 0;
}

static void read_text(struct reading *r, struct eg_span text)
{
    int odd = first_odd_line(text);
    int bad;

    if (odd != 0) {
        blame_form(r, odd, "line too long or not text");
        return;
    }
    r->rest = text;
    bad = ini_parse_stream(hand_over_line, r, take_line, r);
    if (bad != 0 && (!r->failed || bad < r->failed_line)) {
        blame_form(r, bad > 0 ? bad : 0, "not a line of an INI file");
    }
    r->line = 0;
    check_complete(r);
}

static void check_values(struct reading *r, const char *file)
{
    const char *contradiction = r->failed ? NULL : r->form->contradiction(r->record);
    const char *section, *name;

    if (contradiction != NULL) {
        blame_form(r, 0, contradiction);
    }
    if (!r->failed && !name_fits(file, r->form->name_of(r->record))) {
        r->form->key(0, &section, &name);
        blame(r, "not the name of the file", section, name);
    }
}

static void explain(const struct reading *r, const char *file, char *why, size_t why_room)
{
    if (why == NULL || why_room == 0) {
        return;
    }
    if (r->failed_line > 0) {
        (void)snprintf(why, why_room, "%s:%d: %s", file, r->failed_line, r->problem);
    } else {
        (void)snprintf(why, why_room, "%s: %s", file, r->problem);
    }
}

bool eg_ini_read(struct eg_span text, const char *file, const struct eg_ini_form *form,
                 void *record, char *why, size_t why_room)
{
    struct reading r = {.form = form, .record = record};

    if (why != NULL && why_room > 0) {
        why[0] = '\0';
    }
    read_text(&r, text);
    check_values(&r, file);
    if (r.failed) {
        explain(&r, file, why, why_room);
    }
    return !r.failed;
}

static int is_ini(const struct dirent *e)
{
    const char *dot = strrchr(e->d_name, '.');

    return e->d_name[0] != '.' && dot != NULL && strcmp(dot, ".ini") == 0 ? 1 : 0;
}

static eg_status take_one(const char *dir, const char *name, eg_ini_take take, void *ctx, char *why,
                          size_t why_room)
{
    struct eg_file_bytes text;
    char path[EG_PATH_MAX];
    eg_status st;

    EG_TRY(eg_path_join(dir, name, path, sizeof(path)));
    st = eg_file_read(path, EG_INI_FILE_MAX, &text);
    if (!eg_ok(st)) {
        if (why != NULL && why_room > 0) {
            (void)snprintf(why, why_room, "%s: cannot be read", path);
        }
        return st;
    }
    st = take(ctx, eg_file_span(&text), path, why, why_room);
    eg_file_bytes_free(&text);
    return st;
}

eg_status eg_ini_folder(const char *dir, eg_ini_take take, void *ctx, size_t *out_count, char *why,
                        size_t why_room)
{
    struct dirent **files = NULL;
    eg_status st = EG_OK;
    int count;

    *out_count = 0;
    if (why != NULL && why_room > 0) {
        why[0] = '\0';
    }
    count = scandir(dir, &files, is_ini, alphasort);
    if (count < 0) {
        return EG_ERR(OS_FILE);
    }
    for (int i = 0; i < count; i++) {
        if (eg_ok(st)) {
            *out_count += 1;
            st = take_one(dir, files[i]->d_name, take, ctx, why, why_room);
        }
        free(files[i]);
    }
    free(files);
    return st;
}
