/* SPDX-License-Identifier: Apache-2.0 */
#include "server/main/node.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/os/clock.h"
#include "lib/os/log.h"
#include "server/api/api.h"
#include "server/core/endpoint.h"
#include "server/core/profile_file.h"
#include "server/device/endpoint.h"
#include "server/main/data_dir.h"
#include "server/main/limits.h"
#include "server/main/tls_identity.h"
#include "server/net/server.h"

/* For each vault worker: most of them wait, for their turn at the vault or for the commit that they
 * share. With one each, vault and writer took turns at being idle (docs/performance.md). */
enum { JOB_THREADS_EACH = 8 };

struct eg_node {
    struct eg_data_dir data;
    struct eg_families families;
    struct eg_cert_profiles profiles;
    char families_dir[EG_PATH_MAX];
    struct eg_tls_identity tls;
    struct eg_store *store;
    struct eg_vaultpool *vault;
    struct eg_core *core;
    struct eg_api *api;
    _Atomic(struct eg_http_server *) http;
    struct eg_api *strangers;
    struct eg_http_server *public_http;
    struct eg_device_endpoint *devices;
    char device_address[EG_HOSTNAME_MAX + 8]; /* "NAME:PORT"; "" without a device endpoint */
};

/** engrave-vault lies beside engraved. */
static eg_status vault_program(char out[static EG_PATH_MAX])
{
    char dir[EG_PATH_MAX];
    EG_TRY(eg_path_of_program(dir, sizeof(dir)));
    return eg_path_join(dir, "engrave-vault", out, EG_PATH_MAX);
}

static eg_status load_families(const struct eg_config *config, char dir[static EG_PATH_MAX],
                               struct eg_families *out, char *why, size_t why_room)
{
    const char *given = config->families[0] != '\0' ? config->families : NULL;
    EG_TRY(eg_families_dir(given, dir, EG_PATH_MAX));
    return eg_families_load(dir, out, why, why_room);
}

static eg_status load_profiles(const struct eg_config *config, const char *families_dir,
                               struct eg_cert_profiles *out, char *why, size_t why_room)
{
    const char *given = config->profiles[0] != '\0' ? config->profiles : NULL;
    char dir[EG_PATH_MAX];
    EG_TRY(eg_profiles_dir(given, families_dir, dir, sizeof(dir)));
    return eg_profiles_load(dir, out, why, why_room);
}

static eg_status open_vault(const struct eg_config *config, struct eg_node *n, char *why,
                            size_t why_room)
{
    char program[EG_PATH_MAX];
    EG_TRY(vault_program(program));
    const struct eg_vaultpool_options options = {
        .program = program,
        .key_file = n->data.vault_key_file,
        .passphrase_file = n->data.passphrase_file,
        .families_dir = n->families_dir,
        .device_name = config->device_name,
        .workers = config->vault_workers,
    };
    if (!eg_file_exists(n->data.vault_key_file)) {
        EG_TRY(eg_vaultpool_key_init(&options, why, why_room));
    }
    return eg_vaultpool_open(&options, &n->vault, why, why_room);
}

static eg_status open_store(struct eg_node *n, char *why, size_t why_room)
{
    const struct eg_store_options options = {.url = n->data.database_url,
                                             .readers = EG_STORE_READERS_DEFAULT * 2};
    return eg_store_open(&options, &n->store, why, why_room);
}

static eg_status open_core(const struct eg_config *config, struct eg_node *n)
{
    struct eg_vaultpool_stats stats;
    int64_t now_s = eg_clock_now_s();
    eg_vaultpool_stats(n->vault, &stats);
    const struct eg_core_options options = {
        .store = n->store,
        .vault = n->vault,
        .families = &n->families,
        .profiles = &n->profiles,
        .company = config->company,
        .node = n->data.node,
        .pepper = EG_SPAN_OF(n->data.pepper),
        .job_threads = JOB_THREADS_EACH * stats.workers,
        .public_url = config->public_url,
    };
    EG_TRY(eg_core_open(&options, now_s, &n->core));
    return eg_data_dir_admin_key(&n->data, n->core, now_s);
}

