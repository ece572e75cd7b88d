/* SPDX-License-Identifier: Apache-2.0 */
/* Input: method, space, path, as on a request line. */
#include <stdlib.h>
#include <string.h>

#include "server/api/route.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eg_route_match m;
    char *line = malloc(size + 1);
    if (line == NULL) {
        return 0;
    }
    memcpy(line, data, size);
    line[size] = '\0';
    char *path = strchr(line, ' ');
    if (path != NULL) {
        *path++ = '\0';
        eg_route_find(eg_api_routes, eg_api_route_count, line, path, &m);
        for (size_t i = 0; m.route != NULL && i < EG_ROUTE_PARAMETERS_MAX; i++) {
            const char *p = (const char *)m.params[i].ptr;
            if (p != NULL && (p < path || p + m.params[i].len > path + strlen(path))) {
                abort(); /* a parameter lies outside the path */
            }
        }
    }
    free(line);
    return 0;
}
