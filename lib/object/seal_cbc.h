/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OBJECT_SEAL_CBC_H
#define EG_LIB_OBJECT_SEAL_CBC_H
/**
 * Sealing adapters of chips with an S200 (KW) or S400 (i.MX) enclave: every object is AES-CBC, keys
 * under 7FFF816F, data under 7FFF816E, the boot key hash in clear. How these enclaves really pack a
 * payload is not public; what stands in tag 55 here is Engrave's own
 * (docs/formats/secure-object.md, "S200 and S400").
 */
#include "lib/object/seal.h"

extern const struct eg_seal_adapter eg_seal_s200;
extern const struct eg_seal_adapter eg_seal_s400;

#endif
