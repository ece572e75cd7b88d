/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/profile_keys.h"

#include <string.h>

#include "lib/base/text.h"
#include "server/core/cert_profile.h"
#include "server/core/object_names.h"

struct key {
    const char *section, *name;
    size_t offset; /* of the member in struct eg_cert_profile */
    size_t limit;  /* texts: room with NUL; numbers: highest value */
    bool (*set)(void *member, const struct key *key, const char *value);
};

enum { PATH_LEN_MAX = 8 };

static bool printable(const char *value, char lowest)
{
    for (; *value != '\0'; value++) {
        if (*value < lowest || *value > '~') {
            return false;
        }
    }
    return true;
}

static bool set_chars(void *member, const struct key *key, const char *value)
{
    size_t len = strlen(value);

    if (len >= key->limit || !printable(value, '!')) {
        return false;
    }
    memcpy(member, value, len + 1);
    return true;
}

static bool set_title(void *member, const struct key *key, const char *value)
{
    size_t len = strlen(value);

    if (len == 0 || len >= key->limit || !printable(value, ' ')) {
        return false;
    }
    memcpy(member, value, len + 1);
    return true;
}

static bool set_name(void *member, const struct key *key, const char *value)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

    return value[strspn(value, allowed)] == '\0' && set_chars(member, key, value);
}

static bool set_flag(void *member, const struct key *key, const char *value)
{
    bool yes = strcmp(value, "yes") == 0;

    (void)key;
    memcpy(member, &yes, sizeof(yes));
    return yes || strcmp(value, "no") == 0;
}

static bool set_number(void *member, const struct key *key, const char *value)
{
    uint64_t n;
    int number;

    if (!eg_ok(eg_number_parse(eg_span_str(value), key->limit, &n))) {
        return false;
    }
    number = (int)n;
    memcpy(member, &number, sizeof(number));
    return true;
}

static bool set_path_length(void *member, const struct key *key, const char *value)
{
    static const int none = -1;

    if (strcmp(value, "none") != 0) {
        return set_number(member, key, value);
    }
    memcpy(member, &none, sizeof(none));
    return true;
}

/* The place of value in a list of words; count if it is none of them. */
static size_t place(const char *const *words, size_t count, const char *value)
{
    size_t i = 0;

    while (i < count && strcmp(words[i], value) != 0) {
        i++;
    }
    return i;
}

static bool set_level(void *member, const struct key *key, const char *value)
{
    static const char *const words[] = {"device", "intermediate", "root"};
    static const enum eg_profile_level levels[] = {EG_PROFILE_LEAF, EG_PROFILE_INTERMEDIATE,
                                                   EG_PROFILE_ROOT};
    size_t i = place(words, sizeof(words) / sizeof(words[0]), value);

    (void)key;
    if (i == sizeof(words) / sizeof(words[0])) {
        return false;
    }
    memcpy(member, &levels[i], sizeof(levels[i]));
    return true;
}

static bool set_matter(void *member, const struct key *key, const char *value)
{
    static const char *const words[] = {"none", "vendor_optional", "vendor", "vendor_product"};
    static const enum eg_profile_matter kinds[] = {EG_MATTER_NONE, EG_MATTER_OPTIONAL,
                                                   EG_MATTER_VENDOR, EG_MATTER_VENDOR_PRODUCT};
    size_t i = place(words, sizeof(words) / sizeof(words[0]), value);

    (void)key;
    if (i == sizeof(words) / sizeof(words[0])) {
        return false;
    }
    memcpy(member, &kinds[i], sizeof(kinds[i]));
    return true;
}

/* ---- sets of names ---------------------------------------------------------------------------
 */

static uint32_t algorithm_bit(struct eg_span word)
{
    enum eg_key_alg alg = eg_key_alg_from_name(word);

    return alg == EG_KEY_NONE ? 0 : 1u << alg;
}

static uint32_t usage_bit(const struct eg_usage_name *names, size_t count, struct eg_span word)
{
    for (size_t i = 0; i < count; i++) {
        if (eg_span_equal(word, eg_span_str(names[i].name))) {
            return names[i].bit;
        }
    }
    return 0;
}

static uint32_t key_usage_bit(struct eg_span word)
{
    size_t count;
    const struct eg_usage_name *names = eg_key_usage_names(&count);

    return usage_bit(names, count, word);
}

static uint32_t ext_key_usage_bit(struct eg_span word)
{
    size_t count;
    const struct eg_usage_name *names = eg_ext_key_usage_names(&count);

    return usage_bit(names, count, word);
}

/* Words separated by single spaces, none twice; maybe none at all. */
static bool collect(const char *list, uint32_t (*bit_of)(struct eg_span word), void *member)
{
    uint32_t all = 0;

    while (*list != '\0') {
        size_t len = strcspn(list, " ");
        uint32_t bit = bit_of(eg_span(list, len));

        if (bit == 0 || (all & bit) != 0) {
            return false;
        }
        all |= bit;
        list += len;
        list += *list == ' ' ? 1 : 0;
    }
    memcpy(member, &all, sizeof(all));
    return true;
}

