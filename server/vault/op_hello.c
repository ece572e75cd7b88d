/* SPDX-License-Identifier: Apache-2.0 */
/* HELLO: which KEK is this? */
#include "server/vault/ops.h"

eg_status eg_vault_run_hello(struct eg_vault *v, struct eg_span body, struct eg_writer *out)
{
    (void)body; /* the table allows it no bytes */
    eg_writer_bytes(out, EG_SPAN_OF(v->keys->fingerprint));
    return EG_OK;
}
