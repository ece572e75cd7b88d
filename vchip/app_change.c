/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/app_change.h"

#include <string.h>

#include "lib/base/secret.h"
#include "vchip/app_fields.h"
#include "vchip/json_line.h"

static json_t *import_key(struct eg_part *part, const json_t *request)
{
    struct eg_psa_attributes a;
    struct eg_app_bytes object = {0};
    bool fields =
        eg_app_number(request, "key", &a.id) && eg_app_number(request, "type", &a.type) &&
        eg_app_number(request, "usage", &a.usage) && eg_app_number(request, "alg", &a.alg) &&
        eg_app_number(request, "bits", &a.bits) &&
        eg_app_number(request, "lifetime", &a.lifetime) && eg_app_hex(request, "data", &object);
    json_t *reply =
        fields ? eg_app_done(eg_psa_import(part, &a, eg_app_span(&object))) : eg_app_malformed();
    eg_app_bytes_free(&object);
    return reply;
}

static json_t *destroy_key(struct eg_part *part, const json_t *request)
{
    uint32_t id;
    return eg_app_number(request, "key", &id) ? eg_app_done(eg_psa_destroy(part, id))
                                              : eg_app_malformed();
}

static json_t *its_read(struct eg_part *part, const json_t *request)
{
    uint8_t room[EG_ITS_DATA_MAX];
    struct eg_writer w;
    uint32_t id;
    uint32_t offset;
    uint32_t length;
    if (!eg_app_number(request, "id", &id) || !eg_app_number(request, "offset", &offset) ||
        !eg_app_number(request, "length", &length)) {
        return eg_app_malformed();
    }
    eg_writer_init(&w, room, sizeof(room));
    enum eg_psa_status status = eg_its_get(part, id, offset, length, &w);
    json_t *reply = status == EG_PSA_SUCCESS ? eg_app_hex_answer("data", eg_writer_span(&w))
                                             : eg_app_error(status);
    eg_wipe(room, sizeof(room));
    return reply;
}

static json_t *its_write(struct eg_part *part, const json_t *request)
{
    uint32_t id;
    struct eg_app_bytes data = {0};
    bool fields = eg_app_number(request, "id", &id) && eg_app_hex(request, "data", &data);
    json_t *reply =
        fields ? eg_app_done(eg_its_set(part, id, eg_app_span(&data))) : eg_app_malformed();
    eg_app_bytes_free(&data);
    return reply;
}

static json_t *its_remove(struct eg_part *part, const json_t *request)
{
    uint32_t id;
    return eg_app_number(request, "id", &id) ? eg_app_done(eg_its_remove(part, id))
                                             : eg_app_malformed();
}

static const struct {
    const char *name;
    json_t *(*run)(struct eg_part *part, const json_t *request);
} ops[] = {
    {"import_key", import_key}, {"destroy_key", destroy_key}, {"its_read", its_read},
    {"its_write", its_write},   {"its_remove", its_remove},
};

json_t *eg_app_change(struct eg_part *part, const char *op, const json_t *request)
{
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (strcmp(ops[i].name, op) == 0) {
            return ops[i].run(part, request);
        }
    }
    return eg_line_error(EG_PSA_NOT_SUPPORTED, "unknown op");
}
