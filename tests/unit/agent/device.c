/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct eg_crypto *crypto;

/* Says why and ends the program, whoever runs the device: a test, a fuzz target or a benchmark. */
static _Noreturn void give_up(const char *why)
{
    fprintf(stderr, "the device of the test: %s\n", why);
    exit(EXIT_FAILURE);
}

static void must(eg_status st)
{
    if (!eg_ok(st)) {
        give_up(eg_status_info(st)->name);
    }
}

/* ---- line -------------------------------------------------------------------------------------
 */

static enum eg_agent_result line_open(void *ctx, const struct eg_agent_target *to, uint32_t limit)
{
    struct line *l = ctx;
    if (l->open != NULL || limit == 0) {
        give_up("opened twice, or without a limit");
    }
    strncpy(l->dialed[l->dials % 8], to->host, sizeof(l->dialed[0]) - 1);
    l->dials++;
    l->port = to->port;
    l->limit_ms = limit;
    l->certificate_len = to->certificate.len;
    memcpy(l->certificate, to->certificate.ptr, to->certificate.len);
    l->roots_len = to->roots.len < sizeof(l->roots) ? to->roots.len : sizeof(l->roots);
    memcpy(l->roots, to->roots.ptr, l->roots_len);
    for (size_t i = 0; i < HOSTS; i++) {
        struct host *h = &l->hosts[i];
        if (h->name != NULL && strcmp(h->name, to->host) == 0) {
            l->open = h->open == EG_AGENT_OK ? h : NULL;
            l->read_at = 0;
            return h->open;
        }
    }
    return EG_AGENT_NOT_CONNECTED;
}

static enum eg_agent_result line_read(void *ctx, uint8_t *out, size_t len, uint32_t limit,
                                      size_t *got)
{
    struct line *l = ctx;
    size_t left = l->open->said_len - l->read_at;
    size_t n = l->piece != 0 && len > l->piece ? l->piece : len;
    l->limit_ms = limit;
    *l->clock_ms += l->slow_ms < limit ? l->slow_ms : limit;
    if (limit == 0 || len == 0) {
        give_up("read without a limit or room");
    }
    if (l->slow_ms > limit) {
        return EG_AGENT_TIMEOUT;
    }
    if (left == 0) {
        return l->open->end;
    }
    n = n < left ? n : left;
    memcpy(out, l->open->said + l->read_at, n);
    l->read_at += n;
    *got = n;
    return EG_AGENT_OK;
}

static enum eg_agent_result line_write(void *ctx, const uint8_t *data, size_t len, uint32_t limit)
{
    struct line *l = ctx;
    l->limit_ms = limit;
    l->writes++;
    if (len > sizeof(l->heard) - l->heard_len) {
        return EG_AGENT_CLOSED;
    }
    memcpy(l->heard + l->heard_len, data, len);
    l->heard_len += len;
    return EG_AGENT_OK;
}

static enum eg_agent_result line_check_crl(void *ctx, struct eg_agent_bytes crl)
{
    struct line *l = ctx;
    (void)crl;
    l->crls++;
    return l->open->crl;
}

static void line_close(void *ctx, bool orderly)
{
    struct line *l = ctx;
    l->open = NULL;
    l->orderly = orderly;
}

const struct eg_agent_transport device_transport = {line_open, line_read, line_write,
                                                    line_check_crl, line_close};

/* ---- chip -------------------------------------------------------------------------------------
 */

static enum eg_agent_result chip_uuid(void *ctx, uint8_t out[EG_AGENT_UUID_LEN])
{
    memcpy(out, ((struct chip *)ctx)->uuid, EG_AGENT_UUID_LEN);
    return EG_AGENT_OK;
}

static enum eg_agent_result chip_public_key(void *ctx, uint8_t out[EG_AGENT_PUBLIC_KEY_LEN])
{
    memcpy(out, ((struct chip *)ctx)->point, EG_AGENT_PUBLIC_KEY_LEN);
    return EG_AGENT_OK;
}

/* DER of two INTEGERs to r and s of 32 bytes. */
static const uint8_t *take_integer(const uint8_t *der, uint8_t out[32])
{
    size_t len = der[1];
    const uint8_t *value = der + 2;
    size_t n = len > 32 ? 32 : len;
    memset(out, 0, 32);
    memcpy(out + 32 - n, value + len - n, n);
    return value + len;
}

static enum eg_agent_result chip_sign(void *ctx, const uint8_t hash[EG_AGENT_HASH_LEN],
                                      uint8_t out[EG_AGENT_SIGNATURE_LEN])
{
    struct chip *chip = ctx;
    uint8_t room[EG_SIGNATURE_LEN_MAX];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    must(eg_sign_digest(chip->key, eg_span(hash, EG_AGENT_HASH_LEN), &w));
    take_integer(take_integer(room + 2, out), out + 32);
    return EG_AGENT_OK;
}

