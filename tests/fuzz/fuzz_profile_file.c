/* SPDX-License-Identifier: Apache-2.0 */
/* Aimed at: eg_profile_parse. What is accepted keeps the promises that the rules rely on; what is
 * refused is explained. */
#include <stdlib.h>
#include <string.h>

#include "server/core/profile_file.h"
#include "tests/fuzz/fuzz.h"

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void require_device(const struct eg_cert_profile *p)
{
    require(p->key_usage != 0 && (p->key_usage & ~p->key_usage_allowed) == 0);
    require((p->key_usage_allowed & (EG_KU_KEY_CERT_SIGN | EG_KU_CRL_SIGN)) == 0);
    require((p->ext_key_usage & ~p->ext_key_usage_allowed) == 0);
    require(p->cn_max >= EG_UUID_HEX_LEN && p->path_len == 0 && !p->no_end);
    require(p->cn_chars[0] == '\0' || strchr(p->cn_chars, 'f') != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eg_cert_profile p;
    char why[256];

    if (!eg_ok(eg_profile_parse(eg_span(data, size), "p.ini", &p, why, sizeof(why)))) {
        require(strncmp(why, "p.ini:", 6) == 0);
        require(p.level == 0 && p.name[0] == '\0');
        return 0;
    }
    require(strcmp(p.name, "p") == 0 && p.title[0] != '\0');
    require(p.key_algs != 0 && p.issuer_algs != 0);
    require(p.cn_max <= EG_X509_TEXT_MAX && p.path_len >= -1);
    if (p.level == EG_PROFILE_LEAF) {
        require_device(&p);
    } else {
        require(p.key_usage_allowed == 0 && p.ext_key_usage_allowed == 0);
        require(p.level == EG_PROFILE_INTERMEDIATE || p.issuer[0] == '\0');
    }
    return 0;
}
