/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vaultpool/passphrase.h"

#include <fcntl.h>
#include <unistd.h>

#include "lib/os/fd.h"
#include "lib/os/file.h"

enum {
    PASSPHRASE_FILE_MAX = 1026, /* 1024 bytes and a line break; a pipe holds it without a reader */
};

eg_status eg_passphrase_pipe(const char *path, int *out_fd)
{
    struct eg_file_bytes content = {0};
    int pipe_fds[2];
    *out_fd = -1;
    EG_TRY(eg_file_read(path, PASSPHRASE_FILE_MAX, &content));
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
        eg_file_bytes_free(&content);
        return EG_ERR(OS_PROCESS);
    }
    eg_status st = eg_fd_write(pipe_fds[1], eg_file_span(&content));
    eg_file_bytes_free(&content);
    eg_fd_close(&pipe_fds[1]);
    if (!eg_ok(st)) {
        eg_fd_close(&pipe_fds[0]);
        return EG_ERR(OS_PROCESS);
    }
    *out_fd = pipe_fds[0];
    return EG_OK;
}
