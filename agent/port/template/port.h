/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_PORT_TEMPLATE_PORT_H
#define EG_AGENT_PORT_TEMPLATE_PORT_H
/** The operations of this template, over board.h. Where to begin: docs/guide/agent-porting.md. */
#include "agent/port/template/board.h"
#include "engrave/agent.h"

/** TLS; its context is a struct port_line. */
struct port_line {
    uint64_t deadline_ms;
};
extern const struct eg_agent_transport port_transport;

/** The chip's own enclave; no context. */
extern const struct eg_agent_enclave port_enclave;

/**
 * Two sectors of flash, from `at`. Flash is written in units, the library writes pieces of any
 * length: what does not fill a unit waits in `unit` until the next piece, or until sync.
 */
struct port_flash {
    uint32_t at;
    uint32_t unit_at; /* offset of `unit` in the slot */
    uint8_t unit[BOARD_UNIT];
    uint8_t filled; /* bytes of it; 0: empty */
    uint8_t slot;
};
extern const struct eg_agent_store port_store;

/** Provision this device and stay in touch with the service. Returns only if set-up failed. */
void port_run(void);

#endif
