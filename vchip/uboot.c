/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/uboot.h"

#include "vchip/prov_fw.h"

void eg_uboot_init(struct eg_uboot *u, struct eg_part *part,
                   void (*emit)(void *context, struct eg_span bytes), void *context)
{
    *u = (struct eg_uboot){.part = part, .emit = emit, .context = context};
}

void eg_uboot_drop(struct eg_uboot *u)
{
    u->len = 0;
    u->too_long = false;
}

static bool at_prompt(const struct eg_uboot *u)
{
    return u->part->chip->powered && !u->part->linux_runs;
}

static void say(struct eg_uboot *u, const char *text)
{
    u->emit(u->context, eg_span_str(text));
}

static void carry_out(struct eg_uboot *u)
{
    uint8_t room[EG_UBOOT_OUT_MAX];
    struct eg_writer out;
    eg_writer_init(&out, room, sizeof(room));
    u->line[u->len] = '\0';
    eg_status st = eg_uboot_command(u->part, u->line, &out);
    if (!eg_ok(st)) {
        eg_part_power_off(u->part);
        return;
    }
    u->emit(u->context, eg_writer_span(&out));
}

static void end_line(struct eg_uboot *u)
{
    say(u, "\r\n");
    if (u->too_long) {
        say(u, "## line too long\r\n");
    } else {
        carry_out(u);
    }
    eg_uboot_drop(u);
    if (at_prompt(u)) {
        say(u, "=> ");
    }
}

/* Ctrl-C: what was typed is not carried out. */
static void interrupt(struct eg_uboot *u)
{
    eg_uboot_drop(u);
    say(u, "<INTERRUPT>\r\n=> ");
}

static void take(struct eg_uboot *u, uint8_t c)
{
    if (c == '\n' || c == '\r') {
        end_line(u);
    } else if (c == 0x03) {
        interrupt(u);
    } else if (c >= 0x20 && c < 0x7F) {
        u->emit(u->context, eg_span(&c, 1));
        u->too_long = u->too_long || u->len == EG_UBOOT_LINE_MAX;
        if (!u->too_long) {
            u->line[u->len++] = (char)c;
        }
    }
}

void eg_uboot_input(struct eg_uboot *u, struct eg_span bytes)
{
    for (size_t i = 0; i < bytes.len && at_prompt(u); i++) {
        take(u, bytes.ptr[i]);
    }
}
