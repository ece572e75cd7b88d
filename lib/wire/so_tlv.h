/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_WIRE_SO_TLV_H
#define EG_LIB_WIRE_SO_TLV_H
/**
 * The secure object as it travels: a flat run of tag, length, value
 * (docs/formats/secure-object.md). Structure only: what the numbers mean is lib/object's business,
 * and nothing here checks a MAC. No heap. Thread-safe.
 */
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/span.h"

enum {
    EG_SO_IV_LEN = 16,
    EG_SO_MAC_LEN = 16,
    EG_SO_PAYLOAD_MAX = 65535,   /* bytes of 0x55 read or written here */
    EG_SO_PROVISIONING_MAX = 64, /* bytes of 0x56 read or written here */
};

/** How the payload is protected (tag 0x51). */
enum eg_so_wrap {
    EG_SO_WRAP_RFC3394 = 1,
    EG_SO_WRAP_CBC = 2, /* with an IV, ISO 7816-4 padding */
    EG_SO_WRAP_NONE = 3,
};

enum {
    EG_SO_SIGN_CMAC = 1, /* tag 0x54 */
};

/** One secure object; the order of the members is the order of the tags. Spans are borrowed. */
struct eg_so {
    uint32_t key_id;    /* 0x41 */
    uint32_t algorithm; /* 0x42, psa_algorithm_t */
    uint32_t usage;     /* 0x43, psa_key_usage_t */
    uint16_t key_type;  /* 0x44, psa_key_type_t */
    uint32_t key_bits;  /* 0x45 */
    uint32_t lifetime;  /* 0x46, location << 8 | persistence */
    bool has_life_cycle;
    uint32_t life_cycle;            /* 0x47, enum eg_life_cycle; left out without has_life_cycle */
    uint32_t wrap_key_id;           /* 0x50 */
    uint32_t wrap;                  /* 0x51, enum eg_so_wrap */
    struct eg_span iv;              /* 0x52, 16 bytes with CBC, else empty */
    uint32_t sign_key_id;           /* 0x53 */
    uint32_t sign;                  /* 0x54, EG_SO_SIGN_CMAC */
    struct eg_span payload;         /* 0x55, 1 .. EG_SO_PAYLOAD_MAX bytes */
    struct eg_span provisioning_id; /* 0x56, empty: left out */
    struct eg_span mac;             /* 0x5E, 16 bytes */

    /* set by decoding only */
    struct eg_span whole;    /* the object from 0x40 to its end */
    struct eg_span mac_over; /* what the MAC covers: the object up to and including 5E 10 */
};

/** Bytes of the object with a payload of payload_len; so->payload and so->mac are not looked at. */
size_t eg_so_len(const struct eg_so *so, size_t payload_len);

/**
 * Encoding in three steps, so that a payload is encrypted right into its place:
 *   eg_so_put_head(w, so, n)   everything up to and including tag and length of 0x55
 *   n bytes of payload by the caller
 *   eg_so_put_tail(w, so)      0x56 if any, then 5E 10; the caller appends the 16-byte MAC over all
 *                              bytes since the head began
 * WIRE_BAD_LENGTH in the writer: payload, IV or provisioning id of a length that is not allowed.
 */
void eg_so_put_head(struct eg_writer *w, const struct eg_so *so, size_t payload_len);
void eg_so_put_tail(struct eg_writer *w, const struct eg_so *so);

/** Encode a complete object, MAC included (so->mac, 16 bytes). Appends to w, errors as there. */
void eg_so_put(struct eg_writer *w, const struct eg_so *so);

/**
 * Read the next object of a concatenation, strictly: tags in order, each once, lengths as listed,
 * shortest length form, IV present exactly with CBC.
 * Errors  WIRE_BAD_MAGIC: no object starts here. WIRE_BAD_TAG: unknown, missing, repeated or out of
 *         order, or an IV that does not fit. WIRE_BAD_LENGTH. TRUNCATED. *out is zeroed then and r
 *         carries the error too.
 * Owner   spans of *out point into the data of r.
 */
EG_MUST_USE eg_status eg_so_next(struct eg_reader *r, struct eg_so *out);

/** Exactly one object; TRAILING if more follows. Otherwise as eg_so_next(). */
EG_MUST_USE eg_status eg_so_decode(struct eg_span data, struct eg_so *out);

/** Decode a whole concatenation and say how many objects it holds (0 for no bytes). */
EG_MUST_USE eg_status eg_so_count(struct eg_span data, size_t *out_count);

#endif
