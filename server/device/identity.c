/* SPDX-License-Identifier: Apache-2.0 */
#include "server/device/identity.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "lib/crypto/x509.h"
#include "lib/os/file.h"
#include "lib/os/log.h"

enum {
    DAY_S = 86400,
    TICKETS_S = DAY_S, /* a snapshot's ticket keys are used no longer */
    PEM_MAX = 16384,
    ARENA_MAX = 64 * 1024 * 1024,
};

struct snapshot {
    struct eg_device_snapshot told; /* first: what is handed out */
    atomic_uint holders;
    uint8_t *crl;
};

struct eg_device_identity {
    struct eg_core *core;
    char key_file[EG_PATH_MAX], cert_file[EG_PATH_MAX];
    char name[EG_HOSTNAME_MAX + 1];
    struct eg_file_bytes key_pem; /* secret */
    uint8_t spki_room[EG_SPKI_LEN_MAX];
    struct eg_span spki;
    pthread_mutex_t refreshing; /* one at a time */
    pthread_mutex_t lock;       /* of current */
    struct snapshot *current;
};

/** What a refresh works with. */
struct refresh {
    struct eg_device_identity *id;
    struct eg_call call;
    struct eg_arena arena;
    struct eg_endpoint_cas cas;
    struct eg_span certificate; /* DER */
    struct eg_span crl;
    int64_t crl_next_update_s;
    int64_t not_after_s;
};

/* ---- snapshots ------------------------------------------------------------------------------- */

void eg_device_snapshot_release(const struct eg_device_snapshot *snapshot)
{
    struct snapshot *s = (struct snapshot *)(uintptr_t)snapshot; /* told is first */
    if (s != NULL && atomic_fetch_sub(&s->holders, 1) == 1) {
        SSL_CTX_free(s->told.tls);
        free(s->crl);
        free(s);
    }
}

const struct eg_device_snapshot *eg_device_identity_hold(struct eg_device_identity *id)
{
    pthread_mutex_lock(&id->lock);
    struct snapshot *s = id->current;
    atomic_fetch_add(&s->holders, 1);
    pthread_mutex_unlock(&id->lock);
    return &s->told;
}

bool eg_device_snapshot_fresh(const struct eg_device_snapshot *snapshot, int64_t now_s)
{
    return now_s + EG_DEVICE_CRL_LEFT_S < snapshot->crl_next_update_s &&
           now_s < snapshot->not_after_s;
}

static eg_status make_snapshot(const struct refresh *r, struct snapshot **out)
{
    const struct eg_device_tls_options tls = {
        .key_pem = eg_file_span(&r->id->key_pem),
        .certificate = r->certificate,
        .ca = r->cas.issuing,
    };
    struct snapshot *s = calloc(1, sizeof(*s));
    uint8_t *crl = malloc(r->crl.len + 1);
    eg_status st = s == NULL || crl == NULL ? EG_ERR(NO_MEMORY) : EG_OK;
    if (eg_ok(st)) {
        st = eg_device_tls_new(&tls, &s->told.tls);
    }
    if (!eg_ok(st)) {
        free(crl);
        free(s);
        return st;
    }
    memcpy(crl, r->crl.ptr, r->crl.len);
    s->crl = crl;
    s->told.crl = eg_span(crl, r->crl.len);
    s->told.crl_next_update_s = r->crl_next_update_s;
    s->told.not_after_s = r->not_after_s;
    s->told.made_s = r->call.now_ms / 1000;
    atomic_init(&s->holders, 1);
    *out = s;
    return EG_OK;
}

static void put_in_place(struct eg_device_identity *id, struct snapshot *fresh)
{
    pthread_mutex_lock(&id->lock);
    struct snapshot *old = id->current;
    id->current = fresh;
    pthread_mutex_unlock(&id->lock);
    eg_device_snapshot_release(old == NULL ? NULL : &old->told);
}

/* ---- key ------------------------------------------------------------------------------------- */

