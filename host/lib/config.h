/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_LIB_CONFIG_H
#define EG_HOST_LIB_CONFIG_H
/**
 * The line's configuration: the same YAML (or JSON) file that SPSDK's el2go-host reads, plus the
 * key `ca_file`. Keys: docs/guide/line.md. Keys of el2go-host that only matter to other parts are
 * accepted and ignored; unknown keys are reported as warnings.
 *
 * A relative path in the file is looked for beside the file first, then where the program runs.
 */
#include <stdbool.h>
#include <stdint.h>

#include "host/lib/problem.h"
#include "lib/base/span.h"

enum {
    EG_CONFIG_PATH_MAX = 512,
    EG_CONFIG_VALUE_MAX = 512, /* characters of one scalar */
    EG_CONFIG_FILE_MAX = 65536,
    EG_CONFIG_DOMAINS_MAX = 2,
    EG_CONFIG_BOOT_LINES_MAX = 16,
    EG_CONFIG_BOOT_LINE_MAX = 128,
    EG_CONFIG_WARNINGS_MAX = 16,
    EG_CONFIG_WARNING_LEN = 128,
};

struct eg_host_config {
    char family[32];
    char url[256];                     /* https://..., without a slash at the end */
    char api_key[EG_CONFIG_VALUE_MAX]; /* secret: the key itself, already fetched */
    char ca_file[EG_CONFIG_PATH_MAX];  /* "": what the system trusts */
    uint64_t nc12;
    uint64_t device_group_id;
    char domains[EG_CONFIG_DOMAINS_MAX][8]; /* "RTP", "MATTER", in the order sent */
    uint32_t domain_count;
    uint32_t timeout_s;                    /* one request; default 60 */
    uint32_t download_timeout_s;           /* all of waiting for objects; default 300 */
    uint32_t secure_objects_address;       /* final command address; 0: the family's own */
    char prov_fw_path[EG_CONFIG_PATH_MAX]; /* "": firmware is there already */

    /* parts with a U-Boot console */
    char fatwrite_filename[64];  /* default secure_objects.bin */
    char fatwrite_interface[16]; /* default mmc */
    char fatwrite_partition[16]; /* default 0:1 */
    bool boot_linux;             /* run the boot lines when the file is written */
    char boot_lines[EG_CONFIG_BOOT_LINES_MAX][EG_CONFIG_BOOT_LINE_MAX];
    uint32_t boot_line_count;

    char warnings[EG_CONFIG_WARNINGS_MAX][EG_CONFIG_WARNING_LEN];
    uint32_t warning_count;
};

/** What a command needs of the file; the rest may be missing. */
enum eg_config_need {
    EG_CONFIG_NEED_SERVICE = 1u << 0, /* url and api_key */
    EG_CONFIG_NEED_GROUP = 1u << 1,   /* nc12 and device_group_id */
    EG_CONFIG_NEED_FAMILY = 1u << 2,
};

/**
 * Text of a file to *out. folder: where the file lies, for relative paths; NULL: none are resolved.
 * Errors: HOST_CONFIG (a line and a key are named in why), OS_FILE (api_key or ca_file).
 * Secret: out->api_key; eg_host_config_cleanup() wipes. On error *out is cleaned up.
 */
EG_MUST_USE eg_status eg_host_config_parse(struct eg_span text, const char *folder, uint32_t needs,
                                           struct eg_host_config *out, struct eg_problem *why);

/** Read the file at path and parse it. */
EG_MUST_USE eg_status eg_host_config_load(const char *path, uint32_t needs,
                                          struct eg_host_config *out, struct eg_problem *why);

/**
 * SPSDK's rule for `api_key`: a path of a file (first line), $NAME whose value is a path of a file
 * or the key, or the key itself. OS_FILE: $NAME is not set. HOST_CONFIG: empty or too long.
 */
EG_MUST_USE eg_status eg_host_config_api_key(const char *value, const char *folder,
                                             char out[static EG_CONFIG_VALUE_MAX]);

void eg_host_config_cleanup(struct eg_host_config *c);

#endif
