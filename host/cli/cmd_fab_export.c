/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "host/cli/connect.h"
#include "host/cli/fab_export.h"
#include "host/cli/output.h"
#include "host/cli/verbs.h"
#include "lib/base/secret.h"
#include "lib/crypto/x509.h"
#include "lib/os/file.h"

enum {
    ROOTS_FILE_MAX = 65536,
    ROOTS_MAX = 16384,
    CONTAINER_MAX = ROOTS_MAX + 2048,
    HOST_MAX = 254,
};

struct options {
    struct eg_connect connect;
    const char *out, *host, *roots_file;
    uint64_t port;
    bool psa_simul;
};

/* Everything one run holds. */
struct export
{
    const struct options *o;
    const char *chip;
    struct eg_crypto *crypto;
    struct eg_families families;
    struct eg_fab_root root; /* secret */
    char host[HOST_MAX];
    uint16_t port;
    uint8_t roots[ROOTS_MAX];
    size_t roots_len;
    char keys_path[EG_PATH_MAX], store_path[EG_PATH_MAX];
    struct eg_problem why;
};

/* ---- where the device is to connect -----------------------------------------------------------
 */

/* All certificates of a PEM text, DER one after the other. */
static eg_status take_roots(struct export *e, struct eg_span pem)
{
    static const char end[] = "-----END CERTIFICATE-----";
    const char *text = (const char *)pem.ptr; /* both callers end it with NUL */
    struct eg_writer w;

    eg_writer_init(&w, e->roots, sizeof e->roots);
    for (const char *stop; (stop = strstr(text, end)) != NULL; text = stop + strlen(end)) {
        eg_status st = eg_x509_from_pem(eg_span(text, (size_t)(stop - text) + strlen(end)), &w);
        EG_TRY(eg_problem_set(&e->why, st));
    }
    e->roots_len = w.len;
    return w.len > 0 ? EG_OK
                     : eg_problem_say(&e->why, EG_ERR(CRYPTO_BAD_CERT),
                                      "There is no certificate among the roots.");
}

static eg_status take_address(struct export *e, const char *host, json_int_t port)
{
    int n = snprintf(e->host, sizeof e->host, "%s", host);
    if (n <= 0 || n >= (int)sizeof e->host || port < 1 || port > UINT16_MAX) {
        return eg_problem_say(&e->why, EG_ERR(HOST_ANSWER),
                              "Host name and port of the device endpoint do not make sense; is it "
                              "switched off?");
    }
    e->port = (uint16_t)port;
    return EG_OK;
}

static eg_status ask_service(struct export *e, struct eg_connect *connect)
{
    json_t *answer = NULL;

    EG_TRY(eg_connect_open(connect, &e->why));
    EG_TRY(eg_rest_json(connect->rest, "GET", NULL, &answer, &e->why, "/api/v1/device-endpoint"));
    const char *host = json_string_value(json_object_get(answer, "hostname"));
    const char *roots = json_string_value(json_object_get(answer, "roots"));
    eg_status st = host != NULL && roots != NULL
                       ? take_address(e, host, json_integer_value(json_object_get(answer, "port")))
                       : eg_problem_set(&e->why, EG_ERR(HOST_ANSWER));
    if (eg_ok(st)) {
        st = take_roots(e, eg_span_str(roots));
    }
    json_decref(answer);
    return st;
}

static eg_status read_roots(struct export *e, const char *path)
{
    struct eg_file_bytes file = {0};

    eg_status st = eg_file_read(path, ROOTS_FILE_MAX, &file);
    if (!eg_ok(st)) {
        return eg_problem_say(&e->why, st, "The file with roots, %.300s, cannot be read.", path);
    }
    st = take_roots(e, eg_file_span(&file));
    eg_file_bytes_free(&file);
    return st;
}

static eg_status find_target(struct export *e)
{
    struct eg_connect connect = e->o->connect;

    if (e->o->host != NULL) {
        EG_TRY(take_address(e, e->o->host, (json_int_t)e->o->port));
        return read_roots(e, e->o->roots_file);
    }
    eg_status st = ask_service(e, &connect);
    eg_connect_close(&connect);
    return st;
}

/* ---- files ------------------------------------------------------------------------------------
 */

static eg_status load_families(struct export *e)
{
    char dir[EG_PATH_MAX], text[256] = "";

    eg_status st = eg_families_dir(NULL, dir, sizeof dir);
    if (eg_ok(st)) {
        st = eg_families_load(dir, &e->families, text, sizeof text);
    }
    return text[0] != '\0' ? eg_problem_say(&e->why, st, "%s", text) : eg_problem_set(&e->why, st);
}

