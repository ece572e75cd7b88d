/* SPDX-License-Identifier: Apache-2.0 */
#include "server/main/config.h"

#include <getopt.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/hostname.h"
#include "lib/base/text.h"
#include "server/main/limits.h"
#include "server/net/listen.h"

/** One setting: where it may come from and where it goes. */
struct setting {
    const char *section, *key; /* in the file; NULL: command line only */
    const char *option;        /* long option; NULL: file only */
    eg_status (*set)(struct eg_config *c, const char *value);
};

static eg_status copy(char *out, size_t room, const char *value)
{
    size_t len = strlen(value);
    if (len == 0 || len >= room) {
        return EG_ERR(CONFIG_INVALID);
    }
    memcpy(out, value, len + 1);
    return EG_OK;
}

static eg_status set_data(struct eg_config *c, const char *v)
{
    return copy(c->data, sizeof(c->data), v);
}

static eg_status set_file(struct eg_config *c, const char *v)
{
    return copy(c->file, sizeof(c->file), v);
}

static eg_status set_listen(struct eg_config *c, const char *v)
{
    EG_TRY(copy(c->listen, sizeof(c->listen), v));
    return eg_ok(eg_listen_check(v)) ? EG_OK : EG_ERR(CONFIG_INVALID);
}

/** The same, or nothing at all: no listener. */
static eg_status set_listen_or_none(char out[static EG_CONFIG_TEXT_LEN], const char *v)
{
    if (v[0] == '\0') {
        out[0] = '\0';
        return EG_OK;
    }
    EG_TRY(copy(out, EG_CONFIG_TEXT_LEN, v));
    return eg_ok(eg_listen_check(v)) ? EG_OK : EG_ERR(CONFIG_INVALID);
}

static eg_status set_device_listen(struct eg_config *c, const char *v)
{
    return set_listen_or_none(c->device_listen, v);
}

static eg_status set_public_listen(struct eg_config *c, const char *v)
{
    return set_listen_or_none(c->public_listen, v);
}

/** A host name (RFC 1123): labels of letters, digits and inner hyphens. No address: devices check a
 * dNSName. */
static eg_status set_device_name(struct eg_config *c, const char *v)
{
    return eg_hostname_valid(eg_span_str(v)) ? copy(c->device_name, sizeof(c->device_name), v)
                                             : EG_ERR(CONFIG_INVALID);
}

static eg_status set_database(struct eg_config *c, const char *v)
{
    static const char *const forms[] = {"postgresql://", "postgres://"};
    bool known = strcmp(v, "sqlite") == 0;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        known = known || strncmp(v, forms[i], strlen(forms[i])) == 0;
    }
    return known ? copy(c->database, sizeof(c->database), v) : EG_ERR(CONFIG_INVALID);
}

static eg_status set_passphrase(struct eg_config *c, const char *v)
{
    return copy(c->passphrase, sizeof(c->passphrase), v);
}

static eg_status set_families(struct eg_config *c, const char *v)
{
    return copy(c->families, sizeof(c->families), v);
}

static eg_status set_profiles(struct eg_config *c, const char *v)
{
    return copy(c->profiles, sizeof(c->profiles), v);
}

static eg_status set_company(struct eg_config *c, const char *v)
{
    return copy(c->company, sizeof(c->company), v);
}

/** http:// or https://, a host, and no slash at the end. */
static eg_status set_public_url(struct eg_config *c, const char *v)
{
    size_t len = strlen(v);
    bool http = strncmp(v, "http://", 7) == 0 && len > 7;
    bool https = strncmp(v, "https://", 8) == 0 && len > 8;
    for (size_t i = 0; i < len; i++) {
        if (v[i] <= ' ' || v[i] >= 0x7F) {
            return EG_ERR(CONFIG_INVALID);
        }
    }
    if ((!http && !https) || v[len - 1] == '/') {
        return EG_ERR(CONFIG_INVALID);
    }
    return copy(c->public_url, sizeof(c->public_url), v);
}

