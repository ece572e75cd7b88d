/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vault/keys.h"

#include "lib/base/secret.h"

static const char *const wrap_labels[EG_WRAP_KIND_COUNT] = {
    [EG_WRAP_ROOT] = "wrap root of trust",
    [EG_WRAP_CA] = "wrap ca key",
    [EG_WRAP_SERVICE] = "wrap service key",
    [EG_WRAP_SECRET] = "wrap customer secret",
};

static eg_status derive(struct eg_crypto *c, const uint8_t *kek, const char *label, uint8_t *out)
{
    return eg_hkdf_sha256(c, eg_span(kek, EG_KEK_LEN), eg_span_str("engrave vault 1"),
                          eg_span_str(label), out, 32);
}

static eg_status derive_all(struct eg_crypto *c, const uint8_t *kek, struct eg_vault_keys *out)
{
    for (size_t kind = EG_WRAP_ROOT; kind < EG_WRAP_KIND_COUNT; kind++) {
        EG_TRY(derive(c, kek, wrap_labels[kind], out->wrap[kind]));
    }
    EG_TRY(derive(c, kek, "tag root of trust", out->root_tag));
    EG_TRY(derive(c, kek, "serial number", out->serial));
    EG_TRY(derive(c, kek, "tag claim code", out->claim_tag));
    return derive(c, kek, "fingerprint", out->fingerprint);
}

eg_status eg_vault_keys_derive(struct eg_crypto *c, const uint8_t kek[static EG_KEK_LEN],
                               struct eg_vault_keys *out)
{
    eg_wipe(out, sizeof(*out));
    eg_status st = derive_all(c, kek, out);
    if (!eg_ok(st)) {
        eg_wipe(out, sizeof(*out));
    }
    return st;
}
