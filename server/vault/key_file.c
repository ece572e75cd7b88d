/* SPDX-License-Identifier: Apache-2.0 */
#include "server/vault/key_file.h"

#include <sys/stat.h>

#include "lib/base/secret.h"
#include "lib/os/file.h"

enum {
    MAGIC_LEN = 16,
    SALT_LEN = 32,
    HEAD_LEN = MAGIC_LEN + 4 + 4 + 4 + 4 + SALT_LEN, /* magic, version, n, r, p, salt */

    SCRYPT_N = 1 << 15,
    SCRYPT_R = 8,
    SCRYPT_P = 1,
    /* what a file may ask for: 1 GiB of memory at most */
    SCRYPT_N_MAX = 1 << 20,
    SCRYPT_R_MAX = 8,
    SCRYPT_P_MAX = 4,
};
_Static_assert(HEAD_LEN + EG_GCM_IV_LEN + EG_KEK_LEN + EG_GCM_TAG_LEN == EG_KEY_FILE_LEN,
               "layout of the key file");

static const char magic[] = "ENGRAVE-VAULTKEY";
_Static_assert(sizeof(magic) == MAGIC_LEN + 1, "magic");

struct head {
    uint32_t n, r, p;
    const uint8_t *salt;
};

static eg_status stretch(struct eg_span passphrase, const struct head *h, uint8_t out[static 32])
{
    if (passphrase.len == 0 || passphrase.len > EG_PASSPHRASE_MAX) {
        return EG_ERR(VAULT_PASSPHRASE);
    }
    return eg_scrypt(passphrase, eg_span(h->salt, SALT_LEN), h->n, h->r, h->p, out, 32);
}

static void put_head(struct eg_writer *w, const struct head *h)
{
    eg_writer_bytes(w, eg_span(magic, MAGIC_LEN));
    eg_writer_be32(w, EG_KEY_FILE_VERSION);
    eg_writer_be32(w, h->n);
    eg_writer_be32(w, h->r);
    eg_writer_be32(w, h->p);
    eg_writer_bytes(w, eg_span(h->salt, SALT_LEN));
}

eg_status eg_key_file_seal(struct eg_crypto *c, struct eg_span passphrase,
                           const uint8_t kek[static EG_KEK_LEN],
                           uint8_t out[static EG_KEY_FILE_LEN])
{
    uint8_t salt[SALT_LEN];
    uint8_t iv[EG_GCM_IV_LEN];
    uint8_t key[32] = {0};
    EG_TRY(eg_random(c, salt, sizeof(salt)));
    EG_TRY(eg_random(c, iv, sizeof(iv)));
    struct head h = {SCRYPT_N, SCRYPT_R, SCRYPT_P, salt};
    struct eg_writer w;
    eg_writer_init(&w, out, EG_KEY_FILE_LEN);
    put_head(&w, &h);
    eg_writer_bytes(&w, EG_SPAN_OF(iv));
    eg_status st = stretch(passphrase, &h, key);
    if (eg_ok(st)) {
        st = eg_gcm_seal(c, EG_SPAN_OF(key), iv, eg_span(out, HEAD_LEN), eg_span(kek, EG_KEK_LEN),
                         &w);
    }
    eg_wipe(key, sizeof(key));
    return eg_ok(st) ? w.status : st;
}

static bool is_power_of_two(uint32_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

static eg_status read_head(struct eg_reader *r, struct head *out)
{
    struct eg_span found = eg_reader_take(r, MAGIC_LEN);
    uint32_t version = eg_reader_be32(r);
    if (!eg_span_equal(found, eg_span(magic, MAGIC_LEN))) {
        return EG_ERR(VAULT_KEY_FILE);
    }
    if (version != EG_KEY_FILE_VERSION) {
        return EG_ERR(VAULT_KEY_VERSION);
    }
    out->n = eg_reader_be32(r);
    out->r = eg_reader_be32(r);
    out->p = eg_reader_be32(r);
    out->salt = eg_reader_take(r, SALT_LEN).ptr;
    bool in_range = is_power_of_two(out->n) && out->n > 1 && out->n <= SCRYPT_N_MAX &&
                    out->r >= 1 && out->r <= SCRYPT_R_MAX && out->p >= 1 && out->p <= SCRYPT_P_MAX;
    return eg_ok(r->status) && in_range ? EG_OK : EG_ERR(VAULT_KEY_FILE);
}

eg_status eg_key_file_unseal(struct eg_crypto *c, struct eg_span passphrase, struct eg_span content,
                             uint8_t kek[static EG_KEK_LEN])
{
    struct eg_reader r;
    struct head h;
    uint8_t key[32] = {0};
    eg_wipe(kek, EG_KEK_LEN);
    eg_reader_init(&r, content);
    EG_TRY(read_head(&r, &h));
    struct eg_span iv = eg_reader_take(&r, EG_GCM_IV_LEN);
    struct eg_span sealed = eg_reader_take(&r, EG_KEK_LEN + EG_GCM_TAG_LEN);
    if (!eg_ok(eg_reader_finish(&r))) {
        return EG_ERR(VAULT_KEY_FILE);
    }
    struct eg_writer w;
    eg_writer_init(&w, kek, EG_KEK_LEN);
    eg_status st = stretch(passphrase, &h, key);
    if (eg_ok(st)) {
        st = eg_gcm_open(c, EG_SPAN_OF(key), iv.ptr, eg_span(content.ptr, HEAD_LEN), sealed, &w);
    }
    eg_wipe(key, sizeof(key));
    return eg_is(st, EG_E_CRYPTO_BAD_MAC) ? EG_ERR(VAULT_PASSPHRASE) : st;
}

eg_status eg_key_file_create(struct eg_crypto *c, const char *path, struct eg_span passphrase)
{
    uint8_t kek[EG_KEK_LEN];
    uint8_t content[EG_KEY_FILE_LEN];
    if (eg_file_exists(path)) {
        return EG_ERR(VAULT_KEY_EXISTS);
    }
    EG_TRY(eg_random(c, kek, sizeof(kek)));
    eg_status st = eg_key_file_seal(c, passphrase, kek, content);
    eg_wipe(kek, sizeof(kek));
    EG_TRY(st);
    st = eg_file_create(path, 0600, EG_SPAN_OF(content));
    return eg_is(st, EG_E_OS_FILE_EXISTS) ? EG_ERR(VAULT_KEY_EXISTS) : st;
}

static bool only_owner_may_touch(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

eg_status eg_key_file_load(struct eg_crypto *c, const char *path, struct eg_span passphrase,
                           uint8_t kek[static EG_KEK_LEN])
{
    struct eg_file_bytes content = {0};
    eg_wipe(kek, EG_KEK_LEN);
    if (!only_owner_may_touch(path) || !eg_ok(eg_file_read(path, EG_KEY_FILE_LEN, &content))) {
        return EG_ERR(VAULT_KEY_FILE);
    }
    eg_status st = eg_key_file_unseal(c, passphrase, eg_file_span(&content), kek);
    eg_file_bytes_free(&content);
    return st;
}
