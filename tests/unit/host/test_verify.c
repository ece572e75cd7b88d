/* SPDX-License-Identifier: Apache-2.0 */
/* Verification against an application that is played by this test: it holds what a row says. */
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/lib/verify.h"
#include "lib/base/text.h"
#include "lib/os/fd.h"
#include "tests/unit/unit.h"

enum { KEY_ID = 0x1001, CERT_ID = 0x1002, AES_ID = 0x1003 };

static struct eg_crypto *crypto;

/* ---- the application ------------------------------------------------------------------------- */

struct app {
    int fd;
    struct eg_key *key; /* signs */
    const char *stored; /* hex of the certificate it holds */
    const char *listed; /* JSON array of its objects */
    bool may_not_sign, hangs_up, talks_nonsense;
    struct eg_crypto *crypto; /* of its own thread */
    pthread_t thread;
};

static json_t *hex_member(const char *name, struct eg_writer *w)
{
    char hex[2 * EG_SIGNATURE_LEN_MAX + 2 * EG_SPKI_LEN_MAX + 1];
    eg_hex_encode(eg_writer_span(w), hex);
    return json_pack("{s:i, s:s}", "status", 0, name, hex);
}

static json_t *app_sign(struct app *a, const char *message_hex)
{
    uint8_t message[64], room[EG_SIGNATURE_LEN_MAX];
    struct eg_writer w;

    if (a->may_not_sign) {
        return json_pack("{s:i}", "status", -133);
    }
    if (message_hex == NULL) {
        return NULL;
    }
    size_t len = strlen(message_hex) / 2;
    eg_writer_init(&w, room, sizeof room);
    if (!eg_ok(eg_hex_decode(eg_span_str(message_hex), message, len)) ||
        !eg_ok(eg_sign(a->crypto, a->key, eg_span(message, len), &w))) {
        return json_pack("{s:i}", "status", -132);
    }
    return hex_member("signature", &w);
}

static json_t *app_public(struct app *a)
{
    uint8_t room[EG_SPKI_LEN_MAX];
    struct eg_writer w;

    eg_writer_init(&w, room, sizeof room);
    return eg_ok(eg_key_spki(a->key, &w)) ? hex_member("spki", &w)
                                          : json_pack("{s:i}", "status", -132);
}

/* NULL when memory ran out: no answer then. */
static json_t *app_answer(struct app *a, const json_t *request)
{
    const char *op = json_string_value(json_object_get(request, "op"));

    if (a->talks_nonsense) {
        return json_string("nonsense");
    }
    if (op == NULL) {
        return NULL;
    }
    if (strcmp(op, "list") == 0) {
        return json_pack("{s:i, s:o}", "status", 0, "objects", json_loads(a->listed, 0, NULL));
    }
    if (strcmp(op, "read") == 0) {
        return json_pack("{s:i, s:s}", "status", 0, "data", a->stored);
    }
    if (strcmp(op, "public") == 0) {
        return app_public(a);
    }
    return app_sign(a, json_string_value(json_object_get(request, "message")));
}

static void *app_main(void *arg)
{
    struct app *a = arg;
    char line[8192];
    size_t len = 0;

    while (!a->hangs_up && len < sizeof line && read(a->fd, line + len, 1) == 1) {
        if (line[len++] != '\n') {
            continue;
        }
        json_t *request = json_loadb(line, len, 0, NULL);
        json_t *answer = app_answer(a, request);
        char *text = json_dumps(answer, JSON_COMPACT | JSON_ENCODE_ANY);
        bool sent = text != NULL && eg_ok(eg_fd_write(a->fd, eg_span_str(text))) &&
                    eg_ok(eg_fd_write(a->fd, eg_span_str("\n")));
        free(text);
        json_decref(answer);
        json_decref(request);
        len = sent ? 0 : sizeof line;
    }
    close(a->fd);
    return NULL;
}

/* ---- keys and certificates ------------------------------------------------------------------- */

struct ca {
    struct eg_key *key;
    uint8_t name[64], certificate[1024];
    struct eg_span name_span, der;
};

