/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_CLI_ADMIN_PRINT_H
#define EG_HOST_CLI_ADMIN_PRINT_H
/** Answers of the service for people (columns, `name  value` lines) or as JSON lines. */
#include <jansson.h>

#include "host/cli/admin.h"

void eg_admin_print_head(bool json, const struct eg_admin *row);
void eg_admin_print_row(bool json, const struct eg_admin *row, json_t *entry);

/** One object, nested ones indented; nothing for null. */
void eg_admin_print_one(bool json, json_t *answer);

#endif
