/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_LIB_SERVICE_H
#define EG_HOST_LIB_SERVICE_H
/**
 * What a production line asks of the service, call by call, as el2go-host does. Errors: those of
 * host/lib/rest.h; *why tells. Waiting is the service's long poll; nothing here sleeps.
 */
#include "host/lib/config.h"
#include "host/lib/objects.h"
#include "host/lib/rest.h"
#include "lib/base/family.h"

enum { EG_SERVICE_POLL_S = 20 }; /* how long one status request may hang */

/** The service as one station sees it. Borrows all members. */
struct eg_service {
    struct eg_rest *rest;
    const struct eg_host_config *config;
    const struct eg_family *family; /* NULL is fine for check and unclaim */
};

/** The group can be read with this key. */
EG_MUST_USE eg_status eg_service_check(const struct eg_service *s, struct eg_problem *why);

/**
 * Put the device into the group. A device that is in it already is fine.
 * re_assign: take it out of the group it is in first.
 */
EG_MUST_USE eg_status eg_service_assign(const struct eg_service *s, const struct eg_uuid *device,
                                        bool re_assign, struct eg_problem *why);

/** Until all objects are made. HOST_GENERATION: one failed. HOST_GENERATION_TIME: not in
 * download_timeout. */
EG_MUST_USE eg_status eg_service_wait(const struct eg_service *s, const struct eg_uuid *device,
                                      struct eg_problem *why);

/** Owner: eg_objects_cleanup(). */
EG_MUST_USE eg_status eg_service_download(const struct eg_service *s, const struct eg_uuid *device,
                                          struct eg_objects *out, struct eg_problem *why);

/** Tell the outcome of a run. */
EG_MUST_USE eg_status eg_service_report(const struct eg_service *s, const struct eg_uuid *device,
                                        bool provisioned, uint32_t status_word, const char *detail,
                                        struct eg_problem *why);

/** PEM of the CA chain above a certificate of the definition `ca_id`, issuer first. Returns owned,
 * free(). */
EG_MUST_USE eg_status eg_service_ca_chain(const struct eg_service *s, uint64_t ca_id,
                                          char **out_pem, struct eg_problem *why);

/** Take devices out of the group; count at most 500. */
EG_MUST_USE eg_status eg_service_unclaim(const struct eg_service *s, const struct eg_uuid *devices,
                                         size_t count, struct eg_problem *why);

/** Called for every device of the group; anything but EG_OK ends the walk and is returned. */
typedef eg_status (*eg_service_device_fn)(void *arg, const struct eg_uuid *device);
EG_MUST_USE eg_status eg_service_devices(const struct eg_service *s, eg_service_device_fn fn,
                                         void *arg, struct eg_problem *why);

#endif
