/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/ca_outside.h"

#include <string.h>

#include "lib/crypto/x509.h"
#include "lib/crypto/x509_csr.h"
#include "server/core/cert_profile.h"
#include "server/store/store_pki.h"

enum { PEM_ROOM = 2 * EG_X509_LEN_MAX, PAGE = EG_PAGE_SIZE_MAX };

static eg_status refuse(struct eg_call *call, const char *why)
{
    return eg_call_refuse(call, EG_ERR(CA_CERTIFICATE), "%s", why);
}

/* ---- who signed ------------------------------------------------------------------------------ */

static bool signed_by(struct eg_span der, const struct eg_x509_info *info, const struct eg_ca *ca)
{
    struct eg_x509_info above;
    return ca->state == EG_CA_ACTIVE && eg_ok(eg_x509_parse(ca->certificate, &above)) &&
           eg_span_equal(above.subject_name, info->issuer_name) &&
           eg_ok(eg_x509_check_issued(NULL, der, ca->certificate));
}

eg_status eg_ca_issuer_of(struct eg_call *call, struct eg_span der, struct eg_ca *out)
{
    struct eg_x509_info info;
    struct eg_ca_list list = {.more = true};
    EG_TRY(eg_x509_parse(der, &info));
    for (uint32_t page = 0; list.more; page++) {
        EG_TRY(eg_store_ca_list(eg_core_store(call->core), call->company_id,
                                (struct eg_page){PAGE, page}, call->arena, &list));
        for (size_t i = 0; i < list.count; i++) {
            if (signed_by(der, &info, &list.items[i])) {
                *out = list.items[i];
                return EG_OK;
            }
        }
    }
    return EG_ERR(CA_UNKNOWN);
}

/* ---- certificates from outside ----------------------------------------------------------------
 */

