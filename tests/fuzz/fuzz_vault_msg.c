/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every message between service and vault. First byte below 0x80: an operation's number, the rest a
 * request that goes through the real handlers under a fixed KEK (the corpus holds requests whose
 * wrapped secrets open under it). Otherwise: an answer, for the decoders of the service.
 */
#include <stdlib.h>

#include "server/vault/ops.h"
#include "tests/fuzz/fuzz.h"

enum {
    ANSWER_ROOM = 1024 * 1024,
};

static struct eg_vault *vault;
static uint8_t *answer_room;
static struct eg_vault_make_room *room;
static struct eg_families families;

static void set_up(void)
{
    static const uint8_t kek[EG_KEK_LEN] = {'f', 'u', 'z', 'z'};
    char dir[4096];
    answer_room = malloc(ANSWER_ROOM);
    room = malloc(sizeof(*room));
    if (answer_room == NULL || room == NULL || !eg_ok(eg_families_dir(NULL, dir, sizeof(dir))) ||
        !eg_ok(eg_families_load(dir, &families, NULL, 0)) ||
        !eg_ok(eg_vault_new(kek, &families, &vault))) {
        abort();
    }
}

/* Making an RSA key takes a second; that is no finding. */
static bool asks_for_rsa(uint16_t op, struct eg_span body)
{
    struct eg_vault_ca_request ca;
    struct eg_vault_make_request make;
    struct eg_vault_csr_request csr;
    if (op == EG_VAULT_OP_CSR_CREATE && eg_ok(eg_vault_get_csr(body, &csr))) {
        return csr.algorithm >= EG_KEY_RSA_2048;
    }
    if (op == EG_VAULT_OP_CA_CREATE && eg_ok(eg_vault_get_ca(body, &ca))) {
        return ca.algorithm >= EG_KEY_RSA_2048;
    }
    if (op != EG_VAULT_OP_MAKE || !eg_ok(eg_vault_get_make(body, room, &make))) {
        return false;
    }
    for (size_t i = 0; i < make.plan.object_count; i++) {
        if (make.plan.objects[i].key_alg >= EG_KEY_RSA_2048) {
            return true;
        }
    }
    return false;
}

static void request(uint16_t op, struct eg_span body)
{
    struct eg_writer out;
    struct eg_span result;
    if (asks_for_rsa(op, body)) {
        return;
    }
    eg_writer_init(&out, answer_room, ANSWER_ROOM);
    eg_vault_answer(vault, op, body, &out);
    if (!eg_ok(out.status)) {
        abort(); /* even a failure must fit */
    }
    eg_status st = eg_vault_get_answer(eg_writer_span(&out), &result);
    if (eg_is(st, EG_E_INTERNAL)) {
        abort();
    }
}

static void answer(struct eg_span data)
{
    static struct eg_vault_made_device devices[4];
    static struct eg_vault_made_object objects[16];
    struct eg_vault_key_result key;
    struct eg_vault_secret_result secret;
    struct eg_vault_manifest_result manifest;
    struct eg_vault_chip chip;
    struct eg_span signed_der;
    struct eg_span result;
    if (!eg_ok(eg_vault_get_answer(data, &result))) {
        return;
    }
    (void)!eg_ok(eg_vault_get_key_result(result, &key));
    (void)!eg_ok(eg_vault_get_secret_result(result, &secret));
    (void)!eg_ok(eg_vault_get_signed(result, EG_VAULT_CRL_MAX, &signed_der));
    (void)!eg_ok(eg_vault_get_made(result, 4, 4, devices, objects));
    if (eg_ok(eg_vault_get_manifest_result(result, &manifest))) {
        for (size_t i = 0; i < manifest.chip_count; i++) {
            eg_vault_get_chip(&manifest, i, &chip);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eg_vault_frame frame;
    if (vault == NULL) {
        set_up();
    }
    if (size == 0) {
        return 0;
    }
    if (size >= EG_VAULT_FRAME_LEN) {
        (void)!eg_ok(eg_vault_frame_get(data, &frame));
    }
    if (data[0] < 0x80) {
        request(data[0], eg_span(data + 1, size - 1));
    } else {
        answer(eg_span(data + 1, size - 1));
    }
    return 0;
}
