/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_REVOKE_H
#define EG_SERVER_CORE_REVOKE_H
/** The certificates that devices got, and taking their word back. */
#include "server/core/core.h"
#include "server/store/store_pki.h"

/** A certificate that was made for a device. */
struct eg_device_cert {
    int64_t object_id, group_id, device_id, ca_id;
    struct eg_span serial; /* content of the INTEGER */
    int64_t not_before_s, not_after_s;
    bool revoked;
    struct eg_revocation revocation; /* when revoked */
};
struct eg_device_cert_list {
    struct eg_device_cert *items;
    size_t count;
};

/** All that were ever made here for a device, whatever group it was in. DEVICE_UNKNOWN. */
EG_MUST_USE eg_status eg_device_certs(struct eg_call *call, const struct eg_uuid *uuid,
                                      struct eg_device_cert_list *out);

/**
 * Revoke certificates of a device: the one with this serial number, or (serial empty) all.
 * *out_new counts those that were not revoked before. DEVICE_UNKNOWN, CERTIFICATE_UNKNOWN.
 */
EG_MUST_USE eg_status eg_device_revoke(struct eg_call *call, const struct eg_uuid *uuid,
                                       struct eg_span serial, uint8_t reason, size_t *out_new);

/** Revoke any certificate of a hosted CA by serial number. CA_UNKNOWN, CA_EXTERNAL. */
EG_MUST_USE eg_status eg_ca_revoke(struct eg_call *call, int64_t ca_id, struct eg_span serial,
                                   uint8_t reason, struct eg_revocation *out);

#endif
