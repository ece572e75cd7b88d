/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lib/config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/lib/config_yaml.h"
#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "lib/os/file.h"

enum {
    TIMEOUT_S_DEFAULT = 60,
    DOWNLOAD_TIMEOUT_S_DEFAULT = 300,
    SECONDS_MAX = 86400,
};
static const uint64_t nc12_max = 999999999999u;

/* What is being read. */
struct reading {
    struct eg_host_config *c;
    const char *folder;
    struct eg_problem *why;
    bool domains_given;
};

enum kind {
    KIND_TEXT,
    KIND_PATH,
    KIND_U32,
    KIND_U64,
    KIND_DOMAIN,
    KIND_API_KEY,
    KIND_URL,
    KIND_BOOL,
    KIND_CONSOLE_WORD, /* one word of a command at a console */
    KIND_BOOT_LINE,    /* a list of commands */
    KIND_IGNORED,      /* a key of el2go-host that does not matter here */
};

#define FIELD(m) offsetof(struct eg_host_config, m), sizeof((struct eg_host_config *)0)->m
static const struct key {
    const char *name;
    enum kind kind;
    size_t offset, size;
    uint64_t max;
} keys[] = {
    {"family", KIND_TEXT, FIELD(family), 0},
    {"url", KIND_URL, FIELD(url), 0},
    {"api_key", KIND_API_KEY, FIELD(api_key), 0},
    {"ca_file", KIND_PATH, FIELD(ca_file), 0},
    {"nc12", KIND_U64, FIELD(nc12), nc12_max},
    {"device_group_id", KIND_U64, FIELD(device_group_id), INT64_MAX},
    {"domains", KIND_DOMAIN, FIELD(domains), 0},
    {"timeout", KIND_U32, FIELD(timeout_s), SECONDS_MAX},
    {"download_timeout", KIND_U32, FIELD(download_timeout_s), SECONDS_MAX},
    {"secure_objects_address", KIND_U32, FIELD(secure_objects_address), UINT32_MAX},
    {"prov_fw_path", KIND_PATH, FIELD(prov_fw_path), 0},
    {"revision", KIND_IGNORED, 0, 0, 0},
    {"delay", KIND_IGNORED, 0, 0, 0},
    {"prov_report_address", KIND_IGNORED, 0, 0, 0},
    {"imx_bootloader_path", KIND_IGNORED, 0, 0, 0},
    {"uboot_path", KIND_IGNORED, 0, 0, 0},
    {"fatwrite_filename", KIND_CONSOLE_WORD, FIELD(fatwrite_filename), 0},
    {"fatwrite_interface", KIND_CONSOLE_WORD, FIELD(fatwrite_interface), 0},
    {"fatwrite_device_partition", KIND_CONSOLE_WORD, FIELD(fatwrite_partition), 0},
    {"oem_provisioning_config_path", KIND_IGNORED, 0, 0, 0},
    {"oem_provisioning_config_filename", KIND_IGNORED, 0, 0, 0},
    {"boot_linux", KIND_BOOL, FIELD(boot_linux), 0},
    {"linux_boot_sequence", KIND_BOOT_LINE, FIELD(boot_lines), 0},
};

