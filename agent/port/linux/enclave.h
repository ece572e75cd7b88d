/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_PORT_LINUX_ENCLAVE_H
#define EG_AGENT_PORT_LINUX_ENCLAVE_H
/**
 * Enclaves of the Linux port: what the device library needs (engrave/agent.h) and what a program on
 * the device needs beyond, to use what was provisioned.
 *
 *   vchip:RUNDIR/<uuid>   a virtual chip: keys stay in its enclave, asked through the socket of its
 *                         application (docs/protocol/vchip.md)
 *   psa:DIR               a software enclave on mbedTLS's PSA: DIR/keys.txt holds the chip's root
 * of trust in the text form of `engrave fab export --psa-simul`, DIR/objects what was imported,
 * DIR/storage its storage objects
 *
 * Status words are PSA's: 0 or negative. One thread per enclave.
 */
#include "engrave/agent.h"
#include "lib/base/span.h"

enum {
    EG_PORT_PSA_OK = 0,
    EG_PORT_PSA_GENERIC_ERROR = -132,
    EG_PORT_PSA_NOT_PERMITTED = -133,
    EG_PORT_PSA_NOT_SUPPORTED = -134,
    EG_PORT_PSA_INVALID_ARGUMENT = -135,
    EG_PORT_PSA_ALREADY_EXISTS = -139,
    EG_PORT_PSA_DOES_NOT_EXIST = -140,
    EG_PORT_PSA_INSUFFICIENT_STORAGE = -142,
    EG_PORT_PSA_COMMUNICATION_FAILURE = -145,
    EG_PORT_PSA_STORAGE_FAILURE = -146,
    EG_PORT_PSA_INVALID_SIGNATURE = -149,

    EG_PORT_OBJECTS_MAX = 64,
    EG_PORT_OBJECT_BYTES_MAX = 16384, /* of a blob, and of what is read out of one */
    EG_PORT_KEYSTORE = 0x70000010,    /* id under which the service knows the enclave */
};

/** One object that was provisioned. */
struct eg_port_object {
    uint32_t id, type, usage, alg, bits, lifetime;
};

struct eg_port_enclave;

/** What an enclave can do beyond the library's operations. */
struct eg_port_enclave_ops {
    /** ECDSA over a SHA-256 digest with a P-256 key: r || s. */
    int32_t (*sign_key)(struct eg_port_enclave *e, uint32_t key,
                        const uint8_t hash[static EG_AGENT_HASH_LEN],
                        uint8_t out[static EG_AGENT_SIGNATURE_LEN]);
    /** Data or certificate with usage EXPORT; NO_ROOM becomes INSUFFICIENT_STORAGE. */
    int32_t (*read)(struct eg_port_enclave *e, uint32_t id, struct eg_writer *out);
    int32_t (*list)(struct eg_port_enclave *e, struct eg_port_object *out, size_t room,
                    size_t *count);
    /** Set a storage object, as the claim blob. */
    int32_t (*write_object)(struct eg_port_enclave *e, uint32_t id, struct eg_span data);
    void (*close)(struct eg_port_enclave *e);
};

struct eg_port_enclave {
    struct eg_agent_enclave agent; /* for eg_agent_add_enclave(), with this struct as context */
    const struct eg_port_enclave_ops *ops;
    uint32_t connection_key; /* id of the connection key for ops->sign_key */
    void *state;             /* the kind's own */
    void *hash;              /* running digest */
};

/**
 * Open an enclave. why (room why_room): what is wrong, in words. Returns EG_AGENT_OK,
 * EG_AGENT_ARGUMENT (spec of no known form) or EG_AGENT_ENCLAVE. Close it in any case.
 */
enum eg_agent_result eg_port_enclave_open(const char *spec, struct eg_port_enclave *out, char *why,
                                          size_t why_room);
/** Wipes; safe on the zero state. */
void eg_port_enclave_close(struct eg_port_enclave *e);

/* Kinds, one per file; `where` is the text behind the colon. They fill state, ops, connection_key
 * and those of agent that differ; the rest is common. */
enum eg_agent_result eg_port_vchip_open(const char *where, struct eg_port_enclave *out, char *why,
                                        size_t why_room);
enum eg_agent_result eg_port_psa_open(const char *where, struct eg_port_enclave *out, char *why,
                                      size_t why_room);

/** DER Ecdsa-Sig-Value of P-256 to r || s; false: it is none. (lib/base only, for both sides.) */
bool eg_port_signature_raw(struct eg_span der, uint8_t out[static EG_AGENT_SIGNATURE_LEN]);

#endif
