/* SPDX-License-Identifier: Apache-2.0 */
/* The stages of a session: when each is due, what it asks the device, what the answers mean. */
#include <stdio.h>

#include "server/device/session_internal.h"
#include "server/main/limits.h"

/* eg_device_asked.index of the datastore stages */
enum { WRITE_ALLOCATE = 0, WRITE_DATA = 1, WRITE_COMMIT = 2 };

static bool is_member(const struct eg_device_session *s)
{
    return s->cloud.verdict == EG_CLOUD_MEMBER;
}

static bool always(const struct eg_device_session *s)
{
    (void)s;
    return true;
}

/* ---- hello ----------------------------------------------------------------------------------- */

static int32_t buffer(int64_t told)
{
    return told < EG_DEVICE_BUFFER_MIN ? EG_DEVICE_BUFFER_MIN
           : told > INT32_MAX          ? INT32_MAX
                                       : (int32_t)told;
}

void eg_device_stage_facts(struct eg_device_session *s, const struct eg_cloud_facts *facts)
{
    s->has_keys = s->has_store = s->has_connection = false;
    for (size_t i = 0; i < facts->endpoint_count; i++) {
        const struct eg_cloud_endpoint *e = &facts->endpoints[i];
        bool store = e->type == EG_ENDPOINT_STORE_FILE || e->type == EG_ENDPOINT_STORE_MEMORY;
        if (e->type == EG_ENDPOINT_KEYS_PSA && !s->has_keys) {
            s->has_keys = true;
            s->keys_id = e->id;
        } else if (store && e->id == EG_SESSION_CONNECTION_STORE) {
            s->has_connection = true;
            s->connection_type = e->type;
        } else if (store && !s->has_store) {
            s->has_store = true;
            s->store_type = e->type;
            s->store_id = e->id;
        }
    }
    eg_cloud_hello(&s->cloud, facts);
}

static enum eg_device_put put_hello(struct eg_device_session *s)
{
    const struct eg_session_request rq = {
        .kind = EG_SESSION_HELLO,
        .endpoint_type = EG_ENDPOINT_AGENT,
        .version = EG_SESSION_VERSION_1_0_0,
        .buffer_size = EG_LIMIT_DEVICE_FRAME,
    };
    const struct eg_device_asked asked = {EG_DEVICE_STAGE_HELLO, EG_SESSION_HELLO, 0};
    return eg_device_batch_add(s, &rq, EG_SESSION_ANSWER_HELLO, &asked) ? EG_DEVICE_PUT_ALL
                                                                        : EG_DEVICE_PUT_FULL;
}

/** What an agent of the same version said earlier about its keystore needs no second question. */
static void keep_version(const struct eg_cloud_facts *known, struct eg_cloud_facts *facts)
{
    if (known->agent_version == facts->agent_version) {
        facts->crypto_api = known->crypto_api;
        facts->storage_api = known->storage_api;
        facts->max_raw_key = known->max_raw_key;
    }
}

static eg_status take_hello(struct eg_device_session *s, const struct eg_device_asked *asked,
                            const struct eg_session_response *a)
{
    (void)asked;
    const struct eg_session_hello *h = &a->hello;
    if (a->kind != EG_SESSION_HELLO) {
        return EG_ERR(WIRE_BAD_SESSION);
    }
    struct eg_cloud_facts facts = {
        .agent_version = h->version,
        .response_max = buffer(h->response_buffer),
        .request_max = buffer(h->request_buffer),
        .multiple = h->many_requests,
        .ours = s->ours,
    };
    for (size_t i = 0; i < h->endpoint_count && i < EG_CLOUD_ENDPOINTS_MAX; i++) {
        const struct eg_session_endpoint *e = &h->endpoints[i];
        facts.endpoints[facts.endpoint_count++] =
            (struct eg_cloud_endpoint){e->type, e->id, e->version};
        facts.wants_crl = facts.wants_crl || e->request_crl;
    }
    keep_version(&s->cloud.known, &facts);
    eg_device_stage_facts(s, &facts);
    s->cloud.saw_hello = true;
    return EG_OK;
}

/** Everything that follows depends on it, unless it is known already. */
static bool wait_hello(const struct eg_device_session *s)
{
    return !s->early;
}

/* ---- CRL ------------------------------------------------------------------------------------- */

