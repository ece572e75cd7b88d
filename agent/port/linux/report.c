/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/port/linux/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/os/clock.h"
#include "lib/os/file.h"

enum {
    LAST_MAX = 65536,
    EXIT_BASE = 9,
};

static const char *const part_names[] = {
    [EG_AGENT_PART_UPDATE] = "update",
    [EG_AGENT_PART_CLAIM] = "claim",
    [EG_AGENT_PART_OBJECTS] = "objects",
    [EG_AGENT_PART_SERVICES] = "services",
};
enum { PARTS = sizeof(part_names) / sizeof(part_names[0]) };

int eg_report_exit(enum eg_agent_result result)
{
    return result == EG_AGENT_OK ? 0 : EXIT_BASE + (int)result;
}

/* ---- kept -------------------------------------------------------------------------------------
 */

void eg_last_read(const char *state, struct eg_last *out, json_t **out_json)
{
    char path[EG_PATH_MAX];
    struct eg_file_bytes file = {NULL, 0};
    json_t *record = NULL;
    if (eg_ok(eg_path_join(state, "last.json", path, sizeof(path))) &&
        eg_ok(eg_file_read(path, LAST_MAX, &file))) {
        record = json_loadb((const char *)file.ptr, file.len, 0, NULL);
    }
    eg_file_bytes_free(&file);
    json_int_t failures = json_integer_value(json_object_get(record, "failures"));
    *out = (struct eg_last){
        .failures = failures > 0 && failures < UINT32_MAX ? (uint32_t)failures : 0,
        .next_ms = json_integer_value(json_object_get(record, "nextMs")),
    };
    if (out_json != NULL) {
        *out_json = json_incref(record);
    }
    json_decref(record);
}

eg_status eg_last_write(const char *state, const json_t *record)
{
    char path[EG_PATH_MAX];
    char *text = record != NULL ? json_dumps(record, JSON_INDENT(2)) : NULL;
    if (text == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_status st = eg_path_join(state, "last.json", path, sizeof(path));
    if (eg_ok(st)) {
        st = eg_file_write(path, 0600, eg_span_str(text));
    }
    free(text);
    return st;
}

/* ---- JSON -------------------------------------------------------------------------------------
 */

static json_t *statuses(const struct eg_agent_report *r)
{
    json_t *out = json_object();
    for (size_t i = 0; i < PARTS; i++) {
        if (r->status[i] != 0) {
            (void)json_object_set_new(
                out, part_names[i],
                json_string(eg_agent_status_text((enum eg_agent_part)i, r->status[i])));
        }
    }
    return out;
}

static json_t *details(const struct eg_agent_report *r)
{
    json_t *out = json_array();
    for (size_t i = 0; i < r->detail_count; i++) {
        const struct eg_agent_detail *e = &r->details[i];
        (void)json_array_append_new(
            out, json_pack("{s:s, s:s, s:I}", "part",
                           (size_t)e->part < PARTS ? part_names[e->part] : "?", "status",
                           eg_agent_status_text(e->part, e->status), "id", (json_int_t)e->id));
    }
    return out;
}

static void add_times(json_t *out, const struct eg_last *last, int64_t now_ms)
{
    char now[EG_CLOCK_TEXT_LEN + 1];
    char next[EG_CLOCK_TEXT_LEN + 1];
    eg_clock_text(now_ms, now);
    eg_clock_text(last->next_ms, next);
    (void)json_object_set_new(out, "time", json_string(now));
    (void)json_object_set_new(out, "next", json_string(next));
    (void)json_object_set_new(out, "nextMs", json_integer((json_int_t)last->next_ms));
    (void)json_object_set_new(out, "failures", json_integer(last->failures));
}

json_t *eg_report_json(struct eg_device *d, const struct eg_agent_report *r,
                       const struct eg_last *last, int64_t now_ms)
{
    char uuid[33];
    (void)eg_device_uuid_hex(d, uuid);
    json_t *out = json_pack(
        "{s:b, s:i, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:i, s:i, s:i, s:i, s:i, s:b, s:i}", "ok",
        r->result == EG_AGENT_OK, "result", (int)r->result, "text", eg_agent_result_text(r->result),
        "why", d->tls.why, "uuid", uuid, "line", d->tls.peer, "correlationId", r->correlation,
        "status", statuses(r), "details", details(r), "detailsLost", (int)r->details_lost,
        "objectsImported", (int)r->objects_imported, "roundTrips", (int)r->round_trips, "bytesIn",
        (int)r->bytes_in, "bytesOut", (int)r->bytes_out, "fellBack", (int)r->fell_back,
        "retryAfter", (int)r->retry_after_s);
    if (out != NULL) {
        add_times(out, last, now_ms);
    }
    return out;
}

/* ---- sentences --------------------------------------------------------------------------------
 */

void eg_report_print(const struct eg_device *d, const struct eg_agent_report *r)
{
    (void)printf("%s: %s%s%s\n", r->result == EG_AGENT_OK ? "ok" : "failed",
                 eg_agent_result_text(r->result), d->tls.why[0] != '\0' ? "; " : "", d->tls.why);
    for (size_t i = 0; i < PARTS; i++) {
        if (r->status[i] != 0) {
            (void)printf("  %-9s %s\n", part_names[i],
                         eg_agent_status_text((enum eg_agent_part)i, r->status[i]));
        }
    }
    for (size_t i = 0; i < r->detail_count; i++) {
        const struct eg_agent_detail *e = &r->details[i];
        (void)printf("    %s 0x%llX: %s\n", (size_t)e->part < PARTS ? part_names[e->part] : "?",
                     (unsigned long long)e->id, eg_agent_status_text(e->part, e->status));
    }
    (void)printf("  %u objects imported, %u round trips, %u bytes in, %u out%s%s%s\n",
                 (unsigned)r->objects_imported, (unsigned)r->round_trips, (unsigned)r->bytes_in,
                 (unsigned)r->bytes_out, d->tls.peer[0] != '\0' ? ", " : "", d->tls.peer,
                 r->fell_back ? ", by the older connection data" : "");
    if (r->correlation[0] != '\0') {
        (void)printf("  correlation id %s\n", r->correlation);
    }
}
