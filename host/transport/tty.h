/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_TRANSPORT_TTY_H
#define EG_HOST_TRANSPORT_TTY_H
/** What all transports over a terminal device share: raw mode, deadlines, one user at a time. */
#include "host/transport/transport.h"

/** Open path in raw 8N1 mode at baud (a rate termios knows). HOST_LINE_OPEN, HOST_LINE_BUSY. */
EG_MUST_USE eg_status eg_tty_open(struct eg_transport *t, const char *path, unsigned baud);
EG_MUST_USE eg_status eg_tty_read(struct eg_transport *t, uint8_t *out, size_t room,
                                  int64_t deadline_ms, size_t *got);
EG_MUST_USE eg_status eg_tty_write(struct eg_transport *t, struct eg_span data,
                                   int64_t deadline_ms);
void eg_tty_close(struct eg_transport *t);

#endif
