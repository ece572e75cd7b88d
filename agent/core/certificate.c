/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate by which a device presents its connection key: X.509 v3, self-signed, serial 1,
 * O=NXP, OU=Plug and Trust, CN=NXP_DIE_ID_AUTH, serialNumber=UUID in upper-case hex, 2022 to 9999,
 * critical keyUsage digitalSignature, ECDSA with SHA-256 (docs/protocol/device-session.md).
 *
 * Everything but UUID, key and signature is constant and of constant length, so the parts are too.
 */
#include <string.h>

#include "agent/core/core.h"

enum { TBS_LEN = 389, INTEGER_MAX = 35, SIGNATURE_MAX = 7 + 2 * INTEGER_MAX };

/* TBSCertificate up to the issuer: version, serial number, algorithm. */
static const uint8_t tbs_start[] = {
    0x30, 0x82, 0x01, 0x81, 0xA0, 0x03, 0x02, 0x01, 0x02, 0x02, 0x01, 0x01,
    0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02,
};
/* A name up to the characters of its serialNumber. */
static const uint8_t name_start[] = {
    0x30, 0x6C, 0x31, 0x0C, 0x30, 0x0A, 0x06, 0x03, 0x55, 0x04, 0x0A, 0x0C, 0x03, 'N',  'X',  'P',
    0x31, 0x17, 0x30, 0x15, 0x06, 0x03, 0x55, 0x04, 0x0B, 0x0C, 0x0E, 'P',  'l',  'u',  'g',  ' ',
    'a',  'n',  'd',  ' ',  'T',  'r',  'u',  's',  't',  0x31, 0x18, 0x30, 0x16, 0x06, 0x03, 0x55,
    0x04, 0x03, 0x0C, 0x0F, 'N',  'X',  'P',  '_',  'D',  'I',  'E',  '_',  'I',  'D',  '_',  'A',
    'U',  'T',  'H',  0x31, 0x29, 0x30, 0x27, 0x06, 0x03, 0x55, 0x04, 0x05, 0x13, 0x20,
};
static const uint8_t validity[] = {
    0x30, 0x20, 0x17, 0x0D, '2', '2', '0', '1', '0', '1', '0', '0', '0', '0', '0', '0', 'Z',
    0x18, 0x0F, '9',  '9',  '9', '9', '1', '2', '3', '1', '2', '3', '5', '9', '5', '9', 'Z',
};
/* SubjectPublicKeyInfo of a P-256 key up to the point. */
static const uint8_t key_start[] = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01,
    0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
};
/* keyUsage: critical, digitalSignature alone. */
static const uint8_t extensions[] = {
    0xA3, 0x12, 0x30, 0x10, 0x30, 0x0E, 0x06, 0x03, 0x55, 0x1D,
    0x0F, 0x01, 0x01, 0xFF, 0x04, 0x04, 0x03, 0x02, 0x07, 0x80,
};
/* AlgorithmIdentifier ecdsa-with-SHA256 is a part of tbs_start. */
static const struct eg_span algorithm = {tbs_start + 12, 12};

static void put_name(struct eg_writer *w, const uint8_t uuid[EG_AGENT_UUID_LEN])
{
    static const char digits[] = "0123456789ABCDEF";
    eg_writer_bytes(w, EG_SPAN_OF(name_start));
    for (size_t i = 0; i < EG_AGENT_UUID_LEN; i++) {
        eg_writer_u8(w, (uint8_t)digits[uuid[i] >> 4]);
        eg_writer_u8(w, (uint8_t)digits[uuid[i] & 0x0F]);
    }
}

static void put_tbs(struct eg_writer *w, const uint8_t uuid[EG_AGENT_UUID_LEN],
                    const uint8_t key[EG_AGENT_PUBLIC_KEY_LEN])
{
    eg_writer_bytes(w, EG_SPAN_OF(tbs_start));
    put_name(w, uuid);
    eg_writer_bytes(w, EG_SPAN_OF(validity));
    put_name(w, uuid);
    eg_writer_bytes(w, EG_SPAN_OF(key_start));
    eg_writer_bytes(w, eg_span(key, EG_AGENT_PUBLIC_KEY_LEN));
    eg_writer_bytes(w, EG_SPAN_OF(extensions));
}

