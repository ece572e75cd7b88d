/* SPDX-License-Identifier: Apache-2.0 */
/* An application that has only what is installed: the headers and libengrave-agent.a. */
#include <engrave/agent.h>
#include <engrave/agent_claim.h>
#include <stdio.h>

int main(void)
{
    static struct eg_agent agent;
    static struct eg_agent_report report;
    static const struct eg_agent_config none;
    static const struct eg_agent_retry limits;
    static const uint8_t uuid[EG_AGENT_UUID_LEN];
    static const uint8_t key[EG_AGENT_CLAIM_KEY_LEN];
    size_t len;
    uint8_t room[16];
    enum eg_agent_result init = eg_agent_init(&agent, &none);
    enum eg_agent_result update = eg_agent_update(&agent, &report);
    enum eg_agent_result claim = eg_agent_claim_blob(
        NULL, NULL, uuid, key, (struct eg_agent_text){"", 0}, room, sizeof(room), &len);
    printf("%s; %s\n", eg_agent_result_text(update),
           eg_agent_status_text(EG_AGENT_PART_CLAIM, 0x13));
    return init == EG_AGENT_ARGUMENT && update == EG_AGENT_ARGUMENT && claim == EG_AGENT_ARGUMENT &&
                   eg_agent_retry_ms(&limits, 1, 0, 0) == 15000
               ? 0
               : 1;
}
