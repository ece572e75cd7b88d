/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_UUID_RANGE_H
#define EG_SERVER_STORE_UUID_RANGE_H
/**
 * A search text as ranges of UUIDs, so that the database can use its index.
 *
 * A prefix of the 32 hex digits is one range. A prefix of the decimal form is one range for each
 * number of digits that the whole number may have: 123 stands for 123, 1230-1239, 12300-12399, ...
 */
#include "lib/base/uuid.h"

enum { EG_UUID_RANGES_MAX = EG_UUID_DEC_MAX + 1 };

struct eg_uuid_range {
    struct eg_uuid first, last; /* inclusive */
};

/**
 * Ascending ranges without overlap; empty text: one range over everything; text that begins no
 * UUID: none.
 */
void eg_uuid_ranges(const char *text, struct eg_uuid_range out[static EG_UUID_RANGES_MAX],
                    size_t *out_count);

#endif