static enum eg_agent_result chip_hash_start(void *ctx)
{
    ((struct chip *)ctx)->hashing_len = 0;
    return EG_AGENT_OK;
}

static enum eg_agent_result chip_hash_update(void *ctx, struct eg_agent_bytes piece)
{
    struct chip *chip = ctx;
    if (piece.len > sizeof(chip->hashing) - chip->hashing_len) {
        return EG_AGENT_ENCLAVE;
    }
    memcpy(chip->hashing + chip->hashing_len, piece.ptr, piece.len);
    chip->hashing_len += piece.len;
    return EG_AGENT_OK;
}

static enum eg_agent_result chip_hash_finish(void *ctx, uint8_t out[EG_AGENT_HASH_LEN])
{
    struct chip *chip = ctx;
    must(eg_hash(crypto, EG_HASH_SHA256, eg_span(chip->hashing, chip->hashing_len), out));
    return EG_AGENT_OK;
}

static size_t find_key(const struct chip *chip, uint32_t id)
{
    size_t i = 0;
    while (i < chip->key_count && chip->keys[i] != id) {
        i++;
    }
    return i;
}

static void touch(struct chip *chip, uint32_t id)
{
    chip->touched++;
    chip->last_id = id;
}

static int32_t chip_import(void *ctx, const struct eg_agent_key *key)
{
    struct chip *chip = ctx;
    touch(chip, key->id);
    chip->last_key = *key;
    if (chip->refuse != 0) {
        return chip->refuse;
    }
    if (find_key(chip, key->id) < chip->key_count) {
        return EG_PSA_ALREADY_EXISTS;
    }
    if (chip->key_count == KEYS) {
        return EG_PSA_INSUFFICIENT_STORAGE;
    }
    chip->keys[chip->key_count++] = key->id;
    return EG_PSA_SUCCESS;
}

static int32_t chip_destroy(void *ctx, uint32_t id)
{
    struct chip *chip = ctx;
    size_t i = find_key(chip, id);
    touch(chip, id);
    if (i == chip->key_count) {
        return EG_PSA_INVALID_HANDLE;
    }
    chip->keys[i] = chip->keys[--chip->key_count];
    return EG_PSA_SUCCESS;
}

static int32_t chip_read(void *ctx, uint32_t id, uint32_t offset, uint8_t *out, size_t len,
                         size_t *got)
{
    struct chip *chip = ctx;
    touch(chip, id);
    if (chip->claim_len == 0) {
        return EG_PSA_DOES_NOT_EXIST;
    }
    if (offset > chip->claim_len) {
        return EG_PSA_INVALID_ARGUMENT;
    }
    *got = len < chip->claim_len - offset ? len : chip->claim_len - offset;
    memcpy(out, chip->claim + offset, *got);
    return EG_PSA_SUCCESS;
}

static int32_t chip_remove(void *ctx, uint32_t id)
{
    struct chip *chip = ctx;
    int32_t status = chip->claim_len > 0 ? EG_PSA_SUCCESS : EG_PSA_DOES_NOT_EXIST;
    touch(chip, id);
    chip->claim_len = 0;
    return status;
}

static bool chip_reserved(void *ctx, uint32_t id)
{
    (void)ctx;
    return id >= 0x3FFF0200 && id < 0x3FFF0300;
}

const struct eg_agent_enclave device_enclave = {
    .uuid = chip_uuid,
    .public_key = chip_public_key,
    .sign = chip_sign,
    .hash_start = chip_hash_start,
    .hash_update = chip_hash_update,
    .hash_finish = chip_hash_finish,
    .import_key = chip_import,
    .destroy_key = chip_destroy,
    .read_object = chip_read,
    .remove_object = chip_remove,
    .reserved = chip_reserved,
    .crypto_version = 0x00010000,
    .max_key = 2048,
};

/* ---- flash ------------------------------------------------------------------------------------
 */

/* One step of a change; false once the power is gone. */
static bool step(struct flash *f)
{
    if (f->off || f->steps == f->left) {
        if (!f->off && f->lose_unsynced) {
            memcpy(f->now, f->synced, sizeof(f->now));
        }
        f->off = true;
        return false;
    }
    f->steps++;
    return true;
}

