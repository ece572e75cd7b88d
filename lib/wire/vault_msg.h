/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_WIRE_VAULT_MSG_H
#define EG_LIB_WIRE_VAULT_MSG_H
/**
 * Messages between service and vault as bytes (docs/protocol/vault.md).
 *
 *   request   frame | body of the operation
 *   answer    frame | status (u32) | status OK: result; else: block with a sentence for people
 *   frame     length of what follows (u32) | operation (u16) | protocol (u16)
 *
 * All numbers big endian. put_ calls append to a writer (NO_ROOM as ever); get_ calls read exactly
 * one body: WIRE_BAD_MESSAGE for anything else. What get_ hands out borrows from the body and, for
 * lists, from the room the caller gives; both must outlive it. get_ checks form, lengths and the
 * ranges of enums, indices and counts; meaning is for the vault to check.
 */
#include "lib/wire/vault_types.h"

enum {
    EG_VAULT_PROTOCOL = 3,
    EG_VAULT_FRAME_LEN = 8,
    EG_VAULT_WHY_MAX = 400, /* bytes of the sentence in a failure answer */
};

/** The closed list of operations; numbers are never reused. */
enum eg_vault_op {
    EG_VAULT_OP_HELLO = 1,
    EG_VAULT_OP_CA_CREATE = 2,
    EG_VAULT_OP_SERVICE_KEY_CREATE = 3,
    EG_VAULT_OP_MANIFEST_OPEN = 4,
    EG_VAULT_OP_SECRET_IMPORT = 5,
    EG_VAULT_OP_SECRET_GENERATE = 6,
    EG_VAULT_OP_MAKE = 7,
    EG_VAULT_OP_CSR_CREATE = 8,
    EG_VAULT_OP_CRL_SIGN = 9,
    EG_VAULT_OP_CD_SIGN = 10,
    EG_VAULT_OP_CLAIM_OPEN = 11,
    EG_VAULT_OP_ENDPOINT_CERTIFY = 12,
    EG_VAULT_OP_OCSP_SIGN = 13,
    EG_VAULT_OP_OCSP_CERTIFY = 14,
    EG_VAULT_OP_CLAIM_TAG = 15,
};

/* ---- frames and answers --------------------------------------------------------------------- */

struct eg_vault_frame {
    uint16_t op;
    uint32_t length; /* bytes behind the frame, at most EG_VAULT_MESSAGE_MAX */
};

void eg_vault_frame_put(const struct eg_vault_frame *frame, uint8_t out[static EG_VAULT_FRAME_LEN]);
/** WIRE_BAD_MESSAGE: other protocol or too long; the stream cannot be followed any further. */
EG_MUST_USE eg_status eg_vault_frame_get(const uint8_t in[static EG_VAULT_FRAME_LEN],
                                         struct eg_vault_frame *out);

/** Status word and sentence of a failure. */
void eg_vault_put_failure(struct eg_writer *w, eg_status status, const char *why);
/**
 * Split an answer. Returns what the vault said: EG_OK with *result the rest, or its status with
 * *result the sentence. WIRE_BAD_MESSAGE: neither.
 */
EG_MUST_USE eg_status eg_vault_get_answer(struct eg_span answer, struct eg_span *result);

/* ---- requests ------------------------------------------------------------------------------- */

void eg_vault_put_ca(struct eg_writer *w, const struct eg_vault_ca_request *q);
EG_MUST_USE eg_status eg_vault_get_ca(struct eg_span body, struct eg_vault_ca_request *out);

void eg_vault_put_csr(struct eg_writer *w, const struct eg_vault_csr_request *q);
EG_MUST_USE eg_status eg_vault_get_csr(struct eg_span body, struct eg_vault_csr_request *out);

void eg_vault_put_crl(struct eg_writer *w, const struct eg_vault_crl_request *q);
/**
 * In two steps, since the list may be long: the first leaves out->revoked NULL and says how many
 * there are; the second fills room for that many and points out->revoked to it.
 */
EG_MUST_USE eg_status eg_vault_get_crl_head(struct eg_span body, struct eg_vault_crl_request *out,
                                            struct eg_span *out_list);
EG_MUST_USE eg_status eg_vault_get_crl_list(struct eg_span list, struct eg_vault_revoked *room,
                                            struct eg_vault_crl_request *out);

void eg_vault_put_cd(struct eg_writer *w, const struct eg_vault_cd_request *q);
EG_MUST_USE eg_status eg_vault_get_cd(struct eg_span body, struct eg_vault_cd_request *out);

void eg_vault_put_endpoint(struct eg_writer *w, const struct eg_vault_endpoint_request *q);
EG_MUST_USE eg_status eg_vault_get_endpoint(struct eg_span body,
                                            struct eg_vault_endpoint_request *out);

void eg_vault_put_responder(struct eg_writer *w, const struct eg_vault_responder_request *q);
EG_MUST_USE eg_status eg_vault_get_responder(struct eg_span body,
                                             struct eg_vault_responder_request *out);
void eg_vault_put_ocsp(struct eg_writer *w, const struct eg_vault_ocsp_request *q);
/** room: for EG_VAULT_OCSP_IDS_MAX. */
EG_MUST_USE eg_status eg_vault_get_ocsp(struct eg_span body, struct eg_vault_ocsp_single *room,
                                        struct eg_vault_ocsp_request *out);

