/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/object.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/crypto/crypto.h"
#include "lib/object/policy.h"
#include "server/core/brick.h"
#include "server/core/ca.h"
#include "server/core/cert_profile.h"
#include "server/core/object_internal.h"
#include "server/core/plan.h"
#include "server/core/public_key.h"
#include "server/core/service_key.h"

enum { SHA3_512_LEN = 64, DAY_S = 86400 };

/* ---- secrets --------------------------------------------------------------------------------- */

static eg_status import_secret(struct eg_call *call, const struct eg_object_def *def,
                               struct eg_vaultpool_secret *out)
{
    struct eg_service_key key;
    EG_TRY(eg_service_key(call, EG_SERVICE_KEY_SECRET, &key));
    const struct eg_vault_secret_request rq = {
        .key = eg_service_key_for_vault(call, &key),
        .company_id = (uint64_t)call->company_id,
        .company_name = eg_span_str(call->company_name),
        .purpose = (uint8_t)def->type, /* enum eg_vault_secret_purpose has the same numbers */
        .message = def->cms,
    };
    return eg_call_vault(call, eg_vaultpool_secret_import(eg_core_vault(call->core), &rq, out));
}

/** The secret's length must be the one announced; a file's and an HMAC key's becomes it. */
static eg_status check_length(struct eg_call *call, struct eg_object_def *def, size_t length)
{
    if (def->type == EG_OBJECT_BINARY_FILE) {
        def->size = (uint32_t)length;
        return EG_OK;
    }
    if (def->type != EG_OBJECT_MASTER_KEY && def->size != length) {
        return eg_call_refuse(call, EG_ERR(FIELD_INVALID),
                              "/keySize: the sealed secret has %zu bytes, %u were announced.",
                              length, (unsigned)def->size);
    }
    return EG_OK;
}

eg_status eg_object_take_secret(struct eg_call *call, struct eg_object_def *def,
                                struct eg_span *out)
{
    struct eg_vaultpool_secret secret = {0};
    eg_status st;
    if (def->cms.len > 0) {
        st = import_secret(call, def, &secret);
        if (eg_ok(st)) {
            st = check_length(call, def, secret.length);
        }
    } else if (def->type == EG_OBJECT_MASTER_KEY) {
        st = eg_vaultpool_secret_generate(eg_core_vault(call->core), (uint64_t)call->company_id,
                                          EG_VAULT_PURPOSE_MASTER_KEY, 32, &secret);
    } else {
        return EG_ERR(SECRET_MISSING);
    }
    if (eg_ok(st)) {
        st = eg_arena_dup(call->arena, secret.wrapped, out);
    }
    eg_vaultpool_secret_free(&secret);
    return st;
}

/* ---- define ---------------------------------------------------------------------------------- */

/** What is asked for must fit today; what is made later in the CA's life is cut to its end. */
static eg_status check_validity(struct eg_call *call, const struct eg_object_def *def,
                                const struct eg_ca *ca)
{
    switch (def->validity) {
    case EG_VALIDITY_OF_CA:
        return EG_OK;
    case EG_VALIDITY_DATE:
        return eg_ca_check_end(call, ca, def->not_after_s, "/certificateValidity/validityNotAfter");
    case EG_VALIDITY_DAYS:
        return eg_ca_check_end(call, ca, call->now_ms / 1000 + def->days * DAY_S,
                               "/certificateValidity/validityDays");
    }
    return EG_ERR(INTERNAL);
}

static eg_status check_certificate(struct eg_call *call, struct eg_object_def *def)
{
    struct eg_stored_object pair;
    struct eg_object_def pair_def;
    struct eg_ca ca;
    struct eg_store *store = eg_core_store(call->core);
    EG_TRY(eg_store_object_get(store, call->company_id, def->key_pair_id, call->arena, &pair));
    EG_TRY(eg_store_ca_get(store, call->company_id, def->ca_id, call->arena, &ca));
    EG_TRY(eg_object_def_of(&pair, call->arena, &pair_def));
    if (pair_def.type != EG_OBJECT_KEYPAIR) {
        return eg_call_refuse(call, EG_ERR(FIELD_INVALID), "/keyPairId: this is no KEYPAIR.");
    }
    if (pair_def.on_connection && !def->on_connection) {
        return eg_call_refuse(call, EG_ERR(FLOW_UNSUPPORTED),
                              "The key pair is made on connection, its certificate cannot be made "
                              "before.");
    }
    EG_TRY(eg_ca_may_sign(&ca));
    EG_TRY(check_validity(call, def, &ca));
    return eg_cert_profile_apply(call, &ca, pair_def.alg, def);
}