static void notify(void *ctx, uint64_t topic)
{
    struct eg_node *n = ctx;
    struct eg_http_server *http = atomic_load(&n->http);
    if (http != NULL) {
        eg_http_server_notify(http, topic);
    }
}

static eg_status listen_https(const struct eg_config *config, struct eg_node *n)
{
    struct eg_http_server *http = NULL;
    const struct eg_api_options api = {.core = n->core, .rate_per_second = config->rate_per_second};
    EG_TRY(eg_api_new(&api, &n->api));
    const struct eg_http_options options = {
        .listen = config->listen,
        .cert_pem = (const char *)n->tls.cert_pem.ptr,
        .key_pem = (const char *)n->tls.key_pem.ptr,
        .connections = EG_LIMIT_CONNECTIONS,
        .app = eg_api_app(n->api),
    };
    EG_TRY(eg_http_server_new(&options, &http));
    atomic_store(&n->http, http);
    return EG_OK;
}

static eg_status listen_public(const struct eg_config *config, struct eg_node *n)
{
    const struct eg_api_options api = {.core = n->core,
                                       .audience = EG_API_STRANGERS,
                                       .rate_per_second = EG_LIMIT_PUBLIC_RATE_PER_S};
    if (config->public_listen[0] == '\0') {
        return EG_OK;
    }
    EG_TRY(eg_api_new(&api, &n->strangers));
    const struct eg_http_options options = {
        .listen = config->public_listen,
        .connections = EG_LIMIT_PUBLIC_CONNECTIONS,
        .app = eg_api_app(n->strangers),
    };
    return eg_http_server_new(&options, &n->public_http);
}

static eg_status listen_devices(const struct eg_config *config, struct eg_node *n)
{
    const struct eg_device_options options = {
        .core = n->core,
        .listen = config->device_listen,
        .name = config->device_name,
        .dir = n->data.device_dir,
        .rate_per_second = config->device_rate_per_second,
    };
    if (config->device_listen[0] == '\0') {
        return EG_OK;
    }
    EG_TRY(eg_device_endpoint_new(&options, &n->devices));
    snprintf(n->device_address, sizeof(n->device_address), "%s:%u", config->device_name,
             eg_device_endpoint_port(n->devices));
    return EG_OK;
}

/** Tell the core where devices and strangers find the service. */
static void tell_endpoint(const struct eg_config *config, struct eg_node *n)
{
    struct eg_endpoint_facts facts = {.device_port = 0};
    if (n->devices != NULL) {
        snprintf(facts.device_name, sizeof(facts.device_name), "%s", config->device_name);
        facts.device_port = eg_device_endpoint_port(n->devices);
        facts.count = eg_device_endpoint_count;
        facts.ctx = n->devices;
    }
    const char *public_url =
        config->public_url[0] != '\0' ? config->public_url : eg_node_public_url(n);
    snprintf(facts.public_url, sizeof(facts.public_url), "%s", public_url);
    eg_core_set_endpoint(n->core, &facts);
}

/** A new CA certificate is the one thing here that clients must be told by a person. */
static void tell_tls(const struct eg_node *n)
{
    static const struct {
        enum eg_log_level level;
        const char *event, *why;
    } words[] = {
        [EG_TLS_MADE] = {EG_LOG_INFO, "TLS CA made", "first start"},
        [EG_TLS_SERVER_RENEWED] = {EG_LOG_INFO, "TLS certificate renewed", "not valid, or soon"},
        [EG_TLS_CA_WAS_AHEAD] = {EG_LOG_WARNING, "TLS CA renewed",
                                 "a clock was ahead; give clients the new ca.pem"},
        [EG_TLS_CA_RAN_OUT] = {EG_LOG_WARNING, "TLS CA renewed",
                               "it runs out; give clients the new ca.pem"},
    };
    if (words[n->tls.news].event != NULL) {
        eg_log(words[n->tls.news].level, words[n->tls.news].event,
               EG_LOG_FIELDS(eg_log_str("why", words[n->tls.news].why),
                             eg_log_str("folder", n->data.tls_dir)));
    }
}

