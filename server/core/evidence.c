/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/evidence.h"

#include <string.h>

#include "lib/base/text.h"
#include "lib/crypto/crypto.h"
#include "lib/object/object.h"

enum { HASH_LEN = 32 };

/** The two hashes of one key. */
struct key_hashes {
    uint8_t spki[HASH_LEN];  /* of the SubjectPublicKeyInfo */
    uint8_t point[HASH_LEN]; /* of X and Y; only when has_point */
    bool has_point;
};

static eg_status hash_key(struct eg_crypto *c, struct eg_span pem, struct key_hashes *out)
{
    struct eg_key *key = NULL;
    uint8_t room[EG_SPKI_LEN_MAX];
    struct eg_writer spki;
    struct eg_span value = {NULL, 0};
    eg_writer_init(&spki, room, sizeof(room));
    EG_TRY(eg_key_from_pem(c, pem, &key));
    out->has_point = eg_key_alg_of(key) == EG_KEY_P256;
    eg_status st = eg_key_spki(key, &spki);
    eg_key_free(key);
    EG_TRY(st);
    EG_TRY(eg_hash(c, EG_HASH_SHA256, eg_writer_span(&spki), out->spki));
    EG_TRY(eg_object_public_value(eg_writer_span(&spki), &value));
    return out->has_point ? eg_hash(c, EG_HASH_SHA256, eg_span(value.ptr + 1, value.len - 1),
                                    out->point) /* without the 04 before X and Y */
                          : EG_OK;
}

static bool is_hash(const struct eg_object_def *def, const uint8_t hash[static HASH_LEN])
{
    return def->data.len == HASH_LEN && memcmp(def->data.ptr, hash, HASH_LEN) == 0;
}

static eg_status compare(struct eg_crypto *c, const struct eg_object_def *def, bool *out_fits)
{
    struct key_hashes hashes = {.has_point = false};
    uint8_t table[EG_EVIDENCE_KEYS_MAX * HASH_LEN], hash[HASH_LEN];
    bool points = true;
    for (size_t i = 0; i < def->evidence_count; i++) {
        EG_TRY(hash_key(c, def->evidence[i], &hashes));
        points = points && hashes.has_point;
        memcpy(table + i * HASH_LEN, hashes.point, HASH_LEN);
    }
    if (def->evidence_count == 1) {
        *out_fits = is_hash(def, hashes.spki) || (points && is_hash(def, hashes.point));
        return EG_OK;
    }
    EG_TRY(eg_hash(c, EG_HASH_SHA256, eg_span(table, def->evidence_count * HASH_LEN), hash));
    *out_fits = points && is_hash(def, hash);
    return EG_OK;
}

eg_status eg_evidence_check(struct eg_call *call, const struct eg_object_def *def)
{
    struct eg_crypto *c = NULL;
    bool fits = false;
    if (def->evidence_count == 0) {
        return EG_OK;
    }
    EG_TRY(eg_crypto_new(&c));
    eg_status st = compare(c, def, &fits);
    eg_crypto_free(c);
    EG_TRY(st);
    return fits ? EG_OK
                : eg_call_refuse(call, EG_ERR(OBJECT_BOOT_KEY_EVIDENCE),
                                 "/signingPublicKeys: these keys do not hash to binaryFile, so "
                                 "firmware signed with them would not boot. Send the keys that "
                                 "sign, or the hash of these.");
}
