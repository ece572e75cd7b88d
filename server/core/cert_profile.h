/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_CERT_PROFILE_H
#define EG_SERVER_CORE_CERT_PROFILE_H
/**
 * Certificate profiles: what a kind of certificate must and may hold. Data, read from
 * profiles/<name>.ini by profile_file.h; here is what they mean.
 */
#include "lib/crypto/x509.h"
#include "server/core/core.h"
#include "server/core/object_def.h"

enum eg_profile_level {
    EG_PROFILE_LEAF = 1,
    EG_PROFILE_INTERMEDIATE = 2,
    EG_PROFILE_ROOT = 3,
};

/** Which Matter ids the subject has. */
enum eg_profile_matter {
    EG_MATTER_NONE = 0,
    EG_MATTER_OPTIONAL = 1,       /* vendor id or nothing (PAA) */
    EG_MATTER_VENDOR = 2,         /* vendor id, product id if wanted (PAI) */
    EG_MATTER_VENDOR_PRODUCT = 3, /* both (DAC) */
};

enum {
    EG_PROFILE_NAME_ROOM = 41,
    EG_PROFILE_TITLE_ROOM = 81,
    EG_PROFILE_CHARS_ROOM = 96, /* printable ASCII, each once */
};

/** Plain data. */
struct eg_cert_profile {
    char name[EG_PROFILE_NAME_ROOM];
    char title[EG_PROFILE_TITLE_ROOM];
    enum eg_profile_level level;
    uint32_t key_algs;                 /* 1 << enum eg_key_alg: of the certified key */
    uint32_t issuer_algs;              /* of the CA's key */
    char issuer[EG_PROFILE_NAME_ROOM]; /* profile that the issuer must have; "": any */
    enum eg_profile_matter matter;
    int path_len;       /* of a CA; -1: any */
    bool no_end;        /* CAs are made without an end unless validityYears is given */
    bool crl_point;     /* a CRL distribution point goes in when there is a public URL */
    bool serial_number; /* leaf: serialNumber = UUID is always there */
    char cn_chars[EG_PROFILE_CHARS_ROOM];  /* leaf: characters of the common name; "": any */
    int cn_max;                            /* leaf: characters of the common name */
    uint32_t key_usage, key_usage_allowed; /* leaf: default, and what may be asked for */
    uint32_t ext_key_usage, ext_key_usage_allowed; /* likewise */
    uint32_t ext_key_usage_needed; /* leaf: must be among those that are there, if any are */
};

/** One of the service's profiles by name; NULL if unknown. */
const struct eg_cert_profile *eg_cert_profile_find(const struct eg_call *call, const char *name);

/** The same, for one that the service cannot do without here: PROFILE if it is not there. */
EG_MUST_USE eg_status eg_cert_profile_need(struct eg_call *call, const char *name,
                                           const struct eg_cert_profile **out);

/** The certificate's key and its issuer keep to the profile? PROFILE says what does not. */
EG_MUST_USE eg_status eg_cert_profile_algorithms(struct eg_call *call,
                                                 const struct eg_cert_profile *p,
                                                 enum eg_key_alg key, enum eg_key_alg issuer);

/** Matter ids: as many as the profile wants, well formed, and those of the issuer where it has
 * some. vendor and product may be "". PROFILE. */
EG_MUST_USE eg_status eg_cert_profile_matter(struct eg_call *call, const struct eg_cert_profile *p,
                                             const char *vendor, const char *product,
                                             const struct eg_ca *issuer);

/**
 * A CERTIFICATE object that names a profile: set what it leaves open, refuse what contradicts.
 * def->profile "" is fine. FIELD_INVALID: unknown name. PROFILE.
 */
EG_MUST_USE eg_status eg_cert_profile_apply(struct eg_call *call, const struct eg_ca *ca,
                                            enum eg_key_alg key_alg, struct eg_object_def *def);

#endif
