/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_WIRE_SESSION_SESSION_STATUS_H
#define EG_LIB_WIRE_SESSION_SESSION_STATUS_H
/** The status vocabularies of the device session (session_status.def), as numbers and as names. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum eg_session_vocabulary {
    EG_VOCABULARY_UPDATE = 0,
    EG_VOCABULARY_CLAIM = 1,
    EG_VOCABULARY_RTP = 2, /* secure objects */
    EG_VOCABULARY_CSP = 3, /* service descriptors */
    EG_VOCABULARY_PSA = 4, /* commands at a keystore */
};

/* EG_UPDATE_SUCCESS, EG_CLAIM_ERR_NOT_FOUND, EG_RTP_..., EG_CSP_..., EG_PSA_DOES_NOT_EXIST, ... */
enum eg_session_status_value {
#define S(vocabulary, value, name) EG_##vocabulary##_##name = (value),
#include "lib/wire/session/session_status.def"
#undef S
};

/** Name of a status without a prefix ("ERR_NOT_FOUND"), static. A value that is not listed: NULL.
 */
const char *eg_session_status_name(enum eg_session_vocabulary vocabulary, int32_t value);

/** The value of a name; false if the vocabulary has none of that name (*out is 0). */
bool eg_session_status_value(enum eg_session_vocabulary vocabulary, const char *name, int32_t *out);

/** Success? 0x01..0x0F of the first four vocabularies, 0 of PSA. */
static inline bool eg_session_status_good(enum eg_session_vocabulary vocabulary, int32_t value)
{
    return vocabulary == EG_VOCABULARY_PSA ? value == 0 : (value > 0 && value < 0x10);
}

#endif
