/* SPDX-License-Identifier: Apache-2.0 */
#include "server/main/tls_identity.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/secret.h"
#include "lib/crypto/x509.h"

enum {
    DAY_S = 86400,
    CA_DAYS = 20 * 365,
    SERVER_DAYS = 397, /* what TLS clients accept at most for a server certificate */
    RENEW_DAYS = 30,
    CA_RENEW_DAYS = SERVER_DAYS + RENEW_DAYS, /* no server certificate outlives its CA */
    CA_SINCE_S = 1577836800, /* 2020-01-01: a clock that is ahead at the first start does no harm */
    PEM_MAX = 16384,
    HOST_LEN = 256,
};

/** A certificate being made, and its key. */
struct identity {
    struct eg_key *key;
    uint8_t name_room[EG_X509_NAME_LEN_MAX], spki_room[EG_SPKI_LEN_MAX], cert_room[EG_X509_LEN_MAX];
    struct eg_writer name, spki, cert;
    uint8_t key_id[20];
};

static void identity_init(struct identity *id)
{
    id->key = NULL;
    eg_writer_init(&id->name, id->name_room, sizeof(id->name_room));
    eg_writer_init(&id->spki, id->spki_room, sizeof(id->spki_room));
    eg_writer_init(&id->cert, id->cert_room, sizeof(id->cert_room));
}

static eg_status path_in(const char *dir, const char *name, char out[static EG_PATH_MAX])
{
    return eg_path_join(dir, name, out, EG_PATH_MAX);
}

static eg_status prepare(struct eg_crypto *c, const struct eg_x509_name *name, struct identity *id)
{
    EG_TRY(eg_key_generate(c, EG_KEY_P256, &id->key));
    EG_TRY(eg_x509_name_encode(name, &id->name));
    EG_TRY(eg_key_spki(id->key, &id->spki));
    return eg_x509_key_id(c, eg_writer_span(&id->spki), id->key_id);
}

static eg_status write_key(const char *dir, const char *file, const struct eg_key *key)
{
    char path[EG_PATH_MAX];
    uint8_t room[PEM_MAX];
    struct eg_writer pem;
    eg_writer_init(&pem, room, sizeof(room));
    EG_TRY(path_in(dir, file, path));
    eg_status st = eg_key_private_pem(key, &pem);
    if (eg_ok(st)) {
        st = eg_file_write(path, 0600, eg_writer_span(&pem));
    }
    eg_wipe(room, sizeof(room));
    return st;
}

static eg_status write_certs(const char *dir, const char *file, struct eg_span first,
                             struct eg_span second)
{
    char path[EG_PATH_MAX];
    uint8_t room[PEM_MAX];
    struct eg_writer pem;
    eg_writer_init(&pem, room, sizeof(room));
    EG_TRY(path_in(dir, file, path));
    EG_TRY(eg_x509_to_pem(first, &pem));
    if (second.len > 0) {
        EG_TRY(eg_x509_to_pem(second, &pem));
    }
    return eg_file_write(path, 0644, eg_writer_span(&pem));
}

/* A certificate for the key and the name that `ca` has. */
static eg_status certify_ca(struct eg_crypto *c, const char *dir, int64_t now_ms,
                            struct identity *ca)
{
    int64_t yesterday_s = now_ms / 1000 - DAY_S;
    struct eg_x509_template t = {
        .issuer_name = eg_writer_span(&ca->name),
        .subject_name = eg_writer_span(&ca->name),
        .not_before_s = yesterday_s < CA_SINCE_S ? yesterday_s : CA_SINCE_S,
        .not_after_s = now_ms / 1000 + (int64_t)CA_DAYS * DAY_S,
        .spki = eg_writer_span(&ca->spki),
        .is_ca = true,
        .path_len = 0,
        .key_usage = EG_KU_KEY_CERT_SIGN | EG_KU_CRL_SIGN,
        .with_ski = true,
    };
    EG_TRY(eg_x509_serial(c, now_ms, t.serial));
    ca->cert.len = 0;
    EG_TRY(eg_x509_issue(c, &t, ca->key, &ca->cert));
    return write_certs(dir, "ca.pem", eg_writer_span(&ca->cert), eg_span(NULL, 0));
}

