/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/object/brick.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/object/fuse_config.h"
#include "lib/object/object.h"

enum { HASH_LEN = 32 };

__attribute__((format(printf, 3, 4))) static eg_status say(struct eg_brick_finding *out,
                                                           eg_status st, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(out->why, sizeof(out->why), format, args);
    va_end(args);
    return st;
}

static const struct eg_brick_object *find(const struct eg_brick_set *set, uint32_t id)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->objects[i].id == id) {
            return &set->objects[i];
        }
    }
    return NULL;
}

static const char *life_cycle_name(enum eg_life_cycle lc)
{
    return lc == EG_LC_LOCKED ? "LOCKED" : lc == EG_LC_CLOSED ? "CLOSED" : "OPEN";
}

/* ---- boot key hash --------------------------------------------------------------------------- */

static eg_status hash_is_one(const struct eg_brick_set *set, struct eg_brick_finding *out)
{
    const struct eg_brick_object *o = find(set, EG_OBJECT_ID_AUTH_KEY_HASH);

    if (o == NULL) {
        return EG_OK;
    }
    if (o->value.len != HASH_LEN) {
        return say(out, EG_ERR(OBJECT_BOOT_KEY_HASH),
                   "The boot key hash has %zu bytes. Give the 32 bytes of the SHA-256.",
                   o->value.len);
    }
    for (size_t i = 1; i < o->value.len; i++) {
        if (o->value.ptr[i] != o->value.ptr[0]) {
            return EG_OK;
        }
    }
    return say(
        out, EG_ERR(OBJECT_BOOT_KEY_HASH),
        "All 32 bytes are 0x%02X, which is a blank field and not the hash of a key: no image "
        "would ever boot. Give the hash of your firmware signing key.",
        o->value.ptr[0]);
}

static eg_status hash_has_evidence(const struct eg_brick_set *set, struct eg_brick_finding *out)
{
    const struct eg_brick_object *o = find(set, EG_OBJECT_ID_AUTH_KEY_HASH);

    if (o == NULL || o->evidence != EG_BRICK_NO_EVIDENCE) {
        return EG_OK;
    }
    return say(
        out, EG_ERR(OBJECT_BOOT_KEY_EVIDENCE),
        "A chip that is %s boots only firmware signed for this boot key hash, and no key was "
        "registered that hashes to it. Create the object with signingPublicKeys, or with "
        "evidence NONE.",
        life_cycle_name(set->life_cycle));
}

static eg_status closed_has_hash(const struct eg_brick_set *set, struct eg_brick_finding *out)
{
    if (find(set, EG_OBJECT_ID_AUTH_KEY_HASH) != NULL) {
        return EG_OK;
    }
    return say(
        out, EG_ERR(OBJECT_SET_INCOMPLETE),
        "Object id 0x%08X is missing: a chip that is %s without a boot key hash boots nothing "
        "for ever. Assign an OEM_FW_AUTH_KEY_HASH object, or use the life cycle OPEN.",
        (unsigned)EG_OBJECT_ID_AUTH_KEY_HASH, life_cycle_name(set->life_cycle));
}

static eg_status decrypt_has_hash(const struct eg_brick_set *set, struct eg_brick_finding *out)
{
    if (find(set, EG_OBJECT_ID_DECRYPT_KEY) == NULL ||
        find(set, EG_OBJECT_ID_AUTH_KEY_HASH) != NULL) {
        return EG_OK;
    }
    return say(
        out, EG_ERR(OBJECT_DECRYPT_ALONE),
        "Object id 0x%08X is missing: the decryption key can be burned only once, and without "
        "a boot key hash beside it encrypted firmware of anybody is run. Assign an "
        "OEM_FW_AUTH_KEY_HASH object.",
        (unsigned)EG_OBJECT_ID_AUTH_KEY_HASH);
}

/* ---- fuse configuration ---------------------------------------------------------------------- */

/* A configuration that has the right form, by word. */
struct fuses {
    uint16_t entry[EG_FUSE_WORDS_MAX]; /* which entry burns the word, 1 the first; 0: none */
    uint32_t value[EG_FUSE_WORDS_MAX];
};

static void read_fuses(struct eg_span data, struct fuses *out)
{
    struct eg_fuse_entry e;
    struct eg_reader r;
    uint16_t n = 0;

    memset(out, 0, sizeof(*out));
    eg_reader_init(&r, data);
    while (r.rest.len > 0 && eg_ok(eg_fuse_config_next(&r, &e)) && e.index < EG_FUSE_WORDS_MAX) {
        out->entry[e.index] = ++n;
        out->value[e.index] = e.value;
    }
}

