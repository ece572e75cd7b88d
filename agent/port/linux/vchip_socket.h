/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_PORT_LINUX_VCHIP_SOCKET_H
#define EG_AGENT_PORT_LINUX_VCHIP_SOCKET_H
/** The socket of the application on a virtual chip: one JSON object per line each way, one
 * connection for all requests, made again when it was lost. */
#include <jansson.h>

#include "lib/base/span.h"

enum {
    EG_VCHIP_PATH_MAX = 4096,
    EG_VCHIP_LINE_MAX = 1 << 17,
    EG_VCHIP_WAIT_MS = 10000, /* for one answer */
};

struct eg_vchip_socket {
    int fd; /* -1: not connected */
    char path[EG_VCHIP_PATH_MAX];
    uint8_t *line; /* heap, EG_VCHIP_LINE_MAX; may be secret */
};

/** false: the path is too long, or out of memory. Connects at the first request. */
bool eg_vchip_socket_init(struct eg_vchip_socket *s, const char *path);
void eg_vchip_socket_cleanup(struct eg_vchip_socket *s);

/** Ask; takes request. The chip's status word, 0 or negative; -145 when nobody answers. *out (may
 * be NULL): the answer, the caller's, NULL unless 0. */
int32_t eg_vchip_ask(struct eg_vchip_socket *s, json_t *request, json_t **out);

/** Hexadecimal member of an answer into w; false: none, malformed, or no room. */
bool eg_vchip_hex(const json_t *answer, const char *name, struct eg_writer *w);
/** A JSON text of data in hexadecimal; NULL without memory. */
json_t *eg_vchip_hex_text(struct eg_span data);

#endif
