/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_APP_CHANGE_H
#define EG_VCHIP_APP_CHANGE_H
/** Operations of the application's socket that change the enclave: import_key, destroy_key,
 * its_read, its_write, its_remove (vchip/psa.h). */
#include <jansson.h>

#include "vchip/psa.h"

/** Answer as eg_line_handler's; NOT_SUPPORTED for any other operation. */
json_t *eg_app_change(struct eg_part *part, const char *op, const json_t *request);

#endif
