/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/wire/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "tests/unit/unit.h"

enum {
    LINE_MAX_LEN = 4096,
};

static FILE *open_file(const char *file)
{
    const char *source = getenv("ENGRAVE_SOURCE");
    char path[1024];
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/tests/vectors/%s.txt", source != NULL ? source : ".",
                   file);
    f = fopen(path, "re");
    if (f == NULL) {
        fail_msg("%s cannot be opened", path);
    }
    return f;
}

/* Hex text of a key into `value` (LINE_MAX_LEN); false if it is not there. */
static bool find(const char *file, const char *section, const char *key, char *value)
{
    FILE *f = open_file(file);
    char line[LINE_MAX_LEN], head[128], name[128];
    bool inside = false, found = false;

    (void)snprintf(head, sizeof(head), "[%s]\n", section);
    (void)snprintf(name, sizeof(name), "%s = ", key);
    while (!found && fgets(line, sizeof(line), f) != NULL) {
        if (line[0] == '[') {
            inside = strcmp(line, head) == 0;
        } else if (inside && strncmp(line, name, strlen(name)) == 0) {
            found = true;
            line[strcspn(line, "\n")] = '\0';
            memcpy(value, line + strlen(name), strlen(line + strlen(name)) + 1);
        }
    }
    (void)fclose(f);
    return found;
}

bool vector_exists(const char *file, const char *section, const char *key)
{
    char value[LINE_MAX_LEN];

    return find(file, section, key, value);
}

struct vector vector_read(const char *file, const char *section, const char *key)
{
    char value[LINE_MAX_LEN];
    struct vector v = {{0}, 0};

    if (!find(file, section, key, value)) {
        fail_msg("no vector %s [%s] %s", file, section, key);
    }
    v.len = strlen(value) / 2;
    assert_true(v.len <= VECTOR_MAX);
    assert_ok(eg_hex_decode(eg_span_str(value), v.bytes, v.len));
    return v;
}

uint32_t vector_u32(const char *file, const char *section, const char *key)
{
    struct vector v = vector_read(file, section, key);

    assert_int_equal(v.len, 4);
    return eg_load_be32(v.bytes);
}
