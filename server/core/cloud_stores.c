/* SPDX-License-Identifier: Apache-2.0 */
/* Contents of a device's two datastores. */
#include <string.h>

#include "lib/wire/session/session_datastore.h"
#include "server/core/cloud_internal.h"

enum {
    STORE_FILES = 50, /* EndpointType of datastores */
    STORE_MEMORY = 51,
    EMPTY_MAX = 64, /* bytes of a container without descriptors */
    CONNECTION_STORE = 0x70000000,
};

/** Does the device have a datastore for the customer's services? */
static bool has_store(const struct eg_cloud_session *s)
{
    const struct eg_cloud_facts *f = s->saw_hello ? &s->facts : &s->known;
    for (size_t i = 0; i < f->endpoint_count; i++) {
        const struct eg_cloud_endpoint *e = &f->endpoints[i];
        bool store = e->type == STORE_FILES || e->type == STORE_MEMORY;
        if (store && e->id != CONNECTION_STORE) {
            return true;
        }
    }
    return false;
}

/** Agents take a store without a valid container for a failure: it gets an empty one. */
eg_status eg_cloud_services(struct eg_cloud_wanting *w, const uint8_t stored_hash[static 32],
                            struct eg_cloud_container *out)
{
    struct eg_writer c;
    uint8_t *place = eg_arena_alloc(w->call->arena, EMPTY_MAX);
    *out = (struct eg_cloud_container){.write = false};
    if (place == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    if (!has_store(w->session)) {
        return EG_OK;
    }
    eg_writer_init(&c, place, EMPTY_MAX);
    eg_container_begin(&c);
    eg_container_end(&c, 0);
    EG_TRY(c.status);
    EG_TRY(eg_core_sha256(w->call->core, eg_container_hashed(eg_writer_span(&c)), place));
    EG_TRY(eg_core_sha256(w->call->core, eg_writer_span(&c), out->hash));
    out->bytes = eg_writer_span(&c);
    out->write = memcmp(out->hash, stored_hash, sizeof(out->hash)) != 0;
    return EG_OK;
}

/** The device found its way here: nothing to tell it. */
eg_status eg_cloud_connection(struct eg_cloud_wanting *w, const uint8_t stored_hash[static 32],
                              struct eg_cloud_container *out)
{
    (void)w;
    (void)stored_hash;
    *out = (struct eg_cloud_container){.write = false};
    return EG_OK;
}
