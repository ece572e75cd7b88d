/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_MAIN_LIMITS_H
#define EG_SERVER_MAIN_LIMITS_H
/** The limits of engraved as constants: EG_LIMIT_<NAME> of limits.def. */

enum eg_limit {
#define EG_LIMIT(name, value, what) EG_LIMIT_##name = (value),
#include "server/main/limits.def"
#undef EG_LIMIT
};

#endif
