/* SPDX-License-Identifier: Apache-2.0 */
#include "server/main/data_dir.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "lib/crypto/crypto.h"
#include "lib/os/fd.h"

enum { PASSPHRASE_BYTES = 32, NODE_BYTES = 8, SMALL_FILE_MAX = 1024 };

static eg_status lock(struct eg_data_dir *d)
{
    char path[EG_PATH_MAX];
    EG_TRY(eg_path_join(d->path, "engraved.lock", path, sizeof(path)));
    d->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (d->lock_fd < 0) {
        return EG_ERR(OS_FILE);
    }
    return flock(d->lock_fd, LOCK_EX | LOCK_NB) == 0 ? EG_OK : EG_ERR(DATA_LOCKED);
}

/** Create a file with random content in base64, unless it is there. */
static eg_status create_random(struct eg_crypto *c, const char *path, size_t len, mode_t mode)
{
    uint8_t raw[PASSPHRASE_BYTES];
    char text[EG_BASE64_LEN(PASSPHRASE_BYTES) + 1];
    if (eg_file_exists(path)) {
        return EG_OK;
    }
    EG_TRY(eg_random(c, raw, len));
    eg_base64_encode(eg_span(raw, len), text);
    eg_status st = eg_file_create(path, mode, eg_span_str(text));
    eg_wipe(raw, sizeof(raw));
    eg_wipe(text, sizeof(text));
    return st;
}

static eg_status load_pepper(struct eg_crypto *c, struct eg_data_dir *d)
{
    char path[EG_PATH_MAX];
    struct eg_file_bytes file = {0};
    EG_TRY(eg_path_join(d->path, "apikey.pepper", path, sizeof(path)));
    if (!eg_file_exists(path)) {
        EG_TRY(eg_random(c, d->pepper, sizeof(d->pepper)));
        return eg_file_create(path, 0600, EG_SPAN_OF(d->pepper));
    }
    EG_TRY(eg_file_read(path, SMALL_FILE_MAX, &file));
    bool fits = file.len == sizeof(d->pepper);
    if (fits) {
        memcpy(d->pepper, file.ptr, sizeof(d->pepper));
    }
    eg_file_bytes_free(&file);
    return fits ? EG_OK : EG_ERR(OS_FILE);
}

/** Host name and random digits, so that two data folders on one machine differ. */
static eg_status make_node_id(struct eg_crypto *c, const char *path)
{
    uint8_t raw[NODE_BYTES];
    char hex[2 * NODE_BYTES + 1], host[EG_NODE_LEN_MAX - 2 * NODE_BYTES - 1] = "";
    char text[EG_NODE_LEN_MAX + 2];
    if (gethostname(host, sizeof(host) - 1) != 0) {
        host[0] = '\0';
    }
    EG_TRY(eg_random(c, raw, sizeof(raw)));
    eg_hex_encode(EG_SPAN_OF(raw), hex);
    snprintf(text, sizeof(text), "%s-%s\n", host, hex);
    return eg_file_create(path, 0644, eg_span_str(text));
}

static eg_status load_node_id(struct eg_crypto *c, struct eg_data_dir *d)
{
    char path[EG_PATH_MAX];
    struct eg_file_bytes file = {0};
    EG_TRY(eg_path_join(d->path, "node.id", path, sizeof(path)));
    if (!eg_file_exists(path)) {
        EG_TRY(make_node_id(c, path));
    }
    EG_TRY(eg_file_read(path, SMALL_FILE_MAX, &file));
    size_t len = strcspn((const char *)file.ptr, "\n");
    bool fits = len > 0 && len <= EG_NODE_LEN_MAX;
    if (fits) {
        memcpy(d->node, file.ptr, len);
    }
    eg_file_bytes_free(&file);
    return fits ? EG_OK : EG_ERR(OS_FILE);
}

