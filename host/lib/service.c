/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lib/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/os/clock.h"

enum {
    PATH_MAX_LEN = 160,
    PAGE_SIZE = 100,
    PAGES_MAX = 100000,
};

/* "/api/v1/products/{nc12}/device-groups/{gid}" */
static void group_path(const struct eg_service *s, uint64_t gid, char out[static PATH_MAX_LEN])
{
    snprintf(out, PATH_MAX_LEN, "/api/v1/products/%llu/device-groups/%llu",
             (unsigned long long)s->config->nc12, (unsigned long long)gid);
}

/* "owner-domain-types=MATTER&owner-domain-types=RTP" */
static void domains_query(const struct eg_service *s, char *out, size_t room)
{
    size_t len = 0;

    out[0] = '\0';
    for (uint32_t i = 0; i < s->config->domain_count && len < room; i++) {
        int n = snprintf(out + len, room - len, "%sowner-domain-types=%s", i > 0 ? "&" : "",
                         s->config->domains[i]);
        len += n > 0 ? (size_t)n : 0;
    }
}

/* {"deviceIds":[...]}; NULL without memory. */
static json_t *device_ids(const struct eg_uuid *devices, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        char dec[EG_UUID_DEC_MAX + 1];
        eg_uuid_to_dec(&devices[i], dec);
        json_array_append_new(list, json_string(dec));
    }
    return json_pack("{s:o}", "deviceIds", list);
}

eg_status eg_service_check(const struct eg_service *s, struct eg_problem *why)
{
    char path[PATH_MAX_LEN];

    group_path(s, s->config->device_group_id, path);
    return eg_rest_json(s->rest, "GET", NULL, NULL, why, "%s", path);
}

/* ---- assign ---------------------------------------------------------------------------------- */

/* What the service says about one device that it did not take. */
struct refusal {
    bool unknown;
    uint64_t other_group; /* 0: none */
};

static bool same_device(const char *text, const struct eg_uuid *device)
{
    struct eg_uuid id;
    return text != NULL && eg_ok(eg_uuid_from_hex(eg_span_str(text), &id)) &&
           memcmp(id.bytes, device->bytes, sizeof id.bytes) == 0;
}

/* details of ERR_SEDM_422_11: a JSON document as text, or an object. */
static json_t *details_of(const json_t *answer)
{
    json_t *details = json_object_get(answer, "details");
    json_error_t error;

    if (json_is_string(details)) {
        return json_loads(json_string_value(details), 0, &error);
    }
    return json_incref(details);
}

static struct refusal read_refusal(struct eg_span body, const struct eg_uuid *device)
{
    struct refusal out = {0};
    json_error_t error;
    size_t i;
    json_t *entry;
    json_t *answer = json_loadb((const char *)body.ptr, body.len, 0, &error);
    json_t *details = details_of(answer);

    json_array_foreach(json_object_get(details, "notFoundDevices"), i, entry)
    {
        out.unknown = out.unknown || same_device(json_string_value(entry), device);
    }
    json_array_foreach(json_object_get(details, "devicesInDifferentGroup"), i, entry)
    {
        json_t *gid = json_object_get(entry, "deviceGroupId");
        if (same_device(json_string_value(json_object_get(entry, "deviceId")), device)) {
            out.other_group = (uint64_t)json_integer_value(gid);
        }
    }
    json_decref(details);
    json_decref(answer);
    return out;
}

/* POST .../devices; *out says why it was not taken. */
static eg_status post_device(const struct eg_service *s, const struct eg_uuid *device,
                             struct refusal *out, struct eg_problem *why)
{
    char group[PATH_MAX_LEN], path[PATH_MAX_LEN + 16];
    struct eg_rest_answer answer;
    json_t *body = device_ids(device, 1);
    char *text = json_dumps(body, JSON_COMPACT);

    memset(out, 0, sizeof *out);
    json_decref(body);
    if (text == NULL) {
        return eg_problem_set(why, EG_ERR(NO_MEMORY));
    }
    group_path(s, s->config->device_group_id, group);
    snprintf(path, sizeof path, "%s/devices", group);
    struct eg_rest_call call = {.method = "POST", .path = path, .body = eg_span_str(text)};
    eg_status st = eg_rest_send(s->rest, &call, &answer, why);
    free(text);
    if (!eg_ok(st) && answer.http == 422) {
        *out = read_refusal(answer.body, device);
    }
    return st;
}

