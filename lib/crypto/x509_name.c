/* SPDX-License-Identifier: Apache-2.0 */
/* Distinguished names: the attributes we write and their rules (RFC 5280 4.1.2.4, appendix A). */
#include <string.h>

#include "lib/crypto/x509.h"
#include "lib/crypto/x509_der.h"

static const uint8_t OID_C[] = {0x55, 0x04, 0x06};
static const uint8_t OID_O[] = {0x55, 0x04, 0x0A};
static const uint8_t OID_OU[] = {0x55, 0x04, 0x0B};
static const uint8_t OID_CN[] = {0x55, 0x04, 0x03};
static const uint8_t OID_SERIAL_NUMBER[] = {0x55, 0x04, 0x05};

static const uint8_t OID_MATTER_VID[] = {0x2B, 0x06, 0x01, 0x04, 0x01,
                                         0x82, 0xA2, 0x7C, 0x02, 0x01};
static const uint8_t OID_MATTER_PID[] = {0x2B, 0x06, 0x01, 0x04, 0x01,
                                         0x82, 0xA2, 0x7C, 0x02, 0x02};

enum { ATTRIBUTE_COUNT = 7 };

/* In the order written, which is that of struct eg_x509_name. */
static const struct attribute {
    const uint8_t *oid;
    size_t oid_len;
    unsigned tag;
    size_t exact_len; /* 0: up to EG_X509_TEXT_MAX characters */
    bool hex;         /* digits 0-9A-F only */
} ATTRIBUTES[ATTRIBUTE_COUNT] = {
    {OID_C, sizeof(OID_C), EG_DER_PRINTABLE_STRING, 2, false},
    {OID_O, sizeof(OID_O), EG_DER_UTF8_STRING, 0, false},
    {OID_OU, sizeof(OID_OU), EG_DER_UTF8_STRING, 0, false},
    {OID_CN, sizeof(OID_CN), EG_DER_UTF8_STRING, 0, false},
    {OID_SERIAL_NUMBER, sizeof(OID_SERIAL_NUMBER), EG_DER_PRINTABLE_STRING, 0, false},
    {OID_MATTER_VID, sizeof(OID_MATTER_VID), EG_DER_UTF8_STRING, EG_X509_MATTER_ID_LEN, true},
    {OID_MATTER_PID, sizeof(OID_MATTER_PID), EG_DER_UTF8_STRING, EG_X509_MATTER_ID_LEN, true},
};

static bool is_printable(struct eg_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        int ch = text.ptr[i];
        bool letter_or_digit =
            (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9');
        if (!letter_or_digit && (ch == 0 || strchr(" '()+,-./:=?", ch) == NULL)) {
            return false;
        }
    }
    return true;
}

/* Length of the UTF-8 character at p (at most `left` bytes); 0 if it is none or a control. */
static size_t utf8_char_len(const uint8_t *p, size_t left)
{
    if (p[0] < 0x80) {
        return p[0] >= 0x20 && p[0] != 0x7F ? 1 : 0;
    }
    size_t len = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || len > left) {
        return 0;
    }
    uint32_t point = p[0] & (0xFFu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
        point = point << 6 | (p[i] & 0x3Fu);
    }
    static const uint32_t first_of_len[] = {0, 0, 0x80, 0x800, 0x10000};
    bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    return point < first_of_len[len] || surrogate || point > 0x10FFFF || point < 0xA0 ? 0 : len;
}

/* Characters of a text; 0 if it is not clean UTF-8. */
static size_t utf8_count(struct eg_span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; count++) {
        size_t len = utf8_char_len(text.ptr + i, text.len - i);
        if (len == 0) {
            return 0;
        }
        i += len;
    }
    return count;
}

static bool is_upper_hex(struct eg_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        int ch = text.ptr[i];
        if (!(ch >= '0' && ch <= '9') && !(ch >= 'A' && ch <= 'F')) {
            return false;
        }
    }
    return true;
}