static eg_status set_paths(const struct eg_config *config, struct eg_data_dir *d)
{
    char db[EG_PATH_MAX];
    EG_TRY(eg_path_join(d->path, "vault.key", d->vault_key_file, sizeof(d->vault_key_file)));
    EG_TRY(eg_path_join(d->path, "tls", d->tls_dir, sizeof(d->tls_dir)));
    EG_TRY(eg_path_join(d->path, "device", d->device_dir, sizeof(d->device_dir)));
    EG_TRY(eg_path_join(d->path, "engrave.db", db, sizeof(db)));
    if (strcmp(config->database, "sqlite") == 0) {
        snprintf(d->database_url, sizeof(d->database_url), "sqlite:%s", db);
    } else {
        snprintf(d->database_url, sizeof(d->database_url), "%s", config->database);
    }
    if (config->passphrase[0] != '\0') {
        snprintf(d->passphrase_file, sizeof(d->passphrase_file), "%s", config->passphrase);
        return EG_OK;
    }
    return eg_path_join(d->path, "vault.passphrase", d->passphrase_file,
                        sizeof(d->passphrase_file));
}

static eg_status make_missing(const struct eg_config *config, struct eg_data_dir *d)
{
    struct eg_crypto *c = NULL;
    eg_status st;
    EG_TRY(eg_crypto_new(&c));
    if (config->passphrase[0] == '\0') {
        EG_TRY_GOTO(st, done, create_random(c, d->passphrase_file, PASSPHRASE_BYTES, 0600));
    }
    EG_TRY_GOTO(st, done, load_pepper(c, d));
    EG_TRY_GOTO(st, done, load_node_id(c, d));
done:
    eg_crypto_free(c);
    return st;
}

eg_status eg_data_dir_open(const struct eg_config *config, struct eg_data_dir *out, char *why,
                           size_t why_room)
{
    *out = (struct eg_data_dir){.lock_fd = -1};
    snprintf(out->path, sizeof(out->path), "%s", config->data);
    snprintf(why, why_room, "%s", out->path);
    EG_TRY(eg_file_make_dir(out->path));
    EG_TRY(lock(out));
    EG_TRY(set_paths(config, out));
    return make_missing(config, out);
}

void eg_data_dir_close(struct eg_data_dir *d)
{
    eg_fd_close(&d->lock_fd);
    eg_wipe(d->pepper, sizeof(d->pepper));
}

static eg_status create_admin_key(struct eg_core *core, const char *path)
{
    char key[EG_API_KEY_TEXT_LEN + 1], line[EG_API_KEY_TEXT_LEN + 2];
    EG_TRY(eg_auth_draw_key(core, key));
    snprintf(line, sizeof(line), "%s\n", key);
    eg_status st = eg_file_create(path, 0600, eg_span_str(line));
    eg_wipe(key, sizeof(key));
    eg_wipe(line, sizeof(line));
    return st;
}

/* The file comes first: a crash in between leaves a key that the next start lets in. */
eg_status eg_data_dir_admin_key(const struct eg_data_dir *d, struct eg_core *core, int64_t now_s)
{
    char path[EG_PATH_MAX], name[EG_NODE_LEN_MAX + sizeof("admin ")];
    struct eg_file_bytes file = {0};
    int64_t id;
    EG_TRY(eg_path_join(d->path, "admin.key", path, sizeof(path)));
    if (!eg_file_exists(path)) {
        EG_TRY(create_admin_key(core, path));
    }
    EG_TRY(eg_file_read(path, SMALL_FILE_MAX, &file));
    file.ptr[strcspn((const char *)file.ptr, "\r\n")] = '\0';
    snprintf(name, sizeof(name), "admin %s", d->node);
    const struct eg_api_key_new key = {.name = name, .role = EG_ROLE_ADMIN};
    eg_status st =
        eg_auth_keep_key(core, eg_core_company(core), &key, now_s, (const char *)file.ptr, &id);
    eg_file_bytes_free(&file);
    return eg_is(st, EG_E_NAME_TAKEN) ? EG_OK : st;
}
