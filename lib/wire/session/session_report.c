/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/wire/session/session_report.h"

#include <pb_encode.h>
#include <string.h>

#include "lib/wire/session/session_leaf.h"
#include "lib/wire/session/session_types.h"
#include "lib/wire/session/session_walk.h"

/* Fields of UpdateStatusReport. Those of the parts are 1 + the number of their vocabulary. */
enum { F_STATUS = 1, F_CLAIM = 2, F_CSP = 4, F_CORRELATION = 5, F_RETRY_AFTER = 1000 };
/* Fields of each part. */
enum { F_PART_STATUS = 1, F_PART_DETAIL = 2 };
/* Fields of each detail. */
enum { F_DETAIL_STATUS = 1, F_DETAIL_ENDPOINT = 2, F_DETAIL_ID = 3 };

/* ---- writing -------------------------------------------------------------------------------- */

static bool put_detail_fields(pb_ostream_t *out, const struct eg_session_detail *detail)
{
    return eg_put_varint(out, F_DETAIL_STATUS, detail->status) &&
           eg_put_varint(out, F_DETAIL_ENDPOINT, detail->endpoint_id) &&
           (detail->part == EG_VOCABULARY_CLAIM || eg_put_varint(out, F_DETAIL_ID, detail->id));
}

static bool put_detail(pb_ostream_t *out, const struct eg_session_detail *detail)
{
    pb_ostream_t count = PB_OSTREAM_SIZING;
    return put_detail_fields(&count, detail) && pb_encode_tag(out, PB_WT_STRING, F_PART_DETAIL) &&
           pb_encode_varint(out, count.bytes_written) && put_detail_fields(out, detail);
}

static bool put_part_fields(pb_ostream_t *out, const struct eg_session_report *report,
                            enum eg_session_vocabulary part, uint32_t status)
{
    if (!eg_put_varint(out, F_PART_STATUS, status)) {
        return false;
    }
    for (size_t i = 0; i < report->detail_count; i++) {
        if (report->details[i].part == part && !put_detail(out, &report->details[i])) {
            return false;
        }
    }
    return true;
}

static bool put_part(pb_ostream_t *out, const struct eg_session_report *report,
                     enum eg_session_vocabulary part, uint32_t status)
{
    if ((report->parts & EG_REPORT_PART(part)) == 0) {
        return true;
    }
    pb_ostream_t count = PB_OSTREAM_SIZING;
    return put_part_fields(&count, report, part, status) &&
           pb_encode_tag(out, PB_WT_STRING, 1 + (uint32_t)part) &&
           pb_encode_varint(out, count.bytes_written) && put_part_fields(out, report, part, status);
}

bool eg_report_encode(pb_ostream_t *out, const void *src)
{
    const struct eg_session_report *report = src;
    if (report->correlation.len > EG_SESSION_CORRELATION_MAX) {
        return false;
    }
    bool ok = (report->parts & EG_REPORT_PART(EG_VOCABULARY_UPDATE)) == 0 ||
              eg_put_varint(out, F_STATUS, report->status);
    ok = ok && put_part(out, report, EG_VOCABULARY_CLAIM, report->claim);
    ok = ok && put_part(out, report, EG_VOCABULARY_RTP, report->rtp);
    ok = ok && put_part(out, report, EG_VOCABULARY_CSP, report->csp);
    if (ok && report->correlation.len > 0) {
        ok = eg_put_bytes(out, F_CORRELATION, report->correlation);
    }
    return ok &&
           (report->retry_after_s == 0 || eg_put_varint(out, F_RETRY_AFTER, report->retry_after_s));
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool read_detail(struct eg_span data, struct eg_session_detail *out)
{
    struct eg_walk_field field;
    bool bad;
    while (eg_walk_next(&data, &field, &bad)) {
        switch (field.number) {
        case F_DETAIL_STATUS:
            out->status = (uint32_t)field.value;
            break;
        case F_DETAIL_ENDPOINT:
            out->endpoint_id = (uint32_t)field.value;
            break;
        case F_DETAIL_ID:
            out->id = field.value;
            break;
        default:
            break;
        }
    }
    return !bad;
}

/* The status of a part, and how many details it has. */
static bool read_part(struct eg_span data, uint32_t *status, size_t *details)
{
    struct eg_walk_field field;
    struct eg_session_detail detail;
    bool bad;
    while (eg_walk_next(&data, &field, &bad)) {
        if (field.number == F_PART_STATUS) {
            *status = (uint32_t)field.value;
        } else if (field.number == F_PART_DETAIL && field.is_bytes) {
            if (!read_detail(field.data, &detail)) {
                return false;
            }
            (*details)++;
        }
    }
    return !bad;
}

static bool read_field(const struct eg_walk_field *field, struct eg_session_report *out)
{
    uint32_t *statuses[] = {&out->claim, &out->rtp, &out->csp};
    if (field->number == F_STATUS && !field->is_bytes) {
        out->status = (uint32_t)field->value;
        out->parts |= EG_REPORT_PART(EG_VOCABULARY_UPDATE);
    } else if (field->number == F_RETRY_AFTER && !field->is_bytes) {
        out->retry_after_s = field->value > UINT32_MAX ? UINT32_MAX : (uint32_t)field->value;
    } else if (field->number == F_CORRELATION && field->is_bytes) {
        out->correlation = field->data;
        return field->data.len <= EG_SESSION_CORRELATION_MAX;
    } else if (field->number >= F_CLAIM && field->number <= F_CSP && field->is_bytes) {
        out->parts |= (uint8_t)(1u << (field->number - 1));
        return read_part(field->data, statuses[field->number - F_CLAIM], &out->detail_count);
    }
    return true;
}

eg_status eg_session_report_read(struct eg_span data, struct eg_session_report *out)
{
    struct eg_walk_field field;
    bool bad;
    memset(out, 0, sizeof(*out));
    while (eg_walk_next(&data, &field, &bad)) {
        if (!read_field(&field, out)) {
            bad = true;
            break;
        }
    }
    if (bad) {
        memset(out, 0, sizeof(*out));
        return EG_ERR(WIRE_BAD_SESSION);
    }
    return EG_OK;
}

void eg_session_detail_start(struct eg_session_detail_iter *it, struct eg_span data)
{
    *it = (struct eg_session_detail_iter){.report = data};
}

/* The next part that holds details; false when there is none. */
static bool next_part(struct eg_session_detail_iter *it)
{
    struct eg_walk_field field;
    bool bad;
    while (eg_walk_next(&it->report, &field, &bad)) {
        if (field.is_bytes && field.number >= F_CLAIM && field.number <= F_CSP) {
            it->part = (enum eg_session_vocabulary)(field.number - 1);
            it->part_rest = field.data;
            return true;
        }
    }
    return false;
}

bool eg_session_detail_next(struct eg_session_detail_iter *it, struct eg_session_detail *out)
{
    struct eg_walk_field field;
    bool bad;
    do {
        while (eg_walk_next(&it->part_rest, &field, &bad)) {
            if (field.number == F_PART_DETAIL && field.is_bytes) {
                *out = (struct eg_session_detail){.part = it->part};
                return read_detail(field.data, out);
            }
        }
    } while (next_part(it));
    return false;
}
