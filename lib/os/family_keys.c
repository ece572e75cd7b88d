/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/os/family_keys.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/text.h"

enum {
    FUSE_WORDS_MAX = 2048,
    HASH_LEN = 32, /* boot key hash, decryption key */
    OBJECTS_MAX = 256,
    OBJECT_BYTES_MAX = 1 << 20,
};

static void *member(struct eg_family *f, const struct eg_family_key *key)
{
    return (uint8_t *)f + key->offset;
}

/* Calls use() for each word of a list separated by single spaces; false if one is refused. */
static bool each_word(const char *list, bool (*use)(struct eg_family *f, struct eg_span word),
                      struct eg_family *f)
{
    while (*list != '\0') {
        size_t len = strcspn(list, " ");

        if (len == 0 || !use(f, eg_span(list, len))) {
            return false;
        }
        list += len;
        list += *list == ' ' ? 1 : 0;
    }
    return true;
}

static bool set_text(struct eg_family *f, const struct eg_family_key *key, const char *value)
{
    size_t len = strlen(value);

    if (len == 0 || len >= key->limit) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (value[i] < 0x20 || value[i] > 0x7E) {
            return false;
        }
    }
    memcpy(member(f, key), value, len + 1);
    return true;
}

static bool number(const struct eg_family_key *key, const char *value, uint64_t *out)
{
    return eg_ok(eg_number_parse(eg_span_str(value), key->limit, out));
}

static bool set_u32(struct eg_family *f, const struct eg_family_key *key, const char *value)
{
    uint64_t n;
    uint32_t v;

    if (!number(key, value, &n)) {
        return false;
    }
    v = (uint32_t)n;
    memcpy(member(f, key), &v, sizeof(v));
    return true;
}

static bool set_u16(struct eg_family *f, const struct eg_family_key *key, const char *value)
{
    uint64_t n;
    uint16_t v;

    if (!number(key, value, &n)) {
        return false;
    }
    v = (uint16_t)n;
    memcpy(member(f, key), &v, sizeof(v));
    return true;
}

static bool set_u8(struct eg_family *f, const struct eg_family_key *key, const char *value)
{
    uint64_t n;

    if (!number(key, value, &n)) {
        return false;
    }
    *(uint8_t *)member(f, key) = (uint8_t)n;
    return true;
}

static bool set_rsa(struct eg_family *f, const struct eg_family_key *key, const char *value)
{
    (void)key;
    f->rsa = strcmp(value, "yes") == 0;
    return f->rsa || strcmp(value, "no") == 0;
}

/* Words that stand for numbers; the value is the word's place in the list, from 1. */
static uint32_t word_number(const char *const *words, size_t count, const char *value)
{
    for (size_t i = 1; i < count; i++) {
        if (strcmp(words[i], value) == 0) {
            return (uint32_t)i;
        }
    }
    return 0;
}

static bool set_load(struct eg_family *f, const struct eg_family_key *key, const char *value)
{
    static const char *const words[] = {
        [EG_LOAD_SB] = "sb",
        [EG_LOAD_RESET] = "reset",
        [EG_LOAD_SPLIT] = "split",
        [EG_LOAD_UBOOT] = "uboot",
    };
    uint32_t n = word_number(words, sizeof(words) / sizeof(words[0]), value);

    (void)key;
    f->load = (enum eg_load_method)n;
    return n != 0;
}

static bool set_recipe(struct eg_family *f, const struct eg_family_key *key, const char *value)
{
    static const char *const words[] = {
        [EG_RECIPE_MCXN] = "mcxn",
        [EG_RECIPE_RW61X] = "rw61x",
        [EG_RECIPE_S200] = "s200",
        [EG_RECIPE_S400] = "s400",
    };
    uint32_t n = word_number(words, sizeof(words) / sizeof(words[0]), value);

    (void)key;
    f->recipe = (enum eg_key_recipe)n;
    return n != 0;
}

static bool add_uuid_fuse(struct eg_family *f, struct eg_span word)
{
    uint64_t n;

    if (f->uuid_fuses_count == EG_FAMILY_UUID_FUSES ||
        !eg_ok(eg_number_parse(word, UINT16_MAX, &n))) {
        return false;
    }
    f->uuid_fuses[f->uuid_fuses_count++] = (uint16_t)n;
    return true;
}

