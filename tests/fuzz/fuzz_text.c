/* SPDX-License-Identifier: Apache-2.0 */
/* Aimed at: eg_hex_decode, eg_base64_decode, eg_number_parse, eg_uuid_from_dec, eg_uuid_from_hex.
 * What is accepted must encode to the same text (base64) or value (hex, UUID) again. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/uuid.h"
#include "tests/fuzz/fuzz.h"

enum { TEXT_MAX = 4096 };

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void base64(struct eg_span text)
{
    static uint8_t room[TEXT_MAX];
    static char again[EG_BASE64_LEN(TEXT_MAX) + 1];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof room);
    if (eg_ok(eg_base64_decode(text, &w))) {
        eg_base64_encode(eg_writer_span(&w), again);
        require(eg_span_equal(eg_span_str(again), text));
    }
}

static void hex(struct eg_span text)
{
    static uint8_t bytes[TEXT_MAX];
    static uint8_t back[TEXT_MAX];
    static char again[EG_HEX_LEN(TEXT_MAX) + 1];
    size_t len = text.len / 2;
    if (eg_ok(eg_hex_decode(text, bytes, len))) {
        eg_hex_encode(eg_span(bytes, len), again);
        require(eg_ok(eg_hex_decode(eg_span_str(again), back, len)));
        require(memcmp(bytes, back, len) == 0);
    }
}

static void uuid(struct eg_span text)
{
    struct eg_uuid u;
    struct eg_uuid back;
    char dec[EG_UUID_DEC_MAX + 1];
    if (eg_ok(eg_uuid_from_dec(text, &u)) || eg_ok(eg_uuid_from_hex(text, &u))) {
        eg_uuid_to_dec(&u, dec);
        require(eg_ok(eg_uuid_from_dec(eg_span_str(dec), &back)));
        require(memcmp(u.bytes, back.bytes, EG_UUID_LEN) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eg_span text = eg_span(data, size < TEXT_MAX ? size : TEXT_MAX);
    uint64_t number;
    base64(text);
    hex(text);
    uuid(text);
    require(eg_ok(eg_number_parse(text, UINT32_MAX, &number)) || number == 0);
    require(number <= UINT32_MAX);
    return 0;
}
