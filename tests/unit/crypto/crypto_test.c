/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/crypto/crypto_test.h"

#include <string.h>

#include "lib/base/text.h"

struct eg_crypto *test_crypto;

int crypto_setup(void **state)
{
    (void)state;
    return eg_ok(eg_crypto_new(&test_crypto)) ? 0 : -1;
}

int crypto_teardown(void **state)
{
    (void)state;
    eg_crypto_free(test_crypto);
    test_crypto = NULL;
    return 0;
}

struct eg_span hex(const char *text)
{
    static uint8_t pool[1 << 16];
    static size_t used;
    size_t len = strlen(text) / 2;
    assert_true(used + len <= sizeof(pool));
    uint8_t *to = pool + used;
    used += len;
    assert_ok(eg_hex_decode(eg_span_str(text), to, len));
    return eg_span(to, len);
}

void assert_span(struct eg_span actual, struct eg_span expected)
{
    assert_int_equal(actual.len, expected.len);
    if (expected.len > 0) {
        assert_memory_equal(actual.ptr, expected.ptr, expected.len);
    }
}

struct eg_key *key_of(enum eg_key_alg alg, const char *private_hex)
{
    struct eg_key *key = NULL;
    assert_ok(eg_key_from_private(test_crypto, alg, hex(private_hex), &key));
    return key;
}
