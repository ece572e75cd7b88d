/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/os/family_file.h"

#include <dirent.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/os/family_keys.h"
#include "lib/os/file.h"

enum {
    KEYS_MAX = 64,
    FILE_LEN_MAX = 65536,
    LINE_LEN_MAX = 180, /* inih cuts longer lines silently */
};

/* One file on its way in: what was seen, and the first thing that was wrong. */
struct reading {
    struct eg_span rest; /* not yet handed to inih */
    int line;            /* of what was handed over last */
    struct eg_family family;
    bool seen[KEYS_MAX];
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

/* inih's handler: 0 marks the line as wrong; after the first one nothing is looked at any more. */
static int take_line(void *user, const char *section, const char *name, const char *value)
{
    struct reading *r = user;
    size_t count;
    const struct eg_family_key *keys = eg_family_keys(&count);

    if (r->failed) {
        return 1;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(keys[i].section, section) != 0 || strcmp(keys[i].name, name) != 0) {
            continue;
        }
        if (r->seen[i]) {
            blame(r, "key given twice", section, name);
        } else if (!keys[i].set(&r->family, &keys[i], value)) {
            blame(r, "value not allowed", section, name);
        }
        r->seen[i] = true;
        return r->failed ? 0 : 1;
    }
    blame(r, "unknown key", section, name);
    return 0;
}

static void check_complete(struct reading *r)
{
    size_t count;
    const struct eg_family_key *keys = eg_family_keys(&count);

    for (size_t i = 0; i < count; i++) {
        if (!r->seen[i]) {
            blame(r, "missing key", keys[i].section, keys[i].name);
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
        } else if (i - start >= LINE_LEN_MAX || text.ptr[i] == '\0') {
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
    const char *contradiction = r->failed ? NULL : eg_family_contradiction(&r->family);

    if (contradiction != NULL) {
        blame_form(r, 0, contradiction);
    }
    if (!r->failed && !name_fits(file, r->family.name)) {
        blame(r, "not the name of the file", "family", "name");
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

eg_status eg_family_parse(struct eg_span text, const char *file, struct eg_family *out, char *why,
                          size_t why_room)
{
    struct reading r;

    memset(&r, 0, sizeof(r));
    memset(out, 0, sizeof(*out));
    if (why != NULL && why_room > 0) {
        why[0] = '\0';
    }
    read_text(&r, text);
    check_values(&r, file);
    if (r.failed) {
        explain(&r, file, why, why_room);
        return EG_ERR(FAMILY_INVALID);
    }
    *out = r.family;
    return EG_OK;
}

eg_status eg_families_dir(const char *given, char *out, size_t room)
{
    char beside[EG_PATH_MAX];
    const char *env = getenv("ENGRAVE_FAMILIES");

    if (given == NULL && env != NULL && env[0] != '\0') {
        given = env;
    }
    if (given == NULL) {
        EG_TRY(eg_path_of_program(beside, sizeof(beside)));
        EG_TRY(eg_path_join(beside, "../share/engrave/families", out, room));
    } else {
        EG_TRY(eg_path_join(given, "", out, room));
        out[strlen(out) - 1] = '\0'; /* eg_path_join() put a slash behind */
    }
    return eg_file_exists(out) ? EG_OK : EG_ERR(FAMILY_UNREADABLE);
}

static int is_family_file(const struct dirent *e)
{
    const char *dot = strrchr(e->d_name, '.');

    return e->d_name[0] != '.' && dot != NULL && strcmp(dot, ".ini") == 0 ? 1 : 0;
}

static eg_status load_one(const char *dir, const char *name, struct eg_families *all, char *why,
                          size_t why_room)
{
    struct eg_file_bytes text;
    char path[EG_PATH_MAX];
    eg_status st;

    if (all->count == EG_FAMILY_COUNT_MAX) {
        return EG_ERR(FAMILY_INVALID);
    }
    EG_TRY(eg_path_join(dir, name, path, sizeof(path)));
    st = eg_file_read(path, FILE_LEN_MAX, &text);
    if (!eg_ok(st)) {
        if (why != NULL && why_room > 0) {
            (void)snprintf(why, why_room, "%s: cannot be read", path);
        }
        return st;
    }
    st = eg_family_parse(eg_file_span(&text), path, &all->list[all->count], why, why_room);
    all->count += eg_ok(st) ? 1 : 0;
    eg_file_bytes_free(&text);
    return st;
}

eg_status eg_families_load(const char *dir, struct eg_families *out, char *why, size_t why_room)
{
    struct dirent **files = NULL;
    eg_status st = EG_OK;
    int count;

    memset(out, 0, sizeof(*out));
    if (why != NULL && why_room > 0) {
        why[0] = '\0';
    }
    count = scandir(dir, &files, is_family_file, alphasort);
    if (count < 0) {
        return EG_ERR(FAMILY_UNREADABLE);
    }
    for (int i = 0; i < count; i++) {
        if (eg_ok(st)) {
            st = load_one(dir, files[i]->d_name, out, why, why_room);
        }
        free(files[i]);
    }
    free(files);
    if (!eg_ok(st)) {
        memset(out, 0, sizeof(*out));
        return st;
    }
    return count == 0 ? EG_ERR(FAMILY_UNREADABLE) : EG_OK;
}

const struct eg_family *eg_families_find(const struct eg_families *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->list[i].name, name) == 0) {
            return &all->list[i];
        }
    }
    return NULL;
}

const struct eg_family *eg_families_find_el2go(const struct eg_families *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->list[i].el2go_name, name) == 0) {
            return &all->list[i];
        }
    }
    return NULL;
}