static bool due_crl(const struct eg_device_session *s)
{
    return s->cloud.facts.wants_crl;
}

static enum eg_device_put put_crl(struct eg_device_session *s)
{
    const struct eg_session_request rq = {
        .kind = EG_SESSION_CRL, .endpoint_type = EG_ENDPOINT_AGENT, .data = s->crl};
    const struct eg_device_asked asked = {EG_DEVICE_STAGE_CRL, EG_SESSION_CRL, 0};
    return eg_device_batch_add(s, &rq, EG_SESSION_ANSWER_CRL, &asked) ? EG_DEVICE_PUT_ALL
                                                                      : EG_DEVICE_PUT_FULL;
}

static eg_status take_crl(struct eg_device_session *s, const struct eg_device_asked *asked,
                          const struct eg_session_response *a)
{
    (void)asked;
    if (a->kind != EG_SESSION_CRL) {
        return EG_ERR(WIRE_BAD_SESSION);
    }
    if ((a->missing & EG_SESSION_NO_STATUS) == 0 && a->status != 0) {
        snprintf(s->detail, sizeof(s->detail), "the device refused the CRL");
        return EG_ERR(WIRE_BAD_SESSION);
    }
    return EG_OK;
}

/** Other agents get it in a message of its own: one that closes on it then loses nothing else. */
static bool wait_crl(const struct eg_device_session *s)
{
    return !s->ours;
}

/* ---- keystore version ------------------------------------------------------------------------ */

static bool due_version(const struct eg_device_session *s)
{
    return s->has_keys && s->cloud.facts.crypto_api == 0;
}

static struct eg_session_request to_keys(const struct eg_device_session *s,
                                         enum eg_session_kind kind)
{
    return (struct eg_session_request){
        .kind = kind, .endpoint_type = EG_ENDPOINT_KEYS_PSA, .endpoint_id = s->keys_id};
}

static enum eg_device_put put_version(struct eg_device_session *s)
{
    const struct eg_session_request rq = to_keys(s, EG_SESSION_PSA_VERSION);
    const struct eg_device_asked asked = {EG_DEVICE_STAGE_VERSION, EG_SESSION_PSA_VERSION, 0};
    return eg_device_batch_add(s, &rq, EG_SESSION_ANSWER_VERSION, &asked) ? EG_DEVICE_PUT_ALL
                                                                          : EG_DEVICE_PUT_FULL;
}

/** An agent without this command says nothing: then the keystore's version stays unknown. */
static eg_status take_version(struct eg_device_session *s, const struct eg_device_asked *asked,
                              const struct eg_session_response *a)
{
    (void)asked;
    if (a->kind == EG_SESSION_NONE) {
        return EG_OK;
    }
    if (a->kind != EG_SESSION_PSA_VERSION) {
        return EG_ERR(WIRE_BAD_SESSION);
    }
    struct eg_cloud_facts facts = s->cloud.facts;
    facts.crypto_api = a->version;
    facts.max_raw_key = a->max_key;
    eg_cloud_hello(&s->cloud, &facts);
    return EG_OK;
}

/* ---- PSA statuses ---------------------------------------------------------------------------- */

/** Status of an answer to a PSA request; an empty answer means that the agent cannot do it. */
static eg_status psa_status(const struct eg_device_asked *asked,
                            const struct eg_session_response *a, int32_t *out)
{
    if (a->kind == EG_SESSION_NONE) {
        *out = EG_PSA_NOT_SUPPORTED;
        return EG_OK;
    }
    *out = (a->missing & EG_SESSION_NO_STATUS) != 0 ? EG_PSA_GENERIC_ERROR : a->status;
    return (uint8_t)a->kind == asked->kind ? EG_OK : EG_ERR(WIRE_BAD_SESSION);
}

/* ---- claim ----------------------------------------------------------------------------------- */

static bool due_claim(const struct eg_device_session *s)
{
    return s->cloud.verdict == EG_CLOUD_UNCLAIMED;
}

static bool due_claim_read(const struct eg_device_session *s)
{
    return due_claim(s) && s->has_keys;
}

