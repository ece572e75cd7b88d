/* SPDX-License-Identifier: Apache-2.0 */
/* What a host makes of whatever a U-Boot console says. */
#include <string.h>

#include "host/lib/console.h"
#include "tests/fuzz/fuzz.h"

static struct eg_span rest;

static eg_status say_nothing(struct eg_transport *t, struct eg_span data, int64_t deadline_ms)
{
    (void)t;
    (void)data;
    (void)deadline_ms;
    return EG_OK;
}

/* A byte of length, then as many: so a line is cut where the fuzzer wants. */
static eg_status hear(struct eg_transport *t, uint8_t *out, size_t room, int64_t deadline_ms,
                      size_t *got)
{
    (void)t;
    (void)deadline_ms;
    size_t len = rest.len > 1 ? rest.ptr[0] % 64 + (size_t)1 : 0;
    if (len == 0) {
        return EG_ERR(HOST_LINE_LOST);
    }
    len = len < rest.len - 1 ? len : rest.len - 1;
    len = len < room ? len : room;
    memcpy(out, rest.ptr + 1, len);
    rest = eg_span(rest.ptr + 1 + len, rest.len - 1 - len);
    *got = len;
    return EG_OK;
}

static const struct eg_transport_ops ops = {.scheme = "fuzz", .read = hear, .write = say_nothing};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct eg_family family = {.uuid_fuses = {6, 0, 4}, .uuid_fuses_count = 3};
    struct eg_transport line = {.ops = &ops, .fd = -1};
    struct eg_console c;
    struct eg_uuid uuid;

    rest = eg_span(data, size);
    eg_console_init(&c, &line);
    bool all = eg_ok(eg_console_uuid(&c, &family, &uuid)) &&
               eg_ok(eg_console_write_memory(&c, 0x1000, eg_span_str("12345"))) &&
               eg_ok(eg_console_fatwrite(&c, "mmc", "0:1", 0x1000, "a.bin", 5)) &&
               eg_ok(eg_console_boot_line(&c, "boot", true));
    return all && c.said_len > EG_CONSOLE_SAID_MAX ? -1 : 0;
}
