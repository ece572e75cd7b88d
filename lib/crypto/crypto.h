/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_CRYPTO_H
#define EG_LIB_CRYPTO_CRYPTO_H
/**
 * The cryptographic operations of Engrave, one header over one provider
 * (crypto_openssl*.c on hosts).
 *
 * Everything goes through a context that keeps fetched algorithms and reused objects, because on
 * OpenSSL 3.0 fetching and converting costs more than the arithmetic. One context per thread.
 *
 * Conventions for all calls
 *   Errors  CRYPTO_FAILED: the provider refused, or a key has a length that is not offered.
 *           NO_ROOM: the writer is full. Outputs are untouched or zeroed on error, nothing is
 *           appended to a writer, and what was put into its room on the way is wiped.
 *   Shapes  an input must not lie in the room of the output.
 *   Secret  keys and plaintexts; copies made inside are wiped before return, but for the expanded
 *           keys in the reused objects: the next key replaces them, eg_crypto_free() wipes them.
 *   Thread  one call at a time per context and per eg_key (a key holds its own signing object).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/span.h"

struct eg_crypto;

/** Returns owned; eg_crypto_free(). NO_MEMORY, CRYPTO_FAILED: *out is NULL. */
EG_MUST_USE eg_status eg_crypto_new(struct eg_crypto **out);
void eg_crypto_free(struct eg_crypto *c);

/** Fill out with bytes from the provider's private DRBG (fit for keys). */
EG_MUST_USE eg_status eg_random(struct eg_crypto *c, uint8_t *out, size_t len);

/* ---- hashes and MACs ------------------------------------------------------------------------ */

enum eg_hash {
    EG_HASH_SHA256 = 1,
    EG_HASH_SHA384 = 2,
    EG_HASH_SHA512 = 3,
    EG_HASH_SHA1 = 4, /* only for X.509 key identifiers */
    EG_HASH_SHA3_512 = 5,
};
enum {
    EG_SHA256_LEN = 32,
    EG_HASH_LEN_MAX = 64,
    EG_AES_BLOCK_LEN = 16,
    EG_CMAC_LEN = 16,
    EG_GCM_IV_LEN = 12,
    EG_GCM_TAG_LEN = 16,
    EG_KW_OVERHEAD = 8,
    EG_P256_SCALAR_LEN = 32,
    EG_P256_POINT_LEN = 65,     /* 04 || X || Y */
    EG_SIGNATURE_LEN_MAX = 512, /* RSA-4096 */
    EG_PRIVATE_LEN_MAX = 2400,  /* PKCS#1 RSAPrivateKey of 4096 bits */
    EG_SPKI_LEN_MAX = 600,
};

/** Bytes of the digest of `alg`; 0 for an unknown one. */
size_t eg_hash_len(enum eg_hash alg);
EG_MUST_USE eg_status eg_hash(struct eg_crypto *c, enum eg_hash alg, struct eg_span data,
                              uint8_t *out);

EG_MUST_USE eg_status eg_hmac_sha256(struct eg_crypto *c, struct eg_span key, struct eg_span data,
                                     uint8_t out[static EG_SHA256_LEN]);

/** AES-CMAC (RFC 4493) with a key of 16 or 32 bytes. */
EG_MUST_USE eg_status eg_cmac(struct eg_crypto *c, struct eg_span key, struct eg_span data,
                              uint8_t out[static EG_CMAC_LEN]);

/** HKDF-SHA256 (RFC 5869), extract and expand; out_len at most 255 * 32. */
EG_MUST_USE eg_status eg_hkdf_sha256(struct eg_crypto *c, struct eg_span ikm, struct eg_span salt,
                                     struct eg_span info, uint8_t *out, size_t out_len);

/** scrypt (RFC 7914), n a power of two. Uses 128 * r * n bytes while it runs, at most 1 GiB
 * (CRYPTO_FAILED beyond). */
EG_MUST_USE eg_status eg_scrypt(struct eg_span passphrase, struct eg_span salt, uint64_t n,
                                uint32_t r, uint32_t p, uint8_t *out, size_t out_len);

