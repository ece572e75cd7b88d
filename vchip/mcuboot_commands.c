/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "vchip/chip_storage.h"
#include "vchip/mcuboot_internal.h"
#include "vchip/memory.h"
#include "vchip/prov_fw.h"

enum {
    SB_LEN_MAX = 4 << 20,
    MCUBOOT_VERSION = 0x4B010300, /* K1.3.0 */
};

static const struct {
    enum eg_status_value status;
    uint32_t word;
} status_words[] = {
    {EG_E_OK, EG_MB_SUCCESS},
    {EG_E_VCHIP_RANGE, EG_MB_RANGE_INVALID},
    {EG_E_VCHIP_NOT_ERASED, EG_MB_CUMULATIVE_WRITE},
    {EG_E_VCHIP_ONE_WAY, EG_MB_SECURITY_VIOLATION},
    {EG_E_OS_FILE, EG_MB_WRITE_FAILED},
};

static uint32_t status_word(eg_status st)
{
    for (size_t i = 0; i < sizeof(status_words) / sizeof(status_words[0]); i++) {
        if (eg_is(st, status_words[i].status)) {
            return status_words[i].word;
        }
    }
    return EG_MB_FAIL;
}

/* Outcome of a change to silicon: the word, or the loss of power. */
static eg_status settle(eg_status st, uint32_t *out_word)
{
    *out_word = status_word(st);
    return eg_is(st, EG_E_VCHIP_NO_POWER) ? st : EG_OK;
}

/* ---- get-property --------------------------------------------------------------------------- */

static uint32_t available_commands(const struct eg_mcuboot *m);

static void property_uid(const struct eg_mcuboot *m, struct eg_mb_reply *reply)
{
    for (size_t i = 0; i < EG_UUID_LEN / 4; i++) {
        reply->word[i] = eg_load_le32(m->part->chip->uuid.bytes + 4 * i);
    }
    reply->count = EG_UUID_LEN / 4;
}

static eg_status get_property(struct eg_mcuboot *m, const struct eg_mb_request *request,
                              struct eg_mb_reply *reply)
{
    const struct eg_family *f = m->part->chip->family;
    const struct {
        uint32_t property, value;
    } words[] = {
        {0x01, MCUBOOT_VERSION}, {0x03, f->flash_address},      {0x04, f->flash_size},
        {0x05, f->flash_sector}, {0x07, available_commands(m)}, {0x0B, EG_FRAME_PAYLOAD_MAX},
        {0x0E, f->ram_address},  {0x0F, f->ram_size},
    };
    reply->tag = EG_MB_RSP_PROPERTY;
    reply->count = 0;
    if (request->param[0] == 0x12) {
        property_uid(m, reply);
        return EG_OK;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i].property == request->param[0]) {
            reply->word[0] = words[i].value;
            reply->count = 1;
            return EG_OK;
        }
    }
    reply->status = EG_MB_UNKNOWN_PROPERTY;
    return EG_OK;
}

/* ---- memory --------------------------------------------------------------------------------- */

static bool memory_arguments(const struct eg_mb_request *request, uint32_t memory_id,
                             const struct eg_mcuboot *m, struct eg_mb_reply *reply)
{
    if (memory_id != 0) {
        reply->status = EG_MB_INVALID_ARGUMENT;
    } else if (eg_memory_region(m->part->chip->family, request->param[0], request->param[1]) ==
               EG_REGION_NONE) {
        reply->status = EG_MB_RANGE_INVALID;
    }
    return reply->status == EG_MB_SUCCESS;
}

static void start_phase(struct eg_mcuboot *m, enum eg_mcuboot_phase phase,
                        const struct eg_mb_request *request, uint32_t address, uint32_t len)
{
    m->phase = phase;
    m->command = request->tag;
    m->address = address;
    m->len = len;
    m->done = 0;
}

static eg_status write_memory(struct eg_mcuboot *m, const struct eg_mb_request *request,
                              struct eg_mb_reply *reply)
{
    const struct eg_family *f = m->part->chip->family;
    uint32_t address = request->param[0];
    uint32_t len = request->param[1];
    if (!memory_arguments(request, request->param[2], m, reply)) {
        return EG_OK;
    }
    if (eg_memory_region(f, address, len) == EG_REGION_IFR && len != f->ifr_size) {
        reply->status = EG_MB_RANGE_INVALID;
        return EG_OK;
    }
    uint8_t *room = malloc(len);
    if (room == NULL) {
        reply->status = EG_MB_FAIL;
        return EG_OK;
    }
    start_phase(m, EG_MB_RECEIVING, request, address, len);
    m->data = room;
    return EG_OK;
}

static eg_status read_memory(struct eg_mcuboot *m, const struct eg_mb_request *request,
                             struct eg_mb_reply *reply)
{
    if (!memory_arguments(request, request->param[2], m, reply)) {
        return EG_OK;
    }
    start_phase(m, EG_MB_SENDING, request, request->param[0], request->param[1]);
    reply->tag = EG_MB_RSP_READ_MEMORY;
    reply->data_follows = true;
    reply->word[0] = request->param[1];
    return EG_OK;
}

static eg_status fill_memory(struct eg_mcuboot *m, const struct eg_mb_request *request,
                             struct eg_mb_reply *reply)
{
    uint32_t len = request->param[1];
    if (!memory_arguments(request, 0, m, reply)) {
        return EG_OK;
    }
    uint8_t *room = malloc(len);
    if (room == NULL) {
        reply->status = EG_MB_FAIL;
        return EG_OK;
    }
    for (uint32_t i = 0; i < len; i++) {
        room[i] = (uint8_t)(request->param[2] >> (8 * (i % 4)));
    }
    eg_status st = eg_memory_write(m->part, request->param[0], eg_span(room, len));
    free(room);
    return settle(st, &reply->status);
}

