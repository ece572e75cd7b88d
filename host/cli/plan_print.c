/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/output.h"
#include "host/cli/plan.h"

/* Sums over the writes of both phases. */
struct sums {
    json_int_t fuse, ifr, erase, program, bytes;
};

static const char *text_of(const json_t *o, const char *name)
{
    const char *text = json_string_value(json_object_get(o, name));

    return text != NULL ? text : "";
}

static json_int_t number_of(const json_t *o, const char *name)
{
    return json_integer_value(json_object_get(o, name));
}

static void add_write(struct sums *s, const json_t *w)
{
    const char *kind = text_of(w, "kind");
    json_int_t count = number_of(w, "count");

    s->bytes += number_of(w, "bytes");
    if (strcmp(kind, "fuse") == 0) {
        s->fuse += count;
    } else if (strcmp(kind, "flash-erase") == 0) {
        s->erase += count;
    } else if (strcmp(kind, "flash-program") == 0) {
        s->program += count;
    } else {
        s->ifr += count;
    }
}

static struct sums sum_up(const struct eg_plan_report *p)
{
    struct sums s = {0};

    for (size_t i = 0; i < json_array_size(p->load); i++) {
        add_write(&s, json_array_get(p->load, i));
    }
    for (size_t i = 0; i < json_array_size(p->run); i++) {
        add_write(&s, json_array_get(p->run, i));
    }
    return s;
}

static double line_seconds(const struct eg_plan_report *p)
{
    return (double)p->line_bytes * 10.0 / (double)p->baud; /* 8 bits, start and stop */
}

/* ---- people ---------------------------------------------------------------------------------- */

static void print_write(FILE *f, unsigned number, const json_t *w)
{
    const char *kind = text_of(w, "kind");
    const char *to = text_of(w, "to");

    fprintf(f, "  %3u  ", number);
    if (strcmp(kind, "fuse") == 0 && to[0] == '\0') {
        fprintf(f, "fuse %-5lld firmware decryption key (secret)\n", number_of(w, "index"));
    } else if (strcmp(kind, "fuse") == 0) {
        fprintf(f, "fuse %-5lld %s -> %s\n", number_of(w, "index"), text_of(w, "from"), to);
    } else if (strncmp(kind, "flash", 5) == 0) {
        fprintf(f, "%-13s 0x%08llX  %lld writes, %lld bytes\n", kind,
                (unsigned long long)number_of(w, "address"), number_of(w, "count"),
                number_of(w, "bytes"));
    } else {
        fprintf(f, "%-13s %lld bytes\n", kind, number_of(w, "bytes"));
    }
}

static unsigned print_phase(FILE *f, const char *name, const json_t *writes, unsigned number)
{
    fprintf(f, "  %s%s\n", name, json_array_size(writes) == 0 ? ": nothing is written" : "");
    for (size_t i = 0; i < json_array_size(writes); i++) {
        print_write(f, ++number, json_array_get(writes, i));
    }
    return number;
}

enum { WORD_HEX = 8 }; /* digits of a 4-byte word */

/* Words of the IFR page that change, by their offset. */
static void print_ifr(FILE *f, const struct eg_plan_report *p)
{
    const char *from = text_of(p->before, "ifr"), *to = text_of(p->after, "ifr");
    size_t len = strlen(from) == strlen(to) ? strlen(to) : 0;

    for (size_t at = 0; at + WORD_HEX <= len; at += WORD_HEX) {
        if (strncmp(from + at, to + at, WORD_HEX) != 0) {
            fprintf(f, "  IFR +0x%03zX    %.8s -> %.8s\n", at / 2, from + at, to + at);
        }
    }
}

static void print_table(FILE *f, const struct eg_plan_report *p)
{
    char hex[EG_UUID_HEX_LEN + 1];
    struct sums s = sum_up(p);

    eg_uuid_to_hex(&p->result->uuid, hex);
    fprintf(f, "plan for %s; nothing was burned\n", hex);
    if (p->starts_at_once) {
        (void)print_phase(f, "while objects are loaded and the firmware runs as it arrives",
                          p->load, 0);
    } else {
        unsigned number = print_phase(f, "while objects and firmware are loaded", p->load, 0);
        (void)print_phase(f, "while the firmware runs", p->run, number);
    }
    if (p->dropped > 0) {
        fprintf(f, "  and %llu entries more\n", (unsigned long long)p->dropped);
    }
    print_ifr(f, p);
    fprintf(f, "  life cycle    %s -> %s\n", text_of(p->before, "life_cycle"),
            text_of(p->after, "life_cycle"));
    fprintf(f, "  boot key hash %s\n", text_of(p->after, "boot_key_hash"));
    fprintf(
        f,
        "  %lld fuse words, %lld IFR writes, %lld flash erases, %lld flash programs, %lld bytes\n",
        s.fuse, s.ifr, s.erase, s.program, s.bytes);
    fprintf(f,
            "  %zu bytes on the line: about %.1f s at %u baud; %.3f s for the firmware of the twin",
            p->line_bytes, line_seconds(p), (unsigned)p->baud, (double)p->run_ms / 1000.0);
}

static void print_text(const struct eg_plan_report *p)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);

    if (f == NULL) {
        return;
    }
    print_table(f, p);
    if (fclose(f) == 0) {
        eg_out_line("%s", text);
    }
    free(text);
}

/* ---- programs -------------------------------------------------------------------------------- */

/* Pages before and after; null for a family without IFR. */
static json_t *ifr_json(const struct eg_plan_report *p)
{
    return json_pack("{s:O, s:O}", "from", json_object_get(p->before, "ifr"), "to",
                     json_object_get(p->after, "ifr"));
}

static json_t *report_json(const struct eg_plan_report *p)
{
    struct sums s = sum_up(p);
    json_t *counts = json_pack("{s:I, s:I, s:I, s:I, s:I}", "fuses", s.fuse, "ifr", s.ifr,
                               "flashErases", s.erase, "flashPrograms", s.program, "total",
                               s.fuse + s.ifr + s.erase + s.program);
    json_t *bytes = json_pack(
        "{s:I, s:I, s:I, s:I}", "objects", (json_int_t)p->result->object_bytes, "firmware",
        (json_int_t)p->firmware_bytes, "line", (json_int_t)p->line_bytes, "written", s.bytes);
    json_t *time = json_pack("{s:i, s:f, s:f}", "baud", (int)p->baud, "line", line_seconds(p),
                             "firmware", (double)p->run_ms / 1000.0);

    return json_pack("{s:O, s:O, s:I, s:o, s:o, s:o, s:{s:O, s:O}, s:o, s:O}", "load", p->load,
                     "run", p->run, "dropped", (json_int_t)p->dropped, "writes", counts, "bytes",
                     bytes, "seconds", time, "lifeCycle", "from",
                     json_object_get(p->before, "life_cycle"), "to",
                     json_object_get(p->after, "life_cycle"), "ifr", ifr_json(p), "bootKeyHash",
                     json_object_get(p->after, "boot_key_hash"));
}

void eg_plan_print(bool json, const struct eg_plan_report *p)
{
    char hex[EG_UUID_HEX_LEN + 1];

    if (!json) {
        print_text(p);
        return;
    }
    eg_uuid_to_hex(&p->result->uuid, hex);
    eg_out_json(json_pack("{s:s, s:s, s:o}", "target", p->result->target, "uuid", hex, "plan",
                          report_json(p)));
}
