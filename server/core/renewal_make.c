/* SPDX-License-Identifier: Apache-2.0 */
/* The next generation of a device's certificate: a plan of one certificate, or of a key pair and
 * its certificate, cut from the plan of the set that the device has. */
#include <string.h>

#include "lib/crypto/x509.h"
#include "server/core/cloud_life.h"
#include "server/core/plan.h"
#include "server/store/store_life.h"

/* One renewal on its way. */
struct renewal {
    struct eg_call *call;
    const struct eg_cloud_session *session;
    uint32_t generation;
    struct eg_plan plan;
    const struct eg_plan_object *certificate, *key; /* key NULL: the old one is used again */
    struct eg_vault_object objects[2];
    size_t at_certificate; /* index in objects */
    struct eg_vault_plan vault;
};

static const struct eg_plan_object *find(const struct eg_plan *plan, int64_t id)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->objects[i].id == id && !plan->objects[i].on_connection) {
            return &plan->objects[i];
        }
    }
    return NULL;
}

static eg_status load(struct renewal *r, int64_t object_id)
{
    struct eg_store *store = eg_core_store(r->call->core);
    struct eg_group group;
    int64_t set_id;
    enum eg_set_variant variant = r->session->flow_bound ? EG_SET_CLOUD_BOUND : EG_SET_CLOUD;
    EG_TRY(eg_store_group_get(store, r->call->company_id, r->session->group_id, r->call->arena,
                              &group));
    EG_TRY(eg_store_set_variant(store, r->session->target_set, variant, &set_id));
    EG_TRY(eg_plan_build(r->call->core, r->call->company_id, &group, set_id, 1, r->call->now_ms,
                         r->call->arena, &r->plan));
    r->certificate = find(&r->plan, object_id);
    if (r->certificate == NULL) {
        return EG_ERR(OBJECT_UNKNOWN);
    }
    r->key = r->certificate->def.renewal.new_key ? find(&r->plan, r->certificate->def.key_pair_id)
                                                 : NULL;
    return EG_OK;
}

static void cut(struct renewal *r)
{
    const struct eg_renewal_policy *policy = &r->certificate->def.renewal;
    size_t n = 0;
    if (r->key != NULL) {
        struct eg_vault_object *key = &r->objects[n++];
        *key = r->plan.vault.objects[r->key->vault_index];
        key->object_id = eg_renewal_chip_id(key->object_id, policy->alternate_key, r->generation);
    }
    struct eg_vault_object *certificate = &r->objects[n];
    *certificate = r->plan.vault.objects[r->certificate->vault_index];
    certificate->object_id =
        eg_renewal_chip_id(certificate->object_id, policy->alternate_certificate, r->generation);
    certificate->cert.key_object = r->key != NULL ? 0 : EG_VAULT_KEY_GIVEN;
    r->at_certificate = n;
    r->vault = r->plan.vault;
    r->vault.objects = r->objects;
    r->vault.object_count = n + 1;
}

static eg_status pack(struct renewal *r, const struct eg_vault_made_object *made,
                      struct eg_span *out, int64_t *out_not_after_s)
{
    struct eg_body_object body[2];
    struct eg_x509_info info;
    struct eg_writer w;
    const struct eg_vault_made_object *leaf = &made[r->at_certificate];
    size_t count = r->key != NULL ? 2 : 1;
    body[0] = (struct eg_body_object){.object_id = r->certificate->id,
                                      .version = r->certificate->version,
                                      .state = EG_BODY_COMPLETED,
                                      .blob = leaf->blob,
                                      .certificate = leaf->certificate};
    if (r->key != NULL) {
        body[1] = (struct eg_body_object){.object_id = r->key->id,
                                          .version = r->key->version,
                                          .state = EG_BODY_COMPLETED,
                                          .blob = made[0].blob,
                                          .spki = made[0].spki};
    }
    EG_TRY(eg_x509_parse(leaf->certificate, &info));
    *out_not_after_s = info.not_after_s;
    size_t len = eg_body_len(body, count);
    eg_writer_init(&w, eg_arena_alloc(r->call->arena, len), len);
    if (w.ptr == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_body_encode(body, count, &w);
    *out = eg_writer_span(&w);
    return w.status;
}

eg_status eg_renewal_make(struct eg_call *call, const struct eg_cloud_session *session,
                          const struct eg_cloud_want *want, uint32_t generation,
                          struct eg_span *out_body, int64_t *out_not_after_s)
{
    struct eg_x509_info old;
    struct eg_vaultpool_made made = {0};
    struct renewal *r = eg_arena_alloc(call->arena, sizeof(*r));
    if (r == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    memset(r, 0, sizeof(*r));
    r->call = call;
    r->session = session;
    r->generation = generation;
    EG_TRY(load(r, want->object_id));
    cut(r);
    EG_TRY(eg_x509_parse(want->certificate, &old));
    const struct eg_vault_given_key given = {(uint16_t)r->at_certificate, old.spki};
    struct eg_vault_device device = {
        .uuid = session->uuid, .given = &given, .given_count = r->key == NULL ? 1 : 0};
    EG_TRY(eg_store_device_root(eg_core_store(call->core), session->device_id, call->arena,
                                &device.wrapped_root));
    EG_TRY(eg_vaultpool_make(eg_core_vault(call->core), &r->vault, &device, 1, &made));
    eg_status st = made.devices[0].status;
    if (eg_ok(st)) {
        st = pack(r, made.devices[0].objects, out_body, out_not_after_s);
    }
    eg_vaultpool_made_free(&made);
    return st;
}