static bool set_algorithms(void *member, const struct key *key, const char *value)
{
    (void)key;
    return value[0] != '\0' && collect(value, algorithm_bit, member);
}

static bool set_key_usages(void *member, const struct key *key, const char *value)
{
    (void)key;
    return collect(value, key_usage_bit, member);
}

static bool set_ext_key_usages(void *member, const struct key *key, const char *value)
{
    (void)key;
    return collect(value, ext_key_usage_bit, member);
}

/* ---- the table -------------------------------------------------------------------------------
 */

#define KEY(section, name, member, limit, set)                                                     \
    {                                                                                              \
        section, name, offsetof(struct eg_cert_profile, member), limit, set                        \
    }

static const struct key keys[] = {
    KEY("profile", "name", name, EG_PROFILE_NAME_ROOM, set_name),
    KEY("profile", "title", title, EG_PROFILE_TITLE_ROOM, set_title),
    KEY("profile", "level", level, 0, set_level),
    KEY("profile", "issuer_profile", issuer, EG_PROFILE_NAME_ROOM, set_name),
    KEY("profile", "without_end", no_end, 0, set_flag),
    KEY("profile", "crl_point", crl_point, 0, set_flag),
    KEY("algorithms", "own", key_algs, 0, set_algorithms),
    KEY("algorithms", "issuer", issuer_algs, 0, set_algorithms),
    KEY("subject", "matter", matter, 0, set_matter),
    KEY("subject", "common_name_chars", cn_chars, EG_PROFILE_CHARS_ROOM, set_chars),
    KEY("subject", "common_name_max", cn_max, EG_X509_TEXT_MAX, set_number),
    KEY("subject", "serial_number", serial_number, 0, set_flag),
    KEY("usages", "key", key_usage, 0, set_key_usages),
    KEY("usages", "key_allowed", key_usage_allowed, 0, set_key_usages),
    KEY("usages", "extended", ext_key_usage, 0, set_ext_key_usages),
    KEY("usages", "extended_allowed", ext_key_usage_allowed, 0, set_ext_key_usages),
    KEY("usages", "extended_needed", ext_key_usage_needed, 0, set_ext_key_usages),
    KEY("ca", "path_length", path_len, PATH_LEN_MAX, set_path_length),
};
enum { KEY_COUNT = sizeof(keys) / sizeof(keys[0]) };

static void key_of(size_t i, const char **out_section, const char **out_name)
{
    *out_section = keys[i].section;
    *out_name = keys[i].name;
}

static bool set(void *record, size_t i, const char *value)
{
    return keys[i].set((uint8_t *)record + keys[i].offset, &keys[i], value);
}

static const char *name_of(const void *record)
{
    const struct eg_cert_profile *p = record;

    return p->name;
}

/* ---- rules -----------------------------------------------------------------------------------
 */

static const char *device_contradiction(const struct eg_cert_profile *p)
{
    uint32_t ext = p->ext_key_usage;

    if (p->cn_max < EG_UUID_HEX_LEN) {
        return "common_name_max must leave room for the UUID: 32 to 64";
    }
    if (p->cn_chars[0] != '\0' &&
        strspn("0123456789abcdef", p->cn_chars) != sizeof("0123456789abcdef") - 1) {
        return "common_name_chars must have the digits of the UUID, 0-9 and a-f";
    }
    if (p->key_usage == 0 || (p->key_usage & ~p->key_usage_allowed) != 0) {
        return "key must name usages, and only such as key_allowed has";
    }
    if (((ext | p->ext_key_usage_needed) & ~p->ext_key_usage_allowed) != 0) {
        return "extended and extended_needed must be in extended_allowed";
    }
    if (ext != 0 && (ext & p->ext_key_usage_needed) != p->ext_key_usage_needed) {
        return "extended must have what is in extended_needed";
    }
    return p->no_end || p->path_len != 0 ? "without_end = yes and path_length are for CAs" : NULL;
}

static const char *ca_contradiction(const struct eg_cert_profile *p)
{
    if ((p->key_usage | p->key_usage_allowed | p->ext_key_usage | p->ext_key_usage_allowed |
         p->ext_key_usage_needed) != 0) {
        return "usages are for devices; those of CAs are fixed";
    }
    if (p->cn_chars[0] != '\0' || p->cn_max != EG_X509_TEXT_MAX || p->serial_number) {
        return "of a CA's subject only matter can be said; common_name_max is 64";
    }
    return p->level == EG_PROFILE_ROOT && p->issuer[0] != '\0' ? "a root has no issuer_profile"
                                                               : NULL;
}

static const char *contradiction(const void *record)
{
    const struct eg_cert_profile *p = record;

    if (p->name[0] == '\0') {
        return "the profile must have a name";
    }
    return p->level == EG_PROFILE_LEAF ? device_contradiction(p) : ca_contradiction(p);
}

const struct eg_ini_form eg_profile_form = {KEY_COUNT, key_of, set, name_of, contradiction};
