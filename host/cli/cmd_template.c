/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "host/cli/output.h"
#include "host/cli/verbs.h"
#include "lib/os/family_file.h"
#include "lib/os/file.h"

static const char template[] =
    "# Configuration of a production line for %s. Read by `engrave host` and, but for ca_file,\n"
    "# by SPSDK's el2go-host. A relative path is looked for beside this file first.\n"
    "family: %s\n"
    "\n"
    "# The service; only https.\n"
    "url: https://127.0.0.1:8443\n"
    "# The key itself, a file with it (first line), or $NAME of an environment variable with\n"
    "# either. A fresh service leaves its first key in DATA/admin.key.\n"
    "api_key: admin.key\n"
    "# CA of the service; a fresh one keeps it in DATA/tls/ca.pem. Without it: what the system\n"
    "# trusts. (el2go-host wants it in the environment as REQUESTS_CA_BUNDLE.)\n"
    "ca_file: ca.pem\n"
    "\n"
    "# Product (12NC) and device group that the devices join.\n"
    "nc12: 935000000012\n"
    "device_group_id: 1\n"
    "\n"
    "# Address that the provisioning firmware is given.\n"
    "secure_objects_address: 0x%08X\n"
    "# Provisioning firmware; leave it out when it is on the device already.\n"
    "#prov_fw_path: provisioning_fw.bin\n"
    "\n"
    "# Seconds: one request, and waiting for the objects of a device.\n"
    "timeout: 60\n"
    "download_timeout: 300\n"
    "#domains: [MATTER, RTP]\n";

static eg_status load(struct eg_families *all, struct eg_problem *why)
{
    char dir[EG_PATH_MAX], text[256] = "";

    eg_status st = eg_families_dir(NULL, dir, sizeof dir);
    if (eg_ok(st)) {
        st = eg_families_load(dir, all, text, sizeof text);
    }
    return text[0] != '\0' ? eg_problem_say(why, st, "%s", text) : eg_problem_set(why, st);
}

static eg_status write_template(const struct eg_family *f, const char *path, bool force,
                                struct eg_problem *why)
{
    char text[sizeof template + 128];
    int n = snprintf(text, sizeof text, template, f->title, f->name,
                     (unsigned)eg_family_line_address(f));

    if (path == NULL) {
        fwrite(text, 1, (size_t)n, stdout);
        return EG_OK;
    }
    eg_status st = force ? eg_file_write(path, 0644, eg_span(text, (size_t)n))
                         : eg_file_create(path, 0644, eg_span(text, (size_t)n));
    return eg_problem_say(why, st, "%.300s cannot be written, or is there already (--force).",
                          path);
}

static void list(const struct eg_families *all)
{
    for (size_t i = 0; i < all->count; i++) {
        eg_out_line("%-16s %s", all->list[i].name, all->list[i].title);
    }
}

int eg_cmd_template(const struct eg_verb *verb, int argc, char **argv)
{
    static struct eg_families all;
    const char *name = NULL, *path = NULL;
    bool force = false, only_list = false;
    const struct eg_opt opts[] = {
        {"family", 'f', "NAME", EG_OPT_TEXT, &name, false, "chip family"},
        {"output", 'o', "FILE", EG_OPT_TEXT, &path, false, "write here instead of to the screen"},
        {"force", '\0', NULL, EG_OPT_FLAG, &force, false, "overwrite the file"},
        {"list", '\0', NULL, EG_OPT_FLAG, &only_list, false, "name the families"},
    };
    struct eg_problem why;
    int first = 0;

    int code = eg_cli_parse(verb, opts, sizeof opts / sizeof opts[0], argc, argv, 0, 0, &first);
    if (code != EG_CLI_GO_ON) {
        return code;
    }
    if (name == NULL && !only_list) {
        return eg_cli_usage(verb, "--family or --list is missing.");
    }
    eg_problem_clear(&why);
    eg_status st = load(&all, &why);
    if (!eg_ok(st)) {
        return eg_cli_fail(false, &why);
    }
    if (only_list) {
        list(&all);
        return EG_EXIT_OK;
    }
    const struct eg_family *f = eg_families_find(&all, name);
    if (f == NULL) {
        return eg_cli_fail_status(false, EG_ERR(HOST_FAMILY));
    }
    st = write_template(f, path, force, &why);
    return eg_ok(st) ? EG_EXIT_OK : eg_cli_fail(false, &why);
}
