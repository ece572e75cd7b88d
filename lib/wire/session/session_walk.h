/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_WIRE_SESSION_SESSION_WALK_H
#define EG_LIB_WIRE_SESSION_SESSION_WALK_H
/**
 * Inside lib/wire/session: go through the fields of a message of protocol buffers, one level at a
 * time, without copying. nanopb's field decoder does the reading; this only keeps where bytes are.
 */
#include "lib/base/span.h"

struct eg_walk_field {
    uint32_t number;
    bool is_bytes;       /* length-delimited: data holds it; else value does */
    struct eg_span data; /* borrowed; never a NULL pointer when is_bytes */
    uint64_t value;      /* varint or fixed-size field */
};

/** Next field of *rest; false at the end or at a mistake, told apart by *bad. */
bool eg_walk_next(struct eg_span *rest, struct eg_walk_field *out, bool *bad);

/**
 * The message in the next field `number` of *rest. False at the end, or at a mistake: *status is
 * WIRE_BAD_SESSION then, and nothing comes any more while it is.
 */
bool eg_walk_next_message(struct eg_span *rest, uint32_t number, eg_status *status,
                          struct eg_span *message);

/**
 * The one member of a oneof: its field is one of `known` (ended by 0). None of them there: the
 * first other length-delimited field, if there is one. *found says whether out holds anything;
 * false as the result: the message cannot be read, or it holds two members.
 */
bool eg_walk_pick(struct eg_span message, const uint8_t *known, struct eg_walk_field *out,
                  bool *found);

#endif
