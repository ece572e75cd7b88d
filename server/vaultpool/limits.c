/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vaultpool/limits.h"

static bool text_fits(struct eg_span text)
{
    return text.len <= EG_VAULT_TEXT_MAX;
}

static bool certificate_fits(struct eg_span der)
{
    return der.len <= EG_VAULT_CERTIFICATE_MAX;
}

static bool ca_fits(const struct eg_vault_ca *ca)
{
    return ca->wrapped_key.len <= EG_VAULT_WRAPPED_KEY_MAX && certificate_fits(ca->certificate);
}

static bool service_key_fits(const struct eg_vault_service_key *key)
{
    return key->wrapped_key.len <= EG_VAULT_WRAPPED_KEY_MAX && certificate_fits(key->certificate);
}

static eg_status verdict(bool fits)
{
    return fits ? EG_OK : EG_ERR(VAULT_LIMIT);
}

static bool subject_fits(const struct eg_vault_subject *s)
{
    return text_fits(s->country) && text_fits(s->organization) &&
           text_fits(s->organizational_unit) && text_fits(s->common_name) &&
           text_fits(s->vendor_id) && text_fits(s->product_id);
}

eg_status eg_limits_ca(const struct eg_vault_ca_request *q)
{
    return verdict(subject_fits(&q->subject) && text_fits(q->crl_url) && text_fits(q->ocsp_url) &&
                   (!q->has_issuer || ca_fits(&q->issuer)));
}

eg_status eg_limits_csr(const struct eg_vault_csr_request *q)
{
    return verdict(subject_fits(&q->subject));
}

eg_status eg_limits_crl(const struct eg_vault_crl_request *q)
{
    bool fits =
        ca_fits(&q->issuer) && text_fits(q->shard_url) && q->revoked_count <= EG_VAULT_REVOKED_MAX;
    for (size_t i = 0; fits && i < q->revoked_count; i++) {
        fits = q->revoked[i].serial.len <= EG_VAULT_SERIAL_MAX;
    }
    return verdict(fits);
}

eg_status eg_limits_responder(const struct eg_vault_responder_request *q)
{
    return verdict(ca_fits(&q->issuer) && text_fits(q->common_name));
}

eg_status eg_limits_ocsp(const struct eg_vault_ocsp_request *q)
{
    bool fits = certificate_fits(q->issuer_certificate) && certificate_fits(q->certificate) &&
                q->wrapped_key.len <= EG_VAULT_WRAPPED_KEY_MAX &&
                q->nonce.len <= EG_VAULT_OCSP_NONCE_MAX && q->count >= 1 &&
                q->count <= EG_VAULT_OCSP_IDS_MAX;
    for (size_t i = 0; fits && i < q->count; i++) {
        fits = q->singles[i].id.len <= EG_VAULT_OCSP_ID_MAX;
    }
    return verdict(fits);
}

eg_status eg_limits_cd(const struct eg_vault_cd_request *q)
{
    return verdict(service_key_fits(&q->key) && text_fits(q->certificate_id));
}

eg_status eg_limits_endpoint(const struct eg_vault_endpoint_request *q)
{
    return verdict(ca_fits(&q->issuer) && text_fits(q->name) && certificate_fits(q->spki));
}

eg_status eg_limits_service(const struct eg_vault_service_request *q)
{
    return verdict(text_fits(q->common_name));
}

eg_status eg_limits_manifest(const struct eg_vault_manifest_request *q)
{
    bool fits = service_key_fits(&q->key) && q->message.len <= EG_VAULT_MANIFEST_MAX &&
                q->signer_count >= 1 && q->signer_count <= EG_VAULT_SIGNERS_MAX;
    for (size_t i = 0; fits && i < q->signer_count; i++) {
        fits = certificate_fits(q->signers[i]);
    }
    return verdict(fits);
}

eg_status eg_limits_secret(const struct eg_vault_secret_request *q)
{
    return verdict(service_key_fits(&q->key) && text_fits(q->company_name) &&
                   q->message.len <= EG_VAULT_SECRET_MESSAGE_MAX);
}

static bool object_fits(const struct eg_vault_object *o)
{
    const struct eg_vault_certificate *c = &o->cert;
    if (o->source != EG_VAULT_CERTIFICATE) {
        size_t extra = o->source == EG_VAULT_CLEAR ? 0 : EG_VAULT_WRAP_OVERHEAD;
        return o->data.len <= EG_VAULT_PAYLOAD_MAX + extra;
    }
    bool fits = text_fits(c->country) && text_fits(c->organization) &&
                text_fits(c->organizational_unit) && text_fits(c->common_name_prefix) &&
                text_fits(c->vendor_id) && text_fits(c->product_id) && text_fits(c->crl_url) &&
                text_fits(c->ocsp_url) && c->shard <= EG_VAULT_SHARD_MAX &&
                c->chain_count <= EG_VAULT_CHAIN_MAX;
    for (size_t i = 0; fits && i < c->chain_count; i++) {
        fits = certificate_fits(c->chain[i]);
    }
    return fits;
}

static bool plan_fits(const struct eg_vault_plan *p)
{
    bool fits = text_fits(p->family) && p->ca_count <= EG_VAULT_CAS_MAX && p->object_count >= 1 &&
                p->object_count <= EG_VAULT_OBJECTS_MAX;
    for (size_t i = 0; fits && i < p->ca_count; i++) {
        fits = ca_fits(&p->cas[i]);
    }
    for (size_t i = 0; fits && i < p->object_count; i++) {
        fits = object_fits(&p->objects[i]);
    }
    return fits;
}

static bool device_fits(const struct eg_vault_device *d)
{
    bool fits =
        d->wrapped_root.len <= EG_VAULT_WRAPPED_KEY_MAX && d->given_count <= EG_VAULT_OBJECTS_MAX;
    for (size_t i = 0; fits && i < d->given_count; i++) {
        fits = certificate_fits(d->given[i].spki);
    }
    return fits;
}

eg_status eg_limits_make(const struct eg_vault_make_request *q)
{
    bool fits =
        plan_fits(&q->plan) && q->device_count >= 1 && q->device_count <= EG_VAULT_DEVICES_MAX;
    for (size_t i = 0; fits && i < q->device_count; i++) {
        fits = device_fits(&q->devices[i]);
    }
    return verdict(fits);
}

eg_status eg_limits_claim(const struct eg_vault_claim_request *q)
{
    return verdict(service_key_fits(&q->key) && q->blob.len <= EG_VAULT_CLAIM_BLOB_MAX);
}

eg_status eg_limits_claim_tag(const struct eg_vault_claim_tag_request *q)
{
    bool fits = q->count >= 1 && q->count <= EG_VAULT_CLAIM_TAGS_MAX;
    for (size_t i = 0; fits && i < q->count; i++) {
        fits = text_fits(q->texts[i]);
    }
    return verdict(fits);
}