static bool set_uuid_fuses(struct eg_family *f, const struct eg_family_key *key, const char *value)
{
    (void)key;
    return each_word(value, add_uuid_fuse, f);
}

static bool add_flow(struct eg_family *f, struct eg_span word)
{
    static const struct {
        const char *name;
        enum eg_flow flow;
    } flows[] = {
        {"proxy", EG_FLOW_PROXY},
        {"cloud", EG_FLOW_CLOUD},
        {"partner", EG_FLOW_PARTNER},
    };

    for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
        if (eg_span_equal(word, eg_span_str(flows[i].name))) {
            bool twice = (f->flows & flows[i].flow) != 0;

            f->flows |= flows[i].flow;
            return !twice;
        }
    }
    return false;
}

static bool set_flows(struct eg_family *f, const struct eg_family_key *key, const char *value)
{
    (void)key;
    return each_word(value, add_flow, f) && f->flows != 0;
}

static bool add_required(struct eg_family *f, struct eg_span word)
{
    uint64_t id;

    if (f->required_count == EG_FAMILY_REQUIRED_MAX ||
        !eg_ok(eg_number_parse(word, UINT32_MAX, &id)) || id == 0) {
        return false;
    }
    f->required[f->required_count++] = (uint32_t)id;
    return true;
}

static bool set_required(struct eg_family *f, const struct eg_family_key *key, const char *value)
{
    (void)key;
    return each_word(value, add_required, f);
}

/* The text before the first c; *rest becomes what stands behind it. false: there is no c. */
static bool cut_at(struct eg_span *rest, char c, struct eg_span *before)
{
    const uint8_t *at = memchr(rest->ptr, c, rest->len);
    size_t len;

    if (at == NULL) {
        return false;
    }
    len = (size_t)(at - rest->ptr);
    *before = eg_span(rest->ptr, len);
    *rest = eg_span(at + 1, rest->len - len - 1);
    return true;
}

/* first-last */
static bool parse_range(struct eg_span word, struct eg_fuse_range *out)
{
    struct eg_span before;
    uint64_t first, last;

    if (!cut_at(&word, '-', &before) ||
        !eg_ok(eg_number_parse(before, FUSE_WORDS_MAX - 1, &first)) ||
        !eg_ok(eg_number_parse(word, FUSE_WORDS_MAX - 1, &last)) || last < first) {
        return false;
    }
    *out = (struct eg_fuse_range){(uint16_t)first, (uint16_t)last};
    return true;
}

/* word:mask */
static bool parse_bits(struct eg_span text, struct eg_fuse_bits *out)
{
    struct eg_span before;
    uint64_t word, mask;

    if (!cut_at(&text, ':', &before) ||
        !eg_ok(eg_number_parse(before, FUSE_WORDS_MAX - 1, &word)) ||
        !eg_ok(eg_number_parse(text, UINT32_MAX, &mask)) || mask == 0) {
        return false;
    }
    *out = (struct eg_fuse_bits){(uint16_t)word, (uint32_t)mask};
    return true;
}

static bool add_ignored(struct eg_family *f, struct eg_span word)
{
    return f->ignored_count < EG_FAMILY_IGNORED_FUSES_MAX &&
           parse_range(word, &f->ignored[f->ignored_count++]);
}

static bool set_ignored(struct eg_family *f, const struct eg_family_key *key, const char *value)
{
    (void)key;
    return each_word(value, add_ignored, f);
}

static bool add_reserved(struct eg_family *f, struct eg_span word)
{
    return f->reserved_count < EG_FAMILY_RESERVED_FUSES_MAX &&
           parse_range(word, &f->reserved[f->reserved_count++]);
}

static bool set_reserved(struct eg_family *f, const struct eg_family_key *key, const char *value)
{
    (void)key;
    return each_word(value, add_reserved, f);
}

