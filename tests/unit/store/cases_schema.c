/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, migrations, refusal of what is not ours. */
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
    T_CASE(refuses_unknown_urls),
    T_CASE(says_why_it_cannot_open),
    T_CASE(readers_cannot_write),
    T_CASE(names_its_back_end),
};
const struct t_cases t_schema_cases = {"schema", tests, sizeof tests / sizeof tests[0], T_BOTH};
