/* SPDX-License-Identifier: Apache-2.0 */
/* connect and inject-claim: what a device is given once, in production. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/port/linux/device.h"
#include "agent/port/linux/verbs.h"
#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "lib/object/claim.h"
#include "lib/os/file.h"

enum {
    ROOTS_MAX = 16384,
    SMALL_FILE_MAX = 1024,
    POINT_XY_LEN = EG_P256_POINT_LEN - 1,
};

/* Open the device, do one thing, say how it went. */
static int with_device(const struct eg_options *o, bool (*run)(struct eg_device *d))
{
    struct eg_device *d = malloc(sizeof(*d));
    if (d == NULL) {
        return eg_verb_fail(o, EG_AGENT_EXIT_SETUP, "out of memory");
    }
    int code = 0;
    if (eg_device_open(d, o, EG_DEVICE_ALONE, -1) != EG_AGENT_OK || !run(d)) {
        code = eg_verb_fail(o, EG_AGENT_EXIT_SETUP, d->why);
    } else if (o->json) {
        (void)puts("{\"ok\":true}");
    } else {
        (void)puts("ok");
    }
    eg_device_close(d);
    free(d);
    return code;
}

static bool say(struct eg_device *d, const char *why)
{
    (void)snprintf(d->why, sizeof(d->why), "%s", why);
    return false;
}

/* ---- connect ----------------------------------------------------------------------------------
 */

static bool connect_to(struct eg_device *d)
{
    static uint8_t roots[ROOTS_MAX];
    const struct eg_options *o = d->options;
    struct eg_writer w;
    eg_writer_init(&w, roots, sizeof(roots));
    if (o->host[0] == '\0' || o->port == 0 || o->port > UINT16_MAX) {
        return say(d, "--host, --port and --roots are needed");
    }
    if (!eg_device_read_roots(d, o->roots, &w)) {
        return false;
    }
    enum eg_agent_result result = eg_agent_connect_to(&d->agent, o->host, (uint16_t)o->port,
                                                      (struct eg_agent_bytes){roots, w.len});
    return result == EG_AGENT_OK ? true : say(d, eg_agent_result_text(result));
}

int eg_verb_connect(const struct eg_options *o, int count, char **words)
{
    (void)count, (void)words;
    return with_device(o, connect_to);
}

/* ---- inject-claim -----------------------------------------------------------------------------
 */

static size_t trimmed(const uint8_t *text, size_t len)
{
    while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL) {
        len--;
    }
    return len;
}

/* A small file, or standard input for "-", without white space at its end. Secret: out. */
static bool read_small(const char *path, uint8_t out[static SMALL_FILE_MAX], size_t *len)
{
    struct eg_file_bytes file = {NULL, 0};
    if (strcmp(path, "-") == 0) {
        *len = trimmed(out, fread(out, 1, SMALL_FILE_MAX, stdin));
        return true;
    }
    bool done = eg_ok(eg_file_read(path, SMALL_FILE_MAX, &file));
    if (done) {
        memcpy(out, file.ptr, file.len);
        *len = trimmed(out, file.len);
    }
    eg_file_bytes_free(&file);
    return done;
}

static bool read_claim_key(const char *path, uint8_t point[static EG_P256_POINT_LEN])
{
    uint8_t text[SMALL_FILE_MAX];
    size_t len = 0;
    point[0] = 0x04;
    return read_small(path, text, &len) && len == EG_HEX_LEN(POINT_XY_LEN) &&
           eg_ok(eg_hex_decode(eg_span(text, len), point + 1, POINT_XY_LEN));
}

static bool seal_and_store(struct eg_device *d, struct eg_span code, const uint8_t *point)
{
    uint8_t blob[EG_CLAIM_BLOB_MAX];
    struct eg_uuid uuid;
    struct eg_writer w;
    struct eg_crypto *c = NULL;
    eg_writer_init(&w, blob, sizeof(blob));
    if (!eg_ok(eg_crypto_new(&c)) ||
        d->enclave.agent.uuid(&d->enclave, uuid.bytes) != EG_AGENT_OK) {
        eg_crypto_free(c);
        return say(d, "the enclave or the cryptography does not answer");
    }
    eg_status st = eg_claim_seal(c, point, &uuid, code, &w);
    eg_crypto_free(c);
    if (!eg_ok(st)) {
        return say(d, eg_status_info(st)->cause);
    }
    return d->enclave.ops->write_object(&d->enclave, EG_AGENT_CLAIM_OBJECT, eg_writer_span(&w)) ==
                   EG_PORT_PSA_OK
               ? true
               : say(d, "the enclave does not take the claim code");
}

static bool inject(struct eg_device *d)
{
    uint8_t code[SMALL_FILE_MAX];
    uint8_t point[EG_P256_POINT_LEN];
    size_t len = 0;
    const struct eg_options *o = d->options;
    if (o->code_file[0] == '\0' || o->claim_key_file[0] == '\0') {
        return say(d, "--code-file and --claim-key-file are needed");
    }
    if (!read_claim_key(o->claim_key_file, point)) {
        return say(d, "the claim key must be 128 hexadecimal digits: X and Y");
    }
    bool done = read_small(o->code_file, code, &len) && eg_claim_text_ok(eg_span(code, len))
                    ? seal_and_store(d, eg_span(code, len), point)
                    : say(d, "that is no claim code: 16 to 255 characters of base64");
    eg_wipe(code, sizeof(code));
    return done;
}

int eg_verb_inject_claim(const struct eg_options *o, int count, char **words)
{
    (void)count, (void)words;
    return with_device(o, inject);
}
