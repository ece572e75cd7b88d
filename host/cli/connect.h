/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_CLI_CONNECT_H
#define EG_HOST_CLI_CONNECT_H
/**
 * How the verbs that administer a service reach it: by the configuration of a line (-c), by --url
 * with --ca and --key-file, or by the data folder of a service on this machine (--data).
 * The key never stands on a command line.
 */
#include "host/cli/cli.h"
#include "host/lib/config.h"
#include "host/lib/rest.h"

struct eg_connect {
    const char *config, *url, *ca, *key_file, *data;
    bool json;
    struct eg_host_config settings;
    struct eg_rest *rest;
};

/** The options, to stand first in a verb's list. */
enum { EG_CONNECT_OPTS = 6 };
#define EG_CONNECT_OPTIONS(c)                                                                      \
    {"config", 'c', "FILE", EG_OPT_TEXT, &(c)->config, false, "configuration of a line"},          \
        {"url", '\0', "URL", EG_OPT_TEXT, &(c)->url, false, "service (https://...)"},              \
        {"ca", '\0', "FILE", EG_OPT_TEXT, &(c)->ca, false, "CA of the service"},                   \
        {"key-file", '\0', "FILE", EG_OPT_TEXT, &(c)->key_file, false, "file with the API key"},   \
        {"data",                                                                                   \
         '\0',                                                                                     \
         "DIR",                                                                                    \
         EG_OPT_TEXT,                                                                              \
         &(c)->data,                                                                               \
         false,                                                                                    \
         "data folder of a service here: its CA and first key"},                                   \
    {                                                                                              \
        "json", '\0', NULL, EG_OPT_FLAG, &(c)->json, false, "JSON"                                 \
    }

/** Options to a client. On error *why tells. eg_connect_close() in any case. */
EG_MUST_USE eg_status eg_connect_open(struct eg_connect *c, struct eg_problem *why);
void eg_connect_close(struct eg_connect *c);

#endif
