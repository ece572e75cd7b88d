/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "host/cli/fab.h"
#include "host/cli/output.h"
#include "host/cli/verbs.h"
#include "lib/base/secret.h"
#include "lib/object/manifest_text.h"
#include "lib/os/clock.h"
#include "lib/os/family_file.h"
#include "lib/os/file.h"

enum {
    CERT_FILE_MAX = 16384,
    BAR_EVERY = 128, /* chips between two looks of the bar */
};

struct options {
    const char *family, *dir, *service_cert, *signer_key, *signer_cert, *manifest;
    uint64_t count;
    bool manifest_only, json;
};

/* Everything one run holds. */
struct fab {
    const struct options *o;
    struct eg_crypto *crypto;
    struct eg_families families;
    const struct eg_family *family;
    struct eg_fab_signer signer;
    bool signer_made;
    uint8_t service_cert[EG_X509_LEN_MAX];
    size_t service_cert_len;
    struct eg_fab_chip *chips; /* secret */
    size_t made;               /* files so far */
    char key_path[EG_PATH_MAX], cert_path[EG_PATH_MAX], manifest_path[EG_PATH_MAX];
    struct eg_problem why;
};

/* given, else DIR/name. */
static eg_status path_of(const struct fab *f, const char *given, const char *name, char *out)
{
    if (given == NULL) {
        return eg_path_join(f->o->dir, name, out, EG_PATH_MAX);
    }
    int n = snprintf(out, EG_PATH_MAX, "%s", given);
    return n > 0 && n < EG_PATH_MAX ? EG_OK : EG_ERR(NO_ROOM);
}

static eg_status find_family(struct fab *f)
{
    char dir[EG_PATH_MAX], text[256] = "";

    eg_status st = eg_families_dir(NULL, dir, sizeof dir);
    if (eg_ok(st)) {
        st = eg_families_load(dir, &f->families, text, sizeof text);
    }
    if (!eg_ok(st)) {
        return text[0] != '\0' ? eg_problem_say(&f->why, st, "%s", text)
                               : eg_problem_set(&f->why, st);
    }
    f->family = eg_families_find(&f->families, f->o->family);
    return f->family != NULL ? EG_OK : eg_problem_set(&f->why, EG_ERR(HOST_FAMILY));
}

static eg_status read_service_cert(struct fab *f)
{
    struct eg_file_bytes file = {0};
    struct eg_writer w;

    eg_status st = eg_file_read(f->o->service_cert, CERT_FILE_MAX, &file);
    if (!eg_ok(st)) {
        return eg_problem_say(&f->why, st, "The certificate %.300s cannot be read.",
                              f->o->service_cert);
    }
    eg_writer_init(&w, f->service_cert, sizeof f->service_cert);
    st = eg_x509_from_pem(eg_file_span(&file), &w);
    f->service_cert_len = w.len;
    eg_file_bytes_free(&file);
    return eg_problem_set(&f->why, st);
}

/* Everything that can fail for a reason of the caller's, before anything is made. */
static eg_status prepare(struct fab *f)
{
    if (f->o->count == 0 || f->o->count > EG_MANIFEST_COUNT_MAX) {
        return eg_problem_set(&f->why, EG_ERR(HOST_MANIFEST_LIMIT));
    }
    EG_TRY(find_family(f));
    EG_TRY(eg_problem_set(&f->why, eg_file_make_dir(f->o->dir)));
    EG_TRY(eg_problem_set(&f->why, path_of(f, f->o->manifest, "manifest.cms", f->manifest_path)));
    EG_TRY(eg_problem_set(&f->why, path_of(f, f->o->signer_key, "signer.key", f->key_path)));
    EG_TRY(eg_problem_set(&f->why, path_of(f, f->o->signer_cert, "signer.pem", f->cert_path)));
    if (eg_file_exists(f->manifest_path)) {
        return eg_problem_say(&f->why, EG_ERR(OS_FILE_EXISTS),
                              "%.300s is there already; upload it and move it away, or name "
                              "another with --manifest.",
                              f->manifest_path);
    }
    EG_TRY(read_service_cert(f));
    EG_TRY(eg_problem_set(&f->why, eg_crypto_new(&f->crypto)));
    eg_status st = eg_fab_signer_load(f->crypto, f->key_path, f->cert_path, eg_clock_now_ms(),
                                      &f->signer, &f->signer_made);
    EG_TRY(eg_problem_say(&f->why, st,
                          "The signer's key %.200s or certificate %.200s is not "
                          "usable; both must be there, or neither.",
                          f->key_path, f->cert_path));
    f->chips = calloc(f->o->count, sizeof f->chips[0]);
    return f->chips != NULL ? EG_OK : eg_problem_set(&f->why, EG_ERR(NO_MEMORY));
}

