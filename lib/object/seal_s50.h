/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OBJECT_SEAL_S50_H
#define EG_LIB_OBJECT_SEAL_S50_H
/**
 * The sealing adapter of chips with an S50 enclave (MCXN, RW61x), and the one step under it that
 * takes every attribute, so that published blobs can be rebuilt byte for byte.
 */
#include "lib/object/seal.h"
#include "lib/wire/so_tlv.h"

extern const struct eg_seal_adapter eg_seal_s50;

/** Where and how the S50 keeps an object. */
struct eg_s50_storage {
    uint32_t lifetime;
    enum eg_so_wrap wrap;
    uint32_t properties; /* key slot word inside an RFC 3394 payload; 0 with the other wraps */
};

/**
 * Seal `value` under explicit attributes: everything of so but payload and mac is taken as given,
 * the IV too; with CBC the wrap key id chooses the key. properties as above. Errors as eg_seal().
 */
EG_MUST_USE eg_status eg_s50_put(struct eg_crypto *c, const struct eg_import_keys *keys,
                                 const struct eg_so *so, uint32_t properties, struct eg_span value,
                                 struct eg_writer *out);

/** Where an object goes. OBJECT_UNSUPPORTED: the enclave cannot hold it; *out is zero. */
EG_MUST_USE eg_status eg_s50_storage_of(const struct eg_object *o, struct eg_s50_storage *out);

#endif