/* word:mask:first-last */
static bool add_lock(struct eg_family *f, struct eg_span text)
{
    struct eg_fuse_lock *lock = &f->locks[f->lock_count];
    struct eg_span bits = text, word;

    if (f->lock_count == EG_FAMILY_LOCKS_MAX || !cut_at(&text, ':', &word) ||
        !cut_at(&text, ':', &word)) {
        return false;
    }
    bits.len -= text.len + 1;
    f->lock_count++;
    return parse_bits(bits, &lock->bits) && parse_range(text, &lock->range);
}

static bool set_locks(struct eg_family *f, const struct eg_family_key *key, const char *value)
{
    (void)key;
    return each_word(value, add_lock, f);
}

static bool add_debug_off(struct eg_family *f, struct eg_span word)
{
    return f->debug_off_count < EG_FAMILY_DEBUG_OFF_MAX &&
           parse_bits(word, &f->debug_off[f->debug_off_count++]);
}

static bool set_debug_off(struct eg_family *f, const struct eg_family_key *key, const char *value)
{
    (void)key;
    return each_word(value, add_debug_off, f);
}

#define KEY(section, name, limit, set)                                                             \
    {                                                                                              \
        section, #name, offsetof(struct eg_family, name), limit, set                               \
    }

static const struct eg_family_key keys[] = {
    KEY("family", name, EG_FAMILY_NAME_MAX, set_text),
    KEY("family", el2go_name, EG_FAMILY_NAME_MAX, set_text),
    KEY("family", title, 2 * EG_FAMILY_NAME_MAX, set_text),
    KEY("family", flows, 0, set_flows),
    KEY("family", load, 0, set_load),
    KEY("family", recipe, 0, set_recipe),
    KEY("objects", objects_max, OBJECTS_MAX, set_u32),
    KEY("objects", objects_bytes_max, OBJECT_BYTES_MAX, set_u32),
    KEY("objects", object_bytes_max, OBJECT_BYTES_MAX, set_u32),
    KEY("objects", rsa, 0, set_rsa),
    KEY("objects", required, 0, set_required),
    KEY("memory", objects_address, UINT32_MAX, set_u32),
    KEY("memory", external_address, UINT32_MAX, set_u32),
    KEY("memory", claim_address, UINT32_MAX, set_u32),
    KEY("memory", uuid_fuses, 0, set_uuid_fuses),
    KEY("memory", firmware_address, UINT32_MAX, set_u32),
    KEY("memory", ram_address, UINT32_MAX, set_u32),
    KEY("memory", ram_size, UINT32_MAX, set_u32),
    KEY("memory", flash_address, UINT32_MAX, set_u32),
    KEY("memory", flash_size, UINT32_MAX, set_u32),
    KEY("memory", flash_sector, UINT32_MAX, set_u32),
    KEY("memory", image_address, UINT32_MAX, set_u32),
    KEY("one_time", ifr_address, UINT32_MAX, set_u32),
    KEY("one_time", ifr_size, 65536, set_u32),
    KEY("one_time", ifr_boot_key_hash, 65536, set_u32),
    KEY("one_time", fuse_count, FUSE_WORDS_MAX, set_u16),
    KEY("one_time", fuse_bytes, 4, set_u8),
    KEY("one_time", fuse_boot_key_hash, FUSE_WORDS_MAX, set_u16),
    KEY("one_time", fuse_decrypt_key, FUSE_WORDS_MAX, set_u16),
    KEY("one_time", fuse_life_cycle, FUSE_WORDS_MAX, set_u16),
    KEY("one_time", ignored, 0, set_ignored),
    KEY("one_time", reserved, 0, set_reserved),
    KEY("one_time", locks, 0, set_locks),
    KEY("one_time", debug_off, 0, set_debug_off),
    KEY("one_time", life_cycle_open, UINT8_MAX, set_u8),
    KEY("one_time", life_cycle_closed, UINT8_MAX, set_u8),
    KEY("one_time", life_cycle_locked, UINT8_MAX, set_u8),
};

const struct eg_family_key *eg_family_keys(size_t *out_count)
{
    *out_count = sizeof(keys) / sizeof(keys[0]);
    return keys;
}

/* Do len bytes from start lie inside [address, address + size)? */
static bool inside(uint32_t start, uint32_t len, uint32_t address, uint32_t size)
{
    return start >= address && len <= size && start - address <= size - len;
}

