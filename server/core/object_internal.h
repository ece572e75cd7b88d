/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_OBJECT_INTERNAL_H
#define EG_SERVER_CORE_OBJECT_INTERNAL_H
/** What creating and updating a secure object share; inside server/core. */
#include "server/core/object.h"
#include "server/core/object_def.h"

/** Everything about a definition that does not depend on a group. Errors of eg_object_create(). */
EG_MUST_USE eg_status eg_object_check(struct eg_call *call, struct eg_object_def *def);
/** Hand the sealed secret to the vault, or have one drawn. *out: wrapped, in the arena. */
EG_MUST_USE eg_status eg_object_take_secret(struct eg_call *call, struct eg_object_def *def,
                                            struct eg_span *out);
/** The members of the row that the definition tells; id, version, secret and time stay. */
EG_MUST_USE eg_status eg_object_row(struct eg_call *call, const struct eg_object_def *def,
                                    struct eg_stored_object *out);

#endif
