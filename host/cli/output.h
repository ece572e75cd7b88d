/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_CLI_OUTPUT_H
#define EG_HOST_CLI_OUTPUT_H
/**
 * What people and programs see. Colour and moving bars only when standard output is a terminal (and
 * NO_COLOR is not set); JSON lines carry everything that sentences carry.
 * Thread: eg_out_*() may be called from any thread; one line never mixes with another.
 */
#include <jansson.h>
#include <stdbool.h>

#include "host/lib/problem.h"

enum eg_colour { EG_PLAIN, EG_GREEN, EG_RED, EG_YELLOW, EG_DIM, EG_BOLD };

/** Is standard output a terminal? */
bool eg_out_is_tty(void);

/** Escape sequence that starts a colour; "" when colours are off. EG_PLAIN ends one. */
const char *eg_out_colour(enum eg_colour c);

/** Print one JSON value on a line of standard output; takes it. NULL prints nothing. */
void eg_out_json(json_t *take);

/** One line of text on standard output (printf; the line end is added). */
void eg_out_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** {"code","cause","next","correlationId"}; returns owned, NULL without memory. */
json_t *eg_out_problem_json(const struct eg_problem *why);

/** {"ok":false,"error":{..}} on standard output, or sentences on standard error. */
void eg_out_problem(bool json, const struct eg_problem *why);

/** Redraw a bar on the current line of a terminal: "label [#####     ] 50%". No terminal: nothing.
 */
void eg_out_bar(const char *label, size_t done, size_t total);

/** Take the bar away. */
void eg_out_bar_clear(void);

#endif
