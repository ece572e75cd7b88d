/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_WIRE_SO_TAGS_H
#define EG_LIB_WIRE_SO_TAGS_H
/** Tags of a secure object and its fixed first bytes. Internal to the TLV code. */
#include <stdint.h>

enum so_tag {
    SO_MAGIC = 0x40,
    SO_KEY_ID = 0x41,
    SO_ALGORITHM = 0x42,
    SO_USAGE = 0x43,
    SO_KEY_TYPE = 0x44,
    SO_KEY_BITS = 0x45,
    SO_LIFETIME = 0x46,
    SO_LIFE_CYCLE = 0x47,
    SO_WRAP_KEY_ID = 0x50,
    SO_WRAP = 0x51,
    SO_IV = 0x52,
    SO_SIGN_KEY_ID = 0x53,
    SO_SIGN = 0x54,
    SO_PAYLOAD = 0x55,
    SO_PROVISIONING = 0x56,
    SO_MAC = 0x5E,
};

enum {
    SO_START_LEN = 13, /* tag, length and value of the magic */
};

/* 40 0B "edgelock2go" */
static const uint8_t so_start[SO_START_LEN] = {0x40, 0x0B, 'e', 'd', 'g', 'e', 'l',
                                               'o',  'c',  'k', '2', 'g', 'o'};

#endif
