/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/port/linux/enclave.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* ---- what all kinds share ---------------------------------------------------------------------
 */

static enum eg_agent_result sign(void *ctx, const uint8_t hash[EG_AGENT_HASH_LEN],
                                 uint8_t out[EG_AGENT_SIGNATURE_LEN])
{
    struct eg_port_enclave *e = ctx;
    return e->ops->sign_key(e, e->connection_key, hash, out) == EG_PORT_PSA_OK ? EG_AGENT_OK
                                                                               : EG_AGENT_ENCLAVE;
}

static enum eg_agent_result hash_start(void *ctx)
{
    struct eg_port_enclave *e = ctx;
    if (e->hash == NULL) {
        e->hash = EVP_MD_CTX_new();
    }
    return e->hash != NULL && EVP_DigestInit_ex(e->hash, EVP_sha256(), NULL) == 1
               ? EG_AGENT_OK
               : EG_AGENT_ENCLAVE;
}

static enum eg_agent_result hash_update(void *ctx, struct eg_agent_bytes piece)
{
    struct eg_port_enclave *e = ctx;
    return e->hash != NULL && EVP_DigestUpdate(e->hash, piece.ptr, piece.len) == 1
               ? EG_AGENT_OK
               : EG_AGENT_ENCLAVE;
}

static enum eg_agent_result hash_finish(void *ctx, uint8_t out[EG_AGENT_HASH_LEN])
{
    struct eg_port_enclave *e = ctx;
    return e->hash != NULL && EVP_DigestFinal_ex(e->hash, out, NULL) == 1 ? EG_AGENT_OK
                                                                          : EG_AGENT_ENCLAVE;
}

bool eg_port_signature_raw(struct eg_span der, uint8_t out[static EG_AGENT_SIGNATURE_LEN])
{
    const size_t half = EG_AGENT_SIGNATURE_LEN / 2;
    struct eg_reader r;
    eg_reader_init(&r, der);
    bool frame = eg_reader_u8(&r) == 0x30 && eg_reader_u8(&r) == r.rest.len;
    memset(out, 0, EG_AGENT_SIGNATURE_LEN);
    for (size_t i = 0; i < 2 && frame; i++) {
        frame = eg_reader_u8(&r) == 0x02;
        struct eg_span number = eg_reader_take(&r, eg_reader_u8(&r));
        while (number.len > 0 && number.ptr[0] == 0) {
            number = eg_span(number.ptr + 1, number.len - 1);
        }
        frame = frame && number.len <= half;
        if (frame && number.len > 0) {
            memcpy(out + (i + 1) * half - number.len, number.ptr, number.len);
        }
    }
    return frame && eg_ok(eg_reader_finish(&r));
}

/* ---- opening ----------------------------------------------------------------------------------
 */

static const struct {
    const char *scheme;
    enum eg_agent_result (*open)(const char *where, struct eg_port_enclave *out, char *why,
                                 size_t why_room);
} kinds[] = {
    {"vchip:", eg_port_vchip_open},
    {"psa:", eg_port_psa_open},
};

enum eg_agent_result eg_port_enclave_open(const char *spec, struct eg_port_enclave *out, char *why,
                                          size_t why_room)
{
    *out = (struct eg_port_enclave){.agent = {.sign = sign,
                                              .hash_start = hash_start,
                                              .hash_update = hash_update,
                                              .hash_finish = hash_finish,
                                              .crypto_version = 0x00010000,
                                              .max_key = EG_PORT_OBJECT_BYTES_MAX}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t len = strlen(kinds[i].scheme);
        if (strncmp(spec, kinds[i].scheme, len) == 0 && spec[len] != '\0') {
            return kinds[i].open(spec + len, out, why, why_room);
        }
    }
    (void)snprintf(why, why_room, "`%.200s` names no enclave; vchip:RUNDIR/<uuid> or psa:DIR does",
                   spec);
    return EG_AGENT_ARGUMENT;
}

void eg_port_enclave_close(struct eg_port_enclave *e)
{
    if (e->ops != NULL) {
        e->ops->close(e);
    }
    EVP_MD_CTX_free(e->hash);
    *e = (struct eg_port_enclave){.ops = NULL};
}
