/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_WIRE_VAULT_TYPES_H
#define EG_LIB_WIRE_VAULT_TYPES_H
/**
 * What the service asks of the vault and what it gets back, as plain C data.
 *
 * The service fills requests and calls server/vaultpool/vaultpool.h; lib/wire/vault_msg.h turns
 * both directions into bytes; server/vault carries them out. docs/protocol/vault.md has the rules.
 *
 * "Wrapped" bytes are secrets sealed under the vault's key-encryption key (AES-256-GCM) and bound
 * to what is said at each field; to everyone but the vault they are opaque and may be stored
 * anywhere. All spans of a request are borrowed for the call. Text is UTF-8 without NUL; an empty
 * span means "left out".
 */
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/span.h"
#include "lib/base/uuid.h"

enum {
    EG_VAULT_FINGERPRINT_LEN = 32,
    EG_VAULT_ROOT_TAG_LEN = 32,
    EG_VAULT_POINT_LEN = 65,     /* 04 || X || Y on P-256 */
    EG_VAULT_WRAP_OVERHEAD = 30, /* wrapped bytes - plain bytes */
    EG_VAULT_WRAPPED_ROOT_LEN = 32 + EG_VAULT_WRAP_OVERHEAD,
    EG_VAULT_RKTH_LEN = 32,

    /* limits; beyond them a call answers VAULT_LIMIT before anything is sent */
    EG_VAULT_MESSAGE_MAX = 64 * 1024 * 1024,  /* one message, bytes */
    EG_VAULT_MANIFEST_MAX = 48 * 1024 * 1024, /* one sealed manifest, bytes */
    EG_VAULT_MANIFEST_DEVICES_MAX = 262144,
    EG_VAULT_SIGNERS_MAX = 256,
    EG_VAULT_DEVICES_MAX = 64,                /* devices of one make call */
    EG_VAULT_OBJECTS_MAX = 64,                /* objects of one plan */
    EG_VAULT_CAS_MAX = 16,                    /* CAs of one plan */
    EG_VAULT_CHAIN_MAX = 8,                   /* intermediates delivered with one certificate */
    EG_VAULT_PAYLOAD_MAX = 64 * 1024,         /* clear or secret payload of one object, bytes */
    EG_VAULT_SECRET_MESSAGE_MAX = 256 * 1024, /* one CMS message with a secret, bytes */
    EG_VAULT_CERTIFICATE_MAX = 4096,          /* one DER certificate, bytes */
    EG_VAULT_WRAPPED_KEY_MAX = 4096,          /* one wrapped CA or service key, bytes */
    EG_VAULT_TEXT_MAX = 256,                  /* one text of a request, bytes */
    EG_VAULT_REVOKED_MAX = 200000,            /* entries of one CRL */
    EG_VAULT_SERIAL_MAX = 20,                 /* one serial number, bytes */
    EG_VAULT_CRL_MAX = 16 * 1024 * 1024,      /* one CRL, bytes */
    EG_VAULT_OCSP_IDS_MAX = 16,               /* certificates of one OCSP response */
    EG_VAULT_OCSP_ID_MAX = 256,               /* one DER CertID, bytes */
    EG_VAULT_OCSP_NONCE_MAX = 128,            /* bytes */
    EG_VAULT_SHARD_MAX = 0xFFFFFF,            /* number of a list of revoked certificates */
    EG_VAULT_ENDPOINT_DAYS_MAX = 397,         /* life of a server certificate */
};

/* ---- certificate authorities and service keys ----------------------------------------------- */

/** Attributes of a certificate subject, in the order written (lib/crypto/x509.h has the rules). */
struct eg_vault_subject {
    struct eg_span country; /* two letters */
    struct eg_span organization;
    struct eg_span organizational_unit;
    struct eg_span common_name;
    struct eg_span vendor_id, product_id; /* Matter: 4 digits 0-9A-F each */
};

/** A CA as the vault hands it out and takes it back. The key is bound to the company. */
struct eg_vault_ca {
    struct eg_span wrapped_key;
    struct eg_span certificate; /* DER; must hold the public half of wrapped_key */
};