static eg_status set_workers(struct eg_config *c, const char *v)
{
    uint64_t n = 0;
    EG_TRY(eg_number_parse(eg_span_str(v), EG_CONFIG_VAULT_WORKERS_MAX, &n));
    c->vault_workers = (unsigned)n;
    return EG_OK;
}

static eg_status set_rate(struct eg_config *c, const char *v)
{
    uint64_t n = 0;
    EG_TRY(eg_number_parse(eg_span_str(v), EG_CONFIG_RATE_MAX, &n));
    c->rate_per_second = (unsigned)n;
    return EG_OK;
}

static eg_status set_device_rate(struct eg_config *c, const char *v)
{
    uint64_t n = 0;
    EG_TRY(eg_number_parse(eg_span_str(v), EG_CONFIG_RATE_MAX, &n));
    c->device_rate_per_second = (unsigned)n;
    return EG_OK;
}

static eg_status set_log(struct eg_config *c, const char *v)
{
    return eg_log_level_parse(v, &c->log_level);
}

static const struct setting settings[] = {
    {NULL, NULL, "data", set_data},
    {NULL, NULL, "config", set_file},
    {"server", "listen", "listen", set_listen},
    {"server", "families", "families", set_families},
    {"server", "profiles", "profiles", set_profiles},
    {"device", "listen", "device-listen", set_device_listen},
    {"device", "name", "device-name", set_device_name},
    {"device", "rate_limit", NULL, set_device_rate},
    {"public", "listen", "public-listen", set_public_listen},
    {"server", "company", NULL, set_company},
    {"server", "log", "log", set_log},
    {"server", "public_url", "public-url", set_public_url},
    {"server", "rate_limit", NULL, set_rate},
    {"store", "database", "database", set_database},
    {"vault", "passphrase", "vault-passphrase", set_passphrase},
    {"vault", "workers", NULL, set_workers},
};
enum { SETTING_COUNT = sizeof(settings) / sizeof(settings[0]) };

/** Options without a value. */
static const struct {
    const char *option;
    enum eg_config_action action;
} actions[] = {
    {"check-config", EG_CONFIG_CHECK},
    {"print-limits", EG_CONFIG_PRINT_LIMITS},
    {"version", EG_CONFIG_PRINT_VERSION},
    {"help", EG_CONFIG_PRINT_HELP},
};
enum { ACTION_COUNT = sizeof(actions) / sizeof(actions[0]) };

struct file_read {
    struct eg_config *config;
    char bad[EG_CONFIG_TEXT_LEN]; /* "section.key" of the first one that was refused */
};

static int take_ini(void *arg, const char *section, const char *key, const char *value)
{
    struct file_read *f = arg;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];
        if (s->key != NULL && strcmp(s->section, section) == 0 && strcmp(s->key, key) == 0 &&
            eg_ok(s->set(f->config, value))) {
            return 1;
        }
    }
    if (f->bad[0] == '\0') {
        snprintf(f->bad, sizeof(f->bad), "[%s] %s", section, key);
    }
    return 0;
}

static eg_status read_file(struct eg_config *c, char *why, size_t room)
{
    struct file_read f = {.config = c};
    struct eg_file_bytes text = {0};
    eg_status st = eg_file_read(c->file, EG_CONFIG_TEXT_LEN * 64, &text);
    if (!eg_ok(st)) {
        snprintf(why, room, "%s cannot be read", c->file);
        return st;
    }
    int line = ini_parse_string((const char *)text.ptr, take_ini, &f);
    eg_file_bytes_free(&text);
    if (line != 0) {
        snprintf(why, room, "%s line %d: %s", c->file, line,
                 f.bad[0] != '\0' ? f.bad : "not of the form key = value");
        return EG_ERR(CONFIG_INVALID);
    }
    return EG_OK;
}