/* Do the 32 bytes that begin at fuse word `first` exist? */
static bool hash_in_fuses(const struct eg_family *f, uint16_t first)
{
    return (uint32_t)first + HASH_LEN / f->fuse_bytes <= f->fuse_count;
}

static bool ranges_exist(const struct eg_family *f, const struct eg_fuse_range *list,
                         uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (list[i].last >= f->fuse_count) {
            return false;
        }
    }
    return true;
}

static bool bits_exist(const struct eg_family *f, const struct eg_fuse_bits *b)
{
    return b->word < f->fuse_count && (f->fuse_bytes == 4 || b->mask <= UINT16_MAX);
}

static bool locks_exist(const struct eg_family *f)
{
    for (uint32_t i = 0; i < f->lock_count; i++) {
        if (!bits_exist(f, &f->locks[i].bits) || !ranges_exist(f, &f->locks[i].range, 1)) {
            return false;
        }
    }
    return true;
}

static bool debug_off_exists(const struct eg_family *f)
{
    for (uint32_t i = 0; i < f->debug_off_count; i++) {
        if (!bits_exist(f, &f->debug_off[i])) {
            return false;
        }
    }
    return true;
}

static const char *safety_contradiction(const struct eg_family *f)
{
    if (!ranges_exist(f, f->ignored, f->ignored_count)) {
        return "ignored names fuses that do not exist";
    }
    if (!ranges_exist(f, f->reserved, f->reserved_count)) {
        return "reserved names fuses that do not exist";
    }
    if (!locks_exist(f)) {
        return "locks names fuses that do not exist";
    }
    return debug_off_exists(f) ? NULL : "debug_off names fuses that do not exist";
}

static bool only_adds_bits(uint8_t from, uint8_t to)
{
    return from != to && (from & to) == from;
}

static const char *one_time_contradiction(const struct eg_family *f)
{
    if (f->fuse_bytes != 2 && f->fuse_bytes != 4) {
        return "fuse_bytes must be 2 or 4";
    }
    if (f->fuse_life_cycle >= f->fuse_count) {
        return "fuse_life_cycle must be below fuse_count";
    }
    if (!hash_in_fuses(f, f->fuse_decrypt_key)) {
        return "the decryption key does not fit into the fuses";
    }
    if (f->ifr_size == 0 && !hash_in_fuses(f, f->fuse_boot_key_hash)) {
        return "the boot key hash does not fit into the fuses";
    }
    if (f->ifr_size != 0 && !inside(f->ifr_boot_key_hash, HASH_LEN, 0, f->ifr_size)) {
        return "the boot key hash does not fit into the IFR";
    }
    if (f->life_cycle_open == 0 || !only_adds_bits(f->life_cycle_open, f->life_cycle_closed) ||
        !only_adds_bits(f->life_cycle_closed, f->life_cycle_locked)) {
        return "each life cycle must add bits to the one before: fuses only go from 0 to 1";
    }
    return safety_contradiction(f);
}

const char *eg_family_contradiction(const struct eg_family *f)
{
    if (f->objects_max == 0 || f->objects_bytes_max == 0) {
        return "objects_max and objects_bytes_max must not be 0";
    }
    if (f->flash_sector == 0 || f->flash_size % f->flash_sector != 0) {
        return "flash_size must be a multiple of flash_sector";
    }
    if (!inside(f->external_address, f->objects_bytes_max, f->flash_address, f->flash_size)) {
        return "external_address must leave room for all objects in the flash";
    }
    if (f->image_address != 0 && !inside(f->image_address, 1, f->flash_address, f->flash_size)) {
        return "image_address must be in the flash";
    }
    if (f->claim_address != 0 &&
        (!inside(f->claim_address, EG_FAMILY_CLAIM_BYTES, f->flash_address, f->flash_size) ||
         (f->claim_address - f->flash_address) % f->flash_sector != 0)) {
        return "claim_address must be a sector of the flash with room for a claim code";
    }
    if (f->load == EG_LOAD_UBOOT ? f->uuid_fuses_count != EG_FAMILY_UUID_FUSES
                                 : f->uuid_fuses_count != 0) {
        return "load = uboot needs uuid_fuses: bank, word and count; others have none";
    }
    return one_time_contradiction(f);
}
