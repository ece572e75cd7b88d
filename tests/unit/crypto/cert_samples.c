/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert_samples FOLDER: for every key algorithm a CA and a leaf that it issued, as
 * <algorithm>-ca.der and <algorithm>-leaf.der. tests/scenario/test_certificates.py reads them with
 * readers that are not ours.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/crypto/x509.h"

enum { PATH_ROOM = 512 };
static const char *const DNS[] = {"device.example", NULL};
static const char *const IPS[] = {"127.0.0.1", "::1", NULL};

static void check(eg_status st, const char *what)
{
    if (!eg_ok(st)) {
        fprintf(stderr, "%s: %s\n", what, eg_status_info(st)->cause);
        exit(1);
    }
}

struct subject {
    struct eg_key *key;
    uint8_t name[EG_X509_NAME_LEN_MAX], spki[EG_SPKI_LEN_MAX], id[20];
    struct eg_writer w_name, w_spki;
};

static void make_subject(struct eg_crypto *c, enum eg_key_alg alg, const char *common_name,
                         struct subject *s)
{
    struct eg_x509_name name = {.country = "AT",
                                .organization = "M\xC3\xBCller & Co",
                                .common_name = common_name,
                                .serial_number = "00112233445566778899aabbccddeeff"};
    eg_writer_init(&s->w_name, s->name, sizeof(s->name));
    eg_writer_init(&s->w_spki, s->spki, sizeof(s->spki));
    check(eg_key_generate(c, alg, &s->key), "key");
    check(eg_x509_name_encode(&name, &s->w_name), "name");
    check(eg_key_spki(s->key, &s->w_spki), "public key");
    check(eg_x509_key_id(c, eg_writer_span(&s->w_spki), s->id), "key identifier");
}

static void save(const char *folder, enum eg_key_alg alg, const char *what, struct eg_span der)
{
    char path[PATH_ROOM];
    snprintf(path, sizeof(path), "%s/%s-%s.der", folder, eg_key_alg_name(alg), what);
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(der.ptr, 1, der.len, f) != der.len || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

static void issue(struct eg_crypto *c, const struct subject *subject, const struct subject *issuer,
                  bool is_ca, struct eg_writer *out)
{
    struct eg_x509_template t = {
        .issuer_name = eg_writer_span(&issuer->w_name),
        .subject_name = eg_writer_span(&subject->w_name),
        .not_before_s = 1700000000,
        .not_after_s = is_ca ? INT64_C(2600000000) : INT64_MAX, /* 2052: GeneralizedTime */
        .spki = eg_writer_span(&subject->w_spki),
        .is_ca = is_ca,
        .path_len = is_ca ? 0 : -1,
        .key_usage = is_ca ? EG_KU_KEY_CERT_SIGN | EG_KU_CRL_SIGN : EG_KU_DIGITAL_SIGNATURE,
        .ext_key_usage = is_ca ? 0 : EG_EKU_CLIENT_AUTH | EG_EKU_SERVER_AUTH,
        .with_ski = true,
        .aki = EG_SPAN_OF(issuer->id),
        .dns_names = is_ca ? NULL : DNS,
        .ip_addresses = is_ca ? NULL : IPS,
        .crl_url = is_ca ? NULL : "http://127.0.0.1/1.crl",
    };
    check(eg_x509_serial(c, INT64_C(1700000000000), t.serial), "serial");
    check(eg_x509_issue(c, &t, issuer->key, out), "certificate");
}

static void make_pair(struct eg_crypto *c, const char *folder, enum eg_key_alg alg)
{
    static struct subject ca, leaf;
    uint8_t der[EG_X509_LEN_MAX];
    struct eg_writer w;
    make_subject(c, alg, "CA", &ca);
    make_subject(c, alg, "device", &leaf);
    eg_writer_init(&w, der, sizeof(der));
    issue(c, &ca, &ca, true, &w);
    save(folder, alg, "ca", eg_writer_span(&w));
    eg_writer_init(&w, der, sizeof(der));
    issue(c, &leaf, &ca, false, &w);
    save(folder, alg, "leaf", eg_writer_span(&w));
    eg_key_free(ca.key);
    eg_key_free(leaf.key);
}

int main(int argc, char **argv)
{
    struct eg_crypto *c = NULL;
    if (argc != 2) {
        fprintf(stderr, "usage: cert_samples FOLDER\n");
        return 2;
    }
    check(eg_crypto_new(&c), "context");
    for (int alg = EG_KEY_P256; alg <= EG_KEY_RSA_4096; alg++) {
        make_pair(c, argv[1], (enum eg_key_alg)alg);
    }
    eg_crypto_free(c);
    return 0;
}