/* Our status and words for a refusal that names this device; the service's code and id stay. */
static eg_status explain(const struct refusal *r, struct eg_problem *why, eg_status st)
{
    struct eg_problem old;

    if ((!r->unknown && r->other_group == 0) || why == NULL) {
        return st;
    }
    old = *why;
    if (r->unknown) {
        st = eg_problem_set(why, EG_ERR(HOST_DEVICE_UNKNOWN));
    } else {
        st = eg_problem_say(why, EG_ERR(HOST_DIFFERENT_GROUP),
                            "The device belongs to device group %llu.",
                            (unsigned long long)r->other_group);
    }
    memcpy(why->code, old.code, sizeof why->code);
    memcpy(why->correlation, old.correlation, sizeof why->correlation);
    return st;
}

static eg_status unclaim_from(const struct eg_service *s, uint64_t gid,
                              const struct eg_uuid *devices, size_t count, struct eg_problem *why)
{
    char group[PATH_MAX_LEN];
    json_t *body = device_ids(devices, count);

    group_path(s, gid, group);
    eg_status st = eg_rest_json(s->rest, "POST", body, NULL, why, "%s/devices/unclaim", group);
    json_decref(body);
    return st;
}

eg_status eg_service_assign(const struct eg_service *s, const struct eg_uuid *device,
                            bool re_assign, struct eg_problem *why)
{
    struct refusal refusal;

    eg_status st = post_device(s, device, &refusal, why);
    if (!eg_ok(st) && re_assign && refusal.other_group != 0) {
        EG_TRY(unclaim_from(s, refusal.other_group, device, 1, why));
        st = post_device(s, device, &refusal, why);
    }
    if (eg_ok(st)) {
        if (why != NULL) {
            eg_problem_clear(why);
        }
        return EG_OK;
    }
    return explain(&refusal, why, st);
}

eg_status eg_service_unclaim(const struct eg_service *s, const struct eg_uuid *devices,
                             size_t count, struct eg_problem *why)
{
    return unclaim_from(s, s->config->device_group_id, devices, count, why);
}

/* ---- wait ------------------------------------------------------------------------------------ */

enum progress { PROGRESS_WAIT, PROGRESS_DONE, PROGRESS_FAILED };

/* As el2go-host reads it: in order, the first failed or waiting object decides; nothing yet: wait.
 * A failure that the line reported earlier does not count: the objects are there. */
static enum progress progress_of(const json_t *answer)
{
    const json_t *content = json_object_get(answer, "content");
    size_t i;
    json_t *entry;

    json_array_foreach(content, i, entry)
    {
        const char *state = json_string_value(json_object_get(entry, "provisioningState"));
        if (state != NULL && strcmp(state, "GENERATION_FAILED") == 0) {
            return PROGRESS_FAILED;
        }
        if (state != NULL && strcmp(state, "GENERATION_TRIGGERED") == 0) {
            return PROGRESS_WAIT;
        }
    }
    return json_array_size(content) > 0 ? PROGRESS_DONE : PROGRESS_WAIT;
}

static eg_status ask_progress(const struct eg_service *s, const char *device, unsigned wait_s,
                              enum progress *out, struct eg_problem *why)
{
    char domains[80];
    json_t *answer = NULL;

    domains_query(s, domains, sizeof domains);
    EG_TRY(eg_rest_json(s->rest, "GET", NULL, &answer, why,
                        "/api/v1/rtp/devices/%s/secure-object-provisionings"
                        "?hardware-family-type=%s&%s&wait=%u",
                        device, s->family->el2go_name, domains, wait_s));
    *out = progress_of(answer);
    json_decref(answer);
    return EG_OK;
}

eg_status eg_service_wait(const struct eg_service *s, const struct eg_uuid *device,
                          struct eg_problem *why)
{
    char dec[EG_UUID_DEC_MAX + 1];
    int64_t deadline = eg_clock_mono_ms() + 1000 * (int64_t)s->config->download_timeout_s;

    eg_uuid_to_dec(device, dec);
    for (;;) {
        enum progress progress = PROGRESS_WAIT;
        int64_t left_s = (deadline - eg_clock_mono_ms()) / 1000;
        unsigned wait_s = left_s < EG_SERVICE_POLL_S ? (unsigned)(left_s > 0 ? left_s : 0)
                                                     : (unsigned)EG_SERVICE_POLL_S;

        EG_TRY(ask_progress(s, dec, wait_s, &progress, why));
        if (progress == PROGRESS_DONE) {
            return EG_OK;
        }
        if (progress == PROGRESS_FAILED) {
            return eg_problem_set(why, EG_ERR(HOST_GENERATION));
        }
        if (wait_s == 0) {
            return eg_problem_set(why, EG_ERR(HOST_GENERATION_TIME));
        }
    }
}

