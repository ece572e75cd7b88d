/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_VAULT_OPS_H
#define EG_SERVER_VAULT_OPS_H
/**
 * The closed list of operations (docs/protocol/vault.md). Each is whole: request in, result out,
 * nothing kept. There is no "decrypt this" and no "sign these bytes", and adding one needs a reason
 * in docs/decisions.
 */
#include "server/vault/vault.h"

/** Carry out one request. Appends the result to out; what was appended on an error is dropped. */
typedef eg_status (*eg_vault_run)(struct eg_vault *v, struct eg_span body, struct eg_writer *out);

struct eg_vault_operation {
    uint16_t op;      /* enum eg_vault_op */
    const char *name; /* for logs */
    size_t body_max;  /* bytes of a request */
    eg_vault_run run;
};

/** The table, in the order of the operation numbers. */
const struct eg_vault_operation *eg_vault_operations(size_t *out_count);

/**
 * Answer one message: appends a whole answer (status and result, or status and sentence) to out.
 * Unknown operations and malformed bodies are answers too.
 */
void eg_vault_answer(struct eg_vault *v, uint16_t op, struct eg_span body, struct eg_writer *out);

/* One file each. */
eg_status eg_vault_run_hello(struct eg_vault *v, struct eg_span body, struct eg_writer *out);
eg_status eg_vault_run_ca_create(struct eg_vault *v, struct eg_span body, struct eg_writer *out);
eg_status eg_vault_run_service_key(struct eg_vault *v, struct eg_span body, struct eg_writer *out);
eg_status eg_vault_run_manifest(struct eg_vault *v, struct eg_span body, struct eg_writer *out);
eg_status eg_vault_run_secret_import(struct eg_vault *v, struct eg_span body,
                                     struct eg_writer *out);
eg_status eg_vault_run_secret_generate(struct eg_vault *v, struct eg_span body,
                                       struct eg_writer *out);
eg_status eg_vault_run_make(struct eg_vault *v, struct eg_span body, struct eg_writer *out);
eg_status eg_vault_run_csr_create(struct eg_vault *v, struct eg_span body, struct eg_writer *out);
eg_status eg_vault_run_crl_sign(struct eg_vault *v, struct eg_span body, struct eg_writer *out);
eg_status eg_vault_run_cd_sign(struct eg_vault *v, struct eg_span body, struct eg_writer *out);
eg_status eg_vault_run_ocsp_sign(struct eg_vault *v, struct eg_span body, struct eg_writer *out);
eg_status eg_vault_run_ocsp_certify(struct eg_vault *v, struct eg_span body, struct eg_writer *out);
eg_status eg_vault_run_claim_open(struct eg_vault *v, struct eg_span body, struct eg_writer *out);
eg_status eg_vault_run_claim_tag(struct eg_vault *v, struct eg_span body, struct eg_writer *out);
eg_status eg_vault_run_endpoint_certify(struct eg_vault *v, struct eg_span body,
                                        struct eg_writer *out);

#endif
