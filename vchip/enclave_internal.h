/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_ENCLAVE_INTERNAL_H
#define EG_VCHIP_ENCLAVE_INTERNAL_H
/** Finding and opening objects (enclave.c), for the operations (enclave_ops.c). */
#include "vchip/enclave.h"

/** One object in use. */
struct eg_enclave_use {
    struct eg_vblob object; /* points into the view */
    struct eg_enclave_view view;
    struct eg_vkeys keys; /* secret */
    uint8_t *plain;       /* secret: key or data in PSA import form */
    size_t plain_len;
};

/** Find `id`, check seal and life cycle, and unwrap. Close it in any case. */
enum eg_psa_status eg_enclave_use_open(const struct eg_part *part, uint32_t id,
                                       struct eg_enclave_use *use);
void eg_enclave_use_close(struct eg_enclave_use *use);

/** Has the chip reached the life cycle for which the object was made? */
bool eg_enclave_life_cycle_fits(const struct eg_chip *chip, const struct eg_vblob *b);

/** PSA status of a failed call. */
enum eg_psa_status eg_enclave_status(eg_status st);

#endif
