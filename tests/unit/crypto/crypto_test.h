/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_UNIT_CRYPTO_CRYPTO_TEST_H
#define EG_TESTS_UNIT_CRYPTO_CRYPTO_TEST_H
/** What the tests of lib/crypto share: cmocka, a context per test program, hex as bytes. */
#include "lib/crypto/crypto.h"
#include "tests/unit/unit.h"

/** cmocka group set-up and tear-down: makes and frees test_crypto. */
int crypto_setup(void **state);
int crypto_teardown(void **state);
extern struct eg_crypto *test_crypto;

/** Bytes of a hex text; good until the process ends. Fails the test on bad hex. */
struct eg_span hex(const char *text);

void assert_span(struct eg_span actual, struct eg_span expected);

/** Key object of raw private bytes in hex. */
struct eg_key *key_of(enum eg_key_alg alg, const char *private_hex);

#endif