static eg_status take_certificate(struct eg_call *call, struct eg_span pem_or_der,
                                  struct eg_span *out, struct eg_x509_info *info)
{
    struct eg_writer w;
    void *room = eg_arena_alloc(call->arena, EG_X509_LEN_MAX);
    if (room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_writer_init(&w, room, EG_X509_LEN_MAX);
    if (!eg_ok(eg_x509_from_pem(pem_or_der, &w))) {
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    *out = eg_writer_span(&w);
    return eg_x509_parse(*out, info);
}

static eg_status check_ca(struct eg_call *call, const struct eg_x509_info *info)
{
    if (!info->is_ca) {
        return refuse(call, "It is not the certificate of a CA (basicConstraints CA:TRUE).");
    }
    if ((info->key_usage & EG_KU_KEY_CERT_SIGN) == 0) {
        return refuse(call, "It does not allow to sign certificates (keyUsage keyCertSign).");
    }
    if (info->not_after_s <= call->now_ms / 1000) {
        return refuse(call, "It has run out.");
    }
    return EG_OK;
}

/* Algorithm of a certified key, as far as it is one of ours. */
static enum eg_key_alg algorithm_of(struct eg_span spki)
{
    struct eg_crypto *c = NULL;
    struct eg_key *key = NULL;
    enum eg_key_alg alg = EG_KEY_NONE;
    if (!eg_ok(eg_crypto_new(&c))) {
        return alg;
    }
    if (eg_ok(eg_key_from_spki(c, spki, &key))) {
        alg = eg_key_alg_of(key);
        eg_key_free(key);
    }
    eg_crypto_free(c);
    return alg;
}

eg_status eg_ca_add_external(struct eg_call *call, const char *name, bool test,
                             struct eg_span certificate, struct eg_ca *out)
{
    struct eg_span der;
    struct eg_x509_info info;
    struct eg_ca issuer = {.id = 0};
    char options[EG_CA_OPTIONS_LEN];
    const struct eg_ca_order order = {.test = test, .leaf_ski = true, .leaf_aki = true};
    EG_TRY(take_certificate(call, certificate, &der, &info));
    EG_TRY(check_ca(call, &info));
    if (!eg_ok(eg_x509_check_issued(NULL, der, der)) &&
        !eg_ok(eg_ca_issuer_of(call, der, &issuer))) {
        return refuse(call, "It is not self-signed and its issuer is not known here.");
    }
    if (issuer.id != 0) {
        EG_TRY(eg_ca_check_end(call, &issuer, info.not_after_s, "/certificate"));
    }
    eg_ca_write_options(&order, options);
    const struct eg_ca ca = {
        .kind = EG_CA_EXTERNAL,
        .name = name,
        .algorithm = eg_key_alg_name(algorithm_of(info.spki)),
        .issuer_id = issuer.id,
        .certificate = der,
        .options = options,
    };
    return eg_ca_store(call, &ca, true, out);
}

/* ---- by request -------------------------------------------------------------------------------
 */

static eg_status check_order(struct eg_call *call, const struct eg_ca_order *o)
{
    if (o->profile == NULL) {
        return EG_OK;
    }
    EG_TRY(eg_cert_profile_algorithms(call, o->profile, o->algorithm, o->algorithm));
    return eg_cert_profile_matter(call, o->profile, eg_ca_text(o->vendor_id),
                                  eg_ca_text(o->product_id), NULL);
}

eg_status eg_ca_create_pending(struct eg_call *call, const struct eg_ca_order *o, struct eg_ca *out)
{
    char cn[EG_X509_TEXT_MAX + 1], options[EG_CA_OPTIONS_LEN];
    struct eg_vaultpool_key key = {0};
    EG_TRY(check_order(call, o));
    eg_ca_common_name(o, cn);
    eg_ca_write_options(o, options);
    const struct eg_vault_csr_request rq = {
        .company_id = (uint64_t)call->company_id,
        .algorithm = (uint8_t)o->algorithm,
        .subject = eg_ca_subject(call, o, cn),
        .path_len = o->profile != NULL ? o->profile->path_len : 0,
    };
    EG_TRY(eg_call_vault(call, eg_vaultpool_csr_create(eg_core_vault(call->core), &rq, &key)));
    const struct eg_ca ca = {
        .kind = EG_CA_INTERMEDIATE,
        .name = o->name,
        .algorithm = eg_key_alg_name(o->algorithm),
        .wrapped = key.wrapped_key,
        .options = options,
        .state = EG_CA_PENDING,
        .csr = key.certificate,
    };
    eg_status st = eg_ca_store(call, &ca, true, out);
    eg_vaultpool_key_free(&key);
    return st;
}

eg_status eg_ca_csr_pem(struct eg_call *call, int64_t id, struct eg_span *out)
{
    struct eg_ca ca;
    struct eg_writer w;
    void *room = eg_arena_alloc(call->arena, PEM_ROOM);
    if (room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    EG_TRY(eg_store_ca_get(eg_core_store(call->core), call->company_id, id, call->arena, &ca));
    if (ca.csr.len == 0) {
        return EG_ERR(CA_NOT_PENDING);
    }
    eg_writer_init(&w, room, PEM_ROOM);
    EG_TRY(eg_pem_write("CERTIFICATE REQUEST", ca.csr, &w));
    *out = eg_writer_span(&w);
    return EG_OK;
}

/* What the profile of the CA wants of the certificate. */
static eg_status check_profile(struct eg_call *call, const struct eg_ca *ca,
                               const struct eg_x509_info *info, const struct eg_ca *issuer)
{
    const char *name = eg_ca_profile(call, ca);
    const struct eg_cert_profile *p;
    char vendor[EG_X509_MATTER_ID_LEN + 1];
    char product[EG_X509_MATTER_ID_LEN + 1];
    if (name[0] == '\0') {
        return EG_OK;
    }
    EG_TRY(eg_cert_profile_need(call, name, &p));
    if (p->path_len >= 0 && info->path_len != p->path_len) {
        return eg_call_refuse(call, EG_ERR(PROFILE), "%s: pathLenConstraint must be %d.", p->name,
                              p->path_len);
    }
    if (!eg_ok(eg_x509_name_matter(info->subject_name, vendor, product))) {
        return refuse(call, "The Matter ids in its subject are malformed.");
    }
    EG_TRY(eg_cert_profile_algorithms(call, p, eg_key_alg_from_name(eg_span_str(ca->algorithm)),
                                      eg_key_alg_from_name(eg_span_str(issuer->algorithm))));
    return eg_cert_profile_matter(call, p, vendor, product, issuer);
}

eg_status eg_ca_activate(struct eg_call *call, int64_t id, struct eg_span certificate,
                         struct eg_ca *out)
{
    struct eg_span der, subject, spki;
    struct eg_x509_info info;
    struct eg_ca ca, issuer;
    struct eg_store *store = eg_core_store(call->core);
    EG_TRY(eg_store_ca_get(store, call->company_id, id, call->arena, &ca));
    if (ca.state != EG_CA_PENDING) {
        return EG_ERR(CA_NOT_PENDING);
    }
    EG_TRY(eg_csr_parse(ca.csr, &subject, &spki));
    EG_TRY(take_certificate(call, certificate, &der, &info));
    if (!eg_span_equal(spki, info.spki)) {
        return refuse(call, "It is over another key than the request of this CA.");
    }
    EG_TRY(check_ca(call, &info));
    if (!eg_ok(eg_ca_issuer_of(call, der, &issuer))) {
        return refuse(call,
                      "The CA that signed it is not known here; upload its certificate first.");
    }
    EG_TRY(eg_ca_check_end(call, &issuer, info.not_after_s, "/certificate"));
    EG_TRY(check_profile(call, &ca, &info, &issuer));
    EG_TRY(eg_store_ca_activate(store, call->company_id, id, issuer.id, der));
    return eg_store_ca_get(store, call->company_id, id, call->arena, out);
}

eg_status eg_ca_delete(struct eg_call *call, int64_t id)
{
    return eg_store_ca_delete(eg_core_store(call->core), call->company_id, id);
}