void eg_vault_put_claim(struct eg_writer *w, const struct eg_vault_claim_request *q);
EG_MUST_USE eg_status eg_vault_get_claim(struct eg_span body, struct eg_vault_claim_request *out);
void eg_vault_put_claim_tag(struct eg_writer *w, const struct eg_vault_claim_tag_request *q);
/** room: for EG_VAULT_CLAIM_TAGS_MAX. */
EG_MUST_USE eg_status eg_vault_get_claim_tag(struct eg_span body, struct eg_span *room,
                                             struct eg_vault_claim_tag_request *out);

void eg_vault_put_service(struct eg_writer *w, const struct eg_vault_service_request *q);
EG_MUST_USE eg_status eg_vault_get_service(struct eg_span body,
                                           struct eg_vault_service_request *out);

void eg_vault_put_manifest(struct eg_writer *w, const struct eg_vault_manifest_request *q);
/** signers: room for EG_VAULT_SIGNERS_MAX. */
EG_MUST_USE eg_status eg_vault_get_manifest(struct eg_span body, struct eg_span *signers,
                                            struct eg_vault_manifest_request *out);

void eg_vault_put_secret(struct eg_writer *w, const struct eg_vault_secret_request *q);
EG_MUST_USE eg_status eg_vault_get_secret(struct eg_span body, struct eg_vault_secret_request *out);

struct eg_vault_generate_request {
    uint64_t company_id;
    uint8_t purpose; /* enum eg_vault_secret_purpose */
    uint32_t length; /* bytes */
};
void eg_vault_put_generate(struct eg_writer *w, const struct eg_vault_generate_request *q);
EG_MUST_USE eg_status eg_vault_get_generate(struct eg_span body,
                                            struct eg_vault_generate_request *out);

/** Room for everything a MAKE request lists; about 200 KiB, so not for a stack. */
struct eg_vault_make_room {
    struct eg_vault_ca cas[EG_VAULT_CAS_MAX];
    struct eg_vault_object objects[EG_VAULT_OBJECTS_MAX];
    struct eg_span chains[EG_VAULT_OBJECTS_MAX][EG_VAULT_CHAIN_MAX];
    struct eg_vault_device devices[EG_VAULT_DEVICES_MAX];
    struct eg_vault_given_key given[EG_VAULT_DEVICES_MAX][EG_VAULT_OBJECTS_MAX];
};

struct eg_vault_make_request {
    struct eg_vault_plan plan;
    const struct eg_vault_device *devices;
    size_t device_count; /* 1 .. EG_VAULT_DEVICES_MAX */
};

void eg_vault_put_make(struct eg_writer *w, const struct eg_vault_make_request *q);
EG_MUST_USE eg_status eg_vault_get_make(struct eg_span body, struct eg_vault_make_room *room,
                                        struct eg_vault_make_request *out);

/* ---- results -------------------------------------------------------------------------------- */

/** CA_CREATE and SERVICE_KEY_CREATE; CSR_CREATE with the request in place of the certificate. */
struct eg_vault_key_result {
    struct eg_span wrapped_key;
    struct eg_span certificate;
};
void eg_vault_put_key_result(struct eg_writer *w, const struct eg_vault_key_result *r);
EG_MUST_USE eg_status eg_vault_get_key_result(struct eg_span body, struct eg_vault_key_result *out);

/** CRL_SIGN, CD_SIGN and ENDPOINT_CERTIFY: what was signed, of at most max bytes. */
void eg_vault_put_signed(struct eg_writer *w, struct eg_span der);
EG_MUST_USE eg_status eg_vault_get_signed(struct eg_span body, size_t max, struct eg_span *out);

/** SECRET_IMPORT and SECRET_GENERATE. */
struct eg_vault_secret_result {
    struct eg_span wrapped;
    uint32_t length; /* bytes of the secret inside */
};
void eg_vault_put_secret_result(struct eg_writer *w, const struct eg_vault_secret_result *r);
EG_MUST_USE eg_status eg_vault_get_secret_result(struct eg_span body,
                                                 struct eg_vault_secret_result *out);

/** MANIFEST_OPEN: this head, then chip_count chips of EG_VAULT_CHIP_LEN bytes. */
enum {
    EG_VAULT_CHIP_LEN =
        EG_UUID_LEN + EG_VAULT_WRAPPED_ROOT_LEN + EG_VAULT_ROOT_TAG_LEN + 2 * EG_VAULT_POINT_LEN,
};
struct eg_vault_manifest_result {
    struct eg_span family;
    uint32_t signer; /* index into the signers of the request */
    uint32_t chip_count;
    struct eg_span chips; /* chip_count * EG_VAULT_CHIP_LEN bytes, eg_vault_get_chip() */
};
void eg_vault_put_manifest_head(struct eg_writer *w, struct eg_span family, uint32_t signer,
                                uint32_t chip_count);
void eg_vault_put_chip(struct eg_writer *w, const struct eg_vault_chip *chip);
EG_MUST_USE eg_status eg_vault_get_manifest_result(struct eg_span body,
                                                   struct eg_vault_manifest_result *out);
/** index below chip_count. */
void eg_vault_get_chip(const struct eg_vault_manifest_result *result, size_t index,
                       struct eg_vault_chip *out);

/**
 * MAKE: per device a status (u32), and when it is EG_OK per object three blocks: blob, certificate,
 * SPKI. The vault writes the blocks straight from where they are made.
 * devices: room for device_count; objects: room for device_count * object_count.
 */
EG_MUST_USE eg_status eg_vault_get_made(struct eg_span body, size_t device_count,
                                        size_t object_count, struct eg_vault_made_device *devices,
                                        struct eg_vault_made_object *objects);

#endif
