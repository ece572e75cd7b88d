/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_VAULT_SERVE_H
#define EG_SERVER_VAULT_SERVE_H
/** The loop of a worker: one message in, one answer out, until the other end closes. */
#include "server/vault/vault.h"

/** Room for the largest message each way. Pages are taken when used, given back after large ones.
 */
struct eg_serve_room {
    uint8_t *in, *out;
};

/** NO_MEMORY: *out is zero. Take it before eg_confine_work(). */
EG_MUST_USE eg_status eg_serve_room_init(struct eg_serve_room *out);
void eg_serve_room_cleanup(struct eg_serve_room *room);

/**
 * Answer messages on fd until it ends. EG_OK: the other end closed between messages.
 * WIRE_BAD_MESSAGE: framing lost. OS_FILE, OS_PEER_GONE: the connection broke.
 */
EG_MUST_USE eg_status eg_serve(struct eg_vault *v, int fd, const struct eg_serve_room *room);

/** A worker that could not start says so in answer to the first message. */
EG_MUST_USE eg_status eg_serve_failure(int fd, const struct eg_serve_room *room, eg_status status,
                                       const char *why);

#endif
