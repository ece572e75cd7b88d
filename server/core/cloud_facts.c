/* SPDX-License-Identifier: Apache-2.0 */
/* What an agent tells about itself; counters and other small parts of the cloud rules. */
#include <string.h>

#include "server/core/cloud_internal.h"

enum {
    FORMAT = 1,
    BIT_MULTIPLE = 1,
    BIT_CRL = 2,
    BIT_OURS = 4,
};

/* ---- facts ----------------------------------------------------------------------------------- */

void eg_cloud_facts_put(const struct eg_cloud_facts *f, struct eg_writer *w)
{
    unsigned bits = (f->multiple ? BIT_MULTIPLE : 0u) | (f->wants_crl ? BIT_CRL : 0u) |
                    (f->ours ? BIT_OURS : 0u);
    eg_writer_u8(w, FORMAT);
    eg_writer_u8(w, (uint8_t)bits);
    eg_writer_be32(w, f->agent_version);
    eg_writer_be32(w, f->crypto_api);
    eg_writer_be32(w, f->storage_api);
    eg_writer_be32(w, f->max_raw_key);
    eg_writer_be32(w, (uint32_t)f->response_max);
    eg_writer_be32(w, (uint32_t)f->request_max);
    eg_writer_u8(w, f->endpoint_count);
    for (size_t i = 0; i < f->endpoint_count; i++) {
        eg_writer_be32(w, f->endpoints[i].type);
        eg_writer_be32(w, f->endpoints[i].id);
        eg_writer_be32(w, f->endpoints[i].version);
    }
}

void eg_cloud_facts_get(struct eg_span packed, struct eg_cloud_facts *out)
{
    struct eg_cloud_facts f;
    struct eg_reader r;
    memset(&f, 0, sizeof(f));
    memset(out, 0, sizeof(*out));
    eg_reader_init(&r, packed);
    uint8_t format = eg_reader_u8(&r);
    uint8_t bits = eg_reader_u8(&r);
    f.multiple = (bits & BIT_MULTIPLE) != 0;
    f.wants_crl = (bits & BIT_CRL) != 0;
    f.ours = (bits & BIT_OURS) != 0;
    f.agent_version = eg_reader_be32(&r);
    f.crypto_api = eg_reader_be32(&r);
    f.storage_api = eg_reader_be32(&r);
    f.max_raw_key = eg_reader_be32(&r);
    f.response_max = (int32_t)eg_reader_be32(&r);
    f.request_max = (int32_t)eg_reader_be32(&r);
    f.endpoint_count = eg_reader_u8(&r);
    for (size_t i = 0; i < f.endpoint_count && i < EG_CLOUD_ENDPOINTS_MAX; i++) {
        f.endpoints[i].type = eg_reader_be32(&r);
        f.endpoints[i].id = eg_reader_be32(&r);
        f.endpoints[i].version = eg_reader_be32(&r);
    }
    if (format == FORMAT && f.endpoint_count <= EG_CLOUD_ENDPOINTS_MAX &&
        eg_ok(eg_reader_finish(&r))) {
        *out = f;
    }
}

static bool endpoints_equal(const struct eg_cloud_facts *a, const struct eg_cloud_facts *b)
{
    bool same = a->endpoint_count == b->endpoint_count;
    for (size_t i = 0; same && i < a->endpoint_count; i++) {
        same = a->endpoints[i].type == b->endpoints[i].type &&
               a->endpoints[i].id == b->endpoints[i].id;
    }
    return same;
}

bool eg_cloud_facts_equal(const struct eg_cloud_facts *a, const struct eg_cloud_facts *b)
{
    return a->agent_version == b->agent_version && a->response_max == b->response_max &&
           a->request_max == b->request_max && a->multiple == b->multiple &&
           a->wants_crl == b->wants_crl && a->ours == b->ours && endpoints_equal(a, b);
}

void eg_cloud_hello(struct eg_cloud_session *session, const struct eg_cloud_facts *facts)
{
    session->facts = *facts;
    session->saw_hello = true;
    if (session->known.agent_version != 0 && !endpoints_equal(facts, &session->known)) {
        session->no_change = false; /* a store that is new may want its contents */
    }
}

/* ---- state of the node ----------------------------------------------------------------------- */

void eg_cloud_init(struct eg_cloud *cloud, uint64_t seed)
{
    eg_cloud_guard_init(&cloud->refused, seed, EG_CLOUD_WINDOW_S, EG_CLOUD_REFUSED_MAX);
    eg_cloud_guard_init(&cloud->guesses, ~seed, EG_CLOUD_GUESS_WINDOW_S, EG_CLOUD_GUESSES_MAX);
    eg_cloud_guard_init(&cloud->alarms, seed, EG_CLOUD_WINDOW_S, EG_CLOUD_ALARMS_MAX);
    for (size_t i = 0; i < EG_COUNT_OF_ALL; i++) {
        atomic_init(&cloud->counts[i], 0);
    }
}

void eg_cloud_cleanup(struct eg_cloud *cloud)
{
    eg_cloud_guard_cleanup(&cloud->refused);
    eg_cloud_guard_cleanup(&cloud->guesses);
    eg_cloud_guard_cleanup(&cloud->alarms);
}

void eg_cloud_count(struct eg_core *core, enum eg_cloud_count which)
{
    atomic_fetch_add_explicit(&eg_core_cloud(core)->counts[which], 1, memory_order_relaxed);
}

void eg_cloud_counters(struct eg_core *core, struct eg_cloud_counters *out)
{
    struct eg_cloud *cloud = eg_core_cloud(core);
    uint64_t n[EG_COUNT_OF_ALL];
    for (size_t i = 0; i < EG_COUNT_OF_ALL; i++) {
        n[i] = atomic_load_explicit(&cloud->counts[i], memory_order_relaxed);
    }
    *out = (struct eg_cloud_counters){
        .admitted = n[EG_COUNT_ADMITTED],
        .unclaimed = n[EG_COUNT_UNCLAIMED],
        .wrong_key = n[EG_COUNT_WRONG_KEY],
        .unknown_root = n[EG_COUNT_UNKNOWN_ROOT],
        .malformed = n[EG_COUNT_MALFORMED],
        .retired = n[EG_COUNT_RETIRED],
        .limited = n[EG_COUNT_LIMITED],
        .no_flow = n[EG_COUNT_NO_FLOW],
        .claims = n[EG_COUNT_CLAIMS],
        .claims_refused = n[EG_COUNT_CLAIMS_REFUSED],
        .claim_lockouts = n[EG_COUNT_LOCKOUTS],
        .checkins = n[EG_COUNT_CHECKINS],
        .changed = n[EG_COUNT_CHANGED],
        .failed = n[EG_COUNT_FAILED],
        .alarms_merged = n[EG_COUNT_MERGED],
    };
}

struct eg_call eg_cloud_call(struct eg_core *core, const struct eg_cloud_session *session,
                             struct eg_arena *arena, int64_t now_ms)
{
    return (struct eg_call){.core = core,
                            .arena = arena,
                            .company_id = session->company_id,
                            .company_name = "",
                            .now_ms = now_ms};
}

uint32_t eg_cloud_goodbye_of(eg_status st)
{
    bool passes = eg_category(st) == EG_CAT_BUSY || eg_category(st) == EG_CAT_UNAVAILABLE;
    return passes ? EG_CLOUD_UPDATE_TIMEOUT : EG_CLOUD_UPDATE_INTERNAL;
}
