/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli/admin_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/output.h"

enum {
    LINE_MAX_LEN = 1024,
    CELL_MAX = 512,
    INDENT = 2,
    DEPTH_MAX = 6,
    NAME_WIDTH = 24,
};

/* A scalar as text; false for arrays and objects. */
static bool cell(const json_t *v, char out[static CELL_MAX])
{
    switch (v != NULL ? json_typeof(v) : JSON_NULL) {
    case JSON_STRING:
        snprintf(out, CELL_MAX, "%s", json_string_value(v));
        return true;
    case JSON_INTEGER:
        snprintf(out, CELL_MAX, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
        return true;
    case JSON_REAL:
        snprintf(out, CELL_MAX, "%g", json_real_value(v));
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        snprintf(out, CELL_MAX, "%s", json_is_true(v) ? "yes" : "no");
        return true;
    case JSON_NULL:
        snprintf(out, CELL_MAX, "-");
        return true;
    default:
        out[0] = '\0';
        return false;
    }
}

/* Member "a" or "a.b". */
static const json_t *member(const json_t *o, const char *path)
{
    char name[64];
    const char *dot = strchr(path, '.');

    if (dot == NULL) {
        return json_object_get(o, path);
    }
    snprintf(name, sizeof name, "%.*s", (int)(dot - path), path);
    return member(json_object_get(o, name), dot + 1);
}

void eg_admin_print_head(bool json, const struct eg_admin *row)
{
    char line[LINE_MAX_LEN];
    size_t len = 0;

    if (json) {
        return;
    }
    line[0] = '\0';
    for (int i = 0; row->columns[i].title != NULL && len < sizeof line; i++) {
        int n = snprintf(line + len, sizeof line - len, "%-*s ", row->columns[i].width,
                         row->columns[i].title);
        len += n > 0 ? (size_t)n : 0;
    }
    eg_out_line("%s%s%s", eg_out_colour(EG_BOLD), line, eg_out_colour(EG_PLAIN));
}

void eg_admin_print_row(bool json, const struct eg_admin *row, json_t *entry)
{
    char line[LINE_MAX_LEN], text[CELL_MAX];
    size_t len = 0;

    if (json) {
        eg_out_json(json_incref(entry));
        return;
    }
    line[0] = '\0';
    for (int i = 0; row->columns[i].title != NULL && len < sizeof line; i++) {
        cell(member(entry, row->columns[i].json), text);
        int n = snprintf(line + len, sizeof line - len, "%-*s ", row->columns[i].width, text);
        len += n > 0 ? (size_t)n : 0;
    }
    eg_out_line("%s", line);
}

static void print_value(const char *name, const json_t *v, int depth);

static void print_members(const json_t *o, int depth)
{
    void *it = json_object_iter((json_t *)(uintptr_t)o);

    for (; it != NULL; it = json_object_iter_next((json_t *)(uintptr_t)o, it)) {
        print_value(json_object_iter_key(it), json_object_iter_value(it), depth);
    }
}

/* PEM and other texts of several lines start on a line of their own. */
static void print_value(const char *name, const json_t *v, int depth)
{
    char text[CELL_MAX];
    size_t i;
    json_t *entry;

    if (depth > DEPTH_MAX) {
        return;
    }
    if (json_is_string(v) && strchr(json_string_value(v), '\n') != NULL) {
        eg_out_line("%*s%s\n%s", depth * INDENT, "", name, json_string_value(v));
    } else if (cell(v, text)) {
        eg_out_line("%*s%-*s %s", depth * INDENT, "", NAME_WIDTH - depth * INDENT, name, text);
    } else if (json_is_object(v)) {
        eg_out_line("%*s%s", depth * INDENT, "", name);
        print_members(v, depth + 1);
    } else {
        eg_out_line("%*s%s (%zu)", depth * INDENT, "", name, json_array_size(v));
        json_array_foreach(v, i, entry)
        {
            print_value("-", entry, depth + 1);
        }
    }
}

void eg_admin_print_one(bool json, json_t *answer)
{
    if (json) {
        eg_out_json(json_incref(answer));
    } else if (json_is_object(answer)) {
        print_members(answer, 0);
    } else if (json_is_null(answer)) {
        eg_out_line("%sok%s", eg_out_colour(EG_GREEN), eg_out_colour(EG_PLAIN));
    } else {
        print_value("answer", answer, 0);
    }
}
