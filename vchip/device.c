/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <termios.h>
#include <unistd.h>

#include "lib/os/fd.h"
#include "vchip/chip_storage.h"

enum {
    NAME_ROOM = EG_UUID_HEX_LEN + 8,
    LINE_READ = 4096,
};

static void name_of(const struct eg_device *d, const char *suffix, char out[static NAME_ROOM])
{
    eg_uuid_to_hex(&d->chip->uuid, out);
    (void)snprintf(out + EG_UUID_HEX_LEN, NAME_ROOM - EG_UUID_HEX_LEN, ".%s", suffix);
}

/* ---- line ----------------------------------------------------------------------------------- */

/* Answers are shorter than a PTY's buffer; a host that never reads loses them, as on a wire. */
static void line_emit(void *context, struct eg_span bytes)
{
    struct eg_device *d = context;
    while (bytes.len > 0) {
        ssize_t n = write(d->line.fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return;
        }
        bytes = eg_span(bytes.ptr + n, bytes.len - (size_t)n);
    }
}

static void line_ready(struct eg_source *source, uint32_t events)
{
    struct eg_device *d = (struct eg_device *)source;
    uint8_t room[LINE_READ];
    (void)events;
    ssize_t n = read(source->fd, room, sizeof(room));
    if (n > 0) {
        if (d->chip->family->load == EG_LOAD_UBOOT) {
            eg_uboot_input(&d->uboot, eg_span(room, (size_t)n));
        } else {
            eg_mcuboot_input(&d->mcuboot, eg_span(room, (size_t)n));
        }
    }
}

/* A PTY in raw mode; the slave stays open here, or reads would fail whenever the host closes it. */
static eg_status open_pty(struct eg_device *d, char *name, size_t room)
{
    struct termios mode;
    d->line.fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (d->line.fd < 0 || grantpt(d->line.fd) != 0 || unlockpt(d->line.fd) != 0 ||
        ptsname_r(d->line.fd, name, room) != 0) {
        return EG_ERR(OS_FILE);
    }
    d->line_slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (d->line_slave < 0 || tcgetattr(d->line_slave, &mode) != 0) {
        return EG_ERR(OS_FILE);
    }
    cfmakeraw(&mode);
    return tcsetattr(d->line_slave, TCSANOW, &mode) == 0 ? EG_OK : EG_ERR(OS_FILE);
}

static eg_status open_line(struct eg_device *d)
{
    char pty[64];
    char name[NAME_ROOM];
    EG_TRY(open_pty(d, pty, sizeof(pty)));
    name_of(d, "tty", name);
    (void)unlinkat(d->run_fd, name, 0);
    if (symlinkat(pty, d->run_fd, name) != 0) {
        return EG_ERR(OS_FILE);
    }
    d->line.ready = line_ready;
    return eg_loop_add(d->loop, &d->line, EPOLLIN);
}

/* ---- whole ---------------------------------------------------------------------------------- */

static eg_status bring_up(struct eg_device *d, struct eg_crypto *crypto)
{
    char name[NAME_ROOM];
    EG_TRY(eg_part_init(&d->part, d->chip, crypto));
    eg_mcuboot_init(&d->mcuboot, &d->part, line_emit, d);
    eg_uboot_init(&d->uboot, &d->part, line_emit, d);
    EG_TRY(open_line(d));
    name_of(d, "app", name);
    EG_TRY(eg_line_socket_open(&d->app, d->loop, d->run_fd, name, eg_app_handle, d));
    name_of(d, "ctl", name);
    return eg_line_socket_open(&d->ctl, d->loop, d->run_fd, name, eg_ctl_handle, d);
}

eg_status eg_device_open(struct eg_loop *loop, struct eg_crypto *crypto, int run_fd,
                         struct eg_chip *chip, struct eg_device **out)
{
    *out = NULL;
    struct eg_device *d = calloc(1, sizeof(*d));
    if (d == NULL) {
        eg_chip_close(chip);
        return EG_ERR(NO_MEMORY);
    }
    d->line.fd = -1;
    d->line_slave = -1;
    d->app.listener.fd = -1;
    d->ctl.listener.fd = -1;
    d->loop = loop;
    d->chip = chip;
    d->run_fd = run_fd;
    eg_status st = bring_up(d, crypto);
    if (!eg_ok(st)) {
        eg_device_close(d);
        return st;
    }
    *out = d;
    return EG_OK;
}

void eg_device_close(struct eg_device *device)
{
    static const char *const suffixes[] = {"tty", "app", "ctl"};
    if (device == NULL) {
        return;
    }
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        char name[NAME_ROOM];
        name_of(device, suffixes[i], name);
        (void)unlinkat(device->run_fd, name, 0);
    }
    eg_line_socket_close(&device->app);
    eg_line_socket_close(&device->ctl);
    eg_loop_remove(device->loop, &device->line);
    eg_fd_close(&device->line_slave);
    eg_mcuboot_cleanup(&device->mcuboot);
    eg_part_cleanup(&device->part);
    eg_chip_close(device->chip);
    free(device);
}

json_t *eg_device_boot_json(const struct eg_device *device)
{
    const struct eg_boot_result *boot = &device->part.boot;
    return json_pack("{s:b, s:b, s:s, s:s}", "booted", boot->booted, "verified", boot->verified,
                     "reason", boot->reason, "version", boot->version);
}

json_t *eg_device_result_json(const struct eg_device *device)
{
    char text[16];
    (void)snprintf(text, sizeof(text), "0x%08X", (unsigned)device->part.last_result);
    return device->part.ran ? json_string(text) : json_null();
}

void eg_device_drop_line(struct eg_device *device)
{
    eg_mcuboot_drop(&device->mcuboot);
    eg_uboot_drop(&device->uboot);
}

const char *eg_device_life_cycle_name(const struct eg_device *device)
{
    const struct eg_family *f = device->chip->family;
    uint8_t byte = eg_chip_life_cycle(device->chip);
    const struct {
        uint8_t byte;
        const char *name;
    } names[] = {{f->life_cycle_open, "OPEN"},
                 {f->life_cycle_closed, "CLOSED"},
                 {f->life_cycle_locked, "LOCKED"}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].byte == byte) {
            return names[i].name;
        }
    }
    return "UNKNOWN";
}
