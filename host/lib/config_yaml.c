/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lib/config_yaml.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

enum { DEPTH_MAX = 16 };

/* Where the walk is. depth 1: inside the top mapping; deeper: inside a value. */
struct walk {
    eg_yaml_fn fn;
    void *arg;
    struct eg_problem *why;
    char key[EG_CONFIG_VALUE_MAX];
    bool have_key; /* at depth 1: the next node is the value of key */
    bool in_list;  /* at depth 2: inside a list of scalars */
    int depth;
    bool done;
};

static eg_status refuse(struct walk *w, const yaml_event_t *e, const char *what)
{
    return eg_problem_say(w->why, EG_ERR(HOST_CONFIG), "Line %zu of the configuration %s.",
                          e->start_mark.line + 1, what);
}

static eg_status on_scalar(struct walk *w, const yaml_event_t *e)
{
    const char *text = (const char *)e->data.scalar.value;

    if (strlen(text) != e->data.scalar.length || e->data.scalar.length >= EG_CONFIG_VALUE_MAX) {
        return refuse(w, e, "holds a value that is too long");
    }
    if (w->depth == 0) {
        return refuse(w, e, "is not `name: value`");
    }
    if (w->depth == 1 && !w->have_key) {
        snprintf(w->key, sizeof w->key, "%s", text);
        w->have_key = true;
        return EG_OK;
    }
    if (w->depth == 1) {
        w->have_key = false;
        return w->fn(w->arg, w->key, text, e->start_mark.line + 1);
    }
    return w->in_list ? w->fn(w->arg, w->key, text, e->start_mark.line + 1) : EG_OK;
}

static eg_status on_open(struct walk *w, const yaml_event_t *e, bool list)
{
    if (w->depth == 0 && list) {
        return refuse(w, e, "is not `name: value`");
    }
    if (w->depth == 1 && !w->have_key) {
        return refuse(w, e, "has a name that is not a word");
    }
    if (w->depth >= DEPTH_MAX) {
        return refuse(w, e, "is nested too deeply");
    }
    w->depth++;
    w->in_list = list && w->depth == 2;
    if (!list && w->depth == 2) {
        return w->fn(w->arg, w->key, NULL, e->start_mark.line + 1);
    }
    return EG_OK;
}

static void on_close(struct walk *w)
{
    w->depth--;
    if (w->depth == 1) {
        w->have_key = false;
    }
    w->in_list = w->depth == 2 && w->in_list;
    w->done = w->depth == 0;
}

static eg_status on_event(struct walk *w, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(w, e);
    case YAML_MAPPING_START_EVENT:
        return on_open(w, e, false);
    case YAML_SEQUENCE_START_EVENT:
        return on_open(w, e, true);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        on_close(w);
        return EG_OK;
    case YAML_ALIAS_EVENT:
        return refuse(w, e, "uses an alias, which is not supported here");
    case YAML_DOCUMENT_START_EVENT:
        return w->done ? refuse(w, e, "starts a second document") : EG_OK;
    default:
        return EG_OK;
    }
}

/* One event; *out_end after the last one. */
static eg_status step(yaml_parser_t *parser, struct walk *w, bool *out_end)
{
    yaml_event_t e;

    if (!yaml_parser_parse(parser, &e)) {
        return eg_problem_say(w->why, EG_ERR(HOST_CONFIG),
                              "Line %zu of the configuration is not YAML: %s.",
                              parser->problem_mark.line + 1,
                              parser->problem != NULL ? parser->problem : "cannot be read");
    }
    *out_end = e.type == YAML_STREAM_END_EVENT;
    eg_status st = on_event(w, &e);
    yaml_event_delete(&e);
    return st;
}

eg_status eg_yaml_walk(struct eg_span text, eg_yaml_fn fn, void *arg, struct eg_problem *why)
{
    yaml_parser_t parser;
    struct walk w = {.fn = fn, .arg = arg, .why = why};
    eg_status st = EG_OK;
    bool end = false;

    if (!yaml_parser_initialize(&parser)) {
        return eg_problem_set(why, EG_ERR(NO_MEMORY));
    }
    yaml_parser_set_input_string(&parser, text.ptr, text.len);
    while (eg_ok(st) && !end) {
        st = step(&parser, &w, &end);
    }
    yaml_parser_delete(&parser);
    if (eg_ok(st) && !w.done) {
        st = eg_problem_say(why, EG_ERR(HOST_CONFIG), "The configuration is empty.");
    }
    return st;
}
