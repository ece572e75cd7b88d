/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_CLOUD_LIFE_H
#define EG_SERVER_CORE_CLOUD_LIFE_H
/** Reasons of the table in cloud_wants.c that come with a device's age: certificates are renewed,
 * and a device is taken out of service. docs/guide/field.md. */
#include "server/core/cloud_wants.h"

enum {
    EG_RENEWAL_RETRY_S = 3600, /* after a device refused a renewed certificate */
    EG_RENEWAL_GAIN_S = 3600,  /* a new certificate must end at least so much later */
};

/** Renewed certificates in place of, or beside, those that were made for the set. */
EG_MUST_USE eg_status eg_cloud_want_renewals(struct eg_cloud_wanting *w,
                                             struct eg_cloud_wants *wants);

/** A device to be retired is to hold nothing. */
EG_MUST_USE eg_status eg_cloud_want_retiring(struct eg_cloud_wanting *w,
                                             struct eg_cloud_wants *wants);

/** Id on the chip where a service finds an object of the group now. */
EG_MUST_USE eg_status eg_cloud_place_of(struct eg_call *call, int64_t device_id, int64_t object_id,
                                        int64_t certificate_id, uint32_t *out);

/** Make the next generation of a certificate. *out_body: provisioning_body.h, certificate first,
 * then its key when that is new. not_after_s: of the new certificate. */
EG_MUST_USE eg_status eg_renewal_make(struct eg_call *call, const struct eg_cloud_session *session,
                                      const struct eg_cloud_want *want, uint32_t generation,
                                      struct eg_span *out_body, int64_t *out_not_after_s);

#endif