static enum eg_device_put put_claim_read(struct eg_device_session *s)
{
    struct eg_session_request rq = to_keys(s, EG_SESSION_PSA_READ);
    const struct eg_device_asked asked = {EG_DEVICE_STAGE_CLAIM_READ, EG_SESSION_PSA_READ, 0};
    size_t room = eg_device_batch_answers_max(s) - EG_SESSION_ANSWER_READ_OBJECT;
    rq.id = EG_CLOUD_CLAIM_OBJECT;
    rq.length = room < EG_CLOUD_CLAIM_BLOB_MAX ? (uint32_t)room : EG_CLOUD_CLAIM_BLOB_MAX;
    return eg_device_batch_add(s, &rq, rq.length + EG_SESSION_ANSWER_READ_OBJECT, &asked)
               ? EG_DEVICE_PUT_ALL
               : EG_DEVICE_PUT_FULL;
}

static eg_status take_claim_read(struct eg_device_session *s, const struct eg_device_asked *asked,
                                 const struct eg_session_response *a)
{
    EG_TRY(psa_status(asked, a, &s->claim_status));
    s->claim_blob = s->claim_status == 0 ? a->data : eg_span(NULL, 0);
    return EG_OK;
}

static bool due_claim_remove(const struct eg_device_session *s)
{
    return s->cloud.remove_claim && s->has_keys && is_member(s);
}

static enum eg_device_put put_claim_remove(struct eg_device_session *s)
{
    struct eg_session_request rq = to_keys(s, EG_SESSION_PSA_REMOVE);
    const struct eg_device_asked asked = {EG_DEVICE_STAGE_CLAIM_REMOVE, EG_SESSION_PSA_REMOVE, 0};
    rq.id = EG_CLOUD_CLAIM_OBJECT;
    return eg_device_batch_add(s, &rq, EG_SESSION_ANSWER_STATUS, &asked) ? EG_DEVICE_PUT_ALL
                                                                         : EG_DEVICE_PUT_FULL;
}

static eg_status take_claim_remove(struct eg_device_session *s, const struct eg_device_asked *asked,
                                   const struct eg_session_response *a)
{
    int32_t status;
    EG_TRY(psa_status(asked, a, &status));
    eg_cloud_claim_removed(&s->cloud, status);
    return EG_OK;
}

/* ---- objects --------------------------------------------------------------------------------- */

static bool due_early_work(const struct eg_device_session *s)
{
    return s->early;
}

static bool due_work(const struct eg_device_session *s)
{
    return is_member(s) && s->load == NULL;
}

static bool due_objects(const struct eg_device_session *s)
{
    return s->load != NULL && s->has_keys && s->next_step < s->load->work.step_count;
}

static struct eg_session_request step_request(const struct eg_device_session *s,
                                              const struct eg_cloud_step *step)
{
    bool destroy = step->kind == EG_CLOUD_DESTROY;
    struct eg_session_request rq =
        to_keys(s, destroy ? EG_SESSION_PSA_DESTROY : EG_SESSION_PSA_IMPORT);
    rq.id = step->chip_id;
    if (!destroy) {
        rq.type = step->attributes.type;
        rq.usage = step->attributes.usage;
        rq.algorithm = step->attributes.algorithm;
        rq.lifetime = step->attributes.lifetime;
        rq.bits = step->attributes.bits;
        rq.format = EG_SESSION_KEY_FORMAT_S50;
        rq.data = step->blob;
    }
    return rq;
}

/**
 * An object that no message to this device can hold is not sent, and nothing is destroyed for it:
 * what the device has is better than nothing.
 */
static bool pass_over(struct eg_device_session *s)
{
    struct eg_cloud_step *step = &s->load->work.steps[s->next_step];
    bool pair = step->kind == EG_CLOUD_DESTROY && s->next_step + 1 < s->load->work.step_count &&
                step[1].kind == EG_CLOUD_IMPORT && step[1].chip_id == step->chip_id;
    struct eg_cloud_step *import = pair ? step + 1 : step;
    const struct eg_session_request rq = step_request(s, import);
    if (eg_device_batch_could(s, eg_session_request_size(&rq), EG_SESSION_ANSWER_STATUS)) {
        return false;
    }
    import->answered = true;
    import->psa_status = EG_PSA_INSUFFICIENT_MEMORY;
    s->next_step += pair ? 2 : 1;
    return true;
}

