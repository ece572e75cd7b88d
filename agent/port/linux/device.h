/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_PORT_LINUX_DEVICE_H
#define EG_AGENT_PORT_LINUX_DEVICE_H
/**
 * The device library wired up for Linux: enclave, datastores in a state folder, TLS. One process at
 * a time per state folder (a lock file says so).
 */
#include "agent/port/linux/options.h"
#include "agent/port/linux/store_file.h"
#include "agent/port/linux/tls.h"

enum {
    EG_DEVICE_REQUEST_BYTES = 65536,
    EG_DEVICE_RESPONSE_BYTES = 32768,
    EG_DEVICE_STORE = 0, /* id of the datastore with service descriptors */
    EG_DEVICE_WHY_MAX = 256,
};

struct eg_device {
    const struct eg_options *options;
    struct eg_port_enclave enclave;
    bool enclave_open;
    struct eg_store_file connection, services;
    struct eg_tls tls;
    struct eg_agent agent;
    int lock_fd;
    char why[EG_DEVICE_WHY_MAX];
    uint8_t request[EG_DEVICE_REQUEST_BYTES];
    uint8_t response[EG_DEVICE_RESPONSE_BYTES];
    uint8_t room[EG_STORE_SLOT_BYTES]; /* for eg_agent_service() */
};

enum eg_device_mode {
    EG_DEVICE_ALONE,  /* may change the state folder; refused while another process may */
    EG_DEVICE_SHARED, /* only looks, also while a session runs elsewhere */
};

/** Open everything; cancel_fd as eg_tls_options. On failure d->why tells. Close in any case. */
enum eg_agent_result eg_device_open(struct eg_device *d, const struct eg_options *options,
                                    enum eg_device_mode mode, int cancel_fd);
void eg_device_close(struct eg_device *d);

/** The device's UUID in hexadecimal, 33 bytes of room. */
enum eg_agent_result eg_device_uuid_hex(struct eg_device *d, char out[static 33]);

/** Certificates of a PEM file, DER one after the other. false: d->why tells. */
bool eg_device_read_roots(struct eg_device *d, const char *path, struct eg_writer *out);

#endif
