/* SPDX-License-Identifier: Apache-2.0 */
/* Aimed at: eg_body_decode. What is accepted must encode to the same bytes again. */
#include <stdbool.h>
#include <stdlib.h>

#include "server/store/provisioning_body.h"
#include "tests/fuzz/fuzz.h"

enum { ROOM = 1 << 20 };

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[ROOM];
    struct eg_body_object objects[EG_BODY_OBJECTS_MAX];
    struct eg_writer w;
    size_t count;

    if (size > ROOM || !eg_ok(eg_body_decode(eg_span(data, size), objects, &count))) {
        return 0;
    }
    eg_writer_init(&w, room, sizeof room);
    eg_body_encode(objects, count, &w);
    require(eg_ok(w.status));
    require(eg_span_equal(eg_writer_span(&w), eg_span(data, size)));
    require(w.len == eg_body_len(objects, count));
    return 0;
}
