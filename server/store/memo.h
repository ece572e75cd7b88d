/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_MEMO_H
#define EG_SERVER_STORE_MEMO_H
/** How a memo gets into a write; inside server/store. */
#include "server/store/store_memo.h"
#include "server/store/writer.h"

/** The memo that rides on this thread's next write, or NULL; it rides no more after this call. */
const struct eg_memo *eg_memo_take(void);

/** A write and its memo as one operation of the writer; arg is the struct. */
struct eg_memo_write {
    eg_op_fn fn;
    void *arg;
    const struct eg_memo *memo;
};
eg_status eg_memo_op(struct eg_db *db, void *arg);

#endif
