/* SPDX-License-Identifier: Apache-2.0 */
/* Enclave of a virtual chip: every operation is a request to its application. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/port/linux/enclave.h"
#include "agent/port/linux/vchip_socket.h"
#include "lib/base/uuid.h"

enum {
    CONNECTION_KEY = 0x7FFF816C,
    SIGNATURE_DER_MAX = 80,
    SPKI_MAX = 128,
};

static struct eg_vchip_socket *socket_of(void *ctx)
{
    return ((struct eg_port_enclave *)ctx)->state;
}

/* ---- identity ---------------------------------------------------------------------------------
 */

static enum eg_agent_result uuid(void *ctx, uint8_t out[EG_AGENT_UUID_LEN])
{
    json_t *answer;
    struct eg_uuid found;
    if (eg_vchip_ask(socket_of(ctx), json_pack("{s:s}", "op", "info"), &answer) != 0) {
        return EG_AGENT_ENCLAVE;
    }
    const char *hex = json_string_value(json_object_get(answer, "uuid"));
    bool ok = hex != NULL && eg_ok(eg_uuid_from_hex(eg_span_str(hex), &found));
    json_decref(answer);
    if (ok) {
        memcpy(out, found.bytes, EG_AGENT_UUID_LEN);
    }
    return ok ? EG_AGENT_OK : EG_AGENT_ENCLAVE;
}

/* The point is the end of a P-256 SubjectPublicKeyInfo. */
static enum eg_agent_result public_key(void *ctx, uint8_t out[EG_AGENT_PUBLIC_KEY_LEN])
{
    json_t *answer;
    uint8_t spki[SPKI_MAX];
    struct eg_writer w;
    eg_writer_init(&w, spki, sizeof(spki));
    if (eg_vchip_ask(socket_of(ctx),
                     json_pack("{s:s, s:I}", "op", "public", "key", (json_int_t)CONNECTION_KEY),
                     &answer) != 0) {
        return EG_AGENT_ENCLAVE;
    }
    bool ok = eg_vchip_hex(answer, "spki", &w) && w.len > EG_AGENT_PUBLIC_KEY_LEN &&
              spki[w.len - EG_AGENT_PUBLIC_KEY_LEN] == 0x04;
    json_decref(answer);
    if (ok) {
        memcpy(out, spki + w.len - EG_AGENT_PUBLIC_KEY_LEN, EG_AGENT_PUBLIC_KEY_LEN);
    }
    return ok ? EG_AGENT_OK : EG_AGENT_ENCLAVE;
}

static int32_t sign_key(struct eg_port_enclave *e, uint32_t key,
                        const uint8_t hash[static EG_AGENT_HASH_LEN],
                        uint8_t out[static EG_AGENT_SIGNATURE_LEN])
{
    json_t *answer;
    uint8_t der[SIGNATURE_DER_MAX];
    struct eg_writer w;
    eg_writer_init(&w, der, sizeof(der));
    int32_t status =
        eg_vchip_ask(socket_of(e),
                     json_pack("{s:s, s:I, s:o}", "op", "sign_hash", "key", (json_int_t)key, "hash",
                               eg_vchip_hex_text(eg_span(hash, EG_AGENT_HASH_LEN))),
                     &answer);
    if (status == 0 && (!eg_vchip_hex(answer, "signature", &w) ||
                        !eg_port_signature_raw(eg_writer_span(&w), out))) {
        status = EG_PORT_PSA_GENERIC_ERROR;
    }
    json_decref(answer);
    return status;
}

/* ---- objects ----------------------------------------------------------------------------------
 */

static int32_t import_key(void *ctx, const struct eg_agent_key *key)
{
    return eg_vchip_ask(socket_of(ctx),
                        json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "op", "import_key",
                                  "key", (json_int_t)key->id, "type", (json_int_t)key->type,
                                  "usage", (json_int_t)key->usage, "alg",
                                  (json_int_t)key->algorithm, "bits", (json_int_t)key->bits,
                                  "lifetime", (json_int_t)key->lifetime, "data",
                                  eg_vchip_hex_text(eg_span(key->blob.ptr, key->blob.len))),
                        NULL);
}

static int32_t destroy_key(void *ctx, uint32_t id)
{
    return eg_vchip_ask(socket_of(ctx),
                        json_pack("{s:s, s:I}", "op", "destroy_key", "key", (json_int_t)id), NULL);
}

