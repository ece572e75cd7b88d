/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/wire/session/session_status.h"

#include <string.h>

static const struct {
    uint8_t vocabulary;
    int16_t value;
    const char *name;
} list[] = {
#define S(vocabulary, value, name) {EG_VOCABULARY_##vocabulary, (value), #name},
#include "lib/wire/session/session_status.def"
#undef S
};

enum { COUNT = sizeof(list) / sizeof(list[0]) };

const char *eg_session_status_name(enum eg_session_vocabulary vocabulary, int32_t value)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (list[i].vocabulary == vocabulary && list[i].value == value) {
            return list[i].name;
        }
    }
    return NULL;
}

bool eg_session_status_value(enum eg_session_vocabulary vocabulary, const char *name, int32_t *out)
{
    *out = 0;
    for (size_t i = 0; i < COUNT; i++) {
        if (list[i].vocabulary == vocabulary && strcmp(list[i].name, name) == 0) {
            *out = list[i].value;
            return true;
        }
    }
    return false;
}
