/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/port/linux/store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/os/fd.h"
#include "lib/os/file.h"

/* ---- operations -------------------------------------------------------------------------------
 */

static int fd_of(void *ctx, unsigned slot)
{
    return ((struct eg_store_file *)ctx)->fds[slot & 1];
}

/* Files need no erase; what was there is shorter or overwritten, and the library knows lengths. */
static enum eg_agent_result erase(void *ctx, unsigned slot)
{
    return ftruncate(fd_of(ctx, slot), 0) == 0 ? EG_AGENT_OK : EG_AGENT_STORE;
}

static enum eg_agent_result write_piece(void *ctx, unsigned slot, uint32_t offset,
                                        struct eg_agent_bytes piece)
{
    const uint8_t *p = piece.ptr;
    size_t left = piece.len;
    if (offset > EG_STORE_SLOT_BYTES || left > EG_STORE_SLOT_BYTES - offset) {
        return EG_AGENT_STORE;
    }
    while (left > 0) {
        ssize_t n = pwrite(fd_of(ctx, slot), p, left, (off_t)offset);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return EG_AGENT_STORE;
        }
        p += n;
        offset += (uint32_t)n;
        left -= (size_t)n;
    }
    return EG_AGENT_OK;
}

static enum eg_agent_result sync_slot(void *ctx, unsigned slot)
{
    return fdatasync(fd_of(ctx, slot)) == 0 ? EG_AGENT_OK : EG_AGENT_STORE;
}

static enum eg_agent_result read_piece(void *ctx, unsigned slot, uint32_t offset, uint8_t *out,
                                       size_t len)
{
    size_t got = 0;
    while (got < len) {
        ssize_t n = pread(fd_of(ctx, slot), out + got, len - got, (off_t)(offset + got));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return EG_AGENT_STORE;
        }
        if (n == 0) {
            break;
        }
        got += (size_t)n;
    }
    memset(out + got, 0, len - got);
    return EG_AGENT_OK;
}

const struct eg_agent_store eg_store_file_ops = {
    .slot_size = EG_STORE_SLOT_BYTES,
    .erase = erase,
    .write = write_piece,
    .sync = sync_slot,
    .read = read_piece,
};

/* ---- opening ----------------------------------------------------------------------------------
 */

static int open_slot(const char *dir, const char *name, unsigned slot)
{
    char path[EG_PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/%s.%u", dir, name, slot);
    return n > 0 && n < (int)sizeof(path)
               ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)
               : -1;
}

static bool sync_folder(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 && fsync(fd) == 0;
    eg_fd_close(&fd);
    return done;
}

eg_status eg_store_file_open(const char *dir, const char *name, struct eg_store_file *out)
{
    *out = (struct eg_store_file){{open_slot(dir, name, 0), open_slot(dir, name, 1)}};
    if (out->fds[0] < 0 || out->fds[1] < 0 || !sync_folder(dir)) {
        eg_store_file_close(out);
        return EG_ERR(OS_FILE);
    }
    return EG_OK;
}

void eg_store_file_close(struct eg_store_file *s)
{
    eg_fd_close(&s->fds[0]);
    eg_fd_close(&s->fds[1]);
}
