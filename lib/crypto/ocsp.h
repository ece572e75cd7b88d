/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_OCSP_H
#define EG_LIB_CRYPTO_OCSP_H
/**
 * Online certificate status (RFC 6960, profile of RFC 5019): reading requests, writing and signing
 * basic responses. The signer is a delegated responder: a key of its own whose certificate the CA
 * issued with id-kp-OCSPSigning and id-pkix-ocsp-nocheck.
 */
#include "lib/crypto/x509.h"

enum {
    EG_OCSP_REQUEST_LEN_MAX = 4096, /* bytes of a request that are looked at */
    EG_OCSP_IDS_MAX = 16,           /* certificates that one request may ask about */
    EG_OCSP_NONCE_MAX = 128,        /* octets, RFC 9654 2.1 */
    EG_OCSP_ID_LEN_MAX = 256,       /* DER bytes of one CertID */
    EG_OCSP_RESPONSE_LEN_MAX = 2 * EG_X509_LEN_MAX + EG_OCSP_IDS_MAX * (EG_OCSP_ID_LEN_MAX + 96),
};

/** OCSPResponseStatus; the numbers are those of the standard. */
enum eg_ocsp_error {
    EG_OCSP_MALFORMED = 1,
    EG_OCSP_INTERNAL = 2,
    EG_OCSP_TRY_LATER = 3,
    EG_OCSP_UNAUTHORIZED = 6, /* not a CA that is answered for here */
};

/** One CertID. Spans point into the request. */
struct eg_ocsp_id {
    struct eg_span der; /* all of it, to be repeated in the answer */
    enum eg_hash hash;
    struct eg_span name_hash, key_hash; /* of the issuer */
    struct eg_span serial;              /* content of the INTEGER, positive */
};

struct eg_ocsp_request {
    struct eg_ocsp_id ids[EG_OCSP_IDS_MAX];
    size_t count;         /* at least 1 */
    struct eg_span nonce; /* octets; empty: none */
};

/**
 * Exactly one DER OCSPRequest; a signature on it is not looked at. CRYPTO_BAD_OCSP: malformed,
 * beyond a limit above, a serial that no certificate may have, an unknown critical extension.
 * CRYPTO_UNSUPPORTED: CertIDs by another hash than SHA-1, SHA-256 or SHA-384. *out is zero then.
 */
EG_MUST_USE eg_status eg_ocsp_request_parse(struct eg_span der, struct eg_ocsp_request *out);
/** Exactly one DER CertID; errors as above. */
EG_MUST_USE eg_status eg_ocsp_id_parse(struct eg_span der, struct eg_ocsp_id *out);

/** Does the id name this issuer? */
EG_MUST_USE eg_status eg_ocsp_id_matches(struct eg_crypto *c, const struct eg_ocsp_id *id,
                                         struct eg_span issuer_name, struct eg_span issuer_spki,
                                         bool *out);

enum eg_ocsp_verdict { EG_OCSP_GOOD = 0, EG_OCSP_REVOKED = 1, EG_OCSP_UNKNOWN = 2 };

struct eg_ocsp_single {
    struct eg_span id; /* DER CertID */
    enum eg_ocsp_verdict state;
    int64_t revoked_s; /* REVOKED */
    uint8_t reason;    /* REVOKED: enum eg_crl_reason */
};

/** What goes into one response. Spans are borrowed during the call. */
struct eg_ocsp_template {
    const struct eg_ocsp_single *singles;
    size_t count;
    struct eg_span nonce;                 /* octets; empty: none */
    int64_t this_update_s, next_update_s; /* of every single; produced at this_update_s */
    struct eg_span responder;             /* DER certificate of the signing key */
};

/**
 * Build and sign; appends the DER OCSPResponse (status successful). CRYPTO_BAD_OCSP: times out of
 * order, a reason that cannot be, no singles. CRYPTO_BAD_CERT: the responder's certificate.
 * Nothing is appended on error.
 */
EG_MUST_USE eg_status eg_ocsp_sign(struct eg_crypto *c, const struct eg_ocsp_template *t,
                                   const struct eg_key *key, struct eg_writer *out);

/** Append the DER OCSPResponse that only says why there is none. */
void eg_ocsp_refuse(enum eg_ocsp_error error, struct eg_writer *out);

#endif
