/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/core/core.h"

enum { REGULAR_S = 24 * 60 * 60, FIRST_S = 15, LONGEST_S = 6 * 60 * 60 };

static uint64_t or_default(uint32_t value, uint32_t instead)
{
    return value != 0 ? value : instead;
}

/* first_s doubled with each failure after the first, at most longest_s. */
static uint64_t backoff_s(const struct eg_agent_retry *limits, uint32_t failures)
{
    uint64_t wait = or_default(limits->first_s, FIRST_S);
    uint64_t longest = or_default(limits->longest_s, LONGEST_S);
    for (uint32_t i = 1; i < failures && wait < longest; i++) {
        wait *= 2;
    }
    return wait < longest ? wait : longest;
}

/* ms less a random part of up to 1/2^shift of it; no division, which small chips do in software. */
static uint64_t spread(uint64_t ms, unsigned shift, uint32_t random)
{
    return ms - (((ms >> shift) * random) >> 32);
}

uint64_t eg_agent_retry_ms(const struct eg_agent_retry *limits, uint32_t failures,
                           uint32_t retry_after_s, uint32_t random)
{
    uint64_t wait = failures == 0
                        ? spread(1000 * or_default(limits->regular_s, REGULAR_S), 3, random)
                        : spread(1000 * backoff_s(limits, failures), 1, random);
    uint64_t wish = (uint64_t)retry_after_s * 1000;
    if (wish == 0 || wait > wish) {
        return wait;
    }
    /* Spread upwards, never below what the service asked for. */
    return wish + ((((wish >> 3) + 1) * random) >> 32);
}

uint64_t eg_agent_wait_ms(struct eg_agent *agent, const struct eg_agent_retry *limits,
                          const struct eg_agent_report *report, uint32_t *failures)
{
    uint8_t random[4] = {0};
    if (report->result == EG_AGENT_OK) {
        *failures = 0;
    } else if (*failures < UINT32_MAX) {
        (*failures)++;
    }
    agent->config.random(agent->config.ctx, random, sizeof(random));
    return eg_agent_retry_ms(limits, *failures, report->retry_after_s, eg_load_le32(random));
}
