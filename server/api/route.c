/* SPDX-License-Identifier: Apache-2.0 */
#include "server/api/route.h"

#include <stdio.h>
#include <string.h>

/** Does the path fit the pattern? Fills params. */
static bool fits(const char *pattern, const char *path,
                 struct eg_span params[EG_ROUTE_PARAMETERS_MAX])
{
    size_t n = 0;
    while (*pattern != '\0') {
        if (pattern[0] == '{') {
            bool rest = pattern[1] == '*';
            size_t len = rest ? strlen(path) : strcspn(path, "/");
            if (len == 0 || n == EG_ROUTE_PARAMETERS_MAX) {
                return false;
            }
            params[n++] = eg_span(path, len);
            path += len;
            pattern += rest ? 3 : 2;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

static void add_method(char allow[static EG_ROUTE_ALLOW_LEN], const char *method)
{
    size_t len = strlen(allow);
    snprintf(allow + len, EG_ROUTE_ALLOW_LEN - len, "%s%s", len > 0 ? ", " : "", method);
}

void eg_route_find(const struct eg_route *table, size_t count, const char *method, const char *path,
                   struct eg_route_match *out)
{
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < count; i++) {
        struct eg_span params[EG_ROUTE_PARAMETERS_MAX] = {{NULL, 0}};
        if (!fits(table[i].pattern, path, params)) {
            continue;
        }
        if (strcmp(table[i].method, method) == 0) {
            out->route = &table[i];
            memcpy(out->params, params, sizeof(params));
            return;
        }
        add_method(out->allow, table[i].method);
    }
}
