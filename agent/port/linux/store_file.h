/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_PORT_LINUX_STORE_FILE_H
#define EG_AGENT_PORT_LINUX_STORE_FILE_H
/**
 * A datastore of the device library in two files, NAME.0 and NAME.1, one per slot, mode 0600. The
 * library orders the writes; sync() is fdatasync(), and the folder was synced when a file was made.
 */
#include "engrave/agent.h"
#include "lib/base/status.h"

enum { EG_STORE_SLOT_BYTES = 65536 };

struct eg_store_file {
    int fds[2];
};

extern const struct eg_agent_store eg_store_file_ops; /* context: struct eg_store_file */

/** Open or make both files in folder `dir`. OS_FILE: *out holds nothing. */
EG_MUST_USE eg_status eg_store_file_open(const char *dir, const char *name,
                                         struct eg_store_file *out);
/** Safe on {-1, -1}. */
void eg_store_file_close(struct eg_store_file *s);

#endif
