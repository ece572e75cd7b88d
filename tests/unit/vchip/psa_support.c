/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/vchip/psa_support.h"

#include <string.h>

#include "vchip/chip_storage.h"

struct eg_tc_bench eg_tp;
uint64_t eg_tp_writes;
uint8_t eg_tp_object[EG_TP_ROOM];
const uint8_t eg_tp_scalar[32] = {0x11, 0x22, 0x33, 0x44, 5};

void eg_tp_begin(const char *family)
{
    eg_tc_setup(&eg_tp, family);
    eg_tc_fresh_chip(&eg_tp);
    eg_tp_writes = eg_tp.chip->writes;
}

struct eg_span eg_tp_sealed(const struct eg_tc_object *o)
{
    struct eg_tc_keys keys;
    struct eg_writer w;
    uint8_t hash[32];
    (void)eg_chip_boot_key_hash(eg_tp.chip, hash);
    eg_tc_import_keys(&eg_tp, hash, eg_chip_life_cycle(eg_tp.chip), &keys);
    eg_writer_init(&w, eg_tp_object, sizeof(eg_tp_object));
    eg_tc_encode(eg_tp.crypto, o, &keys, &w);
    return eg_writer_span(&w);
}

struct eg_tc_object eg_tp_pair(uint32_t id, const uint8_t *scalar)
{
    struct eg_tc_object o = eg_tc_p256(id, scalar, EG_LC_OPEN);
    eg_tc_for_enclave(&eg_tp, &o);
    return o;
}

struct eg_tc_object eg_tp_file(uint32_t id, const char *text)
{
    struct eg_tc_object o = eg_tc_file(id, eg_span_str(text), EG_LC_OPEN);
    eg_tc_for_enclave(&eg_tp, &o);
    return o;
}

struct eg_psa_attributes eg_tp_attributes(const struct eg_tc_object *o)
{
    return (struct eg_psa_attributes){o->id, o->type, o->usage, o->alg, o->bits, o->lifetime};
}

enum eg_psa_status eg_tp_import(const struct eg_tc_object *o)
{
    struct eg_psa_attributes a = eg_tp_attributes(o);
    return eg_psa_import(&eg_tp.part, &a, eg_tp_sealed(o));
}

void eg_tp_import_ok(struct eg_tc_object o)
{
    assert_int_equal(eg_tp_import(&o), EG_PSA_SUCCESS);
}

static void public_point(uint32_t id, uint8_t out[static 65])
{
    uint8_t spki[EG_SPKI_LEN_MAX];
    struct eg_writer w;
    eg_writer_init(&w, spki, sizeof(spki));
    assert_int_equal(eg_enclave_public(&eg_tp.part, id, &w), EG_PSA_SUCCESS);
    memcpy(out, spki + w.len - 65, 65);
}

void eg_tp_is_key(uint32_t id, const uint8_t scalar[static 32])
{
    uint8_t have[65];
    uint8_t want[65];
    public_point(id, have);
    assert_ok(eg_p256_public(eg_tp.crypto, scalar, want));
    assert_memory_equal(have, want, 65);
}

size_t eg_tp_listed(void)
{
    struct eg_enclave_view view;
    assert_int_equal(eg_enclave_view_open(&eg_tp.part, &view), EG_PSA_SUCCESS);
    size_t count = view.count;
    eg_enclave_view_close(&view);
    return count;
}