static eg_status start(const struct eg_config *config, struct eg_node *n, char *why,
                       size_t why_room)
{
    EG_TRY(load_families(config, n->families_dir, &n->families, why, why_room));
    EG_TRY(load_profiles(config, n->families_dir, &n->profiles, why, why_room));
    EG_TRY(eg_data_dir_open(config, &n->data, why, why_room));
    snprintf(why, why_room, "%s", n->data.tls_dir);
    EG_TRY(eg_tls_identity_load(n->data.tls_dir, eg_clock_now_ms(), &n->tls));
    tell_tls(n);
    snprintf(why, why_room, "%s", config->database);
    EG_TRY(open_store(n, why, why_room));
    snprintf(why, why_room, "%s", n->data.vault_key_file);
    EG_TRY(open_vault(config, n, why, why_room));
    snprintf(why, why_room, "%s", n->data.path);
    EG_TRY(open_core(config, n));
    EG_TRY(eg_core_start_jobs(n->core, notify, n));
    snprintf(why, why_room, "%s", config->public_listen);
    EG_TRY(listen_public(config, n));
    snprintf(why, why_room, "%s", config->device_listen);
    EG_TRY(listen_devices(config, n));
    tell_endpoint(config, n);
    snprintf(why, why_room, "%s", config->listen);
    return listen_https(config, n);
}

eg_status eg_node_start(const struct eg_config *config, struct eg_node **out, char *why,
                        size_t why_room)
{
    *out = NULL;
    struct eg_node *n = calloc(1, sizeof(*n));
    if (n == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    n->data.lock_fd = -1;
    eg_status st = start(config, n, why, why_room);
    if (!eg_ok(st)) {
        eg_node_stop(n);
        return st;
    }
    *out = n;
    return EG_OK;
}

const char *eg_node_public_url(const struct eg_node *node)
{
    return node->public_http == NULL ? "" : eg_http_server_url(node->public_http);
}

const char *eg_node_device_address(const struct eg_node *node)
{
    return node->device_address;
}

const char *eg_node_url(const struct eg_node *node)
{
    return eg_http_server_url(node->http);
}

/* Requests are drained before jobs stop, jobs before the server they notify is freed; a request
 * may wait for a job, but only until the server tells it to stop waiting. */
void eg_node_stop(struct eg_node *node)
{
    if (node == NULL) {
        return;
    }
    struct eg_http_server *http = atomic_load(&node->http);
    eg_http_server_drain(http);
    eg_http_server_drain(node->public_http);
    eg_device_endpoint_drain(node->devices);
    if (node->core != NULL) {
        eg_core_stop_jobs(node->core);
    }
    eg_http_server_free(http);
    eg_device_endpoint_free(node->devices);
    eg_http_server_free(node->public_http);
    eg_api_free(node->strangers);
    eg_api_free(node->api);
    eg_core_close(node->core);
    eg_vaultpool_close(node->vault);
    if (node->store != NULL) {
        eg_store_close(node->store);
    }
    eg_tls_identity_free(&node->tls);
    eg_data_dir_close(&node->data);
    free(node);
}

eg_status eg_node_check(const struct eg_config *config, char *why, size_t why_room)
{
    char dir[EG_PATH_MAX], program[EG_PATH_MAX];
    struct eg_families families;
    struct eg_cert_profiles profiles;
    EG_TRY(load_families(config, dir, &families, why, why_room));
    EG_TRY(load_profiles(config, dir, &profiles, why, why_room));
    EG_TRY(vault_program(program));
    if (!eg_file_exists(program)) {
        snprintf(why, why_room, "%s is missing", program);
        return EG_ERR(CONFIG_INVALID);
    }
    if (config->passphrase[0] != '\0' && !eg_file_exists(config->passphrase)) {
        snprintf(why, why_room, "%s is missing", config->passphrase);
        return EG_ERR(CONFIG_INVALID);
    }
    return EG_OK;
}
