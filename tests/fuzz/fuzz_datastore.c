/* SPDX-License-Identifier: Apache-2.0 */
/* The container of a datastore: what is read can be written again, and then reads the same. */
#include <stdlib.h>
#include <string.h>

#include "lib/wire/session/session_datastore.h"
#include "tests/fuzz/fuzz.h"

static void check(bool good)
{
    if (!good) {
        abort();
    }
}

/* A reference without type and object is as good as none, and not written. */
static bool same_ref(struct eg_object_ref a, struct eg_object_ref b)
{
    if (a.type == 0 && a.object_id == 0) {
        a.endpoint_id = 0;
    }
    return a.type == b.type && a.endpoint_id == b.endpoint_id && a.object_id == b.object_id;
}

static void check_same(const struct eg_service *a, const struct eg_service *b)
{
    check(a->id == b->id && a->typeless == b->typeless && a->type == b->type);
    check(a->protocol == b->protocol && a->port == b->port && a->timeout_ms == b->timeout_ms);
    check(eg_span_equal(a->hostname, b->hostname));
    check(eg_span_equal(a->client_id, b->client_id));
    check(eg_span_equal(a->username, b->username));
    check(eg_span_equal(a->password, b->password));
    check(eg_span_equal(a->metadata_json, b->metadata_json));
    check(eg_span_equal(a->azure_id_scope, b->azure_id_scope));
    check(eg_span_equal(a->azure_registration_id, b->azure_registration_id));
    check(eg_span_equal(a->azure_endpoint, b->azure_endpoint));
    check(eg_span_equal(a->client_certificate, b->client_certificate));
    check(eg_span_equal(a->server_certificate, b->server_certificate));
    check(same_ref(a->client_certificate_ref, b->client_certificate_ref));
    check(same_ref(a->server_certificate_ref, b->server_certificate_ref));
    check(same_ref(a->client_key_ref, b->client_key_ref));
}

static void write_and_read(const struct eg_service *service)
{
    static uint8_t room[2 * EG_CONTAINER_MAX];
    struct eg_container_iter it;
    struct eg_service again;
    struct eg_writer w;
    uint32_t count;
    eg_writer_init(&w, room, sizeof(room));
    eg_container_begin(&w);
    eg_container_put(&w, service);
    eg_container_end(&w, 1);
    if (!eg_ok(w.status)) {
        return; /* longer than a container may be */
    }
    check(eg_ok(eg_container_read(eg_writer_span(&w), &it, &count)) && count == 1);
    check(eg_container_next(&it, &again));
    check_same(service, &again);
    check(!eg_container_next(&it, &again) && eg_ok(it.status));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eg_container_iter it;
    struct eg_service service;
    uint32_t count;
    uint32_t seen = 0;
    struct eg_span all = eg_span(data, size);
    if (!eg_ok(eg_container_read(all, &it, &count))) {
        check(eg_container_length(all) == 0 || eg_container_length(all) > size);
        return 0;
    }
    while (eg_container_next(&it, &service)) {
        write_and_read(&service);
        seen++;
    }
    check(eg_ok(it.status) == (seen == count && it.rest.len == 0));
    return 0;
}
