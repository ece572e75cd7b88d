/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_MAIN_NODE_H
#define EG_SERVER_MAIN_NODE_H
/** One running engraved: data folder, store, vault, core, HTTPS; started in this order, stopped in
 * the reverse one. */
#include "server/main/config.h"

struct eg_node;

/**
 * Start everything. On failure everything started is stopped again; why says what failed.
 * Returns owned; eg_node_stop().
 */
EG_MUST_USE eg_status eg_node_start(const struct eg_config *config, struct eg_node **out, char *why,
                                    size_t why_room);
/** "https://HOST:PORT" */
const char *eg_node_url(const struct eg_node *node);
/** "NAME:PORT" that devices dial, or "" when there is no device endpoint. */
const char *eg_node_device_address(const struct eg_node *node);
/** "http://HOST:PORT", or "" when there is no such listener. */
const char *eg_node_public_url(const struct eg_node *node);
/** Answer what is being asked, finish what is being made, close. NULL is fine. */
void eg_node_stop(struct eg_node *node);

/** Everything that can be checked without starting or changing anything. */
EG_MUST_USE eg_status eg_node_check(const struct eg_config *config, char *why, size_t why_room);

#endif
