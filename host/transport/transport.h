/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_TRANSPORT_TRANSPORT_H
#define EG_HOST_TRANSPORT_TRANSPORT_H
/**
 * A line to one device: bytes out, bytes in, each with a deadline.
 *
 * Targets are text:
 *   serial:/dev/ttyX[,baud]   a UART; 57600 baud unless said
 *   vchip:RUNDIR/<uuid>       a virtual chip: RUNDIR/<uuid>.tty is its line, RUNDIR/<uuid>.app the
 *                             socket of the application that runs on it
 * A transport is a small table of calls, so a new kind of line is a new file and one row.
 *
 * Deadlines are absolute milliseconds of eg_clock_mono_ms().
 *
 * Errors of all calls
 *   HOST_TARGET        the text names no transport
 *   HOST_LINE_OPEN     the device node is missing or may not be used
 *   HOST_LINE_BUSY     another program holds the line; nothing was sent
 *   HOST_LINE_TIMEOUT  nothing (more) came before the deadline
 *   HOST_LINE_LOST     the line went away while it was open
 * Thread: one call at a time per transport.
 */
#include <stdint.h>

#include "lib/base/span.h"

enum {
    EG_TRANSPORT_PATH_MAX = 256,
    EG_TRANSPORT_BAUD_DEFAULT = 57600,
};

struct eg_transport;

struct eg_transport_ops {
    const char *scheme; /* text before the first ':' of a target */
    /** where: text after the ':'. Fills fd or state of *t. */
    eg_status (*open)(struct eg_transport *t, const char *where);
    /** 1..room bytes; *got is 0 on error. */
    eg_status (*read)(struct eg_transport *t, uint8_t *out, size_t room, int64_t deadline_ms,
                      size_t *got);
    /** All of data or an error. */
    eg_status (*write)(struct eg_transport *t, struct eg_span data, int64_t deadline_ms);
    void (*close)(struct eg_transport *t);
    /** Path of the application socket; NULL for lines that have none. */
    eg_status (*app_path)(const char *where, char out[static EG_TRANSPORT_PATH_MAX]);
};

struct eg_transport {
    const struct eg_transport_ops *ops; /* NULL: closed */
    int fd;                             /* of the line, for transports that have one; else -1 */
    void *state;                        /* the transport's own */
};

/** The zero state that eg_transport_close() accepts. */
#define EG_TRANSPORT_CLOSED ((struct eg_transport){.fd = -1})

/** Open a target. On error *t is the closed state. */
EG_MUST_USE eg_status eg_transport_open(struct eg_transport *t, const char *target);

/** Path of the target's application socket without opening its line. HOST_NO_APP: it has none. */
EG_MUST_USE eg_status eg_transport_app_path(const char *target,
                                            char out[static EG_TRANSPORT_PATH_MAX]);

EG_MUST_USE eg_status eg_transport_read(struct eg_transport *t, uint8_t *out, size_t room,
                                        int64_t deadline_ms, size_t *got);
EG_MUST_USE eg_status eg_transport_write(struct eg_transport *t, struct eg_span data,
                                         int64_t deadline_ms);

/** Safe on the closed state. */
void eg_transport_close(struct eg_transport *t);

/* The transports there are (one per file). */
extern const struct eg_transport_ops eg_transport_serial;
extern const struct eg_transport_ops eg_transport_vchip;

#endif
