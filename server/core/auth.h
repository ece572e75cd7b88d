/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_AUTH_H
#define EG_SERVER_CORE_AUTH_H
/**
 * Who calls: API keys are 32 random bytes in base64url; stored is only their HMAC-SHA256 under the
 * pepper, so that a copy of the database gives nobody a key.
 */
#include "server/core/core.h"

/** What a key may do; each role may do what those before it may. Values are stored. */
enum eg_role {
    EG_ROLE_PUBLIC = 1,   /* routes only: nobody needs a key */
    EG_ROLE_AUDITOR = 2,  /* read everything but secure objects' bytes */
    EG_ROLE_OPERATOR = 3, /* and assign, download, report */
    EG_ROLE_ADMIN = 4,    /* and define */
};

enum { EG_API_KEY_TEXT_LEN = 43 }; /* characters, without NUL */

/** Fill in who calls, and note that the key was used. AUTH_MISSING: key NULL, unknown or revoked
 * (all look alike); AUTH_EXPIRED. */
EG_MUST_USE eg_status eg_auth(struct eg_call *call, const char *key);

/** AUTH_DENIED unless the caller's role is enough. */
EG_MUST_USE eg_status eg_auth_require(struct eg_call *call, enum eg_role role);

/** Draw a key. Secret: out_key. */
EG_MUST_USE eg_status eg_auth_draw_key(struct eg_core *core,
                                       char out_key[static EG_API_KEY_TEXT_LEN + 1]);

/** Let a key in. NAME_TAKEN. */
EG_MUST_USE eg_status eg_auth_keep_key(struct eg_core *core, int64_t company_id,
                                       const struct eg_api_key_new *who, int64_t now_s,
                                       const char *key, int64_t *out_id);

/** "ADMIN", "OPERATOR", "AUDITOR"; 0 for anything else. */
enum eg_role eg_role_from_name(const char *name);
const char *eg_role_name(int64_t role); /* "" if unknown */

#endif
