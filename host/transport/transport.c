/* SPDX-License-Identifier: Apache-2.0 */
#include "host/transport/transport.h"

#include <string.h>

static const struct eg_transport_ops *const transports[] = {
    &eg_transport_serial,
    &eg_transport_vchip,
};

/* The transport of a target and the text after its scheme; NULL if none fits. */
static const struct eg_transport_ops *find(const char *target, const char **out_where)
{
    for (size_t i = 0; i < sizeof transports / sizeof transports[0]; i++) {
        size_t len = strlen(transports[i]->scheme);
        if (strncmp(target, transports[i]->scheme, len) == 0 && target[len] == ':') {
            *out_where = target + len + 1;
            return **out_where != '\0' ? transports[i] : NULL;
        }
    }
    return NULL;
}

eg_status eg_transport_open(struct eg_transport *t, const char *target)
{
    const char *where = NULL;
    const struct eg_transport_ops *ops = find(target, &where);

    *t = EG_TRANSPORT_CLOSED;
    if (ops == NULL) {
        return EG_ERR(HOST_TARGET);
    }
    eg_status st = ops->open(t, where);
    if (!eg_ok(st)) {
        *t = EG_TRANSPORT_CLOSED;
        return st;
    }
    t->ops = ops;
    return EG_OK;
}

eg_status eg_transport_app_path(const char *target, char out[static EG_TRANSPORT_PATH_MAX])
{
    const char *where = NULL;
    const struct eg_transport_ops *ops = find(target, &where);

    out[0] = '\0';
    if (ops == NULL) {
        return EG_ERR(HOST_TARGET);
    }
    return ops->app_path != NULL ? ops->app_path(where, out) : EG_ERR(HOST_NO_APP);
}

eg_status eg_transport_read(struct eg_transport *t, uint8_t *out, size_t room, int64_t deadline_ms,
                            size_t *got)
{
    *got = 0;
    return t->ops->read(t, out, room, deadline_ms, got);
}

eg_status eg_transport_write(struct eg_transport *t, struct eg_span data, int64_t deadline_ms)
{
    return t->ops->write(t, data, deadline_ms);
}

void eg_transport_close(struct eg_transport *t)
{
    if (t->ops != NULL) {
        t->ops->close(t);
    }
    *t = EG_TRANSPORT_CLOSED;
}
