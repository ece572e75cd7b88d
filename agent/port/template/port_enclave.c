/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/port/template/port.h"

static enum eg_agent_result result_of(bool good)
{
    return good ? EG_AGENT_OK : EG_AGENT_ENCLAVE;
}

static enum eg_agent_result uuid(void *ctx, uint8_t out[EG_AGENT_UUID_LEN])
{
    (void)ctx;
    return result_of(board_uuid(out));
}

static enum eg_agent_result public_key(void *ctx, uint8_t out[EG_AGENT_PUBLIC_KEY_LEN])
{
    (void)ctx;
    return result_of(board_public_key(BOARD_CONNECTION_KEY, out));
}

static enum eg_agent_result sign(void *ctx, const uint8_t hash[EG_AGENT_HASH_LEN],
                                 uint8_t out[EG_AGENT_SIGNATURE_LEN])
{
    (void)ctx;
    return result_of(board_sign(BOARD_CONNECTION_KEY, hash, out));
}

static enum eg_agent_result hash_start(void *ctx)
{
    (void)ctx;
    return result_of(board_sha256_start());
}

static enum eg_agent_result hash_update(void *ctx, struct eg_agent_bytes piece)
{
    (void)ctx;
    return result_of(board_sha256_update(piece.ptr, piece.len));
}

static enum eg_agent_result hash_finish(void *ctx, uint8_t out[EG_AGENT_HASH_LEN])
{
    (void)ctx;
    return result_of(board_sha256_finish(out));
}

static int32_t import_key(void *ctx, const struct eg_agent_key *key)
{
    (void)ctx;
    return board_import(key->id, key->type, key->usage, key->algorithm, key->lifetime, key->bits,
                        key->blob.ptr, key->blob.len);
}

static int32_t destroy_key(void *ctx, uint32_t id)
{
    (void)ctx;
    return board_destroy(id);
}

static int32_t read_object(void *ctx, uint32_t id, uint32_t offset, uint8_t *out, size_t len,
                           size_t *got)
{
    (void)ctx;
    return board_its_get(id, offset, out, len, got);
}

static int32_t remove_object(void *ctx, uint32_t id)
{
    (void)ctx;
    return board_its_remove(id);
}

/* Ids that this product keeps for keys of its own: the service may not touch them. */
static bool reserved(void *ctx, uint32_t id)
{
    (void)ctx;
    return id < 0x100;
}

const struct eg_agent_enclave port_enclave = {
    .uuid = uuid,
    .public_key = public_key,
    .sign = sign,
    .hash_start = hash_start,
    .hash_update = hash_update,
    .hash_finish = hash_finish,
    .import_key = import_key,
    .destroy_key = destroy_key,
    .read_object = read_object,
    .remove_object = remove_object,
    .reserved = reserved,
    .crypto_version = 0x00010000,
    .max_key = 2908, /* what TF-M's storage takes as it is configured by default */
};
