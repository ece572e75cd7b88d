/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/core/store.h"
#include "lib/wire/session/session_datastore.h"

/*
 * What the codec read is the public struct, member by member, under names of its own: to copy the
 * bytes takes a twentieth of the code that seventeen assignments take.
 */
#define SAME(member)                                                                               \
    _Static_assert(offsetof(struct eg_service, member) ==                                          \
                           offsetof(struct eg_agent_service, member) &&                            \
                       sizeof(((struct eg_service *)0)->member) ==                                 \
                           sizeof(((struct eg_agent_service *)0)->member),                         \
                   "eg_agent_service is laid out as eg_service")
SAME(id);
SAME(type);
SAME(protocol);
SAME(port);
SAME(timeout_ms);
SAME(hostname);
SAME(client_id);
SAME(username);
SAME(password);
SAME(metadata_json);
SAME(azure_id_scope);
SAME(azure_registration_id);
SAME(azure_endpoint);
SAME(client_certificate);
SAME(server_certificate);
SAME(client_certificate_ref);
SAME(server_certificate_ref);
SAME(client_key_ref);
#undef SAME

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
    memcpy(out, &service, sizeof(*out));
    return EG_AGENT_OK;
}
