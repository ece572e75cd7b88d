/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OS_LOG_H
#define EG_LIB_OS_LOG_H
/**
 * The log: one line per event on stderr, for programs only (library code returns a status).
 *
 *   2026-01-31T23:59:59.123Z info engraved listening url=https://127.0.0.1:8443
 *
 * Time, level, program, event, then key=value. Values with white space, quotes or an equals sign
 * are put in double quotes; control characters and bytes above 7E appear as \xHH, so that nobody
 * can forge a line or drive a terminal. A line is one write() and at most EG_LOG_LINE_MAX bytes; a
 * longer one is cut and ends in "...".
 *
 * Secret: never log one. Thread: every call from any thread, after eg_log_init().
 */
#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"
#include "lib/base/uuid.h"

enum {
    EG_LOG_LINE_MAX = 1024,
};

enum eg_log_level {
    EG_LOG_DEBUG = 0,
    EG_LOG_INFO = 1,
    EG_LOG_WARNING = 2,
    EG_LOG_ERROR = 3,
};

/** One key=value. Made by the functions below; text is borrowed during the eg_log() call. */
struct eg_log_field {
    const char *key; /* NULL ends a list */
    const char *text;
    int64_t number; /* used when text is NULL */
};

struct eg_log_field eg_log_str(const char *key, const char *value);
struct eg_log_field eg_log_num(const char *key, int64_t value);
/** The stable code of a status, as `error=ERR_...`. */
struct eg_log_field eg_log_status(eg_status st);

/** A list of fields, e.g. EG_LOG_FIELDS(eg_log_str("path", p), eg_log_num("bytes", n)). */
#define EG_LOG_FIELDS(...) ((const struct eg_log_field[]){__VA_ARGS__, {NULL, NULL, 0}})

/** Program name (borrowed for good) and lowest level written. Call once, before other threads. */
void eg_log_init(const char *program, enum eg_log_level lowest);

/** Write one line. event: a short fixed phrase without punctuation. fields: NULL for none. */
void eg_log(enum eg_log_level level, const char *event, const struct eg_log_field *fields);

/** The same with the level that the status's category asks for and its code in front. */
void eg_log_failure(eg_status st, const char *event, const struct eg_log_field *fields);

/** "debug", "info", "warning", "error" to a level. CONFIG_INVALID: *out is EG_LOG_INFO. */
EG_MUST_USE eg_status eg_log_level_parse(const char *name, enum eg_log_level *out);

#endif
