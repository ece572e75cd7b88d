/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_echo requests|responses|container < IN > OUT: read a message of the device session
 * (without its length) or a container, and write again what was understood. For a second reading of
 * session.proto by a foreign implementation (tests/scenario/test_session_proto.py).
 */
#include <stdio.h>
#include <string.h>

#include "lib/wire/session/session_datastore.h"
#include "lib/wire/session/session_msg.h"

enum { ROOM = 65536, DETAILS = 16 };

static uint8_t in[ROOM];
static uint8_t out[ROOM];

/* A received report as one that can be written. */
static bool report_again(struct eg_span data, struct eg_session_report *report,
                         struct eg_session_detail details[DETAILS])
{
    struct eg_session_detail_iter it;
    size_t n = 0;
    if (!eg_ok(eg_session_report_read(data, report))) {
        return false;
    }
    eg_session_detail_start(&it, data);
    while (n < DETAILS && eg_session_detail_next(&it, &details[n])) {
        n++;
    }
    report->details = details;
    return n == report->detail_count;
}

static bool echo_requests(struct eg_span message, struct eg_writer *w)
{
    struct eg_session_iter it;
    struct eg_session_request req;
    eg_session_iter_start(&it, message);
    while (eg_session_next_request(&it, &req)) {
        struct eg_session_report report;
        struct eg_session_detail details[DETAILS];
        if (req.kind == EG_SESSION_GOODBYE && (req.missing & EG_SESSION_NO_STATUS) == 0) {
            if (!report_again(req.data, &report, details)) {
                return false;
            }
            req.report = &report;
        }
        eg_session_put_request(w, &req);
    }
    return eg_ok(it.status);
}

static bool echo_responses(struct eg_span message, struct eg_writer *w)
{
    struct eg_session_iter it;
    struct eg_session_response res;
    eg_session_iter_start(&it, message);
    while (eg_session_next_response(&it, &res)) {
        eg_session_put_response(w, &res);
    }
    return eg_ok(it.status);
}

static bool echo_container(struct eg_span container, struct eg_writer *w)
{
    struct eg_container_iter it;
    struct eg_service service;
    uint32_t count;
    if (!eg_ok(eg_container_read(container, &it, &count))) {
        return false;
    }
    eg_container_begin(w);
    while (eg_container_next(&it, &service)) {
        eg_container_put(w, &service);
    }
    eg_container_end(w, count);
    return eg_ok(it.status);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        bool (*echo)(struct eg_span data, struct eg_writer *w);
    } modes[] = {
        {"requests", echo_requests}, {"responses", echo_responses}, {"container", echo_container}};
    struct eg_writer w;
    size_t len = fread(in, 1, sizeof(in), stdin);
    eg_writer_init(&w, out, sizeof(out));
    for (size_t i = 0; argc == 2 && i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcmp(argv[1], modes[i].name) == 0 && modes[i].echo(eg_span(in, len), &w) &&
            eg_ok(w.status)) {
            return fwrite(out, 1, w.len, stdout) == w.len ? 0 : 1;
        }
    }
    return 1;
}