static enum eg_device_put put_objects(struct eg_device_session *s)
{
    while (due_objects(s)) {
        if (pass_over(s)) {
            continue;
        }
        const struct eg_session_request rq = step_request(s, &s->load->work.steps[s->next_step]);
        const struct eg_device_asked asked = {EG_DEVICE_STAGE_OBJECTS, (uint8_t)rq.kind,
                                              (uint16_t)s->next_step};
        if (!eg_device_batch_add(s, &rq, EG_SESSION_ANSWER_STATUS, &asked)) {
            return EG_DEVICE_PUT_FULL;
        }
        s->next_step++;
    }
    return EG_DEVICE_PUT_ALL;
}

static eg_status take_objects(struct eg_device_session *s, const struct eg_device_asked *asked,
                              const struct eg_session_response *a)
{
    struct eg_cloud_step *step = &s->load->work.steps[asked->index];
    EG_TRY(psa_status(asked, a, &step->psa_status));
    step->answered = true;
    return EG_OK;
}

/* ---- datastores ------------------------------------------------------------------------------ */

/** A datastore being written: where, what, how far. */
struct target {
    enum eg_device_stage stage;
    uint32_t type, id;
    const struct eg_cloud_container *container;
    struct eg_device_writing *progress;
};

static bool due_writing(const struct eg_device_session *s, bool has, bool wanted,
                        const struct eg_device_writing *w)
{
    return s->load != NULL && has && wanted && w->status == EG_CSP_NONE && !w->committed;
}

static bool due_services(const struct eg_device_session *s)
{
    return due_writing(s, s->has_store, s->load != NULL && s->load->work.services.write,
                       &s->services);
}

static bool due_connection(const struct eg_device_session *s)
{
    return due_writing(s, s->has_connection, s->load != NULL && s->load->work.connection.write,
                       &s->connection);
}

static struct eg_session_request to_store(const struct target *t, uint32_t operation)
{
    return (struct eg_session_request){.kind = EG_SESSION_DATASTORE,
                                       .endpoint_type = t->type,
                                       .endpoint_id = t->id,
                                       .operation = operation};
}

static bool add_to_store(struct eg_device_session *s, const struct target *t,
                         const struct eg_session_request *rq, uint16_t index)
{
    const struct eg_device_asked asked = {(uint8_t)t->stage, EG_SESSION_DATASTORE, index};
    return eg_device_batch_add(s, rq, EG_SESSION_ANSWER_STATUS, &asked);
}

/** The next piece of the contents, as large as the message takes; a few bytes are not worth it. */
static bool add_piece(struct eg_device_session *s, const struct target *t)
{
    enum { PIECE_MIN = 64, OVERHEAD = 40 };
    size_t left = t->container->bytes.len - t->progress->offset;
    size_t room = eg_device_batch_left(s);
    size_t len = room < OVERHEAD ? 0 : room - OVERHEAD;
    len = len < left ? len : left;
    if (len == 0 || (len < PIECE_MIN && len < left)) {
        return false;
    }
    struct eg_session_request rq = to_store(t, EG_DATASTORE_WRITE);
    rq.offset = (uint32_t)t->progress->offset;
    rq.data = eg_span(t->container->bytes.ptr + t->progress->offset, len);
    if (!add_to_store(s, t, &rq, WRITE_DATA)) {
        return false;
    }
    t->progress->offset += len;
    return true;
}

static enum eg_device_put put_container(struct eg_device_session *s, const struct target *t)
{
    if (!t->progress->allocated) {
        struct eg_session_request rq = to_store(t, EG_DATASTORE_ALLOCATE);
        rq.length = (uint32_t)t->container->bytes.len;
        t->progress->allocated = add_to_store(s, t, &rq, WRITE_ALLOCATE);
        if (!t->progress->allocated) {
            return EG_DEVICE_PUT_FULL;
        }
    }
    while (t->progress->offset < t->container->bytes.len) {
        if (!add_piece(s, t)) {
            return EG_DEVICE_PUT_FULL;
        }
    }
    const struct eg_session_request rq = to_store(t, EG_DATASTORE_COMMIT);
    t->progress->committed = add_to_store(s, t, &rq, WRITE_COMMIT);
    return t->progress->committed ? EG_DEVICE_PUT_ALL : EG_DEVICE_PUT_FULL;
}

