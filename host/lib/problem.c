/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lib/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void eg_problem_clear(struct eg_problem *p)
{
    memset(p, 0, sizeof *p);
}

static void fill_from_table(struct eg_problem *p, eg_status st)
{
    const struct eg_status_info *info = eg_status_info(st);

    eg_problem_clear(p);
    p->status = st;
    snprintf(p->code, sizeof p->code, "%s", info->code);
    snprintf(p->cause, sizeof p->cause, "%s", info->cause);
    snprintf(p->next, sizeof p->next, "%s", info->next);
}

eg_status eg_problem_set(struct eg_problem *p, eg_status st)
{
    if (p != NULL && !eg_ok(st)) {
        fill_from_table(p, st);
    }
    return st;
}

eg_status eg_problem_say(struct eg_problem *p, eg_status st, const char *format, ...)
{
    if (p != NULL && !eg_ok(st)) {
        va_list args;

        fill_from_table(p, st);
        va_start(args, format);
        vsnprintf(p->cause, sizeof p->cause, format, args);
        va_end(args);
    }
    return st;
}

eg_status eg_problem_keep(struct eg_problem *p, eg_status st)
{
    return p == NULL || eg_ok(p->status) ? eg_problem_set(p, st) : st;
}
