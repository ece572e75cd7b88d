/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_UNIT_CRYPTO_CMS_TEST_H
#define EG_TESTS_UNIT_CRYPTO_CMS_TEST_H
/** What the CMS tests share: three identities, a folder of files, and the openssl command in it. */
#include "lib/crypto/cms.h"
#include "lib/crypto/x509.h"
#include "tests/unit/crypto/crypto_test.h"

enum { FILE_ROOM = 8192 };
static const char TEXT[] = "engrave-manifest 1\nfamily mcxn947\ncount 0\nend\n";

/** A key and its self-signed certificate. */
struct identity {
    struct eg_key *key;
    uint8_t der[EG_X509_LEN_MAX];
    size_t len;
};
extern struct identity alice, bob, rsa; /* P-256, P-256, RSA-2048 */

/** cmocka group set-up and tear-down: context, identities and folder. */
int cms_setup(void **state);
int cms_teardown(void **state);

struct eg_span cert_of(const struct identity *id);
/** serial: EG_X509_SERIAL_LEN bytes. */
void make_identity(struct identity *id, enum eg_key_alg alg, const char *name,
                   const uint8_t *serial);

/** Files of the folder: text, msg, back, cert, cert2, key. */
void save(const char *name, struct eg_span data);
struct eg_span load(const char *name, uint8_t room[static FILE_ROOM]);
void save_identity(const struct identity *id, const char *cert_name, const char *key_name);

/** `openssl cms` with these words makes msg from text; must succeed. */
void openssl_makes(const char *words);
/** `openssl cms` with these words makes back from msg; must succeed. */
void openssl_reads(const char *words);

#endif