static eg_status make_key(struct eg_crypto *c, const char *path)
{
    uint8_t room[PEM_MAX];
    struct eg_key *key = NULL;
    struct eg_writer pem;
    eg_writer_init(&pem, room, sizeof(room));
    EG_TRY(eg_key_generate(c, EG_KEY_P256, &key));
    eg_status st = eg_key_private_pem(key, &pem);
    if (eg_ok(st)) {
        st = eg_file_create(path, 0600, eg_writer_span(&pem));
    }
    eg_key_free(key);
    eg_wipe(room, sizeof(room));
    return st;
}

static eg_status load_key(struct eg_crypto *c, struct eg_device_identity *id)
{
    struct eg_key *key = NULL;
    struct eg_writer spki;
    if (!eg_file_exists(id->key_file)) {
        EG_TRY(make_key(c, id->key_file));
    }
    EG_TRY(eg_file_read(id->key_file, PEM_MAX, &id->key_pem));
    if (!eg_ok(eg_key_from_private_pem(c, eg_file_span(&id->key_pem), &key))) {
        return EG_ERR(NET_TLS);
    }
    eg_writer_init(&spki, id->spki_room, sizeof(id->spki_room));
    eg_status st = eg_key_spki(key, &spki);
    id->spki = eg_writer_span(&spki);
    eg_key_free(key);
    return st;
}

/* ---- certificate ----------------------------------------------------------------------------- */

/** Of our key, for our name, from the CA of today? */
static bool is_ours(const struct refresh *r, struct eg_span der, struct eg_x509_info *out)
{
    struct eg_x509_info ca;
    return eg_ok(eg_x509_parse(der, out)) && eg_ok(eg_x509_parse(r->cas.issuing, &ca)) &&
           eg_span_equal(out->spki, r->id->spki) &&
           eg_span_equal(out->issuer_name, ca.subject_name) &&
           eg_device_tls_names(der, r->id->name);
}

/** Valid now, and for long enough that it need not be renewed? */
static bool in_time(const struct refresh *r, const struct eg_x509_info *info)
{
    int64_t now_s = r->call.now_ms / 1000;
    return info->not_before_s <= now_s &&
           now_s + (int64_t)EG_ENDPOINT_RENEW_DAYS * DAY_S < info->not_after_s;
}

static eg_status use(struct refresh *r, struct eg_span der, const struct eg_x509_info *info)
{
    r->not_after_s = info->not_after_s;
    return eg_arena_dup(&r->arena, der, &r->certificate);
}

/** The certificate of the file into room; false when there is none of ours. */
static bool read_certificate(const struct refresh *r, struct eg_writer *der,
                             struct eg_x509_info *out)
{
    struct eg_file_bytes pem = {0};
    if (!eg_file_exists(r->id->cert_file) ||
        !eg_ok(eg_file_read(r->id->cert_file, PEM_MAX, &pem))) {
        return false;
    }
    bool good =
        eg_ok(eg_x509_from_pem(eg_file_span(&pem), der)) && is_ours(r, eg_writer_span(der), out);
    eg_file_bytes_free(&pem);
    return good;
}

static eg_status write_certificate(struct refresh *r)
{
    uint8_t room[PEM_MAX];
    struct eg_writer pem;
    eg_writer_init(&pem, room, sizeof(room));
    EG_TRY(eg_x509_to_pem(r->certificate, &pem));
    EG_TRY(eg_x509_to_pem(r->cas.issuing, &pem));
    return eg_file_write(r->id->cert_file, 0644, eg_writer_span(&pem));
}

/** From the vault, and into the file. */
static eg_status renew(struct refresh *r)
{
    struct eg_span der;
    struct eg_x509_info info;
    EG_TRY(eg_endpoint_certify(&r->call, r->id->name, r->id->spki, &der));
    if (!is_ours(r, der, &info)) {
        return EG_ERR(NET_TLS);
    }
    EG_TRY(use(r, der, &info));
    return write_certificate(r);
}

/** While it cannot be renewed, because the clock or the vault is wrong, what is there must do:
 * devices judge it by their own clocks. */
