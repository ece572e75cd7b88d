/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_DEVICE_RULES_H
#define EG_SERVER_DEVICE_RULES_H
/**
 * Asks the rules of server/core/cloud.h what a session wants to know. Blocks on store and vault:
 * worker threads only. Inside server/device.
 */
#include <stdatomic.h>

#include "server/device/session.h"

enum { EG_DEVICE_DOUBTS = 4096 };

/**
 * Devices whose last session broke although all was built on what they had told before: they are
 * asked first the next time. By hash; a collision costs a round trip.
 */
struct eg_device_doubts {
    atomic_uchar flags[EG_DEVICE_DOUBTS];
};

struct eg_device_rules {
    struct eg_core *core;
    struct eg_device_doubts *doubts;
};

/** Run the rules that the session needs, one after the other, until it needs something else. */
enum eg_device_need eg_device_rules_run(const struct eg_device_rules *rules,
                                        struct eg_device_session *s,
                                        const struct eg_cloud_peer *peer);

#endif
