/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_VAULTPOOL_VAULTPOOL_H
#define EG_SERVER_VAULTPOOL_VAULTPOOL_H
/**
 * The vault, seen from the service: a pool of engrave-vault processes behind blocking calls.
 *
 * Thread   every call but open and close may be made from any number of threads at once. A call
 *          waits for a free worker; at most EG_VAULTPOOL_WAITING_MAX wait, more get VAULT_BUSY.
 * Repeat   operations keep no state, so when a worker dies the pool starts another one and sends
 *          the operation again, at most EG_VAULTPOOL_TRIES times; then VAULT_UNAVAILABLE.
 * Errors   common to all calls: VAULT_BUSY, VAULT_UNAVAILABLE, VAULT_LIMIT (request beyond a limit
 *          of vault_types.h), NO_MEMORY, and WIRE_BAD_MESSAGE (service and vault of different
 *          releases). On any error outputs are the zero state.
 * Secrets  nothing that leaves a call is secret; wrapped bytes may be stored.
 */
#include <stddef.h>

#include "lib/wire/vault_types.h"

enum {
    EG_VAULTPOOL_TRIES = 3,
    EG_VAULTPOOL_WAITING_MAX = 1024,
    EG_VAULTPOOL_WORKERS_MAX = 64,
    EG_VAULTPOOL_ANSWER_MS = 600000, /* a worker silent for longer is killed */
};

struct eg_vaultpool;

/**
 * What the vault said about the last call of this thread that it refused: one sentence in printable
 * ASCII, no secret; "" when that call succeeded or the vault gave no answer. Valid until the
 * thread's next call.
 */
const char *eg_vaultpool_why(void);

struct eg_vaultpool_options {
    const char *program;         /* path of engrave-vault */
    const char *key_file;        /* must exist: eg_vaultpool_key_init() */
    const char *passphrase_file; /* its whole content without a final line break; 1..1024 bytes */
    const char *families_dir;
    const char *device_name; /* the one name that server certificates are signed for; NULL: none */
    unsigned workers;        /* 0: one per core this process may run on */
};

/**
 * Make a key file (random KEK under the passphrase) by running `engrave-vault --init`.
 * CONFLICT-class VAULT_KEY_EXISTS: there is one already; it is never overwritten.
 * why (room why_room, may be NULL): what the vault said about a failure.
 */
EG_MUST_USE eg_status eg_vaultpool_key_init(const struct eg_vaultpool_options *options, char *why,
                                            size_t why_room);

/**
 * Start the workers and wait until each has answered HELLO with the same fingerprint.
 * VAULT_PASSPHRASE: it does not open the key file. VAULT_KEY_FILE: damaged or of another version.
 * OS_PROCESS, OS_SANDBOX: the program cannot be started or restricted.
 * Returns owned; eg_vaultpool_close(). options is borrowed (strings are copied).
 */
EG_MUST_USE eg_status eg_vaultpool_open(const struct eg_vaultpool_options *options,
                                        struct eg_vaultpool **out, char *why, size_t why_room);

/** End all workers. No call may be running. NULL is fine. */
void eg_vaultpool_close(struct eg_vaultpool *pool);

/** Name of the KEK: a derived value, not secret. Nodes that share a database must agree on it. */
void eg_vaultpool_fingerprint(const struct eg_vaultpool *pool,
                              uint8_t out[static EG_VAULT_FINGERPRINT_LEN]);

/** Counters since open; for health pages and tests. */
struct eg_vaultpool_stats {
    unsigned workers;    /* alive now */
    uint64_t operations; /* answered */
    uint64_t restarts;   /* workers started again after a death */
    uint64_t repeats;    /* operations sent again */
};
void eg_vaultpool_stats(struct eg_vaultpool *pool, struct eg_vaultpool_stats *out);

/** Process ids of the live workers into out (at most room); returns how many. For tests and health.
 */
size_t eg_vaultpool_pids(struct eg_vaultpool *pool, int *out, size_t room);

/* ---- keys ------------------------------------------------------------------------------------ */

/** A new key and its certificate. Zero state: all NULL and 0. */
struct eg_vaultpool_key {
    struct eg_span wrapped_key;
    struct eg_span certificate; /* DER */
    void *memory;               /* both point into it */
};
void eg_vaultpool_key_free(struct eg_vaultpool_key *key); /* safe on the zero state */

