/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_CRYPTO_MATTER_CD_H
#define EG_LIB_CRYPTO_MATTER_CD_H
/**
 * The Certification Declaration of a Matter product (Matter core specification 6.3): a TLV
 * structure in a CMS SignedData without signed attributes and without certificates, whose signer
 * is named by its key identifier. The declarations of sold products are signed by the Connectivity
 * Standards Alliance; what is made here is for development and test.
 */
#include "lib/crypto/crypto.h"

enum {
    EG_CD_PRODUCTS_MAX = 100,
    EG_CD_CERTIFICATE_ID_LEN = 19,
    EG_CD_LEN_MAX = 1024, /* one signed declaration, bytes */
    EG_CD_KEY_ID_LEN = 20,
};

/** certification_type. */
enum eg_cd_type {
    EG_CD_TEST = 0, /* development and test */
    EG_CD_PROVISIONAL = 1,
    EG_CD_OFFICIAL = 2,
};

/** Fields in the order of their tags; format_version is always 1. */
struct eg_cd {
    uint16_t vendor_id;
    uint16_t product_ids[EG_CD_PRODUCTS_MAX];
    size_t product_count; /* 1 .. EG_CD_PRODUCTS_MAX */
    uint32_t device_type_id;
    char certificate_id[EG_CD_CERTIFICATE_ID_LEN + 1]; /* text of exactly 19 characters */
    uint8_t security_level;                            /* reserved: 0 */
    uint16_t security_information;                     /* reserved: 0 */
    uint16_t version_number;
    uint8_t certification_type; /* enum eg_cd_type */
    bool has_dac_origin;        /* the two below are there */
    uint16_t dac_origin_vendor_id, dac_origin_product_id;
};

/** Append the TLV. CRYPTO_BAD_CMS: a field that cannot be. Nothing is appended on error. */
EG_MUST_USE eg_status eg_cd_encode(const struct eg_cd *cd, struct eg_writer *out);

/** Encode and sign with a P-256 key; appends the DER. CRYPTO_BAD_KEY: another key. */
EG_MUST_USE eg_status eg_cd_sign(struct eg_crypto *c, const struct eg_cd *cd,
                                 const struct eg_key *key, struct eg_writer *out);

/** What a signed declaration holds. Spans point into the DER. */
struct eg_cd_signed {
    struct eg_cd cd;
    struct eg_span content;   /* the TLV that is signed */
    struct eg_span key_id;    /* of the signer, EG_CD_KEY_ID_LEN bytes */
    struct eg_span signature; /* DER Ecdsa-Sig-Value over content, SHA-256 */
};

/**
 * Exactly one signed declaration, strictly of the form above; authorized_paa_list is read over.
 * CRYPTO_BAD_CMS otherwise, *out is zero. Verifies nothing: eg_verify(content, signature) does.
 */
EG_MUST_USE eg_status eg_cd_parse(struct eg_span der, struct eg_cd_signed *out);

#endif
