/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_JOB_INTERNAL_H
#define EG_SERVER_STORE_JOB_INTERNAL_H
/** Rows of the table job, shared by the files job*.c. */
#include "server/store/store_internal.h"
#include "server/store/store_job.h"

enum {
    EG_JOB_ID_LEN = 8,          /* one device id in the packed list, big endian */
    EG_JOB_COLUMN_DEVICES = 14, /* where a statement yields the packed list as well */
};

/** Columns as EG_SQL_JOB of sql_job.def. With an arena, node is copied, else it is "". */
void eg_job_take(struct eg_row *row, void *item);

/** Device `idx` of a packed list. */
int64_t eg_job_device_id(struct eg_span packed, size_t idx);

/** First device of a chunk, and how many it has; 0 for a chunk that the job does not have. */
size_t eg_job_chunk_first(uint32_t chunk);
size_t eg_job_chunk_count(const struct eg_job *job, uint32_t chunk);

#endif
