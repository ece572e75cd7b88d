/* SPDX-License-Identifier: Apache-2.0 */
/* Aimed at: eg_manifest_open, eg_manifest_next, eg_manifest_unique. There is one text per manifest:
 * what is accepted must be written as the same bytes again. */
#include <stdlib.h>

#include "lib/object/manifest_text.h"
#include "tests/fuzz/fuzz.h"

enum {
    CHIPS_MAX = 64,
};

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[EG_MANIFEST_LEN_MAX(CHIPS_MAX)];
    struct eg_span text = eg_span(data, size);
    struct eg_uuid list[CHIPS_MAX];
    struct eg_manifest_reader r;
    struct eg_manifest_chip chip;
    struct eg_writer w;

    if (!eg_ok(eg_manifest_open(&r, text)) || r.count > CHIPS_MAX) {
        return 0;
    }
    eg_writer_init(&w, room, sizeof(room));
    eg_manifest_put_head(&w, r.family, r.count);
    for (uint32_t i = 0; i < r.count; i++) {
        if (!eg_ok(eg_manifest_next(&r, &chip))) {
            return 0;
        }
        list[i] = chip.uuid;
        eg_manifest_put_chip(&w, &chip);
    }
    eg_manifest_put_end(&w);
    require(eg_ok(w.status));
    require(eg_span_equal(eg_writer_span(&w), text));
    if (eg_ok(eg_manifest_unique(list, r.count, NULL)) && r.count > 1) {
        require(!eg_span_equal(EG_SPAN_OF(list[0].bytes), EG_SPAN_OF(list[1].bytes)));
    }
    return 0;
}