static eg_status make_chips(struct fab *f)
{
    for (size_t i = 0; i < f->o->count; i++) {
        EG_TRY(eg_fab_draw(f->crypto, &f->chips[i]));
        if (!f->o->manifest_only) {
            EG_TRY(eg_fab_chip_file(f->crypto, f->o->dir, f->family, &f->chips[i]));
            f->made++;
        }
        if (i % BAR_EVERY == 0 && !f->o->json) {
            eg_out_bar("make chips", i, f->o->count);
        }
    }
    eg_out_bar_clear();
    return f->made > 0 ? eg_fab_chips_sync(f->o->dir) : EG_OK;
}

static eg_status write_manifest(struct fab *f)
{
    struct eg_cms_bytes cms = {0};

    EG_TRY(eg_fab_manifest(f->family, f->chips, f->o->count, &f->signer,
                           eg_span(f->service_cert, f->service_cert_len), &cms));
    eg_status st = eg_file_create(f->manifest_path, 0644, eg_span(cms.ptr, cms.len));
    eg_cms_bytes_free(&cms);
    return st;
}

/* Chips without a manifest are of no use to anybody. */
static void undo(struct fab *f)
{
    for (size_t i = 0; i < f->made; i++) {
        eg_fab_chip_remove(f->o->dir, &f->chips[i].uuid);
    }
}

static eg_status make(struct fab *f)
{
    EG_TRY(prepare(f));
    eg_status st = make_chips(f);
    if (eg_ok(st)) {
        st = write_manifest(f);
    }
    if (!eg_ok(st)) {
        undo(f);
    }
    return eg_problem_set(&f->why, st);
}

static void print_good(const struct fab *f, int64_t took_ms)
{
    if (f->o->json) {
        eg_out_json(json_pack(
            "{s:b, s:s, s:I, s:I, s:s, s:s, s:b, s:I}", "ok", 1, "family", f->family->name, "count",
            (json_int_t)f->o->count, "files", (json_int_t)f->made, "manifest", f->manifest_path,
            "signer", f->cert_path, "signerMade", f->signer_made, "ms", (json_int_t)took_ms));
        return;
    }
    eg_out_line("%sok%s    %llu %s chips made in %.1f s: %zu files in %s", eg_out_colour(EG_GREEN),
                eg_out_colour(EG_PLAIN), (unsigned long long)f->o->count, f->family->title,
                (double)took_ms / 1000.0, f->made, f->o->dir);
    eg_out_line("      manifest %s, signed with %s", f->manifest_path, f->cert_path);
    if (f->signer_made) {
        eg_out_line("      Next: engrave fab enroll -c CONFIG %s --name NAME", f->cert_path);
    }
    eg_out_line("      Next: engrave fab upload -c CONFIG %s", f->manifest_path);
}

static int run(const struct options *o)
{
    static struct fab f; /* zero */
    int64_t began = eg_clock_mono_ms();

    f.o = o;
    eg_problem_clear(&f.why);
    eg_status st = make(&f);
    if (eg_ok(st)) {
        print_good(&f, eg_clock_mono_ms() - began);
    }
    if (f.chips != NULL) {
        eg_wipe(f.chips, o->count * sizeof f.chips[0]);
        free(f.chips);
    }
    eg_fab_signer_cleanup(&f.signer);
    eg_crypto_free(f.crypto);
    return eg_ok(st) ? EG_EXIT_OK : eg_cli_fail(o->json, &f.why);
}

int eg_cmd_fab_make(const struct eg_verb *verb, int argc, char **argv)
{
    struct options o = {0};
    const struct eg_opt opts[] = {
        {"family", 'f', "NAME", EG_OPT_TEXT, &o.family, true, "chip family"},
        {"count", 'n', "N", EG_OPT_NUMBER, &o.count, true, "how many chips"},
        {"dir", 'd', "DIR", EG_OPT_TEXT, &o.dir, true, "folder of the chip files"},
        {"service-cert", '\0', "FILE", EG_OPT_TEXT, &o.service_cert, true,
         "certificate of the service for manifests (engrave fab cert)"},
        {"signer-key", '\0', "FILE", EG_OPT_TEXT, &o.signer_key, false,
         "the maker's key (default DIR/signer.key; made on first use)"},
        {"signer-cert", '\0', "FILE", EG_OPT_TEXT, &o.signer_cert, false,
         "its certificate (default DIR/signer.pem)"},
        {"manifest", '\0', "FILE", EG_OPT_TEXT, &o.manifest, false,
         "where the manifest goes (default DIR/manifest.cms)"},
        {"manifest-only", '\0', NULL, EG_OPT_FLAG, &o.manifest_only, false,
         "roots of trust without chips"},
        {"json", '\0', NULL, EG_OPT_FLAG, &o.json, false, "one JSON line"},
    };
    int first = 0;

    int code = eg_cli_parse(verb, opts, sizeof opts / sizeof opts[0], argc, argv, 0, 0, &first);
    return code != EG_CLI_GO_ON ? code : run(&o);
}
