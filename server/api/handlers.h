/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_API_HANDLERS_H
#define EG_SERVER_API_HANDLERS_H
/** The handlers of routes.c, one file per kind of thing; inside server/api. Each decodes, calls
 * core and encodes; its status becomes the answer. */
#include "server/api/call.h"

/* api_service.c */
eg_status eg_api_health(struct eg_api_call *a);
eg_status eg_api_company(struct eg_api_call *a);
eg_status eg_api_families(struct eg_api_call *a);

/* openapi.c */
eg_status eg_api_openapi(struct eg_api_call *a);

/* api_key.c */
eg_status eg_api_key_create(struct eg_api_call *a);
eg_status eg_api_key_list(struct eg_api_call *a);
eg_status eg_api_key_revoke(struct eg_api_call *a);

/* api_product.c */
eg_status eg_api_product_create(struct eg_api_call *a);
eg_status eg_api_product_list(struct eg_api_call *a);
eg_status eg_api_product_get(struct eg_api_call *a);

/* api_group.c */
eg_status eg_api_group_create(struct eg_api_call *a);
eg_status eg_api_group_list(struct eg_api_call *a);
eg_status eg_api_group_get(struct eg_api_call *a);
eg_status eg_api_group_update(struct eg_api_call *a);
eg_status eg_api_group_delete(struct eg_api_call *a);

/* api_assign.c */
eg_status eg_api_devices_assign(struct eg_api_call *a);
eg_status eg_api_devices_register(struct eg_api_call *a);
eg_status eg_api_devices_unclaim(struct eg_api_call *a);
eg_status eg_api_group_unclaim(struct eg_api_call *a);
eg_status eg_api_device_report(struct eg_api_call *a);

/* api_device.c */
eg_status eg_api_group_devices(struct eg_api_call *a);
eg_status eg_api_group_device(struct eg_api_call *a);
eg_status eg_api_device_list(struct eg_api_call *a);
eg_status eg_api_device_get(struct eg_api_call *a);

/* api_provisioning.c */
eg_status eg_api_device_status(struct eg_api_call *a);
eg_status eg_api_download(struct eg_api_call *a);

/* api_job.c */
eg_status eg_api_job_get(struct eg_api_call *a);

/* api_object.c */
eg_status eg_api_object_create(struct eg_api_call *a);
eg_status eg_api_object_list(struct eg_api_call *a);
eg_status eg_api_object_get(struct eg_api_call *a);
eg_status eg_api_object_delete(struct eg_api_call *a);
eg_status eg_api_object_assign(struct eg_api_call *a);
eg_status eg_api_object_unassign(struct eg_api_call *a);
eg_status eg_api_object_update(struct eg_api_call *a);
eg_status eg_api_group_unassign(struct eg_api_call *a);
eg_status eg_api_group_objects(struct eg_api_call *a);

/* api_ca.c */
eg_status eg_api_root_ca_create(struct eg_api_call *a);
eg_status eg_api_intermediate_ca_create(struct eg_api_call *a);
eg_status eg_api_ca_list(struct eg_api_call *a);
eg_status eg_api_ca_get(struct eg_api_call *a);
eg_status eg_api_ca_chain(struct eg_api_call *a);
/** One CA as JSON; also for the other files about CAs. */
EG_MUST_USE eg_status eg_api_put_ca(struct eg_api_call *a, const struct eg_ca *ca);

/* api_ca_outside.c */
eg_status eg_api_ca_csr(struct eg_api_call *a);
eg_status eg_api_ca_certificate(struct eg_api_call *a);
eg_status eg_api_external_ca_create(struct eg_api_call *a);
eg_status eg_api_ca_delete(struct eg_api_call *a);

/* api_revocation.c */
eg_status eg_api_crl(struct eg_api_call *a);
eg_status eg_api_crl_shard(struct eg_api_call *a);
eg_status eg_api_ocsp_post(struct eg_api_call *a);
eg_status eg_api_ocsp_get(struct eg_api_call *a);
/** Id of a CA from a last segment "<id><suffix>". CA_UNKNOWN. */
EG_MUST_USE eg_status eg_api_ca_file(struct eg_api_call *a, const char *suffix, int64_t *out);
eg_status eg_api_revocation_create(struct eg_api_call *a);
eg_status eg_api_revocation_list(struct eg_api_call *a);
eg_status eg_api_device_certificates(struct eg_api_call *a);
eg_status eg_api_device_revoke(struct eg_api_call *a);

