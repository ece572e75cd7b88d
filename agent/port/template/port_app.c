/* SPDX-License-Identifier: Apache-2.0 */
/* An application: all memory is here, and the calls are all that it needs. */
#include "agent/port/template/port.h"

enum {
    KEYSTORE = 0x70000010,
    SERVICES = 0,
    FLASH_CONNECTION = 0,
    FLASH_SERVICES = 2 * BOARD_SECTOR,
};

static uint8_t request_buffer[8192];
static uint8_t response_buffer[1024];
static struct eg_agent agent;
static struct port_line line;
static struct port_flash connection_flash = {.at = FLASH_CONNECTION};
static struct port_flash services_flash = {.at = FLASH_SERVICES};

static uint64_t now_ms(void *ctx)
{
    (void)ctx;
    return board_ms();
}

static void draw(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    board_random(out, len);
}

static enum eg_agent_result set_up(void)
{
    const struct eg_agent_config config = {
        .transport = &port_transport,
        .transport_ctx = &line,
        .now_ms = now_ms,
        .random = draw,
        .request_buffer = request_buffer,
        .request_size = sizeof(request_buffer),
        .response_buffer = response_buffer,
        .response_size = sizeof(response_buffer),
    };
    enum eg_agent_result result = eg_agent_init(&agent, &config);
    if (result == EG_AGENT_OK) {
        result = eg_agent_add_enclave(&agent, KEYSTORE, &port_enclave, NULL);
    }
    if (result == EG_AGENT_OK) {
        result = eg_agent_add_store(&agent, EG_AGENT_CONNECTION, &port_store, &connection_flash);
    }
    if (result == EG_AGENT_OK) {
        result = eg_agent_add_store(&agent, SERVICES, &port_store, &services_flash);
    }
    return result;
}

void port_run(void)
{
    static struct eg_agent_report report;
    static const struct eg_agent_retry limits = {0}; /* once a day; 15 s to 6 h after failures */
    uint32_t failures = 0;
    if (set_up() != EG_AGENT_OK) {
        return;
    }
    for (;;) {
        eg_agent_update(&agent, &report);
        board_sleep_ms(eg_agent_wait_ms(&agent, &limits, &report, &failures));
    }
}
