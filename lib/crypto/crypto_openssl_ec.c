/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw scalars and points of the NIST curves on reused EC_GROUP, EC_POINT and BIGNUM objects. These
 * calls are not deprecated (only EC_KEY is), and they spare the key objects and their encoders,
 * which cost more than the multiplication.
 */
#include <openssl/objects.h>
#include <openssl/rand.h>
#include <string.h>

#include "lib/base/secret.h"
#include "lib/crypto/crypto_openssl_internal.h"

enum {
    DRAWS_MAX = 32
}; /* a draw misses the range with 2^-32 (P-256): more says the DRBG is broken */

/* SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING of 65 bytes } up to the point. */
static const uint8_t P256_SPKI_HEAD[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48,
                                         0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
                                         0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};

bool eg_curve_init(struct eg_curve *curve, const char *name, size_t len)
{
    curve->name = name;
    curve->len = len;
    curve->group = EC_GROUP_new_by_curve_name(OBJ_txt2nid(name));
    if (curve->group == NULL) {
        return false;
    }
    curve->point = EC_POINT_new(curve->group);
    curve->peer = EC_POINT_new(curve->group);
    return curve->point != NULL && curve->peer != NULL;
}

void eg_curve_cleanup(struct eg_curve *curve)
{
    EC_POINT_clear_free(curve->point);
    EC_POINT_clear_free(curve->peer);
    EC_GROUP_free(curve->group);
}

struct eg_curve *eg_curve_of(struct eg_crypto *c, enum eg_key_alg alg)
{
    return alg == EG_KEY_P256 ? &c->p256 : alg == EG_KEY_P384 ? &c->p384 : NULL;
}

/* 0 < scalar < order of the group */
static bool scalar_load(struct eg_crypto *c, const struct eg_curve *curve, const uint8_t *priv)
{
    return BN_bin2bn(priv, (int)curve->len, c->scalar) != NULL && !BN_is_zero(c->scalar) &&
           BN_cmp(c->scalar, EC_GROUP_get0_order(curve->group)) < 0;
}

/* Point of c->scalar, which is cleared. */
static bool multiply_base(struct eg_crypto *c, struct eg_curve *curve, uint8_t *pub)
{
    size_t len = 1 + 2 * curve->len;
    bool done = EC_POINT_mul(curve->group, curve->point, c->scalar, NULL, NULL, c->bn) &&
                EC_POINT_point2oct(curve->group, curve->point, POINT_CONVERSION_UNCOMPRESSED, pub,
                                   len, c->bn) == len;
    BN_clear(c->scalar);
    return done;
}

eg_status eg_curve_public(struct eg_crypto *c, struct eg_curve *curve, const uint8_t *priv,
                          uint8_t *pub)
{
    if (!scalar_load(c, curve, priv)) {
        BN_clear(c->scalar);
        return eg_crypto_fail(EG_ERR(CRYPTO_BAD_KEY));
    }
    return multiply_base(c, curve, pub) ? EG_OK : eg_crypto_fail(EG_ERR(CRYPTO_FAILED));
}

eg_status eg_curve_generate(struct eg_crypto *c, struct eg_curve *curve, uint8_t *priv,
                            uint8_t *pub)
{
    eg_status st = EG_ERR(CRYPTO_FAILED);
    for (int draw = 0; draw < DRAWS_MAX; draw++) {
        EG_TRY(eg_random(c, priv, curve->len));
        if (scalar_load(c, curve, priv)) {
            st = multiply_base(c, curve, pub) ? EG_OK : EG_ERR(CRYPTO_FAILED);
            break;
        }
    }
    if (!eg_ok(st)) {
        eg_wipe(priv, curve->len);
        return eg_crypto_fail(st);
    }
    return EG_OK;
}

eg_status eg_p256_generate(struct eg_crypto *c, uint8_t priv[static EG_P256_SCALAR_LEN],
                           uint8_t pub[static EG_P256_POINT_LEN])
{
    return eg_curve_generate(c, &c->p256, priv, pub);
}

eg_status eg_p256_public(struct eg_crypto *c, const uint8_t priv[static EG_P256_SCALAR_LEN],
                         uint8_t pub[static EG_P256_POINT_LEN])
{
    return eg_curve_public(c, &c->p256, priv, pub);
}

void eg_p256_spki(const uint8_t pub[static EG_P256_POINT_LEN], struct eg_writer *out)
{
    uint8_t *to = eg_writer_reserve(out, sizeof(P256_SPKI_HEAD) + EG_P256_POINT_LEN);
    if (to != NULL) {
        memcpy(to, P256_SPKI_HEAD, sizeof(P256_SPKI_HEAD));
        memcpy(to + sizeof(P256_SPKI_HEAD), pub, EG_P256_POINT_LEN);
    }
}

eg_status eg_ecdh_p256(struct eg_crypto *c, const struct eg_key *key,
                       const uint8_t peer[static EG_P256_POINT_LEN], uint8_t out_z[static 32])
{
    if (key->alg != EG_KEY_P256 || !key->has_private) {
        return EG_ERR(CRYPTO_BAD_KEY);
    }
    struct eg_curve *curve = &c->p256;
    uint8_t priv[EG_P256_SCALAR_LEN];
    struct eg_writer w;
    eg_writer_init(&w, priv, sizeof(priv));
    EG_TRY(eg_key_private(key, &w));
    bool loaded = scalar_load(c, curve, priv);
    eg_wipe(priv, sizeof(priv));
    /* oct2point checks that the point is on the curve; the group has no small subgroups. */
    bool valid = loaded && peer[0] == POINT_CONVERSION_UNCOMPRESSED &&
                 EC_POINT_oct2point(curve->group, curve->peer, peer, EG_P256_POINT_LEN, c->bn);
    bool done = valid &&
                EC_POINT_mul(curve->group, curve->point, NULL, curve->peer, c->scalar, c->bn) &&
                EC_POINT_get_affine_coordinates(curve->group, curve->point, c->x, NULL, c->bn) &&
                BN_bn2binpad(c->x, out_z, EG_P256_SCALAR_LEN) == EG_P256_SCALAR_LEN;
    BN_clear(c->scalar);
    BN_clear(c->x);
    if (!done) {
        return eg_crypto_fail(valid ? EG_ERR(CRYPTO_FAILED) : EG_ERR(CRYPTO_BAD_KEY));
    }
    return EG_OK;
}
