/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_UNIT_OBJECT_OBJECT_TEST_H
#define EG_TESTS_UNIT_OBJECT_OBJECT_TEST_H
/** What the tests of lib/object share: a crypto context per group, small families, objects. */
#include "lib/base/family.h"
#include "lib/crypto/crypto.h"
#include "lib/object/object.h"
#include "tests/unit/unit.h"

/** cmocka group fixtures: *state is a struct eg_crypto. */
int crypto_setup(void **state);
int crypto_teardown(void **state);

/** Families with the values that matter to lib/object, as in families/ at the time of writing. */
extern const struct eg_family test_mcxn;
extern const struct eg_family test_rw61x;

/** An object with its default policy. */
struct eg_object test_object(enum eg_object_type type, uint32_t id, enum eg_key_alg alg,
                             uint32_t size);

#endif
