/* SPDX-License-Identifier: Apache-2.0 */
/* serial:/dev/ttyX[,baud] */
#include <stdio.h>
#include <string.h>

#include "host/transport/tty.h"
#include "lib/base/text.h"

static eg_status serial_open(struct eg_transport *t, const char *where)
{
    char path[EG_TRANSPORT_PATH_MAX];
    const char *comma = strrchr(where, ',');
    size_t len = comma != NULL ? (size_t)(comma - where) : strlen(where);
    uint64_t baud = EG_TRANSPORT_BAUD_DEFAULT;

    if (len == 0 || len >= sizeof path) {
        return EG_ERR(HOST_TARGET);
    }
    if (comma != NULL && !eg_ok(eg_number_parse(eg_span_str(comma + 1), 4000000, &baud))) {
        return EG_ERR(HOST_TARGET);
    }
    snprintf(path, sizeof path, "%.*s", (int)len, where);
    return eg_tty_open(t, path, (unsigned)baud);
}

const struct eg_transport_ops eg_transport_serial = {
    .scheme = "serial",
    .open = serial_open,
    .read = eg_tty_read,
    .write = eg_tty_write,
    .close = eg_tty_close,
};
