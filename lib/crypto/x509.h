/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_X509_H
#define EG_LIB_CRYPTO_X509_H
/**
 * X.509 v3 certificates (RFC 5280): a direct DER writer, because building one with the library's
 * objects costs ten times the signature (see docs/decisions).
 */
#include "lib/crypto/crypto.h"

enum {
    EG_X509_SERIAL_LEN = 20,
    EG_X509_NAME_LEN_MAX = 512,
    EG_X509_LEN_MAX = 4096, /* one certificate, DER */
    EG_X509_URL_MAX = 512,  /* bytes of a URL in an extension */
    EG_X509_TEXT_MAX = 64,  /* characters of one name attribute (ub-common-name) */
};

/** RFC 5280 4.2.1.3, bit numbers as powers of two. */
enum eg_key_usage {
    EG_KU_DIGITAL_SIGNATURE = 1u << 0,
    EG_KU_NON_REPUDIATION = 1u << 1,
    EG_KU_KEY_ENCIPHERMENT = 1u << 2,
    EG_KU_DATA_ENCIPHERMENT = 1u << 3,
    EG_KU_KEY_AGREEMENT = 1u << 4,
    EG_KU_KEY_CERT_SIGN = 1u << 5,
    EG_KU_CRL_SIGN = 1u << 6,
};
enum eg_ext_key_usage {
    EG_EKU_CLIENT_AUTH = 1u << 0,
    EG_EKU_SERVER_AUTH = 1u << 1,
    EG_EKU_CODE_SIGNING = 1u << 2,
    EG_EKU_EMAIL = 1u << 3,
    EG_EKU_OCSP_SIGNING = 1u << 4,
};

/** Name attributes in the order written; NULL or "" is left out. UTF-8 except where PrintableString
 * is the rule. */
struct eg_x509_name {
    const char *country; /* two letters, PrintableString */
    const char *organization;
    const char *organizational_unit;
    const char *common_name;
    const char *serial_number;  /* PrintableString; the device's UUID in hex */
    const char *matter_vendor;  /* Matter core specification 6.1.1: 4 digits 0-9A-F, UTF8String */
    const char *matter_product; /* likewise */
};
enum { EG_X509_MATTER_ID_LEN = 4 };

/**
 * Append the DER of a Name; with no attribute at all, the empty Name. CRYPTO_BAD_CERT: an attribute
 * is too long, not clean UTF-8 or has characters that its string type lacks; nothing is appended.
 */
EG_MUST_USE eg_status eg_x509_name_encode(const struct eg_x509_name *name, struct eg_writer *out);

/** What goes into one certificate. Spans are borrowed during the call. */
struct eg_x509_template {
    uint8_t serial[EG_X509_SERIAL_LEN]; /* positive: top bit clear, first byte not zero */
    struct eg_span issuer_name;         /* DER Name */
    struct eg_span subject_name;        /* DER Name */
    int64_t not_before_s;               /* seconds since 1970-01-01 UTC */
    int64_t not_after_s;   /* INT64_MAX: 99991231235959Z, "no end" (RFC 5280 4.1.2.5) */
    struct eg_span spki;   /* DER SubjectPublicKeyInfo of the subject */
    bool is_ca;            /* basicConstraints (critical) CA:TRUE; left out when false */
    bool leaf_constraints; /* not is_ca: basicConstraints (critical) that say CA:FALSE */
    int path_len;       /* pathLenConstraint of a CA, 0..127; -1 for none; ignored unless is_ca */
    uint32_t key_usage; /* enum eg_key_usage; critical; 0 leaves it out */
    uint32_t ext_key_usage; /* enum eg_ext_key_usage; 0 leaves it out */
    bool with_ski;          /* subjectKeyIdentifier: SHA-1 of the key bits (RFC 5280 4.2.1.2 (1)) */
    struct eg_span aki;     /* issuer's key identifier; empty leaves authorityKeyIdentifier out */
    const char *const *dns_names; /* subjectAltName, NULL-terminated list; may be NULL */
    const char *const
        *ip_addresses;    /* subjectAltName, textual IPv4 or IPv6, NULL-terminated; may be NULL */
    const char *crl_url;  /* CRL distribution point; NULL leaves it out */
    const char *ocsp_url; /* authorityInfoAccess, id-ad-ocsp; NULL leaves it out */
    bool ocsp_nocheck;    /* id-pkix-ocsp-nocheck: a responder is not itself asked about */
};

