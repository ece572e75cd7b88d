/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/cert_profile.h"

#include <string.h>

#include "server/core/ca.h"
#include "server/core/profile_file.h"

const struct eg_cert_profile *eg_cert_profile_find(const struct eg_call *call, const char *name)
{
    return eg_profiles_find(eg_core_profiles(call->core), name);
}

eg_status eg_cert_profile_need(struct eg_call *call, const char *name,
                               const struct eg_cert_profile **out)
{
    *out = eg_cert_profile_find(call, name);
    return *out != NULL ? EG_OK
                        : eg_call_refuse(call, EG_ERR(PROFILE),
                                         "%s: the service was started without this profile.", name);
}

eg_status eg_cert_profile_algorithms(struct eg_call *call, const struct eg_cert_profile *p,
                                     enum eg_key_alg key, enum eg_key_alg issuer)
{
    if ((p->key_algs & (1u << key)) == 0) {
        return eg_call_refuse(call, EG_ERR(PROFILE), "%s: a key of algorithm %s is not allowed.",
                              p->name, eg_key_alg_name(key));
    }
    if ((p->issuer_algs & (1u << issuer)) == 0) {
        return eg_call_refuse(call, EG_ERR(PROFILE), "%s: a CA with algorithm %s is not allowed.",
                              p->name, eg_key_alg_name(issuer));
    }
    return EG_OK;
}

/* ---- Matter ---------------------------------------------------------------------------------- */

static bool is_matter_id(const char *text)
{
    return text[0] == '\0' || (strlen(text) == EG_X509_MATTER_ID_LEN &&
                               strspn(text, "0123456789ABCDEF") == EG_X509_MATTER_ID_LEN);
}

static bool ids_fit(const struct eg_cert_profile *p, const char *vendor, const char *product)
{
    bool v = vendor[0] != '\0';
    bool w = product[0] != '\0';
    switch (p->matter) {
    case EG_MATTER_NONE:
        return !v && !w;
    case EG_MATTER_OPTIONAL:
        return !w;
    case EG_MATTER_VENDOR:
        return v;
    case EG_MATTER_VENDOR_PRODUCT:
        return v && w;
    }
    return false;
}

/* An id of the issuer, where it has one, is that of everything below it. */
static bool follows(const char *own, const char *above)
{
    return above[0] == '\0' || strcmp(own, above) == 0;
}

eg_status eg_cert_profile_matter(struct eg_call *call, const struct eg_cert_profile *p,
                                 const char *vendor, const char *product,
                                 const struct eg_ca *issuer)
{
    struct eg_x509_info info;
    char above_vendor[EG_X509_MATTER_ID_LEN + 1];
    char above_product[EG_X509_MATTER_ID_LEN + 1];
    if (!is_matter_id(vendor) || !is_matter_id(product) || !ids_fit(p, vendor, product)) {
        return eg_call_refuse(
            call, EG_ERR(PROFILE),
            "%s: vendorId and productId are 4 digits 0-9A-F each; a DAC has both, "
            "a PAI the first, and only Matter profiles have them.",
            p->name);
    }
    if (issuer == NULL || p->matter == EG_MATTER_NONE) {
        return EG_OK;
    }
    EG_TRY(eg_x509_parse(issuer->certificate, &info));
    EG_TRY(eg_x509_name_matter(info.subject_name, above_vendor, above_product));
    if (!follows(vendor, above_vendor) || !follows(product, above_product)) {
        return eg_call_refuse(call, EG_ERR(PROFILE), "%s: the CA is for vendor %s%s%s.", p->name,
                              above_vendor, above_product[0] != '\0' ? ", product " : "",
                              above_product);
    }
    return EG_OK;
}

/* ---- CERTIFICATE objects --------------------------------------------------------------------- */

