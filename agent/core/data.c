/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/core/dispatch.h"
#include "agent/core/store.h"

static eg_agent_result do_allocate(const struct agent_job *job, struct eg_agent_store_slot *store)
{
    return store_allocate(store, job->req->length);
}

static eg_agent_result do_write(const struct agent_job *job, struct eg_agent_store_slot *store)
{
    return store_write(store, job->req->offset, job->req->data);
}

static eg_agent_result do_commit(const struct agent_job *job, struct eg_agent_store_slot *store)
{
    return store_commit(job->agent, store);
}

/* Operations that answer a status alone, with the fields they cannot do without. */
static const struct {
    uint8_t operation;
    uint16_t need;
    eg_agent_result (*run)(const struct agent_job *job, struct eg_agent_store_slot *store);
} operations[] = {
    {EG_DATASTORE_ALLOCATE, EG_SESSION_NO_LENGTH, do_allocate},
    {EG_DATASTORE_WRITE, EG_SESSION_NO_DATA, do_write}, /* no offset: from the start */
    {EG_DATASTORE_COMMIT, 0, do_commit},
};

/* Past the end: short data or none. More than the answer may hold: an error, not a lost session. */
static eg_agent_result do_read(const struct agent_job *job, const struct eg_agent_store_slot *store,
                               struct eg_span *data)
{
    uint8_t *place = job->w->ptr + job->w->len + EG_SESSION_ANSWER_READ_OBJECT;
    size_t room = agent_room(job, EG_SESSION_ANSWER_READ_OBJECT);
    size_t got = 0;
    uint8_t slot = store_newest(store);
    uint32_t offset = job->req->offset;
    if ((job->req->missing & EG_SESSION_NO_LENGTH) != 0 || offset > INT32_MAX ||
        job->req->length > INT32_MAX) {
        return EG_AGENT_STORE;
    }
    size_t have =
        slot != STORE_NONE && offset < store->length[slot] ? store->length[slot] - offset : 0;
    if (job->req->length > room && have > room) {
        return EG_AGENT_STORE;
    }
    AGENT_TRY(store_read(store, slot, offset, place,
                         job->req->length < room ? job->req->length : room, &got));
    *data = eg_span(place, got);
    return EG_AGENT_OK;
}

static eg_agent_result run(const struct agent_job *job, struct eg_agent_store_slot *store)
{
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (operations[i].operation == job->req->operation) {
            return (job->req->missing & operations[i].need) != 0 ? EG_AGENT_STORE
                                                                 : operations[i].run(job, store);
        }
    }
    return EG_AGENT_STORE;
}

void agent_do_store(const struct agent_job *job, struct eg_agent_store_slot *store)
{
    struct eg_session_response res = {.kind = EG_SESSION_DATASTORE};
    eg_agent_result result = store_scan(job->agent, store);
    if (result == EG_AGENT_OK) {
        result = job->req->operation == EG_DATASTORE_READ ? do_read(job, store, &res.data)
                                                          : run(job, store);
    }
    res.status = result == EG_AGENT_OK ? EG_DATASTORE_STATUS_OK : EG_DATASTORE_STATUS_ERROR;
    if (result != EG_AGENT_OK && job->req->operation != EG_DATASTORE_READ) {
        store->allocated = 0; /* a transaction with a failure in it is not committed */
    }
    eg_session_put_response(job->w, &res);
}
