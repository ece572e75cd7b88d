/* SPDX-License-Identifier: Apache-2.0 */
/* The service itself: is it well, whose is it, which chips does it know. */
#include "server/api/handlers.h"

eg_status eg_api_health(struct eg_api_call *a)
{
    struct eg_vaultpool_stats vault;
    EG_TRY(eg_store_check(eg_core_store(a->c.core)));
    eg_vaultpool_stats(eg_core_vault(a->c.core), &vault);
    if (vault.workers == 0) {
        return EG_ERR(VAULT_UNAVAILABLE);
    }
    eg_json_begin_object(&a->json);
    eg_json_text_member(&a->json, "status", "ok");
    eg_json_text_member(&a->json, "database", eg_store_backend(eg_core_store(a->c.core)));
    eg_json_number_member(&a->json, "vaultWorkers", vault.workers);
    eg_json_end_object(&a->json);
    return EG_OK;
}

eg_status eg_api_company(struct eg_api_call *a)
{
    eg_json_begin_object(&a->json);
    eg_json_number_member(&a->json, "id", a->c.company_id);
    eg_json_text_member(&a->json, "name", a->c.company_name);
    eg_json_end_object(&a->json);
    return EG_OK;
}

static void put_family(struct eg_json_out *o, const struct eg_family *f)
{
    eg_json_begin_object(o);
    eg_json_text_member(o, "name", f->name);
    eg_json_text_member(o, "title", f->title);
    eg_json_text_member(o, "productHardwareFamilyType", f->el2go_name);
    eg_json_number_member(o, "objectsMax", f->objects_max);
    eg_json_number_member(o, "objectsBytesMax", f->objects_bytes_max);
    eg_json_end_object(o);
}

eg_status eg_api_families(struct eg_api_call *a)
{
    const struct eg_families *all = eg_core_families(a->c.core);
    eg_api_begin_list(a);
    for (size_t i = 0; i < all->count; i++) {
        put_family(&a->json, &all->list[i]);
    }
    eg_api_end_list(a, (struct eg_page){0, 0}, false);
    return EG_OK;
}
