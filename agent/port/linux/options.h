/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_PORT_LINUX_OPTIONS_H
#define EG_AGENT_PORT_LINUX_OPTIONS_H
/**
 * What engrave-agent can be told, on the command line or in a file (`name = value`, the options'
 * names without dashes). The command line wins.
 */
#include <stdbool.h>
#include <stdint.h>

enum { EG_OPTION_TEXT_MAX = 512 };

struct eg_options {
    char config[EG_OPTION_TEXT_MAX];
    char enclave[EG_OPTION_TEXT_MAX];
    char state[EG_OPTION_TEXT_MAX];
    bool json, verbose;

    /* sessions */
    char dial[EG_OPTION_TEXT_MAX];
    uint32_t max_fragment;
    bool no_alpn;
    uint32_t connect_timeout, idle_timeout, session_timeout; /* seconds; 0: the library's */
    uint32_t regular, first, longest;                        /* seconds; 0: the library's */
    bool if_due;

    /* connection data, claim code */
    char host[EG_OPTION_TEXT_MAX];
    uint32_t port;
    char roots[EG_OPTION_TEXT_MAX];
    char code_file[EG_OPTION_TEXT_MAX];
    char claim_key_file[EG_OPTION_TEXT_MAX];

    /* MQTT */
    uint32_t service; /* id of a service descriptor; 0: none was named */
    uint32_t key;     /* ids in the enclave */
    uint32_t certificate;
    char client_id[EG_OPTION_TEXT_MAX];
    char topic[EG_OPTION_TEXT_MAX];
    char message_file[EG_OPTION_TEXT_MAX];
    uint32_t count;   /* messages to wait for */
    uint32_t timeout; /* seconds */
};

/**
 * Read argv[1..] after the verb's words. Prints what is wrong on stderr. -1: go on, *first is the
 * index of the first word that is no option; otherwise an exit code.
 */
int eg_options_read(int argc, char **argv, struct eg_options *out, int *first);

/** The options, for usage texts. */
void eg_options_print(void);

#endif
