/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_RENEWAL_POLICY_H
#define EG_SERVER_CORE_RENEWAL_POLICY_H
/** When a certificate object is renewed in the field, and what becomes of its key. */
#include <jansson.h>

#include "server/core/json_in.h"

enum { EG_RENEWAL_SHARE_DEFAULT = 75, EG_RENEWAL_DAYS_MAX = 36500 };

/** Member "renewal" of a CERTIFICATE. */
struct eg_renewal_policy {
    bool on;
    uint32_t before_days;   /* renew so many days before the end; 0: by share */
    uint32_t share_percent; /* renew when so much of the life has passed, 1 .. 99 */
    bool new_key;           /* with a fresh key pair */
    /* a second pair of ids on the chip: old and new one stand side by side until the new one has
     * been seen working; 0: the new one takes the place of the old one */
    uint32_t alternate_certificate, alternate_key;
};

/** Of `in`, the definition of the certificate. Errors stay in it. */
void eg_renewal_policy_read(struct eg_json_in *in, struct eg_renewal_policy *out);
/** The member as JSON; NULL when there is none. Returns owned. */
json_t *eg_renewal_policy_json(const struct eg_renewal_policy *policy);

/** When a certificate with this validity is to be renewed; INT64_MAX: never. */
int64_t eg_renewal_due(const struct eg_renewal_policy *policy, int64_t not_before_s,
                       int64_t not_after_s);

/** Id on the chip of a generation's object: odd ones have the alternate id if there is one. */
uint32_t eg_renewal_chip_id(uint32_t primary, uint32_t alternate, uint32_t generation);

#endif