/**
 * Make a CA key and its certificate: a self-signed root, or an intermediate signed by `issuer`.
 * VAULT_WRAPPED: the issuer's key is damaged, of another company or another vault.
 * VAULT_ISSUER: the issuer's certificate is not that of its key, is no CA, has run out, or forbids
 * a CA below it. CRYPTO_BAD_CERT: a subject field is too long or has characters not allowed.
 * CRYPTO_UNSUPPORTED: algorithm. Returns owned in *out.
 */
EG_MUST_USE eg_status eg_vaultpool_ca_create(struct eg_vaultpool *pool,
                                             const struct eg_vault_ca_request *request,
                                             struct eg_vaultpool_key *out);

/**
 * Make a CA key and a request (PKCS#10, in out->certificate) for somebody else to certify.
 * CRYPTO_BAD_CERT, CRYPTO_UNSUPPORTED as above. Returns owned in *out.
 */
EG_MUST_USE eg_status eg_vaultpool_csr_create(struct eg_vaultpool *pool,
                                              const struct eg_vault_csr_request *request,
                                              struct eg_vaultpool_key *out);

/** What the vault signed. Zero state: all NULL and 0. */
struct eg_vaultpool_signed {
    struct eg_span der;
    void *memory; /* der points into it */
};
void eg_vaultpool_signed_free(struct eg_vaultpool_signed *s); /* safe on the zero state */

/**
 * Build and sign a CRL of a CA of the company. VAULT_WRAPPED; VAULT_ISSUER: also a CA whose
 * certificate does not allow to sign CRLs. CRYPTO_BAD_CERT: entries out of order or malformed,
 * nextUpdate not after thisUpdate. Returns owned in *out.
 */
EG_MUST_USE eg_status eg_vaultpool_crl_sign(struct eg_vaultpool *pool,
                                            const struct eg_vault_crl_request *request,
                                            struct eg_vaultpool_signed *out);

/** Make the key that answers OCSP requests for a CA and its certificate, signed by the CA.
 * VAULT_WRAPPED, VAULT_ISSUER, CRYPTO_BAD_CERT as above. Returns owned in *out. */
EG_MUST_USE eg_status eg_vaultpool_ocsp_certify(struct eg_vaultpool *pool,
                                                const struct eg_vault_responder_request *request,
                                                struct eg_vaultpool_key *out);

/**
 * Build and sign an OCSP response. Of what is not revoked the vault says good when it drew the
 * serial number for this issuer itself, else unknown. VAULT_WRAPPED: the key. CRYPTO_BAD_OCSP: an
 * id cannot be read, is not of this issuer, or a reason or time cannot be. Returns owned in *out.
 */
EG_MUST_USE eg_status eg_vaultpool_ocsp_sign(struct eg_vaultpool *pool,
                                             const struct eg_vault_ocsp_request *request,
                                             struct eg_vaultpool_signed *out);

/** Build and sign a Certification Declaration for development and test. VAULT_WRAPPED: the key.
 * CRYPTO_BAD_CMS: a field that no declaration may have. Returns owned in *out. */
EG_MUST_USE eg_status eg_vaultpool_cd_sign(struct eg_vaultpool *pool,
                                           const struct eg_vault_cd_request *request,
                                           struct eg_vaultpool_signed *out);

/**
 * Certify the key of the device endpoint: digitalSignature, serverAuth, the name as dNSName.
 * VAULT_ENDPOINT_NAME: not the name of the options. CRYPTO_BAD_KEY: not a P-256 key.
 * CRYPTO_BAD_CERT: longer than EG_VAULT_ENDPOINT_DAYS_MAX. VAULT_WRAPPED: the issuer is not the
 * service's own; VAULT_ISSUER. Returns owned in *out.
 */
EG_MUST_USE eg_status eg_vaultpool_endpoint_certify(struct eg_vaultpool *pool,
                                                    const struct eg_vault_endpoint_request *request,
                                                    struct eg_vaultpool_signed *out);

/** Make a P-256 key-agreement key with a self-signed certificate to seal to. Returns owned. */
EG_MUST_USE eg_status eg_vaultpool_service_key_create(
    struct eg_vaultpool *pool, const struct eg_vault_service_request *request,
    struct eg_vaultpool_key *out);

/* ---- claim codes ----------------------------------------------------------------------------- */

/**
 * Open a claim blob and answer the tag of the code in it.
 * CLAIM_BLOB_TYPE, CLAIM_BLOB: structure. CLAIM_BLOB_SEALED: MAC, UUID or padding. CLAIM_SECRET:
 * the text can be no claim code. VAULT_WRAPPED: the key.
 */
EG_MUST_USE eg_status eg_vaultpool_claim_open(struct eg_vaultpool *pool,
                                              const struct eg_vault_claim_request *request,
                                              uint8_t out[static EG_VAULT_CLAIM_TAG_LEN]);

