/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_DEVICE_H
#define EG_VCHIP_DEVICE_H
/**
 * One chip on the bench: its line (a PTY) and its two sockets in the run folder:
 *   <uuid>.tty   symbolic link to the PTY; McuBoot
 *   <uuid>.app   socket of the running application
 *   <uuid>.ctl   socket of the bench: power, reset, cut, dump
 */
#include "vchip/chip_file.h"
#include "vchip/json_line.h"
#include "vchip/mcuboot.h"
#include "vchip/part.h"
#include "vchip/uboot.h"

struct eg_device {
    struct eg_source line; /* PTY, our side; first member: the line's handler gets it back */
    int line_slave;        /* kept open so that a host may come and go */
    struct eg_loop *loop;
    struct eg_chip *chip; /* owned */
    struct eg_part part;
    struct eg_mcuboot mcuboot; /* the line speaks one of the two, by family */
    struct eg_uboot uboot;
    struct eg_line_socket app, ctl;
    int run_fd; /* borrowed: the run folder */
};

/**
 * Bring a chip up in the run folder open as run_fd. Takes chip, also on error.
 * Errors  OS_FILE: no PTY, or the folder cannot be written. NO_MEMORY. *out is NULL.
 * Owner   *out is the caller's, eg_device_close(). Borrows loop, crypto and run_fd until then.
 */
EG_MUST_USE eg_status eg_device_open(struct eg_loop *loop, struct eg_crypto *crypto, int run_fd,
                                     struct eg_chip *chip, struct eg_device **out);

/** Take it down and remove its three names. NULL is fine. */
void eg_device_close(struct eg_device *device);

/** Handlers of the two sockets; context is the struct eg_device. */
json_t *eg_app_handle(void *context, const json_t *request);
json_t *eg_ctl_handle(void *context, const json_t *request);
/** The control socket's op "trace". */
json_t *eg_trace_handle(struct eg_device *device, const json_t *request);

/** {"booted":..,"verified":..,"reason":..,"version":..} of the last run of the boot ROM. */
json_t *eg_device_boot_json(const struct eg_device *device);
/** Word of the last run of the firmware since power came, "0x5A5A5A5A"; null: it did not run. */
json_t *eg_device_result_json(const struct eg_device *device);
/** The line forgets what was begun on it: power or reset from outside. */
void eg_device_drop_line(struct eg_device *device);
/** "OPEN", "CLOSED" or "LOCKED" as on the API; "UNKNOWN" for another byte. */
const char *eg_device_life_cycle_name(const struct eg_device *device);

#endif
