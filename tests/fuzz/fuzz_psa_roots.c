/* SPDX-License-Identifier: Apache-2.0 */
/* Aimed at: a root of trust as text. What is refused leaves nothing behind. Also at ECDSA
 * signatures in DER, the enclave's other small reader. */
#include <stdlib.h>
#include <string.h>

#include "agent/port/linux/enclave.h"
#include "agent/port/linux/psa_roots.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct eg_psa_roots zero;
    struct eg_psa_roots roots;
    uint8_t raw[EG_AGENT_SIGNATURE_LEN];
    if (!eg_psa_roots_parse(eg_span(data, size), &roots) &&
        memcmp(&roots, &zero, sizeof(zero)) != 0) {
        abort();
    }
    (void)eg_port_signature_raw(eg_span(data, size), raw);
    return 0;
}
