/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/object/secret_text.h"

#include <string.h>

#include "lib/base/secret.h"
#include "lib/base/text.h"

enum {
    ENCODE_STEP = 48, /* bytes per call of the base64 encoder; a multiple of 3 */
};

/* Purposes under which a customer may bring a secret. */
static bool takes_secret(enum eg_object_type type)
{
    return type == EG_OBJECT_HMAC_KEY || type == EG_OBJECT_MASTER_KEY ||
           type == EG_OBJECT_OEM_FW_DECRYPT_KEY || type == EG_OBJECT_BINARY_FILE;
}

static bool is_company(struct eg_span name)
{
    if (name.len == 0 || name.len > EG_SECRET_COMPANY_MAX) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] < 0x20 || name.ptr[i] == 0x7F) {
            return false;
        }
    }
    return true;
}

/* Next line without LF or CR LF; the last one may end with the text. */
static struct eg_span take_line(struct eg_span *rest)
{
    const uint8_t *end = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;
    size_t len = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
    struct eg_span line = eg_span(rest->ptr, len);
    size_t used = end != NULL ? len + 1 : len;

    if (used > 0) {
        rest->ptr += used;
        rest->len -= used;
    }
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
        line.len--;
    }
    return line;
}

/* The value of "<name>: <value>", empty if the line is another one. */
static struct eg_span take_value(struct eg_span *rest, const char *name)
{
    struct eg_span line = take_line(rest);
    size_t len = strlen(name);

    if (line.len < len || memcmp(line.ptr, name, len) != 0) {
        return eg_span(NULL, 0);
    }
    return eg_span(line.ptr + len, line.len - len);
}

eg_status eg_secret_text_parse(struct eg_span text, struct eg_secret_text *out)
{
    struct eg_span rest = text;
    struct eg_span version = take_value(&rest, "Engrave-Secret: ");

    out->company = take_value(&rest, "Company: ");
    out->purpose = eg_object_type_from_name(take_value(&rest, "Purpose: "));
    out->value_base64 = take_value(&rest, "Value: ");
    if (text.len > EG_SECRET_TEXT_MAX || rest.len > 0 || !eg_span_equal(version, eg_span("1", 1)) ||
        !is_company(out->company) || !takes_secret(out->purpose) || out->value_base64.len == 0) {
        memset(out, 0, sizeof(*out));
        return EG_ERR(OBJECT_SECRET);
    }
    return EG_OK;
}

eg_status eg_secret_text_open(struct eg_span text, struct eg_span company,
                              enum eg_object_type purpose, struct eg_writer *w)
{
    size_t before = w->len;
    struct eg_secret_text t;
    eg_status st;

    EG_TRY(eg_secret_text_parse(text, &t));
    if (t.purpose != purpose || !eg_span_equal(t.company, company)) {
        return EG_ERR(OBJECT_SECRET_OTHER);
    }
    st = eg_base64_decode(t.value_base64, w);
    if (!eg_ok(st)) {
        return eg_is(st, EG_E_BAD_BASE64) ? EG_ERR(OBJECT_SECRET) : st;
    }
    if (w->len - before > EG_SECRET_VALUE_MAX) {
        eg_wipe(w->ptr + before, w->len - before);
        w->len = before;
        return EG_ERR(OBJECT_SECRET);
    }
    return EG_OK;
}

static void put_base64(struct eg_writer *w, struct eg_span value)
{
    char text[EG_BASE64_LEN(ENCODE_STEP) + 1];

    for (size_t done = 0; done < value.len; done += ENCODE_STEP) {
        size_t left = value.len - done;

        eg_base64_encode(eg_span(value.ptr + done, left < ENCODE_STEP ? left : ENCODE_STEP), text);
        eg_writer_str(w, text);
    }
    eg_wipe(text, sizeof(text));
}

eg_status eg_secret_text_put(struct eg_writer *w, struct eg_span company,
                             enum eg_object_type purpose, struct eg_span value)
{
    if (!is_company(company) || !takes_secret(purpose) || value.len == 0 ||
        value.len > EG_SECRET_VALUE_MAX) {
        return EG_ERR(OBJECT_SECRET);
    }
    eg_writer_str(w, "Engrave-Secret: 1\nCompany: ");
    eg_writer_bytes(w, company);
    eg_writer_str(w, "\nPurpose: ");
    eg_writer_str(w, eg_object_type_name(purpose));
    eg_writer_str(w, "\nValue: ");
    put_base64(w, value);
    eg_writer_str(w, "\n");
    return w->status;
}
