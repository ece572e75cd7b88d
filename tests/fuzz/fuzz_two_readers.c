/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One specification, two readings: the same bytes through the service's reader of secure objects
 * (lib/wire/so_tlv.h) and through the chip's own (vchip/blob.h). What the chip takes the service
 * takes, with the same fields; for one of the reasons in `reasons` the chip always refuses what the
 * service takes; and otherwise it takes every object that is wrapped as for an S50 enclave.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/wire/so_tlv.h"
#include "tests/fuzz/fuzz.h"
#include "vchip/blob.h"

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* ---- what the chip is stricter about, and why ------------------------------------------------ */

/* The service's form also fits families whose objects are bound to no life cycle. */
static bool no_life_cycle(const struct eg_so *so)
{
    return !so->has_life_cycle;
}

/* A field for services that keep one; no chip of ours reads it. */
static bool provisioning_id(const struct eg_so *so)
{
    return so->provisioning_id.len > 0;
}

/* The chip has little memory; the service checks the part's own limit when a set is planned. */
static bool too_long(const struct eg_so *so)
{
    return so->payload.len > EG_VBLOB_PAYLOAD_MAX;
}

/* The service reads structure only; what numbers mean is checked where objects are defined. */
static bool empty_key(const struct eg_so *so)
{
    return so->key_id == 0 || so->key_type == 0 || so->key_bits == 0;
}

static bool unknown_life_cycle(const struct eg_so *so)
{
    return so->has_life_cycle && so->life_cycle != 1 && so->life_cycle != 2 && so->life_cycle != 4;
}

static bool foreign_signature(const struct eg_so *so)
{
    return so->sign_key_id != 0x7FFF8170 || so->sign != EG_SO_SIGN_CMAC;
}

static bool (*const reasons[])(const struct eg_so *so) = {
    no_life_cycle, provisioning_id, too_long, empty_key, unknown_life_cycle, foreign_signature,
};

static bool chip_has_a_reason(const struct eg_so *so)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i](so)) {
            return true;
        }
    }
    return false;
}

/* Wrapping, wrap key and lifetime belong together (docs/formats/secure-object.md). What further
 * enclaves take besides is for the chip to know. */
static bool wrapped_for_s50(const struct eg_so *so)
{
    switch (so->wrap) {
    case EG_SO_WRAP_RFC3394:
        return so->wrap_key_id == 0x7FFF816E && so->lifetime == 0xE0000101;
    case EG_SO_WRAP_CBC:
        return so->wrap_key_id == 0x7FFF816F &&
               (so->lifetime == 0xE0010101 || so->lifetime == 0xE0810101);
    case EG_SO_WRAP_NONE: /* the hash of a public key */
        return so->key_id == 0x7FFF817A && so->lifetime == 0xE0810101;
    default:
        return false;
    }
}

/* ---- comparison ------------------------------------------------------------------------------ */

/* The same bytes at the same place: both readers hand out parts of the input. */
static bool same_place(struct eg_span a, struct eg_span b)
{
    return a.len == b.len && (a.len == 0 || a.ptr == b.ptr);
}

static void require_equal(const struct eg_so *so, const struct eg_vblob *b)
{
    require(so->key_id == b->id && so->algorithm == b->alg && so->usage == b->usage);
    require(so->key_type == b->type && so->key_bits == b->bits && so->lifetime == b->lifetime);
    require(so->life_cycle == b->life_cycle);
    require(so->wrap_key_id == b->wrap_id && so->wrap == b->wrap_alg);
    require(so->sign_key_id == b->sign_id && so->sign == b->sign_alg);
    require(same_place(so->iv, b->iv) && same_place(so->payload, b->payload));
    require(same_place(so->mac, b->mac) && same_place(so->whole, b->raw));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eg_span rest = eg_span(data, size);

    while (rest.len > 0) {
        struct eg_reader service, chip;
        struct eg_so so;
        struct eg_vblob b;

        eg_reader_init(&service, rest);
        eg_reader_init(&chip, rest);
        bool service_takes = eg_ok(eg_so_next(&service, &so));
        bool chip_takes = eg_ok(eg_vblob_take(&chip, &b));
        if (!service_takes) {
            require(!chip_takes);
            return 0;
        }
        if (chip_has_a_reason(&so)) {
            require(!chip_takes);
        } else if (wrapped_for_s50(&so)) {
            require(chip_takes);
        }
        if (chip_takes) {
            require_equal(&so, &b);
            require(service.rest.ptr == chip.rest.ptr && service.rest.len == chip.rest.len);
        }
        rest = service.rest;
    }
    return 0;
}
