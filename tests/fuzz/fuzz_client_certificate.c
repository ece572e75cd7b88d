/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate that a device shows: whatever it is, it is read or refused, and what is taken for
 * a device's has a UUID and a P-256 point that stand in it. */
#include <stdlib.h>
#include <string.h>

#include "lib/crypto/device_cert.h"
#include "tests/fuzz/fuzz.h"

enum { NOW_S = 1790000000 };

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static bool stands_in(struct eg_span whole, const void *part, size_t len)
{
    for (size_t i = 0; i + len <= whole.len; i++) {
        if (memcmp(whole.ptr + i, part, len) == 0) {
            return true;
        }
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct eg_device_cert_facts zero;
    struct eg_device_cert_facts facts;
    struct eg_span subject, der = eg_span(data, size);
    eg_status st = eg_device_cert_read(der, NOW_S, &facts, &subject);
    if (subject.len > 0) {
        require(subject.ptr >= data && subject.ptr + subject.len <= data + size);
    }
    if (!eg_ok(st)) {
        require(memcmp(&facts, &zero, sizeof(facts)) == 0);
        return 0;
    }
    char hex[EG_UUID_HEX_LEN + 1];
    eg_uuid_to_hex(&facts.uuid, hex);
    for (char *c = hex; *c != '\0'; c++) {
        *c = *c >= 'a' ? (char)(*c - 'a' + 'A') : *c;
    }
    require(size <= EG_DEVICE_CERT_MAX && facts.public_key[0] == 0x04);
    require(stands_in(subject, hex, EG_UUID_HEX_LEN));
    require(stands_in(der, facts.public_key, sizeof(facts.public_key)));
    return 0;
}
