/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_CLOUD_WANTS_H
#define EG_SERVER_CORE_CLOUD_WANTS_H
/**
 * What one device should hold, put together by functions that each know one reason.
 *
 *   eg_cloud_want_table[]: group objects | ... each may add, replace or drop entries
 *   the list against device_object = the steps of eg_cloud_work()
 *
 * To extend the work list: add a function to the table in cloud_wants.c. It runs after the ones
 * before it and only when the session is not "no change", so it must also see to it that such a
 * session comes about: bump the epoch (eg_store_cloud_group_again(), eg_store_cloud_device_again())
 * or lower wants->recheck_s. An entry that differs from what the device holds in object, version or
 * generation is destroyed and imported again; a chip id that no entry names is destroyed.
 *
 * The two datastores have a function each: eg_cloud_services(), eg_cloud_connection().
 *
 * Which set of object versions a device should have is eg_cloud_target_set(): the group's current
 * one unless a rollout says otherwise.
 */
#include "server/core/cloud.h"
#include "server/store/store_cloud.h"

/** One object that the device should hold. */
struct eg_cloud_want {
    uint32_t chip_id;
    int64_t object_id; /* row of the secure object */
    uint32_t version;
    uint32_t generation;        /* 0: as made for the set; counts up with each renewal */
    struct eg_span blob;        /* secure object, sealed to the chip; empty: refused says why not */
    struct eg_span certificate; /* DER of the leaf, or empty */
    enum eg_cloud_rtp refused;  /* RTP_NONE: none; else no step, and this in the report */
};

struct eg_cloud_wants {
    struct eg_cloud_want items[EG_BODY_OBJECTS_MAX + EG_BODY_OBJECTS_MAX];
    size_t count;
    int64_t recheck_s; /* when something will be due; 0: never */
};

/** What the functions get. */
struct eg_cloud_wanting {
    struct eg_call *call; /* the service itself asks, for the device's company */
    struct eg_cloud_session *session;
    const struct eg_held_list *held;
    uint32_t wait_ms;           /* still left for making */
    struct eg_span certificate; /* DER that the device showed; may be empty */
};

typedef eg_status (*eg_cloud_want_fn)(struct eg_cloud_wanting *w, struct eg_cloud_wants *wants);

/** Run the whole table. CLOUD_BUSY: something is still being made. */
EG_MUST_USE eg_status eg_cloud_wants_collect(struct eg_cloud_wanting *w,
                                             struct eg_cloud_wants *wants);

/** Entry of a chip id; NULL if there is none. */
struct eg_cloud_want *eg_cloud_want_find(struct eg_cloud_wants *wants, uint32_t chip_id);

/** The objects of the group: makes what is missing through the job engine. */
EG_MUST_USE eg_status eg_cloud_want_group(struct eg_cloud_wanting *w, struct eg_cloud_wants *wants);

/**
 * Contents of a datastore. out->write false: leave it as it is. stored_hash: out->hash of what was
 * written last, zero when nothing ever was.
 */
typedef eg_status (*eg_cloud_store_fn)(struct eg_cloud_wanting *w,
                                       const uint8_t stored_hash[static 32],
                                       struct eg_cloud_container *out);
EG_MUST_USE eg_status eg_cloud_services(struct eg_cloud_wanting *w,
                                        const uint8_t stored_hash[static 32],
                                        struct eg_cloud_container *out);
EG_MUST_USE eg_status eg_cloud_connection(struct eg_cloud_wanting *w,
                                          const uint8_t stored_hash[static 32],
                                          struct eg_cloud_container *out);

/** Set of object versions that a device of this row should have; 0: none. */
int64_t eg_cloud_target_set(const struct eg_cloud_row *row);

#endif
