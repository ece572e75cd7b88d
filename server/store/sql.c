/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/sql.h"

static const char *const texts[EG_SQL_COUNT] = {
#define EG_SQL(name, text) [EG_SQL_##name] = (text),
#include "server/store/sql_admin.def"
#include "server/store/sql_catalog.def"
#include "server/store/sql_cloud.def"
#include "server/store/sql_device.def"
#include "server/store/sql_job.def"
#include "server/store/sql_life.def"
#include "server/store/sql_pki.def"
#undef EG_SQL
};

const char *eg_sql_text(enum eg_sql sql)
{
    return texts[sql];
}
