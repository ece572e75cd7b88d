/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_UNIT_VAULT_VAULT_FIXTURE_H
#define EG_TESTS_UNIT_VAULT_VAULT_FIXTURE_H
/**
 * What tests and benchmarks of the vault share: a chip maker with die keys that the test knows, a
 * vault reached by messages, plans, and an own reading of what comes back.
 */
#include "lib/crypto/cms.h"
#include "lib/crypto/x509.h"
#include "lib/object/recipe.h"
#include "lib/os/family_file.h"
#include "lib/wire/vault_msg.h"

enum {
    FIX_NOW_S = 1780000000, /* 2026-05-28 */
    FIX_YEAR_S = 31536000,
    FIX_COMPANY = 42,
    FIX_PLAN_OBJECTS = 4, /* boot key hash, key pair, certificate, AES-256 master key */
};
#define FIX_NOW_MS (FIX_NOW_S * INT64_C(1000))

/** A signer of manifests: a P-256 key and its self-signed certificate. */
struct fix_signer {
    struct eg_key *key;
    uint8_t certificate[EG_X509_LEN_MAX];
    size_t certificate_len;
};
void fix_signer_init(struct eg_crypto *c, struct fix_signer *out);
void fix_signer_cleanup(struct fix_signer *s);
struct eg_span fix_signer_certificate(const struct fix_signer *s);

/** Chip number n: its UUID and die key, always the same. */
void fix_uuid(size_t n, struct eg_uuid *out);
void fix_die_key(size_t n, uint8_t out[static EG_DIE_KEY_LEN]);

/** Text of a manifest of chips first .. first + count - 1; returns owned, eg_cms_bytes_free(). */
void fix_manifest_text(const char *family, size_t first, size_t count, struct eg_cms_bytes *out);

/** sealed(signed(text)). Returns owned. */
void fix_seal_manifest(const struct fix_signer *signer, struct eg_span recipient,
                       struct eg_span text, struct eg_cms_bytes *out);

/** Text of a customer's secret, sealed to a recipient. Returns owned. */
void fix_seal_secret(struct eg_span recipient, const char *company, uint8_t purpose,
                     struct eg_span value, struct eg_cms_bytes *out);

/** Families of the checkout. */
const struct eg_families *fix_families(void);

/** The usual plan: RKTH, P-256 key pair, certificate with issuing CA, AES-256 master key. */
struct fix_plan {
    struct eg_vault_ca ca;
    struct eg_span chain[1];
    struct eg_vault_object objects[FIX_PLAN_OBJECTS];
    struct eg_vault_plan plan;
};
void fix_plan_init(struct fix_plan *p, struct eg_vault_ca ca, struct eg_span wrapped_master);

/** A CA_CREATE request for a root named `name`. */
struct eg_vault_ca_request fix_root_request(const char *name, enum eg_key_alg alg);

/** Die key, binding and blob to the value inside, read with lib/crypto alone. Fails the test if the
 * blob is not sealed for exactly this chip. Returns the value's length. */
size_t fix_open_blob(struct eg_crypto *c, const struct eg_family *family, size_t chip,
                     const struct eg_binding *binding, struct eg_span blob, uint32_t object_id,
                     uint8_t *out, size_t room);

#endif