/* api_endpoint.c */
eg_status eg_api_ca_public(struct eg_api_call *a);
eg_status eg_api_device_endpoint(struct eg_api_call *a);

/* api_profile.c */
eg_status eg_api_profile_list(struct eg_api_call *a);
eg_status eg_api_matter_setup(struct eg_api_call *a);
eg_status eg_api_matter_cd_signer(struct eg_api_call *a);

/* api_roots.c */
eg_status eg_api_secret_certificate(struct eg_api_call *a);
eg_status eg_api_roots_certificate(struct eg_api_call *a);
eg_status eg_api_roots_upload(struct eg_api_call *a);
eg_status eg_api_signer_create(struct eg_api_call *a);
eg_status eg_api_signer_list(struct eg_api_call *a);

/* api_claim.c */
eg_status eg_api_claim_create(struct eg_api_call *a);
eg_status eg_api_claim_batch(struct eg_api_call *a);
eg_status eg_api_claim_list(struct eg_api_call *a);
eg_status eg_api_claim_get(struct eg_api_call *a);
eg_status eg_api_claim_update(struct eg_api_call *a);
eg_status eg_api_claim_revoke(struct eg_api_call *a);
eg_status eg_api_claim_delete(struct eg_api_call *a);
eg_status eg_api_claim_devices(struct eg_api_call *a);
eg_status eg_api_claim_statistics(struct eg_api_call *a);

/* api_device.c, for the other lists of devices */
/** after=TOKEN of an earlier answer; *out is room, or NULL without one. A token names a place, no
 * right: what is listed is the caller's. API_QUERY. */
EG_MUST_USE eg_status eg_api_read_after(struct eg_api_call *a, struct eg_page page,
                                        struct eg_page_key *room, const struct eg_page_key **out);
/** "nextToken": where the next page begins, null without one. */
void eg_api_put_token(struct eg_json_out *j, const struct eg_page_key *next, bool more);

/* api_cloud.c */
struct eg_cloud_filter;
struct eg_cloud_state;
eg_status eg_api_group_cloud(struct eg_api_call *a);
eg_status eg_api_group_cloud_devices(struct eg_api_call *a);
eg_status eg_api_alarm_list(struct eg_api_call *a);
eg_status eg_api_alarm_acknowledge(struct eg_api_call *a);
/** Members "cloud" and "objects" of a device. */
EG_MUST_USE eg_status eg_api_put_device_cloud(struct eg_api_call *a, const struct eg_uuid *uuid);
void eg_api_put_cloud(struct eg_api_call *a, const struct eg_cloud_state *s);
/** Filters of the query; *out_any: there is one of the cloud flow. API_QUERY. */
EG_MUST_USE eg_status eg_api_cloud_filter(struct eg_api_call *a, struct eg_cloud_filter *out,
                                          bool *out_any);
EG_MUST_USE eg_status eg_api_cloud_list(struct eg_api_call *a,
                                        const struct eg_cloud_filter *filter);
/* keys kept fresh in the field */
eg_status eg_api_rollout_create(struct eg_api_call *a);
eg_status eg_api_rollout_list(struct eg_api_call *a);
eg_status eg_api_rollout_get(struct eg_api_call *a);
eg_status eg_api_rollout_update(struct eg_api_call *a);
eg_status eg_api_rollout_halt(struct eg_api_call *a);
eg_status eg_api_rollout_resume(struct eg_api_call *a);
eg_status eg_api_rollout_rollback(struct eg_api_call *a);
eg_status eg_api_rollout_finish(struct eg_api_call *a);
eg_status eg_api_rollout_events(struct eg_api_call *a);
eg_status eg_api_events(struct eg_api_call *a);
eg_status eg_api_service_create(struct eg_api_call *a);
eg_status eg_api_service_list(struct eg_api_call *a);
eg_status eg_api_service_get(struct eg_api_call *a);
eg_status eg_api_service_update(struct eg_api_call *a);
eg_status eg_api_service_delete(struct eg_api_call *a);
eg_status eg_api_connection_get(struct eg_api_call *a);
eg_status eg_api_connection_put(struct eg_api_call *a);
eg_status eg_api_connection_delete(struct eg_api_call *a);
eg_status eg_api_company_connection_get(struct eg_api_call *a);
eg_status eg_api_company_connection_put(struct eg_api_call *a);
eg_status eg_api_company_connection_delete(struct eg_api_call *a);
eg_status eg_api_decommission(struct eg_api_call *a);
eg_status eg_api_ca_rotate(struct eg_api_call *a);
eg_status eg_api_ca_rotation(struct eg_api_call *a);

#endif
