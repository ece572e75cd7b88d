/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_MIGRATIONS_H
#define EG_SERVER_STORE_MIGRATIONS_H
/**
 * The schema as numbered steps. Step n is applied once, in a transaction of its own that also
 * writes n into meta ("schema"). Released steps are never changed; a change is a new step.
 */
#include "server/store/driver.h"

/** Newest schema that this program knows; steps are 1..this. */
extern const uint32_t eg_schema_newest;

/**
 * Bring the database to the newest schema. STORE_SCHEMA: it is newer than this program.
 * *out_version (may be NULL): what it was at before, 0 for an empty database.
 */
EG_MUST_USE eg_status eg_schema_migrate(struct eg_db *db, uint32_t *out_version);

/** As above, up to `target` only: for tests of single steps. */
EG_MUST_USE eg_status eg_schema_migrate_to(struct eg_db *db, uint32_t target,
                                           uint32_t *out_version);

#endif
