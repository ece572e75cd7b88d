/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_CLAIM_CODE_H
#define EG_SERVER_CORE_CLAIM_CODE_H
/** Making claim codes. Looking at them and changing them is the store's (store_claim.h). */
#include "lib/object/claim.h"
#include "server/core/core.h"
#include "server/store/store_claim.h"

enum { EG_CLAIM_LENGTH_DEFAULT = 64 };

/** What is asked for. */
struct eg_claim_wish {
    struct eg_claim_code code; /* members of eg_store_claim_add(); name is the stem of a batch */
    size_t count;              /* 1 .. EG_CLAIM_BATCH_MAX */
    bool batch;                /* names get "-1", "-2", ... and a common batch id */
    const char *secret;        /* NULL: drawn, code.length characters; only when count is 1 */
};

struct eg_claim_made {
    struct eg_claim_code code;
    char secret[EG_CLAIM_TEXT_MAX + 1]; /* shown once */
};

struct eg_claim_made_list {
    char batch[EG_JOB_UUID_LEN + 1]; /* "" for a single one */
    struct eg_claim_made *items;     /* in the arena; eg_claim_made_wipe() */
    size_t count;
    int64_t *ids;          /* filled when they are stored */
    bool too_long_for_nxp; /* warn: NXP's agents cannot carry it */
};

/**
 * Fill *out before anything is stored, then store: all or none. Devices that claim are fresh, so
 * FLOW_INTERNAL: the group holds objects that only the line can deliver; FLOW_UNSUPPORTED: group or
 * family takes no part in the cloud flow. CLAIM_SECRET, NAME_TAKEN, GROUP_UNKNOWN.
 */
EG_MUST_USE eg_status eg_claim_codes_make(struct eg_call *call, int64_t nc12, int64_t group_id,
                                          const struct eg_claim_wish *wish,
                                          struct eg_claim_made_list *out);
void eg_claim_made_wipe(struct eg_claim_made_list *list);

/** Names on the API; "" and 0 for what is not known. */
const char *eg_claim_behavior_name(enum eg_claim_behavior b);
enum eg_claim_behavior eg_claim_behavior_from_name(const char *name);
const char *eg_claim_policy_name(enum eg_claim_policy p);
enum eg_claim_policy eg_claim_policy_from_name(const char *name);
const char *eg_claim_agents_name(enum eg_claim_agents a);
enum eg_claim_agents eg_claim_agents_from_name(const char *name);

#endif
