/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_WIRE_SESSION_SESSION_DATASTORE_H
#define EG_LIB_WIRE_SESSION_SESSION_DATASTORE_H
/**
 * What a datastore holds: a container of service descriptors, for both ends.
 *
 *   0   32  SHA-256 of everything from offset 32 to the end
 *   32   4  length of the whole, little endian
 *   36   4  version, 0
 *   40   4  number of descriptors, little endian
 *   44  ..  that many: varint length, ServiceDescriptor
 *
 * The codec computes no hash: this folder knows no crypto. To write: descriptors behind
 * eg_container_begin(), then eg_container_end(), then the SHA-256 of eg_container_hashed() into the
 * first 32 bytes. To read: compare that hash first, then eg_container_read().
 */
#include "lib/base/span.h"
#include "lib/wire/session/session_types.h"

enum {
    EG_CONTAINER_HASH_LEN = 32,
    EG_CONTAINER_HEADER_LEN = 44,
    EG_CONTAINER_MAX = 65536, /* bytes of a whole container that this project reads or writes */
};

/** A key or certificate in a keystore. Not there: object_id 0 and type 0. */
struct eg_object_ref {
    uint32_t type;        /* EG_ENDPOINT_KEYS_... */
    uint32_t endpoint_id; /* keystore, as hello named it */
    uint32_t object_id;
};

/** How to reach a service. Texts are UTF-8 without NUL; empty: not there. */
struct eg_service {
    uint64_t id;
    uint32_t type;       /* EG_SERVICE_... */
    uint32_t protocol;   /* EG_PROTOCOL_...; 0: not there */
    uint32_t port;       /* 0: not there */
    uint32_t timeout_ms; /* 0: not there */
    struct eg_span hostname;
    struct eg_span client_id;
    struct eg_span username;
    struct eg_span password;
    struct eg_span metadata_json;
    struct eg_span azure_id_scope;
    struct eg_span azure_registration_id;
    struct eg_span azure_endpoint;
    struct eg_span client_certificate; /* DER */
    struct eg_span server_certificate; /* DER certificates one after the other: trusted roots */
    struct eg_object_ref client_certificate_ref;
    struct eg_object_ref server_certificate_ref;
    struct eg_object_ref client_key_ref;
    bool typeless; /* service_type is not sent (connection data) or was not received */
};

/** Leave room for the header at the start of an empty writer. */
void eg_container_begin(struct eg_writer *w);

/** Append one descriptor. NO_ROOM or WIRE_BAD_SESSION stay in w. */
void eg_container_put(struct eg_writer *w, const struct eg_service *service);

/** Fill in the header, hash left zero; count = number of descriptors put. */
void eg_container_end(struct eg_writer *w, uint32_t count);

/** The bytes that the hash covers; container must be at least a header long. */
struct eg_span eg_container_hashed(struct eg_span container);

/** Walks the descriptors of a container. Treat as opaque. */
struct eg_container_iter {
    struct eg_span rest;
    uint32_t left;
    eg_status status;
};

/**
 * Check the header of a container (not its hash) and start at its first descriptor. Bytes behind
 * the container's length are allowed in `data`. WIRE_BAD_CONTAINER: it is none.
 */
EG_MUST_USE eg_status eg_container_read(struct eg_span data, struct eg_container_iter *it,
                                        uint32_t *out_count);

/**
 * Next descriptor; false at the end or at a mistake: it->status is WIRE_BAD_CONTAINER then, also
 * when fewer descriptors follow than announced, or bytes are left behind the last.
 */
bool eg_container_next(struct eg_container_iter *it, struct eg_service *out);

/** Whole length from a header of EG_CONTAINER_HEADER_LEN bytes; 0 if it is no header. */
uint32_t eg_container_length(struct eg_span header);

#endif
