/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CA that somebody else certifies: the stored request and the uploaded certificate, read as the
 * service reads both before it believes that they belong together (server/core/ca_outside.c).
 * Input: length of the request (two bytes, big endian), the request, then the upload, PEM or DER.
 */
#include <stdlib.h>

#include "lib/crypto/x509.h"
#include "lib/crypto/x509_csr.h"
#include "tests/fuzz/fuzz.h"

enum {
    LENGTH = 2,
    DER_SEQUENCE = 0x30,
    KEY_ID_LEN = 20,
};

static struct eg_crypto *crypto;

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* What a reader handed out is one SEQUENCE inside of what it was given. */
static void require_part(struct eg_span part, struct eg_span whole)
{
    require(part.len >= 2 && part.ptr[0] == DER_SEQUENCE);
    require(part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

/* A key that is taken can be written, and reads as the same key again. */
static void use_key(struct eg_span spki)
{
    uint8_t room[EG_SPKI_LEN_MAX];
    struct eg_writer w;
    struct eg_key *key = NULL;
    struct eg_key *again = NULL;
    if (!eg_ok(eg_key_from_spki(crypto, spki, &key))) {
        require(key == NULL);
        return;
    }
    eg_writer_init(&w, room, sizeof(room));
    require(eg_ok(eg_key_spki(key, &w)));
    require(eg_ok(eg_key_from_spki(crypto, eg_writer_span(&w), &again)));
    require(eg_key_alg_of(again) == eg_key_alg_of(key));
    eg_key_free(again);
    eg_key_free(key);
}

/* The subject and key of a request; an empty key if it is none. */
static struct eg_span read_request(struct eg_span der)
{
    struct eg_span subject, spki;
    char text[EG_X509_NAME_LEN_MAX];
    if (!eg_ok(eg_csr_parse(der, &subject, &spki))) {
        require(subject.len == 0 && spki.len == 0);
        return spki;
    }
    require_part(subject, der);
    require_part(spki, der);
    require(spki.ptr >= subject.ptr + subject.len);
    eg_x509_name_text(subject, text, sizeof(text));
    use_key(spki);
    return spki;
}

/* The certificate of an upload goes out as PEM, and comes back as the same bytes. */
static void write_again(struct eg_span der)
{
    static uint8_t pem_room[2 * EG_X509_LEN_MAX];
    uint8_t der_room[EG_X509_LEN_MAX];
    struct eg_writer pem, back;
    eg_writer_init(&pem, pem_room, sizeof(pem_room));
    eg_writer_init(&back, der_room, sizeof(der_room));
    require(eg_ok(eg_x509_to_pem(der, &pem)));
    require(eg_ok(eg_x509_from_pem(eg_writer_span(&pem), &back)));
    require(eg_span_equal(eg_writer_span(&back), der));
}

static void read_upload(struct eg_span upload, struct eg_span requested)
{
    uint8_t room[EG_X509_LEN_MAX];
    uint8_t ids[2][KEY_ID_LEN];
    char vendor[EG_X509_MATTER_ID_LEN + 1], product[EG_X509_MATTER_ID_LEN + 1];
    struct eg_x509_info info;
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    if (!eg_ok(eg_x509_from_pem(upload, &w))) {
        return;
    }
    struct eg_span der = eg_writer_span(&w);
    require(eg_ok(eg_x509_parse(der, &info)));
    require_part(info.spki, der);
    write_again(der);
    use_key(info.spki);
    (void)eg_ok(eg_x509_name_matter(info.subject_name, vendor, product));
    (void)eg_ok(eg_x509_check_issued(NULL, der, der));
    if (requested.len > 0 && eg_span_equal(requested, info.spki) &&
        eg_ok(eg_x509_key_id(crypto, requested, ids[0]))) {
        require(eg_ok(eg_x509_key_id(crypto, info.spki, ids[1])));
        require(eg_span_equal(EG_SPAN_OF(ids[0]), EG_SPAN_OF(ids[1])));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (crypto == NULL && !eg_ok(eg_crypto_new(&crypto))) {
        abort();
    }
    if (size < LENGTH) {
        return 0;
    }
    size_t len = (size_t)data[0] << 8 | data[1];
    len = len < size - LENGTH ? len : size - LENGTH;
    struct eg_span requested = read_request(eg_span(data + LENGTH, len));
    read_upload(eg_span(data + LENGTH + len, size - LENGTH - len), requested);
    return 0;
}
