/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lib/isp.h"

#include <string.h>

#include "lib/os/clock.h"

enum {
    PING_MS = 500,     /* one ping; SPSDK: the larger of this and a tenth of the timeout */
    RESET_ANSWER = 500 /* milliseconds; a device may reset before it answers */
};

void eg_isp_init(struct eg_isp *m, struct eg_transport *line, uint32_t timeout_ms)
{
    memset(m, 0, sizeof *m);
    m->line = line;
    m->timeout_ms = timeout_ms != 0 ? timeout_ms : EG_ISP_TIMEOUT_MS;
}

static int64_t deadline_of(uint32_t ms)
{
    return eg_clock_mono_ms() + ms;
}

/* ---- frames ---------------------------------------------------------------------------------- */

static eg_status send_frame(struct eg_isp *m, enum eg_mcuboot_frame_type type,
                            struct eg_span payload)
{
    uint8_t room[EG_MCUBOOT_FRAME_HEAD + EG_ISP_PACKET_MAX];
    struct eg_writer w;

    eg_writer_init(&w, room, sizeof room);
    eg_mcuboot_frame_put(&w, &(struct eg_mcuboot_frame){.type = type, .payload = payload});
    EG_TRY(w.status);
    return eg_transport_write(m->line, eg_writer_span(&w), deadline_of(m->timeout_ms));
}

static void drop(struct eg_isp *m, size_t used)
{
    m->rx_start += used;
    if (m->rx_start == m->rx_end) {
        m->rx_start = m->rx_end = 0;
    }
}

/* Receive more behind what is there. */
static eg_status fill(struct eg_isp *m, int64_t deadline_ms)
{
    size_t got = 0;

    if (m->rx_start > 0) {
        memmove(m->rx, m->rx + m->rx_start, m->rx_end - m->rx_start);
        m->rx_end -= m->rx_start;
        m->rx_start = 0;
    }
    if (m->rx_end == sizeof m->rx) {
        return EG_ERR(WIRE_BAD_FRAME);
    }
    EG_TRY(
        eg_transport_read(m->line, m->rx + m->rx_end, sizeof m->rx - m->rx_end, deadline_ms, &got));
    m->rx_end += got;
    return EG_OK;
}

/*
 * The next frame; its payload stays valid until the next call. Up to junk_max bytes that start no
 * frame are skipped.
 */
static eg_status read_frame(struct eg_isp *m, int64_t deadline_ms, size_t junk_max,
                            struct eg_mcuboot_frame *out)
{
    for (;;) {
        size_t used = 0;
        struct eg_span rx = eg_span(m->rx + m->rx_start, m->rx_end - m->rx_start);
        eg_status st = eg_mcuboot_frame_decode(rx, out, &used);

        drop(m, used);
        if (eg_ok(st)) {
            return EG_OK;
        }
        if (eg_is(st, EG_E_TRUNCATED)) {
            EG_TRY(fill(m, deadline_ms));
        } else if (junk_max == 0) {
            return st;
        } else {
            junk_max--;
        }
    }
}

static eg_status read_ack(struct eg_isp *m)
{
    struct eg_mcuboot_frame f;

    EG_TRY(read_frame(m, deadline_of(m->timeout_ms), 0, &f));
    switch (f.type) {
    case EG_MCUBOOT_ACK:
        return EG_OK;
    case EG_MCUBOOT_NAK:
        return EG_ERR(HOST_NAK);
    case EG_MCUBOOT_ABORT:
        return EG_ERR(HOST_ABORT);
    default:
        return EG_ERR(WIRE_BAD_FRAME);
    }
}

static eg_status ping_once(struct eg_isp *m)
{
    struct eg_mcuboot_frame f;
    struct eg_mcuboot_ping ping;
    uint32_t ms = m->timeout_ms / 10 > PING_MS ? m->timeout_ms / 10 : PING_MS;
    int64_t deadline = deadline_of(ms);

    m->rx_start = m->rx_end = 0;
    EG_TRY(send_frame(m, EG_MCUBOOT_PING, eg_span(NULL, 0)));
    do { /* late frames of an earlier user of the line may come first */
        EG_TRY(read_frame(m, deadline, EG_ISP_JUNK_MAX, &f));
    } while (f.type != EG_MCUBOOT_PING_RESPONSE);
    return eg_mcuboot_ping_decode(&f, &ping);
}

/*
 * The line may have broken in the middle of a frame: the device then takes what comes for the rest
 * of it, pings too. Zeros fill up the longest frame; outside a frame they are noise to be skipped.
 */
static eg_status end_torn_frame(struct eg_isp *m)
{
    static const uint8_t zeros[EG_MCUBOOT_FRAME_HEAD + EG_ISP_PACKET_MAX];

    return eg_transport_write(m->line, EG_SPAN_OF(zeros), deadline_of(m->timeout_ms));
}

eg_status eg_isp_connect(struct eg_isp *m)
{
    for (int i = 0; i < EG_ISP_OPEN_ATTEMPTS; i++) {
        if (i == 1) {
            EG_TRY(end_torn_frame(m));
        }
        eg_status st = ping_once(m);
        if (eg_ok(st) || eg_is(st, EG_E_HOST_LINE_LOST)) {
            return st;
        }
    }
    return EG_ERR(HOST_NO_DEVICE);
}