/* The key comes first: a key without its certificate is no CA, and is made anew. */
static eg_status make_ca(struct eg_crypto *c, const char *dir, int64_t now_ms, struct identity *ca)
{
    const struct eg_x509_name name = {.organization = "Engrave", .common_name = "Engrave TLS CA"};
    EG_TRY(prepare(c, &name, ca));
    EG_TRY(write_key(dir, "ca.key", ca->key));
    return certify_ca(c, dir, now_ms, ca);
}

static eg_status load_ca(struct eg_crypto *c, const char *dir, struct identity *ca)
{
    char path[EG_PATH_MAX];
    struct eg_file_bytes pem = {0};
    struct eg_x509_info info;
    EG_TRY(path_in(dir, "ca.key", path));
    EG_TRY(eg_file_read(path, PEM_MAX, &pem));
    eg_status st = eg_key_from_private_pem(c, eg_file_span(&pem), &ca->key);
    eg_file_bytes_free(&pem);
    EG_TRY(st);
    EG_TRY(path_in(dir, "ca.pem", path));
    EG_TRY(eg_file_read(path, PEM_MAX, &pem));
    st = eg_x509_from_pem(eg_file_span(&pem), &ca->cert);
    eg_file_bytes_free(&pem);
    EG_TRY(st);
    EG_TRY(eg_x509_parse(eg_writer_span(&ca->cert), &info));
    eg_writer_bytes(&ca->name, info.subject_name);
    eg_writer_bytes(&ca->spki, info.spki);
    EG_TRY(ca->name.status);
    EG_TRY(ca->spki.status);
    return eg_x509_key_id(c, info.spki, ca->key_id);
}

static eg_status make_server(struct eg_crypto *c, const char *dir, int64_t now_ms,
                             const struct identity *ca, struct identity *server)
{
    char host[HOST_LEN] = "";
    (void)gethostname(host, sizeof(host) - 1);
    const char *const dns[] = {"localhost", host[0] != '\0' ? host : NULL, NULL};
    const char *const ips[] = {"127.0.0.1", "::1", NULL};
    const struct eg_x509_name name = {.organization = "Engrave", .common_name = "engraved"};
    EG_TRY(prepare(c, &name, server));
    struct eg_x509_template t = {
        .issuer_name = eg_writer_span(&ca->name),
        .subject_name = eg_writer_span(&server->name),
        .not_before_s = now_ms / 1000 - DAY_S,
        .not_after_s = now_ms / 1000 + (int64_t)SERVER_DAYS * DAY_S,
        .spki = eg_writer_span(&server->spki),
        .path_len = -1,
        .key_usage = EG_KU_DIGITAL_SIGNATURE,
        .ext_key_usage = EG_EKU_SERVER_AUTH,
        .with_ski = true,
        .aki = EG_SPAN_OF(ca->key_id),
        .dns_names = dns,
        .ip_addresses = ips,
    };
    EG_TRY(eg_x509_serial(c, now_ms, t.serial));
    EG_TRY(eg_x509_issue(c, &t, ca->key, &server->cert));
    EG_TRY(write_key(dir, "server.key", server->key));
    return write_certs(dir, "server.pem", eg_writer_span(&server->cert), eg_writer_span(&ca->cert));
}

/* Parsed; false when it is no certificate. */
static bool read_info(struct eg_span pem, uint8_t room[static EG_X509_LEN_MAX],
                      struct eg_x509_info *out)
{
    struct eg_writer der;
    eg_writer_init(&der, room, EG_X509_LEN_MAX);
    return eg_ok(eg_x509_from_pem(pem, &der)) && eg_ok(eg_x509_parse(eg_writer_span(&der), out));
}

/* Soon over, or not yet valid because it was made while the clock was ahead. */
static bool not_valid(const struct eg_x509_info *info, int renew_days, int64_t now_ms)
{
    return info->not_after_s - (int64_t)renew_days * DAY_S < now_ms / 1000 ||
           info->not_before_s > now_ms / 1000;
}

