/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_CRC32_H
#define EG_VCHIP_CRC32_H
/** CRC-32 as in IEEE 802.3, bit by bit: what it is used for is short. */
#include "lib/base/span.h"

/** Continue over data; start with 0xFFFFFFFF and invert the end. */
uint32_t eg_vcrc32_add(uint32_t crc, struct eg_span data);

/** Of data as a whole. */
uint32_t eg_vcrc32(struct eg_span data);

#endif
