/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_SERVICE_DEF_H
#define EG_SERVER_CORE_SERVICE_DEF_H
/**
 * What a service descriptor of a device group says: how its devices reach a cloud service, and with
 * which of the group's keys. docs/guide/field.md lists the members for each type.
 */
#include <jansson.h>

#include "server/core/core.h"
#include "server/core/json_in.h"
#include "server/store/store_life.h"

enum {
    EG_SERVICE_TEXT_MAX = 256,      /* bytes of any text */
    EG_SERVICE_METADATA_MAX = 2048, /* bytes of the customer's JSON */
    EG_SERVICE_ROOTS_MAX = 8192,    /* DER bytes of all roots */
    EG_SERVICE_DEFINITION_MAX = 32768,
    EG_SERVICE_TIMEOUT_MS_MAX = 600000,
};

/** Texts live in the JSON they were read from, roots in the arena; "" when left out. */
struct eg_service_def {
    const char *name;
    uint32_t type, protocol; /* EG_SERVICE_..., EG_PROTOCOL_... of lib/wire/session */
    const char *hostname;
    uint32_t port, timeout_ms;
    const char *client_id, *username; /* "{uuid}" stands for the device's UUID in hexadecimal */
    const char *id_scope, *registration_id, *azure_endpoint;
    char *metadata;       /* JSON text, owned by the arena; "" */
    struct eg_span roots; /* DER certificates one behind the other */
    int64_t key_pair_id, certificate_id, server_certificate_id; /* objects; 0: none */
};

/** Read and judge. Errors are those of json_in; in->where says which member and why. */
EG_MUST_USE eg_status eg_service_def_read(struct eg_json_in *in, struct eg_arena *arena,
                                          struct eg_service_def *out);

/** Only what a definition may have, as text in the arena. NULL: no memory. */
const char *eg_service_def_text(const json_t *body, struct eg_arena *arena);

/** The objects it names must be the company's and of the right types. OBJECT_UNKNOWN,
 * FIELD_INVALID. */
EG_MUST_USE eg_status eg_service_def_check(struct eg_call *call, const struct eg_service_def *def);

/** "MQTTS", ...; 0 for an unknown one. */
uint32_t eg_service_protocol(const char *name);

/** PEM certificates (1 to 8) to DER one behind the other, in the arena; false: there is something
 * else in it. */
bool eg_service_roots(const char *pem, struct eg_arena *arena, struct eg_span *out);

#endif
