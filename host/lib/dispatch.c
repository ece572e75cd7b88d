/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lib/dispatch.h"

#include <stdlib.h>

#include "lib/object/object.h"
#include "lib/wire/so_tlv.h"

eg_status eg_dispatch_count(struct eg_span objects, uint32_t *out_count)
{
    size_t count = 0;

    *out_count = 0;
    if (!eg_ok(eg_so_count(objects, &count)) || count == 0) {
        return EG_ERR(HOST_OBJECTS_FILE);
    }
    *out_count = (uint32_t)count;
    return EG_OK;
}

eg_status eg_dispatch_check(const struct eg_family *f, struct eg_span objects)
{
    struct eg_reader r;
    struct eg_so so;
    uint32_t count = 0;

    eg_reader_init(&r, objects);
    while (r.rest.len > 0) {
        if (!eg_ok(eg_so_next(&r, &so))) {
            return EG_ERR(HOST_OBJECTS_FILE);
        }
        if (f->object_bytes_max != 0 && so.whole.len > f->object_bytes_max) {
            return EG_ERR(HOST_OBJECTS_LIMIT);
        }
        count++;
    }
    if (count == 0) {
        return EG_ERR(HOST_OBJECTS_FILE);
    }
    bool fits = count <= f->objects_max && objects.len <= f->objects_bytes_max;
    return fits ? EG_OK : EG_ERR(HOST_OBJECTS_LIMIT);
}

/* Where the firmware is told to look (and where it leaves external objects). */
static uint32_t final_address(const struct eg_family *f, uint32_t objects_address)
{
    return objects_address != 0 ? objects_address : f->external_address;
}

static eg_status load_sb(struct eg_isp *m, const struct eg_dispatch_items *items)
{
    EG_TRY(eg_isp_write_memory(m, items->family->objects_address, items->objects));
    if (items->firmware.len == 0) {
        return EG_OK;
    }
    EG_TRY(eg_isp_receive_sb(m, items->firmware));
    m->max_packet = 0; /* the firmware answers from here on */
    return eg_isp_connect(m);
}

static eg_status load_reset(struct eg_isp *m, const struct eg_dispatch_items *items)
{
    EG_TRY(eg_isp_write_memory(m, final_address(items->family, items->objects_address),
                               items->objects));
    if (items->firmware.len == 0) {
        return EG_OK;
    }
    EG_TRY(eg_isp_write_memory(m, items->family->firmware_address, items->firmware));
    EG_TRY(eg_isp_reset(m));
    return eg_isp_connect(m);
}

/* el2go-host's rule: boot key hash and decryption key go apart, in their order; also the fuse
 * configuration stays with the others. */
static bool goes_apart(uint32_t id)
{
    return id == EG_OBJECT_ID_AUTH_KEY_HASH || id == EG_OBJECT_ID_DECRYPT_KEY;
}

static eg_status pick(struct eg_span objects, bool apart, struct eg_writer *out)
{
    struct eg_reader r;
    struct eg_so so;

    eg_reader_init(&r, objects);
    while (r.rest.len > 0) {
        EG_TRY(eg_so_next(&r, &so));
        if (goes_apart(so.key_id) == apart) {
            eg_writer_bytes(out, so.whole);
        }
    }
    return out->status;
}

/* The objects of one kind to their place; nothing is written when there are none. */
static eg_status write_part(struct eg_isp *m, const struct eg_dispatch_items *items, bool apart,
                            uint32_t address, uint8_t *room)
{
    struct eg_writer w;

    eg_writer_init(&w, room, items->objects.len);
    EG_TRY(pick(items->objects, apart, &w));
    return w.len == 0 ? EG_OK : eg_isp_write_memory(m, address, eg_writer_span(&w));
}

/* The firmware starts at once and tells nothing: what comes back is that it was received. */
static eg_status load_split(struct eg_isp *m, const struct eg_dispatch_items *items)
{
    const struct eg_family *f = items->family;

    if (items->firmware.len == 0) {
        return EG_ERR(HOST_NO_FIRMWARE);
    }
    uint8_t *room = malloc(items->objects.len);
    if (room == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    eg_status st = write_part(m, items, true, f->objects_address, room);
    if (eg_ok(st)) {
        st = write_part(m, items, false, final_address(f, items->objects_address), room);
    }
    free(room);
    return eg_ok(st) ? eg_isp_receive_sb(m, items->firmware) : st;
}

eg_status eg_dispatch_load(struct eg_isp *m, const struct eg_dispatch_items *items)
{
    EG_TRY(eg_dispatch_check(items->family, items->objects));
    switch (items->family->load) {
    case EG_LOAD_SB:
        return load_sb(m, items);
    case EG_LOAD_RESET:
        return load_reset(m, items);
    case EG_LOAD_SPLIT:
        return load_split(m, items);
    default:
        return EG_ERR(HOST_FAMILY);
    }
}

eg_status eg_dispatch_run(struct eg_isp *m, const struct eg_family *family,
                          uint32_t objects_address, bool dry_run, uint32_t wait_ms,
                          uint32_t *out_result)
{
    return eg_isp_close_device(m, final_address(family, objects_address), dry_run,
                               wait_ms != 0 ? wait_ms : EG_DISPATCH_RUN_WAIT_MS, out_result);
}
