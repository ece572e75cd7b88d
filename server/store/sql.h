/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_SQL_H
#define EG_SERVER_STORE_SQL_H
/**
 * Every statement of the store, once for both back ends; the texts are in sql_*.def, one file per
 * subject. EG_SQL(NAME, "text") with arguments $1..$n.
 */

enum eg_sql {
#define EG_SQL(name, text) EG_SQL_##name,
#include "server/store/sql_admin.def"
#include "server/store/sql_catalog.def"
#include "server/store/sql_cloud.def"
#include "server/store/sql_device.def"
#include "server/store/sql_job.def"
#include "server/store/sql_life.def"
#include "server/store/sql_pki.def"
#undef EG_SQL
    EG_SQL_COUNT
};

/** Text of a statement. */
const char *eg_sql_text(enum eg_sql sql);

#endif
