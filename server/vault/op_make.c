/* SPDX-License-Identifier: Apache-2.0 */
/* MAKE: all objects of a plan for a chunk of devices. */
#include "server/vault/make_device.h"
#include "server/vault/ops.h"

static eg_status make_all(struct eg_vault *v, const struct eg_vault_make_request *q,
                          struct eg_make_plan *plan, struct eg_writer *out)
{
    EG_TRY(eg_make_plan_init(v, &q->plan, plan));
    for (size_t i = 0; i < q->device_count; i++) {
        EG_TRY(eg_make_device(v, plan, &q->devices[i], out));
    }
    return EG_OK;
}

eg_status eg_vault_run_make(struct eg_vault *v, struct eg_span body, struct eg_writer *out)
{
    struct eg_vault_make_request q;
    struct eg_make_plan plan = {0};
    EG_TRY(eg_vault_get_make(body, v->room, &q));
    eg_status st = make_all(v, &q, &plan, out);
    eg_make_plan_wipe(v, &plan);
    return st;
}
