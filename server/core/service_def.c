/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/service_def.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/hostname.h"
#include "lib/crypto/x509.h"
#include "lib/wire/session/session_types.h"

enum {
    PORT_MAX = 65535,
    PEM_MAX = 16384,
    ROOTS_COUNT_MAX = 8,
    MQTTS_PORT = 8883,
    HTTPS_PORT = 8443
};

#define AZURE_ENDPOINT "global.azure-devices-provisioning.net"

static const struct {
    const char *name;
    uint32_t value;
} PROTOCOLS[] = {
    {"HTTPS", EG_PROTOCOL_HTTPS}, {"MQTTS", EG_PROTOCOL_MQTTS}, {"AMQPS", EG_PROTOCOL_AMQPS}};

/* What each type takes. */
struct kind {
    const char *name;
    uint32_t type;
    bool host, azure, keys;    /* hostname needed; Azure's members; key and certificate needed */
    const char *host_end;      /* what a host name must end with; NULL: anything */
    uint32_t protocols;        /* bit n: protocol n is allowed */
    uint32_t protocol_default; /* 0: must be said */
};
#define ALLOW(protocol) (1u << (protocol))
static const struct kind KINDS[] = {
    {"CUSTOM", EG_SERVICE_CUSTOM, true, false, false, NULL,
     ALLOW(EG_PROTOCOL_HTTPS) | ALLOW(EG_PROTOCOL_MQTTS), 0},
    {"AWS", EG_SERVICE_AWS, true, false, true, ".amazonaws.com",
     ALLOW(EG_PROTOCOL_HTTPS) | ALLOW(EG_PROTOCOL_MQTTS), EG_PROTOCOL_MQTTS},
    {"AZURE", EG_SERVICE_AZURE, false, true, true, NULL,
     ALLOW(EG_PROTOCOL_HTTPS) | ALLOW(EG_PROTOCOL_MQTTS) | ALLOW(EG_PROTOCOL_AMQPS),
     EG_PROTOCOL_MQTTS},
};

uint32_t eg_service_protocol(const char *name)
{
    for (size_t i = 0; i < sizeof(PROTOCOLS) / sizeof(PROTOCOLS[0]); i++) {
        if (strcmp(PROTOCOLS[i].name, name) == 0) {
            return PROTOCOLS[i].value;
        }
    }
    return 0;
}

static const struct kind *kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
        if (name != NULL && strcmp(KINDS[i].name, name) == 0) {
            return &KINDS[i];
        }
    }
    return NULL;
}

static const char *text(struct eg_json_in *in, const char *name)
{
    const char *found = eg_json_text(in, name, EG_JSON_OPTIONAL, 1, EG_SERVICE_TEXT_MAX);
    return found == NULL ? "" : found;
}

/* ---- roots ------------------------------------------------------------------------------------
 */

static bool add_root(struct eg_span pem, struct eg_writer *w)
{
    return eg_ok(eg_x509_from_pem(pem, w));
}

bool eg_service_roots(const char *pem, struct eg_arena *arena, struct eg_span *out)
{
    static const char end[] = "-----END CERTIFICATE-----";
    struct eg_writer w;
    size_t count = 0;
    eg_writer_init(&w, eg_arena_alloc(arena, EG_SERVICE_ROOTS_MAX), EG_SERVICE_ROOTS_MAX);
    *out = eg_span(NULL, 0);
    if (w.ptr == NULL) {
        return false;
    }
    for (const char *stop = strstr(pem, end); stop != NULL; stop = strstr(pem, end)) {
        stop += sizeof(end) - 1;
        if (++count > ROOTS_COUNT_MAX || !add_root(eg_span(pem, (size_t)(stop - pem)), &w)) {
            return false;
        }
        pem = stop;
    }
    *out = eg_writer_span(&w);
    return count > 0 && eg_ok(w.status) && strspn(pem, " \r\n\t") == strlen(pem);
}

static void read_roots(struct eg_json_in *in, struct eg_arena *arena, struct eg_service_def *out)
{
    if (!eg_json_has(in, "serverRoots")) {
        return;
    }
    const json_t *pem = json_object_get(in->object, "serverRoots");
    if (!json_is_string(pem) || json_string_length(pem) > PEM_MAX ||
        !eg_service_roots(json_string_value(pem), arena, &out->roots)) {
        eg_json_refuse(in, "serverRoots", "1 to 8 certificates in PEM form are needed");
    }
}

