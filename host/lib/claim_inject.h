/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_LIB_CLAIM_INJECT_H
#define EG_HOST_LIB_CLAIM_INJECT_H
/**
 * Putting a claim code on a chip before it ships: sealed to the service's claim key and to the
 * chip's UUID, so that whoever reads the flash learns nothing and no other chip can use it.
 *
 *   "E2GC" | length 4, little endian | claim blob (lib/object/claim.h)
 *
 * goes to the family's claim_address; the application takes it into its trusted storage when it
 * starts.
 * Thread: independent devices may run in parallel, each with its own eg_crypto.
 */
#include "host/lib/provision.h"

struct eg_claim_inject {
    const char *target;
    const struct eg_family *family;
    struct eg_crypto *crypto;
    const uint8_t *claim_public; /* EG_P256_POINT_LEN bytes */
    struct eg_span code;         /* secret */
};

/**
 * Read the UUID, make the blob, write it, reset the device so that its application finds it.
 * HOST_NO_CLAIM_PLACE: the family takes none. CLAIM_SECRET: not a claim code. Those of host/lib/
 * isp.h. Fills out as the jobs of provision.h; returns out->problem.status.
 */
eg_status eg_claim_inject(const struct eg_claim_inject *job, struct eg_device_result *out);

#endif