static eg_status erase_region(struct eg_mcuboot *m, const struct eg_mb_request *request,
                              struct eg_mb_reply *reply)
{
    if (!memory_arguments(request, request->param[2], m, reply)) {
        return EG_OK;
    }
    return settle(eg_memory_erase(m->part, request->param[0], request->param[1]), &reply->status);
}

/* ---- the rest ------------------------------------------------------------------------------- */

static eg_status receive_sb(struct eg_mcuboot *m, const struct eg_mb_request *request,
                            struct eg_mb_reply *reply)
{
    uint32_t len = request->param[0];
    enum eg_load_method load = m->part->chip->family->load;
    if (load != EG_LOAD_SB && load != EG_LOAD_SPLIT) {
        reply->status = EG_MB_UNKNOWN_COMMAND;
    } else if (len == 0 || len > SB_LEN_MAX) {
        reply->status = EG_MB_INVALID_ARGUMENT;
    } else {
        start_phase(m, EG_MB_RECEIVING, request, 0, len);
    }
    return EG_OK;
}

static eg_status reset(struct eg_mcuboot *m, const struct eg_mb_request *request,
                       struct eg_mb_reply *reply)
{
    (void)m;
    (void)request;
    reply->reset = true;
    return EG_OK;
}

/* The firmware decryption key's fuses are for the decryption engine alone. */
static bool fuse_readable(const struct eg_family *f, uint32_t index)
{
    return index < f->fuse_decrypt_key || index >= f->fuse_decrypt_key + 32u / f->fuse_bytes;
}

static eg_status read_once(struct eg_mcuboot *m, const struct eg_mb_request *request,
                           struct eg_mb_reply *reply)
{
    const struct eg_family *f = m->part->chip->family;
    uint32_t index = request->param[0];
    if (index >= f->fuse_count || request->param[1] != 4) {
        reply->status = EG_MB_INVALID_ARGUMENT;
    } else if (!fuse_readable(f, index)) {
        reply->status = EG_MB_SECURITY_VIOLATION;
    } else {
        reply->tag = EG_MB_RSP_READ_ONCE;
        reply->word[0] = 4;
        reply->word[1] = m->part->chip->fuses[index];
        reply->count = 2;
    }
    return EG_OK;
}

enum {
    EL2GO_VERSION = 1,
    EL2GO_CLOSE_DEVICE = 2,
    EL2GO_BATCH = 3,
};

static eg_status el2go(struct eg_mcuboot *m, const struct eg_mb_request *request,
                       struct eg_mb_reply *reply)
{
    reply->tag = EG_MB_RSP_EL2GO;
    switch (request->param[0]) {
    case EL2GO_VERSION:
        reply->word[0] = EG_PROV_FW_VERSION;
        return EG_OK;
    case EL2GO_CLOSE_DEVICE:
        if (request->count < 3) {
            reply->status = EG_MB_INVALID_ARGUMENT;
            return EG_OK;
        }
        return eg_prov_close_device(m->part, request->param[1], request->param[2] != 0,
                                    &reply->word[0]);
    case EL2GO_BATCH: /* this firmware is the one for device-based provisioning */
        reply->word[0] = EG_PROV_WRONG_COMMAND;
        return EG_OK;
    default:
        reply->status = EG_MB_INVALID_ARGUMENT;
        return EG_OK;
    }
}

/* ---- dispatch ------------------------------------------------------------------------------- */

static const struct command {
    uint8_t tag;
    uint8_t params_min;
    bool firmware; /* known only while the provisioning firmware runs */
    eg_status (*run)(struct eg_mcuboot *m, const struct eg_mb_request *request,
                     struct eg_mb_reply *reply);
} commands[] = {
    {EG_MB_CMD_ERASE_REGION, 2, false, erase_region},
    {EG_MB_CMD_READ_MEMORY, 2, false, read_memory},
    {EG_MB_CMD_WRITE_MEMORY, 2, false, write_memory},
    {EG_MB_CMD_FILL_MEMORY, 3, false, fill_memory},
    {EG_MB_CMD_GET_PROPERTY, 1, false, get_property},
    {EG_MB_CMD_RECEIVE_SB, 1, false, receive_sb},
    {EG_MB_CMD_RESET, 0, false, reset},
    {EG_MB_CMD_READ_ONCE, 2, false, read_once},
    {EG_MB_CMD_EL2GO, 1, true, el2go},
};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

/* Does firmware run that knows EL2GO commands? */
static bool answers_el2go(const struct eg_mcuboot *m)
{
    return m->part->firmware && eg_family_tells_result(m->part->chip->family);
}

static uint32_t available_commands(const struct eg_mcuboot *m)
{
    uint32_t mask = 0;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!commands[i].firmware || answers_el2go(m)) {
            mask |= 1u << (commands[i].tag - 1);
        }
    }
    return mask;
}

eg_status eg_mb_command(struct eg_mcuboot *m, const struct eg_mb_request *request,
                        struct eg_mb_reply *reply)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command *c = &commands[i];
        if (c->tag != request->tag || (c->firmware && !answers_el2go(m))) {
            continue;
        }
        if (request->count < c->params_min) {
            reply->status = EG_MB_INVALID_ARGUMENT;
            return EG_OK;
        }
        return c->run(m, request, reply);
    }
    reply->status = EG_MB_UNKNOWN_COMMAND;
    return EG_OK;
}

eg_status eg_mb_received(struct eg_mcuboot *m, uint32_t *out_word)
{
    eg_status st = m->command == EG_MB_CMD_RECEIVE_SB
                       ? eg_prov_start(m->part)
                       : eg_memory_write(m->part, m->address, eg_span(m->data, m->len));
    return settle(st, out_word);
}