static bool is_allowed(const struct attribute *a, struct eg_span text)
{
    if (a->hex && !is_upper_hex(text)) {
        return false;
    }
    bool printable = a->tag == EG_DER_PRINTABLE_STRING;
    size_t count = !printable ? utf8_count(text) : is_printable(text) ? text.len : 0;
    return a->exact_len > 0 ? count == a->exact_len : count > 0 && count <= EG_X509_TEXT_MAX;
}

static void write_attribute(struct eg_writer *w, const struct attribute *a, struct eg_span text)
{
    size_t set = eg_der_begin(w, EG_DER_SET);
    size_t pair = eg_der_begin(w, EG_DER_SEQUENCE);
    eg_der_bytes(w, EG_DER_OID, eg_span(a->oid, a->oid_len));
    eg_der_bytes(w, a->tag, text);
    eg_der_end(w, pair);
    eg_der_end(w, set);
}

eg_status eg_x509_name_encode(const struct eg_x509_name *name, struct eg_writer *out)
{
    const char *const values[ATTRIBUTE_COUNT] = {
        name->country,       name->organization,  name->organizational_unit, name->common_name,
        name->serial_number, name->matter_vendor, name->matter_product};
    struct eg_writer start = *out;
    size_t mark = eg_der_begin(out, EG_DER_SEQUENCE);
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
        if (values[i] == NULL || values[i][0] == '\0') {
            continue;
        }
        struct eg_span text = eg_span_str(values[i]);
        if (!is_allowed(&ATTRIBUTES[i], text)) {
            *out = start;
            return EG_ERR(CRYPTO_BAD_CERT);
        }
        write_attribute(out, &ATTRIBUTES[i], text);
    }
    eg_der_end(out, mark);
    return out->status;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* One attribute: copied to out when it is the one named by oid. */
static void take_matter(struct eg_span oid, struct eg_span value, struct eg_span wanted, char *out,
                        struct eg_reader *r)
{
    if (!eg_span_equal(oid, wanted)) {
        return;
    }
    if (out[0] != '\0' || value.len != EG_X509_MATTER_ID_LEN || !is_upper_hex(value)) {
        eg_reader_fail(r, EG_ERR(CRYPTO_BAD_CERT));
        return;
    }
    memcpy(out, value.ptr, EG_X509_MATTER_ID_LEN);
    out[EG_X509_MATTER_ID_LEN] = '\0';
}

eg_status eg_x509_name_matter(struct eg_span name, char vendor[static EG_X509_MATTER_ID_LEN + 1],
                              char product[static EG_X509_MATTER_ID_LEN + 1])
{
    struct eg_reader r;
    vendor[0] = product[0] = '\0';
    eg_reader_init(&r, name);
    struct eg_reader list = eg_der_enter(&r, EG_DER_SEQUENCE);
    while (eg_ok(list.status) && list.rest.len > 0) {
        struct eg_reader set = eg_der_enter(&list, EG_DER_SET);
        while (eg_ok(set.status) && set.rest.len > 0) {
            struct eg_reader pair = eg_der_enter(&set, EG_DER_SEQUENCE);
            struct eg_span oid = eg_der_take(&pair, EG_DER_OID);
            unsigned tag = pair.rest.len > 0 ? pair.rest.ptr[0] : 0;
            struct eg_span value = eg_der_take(&pair, tag);
            take_matter(oid, value, EG_SPAN_OF(OID_MATTER_VID), vendor, &pair);
            take_matter(oid, value, EG_SPAN_OF(OID_MATTER_PID), product, &pair);
            eg_der_leave(&set, &pair);
        }
        eg_der_leave(&list, &set);
    }
    eg_der_leave(&r, &list);
    if (!eg_ok(eg_reader_finish(&r))) {
        vendor[0] = product[0] = '\0';
        return EG_ERR(CRYPTO_BAD_CERT);
    }
    return EG_OK;
}
