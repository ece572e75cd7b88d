/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/os/child.h"
#include "lib/os/fd.h"
#include "lib/os/file.h"
#include "server/vaultpool/passphrase.h"
#include "server/vaultpool/vaultpool.h"

enum {
    STDERR_FD = 2, /* in the vault */
    PASSPHRASE_FD = 4,
    SAID_MAX = 512,
};

/* All that the program says until it closes its end; the last line without its line break. */
static void listen_to(int fd, char *why, size_t why_room)
{
    char said[SAID_MAX];
    size_t len = 0;
    ssize_t n;
    while (len < sizeof(said) && (n = read(fd, said + len, sizeof(said) - len)) > 0) {
        len += (size_t)n;
    }
    while (len > 0 && said[len - 1] == '\n') {
        len--;
    }
    if (why != NULL && why_room > 0) {
        len = len < why_room - 1 ? len : why_room - 1;
        memcpy(why, said, len);
        why[len] = '\0';
    }
}

static eg_status meaning(const struct eg_child_end *end)
{
    if (end->exited && end->code == 0) {
        return EG_OK;
    }
    if (end->exited && end->code == eg_category_info(EG_CAT_CONFLICT)->exit_code) {
        return EG_ERR(VAULT_KEY_EXISTS);
    }
    if (end->exited && end->code == eg_category_info(EG_CAT_DENIED)->exit_code) {
        return EG_ERR(VAULT_PASSPHRASE);
    }
    if (end->exited && end->code == eg_category_info(EG_CAT_IO)->exit_code) {
        return EG_ERR(OS_FILE);
    }
    return EG_ERR(OS_PROCESS);
}

static eg_status run(const struct eg_vaultpool_options *options, int passphrase, int pipe_fds[2],
                     char *why, size_t why_room)
{
    const char *const argv[] = {"engrave-vault", "--init", "--key-file", options->key_file, NULL};
    const struct eg_child_fd fds[] = {{pipe_fds[1], STDERR_FD}, {passphrase, PASSPHRASE_FD}};
    struct eg_child child;
    struct eg_child_end end;
    EG_TRY(eg_child_spawn(options->program, argv, fds, 2, &child));
    eg_fd_close(&pipe_fds[1]); /* so that reading ends when the program does */
    listen_to(pipe_fds[0], why, why_room);
    EG_TRY(eg_child_wait(&child, -1, &end));
    return meaning(&end);
}

eg_status eg_vaultpool_key_init(const struct eg_vaultpool_options *options, char *why,
                                size_t why_room)
{
    int passphrase = -1;
    int pipe_fds[2] = {-1, -1};
    if (why != NULL && why_room > 0) {
        why[0] = '\0';
    }
    if (eg_file_exists(options->key_file)) {
        return EG_ERR(VAULT_KEY_EXISTS);
    }
    EG_TRY(eg_passphrase_pipe(options->passphrase_file, &passphrase));
    eg_status st = pipe2(pipe_fds, O_CLOEXEC) == 0
                       ? run(options, passphrase, pipe_fds, why, why_room)
                       : EG_ERR(OS_PROCESS);
    eg_fd_close(&pipe_fds[0]);
    eg_fd_close(&pipe_fds[1]);
    eg_fd_close(&passphrase);
    return st;
}