/** Tags of codes that are being issued: count * EG_VAULT_CLAIM_TAG_LEN bytes. CLAIM_SECRET. */
EG_MUST_USE eg_status eg_vaultpool_claim_tag(struct eg_vaultpool *pool,
                                             const struct eg_vault_claim_tag_request *request,
                                             uint8_t *out);

/* ---- roots of trust -------------------------------------------------------------------------- */

struct eg_vaultpool_manifest {
    char family[32]; /* name from the manifest; a family the vault knows */
    size_t signer;   /* index into request.signers */
    struct eg_vault_chip *chips;
    size_t chip_count;
};
void eg_vaultpool_manifest_free(struct eg_vaultpool_manifest *m); /* safe on the zero state */

/**
 * Open a manifest, check signer, form and every root, and hand out the chips, in the manifest's
 * order. All or nothing.
 * VAULT_WRAPPED: service key. CRYPTO_BAD_CMS, CRYPTO_CMS_NOT_FOR_US, CRYPTO_BAD_MAC: not sealed to
 * the key, or altered. CRYPTO_CMS_SIGNER, CRYPTO_BAD_SIGNATURE: signer. OBJECT_MANIFEST: text
 * malformed, or a die key that gives no valid keys. VAULT_MANIFEST_FAMILY: unknown family.
 * OBJECT_MANIFEST_TWICE: a UUID twice. eg_vaultpool_why() names line, device or family.
 * Returns owned in *out.
 */
EG_MUST_USE eg_status eg_vaultpool_manifest_open(struct eg_vaultpool *pool,
                                                 const struct eg_vault_manifest_request *request,
                                                 struct eg_vaultpool_manifest *out);

/* ---- secrets --------------------------------------------------------------------------------- */

struct eg_vaultpool_secret {
    struct eg_span wrapped; /* bound to company and purpose */
    size_t length;          /* bytes of the secret inside */
    void *memory;           /* wrapped points into it */
};
void eg_vaultpool_secret_free(struct eg_vaultpool_secret *secret); /* safe on the zero state */

/**
 * Take a secret that a customer sealed for us.
 * CRYPTO_BAD_CMS, CRYPTO_CMS_NOT_FOR_US, CRYPTO_BAD_MAC: the message. OBJECT_SECRET: the text
 * inside is not of the documented form. OBJECT_SECRET_OTHER: it was made for another company or
 * purpose. VAULT_SECRET_LENGTH: not a length the purpose allows.
 * Returns owned in *out.
 */
EG_MUST_USE eg_status eg_vaultpool_secret_import(struct eg_vaultpool *pool,
                                                 const struct eg_vault_secret_request *request,
                                                 struct eg_vaultpool_secret *out);

/**
 * Draw a random secret: HMAC_KEY of 16 to 256 bytes or MASTER_KEY of 16 to 64 (32 is right for
 * both). VAULT_SECRET_LENGTH. VAULT_PLAN: a purpose whose value only the customer can know. Returns
 * owned.
 */
EG_MUST_USE eg_status eg_vaultpool_secret_generate(struct eg_vaultpool *pool, uint64_t company_id,
                                                   enum eg_vault_secret_purpose purpose,
                                                   size_t length, struct eg_vaultpool_secret *out);

/* ---- making ---------------------------------------------------------------------------------- */

struct eg_vaultpool_made {
    struct eg_vault_made_device *devices; /* in the order of the request */
    size_t device_count;
    void *memory; /* all point into it */
};
void eg_vaultpool_made_free(struct eg_vaultpool_made *made); /* safe on the zero state */

/**
 * Make all objects of `plan` for 1 .. EG_VAULT_DEVICES_MAX devices.
 * A device whose root does not open (VAULT_WRAPPED) or whose given key is missing or bad
 * (CRYPTO_BAD_KEY, VAULT_PLAN) carries its own status and does not touch the others.
 * The call itself fails, for all, with VAULT_PLAN (indices, unknown family, lengths), VAULT_WRAPPED
 * (a CA key or secret is damaged, of another company or purpose), VAULT_ISSUER (CA certificate and
 * key do not belong together, or it has run out), OBJECT_* (the family cannot hold it).
 * Two calls with the same arguments give different keys: store one result only.
 * Returns owned in *out.
 */
EG_MUST_USE eg_status eg_vaultpool_make(struct eg_vaultpool *pool, const struct eg_vault_plan *plan,
                                        const struct eg_vault_device *devices, size_t device_count,
                                        struct eg_vaultpool_made *out);

#endif
