/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_MCUBOOT_H
#define EG_VCHIP_MCUBOOT_H
/**
 * The ISP command machine over a byte stream (docs/protocol/vchip.md, "Commands").
 *
 *   idle --command--> [ACK, response] --> idle
 *        --write-memory, receive-sb-file--> receiving --last data frame--> [final response] -->
 * idle
 *        --read-memory--> sending (a data frame per ACK) --last ACK--> [final response] --> idle
 *
 * A new command or PING ends any data phase. ACKs between commands are ignored (they may come or
 * not: a host that flushes its port can lose them). A part without power, or whose application
 * runs, says nothing.
 */
#include "vchip/mcuboot_frame.h"
#include "vchip/part.h"

/** Takes bytes for the host; `context` is the caller's. Must not call back into the machine. */
typedef void (*eg_mcuboot_emit_fn)(void *context, struct eg_span bytes);

enum eg_mcuboot_phase {
    EG_MB_IDLE = 0,
    EG_MB_RECEIVING,
    EG_MB_SENDING,
};

struct eg_mcuboot {
    struct eg_part *part; /* borrowed */
    eg_mcuboot_emit_fn emit;
    void *context;
    struct eg_frame_decoder decoder;

    enum eg_mcuboot_phase phase;
    uint8_t command;  /* tag of the command whose data phase runs */
    uint32_t address; /* of the data phase */
    uint32_t len, done;
    uint8_t *data; /* received so far; NULL unless receiving into memory */
};

void eg_mcuboot_init(struct eg_mcuboot *m, struct eg_part *part, eg_mcuboot_emit_fn emit,
                     void *context);
/** Frees what a data phase holds; safe on the zero state. */
void eg_mcuboot_cleanup(struct eg_mcuboot *m);

/** Bytes from the host. Answers go to emit before the call returns. */
void eg_mcuboot_input(struct eg_mcuboot *m, struct eg_span bytes);

/** Forget the line's state: power or reset from outside. */
void eg_mcuboot_drop(struct eg_mcuboot *m);

/* McuBoot status words (public list), for tests as well. */
enum {
    EG_MB_SUCCESS = 0,
    EG_MB_FAIL = 1,
    EG_MB_INVALID_ARGUMENT = 4,
    EG_MB_UNKNOWN_COMMAND = 10000,
    EG_MB_SECURITY_VIOLATION = 10001,
    EG_MB_ABORT_DATA_PHASE = 10002,
    EG_MB_RANGE_INVALID = 10200,
    EG_MB_WRITE_FAILED = 10202,
    EG_MB_CUMULATIVE_WRITE = 10203,
    EG_MB_UNKNOWN_PROPERTY = 10300,
};

#endif
