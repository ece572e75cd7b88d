/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_LIB_OBJECTS_H
#define EG_HOST_LIB_OBJECTS_H
/**
 * What the service hands out for one device: the answer of download-provisionings taken apart.
 * The blobs are sealed to the chip; the host can read their headers and nothing else.
 *
 * Source: docs/protocol/rest.md, "Download provisionings".
 */
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/span.h"
#include "lib/base/uuid.h"

enum {
    EG_OBJECTS_MAX = 64,               /* of one device */
    EG_OBJECTS_BYTES_MAX = 256 * 1024, /* sum of all blobs of one device */
    EG_OBJECT_TYPE_MAX = 32,
    EG_OBJECT_NAME_MAX = 64,
};

struct eg_object_info {
    char type[EG_OBJECT_TYPE_MAX]; /* "KEYPAIR", "CERTIFICATE", ... */
    char name[EG_OBJECT_NAME_MAX]; /* what the owner calls it; cut to the room */
    uint64_t service_id;           /* id of the definition at the service */
    uint64_t key_pair_id;          /* of a CERTIFICATE: definition of its key pair; else 0 */
    uint64_t ca_id;                /* of a CERTIFICATE: the CA that issued it; 0 if not told */
    uint32_t object_id;            /* on the chip */
    bool installed;                /* the service already heard that it is on the chip */
    struct eg_span blob;           /* inside eg_objects.bytes */
    struct eg_span certificate;    /* DER, issued over the key pair; may be empty */
    struct eg_span public_key;     /* DER SubjectPublicKeyInfo of a KEYPAIR; may be empty */
};

struct eg_objects {
    struct eg_object_info list[EG_OBJECTS_MAX];
    uint32_t count;
    uint32_t skipped;     /* entries of a state that is not for download */
    struct eg_span bytes; /* all blobs one after another, as the chip takes them */
    uint8_t *room;        /* heap behind all spans */
};

/**
 * Objects of `device` out of the answer (a JSON array). Owner: eg_objects_cleanup().
 * HOST_ANSWER: not of this form, or a blob does not begin as a secure object does.
 * HOST_NO_OBJECTS: nothing for this device. TOO_LARGE class: more than the limits above.
 */
EG_MUST_USE eg_status eg_objects_parse(struct eg_span json, const struct eg_uuid *device,
                                       struct eg_objects *out);

void eg_objects_cleanup(struct eg_objects *o); /* safe on the zero state */

#endif
