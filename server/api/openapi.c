/* SPDX-License-Identifier: Apache-2.0 */
/* The description of this API, made by tools/openapi.py when the program was built. */
#include "server/api/handlers.h"

static const uint8_t document[] = {
#include "server/api/openapi_text.inc"
};

eg_status eg_api_openapi(struct eg_api_call *a)
{
    a->text_type = "application/json";
    a->text = EG_SPAN_OF(document);
    return EG_OK;
}
