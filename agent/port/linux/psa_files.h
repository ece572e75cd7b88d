/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_PORT_LINUX_PSA_FILES_H
#define EG_AGENT_PORT_LINUX_PSA_FILES_H
/**
 * The software enclave's memory: one file per id in a folder, mode 0600, replaced as a whole, so
 * that a power cut leaves the old content or the new one. Results are PSA status words.
 */
#include "lib/base/span.h"
#include "lib/os/file.h"

/** Read file <id 8 hex> of folder dir; free out. DOES_NOT_EXIST, STORAGE_FAILURE. */
int32_t eg_psa_file_read(const char *dir, uint32_t id, struct eg_file_bytes *out);
int32_t eg_psa_file_write(const char *dir, uint32_t id, struct eg_span data);
int32_t eg_psa_file_remove(const char *dir, uint32_t id);

/** Ids of the files in a folder, ascending; at most room. */
int32_t eg_psa_file_list(const char *dir, uint32_t *ids, size_t room, size_t *count);

#endif
