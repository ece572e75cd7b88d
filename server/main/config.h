/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_MAIN_CONFIG_H
#define EG_SERVER_MAIN_CONFIG_H
/**
 * What engraved was told: command line over configuration file over defaults.
 * The file is INI (docs/guide/configuration.md); an unknown section or key is an error.
 */
#include "lib/os/file.h"
#include "lib/os/log.h"

enum {
    EG_CONFIG_TEXT_LEN = 1024,
    EG_CONFIG_COMPANY_LEN = 64,
    EG_CONFIG_URL_LEN = 200,
    EG_CONFIG_NAME_LEN = 253,
    EG_CONFIG_WHY_LEN = 512,
    EG_CONFIG_VAULT_WORKERS_MAX = 64,
    EG_CONFIG_RATE_MAX = 1000000,
};

/** What to do. */
enum eg_config_action {
    EG_CONFIG_RUN = 0,
    EG_CONFIG_CHECK,
    EG_CONFIG_PRINT_LIMITS,
    EG_CONFIG_PRINT_VERSION,
    EG_CONFIG_PRINT_HELP,
};

struct eg_config {
    enum eg_config_action action;
    char data[EG_PATH_MAX];
    char file[EG_PATH_MAX]; /* "" without one */
    char listen[EG_CONFIG_TEXT_LEN];
    char device_listen[EG_CONFIG_TEXT_LEN];   /* "": no device endpoint */
    char device_name[EG_CONFIG_NAME_LEN + 1]; /* host name that devices dial, their SNI */
    char public_listen[EG_CONFIG_TEXT_LEN];   /* plain HTTP for strangers; "": none */
    char database[EG_CONFIG_TEXT_LEN];        /* "sqlite" or "postgresql://..." */
    char passphrase[EG_PATH_MAX];             /* "": vault.passphrase in the data folder */
    char families[EG_PATH_MAX];               /* "": where eg_families_dir() finds them */
    char profiles[EG_PATH_MAX];               /* "": where eg_profiles_dir() finds them */
    char company[EG_CONFIG_COMPANY_LEN + 1];  /* name given to the company at first start */
    char public_url[EG_CONFIG_URL_LEN + 1];   /* "": certificates name no CRL */
    unsigned vault_workers;                   /* 0: one per core */
    unsigned device_rate_per_second;          /* new connections of one address; 0: any number */
    unsigned rate_per_second;                 /* of one address, of one API key; 0: any number */
    enum eg_log_level log_level;
};

/**
 * Read the command line and the file it names, and check every value.
 * CONFIG_INVALID, OS_FILE: why says which argument, or which line of the file.
 */
EG_MUST_USE eg_status eg_config_load(int argc, char *const argv[], struct eg_config *out, char *why,
                                     size_t why_room);

/** Usage text. */
const char *eg_config_usage(void);

#endif
