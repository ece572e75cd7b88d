/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_LIB_CONSOLE_H
#define EG_HOST_LIB_CONSOLE_H
/**
 * A U-Boot console over a transport: a line out, what it says in, up to the prompt `=> `.
 *
 * Errors of all calls: those of the transport, and
 *   HOST_NO_DEVICE   no prompt
 *   HOST_CONSOLE     a command did not do what it should; eg_console.said has the last words
 * Thread: one call at a time.
 * Source: docs/protocol/vchip.md, "U-Boot console".
 */
#include "host/lib/isp.h"
#include "lib/base/family.h"

enum {
    EG_CONSOLE_TIMEOUT_MS = 5000, /* for one command */
    EG_CONSOLE_ATTEMPTS = 5,      /* lines sent before HOST_NO_DEVICE */
    EG_CONSOLE_SAID_MAX = 1024,   /* what one command may say */
    EG_CONSOLE_LINE_MAX = 256,
};

struct eg_console {
    struct eg_transport *line; /* borrowed */
    eg_progress_fn progress;   /* may be NULL */
    void *progress_arg;
    char said[EG_CONSOLE_SAID_MAX + 1]; /* of the last command, with its echo, without the prompt */
    size_t said_len;
};

/** Remember the line; sends nothing. */
void eg_console_init(struct eg_console *c, struct eg_transport *line);

/** Make sure that there is a prompt; a countdown of autoboot is interrupted by this. */
EG_MUST_USE eg_status eg_console_connect(struct eg_console *c);

/** The UUID out of the fuses that the family names. */
EG_MUST_USE eg_status eg_console_uuid(struct eg_console *c, const struct eg_family *family,
                                      struct eg_uuid *out);

/** Write to memory, word by word, and compare the CRC-32 that U-Boot finds there. */
EG_MUST_USE eg_status eg_console_write_memory(struct eg_console *c, uint32_t address,
                                              struct eg_span data);

/** len bytes of memory into a file: `fatwrite <interface> <partition> ...`. */
EG_MUST_USE eg_status eg_console_fatwrite(struct eg_console *c, const char *interface,
                                          const char *partition, uint32_t address, const char *file,
                                          size_t len);

/** One line of a boot sequence. last: it boots, no prompt is waited for. */
EG_MUST_USE eg_status eg_console_boot_line(struct eg_console *c, const char *text, bool last);

#endif
