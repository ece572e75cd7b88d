/* SPDX-License-Identifier: Apache-2.0 */
/* Aims at host/lib/config_yaml.c and config.c: any file that a person might name with -c. */
#include "host/lib/config.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eg_host_config c;
    struct eg_problem why = {0};

    if (eg_ok(eg_host_config_parse(eg_span(data, size), NULL, 0, &c, &why))) {
        eg_host_config_cleanup(&c);
    }
    return 0;
}
