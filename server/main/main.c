/* SPDX-License-Identifier: Apache-2.0 */
/* engraved: the service. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include "server/main/limits.h"
#include "server/main/node.h"

#ifndef EG_VERSION
#define EG_VERSION "unknown"
#endif

static const struct {
    const char *name;
    long value;
    const char *what;
} limits[] = {
#define EG_LIMIT(name, value, what) {#name, (value), what},
#include "server/main/limits.def"
#undef EG_LIMIT
};

static int print_limits(void)
{
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        printf("%-20s %10ld  %s\n", limits[i].name, limits[i].value, limits[i].what);
    }
    return 0;
}

/** What went wrong, where, and what to do, for a person; the exit code for a program. */
static int complain(eg_status st, const char *why)
{
    const struct eg_status_info *info = eg_status_info(st);
    fprintf(stderr, "engraved: %s (%s)%s%s\n  %s\n", info->cause, info->code,
            why[0] != '\0' ? ": " : "", why, info->next);
    return eg_category_info(eg_category(st))->exit_code;
}

static int check(const struct eg_config *config)
{
    char why[EG_CONFIG_WHY_LEN] = "";
    eg_status st = eg_node_check(config, why, sizeof(why));
    if (!eg_ok(st)) {
        return complain(st, why);
    }
    puts("configuration ok");
    return 0;
}

/** Signals that end the service; blocked in every thread, taken by sigwait() in the first. */
static void block_signals(sigset_t *out)
{
    sigemptyset(out);
    sigaddset(out, SIGTERM);
    sigaddset(out, SIGINT);
    pthread_sigmask(SIG_BLOCK, out, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/** One line for each listener; "ready" is the last one. */
static void say_where(const struct eg_node *node)
{
    if (eg_node_device_address(node)[0] != '\0') {
        printf("device %s\n", eg_node_device_address(node));
    }
    if (eg_node_public_url(node)[0] != '\0') {
        printf("public %s\n", eg_node_public_url(node));
    }
    printf("ready %s\n", eg_node_url(node));
}

static int serve(const struct eg_config *config)
{
    char why[EG_CONFIG_WHY_LEN] = "";
    struct eg_node *node = NULL;
    sigset_t signals;
    int number = 0;
    eg_log_init("engraved", config->log_level);
    umask(S_IRWXG | S_IRWXO); /* what has no mode of its own is for us alone: the database */
    block_signals(&signals);
    eg_status st = eg_node_start(config, &node, why, sizeof(why));
    if (!eg_ok(st)) {
        return complain(st, why);
    }
    say_where(node);
    fflush(stdout);
    eg_log(EG_LOG_INFO, "ready", EG_LOG_FIELDS(eg_log_str("url", eg_node_url(node))));
    (void)sigwait(&signals, &number);
    eg_log(EG_LOG_INFO, "stopping", EG_LOG_FIELDS(eg_log_num("signal", number)));
    eg_node_stop(node);
    eg_log(EG_LOG_INFO, "stopped", NULL);
    return 0;
}

int main(int argc, char *argv[])
{
    static struct eg_config config;
    char why[EG_CONFIG_WHY_LEN] = "";
    eg_status st = eg_config_load(argc, argv, &config, why, sizeof(why));
    if (!eg_ok(st)) {
        complain(st, why);
        fputs(eg_config_usage(), stderr);
        return 2;
    }
    switch (config.action) {
    case EG_CONFIG_PRINT_LIMITS:
        return print_limits();
    case EG_CONFIG_PRINT_VERSION:
        puts("engraved " EG_VERSION);
        return 0;
    case EG_CONFIG_PRINT_HELP:
        fputs(eg_config_usage(), stdout);
        return 0;
    case EG_CONFIG_CHECK:
        return check(&config);
    case EG_CONFIG_RUN:
        break;
    }
    return serve(&config);
}
