/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMS messages as strangers send them, opened by a fixed recipient and verified against a fixed
 * signer. The corpus holds messages for exactly this recipient, so that mutations get behind the
 * outer layer.
 */
#include <stdlib.h>

#include "lib/crypto/cms.h"
#include "lib/crypto/x509.h"
#include "tests/fuzz/fuzz.h"

/* A private key for this purpose only: nothing is ever sealed to it but test messages. */
#include "tests/fuzz/fuzz_cms_identity.inc"

static struct eg_key *recipient_key(void)
{
    static struct eg_key *key;
    struct eg_crypto *c;
    if (key != NULL) {
        return key;
    }
    if (!eg_ok(eg_crypto_new(&c)) ||
        !eg_ok(eg_key_from_private(c, EG_KEY_P256, EG_SPAN_OF(IDENTITY_SCALAR), &key))) {
        abort();
    }
    eg_crypto_free(c);
    return key;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eg_span certificate = EG_SPAN_OF(IDENTITY_CERTIFICATE);
    struct eg_cms_bytes plain;
    size_t signer = 1;
    if (eg_ok(eg_cms_open(eg_span(data, size), certificate, recipient_key(), &plain))) {
        eg_cms_bytes_free(&plain);
    } else if (plain.ptr != NULL) {
        abort();
    }
    if (eg_ok(eg_cms_verify(eg_span(data, size), &certificate, 1, &plain, &signer))) {
        if (signer != 0) {
            abort();
        }
        eg_cms_bytes_free(&plain);
    } else if (plain.ptr != NULL) {
        abort();
    }
    return 0;
}
