/* SPDX-License-Identifier: Apache-2.0 */
/* Aimed at: eg_fuse_config_next, eg_fuse_config_check. What is accepted must be well formed to the
 * last byte and name no word that the family keeps for itself. */
#include <stdlib.h>

#include "lib/object/fuse_config.h"
#include "tests/fuzz/fuzz.h"

static const struct eg_family family = {
    .ifr_size = 0,
    .fuse_count = 128,
    .fuse_bytes = 4,
    .fuse_boot_key_hash = 40,
    .fuse_decrypt_key = 60,
    .fuse_life_cycle = 14,
    .ignored = {{60, 64}},
    .ignored_count = 1,
    .reserved = {{2, 5}},
    .reserved_count = 1,
};

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[1 << 16];
    struct eg_span all = eg_span(data, size < sizeof(room) ? size : sizeof(room));
    struct eg_fuse_entry e;
    struct eg_reader r;
    struct eg_writer w;
    int bad = 0;

    if (!eg_ok(eg_fuse_config_check(&family, all, &bad))) {
        require(bad >= -1 && bad <= UINT16_MAX);
        return 0;
    }
    require(bad == -1 && all.len > 0);
    eg_writer_init(&w, room, sizeof(room));
    eg_reader_init(&r, all);
    while (r.rest.len > 0) {
        require(eg_ok(eg_fuse_config_next(&r, &e)));
        require(e.index < family.fuse_count && e.index != family.fuse_life_cycle);
        require((e.index < 40 || e.index > 47) && (e.index < 60 || e.index > 67));
        require(e.index < 2 || e.index > 5);
        eg_fuse_config_put(&w, &e);
    }
    require(eg_span_equal(eg_writer_span(&w), all));
    return 0;
}
