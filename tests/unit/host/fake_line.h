/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_UNIT_HOST_FAKE_LINE_H
#define EG_TESTS_UNIT_HOST_FAKE_LINE_H
/**
 * A line whose other end is a script: each entry is what the host must write next and what it then
 * receives. A read with nothing left to receive ends in HOST_LINE_TIMEOUT at once.
 */
#include "host/transport/transport.h"

/** Hex texts without spaces; expect NULL: nothing needs to be written first. The last entry has
 * both NULL. */
struct fake_step {
    const char *expect;
    const char *answer; /* NULL: nothing comes */
};

struct fake_line {
    const struct fake_step *steps;
    size_t at;
    uint8_t written[4096]; /* since the last step that was satisfied */
    size_t written_len;
    uint8_t pending[4096]; /* for the host to read */
    size_t pending_len;
    bool wrong;   /* the host wrote something else than the script says */
    bool is_lost; /* after the script: HOST_LINE_LOST instead of HOST_LINE_TIMEOUT */
};

/** t reads from and writes to *f, which must outlive it. */
void fake_line_open(struct fake_line *f, const struct fake_step *steps, struct eg_transport *t);

/** All steps were used and nothing else was written. */
bool fake_line_done(const struct fake_line *f);

#endif
