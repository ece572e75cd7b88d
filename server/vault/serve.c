/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vault/serve.h"

#include <sys/mman.h>

#include "lib/os/fd.h"
#include "server/vault/ops.h"

enum {
    ROOM_LEN = EG_VAULT_FRAME_LEN + EG_VAULT_MESSAGE_MAX,
    ROOM_KEPT = 1024 * 1024, /* bytes that stay in use between messages */
};

static uint8_t *reserve(void)
{
    void *at = mmap(NULL, ROOM_LEN, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

eg_status eg_serve_room_init(struct eg_serve_room *out)
{
    *out = (struct eg_serve_room){reserve(), reserve()};
    if (out->in == NULL || out->out == NULL) {
        eg_serve_room_cleanup(out);
        return EG_ERR(NO_MEMORY);
    }
    return EG_OK;
}

void eg_serve_room_cleanup(struct eg_serve_room *room)
{
    if (room->in != NULL) {
        (void)munmap(room->in, ROOM_LEN);
    }
    if (room->out != NULL) {
        (void)munmap(room->out, ROOM_LEN);
    }
    *room = (struct eg_serve_room){NULL, NULL};
}

/* A large message must not keep its pages for ever. */
static void give_back(uint8_t *at, size_t used)
{
    if (used > ROOM_KEPT) {
        (void)madvise(at + ROOM_KEPT, ROOM_LEN - ROOM_KEPT, MADV_DONTNEED);
    }
}

static eg_status receive(int fd, uint8_t *room, struct eg_vault_frame *frame)
{
    EG_TRY(eg_fd_read(fd, room, EG_VAULT_FRAME_LEN));
    EG_TRY(eg_vault_frame_get(room, frame));
    if (frame->length == 0) {
        return EG_OK;
    }
    eg_status st = eg_fd_read(fd, room + EG_VAULT_FRAME_LEN, frame->length);
    return eg_is(st, EG_E_OS_PEER_GONE) ? EG_ERR(OS_FILE) : st;
}

static eg_status reply(int fd, uint8_t *room, uint16_t op, size_t length)
{
    struct eg_vault_frame frame = {op, (uint32_t)length};
    eg_vault_frame_put(&frame, room);
    return eg_fd_write(fd, eg_span(room, EG_VAULT_FRAME_LEN + length));
}

static void answer_writer(const struct eg_serve_room *room, struct eg_writer *out)
{
    eg_writer_init(out, room->out + EG_VAULT_FRAME_LEN, EG_VAULT_MESSAGE_MAX);
}

static eg_status serve_one(struct eg_vault *v, int fd, const struct eg_serve_room *room)
{
    struct eg_vault_frame frame;
    struct eg_writer out;
    EG_TRY(receive(fd, room->in, &frame));
    answer_writer(room, &out);
    eg_vault_answer(v, frame.op, eg_span(room->in + EG_VAULT_FRAME_LEN, frame.length), &out);
    EG_TRY(reply(fd, room->out, frame.op, out.len));
    give_back(room->in, frame.length);
    give_back(room->out, out.len);
    return EG_OK;
}

eg_status eg_serve(struct eg_vault *v, int fd, const struct eg_serve_room *room)
{
    eg_status st;
    do {
        st = serve_one(v, fd, room);
    } while (eg_ok(st));
    return eg_is(st, EG_E_OS_PEER_GONE) ? EG_OK : st;
}

eg_status eg_serve_failure(int fd, const struct eg_serve_room *room, eg_status status,
                           const char *why)
{
    struct eg_vault_frame frame;
    struct eg_writer out;
    EG_TRY(receive(fd, room->in, &frame));
    answer_writer(room, &out);
    eg_vault_put_failure(&out, status, why);
    return reply(fd, room->out, frame.op, out.len);
}
