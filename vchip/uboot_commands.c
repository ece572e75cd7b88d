/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "vchip/card.h"
#include "vchip/crc32.h"
#include "vchip/memory.h"
#include "vchip/prov_fw.h"
#include "vchip/uboot.h"

enum {
    WORDS_MAX = 8, /* of a command line */
    BANK_WORDS = 8,
    ROW_WORDS = 4, /* fuse words in a row of output */
};

/* One command line, taken apart; what it says. */
struct call {
    struct eg_part *part;
    size_t count;
    char *word[WORDS_MAX];
    struct eg_writer *out;
};

static void __attribute__((format(printf, 2, 3))) say(struct call *c, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    eg_writer_str(c->out, text);
}

/* Hexadecimal, with or without 0x, as everywhere in U-Boot. */
static bool hex_word(const struct call *c, size_t i, uint32_t *out)
{
    char text[16];
    uint64_t n = 0;
    const char *word = i < c->count ? c->word[i] : "";
    word += strncmp(word, "0x", 2) == 0 ? 2 : 0;
    bool good = strlen(word) > 0 && strlen(word) <= 8;
    if (good) {
        (void)snprintf(text, sizeof(text), "0x%.8s", word);
        good = eg_ok(eg_number_parse(eg_span_str(text), UINT32_MAX, &n));
    }
    *out = (uint32_t)n;
    return good;
}

static eg_status usage(struct call *c)
{
    say(c, "Usage: %s: see docs/protocol/vchip.md\r\n", c->word[0]);
    return EG_OK;
}

/* Bytes of RAM, or NULL. */
static uint8_t *ram(const struct call *c, uint32_t address, uint32_t len)
{
    const struct eg_family *f = c->part->chip->family;
    return eg_memory_region(f, address, len) == EG_REGION_RAM
               ? c->part->ram + (address - f->ram_address)
               : NULL;
}

/* ---- commands ------------------------------------------------------------------------------- */

static bool is_uuid_word(const struct eg_family *f, uint32_t bank, uint32_t word)
{
    return bank == f->uuid_fuses[0] && word >= f->uuid_fuses[1] &&
           word - f->uuid_fuses[1] < f->uuid_fuses[2] && word - f->uuid_fuses[1] < EG_UUID_LEN / 4;
}

/* What the controller shows of a word: the decryption key reads as zero. */
static uint32_t fuse_word(const struct eg_chip *chip, uint32_t bank, uint32_t word)
{
    const struct eg_family *f = chip->family;
    uint64_t index = (uint64_t)bank * BANK_WORDS + word;
    if (is_uuid_word(f, bank, word)) {
        return eg_load_le32(chip->uuid.bytes + 4 * (size_t)(word - f->uuid_fuses[1]));
    }
    bool hidden = index >= f->fuse_decrypt_key && index < f->fuse_decrypt_key + 32u / f->fuse_bytes;
    return index < f->fuse_count && !hidden ? chip->fuses[index] : 0;
}

static eg_status cmd_fuse(struct call *c)
{
    uint32_t bank, word, count = 1;
    if (c->count < 4 || strcmp(c->word[1], "read") != 0 || !hex_word(c, 2, &bank) ||
        !hex_word(c, 3, &word) || (c->count > 4 && !hex_word(c, 4, &count)) || count == 0 ||
        count > BANK_WORDS || word >= BANK_WORDS) {
        return usage(c);
    }
    say(c, "Reading bank %u:\r\n", (unsigned)bank);
    for (uint32_t i = 0; i < count; i++) {
        if (i % ROW_WORDS == 0) {
            say(c, "\r\nWord 0x%08x:", (unsigned)(word + i));
        }
        say(c, " %08x", (unsigned)fuse_word(c->part->chip, bank, word + i));
    }
    say(c, "\r\n");
    return EG_OK;
}

static eg_status cmd_mw(struct call *c)
{
    uint32_t address, value;
    if (c->count != 3 || !hex_word(c, 1, &address) || !hex_word(c, 2, &value)) {
        return usage(c);
    }
    uint8_t *at = ram(c, address, 4);
    if (at == NULL) {
        say(c, "\"Synchronous Abort\" handler: no memory at %08x\r\n", (unsigned)address);
        return EG_OK;
    }
    eg_store_le32(at, value);
    return EG_OK;
}

static eg_status cmd_crc32(struct call *c)
{
    uint32_t address, len;
    if (c->count != 3 || !hex_word(c, 1, &address) || !hex_word(c, 2, &len)) {
        return usage(c);
    }
    const uint8_t *at = ram(c, address, len);
    if (at == NULL) {
        return usage(c);
    }
    say(c, "crc32 for %08x ... %08x ==> %08x\r\n", (unsigned)address, (unsigned)(address + len - 1),
        (unsigned)eg_vcrc32(eg_span(at, len)));
    return EG_OK;
}

/* fatwrite <interface> <device:partition> <address> <file> <length> */
static eg_status cmd_fatwrite(struct call *c)
{
    uint32_t address, len;
    if (c->count != 6 || !hex_word(c, 3, &address) || !hex_word(c, 5, &len)) {
        return usage(c);
    }
    const uint8_t *at = ram(c, address, len);
    if (strcmp(c->word[1], "mmc") != 0 || strcmp(c->word[2], "0:1") != 0 || at == NULL) {
        say(c, "** Bad device specification %s %s **\r\n", c->word[1], c->word[2]);
        return EG_OK;
    }
    eg_status st = eg_card_write(c->part->chip, eg_span_str(c->word[4]), eg_span(at, len));
    if (eg_is(st, EG_E_VCHIP_NO_POWER)) {
        return st;
    }
    if (eg_ok(st)) {
        say(c, "%u bytes written in 1 ms\r\n", (unsigned)len);
    } else {
        say(c, "** Unable to write file %.64s **\r\n", c->word[4]);
    }
    return EG_OK;
}

static eg_status cmd_boot(struct call *c)
{
    EG_TRY(eg_prov_linux(c->part));
    say(c, "Starting kernel ...\r\n");
    return EG_OK;
}

static eg_status cmd_quiet(struct call *c)
{
    (void)c;
    return EG_OK;
}

/* `run` of a variable that boots; the others load what the boot needs, which is here already. */
static eg_status cmd_run(struct call *c)
{
    if (c->count != 2) {
        return usage(c);
    }
    bool boots = strcmp(c->word[1], "bootcmd") == 0 || strcmp(c->word[1], "bsp_bootcmd") == 0;
    return boots ? cmd_boot(c) : EG_OK;
}

static const struct {
    const char *name;
    eg_status (*run)(struct call *c);
} commands[] = {
    {"fuse", cmd_fuse},         {"mw.l", cmd_mw},      {"crc32", cmd_crc32}, {"run", cmd_run},
    {"fatwrite", cmd_fatwrite}, {"setenv", cmd_quiet}, {"boot", cmd_boot},
};

/* Words apart; false: more than a command takes. */
static bool split(char *line, struct call *c)
{
    char *rest = NULL;
    for (char *w = strtok_r(line, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest)) {
        if (c->count == WORDS_MAX) {
            return false;
        }
        c->word[c->count++] = w;
    }
    return true;
}

eg_status eg_uboot_command(struct eg_part *part, char *line, struct eg_writer *out)
{
    struct call c = {.part = part, .out = out};
    bool whole = split(line, &c);
    if (c.count == 0) {
        return EG_OK;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, c.word[0]) == 0) {
            return whole ? commands[i].run(&c) : usage(&c);
        }
    }
    say(&c, "Unknown command '%.64s' - try 'help'\r\n", c.word[0]);
    return EG_OK;
}