/* ---- AES ------------------------------------------------------------------------------------ */

/** RFC 3394 with the default IV; kek 16 or 32 bytes; plain a multiple of 8, at least 16. Appends
 * plain.len + 8. */
EG_MUST_USE eg_status eg_kw_wrap(struct eg_crypto *c, struct eg_span kek, struct eg_span plain,
                                 struct eg_writer *out);
/** Inverse. CRYPTO_BAD_MAC when the check value does not fit or wrapped cannot be a wrapped key. */
EG_MUST_USE eg_status eg_kw_unwrap(struct eg_crypto *c, struct eg_span kek, struct eg_span wrapped,
                                   struct eg_writer *out);

/** AES-CBC with ISO 7816-4 padding (80 00.., always 1..16 bytes); key 16 or 32 bytes. */
EG_MUST_USE eg_status eg_cbc_encrypt(struct eg_crypto *c, struct eg_span key,
                                     const uint8_t iv[static EG_AES_BLOCK_LEN],
                                     struct eg_span plain, struct eg_writer *out);
/** Inverse; needs room for cipher.len bytes. CRYPTO_BAD_PADDING, also for a length that is no
 * multiple of 16. Check a MAC first: padding alone proves nothing. */
EG_MUST_USE eg_status eg_cbc_decrypt(struct eg_crypto *c, struct eg_span key,
                                     const uint8_t iv[static EG_AES_BLOCK_LEN],
                                     struct eg_span cipher, struct eg_writer *out);

/** AES-CTR, both directions; key 16 or 32 bytes; counter block big endian. Appends data.len. */
EG_MUST_USE eg_status eg_ctr(struct eg_crypto *c, struct eg_span key,
                             const uint8_t iv[static EG_AES_BLOCK_LEN], struct eg_span data,
                             struct eg_writer *out);

/** AES-GCM, key 16 or 32 bytes. Appends ciphertext and then the 16-byte tag. Never repeat an iv
 * under a key. */
EG_MUST_USE eg_status eg_gcm_seal(struct eg_crypto *c, struct eg_span key,
                                  const uint8_t iv[static EG_GCM_IV_LEN], struct eg_span aad,
                                  struct eg_span plain, struct eg_writer *out);
/** Inverse; data is ciphertext and tag. CRYPTO_BAD_MAC: nothing is appended. */
EG_MUST_USE eg_status eg_gcm_open(struct eg_crypto *c, struct eg_span key,
                                  const uint8_t iv[static EG_GCM_IV_LEN], struct eg_span aad,
                                  struct eg_span data, struct eg_writer *out);

/* ---- asymmetric keys ------------------------------------------------------------------------ */

enum eg_key_alg {
    EG_KEY_NONE = 0,
    EG_KEY_P256 = 1,
    EG_KEY_P384 = 2,
    EG_KEY_ED25519 = 3,
    EG_KEY_RSA_2048 = 4,
    EG_KEY_RSA_3072 = 5,
    EG_KEY_RSA_4096 = 6,
};

/** "NIST_P256", "NIST_P384", "ECC_ED_25519", "RSA_2048", ... as on the API; "" for an unknown one.
 */
const char *eg_key_alg_name(enum eg_key_alg alg);
/** Inverse; EG_KEY_NONE for an unknown name. */
enum eg_key_alg eg_key_alg_from_name(struct eg_span name);
/** 256, 384, 255, 2048, ... */
uint32_t eg_key_alg_bits(enum eg_key_alg alg);

/** A private key with its public half, or a public key. */
struct eg_key;
void eg_key_free(struct eg_key *key); /* wipes; NULL is fine */

/** Fresh key pair. RSA takes 0.2 to several seconds: never inside a request. */
EG_MUST_USE eg_status eg_key_generate(struct eg_crypto *c, enum eg_key_alg alg,
                                      struct eg_key **out);

/**
 * Fast path for the many: one fresh P-256 pair as raw bytes, no key object.
 * Secret: priv, the caller wipes it.
 */
