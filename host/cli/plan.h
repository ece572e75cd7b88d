/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_CLI_PLAN_H
#define EG_HOST_CLI_PLAN_H
/**
 * What a provisioning would burn: the device's own objects, loaded into a copy of its virtual chip.
 * Only the die key opens the objects, and only a chip and the service have it, so a plan needs the
 * file of a virtual chip. Nothing is sent to the target but the question for its UUID.
 */
#include <jansson.h>

#include "host/lib/app_socket.h"
#include "host/lib/provision.h"
#include "lib/os/child.h"
#include "lib/os/file.h"

enum { EG_PLAN_BAUD_MAX = 10000000 };

/** A copy of a chip file, run in a temporary folder. */
struct eg_twin {
    char dir[EG_PATH_MAX]; /* "": none */
    char target[EG_TARGET_MAX];
    struct eg_child child;
    struct eg_app ctl;
};
#define EG_TWIN_NONE ((struct eg_twin){.ctl = {.fd = -1}})

/**
 * Copy the chip and power the copy. path: the file, or a folder with <uuid>.chip.
 * OS_FILE: no such file. OS_PROCESS: engrave-vchip is not beside this program, or did not come up.
 * eg_twin_stop() in any case.
 */
EG_MUST_USE eg_status eg_twin_start(const char *path, const struct eg_uuid *uuid,
                                    struct eg_twin *out);
/** End the program and remove the copy. Safe on EG_TWIN_NONE. */
void eg_twin_stop(struct eg_twin *t);

/** What the twin saw. */
struct eg_plan_report {
    const struct eg_device_result *result;
    json_t *before, *after; /* dumps of the control socket */
    json_t *load, *run;     /* arrays of its trace: while loading, while the firmware ran */
    uint64_t dropped;       /* trace entries beyond what the twin keeps */
    size_t firmware_bytes, line_bytes;
    uint32_t baud;
    bool starts_at_once; /* the firmware runs as it arrives: all it writes is in load */
    int64_t run_ms;      /* of the twin's firmware */
};

/** Print it: a table, or one JSON line. */
void eg_plan_print(bool json, const struct eg_plan_report *p);

/** Fetch the device's objects, run them on the twin, print the plan. Fills out. baud 0: the usual
 * rate. */
void eg_plan_device(const struct eg_provision_job *job, const char *twin, uint32_t baud, bool json,
                    struct eg_device_result *out);

#endif