struct eg_vault_ca_request {
    uint64_t company_id;
    uint8_t algorithm; /* enum eg_key_alg of the new key */
    struct eg_vault_subject subject;
    int64_t not_before_s, not_after_s; /* an intermediate's are cut to those of its issuer */
    int32_t path_len;                  /* pathLenConstraint, -1 for none */
    bool has_issuer;                   /* false: a self-signed root */
    struct eg_vault_ca issuer;         /* of the same company */
    struct eg_span crl_url;            /* CRL distribution point of an intermediate */
    struct eg_span ocsp_url;           /* where it is asked about, likewise */
    int64_t now_ms;                    /* goes into the serial number */
};

/** A CA key whose certificate somebody else shall sign. */
struct eg_vault_csr_request {
    uint64_t company_id;
    uint8_t algorithm; /* enum eg_key_alg of the new key */
    struct eg_vault_subject subject;
    int32_t path_len; /* asked for in the request, and the most the key will ever be used for */
};

struct eg_vault_revoked {
    struct eg_span serial; /* content of the INTEGER */
    int64_t revoked_s;
    uint8_t reason; /* enum eg_crl_reason */
};

struct eg_vault_crl_request {
    uint64_t company_id;
    struct eg_vault_ca issuer;
    uint64_t number;
    int64_t this_update_s, next_update_s;
    const struct eg_vault_revoked *revoked; /* ascending by serial, none twice */
    size_t revoked_count;                   /* 0 .. EG_VAULT_REVOKED_MAX */
    struct eg_span shard_url; /* issuingDistributionPoint: the list is only for certificates with
                                 this CRL distribution point; empty: for all of the CA */
};

/** The key that answers OCSP requests for a CA, with a certificate from it. */
struct eg_vault_responder_request {
    uint64_t company_id;
    struct eg_vault_ca issuer;
    struct eg_span common_name;
    int64_t not_before_s, not_after_s; /* cut to those of the issuer */
    int64_t now_ms;
};

struct eg_vault_ocsp_single {
    struct eg_span id; /* DER CertID; its hashes must be those of the issuer */
    bool revoked;
    int64_t revoked_s; /* revoked */
    uint8_t reason;    /* revoked: enum eg_crl_reason */
};
/** An OCSP response. A serial that is not revoked is good if this vault drew it for the issuer. */
struct eg_vault_ocsp_request {
    uint64_t company_id;
    struct eg_span issuer_certificate; /* DER */
    struct eg_span wrapped_key;        /* of the responder */
    struct eg_span certificate;        /* DER, of the responder */
    int64_t this_update_s, next_update_s;
    struct eg_span nonce; /* empty: none */
    const struct eg_vault_ocsp_single *singles;
    size_t count; /* 1 .. EG_VAULT_OCSP_IDS_MAX */
};

/** A server certificate of the device endpoint, from a CA of company 0 (the service itself). */
struct eg_vault_endpoint_request {
    struct eg_vault_ca issuer;
    struct eg_span name; /* host name; the one the vault was started for */
    struct eg_span spki; /* DER, P-256 */
    int64_t not_before_s, not_after_s;
    int64_t now_ms; /* goes into the serial number */
};

/** What a service key is for; it can never be used for the other purpose. */
enum eg_vault_service_purpose {
    EG_VAULT_SERVICE_MANIFEST = 1,  /* chip makers seal manifests of roots of trust to it */
    EG_VAULT_SERVICE_SECRET = 2,    /* customers seal their secrets to it */
    EG_VAULT_SERVICE_MATTER_CD = 3, /* signs Certification Declarations for development and test */
    EG_VAULT_SERVICE_CLAIM = 4,     /* devices seal their claim codes to it */
    EG_VAULT_SERVICE_OCSP = 5,      /* answers OCSP requests; only made by OCSP_CERTIFY */
};

struct eg_vault_service_request {
    uint64_t company_id; /* 0: of the service itself; part of the binding */
    uint8_t purpose;     /* enum eg_vault_service_purpose */
    struct eg_span common_name;
    int64_t not_before_s, not_after_s;
    int64_t now_ms;
};

