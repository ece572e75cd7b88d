/* SPDX-License-Identifier: Apache-2.0 */
/* Enclave in software: mbedTLS's PSA does the cryptography, files hold what was imported, sealed as
 * it came; it is opened for each use and wiped. */
#include <psa/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/port/linux/enclave.h"
#include "agent/port/linux/psa_files.h"
#include "agent/port/linux/psa_object.h"
#include "lib/base/secret.h"

enum {
    CONNECTION_KEY = 0x3FFF0201,
    LIFETIME_BLOB = (int)0xE0000101,
    ROOTS_FILE_MAX = 8192,
    ROOM = EG_PORT_OBJECT_BYTES_MAX,
};

struct state {
    struct eg_psa_roots roots; /* secret */
    psa_key_id_t connection;
    char objects[EG_PATH_MAX], storage[EG_PATH_MAX];
};

static struct state *state_of(void *ctx)
{
    return ((struct eg_port_enclave *)ctx)->state;
}

/* ---- identity ---------------------------------------------------------------------------------
 */

static enum eg_agent_result uuid(void *ctx, uint8_t out[EG_AGENT_UUID_LEN])
{
    memcpy(out, state_of(ctx)->roots.uuid, EG_AGENT_UUID_LEN);
    return EG_AGENT_OK;
}

static enum eg_agent_result public_key(void *ctx, uint8_t out[EG_AGENT_PUBLIC_KEY_LEN])
{
    size_t len = 0;
    psa_status_t status =
        psa_export_public_key(state_of(ctx)->connection, out, EG_AGENT_PUBLIC_KEY_LEN, &len);
    return status == PSA_SUCCESS && len == EG_AGENT_PUBLIC_KEY_LEN ? EG_AGENT_OK : EG_AGENT_ENCLAVE;
}

/* ---- one object in use ------------------------------------------------------------------------
 */

struct use {
    struct eg_file_bytes blob;
    struct eg_so so;
    uint8_t *plain; /* secret, ROOM bytes */
    size_t len;
};

static void use_close(struct use *u)
{
    eg_file_bytes_free(&u->blob);
    if (u->plain != NULL) {
        eg_wipe(u->plain, ROOM);
    }
    free(u->plain);
}

/* Read, check and open; close in any case. */
static int32_t use_open(const struct state *s, uint32_t id, struct use *u)
{
    struct eg_writer w;
    *u = (struct use){.len = 0};
    int32_t status = eg_psa_file_read(s->objects, id, &u->blob);
    if (status == PSA_SUCCESS) {
        status = eg_psa_object_check(&s->roots, eg_file_span(&u->blob), &u->so);
    }
    u->plain = malloc(ROOM);
    if (status != PSA_SUCCESS || u->plain == NULL) {
        return status != PSA_SUCCESS ? status : PSA_ERROR_INSUFFICIENT_MEMORY;
    }
    eg_writer_init(&w, u->plain, ROOM);
    status = eg_psa_object_open(&s->roots, &u->so, &w);
    u->len = w.len;
    return status;
}

static int32_t sign_hash(psa_key_id_t key, const uint8_t *hash, uint8_t *out)
{
    size_t len = 0;
    int32_t status = psa_sign_hash(key, PSA_ALG_ECDSA(PSA_ALG_SHA_256), hash, EG_AGENT_HASH_LEN,
                                   out, EG_AGENT_SIGNATURE_LEN, &len);
    return status == PSA_SUCCESS && len != EG_AGENT_SIGNATURE_LEN ? PSA_ERROR_INVALID_ARGUMENT
                                                                  : status;
}

static int32_t sign_key(struct eg_port_enclave *e, uint32_t id,
                        const uint8_t hash[static EG_AGENT_HASH_LEN],
                        uint8_t out[static EG_AGENT_SIGNATURE_LEN])
{
    const struct state *s = state_of(e);
    struct use u;
    uint32_t key = 0;
    if (id == CONNECTION_KEY) {
        return sign_hash(s->connection, hash, out);
    }
    int32_t status = use_open(s, id, &u);
    if (status == PSA_SUCCESS) {
        status = eg_psa_object_key(&u.so, eg_span(u.plain, u.len), &key);
    }
    if (status == PSA_SUCCESS) {
        status = sign_hash(key, hash, out);
        (void)psa_destroy_key(key);
    }
    use_close(&u);
    return status;
}