static eg_status get_certificate(struct refresh *r)
{
    uint8_t room[EG_X509_LEN_MAX];
    struct eg_writer der;
    struct eg_x509_info info;
    eg_writer_init(&der, room, sizeof(room));
    bool have = read_certificate(r, &der, &info);
    if (have && in_time(r, &info)) {
        return use(r, eg_writer_span(&der), &info);
    }
    eg_status st = renew(r);
    if (eg_ok(st) || !have) {
        return st;
    }
    eg_log_failure(st, "device endpoint keeps its certificate", NULL);
    return use(r, eg_writer_span(&der), &info);
}

/* ---- refresh --------------------------------------------------------------------------------- */

/** Is what is there still what would be made now? */
static bool is_current(struct refresh *r)
{
    const struct eg_device_snapshot *now = eg_device_identity_hold(r->id);
    int64_t now_s = r->call.now_ms / 1000;
    bool current = eg_span_equal(now->crl, r->crl) && now->not_after_s == r->not_after_s &&
                   now->made_s <= now_s && now_s - now->made_s < TICKETS_S;
    eg_device_snapshot_release(now);
    return current;
}

static eg_status refresh(struct refresh *r)
{
    struct snapshot *fresh = NULL;
    EG_TRY(eg_endpoint_cas(&r->call, &r->cas));
    EG_TRY(get_certificate(r));
    EG_TRY(eg_endpoint_crl(&r->call, &r->crl, &r->crl_next_update_s));
    if (r->id->current != NULL && is_current(r)) {
        return EG_OK;
    }
    EG_TRY(make_snapshot(r, &fresh));
    put_in_place(r->id, fresh);
    return EG_OK;
}

eg_status eg_device_identity_refresh(struct eg_device_identity *id, int64_t now_ms)
{
    struct refresh r = {.id = id};
    eg_arena_init(&r.arena, ARENA_MAX);
    r.call =
        (struct eg_call){.core = id->core, .arena = &r.arena, .company_name = "", .now_ms = now_ms};
    pthread_mutex_lock(&id->refreshing);
    eg_status st = refresh(&r);
    pthread_mutex_unlock(&id->refreshing);
    eg_arena_cleanup(&r.arena);
    return st;
}

/* ---- start and end --------------------------------------------------------------------------- */

static eg_status start(struct eg_device_identity *id, const char *dir, int64_t now_ms)
{
    struct eg_crypto *crypto = NULL;
    EG_TRY(eg_file_make_dir(dir));
    EG_TRY(eg_path_join(dir, "server.key", id->key_file, sizeof(id->key_file)));
    EG_TRY(eg_path_join(dir, "server.pem", id->cert_file, sizeof(id->cert_file)));
    EG_TRY(eg_crypto_new(&crypto));
    eg_status st = load_key(crypto, id);
    eg_crypto_free(crypto);
    EG_TRY(st);
    return eg_device_identity_refresh(id, now_ms);
}

eg_status eg_device_identity_new(struct eg_core *core, const char *dir, const char *name,
                                 int64_t now_ms, struct eg_device_identity **out)
{
    *out = NULL;
    struct eg_device_identity *id = calloc(1, sizeof(*id));
    if (id == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    id->core = core;
    pthread_mutex_init(&id->lock, NULL);
    pthread_mutex_init(&id->refreshing, NULL);
    size_t len = strlen(name);
    eg_status st = len < sizeof(id->name) ? EG_OK : EG_ERR(VAULT_ENDPOINT_NAME);
    if (eg_ok(st)) {
        memcpy(id->name, name, len + 1);
        st = start(id, dir, now_ms);
    }
    if (!eg_ok(st)) {
        eg_device_identity_free(id);
        return st;
    }
    *out = id;
    return EG_OK;
}

void eg_device_identity_free(struct eg_device_identity *id)
{
    if (id == NULL) {
        return;
    }
    eg_device_snapshot_release(id->current == NULL ? NULL : &id->current->told);
    eg_file_bytes_free(&id->key_pem);
    pthread_mutex_destroy(&id->lock);
    pthread_mutex_destroy(&id->refreshing);
    free(id);
}
