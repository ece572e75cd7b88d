/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_CLI_FAB_H
#define EG_HOST_CLI_FAB_H
/**
 * What the chip maker does: draw UUIDs and die keys, make chips of them, and write the manifest of
 * their roots of trust, signed by the maker and sealed to the service.
 *
 * Secret: die keys; wiped after use. A chip's file holds its own.
 */
#include "lib/base/family.h"
#include "lib/base/uuid.h"
#include "lib/crypto/cms.h"
#include "lib/crypto/x509.h"

enum { EG_FAB_DIE_KEY_LEN = 32 };

/* ---- fab_signer.c ---------------------------------------------------------------------------- */

/** Who signs manifests. */
struct eg_fab_signer {
    struct eg_key *key;
    uint8_t certificate[EG_X509_LEN_MAX]; /* DER */
    size_t certificate_len;
};

/**
 * Read key and certificate (PEM files); make both when neither is there (key file 0600).
 * *out_made says so. CRYPTO_BAD_KEY, CRYPTO_BAD_CERT, OS_FILE, OS_FILE_EXISTS: only one is there.
 */
EG_MUST_USE eg_status eg_fab_signer_load(struct eg_crypto *c, const char *key_path,
                                         const char *cert_path, int64_t now_ms,
                                         struct eg_fab_signer *out, bool *out_made);
void eg_fab_signer_cleanup(struct eg_fab_signer *s);

/* ---- fab_manifest.c -------------------------------------------------------------------------- */

/** One chip to be. Secret: die_key. */
struct eg_fab_chip {
    struct eg_uuid uuid;
    uint8_t die_key[EG_FAB_DIE_KEY_LEN];
};

/** Draw a chip whose connection and attestation keys are valid. */
EG_MUST_USE eg_status eg_fab_draw(struct eg_crypto *c, struct eg_fab_chip *out);

/** Manifest of the chips, signed and sealed; DER. HOST_MANIFEST_LIMIT: count out of range. */
EG_MUST_USE eg_status eg_fab_manifest(const struct eg_family *family,
                                      const struct eg_fab_chip *chips, size_t count,
                                      const struct eg_fab_signer *signer,
                                      struct eg_span service_cert, struct eg_cms_bytes *out);

/* ---- fab_chips.c ----------------------------------------------------------------------------- */

/** Make the chip's state file in dir. Errors as vchip/chip_file.h. */
EG_MUST_USE eg_status eg_fab_chip_file(struct eg_crypto *c, const char *dir,
                                       const struct eg_family *family,
                                       const struct eg_fab_chip *chip);
/** Remove it again. */
void eg_fab_chip_remove(const char *dir, const struct eg_uuid *uuid);
/** Make a batch durable. OS_FILE. */
EG_MUST_USE eg_status eg_fab_chips_sync(const char *dir);

#endif
