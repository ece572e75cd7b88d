/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_PORT_LINUX_VERBS_H
#define EG_AGENT_PORT_LINUX_VERBS_H
/** Verbs of engrave-agent; the result is the exit code. words: what stands behind the options. */
#include "agent/port/linux/options.h"

enum { EG_AGENT_EXIT_USAGE = 2, EG_AGENT_EXIT_SETUP = 3 };

int eg_verb_once(const struct eg_options *o, int count, char **words);
int eg_verb_daemon(const struct eg_options *o, int count, char **words);
int eg_verb_status(const struct eg_options *o, int count, char **words);
int eg_verb_connect(const struct eg_options *o, int count, char **words);
int eg_verb_inject_claim(const struct eg_options *o, int count, char **words);
int eg_verb_mqtt(const struct eg_options *o, int count, char **words);

/** One failure in words, or as {"ok":false,"why":..}; gives code back. */
int eg_verb_fail(const struct eg_options *o, int code, const char *why);

#endif
