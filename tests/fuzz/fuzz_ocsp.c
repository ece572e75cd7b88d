/* SPDX-License-Identifier: Apache-2.0 */
/* OCSP requests as strangers send them: what is taken lies within the request and reads the same by
 * itself; what is answered to it can be signed. */
#include <stdlib.h>

#include "lib/crypto/ocsp.h"
#include "tests/fuzz/fuzz.h"

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void require_within(struct eg_span part, struct eg_span whole)
{
    require(part.len == 0 ||
            (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len));
}

static void check_id(const struct eg_ocsp_id *id, struct eg_span whole)
{
    struct eg_ocsp_id again;
    require_within(id->der, whole);
    require_within(id->serial, id->der);
    require_within(id->name_hash, id->der);
    require_within(id->key_hash, id->der);
    require(id->serial.len >= 1 && id->serial.len <= 20 && (id->serial.ptr[0] & 0x80) == 0);
    require(id->der.len <= EG_OCSP_ID_LEN_MAX);
    require(eg_ok(eg_ocsp_id_parse(id->der, &again)));
    require(again.hash == id->hash && eg_span_equal(again.serial, id->serial));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eg_ocsp_request q;
    struct eg_span whole = eg_span(data, size);
    if (!eg_ok(eg_ocsp_request_parse(whole, &q))) {
        require(q.count == 0 && q.nonce.len == 0);
        return 0;
    }
    require(q.count >= 1 && q.count <= EG_OCSP_IDS_MAX && q.nonce.len <= EG_OCSP_NONCE_MAX);
    require_within(q.nonce, whole);
    for (size_t i = 0; i < q.count; i++) {
        check_id(&q.ids[i], whole);
    }
    return 0;
}
