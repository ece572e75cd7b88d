/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/cli/output.h"
#include "host/cli/verbs.h"
#include "lib/base/secret.h"
#include "lib/crypto/cms.h"
#include "lib/crypto/x509.h"
#include "lib/object/secret_text.h"
#include "lib/os/file.h"

enum { CERT_FILE_MAX = 16384 };

struct options {
    const char *cert, *company, *purpose, *in, *out;
    bool json;
};

/* The secret, from a file or standard input; never from the command line. */
static eg_status read_secret(const char *path, uint8_t room[static EG_SECRET_VALUE_MAX + 1],
                             size_t *out_len)
{
    FILE *f = path != NULL ? fopen(path, "rbe") : stdin;

    if (f == NULL) {
        return EG_ERR(OS_FILE);
    }
    setvbuf(f, NULL, _IONBF, 0); /* no copy of the secret in a stdio buffer */
    *out_len = fread(room, 1, EG_SECRET_VALUE_MAX + 1, f);
    bool bad = ferror(f) != 0;
    if (path != NULL) {
        fclose(f);
    }
    return bad ? EG_ERR(OS_FILE) : EG_OK;
}

static eg_status read_certificate(const char *path, struct eg_writer *out)
{
    struct eg_file_bytes file = {0};

    EG_TRY(eg_file_read(path, CERT_FILE_MAX, &file));
    eg_status st = eg_x509_from_pem(eg_file_span(&file), out);
    eg_file_bytes_free(&file);
    return st;
}

/* Text of the secret, sealed, into the file. */
static eg_status seal_text(const struct options *o, struct eg_span text, struct eg_problem *why)
{
    uint8_t cert[EG_X509_LEN_MAX];
    struct eg_cms_bytes cms = {0};
    struct eg_writer w;

    eg_writer_init(&w, cert, sizeof cert);
    EG_TRY(eg_problem_say(why, read_certificate(o->cert, &w),
                          "The certificate %.300s cannot be used.", o->cert));
    EG_TRY(eg_problem_set(why, eg_cms_seal(eg_writer_span(&w), text, &cms)));
    eg_status st = eg_file_write(o->out, 0644, eg_span(cms.ptr, cms.len));
    eg_cms_bytes_free(&cms);
    return eg_problem_say(why, st, "%.300s cannot be written.", o->out);
}

static eg_status seal(const struct options *o, struct eg_problem *why)
{
    static uint8_t value[EG_SECRET_VALUE_MAX + 1], text[EG_SECRET_TEXT_MAX];
    struct eg_writer w;
    size_t len = 0;

    eg_writer_init(&w, text, sizeof text);
    eg_status st = read_secret(o->in, value, &len);
    if (!eg_ok(st)) {
        return eg_problem_say(why, st, "The secret cannot be read from %.300s.",
                              o->in != NULL ? o->in : "standard input");
    }
    st = eg_secret_text_put(&w, eg_span_str(o->company),
                            eg_object_type_from_name(eg_span_str(o->purpose)), eg_span(value, len));
    eg_problem_say(why, st, "Company, purpose or length of the secret (%zu bytes) is not allowed.",
                   len);
    if (eg_ok(st)) {
        st = seal_text(o, eg_writer_span(&w), why);
    }
    eg_wipe(value, sizeof value);
    eg_wipe(text, sizeof text);
    return st;
}

int eg_cmd_seal(const struct eg_verb *verb, int argc, char **argv)
{
    struct options o = {0};
    const struct eg_opt opts[] = {
        {"cert", '\0', "FILE", EG_OPT_TEXT, &o.cert, true,
         "certificate of the service for secrets (engrave secret cert)"},
        {"company", '\0', "NAME", EG_OPT_TEXT, &o.company, true, "company that the secret is for"},
        {"purpose", '\0', "P", EG_OPT_TEXT, &o.purpose, true,
         "HMAC_KEY, MASTER_KEY, OEM_FW_DECRYPT_KEY or BINARY_FILE"},
        {"in", 'i', "FILE", EG_OPT_TEXT, &o.in, false, "the secret (default: standard input)"},
        {"output", 'o', "FILE", EG_OPT_TEXT, &o.out, true, "where the sealed secret goes"},
        {"json", '\0', NULL, EG_OPT_FLAG, &o.json, false, "one JSON line"},
    };
    struct eg_problem why;
    int first = 0;

    eg_problem_clear(&why);
    int code = eg_cli_parse(verb, opts, sizeof opts / sizeof opts[0], argc, argv, 0, 0, &first);
    if (code != EG_CLI_GO_ON) {
        return code;
    }
    if (!eg_ok(seal(&o, &why))) {
        return eg_cli_fail(o.json, &why);
    }
    if (o.json) {
        eg_out_json(json_pack("{s:b, s:s}", "ok", 1, "file", o.out));
    } else {
        eg_out_line("%sok%s    sealed for %s as %s: %s", eg_out_colour(EG_GREEN),
                    eg_out_colour(EG_PLAIN), o.company, o.purpose, o.out);
    }
    return EG_EXIT_OK;
}
