/* SPDX-License-Identifier: Apache-2.0 */
/* One connection: handshake, messages out, frames in; in between the session says what it needs. */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto/device_cert.h"
#include "lib/os/clock.h"
#include "lib/os/fd.h"
#include "lib/os/log.h"
#include "server/device/internal.h"
#include "server/main/limits.h"

#define COUNT(c, what) atomic_fetch_add(&(c)->loop->endpoint->stats.what, 1)

enum { SECOND_MS = 1000, PEER_CERT_MAX = 16384 };

/* ---- life -------------------------------------------------------------------------------------
 */

struct eg_device_connection *eg_device_connection_new(struct eg_device_loop *loop, int fd,
                                                      const char *address, uint16_t port)
{
    struct eg_device_connection *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return NULL;
    }
    c->loop = loop;
    c->identity = eg_device_identity_hold(loop->endpoint->identity);
    c->ssl = eg_device_tls_accept(c->identity->tls, fd);
    if (c->ssl == NULL) {
        eg_device_snapshot_release(c->identity);
        free(c);
        return NULL;
    }
    c->fd = fd;
    c->started_ms = eg_clock_mono_ms();
    memcpy(c->address, address, strnlen(address, EG_CLOUD_ADDRESS_LEN));
    c->peer.address = c->address;
    c->peer.port = port;
    atomic_fetch_add(&loop->endpoint->handshaking, 1);
    COUNT(c, open);
    return c;
}

void eg_device_connection_free(struct eg_device_connection *c)
{
    struct eg_device_endpoint *e = c->loop->endpoint;
    eg_device_session_end(&c->session);
    SSL_free(c->ssl);
    eg_fd_close(&c->fd);
    eg_device_snapshot_release(c->identity);
    free(c->subject);
    free(c->in);
    atomic_fetch_sub(&e->stats.open, 1);
    free(c);
}

/* ---- what a session needs ---------------------------------------------------------------------
 */

static void log_end(const struct eg_device_connection *c)
{
    const struct eg_device_session *s = &c->session;
    char uuid[EG_UUID_HEX_LEN + 1];
    bool good = s->finished && s->update == EG_UPDATE_SUCCESS;
    const char *name = eg_session_status_name(EG_VOCABULARY_UPDATE, (int32_t)s->update);
    eg_uuid_to_hex(&c->peer.uuid, uuid);
    eg_log(good ? EG_LOG_INFO : EG_LOG_WARNING, "device session",
           EG_LOG_FIELDS(eg_log_str("device", c->peer.well_formed ? uuid : "unknown"),
                         eg_log_str("address", c->address),
                         eg_log_str("status", s->broken || name == NULL ? "none" : name),
                         eg_log_num("messages", s->round_trips),
                         eg_log_num("ms", eg_clock_mono_ms() - c->started_ms),
                         eg_log_str("why", s->detail),
                         eg_log_str("correlation", s->cloud.correlation)));
}

/** Counted once, when nothing more can happen to the session. */
static void count_end(struct eg_device_connection *c)
{
    const struct eg_device_session *s = &c->session;
    if (s->broken) {
        COUNT(c, broken);
    } else if (!s->finished && s->cloud.verdict != EG_CLOUD_MEMBER) {
        COUNT(c, refused);
    } else if (s->update == EG_UPDATE_SUCCESS) {
        COUNT(c, sessions);
    } else {
        COUNT(c, sessions_failed);
    }
    log_end(c);
}

static void set_state(struct eg_device_connection *c, enum eg_connection_state state,
                      int64_t seconds)
{
    int64_t now = eg_clock_mono_ms();
    int64_t end = c->started_ms + (int64_t)EG_LIMIT_DEVICE_SESSION_S * SECOND_MS;
    int64_t deadline = now + seconds * SECOND_MS;
    c->state = state;
    eg_device_loop_timer(c, deadline < end ? deadline : end);
}

static void start_sending(struct eg_device_connection *c, bool last)
{
    free(c->in);
    c->in = NULL;
    c->in_len = 0;
    c->sent = 0;
    c->last = last;
    set_state(c, EG_CONNECTION_SENDING, EG_LIMIT_DEVICE_IDLE_S);
}

static void give_to_worker(struct eg_device_connection *c)
{
    c->state = EG_CONNECTION_WORKING; /* bounded by the rules themselves */
    if (!eg_workers_push(c->loop->endpoint->workers, &c->work)) {
        c->need = eg_device_session_refuse(&c->session, EG_UPDATE_ERR_CONNECTION_QUOTA_EXCEEDED);
        eg_device_connection_resume(c);
    }
}

static void act(struct eg_device_connection *c, enum eg_device_need need)
{
    bool out = eg_device_session_out(&c->session).len > 0;
    switch (need) {
    case EG_DEVICE_SEND:
        start_sending(c, false);
        return;
    case EG_DEVICE_RULE:
        give_to_worker(c);
        return;
    case EG_DEVICE_END:
        count_end(c);
        if (out) {
            start_sending(c, true);
        } else {
            c->state = EG_CONNECTION_GONE;
        }
        return;
    }
}

