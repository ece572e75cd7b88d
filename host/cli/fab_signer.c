/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "host/cli/fab.h"
#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "lib/os/file.h"

enum {
    PEM_MAX = 16384,
    YEARS = 20,
    DAY_S = 86400,
    TAG_LEN = 4, /* random bytes that tell one maker's certificate from another's */
};

/* A self-signed certificate for signing manifests, nothing else. */
static eg_status make_certificate(struct eg_crypto *c, const struct eg_key *key, int64_t now_ms,
                                  struct eg_writer *out)
{
    uint8_t name_room[EG_X509_NAME_LEN_MAX], spki_room[EG_SPKI_LEN_MAX], tag[TAG_LEN];
    char common_name[EG_X509_TEXT_MAX], hex[EG_HEX_LEN(TAG_LEN) + 1];
    struct eg_writer name, spki;
    struct eg_x509_template t = {
        .not_before_s = now_ms / 1000 - DAY_S, /* clocks differ */
        .not_after_s = now_ms / 1000 + (int64_t)YEARS * 365 * DAY_S,
        .path_len = -1,
        .key_usage = EG_KU_DIGITAL_SIGNATURE,
        .with_ski = true,
    };

    EG_TRY(eg_random(c, tag, sizeof tag));
    eg_hex_encode(EG_SPAN_OF(tag), hex);
    snprintf(common_name, sizeof common_name, "Engrave chip maker %s", hex);
    eg_writer_init(&name, name_room, sizeof name_room);
    eg_writer_init(&spki, spki_room, sizeof spki_room);
    EG_TRY(eg_x509_name_encode(&(struct eg_x509_name){.common_name = common_name}, &name));
    EG_TRY(eg_key_spki(key, &spki));
    EG_TRY(eg_x509_serial(c, now_ms, t.serial));
    t.issuer_name = t.subject_name = eg_writer_span(&name);
    t.spki = eg_writer_span(&spki);
    return eg_x509_issue(c, &t, key, out);
}

static eg_status store_key(const char *path, const struct eg_key *key)
{
    uint8_t room[PEM_MAX];
    struct eg_writer w;

    eg_writer_init(&w, room, sizeof room);
    eg_status st = eg_key_private_pem(key, &w);
    if (eg_ok(st)) {
        st = eg_file_create(path, 0600, eg_writer_span(&w));
    }
    eg_wipe(room, sizeof room);
    return st;
}

static eg_status store_certificate(const char *path, struct eg_span der)
{
    uint8_t room[PEM_MAX];
    struct eg_writer w;

    eg_writer_init(&w, room, sizeof room);
    EG_TRY(eg_x509_to_pem(der, &w));
    return eg_file_create(path, 0644, eg_writer_span(&w));
}

static eg_status make(struct eg_crypto *c, const char *key_path, const char *cert_path,
                      int64_t now_ms, struct eg_fab_signer *out)
{
    struct eg_writer w;

    eg_writer_init(&w, out->certificate, sizeof out->certificate);
    EG_TRY(eg_key_generate(c, EG_KEY_P256, &out->key));
    EG_TRY(make_certificate(c, out->key, now_ms, &w));
    out->certificate_len = w.len;
    EG_TRY(store_key(key_path, out->key));
    return store_certificate(cert_path, eg_writer_span(&w));
}

static eg_status read_files(struct eg_crypto *c, const char *key_path, const char *cert_path,
                            struct eg_fab_signer *out)
{
    struct eg_file_bytes file = {0};
    struct eg_writer w;

    EG_TRY(eg_file_read(key_path, PEM_MAX, &file));
    eg_status st = eg_key_from_private_pem(c, eg_file_span(&file), &out->key);
    eg_file_bytes_free(&file);
    EG_TRY(st);
    EG_TRY(eg_file_read(cert_path, PEM_MAX, &file));
    eg_writer_init(&w, out->certificate, sizeof out->certificate);
    st = eg_x509_from_pem(eg_file_span(&file), &w);
    out->certificate_len = w.len;
    eg_file_bytes_free(&file);
    return st;
}

eg_status eg_fab_signer_load(struct eg_crypto *c, const char *key_path, const char *cert_path,
                             int64_t now_ms, struct eg_fab_signer *out, bool *out_made)
{
    memset(out, 0, sizeof *out);
    *out_made = !eg_file_exists(key_path) && !eg_file_exists(cert_path);
    eg_status st = *out_made ? make(c, key_path, cert_path, now_ms, out)
                             : read_files(c, key_path, cert_path, out);
    if (!eg_ok(st)) {
        eg_fab_signer_cleanup(out);
    }
    return st;
}

void eg_fab_signer_cleanup(struct eg_fab_signer *s)
{
    eg_key_free(s->key);
    memset(s, 0, sizeof *s);
}