/** A service key as handed out and taken back. */
struct eg_vault_service_key {
    uint64_t company_id; /* as at creation */
    struct eg_span wrapped_key;
    struct eg_span certificate; /* DER */
};

/** A Certification Declaration of type "development and test"; others are not made. */
struct eg_vault_cd_request {
    struct eg_vault_service_key key; /* purpose MATTER_CD */
    uint16_t vendor_id, product_id;
    uint32_t device_type_id;
    struct eg_span certificate_id; /* 19 characters */
    uint16_t version_number;
};

/* ---- claim codes ---------------------------------------------------------------------------- */

enum {
    EG_VAULT_CLAIM_BLOB_MAX = 512,  /* bytes of one claim blob */
    EG_VAULT_CLAIM_TAGS_MAX = 1000, /* claim codes of one CLAIM_TAG */
    EG_VAULT_CLAIM_TAG_LEN = 32,
};

/**
 * A claim blob that a device showed. The answer is the tag of the code in it: a keyed hash under a
 * key of the vault, by which the service finds the code. The code itself does not leave the vault.
 */
struct eg_vault_claim_request {
    struct eg_vault_service_key key; /* purpose CLAIM */
    struct eg_uuid uuid;             /* of the device, as TLS proved it */
    struct eg_span blob;
};

/** Tags of codes that are being issued, in the order given. */
struct eg_vault_claim_tag_request {
    uint64_t company_id;
    const struct eg_span *texts; /* secret */
    size_t count;                /* 1 .. EG_VAULT_CLAIM_TAGS_MAX */
};

/* ---- manifests of roots of trust ------------------------------------------------------------ */

struct eg_vault_manifest_request {
    struct eg_vault_service_key key; /* purpose MANIFEST */
    struct eg_span message;          /* sealed(signed(text)), DER or PEM */
    const struct eg_span *signers;   /* DER certificates that may sign; pinned */
    size_t signer_count;             /* 1 .. EG_VAULT_SIGNERS_MAX */
};

/** One chip of a manifest. The wrapped root is bound to family and UUID. */
struct eg_vault_chip {
    struct eg_uuid uuid;
    uint8_t wrapped_root[EG_VAULT_WRAPPED_ROOT_LEN];
    /** Same for the same (UUID, root) whenever it is uploaded, different for another root; tells
     * nothing about the root. */
    uint8_t root_tag[EG_VAULT_ROOT_TAG_LEN];
    uint8_t connection_public[EG_VAULT_POINT_LEN];
    uint8_t attestation_public[EG_VAULT_POINT_LEN];
};

/* ---- secrets of customers ------------------------------------------------------------------- */

/** What a secret may be used for; it can never be used for another purpose. The numbers are those
 * of enum eg_object_type. */
enum eg_vault_secret_purpose {
    EG_VAULT_PURPOSE_HMAC_KEY = 3,
    EG_VAULT_PURPOSE_MASTER_KEY = 4,
    EG_VAULT_PURPOSE_BINARY_FILE = 5,
    EG_VAULT_PURPOSE_OEM_FW_DECRYPT_KEY = 8,
};

struct eg_vault_secret_request {
    struct eg_vault_service_key key; /* purpose SECRET */
    uint64_t company_id;             /* the secret is bound to it */
    struct eg_span company_name;     /* must equal the line "Company:" inside the message */
    uint8_t purpose;                 /* enum eg_vault_secret_purpose; must equal "Purpose:" */
    struct eg_span message;          /* CMS AuthEnvelopedData, DER or PEM */
};

/* ---- making --------------------------------------------------------------------------------- */

enum eg_vault_source_kind {
    EG_VAULT_GENERATE_KEY = 1, /* a fresh asymmetric key pair per device */
    EG_VAULT_CERTIFICATE = 2,  /* a fresh certificate per device */
    EG_VAULT_CLEAR = 3,        /* the same public bytes for all */
    EG_VAULT_SECRET = 4,       /* the same secret bytes for all */
    EG_VAULT_DIVERSIFIED = 5,  /* a key derived from a master secret and the UUID */
};

enum {
    EG_VAULT_KEY_GIVEN = 0xFFFF, /* eg_vault_certificate.key_object: the device brings an SPKI */
};