static eg_status fuses_are_seen(const struct eg_brick_set *set, struct eg_brick_finding *out)
{
    const struct eg_brick_object *o = find(set, EG_OBJECT_ID_FUSE_CONFIG);

    if (o == NULL || o->value.len > 0) {
        return EG_OK;
    }
    return say(out, EG_ERR(OBJECT_FUSES_HIDDEN),
               "Its fuse words are sealed, so nobody could check them before they are burned for "
               "ever. Create the fuse configuration as NON_CONFIDENTIAL.");
}

static eg_status fuses_are_allowed(const struct eg_brick_set *set, struct eg_brick_finding *out)
{
    const struct eg_brick_object *o = find(set, EG_OBJECT_ID_FUSE_CONFIG);
    struct eg_fuse_fault fault;

    if (o == NULL) {
        return EG_OK;
    }
    fault = eg_fuse_config_fault(set->family, o->value);
    if (fault.kind == EG_FUSE_GOOD) {
        return EG_OK;
    }
    if (fault.kind == EG_FUSE_FORM || fault.kind == EG_FUSE_EMPTY) {
        return say(out, EG_ERR(OBJECT_FUSES), "Fuse configuration, entry %u: %s", fault.entry,
                   eg_fuse_fault_text(fault.kind));
    }
    return say(out, EG_ERR(OBJECT_FUSES), "Fuse word %u (entry %u) on %s: %s",
               (unsigned)fault.index, fault.entry, set->family->name,
               eg_fuse_fault_text(fault.kind));
}

static bool covers(const struct eg_fuse_lock *lock, uint32_t word)
{
    return word >= lock->range.first && word <= lock->range.last;
}

/* Words of the range that objects of their own burn: boot key hash, decryption key. 0: the object
 * is in the set or the lock has nothing to do with one; else the id that is missing. */
static uint32_t missing_key_object(const struct eg_brick_set *set, const struct eg_fuse_lock *lock,
                                   bool *out_key_range)
{
    const struct eg_family *f = set->family;
    bool decrypt = covers(lock, f->fuse_decrypt_key);
    bool hash = f->ifr_size == 0 && covers(lock, f->fuse_boot_key_hash);

    *out_key_range = decrypt || hash;
    if (hash && find(set, EG_OBJECT_ID_AUTH_KEY_HASH) == NULL) {
        return EG_OBJECT_ID_AUTH_KEY_HASH;
    }
    return decrypt && find(set, EG_OBJECT_ID_DECRYPT_KEY) == NULL ? EG_OBJECT_ID_DECRYPT_KEY : 0;
}

static eg_status lock_of_keys(const struct eg_brick_set *set, const struct eg_fuse_lock *lock,
                              uint32_t missing, struct eg_brick_finding *out)
{
    if (missing == 0 || !set->whole) {
        return EG_OK;
    }
    return say(
        out, EG_ERR(OBJECT_FUSE_LOCK),
        "Fuse word %u locks words %u to %u, which object id 0x%08X burns, and that object is "
        "not in the set: the words would stay blank for ever. Assign the object, or leave "
        "out the lock bits 0x%X.",
        (unsigned)lock->bits.word, (unsigned)lock->range.first, (unsigned)lock->range.last,
        (unsigned)missing, (unsigned)lock->bits.mask);
}

/* Every word that the configuration burns in the range comes before the lock, and there is one. */
static eg_status lock_of_values(const struct fuses *fuses, const struct eg_fuse_lock *lock,
                                struct eg_brick_finding *out)
{
    bool any = false;

    for (uint32_t w = lock->range.first; w <= lock->range.last; w++) {
        any = any || fuses->entry[w] != 0;
        if (fuses->entry[w] > fuses->entry[lock->bits.word]) {
            return say(out, EG_ERR(OBJECT_FUSE_LOCK),
                       "Fuse word %u (entry %u) locks words %u to %u before word %u (entry %u) is "
                       "burned, which could then never be done. Put the lock behind it.",
                       (unsigned)lock->bits.word, (unsigned)fuses->entry[lock->bits.word],
                       (unsigned)lock->range.first, (unsigned)lock->range.last, (unsigned)w,
                       (unsigned)fuses->entry[w]);
        }
    }
    if (any) {
        return EG_OK;
    }
    return say(out, EG_ERR(OBJECT_FUSE_LOCK),
               "Fuse word %u locks words %u to %u, and no entry burns any of them: they would stay "
               "blank for ever. Burn them in entries before the lock, or leave out its bits 0x%X.",
               (unsigned)lock->bits.word, (unsigned)lock->range.first, (unsigned)lock->range.last,
               (unsigned)lock->bits.mask);
}

