/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/port/linux/device.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "lib/crypto/x509.h"
#include "lib/os/clock.h"
#include "lib/os/fd.h"
#include "lib/os/file.h"

enum { ROOTS_FILE_MAX = 262144 };

/* ---- what the library asks of us --------------------------------------------------------------
 */

static uint64_t now_ms(void *ctx)
{
    (void)ctx;
    return (uint64_t)eg_clock_mono_ms();
}

static void draw(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    if (getrandom(out, len, 0) != (ssize_t)len) {
        memset(out, 0xFF, len); /* the longest wait: never too early */
    }
}

static const char *const event_names[] = {
    [EG_AGENT_EVENT_DIALING] = "dialing",
    [EG_AGENT_EVENT_DIAL_FAILED] = "dial failed",
    [EG_AGENT_EVENT_CONNECTED] = "connected",
    [EG_AGENT_EVENT_REQUEST] = "request",
    [EG_AGENT_EVENT_KEY_STATUS] = "key status",
    [EG_AGENT_EVENT_CRL] = "CRL checked",
    [EG_AGENT_EVENT_COMMITTED] = "datastore written",
    [EG_AGENT_EVENT_GOODBYE] = "goodbye",
    [EG_AGENT_EVENT_ENDED] = "ended",
    [EG_AGENT_EVENT_BAD_MESSAGE] = "bad message",
    [EG_AGENT_EVENT_REFUSED] = "refused",
};

static void log_event(void *ctx, enum eg_agent_event event, uint32_t a, uint32_t b)
{
    const struct eg_device *d = ctx;
    size_t count = sizeof(event_names) / sizeof(event_names[0]);
    const char *name = (size_t)event < count ? event_names[event] : NULL;
    if (d->options->verbose) {
        (void)fprintf(stderr, "engrave-agent: %s 0x%x %ld\n", name != NULL ? name : "?",
                      (unsigned)a, (long)(int32_t)b);
    }
}

/* ---- opening ----------------------------------------------------------------------------------
 */

static enum eg_agent_result say(struct eg_device *d, enum eg_agent_result result, const char *why)
{
    (void)snprintf(d->why, sizeof(d->why), "%s", why);
    return result;
}

static bool lock(struct eg_device *d)
{
    char path[EG_PATH_MAX];
    if (!eg_ok(eg_path_join(d->options->state, "lock", path, sizeof(path)))) {
        return false;
    }
    d->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return d->lock_fd >= 0 && flock(d->lock_fd, LOCK_EX | LOCK_NB) == 0;
}

static enum eg_agent_result open_state(struct eg_device *d, enum eg_device_mode mode)
{
    const char *dir = d->options->state;
    if (!eg_ok(eg_file_make_dir(dir))) {
        return say(d, EG_AGENT_STORE, "the state folder cannot be made");
    }
    if (mode == EG_DEVICE_ALONE && !lock(d)) {
        return say(d, EG_AGENT_STORE, "another engrave-agent uses the state folder");
    }
    if (!eg_ok(eg_store_file_open(dir, "connection", &d->connection)) ||
        !eg_ok(eg_store_file_open(dir, "services", &d->services))) {
        return say(d, EG_AGENT_STORE, "the datastores cannot be opened");
    }
    return EG_AGENT_OK;
}

static enum eg_agent_result wire_up(struct eg_device *d)
{
    const struct eg_options *o = d->options;
    const struct eg_agent_config config = {
        .transport = &eg_tls_ops,
        .transport_ctx = &d->tls,
        .now_ms = now_ms,
        .random = draw,
        .log = log_event,
        .ctx = d,
        .request_buffer = d->request,
        .request_size = sizeof(d->request),
        .response_buffer = d->response,
        .response_size = sizeof(d->response),
        .connect_limit_ms = o->connect_timeout * 1000,
        .idle_limit_ms = o->idle_timeout * 1000,
        .session_limit_ms = o->session_timeout * 1000,
    };
    enum eg_agent_result result = eg_agent_init(&d->agent, &config);
    if (result == EG_AGENT_OK) {
        result = eg_agent_add_enclave(&d->agent, EG_PORT_KEYSTORE, &d->enclave.agent, &d->enclave);
    }
    if (result == EG_AGENT_OK) {
        result =
            eg_agent_add_store(&d->agent, EG_AGENT_CONNECTION, &eg_store_file_ops, &d->connection);
    }
    if (result == EG_AGENT_OK) {
        result = eg_agent_add_store(&d->agent, EG_DEVICE_STORE, &eg_store_file_ops, &d->services);
    }
    return result == EG_AGENT_OK ? result : say(d, result, "the device library refuses its set-up");
}

enum eg_agent_result eg_device_open(struct eg_device *d, const struct eg_options *options,
                                    enum eg_device_mode mode, int cancel_fd)
{
    const struct eg_tls_options tls = {
        .max_fragment = (uint16_t)options->max_fragment,
        .no_alpn = options->no_alpn,
        .connect = options->dial[0] != '\0' ? options->dial : NULL,
        .cancel_fd = cancel_fd,
    };
    memset(d, 0, sizeof(*d));
    d->options = options;
    d->lock_fd = -1;
    d->connection = (struct eg_store_file){{-1, -1}};
    d->services = (struct eg_store_file){{-1, -1}};
    eg_tls_init(&d->tls, &tls);
    enum eg_agent_result result = open_state(d, mode);
    if (result == EG_AGENT_OK) {
        d->enclave_open = true;
        result = eg_port_enclave_open(options->enclave, &d->enclave, d->why, sizeof(d->why));
    }
    return result == EG_AGENT_OK ? wire_up(d) : result;
}

void eg_device_close(struct eg_device *d)
{
    eg_tls_cleanup(&d->tls);
    if (d->enclave_open) {
        eg_port_enclave_close(&d->enclave);
    }
    eg_store_file_close(&d->connection);
    eg_store_file_close(&d->services);
    eg_fd_close(&d->lock_fd);
    eg_wipe(d->room, sizeof(d->room)); /* descriptors may hold passwords */
}

enum eg_agent_result eg_device_uuid_hex(struct eg_device *d, char out[static 33])
{
    uint8_t uuid[EG_AGENT_UUID_LEN] = {0};
    enum eg_agent_result result = d->enclave.agent.uuid(&d->enclave, uuid);
    eg_hex_encode(EG_SPAN_OF(uuid), out);
    return result;
}

/* ---- roots ------------------------------------------------------------------------------------
 */

bool eg_device_read_roots(struct eg_device *d, const char *path, struct eg_writer *out)
{
    static const char end[] = "-----END CERTIFICATE-----";
    struct eg_file_bytes file = {NULL, 0};
    eg_status st = eg_file_read(path, ROOTS_FILE_MAX, &file);
    const char *text = (const char *)file.ptr;
    for (const char *stop; eg_ok(st) && (stop = strstr(text, end)) != NULL;
         text = stop + strlen(end)) {
        st = eg_x509_from_pem(eg_span(text, (size_t)(stop - text) + strlen(end)), out);
    }
    eg_file_bytes_free(&file);
    if (!eg_ok(st) || out->len == 0) {
        (void)snprintf(d->why, sizeof(d->why), "%.200s holds no certificates", path);
        return false;
    }
    return true;
}
