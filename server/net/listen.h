/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_NET_LISTEN_H
#define EG_SERVER_NET_LISTEN_H
/** A listening TCP socket from "HOST:PORT". */
#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"

/**
 * Resolve, bind and listen; close-on-exec, non-blocking. url (room url_room) becomes
 * "https://HOST:PORT" with the port in use. NET_LISTEN: *out_fd is -1.
 */
EG_MUST_USE eg_status eg_listen(const char *address, int *out_fd, char *url, size_t url_room);

/** Is the text of the form HOST:PORT? Looks nothing up. NET_LISTEN if not. */
EG_MUST_USE eg_status eg_listen_check(const char *address);

#endif