/** Long options in the order: settings that have one, then actions. val = index + 1. */
static void build_options(struct option *out)
{
    size_t n = 0;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (settings[i].option != NULL) {
            out[n++] = (struct option){settings[i].option, required_argument, NULL, (int)i + 1};
        }
    }
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        out[n++] =
            (struct option){actions[i].option, no_argument, NULL, SETTING_COUNT + (int)i + 1};
    }
    out[n] = (struct option){NULL, 0, NULL, 0};
}

/** Walk the command line; only the setting --config when `only_file`, all others if not. */
static eg_status read_arguments(int argc, char *const argv[], bool only_file, struct eg_config *c,
                                char *why, size_t room)
{
    struct option options[SETTING_COUNT + ACTION_COUNT + 1];
    build_options(options);
    optind = 0; /* start over: this runs twice */
    opterr = 0;
    for (int v; (v = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
        if (v < 1 || v == '?') {
            snprintf(why, room, "unknown or incomplete option %s", argv[optind - 1]);
            return EG_ERR(CONFIG_INVALID);
        }
        if (v > SETTING_COUNT) {
            c->action = actions[v - SETTING_COUNT - 1].action;
        } else if ((settings[v - 1].set == set_file) == only_file &&
                   !eg_ok(settings[v - 1].set(c, optarg))) {
            snprintf(why, room, "--%s: this value is not possible", settings[v - 1].option);
            return EG_ERR(CONFIG_INVALID);
        }
    }
    if (optind < argc) {
        snprintf(why, room, "unexpected argument %s", argv[optind]);
        return EG_ERR(CONFIG_INVALID);
    }
    return EG_OK;
}

eg_status eg_config_load(int argc, char *const argv[], struct eg_config *out, char *why,
                         size_t why_room)
{
    *out = (struct eg_config){.listen = "127.0.0.1:8443",
                              .device_listen = "127.0.0.1:8444",
                              .device_name = "localhost",
                              .public_listen = "127.0.0.1:8080",
                              .database = "sqlite",
                              .company = "default",
                              .device_rate_per_second = EG_LIMIT_DEVICE_RATE_PER_S,
                              .rate_per_second = EG_LIMIT_RATE_PER_S,
                              .log_level = EG_LOG_INFO};
    EG_TRY(read_arguments(argc, argv, true, out, why, why_room));
    if (out->file[0] != '\0') {
        EG_TRY(read_file(out, why, why_room));
    }
    EG_TRY(read_arguments(argc, argv, false, out, why, why_room));
    bool works = out->action == EG_CONFIG_RUN || out->action == EG_CONFIG_CHECK;
    if (works && out->data[0] == '\0') {
        snprintf(why, why_room, "--data DIR is missing");
        return EG_ERR(CONFIG_INVALID);
    }
    return EG_OK;
}

const char *eg_config_usage(void)
{
    return "usage: engraved --data DIR [options]\n"
           "  --data DIR               everything that the service keeps; made at first start\n"
           "  --config FILE            settings (INI); options win over it\n"
           "  --listen HOST:PORT       default 127.0.0.1:8443; port 0 picks a free one\n"
           "  --device-listen HOST:PORT  default 127.0.0.1:8444, for devices; \"\": none\n"
           "  --device-name NAME       host name that devices dial; default localhost\n"
           "  --public-listen HOST:PORT  default 127.0.0.1:8080, plain HTTP: CRLs, CA "
           "certificates;\n"
           "                           \"\": none\n"
           "  --database URL           sqlite (default) or postgresql://...\n"
           "  --vault-passphrase FILE  default vault.passphrase in the data folder\n"
           "  --families DIR           chip families\n"
           "  --profiles DIR           certificate profiles\n"
           "  --public-url URL         where strangers fetch CRLs: http://HOST[/PATH]\n"
           "  --log LEVEL              debug, info (default), warning, error\n"
           "  --check-config           check settings and files, start nothing\n"
           "  --print-limits           print every limit\n"
           "  --version, --help\n";
}