EG_MUST_USE eg_status eg_p256_generate(struct eg_crypto *c, uint8_t priv[static EG_P256_SCALAR_LEN],
                                       uint8_t pub[static EG_P256_POINT_LEN]);
/** Public point of a scalar. CRYPTO_BAD_KEY: the scalar is 0 or not below the group order. */
EG_MUST_USE eg_status eg_p256_public(struct eg_crypto *c,
                                     const uint8_t priv[static EG_P256_SCALAR_LEN],
                                     uint8_t pub[static EG_P256_POINT_LEN]);

/**
 * Private key from its PSA import form: EC scalar (32 or 48 bytes), Ed25519 seed (32), PKCS#1
 * RSAPrivateKey DER. CRYPTO_BAD_KEY if it is none.
 */
EG_MUST_USE eg_status eg_key_from_private(struct eg_crypto *c, enum eg_key_alg alg,
                                          struct eg_span data, struct eg_key **out);
/** Append the PSA export form of the private key. Secret. */
EG_MUST_USE eg_status eg_key_private(const struct eg_key *key, struct eg_writer *out);

/**
 * Public key from DER SubjectPublicKeyInfo; any algorithm above. Only the canonical form: named
 * curve, uncompressed point. CRYPTO_BAD_KEY, CRYPTO_UNSUPPORTED.
 */
EG_MUST_USE eg_status eg_key_from_spki(struct eg_crypto *c, struct eg_span spki,
                                       struct eg_key **out);
/** The same from PEM "PUBLIC KEY". */
EG_MUST_USE eg_status eg_key_from_pem(struct eg_crypto *c, struct eg_span pem, struct eg_key **out);
/** Private key from PEM (PKCS#8 or traditional, not encrypted). Secret. */
EG_MUST_USE eg_status eg_key_from_private_pem(struct eg_crypto *c, struct eg_span pem,
                                              struct eg_key **out);
/** Append PKCS#8 PEM of the private key. Secret. */
EG_MUST_USE eg_status eg_key_private_pem(const struct eg_key *key, struct eg_writer *out);

/** Append DER SubjectPublicKeyInfo. */
EG_MUST_USE eg_status eg_key_spki(const struct eg_key *key, struct eg_writer *out);
/** Append the DER SubjectPublicKeyInfo (91 bytes) of a raw P-256 point; no checks, no key object.
 */
void eg_p256_spki(const uint8_t pub[static EG_P256_POINT_LEN], struct eg_writer *out);
enum eg_key_alg eg_key_alg_of(const struct eg_key *key);
bool eg_key_has_private(const struct eg_key *key);

/**
 * Sign data with the algorithm's natural hash: ECDSA P-256/SHA-256, P-384/SHA-384 (DER
 * Ecdsa-Sig-Value), Ed25519 (raw 64), RSA PKCS#1 v1.5 with SHA-256. Appends the signature.
 * CRYPTO_BAD_KEY: key is a public one.
 */
EG_MUST_USE eg_status eg_sign(struct eg_crypto *c, const struct eg_key *key, struct eg_span data,
                              struct eg_writer *out);
/** The same over a digest that the caller made with the natural hash: CRYPTO_FAILED for another
 * length, and for Ed25519, which has none. */
EG_MUST_USE eg_status eg_sign_digest(const struct eg_key *key, struct eg_span digest,
                                     struct eg_writer *out);
/** CRYPTO_BAD_SIGNATURE if it does not verify. */
EG_MUST_USE eg_status eg_verify(struct eg_crypto *c, const struct eg_key *key, struct eg_span data,
                                struct eg_span signature);

/** ECDH on P-256: 32-byte X coordinate. CRYPTO_BAD_KEY: peer is not a point of the curve, or key is
 * not a private P-256 key. Secret: out_z. */
EG_MUST_USE eg_status eg_ecdh_p256(struct eg_crypto *c, const struct eg_key *key,
                                   const uint8_t peer[static EG_P256_POINT_LEN],
                                   uint8_t out_z[static 32]);

#endif
