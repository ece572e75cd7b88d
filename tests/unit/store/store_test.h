/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_UNIT_STORE_STORE_TEST_H
#define EG_TESTS_UNIT_STORE_STORE_TEST_H
/**
 * The store's suite runs once per back end: `test_store sqlite`, `test_store postgres` (the latter
 * needs ENGRAVE_TEST_POSTGRES, a URL of a cluster where it may create databases).
 *
 * Each file of cases gets an empty database of its own; within it every test works in a company of
 * its own, so that tests do not see each other.
 */
#include "server/store/store_admin.h"
#include "server/store/store_catalog.h"
#include "server/store/store_internal.h"
#include "server/store/store_job.h"
#include "server/store/store_provisioning.h"
#include "tests/unit/unit.h"

#define T_NODE "node-a"
enum { T_NC12_FIRST = 1000 };

/** Database and defaults of one file of cases (group state). */
struct t_env {
    char url[512];
    struct eg_store *store;
    struct eg_arena arena; /* of the running test */
    int64_t company;       /* of the running test */
};

bool t_is_postgres(void);

/** Empty database; its URL. Also usable for more than the one of the group. */
void t_new_database(char out[static 512]);

int t_group_setup(void **state);
int t_group_teardown(void **state);
int t_setup(void **state); /* new company, empty arena */
int t_teardown(void **state);

#define T_CASE(fn) cmocka_unit_test_setup_teardown(fn, t_setup, t_teardown)

/* ---- things to work on ------------------------------------------------------------------------
 */

/** A product (mcxn947) and a group in it. */
int64_t t_group(struct t_env *e, int64_t quota);
/* The group, whatever it is now; one object out of one group. Live to the end of the block. */
#define T_ANY(id)              (&(struct eg_group_guard){.group_id = (id)})
#define T_LEAVE(group, object) (&(struct eg_leave){T_ANY(group), 1, (const int64_t[]){(object)}, 1})
/** KEYPAIR object with this id on the chip. */
int64_t t_object(struct t_env *e, const char *name, uint32_t object_id);
/** A group with one object assigned. */
int64_t t_group_with_object(struct t_env *e, int64_t quota);
/** The same number gives the same UUID. */
struct eg_uuid t_uuid(const struct t_env *e, uint32_t number);
/** Root number `number`; `key` stands for the die key. */
struct eg_root t_root(const struct t_env *e, uint32_t number, uint8_t key);
/** Upload roots first..first+count-1 of mcxn947. */
void t_upload(struct t_env *e, uint32_t first, uint32_t count);
/** Fresh text for a job. */
void t_job_uuid(char out[static EG_JOB_UUID_LEN + 1]);
/** Reserve devices first..first+count-1 for T_NODE at time 1000 with a lease of 60 s. */
eg_status t_reserve(struct t_env *e, int64_t group, uint32_t first, uint32_t count,
                    struct eg_job *out, struct eg_refusal *refusal);
/** Make all chunks of a job with bodies that hold the byte `fill`. */
void t_finish(struct t_env *e, const struct eg_job *job, uint8_t fill);
/** The first number that a statement of the test's own yields, past the store. */
int64_t t_number(const char *url, const char *sql);
/** SELECT count(*) FROM ... */
int64_t t_count(struct t_env *e, const char *table_and_condition);

/* ---- files of cases ---------------------------------------------------------------------------
 */

struct t_cases {
    const char *name;
    const struct CMUnitTest *tests;
    size_t count;
    enum { T_BOTH, T_SQLITE, T_POSTGRES } backend;
};
extern const struct t_cases t_schema_cases, t_admin_cases, t_catalog_cases, t_cloud_cases,
    t_cloud_list_cases, t_make_cases, t_device_cases, t_life_cases, t_guard_cases, t_job_cases,
    t_lease_cases, t_memo_cases, t_pki_cases, t_provisioning_cases, t_writer_cases, t_sqlite_cases,
    t_postgres_cases, t_crash_cases;

/** `test_store child URL`: write until killed (crash cases). */
int t_crash_child(const char *url);

#endif
