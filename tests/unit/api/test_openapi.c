/* SPDX-License-Identifier: Apache-2.0 */
/* The table of routes and the OpenAPI document tell of the same calls. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "server/api/handlers.h"
#include "tests/unit/unit.h"

static json_t *document;

static int load(void **state)
{
    struct eg_api_call a = {0};
    (void)state;
    assert_true(eg_ok(eg_api_openapi(&a)));
    document = json_loadb((const char *)a.text.ptr, a.text.len, 0, NULL);
    assert_non_null(document);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(document);
    return 0;
}

/** "/a/{name}/b" to "/a/{}/b". */
static void without_names(const char *path, char *out)
{
    bool inside = false;
    for (; *path != '\0'; path++) {
        inside = inside && *path != '}';
        if (!inside) {
            *out++ = *path;
        }
        inside = inside || *path == '{';
    }
    *out = '\0';
}

static bool same(const struct eg_route *r, const char *path, const char *method)
{
    char pattern[EG_HTTP_TARGET_LEN], wanted[EG_HTTP_TARGET_LEN], upper[16] = "";
    without_names(path, pattern);
    without_names(r->pattern, wanted);
    for (size_t i = 0; method[i] != '\0' && i + 1 < sizeof(upper); i++) {
        upper[i] = (char)toupper((unsigned char)method[i]);
    }
    return strcmp(wanted, pattern) == 0 && strcmp(r->method, upper) == 0;
}

static bool described(const struct eg_route *r)
{
    const char *path, *method;
    json_t *methods, *operation;
    json_object_foreach(json_object_get(document, "paths"), path, methods)
    {
        json_object_foreach(methods, method, operation)
        {
            if (same(r, path, method)) {
                return true;
            }
        }
    }
    return false;
}

static void every_route_is_described(void **state)
{
    (void)state;
    for (size_t i = 0; i < eg_api_route_count; i++) {
        if (!described(&eg_api_routes[i])) {
            fail_msg("%s %s is not in server/api/openapi/routes.json", eg_api_routes[i].method,
                     eg_api_routes[i].pattern);
        }
    }
}

static void every_description_has_a_route(void **state)
{
    const char *path, *method;
    json_t *methods, *operation;
    (void)state;
    json_object_foreach(json_object_get(document, "paths"), path, methods)
    {
        json_object_foreach(methods, method, operation)
        {
            bool found = false;
            for (size_t i = 0; i < eg_api_route_count; i++) {
                found = found || same(&eg_api_routes[i], path, method);
            }
            if (!found) {
                fail_msg("%s %s is described, but there is no such route", method, path);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_described),
        cmocka_unit_test(every_description_has_a_route),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
