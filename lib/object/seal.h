/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OBJECT_SEAL_H
#define EG_LIB_OBJECT_SEAL_H
/**
 * Sealing: an object's value in, the secure object that only one chip can open out.
 *
 * How a blob looks is an adapter, chosen by the family's recipe; callers see a target (one chip,
 * one binding, keys derived once) and seal as many objects for it as there are. No heap. Secret the
 * target and the values; wiped by the caller (eg_seal_target_wipe()). Thread  one target may be
 * used by one thread at a time, with that thread's eg_crypto.
 */
#include "lib/object/object.h"
#include "lib/object/recipe.h"

struct eg_seal_adapter;

/** One chip, ready to be sealed for. */
struct eg_seal_target {
    const struct eg_seal_adapter *adapter; /* static */
    enum eg_life_cycle life_cycle;         /* goes into every object (tag 0x47) */
    struct eg_import_keys keys;
};

/**
 * Derive the keys of a chip for a binding. Errors as eg_recipe_import_keys(), and
 * OBJECT_UNSUPPORTED when no adapter knows the family; *out is zero.
 */
EG_MUST_USE eg_status eg_seal_target_init(struct eg_crypto *c, const struct eg_family *family,
                                          const uint8_t die_key[static EG_DIE_KEY_LEN],
                                          const struct eg_binding *binding,
                                          struct eg_seal_target *out);
void eg_seal_target_wipe(struct eg_seal_target *t);

/**
 * Append the secure object of `o` with this value (PSA import form, docs there: EC scalar, Ed25519
 * seed, PKCS#1 DER, symmetric key, raw data).
 * Errors  OBJECT_UNSUPPORTED: no storage for such an object. OBJECT_TOO_LARGE: value longer than
 *         eg_object_value_max(o), or empty. CRYPTO_BAD_KEY: a key of the wrong length. NO_ROOM.
 *         On error out->len is as before (out->status may carry NO_ROOM).
 */
EG_MUST_USE eg_status eg_seal(struct eg_crypto *c, const struct eg_seal_target *t,
                              const struct eg_object *o, struct eg_span value,
                              struct eg_writer *out);

/** Bytes that eg_seal() appends for a value of value_len. OBJECT_UNSUPPORTED: *out is 0. */
EG_MUST_USE eg_status eg_seal_len(const struct eg_family *family, const struct eg_object *o,
                                  size_t value_len, size_t *out);

#endif
