/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_OBJECT_DEF_H
#define EG_SERVER_CORE_OBJECT_DEF_H
/**
 * What a secure object is, as its creator said it: one C struct for all types, read from the JSON
 * of the API and from the JSON text kept in the database, which is the same without the secret.
 */
#include "lib/crypto/x509.h"
#include "lib/object/object.h"
#include "server/core/json_in.h"
#include "server/core/renewal_policy.h"
#include "server/store/arena.h"

enum eg_validity_kind {
    EG_VALIDITY_OF_CA = 0, /* as long as the CA's own certificate */
    EG_VALIDITY_DATE = 1,  /* from .. to */
    EG_VALIDITY_DAYS = 2,  /* so many days from the moment of making */
};

enum { EG_EVIDENCE_KEYS_MAX = 4 };

/** Texts are borrowed from the JSON, bytes live in the arena. Fields of other types are zero. */
struct eg_object_def {
    const char *name;
    enum eg_object_type type;
    uint32_t object_id;      /* on the chip */
    bool on_connection;      /* made when the device connects, not before */
    bool custom_policy;      /* else the default of the type */
    struct eg_policy policy; /* resolved in both cases */
    enum eg_key_alg alg;     /* KEYPAIR, STATIC_PUBLIC_KEY */
    uint32_t size;           /* bytes of a secret (HMAC_KEY, MASTER_KEY, OEM_FW_DECRYPT_KEY) or of
                                data; certificates: most bytes of the chain, set by eg_object_*() */

    /* CERTIFICATE */
    int64_t key_pair_id, ca_id;
    const char *cn_prefix, *country, *organization, *unit; /* "" when left out */
    const char *profile;                                   /* cert_profile.h; "" when left out */
    const char *vendor_id, *product_id;                    /* Matter; "" when left out */
    bool basic_constraints;                                /* say CA:FALSE */
    bool no_crl_point;                 /* no CRL distribution point, whatever is configured */
    bool usage_given, ext_usage_given; /* request only: the member was there */
    bool serial_number;                /* subject gets serialNumber = UUID */
    int ski, aki;                      /* 1 yes, 0 no, -1 as the CA says */
    bool chain;                        /* intermediates are delivered behind the leaf */
    uint32_t key_usage;                /* enum eg_key_usage */
    uint32_t ext_key_usage;            /* enum eg_ext_key_usage */
    enum eg_validity_kind validity;
    int64_t not_before_s, not_after_s; /* DATE */
    int64_t days;                      /* DAYS */
    struct eg_renewal_policy renewal;

    /* values */
    bool test_only;      /* BINARY_FILE: not for production groups */
    bool confidential;   /* BINARY_FILE */
    struct eg_span data; /* public payload: file, boot key hash, SPKI of a public key */
    struct eg_span evidence[EG_EVIDENCE_KEYS_MAX]; /* boot key hash: PEM keys that hash to it */
    size_t evidence_count;
    bool evidence_waived;  /* boot key hash: "evidence": "NONE" */
    struct eg_span cms;    /* request only: sealed secret, DER or PEM */
    const char *check_sum; /* request only: SHA3-512 of data, hexadecimal; NULL: none */
    bool pgp;              /* request only: a PGP member was sent */
};

/**
 * Read a definition. Errors are those of json_in (API_TYPE, FIELD_INVALID), OBJECT_POLICY for an
 * unknown usage name; in->where says which member.
 */
EG_MUST_USE eg_status eg_object_def_read(struct eg_json_in *in, struct eg_arena *arena,
                                         struct eg_object_def *out);

/** The JSON text to keep. Returns owned: free(). NULL when out of memory. */
char *eg_object_def_text(const struct eg_object_def *def);

/** Does this type take a secret of the customer? (BINARY_FILE: when confidential) */
bool eg_object_def_secret(const struct eg_object_def *def);

/** As lib/object sees it. */
struct eg_object eg_object_def_object(const struct eg_object_def *def);

/** "digitalSignature", ... to a bit of enum eg_key_usage, "clientAuth", ... of eg_ext_key_usage;
 * 0 if unknown. */
uint32_t eg_key_usage_bit(const char *name);
uint32_t eg_ext_key_usage_bit(const char *name);

#endif
