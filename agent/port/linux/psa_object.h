/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_PORT_LINUX_PSA_OBJECT_H
#define EG_AGENT_PORT_LINUX_PSA_OBJECT_H
/**
 * Importer of secure objects for the software enclave: checks as drivers of S50 enclaves do, opens
 * them with mbedTLS's PSA. Results are PSA status words.
 */
#include "agent/port/linux/psa_roots.h"
#include "engrave/agent.h"
#include "lib/wire/so_tlv.h"

/** Ids that the service may never touch: those of the chip and of the simulated platform. */
bool eg_psa_object_reserved(uint32_t id);

/**
 * Read one object, whole, with fields that belong together, and check its CMAC.
 * INVALID_ARGUMENT, INVALID_SIGNATURE. Spans of *out point into blob.
 */
int32_t eg_psa_object_check(const struct eg_psa_roots *roots, struct eg_span blob,
                            struct eg_so *out);

/** Are the attributes of a request those of the object? id, type, bits and lifetime must not be 0.
 */
bool eg_psa_object_is(const struct eg_so *so, const struct eg_agent_key *key);

/** Key or data in PSA import form, appended. INVALID_SIGNATURE: does not open. Secret: out. */
int32_t eg_psa_object_open(const struct eg_psa_roots *roots, const struct eg_so *so,
                           struct eg_writer *out);

/** A key of an open object as a volatile PSA key with the object's policy; psa_destroy_key() it. */
int32_t eg_psa_object_key(const struct eg_so *so, struct eg_span plain, uint32_t *out_key);

#endif