static int32_t read_exportable(struct eg_port_enclave *e, uint32_t id, struct eg_writer *out)
{
    struct use u;
    int32_t status = use_open(state_of(e), id, &u);
    if (status == PSA_SUCCESS &&
        ((u.so.usage & PSA_KEY_USAGE_EXPORT) == 0 || u.so.lifetime == (uint32_t)LIFETIME_BLOB)) {
        status = PSA_ERROR_NOT_PERMITTED;
    }
    if (status == PSA_SUCCESS) {
        eg_writer_bytes(out, eg_span(u.plain, u.len));
        status = eg_ok(out->status) ? PSA_SUCCESS : PSA_ERROR_INSUFFICIENT_STORAGE;
    }
    use_close(&u);
    return status;
}

/* ---- importing --------------------------------------------------------------------------------
 */

/* Opens, and what is a key is one that PSA takes. */
static int32_t prove(const struct state *s, const struct eg_so *so)
{
    struct eg_writer w;
    uint32_t key = 0;
    uint8_t *plain = malloc(ROOM);
    if (plain == NULL) {
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    }
    eg_writer_init(&w, plain, ROOM);
    int32_t status = eg_psa_object_open(&s->roots, so, &w);
    if (status == PSA_SUCCESS && so->key_type != PSA_KEY_TYPE_RAW_DATA) {
        status = eg_psa_object_key(so, eg_writer_span(&w), &key);
        (void)psa_destroy_key(key);
    }
    eg_wipe(plain, ROOM);
    free(plain);
    return status;
}

static int32_t vacant(const struct state *s, uint32_t id)
{
    uint32_t ids[EG_PORT_OBJECTS_MAX];
    size_t count;
    int32_t status = eg_psa_file_list(s->objects, ids, EG_PORT_OBJECTS_MAX, &count);
    for (size_t i = 0; i < count; i++) {
        if (ids[i] == id) {
            return PSA_ERROR_ALREADY_EXISTS;
        }
    }
    return status == PSA_SUCCESS && count == EG_PORT_OBJECTS_MAX ? PSA_ERROR_INSUFFICIENT_STORAGE
                                                                 : status;
}

static int32_t import_key(void *ctx, const struct eg_agent_key *key)
{
    const struct state *s = state_of(ctx);
    struct eg_span blob = eg_span(key->blob.ptr, key->blob.len);
    struct eg_so so;
    if (eg_psa_object_reserved(key->id)) {
        return PSA_ERROR_NOT_PERMITTED;
    }
    if (blob.len > EG_PORT_OBJECT_BYTES_MAX) {
        return PSA_ERROR_INSUFFICIENT_STORAGE;
    }
    int32_t status = eg_psa_object_check(&s->roots, blob, &so);
    if (status == PSA_SUCCESS && !eg_psa_object_is(&so, key)) {
        status = PSA_ERROR_INVALID_ARGUMENT;
    }
    if (status == PSA_SUCCESS) {
        status = prove(s, &so);
    }
    if (status == PSA_SUCCESS) {
        status = vacant(s, key->id);
    }
    return status == PSA_SUCCESS ? eg_psa_file_write(s->objects, key->id, blob) : status;
}

static int32_t destroy_key(void *ctx, uint32_t id)
{
    return eg_psa_object_reserved(id) ? PSA_ERROR_NOT_PERMITTED
                                      : eg_psa_file_remove(state_of(ctx)->objects, id);
}

/* ---- storage ----------------------------------------------------------------------------------
 */

static int32_t read_object(void *ctx, uint32_t id, uint32_t offset, uint8_t *out, size_t len,
                           size_t *got)
{
    struct eg_file_bytes file;
    int32_t status = eg_psa_file_read(state_of(ctx)->storage, id, &file);
    *got = 0;
    if (status == PSA_SUCCESS && offset > file.len) {
        status = PSA_ERROR_INVALID_ARGUMENT;
    }
    if (status == PSA_SUCCESS) {
        *got = file.len - offset < len ? file.len - offset : len;
        memcpy(out, file.ptr + offset, *got);
    }
    eg_file_bytes_free(&file);
    return status;
}

