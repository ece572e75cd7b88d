/* SPDX-License-Identifier: Apache-2.0 */
#include "server/net/http.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *eg_http_header(const struct eg_http_request *rq, const char *name)
{
    for (size_t i = 0; i < rq->header_count; i++) {
        if (strcasecmp(rq->headers[i].name, name) == 0) {
            return rq->headers[i].value;
        }
    }
    return NULL;
}

const char *eg_http_query(const struct eg_http_request *rq, const char *name)
{
    for (size_t i = 0; i < rq->query_count; i++) {
        if (strcmp(rq->query[i].name, name) == 0) {
            return rq->query[i].value;
        }
    }
    return NULL;
}

void eg_http_add_header(struct eg_http_response *rs, const char *name, const char *value)
{
    if (rs->header_count < EG_HTTP_HEADERS_MAX) {
        rs->headers[rs->header_count++] = (struct eg_http_pair){name, value};
    }
}

void eg_http_add_text(struct eg_http_response *rs, const char *name, const char *value)
{
    size_t n = rs->header_count;
    if (n < EG_HTTP_HEADERS_MAX) {
        snprintf(rs->texts[n], EG_HTTP_TEXT_LEN, "%s", value);
        eg_http_add_header(rs, name, rs->texts[n]);
    }
}
