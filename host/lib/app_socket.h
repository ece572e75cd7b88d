/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_LIB_APP_SOCKET_H
#define EG_HOST_LIB_APP_SOCKET_H
/**
 * The application that runs on a device, as seen through its socket: one JSON object per line each
 * way. The host asks it to use keys by id; keys never cross.
 *
 * Errors of all calls
 *   HOST_APP_OPEN     nobody listens at the path
 *   HOST_APP_ANSWER   the answer is not what the interface says, or none came in time
 *   HOST_APP_REFUSED  the application answered with a PSA error, see eg_app.psa_status
 * Thread: one call at a time.
 * Source: docs/protocol/vchip.md, "Application socket".
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/span.h"
#include "lib/base/uuid.h"

enum {
    EG_APP_LINE_MAX = 64 * 1024,
    EG_APP_TIMEOUT_MS = 5000,
};

struct eg_app {
    int fd; /* -1: closed */
    int psa_status;
    uint8_t *line; /* heap, EG_APP_LINE_MAX */
};
#define EG_APP_CLOSED ((struct eg_app){.fd = -1})

EG_MUST_USE eg_status eg_app_open(struct eg_app *a, const char *path);
void eg_app_close(struct eg_app *a); /* safe on the closed state */

/** One request of any kind, also to a control socket. Takes request (NULL: NO_MEMORY); *out is the
 * answer with status 0, the caller's. */
EG_MUST_USE eg_status eg_app_ask(struct eg_app *a, json_t *request, json_t **out);

/** UUID of the device. */
EG_MUST_USE eg_status eg_app_uuid(struct eg_app *a, struct eg_uuid *out);

/** Sign message with key (natural hash; ECDSA as DER). Appends the signature. */
EG_MUST_USE eg_status eg_app_sign(struct eg_app *a, uint32_t key, struct eg_span message,
                                  struct eg_writer *out);

/** Append the DER SubjectPublicKeyInfo of a key pair. */
EG_MUST_USE eg_status eg_app_public(struct eg_app *a, uint32_t key, struct eg_writer *out);

/** Append an exportable object (certificate, file). */
EG_MUST_USE eg_status eg_app_read(struct eg_app *a, uint32_t key, struct eg_writer *out);

/** Ids of the objects that the application can use; more than room is HOST_APP_ANSWER. */
EG_MUST_USE eg_status eg_app_list(struct eg_app *a, uint32_t *ids, size_t room, size_t *count);

#endif
