/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_STORE_PAGE_MARKS_H
#define EG_SERVER_STORE_PAGE_MARKS_H
/**
 * Where the pages of a list begin, so that reading page after page costs the same for each.
 *
 * Clients name pages by number. Found by number alone, a page costs as much as everything before
 * it; so whoever was given a page leaves a mark where the next one begins, and the next page is
 * read from there by key. A page without a mark (a jump, a mark that was overwritten or is older
 * than EG_PAGE_MARK_S) is counted off along the index instead, as far as EG_PAGE_JUMP_MAX devices.
 * A page beyond that is only read from a mark, or from a place that the caller names; so no page
 * costs more because there are more devices. Marks beyond it are good for longer, since there is no
 * other way to the page.
 *
 * A mark also keeps a walk whole: devices that enter or leave behind it move nothing. Thread-safe.
 */
#include "lib/base/uuid.h"
#include "server/store/store_device.h"

enum {
    EG_PAGE_MARK_S = 120,        /* seconds a mark is good for */
    EG_PAGE_MARK_FAR_S = 3600,   /* likewise, of a page beyond EG_PAGE_JUMP_MAX */
    EG_PAGE_MARK_FAMILY_MAX = 31 /* characters; a longer family name is never marked */
};

/** Which page of which list. */
struct eg_page_name {
    int64_t company_id;
    const struct eg_device_filter *filter;
    uint32_t size, number;
};

/** Is the page beyond what is counted off? */
static inline bool eg_page_far(uint32_t size, uint32_t number)
{
    return (uint64_t)size * number > EG_PAGE_JUMP_MAX;
}

struct eg_page_marks;

/** Returns owned: eg_page_marks_free(). NULL: no memory. */
struct eg_page_marks *eg_page_marks_new(void);
void eg_page_marks_free(struct eg_page_marks *m);

/** Remember where a page begins; names that are too long are left out. */
void eg_page_marks_put(struct eg_page_marks *m, const struct eg_page_name *name,
                       const struct eg_page_key *key);
/** False: nobody knows. */
bool eg_page_marks_get(struct eg_page_marks *m, const struct eg_page_name *name,
                       struct eg_page_key *out);

#endif