static eg_status prepare(struct export *e)
{
    EG_TRY(load_families(e));
    EG_TRY(eg_problem_set(&e->why, eg_crypto_new(&e->crypto)));
    EG_TRY(eg_problem_set(&e->why, eg_fab_root_read(e->chip, &e->families, &e->root)));
    EG_TRY(eg_problem_set(&e->why, eg_file_make_dir(e->o->out)));
    EG_TRY(eg_problem_set(&e->why,
                          eg_path_join(e->o->out, "keys.txt", e->keys_path, sizeof e->keys_path)));
    return eg_problem_set(&e->why, eg_path_join(e->o->out, "edgelock2go_datastore.bin.0",
                                                e->store_path, sizeof e->store_path));
}

static eg_status write_keys(struct export *e)
{
    uint8_t room[EG_PSA_SIMUL_TEXT_MAX];
    struct eg_writer w;

    eg_writer_init(&w, room, sizeof room);
    eg_status st = eg_psa_simul_keys(e->crypto, &e->root, &w);
    if (eg_ok(st)) {
        st = eg_file_write(e->keys_path, 0600, eg_writer_span(&w));
    }
    eg_wipe(room, sizeof room);
    return eg_problem_set(&e->why, st);
}

static eg_status write_store(struct export *e)
{
    static uint8_t room[CONTAINER_MAX];
    const struct eg_psa_simul_target target = {e->host, e->port, eg_span(e->roots, e->roots_len)};
    struct eg_writer w;

    eg_writer_init(&w, room, sizeof room);
    eg_status st = eg_psa_simul_connection(e->crypto, &e->root, &target, &w);
    if (eg_ok(st)) {
        st = eg_file_write(e->store_path, 0644, eg_writer_span(&w));
    }
    return eg_problem_set(&e->why, st);
}

static eg_status make(struct export *e)
{
    EG_TRY(prepare(e));
    EG_TRY(find_target(e));
    EG_TRY(write_keys(e));
    return write_store(e);
}

static void print_good(const struct export *e)
{
    char hex[EG_UUID_HEX_LEN + 1];

    eg_uuid_to_hex(&e->root.uuid, hex);
    if (e->o->connect.json) {
        eg_out_json(json_pack("{s:b, s:s, s:s, s:s, s:s, s:s, s:i}", "ok", 1, "uuid", hex, "family",
                              e->root.family->name, "keys", e->keys_path, "datastore",
                              e->store_path, "hostname", e->host, "port", (int)e->port));
        return;
    }
    eg_out_line("%sok%s    root of trust of %s in %s (secret)", eg_out_colour(EG_GREEN),
                eg_out_colour(EG_PLAIN), hex, e->keys_path);
    eg_out_line("      connection to %s:%u in %s", e->host, (unsigned)e->port, e->store_path);
}

static int run(const struct options *o, const char *chip)
{
    static struct export e; /* zero */

    e.o = o;
    e.chip = chip;
    eg_problem_clear(&e.why);
    eg_status st = make(&e);
    if (eg_ok(st)) {
        print_good(&e);
    }
    eg_wipe(&e.root, sizeof e.root);
    eg_crypto_free(e.crypto);
    return eg_ok(st) ? EG_EXIT_OK : eg_cli_fail(o->connect.json, &e.why);
}

int eg_cmd_fab_export(const struct eg_verb *verb, int argc, char **argv)
{
    struct options o = {.out = NULL};
    const struct eg_opt opts[] = {
        EG_CONNECT_OPTIONS(&o.connect),
        {"psa-simul", '\0', NULL, EG_OPT_FLAG, &o.psa_simul, true,
         "for the simulated PSA platform"},
        {"out", 'o', "DIR", EG_OPT_TEXT, &o.out, true, "folder of the files"},
        {"host", '\0', "NAME", EG_OPT_TEXT, &o.host, false,
         "where the device is to connect, instead of asking the service"},
        {"port", '\0', "N", EG_OPT_NUMBER, &o.port, false, "its port"},
        {"roots", '\0', "FILE", EG_OPT_TEXT, &o.roots_file, false,
         "certificates (PEM) that its certificate must chain to"},
    };
    int first = 0;

    int code = eg_cli_parse(verb, opts, sizeof opts / sizeof opts[0], argc, argv, 1, 1, &first);
    if (code != EG_CLI_GO_ON) {
        return code;
    }
    if ((o.host != NULL) != (o.roots_file != NULL) || (o.host != NULL) != (o.port != 0)) {
        return eg_cli_usage(verb, "--host, --port and --roots go together");
    }
    return run(&o, argv[first]);
}
