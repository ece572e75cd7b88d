/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_BLOB_H
#define EG_VCHIP_BLOB_H
/**
 * The chip's own reading of a secure object (docs/protocol/vchip.md, "Secure objects"): a flat run
 * of TLVs, tag one byte, DER length, numbers big endian, in exactly this order:
 *
 *   40 magic  41 id  42 algorithm  43 usage  44 type  45 bits  46 lifetime  47 life cycle
 *   50 wrap key id  51 wrap algorithm  [52 IV]  53 MAC key id  54 MAC algorithm  55 payload  5E
 * CMAC
 *
 * Nothing else is accepted: no other tag, no other order, no length in a longer form than needed.
 */
#include "lib/crypto/crypto.h"
#include "vchip/keys.h"

enum {
    EG_VBLOB_MAGIC_LEN = 13, /* 40 0B "edgelock2go" */
    EG_VBLOB_PAYLOAD_MAX = 16384,
    EG_VBLOB_KW_HEAD = 8, /* properties word and zero word before a key in an RFC 3394 payload */
};

/* PSA values that the chip knows. */
enum {
    EG_VOBJ_BOOT_KEY_HASH = 0x7FFF817A,
    EG_VOBJ_DECRYPT_KEY = 0x7FFF817B,
    EG_VOBJ_FUSE_CONFIG = 0x7FFF817C,
    EG_VKEY_ID_CONNECTION = 0x7FFF816C,
    EG_VKEY_ID_KEK = 0x7FFF816E,
    EG_VKEY_ID_DATA = 0x7FFF816F,
    EG_VKEY_ID_AUTH = 0x7FFF8170,

    EG_VTYPE_RAW = 0x1001,
    EG_VTYPE_HMAC = 0x1100,
    EG_VTYPE_AES = 0x2400,
    EG_VTYPE_RSA_PAIR = 0x7001,
    EG_VTYPE_ECC_PAIR_R1 = 0x7112,
    EG_VTYPE_ECC_PAIR_EDWARDS = 0x7142,
    EG_VTYPE_OEM_KEY = 0x9F00,

    EG_VUSE_EXPORT = 1u << 0,
    EG_VUSE_ENCRYPT = 1u << 8,
    EG_VUSE_DECRYPT = 1u << 9,
    EG_VUSE_SIGN_MESSAGE = 1u << 10,
    EG_VUSE_SIGN_HASH = 1u << 12,
};
#define EG_VLIFETIME_BLOB 0xE0000101u /* RFC 3394, never leaves the enclave */
#define EG_VLIFETIME_KEY  0xE0010101u /* CBC */
#define EG_VLIFETIME_DATA 0xE0810101u /* CBC, or clear for the boot key hash */
/* The same of parts with an S200 or S400 enclave: CBC, keys under DATA's key, data under the KEK.
 */
#define EG_VLIFETIME_S200_KEY  0xE0000201u
#define EG_VLIFETIME_S200_DATA 0xE0800201u
#define EG_VLIFETIME_S400_KEY  0xE0000001u
#define EG_VLIFETIME_S400_DATA 0xE0800001u

enum eg_vwrap {
    EG_VWRAP_KW = 1,
    EG_VWRAP_CBC = 2,
    EG_VWRAP_NONE = 3,
};

/** One object; spans point into the bytes it was read from. */
struct eg_vblob {
    struct eg_span raw; /* from 40 to the last byte of the CMAC */
    uint32_t id, alg, usage;
    uint16_t type;
    uint32_t bits, lifetime;
    uint32_t life_cycle; /* 1, 2 or 4 */
    uint32_t wrap_id, wrap_alg;
    struct eg_span iv; /* 16 bytes with EG_VWRAP_CBC, else empty */
    uint32_t sign_id, sign_alg;
    struct eg_span payload;
    struct eg_span mac; /* 16 bytes */
};

/** Do the next 13 bytes start a blob? */
bool eg_vblob_starts(struct eg_span data);

/**
 * Read one blob. TRUNCATED: the data ends inside it. VCHIP_BLOB: not a blob by the rules above, or
 * wrapping, lifetime and MAC fields that do not belong together. The reader stands on its error
 * then.
 */
EG_MUST_USE eg_status eg_vblob_take(struct eg_reader *r, struct eg_vblob *out);

/** Is the object made for this kind of enclave? A part refuses what another kind would hold. */
bool eg_vblob_for(const struct eg_vblob *b, enum eg_key_recipe recipe);

/** Ids that belong to the chip itself; the three internal objects lie among them. */
bool eg_vblob_id_of_chip(uint32_t id);

/** Objects that go to fuses or IFR; everything else stays in flash. */
bool eg_vblob_internal(const struct eg_vblob *b);

/** CRYPTO_BAD_MAC unless the CMAC over everything but itself fits `auth`. */
EG_MUST_USE eg_status eg_vblob_check(struct eg_crypto *c, const struct eg_vblob *b,
                                     const uint8_t auth[static EG_VKEY_LEN]);

/**
 * Append the key or data in its PSA import form. Check the CMAC first.
 * CRYPTO_BAD_MAC, CRYPTO_BAD_PADDING: wrong key or altered. VCHIP_BLOB: the unwrapped key is not of
 * the size that the object states, or its property word does not fit its type.
 * Secret: out.
 */
EG_MUST_USE eg_status eg_vblob_open(struct eg_crypto *c, const struct eg_vblob *b,
                                    const struct eg_vkeys *keys, struct eg_writer *out);

/**
 * The same object under other keys: same TLVs, same length; only the payload's bytes and the CMAC
 * differ. out has b->raw.len bytes and may not overlap. The CMAC under `from` must have been
 * checked. Errors as eg_vblob_open(); out is zeroed then.
 */
EG_MUST_USE eg_status eg_vblob_rewrap(struct eg_crypto *c, const struct eg_vblob *b,
                                      const struct eg_vkeys *from, const struct eg_vkeys *to,
                                      uint8_t *out);

#endif
