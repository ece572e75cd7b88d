/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lib/app_socket.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "lib/os/clock.h"
#include "lib/os/fd.h"

eg_status eg_app_open(struct eg_app *a, const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};

    *a = EG_APP_CLOSED;
    if (strlen(path) >= sizeof addr.sun_path) {
        return EG_ERR(HOST_APP_OPEN);
    }
    memcpy(addr.sun_path, path, strlen(path) + 1);
    a->line = malloc(EG_APP_LINE_MAX);
    if (a->line == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    a->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (a->fd < 0 || connect(a->fd, (const struct sockaddr *)&addr, sizeof addr) != 0) {
        eg_app_close(a);
        return EG_ERR(HOST_APP_OPEN);
    }
    return EG_OK;
}

void eg_app_close(struct eg_app *a)
{
    eg_fd_close(&a->fd);
    free(a->line);
    *a = EG_APP_CLOSED;
}

/* ---- one line each way ----------------------------------------------------------------------- */

static eg_status read_line(struct eg_app *a, size_t *out_len)
{
    int64_t deadline = eg_clock_mono_ms() + EG_APP_TIMEOUT_MS;
    size_t len = 0;

    for (;;) {
        if (len == EG_APP_LINE_MAX || !eg_ok(eg_fd_wait_readable(a->fd, deadline))) {
            return EG_ERR(HOST_APP_ANSWER);
        }
        ssize_t n = read(a->fd, a->line + len, EG_APP_LINE_MAX - len);
        if (n <= 0) {
            return EG_ERR(HOST_APP_ANSWER);
        }
        len += (size_t)n;
        if (a->line[len - 1] == '\n') {
            *out_len = len - 1;
            return EG_OK;
        }
    }
}

static eg_status send_line(struct eg_app *a, const json_t *request)
{
    char *text = json_dumps(request, JSON_COMPACT);

    if (text == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_status st = eg_fd_write(a->fd, eg_span_str(text));
    free(text);
    if (eg_ok(st)) {
        st = eg_fd_write(a->fd, eg_span_str("\n"));
    }
    return eg_ok(st) ? EG_OK : EG_ERR(HOST_APP_ANSWER);
}

eg_status eg_app_ask(struct eg_app *a, json_t *request, json_t **out)
{
    size_t len = 0;
    json_error_t error;

    *out = NULL;
    a->psa_status = 0;
    if (request == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_status st = send_line(a, request);
    json_decref(request);
    EG_TRY(st);
    EG_TRY(read_line(a, &len));
    json_t *answer = json_loadb((const char *)a->line, len, 0, &error);
    const json_t *status = json_object_get(answer, "status");
    if (!json_is_integer(status)) {
        json_decref(answer);
        return EG_ERR(HOST_APP_ANSWER);
    }
    a->psa_status = (int)json_integer_value(status);
    if (a->psa_status != 0) {
        json_decref(answer);
        return EG_ERR(HOST_APP_REFUSED);
    }
    *out = answer;
    return EG_OK;
}

/* Hex member of the answer (which it takes) into w. */
static eg_status take_hex(json_t *answer, const char *name, struct eg_writer *w)
{
    const char *hex = json_string_value(json_object_get(answer, name));
    size_t len = hex != NULL ? strlen(hex) / 2 : 0;
    uint8_t *room = hex != NULL ? eg_writer_reserve(w, len) : NULL;
    eg_status st = EG_ERR(HOST_APP_ANSWER);

    if (room != NULL && eg_ok(eg_hex_decode(eg_span_str(hex), room, len))) {
        st = EG_OK;
    }
    json_decref(answer);
    return st;
}

eg_status eg_app_sign(struct eg_app *a, uint32_t key, struct eg_span message, struct eg_writer *out)
{
    char hex[EG_HEX_LEN(256) + 1];
    json_t *answer = NULL;

    if (message.len > (sizeof hex - 1) / 2) {
        return EG_ERR(NO_ROOM);
    }
    eg_hex_encode(message, hex);
    EG_TRY(eg_app_ask(
        a, json_pack("{s:s, s:I, s:s}", "op", "sign", "key", (json_int_t)key, "message", hex),
        &answer));
    return take_hex(answer, "signature", out);
}

eg_status eg_app_public(struct eg_app *a, uint32_t key, struct eg_writer *out)
{
    json_t *answer = NULL;

    EG_TRY(eg_app_ask(a, json_pack("{s:s, s:I}", "op", "public", "key", (json_int_t)key), &answer));
    return take_hex(answer, "spki", out);
}

eg_status eg_app_read(struct eg_app *a, uint32_t key, struct eg_writer *out)
{
    json_t *answer = NULL;

    EG_TRY(eg_app_ask(a, json_pack("{s:s, s:I}", "op", "read", "key", (json_int_t)key), &answer));
    return take_hex(answer, "data", out);
}

eg_status eg_app_list(struct eg_app *a, uint32_t *ids, size_t room, size_t *count)
{
    json_t *answer = NULL, *entry;
    eg_status st = EG_OK;
    size_t i;

    *count = 0;
    EG_TRY(eg_app_ask(a, json_pack("{s:s}", "op", "list"), &answer));
    json_t *list = json_object_get(answer, "objects");
    if (!json_is_array(list) || json_array_size(list) > room) {
        st = EG_ERR(HOST_APP_ANSWER);
        list = NULL;
    }
    json_array_foreach(list, i, entry)
    {
        ids[i] = (uint32_t)json_integer_value(json_object_get(entry, "id"));
        *count = i + 1;
    }
    json_decref(answer);
    return st;
}

eg_status eg_app_uuid(struct eg_app *a, struct eg_uuid *out)
{
    json_t *answer = NULL;

    memset(out, 0, sizeof *out);
    EG_TRY(eg_app_ask(a, json_pack("{s:s}", "op", "info"), &answer));
    const char *hex = json_string_value(json_object_get(answer, "uuid"));
    eg_status st = hex != NULL && eg_ok(eg_uuid_from_hex(eg_span_str(hex), out))
                       ? EG_OK
                       : EG_ERR(HOST_APP_ANSWER);
    json_decref(answer);
    return st;
}
