/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A claim blob as a device shows it, opened with a fixed claim key: whatever is accepted by the
 * reader is a true cut of the input, and nothing opens for another chip. The key is a test
 * vector's, so that the corpus holds blobs that do open.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/object/claim.h"
#include "tests/fuzz/fuzz.h"

static struct eg_crypto *crypto;
static struct eg_key *key;

static const uint8_t scalar[EG_P256_SCALAR_LEN] = {
    0x6e, 0xd9, 0x78, 0x44, 0xaf, 0x0d, 0xc3, 0x6c, 0xb1, 0xc2, 0x62, 0x30, 0x99, 0x2b, 0x02, 0x9d,
    0x92, 0x6b, 0xe3, 0x39, 0x10, 0x60, 0xb7, 0x6b, 0x67, 0x45, 0x12, 0xe9, 0x81, 0xd1, 0xb0, 0x8f};

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void set_up(void)
{
    if (crypto == NULL) {
        require(eg_ok(eg_crypto_new(&crypto)));
        require(eg_ok(eg_key_from_private(crypto, EG_KEY_P256, EG_SPAN_OF(scalar), &key)));
    }
}

static bool opens(const struct eg_claim_blob *blob, const struct eg_uuid *uuid)
{
    uint8_t room[EG_CLAIM_TEXT_MAX];
    struct eg_writer text;
    eg_writer_init(&text, room, sizeof(room));
    eg_status st = eg_claim_open(crypto, key, blob, uuid, &text);
    require(eg_ok(st) || text.len == 0);
    (void)eg_claim_text_ok(eg_writer_span(&text));
    return eg_ok(st);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eg_claim_blob blob;
    set_up();
    if (!eg_ok(eg_claim_blob_decode(eg_span(data, size), &blob))) {
        return 0;
    }
    require(blob.mac.ptr + blob.mac.len == data + size && blob.mac_over.len + 16 == size);
    require(blob.cipher.len % 16 == 0 && blob.cipher.len > 0 && blob.cipher.len <= 256);
    struct eg_uuid other = blob.uuid;
    other.bytes[3] ^= 1;
    (void)opens(&blob, &blob.uuid);
    require(!opens(&blob, &other));
    return 0;
}
