/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_LIB_PROBLEM_H
#define EG_HOST_LIB_PROBLEM_H
/**
 * Why a step failed, as a person and a program want to know it: the status decides the exit code,
 * the texts are shown. Filled by the layer that knows most (the service's own words win over ours).
 */
#include "lib/base/status.h"

enum {
    EG_PROBLEM_CODE_MAX = 48,
    EG_PROBLEM_TEXT_MAX = 512,
    EG_PROBLEM_ID_MAX = 64,
};

struct eg_problem {
    eg_status status;                    /* EG_OK: no problem */
    char code[EG_PROBLEM_CODE_MAX];      /* "ERR_..." */
    char cause[EG_PROBLEM_TEXT_MAX];     /* one sentence */
    char next[EG_PROBLEM_TEXT_MAX];      /* one sentence: what to do */
    char correlation[EG_PROBLEM_ID_MAX]; /* of the call to the service; "" if none was made */
};

/** No problem. */
void eg_problem_clear(struct eg_problem *p);

/** Texts of the status table. Returns st, so that `return eg_problem_set(p, st)` reads well. */
eg_status eg_problem_set(struct eg_problem *p, eg_status st);

/** The same with a cause of our own (printf); the next step stays that of the table. */
eg_status eg_problem_say(struct eg_problem *p, eg_status st, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Only if p holds none yet. */
eg_status eg_problem_keep(struct eg_problem *p, eg_status st);

#endif