/* In four parts, each of which stays erased. */
static enum eg_agent_result flash_erase(void *ctx, unsigned slot)
{
    struct flash *f = ctx;
    for (size_t at = 0; at < SLOT_SIZE; at += SLOT_SIZE / 4) {
        if (!step(f)) {
            return EG_AGENT_STORE;
        }
        memset(f->now[slot] + at, 0xFF, SLOT_SIZE / 4);
        memset(f->synced[slot] + at, 0xFF, SLOT_SIZE / 4);
    }
    return EG_AGENT_OK;
}

static enum eg_agent_result flash_write(void *ctx, unsigned slot, uint32_t offset,
                                        struct eg_agent_bytes piece)
{
    struct flash *f = ctx;
    if (offset > SLOT_SIZE || piece.len > SLOT_SIZE - offset) {
        give_up("write outside the slot");
    }
    for (size_t i = 0; i < piece.len; i++) {
        if (!step(f)) {
            return EG_AGENT_STORE;
        }
        f->now[slot][offset + i] = piece.ptr[i];
    }
    return EG_AGENT_OK;
}

static enum eg_agent_result flash_sync(void *ctx, unsigned slot)
{
    struct flash *f = ctx;
    if (!step(f)) {
        return EG_AGENT_STORE;
    }
    memcpy(f->synced[slot], f->now[slot], SLOT_SIZE);
    return EG_AGENT_OK;
}

static enum eg_agent_result flash_read(void *ctx, unsigned slot, uint32_t offset, uint8_t *out,
                                       size_t len)
{
    struct flash *f = ctx;
    if (offset > SLOT_SIZE || len > SLOT_SIZE - offset) {
        give_up("read outside the slot");
    }
    memcpy(out, f->now[slot] + offset, len);
    return f->off ? EG_AGENT_STORE : EG_AGENT_OK;
}

const struct eg_agent_store device_store = {SLOT_SIZE, flash_erase, flash_write, flash_sync,
                                            flash_read};

static void flash_make(struct flash *f)
{
    memset(f, 0xFF, sizeof(*f));
    f->left = SIZE_MAX;
    f->steps = 0;
    f->lose_unsynced = false;
    f->off = false;
}

/* ---- device -----------------------------------------------------------------------------------
 */

static uint64_t clock_now(void *ctx)
{
    return ((struct device *)ctx)->clock_ms;
}

static void fixed_random(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    memset(out, 0x55, len);
}

void device_restart(struct device *d)
{
    struct flash *stores[] = {&d->connection, &d->services};
    for (size_t i = 0; i < 2; i++) {
        stores[i]->left = SIZE_MAX;
        stores[i]->off = false;
    }
    if (eg_agent_init(&d->agent, &d->config) != EG_AGENT_OK ||
        eg_agent_add_enclave(&d->agent, KEYSTORE, &device_enclave, &d->chip) != EG_AGENT_OK ||
        eg_agent_add_store(&d->agent, EG_AGENT_CONNECTION, &device_store, &d->connection) !=
            EG_AGENT_OK ||
        eg_agent_add_store(&d->agent, SERVICES, &device_store, &d->services) != EG_AGENT_OK) {
        give_up("the agent was not set up");
    }
}

void device_make(struct device *d, struct eg_crypto *c)
{
    uint8_t scalar[EG_P256_SCALAR_LEN];
    crypto = c;
    memset(d, 0, sizeof(*d));
    for (size_t i = 0; i < sizeof(d->chip.uuid); i++) {
        d->chip.uuid[i] = (uint8_t)(0xA0 + i);
    }
    must(eg_p256_generate(c, scalar, d->chip.point));
    must(eg_key_from_private(c, EG_KEY_P256, EG_SPAN_OF(scalar), &d->chip.key));
    flash_make(&d->connection);
    flash_make(&d->services);
    d->line.clock_ms = &d->clock_ms;
    for (size_t i = 0; i < HOSTS; i++) {
        d->line.hosts[i].end = EG_AGENT_CLOSED;
    }
    d->config = (struct eg_agent_config){
        .transport = &device_transport,
        .transport_ctx = &d->line,
        .now_ms = clock_now,
        .random = fixed_random,
        .ctx = d,
        .request_buffer = d->request,
        .request_size = sizeof(d->request),
        .response_buffer = d->response,
        .response_size = sizeof(d->response),
    };
    device_restart(d);
}

void device_free(struct device *d)
{
    eg_key_free(d->chip.key);
}

void device_hush(struct device *d)
{
    for (size_t i = 0; i < HOSTS; i++) {
        d->line.hosts[i].said_len = 0;
    }
    d->line.heard_len = 0;
    d->line.dials = 0;
    d->line.writes = 0;
    d->line.crls = 0;
    d->chip.touched = 0;
}

