/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_LIB_FW_STATUS_H
#define EG_HOST_LIB_FW_STATUS_H
/** Result words of the provisioning firmware, as a sentence and what to do about it. */
#include <stdint.h>

#include "host/lib/problem.h"

enum { EG_FW_PASS = 0x5A5A5A5A };

struct eg_fw_status {
    uint32_t word;
    const char *name;  /* without the prefix STATUS_ */
    const char *cause; /* one sentence */
    const char *next;  /* one sentence */
};

/** Never NULL; an unknown word gets an entry that says so (its .word is 0). Static strings. */
const struct eg_fw_status *eg_fw_status(uint32_t word);

/** What the firmware said, as the problem of a run: EG_OK for EG_FW_PASS (*out stays as it is),
 * else HOST_FW_RESULT with word, name, cause and next step. */
eg_status eg_fw_judge(uint32_t word, struct eg_problem *out);

/** All known words, for documentation and tests. */
const struct eg_fw_status *eg_fw_status_list(uint32_t *out_count);

#endif