static int32_t remove_object(void *ctx, uint32_t id)
{
    return eg_psa_file_remove(state_of(ctx)->storage, id);
}

static int32_t write_object(struct eg_port_enclave *e, uint32_t id, struct eg_span data)
{
    return eg_psa_file_write(state_of(e)->storage, id, data);
}

static int32_t list(struct eg_port_enclave *e, struct eg_port_object *out, size_t room,
                    size_t *count)
{
    const struct state *s = state_of(e);
    uint32_t ids[EG_PORT_OBJECTS_MAX];
    size_t found = 0;
    int32_t status = eg_psa_file_list(s->objects, ids, EG_PORT_OBJECTS_MAX, &found);
    *count = 0;
    for (size_t i = 0; i < found && *count < room && status == PSA_SUCCESS; i++) {
        struct eg_file_bytes blob;
        struct eg_so so;
        if (eg_psa_file_read(s->objects, ids[i], &blob) == PSA_SUCCESS &&
            eg_psa_object_check(&s->roots, eg_file_span(&blob), &so) == PSA_SUCCESS) {
            out[(*count)++] = (struct eg_port_object){so.key_id,    so.key_type, so.usage,
                                                      so.algorithm, so.key_bits, so.lifetime};
        }
        eg_file_bytes_free(&blob);
    }
    return status;
}

/* ---- opening ----------------------------------------------------------------------------------
 */

static void close_psa(struct eg_port_enclave *e)
{
    struct state *s = e->state;
    (void)psa_destroy_key(s->connection);
    eg_wipe(s, sizeof(*s));
    free(s);
    mbedtls_psa_crypto_free();
}

static bool load_roots(struct state *s, const char *dir)
{
    char path[EG_PATH_MAX];
    struct eg_file_bytes text = {NULL, 0};
    bool good = eg_ok(eg_path_join(dir, "keys.txt", path, sizeof(path))) &&
                eg_ok(eg_file_read(path, ROOTS_FILE_MAX, &text)) &&
                eg_psa_roots_parse(eg_file_span(&text), &s->roots);
    eg_file_bytes_free(&text);
    return good;
}

static bool make_folders(struct state *s, const char *dir)
{
    return eg_ok(eg_path_join(dir, "objects", s->objects, sizeof(s->objects))) &&
           eg_ok(eg_path_join(dir, "storage", s->storage, sizeof(s->storage))) &&
           eg_ok(eg_file_make_dir(s->objects)) && eg_ok(eg_file_make_dir(s->storage));
}

static bool load_connection(struct state *s)
{
    psa_key_attributes_t a = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&a, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_algorithm(&a, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
    psa_set_key_usage_flags(&a, PSA_KEY_USAGE_SIGN_HASH);
    return psa_import_key(&a, s->roots.connection, sizeof(s->roots.connection), &s->connection) ==
           PSA_SUCCESS;
}

static const struct eg_port_enclave_ops ops = {
    .sign_key = sign_key,
    .read = read_exportable,
    .list = list,
    .write_object = write_object,
    .close = close_psa,
};

enum eg_agent_result eg_port_psa_open(const char *where, struct eg_port_enclave *out, char *why,
                                      size_t why_room)
{
    struct state *s = calloc(1, sizeof(*s));
    if (s == NULL || psa_crypto_init() != PSA_SUCCESS) {
        free(s);
        (void)snprintf(why, why_room, "mbedTLS's PSA does not start");
        return EG_AGENT_ENCLAVE;
    }
    out->state = s;
    out->ops = &ops;
    out->connection_key = CONNECTION_KEY;
    out->agent.uuid = uuid;
    out->agent.public_key = public_key;
    out->agent.import_key = import_key;
    out->agent.destroy_key = destroy_key;
    out->agent.read_object = read_object;
    out->agent.remove_object = remove_object;
    if (!load_roots(s, where) || !load_connection(s)) {
        (void)snprintf(why, why_room, "%.200s/keys.txt holds no root of trust", where);
        return EG_AGENT_ENCLAVE;
    }
    if (!make_folders(s, where)) {
        (void)snprintf(why, why_room, "%.200s cannot be written", where);
        return EG_AGENT_ENCLAVE;
    }
    return EG_AGENT_OK;
}