/** Certificate of a device. Subject = C, O, OU as given, CN = prefix + UUID hex, and serialNumber =
 * UUID hex when asked. */
struct eg_vault_certificate {
    uint16_t
        key_object; /* index of a GENERATE_KEY object EARLIER in the plan, or EG_VAULT_KEY_GIVEN */
    uint16_t ca;    /* index into eg_vault_plan.cas */
    struct eg_span country;
    struct eg_span organization;
    struct eg_span organizational_unit;
    struct eg_span common_name_prefix; /* at most 32 bytes: UUID hex must fit behind it in 64 */
    bool with_serial_number;
    int64_t not_before_s, not_after_s; /* cut to those of the CA */
    uint32_t key_usage;                /* enum eg_key_usage */
    uint32_t ext_key_usage;            /* enum eg_ext_key_usage */
    bool with_ski, with_aki;
    bool leaf_constraints;                /* basicConstraints that say CA:FALSE */
    struct eg_span vendor_id, product_id; /* Matter: 4 digits 0-9A-F each */
    struct eg_span crl_url;               /* CRL distribution point */
    struct eg_span ocsp_url;              /* where its status is asked for */
    uint32_t shard;                       /* goes into the serial number */
    /** Delivered to the chip behind the leaf: issuing CA first, upward, root left out. */
    const struct eg_span *chain; /* DER certificates */
    size_t chain_count;          /* 0: the leaf alone */
};

/** One object of a plan: what it is (struct eg_object of lib/object, field by field), and where its
 * value comes from. */
struct eg_vault_object {
    uint64_t secure_object_id; /* the service's own id; tells people which object a failure means */
    uint8_t type;              /* enum eg_object_type */
    uint32_t object_id;        /* id on the chip */
    uint8_t key_alg;           /* enum eg_key_alg: KEYPAIR, STATIC_PUBLIC_KEY; else 0 */
    uint32_t size;             /* bytes of the value at most; 0 for KEYPAIR */
    uint32_t usage;            /* psa_key_usage_t */
    uint32_t algorithm;        /* psa_algorithm_t */

    uint8_t source;                   /* enum eg_vault_source_kind; picks what follows */
    struct eg_vault_certificate cert; /* CERTIFICATE */
    struct eg_span data; /* CLEAR: the value. SECRET, DIVERSIFIED: the wrapped secret */
    uint8_t purpose;     /* SECRET, DIVERSIFIED: enum eg_vault_secret_purpose */
    uint32_t length;     /* DIVERSIFIED: bytes of the device's key, 16 or 32 */
};

/** What to make for each device. */
struct eg_vault_plan {
    uint64_t company_id;   /* CA keys and secrets must be bound to it */
    struct eg_span family; /* name of a family file, "mcxn947" */
    uint8_t life_cycle;    /* enum eg_life_cycle AFTER the run */
    bool has_rkth;         /* false: zero boot key hash */
    uint8_t rkth[EG_VAULT_RKTH_LEN];
    int64_t now_ms; /* goes into serial numbers */
    const struct eg_vault_ca *cas;
    size_t ca_count;
    const struct eg_vault_object *objects;
    size_t object_count;
};

/** A public key made earlier, for a CERTIFICATE object with key_object = EG_VAULT_KEY_GIVEN. */
struct eg_vault_given_key {
    uint16_t object; /* index of the CERTIFICATE object in the plan */
    struct eg_span spki;
};

struct eg_vault_device {
    struct eg_uuid uuid;
    struct eg_span wrapped_root;
    const struct eg_vault_given_key *given; /* may be NULL */
    size_t given_count;
};

/** One made object of one device. */
struct eg_vault_made_object {
    struct eg_span blob;        /* sealed secure object (TLV) */
    struct eg_span certificate; /* CERTIFICATE: leaf, DER; else empty */
    struct eg_span spki;        /* GENERATE_KEY: public key, DER; else empty */
};

struct eg_vault_made_device {
    eg_status status;                           /* not EG_OK: objects is NULL */
    const struct eg_vault_made_object *objects; /* one per object of the plan, same order */
};

#endif