static eg_status check_lock(const struct eg_brick_set *set, const struct fuses *fuses,
                            const struct eg_fuse_lock *lock, struct eg_brick_finding *out)
{
    bool key_range;
    uint32_t missing;

    if ((fuses->value[lock->bits.word] & lock->bits.mask) != lock->bits.mask) {
        return EG_OK;
    }
    if (covers(lock, set->family->fuse_life_cycle)) {
        return say(out, EG_ERR(OBJECT_FUSE_LOCK),
                   "Fuse word %u locks word %u, the life cycle, before the firmware has burned it: "
                   "the part would stay open for ever. Leave out the lock bits 0x%X.",
                   (unsigned)lock->bits.word, (unsigned)set->family->fuse_life_cycle,
                   (unsigned)lock->bits.mask);
    }
    missing = missing_key_object(set, lock, &key_range);
    return key_range ? lock_of_keys(set, lock, missing, out) : lock_of_values(fuses, lock, out);
}

static eg_status locks_come_last(const struct eg_brick_set *set, struct eg_brick_finding *out)
{
    const struct eg_brick_object *o = find(set, EG_OBJECT_ID_FUSE_CONFIG);
    struct fuses fuses;

    if (o == NULL) {
        return EG_OK;
    }
    read_fuses(o->value, &fuses);
    for (uint32_t i = 0; i < set->family->lock_count; i++) {
        EG_TRY(check_lock(set, &fuses, &set->family->locks[i], out));
    }
    return EG_OK;
}

static eg_status debug_is_closed(const struct eg_brick_set *set, struct eg_brick_finding *out)
{
    const struct eg_brick_object *o = find(set, EG_OBJECT_ID_FUSE_CONFIG);
    struct fuses fuses;

    if (o == NULL && !set->whole) {
        return EG_OK;
    }
    read_fuses(o != NULL ? o->value : eg_span(NULL, 0), &fuses);
    for (uint32_t i = 0; i < set->family->debug_off_count; i++) {
        const struct eg_fuse_bits *b = &set->family->debug_off[i];

        if ((fuses.value[b->word] & b->mask) != b->mask) {
            return say(out, EG_ERR(OBJECT_DEBUG_OPEN),
                       "A LOCKED part takes no more fuses, and fuse word %u does not get the bits "
                       "0x%08X that close the debug port of %s. Set them in the fuse configuration "
                       "(object id 0x%08X).",
                       (unsigned)b->word, (unsigned)b->mask, set->family->name,
                       (unsigned)EG_OBJECT_ID_FUSE_CONFIG);
        }
    }
    return EG_OK;
}

/* ---- the rules ------------------------------------------------------------------------------- */

/* In this order; later rules may rely on earlier ones. `from`: the life cycle from which on it
 * holds. */
static const struct {
    const char *name;
    enum eg_life_cycle from;
    bool whole_only;
    eg_status (*check)(const struct eg_brick_set *set, struct eg_brick_finding *out);
} rules[] = {
    {"hash-is-one", EG_LC_OPEN, false, hash_is_one},
    {"fuses-are-seen", EG_LC_OPEN, false, fuses_are_seen},
    {"fuses-are-allowed", EG_LC_OPEN, false, fuses_are_allowed},
    {"locks-come-last", EG_LC_OPEN, false, locks_come_last},
    {"decrypt-has-hash", EG_LC_OPEN, true, decrypt_has_hash},
    {"closed-has-hash", EG_LC_CLOSED, true, closed_has_hash},
    {"hash-has-evidence", EG_LC_CLOSED, false, hash_has_evidence},
    {"debug-is-closed", EG_LC_LOCKED, false, debug_is_closed},
};

eg_status eg_brick_check(const struct eg_brick_set *set, struct eg_brick_finding *out)
{
    *out = (struct eg_brick_finding){.rule = ""};
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (set->life_cycle < rules[i].from || (rules[i].whole_only && !set->whole)) {
            continue;
        }
        eg_status st = rules[i].check(set, out);
        if (!eg_ok(st)) {
            out->rule = rules[i].name;
            return st;
        }
    }
    return EG_OK;
}

bool eg_brick_may_be_cured(eg_status st)
{
    return eg_is(st, EG_E_OBJECT_SET_INCOMPLETE) || eg_is(st, EG_E_OBJECT_DECRYPT_ALONE) ||
           eg_is(st, EG_E_OBJECT_DEBUG_OPEN) || eg_is(st, EG_E_OBJECT_FUSE_LOCK);
}
