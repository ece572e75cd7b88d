/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_DEVICE_ROW_H
#define EG_SERVER_STORE_DEVICE_ROW_H
/** A row of the table device as a struct; shared by look-up and lists. */
#include "server/store/store_device.h"
#include "server/store/store_internal.h"

/** All zero unless the column holds a UUID. */
void eg_device_take_uuid(struct eg_span bytes, struct eg_uuid *out);
/** Columns of EG_SQL_DEVICE into a struct eg_device. */
void eg_device_take(struct eg_row *row, void *item);

#endif
