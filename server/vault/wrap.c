/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vault/wrap.h"

#include <string.h>

#include "lib/base/secret.h"

enum {
    WRAP_VERSION = 1,
    HEAD_LEN = 2, /* version, kind */
    AAD_MAX = 128,
    ALG_LEN = 1,
    PATH_LEN = 4,
    CA_HEAD_LEN = ALG_LEN + PATH_LEN,
    CA_PLAIN_MAX = CA_HEAD_LEN + EG_PRIVATE_LEN_MAX,
};
_Static_assert(HEAD_LEN + EG_GCM_IV_LEN + EG_GCM_TAG_LEN == EG_VAULT_WRAP_OVERHEAD, "overhead");

/* What a wrapped secret is bound to; also the head of its bytes. */
struct aad {
    uint8_t bytes[AAD_MAX];
    struct eg_writer w;
};

static void aad_init(struct aad *a, enum eg_wrap_kind kind)
{
    eg_writer_init(&a->w, a->bytes, sizeof(a->bytes));
    eg_writer_u8(&a->w, WRAP_VERSION);
    eg_writer_u8(&a->w, (uint8_t)kind);
}

static eg_status wrap(struct eg_vault *v, const struct aad *a, struct eg_span plain,
                      struct eg_writer *out)
{
    uint8_t iv[EG_GCM_IV_LEN];
    EG_TRY(a->w.status);
    EG_TRY(eg_random(v->crypto, iv, sizeof(iv)));
    eg_writer_bytes(out, eg_span(a->bytes, HEAD_LEN));
    eg_writer_bytes(out, EG_SPAN_OF(iv));
    EG_TRY(out->status);
    return eg_gcm_seal(v->crypto, EG_SPAN_OF(v->keys->wrap[a->bytes[1]]), iv, eg_writer_span(&a->w),
                       plain, out);
}

static eg_status unwrap(struct eg_vault *v, const struct aad *a, struct eg_span wrapped,
                        struct eg_writer *out)
{
    struct eg_reader r;
    EG_TRY(a->w.status);
    eg_reader_init(&r, wrapped);
    struct eg_span head = eg_reader_take(&r, HEAD_LEN);
    struct eg_span iv = eg_reader_take(&r, EG_GCM_IV_LEN);
    if (!eg_ok(r.status) || r.rest.len < EG_GCM_TAG_LEN ||
        !eg_span_equal(head, eg_span(a->bytes, HEAD_LEN))) {
        return EG_ERR(VAULT_WRAPPED);
    }
    eg_status st = eg_gcm_open(v->crypto, EG_SPAN_OF(v->keys->wrap[a->bytes[1]]), iv.ptr,
                               eg_writer_span(&a->w), r.rest, out);
    return eg_is(st, EG_E_CRYPTO_BAD_MAC) ? EG_ERR(VAULT_WRAPPED) : st;
}

/* ---- roots of trust -------------------------------------------------------------------------- */

static void aad_root(struct aad *a, const char *family, const struct eg_uuid *uuid)
{
    aad_init(a, EG_WRAP_ROOT);
    eg_writer_block(&a->w, eg_span_str(family));
    eg_writer_bytes(&a->w, EG_SPAN_OF(uuid->bytes));
}

eg_status eg_wrap_root(struct eg_vault *v, const char *family, const struct eg_uuid *uuid,
                       const uint8_t root[static 32], struct eg_writer *out)
{
    struct aad a;
    aad_root(&a, family, uuid);
    return wrap(v, &a, eg_span(root, 32), out);
}

eg_status eg_unwrap_root(struct eg_vault *v, const char *family, const struct eg_uuid *uuid,
                         struct eg_span wrapped, uint8_t root[static 32])
{
    struct aad a;
    struct eg_writer w;
    memset(root, 0, 32);
    if (wrapped.len != EG_VAULT_WRAPPED_ROOT_LEN) {
        return EG_ERR(VAULT_WRAPPED);
    }
    aad_root(&a, family, uuid);
    eg_writer_init(&w, root, 32);
    return unwrap(v, &a, wrapped, &w);
}

/* ---- CA keys --------------------------------------------------------------------------------- */

static void aad_company(struct aad *a, enum eg_wrap_kind kind, uint64_t company_id, uint8_t purpose)
{
    aad_init(a, kind);
    eg_writer_be64(&a->w, company_id);
    eg_writer_u8(&a->w, purpose);
}

