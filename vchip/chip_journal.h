/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_CHIP_JOURNAL_H
#define EG_VCHIP_CHIP_JOURNAL_H
/**
 * Records of a chip's state file (docs/formats/chip-file.md):
 *
 *    0    1    2      4        8
 *   +----+----+------+--------+---------------
 *   |type| 00 | len  | CRC-32 | len bytes ...      numbers big endian; the CRC covers the first
 * four
 *   +----+----+------+--------+---------------     bytes and the payload
 */
#include "vchip/chip.h"

#define EG_CHIP_MAGIC "engrave-chip 1\n"

enum eg_chip_record {
    EG_CHIP_REC_IDENTITY = 1,      /* uuid 16, die key 32, family name */
    EG_CHIP_REC_FUSE = 2,          /* index 2, value 4 */
    EG_CHIP_REC_IFR_ERASE = 3,     /* nothing */
    EG_CHIP_REC_IFR_PROGRAM = 4,   /* the page */
    EG_CHIP_REC_FLASH_ERASE = 5,   /* sector 4 */
    EG_CHIP_REC_FLASH_PROGRAM = 6, /* offset 4, data */
    EG_CHIP_REC_DIE_KEY = 7,       /* die key 32 */
    EG_CHIP_REC_TOTALS = 8,        /* writes 8, IFR wear 4 */
    EG_CHIP_REC_WEAR = 9,          /* sector 4, wear 4 */
};
enum {
    EG_CHIP_RECORD_HEADER = 8,
    EG_CHIP_RECORD_PAYLOAD_MAX = EG_CHIP_IFR_BYTES_MAX, /* the IFR page is the longest */
};

/** Encode one record. NO_ROOM in w when it does not fit. */
void eg_chip_record_encode(struct eg_writer *w, enum eg_chip_record type, struct eg_span payload);

enum eg_chip_record_result {
    EG_CHIP_RECORD_OK,
    EG_CHIP_RECORD_CUT,     /* the data ends inside the record */
    EG_CHIP_RECORD_DAMAGED, /* checksum or header wrong */
};
/** Take the next record; payload is borrowed from the data. Nothing is taken unless OK. */
enum eg_chip_record_result eg_chip_record_decode(struct eg_reader *r, uint8_t *out_type,
                                                 struct eg_span *out_payload);

/** Append one record to the chip's file. OS_FILE: the file is as long as before. */
EG_MUST_USE eg_status eg_chip_record_append(struct eg_chip *chip, enum eg_chip_record type,
                                            struct eg_span payload);

/**
 * Let a record take effect on the chip in memory: the one place that knows what each write does,
 * used by the writes themselves and by replay. VCHIP_FILE: out of range; nothing changed.
 */
EG_MUST_USE eg_status eg_chip_record_apply(struct eg_chip *chip, enum eg_chip_record type,
                                           struct eg_span payload);

#endif
