/* SPDX-License-Identifier: Apache-2.0 */
#include "server/core/public_key.h"

#include "lib/object/object.h"

static eg_status convert(struct eg_crypto *c, struct eg_span pem, struct eg_writer *spki,
                         enum eg_key_alg *out_alg)
{
    struct eg_key *key = NULL;
    EG_TRY(eg_key_from_pem(c, pem, &key));
    *out_alg = eg_key_alg_of(key);
    eg_status st = eg_key_spki(key, spki);
    eg_key_free(key);
    return st;
}

eg_status eg_public_key_value(struct eg_arena *arena, struct eg_span pem, enum eg_key_alg *out_alg,
                              struct eg_span *out)
{
    struct eg_crypto *c = NULL;
    uint8_t room[EG_SPKI_LEN_MAX];
    struct eg_writer spki;
    struct eg_span value;
    *out_alg = EG_KEY_NONE;
    *out = eg_span(NULL, 0);
    eg_writer_init(&spki, room, sizeof(room));
    EG_TRY(eg_crypto_new(&c));
    eg_status st = convert(c, pem, &spki, out_alg);
    eg_crypto_free(c);
    EG_TRY(st);
    EG_TRY(eg_object_public_value(eg_writer_span(&spki), &value));
    return eg_arena_dup(arena, value, out);
}
