/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OBJECT_SECRET_TEXT_H
#define EG_LIB_OBJECT_SECRET_TEXT_H
/**
 * The text inside a customer's sealed secret (docs/formats/secret.md); company and purpose are
 * bound to the value by being inside the same seal:
 *
 *   Engrave-Secret: 1
 *   Company: Example Devices
 *   Purpose: HMAC_KEY
 *   Value: <base64>
 *
 * These four lines in this order, LF ends, the last LF may be missing. CR LF is taken too, since
 * such files are made by hand. Secret: Value. No heap. Thread-safe.
 */
#include "lib/object/object.h"

enum {
    EG_SECRET_COMPANY_MAX = 100, /* bytes of UTF-8, no control characters */
    EG_SECRET_VALUE_MAX = 16384, /* bytes after base64 */
    EG_SECRET_TEXT_MAX = 22200,  /* bytes of the whole text */
};

struct eg_secret_text {
    struct eg_span company;      /* borrowed from the text */
    enum eg_object_type purpose; /* HMAC_KEY, MASTER_KEY, OEM_FW_DECRYPT_KEY or BINARY_FILE */
    struct eg_span value_base64; /* borrowed; not yet decoded */
};

/** OBJECT_SECRET: not of the form above, or a purpose that takes no secret; *out is zero. */
EG_MUST_USE eg_status eg_secret_text_parse(struct eg_span text, struct eg_secret_text *out);

/**
 * Parse, check company and purpose against what is expected, and append the decoded value to w.
 * OBJECT_SECRET: malformed, value empty or too long. OBJECT_SECRET_OTHER: for another company or
 * purpose. Nothing is appended on error. Secret: what was appended.
 */
EG_MUST_USE eg_status eg_secret_text_open(struct eg_span text, struct eg_span company,
                                          enum eg_object_type purpose, struct eg_writer *w);

/** Append the text for a value. OBJECT_SECRET: company, purpose or value not allowed. */
EG_MUST_USE eg_status eg_secret_text_put(struct eg_writer *w, struct eg_span company,
                                         enum eg_object_type purpose, struct eg_span value);

#endif
