/* SPDX-License-Identifier: Apache-2.0 */
/* vchip:RUNDIR/<uuid>: the line is RUNDIR/<uuid>.tty, the application RUNDIR/<uuid>.app */
#include <stdio.h>

#include "host/transport/tty.h"

/* where + suffix into out. */
static eg_status path_of(const char *where, const char *suffix,
                         char out[static EG_TRANSPORT_PATH_MAX])
{
    int n = snprintf(out, EG_TRANSPORT_PATH_MAX, "%s%s", where, suffix);
    if (n < 0 || n >= EG_TRANSPORT_PATH_MAX) {
        out[0] = '\0';
        return EG_ERR(HOST_TARGET);
    }
    return EG_OK;
}

static eg_status vchip_app_path(const char *where, char out[static EG_TRANSPORT_PATH_MAX])
{
    return path_of(where, ".app", out);
}

static eg_status vchip_open(struct eg_transport *t, const char *where)
{
    char path[EG_TRANSPORT_PATH_MAX];

    EG_TRY(path_of(where, ".tty", path));
    return eg_tty_open(t, path, EG_TRANSPORT_BAUD_DEFAULT);
}

const struct eg_transport_ops eg_transport_vchip = {
    .scheme = "vchip",
    .open = vchip_open,
    .read = eg_tty_read,
    .write = eg_tty_write,
    .close = eg_tty_close,
    .app_path = vchip_app_path,
};
