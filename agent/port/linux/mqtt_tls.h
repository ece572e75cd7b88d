/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_PORT_LINUX_MQTT_TLS_H
#define EG_AGENT_PORT_LINUX_MQTT_TLS_H
/** Of mqtt.c alone. */
#include "agent/port/linux/mqtt.h"

/** Make m->ctx for m->target; false: key or certificate are missing or unfit, or no roots. */
bool eg_mqtt_tls(struct eg_mqtt *m);

#endif
