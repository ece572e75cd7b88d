/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_MATTER_H
#define EG_SERVER_CORE_MATTER_H
/**
 * Everything a Matter device proves its origin with, for a whole group in one step: key pair,
 * Device Attestation Certificate, Product Attestation Intermediate and Certification Declaration.
 * Without a PAI and a declaration of the customer's own, ones for test are made.
 */
#include "server/core/core.h"

struct eg_matter_order {
    int64_t nc12, group_id;
    const char *vendor_id, *product_id; /* 4 digits 0-9A-F each */
    int64_t pai_id;                     /* CA made with profile matter-pai; 0: a test one */
    struct eg_span declaration;         /* DER, signed outside; empty: a test one is made */
    uint32_t device_type_id;            /* of a test declaration */
    const char *certificate_id;         /* likewise; 19 characters */
    uint32_t object_ids[4];             /* on the chip: in the order of struct eg_matter_made */
};

/** Ids of the secure objects, all assigned to the group; and of the CAs. */
struct eg_matter_made {
    int64_t key_pair_id, dac_id, pai_object_id, declaration_id;
    int64_t pai_id, paa_id;
    bool test; /* PAA or declaration is for test only */
};

/**
 * All objects enter the group together: its set moves on once, and devices in it are made anew
 * once. When that is refused, the objects go again; test CAs stay. Repeating an order answers the
 * same objects. PRODUCT_UNKNOWN, GROUP_UNKNOWN, CA_UNKNOWN, PROFILE,
 * TEST_ONLY (production group), CRYPTO_BAD_CMS (declaration), FIELD_INVALID (declaration for other
 * ids), NAME_TAKEN, errors of eg_object_create() and eg_object_assign().
 */
EG_MUST_USE eg_status eg_matter_setup(struct eg_call *call, const struct eg_matter_order *order,
                                      struct eg_matter_made *out);

/** Certificate (DER) of the key that signs test declarations; made when first asked for. */
EG_MUST_USE eg_status eg_matter_cd_signer(struct eg_call *call, struct eg_span *out);

#endif
