/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/cli/station.h"

static const char vchip[] = "vchip:";
static const char suffix[] = ".tty";

/* Takes text. */
static eg_status add(struct eg_targets *t, char *text)
{
    if (text == NULL || t->count == EG_STATION_TARGETS_MAX) {
        free(text);
        return text == NULL ? EG_ERR(NO_MEMORY) : EG_ERR(HOST_TARGET);
    }
    char **longer = realloc(t->list, (t->count + 1) * sizeof longer[0]);
    if (longer == NULL) {
        free(text);
        return EG_ERR(NO_MEMORY);
    }
    t->list = longer;
    t->list[t->count++] = text;
    return EG_OK;
}

static int is_line(const struct dirent *e)
{
    size_t len = strlen(e->d_name);
    return len > sizeof suffix - 1 && strcmp(e->d_name + len - (sizeof suffix - 1), suffix) == 0;
}

/* All chips of a run folder, sorted. */
static eg_status add_folder(struct eg_targets *t, const char *folder)
{
    struct dirent **names = NULL;
    int n = scandir(folder, &names, is_line, alphasort);
    eg_status st = n > 0 ? EG_OK : EG_ERR(HOST_TARGET);

    for (int i = 0; i < n; i++) {
        char *text = NULL;
        int stem = (int)(strlen(names[i]->d_name) - (sizeof suffix - 1));
        if (eg_ok(st)) {
            if (asprintf(&text, "%s%s/%.*s", vchip, folder, stem, names[i]->d_name) < 0) {
                text = NULL;
            }
            st = add(t, text);
        }
        free(names[i]);
    }
    free(names);
    return st;
}

static bool is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

eg_status eg_targets_expand(char **given, size_t count, struct eg_targets *out)
{
    eg_status st = EG_OK;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < count && eg_ok(st); i++) {
        const char *path =
            strncmp(given[i], vchip, sizeof vchip - 1) == 0 ? given[i] + sizeof vchip - 1 : NULL;
        st = path != NULL && is_folder(path) ? add_folder(out, path) : add(out, strdup(given[i]));
    }
    if (!eg_ok(st)) {
        eg_targets_cleanup(out);
    }
    return st;
}

void eg_targets_cleanup(struct eg_targets *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free(t->list[i]);
    }
    free(t->list);
    memset(t, 0, sizeof *t);
}
