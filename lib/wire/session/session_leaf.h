/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_WIRE_SESSION_SESSION_LEAF_H
#define EG_LIB_WIRE_SESSION_SESSION_LEAF_H
/**
 * Inside lib/wire/session: messages that hold no others, and the wrappers around them. They are
 * read by nanopb's tables, whose callbacks keep spans instead of copying, and written field by
 * field.
 */
#include <pb.h>

#include "lib/base/span.h"
#include "lib/wire/session/session.pb.h"

enum { EG_WRAP_MAX = 4, EG_LEAF_TAIL = 10 };

/** What stands innermost, and the field numbers of the messages around it, outermost first. */
struct eg_leaf {
    bool (*encode)(pb_ostream_t *out, const void *src); /* NULL: an empty message */
    const void *src;
    struct eg_span head; /* written right inside the outermost wrapper */
    struct eg_span tail; /* field EG_LEAF_TAIL behind the leaf's own; NULL: none. May overlap */
    uint16_t wrap[EG_WRAP_MAX];
    size_t wraps;
};

/** Read data into a nanopb struct whose callbacks are set; the struct must be zero otherwise. */
bool eg_leaf_read(struct eg_span data, const pb_msgdesc_t *fields, void *dest);

/** Bytes that eg_leaf_put() appends; 0 if it cannot. */
size_t eg_leaf_size(const struct eg_leaf *leaf);

/** Append the leaf in its wrappers. WIRE_BAD_SESSION or NO_ROOM stay in w, nothing is appended. */
void eg_leaf_put(struct eg_writer *w, const struct eg_leaf *leaf);

/** Callback that keeps where the bytes are. */
pb_callback_t eg_leaf_bytes_in(struct eg_span *place);

/** One field. Bytes with a NULL pointer are left out. */
bool eg_put_varint(pb_ostream_t *out, uint32_t field, uint64_t value);
bool eg_put_fixed32(pb_ostream_t *out, uint32_t field, uint32_t value);
bool eg_put_bytes(pb_ostream_t *out, uint32_t field, struct eg_span bytes);

/** UpdateStatusReport from a struct eg_session_report. */
bool eg_report_encode(pb_ostream_t *out, const void *src);

#endif
