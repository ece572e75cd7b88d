/* SPDX-License-Identifier: Apache-2.0 */
#include "server/api/refusal.h"

#include <stdlib.h>
#include <string.h>

#include "server/api/json_out.h"
#include "server/main/limits.h"

#define RETRY_AFTER "1" /* EG_LIMIT_RETRY_AFTER_S */
_Static_assert(EG_LIMIT_RETRY_AFTER_S == 1, "RETRY_AFTER says the same");

enum { LISTS_MAX = EG_LIMIT_BODY_OBJECT };

int eg_refusal_http(eg_status st)
{
    return eg_is(st, EG_E_API_METHOD) ? 405 : eg_category_info(eg_category(st))->http;
}

static void put_hex(struct eg_json_out *o, const struct eg_uuid *uuid)
{
    char hex[EG_UUID_HEX_LEN + 1];
    eg_uuid_to_hex(uuid, hex);
    eg_json_put_text(o, hex);
}

char *eg_refusal_lists(const struct eg_refusal *refusal)
{
    struct eg_json_out o;
    eg_json_out_init(&o, LISTS_MAX);
    eg_json_begin_object(&o);
    eg_json_key(&o, "notFoundDevices");
    eg_json_begin_array(&o);
    for (size_t i = 0; i < refusal->not_found_count; i++) {
        put_hex(&o, &refusal->not_found[i]);
    }
    eg_json_end_array(&o);
    eg_json_key(&o, "devicesInDifferentGroup");
    eg_json_begin_array(&o);
    for (size_t i = 0; i < refusal->other_group_count; i++) {
        eg_json_begin_object(&o);
        eg_json_key(&o, "deviceId");
        put_hex(&o, &refusal->other_group[i].uuid);
        eg_json_number_member(&o, "deviceGroupId", refusal->other_group[i].group_id);
        eg_json_end_object(&o);
    }
    eg_json_end_array(&o);
    eg_json_end_object(&o);
    char *text = o.failed ? NULL : strndup(o.text, o.len);
    eg_json_out_cleanup(&o);
    return text;
}

void eg_refusal_write(eg_status st, const char *detail, const struct eg_refusal *refusal,
                      struct eg_http_response *rs)
{
    const struct eg_status_info *info = eg_status_info(st);
    struct eg_json_out o;
    char *lists = refusal == NULL ? NULL : eg_refusal_lists(refusal);
    const char *details = lists != NULL ? lists : detail[0] != '\0' ? detail : NULL;
    eg_json_out_init(&o, EG_LIMIT_ANSWER_BYTES);
    eg_json_begin_object(&o);
    eg_json_text_member(&o, "code", info->code);
    eg_json_text_member(&o, "message", info->cause);
    eg_json_text_member(&o, "details", details);
    eg_json_text_member(&o, "next", info->next);
    eg_json_text_member(&o, "correlationId", rs->correlation);
    eg_json_end_object(&o);
    free(lists);
    rs->status = eg_refusal_http(st);
    rs->content_type = "application/json";
    if (!o.failed) {
        rs->body = o.text;
        rs->body_len = o.len;
    }
    if (eg_category(st) == EG_CAT_BUSY) {
        eg_http_add_header(rs, "Retry-After", RETRY_AFTER);
    }
    if (rs->status == 401) {
        eg_http_add_header(rs, "WWW-Authenticate", "EL2G-API-Key");
    }
}
