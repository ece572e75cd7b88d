/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/object/ckdf.h"

#include <string.h>

#include "lib/base/secret.h"

enum {
    INPUT_LEN = 32,
    AT_PROPERTIES = 20, /* behind the label and eight zero bytes */
    AT_BITS = 24,
    AT_COUNTER = 28,
};

size_t eg_ckdf_len(uint32_t properties)
{
    return (properties & EG_CKDF_KSIZE_256) != 0 ? 2 * EG_CMAC_LEN : EG_CMAC_LEN;
}

eg_status eg_ckdf(struct eg_crypto *c, struct eg_span parent,
                  const uint8_t label[static EG_CKDF_LABEL_LEN], uint32_t properties,
                  uint8_t out[static EG_CKDF_LEN_MAX])
{
    size_t len = eg_ckdf_len(properties);
    uint8_t input[INPUT_LEN] = {0};
    eg_status st = EG_OK;

    memcpy(input, label, EG_CKDF_LABEL_LEN);
    eg_store_be32(input + AT_PROPERTIES, properties);
    eg_store_be32(input + AT_BITS, (uint32_t)len * 8);
    memset(out, 0, EG_CKDF_LEN_MAX);
    for (size_t done = 0; done < len && eg_ok(st); done += EG_CMAC_LEN) {
        eg_store_be32(input + AT_COUNTER, (uint32_t)(done / EG_CMAC_LEN) + 1);
        st = eg_cmac(c, parent, EG_SPAN_OF(input), out + done);
    }
    if (!eg_ok(st)) {
        eg_wipe(out, EG_CKDF_LEN_MAX);
    }
    return st;
}
