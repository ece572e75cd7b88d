/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vault/ops.h"

#define SMALL (64 * 1024)

static const struct eg_vault_operation operations[] = {
    {EG_VAULT_OP_HELLO, "hello", 0, eg_vault_run_hello},
    {EG_VAULT_OP_CA_CREATE, "ca-create", SMALL, eg_vault_run_ca_create},
    {EG_VAULT_OP_SERVICE_KEY_CREATE, "service-key-create", SMALL, eg_vault_run_service_key},
    {EG_VAULT_OP_MANIFEST_OPEN, "manifest-open", EG_VAULT_MESSAGE_MAX, eg_vault_run_manifest},
    {EG_VAULT_OP_SECRET_IMPORT, "secret-import", EG_VAULT_SECRET_MESSAGE_MAX + SMALL,
     eg_vault_run_secret_import},
    {EG_VAULT_OP_SECRET_GENERATE, "secret-generate", SMALL, eg_vault_run_secret_generate},
    {EG_VAULT_OP_MAKE, "make", EG_VAULT_MESSAGE_MAX, eg_vault_run_make},
    {EG_VAULT_OP_CSR_CREATE, "csr-create", SMALL, eg_vault_run_csr_create},
    {EG_VAULT_OP_CRL_SIGN, "crl-sign", EG_VAULT_CRL_MAX, eg_vault_run_crl_sign},
    {EG_VAULT_OP_CD_SIGN, "cd-sign", SMALL, eg_vault_run_cd_sign},
    {EG_VAULT_OP_CLAIM_OPEN, "claim-open", SMALL, eg_vault_run_claim_open},
    {EG_VAULT_OP_ENDPOINT_CERTIFY, "endpoint-certify", SMALL, eg_vault_run_endpoint_certify},
    {EG_VAULT_OP_OCSP_SIGN, "ocsp-sign", SMALL, eg_vault_run_ocsp_sign},
    {EG_VAULT_OP_OCSP_CERTIFY, "ocsp-certify", SMALL, eg_vault_run_ocsp_certify},
    {EG_VAULT_OP_CLAIM_TAG, "claim-tag", EG_VAULT_CLAIM_TAGS_MAX *(EG_VAULT_TEXT_MAX + 4) + SMALL,
     eg_vault_run_claim_tag},
};

const struct eg_vault_operation *eg_vault_operations(size_t *out_count)
{
    *out_count = sizeof(operations) / sizeof(operations[0]);
    return operations;
}

static const struct eg_vault_operation *find(uint16_t op)
{
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (operations[i].op == op) {
            return &operations[i];
        }
    }
    return NULL;
}

static eg_status run(struct eg_vault *v, uint16_t op, struct eg_span body, struct eg_writer *out)
{
    const struct eg_vault_operation *operation = find(op);
    if (operation == NULL) {
        return EG_ERR(WIRE_BAD_MESSAGE);
    }
    if (body.len > operation->body_max) {
        return EG_ERR(VAULT_LIMIT);
    }
    eg_writer_be32(out, EG_OK.word);
    eg_status st = operation->run(v, body, out);
    return eg_ok(out->status) ? st : EG_ERR(VAULT_LIMIT);
}

void eg_vault_answer(struct eg_vault *v, uint16_t op, struct eg_span body, struct eg_writer *out)
{
    size_t start = out->len;
    v->why[0] = '\0';
    eg_status st = run(v, op, body, out);
    if (!eg_ok(st)) {
        out->len = start;
        out->status = EG_OK;
        eg_vault_put_failure(out, st, v->why[0] != '\0' ? v->why : eg_status_info(st)->cause);
    }
}
