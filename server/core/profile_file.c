/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/profile_file.h"

#include <stdio.h>
#include <string.h>

#include "lib/os/file.h"
#include "server/core/profile_keys.h"

eg_status eg_profile_parse(struct eg_span text, const char *file, struct eg_cert_profile *out,
                           char *why, size_t why_room)
{
    memset(out, 0, sizeof(*out));
    if (!eg_ini_read(text, file, &eg_profile_form, out, why, why_room)) {
        memset(out, 0, sizeof(*out));
        return EG_ERR(PROFILE_INVALID);
    }
    return EG_OK;
}

eg_status eg_profiles_dir(const char *given, const char *families_dir, char *out, size_t room)
{
    char program[EG_PATH_MAX];

    if (given != NULL) {
        size_t len = strlen(given);
        if (len >= room) {
            return EG_ERR(NO_ROOM);
        }
        memcpy(out, given, len + 1);
        return eg_file_exists(out) ? EG_OK : EG_ERR(PROFILES_UNREADABLE);
    }
    EG_TRY(eg_path_join(families_dir, "../profiles", out, room));
    if (eg_file_exists(out)) {
        return EG_OK;
    }
    EG_TRY(eg_path_of_program(program, sizeof(program)));
    EG_TRY(eg_path_join(program, "../share/engrave/profiles", out, room));
    return eg_file_exists(out) ? EG_OK : EG_ERR(PROFILES_UNREADABLE);
}

static eg_status take_file(void *ctx, struct eg_span text, const char *path, char *why,
                           size_t why_room)
{
    struct eg_cert_profiles *all = ctx;

    if (all->count == EG_PROFILE_COUNT_MAX) {
        if (why != NULL && why_room > 0) {
            (void)snprintf(why, why_room, "%s: a folder has at most %d profiles", path,
                           EG_PROFILE_COUNT_MAX);
        }
        return EG_ERR(PROFILE_INVALID);
    }
    EG_TRY(eg_profile_parse(text, path, &all->list[all->count], why, why_room));
    all->count++;
    return EG_OK;
}

/* Issuers are CAs of the same folder, and not below what they issue. */
static eg_status check_issuers(const char *dir, const struct eg_cert_profiles *all, char *why,
                               size_t why_room)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct eg_cert_profile *p = &all->list[i];
        const struct eg_cert_profile *above = eg_profiles_find(all, p->issuer);

        if (p->issuer[0] == '\0' || (above != NULL && above->level != EG_PROFILE_LEAF)) {
            continue;
        }
        if (why != NULL && why_room > 0) {
            (void)snprintf(why, why_room,
                           "%s/%s.ini: no profile of a CA is called: [profile] issuer_profile", dir,
                           p->name);
        }
        return EG_ERR(PROFILE_INVALID);
    }
    return EG_OK;
}

eg_status eg_profiles_load(const char *dir, struct eg_cert_profiles *out, char *why,
                           size_t why_room)
{
    size_t count;
    eg_status st;

    memset(out, 0, sizeof(*out));
    st = eg_ini_folder(dir, take_file, out, &count, why, why_room);
    if (count == 0) {
        return EG_ERR(PROFILES_UNREADABLE);
    }
    st = eg_ok(st) ? check_issuers(dir, out, why, why_room) : st;
    if (!eg_ok(st)) {
        memset(out, 0, sizeof(*out));
    }
    return st;
}

const struct eg_cert_profile *eg_profiles_find(const struct eg_cert_profiles *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->list[i].name, name) == 0) {
            return &all->list[i];
        }
    }
    return NULL;
}
