/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/core/dispatch.h"
#include "lib/wire/session/session_status.h"

/* Ids that a chip keeps for itself; 0 is no id. */
#define CHIP_FIRST 0x7FFF0000u
#define CHIP_LAST  0x7FFFFFFFu

static bool reserved(const struct eg_agent_enclave_slot *e, uint32_t id)
{
    return id == 0 || (id >= CHIP_FIRST && id <= CHIP_LAST) ||
           (e->ops->reserved != NULL && e->ops->reserved(e->ctx, id));
}

/* Keys: anything that is not reserved. Storage objects: only the claim code, nothing is a key. */
static int32_t may_touch(const struct agent_job *job, const struct eg_agent_enclave_slot *e)
{
    uint32_t id = job->req->id;
    bool object = job->req->kind == EG_SESSION_PSA_READ || job->req->kind == EG_SESSION_PSA_REMOVE;
    if (object ? id == EG_AGENT_CLAIM_OBJECT : id != EG_AGENT_CLAIM_OBJECT && !reserved(e, id)) {
        return EG_PSA_SUCCESS;
    }
    agent_log(job->agent, EG_AGENT_EVENT_REFUSED, (uint32_t)job->req->kind, id);
    return EG_PSA_NOT_PERMITTED;
}

static int32_t check_import(const struct eg_session_request *req,
                            const struct eg_agent_enclave_slot *e)
{
    if (req->data.len == 0) {
        return EG_PSA_INVALID_ARGUMENT;
    }
    if (req->format != EG_SESSION_KEY_FORMAT_S50) {
        return EG_PSA_NOT_SUPPORTED;
    }
    return req->data.len > e->ops->max_key ? EG_PSA_INSUFFICIENT_STORAGE : EG_PSA_SUCCESS;
}

static int32_t do_import(const struct agent_job *job, struct eg_agent_enclave_slot *e)
{
    const struct eg_session_request *req = job->req;
    const struct eg_agent_key key = {
        .id = req->id,
        .type = req->type,
        .usage = req->usage,
        .algorithm = req->algorithm,
        .lifetime = req->lifetime,
        .bits = req->bits,
        .blob = agent_bytes(req->data.ptr, req->data.len),
    };
    int32_t status = check_import(req, e);
    if (status == EG_PSA_SUCCESS) {
        status = e->ops->import_key(e->ctx, &key);
    }
    job->agent->report->objects_imported += status == EG_PSA_SUCCESS ? 1 : 0;
    return status;
}

static int32_t do_destroy(const struct agent_job *job, struct eg_agent_enclave_slot *e)
{
    int32_t status = e->ops->destroy_key(e->ctx, job->req->id);
    return status == EG_PSA_INVALID_HANDLE ? EG_PSA_DOES_NOT_EXIST : status;
}

static int32_t do_remove(const struct agent_job *job, struct eg_agent_enclave_slot *e)
{
    return e->ops->remove_object(e->ctx, job->req->id);
}

/* Not part of what is remoted here; said so instead of an answer without content. */
static int32_t do_nothing(const struct agent_job *job, struct eg_agent_enclave_slot *e)
{
    (void)job;
    (void)e;
    return EG_PSA_NOT_SUPPORTED;
}

enum {
    NEED_IMPORT = EG_SESSION_NO_ID | EG_SESSION_NO_TYPE | EG_SESSION_NO_USAGE |
                  EG_SESSION_NO_ALGORITHM | EG_SESSION_NO_LIFETIME | EG_SESSION_NO_FORMAT |
                  EG_SESSION_NO_DATA,
    NEED_READ = EG_SESSION_NO_ID | EG_SESSION_NO_OFFSET | EG_SESSION_NO_LENGTH,
};

/* Commands that answer a status alone, with the fields they cannot do without. */
static const struct {
    uint8_t kind;
    uint16_t need;
    int32_t (*run)(const struct agent_job *job, struct eg_agent_enclave_slot *e);
} commands[] = {
    {EG_SESSION_PSA_DESTROY, EG_SESSION_NO_ID, do_destroy},
    {EG_SESSION_PSA_IMPORT, NEED_IMPORT, do_import},
    {EG_SESSION_PSA_REMOVE, EG_SESSION_NO_ID, do_remove},
    {EG_SESSION_PSA_CREATE, 0, do_nothing},
    {EG_SESSION_PSA_WRITE, 0, do_nothing},
    {EG_SESSION_PSA_OTHER, 0, do_nothing},
};

static int32_t run(const struct agent_job *job, struct eg_agent_enclave_slot *e)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (commands[i].kind != job->req->kind) {
            continue;
        }
        if ((job->req->missing & commands[i].need) != 0) {
            return EG_PSA_INVALID_ARGUMENT;
        }
        int32_t status = commands[i].need == 0 ? EG_PSA_SUCCESS : may_touch(job, e);
        return status != EG_PSA_SUCCESS ? status : commands[i].run(job, e);
    }
    return EG_PSA_NOT_SUPPORTED;
}

/* The object is read right behind where its answer's header will stand. */
static int32_t do_read(const struct agent_job *job, struct eg_agent_enclave_slot *e,
                       struct eg_span *data)
{
    uint8_t *place = job->w->ptr + job->w->len + EG_SESSION_ANSWER_READ_OBJECT;
    size_t got = 0;
    if ((job->req->missing & NEED_READ) != 0) {
        return EG_PSA_INVALID_ARGUMENT;
    }
    int32_t status = may_touch(job, e);
    if (status != EG_PSA_SUCCESS) {
        return status;
    }
    /* A service may ask for more than there is: what counts is what comes. */
    size_t room = agent_room(job, EG_SESSION_ANSWER_READ_OBJECT);
    size_t len = job->req->length < room ? job->req->length : room;
    status = e->ops->read_object(e->ctx, job->req->id, job->req->offset, place, len, &got);
    if (status == EG_PSA_SUCCESS && got == room && job->req->length > room) {
        return EG_PSA_BUFFER_TOO_SMALL;
    }
    if (status == EG_PSA_SUCCESS) {
        *data = eg_span(place, got <= len ? got : len);
    }
    return status;
}

void agent_do_keys(const struct agent_job *job, struct eg_agent_enclave_slot *enclave)
{
    struct eg_session_response res = {.kind = job->req->kind, .number = job->req->number};
    if (res.kind == EG_SESSION_PSA_VERSION) {
        res.version = enclave->ops->crypto_version;
        res.format_s50 = true;
        res.max_key = enclave->ops->max_key;
    } else if (res.kind == EG_SESSION_PSA_READ) {
        res.status = do_read(job, enclave, &res.data);
    } else {
        res.status = run(job, enclave);
    }
    agent_log(job->agent, EG_AGENT_EVENT_KEY_STATUS, job->req->id, (uint32_t)res.status);
    eg_session_put_response(job->w, &res);
}
