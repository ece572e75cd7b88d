/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_UBOOT_H
#define EG_VCHIP_UBOOT_H
/**
 * A U-Boot console on the line of parts with load = uboot (docs/protocol/vchip.md, "U-Boot
 * console"): characters are echoed, a line is carried out when it ends, then the prompt `=> `.
 * Autoboot is off, so that a part with power stands at the prompt until a line boots Linux; from
 * then on, and without power, the line says nothing.
 */
#include "vchip/part.h"

enum {
    EG_UBOOT_LINE_MAX = 256,
    EG_UBOOT_OUT_MAX = 1024, /* what one command says at most */
};

struct eg_uboot {
    struct eg_part *part; /* borrowed */
    void (*emit)(void *context, struct eg_span bytes);
    void *context;
    char line[EG_UBOOT_LINE_MAX + 1];
    size_t len;
    bool too_long;
};

void eg_uboot_init(struct eg_uboot *u, struct eg_part *part,
                   void (*emit)(void *context, struct eg_span bytes), void *context);

/** Characters from the host; answers go to emit before the call returns. */
void eg_uboot_input(struct eg_uboot *u, struct eg_span bytes);

/** Forget a line that was begun. */
void eg_uboot_drop(struct eg_uboot *u);

/**
 * Carry out one line; what it says is appended to out. Errors  VCHIP_NO_POWER: the power went.
 * (vchip/uboot_commands.c)
 */
EG_MUST_USE eg_status eg_uboot_command(struct eg_part *part, char *line, struct eg_writer *out);

#endif
