/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_BASE_HOSTNAME_H
#define EG_LIB_BASE_HOSTNAME_H
/** Host names as certificates and TLS name them. */
#include <stdbool.h>

#include "lib/base/span.h"

enum { EG_HOSTNAME_MAX = 253 };

/**
 * A host name (RFC 1123 2.1): labels of 1 to 63 letters, digits and inner hyphens between dots, not
 * all digits in the last one (that would be an address), at most EG_HOSTNAME_MAX characters.
 */
bool eg_hostname_valid(struct eg_span name);

/** The same host name, whatever the case of its letters. */
bool eg_hostname_equal(struct eg_span a, struct eg_span b);

#endif
