/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/session_device.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/object/claim.h"
#include "lib/object/recipe.h"

enum { LINE_MAX_LEN = 128, KEYS_ID = 0x70000010, READ_EMPTY = 0 };

/* ---- identity ---------------------------------------------------------------------------------
 */

static EVP_PKEY *key_from(const uint8_t priv[static EG_P256_SCALAR_LEN],
                          const uint8_t pub[static EG_P256_POINT_LEN])
{
    EVP_PKEY *key = NULL;
    BIGNUM *scalar = BN_bin2bn(priv, EG_P256_SCALAR_LEN, NULL);
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, scalar);
    OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, pub, EG_P256_POINT_LEN);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
    EVP_PKEY_fromdata_init(ctx);
    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    EVP_PKEY_CTX_free(ctx);
    BN_free(scalar);
    return key;
}

static void add_name(X509_NAME *name, const char *field, int type, const char *value)
{
    X509_NAME_add_entry_by_txt(name, field, type, (const unsigned char *)value, -1, -1, 0);
}

/** The shape of docs/protocol/device-session.md, as a device makes it. */
static X509 *certificate_of(EVP_PKEY *key, const struct eg_uuid *uuid)
{
    char hex[EG_UUID_HEX_LEN + 1];
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);
    eg_uuid_to_hex(uuid, hex);
    for (char *c = hex; *c != '\0'; c++) {
        *c = *c >= 'a' ? (char)(*c - 'a' + 'A') : *c;
    }
    add_name(name, "O", V_ASN1_UTF8STRING, "NXP");
    add_name(name, "OU", V_ASN1_UTF8STRING, "Plug and Trust");
    add_name(name, "CN", V_ASN1_UTF8STRING, "NXP_DIE_ID_AUTH");
    add_name(name, "serialNumber", V_ASN1_PRINTABLESTRING, hex);
    X509_set_version(cert, X509_VERSION_3);
    X509_set_issuer_name(cert, name);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    ASN1_TIME_set_string(X509_getm_notBefore(cert), "220101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(cert), "99991231235959Z");
    X509_set_pubkey(cert, key);
    X509_EXTENSION *usage =
        X509V3_EXT_nconf_nid(NULL, NULL, NID_key_usage, "critical,digitalSignature");
    X509_add_ext(cert, usage, -1);
    X509_EXTENSION_free(usage);
    X509_sign(cert, key, EVP_sha256());
    return cert;
}

static bool seal_claim(struct eg_crypto *c, const char *text, const char *claim_key,
                       struct sim_device *d)
{
    uint8_t point[EG_P256_POINT_LEN] = {0x04};
    struct eg_writer w;
    d->claim = malloc(EG_CLAIM_BLOB_MAX);
    eg_writer_init(&w, d->claim, EG_CLAIM_BLOB_MAX);
    if (d->claim == NULL ||
        !eg_ok(eg_hex_decode(eg_span_str(claim_key), point + 1, sizeof(point) - 1)) ||
        !eg_ok(eg_claim_seal(c, point, &d->uuid, eg_span_str(text), &w))) {
        return false;
    }
    d->claim_len = w.len;
    return true;
}

static bool make_device(struct eg_crypto *c, const char *line, struct sim_device *d)
{
    uint8_t die[EG_DIE_KEY_LEN], priv[EG_P256_SCALAR_LEN], pub[EG_P256_POINT_LEN];
    if (strlen(line) < EG_UUID_HEX_LEN + 1 + EG_HEX_LEN(EG_DIE_KEY_LEN) ||
        !eg_ok(eg_uuid_from_hex(eg_span(line, EG_UUID_HEX_LEN), &d->uuid)) ||
        !eg_ok(eg_hex_decode(eg_span(line + EG_UUID_HEX_LEN + 1, EG_HEX_LEN(EG_DIE_KEY_LEN)), die,
                             sizeof(die))) ||
        !eg_ok(eg_recipe_private(c, die, EG_RECIPE_CONNECTION, priv)) ||
        !eg_ok(eg_p256_public(c, priv, pub))) {
        return false;
    }
    d->key = key_from(priv, pub);
    d->certificate = d->key == NULL ? NULL : certificate_of(d->key, &d->uuid);
    return d->certificate != NULL;
}

