/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lib/console.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/os/clock.h"

static const char prompt[] = "=> ";
enum {
    PROMPT_LEN = sizeof prompt - 1,
    PROBE_MS = 1000,
    BOOT_MS = 5000, /* for the last words before the kernel has the line */
};

void eg_console_init(struct eg_console *c, struct eg_transport *line)
{
    memset(c, 0, sizeof *c);
    c->line = line;
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* The prompt stands at the end, and at the start of a line: "==> " of crc32 is none. */
static bool prompted(const struct eg_console *c)
{
    size_t at = c->said_len - PROMPT_LEN;

    return c->said_len >= PROMPT_LEN && memcmp(c->said + at, prompt, PROMPT_LEN) == 0 &&
           (at == 0 || c->said[at - 1] == '\n');
}

/* Read until `done` says so. A command that says too much is HOST_CONSOLE. */
static eg_status listen(struct eg_console *c, bool (*done)(const struct eg_console *c),
                        int64_t deadline_ms)
{
    c->said_len = 0;
    c->said[0] = '\0';
    while (!done(c)) {
        size_t got = 0;
        size_t room = EG_CONSOLE_SAID_MAX - c->said_len;

        if (room == 0) {
            return EG_ERR(HOST_CONSOLE);
        }
        EG_TRY(
            eg_transport_read(c->line, (uint8_t *)c->said + c->said_len, room, deadline_ms, &got));
        c->said_len += got;
        c->said[c->said_len] = '\0';
    }
    return EG_OK;
}

static eg_status send_line(struct eg_console *c, const char *text, int64_t deadline_ms)
{
    EG_TRY(eg_transport_write(c->line, eg_span_str(text), deadline_ms));
    return eg_transport_write(c->line, eg_span_str("\n"), deadline_ms);
}

static eg_status __attribute__((format(printf, 2, 3)))
command(struct eg_console *c, const char *format, ...)
{
    char text[EG_CONSOLE_LINE_MAX];
    int64_t deadline_ms = eg_clock_mono_ms() + EG_CONSOLE_TIMEOUT_MS;
    va_list args;

    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof text) {
        return EG_ERR(HOST_CONSOLE);
    }
    EG_TRY(send_line(c, text, deadline_ms));
    return listen(c, prompted, deadline_ms);
}

eg_status eg_console_connect(struct eg_console *c)
{
    for (int i = 0; i < EG_CONSOLE_ATTEMPTS; i++) {
        int64_t deadline_ms = eg_clock_mono_ms() + PROBE_MS;

        /* Ctrl-C does nothing but to drop what an earlier user of the line left unfinished: ending
         * it as a line would carry out half a command */
        EG_TRY(eg_transport_write(c->line, eg_span_str("\x03"), deadline_ms));
        eg_status st = listen(c, prompted, deadline_ms);
        if (eg_ok(st) || !eg_is(st, EG_E_HOST_LINE_TIMEOUT)) {
            return st;
        }
    }
    return EG_ERR(HOST_NO_DEVICE);
}

/* ---- fuses ----------------------------------------------------------------------------------- */

/* Exactly eight hexadecimal digits at text. */
static bool hex_word(const char *text, uint32_t *out)
{
    uint8_t bytes[4];

    if (strnlen(text, 8) < 8 || !eg_ok(eg_hex_decode(eg_span(text, 8), bytes, sizeof bytes))) {
        return false;
    }
    *out = eg_load_be32(bytes);
    return true;
}

eg_status eg_console_uuid(struct eg_console *c, const struct eg_family *family, struct eg_uuid *out)
{
    const uint16_t *fuses = family->uuid_fuses;

    EG_TRY(command(c, "fuse read %u %u %u", (unsigned)fuses[0], (unsigned)fuses[1],
                   (unsigned)fuses[2]));
    const char *at = strstr(c->said, "\nWord 0x00000000:");
    at = at != NULL ? strchr(at, ':') + 1 : NULL;
    for (size_t i = 0; i < EG_UUID_LEN / 4; i++) {
        uint32_t word;

        if (at == NULL || *at != ' ' || !hex_word(at + 1, &word)) {
            return EG_ERR(HOST_CONSOLE);
        }
        eg_store_le32(out->bytes + 4 * i, word);
        at += 9;
    }
    return EG_OK;
}

/* ---- memory and files ------------------------------------------------------------------------ */

static uint32_t crc32_of(struct eg_span data)
{
    uint32_t crc = 0xFFFFFFFFu;

    for (size_t i = 0; i < data.len; i++) {
        crc ^= data.ptr[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
        }
    }
    return ~crc;
}

static eg_status compare_crc(struct eg_console *c, uint32_t address, struct eg_span data)
{
    uint32_t crc;

    EG_TRY(command(c, "crc32 0x%x 0x%zx", (unsigned)address, data.len));
    const char *at = strstr(c->said, "==> ");
    if (at == NULL || !hex_word(at + 4, &crc)) {
        return EG_ERR(HOST_CONSOLE);
    }
    return crc == crc32_of(data) ? EG_OK : EG_ERR(WIRE_BAD_CRC);
}

eg_status eg_console_write_memory(struct eg_console *c, uint32_t address, struct eg_span data)
{
    for (size_t done = 0; done < data.len; done += 4) {
        uint8_t word[4] = {0};

        memcpy(word, data.ptr + done, data.len - done < 4 ? data.len - done : 4);
        EG_TRY(
            command(c, "mw.l 0x%x %08x", (unsigned)(address + done), (unsigned)eg_load_le32(word)));
        if (c->progress != NULL) {
            c->progress(c->progress_arg, done, data.len);
        }
    }
    return compare_crc(c, address, data);
}

eg_status eg_console_fatwrite(struct eg_console *c, const char *interface, const char *partition,
                              uint32_t address, const char *file, size_t len)
{
    char good[32];

    EG_TRY(
        command(c, "fatwrite %s %s %x %s %zx", interface, partition, (unsigned)address, file, len));
    snprintf(good, sizeof good, "%zu bytes written", len);
    return strstr(c->said, good) != NULL ? EG_OK : EG_ERR(HOST_CONSOLE);
}

/* ---- booting --------------------------------------------------------------------------------- */

static bool booting(const struct eg_console *c)
{
    return prompted(c) || strstr(c->said, "Starting kernel") != NULL;
}

eg_status eg_console_boot_line(struct eg_console *c, const char *text, bool last)
{
    if (!last) {
        return command(c, "%s", text);
    }
    int64_t deadline_ms = eg_clock_mono_ms() + BOOT_MS;
    EG_TRY(send_line(c, text, deadline_ms));
    EG_TRY(listen(c, booting, deadline_ms));
    return prompted(c) ? EG_ERR(HOST_CONSOLE) : EG_OK;
}
