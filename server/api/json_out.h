/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_API_JSON_OUT_H
#define EG_SERVER_API_JSON_OUT_H
/**
 * Writing JSON front to back into one growing buffer: no tree in between, so that an answer with
 * 500 devices costs little more than its bytes (docs/decisions).
 *
 * The first error (out of memory, beyond the maximum) turns later calls into no-ops; look at
 * failed once at the end. Commas and quotes are placed here; the caller keeps the nesting right.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/span.h"

enum { EG_JSON_NESTING_MAX = 32 };

struct eg_json_out {
    char *text; /* heap; taken over by whoever sends it */
    size_t len, room, max;
    unsigned depth;
    uint32_t filled; /* bit d: the container at depth d has an item already */
    bool after_key;
    bool failed;
};

void eg_json_out_init(struct eg_json_out *o, size_t max);
void eg_json_out_cleanup(struct eg_json_out *o); /* frees text; safe on the zero state */

void eg_json_begin_object(struct eg_json_out *o);
void eg_json_end_object(struct eg_json_out *o);
void eg_json_begin_array(struct eg_json_out *o);
void eg_json_end_array(struct eg_json_out *o);
void eg_json_key(struct eg_json_out *o, const char *key);

void eg_json_put_text(struct eg_json_out *o, const char *text); /* NULL: null */
void eg_json_put_number(struct eg_json_out *o, int64_t number);
void eg_json_put_bool(struct eg_json_out *o, bool value);
void eg_json_put_null(struct eg_json_out *o);
void eg_json_put_base64(struct eg_json_out *o, struct eg_span data);
/** Text that is JSON already. */
void eg_json_put_raw(struct eg_json_out *o, const char *json, size_t len);

/* key and value in one */
void eg_json_text_member(struct eg_json_out *o, const char *key, const char *text);
void eg_json_number_member(struct eg_json_out *o, const char *key, int64_t number);
void eg_json_bool_member(struct eg_json_out *o, const char *key, bool value);

#endif
