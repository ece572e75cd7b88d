/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/core/store.h"
#include "lib/wire/session/session_datastore.h"

static struct eg_agent_text text_of(struct eg_span s)
{
    return (struct eg_agent_text){(const char *)s.ptr, s.len};
}

static struct eg_agent_bytes bytes_of(struct eg_span s)
{
    return (struct eg_agent_bytes){s.ptr, s.len};
}

static struct eg_agent_ref ref_of(struct eg_object_ref r)
{
    return (struct eg_agent_ref){r.type, r.endpoint_id, r.object_id};
}

static void to_public(const struct eg_service *s, struct eg_agent_service *out)
{
    *out = (struct eg_agent_service){
        .id = s->id,
        .type = s->type,
        .protocol = s->protocol,
        .port = s->port,
        .timeout_ms = s->timeout_ms,
        .hostname = text_of(s->hostname),
        .client_id = text_of(s->client_id),
        .username = text_of(s->username),
        .password = text_of(s->password),
        .metadata_json = text_of(s->metadata_json),
        .azure_id_scope = text_of(s->azure_id_scope),
        .azure_registration_id = text_of(s->azure_registration_id),
        .azure_endpoint = text_of(s->azure_endpoint),
        .client_certificate = bytes_of(s->client_certificate),
        .server_certificate = bytes_of(s->server_certificate),
        .client_certificate_ref = ref_of(s->client_certificate_ref),
        .server_certificate_ref = ref_of(s->server_certificate_ref),
        .client_key_ref = ref_of(s->client_key_ref),
    };
}

/* Step over the descriptors of one store; found when *left gets to the end of its count. */
static eg_agent_result search(struct eg_agent *agent, struct eg_agent_store_slot *store,
                              size_t *left, uint8_t *room, size_t room_size, struct eg_service *out,
                              bool *found)
{
    struct eg_container_iter it;
    struct eg_span container;
    uint32_t count;
    AGENT_TRY(store_scan(agent, store));
    uint8_t slot = store_newest(store);
    if (slot == STORE_NONE) {
        return EG_AGENT_OK;
    }
    AGENT_TRY(store_load(store, slot, room, room_size, &container));
    if (!eg_ok(eg_container_read(container, &it, &count))) {
        return EG_AGENT_STORE;
    }
    while (!*found && eg_container_next(&it, out)) {
        *found = *left == 0;
        *left -= *found ? 0 : 1;
    }
    return EG_AGENT_OK;
}

eg_agent_result eg_agent_service(struct eg_agent *agent, size_t index, uint8_t *room,
                                 size_t room_size, struct eg_agent_service *out)
{
    struct eg_service service;
    bool found = false;
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < agent->store_count && !found; i++) {
        if (agent->stores[i].id != EG_AGENT_CONNECTION) {
            AGENT_TRY(search(agent, &agent->stores[i], &index, room, room_size, &service, &found));
        }
    }
    if (!found) {
        return EG_AGENT_NOT_FOUND;
    }
    to_public(&service, out);
    return EG_AGENT_OK;
}
