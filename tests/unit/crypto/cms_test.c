/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/crypto/cms_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_ROOM = 256 };

/* ---- identities: a key and its self-signed certificate --------------------------------------- */

struct identity alice, bob, rsa;

struct eg_span cert_of(const struct identity *id)
{
    return eg_span(id->der, id->len);
}

void make_identity(struct identity *id, enum eg_key_alg alg, const char *name,
                   const uint8_t *serial)
{
    uint8_t spki[EG_SPKI_LEN_MAX], dn[EG_X509_NAME_LEN_MAX];
    struct eg_writer w_spki, w_dn, w;
    struct eg_x509_name x_name = {.common_name = name};
    eg_writer_init(&w_spki, spki, sizeof(spki));
    eg_writer_init(&w_dn, dn, sizeof(dn));
    eg_writer_init(&w, id->der, sizeof(id->der));
    assert_ok(eg_key_generate(test_crypto, alg, &id->key));
    assert_ok(eg_key_spki(id->key, &w_spki));
    assert_ok(eg_x509_name_encode(&x_name, &w_dn));
    struct eg_x509_template t = {
        .issuer_name = eg_writer_span(&w_dn),
        .subject_name = eg_writer_span(&w_dn),
        .not_before_s = 1700000000,
        .not_after_s = INT64_MAX,
        .spki = eg_writer_span(&w_spki),
        .with_ski = true,
    };
    memcpy(t.serial, serial, sizeof(t.serial));
    assert_ok(eg_x509_issue(test_crypto, &t, id->key, &w));
    id->len = w.len;
}

static char folder[] = "/tmp/engrave-test-cms-XXXXXX";

int cms_setup(void **state)
{
    static const uint8_t serials[3][EG_X509_SERIAL_LEN] = {{0x41}, {0x42}, {0x43}};
    if (crypto_setup(state) != 0 || mkdtemp(folder) == NULL) {
        return -1;
    }
    make_identity(&alice, EG_KEY_P256, "alice", serials[0]);
    make_identity(&bob, EG_KEY_P256, "bob", serials[1]);
    make_identity(&rsa, EG_KEY_RSA_2048, "rsa", serials[2]);
    return 0;
}

/* ---- files and the openssl command ----------------------------------------------------------- */

static const char *path_of(const char *name)
{
    static char paths[8][PATH_ROOM];
    static size_t next;
    char *path = paths[next++ % 8];
    snprintf(path, PATH_ROOM, "%s/%s", folder, name);
    return path;
}

void save(const char *name, struct eg_span data)
{
    FILE *f = fopen(path_of(name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data.ptr, 1, data.len, f), data.len);
    assert_int_equal(fclose(f), 0);
}

struct eg_span load(const char *name, uint8_t room[static FILE_ROOM])
{
    FILE *f = fopen(path_of(name), "rb");
    assert_non_null(f);
    size_t len = fread(room, 1, FILE_ROOM, f);
    assert_true(len < FILE_ROOM);
    fclose(f);
    return eg_span(room, len);
}

void save_identity(const struct identity *id, const char *cert_name, const char *key_name)
{
    uint8_t room[FILE_ROOM];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(eg_x509_to_pem(cert_of(id), &w));
    save(cert_name, eg_writer_span(&w));
    eg_writer_init(&w, room, sizeof(room));
    assert_ok(eg_key_private_pem(id->key, &w));
    save(key_name, eg_writer_span(&w));
}

static void openssl_cms(const char *fixed, const char *words)
{
    char command[512];
    int len = snprintf(command, sizeof(command), "cd %s && openssl cms -binary %s %s 2>err", folder,
                       fixed, words);
    assert_in_range(len, 1, sizeof(command) - 1);
    assert_int_equal(system(command), 0);
}

/* The openssl command makes msg from text, or back from msg. */
void openssl_makes(const char *words)
{
    openssl_cms("-in text -outform DER -out msg", words);
}
void openssl_reads(const char *words)
{
    openssl_cms("-inform DER -in msg -out back", words);
}

int cms_teardown(void **state)
{
    static const char *const names[] = {"text", "msg", "back", "cert", "key", "err", "cert2"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)unlink(path_of(names[i]));
    }
    eg_key_free(alice.key);
    eg_key_free(bob.key);
    eg_key_free(rsa.key);
    return rmdir(folder) == 0 ? crypto_teardown(state) : -1;
}
