/* SPDX-License-Identifier: Apache-2.0 */
/* Aimed at: the importer of the agent's software enclave. The CMAC of what is fed is made right, so
 * that what lies behind it is reached. */
#include <psa/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "agent/port/linux/psa_object.h"
#include "tests/fuzz/fuzz.h"

enum { MAX = 20000, MAC = 16 };

static const struct eg_psa_roots roots = {.kek = {1}, .data = {2}, .auth = {3}};

/* The last 16 bytes become the CMAC of those before. */
static void fix_mac(uint8_t *blob, size_t len)
{
    psa_key_attributes_t a = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = 0;
    size_t got = 0;
    psa_set_key_type(&a, PSA_KEY_TYPE_AES);
    psa_set_key_algorithm(&a, PSA_ALG_CMAC);
    psa_set_key_usage_flags(&a, PSA_KEY_USAGE_SIGN_MESSAGE);
    if (psa_import_key(&a, roots.auth, sizeof(roots.auth), &key) == PSA_SUCCESS) {
        (void)psa_mac_compute(key, PSA_ALG_CMAC, blob, len - MAC, blob + len - MAC, MAC, &got);
        (void)psa_destroy_key(key);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[MAX];
    uint8_t *blob = size > MAC && size < MAX ? malloc(size) : NULL;
    struct eg_so so;
    struct eg_writer w;
    uint32_t key = 0;
    if (blob == NULL || psa_crypto_init() != PSA_SUCCESS) {
        free(blob);
        return 0;
    }
    memcpy(blob, data, size);
    fix_mac(blob, size);
    eg_writer_init(&w, room, sizeof(room));
    if (eg_psa_object_check(&roots, eg_span(blob, size), &so) == PSA_SUCCESS &&
        eg_psa_object_open(&roots, &so, &w) == PSA_SUCCESS &&
        eg_psa_object_key(&so, eg_writer_span(&w), &key) == PSA_SUCCESS) {
        (void)psa_destroy_key(key);
    }
    free(blob);
    return 0;
}
