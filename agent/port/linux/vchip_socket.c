/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/port/linux/vchip_socket.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "lib/os/clock.h"
#include "lib/os/fd.h"

enum { COMMUNICATION_FAILURE = -145 };

bool eg_vchip_socket_init(struct eg_vchip_socket *s, const char *path)
{
    *s = (struct eg_vchip_socket){.fd = -1};
    if (strlen(path) >= sizeof(s->path)) {
        return false;
    }
    memcpy(s->path, path, strlen(path) + 1);
    s->line = malloc(EG_VCHIP_LINE_MAX);
    return s->line != NULL;
}

void eg_vchip_socket_cleanup(struct eg_vchip_socket *s)
{
    eg_fd_close(&s->fd);
    if (s->line != NULL) {
        eg_wipe(s->line, EG_VCHIP_LINE_MAX);
    }
    free(s->line);
    s->line = NULL;
}

/* The path may be longer than a socket address holds: through the folder, opened. */
static bool address_of(const char *path, int *out_folder, struct sockaddr_un *out)
{
    char folder[EG_VCHIP_PATH_MAX];
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    (void)snprintf(folder, sizeof(folder), "%.*s/", slash != NULL ? (int)(slash - path) : 1,
                   slash != NULL ? path : ".");
    *out_folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n =
        snprintf(out->sun_path, sizeof(out->sun_path), "/proc/self/fd/%d/%s", *out_folder, name);
    return *out_folder >= 0 && n > 0 && n < (int)sizeof(out->sun_path);
}

static bool dial(struct eg_vchip_socket *s)
{
    struct sockaddr_un addr;
    int folder = -1;
    if (address_of(s->path, &folder, &addr)) {
        s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (s->fd >= 0 && connect(s->fd, (const struct sockaddr *)&addr, sizeof(addr)) != 0) {
            eg_fd_close(&s->fd);
        }
    }
    eg_fd_close(&folder);
    return s->fd >= 0;
}

/* Bytes of the line without its end; 0: none came. */
static size_t read_line(struct eg_vchip_socket *s)
{
    int64_t deadline = eg_clock_mono_ms() + EG_VCHIP_WAIT_MS;
    size_t len = 0;
    while (len < EG_VCHIP_LINE_MAX && eg_ok(eg_fd_wait_readable(s->fd, deadline))) {
        ssize_t n = read(s->fd, s->line + len, EG_VCHIP_LINE_MAX - len);
        if (n <= 0) {
            break;
        }
        len += (size_t)n;
        if (s->line[len - 1] == '\n') {
            return len - 1;
        }
    }
    return 0;
}

static json_t *exchange(struct eg_vchip_socket *s, const char *text)
{
    if (!eg_ok(eg_fd_write(s->fd, eg_span_str(text))) ||
        !eg_ok(eg_fd_write(s->fd, eg_span_str("\n")))) {
        return NULL;
    }
    return json_loadb((const char *)s->line, read_line(s), 0, NULL);
}

/* An answer with a status, or NULL and the connection closed. */
static json_t *ask_text(struct eg_vchip_socket *s, const char *text)
{
    json_t *answer = s->fd >= 0 || dial(s) ? exchange(s, text) : NULL;
    if (!json_is_integer(json_object_get(answer, "status"))) {
        json_decref(answer);
        eg_fd_close(&s->fd);
        return NULL;
    }
    return answer;
}

int32_t eg_vchip_ask(struct eg_vchip_socket *s, json_t *request, json_t **out)
{
    char *text = request != NULL ? json_dumps(request, JSON_COMPACT) : NULL;
    json_t *answer = text != NULL ? ask_text(s, text) : NULL;
    int32_t status = COMMUNICATION_FAILURE;
    json_decref(request);
    if (text != NULL) {
        eg_wipe(text, strlen(text));
    }
    free(text);
    if (answer != NULL) {
        status = (int32_t)json_integer_value(json_object_get(answer, "status"));
    }
    if (out != NULL) {
        *out = status == 0 ? json_incref(answer) : NULL;
    }
    json_decref(answer);
    return status;
}

bool eg_vchip_hex(const json_t *answer, const char *name, struct eg_writer *w)
{
    const json_t *v = json_object_get(answer, name);
    size_t digits = json_string_length(v);
    uint8_t *room = json_is_string(v) ? eg_writer_reserve(w, digits / 2) : NULL;
    return room != NULL &&
           eg_ok(eg_hex_decode(eg_span(json_string_value(v), digits), room, digits / 2));
}

json_t *eg_vchip_hex_text(struct eg_span data)
{
    char *text = malloc(EG_HEX_LEN(data.len) + 1);
    if (text == NULL) {
        return NULL;
    }
    eg_hex_encode(data, text);
    json_t *out = json_string(text);
    eg_wipe(text, EG_HEX_LEN(data.len));
    free(text);
    return out;
}