eg_status eg_wrap_ca(struct eg_vault *v, uint64_t company_id, const struct eg_key *key,
                     int32_t path_len, struct eg_writer *out)
{
    struct aad a;
    uint8_t plain[CA_PLAIN_MAX];
    struct eg_writer w;
    eg_writer_init(&w, plain, sizeof(plain));
    eg_writer_u8(&w, (uint8_t)eg_key_alg_of(key));
    eg_writer_be32(&w, (uint32_t)path_len);
    eg_status st = eg_key_private(key, &w);
    if (eg_ok(st)) {
        aad_company(&a, EG_WRAP_CA, company_id, 0);
        st = wrap(v, &a, eg_writer_span(&w), out);
    }
    eg_wipe(plain, sizeof(plain));
    return st;
}

eg_status eg_unwrap_ca(struct eg_vault *v, uint64_t company_id, struct eg_span wrapped,
                       struct eg_key **out, int32_t *out_path_len)
{
    struct aad a;
    uint8_t plain[CA_PLAIN_MAX];
    struct eg_writer w;
    *out = NULL;
    *out_path_len = 0;
    eg_writer_init(&w, plain, sizeof(plain));
    aad_company(&a, EG_WRAP_CA, company_id, 0);
    eg_status st = unwrap(v, &a, wrapped, &w);
    if (eg_ok(st)) {
        struct eg_reader r;
        eg_reader_init(&r, eg_writer_span(&w));
        enum eg_key_alg alg = (enum eg_key_alg)eg_reader_u8(&r);
        *out_path_len = (int32_t)eg_reader_be32(&r);
        st = eg_ok(r.status) ? eg_key_from_private(v->crypto, alg, r.rest, out)
                             : EG_ERR(VAULT_WRAPPED);
    }
    eg_wipe(plain, sizeof(plain));
    return st;
}

/* ---- service keys ---------------------------------------------------------------------------- */

eg_status eg_wrap_service(struct eg_vault *v, uint64_t company_id, uint8_t purpose,
                          const struct eg_key *key, struct eg_writer *out)
{
    struct aad a;
    uint8_t scalar[EG_P256_SCALAR_LEN];
    struct eg_writer w;
    eg_writer_init(&w, scalar, sizeof(scalar));
    eg_status st = eg_key_private(key, &w);
    if (eg_ok(st)) {
        aad_company(&a, EG_WRAP_SERVICE, company_id, purpose);
        st = wrap(v, &a, eg_writer_span(&w), out);
    }
    eg_wipe(scalar, sizeof(scalar));
    return st;
}

eg_status eg_unwrap_service(struct eg_vault *v, uint64_t company_id, uint8_t purpose,
                            struct eg_span wrapped, struct eg_key **out)
{
    struct aad a;
    uint8_t scalar[EG_P256_SCALAR_LEN];
    struct eg_writer w;
    *out = NULL;
    if (wrapped.len != EG_VAULT_WRAP_OVERHEAD + sizeof(scalar)) {
        return EG_ERR(VAULT_WRAPPED);
    }
    eg_writer_init(&w, scalar, sizeof(scalar));
    aad_company(&a, EG_WRAP_SERVICE, company_id, purpose);
    eg_status st = unwrap(v, &a, wrapped, &w);
    if (eg_ok(st)) {
        st = eg_key_from_private(v->crypto, EG_KEY_P256, eg_writer_span(&w), out);
    }
    eg_wipe(scalar, sizeof(scalar));
    return st;
}

/* ---- secrets of customers -------------------------------------------------------------------- */

eg_status eg_wrap_secret(struct eg_vault *v, uint64_t company_id, uint8_t purpose,
                         struct eg_span secret, struct eg_writer *out)
{
    struct aad a;
    aad_company(&a, EG_WRAP_SECRET, company_id, purpose);
    return wrap(v, &a, secret, out);
}

eg_status eg_unwrap_secret(struct eg_vault *v, uint64_t company_id, uint8_t purpose,
                           struct eg_span wrapped, struct eg_writer *out)
{
    struct aad a;
    aad_company(&a, EG_WRAP_SECRET, company_id, purpose);
    return unwrap(v, &a, wrapped, out);
}