/* Usages: the default when nothing was said; else what was said, if it is allowed. */
static eg_status take_usages(struct eg_call *call, const struct eg_cert_profile *p,
                             struct eg_object_def *d)
{
    d->key_usage = d->usage_given ? d->key_usage : p->key_usage;
    d->ext_key_usage = d->ext_usage_given ? d->ext_key_usage : p->ext_key_usage;
    if (d->key_usage == 0 || (d->key_usage & ~p->key_usage_allowed) != 0) {
        return eg_call_refuse(call, EG_ERR(PROFILE), "%s: this keyUsage is not allowed.", p->name);
    }
    bool misses = d->ext_key_usage != 0 &&
                  (d->ext_key_usage & p->ext_key_usage_needed) != p->ext_key_usage_needed;
    if (misses || (d->ext_key_usage & ~p->ext_key_usage_allowed) != 0) {
        return eg_call_refuse(call, EG_ERR(PROFILE), "%s: this extendedKeyUsage is not allowed.",
                              p->name);
    }
    return EG_OK;
}

/* Key identifiers are always there; saying no to one contradicts. */
static eg_status take_identifiers(struct eg_call *call, const struct eg_cert_profile *p,
                                  struct eg_object_def *d)
{
    if (d->ski == 0 || d->aki == 0) {
        return eg_call_refuse(call, EG_ERR(PROFILE), "%s: the key identifiers cannot be left out.",
                              p->name);
    }
    d->ski = d->aki = 1;
    d->basic_constraints = true;
    d->serial_number = d->serial_number || p->serial_number;
    d->no_crl_point = !p->crl_point;
    return EG_OK;
}

static eg_status check_issuer(struct eg_call *call, const struct eg_cert_profile *p,
                              const struct eg_ca *ca)
{
    const char *has = eg_ca_profile(call, ca);
    if (p->issuer[0] == '\0' || strcmp(has, p->issuer) == 0) {
        return EG_OK;
    }
    return eg_call_refuse(call, EG_ERR(PROFILE), "%s: the CA must be made with profile %s.",
                          p->name, p->issuer);
}

/* The common name is this prefix and the UUID in hex, whose digits every profile allows. */
static eg_status check_common_name(struct eg_call *call, const struct eg_cert_profile *p,
                                   const char *prefix)
{
    if (p->cn_chars[0] != '\0' && prefix[strspn(prefix, p->cn_chars)] != '\0') {
        return eg_call_refuse(call, EG_ERR(PROFILE),
                              "%s: /commonNamePrefix has a character that is not allowed.",
                              p->name);
    }
    if (strlen(prefix) + EG_UUID_HEX_LEN > (size_t)p->cn_max) {
        return eg_call_refuse(call, EG_ERR(PROFILE),
                              "%s: /commonNamePrefix may have %d characters.", p->name,
                              p->cn_max - EG_UUID_HEX_LEN);
    }
    return EG_OK;
}

eg_status eg_cert_profile_apply(struct eg_call *call, const struct eg_ca *ca,
                                enum eg_key_alg key_alg, struct eg_object_def *def)
{
    if (def->profile[0] == '\0' && def->vendor_id[0] == '\0' && def->product_id[0] == '\0') {
        return EG_OK;
    }
    const struct eg_cert_profile *p = eg_cert_profile_find(call, def->profile);
    if (p == NULL || p->level != EG_PROFILE_LEAF) {
        return eg_call_refuse(call, EG_ERR(FIELD_INVALID),
                              "/profile: this is no profile of a device's certificate.");
    }
    EG_TRY(check_issuer(call, p, ca));
    EG_TRY(eg_cert_profile_algorithms(call, p, key_alg,
                                      eg_key_alg_from_name(eg_span_str(ca->algorithm))));
    EG_TRY(eg_cert_profile_matter(call, p, def->vendor_id, def->product_id, ca));
    EG_TRY(check_common_name(call, p, def->cn_prefix));
    EG_TRY(take_usages(call, p, def));
    return take_identifiers(call, p, def);
}
