/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/status.h"

#include <stddef.h>

static const struct eg_status_info infos[] = {
#define EG_STATUS(name, cat, mod, num, code, cause, next) {{EG_E_##name}, #name, code, cause, next},
#include "lib/base/status.def"
#undef EG_STATUS
};

static const struct eg_status_info info_ok = {{EG_E_OK}, "OK", "OK", "Done.", "Nothing to do."};

/* Exit codes 3 and up are ours; 1 is "some devices failed", 2 is "wrong use of the command line".
 */
static const struct eg_category_info categories[EG_CAT_COUNT] = {
    [EG_CAT_OK] = {"ok", 200, 0, "debug"},
    [EG_CAT_MALFORMED] = {"malformed", 400, 3, "info"},
    [EG_CAT_UNAUTHENTICATED] = {"unauthenticated", 401, 4, "warning"},
    [EG_CAT_DENIED] = {"denied", 403, 5, "warning"},
    [EG_CAT_NOT_FOUND] = {"not found", 404, 6, "info"},
    [EG_CAT_CONFLICT] = {"conflict", 409, 7, "info"},
    [EG_CAT_REFUSED] = {"refused", 422, 8, "info"},
    [EG_CAT_TOO_LARGE] = {"too large", 413, 9, "info"},
    [EG_CAT_EXHAUSTED] = {"exhausted", 422, 10, "warning"},
    [EG_CAT_BUSY] = {"busy", 429, 11, "info"},
    [EG_CAT_UNAVAILABLE] = {"unavailable", 503, 12, "error"},
    [EG_CAT_INTEGRITY] = {"integrity", 422, 13, "warning"},
    [EG_CAT_UNSUPPORTED] = {"unsupported", 422, 14, "info"},
    [EG_CAT_IO] = {"input/output", 503, 15, "error"},
    [EG_CAT_INTERNAL] = {"internal", 500, 16, "error"},
};

const struct eg_status_info *eg_status_info(eg_status st)
{
    if (eg_ok(st)) {
        return &info_ok;
    }
    for (size_t i = 0; i < sizeof infos / sizeof infos[0]; i++) {
        if (infos[i].status.word == st.word) {
            return &infos[i];
        }
    }
    return &infos[0]; /* INTERNAL is the first entry of status.def */
}

const struct eg_status_info *eg_status_list(uint32_t *out_count)
{
    *out_count = (uint32_t)(sizeof infos / sizeof infos[0]);
    return infos;
}

const struct eg_category_info *eg_category_info(enum eg_category cat)
{
    return &categories[(unsigned)cat < EG_CAT_COUNT ? cat : EG_CAT_INTERNAL];
}