size_t sim_devices_load(const char *path, const char *claim, const char *claim_key,
                        struct sim_device **out)
{
    char line[LINE_MAX_LEN];
    size_t count = 0, room = 0;
    struct eg_crypto *c = NULL;
    struct sim_device *all = NULL;
    FILE *f = fopen(path, "r");
    bool good = f != NULL && eg_ok(eg_crypto_new(&c));
    while (good && fgets(line, sizeof(line), f) != NULL) {
        if (count == room) {
            room = room == 0 ? 1024 : 2 * room;
            struct sim_device *bigger = realloc(all, room * sizeof(*all));
            good = bigger != NULL;
            all = good ? bigger : all;
        }
        if (good) {
            all[count] = (struct sim_device){.claim = NULL};
            good = make_device(c, line, &all[count]) &&
                   (claim == NULL || seal_claim(c, claim, claim_key, &all[count]));
            count++;
        }
    }
    if (f != NULL) {
        fclose(f);
    }
    eg_crypto_free(c);
    if (!good) {
        fprintf(stderr, "%s: line %zu cannot be used\n", path, count);
        return 0;
    }
    *out = all;
    return count;
}

/* ---- answers ----------------------------------------------------------------------------------
 */

static void answer_hello(struct eg_session_response *r)
{
    r->hello = (struct eg_session_hello){
        .version = 0x00010000,
        .response_buffer = 4096,
        .request_buffer = 16384,
        .many_requests = true,
        .endpoint_count = 4,
        .endpoints = {{.type = EG_ENDPOINT_AGENT, .version = 0x00010000, .request_crl = true},
                      {.type = EG_ENDPOINT_STORE_FILE,
                       .id = EG_SESSION_CONNECTION_STORE,
                       .version = 0x00010000,
                       .transactions = true},
                      {.type = EG_ENDPOINT_STORE_FILE, .version = 0x00010000, .transactions = true},
                      {.type = EG_ENDPOINT_KEYS_PSA, .id = KEYS_ID, .version = 0x00010000}},
    };
}

static void answer_read(const struct sim_device *d, const struct eg_session_request *rq,
                        struct eg_session_response *r)
{
    bool held = rq->id == EG_SESSION_CLAIM_OBJECT && d->claim != NULL && d->claim_len <= rq->length;
    r->status = held ? EG_PSA_SUCCESS : EG_PSA_DOES_NOT_EXIST;
    r->data = held ? eg_span(d->claim, d->claim_len) : eg_span(NULL, 0);
}

static void answer_one(const struct sim_device *d, const struct eg_session_request *rq,
                       struct eg_session_response *r)
{
    *r = (struct eg_session_response){.kind = rq->kind};
    switch (rq->kind) {
    case EG_SESSION_HELLO:
        answer_hello(r);
        break;
    case EG_SESSION_DATASTORE:
        r->status = EG_DATASTORE_STATUS_OK;
        break;
    case EG_SESSION_PSA_VERSION:
        r->version = 0x00010000;
        r->format_s50 = true;
        r->max_key = 10240;
        break;
    case EG_SESSION_PSA_READ:
        answer_read(d, rq, r);
        break;
    default:
        break; /* status 0 */
    }
}

bool sim_device_answer(const struct sim_device *d, struct eg_span message, struct eg_writer *w,
                       uint32_t *out_update)
{
    struct eg_session_iter it;
    struct eg_session_request rq;
    struct eg_session_response r;
    struct eg_session_report report;
    *out_update = 0;
    eg_session_iter_start(&it, message);
    while (eg_session_next_request(&it, &rq)) {
        if (rq.kind == EG_SESSION_GOODBYE) {
            if (!eg_ok(eg_session_report_read(rq.data, &report))) {
                return false;
            }
            *out_update = report.status;
        } else {
            answer_one(d, &rq, &r);
            eg_session_put_response(w, &r);
        }
    }
    return eg_ok(it.status) && eg_ok(w->status);
}
