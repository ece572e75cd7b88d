/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_MAIN_DATA_DIR_H
#define EG_SERVER_MAIN_DATA_DIR_H
/**
 * The data folder: what is in it, who holds it, and making what is missing at first start.
 *
 *   engraved.lock     held by the running engraved
 *   engrave.db        the database (SQLite)
 *   vault.key         0600  key-encryption key under the passphrase
 *   vault.passphrase  0600  unless another file was named
 *   apikey.pepper     0600  key of the API keys' hashes
 *   admin.key         0600  the first API key, one line
 *   node.id           name of this node among those of one database
 *   tls/              tls_identity.h
 *   device/           key and certificate of the device endpoint: server/device/identity.h
 */
#include "lib/os/file.h"
#include "server/core/auth.h"
#include "server/main/config.h"

enum { EG_PEPPER_LEN = 32 };

struct eg_data_dir {
    char path[EG_PATH_MAX];
    int lock_fd;
    char node[EG_NODE_LEN_MAX + 1];
    char passphrase_file[EG_PATH_MAX];
    char vault_key_file[EG_PATH_MAX];
    char tls_dir[EG_PATH_MAX];
    char device_dir[EG_PATH_MAX];
    char database_url[EG_PATH_MAX + EG_CONFIG_TEXT_LEN];
    uint8_t pepper[EG_PEPPER_LEN]; /* secret */
};

/**
 * Make the folder and what is missing in it, and hold it against a second engraved.
 * DATA_LOCKED: another one runs. OS_FILE: why names the file.
 */
EG_MUST_USE eg_status eg_data_dir_open(const struct eg_config *config, struct eg_data_dir *out,
                                       char *why, size_t why_room);
/** Let go; wipes. Safe on a struct whose opening failed. */
void eg_data_dir_close(struct eg_data_dir *d);

/** admin.key: made at first start, and known to the database at every start. */
EG_MUST_USE eg_status eg_data_dir_admin_key(const struct eg_data_dir *d, struct eg_core *core,
                                            int64_t now_s);

#endif
