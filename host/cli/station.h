/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_CLI_STATION_H
#define EG_HOST_CLI_STATION_H
/**
 * One station of a line: a configuration, a firmware file, many devices in parallel. The host verbs
 * are this plus one function per device.
 */
#include "host/cli/cli.h"
#include "host/lib/provision.h"
#include "lib/os/family_file.h"
#include "lib/os/file.h"

enum {
    EG_STATION_TARGETS_MAX = 4096,
    EG_STATION_JOBS_DEFAULT = 16, /* devices at a time unless said */
    EG_STATION_JOBS_MAX = 256,
    EG_STATION_FIRMWARE_MAX = 16 * 1024 * 1024,
    EG_STATION_RUN_TIMEOUT_S_MAX = 3600,
};

struct eg_station {
    bool json;
    uint64_t jobs; /* devices at a time; 0: the default */
    struct eg_host_config config;
    struct eg_families families;
    const struct eg_family *family; /* of the configuration; NULL if it names none */
    struct eg_file_bytes firmware;
};

/** What one thread of the station owns. */
struct eg_worker {
    struct eg_station *station;
    struct eg_rest *rest; /* NULL when the verb needs no service */
    struct eg_crypto *crypto;
    struct eg_service service;
    bool only_one; /* one device in all: steps may be shown as they happen */
};

/** Read configuration, families and firmware. firmware: instead of prov_fw_path; may be NULL.
 * needs: enum eg_config_need. On error *why tells; eg_station_close() in any case. */
EG_MUST_USE eg_status eg_station_open(struct eg_station *s, const char *config,
                                      const char *firmware, uint32_t needs, struct eg_problem *why);
/** Without a configuration: families only, and one of them by its name. */
EG_MUST_USE eg_status eg_station_open_family(struct eg_station *s, const char *family,
                                             struct eg_problem *why);
void eg_station_close(struct eg_station *s);

struct eg_station_verb {
    bool needs_service;
    /** One device; fills out. */
    void (*device)(struct eg_worker *w, const char *target, struct eg_device_result *out,
                   void *arg);
    /** What success is called in the lines: "provisioned". */
    const char *done;
    void *arg;
};

/**
 * Run over all targets, print one line per device and a summary, give the exit code.
 * A target `vchip:RUNDIR` stands for all chips that run there.
 */
int eg_station_run(struct eg_station *s, const struct eg_station_verb *verb, char **targets,
                   size_t count);

/** A job for this worker with the station's firmware. */
struct eg_provision_job eg_station_job(struct eg_worker *w, const char *target);

/* ---- targets.c ------------------------------------------------------------------------------- */

struct eg_targets {
    char **list;
    size_t count;
};

/** Copy the targets, a run folder replaced by its chips. HOST_TARGET: a folder without chips, or
 * more than EG_STATION_TARGETS_MAX. Returns owned; eg_targets_cleanup(). */
EG_MUST_USE eg_status eg_targets_expand(char **given, size_t count, struct eg_targets *out);
void eg_targets_cleanup(struct eg_targets *t);

/* ---- result.c -------------------------------------------------------------------------------- */

/** Print the line of one device. */
void eg_result_print(bool json, const struct eg_device_result *r, const char *done);

/** Steps of a single device as they happen, for people; arg: struct eg_step_view *. */
struct eg_step_view {
    bool any;
    enum eg_step step;
    int64_t began_ms;
};
void eg_step_view_on(void *arg, enum eg_step step, size_t done, size_t total);
void eg_step_view_end(struct eg_step_view *v, const struct eg_device_result *r);

#endif
