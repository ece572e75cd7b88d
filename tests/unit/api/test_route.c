/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "server/api/route.h"
#include "server/main/limits.h"
#include "tests/unit/unit.h"

static struct eg_route_match find(const char *method, const char *path)
{
    struct eg_route_match m;
    eg_route_find(eg_api_routes, eg_api_route_count, method, path, &m);
    return m;
}

/* What answers without an API key, by name: health, and what relying parties fetch: certificates of
 * CAs, revocation lists, OCSP. */
static const char *const public_patterns[] = {
    "/healthz", "/api/v1/ca/{}", "/api/v1/crl/{}", "/api/v1/crl/{}/{}", "/ocsp/{}", "/ocsp/{}/{*}"};

static bool is_meant_to_be_public(const char *pattern)
{
    for (size_t i = 0; i < sizeof(public_patterns) / sizeof(public_patterns[0]); i++) {
        if (strcmp(pattern, public_patterns[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void every_row_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < eg_api_route_count; i++) {
        const struct eg_route *r = &eg_api_routes[i];
        assert_true(r->pattern[0] == '/' && r->pattern[strlen(r->pattern) - 1] != '/');
        assert_true(r->role >= EG_ROLE_PUBLIC && r->role <= EG_ROLE_ADMIN);
        assert_true(r->body_max > 0 && r->handler != NULL);
        assert_true(r->body != EG_BODY_IGNORED || r->body_max == EG_LIMIT_BODY_NONE);
        assert_int_equal(r->role == EG_ROLE_PUBLIC, is_meant_to_be_public(r->pattern));
    }
}

static void every_row_is_reachable(void **state)
{
    (void)state;
    for (size_t i = 0; i < eg_api_route_count; i++) {
        const struct eg_route *r = &eg_api_routes[i];
        char path[256];
        size_t n = 0;
        for (const char *p = r->pattern; *p != '\0'; p++) {
            if (*p == '{') {
                path[n++] = '7';
                p++;
            } else {
                path[n++] = *p;
            }
        }
        path[n] = '\0';
        assert_ptr_equal(find(r->method, path).route, r);
    }
}

static void parameters_are_handed_over(void **state)
{
    (void)state;
    struct eg_route_match m =
        find("POST", "/api/v1/products/935000000012/device-groups/49/devices/88/report");
    assert_non_null(m.route);
    assert_true(eg_span_equal(m.params[0], eg_span_str("935000000012")));
    assert_true(eg_span_equal(m.params[1], eg_span_str("49")));
    assert_true(eg_span_equal(m.params[2], eg_span_str("88")));
    assert_int_equal(m.params[3].len, 0);
}

static void wrong_methods_and_paths(void **state)
{
    (void)state;
    struct eg_route_match m = find("DELETE", "/api/v1/products");
    assert_null(m.route);
    assert_string_equal(m.allow, "POST, GET");
    static const char *const unknown[] = {"",
                                          "/",
                                          "/api",
                                          "/api/v1/products/",
                                          "/api/v1/products/1/device-groups/",
                                          "/api/v1/products//device-groups",
                                          "/api/v1/products/1/device-groups/2/devices/3/reports"};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        m = find("GET", unknown[i]);
        assert_null(m.route);
        assert_string_equal(m.allow, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_complete),
        cmocka_unit_test(every_row_is_reachable),
        cmocka_unit_test(parameters_are_handed_over),
        cmocka_unit_test(wrong_methods_and_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
