/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_UNIT_VAULTPOOL_POOL_FIXTURE_H
#define EG_TESTS_UNIT_VAULTPOOL_POOL_FIXTURE_H
/** A pool of real engrave-vault processes in a temporary folder, with CA, master secret and chips.
 */
#include "lib/os/file.h"
#include "server/vaultpool/vaultpool.h"
#include "tests/unit/vault/vault_fixture.h"

enum {
    FIX_CHIPS = 64,
};

struct fix_pool {
    char dir[EG_PATH_MAX];
    char program[EG_PATH_MAX], key_file[EG_PATH_MAX], passphrase_file[EG_PATH_MAX],
        families_dir[EG_PATH_MAX];
    struct eg_vaultpool_options options;
    struct eg_vaultpool *pool;
    struct eg_crypto *crypto;

    /* fix_pool_fill() */
    struct eg_vaultpool_key root, manifest_key, secret_key;
    struct eg_vaultpool_secret master;
    struct fix_signer signer;
    struct eg_vaultpool_manifest manifest;     /* FIX_CHIPS mcxn947 chips */
    struct eg_vault_device devices[FIX_CHIPS]; /* the same, ready for a make call */
    struct fix_plan plan;
};

/** Key file and pool of `workers` processes. */
void fix_pool_open(struct fix_pool *f, unsigned workers);
/** CA, service keys, master secret, manifest, plan: one call of every operation. */
void fix_pool_fill(struct fix_pool *f);
void fix_pool_close(struct fix_pool *f);

/** A manifest request over the fixture's service key and signer. */
struct eg_vault_manifest_request fix_manifest_request(const struct fix_pool *f,
                                                      const struct eg_span *signers, size_t count,
                                                      struct eg_span message);
/** A service key as eg_vault wants it back. */
struct eg_vault_service_key fix_service_key(const struct eg_vaultpool_key *key);

/** Check one made device of the usual plan against the chip with this number. */
void fix_check_made(struct fix_pool *f, size_t chip, const struct eg_vault_made_device *made);

#endif
