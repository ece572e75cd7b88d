/* SPDX-License-Identifier: Apache-2.0 */
/* once and daemon: sessions, and when the next one is due. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agent/port/linux/report.h"
#include "agent/port/linux/verbs.h"
#include "lib/os/clock.h"
#include "lib/os/fd.h"

static uint32_t random_word(void)
{
    uint32_t word;
    return getrandom(&word, sizeof(word), 0) == (ssize_t)sizeof(word) ? word : UINT32_MAX;
}

/* One session; *last moves on. */
static enum eg_agent_result session(struct eg_device *d, struct eg_last *last)
{
    static struct eg_agent_report report;
    const struct eg_options *o = d->options;
    const struct eg_agent_retry limits = {o->regular, o->first, o->longest};
    enum eg_agent_result result = eg_agent_update(&d->agent, &report);
    int64_t now = eg_clock_now_ms();
    last->failures = result == EG_AGENT_OK ? 0 : last->failures + 1;
    last->next_ms = now + (int64_t)eg_agent_retry_ms(&limits, last->failures, report.retry_after_s,
                                                     random_word());
    json_t *record = eg_report_json(d, &report, last, now);
    if (!eg_ok(eg_last_write(o->state, record))) {
        (void)fprintf(stderr, "engrave-agent: %s/last.json cannot be written\n", o->state);
    }
    if (o->json) {
        (void)json_dumpf(record, stdout, JSON_COMPACT);
        (void)putchar('\n');
    } else {
        eg_report_print(d, &report);
    }
    (void)fflush(stdout);
    json_decref(record);
    return result;
}

int eg_verb_once(const struct eg_options *o, int count, char **words)
{
    struct eg_last last;
    struct eg_device *d = malloc(sizeof(*d));
    (void)count, (void)words;
    if (d == NULL) {
        return eg_verb_fail(o, EG_AGENT_EXIT_SETUP, "out of memory");
    }
    eg_last_read(o->state, &last, NULL);
    if (o->if_due && eg_clock_now_ms() < last.next_ms) {
        free(d);
        return 0;
    }
    enum eg_agent_result result = eg_device_open(d, o, EG_DEVICE_ALONE, -1);
    int code = result == EG_AGENT_OK ? eg_report_exit(session(d, &last))
                                     : eg_verb_fail(o, EG_AGENT_EXIT_SETUP, d->why);
    eg_device_close(d);
    free(d);
    return code;
}

/* ---- daemon -----------------------------------------------------------------------------------
 */

/* Signals as descriptors: the end, and "now". */
struct signals {
    int stop, now;
};

static int signal_fd(const int *list, size_t count)
{
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < count; i++) {
        (void)sigaddset(&set, list[i]);
    }
    return sigprocmask(SIG_BLOCK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)
                                                   : -1;
}

static bool signals_open(struct signals *s)
{
    static const int stop[] = {SIGTERM, SIGINT};
    static const int now[] = {SIGUSR1, SIGHUP};
    *s = (struct signals){signal_fd(stop, 2), signal_fd(now, 2)};
    return s->stop >= 0 && s->now >= 0;
}

/* Wait until the time, or a signal. false: it is the end. */
static bool wait_until(const struct signals *s, int64_t due_ms)
{
    struct signalfd_siginfo info;
    struct pollfd p[2] = {{.fd = s->stop, .events = POLLIN}, {.fd = s->now, .events = POLLIN}};
    int64_t left;
    while ((left = due_ms - eg_clock_now_ms()) > 0) {
        int n = poll(p, 2, left < 3600000 ? (int)left : 3600000);
        if (n > 0 && p[0].revents != 0) {
            return false;
        }
        if (n > 0 && read(s->now, &info, sizeof(info)) > 0) {
            return true;
        }
    }
    return true;
}

static bool ended(const struct signals *s)
{
    struct pollfd p = {.fd = s->stop, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

static void serve(struct eg_device *d, const struct signals *s)
{
    struct eg_last last;
    eg_last_read(d->options->state, &last, NULL);
    while (!ended(s) && wait_until(s, last.next_ms)) {
        (void)session(d, &last);
    }
}

int eg_verb_daemon(const struct eg_options *o, int count, char **words)
{
    struct signals s;
    struct eg_device *d = malloc(sizeof(*d));
    (void)count, (void)words;
    if (d == NULL || !signals_open(&s)) {
        free(d);
        return eg_verb_fail(o, EG_AGENT_EXIT_SETUP, "the system refuses signals or memory");
    }
    enum eg_agent_result result = eg_device_open(d, o, EG_DEVICE_ALONE, s.stop);
    int code = 0;
    if (result == EG_AGENT_OK) {
        (void)puts("ready");
        (void)fflush(stdout);
        serve(d, &s);
    } else {
        code = eg_verb_fail(o, EG_AGENT_EXIT_SETUP, d->why);
    }
    eg_device_close(d);
    free(d);
    eg_fd_close(&s.stop);
    eg_fd_close(&s.now);
    return code;
}
