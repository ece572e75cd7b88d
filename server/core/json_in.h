/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_JSON_IN_H
#define EG_SERVER_CORE_JSON_IN_H
/**
 * Reading members of a JSON object, straight down and checked once at the end: the first error
 * stays, later reads give empty values. Unknown members are ignored (clients send them).
 *
 *   struct eg_json_in in;
 *   eg_json_in_init(&in, object, "");
 *   name = eg_json_text(&in, "name", EG_JSON_REQUIRED, 1, 120);
 *   EG_TRY(in.status);            in.where says "/name: a text of 1 to 120 bytes is needed"
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/span.h"

enum eg_json_need { EG_JSON_OPTIONAL = 0, EG_JSON_REQUIRED = 1 };

enum { EG_JSON_WHERE_LEN = 240, EG_JSON_PREFIX_LEN = 80 };

struct eg_json_in {
    const json_t *object;
    char prefix[EG_JSON_PREFIX_LEN]; /* JSON pointer of the object */
    eg_status status;                /* EG_OK, API_TYPE or FIELD_INVALID */
    char where[EG_JSON_WHERE_LEN];   /* pointer and what was expected */
};

/**
 * Parse a body. Empty text is an empty object. API_JSON: where (room where_room) gets line and
 * column. Returns owned: json_decref().
 */
EG_MUST_USE eg_status eg_json_parse(struct eg_span text, json_t **out, char *where,
                                    size_t where_room);

/** Read from `object`; anything but a JSON object is API_TYPE. Borrows it. */
void eg_json_in_init(struct eg_json_in *in, const json_t *object, const char *prefix);

/** Is there a member of this name, and not null? */
bool eg_json_has(const struct eg_json_in *in, const char *name);

/** Text of min..max bytes without control characters; NULL when absent (optional) or on error. */
const char *eg_json_text(struct eg_json_in *in, const char *name, enum eg_json_need need,
                         size_t min, size_t max);
/** Whole number, as a number or as text; `absent` when it is not there. */
int64_t eg_json_number(struct eg_json_in *in, const char *name, enum eg_json_need need,
                       int64_t absent, int64_t min, int64_t max);
bool eg_json_bool(struct eg_json_in *in, const char *name, bool absent);
/** Member that is an object, else NULL. sub is made ready to read it, or with the error of in. */
bool eg_json_object(struct eg_json_in *in, const char *name, enum eg_json_need need,
                    struct eg_json_in *sub);
/** Member that is an array with min..max items; NULL when absent or on error. */
const json_t *eg_json_array(struct eg_json_in *in, const char *name, enum eg_json_need need,
                            size_t min, size_t max);

/** Put an error of your own: a value that is readable but not allowed (FIELD_INVALID). */
void eg_json_refuse(struct eg_json_in *in, const char *name, const char *what);
/** Take over the error of a nested reader. */
void eg_json_join(struct eg_json_in *in, const struct eg_json_in *sub);

#endif
