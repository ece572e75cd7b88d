/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/roots.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypto/x509.h"
#include "server/core/service_key.h"

eg_status eg_signer_add(struct eg_call *call, const char *name, struct eg_span certificate,
                        int64_t *out_id)
{
    uint8_t room[EG_X509_LEN_MAX], fingerprint[EG_FINGERPRINT_LEN];
    struct eg_writer der;
    struct eg_x509_info info;
    eg_writer_init(&der, room, sizeof(room));
    EG_TRY(eg_x509_from_pem(certificate, &der));
    EG_TRY(eg_x509_parse(eg_writer_span(&der), &info));
    EG_TRY(eg_core_sha256(call->core, eg_writer_span(&der), fingerprint));
    eg_call_makes(call);
    return eg_store_signer_add(eg_core_store(call->core), call->company_id, name, fingerprint,
                               eg_writer_span(&der), call->now_ms / 1000, out_id);
}

struct signers {
    struct eg_span certificates[EG_VAULT_SIGNERS_MAX];
    int64_t ids[EG_VAULT_SIGNERS_MAX];
    size_t count;
};

static eg_status load_signers(struct eg_call *call, struct signers *out)
{
    struct eg_signer_list list;
    const struct eg_page page = {EG_VAULT_SIGNERS_MAX, 0};
    EG_TRY(eg_store_signer_list(eg_core_store(call->core), call->company_id, page, call->arena,
                                &list));
    out->count = list.count;
    for (size_t i = 0; i < list.count; i++) {
        out->certificates[i] = list.items[i].certificate;
        out->ids[i] = list.items[i].id;
    }
    if (list.count == 0) {
        return eg_call_refuse(call, EG_ERR(CRYPTO_CMS_SIGNER), "No signer is registered yet.");
    }
    return EG_OK;
}

static eg_status store_chips(struct eg_call *call, const struct eg_vaultpool_manifest *m,
                             int64_t signer, struct eg_roots_result *out)
{
    struct eg_root *roots = calloc(m->chip_count + 1, sizeof(*roots));
    if (roots == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < m->chip_count; i++) {
        const struct eg_vault_chip *chip = &m->chips[i];
        roots[i].uuid = chip->uuid;
        roots[i].wrapped = EG_SPAN_OF(chip->wrapped_root);
        memcpy(roots[i].tag, chip->root_tag, sizeof(roots[i].tag));
        memcpy(roots[i].connection, chip->connection_public, sizeof(roots[i].connection));
        memcpy(roots[i].attestation, chip->attestation_public, sizeof(roots[i].attestation));
    }
    eg_call_makes(call);
    eg_status st = eg_store_roots_add(eg_core_store(call->core), call->company_id, signer,
                                      m->family, roots, m->chip_count, call->now_ms / 1000, out);
    free(roots);
    return st;
}

eg_status eg_roots_upload(struct eg_call *call, struct eg_span message, struct eg_roots_result *out)
{
    struct eg_service_key key;
    struct eg_vaultpool_manifest manifest = {0};
    struct signers *signers = eg_arena_alloc(call->arena, sizeof(*signers));
    if (signers == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    EG_TRY(eg_service_key(call, EG_SERVICE_KEY_MANIFEST, &key));
    EG_TRY(load_signers(call, signers));
    const struct eg_vault_manifest_request rq = {
        .key = eg_service_key_for_vault(call, &key),
        .message = message,
        .signers = signers->certificates,
        .signer_count = signers->count,
    };
    EG_TRY(
        eg_call_vault(call, eg_vaultpool_manifest_open(eg_core_vault(call->core), &rq, &manifest)));
    eg_status st = store_chips(call, &manifest, signers->ids[manifest.signer], out);
    eg_vaultpool_manifest_free(&manifest);
    if (eg_is(st, EG_E_ROOT_CONFLICT)) {
        char hex[EG_UUID_HEX_LEN + 1];
        eg_uuid_to_hex(&out->conflict, hex);
        return eg_call_refuse(call, st, "Device %s contradicts what is stored.", hex);
    }
    return st;
}
