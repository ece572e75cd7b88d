/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_VAULT_KEY_FILE_H
#define EG_SERVER_VAULT_KEY_FILE_H
/**
 * The file that holds the KEK under a passphrase (docs/formats/vault-key-file.md): scrypt gives a
 * key, AES-256-GCM with it seals the KEK, and the head is authenticated with it.
 */
#include "server/vault/keys.h"

enum {
    EG_KEY_FILE_LEN = 124,
    EG_KEY_FILE_VERSION = 1,
    EG_PASSPHRASE_MAX = 1024, /* bytes */
};

/**
 * Seal a KEK: the content of a key file into out. Takes about 0.1 s and 32 MiB (scrypt).
 * VAULT_PASSPHRASE: empty or too long.
 */
EG_MUST_USE eg_status eg_key_file_seal(struct eg_crypto *c, struct eg_span passphrase,
                                       const uint8_t kek[static EG_KEK_LEN],
                                       uint8_t out[static EG_KEY_FILE_LEN]);

/**
 * Inverse. VAULT_KEY_FILE: no key file, or cut, or scrypt parameters out of range.
 * VAULT_KEY_VERSION: another version. VAULT_PASSPHRASE: wrong, or the file was altered.
 * On error kek is zero. Secret: kek.
 */
EG_MUST_USE eg_status eg_key_file_unseal(struct eg_crypto *c, struct eg_span passphrase,
                                         struct eg_span content, uint8_t kek[static EG_KEK_LEN]);

/** Draw a KEK and write its file, mode 0600. VAULT_KEY_EXISTS: something is at path; OS_FILE. */
EG_MUST_USE eg_status eg_key_file_create(struct eg_crypto *c, const char *path,
                                         struct eg_span passphrase);

/** Read and unseal. VAULT_KEY_FILE also when it is missing or others may read or write it. */
EG_MUST_USE eg_status eg_key_file_load(struct eg_crypto *c, const char *path,
                                       struct eg_span passphrase, uint8_t kek[static EG_KEK_LEN]);

#endif
