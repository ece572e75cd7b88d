/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_CLI_VERBS_H
#define EG_HOST_CLI_VERBS_H
/** Entry points of the verbs, one per cmd_*.c. argv[0] is the verb; the result is the exit code. */
#include "host/cli/cli.h"

int eg_cmd_template(const struct eg_verb *verb, int argc, char **argv);
int eg_cmd_test_connection(const struct eg_verb *verb, int argc, char **argv);
int eg_cmd_get_uuid(const struct eg_verb *verb, int argc, char **argv);
int eg_cmd_provision(const struct eg_verb *verb, int argc, char **argv);
int eg_cmd_fetch(const struct eg_verb *verb, int argc, char **argv);
int eg_cmd_load(const struct eg_verb *verb, int argc, char **argv);
int eg_cmd_run(const struct eg_verb *verb, int argc, char **argv);
int eg_cmd_verify(const struct eg_verb *verb, int argc, char **argv);
int eg_cmd_unclaim(const struct eg_verb *verb, int argc, char **argv);
int eg_cmd_claim(const struct eg_verb *verb, int argc, char **argv);

int eg_cmd_fab_make(const struct eg_verb *verb, int argc, char **argv);
int eg_cmd_fab_upload(const struct eg_verb *verb, int argc, char **argv);
int eg_cmd_fab_export(const struct eg_verb *verb, int argc, char **argv);
int eg_cmd_fab_enroll(const struct eg_verb *verb, int argc, char **argv);

int eg_cmd_admin(const struct eg_verb *verb, int argc, char **argv); /* table: struct eg_admin */
int eg_cmd_object_create(const struct eg_verb *verb, int argc, char **argv);
int eg_cmd_get_pem(const struct eg_verb *verb, int argc, char **argv); /* table: path */
int eg_cmd_seal(const struct eg_verb *verb, int argc, char **argv);

#endif
