/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/crc32.h"

uint32_t eg_vcrc32_add(uint32_t crc, struct eg_span data)
{
    for (size_t i = 0; i < data.len; i++) {
        crc ^= data.ptr[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
        }
    }
    return crc;
}

uint32_t eg_vcrc32(struct eg_span data)
{
    return ~eg_vcrc32_add(0xFFFFFFFFu, data);
}
