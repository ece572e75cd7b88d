/* SPDX-License-Identifier: Apache-2.0 */
/* The application's socket: uses keys by id (docs/protocol/vchip.md, "Application socket"). */
#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "vchip/app_change.h"
#include "vchip/app_fields.h"
#include "vchip/device.h"

enum {
    OUT_ROOM = EG_LINE_MAX / 2, /* bytes of an answer before they become hexadecimal */
};

/* ---- operations ----------------------------------------------------------------------------- */

/* What an operation gets: key, decoded fields, room for the result. */
struct call {
    const struct eg_part *part;
    uint32_t key;
    struct eg_app_bytes message, hash, iv, data;
    enum eg_enclave_cipher cipher;
};

static enum eg_psa_status op_sign(const struct call *c, struct eg_writer *out)
{
    return eg_enclave_sign(c->part, c->key, eg_app_span(&c->message), out);
}
static enum eg_psa_status op_sign_hash(const struct call *c, struct eg_writer *out)
{
    return eg_enclave_sign_hash(c->part, c->key, eg_app_span(&c->hash), out);
}
static enum eg_psa_status op_public(const struct call *c, struct eg_writer *out)
{
    return eg_enclave_public(c->part, c->key, out);
}
static enum eg_psa_status op_encrypt(const struct call *c, struct eg_writer *out)
{
    return eg_enclave_encrypt(c->part, c->key, c->cipher, eg_app_span(&c->iv),
                              eg_app_span(&c->data), out);
}
static enum eg_psa_status op_decrypt(const struct call *c, struct eg_writer *out)
{
    return eg_enclave_decrypt(c->part, c->key, c->cipher, eg_app_span(&c->iv),
                              eg_app_span(&c->data), out);
}
static enum eg_psa_status op_mac(const struct call *c, struct eg_writer *out)
{
    return eg_enclave_mac(c->part, c->key, eg_app_span(&c->message), out);
}
static enum eg_psa_status op_read(const struct call *c, struct eg_writer *out)
{
    return eg_enclave_read(c->part, c->key, out);
}

static const struct op {
    const char *name;
    bool message, hash, cipher; /* which fields it takes besides the key */
    const char *result;
    enum eg_psa_status (*run)(const struct call *c, struct eg_writer *out);
} ops[] = {
    {"sign", true, false, false, "signature", op_sign},
    {"sign_hash", false, true, false, "signature", op_sign_hash},
    {"public", false, false, false, "spki", op_public},
    {"encrypt", false, false, true, "data", op_encrypt},
    {"decrypt", false, false, true, "data", op_decrypt},
    {"mac", true, false, false, "mac", op_mac},
    {"read", false, false, false, "data", op_read},
};

static bool cipher_fields(const json_t *request, struct call *call)
{
    const char *alg = json_string_value(json_object_get(request, "alg"));
    if (alg == NULL || (strcmp(alg, "CTR") != 0 && strcmp(alg, "CBC") != 0)) {
        return false;
    }
    call->cipher = strcmp(alg, "CTR") == 0 ? EG_ENCLAVE_CTR : EG_ENCLAVE_CBC;
    return eg_app_hex(request, "iv", &call->iv) && eg_app_hex(request, "data", &call->data);
}

static json_t *run_op(const struct op *op, struct eg_device *device, const json_t *request)
{
    struct call call = {.part = &device->part};
    json_t *reply = NULL;
    uint8_t *room = malloc(OUT_ROOM);
    bool fields = eg_app_number(request, "key", &call.key) &&
                  (!op->message || eg_app_hex(request, "message", &call.message)) &&
                  (!op->hash || eg_app_hex(request, "hash", &call.hash)) &&
                  (!op->cipher || cipher_fields(request, &call));
    if (room != NULL && fields) {
        struct eg_writer w;
        eg_writer_init(&w, room, OUT_ROOM);
        enum eg_psa_status status = op->run(&call, &w);
        reply = status == EG_PSA_SUCCESS ? eg_app_hex_answer(op->result, eg_writer_span(&w))
                                         : eg_app_error(status);
    } else if (room != NULL) {
        reply = eg_app_malformed();
    }
    eg_app_bytes_free(&call.message);
    eg_app_bytes_free(&call.hash);
    eg_app_bytes_free(&call.iv);
    eg_app_bytes_free(&call.data);
    if (room != NULL) {
        eg_wipe(room, OUT_ROOM);
    }
    free(room);
    return reply;
}

static json_t *info(struct eg_device *device)
{
    char uuid[EG_UUID_HEX_LEN + 1];
    eg_uuid_to_hex(&device->chip->uuid, uuid);
    return json_pack("{s:i, s:s, s:s, s:s, s:o, s:o}", "status", 0, "uuid", uuid, "family",
                     device->chip->family->name, "life_cycle", eg_device_life_cycle_name(device),
                     "boot", eg_device_boot_json(device), "last_result",
                     eg_device_result_json(device));
}

static json_t *list(struct eg_device *device)
{
    struct eg_enclave_view view;
    enum eg_psa_status status = eg_enclave_view_open(&device->part, &view);
    json_t *objects = json_array();
    for (size_t i = 0; i < view.count; i++) {
        const struct eg_vblob *b = &view.objects[i];
        (void)json_array_append_new(objects, json_pack("{s:I, s:I, s:I, s:i, s:I, s:I}", "id",
                                                       (json_int_t)b->id, "alg", (json_int_t)b->alg,
                                                       "usage", (json_int_t)b->usage, "type",
                                                       (int)b->type, "bits", (json_int_t)b->bits,
                                                       "lifetime", (json_int_t)b->lifetime));
    }
    eg_enclave_view_close(&view);
    if (status != EG_PSA_SUCCESS) {
        json_decref(objects);
        return eg_app_error(status);
    }
    return json_pack("{s:i, s:o}", "status", 0, "objects", objects);
}

static json_t *dispatch(struct eg_device *device, const char *name, const json_t *request)
{
    if (strcmp(name, "info") == 0) {
        return info(device);
    }
    if (strcmp(name, "list") == 0) {
        return list(device);
    }
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (strcmp(ops[i].name, name) == 0) {
            return run_op(&ops[i], device, request);
        }
    }
    return eg_app_change(&device->part, name, request);
}

/* What the application does before anything else after power or reset. */
static enum eg_psa_status start(struct eg_part *part)
{
    enum eg_psa_status status = EG_PSA_SUCCESS;
    if (!part->chip->powered) {
        return EG_PSA_COMMUNICATION_FAILURE;
    }
    if (!part->app_started) {
        status = eg_claim_box_take(part);
        part->app_started = status == EG_PSA_SUCCESS;
    }
    return status;
}

json_t *eg_app_handle(void *context, const json_t *request)
{
    struct eg_device *device = context;
    const char *name = json_string_value(json_object_get(request, "op"));
    enum eg_psa_status status = start(&device->part);
    if (status != EG_PSA_SUCCESS) {
        return eg_app_error(status);
    }
    return dispatch(device, name == NULL ? "" : name, request);
}
