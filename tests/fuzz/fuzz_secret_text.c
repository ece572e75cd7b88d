/* SPDX-License-Identifier: Apache-2.0 */
/* Aimed at: eg_secret_text_parse, eg_secret_text_open. What is opened must be opened again, to the
 * same value, after it was written. */
#include <stdlib.h>

#include "lib/object/secret_text.h"
#include "tests/fuzz/fuzz.h"

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t value[EG_SECRET_TEXT_MAX], again[EG_SECRET_TEXT_MAX], text[EG_SECRET_TEXT_MAX];
    struct eg_span given = eg_span(data, size);
    struct eg_secret_text t;
    struct eg_writer v, w, a;

    if (!eg_ok(eg_secret_text_parse(given, &t))) {
        return 0;
    }
    eg_writer_init(&v, value, sizeof(value));
    if (!eg_ok(eg_secret_text_open(given, t.company, t.purpose, &v))) {
        require(v.len == 0);
        return 0;
    }
    require(v.len > 0 && v.len <= EG_SECRET_VALUE_MAX);
    eg_writer_init(&w, text, sizeof(text));
    eg_writer_init(&a, again, sizeof(again));
    require(eg_ok(eg_secret_text_put(&w, t.company, t.purpose, eg_writer_span(&v))));
    require(eg_ok(eg_secret_text_open(eg_writer_span(&w), t.company, t.purpose, &a)));
    require(eg_span_equal(eg_writer_span(&v), eg_writer_span(&a)));
    return 0;
}
