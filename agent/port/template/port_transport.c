/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/port/template/port.h"

static enum eg_agent_result result_of(enum board_tls tls)
{
    switch (tls) {
    case BOARD_TLS_OK:
        return EG_AGENT_OK;
    case BOARD_TLS_TIMEOUT:
        return EG_AGENT_TIMEOUT;
    case BOARD_TLS_UNTRUSTED:
        return EG_AGENT_UNTRUSTED;
    case BOARD_TLS_REVOKED:
        return EG_AGENT_REVOKED;
    case BOARD_TLS_BAD_CRL:
        return EG_AGENT_BAD_CRL;
    default:
        return EG_AGENT_CLOSED;
    }
}

static enum eg_agent_result open_line(void *ctx, const struct eg_agent_target *to,
                                      uint32_t limit_ms)
{
    (void)ctx;
    enum eg_agent_result result = result_of(
        board_tls_open(to->host, to->port, to->roots.ptr, to->roots.len, to->certificate.ptr,
                       to->certificate.len, BOARD_CONNECTION_KEY, limit_ms));
    return result == EG_AGENT_CLOSED ? EG_AGENT_NOT_CONNECTED : result;
}

/* Records without data are no end of the stream; the limit covers all of them together. */
static enum eg_agent_result read_line(void *ctx, uint8_t *out, size_t len, uint32_t limit_ms,
                                      size_t *got)
{
    struct port_line *line = ctx;
    line->deadline_ms = board_ms() + limit_ms;
    *got = 0;
    while (*got == 0) {
        uint64_t now = board_ms();
        if (now >= line->deadline_ms) {
            return EG_AGENT_TIMEOUT;
        }
        enum board_tls tls = board_tls_read(out, len, (uint32_t)(line->deadline_ms - now), got);
        if (tls != BOARD_TLS_OK) {
            return result_of(tls);
        }
    }
    return EG_AGENT_OK;
}

static enum eg_agent_result write_line(void *ctx, const uint8_t *data, size_t len,
                                       uint32_t limit_ms)
{
    (void)ctx;
    return result_of(board_tls_write(data, len, limit_ms));
}

/* Anything but a clear yes is a no. */
static enum eg_agent_result check_crl(void *ctx, struct eg_agent_bytes crl)
{
    (void)ctx;
    enum eg_agent_result result = result_of(board_tls_verify_again(crl.ptr, crl.len));
    return result == EG_AGENT_OK || result == EG_AGENT_REVOKED ? result : EG_AGENT_BAD_CRL;
}

static void close_line(void *ctx, bool orderly)
{
    (void)ctx;
    board_tls_close(orderly);
}

const struct eg_agent_transport port_transport = {
    .open = open_line,
    .read = read_line,
    .write = write_line,
    .check_crl = check_crl,
    .close = close_line,
};
