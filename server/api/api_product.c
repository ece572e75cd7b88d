/* SPDX-License-Identifier: Apache-2.0 */
#include "server/api/handlers.h"
#include "server/core/product.h"
#include "server/main/limits.h"

static void put_product(struct eg_api_call *a, const struct eg_product *p)
{
    const struct eg_family *family = eg_families_find(eg_core_families(a->c.core), p->family);
    eg_json_begin_object(&a->json);
    eg_json_number_member(&a->json, "nc12", p->nc12);
    eg_json_text_member(&a->json, "name", p->name);
    eg_json_text_member(&a->json, "commercialName", p->name);
    eg_json_text_member(&a->json, "family", p->family);
    eg_json_text_member(&a->json, "productHardwareFamilyType",
                        family == NULL ? NULL : family->el2go_name);
    eg_api_time_member(&a->json, "createdAt", p->created_s);
    eg_json_end_object(&a->json);
}

static eg_status put_made(struct eg_api_call *a, const void *made)
{
    put_product(a, made);
    return EG_OK;
}

eg_status eg_api_product_create(struct eg_api_call *a)
{
    struct eg_product *p = &a->room.product;
    struct eg_json_in *in = &a->in;
    int64_t nc12 = eg_json_number(in, "nc12", EG_JSON_REQUIRED, 0, EG_NC12_MIN, EG_NC12_MAX);
    const char *name = eg_json_text(in, "name", EG_JSON_REQUIRED, 1, EG_LIMIT_NAME_CHARS);
    const char *family = eg_json_text(in, "family", EG_JSON_REQUIRED, 1, EG_LIMIT_NAME_CHARS);
    EG_TRY(eg_api_body_status(a));
    eg_api_makes(a, 201, put_made, p);
    return eg_product_create(&a->c, nc12, name, family, p);
}

eg_status eg_api_product_list(struct eg_api_call *a)
{
    struct eg_page page;
    struct eg_product_list list;
    EG_TRY(eg_api_page(a, &page));
    EG_TRY(
        eg_store_product_list(eg_core_store(a->c.core), a->c.company_id, page, a->c.arena, &list));
    eg_api_begin_list(a);
    for (size_t i = 0; i < list.count; i++) {
        put_product(a, &list.items[i]);
    }
    eg_api_end_list(a, page, list.more);
    return EG_OK;
}

eg_status eg_api_product_get(struct eg_api_call *a)
{
    int64_t nc12;
    struct eg_product p;
    EG_TRY(eg_api_id(a, 0, EG_E_PRODUCT_UNKNOWN, &nc12));
    EG_TRY(eg_product_get(&a->c, nc12, &p));
    put_product(a, &p);
    return EG_OK;
}
