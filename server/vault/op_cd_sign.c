/* SPDX-License-Identifier: Apache-2.0 */
/* CD_SIGN: a Matter Certification Declaration for development and test. */
#include <string.h>

#include "lib/crypto/matter_cd.h"
#include "server/vault/ops.h"
#include "server/vault/wrap.h"

eg_status eg_vault_run_cd_sign(struct eg_vault *v, struct eg_span body, struct eg_writer *out)
{
    struct eg_vault_cd_request q;
    struct eg_key *key = NULL;
    uint8_t room[EG_CD_LEN_MAX];
    struct eg_writer signed_cd;
    EG_TRY(eg_vault_get_cd(body, &q));
    if (q.certificate_id.len != EG_CD_CERTIFICATE_ID_LEN) {
        return EG_ERR(CRYPTO_BAD_CMS);
    }
    struct eg_cd cd = {
        .vendor_id = q.vendor_id,
        .product_ids = {q.product_id},
        .product_count = 1,
        .device_type_id = q.device_type_id,
        .version_number = q.version_number,
        .certification_type = EG_CD_TEST,
    };
    memcpy(cd.certificate_id, q.certificate_id.ptr, EG_CD_CERTIFICATE_ID_LEN);
    EG_TRY(eg_unwrap_service(v, q.key.company_id, EG_VAULT_SERVICE_MATTER_CD, q.key.wrapped_key,
                             &key));
    eg_writer_init(&signed_cd, room, sizeof(room));
    eg_status st = eg_cd_sign(v->crypto, &cd, key, &signed_cd);
    eg_key_free(key);
    EG_TRY(st);
    eg_vault_put_signed(out, eg_writer_span(&signed_cd));
    return EG_OK;
}