static int32_t ask_hex(struct eg_vchip_socket *s, json_t *request, struct eg_writer *out)
{
    json_t *answer;
    int32_t status = eg_vchip_ask(s, request, &answer);
    if (status == 0 && !eg_vchip_hex(answer, "data", out)) {
        status = EG_PORT_PSA_INSUFFICIENT_STORAGE;
    }
    json_decref(answer);
    return status;
}

static int32_t read_object(void *ctx, uint32_t id, uint32_t offset, uint8_t *out, size_t len,
                           size_t *got)
{
    struct eg_writer w;
    eg_writer_init(&w, out, len);
    int32_t status =
        ask_hex(socket_of(ctx),
                json_pack("{s:s, s:I, s:I, s:I}", "op", "its_read", "id", (json_int_t)id, "offset",
                          (json_int_t)offset, "length", (json_int_t)len),
                &w);
    *got = status == 0 ? w.len : 0;
    return status;
}

static int32_t remove_object(void *ctx, uint32_t id)
{
    return eg_vchip_ask(socket_of(ctx),
                        json_pack("{s:s, s:I}", "op", "its_remove", "id", (json_int_t)id), NULL);
}

static int32_t write_object(struct eg_port_enclave *e, uint32_t id, struct eg_span data)
{
    return eg_vchip_ask(socket_of(e),
                        json_pack("{s:s, s:I, s:o}", "op", "its_write", "id", (json_int_t)id,
                                  "data", eg_vchip_hex_text(data)),
                        NULL);
}

static int32_t read_exportable(struct eg_port_enclave *e, uint32_t id, struct eg_writer *out)
{
    return ask_hex(socket_of(e), json_pack("{s:s, s:I}", "op", "read", "key", (json_int_t)id), out);
}

static uint32_t number(const json_t *o, const char *name)
{
    return (uint32_t)json_integer_value(json_object_get(o, name));
}

static int32_t list(struct eg_port_enclave *e, struct eg_port_object *out, size_t room,
                    size_t *count)
{
    json_t *answer;
    size_t i;
    const json_t *o;
    *count = 0;
    int32_t status = eg_vchip_ask(socket_of(e), json_pack("{s:s}", "op", "list"), &answer);
    json_array_foreach(json_object_get(answer, "objects"), i, o)
    {
        if (*count < room) {
            out[(*count)++] =
                (struct eg_port_object){number(o, "id"),  number(o, "type"), number(o, "usage"),
                                        number(o, "alg"), number(o, "bits"), number(o, "lifetime")};
        }
    }
    json_decref(answer);
    return status;
}

/* ---- opening ----------------------------------------------------------------------------------
 */

static void close_vchip(struct eg_port_enclave *e)
{
    eg_vchip_socket_cleanup(e->state);
    free(e->state);
}

static const struct eg_port_enclave_ops ops = {
    .sign_key = sign_key,
    .read = read_exportable,
    .list = list,
    .write_object = write_object,
    .close = close_vchip,
};

enum eg_agent_result eg_port_vchip_open(const char *where, struct eg_port_enclave *out, char *why,
                                        size_t why_room)
{
    char path[EG_VCHIP_PATH_MAX];
    uint8_t id[EG_AGENT_UUID_LEN];
    int n = snprintf(path, sizeof(path), "%s.app", where);
    out->state = calloc(1, sizeof(struct eg_vchip_socket));
    if (out->state == NULL || n < 0 || n >= (int)sizeof(path) ||
        !eg_vchip_socket_init(out->state, path)) {
        free(out->state);
        (void)snprintf(why, why_room, "the path %.150s.app is too long", where);
        return EG_AGENT_ARGUMENT;
    }
    out->ops = &ops;
    out->connection_key = CONNECTION_KEY;
    out->agent.uuid = uuid;
    out->agent.public_key = public_key;
    out->agent.import_key = import_key;
    out->agent.destroy_key = destroy_key;
    out->agent.read_object = read_object;
    out->agent.remove_object = remove_object;
    if (uuid(out, id) != EG_AGENT_OK) {
        (void)snprintf(why, why_room, "no virtual chip answers at %.150s", path);
        return EG_AGENT_ENCLAVE;
    }
    return EG_AGENT_OK;
}
