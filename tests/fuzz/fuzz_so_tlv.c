/* SPDX-License-Identifier: Apache-2.0 */
/* Aimed at: eg_so_next. What is accepted must be encoded to the same bytes again. */
#include <stdlib.h>

#include "lib/wire/so_tlv.h"
#include "tests/fuzz/fuzz.h"

enum {
    ROOM = EG_SO_PAYLOAD_MAX + 1024,
};

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void encode_again(const struct eg_so *so)
{
    static uint8_t room[ROOM];
    struct eg_writer w;

    eg_writer_init(&w, room, sizeof(room));
    eg_so_put(&w, so);
    require(eg_ok(w.status));
    require(eg_span_equal(eg_writer_span(&w), so->whole));
    require(w.len == eg_so_len(so, so->payload.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eg_span all = eg_span(data, size);
    struct eg_reader r;
    struct eg_so so;
    size_t count = 0, counted = 0;

    eg_reader_init(&r, all);
    while (r.rest.len > 0 && eg_ok(eg_so_next(&r, &so))) {
        encode_again(&so);
        count++;
    }
    require(eg_ok(eg_so_count(all, &counted)) == eg_ok(r.status));
    require(counted == (eg_ok(r.status) ? count : 0));
    require(eg_ok(eg_so_decode(all, &so)) == (eg_ok(r.status) && count == 1));
    return 0;
}
