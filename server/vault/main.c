/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engrave-vault: started by engraved, one per core.
 *
 *   engrave-vault --key-file FILE --families DIR [--device-name NAME]
 *                                                   serve on descriptor 3
 *   engrave-vault --init --key-file FILE            make the key file
 *
 * The passphrase comes on descriptor 4 and is read once, up to its end.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/secret.h"
#include "lib/os/fd.h"
#include "lib/os/log.h"
#include "lib/os/secret_mem.h"
#include "server/vault/confine.h"
#include "server/vault/key_file.h"
#include "server/vault/serve.h"
#include "server/vault/warm_up.h"

enum {
    SOCKET_FD = 3,
    PASSPHRASE_FD = 4,
    WHY_MAX = 256,
};

struct options {
    bool init, help;
    const char *key_file;
    const char *families_dir;
    const char *device_name; /* NULL: signs no server certificate */
};

/* Secrets of the start, in locked pages. */
struct start_secrets {
    uint8_t passphrase[EG_PASSPHRASE_MAX + 2]; /* and a line break */
    size_t passphrase_len;
    uint8_t kek[EG_KEK_LEN];
};

static bool parse_options(int argc, char **argv, struct options *out)
{
    static const struct option known[] = {
        {"init", no_argument, NULL, 'i'},           {"key-file", required_argument, NULL, 'k'},
        {"families", required_argument, NULL, 'f'}, {"device-name", required_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0},
    };
    *out = (struct options){0};
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        out->init = out->init || c == 'i';
        out->help = out->help || c == 'h';
        out->key_file = c == 'k' ? optarg : out->key_file;
        out->families_dir = c == 'f' ? optarg : out->families_dir;
        out->device_name = c == 'n' ? optarg : out->device_name;
        if (c == '?') {
            return false;
        }
    }
    return out->help ||
           (optind == argc && out->key_file != NULL && (out->init || out->families_dir != NULL));
}

static void say_usage(FILE *to)
{
    (void)fputs("engrave-vault: the process that keeps secrets; engraved starts it\n"
                "  engrave-vault --key-file FILE --families DIR [--device-name NAME]\n"
                "                                                 serve on descriptor 3\n"
                "  engrave-vault --init --key-file FILE           make the key file\n"
                "The passphrase is read from descriptor 4.\n",
                to);
}

/* Everything on the descriptor, without one final line break. */
static eg_status read_passphrase(struct start_secrets *s)
{
    size_t len = 0;
    for (;;) {
        ssize_t n = read(PASSPHRASE_FD, s->passphrase + len, sizeof(s->passphrase) - len);
        if (n < 0 || len + (size_t)n == sizeof(s->passphrase)) {
            return EG_ERR(VAULT_PASSPHRASE);
        }
        if (n == 0) {
            break;
        }
        len += (size_t)n;
    }
    int fd = PASSPHRASE_FD;
    eg_fd_close(&fd);
    len -= len > 0 && s->passphrase[len - 1] == '\n' ? 1 : 0;
    len -= len > 0 && s->passphrase[len - 1] == '\r' ? 1 : 0;
    s->passphrase_len = len;
    return len > 0 ? EG_OK : EG_ERR(VAULT_PASSPHRASE);
}

static eg_status make_key_file(const struct options *options, struct start_secrets *s)
{
    struct eg_crypto *crypto = NULL;
    EG_TRY(read_passphrase(s));
    EG_TRY(eg_crypto_new(&crypto));
    eg_status st =
        eg_key_file_create(crypto, options->key_file, eg_span(s->passphrase, s->passphrase_len));
    eg_crypto_free(crypto);
    return st;
}

/* Open the key file and fill a vault; secrets of the start are the caller's to wipe. */
static eg_status open_vault(const struct options *options, struct start_secrets *s,
                            const struct eg_families *families, struct eg_vault **out)
{
    struct eg_crypto *crypto = NULL;
    EG_TRY(read_passphrase(s));
    EG_TRY(eg_crypto_new(&crypto));
    eg_status st = eg_key_file_load(crypto, options->key_file,
                                    eg_span(s->passphrase, s->passphrase_len), s->kek);
    eg_crypto_free(crypto);
    EG_TRY(st);
    EG_TRY(eg_vault_new(s->kek, families, out));
    return options->device_name == NULL ? EG_OK
                                        : eg_vault_allow_endpoint(*out, options->device_name);
}

static eg_status start(const struct options *options, struct eg_families *families,
                       struct eg_vault **out, char why[static WHY_MAX])
{
    void *secrets = NULL;
    EG_TRY(eg_secret_alloc(sizeof(struct start_secrets), &secrets));
    eg_status st = eg_families_load(options->families_dir, families, why, WHY_MAX);
    if (eg_ok(st)) {
        st = open_vault(options, secrets, families, out);
    }
    eg_secret_free(secrets, sizeof(struct start_secrets));
    EG_TRY(st);
    EG_TRY(eg_vault_warm_up(*out));
    return eg_confine_work();
}

static eg_status serve(const struct options *options)
{
    static struct eg_families families;
    struct eg_serve_room room = {0};
    struct eg_vault *vault = NULL;
    char why[WHY_MAX] = "";
    EG_TRY(eg_serve_room_init(&room));
    eg_status st = start(options, &families, &vault, why);
    if (eg_ok(st)) {
        st = eg_serve(vault, SOCKET_FD, &room);
    } else {
        (void)!eg_ok(eg_serve_failure(SOCKET_FD, &room, st,
                                      why[0] != '\0' ? why : eg_status_info(st)->cause));
    }
    eg_vault_free(vault);
    eg_serve_room_cleanup(&room);
    return st;
}

static eg_status init(const struct options *options)
{
    void *secrets = NULL;
    EG_TRY(eg_secret_alloc(sizeof(struct start_secrets), &secrets));
    eg_status st = make_key_file(options, secrets);
    eg_secret_free(secrets, sizeof(struct start_secrets));
    return st;
}

int main(int argc, char **argv)
{
    struct options options;
    eg_log_init("engrave-vault", EG_LOG_INFO);
    if (!parse_options(argc, argv, &options) || options.help) {
        say_usage(options.help ? stdout : stderr);
        return options.help ? 0 : eg_category_info(EG_CAT_MALFORMED)->exit_code;
    }
    eg_status st = eg_confine_early();
    if (eg_ok(st)) {
        st = options.init ? init(&options) : serve(&options);
    }
    if (!eg_ok(st)) {
        eg_log_failure(st, "vault ends", NULL);
    }
    /* Not exit(): what libraries do at the end is not on the list of allowed system calls. */
    _exit(eg_category_info(eg_category(st))->exit_code);
}
