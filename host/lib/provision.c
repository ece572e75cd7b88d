/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lib/provision.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "host/lib/console.h"
#include "host/lib/fw_status.h"
#include "lib/os/clock.h"

static const char *const step_names[EG_STEP_COUNT] = {
    [EG_STEP_UUID] = "read UUID",
    [EG_STEP_ASSIGN] = "assign to group",
    [EG_STEP_WAIT] = "wait for objects",
    [EG_STEP_DOWNLOAD] = "download objects",
    [EG_STEP_LOAD] = "load objects and firmware",
    [EG_STEP_RUN] = "run provisioning",
    [EG_STEP_REPORT] = "report outcome",
    [EG_STEP_VERIFY] = "verify",
};

const char *eg_step_name(enum eg_step step)
{
    return (unsigned)step < EG_STEP_COUNT ? step_names[step] : "";
}

/* One device while its job runs. */
struct run {
    const struct eg_provision_job *job;
    struct eg_device_result *out;
    struct eg_transport line;
    struct eg_isp isp;
    struct eg_console console; /* instead of isp, on parts with U-Boot */
    struct eg_objects objects;
    eg_status asked;  /* what the line said while the service worked */
    int64_t began_ms; /* the step now running */
};

static void begin(struct run *r, enum eg_step step)
{
    r->out->step = step;
    r->began_ms = eg_clock_mono_ms();
    if (r->job->on_step != NULL) {
        r->job->on_step(r->job->arg, step, 0, 0);
    }
}

/* The step is over; st is its outcome. The first problem stays. */
static eg_status end(struct run *r, eg_status st)
{
    r->out->step_ms[r->out->step] = eg_clock_mono_ms() - r->began_ms;
    return eg_problem_keep(&r->out->problem, st);
}

static void on_bytes(void *arg, size_t done, size_t total)
{
    struct run *r = arg;

    if (r->job->on_step != NULL) {
        r->job->on_step(r->job->arg, r->out->step, done, total);
    }
}

static void start(struct run *r, const struct eg_provision_job *job, struct eg_device_result *out)
{
    memset(r, 0, sizeof *r);
    r->job = job;
    r->out = out;
    r->line = EG_TRANSPORT_CLOSED;
    r->asked = EG_OK;
    memset(out, 0, sizeof *out);
    snprintf(out->target, sizeof out->target, "%s", job->target);
}