/* ---- download, report, chain ----------------------------------------------------------------- */

eg_status eg_service_download(const struct eg_service *s, const struct eg_uuid *device,
                              struct eg_objects *out, struct eg_problem *why)
{
    char domains[80], path[2 * PATH_MAX_LEN];
    struct eg_rest_answer answer;
    json_t *body = device_ids(device, 1);

    memset(out, 0, sizeof *out);
    json_object_set_new(body, "productHardwareFamilyType", json_string(s->family->el2go_name));
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    if (text == NULL) {
        return eg_problem_set(why, EG_ERR(NO_MEMORY));
    }
    domains_query(s, domains, sizeof domains);
    snprintf(path, sizeof path, "/api/v1/rtp/device-groups/%llu/devices/download-provisionings?%s",
             (unsigned long long)s->config->device_group_id, domains);
    struct eg_rest_call call = {.method = "POST", .path = path, .body = eg_span_str(text)};
    eg_status st = eg_rest_send(s->rest, &call, &answer, why);
    free(text);
    EG_TRY(st);
    return eg_problem_set(why, eg_objects_parse(answer.body, device, out));
}

eg_status eg_service_report(const struct eg_service *s, const struct eg_uuid *device,
                            bool provisioned, uint32_t status_word, const char *detail,
                            struct eg_problem *why)
{
    char group[PATH_MAX_LEN], dec[EG_UUID_DEC_MAX + 1], word[16];

    group_path(s, s->config->device_group_id, group);
    eg_uuid_to_dec(device, dec);
    snprintf(word, sizeof word, "0x%08X", (unsigned)status_word);
    json_t *body = json_pack("{s:s, s:s, s:s}", "result", provisioned ? "PROVISIONED" : "FAILED",
                             "statusWord", word, "detail", detail);
    eg_status st =
        eg_rest_json(s->rest, "POST", body, NULL, why, "%s/devices/%s/report", group, dec);
    json_decref(body);
    return st;
}

eg_status eg_service_ca_chain(const struct eg_service *s, uint64_t ca_id, char **out_pem,
                              struct eg_problem *why)
{
    char path[PATH_MAX_LEN];
    struct eg_rest_answer answer;

    *out_pem = NULL;
    snprintf(path, sizeof path, "/api/v1/rtp/certificate-authorities/%llu/chain",
             (unsigned long long)ca_id);
    struct eg_rest_call call = {.method = "GET", .path = path};
    EG_TRY(eg_rest_send(s->rest, &call, &answer, why));
    *out_pem = strndup(answer.body.len > 0 ? (const char *)answer.body.ptr : "", answer.body.len);
    return *out_pem != NULL ? EG_OK : eg_problem_set(why, EG_ERR(NO_MEMORY));
}

/* ---- devices of the group -------------------------------------------------------------------- */

static eg_status walk_page(const json_t *page, eg_service_device_fn fn, void *arg)
{
    size_t i;
    json_t *entry;

    json_array_foreach(json_object_get(page, "content"), i, entry)
    {
        struct eg_uuid id;
        const char *dec =
            json_string_value(json_object_get(json_object_get(entry, "device"), "id"));
        if (dec == NULL || !eg_ok(eg_uuid_from_dec(eg_span_str(dec), &id))) {
            return EG_ERR(HOST_ANSWER);
        }
        EG_TRY(fn(arg, &id));
    }
    return EG_OK;
}

eg_status eg_service_devices(const struct eg_service *s, eg_service_device_fn fn, void *arg,
                             struct eg_problem *why)
{
    char group[PATH_MAX_LEN];

    group_path(s, s->config->device_group_id, group);
    for (int page = 0; page < PAGES_MAX; page++) {
        json_t *answer = NULL;
        EG_TRY(eg_rest_json(s->rest, "GET", NULL, &answer, why, "%s/devices?size=%d&page=%d", group,
                            PAGE_SIZE, page));
        eg_status st = walk_page(answer, fn, arg);
        const json_t *next = json_object_get(answer, "next");
        bool last = next == NULL || json_is_null(next);
        json_decref(answer);
        if (!eg_ok(st) || last) {
            return eg_problem_keep(why, st);
        }
    }
    return eg_problem_set(why, EG_ERR(HOST_ANSWER));
}
