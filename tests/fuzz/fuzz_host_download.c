/* SPDX-License-Identifier: Apache-2.0 */
/* Aims at host/lib/objects.c: the answer of download-provisionings, from whoever sent it. */
#include "host/lib/objects.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eg_objects o;
    static const struct eg_uuid device = {{[EG_UUID_LEN - 1] = 1}}; /* "1" */

    if (eg_ok(eg_objects_parse(eg_span(data, size), &device, &o))) {
        eg_objects_cleanup(&o);
    }
    return 0;
}