/* The CA that is there, its certificate made anew for the same key when it is not valid. */
static eg_status take_ca(struct eg_crypto *c, const char *dir, int64_t now_ms, struct identity *ca,
                         enum eg_tls_news *news)
{
    struct eg_x509_info info;
    EG_TRY(load_ca(c, dir, ca));
    EG_TRY(eg_x509_parse(eg_writer_span(&ca->cert), &info));
    if (!not_valid(&info, CA_RENEW_DAYS, now_ms)) {
        return EG_OK;
    }
    *news = info.not_before_s > now_ms / 1000 ? EG_TLS_CA_WAS_AHEAD : EG_TLS_CA_RAN_OUT;
    return certify_ca(c, dir, now_ms, ca);
}

/** New server certificate; from the CA that is there, or from a new one. */
static eg_status renew(struct eg_crypto *c, const char *dir, int64_t now_ms, bool have_ca,
                       enum eg_tls_news *news)
{
    struct identity ca, server;
    identity_init(&ca);
    identity_init(&server);
    *news = have_ca ? EG_TLS_SERVER_RENEWED : EG_TLS_MADE;
    eg_status st = have_ca ? take_ca(c, dir, now_ms, &ca, news) : make_ca(c, dir, now_ms, &ca);
    if (eg_ok(st)) {
        st = make_server(c, dir, now_ms, &ca, &server);
    }
    eg_key_free(ca.key);
    eg_key_free(server.key);
    return st;
}

static eg_status read_files(const char *dir, struct eg_tls_identity *out)
{
    char path[EG_PATH_MAX];
    EG_TRY(path_in(dir, "server.pem", path));
    EG_TRY(eg_file_read(path, PEM_MAX, &out->cert_pem));
    EG_TRY(path_in(dir, "server.key", path));
    return eg_file_read(path, PEM_MAX, &out->key_pem);
}

static bool has(const char *dir, const char *name)
{
    char path[EG_PATH_MAX];
    return eg_ok(path_in(dir, name, path)) && eg_file_exists(path);
}

/* Is the certificate in this file unusable now, or soon? */
static bool file_not_valid(const char *dir, const char *name, int renew_days, int64_t now_ms)
{
    char path[EG_PATH_MAX];
    uint8_t room[EG_X509_LEN_MAX];
    struct eg_file_bytes pem = {0};
    struct eg_x509_info info;
    bool valid = eg_ok(path_in(dir, name, path)) && eg_ok(eg_file_read(path, PEM_MAX, &pem)) &&
                 read_info(eg_file_span(&pem), room, &info) &&
                 !not_valid(&info, renew_days, now_ms);
    eg_file_bytes_free(&pem);
    return !valid;
}

/* Without our CA's key the files are somebody's own: they are taken as they are. */
static bool must_renew(const char *dir, int64_t now_ms, bool have_ca)
{
    if (!has(dir, "server.pem") || !has(dir, "server.key")) {
        return true;
    }
    return have_ca && (file_not_valid(dir, "server.pem", RENEW_DAYS, now_ms) ||
                       file_not_valid(dir, "ca.pem", CA_RENEW_DAYS, now_ms));
}

static eg_status load(struct eg_crypto *c, const char *dir, int64_t now_ms,
                      struct eg_tls_identity *out)
{
    bool have_ca = has(dir, "ca.key") && has(dir, "ca.pem");
    if (must_renew(dir, now_ms, have_ca)) {
        EG_TRY(renew(c, dir, now_ms, have_ca, &out->news));
    }
    return read_files(dir, out);
}

eg_status eg_tls_identity_load(const char *dir, int64_t now_ms, struct eg_tls_identity *out)
{
    struct eg_crypto *c = NULL;
    *out = (struct eg_tls_identity){0};
    EG_TRY(eg_file_make_dir(dir));
    EG_TRY(eg_crypto_new(&c));
    eg_status st = load(c, dir, now_ms, out);
    eg_crypto_free(c);
    if (!eg_ok(st)) {
        eg_tls_identity_free(out);
    }
    return st;
}

void eg_tls_identity_free(struct eg_tls_identity *id)
{
    eg_file_bytes_free(&id->cert_pem);
    eg_file_bytes_free(&id->key_pem);
}