static enum eg_device_put put_services(struct eg_device_session *s)
{
    const struct target t = {EG_DEVICE_STAGE_SERVICES, s->store_type, s->store_id,
                             &s->load->work.services, &s->services};
    return put_container(s, &t);
}

static enum eg_device_put put_connection(struct eg_device_session *s)
{
    const struct target t = {EG_DEVICE_STAGE_CONNECTION, s->connection_type,
                             EG_SESSION_CONNECTION_STORE, &s->load->work.connection,
                             &s->connection};
    return put_container(s, &t);
}

/** The first trouble decides; COMMIT answered well without any is success. */
static eg_status take_written(struct eg_device_writing *w, const struct eg_device_asked *asked,
                              const struct eg_session_response *a)
{
    if (a->kind != EG_SESSION_DATASTORE) {
        return EG_ERR(WIRE_BAD_SESSION);
    }
    bool commit = asked->index == WRITE_COMMIT;
    if (w->status != EG_CSP_NONE) {
        return EG_OK;
    }
    if (a->status != EG_DATASTORE_STATUS_OK) {
        w->status = commit ? EG_CSP_COMMIT_FAILED : EG_CSP_DESCRIPTOR_WRITE_FAILED;
    } else if (commit) {
        w->status = EG_CSP_OK;
    }
    return EG_OK;
}

static eg_status take_services(struct eg_device_session *s, const struct eg_device_asked *asked,
                               const struct eg_session_response *a)
{
    return take_written(&s->services, asked, a);
}

static eg_status take_connection(struct eg_device_session *s, const struct eg_device_asked *asked,
                                 const struct eg_session_response *a)
{
    return take_written(&s->connection, asked, a);
}

static bool due_rebind(const struct eg_device_session *s)
{
    return s->load != NULL && eg_cloud_must_rebind(&s->cloud, &s->load->work);
}

/* ---- the table ------------------------------------------------------------------------------- */

#define ASK_RULE(when, what)                                                                       \
    {                                                                                              \
        .due = (when), .rule = EG_DEVICE_RULE_##what                                               \
    }
#define ASK_DEVICE(when, how, meaning, barrier)                                                    \
    {                                                                                              \
        .due = (when), .put = (how), .take = (meaning), .wait = (barrier)                          \
    }

const struct eg_device_stage_row eg_device_stages[EG_DEVICE_STAGE_COUNT] = {
    [EG_DEVICE_STAGE_ADMIT] = ASK_RULE(always, ADMIT),
    [EG_DEVICE_STAGE_EARLY_WORK] = ASK_RULE(due_early_work, WORK),
    [EG_DEVICE_STAGE_HELLO] = ASK_DEVICE(always, put_hello, take_hello, wait_hello),
    [EG_DEVICE_STAGE_CRL] = ASK_DEVICE(due_crl, put_crl, take_crl, wait_crl),
    [EG_DEVICE_STAGE_VERSION] = ASK_DEVICE(due_version, put_version, take_version, NULL),
    [EG_DEVICE_STAGE_CLAIM_READ] =
        ASK_DEVICE(due_claim_read, put_claim_read, take_claim_read, NULL),
    [EG_DEVICE_STAGE_CLAIM] = ASK_RULE(due_claim, CLAIM),
    [EG_DEVICE_STAGE_WORK] = ASK_RULE(due_work, WORK),
    [EG_DEVICE_STAGE_CLAIM_REMOVE] =
        ASK_DEVICE(due_claim_remove, put_claim_remove, take_claim_remove, NULL),
    [EG_DEVICE_STAGE_OBJECTS] = ASK_DEVICE(due_objects, put_objects, take_objects, NULL),
    [EG_DEVICE_STAGE_SERVICES] = ASK_DEVICE(due_services, put_services, take_services, NULL),
    [EG_DEVICE_STAGE_CONNECTION] =
        ASK_DEVICE(due_connection, put_connection, take_connection, NULL),
    [EG_DEVICE_STAGE_PART] = ASK_DEVICE(eg_device_part_due, eg_device_part_put, NULL, NULL),
    [EG_DEVICE_STAGE_REBIND] = {.due = due_rebind, .rule = EG_DEVICE_RULE_REBIND, .judges = true},
    [EG_DEVICE_STAGE_REPORT] = ASK_RULE(always, REPORT),
};
