/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/os/log.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/os/clock.h"

static const char *const level_names[] = {
    [EG_LOG_DEBUG] = "debug",
    [EG_LOG_INFO] = "info",
    [EG_LOG_WARNING] = "warning",
    [EG_LOG_ERROR] = "error",
};

/* Set once by eg_log_init() before there are other threads, read-only after. */
static const char *program_name = "engrave";
static enum eg_log_level lowest_level = EG_LOG_INFO;

void eg_log_init(const char *program, enum eg_log_level lowest)
{
    program_name = program;
    lowest_level = lowest;
}

struct eg_log_field eg_log_str(const char *key, const char *value)
{
    return (struct eg_log_field){key, value != NULL ? value : "", 0};
}

struct eg_log_field eg_log_num(const char *key, int64_t value)
{
    return (struct eg_log_field){key, NULL, value};
}

struct eg_log_field eg_log_status(eg_status st)
{
    return eg_log_str("error", eg_ok(st) ? "none" : eg_status_info(st)->code);
}

/* A line under construction; what does not fit is cut, and the cut is remembered. */
struct line {
    char text[EG_LOG_LINE_MAX];
    size_t len;
    bool cut;
};

enum {
    LINE_ROOM = EG_LOG_LINE_MAX - 4, /* "...\n" always fits behind */
};

static void line_raw(struct line *l, const char *text, size_t len)
{
    if (l->cut || len > LINE_ROOM - l->len) {
        l->cut = true;
        return;
    }
    memcpy(l->text + l->len, text, len);
    l->len += len;
}

static void line_word(struct line *l, const char *text)
{
    line_raw(l, text, strlen(text));
}

static void line_char(struct line *l, unsigned char ch)
{
    char escaped[5];

    if (ch == '"' || ch == '\\') {
        escaped[0] = '\\';
        escaped[1] = (char)ch;
        line_raw(l, escaped, 2);
        return;
    }
    if (ch < 0x20 || ch > 0x7E) {
        (void)snprintf(escaped, sizeof(escaped), "\\x%02X", ch);
        line_raw(l, escaped, 4);
        return;
    }
    line_raw(l, (const char *)&ch, 1);
}

static void line_text(struct line *l, const char *text)
{
    bool quoted = text[0] == '\0' || strpbrk(text, " \t\r\n\"=\\") != NULL;

    if (quoted) {
        line_word(l, "\"");
    }
    for (; *text != '\0' && !l->cut; text++) {
        line_char(l, (unsigned char)*text);
    }
    if (quoted) {
        line_word(l, "\"");
    }
}

static void line_field(struct line *l, const struct eg_log_field *f)
{
    char number[24];

    line_word(l, " ");
    line_word(l, f->key);
    line_word(l, "=");
    if (f->text != NULL) {
        line_text(l, f->text);
        return;
    }
    (void)snprintf(number, sizeof(number), "%lld", (long long)f->number);
    line_word(l, number);
}

static void line_send(struct line *l)
{
    size_t end = l->len;

    if (l->cut) {
        memcpy(l->text + end, "...", 3);
        end += 3;
    }
    l->text[end++] = '\n';
    /* A log that cannot be written has nowhere to say so. */
    if (write(STDERR_FILENO, l->text, end) < 0) {
        return;
    }
}

void eg_log(enum eg_log_level level, const char *event, const struct eg_log_field *fields)
{
    char now[EG_CLOCK_TEXT_LEN + 1];
    struct line l;

    if (level < lowest_level) {
        return;
    }
    l.len = 0;
    l.cut = false;
    eg_clock_text(eg_clock_now_ms(), now);
    line_word(&l, now);
    line_word(&l, " ");
    line_word(&l, level_names[level]);
    line_word(&l, " ");
    line_word(&l, program_name);
    line_word(&l, " ");
    for (const char *p = event; *p != '\0'; p++) {
        line_char(&l, (unsigned char)*p);
    }
    for (; fields != NULL && fields->key != NULL; fields++) {
        line_field(&l, fields);
    }
    line_send(&l);
}

void eg_log_failure(eg_status st, const char *event, const struct eg_log_field *fields)
{
    enum {
        FIELDS_MAX = 16,
    };
    struct eg_log_field all[FIELDS_MAX + 1];
    enum eg_log_level level = EG_LOG_ERROR;
    size_t count = 1;

    all[0] = eg_log_status(st);
    for (; fields != NULL && fields->key != NULL && count < FIELDS_MAX; fields++) {
        all[count++] = *fields;
    }
    all[count] = (struct eg_log_field){NULL, NULL, 0};
    if (!eg_ok(eg_log_level_parse(eg_category_info(eg_category(st))->log, &level))) {
        level = EG_LOG_ERROR;
    }
    eg_log(level, event, all);
}

eg_status eg_log_level_parse(const char *name, enum eg_log_level *out)
{
    for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *out = (enum eg_log_level)i;
            return EG_OK;
        }
    }
    *out = EG_LOG_INFO;
    return EG_ERR(CONFIG_INVALID);
}