static eg_status finish(struct run *r)
{
    eg_objects_cleanup(&r->objects);
    eg_transport_close(&r->line);
    return r->out->problem.status;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static const struct eg_family *family_of(const struct run *r)
{
    return r->job->service != NULL ? r->job->service->family : NULL;
}

static bool has_console(const struct run *r)
{
    return family_of(r) != NULL && family_of(r)->load == EG_LOAD_UBOOT;
}

static eg_status open_line(struct run *r)
{
    EG_TRY(eg_transport_open(&r->line, r->job->target));
    if (has_console(r)) {
        eg_console_init(&r->console, &r->line);
        r->console.progress = on_bytes;
        r->console.progress_arg = r;
        return eg_console_connect(&r->console);
    }
    eg_isp_init(&r->isp, &r->line, 0);
    r->isp.progress = on_bytes;
    r->isp.progress_arg = r;
    return eg_isp_connect(&r->isp);
}

/* The device's own word belongs into the sentence. */
static eg_status line_problem(struct run *r, eg_status st)
{
    if (eg_is(st, EG_E_HOST_CONSOLE)) {
        return eg_problem_say(&r->out->problem, st, "%s It said: %.200s", eg_status_info(st)->cause,
                              r->console.said);
    }
    if (eg_is(st, EG_E_HOST_NO_DEVICE) && has_console(r)) {
        eg_problem_say(&r->out->problem, st, "Nothing on the line answers with U-Boot's prompt.");
        snprintf(r->out->problem.next, sizeof r->out->problem.next,
                 "Stop the boot at the prompt (reset the device if Linux runs) and check the baud "
                 "rate.");
        return st;
    }
    if (eg_is(st, EG_E_HOST_DEVICE_STATUS)) {
        return eg_problem_say(&r->out->problem, st,
                              "The device refused a command with McuBoot status %u (0x%X).",
                              (unsigned)r->isp.device_status, (unsigned)r->isp.device_status);
    }
    return eg_problem_keep(&r->out->problem, st);
}

static eg_status step_uuid(struct run *r)
{
    begin(r, EG_STEP_UUID);
    eg_status st = open_line(r);
    if (eg_ok(st)) {
        st = has_console(r) ? eg_console_uuid(&r->console, family_of(r), &r->out->uuid)
                            : eg_isp_uuid(&r->isp, &r->out->uuid);
        r->out->uuid_known = eg_ok(st);
    }
    return end(r, line_problem(r, st));
}

static eg_status step_assign(struct run *r)
{
    begin(r, EG_STEP_ASSIGN);
    return end(
        r, eg_service_assign(r->job->service, &r->out->uuid, r->job->re_assign, &r->out->problem));
}

static eg_status step_wait(struct run *r)
{
    begin(r, EG_STEP_WAIT);
    return end(r, eg_service_wait(r->job->service, &r->out->uuid, &r->out->problem));
}

/* Subject of the first certificate, for people. */
static void take_subject(struct run *r)
{
    struct eg_x509_info info;

    for (uint32_t i = 0; i < r->objects.count && r->out->subject[0] == '\0'; i++) {
        if (r->objects.list[i].certificate.len > 0 &&
            eg_ok(eg_x509_parse(r->objects.list[i].certificate, &info))) {
            eg_x509_name_text(info.subject_name, r->out->subject, sizeof r->out->subject);
        }
    }
}

static eg_status step_download(struct run *r)
{
    begin(r, EG_STEP_DOWNLOAD);
    eg_status st =
        eg_service_download(r->job->service, &r->out->uuid, &r->objects, &r->out->problem);
    if (eg_ok(st)) {
        r->out->objects = r->objects.count;
        r->out->object_bytes = r->objects.bytes.len;
        take_subject(r);
    }
    return end(r, st);
}

/* The file that Linux will import. */
static eg_status load_file(struct run *r, struct eg_span objects)
{
    const struct eg_host_config *c = r->job->service->config;
    uint32_t address =
        c->secure_objects_address != 0 ? c->secure_objects_address : family_of(r)->objects_address;

    EG_TRY(eg_dispatch_check(family_of(r), objects));
    EG_TRY(eg_console_write_memory(&r->console, address, objects));
    return eg_console_fatwrite(&r->console, c->fatwrite_interface, c->fatwrite_partition, address,
                               c->fatwrite_filename, objects.len);
}

static eg_status step_load(struct run *r, struct eg_span objects)
{
    struct eg_dispatch_items items = {
        .family = r->job->service->family,
        .objects_address = r->job->service->config->secure_objects_address,
        .objects = objects,
        .firmware = r->job->firmware,
    };

    begin(r, EG_STEP_LOAD);
    eg_status st = r->asked;
    if (eg_ok(st)) {
        st = has_console(r) ? load_file(r, objects) : eg_dispatch_load(&r->isp, &items);
    }
    return end(r, line_problem(r, st));
}

/* Boot Linux, if the configuration says so; the import happens there. */
static eg_status boot_linux(struct run *r)
{
    const struct eg_host_config *c = r->job->service->config;
    uint32_t count = c->boot_linux ? c->boot_line_count : 0;

    for (uint32_t i = 0; i < count; i++) {
        EG_TRY(eg_console_boot_line(&r->console, c->boot_lines[i], i + 1 == count));
    }
    return EG_OK;
}

/* Parts that say nothing about a run: it began when the firmware was loaded, or begins by booting.
 */
static eg_status run_untold(struct run *r)
{
    r->out->untold = true;
    return end(r, has_console(r) ? line_problem(r, boot_linux(r)) : EG_OK);
}

static eg_status step_run(struct run *r)
{
    uint32_t word = 0;

    begin(r, EG_STEP_RUN);
    if (!eg_family_tells_result(family_of(r))) {
        return run_untold(r);
    }
    eg_status st = eg_dispatch_run(&r->isp, r->job->service->family,
                                   r->job->service->config->secure_objects_address, r->job->dry_run,
                                   r->job->run_wait_ms, &word);
    r->out->fw_result = word;
    return end(r, eg_ok(st) ? eg_fw_judge(word, &r->out->problem) : line_problem(r, st));
}

/* Tells the service how the run ended. A failed run stays the problem even if telling fails. */
static eg_status step_report(struct run *r)
{
    bool done = eg_ok(r->out->problem.status);
    struct eg_problem why;

    eg_problem_clear(&why);
    if (done) {
        begin(r, EG_STEP_REPORT);
    }
    eg_status st = eg_service_report(r->job->service, &r->out->uuid, done, r->out->fw_result,
                                     done ? "" : r->out->problem.cause, &why);
    if (!done) {
        return r->out->problem.status;
    }
    if (!eg_ok(st)) {
        r->out->problem = why;
    }
    return end(r, st);
}

static eg_status open_app(struct run *r, struct eg_app *app)
{
    char path[EG_TRANSPORT_PATH_MAX];

    *app = EG_APP_CLOSED;
    EG_TRY(eg_transport_app_path(r->job->target, path));
    return eg_app_open(app, path);
}

static eg_status verify_now(struct run *r)
{
    struct eg_app app;

    EG_TRY(open_app(r, &app));
    eg_status st = eg_verify_chip(&app, r->job->service, &r->objects, r->job->crypto,
                                  &r->out->checks, &r->out->problem);
    eg_app_close(&app);
    return st;
}

static eg_status step_verify(struct run *r)
{
    begin(r, EG_STEP_VERIFY);
    eg_status st = verify_now(r);
    r->out->verified = eg_ok(st);
    return end(r, st);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

static eg_status fetch(struct run *r)
{
    EG_TRY(step_assign(r));
    EG_TRY(step_wait(r));
    return step_download(r);
}

static void *ask_line(void *arg)
{
    struct run *r = arg;

    r->asked = eg_isp_learn_packet(&r->isp);
    return NULL;
}

/* The line is idle while the service works: what loading must ask of the chip is asked meanwhile.
 */
static eg_status fetch_and_ask(struct run *r)
{
    pthread_t asking;
    bool asks = !has_console(r) && pthread_create(&asking, NULL, ask_line, r) == 0;
    eg_status st = fetch(r);

    if (asks) {
        pthread_join(asking, NULL);
    }
    return st;
}

static bool has_app(const struct run *r)
{
    char path[EG_TRANSPORT_PATH_MAX];

    return !eg_is(eg_transport_app_path(r->job->target, path), EG_E_HOST_NO_APP);
}

/* The part said nothing: only what its application proves is told to the service. */
static eg_status settle_untold(struct run *r)
{
    if (!r->job->verify || !has_app(r)) {
        r->out->verify_skipped = r->job->verify;
        return EG_OK;
    }
    (void)step_verify(r); /* the outcome, good or bad, is told */
    return step_report(r);
}

/* After a run that was not dry: tell, then verify. */
static eg_status settle(struct run *r, eg_status run_status)
{
    if (r->job->dry_run) {
        return run_status;
    }
    if (r->out->untold && eg_ok(run_status)) {
        return settle_untold(r);
    }
    EG_TRY(step_report(r));
    if (!r->job->verify) {
        return EG_OK;
    }
    if (!has_app(r)) {
        r->out->verify_skipped = true;
        return EG_OK;
    }
    return step_verify(r);
}

/* A dry run needs firmware that waits for a command. */
static eg_status check_job(struct run *r)
{
    bool possible = !r->job->dry_run || eg_family_tells_result(family_of(r));

    return eg_problem_set(&r->out->problem, possible ? EG_OK : EG_ERR(HOST_NO_DRY_RUN));
}

static eg_status provision(struct run *r)
{
    EG_TRY(check_job(r));
    EG_TRY(step_uuid(r));
    EG_TRY(fetch_and_ask(r));
    EG_TRY(step_load(r, r->objects.bytes));
    return settle(r, step_run(r));
}

eg_status eg_provision_device(const struct eg_provision_job *job, struct eg_device_result *out)
{
    struct run r;

    start(&r, job, out);
    (void)provision(&r); /* out->problem tells */
    return finish(&r);
}

eg_status eg_job_uuid(const struct eg_provision_job *job, struct eg_device_result *out)
{
    struct run r;

    start(&r, job, out);
    (void)step_uuid(&r);
    return finish(&r);
}

eg_status eg_job_fetch(const struct eg_provision_job *job, struct eg_device_result *out,
                       struct eg_objects *objects)
{
    struct run r;
    eg_status st = EG_OK;

    memset(objects, 0, sizeof *objects);
    start(&r, job, out);
    if (job->device != NULL) {
        out->uuid = *job->device;
        out->uuid_known = true;
    } else {
        st = step_uuid(&r);
    }
    if (eg_ok(st) && eg_ok(fetch(&r))) {
        *objects = r.objects;
        memset(&r.objects, 0, sizeof r.objects);
    }
    return finish(&r);
}

eg_status eg_job_load(const struct eg_provision_job *job, struct eg_span objects,
                      struct eg_device_result *out)
{
    struct run r;

    start(&r, job, out);
    out->step = EG_STEP_LOAD;
    eg_status st = eg_problem_set(&out->problem, eg_dispatch_count(objects, &out->objects));
    out->object_bytes = objects.len;
    if (eg_ok(st) && eg_ok(step_uuid(&r))) {
        (void)step_load(&r, objects);
    }
    return finish(&r);
}

eg_status eg_job_run(const struct eg_provision_job *job, struct eg_device_result *out)
{
    struct run r;

    start(&r, job, out);
    /* The firmware that now has the line answers pings, not every firmware the UUID property. */
    begin(&r, EG_STEP_RUN);
    if (eg_ok(end(&r, eg_problem_keep(&out->problem, open_line(&r))))) {
        out->uuid_known =
            eg_ok(has_console(&r) ? eg_console_uuid(&r.console, family_of(&r), &out->uuid)
                                  : eg_isp_uuid(&r.isp, &out->uuid));
        (void)step_run(&r);
        if (out->uuid_known && !out->untold && !job->dry_run && job->service->rest != NULL) {
            (void)step_report(&r);
        }
    }
    return finish(&r);
}

/* A device whose application runs says nothing on its line; the application knows the UUID. */
static eg_status step_app_uuid(struct run *r)
{
    struct eg_app app;

    begin(r, EG_STEP_UUID);
    eg_status st = open_app(r, &app);
    if (eg_ok(st)) {
        st = eg_app_uuid(&app, &r->out->uuid);
        r->out->uuid_known = eg_ok(st);
    }
    eg_app_close(&app);
    return end(r, st);
}

eg_status eg_job_verify(const struct eg_provision_job *job, struct eg_device_result *out)
{
    struct run r;

    start(&r, job, out);
    if (eg_ok(step_app_uuid(&r)) && eg_ok(step_download(&r))) {
        (void)step_verify(&r);
    }
    return finish(&r);
}
