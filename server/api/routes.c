/* SPDX-License-Identifier: Apache-2.0 */
/* Every call of the API. P = a product's device groups, G = one group. */
#include "server/api/handlers.h"
#include "server/main/limits.h"

#define P "/api/v1/products/{}/device-groups"
#define G P "/{}"
#define R "/api/v1/rtp"

const struct eg_route eg_api_routes[] = {
    EG_ROUTE("GET", "/healthz", PUBLIC, IGNORED, BODY_NONE, eg_api_health),
    EG_ROUTE("GET", "/api/v1/openapi.json", AUDITOR, IGNORED, BODY_NONE, eg_api_openapi),
    EG_ROUTE("GET", "/api/v1/company", AUDITOR, IGNORED, BODY_NONE, eg_api_company),
    EG_ROUTE("GET", "/api/v1/families", AUDITOR, IGNORED, BODY_NONE, eg_api_families),

    EG_ROUTE("POST", "/api/v1/api-keys", ADMIN, JSON, BODY_SMALL, eg_api_key_create),
    EG_ROUTE("GET", "/api/v1/api-keys", ADMIN, IGNORED, BODY_NONE, eg_api_key_list),
    EG_ROUTE("DELETE", "/api/v1/api-keys/{}", ADMIN, IGNORED, BODY_NONE, eg_api_key_revoke),

    EG_ROUTE("POST", "/api/v1/products", ADMIN, JSON, BODY_SMALL, eg_api_product_create),
    EG_ROUTE("GET", "/api/v1/products", AUDITOR, IGNORED, BODY_NONE, eg_api_product_list),
    EG_ROUTE("GET", "/api/v1/products/{}", AUDITOR, IGNORED, BODY_NONE, eg_api_product_get),

    EG_ROUTE("POST", P, ADMIN, JSON, BODY_SMALL, eg_api_group_create),
    EG_ROUTE("GET", P, AUDITOR, IGNORED, BODY_NONE, eg_api_group_list),
    EG_ROUTE("GET", G, AUDITOR, IGNORED, BODY_NONE, eg_api_group_get),
    EG_ROUTE("PUT", G, ADMIN, JSON, BODY_SMALL, eg_api_group_update),
    EG_ROUTE("DELETE", G, ADMIN, IGNORED, BODY_NONE, eg_api_group_delete),

    EG_ROUTE("POST", G "/devices", OPERATOR, JSON, BODY_DEVICES, eg_api_devices_assign),
    EG_ROUTE("GET", G "/devices", AUDITOR, IGNORED, BODY_NONE, eg_api_group_devices),
    EG_ROUTE("POST", G "/register-devices", OPERATOR, JSON, BODY_DEVICES, eg_api_devices_register),
    EG_ROUTE("POST", G "/devices/unclaim", OPERATOR, JSON, BODY_DEVICES, eg_api_devices_unclaim),
    EG_ROUTE("POST", G "/unclaim", ADMIN, IGNORED, BODY_NONE, eg_api_group_unclaim),
    EG_ROUTE("GET", G "/devices/{}", AUDITOR, IGNORED, BODY_NONE, eg_api_group_device),
    EG_ROUTE("POST", G "/devices/{}/report", OPERATOR, JSON, BODY_SMALL, eg_api_device_report),

    EG_ROUTE("POST", G "/claim-codes", ADMIN, JSON, BODY_SMALL, eg_api_claim_create),
    EG_ROUTE("GET", G "/claim-codes", AUDITOR, IGNORED, BODY_NONE, eg_api_claim_list),
    EG_ROUTE("POST", G "/claim-code-batches", ADMIN, JSON, BODY_SMALL, eg_api_claim_batch),
    EG_ROUTE("GET", G "/claim-code-statistics", AUDITOR, IGNORED, BODY_NONE,
             eg_api_claim_statistics),
    EG_ROUTE("GET", G "/claim-codes/{}", AUDITOR, IGNORED, BODY_NONE, eg_api_claim_get),
    EG_ROUTE("PUT", G "/claim-codes/{}", ADMIN, JSON, BODY_SMALL, eg_api_claim_update),
    EG_ROUTE("DELETE", G "/claim-codes/{}", ADMIN, IGNORED, BODY_NONE, eg_api_claim_delete),
    EG_ROUTE("POST", G "/claim-codes/{}/revoke", ADMIN, IGNORED, BODY_NONE, eg_api_claim_revoke),
    EG_ROUTE("GET", G "/claim-codes/{}/devices", AUDITOR, IGNORED, BODY_NONE, eg_api_claim_devices),
    EG_ROUTE("GET", G "/cloud", AUDITOR, IGNORED, BODY_NONE, eg_api_group_cloud),
    EG_ROUTE("GET", G "/cloud/devices", AUDITOR, IGNORED, BODY_NONE, eg_api_group_cloud_devices),

    EG_ROUTE("GET", "/api/v1/alarms", AUDITOR, IGNORED, BODY_NONE, eg_api_alarm_list),
    EG_ROUTE("POST", "/api/v1/alarms/{}/acknowledge", ADMIN, IGNORED, BODY_NONE,
             eg_api_alarm_acknowledge),

    EG_ROUTE("GET", "/api/v1/devices", AUDITOR, IGNORED, BODY_NONE, eg_api_device_list),
    EG_ROUTE("GET", "/api/v1/devices/{}", AUDITOR, IGNORED, BODY_NONE, eg_api_device_get),

    EG_ROUTE("GET", R "/devices/{}/secure-object-provisionings", AUDITOR, IGNORED, BODY_NONE,
             eg_api_device_status),
    EG_ROUTE("POST", R "/device-groups/{}/devices/download-provisionings", OPERATOR, JSON,
             BODY_DEVICES, eg_api_download),
    EG_ROUTE("GET", "/api/v2/rtp/jobs/{}", AUDITOR, IGNORED, BODY_NONE, eg_api_job_get),

    EG_ROUTE("POST", R "/secure-objects", ADMIN, JSON, BODY_OBJECT, eg_api_object_create),
    EG_ROUTE("GET", R "/secure-objects", AUDITOR, IGNORED, BODY_NONE, eg_api_object_list),
    EG_ROUTE("GET", R "/secure-objects/{}", AUDITOR, IGNORED, BODY_NONE, eg_api_object_get),
    EG_ROUTE("PUT", R "/secure-objects/{}", ADMIN, JSON, BODY_OBJECT, eg_api_object_update),
    EG_ROUTE("DELETE", R "/secure-objects/{}", ADMIN, IGNORED, BODY_NONE, eg_api_object_delete),
    EG_ROUTE("POST", R "/secure-objects/{}/assign-device-group", ADMIN, JSON, BODY_SMALL,
             eg_api_object_assign),
    EG_ROUTE("POST", R "/secure-objects/{}/unassign-device-groups", ADMIN, JSON, BODY_SMALL,
             eg_api_object_unassign),
    EG_ROUTE("GET", R "/device-groups/{}/secure-objects", AUDITOR, IGNORED, BODY_NONE,
             eg_api_group_objects),
    EG_ROUTE("POST", R "/device-groups/{}/unassign-secure-objects", ADMIN, JSON, BODY_SMALL,
             eg_api_group_unassign),

    EG_ROUTE("POST", R "/root-cas", ADMIN, JSON, BODY_SMALL, eg_api_root_ca_create),
    EG_ROUTE("POST", R "/intermediate-cas", ADMIN, JSON, BODY_SMALL, eg_api_intermediate_ca_create),
    EG_ROUTE("GET", R "/certificate-authorities", AUDITOR, IGNORED, BODY_NONE, eg_api_ca_list),
    EG_ROUTE("GET", R "/certificate-authorities/{}", AUDITOR, IGNORED, BODY_NONE, eg_api_ca_get),
    EG_ROUTE("GET", R "/certificate-authorities/{}/chain", AUDITOR, IGNORED, BODY_NONE,
             eg_api_ca_chain),
    EG_ROUTE("DELETE", R "/certificate-authorities/{}", ADMIN, IGNORED, BODY_NONE,
             eg_api_ca_delete),
    EG_ROUTE("GET", R "/certificate-authorities/{}/csr", AUDITOR, IGNORED, BODY_NONE,
             eg_api_ca_csr),
    EG_ROUTE("POST", R "/certificate-authorities/{}/certificate", ADMIN, JSON, BODY_SMALL,
             eg_api_ca_certificate),
    EG_ROUTE("POST", R "/certificate-authorities/{}/revocations", ADMIN, JSON, BODY_SMALL,
             eg_api_revocation_create),
    EG_ROUTE("GET", R "/certificate-authorities/{}/revocations", AUDITOR, IGNORED, BODY_NONE,
             eg_api_revocation_list),
    EG_ROUTE("POST", R "/external-cas", ADMIN, JSON, BODY_SMALL, eg_api_external_ca_create),
    EG_ROUTE("GET", R "/certificate-profiles", AUDITOR, IGNORED, BODY_NONE, eg_api_profile_list),
    EG_ROUTE("GET", "/api/v1/crl/{}", PUBLIC, IGNORED, BODY_NONE, eg_api_crl),
    EG_ROUTE("GET", "/api/v1/crl/{}/{}", PUBLIC, IGNORED, BODY_NONE, eg_api_crl_shard),
    EG_ROUTE("POST", "/ocsp/{}", PUBLIC, RAW, BODY_SMALL, eg_api_ocsp_post),
    EG_ROUTE("GET", "/ocsp/{}/{*}", PUBLIC, IGNORED, BODY_NONE, eg_api_ocsp_get),
    EG_ROUTE("GET", "/api/v1/ca/{}", PUBLIC, IGNORED, BODY_NONE, eg_api_ca_public),
    EG_ROUTE("GET", "/api/v1/device-endpoint", AUDITOR, IGNORED, BODY_NONE, eg_api_device_endpoint),
    EG_ROUTE("GET", "/api/v1/matter/test-cd-signer", AUDITOR, IGNORED, BODY_NONE,
             eg_api_matter_cd_signer),
    EG_ROUTE("POST", G "/matter", ADMIN, JSON, BODY_SMALL, eg_api_matter_setup),
    EG_ROUTE("GET", "/api/v1/devices/{}/certificates", AUDITOR, IGNORED, BODY_NONE,
             eg_api_device_certificates),
    EG_ROUTE("POST", "/api/v1/devices/{}/revoke-certificates", ADMIN, JSON, BODY_SMALL,
             eg_api_device_revoke),
    EG_ROUTE("GET", R "/secret-import-certificate", AUDITOR, IGNORED, BODY_NONE,
             eg_api_secret_certificate),

    EG_ROUTE("GET", "/api/v1/roots-of-trust/certificate", AUDITOR, IGNORED, BODY_NONE,
             eg_api_roots_certificate),
    EG_ROUTE("POST", "/api/v1/roots-of-trust", ADMIN, RAW, BODY_MANIFEST, eg_api_roots_upload),
    EG_ROUTE("POST", "/api/v1/roots-of-trust/signers", ADMIN, JSON, BODY_SMALL,
             eg_api_signer_create),
    EG_ROUTE("GET", "/api/v1/roots-of-trust/signers", AUDITOR, IGNORED, BODY_NONE,
             eg_api_signer_list),
};

const struct eg_route eg_public_routes[] = {
    EG_ROUTE("GET", "/api/v1/crl/{}", PUBLIC, IGNORED, BODY_NONE, eg_api_crl),
    EG_ROUTE("GET", "/api/v1/crl/{}/{}", PUBLIC, IGNORED, BODY_NONE, eg_api_crl_shard),
    EG_ROUTE("POST", "/ocsp/{}", PUBLIC, RAW, BODY_SMALL, eg_api_ocsp_post),
    EG_ROUTE("GET", "/ocsp/{}/{*}", PUBLIC, IGNORED, BODY_NONE, eg_api_ocsp_get),
    EG_ROUTE("GET", "/api/v1/ca/{}", PUBLIC, IGNORED, BODY_NONE, eg_api_ca_public),
};

const size_t eg_public_route_count = sizeof(eg_public_routes) / sizeof(eg_public_routes[0]);

const size_t eg_api_route_count = sizeof(eg_api_routes) / sizeof(eg_api_routes[0]);
