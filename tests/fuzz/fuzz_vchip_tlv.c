/* SPDX-License-Identifier: Apache-2.0 */
/* Secure objects as the chip reads them: eg_vblob_take() and what follows with keys of zeros. */
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"
#include "vchip/blob.h"

static struct eg_crypto *crypto;

static void open_and_rewrap(const struct eg_vblob *b)
{
    static const struct eg_vkeys keys;
    uint8_t *room = malloc(b->raw.len);
    struct eg_writer w;
    if (room == NULL) {
        return;
    }
    (void)eg_ok(eg_vblob_check(crypto, b, keys.auth));
    eg_writer_init(&w, room, b->raw.len);
    (void)eg_ok(eg_vblob_open(crypto, b, &keys, &w));
    (void)eg_ok(eg_vblob_rewrap(crypto, b, &keys, &keys, room));
    free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eg_reader r;
    struct eg_vblob b;
    if (crypto == NULL && !eg_ok(eg_crypto_new(&crypto))) {
        return 0;
    }
    eg_reader_init(&r, eg_span(data, size));
    while (r.rest.len > 0 && eg_ok(eg_vblob_take(&r, &b))) {
        if (b.raw.len < b.payload.len + b.mac.len) {
            abort();
        }
        open_and_rewrap(&b);
    }
    return 0;
}
