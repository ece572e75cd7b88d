/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_CA_ROTATION_H
#define EG_SERVER_CORE_CA_ROTATION_H
/**
 * An intermediate CA hands over to a successor without downtime: every certificate object that
 * names it gets a new version that names the successor, and each device gets a new certificate over
 * its old key at its next connection. The old CA signs its lists and OCSP answers until the end, so
 * its certificates hold until the last device has moved; then it can be revoked.
 */
#include "server/core/core.h"

struct eg_ca_rotation {
    int64_t successor_id; /* 0: no object has moved yet */
    size_t objects;       /* certificate objects moved by this call, or that have moved */
    int64_t devices;      /* that hold a certificate of one of these objects */
    int64_t remaining;    /* of them with one from the old CA */
};

/**
 * Move all objects of the company from one CA to another. Again: what has not moved yet.
 * CA_UNKNOWN; CA_PENDING, CA_EXTERNAL: the successor; errors of eg_object_update(): what was moved
 * before the error stays moved, the call can be repeated.
 */
EG_MUST_USE eg_status eg_ca_rotate(struct eg_call *call, int64_t ca_id, int64_t successor_id,
                                   struct eg_ca_rotation *out);
/** How far it is. CA_UNKNOWN. */
EG_MUST_USE eg_status eg_ca_rotation_get(struct eg_call *call, int64_t ca_id,
                                         struct eg_ca_rotation *out);

#endif
