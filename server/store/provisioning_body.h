/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_PROVISIONING_BODY_H
#define EG_SERVER_STORE_PROVISIONING_BODY_H
/**
 * Everything one device got for one set, packed into one value (docs/formats/database.md, "Body").
 *
 *   u8 1 (format) | be16 count | count times:
 *     be64 secure object | be32 version | u8 state | block blob | block certificate | block spki
 *   block = be32 length, bytes
 *
 * No heap, no secrets in clear (blobs are sealed to the chip).
 */
#include "lib/base/span.h"

enum {
    EG_BODY_FORMAT = 1,
    EG_BODY_OBJECTS_MAX = 32,    /* provisioningId on the API = row id * 32 + index */
    EG_BODY_FIELD_MAX = 1 << 20, /* bytes of one blob, certificate or key */
    EG_BODY_HEAD_LEN = 3,
    EG_BODY_OBJECT_HEAD_LEN = 25, /* bytes of an object besides its three fields */
};

/** Values are stored; extend only. */
enum eg_body_state {
    EG_BODY_COMPLETED = 1,     /* GENERATION_COMPLETED */
    EG_BODY_ON_CONNECTION = 2, /* GENERATION_ON_CONNECTION: no blob yet */
    EG_BODY_ELSEWHERE = 3,     /* cloud flow: an internal object, which only the line delivers */
};

struct eg_body_object {
    int64_t object_id; /* of the secure object's row */
    uint32_t version;
    enum eg_body_state state;
    struct eg_span blob;
    struct eg_span certificate; /* DER of the leaf; empty when there is none */
    struct eg_span spki;        /* DER of the public key; empty when there is none */
};

/** Bytes that eg_body_encode() will write. */
size_t eg_body_len(const struct eg_body_object *objects, size_t count);

/** Appends to w. Too many objects or over-long fields fail w with NO_ROOM. */
void eg_body_encode(const struct eg_body_object *objects, size_t count, struct eg_writer *w);

/**
 * Strict: unknown format or state, order or size beyond the limits: BODY_MALFORMED; too short:
 * TRUNCATED; bytes behind: TRAILING. The spans borrow from `body`. On error *out_count is 0.
 */
EG_MUST_USE eg_status eg_body_decode(struct eg_span body,
                                     struct eg_body_object out[static EG_BODY_OBJECTS_MAX],
                                     size_t *out_count);

#endif
