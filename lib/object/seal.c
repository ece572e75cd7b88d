/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/object/seal.h"

#include <string.h>

#include "lib/base/secret.h"
#include "lib/object/seal_adapter.h"
#include "lib/object/seal_cbc.h"
#include "lib/object/seal_s50.h"

/* Which adapter serves which key recipe. */
static const struct eg_seal_adapter *const adapters[] = {
    [EG_RECIPE_MCXN] = &eg_seal_s50,
    [EG_RECIPE_RW61X] = &eg_seal_s50,
    [EG_RECIPE_S200] = &eg_seal_s200,
    [EG_RECIPE_S400] = &eg_seal_s400,
};

static const struct eg_seal_adapter *adapter_of(const struct eg_family *family)
{
    size_t recipe = (size_t)family->recipe;

    return recipe < sizeof(adapters) / sizeof(adapters[0]) ? adapters[recipe] : NULL;
}

eg_status eg_seal_target_init(struct eg_crypto *c, const struct eg_family *family,
                              const uint8_t die_key[static EG_DIE_KEY_LEN],
                              const struct eg_binding *binding, struct eg_seal_target *out)
{
    const struct eg_seal_adapter *adapter = adapter_of(family);

    memset(out, 0, sizeof(*out));
    if (adapter == NULL) {
        return EG_ERR(OBJECT_UNSUPPORTED);
    }
    EG_TRY(eg_recipe_import_keys(c, family, die_key, binding, &out->keys));
    out->adapter = adapter;
    out->life_cycle = binding->life_cycle;
    return EG_OK;
}

void eg_seal_target_wipe(struct eg_seal_target *t)
{
    eg_wipe(t, sizeof(*t));
}

eg_status eg_seal(struct eg_crypto *c, const struct eg_seal_target *t, const struct eg_object *o,
                  struct eg_span value, struct eg_writer *out)
{
    size_t before = out->len;
    eg_status st;

    if (value.len == 0 || value.len > eg_object_value_max(o)) {
        return EG_ERR(OBJECT_TOO_LARGE);
    }
    st = t->adapter->seal(c, t, o, value, out);
    if (!eg_ok(st)) {
        out->len = before;
    }
    return st;
}

eg_status eg_seal_len(const struct eg_family *family, const struct eg_object *o, size_t value_len,
                      size_t *out)
{
    const struct eg_seal_adapter *adapter = adapter_of(family);

    *out = 0;
    return adapter != NULL ? adapter->len(o, value_len, out) : EG_ERR(OBJECT_UNSUPPORTED);
}