static void read_metadata(struct eg_json_in *in, struct eg_arena *arena, struct eg_service_def *out)
{
    const json_t *metadata = json_object_get(in->object, "metadata");
    out->metadata = eg_arena_alloc(arena, EG_SERVICE_METADATA_MAX + 1);
    if (out->metadata == NULL) {
        eg_json_refuse(in, "metadata", "there is no memory for it");
        return;
    }
    out->metadata[0] = '\0';
    if (metadata == NULL || json_is_null(metadata)) {
        return;
    }
    size_t len = json_is_object(metadata)
                     ? json_dumpb(metadata, out->metadata, EG_SERVICE_METADATA_MAX, JSON_COMPACT)
                     : 0;
    if (len == 0 || len > EG_SERVICE_METADATA_MAX) {
        eg_json_refuse(in, "metadata", "an object of at most 2048 bytes of JSON is needed");
        len = 0;
    }
    out->metadata[len] = '\0';
}

/* ---- judging ----------------------------------------------------------------------------------
 */

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n > m && eg_hostname_equal(eg_span(name + n - m + 1, m - 1), eg_span_str(end + 1)) &&
           name[n - m] == '.';
}

static void judge_host(struct eg_json_in *in, const struct kind *k, struct eg_service_def *d)
{
    if (!k->host) {
        if (d->hostname[0] != '\0' || d->port != 0) {
            eg_json_refuse(in, "hostname", "this type takes globalDeviceEndpoint instead");
        }
        return;
    }
    if (!eg_hostname_valid(eg_span_str(d->hostname))) {
        eg_json_refuse(in, "hostname", "a host name is needed");
    } else if (k->host_end != NULL && !ends_with(d->hostname, k->host_end) &&
               !ends_with(d->hostname, ".amazonaws.com.cn")) {
        eg_json_refuse(in, "hostname", "the endpoint of AWS IoT, ...amazonaws.com, is needed");
    }
    if (d->port == 0 && k->host_end == NULL) {
        eg_json_refuse(in, "port", "a number of 1 to 65535 is needed");
    } else if (d->port == 0) {
        d->port = d->protocol == EG_PROTOCOL_HTTPS ? HTTPS_PORT : MQTTS_PORT;
    }
}

/* ID scopes are 0ne and eight digits or capitals, as Azure's device provisioning service draws
 * them. */
