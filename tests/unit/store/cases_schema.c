/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, migrations, refusal of what is not ours. */
#include <stdio.h>
#include <string.h>

#include "server/store/migrations.h"
#include "tests/unit/store/store_test.h"

static void migrates_an_empty_database_once(void **state)
{
    char url[512];
    struct eg_db *db;
    uint32_t before;

    (void)state;
    t_new_database(url);
    assert_ok(eg_db_open(url, EG_DB_WRITER, &db, NULL, 0));
    assert_ok(eg_schema_migrate(db, &before));
    assert_int_equal(before, 0);
    assert_ok(eg_schema_migrate(db, &before));
    assert_int_equal(before, eg_schema_newest);
    eg_db_close(db);
}

static void refuses_a_newer_schema(void **state)
{
    struct eg_arg args[] = {eg_arg_text("schema"), eg_arg_bytes(eg_span_str("999"))};
    struct eg_store_options options;
    struct eg_store *store;
    char url[512], why[128] = "";
    struct eg_db *db;

    (void)state;
    t_new_database(url);
    options = (struct eg_store_options){.url = url};
    assert_ok(eg_db_open(url, EG_DB_WRITER, &db, NULL, 0));
    assert_ok(eg_schema_migrate(db, NULL));
    assert_ok(eg_db_run(db, EG_SQL_META_SET, args, 2, NULL));
    eg_db_close(db);
    assert_status(eg_store_open(&options, &store, why, sizeof why), STORE_SCHEMA);
    assert_null(store);
    assert_string_not_equal(why, "");
}

static void a_migration_that_fails_leaves_nothing(void **state)
{
    char url[512];
    struct eg_db *db;
    uint32_t before;

    (void)state;
    t_new_database(url);
    assert_ok(eg_db_open(url, EG_DB_WRITER, &db, NULL, 0));
    assert_ok(eg_db_exec(db, "CREATE TABLE device_event (x INTEGER)")); /* in the way of step 1 */
    assert_status(eg_schema_migrate(db, &before), STORE_FAILED);
    assert_false(eg_db_in_transaction(db));
    assert_status(eg_db_exec(db, "SELECT id FROM company"), STORE_FAILED);
    assert_ok(eg_db_exec(db, "DROP TABLE device_event"));
    assert_ok(eg_schema_migrate(db, &before));
    assert_int_equal(before, 0);
    eg_db_close(db);
}

/* Step 11 knows from the sessions that were noted before it which devices have connected. */
static void devices_that_connected_before_are_not_waiting(void **state)
{
    static const char fill[] =
        "INSERT INTO device (uuid, company_id, manifest_id, group_id, family, state, created_s,"
        " wrapped_root, root_tag, connection_key, attestation_key)"
        " SELECT CAST(n AS %s), 1, 1, 1, 'mcxn947', 1, 1, %s, %s, %s, %s"
        " FROM (SELECT '1' AS n UNION SELECT '2' UNION SELECT '3') AS t;"
        "INSERT INTO device_cloud (device_id, company_id, last_contact_s)"
        " SELECT id, 1, CASE WHEN uuid = CAST('2' AS %s) THEN 0 ELSE 5 END FROM device"
        " WHERE uuid <> CAST('3' AS %s)";
    const char *type = t_is_postgres() ? "BYTEA" : "BLOB";
    const char *empty = t_is_postgres() ? "'\\x'" : "x''";
    char url[512], sql[1024];
    struct eg_db *db;

    (void)state;
    t_new_database(url);
    (void)snprintf(sql, sizeof sql, fill, type, empty, empty, empty, empty, type, type);
    assert_ok(eg_db_open(url, EG_DB_WRITER, &db, NULL, 0));
    assert_ok(eg_schema_migrate_to(db, 10, NULL));
    assert_ok(eg_db_exec(db, sql));
    assert_ok(eg_schema_migrate(db, NULL));
    eg_db_close(db);
    assert_int_equal(t_number(url, "SELECT count(*) FROM device WHERE contacted = 1"), 1);
    assert_int_equal(t_number(url, "SELECT count(*) FROM device WHERE contacted = 0"), 2);
}

static void refuses_unknown_urls(void **state)
{
    static const char *const bad[] = {"", "sqlite:", "mysql://x", "/tmp/x.db"};
    struct eg_store *store;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct eg_store_options options = {.url = bad[i]};

        assert_status(eg_store_open(&options, &store, NULL, 0), STORE_URL);
        assert_null(store);
    }
}

static void says_why_it_cannot_open(void **state)
{
    struct eg_store_options options = {.url = t_is_postgres()
                                                  ? "postgresql://nobody@/x?host=/nonexistent"
                                                  : "sqlite:/nonexistent/x.db"};
    struct eg_store *store;
    char why[256] = "";

    (void)state;
    assert_status(eg_store_open(&options, &store, why, sizeof why), STORE_UNAVAILABLE);
    assert_string_not_equal(why, "");
}

static void readers_cannot_write(void **state)
{
    struct t_env *e = *state;
    struct eg_db *db;

    assert_ok(eg_db_open(e->url, EG_DB_READER, &db, NULL, 0));
    assert_false(eg_ok(eg_db_exec(db, "DELETE FROM company")));
    eg_db_close(db);
    assert_int_equal(t_count(e, "company") > 0, 1);
}

static void names_its_back_end(void **state)
{
    struct t_env *e = *state;

    assert_string_equal(eg_store_backend(e->store), t_is_postgres() ? "postgresql" : "sqlite");
    assert_ok(eg_store_check(e->store));
}

static const struct CMUnitTest tests[] = {
    T_CASE(migrates_an_empty_database_once),
    T_CASE(refuses_a_newer_schema),
    T_CASE(a_migration_that_fails_leaves_nothing),
    T_CASE(devices_that_connected_before_are_not_waiting),
    T_CASE(refuses_unknown_urls),
    T_CASE(says_why_it_cannot_open),
    T_CASE(readers_cannot_write),
    T_CASE(names_its_back_end),
};
const struct t_cases t_schema_cases = {"schema", tests, sizeof tests / sizeof tests[0], T_BOTH};