void eg_device_connection_resume(struct eg_device_connection *c)
{
    free(c->subject);
    c->subject = NULL;
    c->peer.subject = eg_span(NULL, 0);
    act(c, c->need);
}

/** CRL of today, also for a connection that began before it was renewed. */
static void keep_fresh(struct eg_device_connection *c)
{
    struct eg_device_identity *id = c->loop->endpoint->identity;
    int64_t now_ms = eg_clock_now_ms();
    if (eg_device_snapshot_fresh(c->identity, now_ms / SECOND_MS)) {
        return;
    }
    eg_status st = eg_device_identity_refresh(id, now_ms);
    if (!eg_ok(st)) {
        eg_log_failure(st, "device endpoint renewal", NULL);
    }
    eg_device_snapshot_release(c->identity);
    c->identity = eg_device_identity_hold(id);
    c->session.crl = c->identity->crl;
}

/**
 * The rules want the certificate only to copy it into what they write, and TLS has it anyway: read
 * for the call, it takes no memory of a connection that waits.
 */
static struct eg_span certificate_of(const struct eg_device_connection *c, uint8_t *room,
                                     size_t room_len)
{
    struct eg_span der = eg_span(NULL, 0);
    if (!c->peer.ours && c->peer.well_formed &&
        !eg_ok(eg_device_tls_peer(c->ssl, room, room_len, &der))) {
        der = eg_span(NULL, 0);
    }
    return der;
}

void eg_device_connection_work(struct eg_device_connection *c)
{
    struct eg_device_endpoint *e = c->loop->endpoint;
    const struct eg_device_rules rules = {e->core, &e->doubts};
    uint8_t room[EG_DEVICE_CERT_MAX];
    if (c->session.rule == EG_DEVICE_RULE_ADMIT) {
        keep_fresh(c);
    }
    c->peer.certificate = certificate_of(c, room, sizeof(room));
    c->need = eg_device_rules_run(&rules, &c->session, &c->peer);
    c->peer.certificate = eg_span(NULL, 0);
    eg_device_loop_done(c->loop, c);
}

/** The peer is lost: store what is known, then go. */
static void lose(struct eg_device_connection *c, const char *why)
{
    if (c->state == EG_CONNECTION_HANDSHAKE) {
        COUNT(c, handshakes_failed);
        atomic_fetch_sub(&c->loop->endpoint->handshaking, 1);
        c->state = EG_CONNECTION_GONE;
        return;
    }
    if (c->state == EG_CONNECTION_CLOSING || c->last) {
        c->state = EG_CONNECTION_GONE;
        return;
    }
    act(c, eg_device_session_broken(&c->session, why));
}

void eg_device_connection_expire(struct eg_device_connection *c, const char *why)
{
    if (c->state != EG_CONNECTION_WORKING) {
        lose(c, why);
    }
}

/* ---- TLS --------------------------------------------------------------------------------------
 */