/* ---- commands -------------------------------------------------------------------------------- */

/* Answer packet of a command, ACKed. */
static eg_status read_answer(struct eg_isp *m, int64_t deadline_ms, struct eg_mcuboot_packet *out)
{
    struct eg_mcuboot_frame f;

    EG_TRY(read_frame(m, deadline_ms, 0, &f));
    if (f.type != EG_MCUBOOT_COMMAND) {
        return f.type == EG_MCUBOOT_ABORT ? EG_ERR(HOST_ABORT) : EG_ERR(WIRE_BAD_FRAME);
    }
    EG_TRY(eg_mcuboot_packet_decode(&f, out));
    EG_TRY(send_frame(m, EG_MCUBOOT_ACK, eg_span(NULL, 0)));
    return out->count > 0 ? EG_OK : EG_ERR(WIRE_BAD_FRAME);
}

static eg_status send_command(struct eg_isp *m, const struct eg_mcuboot_packet *cmd)
{
    uint8_t room[EG_MCUBOOT_FRAME_HEAD + 4 + 4 * EG_MCUBOOT_WORDS_MAX];
    struct eg_writer w;

    eg_writer_init(&w, room, sizeof room);
    eg_mcuboot_packet_put(&w, cmd);
    EG_TRY(w.status);
    EG_TRY(eg_transport_write(m->line, eg_writer_span(&w), deadline_of(m->timeout_ms)));
    return read_ack(m);
}

/* The device's own status, which is the first word of every answer. */
static eg_status check_status(struct eg_isp *m, const struct eg_mcuboot_packet *answer)
{
    if (answer->words[0] == 0) {
        return EG_OK;
    }
    m->device_status = answer->words[0];
    return EG_ERR(HOST_DEVICE_STATUS);
}

/* A command without data phase; the answer must have this tag and status 0. */
static eg_status command(struct eg_isp *m, const struct eg_mcuboot_packet *cmd, uint8_t answer_tag,
                         uint32_t wait_ms, struct eg_mcuboot_packet *answer)
{
    EG_TRY(send_command(m, cmd));
    EG_TRY(read_answer(m, deadline_of(wait_ms), answer));
    EG_TRY(check_status(m, answer));
    return answer->tag == answer_tag ? EG_OK : EG_ERR(WIRE_BAD_FRAME);
}

eg_status eg_isp_get_property(struct eg_isp *m, uint32_t property,
                              uint32_t words[static EG_MCUBOOT_WORDS_MAX], size_t *count)
{
    struct eg_mcuboot_packet answer;
    struct eg_mcuboot_packet cmd = {
        .tag = EG_MCUBOOT_CMD_GET_PROPERTY, .count = 2, .words = {property, 0}};

    *count = 0;
    EG_TRY(command(m, &cmd, EG_MCUBOOT_ANS_GET_PROPERTY, m->timeout_ms, &answer));
    *count = (size_t)answer.count - 1;
    memcpy(words, answer.words + 1, *count * sizeof words[0]);
    return EG_OK;
}

eg_status eg_isp_uuid(struct eg_isp *m, struct eg_uuid *out)
{
    uint32_t words[EG_MCUBOOT_WORDS_MAX];
    size_t count = 0;

    memset(out, 0, sizeof *out);
    EG_TRY(eg_isp_get_property(m, EG_MCUBOOT_PROP_UNIQUE_ID, words, &count));
    if (count != EG_UUID_LEN / 4) {
        return EG_ERR(WIRE_BAD_FRAME);
    }
    for (size_t i = 0; i < count; i++) { /* bytes stay in the order of the wire */
        eg_store_le32(out->bytes + 4 * i, words[i]);
    }
    return EG_OK;
}

/* ---- data phase ------------------------------------------------------------------------------ */

/* What the device says, within our limits. */
eg_status eg_isp_learn_packet(struct eg_isp *m)
{
    uint32_t words[EG_MCUBOOT_WORDS_MAX];
    size_t count = 0;

    if (m->max_packet != 0) {
        return EG_OK;
    }
    eg_status st = eg_isp_get_property(m, EG_MCUBOOT_PROP_MAX_PACKET, words, &count);
    if (!eg_ok(st) && !eg_is(st, EG_E_HOST_DEVICE_STATUS)) {
        return st;
    }
    m->max_packet = eg_ok(st) && count > 0 && words[0] > 0 ? words[0] : EG_MCUBOOT_PACKET_DEFAULT;
    if (m->max_packet > EG_ISP_PACKET_MAX) {
        m->max_packet = EG_ISP_PACKET_MAX;
    }
    return EG_OK;
}

static eg_status send_data(struct eg_isp *m, struct eg_span data)
{
    for (size_t done = 0; done < data.len;) {
        size_t left = data.len - done;
        size_t len = left < m->max_packet ? left : m->max_packet;

        EG_TRY(send_frame(m, EG_MCUBOOT_DATA, eg_span(data.ptr + done, len)));
        EG_TRY(read_ack(m));
        done += len;
        if (m->progress != NULL) {
            m->progress(m->progress_arg, done, data.len);
        }
    }
    return EG_OK;
}

