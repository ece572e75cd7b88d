/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_UNIT_VCHIP_PSA_SUPPORT_H
#define EG_TESTS_UNIT_VCHIP_PSA_SUPPORT_H
/** One chip of a family on the table, and objects imported into it; failures end the test. */
#include "tests/unit/unit.h"
#include "tests/unit/vchip/vchip_support.h"
#include "vchip/psa.h"

enum {
    EG_TP_KEY = 0x10000001,  /* also in the set that the firmware delivers */
    EG_TP_FILE = 0x10000002, /* the same */
    EG_TP_OWN = 0x10000009,
    EG_TP_ROOM = 20000,
};

extern struct eg_tc_bench eg_tp;
extern uint64_t eg_tp_writes; /* of the fresh chip: its life cycle was burned */
extern uint8_t eg_tp_object[EG_TP_ROOM];
extern const uint8_t eg_tp_scalar[32]; /* another than eg_tc_scalar */

/** A fresh chip; eg_tc_teardown(&eg_tp) at the end. */
void eg_tp_begin(const char *family);

/** Key pair and file for the chip's enclave. */
struct eg_tc_object eg_tp_pair(uint32_t id, const uint8_t *scalar);
struct eg_tc_object eg_tp_file(uint32_t id, const char *text);

/** Sealed for the chip as it is, into eg_tp_object. */
struct eg_span eg_tp_sealed(const struct eg_tc_object *o);
struct eg_psa_attributes eg_tp_attributes(const struct eg_tc_object *o);
enum eg_psa_status eg_tp_import(const struct eg_tc_object *o);
void eg_tp_import_ok(struct eg_tc_object o);

/** The key pair with this id has this scalar. */
void eg_tp_is_key(uint32_t id, const uint8_t scalar[static 32]);
/** Objects that the enclave lists. */
size_t eg_tp_listed(void);

#endif
