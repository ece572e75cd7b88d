/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_LIB_PROVISION_H
#define EG_HOST_LIB_PROVISION_H
/**
 * The job of one device at the line: UUID, assign, wait, download, load, run, report, verify.
 *
 * The line is opened once and stays open through the job. A run whose outcome is not known (power,
 * cable) is reported as failed with that word; starting the job again is safe: the service hands
 * out the same objects and the firmware finds its work done or finishes it.
 * Thread: independent devices may run in parallel, each with its own eg_service and eg_crypto.
 */
#include "host/lib/dispatch.h"
#include "host/lib/service.h"
#include "host/lib/verify.h"

enum eg_step {
    EG_STEP_UUID,
    EG_STEP_ASSIGN,
    EG_STEP_WAIT,
    EG_STEP_DOWNLOAD,
    EG_STEP_LOAD,
    EG_STEP_RUN,
    EG_STEP_REPORT,
    EG_STEP_VERIFY,
    EG_STEP_COUNT
};

/** For people: "read UUID", "assign", ... */
const char *eg_step_name(enum eg_step step);

enum {
    EG_RESULT_SUBJECT_MAX = 256,
    EG_TARGET_MAX = EG_TRANSPORT_PATH_MAX + 16,
};

struct eg_device_result {
    char target[EG_TARGET_MAX];
    struct eg_uuid uuid;
    bool uuid_known;
    enum eg_step step;         /* the last one begun */
    struct eg_problem problem; /* status EG_OK: all went well */
    uint32_t objects;          /* loaded */
    size_t object_bytes;
    bool untold;                         /* the part says nothing about how the run ended */
    uint32_t fw_result;                  /* word of the firmware; 0: it was not run */
    char subject[EG_RESULT_SUBJECT_MAX]; /* of the first certificate; "" if there is none */
    bool verified;                       /* all objects checked through the application */
    bool verify_skipped;                 /* asked for, but the line has no application socket */
    struct eg_verified checks;
    int64_t step_ms[EG_STEP_COUNT]; /* time spent in each step */
};

struct eg_provision_job {
    const char *target;
    const struct eg_uuid *device; /* eg_job_fetch(): this one, no line is opened; may be NULL */
    const struct eg_service *service;
    struct eg_crypto *crypto;
    struct eg_span firmware; /* empty: on the chip already */
    uint32_t run_wait_ms;    /* how long the firmware may work; 0: the default */
    bool dry_run;            /* verify in the firmware, change nothing, skip report and verify */
    bool re_assign;
    bool verify;
    /** Called when a step begins and while bytes move (total 0: no measure). May be NULL. */
    void (*on_step)(void *arg, enum eg_step step, size_t done, size_t total);
    void *arg;
};

/** Runs the job. Returns out->problem.status. */
eg_status eg_provision_device(const struct eg_provision_job *job, struct eg_device_result *out);

/** Parts of it, for the split verbs. Each fills the fields of *out that it learns. eg_job_uuid()
 * looks at target and service->family only: a family with a U-Boot console is asked there, others,
 * and those without a family (or service NULL), as McuBoot parts. */
eg_status eg_job_uuid(const struct eg_provision_job *job, struct eg_device_result *out);
eg_status eg_job_fetch(const struct eg_provision_job *job, struct eg_device_result *out,
                       struct eg_objects *objects);
eg_status eg_job_load(const struct eg_provision_job *job, struct eg_span objects,
                      struct eg_device_result *out);
eg_status eg_job_run(const struct eg_provision_job *job, struct eg_device_result *out);
eg_status eg_job_verify(const struct eg_provision_job *job, struct eg_device_result *out);

#endif
