/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_MCUBOOT_INTERNAL_H
#define EG_VCHIP_MCUBOOT_INTERNAL_H
/** Between the line (mcuboot.c) and the commands (mcuboot_commands.c). */
#include "vchip/mcuboot.h"

enum {
    EG_MB_PARAMS_MAX = 7,
    EG_MB_WORDS_MAX = 6,

    EG_MB_CMD_ERASE_REGION = 0x02,
    EG_MB_CMD_READ_MEMORY = 0x03,
    EG_MB_CMD_WRITE_MEMORY = 0x04,
    EG_MB_CMD_FILL_MEMORY = 0x05,
    EG_MB_CMD_GET_PROPERTY = 0x07,
    EG_MB_CMD_RECEIVE_SB = 0x08,
    EG_MB_CMD_RESET = 0x0B,
    EG_MB_CMD_READ_ONCE = 0x0F,
    EG_MB_CMD_EL2GO = 0x20,

    EG_MB_RSP_GENERIC = 0xA0,
    EG_MB_RSP_READ_MEMORY = 0xA3,
    EG_MB_RSP_PROPERTY = 0xA7,
    EG_MB_RSP_READ_ONCE = 0xAF,
    EG_MB_RSP_EL2GO = 0xB6,
};

struct eg_mb_request {
    uint8_t tag;
    uint32_t param[EG_MB_PARAMS_MAX]; /* zeros behind count */
    uint32_t count;
};

/** From the payload of a command frame; false: lengths do not agree, or more than 7 parameters. */
bool eg_mb_request_read(struct eg_span payload, struct eg_mb_request *out);

/** Answer to a command; starts as generic success and ends as generic whenever status is not 0. */
struct eg_mb_reply {
    uint8_t tag;
    bool data_follows;
    uint32_t status;
    uint32_t word[EG_MB_WORDS_MAX];
    uint32_t count;
    bool reset; /* reset the part once the answer is out */
};

/** Carry out the command part of a request. EG_OK with any reply; an error only when the power
 * went: no answer then. */
EG_MUST_USE eg_status eg_mb_command(struct eg_mcuboot *m, const struct eg_mb_request *request,
                                    struct eg_mb_reply *reply);

/** All data of the running phase arrived: act. Status word in *out_word; errors as above. */
EG_MUST_USE eg_status eg_mb_received(struct eg_mcuboot *m, uint32_t *out_word);

/** Back to idle; frees what was received. */
void eg_mb_end_phase(struct eg_mcuboot *m);

#endif
