/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/os/family_file.h"

#include <stdlib.h>
#include <string.h>

#include "lib/os/family_keys.h"
#include "lib/os/file.h"
#include "lib/os/ini_text.h"

static void key_of(size_t i, const char **out_section, const char **out_name)
{
    size_t count;
    const struct eg_family_key *key = &eg_family_keys(&count)[i];

    *out_section = key->section;
    *out_name = key->name;
}

static bool set(void *record, size_t i, const char *value)
{
    size_t count;
    const struct eg_family_key *key = &eg_family_keys(&count)[i];

    return key->set(record, key, value);
}

static const char *name_of(const void *record)
{
    const struct eg_family *f = record;

    return f->name;
}

static const char *contradiction(const void *record)
{
    return eg_family_contradiction(record);
}

eg_status eg_family_parse(struct eg_span text, const char *file, struct eg_family *out, char *why,
                          size_t why_room)
{
    struct eg_ini_form form = {0, key_of, set, name_of, contradiction};

    (void)eg_family_keys(&form.count);
    memset(out, 0, sizeof(*out));
    if (!eg_ini_read(text, file, &form, out, why, why_room)) {
        memset(out, 0, sizeof(*out));
        return EG_ERR(FAMILY_INVALID);
    }
    return EG_OK;
}

eg_status eg_families_dir(const char *given, char *out, size_t room)
{
    char beside[EG_PATH_MAX];
    const char *env = getenv("ENGRAVE_FAMILIES");

    if (given == NULL && env != NULL && env[0] != '\0') {
        given = env;
    }
    if (given == NULL) {
        EG_TRY(eg_path_of_program(beside, sizeof(beside)));
        EG_TRY(eg_path_join(beside, "../share/engrave/families", out, room));
    } else {
        EG_TRY(eg_path_join(given, "", out, room));
        out[strlen(out) - 1] = '\0'; /* eg_path_join() put a slash behind */
    }
    return eg_file_exists(out) ? EG_OK : EG_ERR(FAMILY_UNREADABLE);
}

static eg_status take_file(void *ctx, struct eg_span text, const char *path, char *why,
                           size_t why_room)
{
    struct eg_families *all = ctx;

    if (all->count == EG_FAMILY_COUNT_MAX) {
        return EG_ERR(FAMILY_INVALID);
    }
    EG_TRY(eg_family_parse(text, path, &all->list[all->count], why, why_room));
    all->count++;
    return EG_OK;
}

eg_status eg_families_load(const char *dir, struct eg_families *out, char *why, size_t why_room)
{
    size_t count;
    eg_status st;

    memset(out, 0, sizeof(*out));
    st = eg_ini_folder(dir, take_file, out, &count, why, why_room);
    if (!eg_ok(st)) {
        memset(out, 0, sizeof(*out));
        return eg_is(st, EG_E_OS_FILE) && count == 0 ? EG_ERR(FAMILY_UNREADABLE) : st;
    }
    return count == 0 ? EG_ERR(FAMILY_UNREADABLE) : EG_OK;
}

const struct eg_family *eg_families_find(const struct eg_families *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->list[i].name, name) == 0) {
            return &all->list[i];
        }
    }
    return NULL;
}

const struct eg_family *eg_families_find_el2go(const struct eg_families *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->list[i].el2go_name, name) == 0) {
            return &all->list[i];
        }
    }
    return NULL;
}
