/* SPDX-License-Identifier: Apache-2.0 */
/* The application's socket: uses keys by id (docs/protocol/vchip.md, "Application socket"). */
#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "vchip/device.h"
#include "vchip/enclave.h"

enum {
    OUT_ROOM = EG_LINE_MAX / 2, /* bytes of an answer before they become hexadecimal */
};

/* ---- fields --------------------------------------------------------------------------------- */

static bool key_field(const json_t *request, uint32_t *out)
{
    const json_t *v = json_object_get(request, "key");
    json_int_t n = json_is_integer(v) ? json_integer_value(v) : -1;
    if (n < 0 || n > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)n;
    return true;
}

/* Hexadecimal field into heap bytes; the caller wipes and frees. */
struct bytes {
    uint8_t *ptr;
    size_t len;
};

static bool hex_field(const json_t *request, const char *name, struct bytes *out)
{
    const json_t *v = json_object_get(request, name);
    size_t digits = json_string_length(v);
    *out = (struct bytes){0};
    if (!json_is_string(v) || digits % 2 != 0) {
        return false;
    }
    out->ptr = malloc(digits / 2 + 1);
    out->len = digits / 2;
    return out->ptr != NULL &&
           eg_ok(eg_hex_decode(eg_span(json_string_value(v), digits), out->ptr, out->len));
}

static void bytes_free(struct bytes *b)
{
    if (b->ptr != NULL) {
        eg_wipe(b->ptr, b->len);
    }
    free(b->ptr);
}

static struct eg_span bytes_span(const struct bytes *b)
{
    return eg_span(b->ptr, b->len);
}

/* ---- answers -------------------------------------------------------------------------------- */

static const struct {
    enum eg_psa_status status;
    const char *text;
} psa_texts[] = {
    {EG_PSA_NOT_PERMITTED, "the object's policy or life cycle does not permit this"},
    {EG_PSA_NOT_SUPPORTED, "the enclave does not support this"},
    {EG_PSA_INVALID_ARGUMENT, "the arguments do not fit the object"},
    {EG_PSA_DOES_NOT_EXIST, "there is no such object"},
    {EG_PSA_COMMUNICATION_FAILURE, "the chip has no power"},
    {EG_PSA_INVALID_SIGNATURE, "the object is damaged or not sealed by this chip"},
};

static json_t *psa_error(enum eg_psa_status status)
{
    for (size_t i = 0; i < sizeof(psa_texts) / sizeof(psa_texts[0]); i++) {
        if (psa_texts[i].status == status) {
            return eg_line_error(status, psa_texts[i].text);
        }
    }
    return eg_line_error(status, "the enclave failed");
}

static json_t *hex_answer(const char *field, struct eg_span data)
{
    char *text = malloc(EG_HEX_LEN(data.len) + 1);
    if (text == NULL) {
        return NULL;
    }
    eg_hex_encode(data, text);
    json_t *reply = json_pack("{s:i, s:s}", "status", 0, field, text);
    eg_wipe(text, EG_HEX_LEN(data.len));
    free(text);
    return reply;
}

static json_t *answer(enum eg_psa_status status, const char *field, struct eg_span data)
{
    return status == EG_PSA_SUCCESS ? hex_answer(field, data) : psa_error(status);
}

/* ---- operations ----------------------------------------------------------------------------- */

/* What an operation gets: key, decoded fields, room for the result. */
struct call {
    const struct eg_part *part;
    uint32_t key;
    struct bytes message, iv, data;
    enum eg_enclave_cipher cipher;
};

static enum eg_psa_status op_sign(const struct call *c, struct eg_writer *out)
{
    return eg_enclave_sign(c->part, c->key, bytes_span(&c->message), out);
}
static enum eg_psa_status op_public(const struct call *c, struct eg_writer *out)
{
    return eg_enclave_public(c->part, c->key, out);
}
static enum eg_psa_status op_encrypt(const struct call *c, struct eg_writer *out)
{
    return eg_enclave_encrypt(c->part, c->key, c->cipher, bytes_span(&c->iv), bytes_span(&c->data),
                              out);
}
static enum eg_psa_status op_decrypt(const struct call *c, struct eg_writer *out)
{
    return eg_enclave_decrypt(c->part, c->key, c->cipher, bytes_span(&c->iv), bytes_span(&c->data),
                              out);
}
static enum eg_psa_status op_mac(const struct call *c, struct eg_writer *out)
{
    return eg_enclave_mac(c->part, c->key, bytes_span(&c->message), out);
}
static enum eg_psa_status op_read(const struct call *c, struct eg_writer *out)
{
    return eg_enclave_read(c->part, c->key, out);
}

static const struct op {
    const char *name;
    bool message, cipher; /* which fields it takes besides the key */
    const char *result;
    enum eg_psa_status (*run)(const struct call *c, struct eg_writer *out);
} ops[] = {
    {"sign", true, false, "signature", op_sign},  {"public", false, false, "spki", op_public},
    {"encrypt", false, true, "data", op_encrypt}, {"decrypt", false, true, "data", op_decrypt},
    {"mac", true, false, "mac", op_mac},          {"read", false, false, "data", op_read},
};

static bool cipher_fields(const json_t *request, struct call *call)
{
    const char *alg = json_string_value(json_object_get(request, "alg"));
    if (alg == NULL || (strcmp(alg, "CTR") != 0 && strcmp(alg, "CBC") != 0)) {
        return false;
    }
    call->cipher = strcmp(alg, "CTR") == 0 ? EG_ENCLAVE_CTR : EG_ENCLAVE_CBC;
    return hex_field(request, "iv", &call->iv) && hex_field(request, "data", &call->data);
}

static json_t *run_op(const struct op *op, struct eg_device *device, const json_t *request)
{
    struct call call = {.part = &device->part};
    json_t *reply = NULL;
    uint8_t *room = malloc(OUT_ROOM);
    bool fields = key_field(request, &call.key) &&
                  (!op->message || hex_field(request, "message", &call.message)) &&
                  (!op->cipher || cipher_fields(request, &call));
    if (room != NULL && fields) {
        struct eg_writer w;
        eg_writer_init(&w, room, OUT_ROOM);
        enum eg_psa_status status = op->run(&call, &w);
        reply = answer(status, op->result, eg_writer_span(&w));
    } else if (room != NULL) {
        reply = eg_line_error(EG_PSA_INVALID_ARGUMENT, "a field is missing or malformed");
    }
    bytes_free(&call.message);
    bytes_free(&call.iv);
    bytes_free(&call.data);
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
        return psa_error(status);
    }
    return json_pack("{s:i, s:o}", "status", 0, "objects", objects);
}

json_t *eg_app_handle(void *context, const json_t *request)
{
    struct eg_device *device = context;
    const char *name = json_string_value(json_object_get(request, "op"));
    if (!device->chip->powered) {
        return psa_error(EG_PSA_COMMUNICATION_FAILURE);
    }
    if (name != NULL && strcmp(name, "info") == 0) {
        return info(device);
    }
    if (name != NULL && strcmp(name, "list") == 0) {
        return list(device);
    }
    for (size_t i = 0; name != NULL && i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (strcmp(ops[i].name, name) == 0) {
            return run_op(&ops[i], device, request);
        }
    }
    return eg_line_error(EG_PSA_NOT_SUPPORTED, "unknown op");
}
