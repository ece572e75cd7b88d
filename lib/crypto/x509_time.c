/* SPDX-License-Identifier: Apache-2.0 */
/* Times of a certificate: seconds since 1970 to UTCTime or GeneralizedTime and back. */
#include <time.h>

#include "lib/crypto/x509_der.h"

enum {
    UTC_LEN = 13,         /* YYMMDDhhmmssZ */
    GENERALIZED_LEN = 15, /* YYYYMMDDhhmmssZ */
    UTC_FIRST_YEAR = 1950,
    UTC_LAST_YEAR = 2049,
    LAST_YEAR = 9999,
};
static const char NO_END[] = "99991231235959Z";

static void put_two(struct eg_writer *w, int number)
{
    eg_writer_u8(w, (uint8_t)('0' + number / 10));
    eg_writer_u8(w, (uint8_t)('0' + number % 10));
}

static void put_time(struct eg_writer *w, int64_t time_s, bool always_long)
{
    time_t t = (time_t)time_s;
    struct tm tm;
    if (gmtime_r(&t, &tm) == NULL || tm.tm_year < UTC_FIRST_YEAR - 1900 ||
        tm.tm_year > LAST_YEAR - 1900) {
        eg_writer_fail(w, EG_ERR(CRYPTO_BAD_CERT));
        return;
    }
    int year = tm.tm_year + 1900;
    bool utc = year <= UTC_LAST_YEAR && !always_long;
    size_t mark = eg_der_begin(w, utc ? EG_DER_UTC_TIME : EG_DER_GENERALIZED_TIME);
    if (!utc) {
        put_two(w, year / 100);
    }
    put_two(w, year % 100);
    put_two(w, tm.tm_mon + 1);
    put_two(w, tm.tm_mday);
    put_two(w, tm.tm_hour);
    put_two(w, tm.tm_min);
    put_two(w, tm.tm_sec);
    eg_writer_u8(w, 'Z');
    eg_der_end(w, mark);
}

void eg_der_time(struct eg_writer *w, int64_t time_s)
{
    if (time_s == INT64_MAX) {
        eg_der_bytes(w, EG_DER_GENERALIZED_TIME, eg_span_str(NO_END));
        return;
    }
    put_time(w, time_s, false);
}

void eg_der_generalized_time(struct eg_writer *w, int64_t time_s)
{
    put_time(w, time_s, true);
}

/* Two digits; -1 for anything else, which no check below lets through. */
static int take_two(struct eg_reader *r)
{
    int tens = eg_reader_u8(r) - '0';
    int ones = eg_reader_u8(r) - '0';
    return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : 10 * tens + ones;
}

static int take_year(struct eg_reader *r, bool utc)
{
    int high = utc ? 0 : take_two(r);
    int low = take_two(r);
    if (high < 0 || low < 0) {
        return -1;
    }
    return !utc ? 100 * high + low : low >= 50 ? 1900 + low : 2000 + low;
}

/* Text to seconds; false if it names no time. */
static bool parse_time(struct eg_reader *r, bool utc, int64_t *out)
{
    struct tm tm = {0};
    tm.tm_year = take_year(r, utc) - 1900;
    tm.tm_mon = take_two(r) - 1;
    tm.tm_mday = take_two(r);
    tm.tm_hour = take_two(r);
    tm.tm_min = take_two(r);
    tm.tm_sec = take_two(r);
    if (eg_reader_u8(r) != 'Z' || tm.tm_year < -1900 || tm.tm_hour < 0 || tm.tm_min < 0 ||
        tm.tm_sec < 0) {
        return false;
    }
    struct tm same = tm;
    *out = timegm(&tm);
    /* timegm() carries 31 February over into March: what comes back must be what went in. */
    return tm.tm_mon == same.tm_mon && tm.tm_mday == same.tm_mday && tm.tm_hour == same.tm_hour &&
           tm.tm_min == same.tm_min && tm.tm_sec == same.tm_sec;
}

int64_t eg_der_take_time(struct eg_reader *r)
{
    bool utc = eg_der_at(r, EG_DER_UTC_TIME);
    struct eg_span text = eg_der_take(r, utc ? EG_DER_UTC_TIME : EG_DER_GENERALIZED_TIME);
    if (text.len != (utc ? UTC_LEN : GENERALIZED_LEN)) {
        eg_reader_fail(r, EG_ERR(CRYPTO_BAD_CERT));
        return 0;
    }
    if (eg_span_equal(text, eg_span_str(NO_END))) {
        return INT64_MAX;
    }
    struct eg_reader digits;
    int64_t time_s = 0;
    eg_reader_init(&digits, text);
    if (!parse_time(&digits, utc, &time_s)) {
        eg_reader_fail(r, EG_ERR(CRYPTO_BAD_CERT));
        return 0;
    }
    return time_s;
}
