/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/object_names.h"

#include <string.h>

#include "server/core/object_def.h"

static const struct eg_usage_name key_usages[] = {
    {"digitalSignature", EG_KU_DIGITAL_SIGNATURE}, {"nonRepudiation", EG_KU_NON_REPUDIATION},
    {"keyEncipherment", EG_KU_KEY_ENCIPHERMENT},   {"dataEncipherment", EG_KU_DATA_ENCIPHERMENT},
    {"keyAgreement", EG_KU_KEY_AGREEMENT},
};

static const struct eg_usage_name ext_key_usages[] = {
    {"clientAuth", EG_EKU_CLIENT_AUTH},
    {"serverAuth", EG_EKU_SERVER_AUTH},
    {"codeSigning", EG_EKU_CODE_SIGNING},
    {"emailProtection", EG_EKU_EMAIL},
};

static uint32_t bit_of(const struct eg_usage_name *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].name, name) == 0) {
            return list[i].bit;
        }
    }
    return 0;
}

const struct eg_usage_name *eg_key_usage_names(size_t *out_count)
{
    *out_count = sizeof(key_usages) / sizeof(key_usages[0]);
    return key_usages;
}

const struct eg_usage_name *eg_ext_key_usage_names(size_t *out_count)
{
    *out_count = sizeof(ext_key_usages) / sizeof(ext_key_usages[0]);
    return ext_key_usages;
}

uint32_t eg_key_usage_bit(const char *name)
{
    return bit_of(key_usages, sizeof(key_usages) / sizeof(key_usages[0]), name);
}

uint32_t eg_ext_key_usage_bit(const char *name)
{
    return bit_of(ext_key_usages, sizeof(ext_key_usages) / sizeof(ext_key_usages[0]), name);
}
