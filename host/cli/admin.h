/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_CLI_ADMIN_H
#define EG_HOST_CLI_ADMIN_H
/**
 * Verbs that are one call to the service: a row says which call, what of the command line goes
 * where, and which members of the answer people want to see.
 *
 * In a path, {name} is an option of the row and {1} the first argument.
 */
#include "host/cli/cli.h"

enum {
    EG_ADMIN_FIELDS_MAX = 12,
    EG_ADMIN_COLUMNS_MAX = 8,
};

enum eg_admin_place {
    EG_ADMIN_PATH,   /* fills {name} of the path */
    EG_ADMIN_QUERY,  /* json is the name of the query parameter */
    EG_ADMIN_TEXT,   /* member of the body: text */
    EG_ADMIN_NUMBER, /* member of the body: a number */
};

struct eg_admin_field {
    const char *option; /* NULL ends the list */
    const char *arg;
    enum eg_admin_place place;
    const char *json;
    bool required;
    const char *help;
};

struct eg_admin_column {
    const char *title; /* NULL ends the list */
    const char *json;  /* member, or "a.b" for a member of a member */
    int width;
};

struct eg_admin {
    const char *method;
    const char *path;
    bool list; /* the answer is paged: {"content":[..],"next":..} */
    int args;  /* arguments on the command line */
    struct eg_admin_field fields[EG_ADMIN_FIELDS_MAX];
    struct eg_admin_column columns[EG_ADMIN_COLUMNS_MAX];
    const char *argument_member; /* the last argument goes into the body under this name (a number);
                                    NULL: it does not */
    bool argument_is_uuid;       /* {1} is a device, hexadecimal or decimal */
};

extern const struct eg_admin eg_admin_status, eg_admin_product_create, eg_admin_product_list,
    eg_admin_group_create, eg_admin_group_list, eg_admin_group_show, eg_admin_ca_root,
    eg_admin_ca_intermediate, eg_admin_ca_list, eg_admin_ca_show, eg_admin_object_list,
    eg_admin_object_show, eg_admin_object_delete, eg_admin_object_assign, eg_admin_device_list,
    eg_admin_device_show, eg_admin_signer_list, eg_admin_ca_delete, eg_admin_matter_setup,
    eg_admin_device_revoke;

#endif
