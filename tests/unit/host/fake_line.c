/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/host/fake_line.h"

#include <string.h>

#include "lib/base/text.h"

static size_t decode(const char *hex, uint8_t *out)
{
    size_t len = strlen(hex) / 2;
    return eg_ok(eg_hex_decode(eg_span_str(hex), out, len)) ? len : 0;
}

/* Hand out the answers of all steps whose expectation is met. */
static void advance(struct fake_line *f)
{
    uint8_t expected[4096];

    for (;;) {
        const struct fake_step *s = &f->steps[f->at];
        if (s->expect == NULL && s->answer == NULL) {
            f->wrong = f->wrong || f->written_len > 0;
            return;
        }
        size_t len = s->expect != NULL ? decode(s->expect, expected) : 0;
        if (f->written_len < len) {
            return;
        }
        if (memcmp(f->written, expected, len) != 0) {
            f->wrong = true;
            return;
        }
        memmove(f->written, f->written + len, f->written_len - len);
        f->written_len -= len;
        if (s->answer != NULL) {
            f->pending_len += decode(s->answer, f->pending + f->pending_len);
        }
        f->at++;
    }
}

static eg_status fake_write(struct eg_transport *t, struct eg_span data, int64_t deadline_ms)
{
    struct fake_line *f = t->state;

    (void)deadline_ms;
    memcpy(f->written + f->written_len, data.ptr, data.len);
    f->written_len += data.len;
    advance(f);
    return EG_OK;
}

static eg_status fake_read(struct eg_transport *t, uint8_t *out, size_t room, int64_t deadline_ms,
                           size_t *got)
{
    struct fake_line *f = t->state;
    size_t len = f->pending_len < room ? f->pending_len : room;

    (void)deadline_ms;
    if (len == 0) {
        return f->is_lost ? EG_ERR(HOST_LINE_LOST) : EG_ERR(HOST_LINE_TIMEOUT);
    }
    memcpy(out, f->pending, len);
    memmove(f->pending, f->pending + len, f->pending_len - len);
    f->pending_len -= len;
    *got = len;
    return EG_OK;
}

static void fake_close(struct eg_transport *t)
{
    (void)t;
}

static const struct eg_transport_ops fake_ops = {
    .scheme = "fake", .read = fake_read, .write = fake_write, .close = fake_close};

void fake_line_open(struct fake_line *f, const struct fake_step *steps, struct eg_transport *t)
{
    memset(f, 0, sizeof *f);
    f->steps = steps;
    *t = EG_TRANSPORT_CLOSED;
    t->ops = &fake_ops;
    t->state = f;
    advance(f);
}

bool fake_line_done(const struct fake_line *f)
{
    return !f->wrong && f->written_len == 0 && f->steps[f->at].expect == NULL &&
           f->steps[f->at].answer == NULL;
}
