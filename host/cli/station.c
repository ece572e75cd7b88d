/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli/station.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/output.h"
#include "lib/os/clock.h"

/* ---- opening --------------------------------------------------------------------------------- */

static eg_status load_families(struct eg_station *s, struct eg_problem *why)
{
    char dir[EG_PATH_MAX], text[256] = "";

    eg_status st = eg_families_dir(NULL, dir, sizeof dir);
    if (eg_ok(st)) {
        st = eg_families_load(dir, &s->families, text, sizeof text);
    }
    return text[0] != '\0' ? eg_problem_say(why, st, "%s", text) : eg_problem_set(why, st);
}

static eg_status find_family(struct eg_station *s, const char *name, struct eg_problem *why)
{
    if (name[0] == '\0') {
        return EG_OK;
    }
    s->family = eg_families_find(&s->families, name);
    return s->family != NULL ? EG_OK
                             : eg_problem_say(why, EG_ERR(HOST_FAMILY),
                                              "The chip family `%.100s` is not known.", name);
}

eg_status eg_station_open_family(struct eg_station *s, const char *family, struct eg_problem *why)
{
    EG_TRY(load_families(s, why));
    return find_family(s, family, why);
}

static eg_status load_firmware(struct eg_station *s, const char *path, struct eg_problem *why)
{
    if (path == NULL || path[0] == '\0') {
        return EG_OK;
    }
    eg_status st = eg_file_read(path, EG_STATION_FIRMWARE_MAX, &s->firmware);
    return eg_problem_say(why, st, "The provisioning firmware %.300s cannot be read.", path);
}

eg_status eg_station_open(struct eg_station *s, const char *config, const char *firmware,
                          uint32_t needs, struct eg_problem *why)
{
    EG_TRY(load_families(s, why));
    EG_TRY(eg_host_config_load(config, needs, &s->config, why));
    for (uint32_t i = 0; i < s->config.warning_count && !s->json; i++) {
        fprintf(stderr, "engrave: %s: %s\n", config, s->config.warnings[i]);
    }
    EG_TRY(find_family(s, s->config.family, why));
    return load_firmware(s, firmware != NULL ? firmware : s->config.prov_fw_path, why);
}

void eg_station_close(struct eg_station *s)
{
    eg_host_config_cleanup(&s->config);
    eg_file_bytes_free(&s->firmware);
}

struct eg_provision_job eg_station_job(struct eg_worker *w, const char *target)
{
    return (struct eg_provision_job){
        .target = target,
        .service = &w->service,
        .crypto = w->crypto,
        .firmware = eg_file_span(&w->station->firmware),
    };
}

/* ---- running --------------------------------------------------------------------------------- */

/* One run over all targets; the counters are shared by the workers. */
struct run {
    struct eg_station *station;
    const struct eg_station_verb *verb;
    struct eg_targets targets;
    atomic_size_t next, done, failed;
    atomic_uint last_failure; /* status word */
    atomic_uint setup;        /* status word of a worker that could not start */
};

static eg_status worker_open(struct eg_worker *w, const struct run *run)
{
    struct eg_host_config *c = &run->station->config;
    struct eg_rest_options o = {
        .url = c->url, .api_key = c->api_key, .ca_file = c->ca_file, .timeout_s = c->timeout_s};

    memset(w, 0, sizeof *w);
    w->station = run->station;
    w->only_one = run->targets.count == 1;
    EG_TRY(eg_crypto_new(&w->crypto));
    if (run->verb->needs_service) {
        EG_TRY(eg_rest_new(&o, &w->rest));
    }
    w->service = (struct eg_service){w->rest, c, run->station->family};
    return EG_OK;
}

static void worker_close(struct eg_worker *w)
{
    eg_rest_free(w->rest);
    eg_crypto_free(w->crypto);
}

static void one_device(struct run *run, struct eg_worker *w, const char *target)
{
    struct eg_device_result r;

    run->verb->device(w, target, &r, run->verb->arg);
    eg_result_print(run->station->json, &r, run->verb->done);
    if (!eg_ok(r.problem.status)) {
        atomic_store(&run->last_failure, r.problem.status.word);
        atomic_fetch_add(&run->failed, 1);
    }
    size_t done = atomic_fetch_add(&run->done, 1) + 1;
    if (!run->station->json && run->targets.count > 1) {
        eg_out_bar("devices", done, run->targets.count);
    }
}

static void *worker_main(void *arg)
{
    struct run *run = arg;
    struct eg_worker w;

    eg_status st = worker_open(&w, run);
    if (!eg_ok(st)) {
        atomic_store(&run->setup, st.word);
    }
    while (eg_ok(st)) {
        size_t i = atomic_fetch_add(&run->next, 1);
        if (i >= run->targets.count) {
            break;
        }
        one_device(run, &w, run->targets.list[i]);
    }
    worker_close(&w);
    return NULL;
}

static void run_workers(struct run *run)
{
    pthread_t threads[EG_STATION_JOBS_MAX];
    size_t jobs = run->station->jobs != 0 ? run->station->jobs : EG_STATION_JOBS_DEFAULT;
    size_t started = 0;

    if (jobs > run->targets.count) {
        jobs = run->targets.count;
    }
    if (jobs > EG_STATION_JOBS_MAX) {
        jobs = EG_STATION_JOBS_MAX;
    }
    while (started + 1 < jobs && pthread_create(&threads[started], NULL, worker_main, run) == 0) {
        started++;
    }
    (void)worker_main(run); /* this thread works too */
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
}

static int exit_code(const struct run *run)
{
    uint32_t setup = atomic_load(&run->setup);

    if (setup != EG_E_OK && atomic_load(&run->done) < run->targets.count) {
        return eg_cli_fail_status(run->station->json, (eg_status){setup});
    }
    if (atomic_load(&run->failed) == 0) {
        return EG_EXIT_OK;
    }
    return run->targets.count > 1 ? EG_EXIT_SOME_FAILED
                                  : eg_cli_exit((eg_status){atomic_load(&run->last_failure)});
}

static void print_summary(const struct run *run, int64_t took_ms)
{
    size_t failed = atomic_load(&run->failed), done = atomic_load(&run->done);

    eg_out_bar_clear();
    if (run->station->json || run->targets.count == 1) {
        return;
    }
    eg_out_line("%s%zu devices: %zu %s, %zu failed%s in %.1f s",
                eg_out_colour(failed == 0 ? EG_GREEN : EG_RED), done, done - failed,
                run->verb->done, failed, eg_out_colour(EG_PLAIN), (double)took_ms / 1000.0);
}

int eg_station_run(struct eg_station *s, const struct eg_station_verb *verb, char **targets,
                   size_t count)
{
    struct run run = {.station = s, .verb = verb};
    int64_t began = eg_clock_mono_ms();

    eg_status st = eg_targets_expand(targets, count, &run.targets);
    if (!eg_ok(st)) {
        return eg_cli_fail_status(s->json, st);
    }
    run_workers(&run);
    print_summary(&run, eg_clock_mono_ms() - began);
    int code = exit_code(&run);
    eg_targets_cleanup(&run.targets);
    return code;
}