static void warn(struct eg_host_config *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void warn(struct eg_host_config *c, const char *format, ...)
{
    va_list args;

    if (c->warning_count < EG_CONFIG_WARNINGS_MAX) {
        va_start(args, format);
        vsnprintf(c->warnings[c->warning_count++], EG_CONFIG_WARNING_LEN, format, args);
        va_end(args);
    }
}

/* ---- paths and keys -------------------------------------------------------------------------- */

/* value as a path: beside the file if it is there, else as it stands. */
static eg_status resolve(const char *folder, const char *value, char *out, size_t room)
{
    if (folder != NULL && value[0] != '/' && eg_ok(eg_path_join(folder, value, out, room)) &&
        eg_file_exists(out)) {
        return EG_OK;
    }
    int n = snprintf(out, room, "%s", value);
    return n >= 0 && (size_t)n < room ? EG_OK : EG_ERR(HOST_CONFIG);
}

/* First line of text, without white space around it. */
static eg_status first_line(struct eg_span text, char out[static EG_CONFIG_VALUE_MAX])
{
    const uint8_t *p = text.ptr;
    size_t len = 0;

    while (len < text.len && p[len] != '\n') {
        len++;
    }
    while (len > 0 && (p[len - 1] == '\r' || p[len - 1] == ' ' || p[len - 1] == '\t')) {
        len--;
    }
    if (len == 0 || len >= EG_CONFIG_VALUE_MAX || memchr(p, '\0', len) != NULL) {
        return EG_ERR(HOST_CONFIG);
    }
    memcpy(out, p, len);
    out[len] = '\0';
    return EG_OK;
}

eg_status eg_host_config_api_key(const char *value, const char *folder,
                                 char out[static EG_CONFIG_VALUE_MAX])
{
    char path[EG_CONFIG_PATH_MAX];
    struct eg_file_bytes file = {0};

    out[0] = '\0';
    if (value[0] == '$') {
        value = getenv(value + 1);
        if (value == NULL) {
            return EG_ERR(OS_FILE);
        }
    }
    if (eg_ok(resolve(folder, value, path, sizeof path)) && eg_file_exists(path)) {
        EG_TRY(eg_file_read(path, EG_CONFIG_FILE_MAX, &file));
        eg_status st = first_line(eg_file_span(&file), out);
        eg_file_bytes_free(&file);
        return st;
    }
    return first_line(eg_span_str(value), out);
}

/* ---- one key --------------------------------------------------------------------------------- */

static eg_status set_text(char *out, size_t room, const char *value)
{
    int n = snprintf(out, room, "%s", value);
    return n > 0 && (size_t)n < room ? EG_OK : EG_ERR(HOST_CONFIG);
}

/* Only https: the key would cross the network in clear otherwise. */
static eg_status set_url(char *out, size_t room, const char *value)
{
    static const char scheme[] = "https://";

    EG_TRY(set_text(out, room, value));
    if (strncmp(out, scheme, sizeof scheme - 1) != 0 || out[sizeof scheme - 1] == '\0') {
        return EG_ERR(HOST_CONFIG);
    }
    for (size_t len = strlen(out); out[len - 1] == '/'; len--) {
        out[len - 1] = '\0';
    }
    return EG_OK;
}

static eg_status add_domain(struct reading *r, const char *value)
{
    struct eg_host_config *c = r->c;

    if (!r->domains_given) {
        c->domain_count = 0;
        r->domains_given = true;
    }
    if (strcmp(value, "RTP") != 0 && strcmp(value, "MATTER") != 0) {
        return EG_ERR(HOST_CONFIG);
    }
    if (c->domain_count == EG_CONFIG_DOMAINS_MAX) {
        return EG_ERR(HOST_CONFIG);
    }
    return set_text(c->domains[c->domain_count++], sizeof c->domains[0], value);
}

static eg_status set_number(const struct key *k, void *field, const char *value)
{
    uint64_t v = 0;

    if (!eg_ok(eg_number_parse(eg_span_str(value), k->max, &v))) {
        return EG_ERR(HOST_CONFIG);
    }
    if (k->kind == KIND_U32) {
        *(uint32_t *)field = (uint32_t)v;
    } else {
        *(uint64_t *)field = v;
    }
    return EG_OK;
}

/* Printable, so that it stays within the line that it is put into. */
static bool is_console_text(const char *value, bool word)
{
    for (const char *p = value; *p != '\0'; p++) {
        if (*p < ' ' || *p > '~' || (word && (*p == ' ' || *p == ';' || *p == '&'))) {
            return false;
        }
    }
    return true;
}

static eg_status set_word(char *out, size_t room, const char *value)
{
    return is_console_text(value, true) ? set_text(out, room, value) : EG_ERR(HOST_CONFIG);
}

static eg_status add_boot_line(struct eg_host_config *c, const char *value)
{
    if (c->boot_line_count == EG_CONFIG_BOOT_LINES_MAX || !is_console_text(value, false)) {
        return EG_ERR(HOST_CONFIG);
    }
    return set_text(c->boot_lines[c->boot_line_count++], EG_CONFIG_BOOT_LINE_MAX, value);
}

static eg_status set_bool(bool *out, const char *value)
{
    *out = strcmp(value, "true") == 0;
    return *out || strcmp(value, "false") == 0 ? EG_OK : EG_ERR(HOST_CONFIG);
}

static eg_status set_value(struct reading *r, const struct key *k, const char *value)
{
    void *field = (char *)r->c + k->offset;

    switch (k->kind) {
    case KIND_TEXT:
        return set_text(field, k->size, value);
    case KIND_URL:
        return set_url(field, k->size, value);
    case KIND_BOOL:
        return set_bool(field, value);
    case KIND_CONSOLE_WORD:
        return set_word(field, k->size, value);
    case KIND_BOOT_LINE:
        return add_boot_line(r->c, value);
    case KIND_PATH:
        return resolve(r->folder, value, field, k->size);
    case KIND_U32:
    case KIND_U64:
        return set_number(k, field, value);
    case KIND_DOMAIN:
        return add_domain(r, value);
    case KIND_API_KEY:
        return eg_host_config_api_key(value, r->folder, field);
    default:
        return EG_OK;
    }
}

static eg_status on_key(void *arg, const char *name, const char *value, size_t line)
{
    struct reading *r = arg;

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(keys[i].name, name) != 0) {
            continue;
        }
        if (value == NULL && keys[i].kind != KIND_IGNORED) {
            return eg_problem_say(r->why, EG_ERR(HOST_CONFIG),
                                  "Line %zu of the configuration: `%s` takes one value.", line,
                                  name);
        }
        eg_status st = value != NULL ? set_value(r, &keys[i], value) : EG_OK;
        if (!eg_ok(st)) { /* the value is not shown: it may be the API key */
            return eg_problem_say(r->why, st,
                                  "Line %zu of the configuration: `%s` has an impossible value.",
                                  line, name);
        }
        return EG_OK;
    }
    warn(r->c, "line %zu: unknown key `%.40s` is ignored", line, name);
    return EG_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static eg_status check_needs(const struct eg_host_config *c, uint32_t needs, struct eg_problem *why)
{
    const struct {
        bool missing;
        uint32_t need;
        const char *name;
    } rows[] = {
        {c->url[0] == '\0', EG_CONFIG_NEED_SERVICE, "url"},
        {c->api_key[0] == '\0', EG_CONFIG_NEED_SERVICE, "api_key"},
        {c->nc12 == 0, EG_CONFIG_NEED_GROUP, "nc12"},
        {c->device_group_id == 0, EG_CONFIG_NEED_GROUP, "device_group_id"},
        {c->family[0] == '\0', EG_CONFIG_NEED_FAMILY, "family"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].missing && (needs & rows[i].need) != 0) {
            return eg_problem_say(why, EG_ERR(HOST_CONFIG), "The configuration has no `%s`.",
                                  rows[i].name);
        }
    }
    return EG_OK;
}

