/* SPDX-License-Identifier: Apache-2.0 */
/* Certification Declarations as strangers send them: what is read lies inside, and what was read is
 * written again as a declaration with the same fields. */
#include <stdlib.h>
#include <string.h>

#include "lib/crypto/matter_cd.h"
#include "tests/fuzz/fuzz.h"

static void check_inside(struct eg_span part, struct eg_span whole)
{
    if (part.len > 0 && (part.ptr < whole.ptr || part.ptr + part.len > whole.ptr + whole.len)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct eg_cd_signed found;
    static uint8_t room[EG_CD_LEN_MAX];
    struct eg_span der = eg_span(data, size);
    struct eg_writer w;
    if (!eg_ok(eg_cd_parse(der, &found))) {
        return 0;
    }
    check_inside(found.content, der);
    check_inside(found.key_id, der);
    check_inside(found.signature, der);
    eg_writer_init(&w, room, sizeof(room));
    eg_status st = eg_cd_encode(&found.cd, &w);
    if (!eg_ok(st) && !eg_is(st, EG_E_CRYPTO_BAD_CMS)) {
        abort();
    }
    return 0;
}