bool device_heard(const struct device *d, size_t index, struct eg_session_response *out)
{
    struct eg_span rest = eg_span(d->line.heard, d->line.heard_len);
    size_t used;
    size_t len;
    while (eg_ok(eg_session_get_prefix(rest, rest.len, &used, &len)) && len <= rest.len - used) {
        struct eg_session_iter it;
        eg_session_iter_start(&it, eg_span(rest.ptr + used, len));
        while (eg_session_next_response(&it, out)) {
            if (index-- == 0) {
                return true;
            }
        }
        rest = eg_span(rest.ptr + used + len, rest.len - used - len);
    }
    return false;
}

/* ---- what services say ------------------------------------------------------------------------
 */

void host_says_bytes(struct host *h, struct eg_span frame)
{
    if (frame.len > sizeof(h->said) - h->said_len) {
        give_up("the service says too much");
    }
    memcpy(h->said + h->said_len, frame.ptr, frame.len);
    h->said_len += frame.len;
}

void host_says(struct host *h, const struct eg_session_request *requests, size_t count)
{
    uint8_t room[4096];
    uint8_t prefix[EG_SESSION_PREFIX_MAX];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    for (size_t i = 0; i < count; i++) {
        eg_session_put_request(&w, &requests[i]);
    }
    must(w.status);
    host_says_bytes(h, eg_span(prefix, eg_session_put_prefix(prefix, w.len)));
    host_says_bytes(h, eg_writer_span(&w));
}

const struct eg_session_report report_success = {.status = EG_UPDATE_SUCCESS,
                                                 .parts = EG_REPORT_PART(EG_VOCABULARY_UPDATE)};

struct eg_session_request ask_hello(void)
{
    return (struct eg_session_request){.kind = EG_SESSION_HELLO,
                                       .endpoint_type = EG_ENDPOINT_AGENT,
                                       .version = EG_SESSION_VERSION_1_0_0,
                                       .buffer_size = 65536};
}

struct eg_session_request ask_crl(void)
{
    return (struct eg_session_request){
        .kind = EG_SESSION_CRL, .endpoint_type = EG_ENDPOINT_AGENT, .data = eg_span("a list", 6)};
}

struct eg_session_request ask_goodbye(const struct eg_session_report *report)
{
    return (struct eg_session_request){
        .kind = EG_SESSION_GOODBYE, .endpoint_type = EG_ENDPOINT_AGENT, .report = report};
}

struct eg_session_request ask_keys(enum eg_session_kind kind, uint32_t id)
{
    return (struct eg_session_request){.kind = kind,
                                       .endpoint_type = EG_ENDPOINT_KEYS_PSA,
                                       .endpoint_id = KEYSTORE,
                                       .id = id,
                                       .length = 512};
}

struct eg_session_request ask_import(uint32_t id)
{
    struct eg_session_request req = ask_keys(EG_SESSION_PSA_IMPORT, id);
    req.type = 0x7112;
    req.usage = 0x1400;
    req.algorithm = 0x060006FF;
    req.lifetime = 0xE0000101;
    req.bits = 256;
    req.format = EG_SESSION_KEY_FORMAT_S50;
    req.data = eg_span("a secure object", 15);
    return req;
}

struct eg_session_request ask_store(uint32_t store, uint32_t operation, uint32_t offset,
                                    uint32_t length, struct eg_span data)
{
    return (struct eg_session_request){.kind = EG_SESSION_DATASTORE,
                                       .endpoint_type = EG_ENDPOINT_STORE_FILE,
                                       .endpoint_id = store,
                                       .operation = operation,
                                       .offset = offset,
                                       .length = length,
                                       .data = data};
}

struct eg_span make_container(struct eg_crypto *c, uint8_t *room, size_t size,
                              const struct eg_service *services, size_t count)
{
    struct eg_writer w;
    eg_writer_init(&w, room, size);
    eg_container_begin(&w);
    for (size_t i = 0; i < count; i++) {
        eg_container_put(&w, &services[i]);
    }
    eg_container_end(&w, (uint32_t)count);
    must(w.status);
    must(eg_hash(c, EG_HASH_SHA256, eg_container_hashed(eg_writer_span(&w)), room));
    return eg_writer_span(&w);
}

struct eg_span make_connection(struct eg_crypto *c, uint8_t *room, size_t size,
                               const char *const *names, size_t count)
{
    struct eg_service services[4] = {{0}};
    for (size_t i = 0; i < count; i++) {
        services[i].typeless = true;
        services[i].hostname = eg_span_str(names[i]);
        services[i].port = 8444;
        services[i].server_certificate = eg_span("roots", 5);
    }
    return make_container(c, room, size, services, count);
}