/**
 * Build and sign. Appends the DER certificate. Signature algorithm follows from the issuer's key.
 * CRYPTO_BAD_CERT: the template breaks RFC 5280 (serial not positive, issuer without a name, end
 * before begin or outside 1950..9999, a CA without subject or keyCertSign without CA, a name or
 * address in an extension that cannot be written). Nothing is appended on error.
 */
EG_MUST_USE eg_status eg_x509_issue(struct eg_crypto *c, const struct eg_x509_template *t,
                                    const struct eg_key *issuer_key, struct eg_writer *out);

/** Time-ordered serial: 0x4 nibble, 44 bits of time in ms, 24 bits of shard (0), random bits. */
EG_MUST_USE eg_status eg_x509_serial(struct eg_crypto *c, int64_t now_ms,
                                     uint8_t out[static EG_X509_SERIAL_LEN]);

enum { EG_X509_SHARD_MAX = 0xFFFFFF };
/** Which list of revoked certificates a serial number belongs to; 0, the one without a number, for
 * serials of another form. */
uint32_t eg_x509_serial_shard(struct eg_span serial);
/** shard: at most EG_X509_SHARD_MAX. */
void eg_x509_serial_set_shard(uint8_t serial[static EG_X509_SERIAL_LEN], uint32_t shard);

/** Key identifier (20 bytes, RFC 5280 4.2.1.2 (1)) of a DER SubjectPublicKeyInfo. CRYPTO_BAD_KEY.
 */
EG_MUST_USE eg_status eg_x509_key_id(struct eg_crypto *c, struct eg_span spki,
                                     uint8_t out[static 20]);

/** What a reader of a certificate needs; spans point into the DER that was given. */
struct eg_x509_info {
    struct eg_span serial;       /* content bytes, big endian */
    struct eg_span issuer_name;  /* DER Name */
    struct eg_span subject_name; /* DER Name */
    struct eg_span spki;         /* DER SubjectPublicKeyInfo */
    struct eg_span ski;          /* key identifier, empty if absent */
    int64_t not_before_s;
    int64_t not_after_s; /* INT64_MAX: no end */
    bool is_ca;
    int path_len;       /* pathLenConstraint, cut at 127; -1 if absent */
    uint32_t key_usage; /* enum eg_key_usage, 0 if absent */
};
/** Exactly one DER certificate. CRYPTO_BAD_CERT otherwise, *out is zero. Strict about the encoding;
 * does not look into names and keys and does not verify anything. */
EG_MUST_USE eg_status eg_x509_parse(struct eg_span der, struct eg_x509_info *out);

/** Signature of `cert` by the key of `issuer` and names chained. CRYPTO_BAD_SIGNATURE,
 * CRYPTO_BAD_CERT. */
EG_MUST_USE eg_status eg_x509_check_issued(struct eg_crypto *c, struct eg_span cert,
                                           struct eg_span issuer);

/** RFC 2253 text (UTF-8) of a DER Name into out (NUL-terminated, cut at room); "" if it is no Name.
 */
void eg_x509_name_text(struct eg_span name, char *out, size_t room);

/**
 * Vendor and product id (Matter core specification 6.1.1) of a DER Name; "" for one that is absent.
 * CRYPTO_BAD_CERT: no Name, an id twice, or one that is not 4 digits 0-9A-F; both are "" then.
 */
EG_MUST_USE eg_status eg_x509_name_matter(struct eg_span name,
                                          char vendor[static EG_X509_MATTER_ID_LEN + 1],
                                          char product[static EG_X509_MATTER_ID_LEN + 1]);

/** Append the PEM form of any DER under a label, "CERTIFICATE REQUEST" for example. */
EG_MUST_USE eg_status eg_pem_write(const char *label, struct eg_span der, struct eg_writer *out);

/**
 * PEM <-> DER of certificates. eg_x509_from_pem takes the first CERTIFICATE block; DER input is
 * passed through. CRYPTO_BAD_CERT: there is no certificate that eg_x509_parse() can read.
 */
EG_MUST_USE eg_status eg_x509_from_pem(struct eg_span pem_or_der, struct eg_writer *out_der);
EG_MUST_USE eg_status eg_x509_to_pem(struct eg_span der, struct eg_writer *out_pem);

#endif
