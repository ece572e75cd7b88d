/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vaultpool/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/os/clock.h"
#include "lib/os/fd.h"
#include "lib/wire/vault_msg.h"
#include "server/vaultpool/passphrase.h"

enum {
    SOCKET_FD = 3, /* in the vault */
    PASSPHRASE_FD = 4,
    DISMISS_MS = 2000,
    SOCKET_BUFFER = 1024 * 1024, /* bytes; a chunk of devices fits, so neither side waits */
};

/* ---- starting -------------------------------------------------------------------------------- */

static eg_status limit_waiting(int fd, int64_t ms)
{
    struct timeval t = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)) != 0) {
        return EG_ERR(OS_PROCESS);
    }
    return EG_OK;
}

static void enlarge_buffers(int fds[static 2])
{
    int size = SOCKET_BUFFER; /* the system may grant less, which is only slower */
    (void)setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    (void)setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static eg_status spawn(const struct eg_vaultpool_options *options, int socket_fd, int passphrase_fd,
                       struct eg_child *out)
{
    const bool named = options->device_name != NULL;
    const char *const argv[] = {"engrave-vault",       "--key-file",
                                options->key_file,     "--families",
                                options->families_dir, named ? "--device-name" : NULL,
                                options->device_name,  NULL};
    const struct eg_child_fd fds[] = {{socket_fd, SOCKET_FD}, {passphrase_fd, PASSPHRASE_FD}};
    return eg_child_spawn(options->program, argv, fds, 2, out);
}

eg_status eg_worker_start(const struct eg_vaultpool_options *options, struct eg_worker *out)
{
    int pair[2] = {-1, -1};
    int passphrase = -1;
    eg_status st;
    *out = (struct eg_worker){.fd = -1};
    EG_TRY(eg_passphrase_pipe(options->passphrase_file, &passphrase));
    EG_TRY_GOTO(st, end, eg_fd_pair(pair));
    enlarge_buffers(pair);
    EG_TRY_GOTO(st, end, limit_waiting(pair[0], EG_WORKER_START_MS));
    EG_TRY_GOTO(st, end, spawn(options, pair[1], passphrase, &out->child));
    out->fd = pair[0];
    pair[0] = -1;
end:
    eg_fd_close(&passphrase);
    eg_fd_close(&pair[0]);
    eg_fd_close(&pair[1]);
    return st;
}

static void copy_text(struct eg_span text, char *out, size_t room)
{
    if (out == NULL || room == 0) {
        return;
    }
    size_t len = text.len < room - 1 ? text.len : room - 1;
    if (len > 0) {
        memcpy(out, text.ptr, len);
    }
    out[len] = '\0';
}

static eg_status read_hello(const struct eg_worker_answer *answer,
                            uint8_t fingerprint[static EG_VAULT_FINGERPRINT_LEN], char *why,
                            size_t why_room)
{
    struct eg_span result;
    eg_status st = eg_vault_get_answer(answer->body, &result);
    if (!eg_ok(st)) {
        copy_text(result, why, why_room);
        return st;
    }
    if (result.len != EG_VAULT_FINGERPRINT_LEN) {
        return EG_ERR(WIRE_BAD_MESSAGE);
    }
    memcpy(fingerprint, result.ptr, result.len);
    return EG_OK;
}

eg_status eg_worker_hello(struct eg_worker *w, uint8_t fingerprint[static EG_VAULT_FINGERPRINT_LEN],
                          char *why, size_t why_room)
{
    uint8_t message[EG_VAULT_FRAME_LEN];
    struct eg_vault_frame frame = {EG_VAULT_OP_HELLO, 0};
    struct eg_worker_answer answer;
    eg_vault_frame_put(&frame, message);
    if (!eg_ok(eg_worker_exchange(w, EG_SPAN_OF(message), &answer))) {
        copy_text(eg_span_str("The vault ended while it started."), why, why_room);
        return EG_ERR(VAULT_UNAVAILABLE);
    }
    eg_status st = read_hello(&answer, fingerprint, why, why_room);
    free(answer.memory);
    EG_TRY(st);
    return limit_waiting(w->fd, EG_VAULTPOOL_ANSWER_MS);
}

/* ---- messages -------------------------------------------------------------------------------- */

static eg_status read_answer(int fd, uint16_t op, struct eg_worker_answer *out)
{
    uint8_t head[EG_VAULT_FRAME_LEN];
    struct eg_vault_frame frame;
    EG_TRY(eg_fd_read(fd, head, sizeof(head)));
    EG_TRY(eg_vault_frame_get(head, &frame));
    if (frame.op != op) {
        return EG_ERR(WIRE_BAD_MESSAGE);
    }
    uint8_t *body = malloc(frame.length > 0 ? frame.length : 1);
    if (body == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_status st = eg_fd_read(fd, body, frame.length);
    if (!eg_ok(st)) {
        free(body);
        return st;
    }
    *out = (struct eg_worker_answer){body, eg_span(body, frame.length)};
    return EG_OK;
}

eg_status eg_worker_exchange(struct eg_worker *w, struct eg_span message,
                             struct eg_worker_answer *out)
{
    struct eg_vault_frame frame;
    *out = (struct eg_worker_answer){0};
    EG_TRY(eg_vault_frame_get(message.ptr, &frame));
    eg_status st = eg_fd_write(w->fd, message);
    if (!eg_ok(st)) {
        return eg_is(st, EG_E_OS_PEER_GONE) ? st : EG_ERR(OS_PROCESS);
    }
    st = read_answer(w->fd, frame.op, out);
    return eg_ok(st) || eg_is(st, EG_E_NO_MEMORY) ? st : EG_ERR(OS_PROCESS);
}

/* ---- ending ---------------------------------------------------------------------------------- */

void eg_worker_end(struct eg_worker *w)
{
    if (w->child.pid != 0) {
        eg_fd_close(&w->fd);
        eg_child_stop(&w->child, 0);
    }
    *w = (struct eg_worker){.fd = -1};
}

void eg_worker_dismiss(struct eg_worker *w)
{
    struct eg_child_end end;
    if (w->child.pid != 0) {
        eg_fd_close(&w->fd);
        if (eg_ok(eg_child_wait(&w->child, eg_clock_mono_ms() + DISMISS_MS, &end))) {
            w->child = (struct eg_child){0};
        }
    }
    eg_worker_end(w);
}
