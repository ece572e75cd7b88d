/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates as strangers send them: our reader, then what the library makes of what passed. */
#include <stdlib.h>
#include <string.h>

#include "lib/crypto/x509.h"
#include "lib/crypto/x509_csr.h"
#include "tests/fuzz/fuzz.h"

static struct eg_crypto *crypto(void)
{
    static struct eg_crypto *c;
    if (c == NULL && !eg_ok(eg_crypto_new(&c))) {
        abort();
    }
    return c;
}

/* A span that the reader handed out lies inside what it was given. */
static void check_inside(struct eg_span part, struct eg_span whole)
{
    if (part.len > 0 && (part.ptr < whole.ptr || part.ptr + part.len > whole.ptr + whole.len)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eg_x509_info info;
    struct eg_span der = eg_span(data, size);
    static uint8_t room[1 << 17];
    struct eg_writer w;
    eg_writer_init(&w, room, sizeof(room));
    if (eg_ok(eg_x509_from_pem(der, &w)) && w.len == 0) {
        abort();
    }
    struct eg_span subject;
    struct eg_span spki;
    if (eg_ok(eg_csr_parse(der, &subject, &spki))) {
        check_inside(subject, der);
        check_inside(spki, der);
    }
    if (!eg_ok(eg_x509_parse(der, &info))) {
        return 0;
    }
    check_inside(info.serial, der);
    check_inside(info.issuer_name, der);
    check_inside(info.subject_name, der);
    check_inside(info.spki, der);
    check_inside(info.ski, der);
    char text[64];
    eg_x509_name_text(info.subject_name, text, sizeof(text));
    if (strlen(text) >= sizeof(text)) {
        abort();
    }
    char vendor[EG_X509_MATTER_ID_LEN + 1];
    char product[EG_X509_MATTER_ID_LEN + 1];
    (void)eg_ok(eg_x509_name_matter(info.subject_name, vendor, product));
    if (strlen(vendor) % EG_X509_MATTER_ID_LEN != 0 || info.path_len < -1 || info.path_len > 127) {
        abort();
    }
    uint8_t id[20];
    struct eg_key *key = NULL;
    (void)eg_ok(eg_x509_key_id(crypto(), info.spki, id));
    if (eg_ok(eg_key_from_spki(crypto(), info.spki, &key))) {
        eg_key_free(key);
    }
    (void)eg_ok(eg_x509_check_issued(crypto(), der, der));
    return 0;
}
