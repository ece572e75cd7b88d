/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_OBJECT_NAMES_H
#define EG_SERVER_CORE_OBJECT_NAMES_H
/** Names of certificate usages (RFC 5280 spelling) and their bits. */
#include <stddef.h>
#include <stdint.h>

struct eg_usage_name {
    const char *name;
    uint32_t bit;
};

const struct eg_usage_name *eg_key_usage_names(size_t *out_count);
const struct eg_usage_name *eg_ext_key_usage_names(size_t *out_count);

#endif
