/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vault/make_device.h"

#include <string.h>

#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "lib/object/seal.h"
#include "server/vault/serial.h"
#include "server/vault/wrap.h"

enum {
    PAYLOAD_MAX = (1 + EG_VAULT_CHAIN_MAX) * EG_VAULT_CERTIFICATE_MAX, /* leaf and chain */
};

/* One device in the making. */
struct making {
    struct eg_vault *v;
    const struct eg_make_plan *plan;
    const struct eg_vault_device *device;
    char uuid_hex[EG_UUID_HEX_LEN + 1];
    struct eg_seal_target target; /* secret */
    struct eg_writer *out;
    struct eg_span spki[EG_VAULT_OBJECTS_MAX]; /* public keys made so far; point into out */
};

/* ---- writing blocks straight into the answer ------------------------------------------------- */

static size_t block_begin(struct eg_writer *w)
{
    eg_writer_be32(w, 0);
    return w->len;
}

static void block_end(struct eg_writer *w, size_t begin)
{
    if (eg_ok(w->status)) {
        eg_store_be32(w->ptr + begin - 4, (uint32_t)(w->len - begin));
    }
}

static void block_empty(struct eg_writer *w)
{
    eg_writer_be32(w, 0);
}

static eg_status put_blob(struct making *m, const struct eg_make_object *o, struct eg_span value)
{
    size_t begin = block_begin(m->out);
    EG_TRY(eg_seal(m->v->crypto, &m->target, &o->object, value, m->out));
    block_end(m->out, begin);
    return EG_OK;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static eg_status make_p256(struct making *m, const struct eg_make_object *o, size_t index)
{
    uint8_t priv[EG_P256_SCALAR_LEN];
    uint8_t pub[EG_P256_POINT_LEN];
    EG_TRY(eg_p256_generate(m->v->crypto, priv, pub));
    eg_status st = put_blob(m, o, EG_SPAN_OF(priv));
    eg_wipe(priv, sizeof(priv));
    EG_TRY(st);
    block_empty(m->out);
    size_t begin = block_begin(m->out);
    eg_p256_spki(pub, m->out);
    block_end(m->out, begin);
    m->spki[index] = eg_span(m->out->ptr + begin, m->out->len - begin);
    return EG_OK;
}

static eg_status put_key(struct making *m, const struct eg_make_object *o, size_t index,
                         const struct eg_key *key)
{
    uint8_t room[EG_PRIVATE_LEN_MAX];
    struct eg_writer priv;
    eg_writer_init(&priv, room, sizeof(room));
    eg_status st = eg_key_private(key, &priv);
    if (eg_ok(st)) {
        st = put_blob(m, o, eg_writer_span(&priv));
    }
    eg_wipe(room, sizeof(room));
    EG_TRY(st);
    block_empty(m->out);
    size_t begin = block_begin(m->out);
    EG_TRY(eg_key_spki(key, m->out));
    block_end(m->out, begin);
    m->spki[index] = eg_span(m->out->ptr + begin, m->out->len - begin);
    return EG_OK;
}

static eg_status make_key(struct making *m, const struct eg_make_object *o, size_t index)
{
    struct eg_key *key = NULL;
    if (o->object.key_alg == EG_KEY_P256) {
        return make_p256(m, o, index);
    }
    EG_TRY(eg_key_generate(m->v->crypto, o->object.key_alg, &key));
    eg_status st = put_key(m, o, index, key);
    eg_key_free(key);
    return st;
}

/* ---- certificates ---------------------------------------------------------------------------- */

static eg_status given_key(const struct making *m, size_t index, struct eg_span *out)
{
    const struct eg_vault_device *d = m->device;
    for (size_t i = 0; i < d->given_count; i++) {
        if (d->given[i].object == index) {
            struct eg_key *key = NULL;
            EG_TRY(eg_key_from_spki(m->v->crypto, d->given[i].spki, &key));
            eg_key_free(key);
            *out = d->given[i].spki;
            return EG_OK;
        }
    }
    return EG_ERR(VAULT_PLAN);
}

static eg_status put_subject(const struct making *m, const struct eg_make_object *o,
                             struct eg_writer *out)
{
    const struct eg_make_certificate *ready = &o->certificate;
    char common_name[EG_X509_TEXT_MAX + 1];
    struct eg_writer text;
    eg_writer_init(&text, common_name, sizeof(common_name));
    eg_writer_str(&text, ready->common_name_prefix);
    eg_writer_bytes(&text, eg_span(m->uuid_hex, sizeof(m->uuid_hex))); /* with its NUL */
    EG_TRY(text.status);
    struct eg_x509_name name = {
        .country = ready->country,
        .organization = ready->organization,
        .organizational_unit = ready->organizational_unit,
        .common_name = common_name,
        .matter_vendor = ready->vendor_id,
        .matter_product = ready->product_id,
        .serial_number = o->asked->cert.with_serial_number ? m->uuid_hex : NULL,
    };
    return eg_x509_name_encode(&name, out);
}

static eg_status issue(struct making *m, const struct eg_make_object *o, struct eg_span spki,
                       struct eg_writer *out)
{
    const struct eg_vault_certificate *asked = &o->asked->cert;
    const struct eg_issuer *issuer = o->certificate.issuer;
    uint8_t room[EG_X509_NAME_LEN_MAX];
    struct eg_writer subject;
    eg_writer_init(&subject, room, sizeof(room));
    EG_TRY(put_subject(m, o, &subject));
    struct eg_x509_template t = {
        .issuer_name = issuer->info.subject_name,
        .subject_name = eg_writer_span(&subject),
        .not_before_s = o->certificate.not_before_s,
        .not_after_s = o->certificate.not_after_s,
        .spki = spki,
        .path_len = -1,
        .key_usage = asked->key_usage,
        .ext_key_usage = asked->ext_key_usage,
        .leaf_constraints = asked->leaf_constraints,
        .with_ski = asked->with_ski,
        .aki = asked->with_aki ? EG_SPAN_OF(issuer->key_id) : eg_span(NULL, 0),
        .crl_url = o->certificate.crl_url,
        .ocsp_url = o->certificate.ocsp_url,
    };
    EG_TRY(eg_vault_serial(m->v, EG_SPAN_OF(issuer->key_id), asked->shard, m->plan->asked->now_ms,
                           t.serial));
    return eg_x509_issue(m->v->crypto, &t, issuer->key, out);
}

static eg_status make_certificate(struct making *m, const struct eg_make_object *o, size_t index)
{
    const struct eg_vault_certificate *asked = &o->asked->cert;
    uint8_t room[PAYLOAD_MAX];
    struct eg_writer payload;
    struct eg_span spki;
    if (asked->key_object == EG_VAULT_KEY_GIVEN) {
        EG_TRY(given_key(m, index, &spki));
    } else {
        spki = m->spki[asked->key_object];
    }
    eg_writer_init(&payload, room, EG_VAULT_CERTIFICATE_MAX);
    EG_TRY(issue(m, o, spki, &payload));
    struct eg_span leaf = eg_writer_span(&payload);
    payload.capacity = sizeof(room);
    for (size_t i = 0; i < asked->chain_count; i++) {
        eg_writer_bytes(&payload, asked->chain[i]);
    }
    EG_TRY(payload.status);
    EG_TRY(put_blob(m, o, eg_writer_span(&payload)));
    eg_writer_block(m->out, leaf);
    block_empty(m->out);
    return EG_OK;
}

/* ---- values ---------------------------------------------------------------------------------- */

static eg_status put_value(struct making *m, const struct eg_make_object *o, struct eg_span value)
{
    EG_TRY(put_blob(m, o, value));
    block_empty(m->out);
    block_empty(m->out);
    return EG_OK;
}

static eg_status make_value(struct making *m, const struct eg_make_object *o, size_t index)
{
    (void)index;
    return put_value(m, o, o->value);
}

static eg_status make_diversified(struct making *m, const struct eg_make_object *o, size_t index)
{
    (void)index;
    uint8_t key[32];
    EG_TRY(eg_recipe_master_key(m->v->crypto, o->value, &m->device->uuid, o->object.id, key,
                                o->asked->length));
    eg_status st = put_value(m, o, eg_span(key, o->asked->length));
    eg_wipe(key, sizeof(key));
    return st;
}

/* ---- one device ------------------------------------------------------------------------------ */

typedef eg_status (*make_fn)(struct making *m, const struct eg_make_object *o, size_t index);

static const make_fn make_by_source[] = {
    [EG_VAULT_GENERATE_KEY] = make_key,
    [EG_VAULT_CERTIFICATE] = make_certificate,
    [EG_VAULT_CLEAR] = make_value,
    [EG_VAULT_SECRET] = make_value,
    [EG_VAULT_DIVERSIFIED] = make_diversified,
};

static eg_status open_target(struct making *m)
{
    uint8_t root[EG_DIE_KEY_LEN];
    const struct eg_make_plan *plan = m->plan;
    EG_TRY(
        eg_unwrap_root(m->v, plan->family->name, &m->device->uuid, m->device->wrapped_root, root));
    eg_status st =
        eg_seal_target_init(m->v->crypto, plan->family, root, &plan->binding, &m->target);
    eg_wipe(root, sizeof(root));
    return st;
}

static eg_status make_objects(struct making *m)
{
    eg_status st = open_target(m);
    for (size_t i = 0; eg_ok(st) && i < m->plan->object_count; i++) {
        const struct eg_make_object *o = &m->plan->objects[i];
        st = make_by_source[o->asked->source](m, o, i);
    }
    eg_seal_target_wipe(&m->target);
    return st;
}

eg_status eg_make_device(struct eg_vault *v, const struct eg_make_plan *plan,
                         const struct eg_vault_device *device, struct eg_writer *out)
{
    struct making m = {.v = v, .plan = plan, .device = device, .out = out};
    size_t start = out->len;
    eg_uuid_to_hex(&device->uuid, m.uuid_hex);
    eg_writer_be32(out, EG_OK.word);
    eg_status st = make_objects(&m);
    if (!eg_ok(out->status)) {
        return EG_ERR(VAULT_LIMIT);
    }
    if (!eg_ok(st)) {
        out->len = start;
        eg_writer_be32(out, st.word);
    }
    return EG_OK;
}
