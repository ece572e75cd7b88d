/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_PSA_H
#define EG_VCHIP_PSA_H
/**
 * What the application may change in the enclave: import and destroy keys, and its own trusted
 * storage (ITS). Every change is in flash when the call returns, and a power cut at any write
 * leaves the old state or the new one (vchip/app_store.h).
 *
 * Results are PSA status numbers (vchip/enclave.h); on anything but EG_PSA_SUCCESS nothing changed.
 */
#include "vchip/enclave.h"

enum {
    EG_ITS_DATA_MAX = 8192,            /* bytes of one entry */
    EG_ITS_ID_CLAIM = (int)0xF00000E0, /* the claim code's blob */
};

/* ---- keys (psa_key.c) -------------------------------------------------------------------------
 */

/** What the caller says about the key to be imported; all six must be those of the object. */
struct eg_psa_attributes {
    uint32_t id, type, usage, alg, bits, lifetime;
};

/**
 * Import a secure object that was sealed for this chip in the state in which it is: boot key hash
 * as fused and life cycle as burned, under the recipe of its family. It is checked, opened once for
 * proof, and kept under the chip's own storage keys.
 *
 * INVALID_ARGUMENT   id, type, bits or lifetime 0; attributes that differ from the object's; not an
 *                    object; wrapping, lifetime or key ids that do not belong together or to this
 *                    enclave
 * NOT_PERMITTED      an id of the chip's own, the internal objects (boot key hash, decryption key,
 *                    fuse configuration) among them; a life cycle that the chip has not reached
 * NOT_SUPPORTED      an RSA key on a family without
 * INVALID_SIGNATURE  altered, for another chip, or for another boot key hash or life cycle
 * ALREADY_EXISTS     there is an object with this id; destroy it first
 * INSUFFICIENT_STORAGE  no room, or larger than the family's objects may be
 */
enum eg_psa_status eg_psa_import(struct eg_part *part, const struct eg_psa_attributes *attributes,
                                 struct eg_span object);

/** Forget an object, also one that the provisioning firmware delivered: that one counts again only
 * when the firmware delivers it anew. DOES_NOT_EXIST, NOT_PERMITTED (ids of the chip's own). */
enum eg_psa_status eg_psa_destroy(struct eg_part *part, uint32_t id);

/* ---- trusted storage (psa_its.c) ---------------------------------------------------------------
 * Entries have ids of their own: no key can be read through them. */

/** Set an entry, instead of one that is there. INVALID_ARGUMENT: id 0. INSUFFICIENT_STORAGE. */
enum eg_psa_status eg_its_set(struct eg_part *part, uint32_t id, struct eg_span data);
/** At most len bytes from offset on. DOES_NOT_EXIST; INVALID_ARGUMENT: offset behind the end. */
enum eg_psa_status eg_its_get(const struct eg_part *part, uint32_t id, size_t offset, size_t len,
                              struct eg_writer *out);
enum eg_psa_status eg_its_remove(struct eg_part *part, uint32_t id);

/* ---- claim code that was put on the chip before it shipped (claim_box.c) -----------------------
 */

/**
 * The application starts: a claim blob that waits at the family's claim_address (`E2GC`, length in
 * 4 bytes little endian, blob) goes to EG_ITS_ID_CLAIM and is crossed out there. Nothing happens
 * without one. A power cut in between: the next start does the rest.
 */
enum eg_psa_status eg_claim_box_take(struct eg_part *part);

#endif
