/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OBJECT_OBJECT_H
#define EG_LIB_OBJECT_OBJECT_H
/**
 * What a secure object is, apart from its value: type, id, algorithm, size, usage policy.
 * Plain data and pure functions; thread-safe.
 */
#include <stdbool.h>

#include "lib/crypto/crypto.h"

/** Numbers are stored in the database: extend-only. */
enum eg_object_type {
    EG_OBJECT_NONE = 0,
    EG_OBJECT_KEYPAIR = 1,              /* private key, fresh for every device */
    EG_OBJECT_CERTIFICATE = 2,          /* X.509 chain over a KEYPAIR, DER one after the other */
    EG_OBJECT_HMAC_KEY = 3,             /* the customer's, the same on every device */
    EG_OBJECT_MASTER_KEY = 4,           /* AES key, different on every device */
    EG_OBJECT_BINARY_FILE = 5,          /* any data; under id 7FFF817C the fuse configuration */
    EG_OBJECT_STATIC_PUBLIC_KEY = 6,    /* the same on every device */
    EG_OBJECT_OEM_FW_AUTH_KEY_HASH = 7, /* boot key hash, 32 bytes */
    EG_OBJECT_OEM_FW_DECRYPT_KEY = 8,   /* 32 bytes */
};

enum eg_object_id {
    EG_OBJECT_ID_MIN = 0x00000001, /* ids for the application: PSA's user range */
    EG_OBJECT_ID_MAX = 0x3FFFFFFF,
    EG_OBJECT_ID_SIMULATED_FIRST = 0x3FFF0200, /* the simulated platform's own keys */
    EG_OBJECT_ID_SIMULATED_LAST = 0x3FFF02FF,
    EG_OBJECT_ID_IMPORT_KEK = 0x7FFF816E,
    EG_OBJECT_ID_IMPORT_TFM_KEK = 0x7FFF816F,
    EG_OBJECT_ID_IMPORT_AUTH = 0x7FFF8170,
    EG_OBJECT_ID_AUTH_KEY_HASH = 0x7FFF817A,
    EG_OBJECT_ID_DECRYPT_KEY = 0x7FFF817B,
    EG_OBJECT_ID_FUSE_CONFIG = 0x7FFF817C,
};

/** What the chip lets the application do with the object; PSA words
 * (docs/formats/secure-object.md). */
struct eg_policy {
    uint32_t usage;     /* psa_key_usage_t */
    uint32_t algorithm; /* psa_algorithm_t */
};

struct eg_object {
    enum eg_object_type type;
    uint32_t id;
    enum eg_key_alg key_alg; /* KEYPAIR and STATIC_PUBLIC_KEY; EG_KEY_NONE otherwise */
    uint32_t size;           /* bytes of the value, or the most it can have (certificates);
                                0 for KEYPAIR: follows from key_alg */
    struct eg_policy policy;
};

/** "KEYPAIR", ... as on the API; "" for an unknown type. */
const char *eg_object_type_name(enum eg_object_type type);
/** Inverse; EG_OBJECT_NONE for an unknown name. */
enum eg_object_type eg_object_type_from_name(struct eg_span name);

/** Goes to fuses or IFR (AN14544 3.1) rather than re-wrapped to flash? */
bool eg_object_is_internal(uint32_t id);

/**
 * May an object of this type have this id? OBJECT_ID_TAKEN if not: AUTH_KEY_HASH, DECRYPT_KEY have
 * exactly their reserved id, a BINARY_FILE may have that of the fuse configuration, everything else
 * lies in EG_OBJECT_ID_MIN..MAX outside the range of the simulated platform.
 */
EG_MUST_USE eg_status eg_object_id_check(enum eg_object_type type, uint32_t id);

/** Object id from API text: decimal, or hexadecimal after 0x. BAD_NUMBER: *out is 0. */
EG_MUST_USE eg_status eg_object_id_parse(struct eg_span text, uint32_t *out);

/** Most bytes that the object's value can have; 0 for an unknown type or algorithm. */
size_t eg_object_value_max(const struct eg_object *o);

/**
 * PSA import form of a public key: the content of the BIT STRING of a DER SubjectPublicKeyInfo,
 * which is the EC point, the 32 bytes of Ed25519 or the RSAPublicKey. *out points into spki.
 * CRYPTO_BAD_KEY: not of that form.
 */
EG_MUST_USE eg_status eg_object_public_value(struct eg_span spki, struct eg_span *out);

#endif
