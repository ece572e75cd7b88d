/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lib/verify.h"

#include <stdlib.h>
#include <string.h>

#include "lib/object/object.h"

enum {
    CHALLENGE_LEN = 32,
    IDS_MAX = 256,            /* objects that one application may list */
    READ_MAX = 32 * 1024,     /* a certificate chain on a chip */
    PSA_NOT_PERMITTED = -133, /* the policy of the key forbids this use */
};

/* All that one verification needs. */
struct check {
    struct eg_app *app;
    const struct eg_service *service;
    const struct eg_objects *objects;
    struct eg_crypto *crypto;
    struct eg_verified *out;
    struct eg_problem *why;
    uint32_t ids[IDS_MAX]; /* on the chip */
    size_t id_count;
};

static eg_status wrong(struct check *c, eg_status st, const struct eg_object_info *o)
{
    return eg_problem_say(c->why, st, "Object 0x%08X (%s): %s", (unsigned)o->object_id, o->type,
                          eg_status_info(st)->cause);
}

/* As wrong(), with the PSA status of the application. */
static eg_status app_failed(struct check *c, eg_status st, const struct eg_object_info *o)
{
    if (!eg_is(st, EG_E_HOST_APP_REFUSED)) {
        return wrong(c, st, o);
    }
    return eg_problem_say(c->why, st, "Object 0x%08X (%s): %s PSA status %d.",
                          (unsigned)o->object_id, o->type, eg_status_info(st)->cause,
                          c->app->psa_status);
}

/* ---- key pairs ------------------------------------------------------------------------------- */

/* The public key that was certified over this key pair, else the one the service names. */
static struct eg_span certified_key(const struct eg_objects *all, const struct eg_object_info *key)
{
    for (uint32_t i = 0; i < all->count; i++) {
        struct eg_x509_info info;
        const struct eg_object_info *o = &all->list[i];
        if (o->key_pair_id == key->service_id && o->certificate.len > 0 &&
            eg_ok(eg_x509_parse(o->certificate, &info))) {
            return info.spki;
        }
    }
    return key->public_key;
}

/* A key that may not sign: its public half must be the certified one. */
static eg_status compare_public(struct check *c, const struct eg_object_info *o,
                                struct eg_span spki)
{
    uint8_t room[EG_SPKI_LEN_MAX];
    struct eg_writer w;

    eg_writer_init(&w, room, sizeof room);
    eg_status st = eg_app_public(c->app, o->object_id, &w);
    if (!eg_ok(st)) {
        return app_failed(c, st, o);
    }
    return eg_span_equal(eg_writer_span(&w), spki) ? EG_OK
                                                   : wrong(c, EG_ERR(HOST_VERIFY_SIGNATURE), o);
}

static eg_status challenge(struct check *c, const struct eg_object_info *o, struct eg_span spki)
{
    uint8_t message[CHALLENGE_LEN], room[EG_SIGNATURE_LEN_MAX];
    struct eg_key *key = NULL;
    struct eg_writer w;

    eg_writer_init(&w, room, sizeof room);
    EG_TRY(eg_problem_set(c->why, eg_random(c->crypto, message, sizeof message)));
    eg_status st = eg_app_sign(c->app, o->object_id, EG_SPAN_OF(message), &w);
    if (eg_is(st, EG_E_HOST_APP_REFUSED) && c->app->psa_status == PSA_NOT_PERMITTED) {
        return compare_public(c, o, spki);
    }
    if (!eg_ok(st)) {
        return app_failed(c, st, o);
    }
    st = eg_key_from_spki(c->crypto, spki, &key);
    if (eg_ok(st)) {
        st = eg_verify(c->crypto, key, EG_SPAN_OF(message), eg_writer_span(&w));
    }
    eg_key_free(key);
    return eg_ok(st) ? EG_OK : wrong(c, EG_ERR(HOST_VERIFY_SIGNATURE), o);
}

static eg_status check_key_pair(struct check *c, const struct eg_object_info *o)
{
    struct eg_span spki = certified_key(c->objects, o);

    if (spki.len == 0) {
        return eg_problem_say(c->why, EG_ERR(HOST_ANSWER),
                              "The service names no public key for object 0x%08X.",
                              (unsigned)o->object_id);
    }
    EG_TRY(challenge(c, o, spki));
    c->out->keys++;
    return EG_OK;
}

/* ---- certificates ---------------------------------------------------------------------------- */

static eg_status check_stored(struct check *c, const struct eg_object_info *o)
{
    uint8_t *room = malloc(READ_MAX);
    struct eg_writer w;

    if (room == NULL) {
        return eg_problem_set(c->why, EG_ERR(NO_MEMORY));
    }
    eg_writer_init(&w, room, READ_MAX);
    eg_status st = eg_app_read(c->app, o->object_id, &w);
    if (!eg_ok(st)) {
        st = app_failed(c, st, o);
    } else if (w.len < o->certificate.len ||
               !eg_span_equal(eg_span(room, o->certificate.len), o->certificate)) {
        st = wrong(c, EG_ERR(HOST_VERIFY_CERT), o); /* intermediates may follow the leaf */
    }
    free(room);
    return st;
}

static eg_status check_certificate(struct check *c, const struct eg_object_info *o)
{
    char *pem = NULL;

    if (o->certificate.len == 0) {
        return eg_problem_say(c->why, EG_ERR(HOST_ANSWER),
                              "The service names no certificate for object 0x%08X.",
                              (unsigned)o->object_id);
    }
    EG_TRY(check_stored(c, o));
    EG_TRY(eg_service_ca_chain(c->service, o->ca_id, &pem, c->why));
    eg_status st = eg_verify_chain(c->crypto, o->certificate, eg_span_str(pem));
    free(pem);
    if (!eg_ok(st)) {
        return wrong(c, st, o);
    }
    c->out->certificates++;
    return EG_OK;
}

/* ---- the rest -------------------------------------------------------------------------------- */

static eg_status check_present(struct check *c, const struct eg_object_info *o)
{
    for (size_t i = 0; i < c->id_count; i++) {
        if (c->ids[i] == o->object_id) {
            c->out->present++;
            return EG_OK;
        }
    }
    return wrong(c, EG_ERR(HOST_VERIFY_MISSING), o);
}

static eg_status check_object(struct check *c, const struct eg_object_info *o)
{
    static const struct {
        const char *type;
        eg_status (*check)(struct check *c, const struct eg_object_info *o);
    } rows[] = {
        {"KEYPAIR", check_key_pair},
        {"CERTIFICATE", check_certificate},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].type, o->type) == 0) {
            return rows[i].check(c, o);
        }
    }
    return check_present(c, o);
}

eg_status eg_verify_chip(struct eg_app *app, const struct eg_service *service,
                         const struct eg_objects *objects, struct eg_crypto *crypto,
                         struct eg_verified *out, struct eg_problem *why)
{
    struct check c = {.app = app,
                      .service = service,
                      .objects = objects,
                      .crypto = crypto,
                      .out = out,
                      .why = why};

    memset(out, 0, sizeof *out);
    EG_TRY(eg_problem_set(why, eg_app_list(app, c.ids, IDS_MAX, &c.id_count)));
    for (uint32_t i = 0; i < objects->count; i++) {
        if (!eg_object_is_internal(objects->list[i].object_id)) {
            EG_TRY(check_object(&c, &objects->list[i]));
        }
    }
    return EG_OK;
}