static bool is_id_scope(const char *scope)
{
    static const char allowed[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return strlen(scope) == 11 && strncmp(scope, "0ne", 3) == 0 && strspn(scope + 3, allowed) == 8;
}

static void judge_azure(struct eg_json_in *in, const struct kind *k, struct eg_service_def *d)
{
    bool given =
        d->id_scope[0] != '\0' || d->registration_id[0] != '\0' || d->azure_endpoint[0] != '\0';
    if (!k->azure) {
        if (given) {
            eg_json_refuse(in, "idScope", "only the type AZURE takes it");
        }
        return;
    }
    if (!is_id_scope(d->id_scope)) {
        eg_json_refuse(in, "idScope", "0ne and eight digits or capital letters are needed");
    }
    if (d->azure_endpoint[0] == '\0') {
        d->azure_endpoint = AZURE_ENDPOINT;
    } else if (!eg_hostname_valid(eg_span_str(d->azure_endpoint))) {
        eg_json_refuse(in, "globalDeviceEndpoint", "a host name is needed");
    }
    if (d->registration_id[0] == '\0') {
        d->registration_id = "{uuid}";
    }
}

static void judge(struct eg_json_in *in, const struct kind *k, struct eg_service_def *d)
{
    if (d->protocol == 0) {
        d->protocol = k->protocol_default;
    }
    if (d->protocol == 0 || (k->protocols & ALLOW(d->protocol)) == 0) {
        eg_json_refuse(in, "protocol",
                       k->azure ? "MQTTS, HTTPS or AMQPS is needed" : "MQTTS or HTTPS is needed");
    }
    judge_host(in, k, d);
    judge_azure(in, k, d);
    if ((d->key_pair_id == 0) != (d->certificate_id == 0)) {
        eg_json_refuse(in, "certificateId", "key pair and certificate come together");
    } else if (k->keys && d->key_pair_id == 0) {
        eg_json_refuse(in, "keyPairId", "this type needs a key pair and its certificate");
    }
    if (d->roots.len > 0 && d->server_certificate_id != 0) {
        eg_json_refuse(in, "serverRoots", "give roots or serverCertificateId, not both");
    }
    if (eg_json_has(in, "password")) {
        eg_json_refuse(in, "password", "passwords are not taken; use a key pair and certificate");
    }
}

eg_status eg_service_def_read(struct eg_json_in *in, struct eg_arena *arena,
                              struct eg_service_def *out)
{
    const char *type = eg_json_text(in, "type", EG_JSON_REQUIRED, 1, EG_SERVICE_TEXT_MAX);
    const char *protocol = text(in, "protocol");
    const struct kind *k = kind_of(type);
    memset(out, 0, sizeof(*out));
    out->name = eg_json_text(in, "name", EG_JSON_REQUIRED, 1, EG_NAME_LEN_MAX);
    if (k == NULL) {
        eg_json_refuse(in, "type", "CUSTOM, AWS or AZURE is needed");
        return in->status;
    }
    out->type = k->type;
    out->protocol = eg_service_protocol(protocol);
    if (protocol[0] != '\0' && out->protocol == 0) {
        eg_json_refuse(in, "protocol", "MQTTS, HTTPS or AMQPS is needed");
    }
    out->hostname = text(in, "hostname");
    out->port = (uint32_t)eg_json_number(in, "port", EG_JSON_OPTIONAL, 0, 1, PORT_MAX);
    out->timeout_ms = (uint32_t)eg_json_number(in, "timeoutMs", EG_JSON_OPTIONAL, 0, 1,
                                               EG_SERVICE_TIMEOUT_MS_MAX);
    out->client_id = text(in, "clientId");
    out->username = text(in, "username");
    out->id_scope = text(in, "idScope");
    out->registration_id = text(in, "registrationId");
    out->azure_endpoint = text(in, "globalDeviceEndpoint");
    out->key_pair_id = eg_json_number(in, "keyPairId", EG_JSON_OPTIONAL, 0, 1, INT64_MAX);
    out->certificate_id = eg_json_number(in, "certificateId", EG_JSON_OPTIONAL, 0, 1, INT64_MAX);
    out->server_certificate_id =
        eg_json_number(in, "serverCertificateId", EG_JSON_OPTIONAL, 0, 1, INT64_MAX);
    read_roots(in, arena, out);
    read_metadata(in, arena, out);
    if (eg_ok(in->status)) {
        judge(in, k, out);
    }
    return in->status;
}

const char *eg_service_def_text(const json_t *body, struct eg_arena *arena)
{
    static const char *const members[] = {"name",
                                          "type",
                                          "protocol",
                                          "hostname",
                                          "port",
                                          "timeoutMs",
                                          "clientId",
                                          "username",
                                          "idScope",
                                          "registrationId",
                                          "globalDeviceEndpoint",
                                          "keyPairId",
                                          "certificateId",
                                          "serverCertificateId",
                                          "serverRoots",
                                          "metadata"};
    json_t *kept = json_object();
    bool whole = kept != NULL;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        json_t *value = json_object_get(body, members[i]);
        if (value != NULL && !json_is_null(value)) {
            whole = whole && json_object_set(kept, members[i], value) == 0;
        }
    }
    char *dumped = whole ? json_dumps(kept, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    const char *copy = dumped == NULL ? NULL : eg_arena_text(arena, eg_span_str(dumped));
    free(dumped);
    json_decref(kept);
    return copy;
}

static eg_status check_object(struct eg_call *call, int64_t id, const char *type,
                              const char *member)
{
    struct eg_stored_object row;
    if (id == 0) {
        return EG_OK;
    }
    EG_TRY(eg_store_object_get(eg_core_store(call->core), call->company_id, id, call->arena, &row));
    if (strcmp(row.type, type) != 0) {
        return eg_call_refuse(call, EG_ERR(FIELD_INVALID), "/%s: an object of type %s is needed",
                              member, type);
    }
    return EG_OK;
}

eg_status eg_service_def_check(struct eg_call *call, const struct eg_service_def *def)
{
    EG_TRY(check_object(call, def->key_pair_id, "KEYPAIR", "keyPairId"));
    EG_TRY(check_object(call, def->certificate_id, "CERTIFICATE", "certificateId"));
    return check_object(call, def->server_certificate_id, "BINARY_FILE", "serverCertificateId");
}