/** A public key must be one, of the algorithm announced. */
static eg_status check_public_key(struct eg_call *call, struct eg_object_def *def)
{
    enum eg_key_alg alg;
    struct eg_span value;
    EG_TRY(eg_public_key_value(call->arena, def->data, &alg, &value));
    if (def->alg != EG_KEY_NONE && def->alg != alg) {
        return eg_call_refuse(call, EG_ERR(FIELD_INVALID), "/algorithm: the key is %s.",
                              eg_key_alg_name(alg));
    }
    def->alg = alg;
    def->size = (uint32_t)value.len;
    return EG_OK;
}

/** The content must be what the client counted. */
static eg_status check_sum(struct eg_call *call, const struct eg_object_def *def)
{
    uint8_t given[SHA3_512_LEN], real[SHA3_512_LEN];
    if (def->check_sum == NULL) {
        return EG_OK;
    }
    if (!eg_ok(eg_hex_decode(eg_span_str(def->check_sum), given, sizeof(given)))) {
        return eg_call_refuse(call, EG_ERR(FIELD_INVALID),
                              "/checkSum: 128 hexadecimal digits (SHA3-512) are needed.");
    }
    EG_TRY(eg_core_sha3_512(call->core, def->data, real));
    return memcmp(given, real, sizeof(real)) == 0 ? EG_OK : EG_ERR(CHECKSUM);
}

eg_status eg_object_check(struct eg_call *call, struct eg_object_def *def)
{
    if (def->pgp) {
        return EG_ERR(PGP_UNSUPPORTED);
    }
    EG_TRY(check_sum(call, def));
    EG_TRY(eg_object_id_check(def->type, def->object_id));
    if (def->on_connection && eg_object_is_internal(def->object_id)) {
        return eg_call_refuse(call, EG_ERR(FLOW_UNSUPPORTED),
                              "Internal objects cannot be made on connection.");
    }
    EG_TRY(eg_brick_new_object(call, def));
    if (def->type == EG_OBJECT_CERTIFICATE) {
        EG_TRY(check_certificate(call, def));
    }
    if (def->type == EG_OBJECT_STATIC_PUBLIC_KEY) {
        EG_TRY(check_public_key(call, def));
    }
    return EG_OK;
}

eg_status eg_object_row(struct eg_call *call, const struct eg_object_def *def,
                        struct eg_stored_object *out)
{
    struct eg_object object = eg_object_def_object(def);
    EG_TRY(eg_policy_check(&object));
    char *text = eg_object_def_text(def);
    if (text == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    out->name = def->name;
    out->type = eg_object_type_name(def->type);
    out->object_id = def->object_id;
    out->key_pair_id = def->key_pair_id;
    out->ca_id = def->ca_id;
    out->definition = eg_arena_text(call->arena, eg_span_str(text));
    free(text);
    return out->definition == NULL ? EG_ERR(NO_MEMORY) : EG_OK;
}

eg_status eg_object_create(struct eg_call *call, struct eg_object_def *def,
                           struct eg_stored_object *out)
{
    *out = (struct eg_stored_object){.version = 1, .created_s = call->now_ms / 1000};
    EG_TRY(eg_object_check(call, def));
    if (eg_object_def_secret(def)) {
        EG_TRY(eg_object_take_secret(call, def, &out->wrapped));
    }
    EG_TRY(eg_object_row(call, def, out));
    eg_call_makes(call);
    return eg_store_object_add(eg_core_store(call->core), call->company_id, out, out->created_s,
                               &out->id);
}

eg_status eg_object_get(struct eg_call *call, int64_t id, struct eg_stored_object *out)
{
    return eg_store_object_get(eg_core_store(call->core), call->company_id, id, call->arena, out);
}

eg_status eg_object_delete(struct eg_call *call, int64_t id)
{
    return eg_store_object_delete(eg_core_store(call->core), call->company_id, id);
}
