/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_CORE_VERSION_H
#define EG_AGENT_CORE_VERSION_H
/** Version of the device library, a byte per part, as hello tells it. */
#define AGENT_VERSION 0x00000100u /* 0.1.0 */

#endif
