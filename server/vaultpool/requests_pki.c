/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of vaultpool.h that sign requests, CRLs and declarations. */
#include <stdlib.h>

#include "lib/wire/vault_msg.h"
#include "server/vaultpool/limits.h"
#include "server/vaultpool/pool.h"

enum { CRL_ENTRY_HINT = 32, CD_MAX = 4096, OCSP_MAX = 16384 };

static void put_endpoint(struct eg_writer *w, const void *ctx)
{
    eg_vault_put_endpoint(w, ctx);
}

static void put_csr(struct eg_writer *w, const void *ctx)
{
    eg_vault_put_csr(w, ctx);
}

static void put_crl(struct eg_writer *w, const void *ctx)
{
    eg_vault_put_crl(w, ctx);
}

static void put_cd(struct eg_writer *w, const void *ctx)
{
    eg_vault_put_cd(w, ctx);
}

eg_status eg_vaultpool_csr_create(struct eg_vaultpool *pool,
                                  const struct eg_vault_csr_request *request,
                                  struct eg_vaultpool_key *out)
{
    *out = (struct eg_vaultpool_key){0};
    EG_TRY(eg_limits_csr(request));
    return eg_pool_call_for_key(pool, EG_VAULT_OP_CSR_CREATE, put_csr, request, out);
}

static eg_status call_for_signed(struct eg_vaultpool *pool, uint16_t op, eg_pool_put put,
                                 const void *request, size_t size_hint, size_t max,
                                 struct eg_vaultpool_signed *out)
{
    struct eg_worker_answer answer;
    struct eg_span result;
    struct eg_span der;
    EG_TRY(eg_pool_call(pool, op, put, request, size_hint, &answer, &result));
    eg_status st = eg_vault_get_signed(result, max, &der);
    if (!eg_ok(st)) {
        free(answer.memory);
        return st;
    }
    *out = (struct eg_vaultpool_signed){der, answer.memory};
    return EG_OK;
}

eg_status eg_vaultpool_crl_sign(struct eg_vaultpool *pool,
                                const struct eg_vault_crl_request *request,
                                struct eg_vaultpool_signed *out)
{
    *out = (struct eg_vaultpool_signed){0};
    EG_TRY(eg_limits_crl(request));
    return call_for_signed(pool, EG_VAULT_OP_CRL_SIGN, put_crl, request,
                           request->revoked_count * CRL_ENTRY_HINT, EG_VAULT_CRL_MAX, out);
}

eg_status eg_vaultpool_cd_sign(struct eg_vaultpool *pool, const struct eg_vault_cd_request *request,
                               struct eg_vaultpool_signed *out)
{
    *out = (struct eg_vaultpool_signed){0};
    EG_TRY(eg_limits_cd(request));
    return call_for_signed(pool, EG_VAULT_OP_CD_SIGN, put_cd, request, 0, CD_MAX, out);
}

eg_status eg_vaultpool_endpoint_certify(struct eg_vaultpool *pool,
                                        const struct eg_vault_endpoint_request *request,
                                        struct eg_vaultpool_signed *out)
{
    *out = (struct eg_vaultpool_signed){0};
    EG_TRY(eg_limits_endpoint(request));
    return call_for_signed(pool, EG_VAULT_OP_ENDPOINT_CERTIFY, put_endpoint, request, 0,
                           EG_VAULT_CERTIFICATE_MAX, out);
}

static void put_responder(struct eg_writer *w, const void *ctx)
{
    eg_vault_put_responder(w, ctx);
}

static void put_ocsp(struct eg_writer *w, const void *ctx)
{
    eg_vault_put_ocsp(w, ctx);
}

eg_status eg_vaultpool_ocsp_certify(struct eg_vaultpool *pool,
                                    const struct eg_vault_responder_request *request,
                                    struct eg_vaultpool_key *out)
{
    *out = (struct eg_vaultpool_key){0};
    EG_TRY(eg_limits_responder(request));
    return eg_pool_call_for_key(pool, EG_VAULT_OP_OCSP_CERTIFY, put_responder, request, out);
}

eg_status eg_vaultpool_ocsp_sign(struct eg_vaultpool *pool,
                                 const struct eg_vault_ocsp_request *request,
                                 struct eg_vaultpool_signed *out)
{
    *out = (struct eg_vaultpool_signed){0};
    EG_TRY(eg_limits_ocsp(request));
    return call_for_signed(pool, EG_VAULT_OP_OCSP_SIGN, put_ocsp, request, 0, OCSP_MAX, out);
}

void eg_vaultpool_signed_free(struct eg_vaultpool_signed *s)
{
    free(s->memory);
    *s = (struct eg_vaultpool_signed){0};
}