static void issue(const struct eg_key *subject, struct eg_span subject_name,
                  const struct ca *issuer, bool is_ca, struct eg_writer *out)
{
    uint8_t spki[EG_SPKI_LEN_MAX];
    struct eg_writer w;
    struct eg_x509_template t = {.issuer_name = issuer->name_span,
                                 .subject_name = subject_name,
                                 .not_before_s = 1700000000,
                                 .not_after_s = 2000000000,
                                 .is_ca = is_ca,
                                 .path_len = -1,
                                 .key_usage =
                                     is_ca ? EG_KU_KEY_CERT_SIGN : EG_KU_DIGITAL_SIGNATURE};

    eg_writer_init(&w, spki, sizeof spki);
    assert_ok(eg_key_spki(subject, &w));
    t.spki = eg_writer_span(&w);
    assert_ok(eg_x509_serial(crypto, 1700000000000, t.serial));
    assert_ok(eg_x509_issue(crypto, &t, issuer->key, out));
}

static void name_into(const char *text, uint8_t *room, size_t len, struct eg_span *out)
{
    struct eg_writer w;

    eg_writer_init(&w, room, len);
    assert_ok(eg_x509_name_encode(&(struct eg_x509_name){.common_name = text}, &w));
    *out = eg_writer_span(&w);
}

/* issuer NULL: self-signed. */
static void make_ca(struct ca *ca, const char *name, const struct ca *issuer)
{
    struct eg_writer w;

    assert_ok(eg_key_generate(crypto, EG_KEY_P256, &ca->key));
    name_into(name, ca->name, sizeof ca->name, &ca->name_span);
    eg_writer_init(&w, ca->certificate, sizeof ca->certificate);
    issue(ca->key, ca->name_span, issuer != NULL ? issuer : ca, true, &w);
    ca->der = eg_writer_span(&w);
}

static void put_pem(struct eg_writer *w, const struct ca *ca)
{
    assert_ok(eg_x509_to_pem(ca->der, w));
}

/* ---- chains ---------------------------------------------------------------------------------- */

static void test_chain(void **state)
{
    struct ca root = {0}, middle = {0}, stranger = {0}, leaf_owner = {0};
    uint8_t leaf_room[1024], pem_room[8192], name[64];
    struct eg_span leaf_name;
    struct eg_writer leaf, pem;

    (void)state;
    make_ca(&root, "root", NULL);
    make_ca(&middle, "middle", &root);
    make_ca(&stranger, "middle", NULL); /* the same name, another key */
    assert_ok(eg_key_generate(crypto, EG_KEY_P256, &leaf_owner.key));
    name_into("leaf", name, sizeof name, &leaf_name);
    eg_writer_init(&leaf, leaf_room, sizeof leaf_room);
    issue(leaf_owner.key, leaf_name, &middle, false, &leaf);
    struct eg_span der = eg_writer_span(&leaf);

    const struct {
        const char *why;
        const struct ca *chain[3];
        bool good;
    } rows[] = {
        {"issuer and root", {&middle, &root}, true},
        {"nothing", {NULL}, false},
        {"no root", {&middle}, false},
        {"root only", {&root}, false},
        {"wrong order", {&root, &middle}, false},
        {"another CA of the same name", {&stranger, &root}, false},
        {"another self-signed CA of the same name", {&stranger}, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].why);
        eg_writer_init(&pem, pem_room, sizeof pem_room);
        for (size_t k = 0; rows[i].chain[k] != NULL; k++) {
            put_pem(&pem, rows[i].chain[k]);
        }
        eg_status st = eg_verify_chain(crypto, der, eg_writer_span(&pem));
        assert_true(rows[i].good ? eg_ok(st) : eg_is(st, EG_E_HOST_VERIFY_CHAIN));
    }
    eg_key_free(root.key);
    eg_key_free(middle.key);
    eg_key_free(stranger.key);
    eg_key_free(leaf_owner.key);
}

/* ---- chips ----------------------------------------------------------------------------------- */

/* Objects of a device: a key pair certified by `cert` and an AES key. */
static void make_objects(struct eg_objects *o, struct eg_span public_key, bool aes)
{
    memset(o, 0, sizeof *o);
    o->list[0] = (struct eg_object_info){
        .type = "KEYPAIR", .service_id = 1, .object_id = KEY_ID, .public_key = public_key};
    o->list[1] = (struct eg_object_info){
        .type = "OEM_FW_AUTH_KEY_HASH", .service_id = 4, .object_id = 0x7FFF817A};
    o->count = 2;
    if (aes) {
        o->list[o->count++] =
            (struct eg_object_info){.type = "MASTER_KEY", .service_id = 3, .object_id = AES_ID};
    }
}

