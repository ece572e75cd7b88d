/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "host/cli/output.h"
#include "host/cli/station.h"
#include "lib/os/clock.h"

static int64_t total_ms(const struct eg_device_result *r)
{
    int64_t sum = 0;

    for (int i = 0; i < EG_STEP_COUNT; i++) {
        sum += r->step_ms[i];
    }
    return sum;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void add_uuid(json_t *o, const struct eg_device_result *r)
{
    char hex[EG_UUID_HEX_LEN + 1], dec[EG_UUID_DEC_MAX + 1];

    if (r->uuid_known) {
        eg_uuid_to_hex(&r->uuid, hex);
        eg_uuid_to_dec(&r->uuid, dec);
        json_object_set_new(o, "uuid", json_string(hex));
        json_object_set_new(o, "deviceId", json_string(dec));
    }
}

static void add_work(json_t *o, const struct eg_device_result *r)
{
    if (r->objects > 0) {
        json_object_set_new(o, "objects", json_integer(r->objects));
        json_object_set_new(o, "bytes", json_integer((json_int_t)r->object_bytes));
    }
    if (r->fw_result != 0) {
        char word[16];
        snprintf(word, sizeof word, "0x%08X", (unsigned)r->fw_result);
        json_object_set_new(o, "statusWord", json_string(word));
    }
    if (r->subject[0] != '\0') {
        json_object_set_new(o, "subject", json_string(r->subject));
    }
}

static void add_checks(json_t *o, const struct eg_device_result *r)
{
    json_object_set_new(o, "verified", json_boolean(r->verified));
    json_object_set_new(o, "resultTold", json_boolean(!r->untold));
    if (r->verified) {
        json_object_set_new(o, "checks",
                            json_pack("{s:i, s:i, s:i}", "keys", (int)r->checks.keys,
                                      "certificates", (int)r->checks.certificates, "present",
                                      (int)r->checks.present));
    }
}

static void print_json(const struct eg_device_result *r, const char *done)
{
    bool ok = eg_ok(r->problem.status);
    json_t *o =
        json_pack("{s:s, s:b, s:s}", "target", r->target, "ok", ok, "result", ok ? done : "failed");

    if (o == NULL) {
        return;
    }
    add_uuid(o, r);
    add_work(o, r);
    add_checks(o, r);
    json_object_set_new(o, "ms", json_integer(total_ms(r)));
    if (!ok) {
        json_object_set_new(o, "step", json_string(eg_step_name(r->step)));
        json_object_set_new(o, "error", eg_out_problem_json(&r->problem));
    }
    eg_out_json(o);
}

/* ---- people ---------------------------------------------------------------------------------- */

static void name_of(const struct eg_device_result *r, char *out, size_t room)
{
    char hex[EG_UUID_HEX_LEN + 1] = "";

    if (r->uuid_known) {
        eg_uuid_to_hex(&r->uuid, hex);
    }
    snprintf(out, room, "%s", r->uuid_known ? hex : r->target);
}

static void checks_text(const struct eg_device_result *r, char *out, size_t room)
{
    out[0] = '\0';
    if (r->untold && r->verified) {
        snprintf(out, room,
                 ", the part reports nothing; verified through its application (keys %u, "
                 "certificates %u, others %u)",
                 (unsigned)r->checks.keys, (unsigned)r->checks.certificates,
                 (unsigned)r->checks.present);
    } else if (r->untold) {
        snprintf(out, room, ", the part reports nothing; NOT verified");
    } else if (r->verified) {
        snprintf(out, room, ", verified (keys %u, certificates %u, others %u)",
                 (unsigned)r->checks.keys, (unsigned)r->checks.certificates,
                 (unsigned)r->checks.present);
    } else if (r->verify_skipped) {
        snprintf(out, room, ", not verified (no application channel)");
    }
}

static void print_good(const struct eg_device_result *r, const char *done)
{
    char name[EG_TARGET_MAX], checks[160], objects[64] = "";

    name_of(r, name, sizeof name);
    checks_text(r, checks, sizeof checks);
    if (r->objects > 0) {
        snprintf(objects, sizeof objects, ", %u objects, %zu bytes", (unsigned)r->objects,
                 r->object_bytes);
    }
    eg_out_line("%sok%s    %s  %s%s%s%s%s  %s%.2f s%s", eg_out_colour(EG_GREEN),
                eg_out_colour(EG_PLAIN), name, done, objects, checks,
                r->subject[0] != '\0' ? ", " : "", r->subject, eg_out_colour(EG_DIM),
                (double)total_ms(r) / 1000.0, eg_out_colour(EG_PLAIN));
}

static void print_bad(const struct eg_device_result *r)
{
    char name[EG_TARGET_MAX];
    const struct eg_problem *p = &r->problem;

    name_of(r, name, sizeof name);
    eg_out_line("%sFAIL%s  %s  at \"%s\": %s\n      Next: %s\n      (%s%s%s)",
                eg_out_colour(EG_RED), eg_out_colour(EG_PLAIN), name, eg_step_name(r->step),
                p->cause, p->next, p->code, p->correlation[0] != '\0' ? ", correlation id " : "",
                p->correlation);
}

void eg_result_print(bool json, const struct eg_device_result *r, const char *done)
{
    if (json) {
        print_json(r, done);
    } else if (eg_ok(r->problem.status)) {
        print_good(r, done);
    } else {
        print_bad(r);
    }
}

/* ---- steps of one device --------------------------------------------------------------------- */

static void step_done(const struct eg_step_view *v)
{
    eg_out_line("  %s+%s %-28s %s%5lld ms%s", eg_out_colour(EG_GREEN), eg_out_colour(EG_PLAIN),
                eg_step_name(v->step), eg_out_colour(EG_DIM),
                (long long)(eg_clock_mono_ms() - v->began_ms), eg_out_colour(EG_PLAIN));
}

void eg_step_view_on(void *arg, enum eg_step step, size_t done, size_t total)
{
    struct eg_step_view *v = arg;

    if (total > 0) {
        eg_out_bar(eg_step_name(step), done, total);
        return;
    }
    if (v->any) {
        step_done(v);
    }
    *v = (struct eg_step_view){true, step, eg_clock_mono_ms()};
}

void eg_step_view_end(struct eg_step_view *v, const struct eg_device_result *r)
{
    eg_out_bar_clear();
    if (v->any && eg_ok(r->problem.status)) {
        step_done(v);
    }
    memset(v, 0, sizeof *v);
}