static void set_defaults(struct eg_host_config *c)
{
    memset(c, 0, sizeof *c);
    c->timeout_s = TIMEOUT_S_DEFAULT;
    c->download_timeout_s = DOWNLOAD_TIMEOUT_S_DEFAULT;
    snprintf(c->domains[0], sizeof c->domains[0], "MATTER");
    snprintf(c->domains[1], sizeof c->domains[1], "RTP");
    c->domain_count = 2;
    snprintf(c->fatwrite_filename, sizeof c->fatwrite_filename, "secure_objects.bin");
    snprintf(c->fatwrite_interface, sizeof c->fatwrite_interface, "mmc");
    snprintf(c->fatwrite_partition, sizeof c->fatwrite_partition, "0:1");
}

eg_status eg_host_config_parse(struct eg_span text, const char *folder, uint32_t needs,
                               struct eg_host_config *out, struct eg_problem *why)
{
    struct reading r = {.c = out, .folder = folder, .why = why};

    set_defaults(out);
    eg_status st = eg_yaml_walk(text, on_key, &r, why);
    if (eg_ok(st)) {
        st = check_needs(out, needs, why);
    }
    if (!eg_ok(st)) {
        eg_host_config_cleanup(out);
    }
    return st;
}

eg_status eg_host_config_load(const char *path, uint32_t needs, struct eg_host_config *out,
                              struct eg_problem *why)
{
    char folder[EG_CONFIG_PATH_MAX];
    struct eg_file_bytes file = {0};
    const char *slash = strrchr(path, '/');

    memset(out, 0, sizeof *out);
    eg_status st = eg_file_read(path, EG_CONFIG_FILE_MAX, &file);
    if (!eg_ok(st)) {
        return eg_problem_say(why, st, "The configuration file %.300s cannot be read.", path);
    }
    snprintf(folder, sizeof folder, "%.*s", slash != NULL ? (int)(slash - path) + 1 : 1,
             slash != NULL ? path : ".");
    st = eg_host_config_parse(eg_file_span(&file), folder, needs, out, why);
    eg_file_bytes_free(&file);
    return st;
}

void eg_host_config_cleanup(struct eg_host_config *c)
{
    eg_wipe(c, sizeof *c);
}