static eg_status verify(struct app *a, const struct eg_objects *o, struct eg_verified *out,
                        struct eg_problem *why)
{
    int pair[2];
    struct eg_app app = EG_APP_CLOSED;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    a->fd = pair[1];
    app.fd = pair[0];
    app.line = malloc(EG_APP_LINE_MAX);
    assert_int_equal(pthread_create(&a->thread, NULL, app_main, a), 0);
    eg_status st = eg_verify_chip(&app, NULL, o, crypto, out, why);
    eg_app_close(&app);
    pthread_join(a->thread, NULL);
    return st;
}

static void test_chips(void **state)
{
    struct eg_key *good = NULL, *other = NULL;
    uint8_t room[EG_SPKI_LEN_MAX];
    struct eg_writer spki;
    struct eg_objects objects;
    static const char all[] = "[{\"id\":4097},{\"id\":4099}]", no_aes[] = "[{\"id\":4097}]";

    (void)state;
    assert_ok(eg_key_generate(crypto, EG_KEY_P256, &good));
    assert_ok(eg_key_generate(crypto, EG_KEY_P256, &other));
    eg_writer_init(&spki, room, sizeof room);
    assert_ok(eg_key_spki(good, &spki));
    make_objects(&objects, eg_writer_span(&spki), true);

    const struct {
        const char *why;
        struct app app;
        enum eg_status_value want;
    } rows[] = {
        {"good", {.key = good, .listed = all}, EG_E_OK},
        {"may not sign, but is the right key",
         {.key = good, .listed = all, .may_not_sign = true},
         EG_E_OK},
        {"signs with another key", {.key = other, .listed = all}, EG_E_HOST_VERIFY_SIGNATURE},
        {"may not sign, and is another key",
         {.key = other, .listed = all, .may_not_sign = true},
         EG_E_HOST_VERIFY_SIGNATURE},
        {"an object is missing", {.key = good, .listed = no_aes}, EG_E_HOST_VERIFY_MISSING},
        {"hangs up", {.key = good, .listed = all, .hangs_up = true}, EG_E_HOST_APP_ANSWER},
        {"talks nonsense",
         {.key = good, .listed = all, .talks_nonsense = true},
         EG_E_HOST_APP_ANSWER},
        {"lists no array", {.key = good, .listed = "{}"}, EG_E_HOST_APP_ANSWER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct app a = rows[i].app;
        struct eg_verified out;
        struct eg_problem why = {0};
        print_message("%s\n", rows[i].why);
        assert_ok(eg_crypto_new(&a.crypto));
        eg_status st = verify(&a, &objects, &out, &why);
        eg_crypto_free(a.crypto);
        assert_true(eg_is(st, rows[i].want));
        if (rows[i].want == EG_E_OK) {
            assert_int_equal(out.keys, 1);
            assert_int_equal(out.present, 1);
        } else {
            assert_true(why.cause[0] != '\0');
        }
    }
    eg_key_free(good);
    eg_key_free(other);
}

static void test_another_certificate_on_the_chip(void **state)
{
    struct ca ca = {0};
    char stored[2 * 1024 + 1];
    uint8_t bent[1024];
    struct eg_objects objects = {0};
    struct eg_verified out;
    struct eg_problem why = {0};

    (void)state;
    make_ca(&ca, "leaf", NULL);
    objects.list[0] = (struct eg_object_info){
        .type = "CERTIFICATE", .object_id = CERT_ID, .certificate = ca.der, .ca_id = 1};
    objects.count = 1;
    memcpy(bent, ca.der.ptr, ca.der.len);
    bent[ca.der.len - 1] ^= 1;
    eg_hex_encode(eg_span(bent, ca.der.len), stored);
    struct app a = {.stored = stored, .listed = "[]"};
    assert_true(eg_is(verify(&a, &objects, &out, &why), EG_E_HOST_VERIFY_CERT));
    assert_non_null(strstr(why.cause, "0x00001002"));
    eg_hex_encode(eg_span(ca.der.ptr, ca.der.len - 1), stored);
    assert_true(eg_is(verify(&a, &objects, &out, &why), EG_E_HOST_VERIFY_CERT));
    eg_key_free(ca.key);
}

static int setup(void **state)
{
    (void)state;
    return eg_ok(eg_crypto_new(&crypto)) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    eg_crypto_free(crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_chips),
        cmocka_unit_test(test_another_certificate_on_the_chip),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
