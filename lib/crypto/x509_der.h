/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_X509_DER_H
#define EG_LIB_CRYPTO_X509_DER_H
/**
 * The part of DER (X.690) that certificates need: a writer that nests by begin and end, and a
 * strict reader. Internal to lib/crypto.
 *
 * Both sit on eg_writer and eg_reader and share their error handling: the first error stays, later
 * calls do nothing, the caller looks once at the end.
 */
#include "lib/crypto/crypto.h"

enum eg_der_tag {
    EG_DER_BOOLEAN = 0x01,
    EG_DER_INTEGER = 0x02,
    EG_DER_BIT_STRING = 0x03,
    EG_DER_OCTET_STRING = 0x04,
    EG_DER_NULL = 0x05,
    EG_DER_OID = 0x06,
    EG_DER_ENUMERATED = 0x0A,
    EG_DER_UTF8_STRING = 0x0C,
    EG_DER_PRINTABLE_STRING = 0x13,
    EG_DER_UTC_TIME = 0x17,
    EG_DER_GENERALIZED_TIME = 0x18,
    EG_DER_SEQUENCE = 0x30,
    EG_DER_SET = 0x31,
};
/** Context-specific tags, primitive and constructed. */
#define EG_DER_CONTEXT(n)             (0x80u | (unsigned)(n))
#define EG_DER_CONTEXT_CONSTRUCTED(n) (0xA0u | (unsigned)(n))

/* ---- writer --------------------------------------------------------------------------------- */

/**
 * Open an element; what is written until eg_der_end() is its content. Returns the mark for the end.
 * The length grows by moving the content when it needs more than one byte.
 */
size_t eg_der_begin(struct eg_writer *w, unsigned tag);
void eg_der_end(struct eg_writer *w, size_t mark);

/** One primitive element with this content. */
void eg_der_bytes(struct eg_writer *w, unsigned tag, struct eg_span content);
/** INTEGER of an unsigned big-endian number (leading zeros are dropped, a sign byte added). */
void eg_der_unsigned(struct eg_writer *w, struct eg_span number);
/** INTEGER 0..127. */
void eg_der_small(struct eg_writer *w, uint8_t number);
void eg_der_true(struct eg_writer *w);
/** BIT STRING of named bits: bit n of the value is named bit n; at most 8; shortest form. */
void eg_der_named_bits(struct eg_writer *w, uint8_t bits);
/**
 * Time as RFC 5280 4.1.2.5 wants it: UTCTime from 1950 to 2049, GeneralizedTime after,
 * 99991231235959Z for INT64_MAX. CRYPTO_BAD_CERT before 1950 or after 9999.
 */
void eg_der_time(struct eg_writer *w, int64_t time_s);
/** GeneralizedTime in any case, as OCSP wants it. CRYPTO_BAD_CERT before 1950 or after 9999. */
void eg_der_generalized_time(struct eg_writer *w, int64_t time_s);

/* ---- reader --------------------------------------------------------------------------------- */

/** Is the next element one with this tag? */
bool eg_der_at(const struct eg_reader *r, unsigned tag);
/** Content of the next element, which must have this tag; else CRYPTO_BAD_CERT and empty. */
struct eg_span eg_der_take(struct eg_reader *r, unsigned tag);
/** The same with its tag and length. */
struct eg_span eg_der_take_whole(struct eg_reader *r, unsigned tag);
/** A reader over the content of the next element; carries the error of r. */
struct eg_reader eg_der_enter(struct eg_reader *r, unsigned tag);
/** inner must be read to its end; its error (or what is left) becomes the error of r. */
void eg_der_leave(struct eg_reader *r, const struct eg_reader *inner);
/** Inverse of eg_der_time(). */
int64_t eg_der_take_time(struct eg_reader *r);
/** BOOLEAN; only 00 and FF. */
bool eg_der_take_bool(struct eg_reader *r);

#endif