/* A device that breaks off a data phase says why in its final answer. */
static eg_status why_aborted(struct eg_isp *m)
{
    struct eg_mcuboot_packet final;

    if (eg_ok(read_answer(m, deadline_of(m->timeout_ms), &final))) {
        EG_TRY(check_status(m, &final));
    }
    return EG_ERR(HOST_ABORT);
}

/* A command, its data and the final answer, whose status is handed out. */
static eg_status command_with_data(struct eg_isp *m, const struct eg_mcuboot_packet *cmd,
                                   struct eg_span data, struct eg_mcuboot_packet *final)
{
    EG_TRY(eg_isp_learn_packet(m));
    EG_TRY(command(m, cmd, EG_MCUBOOT_ANS_GENERIC, m->timeout_ms, final));
    eg_status st = send_data(m, data);
    if (eg_is(st, EG_E_HOST_ABORT)) {
        return why_aborted(m);
    }
    EG_TRY(st);
    EG_TRY(read_answer(m, deadline_of(m->timeout_ms), final));
    return final->tag == EG_MCUBOOT_ANS_GENERIC ? EG_OK : EG_ERR(WIRE_BAD_FRAME);
}

eg_status eg_isp_write_memory(struct eg_isp *m, uint32_t address, struct eg_span data)
{
    struct eg_mcuboot_packet final;
    struct eg_mcuboot_packet cmd = {.tag = EG_MCUBOOT_CMD_WRITE_MEMORY,
                                    .flags = EG_MCUBOOT_FLAG_DATA,
                                    .count = 3,
                                    .words = {address, (uint32_t)data.len, 0}};

    EG_TRY(command_with_data(m, &cmd, data, &final));
    return check_status(m, &final);
}

eg_status eg_isp_receive_sb(struct eg_isp *m, struct eg_span file)
{
    struct eg_mcuboot_packet final;
    struct eg_mcuboot_packet cmd = {.tag = EG_MCUBOOT_CMD_RECEIVE_SB,
                                    .flags = EG_MCUBOOT_FLAG_DATA,
                                    .count = 1,
                                    .words = {(uint32_t)file.len}};

    EG_TRY(command_with_data(m, &cmd, file, &final));
    if (final.words[0] == EG_MCUBOOT_STATUS_PENDING_JUMP ||
        final.words[0] == EG_MCUBOOT_STATUS_PENDING_RESET) {
        return EG_OK;
    }
    return check_status(m, &final);
}

eg_status eg_isp_reset(struct eg_isp *m)
{
    struct eg_mcuboot_packet answer;
    struct eg_mcuboot_packet cmd = {.tag = EG_MCUBOOT_CMD_RESET};

    EG_TRY(send_command(m, &cmd));
    eg_status st = read_answer(m, deadline_of(RESET_ANSWER), &answer);
    m->max_packet = 0; /* what comes up may be something else */
    if (eg_is(st, EG_E_HOST_LINE_TIMEOUT)) {
        return EG_OK;
    }
    EG_TRY(st);
    return check_status(m, &answer);
}

/* ---- provisioning firmware ------------------------------------------------------------------- */

eg_status eg_isp_el2go_version(struct eg_isp *m, uint32_t *out_version)
{
    struct eg_mcuboot_packet answer;
    struct eg_mcuboot_packet cmd = {
        .tag = EG_MCUBOOT_CMD_EL2GO, .count = 1, .words = {EG_MCUBOOT_EL2GO_VERSION}};

    *out_version = 0;
    EG_TRY(command(m, &cmd, EG_MCUBOOT_ANS_EL2GO, m->timeout_ms, &answer));
    if (answer.count < 2) {
        return EG_ERR(WIRE_BAD_FRAME);
    }
    *out_version = answer.words[1];
    return EG_OK;
}

eg_status eg_isp_close_device(struct eg_isp *m, uint32_t address, bool dry_run, uint32_t wait_ms,
                              uint32_t *out_result)
{
    struct eg_mcuboot_packet answer;
    struct eg_mcuboot_packet cmd = {
        .tag = EG_MCUBOOT_CMD_EL2GO,
        .count = 3,
        .words = {EG_MCUBOOT_EL2GO_CLOSE_DEVICE, address, dry_run ? 1u : 0u}};

    *out_result = 0;
    EG_TRY(send_command(m, &cmd));
    eg_status st = read_answer(m, deadline_of(wait_ms != 0 ? wait_ms : m->timeout_ms), &answer);
    if (eg_is(st, EG_E_HOST_LINE_TIMEOUT) || eg_is(st, EG_E_HOST_LINE_LOST)) {
        return EG_ERR(HOST_NO_FW_ANSWER);
    }
    EG_TRY(st);
    EG_TRY(check_status(m, &answer));
    if (answer.tag != EG_MCUBOOT_ANS_EL2GO || answer.count < 2) {
        return EG_ERR(WIRE_BAD_FRAME);
    }
    *out_result = answer.words[1];
    return EG_OK;
}
