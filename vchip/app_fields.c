/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/app_fields.h"

#include <stdlib.h>

#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "vchip/json_line.h"

/* ---- fields --------------------------------------------------------------------------------- */

bool eg_app_number(const json_t *request, const char *name, uint32_t *out)
{
    const json_t *v = json_object_get(request, name);
    json_int_t n = json_is_integer(v) ? json_integer_value(v) : -1;
    if (n < 0 || n > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)n;
    return true;
}

bool eg_app_hex(const json_t *request, const char *name, struct eg_app_bytes *out)
{
    const json_t *v = json_object_get(request, name);
    size_t digits = json_string_length(v);
    *out = (struct eg_app_bytes){0};
    if (!json_is_string(v) || digits % 2 != 0) {
        return false;
    }
    out->ptr = malloc(digits / 2 + 1);
    out->len = digits / 2;
    return out->ptr != NULL &&
           eg_ok(eg_hex_decode(eg_span(json_string_value(v), digits), out->ptr, out->len));
}

void eg_app_bytes_free(struct eg_app_bytes *b)
{
    if (b->ptr != NULL) {
        eg_wipe(b->ptr, b->len);
    }
    free(b->ptr);
}

/* ---- answers -------------------------------------------------------------------------------- */

static const struct {
    enum eg_psa_status status;
    const char *text;
} psa_texts[] = {
    {EG_PSA_NOT_PERMITTED, "the object's policy or life cycle does not permit this"},
    {EG_PSA_NOT_SUPPORTED, "the enclave does not support this"},
    {EG_PSA_INVALID_ARGUMENT, "the arguments do not fit the object"},
    {EG_PSA_ALREADY_EXISTS, "there is such an object already"},
    {EG_PSA_DOES_NOT_EXIST, "there is no such object"},
    {EG_PSA_INSUFFICIENT_MEMORY, "the enclave has no memory left"},
    {EG_PSA_INSUFFICIENT_STORAGE, "the chip has no room for this"},
    {EG_PSA_COMMUNICATION_FAILURE, "the chip has no power"},
    {EG_PSA_STORAGE_FAILURE, "the chip's state file could not be written"},
    {EG_PSA_INVALID_SIGNATURE, "the object is damaged or not sealed for this chip as it is"},
};

json_t *eg_app_error(enum eg_psa_status status)
{
    for (size_t i = 0; i < sizeof(psa_texts) / sizeof(psa_texts[0]); i++) {
        if (psa_texts[i].status == status) {
            return eg_line_error(status, psa_texts[i].text);
        }
    }
    return eg_line_error(status, "the enclave failed");
}

json_t *eg_app_malformed(void)
{
    return eg_line_error(EG_PSA_INVALID_ARGUMENT, "a field is missing or malformed");
}

json_t *eg_app_hex_answer(const char *field, struct eg_span data)
{
    char *text = malloc(EG_HEX_LEN(data.len) + 1);
    if (text == NULL) {
        return NULL;
    }
    eg_hex_encode(data, text);
    json_t *reply = json_pack("{s:i, s:s}", "status", 0, field, text);
    eg_wipe(text, EG_HEX_LEN(data.len));
    free(text);
    return reply;
}

json_t *eg_app_done(enum eg_psa_status status)
{
    return status == EG_PSA_SUCCESS ? json_pack("{s:i}", "status", 0) : eg_app_error(status);
}