/* An unsigned number of 32 bytes: as few bytes as it needs, and a zero if the first would be
 * signed. */
static void put_integer(struct eg_writer *w, const uint8_t *number)
{
    size_t skip = 0;
    while (skip < 31 && number[skip] == 0) {
        skip++;
    }
    uint8_t zero = number[skip] >= 0x80 ? 1 : 0;
    eg_writer_u8(w, 0x02);
    eg_writer_u8(w, (uint8_t)(32 - skip + zero));
    if (zero != 0) {
        eg_writer_u8(w, 0);
    }
    eg_writer_bytes(w, eg_span(number + skip, 32 - skip));
}

/* BIT STRING of SEQUENCE of two INTEGER; each length is below 128. */
static void put_signature(struct eg_writer *w, const uint8_t signature[EG_AGENT_SIGNATURE_LEN])
{
    uint8_t room[2 * INTEGER_MAX];
    struct eg_writer numbers;
    eg_writer_init(&numbers, room, sizeof(room));
    put_integer(&numbers, signature);
    put_integer(&numbers, signature + 32);
    eg_writer_u8(w, 0x03);
    eg_writer_u8(w, (uint8_t)(numbers.len + 3));
    eg_writer_u8(w, 0x00);
    eg_writer_u8(w, 0x30);
    eg_writer_u8(w, (uint8_t)numbers.len);
    eg_writer_bytes(w, eg_writer_span(&numbers));
}

static eg_agent_result sign_tbs(struct eg_agent *agent, const struct eg_writer *tbs,
                                uint8_t signature[EG_AGENT_SIGNATURE_LEN])
{
    const struct eg_agent_enclave_slot *e = agent_identity(agent);
    uint8_t hash[EG_AGENT_HASH_LEN];
    AGENT_TRY(agent_hash(agent, agent_bytes(tbs->ptr, tbs->len), hash));
    return e->ops->sign(e->ctx, hash, signature);
}

eg_agent_result eg_agent_certificate(struct eg_agent *agent, uint8_t *room, size_t room_size,
                                     size_t *len)
{
    const struct eg_agent_enclave_slot *e = agent_identity(agent);
    uint8_t uuid[EG_AGENT_UUID_LEN];
    uint8_t key[EG_AGENT_PUBLIC_KEY_LEN];
    uint8_t signature[EG_AGENT_SIGNATURE_LEN];
    struct eg_writer w;
    *len = 0;
    if (e == NULL) {
        return EG_AGENT_ARGUMENT;
    }
    if (room_size < EG_AGENT_CERTIFICATE_MAX) {
        return EG_AGENT_TOO_LARGE;
    }
    AGENT_TRY(e->ops->uuid(e->ctx, uuid));
    AGENT_TRY(e->ops->public_key(e->ctx, key));
    /* Room for the outer header, whose length is known last but always takes two bytes. */
    eg_writer_init(&w, room + 4, room_size - 4);
    put_tbs(&w, uuid, key);
    AGENT_TRY(sign_tbs(agent, &w, signature));
    eg_writer_bytes(&w, algorithm);
    put_signature(&w, signature);
    room[0] = 0x30;
    room[1] = 0x82;
    room[2] = (uint8_t)(w.len >> 8);
    room[3] = (uint8_t)w.len;
    *len = w.len + 4;
    return EG_AGENT_OK;
}

_Static_assert(sizeof(tbs_start) + 2 * (sizeof(name_start) + 2 * (size_t)EG_AGENT_UUID_LEN) +
                       sizeof(validity) + sizeof(key_start) + EG_AGENT_PUBLIC_KEY_LEN +
                       sizeof(extensions) ==
                   (size_t)TBS_LEN,
               "the length in tbs_start is that of its parts");
_Static_assert(4 + (int)TBS_LEN + 12 + (int)SIGNATURE_MAX <= (int)EG_AGENT_CERTIFICATE_MAX,
               "a certificate always fits");
