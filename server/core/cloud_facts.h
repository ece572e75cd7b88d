/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_CLOUD_FACTS_H
#define EG_SERVER_CORE_CLOUD_FACTS_H
/** What an agent told in hello, as it is stored. */
#include "server/core/cloud.h"

/** Packed for the database: at most EG_CLOUD_FACTS_MAX bytes. */
void eg_cloud_facts_put(const struct eg_cloud_facts *facts, struct eg_writer *w);
/** Inverse; what cannot be read is a device that was never seen. */
void eg_cloud_facts_get(struct eg_span packed, struct eg_cloud_facts *out);

#endif
