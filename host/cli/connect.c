/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli/connect.h"

#include <stdio.h>
#include <string.h>

static const char url_default[] = "https://127.0.0.1:8443";

/* "DIR/rest" into out. */
static eg_status in_data(const char *dir, const char *rest, char *out, size_t room)
{
    int n = snprintf(out, room, "%s/%s", dir, rest);
    return n > 0 && (size_t)n < room ? EG_OK : EG_ERR(NO_ROOM);
}

static eg_status take_key(struct eg_connect *c, const char *path, struct eg_problem *why)
{
    eg_status st = eg_host_config_api_key(path, NULL, c->settings.api_key);
    return eg_problem_say(why, st, "The file with the API key, %.300s, cannot be read.", path);
}

static eg_status take_data(struct eg_connect *c, struct eg_problem *why)
{
    char path[EG_CONFIG_PATH_MAX];

    EG_TRY(eg_problem_set(
        why, in_data(c->data, "tls/ca.pem", c->settings.ca_file, sizeof c->settings.ca_file)));
    EG_TRY(eg_problem_set(why, in_data(c->data, "admin.key", path, sizeof path)));
    return take_key(c, path, why);
}

/* Options on the command line win over the file and the folder. */
static eg_status take_options(struct eg_connect *c, struct eg_problem *why)
{
    struct eg_host_config *s = &c->settings;

    if (c->data != NULL) {
        EG_TRY(take_data(c, why));
    }
    if (c->url != NULL || s->url[0] == '\0') {
        snprintf(s->url, sizeof s->url, "%s", c->url != NULL ? c->url : url_default);
    }
    if (c->ca != NULL) {
        snprintf(s->ca_file, sizeof s->ca_file, "%s", c->ca);
    }
    if (c->key_file != NULL) {
        EG_TRY(take_key(c, c->key_file, why));
    }
    if (strncmp(s->url, "https://", 8) != 0) {
        return eg_problem_say(why, EG_ERR(HOST_CONFIG), "The url must begin with https://.");
    }
    return s->api_key[0] != '\0'
               ? EG_OK
               : eg_problem_say(why, EG_ERR(HOST_CONFIG),
                                "Which service, and with which key? Give -c FILE, --data DIR, or "
                                "--url, --ca and --key-file.");
}

eg_status eg_connect_open(struct eg_connect *c, struct eg_problem *why)
{
    if (c->config != NULL) {
        EG_TRY(eg_host_config_load(c->config, 0, &c->settings, why));
    }
    EG_TRY(take_options(c, why));
    struct eg_rest_options o = {.url = c->settings.url,
                                .api_key = c->settings.api_key,
                                .ca_file = c->settings.ca_file,
                                .timeout_s = c->settings.timeout_s};
    return eg_problem_set(why, eg_rest_new(&o, &c->rest));
}

void eg_connect_close(struct eg_connect *c)
{
    eg_rest_free(c->rest);
    c->rest = NULL;
    eg_host_config_cleanup(&c->settings);
}
