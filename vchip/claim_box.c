/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "vchip/chip_storage.h"
#include "vchip/enclave_internal.h"
#include "vchip/memory.h"
#include "vchip/psa.h"

enum {
    HEAD_LEN = 8,
    BLOB_MAX = 1024, /* a code of 255 characters makes 389 bytes */
};
static const uint8_t magic[4] = {'E', '2', 'G', 'C'};

/* Length of the blob that waits; 0: none does. */
static size_t waiting(const struct eg_chip *chip, uint32_t offset)
{
    uint8_t head[HEAD_LEN];
    eg_chip_flash_read(chip, offset, head, sizeof(head));
    uint32_t len = eg_load_le32(head + 4);
    return memcmp(head, magic, sizeof(magic)) == 0 && len <= BLOB_MAX ? len : 0;
}

/* Already taken, by a start that a power cut ended? */
static bool taken(const struct eg_part *part, struct eg_span blob)
{
    uint8_t room[BLOB_MAX + 1];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    return eg_its_get(part, (uint32_t)EG_ITS_ID_CLAIM, 0, sizeof(room), &w) == EG_PSA_SUCCESS &&
           eg_span_equal(eg_writer_span(&w), blob);
}

/* Programming only clears bits: four zeros need no erase. */
static eg_status cross_out(struct eg_chip *chip, uint32_t offset)
{
    static const uint8_t zeros[sizeof(magic)] = {0};
    return eg_chip_flash_program(chip, offset, EG_SPAN_OF(zeros));
}

enum eg_psa_status eg_claim_box_take(struct eg_part *part)
{
    const struct eg_family *f = part->chip->family;
    uint8_t room[BLOB_MAX];
    if (f->claim_address == 0) {
        return EG_PSA_SUCCESS;
    }
    uint32_t offset = f->claim_address - f->flash_address;
    struct eg_span blob = eg_span(room, waiting(part->chip, offset));
    if (blob.len == 0) {
        return EG_PSA_SUCCESS;
    }
    eg_chip_flash_read(part->chip, offset + HEAD_LEN, room, blob.len);
    enum eg_psa_status psa = EG_PSA_SUCCESS;
    if (!taken(part, blob)) {
        psa = eg_its_set(part, (uint32_t)EG_ITS_ID_CLAIM, blob);
    }
    return psa == EG_PSA_SUCCESS ? eg_enclave_status(cross_out(part->chip, offset)) : psa;
}
