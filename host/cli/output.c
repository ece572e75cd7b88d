/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli/output.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BAR_WIDTH = 30 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool bar_shown; /* under lock */

bool eg_out_is_tty(void)
{
    return isatty(STDOUT_FILENO) == 1;
}

const char *eg_out_colour(enum eg_colour c)
{
    static const char *const codes[] = {
        [EG_PLAIN] = "\033[0m",   [EG_GREEN] = "\033[32m", [EG_RED] = "\033[31m",
        [EG_YELLOW] = "\033[33m", [EG_DIM] = "\033[2m",    [EG_BOLD] = "\033[1m",
    };
    return eg_out_is_tty() && getenv("NO_COLOR") == NULL ? codes[c] : "";
}

/* With the lock held. */
static void clear_bar(void)
{
    if (bar_shown) {
        fputs("\r\033[K", stdout);
        bar_shown = false;
    }
}

static void print_line(const char *text)
{
    pthread_mutex_lock(&lock);
    clear_bar();
    puts(text);
    fflush(stdout);
    pthread_mutex_unlock(&lock);
}

void eg_out_json(json_t *take)
{
    char *text = take != NULL ? json_dumps(take, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

    if (text != NULL) {
        print_line(text);
    }
    free(text);
    json_decref(take);
}

void eg_out_line(const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n >= 0) {
        print_line(text);
        free(text);
    }
}

json_t *eg_out_problem_json(const struct eg_problem *why)
{
    json_t *o =
        json_pack("{s:s, s:s, s:s}", "code", why->code, "cause", why->cause, "next", why->next);

    if (o != NULL && why->correlation[0] != '\0') {
        json_object_set_new(o, "correlationId", json_string(why->correlation));
    }
    return o;
}

void eg_out_problem(bool json, const struct eg_problem *why)
{
    if (json) {
        eg_out_json(json_pack("{s:b, s:o}", "ok", 0, "error", eg_out_problem_json(why)));
        return;
    }
    pthread_mutex_lock(&lock);
    clear_bar();
    fflush(stdout);
    fprintf(stderr, "engrave: %s\n  Next: %s\n  (%s%s%s)\n", why->cause, why->next, why->code,
            why->correlation[0] != '\0' ? ", correlation id " : "", why->correlation);
    pthread_mutex_unlock(&lock);
}

void eg_out_bar(const char *label, size_t done, size_t total)
{
    if (!eg_out_is_tty() || total == 0) {
        return;
    }
    int filled = (int)(done * BAR_WIDTH / total);
    pthread_mutex_lock(&lock);
    printf("\r\033[K  %-28s [%.*s%*s] %3d%%", label, filled, "##############################",
           BAR_WIDTH - filled, "", (int)(done * 100 / total));
    fflush(stdout);
    bar_shown = true;
    pthread_mutex_unlock(&lock);
}

void eg_out_bar_clear(void)
{
    pthread_mutex_lock(&lock);
    clear_bar();
    fflush(stdout);
    pthread_mutex_unlock(&lock);
}
