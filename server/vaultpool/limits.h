/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_VAULTPOOL_LIMITS_H
#define EG_SERVER_VAULTPOOL_LIMITS_H
/** Is a request within the limits of lib/wire/vault_types.h? VAULT_LIMIT if not. Pure functions. */
#include "lib/wire/vault_msg.h"

EG_MUST_USE eg_status eg_limits_ca(const struct eg_vault_ca_request *q);
EG_MUST_USE eg_status eg_limits_csr(const struct eg_vault_csr_request *q);
EG_MUST_USE eg_status eg_limits_crl(const struct eg_vault_crl_request *q);
EG_MUST_USE eg_status eg_limits_responder(const struct eg_vault_responder_request *q);
EG_MUST_USE eg_status eg_limits_ocsp(const struct eg_vault_ocsp_request *q);
EG_MUST_USE eg_status eg_limits_cd(const struct eg_vault_cd_request *q);
EG_MUST_USE eg_status eg_limits_endpoint(const struct eg_vault_endpoint_request *q);
EG_MUST_USE eg_status eg_limits_claim(const struct eg_vault_claim_request *q);
EG_MUST_USE eg_status eg_limits_claim_tag(const struct eg_vault_claim_tag_request *q);
EG_MUST_USE eg_status eg_limits_service(const struct eg_vault_service_request *q);
EG_MUST_USE eg_status eg_limits_manifest(const struct eg_vault_manifest_request *q);
EG_MUST_USE eg_status eg_limits_secret(const struct eg_vault_secret_request *q);
EG_MUST_USE eg_status eg_limits_make(const struct eg_vault_make_request *q);

#endif
