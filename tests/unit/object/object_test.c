/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/object/object_test.h"

#include "lib/object/policy.h"

const struct eg_family test_mcxn = {
    .name = "mcxn947",
    .recipe = EG_RECIPE_MCXN,
    .objects_max = 16,
    .objects_bytes_max = 16384,
    .rsa = true,
    .ifr_size = 512,
    .ifr_boot_key_hash = 0x60,
    .fuse_count = 64,
    .fuse_bytes = 4,
    .fuse_decrypt_key = 11,
    .fuse_life_cycle = 8,
    .ignored = {{11, 22}},
    .ignored_count = 1,
    .life_cycle_open = 0x03,
    .life_cycle_closed = 0x0F,
    .life_cycle_locked = 0xCF,
};

const struct eg_family test_rw61x = {
    .name = "rw612",
    .recipe = EG_RECIPE_RW61X,
    .objects_max = 4,
    .objects_bytes_max = 2048,
    .object_bytes_max = 1024,
    .rsa = false,
    .required = {0x7FFF817A, 0x7FFF817B, 0x7FFF817C},
    .required_count = 3,
    .fuse_count = 512,
    .fuse_bytes = 4,
    .fuse_boot_key_hash = 120,
    .fuse_decrypt_key = 92,
    .fuse_life_cycle = 14,
    .ignored = {{92, 103}, {104, 115}},
    .ignored_count = 2,
    .life_cycle_open = 0x03,
    .life_cycle_closed = 0x0F,
    .life_cycle_locked = 0xCF,
};

int crypto_setup(void **state)
{
    struct eg_crypto *c = NULL;

    if (!eg_ok(eg_crypto_new(&c))) {
        return -1;
    }
    *state = c;
    return 0;
}

int crypto_teardown(void **state)
{
    eg_crypto_free(*state);
    return 0;
}

struct eg_object test_object(enum eg_object_type type, uint32_t id, enum eg_key_alg alg,
                             uint32_t size)
{
    struct eg_object o = {type, id, alg, size, {0, 0}};

    o.policy = eg_policy_default(&o);
    return o;
}
