/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OBJECT_SEAL_ADAPTER_H
#define EG_LIB_OBJECT_SEAL_ADAPTER_H
/** What a kind of enclave supplies so that objects can be sealed for it. Internal to lib/object. */
#include "lib/object/seal.h"

struct eg_seal_adapter {
    /** As eg_seal(); out->len is put back by the caller on error. */
    eg_status (*seal)(struct eg_crypto *c, const struct eg_seal_target *t,
                      const struct eg_object *o, struct eg_span value, struct eg_writer *out);
    /** As eg_seal_len(). */
    eg_status (*len)(const struct eg_object *o, size_t value_len, size_t *out);
};

#endif