/** Nothing more to be had from the socket now? Otherwise the connection is lost. */
static bool must_wait(struct eg_device_connection *c, int result)
{
    int error = SSL_get_error(c->ssl, result);
    if (error == SSL_ERROR_WANT_WRITE) {
        eg_device_loop_want_write(c);
    }
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

/** Who is it? Keeps the subject until the rules have judged. */
static void read_peer(struct eg_device_connection *c)
{
    uint8_t room[PEER_CERT_MAX];
    struct eg_device_cert_facts facts;
    struct eg_span der, subject = eg_span(NULL, 0);
    struct eg_cloud_peer *p = &c->peer;
    if (eg_ok(eg_device_tls_peer(c->ssl, room, sizeof(room), &der)) &&
        eg_ok(eg_device_cert_read(der, eg_clock_now_s(), &facts, &subject))) {
        p->well_formed = true;
        p->uuid = facts.uuid;
        memcpy(p->public_key, facts.public_key, sizeof(p->public_key));
    } else {
        COUNT(c, malformed);
    }
    size_t len = subject.len < EG_CLOUD_SUBJECT_MAX ? subject.len : EG_CLOUD_SUBJECT_MAX;
    c->subject = len == 0 ? NULL : malloc(len);
    if (c->subject != NULL) {
        memcpy(c->subject, subject.ptr, len);
        p->subject = eg_span(c->subject, len);
    }
}

/** SNI must say the name that devices dial. A well-formed peer is judged before it is told so: the
 * owner of a member will know. */
static enum eg_device_need refuse_name(struct eg_device_connection *c, uint32_t status)
{
    c->peer.wrong_name = status;
    return c->peer.well_formed ? eg_device_session_start(&c->session)
                               : eg_device_session_refuse(&c->session, status);
}

static enum eg_device_need start_session(struct eg_device_connection *c,
                                         const struct eg_device_tls_facts *tls)
{
    const char *name = c->loop->endpoint->name;
    eg_device_session_init(&c->session, tls->ours, c->identity->crl);
    c->session.record_max = tls->record_max;
    c->peer.ours = tls->ours;
    read_peer(c);
    if (tls->sni[0] == '\0') {
        COUNT(c, sni_missing);
        return refuse_name(c, EG_UPDATE_ERR_CONFIGURATION_SNI_MISSING);
    }
    if (!eg_hostname_equal(eg_span_str(tls->sni), eg_span_str(name))) {
        COUNT(c, sni_wrong);
        return refuse_name(c, EG_UPDATE_ERR_CONFIGURATION_SNI_INVALID);
    }
    return eg_device_session_start(&c->session);
}

/** The three steps answer: may the connection go on at once? */
static bool shake_hands(struct eg_device_connection *c)
{
    struct eg_device_tls_facts facts;
    int result = SSL_do_handshake(c->ssl);
    if (result != 1) {
        if (must_wait(c, result)) {
            return false;
        }
        if (eg_device_tls_no_certificate()) {
            COUNT(c, no_certificate);
        }
        lose(c, "");
        return true;
    }
    eg_device_tls_facts(c->ssl, &facts);
    atomic_fetch_sub(&c->loop->endpoint->handshaking, 1);
    COUNT(c, handshakes);
    if (facts.resumed) {
        COUNT(c, resumed);
    }
    act(c, start_session(c, &facts));
    return true;
}

static bool send_more(struct eg_device_connection *c)
{
    struct eg_span out = eg_device_session_out(&c->session);
    while (c->sent < out.len) {
        int n = SSL_write(c->ssl, out.ptr + c->sent, (int)(out.len - c->sent));
        if (n <= 0) {
            if (must_wait(c, n)) {
                return false;
            }
            lose(c, "the device closed the connection");
            return true;
        }
        c->sent += (size_t)n;
    }
    eg_device_session_sent(&c->session);
    if (c->last) {
        set_state(c, EG_CONNECTION_CLOSING, EG_LIMIT_DEVICE_CLOSE_S);
    } else {
        set_state(c, EG_CONNECTION_READING, EG_LIMIT_DEVICE_IDLE_S);
    }
    return true;
}

/** Append to what came so far. */
static bool keep(struct eg_device_connection *c, const uint8_t *data, size_t len)
{
    uint8_t *bigger = realloc(c->in, c->in_len + len);
    if (bigger == NULL) {
        return false;
    }
    memcpy(bigger + c->in_len, data, len);
    c->in = bigger;
    c->in_len += len;
    return true;
}

/** A whole frame and nothing behind it goes to the session. */
static void take_frame(struct eg_device_connection *c)
{
    size_t prefix, len;
    eg_status st =
        eg_session_get_prefix(eg_span(c->in, c->in_len), EG_LIMIT_DEVICE_FRAME, &prefix, &len);
    if (eg_is(st, EG_E_TRUNCATED) || (eg_ok(st) && c->in_len - prefix < len)) {
        return;
    }
    if (!eg_ok(st) || c->in_len - prefix > len) {
        lose(c, eg_is(st, EG_E_WIRE_SESSION_TOO_LONG) ? "the device's answer is too long"
                                                      : "the device sent no frame");
        return;
    }
    act(c, eg_device_session_answer(&c->session, eg_span(c->in + prefix, len)));
}

static bool read_more(struct eg_device_connection *c)
{
    int n = SSL_read(c->ssl, c->loop->room, sizeof(c->loop->room));
    if (n > 0) {
        if (keep(c, c->loop->room, (size_t)n)) {
            take_frame(c);
        } else {
            lose(c, "out of memory");
        }
        return true;
    }
    if (must_wait(c, n)) {
        return false;
    }
    lose(c, "the device closed the connection");
    return true;
}

/** Goodbye was the last word: whatever comes is dropped. The device closes first; closing the
 * socket is answer enough, also for one that waits for ours. */
static bool wait_for_close(struct eg_device_connection *c)
{
    int n = SSL_read(c->ssl, c->loop->room, sizeof(c->loop->room));
    if (n <= 0 && must_wait(c, n)) {
        return false;
    }
    if (n <= 0) {
        c->state = EG_CONNECTION_GONE;
    }
    return true;
}

void eg_device_connection_drive(struct eg_device_connection *c)
{
    static bool (*const steps[])(struct eg_device_connection *) = {
        [EG_CONNECTION_HANDSHAKE] = shake_hands,
        [EG_CONNECTION_SENDING] = send_more,
        [EG_CONNECTION_READING] = read_more,
        [EG_CONNECTION_CLOSING] = wait_for_close,
    };
    while (c->state != EG_CONNECTION_WORKING && c->state != EG_CONNECTION_GONE) {
        ERR_clear_error();
        if (!steps[c->state](c)) {
            return;
        }
    }
}
