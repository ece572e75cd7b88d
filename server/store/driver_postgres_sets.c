/* SPDX-License-Identifier: Apache-2.0 */
/* Many items in one statement: each argument travels as an array (sql_sets.def). */
#include <stdio.h>
#include <stdlib.h>

#include "server/store/driver_postgres_internal.h"

enum {
    EG_SET_ORDINAL = -1,
    EG_SET_SILENT = -2,
    SLICE = 500,     /* items at once: bounds the memory of both sides */
    ARRAY_HEAD = 20, /* dimensions, "has nulls", type, length, first index; 4 bytes each */
};

struct set {
    const char *text; /* NULL: there is none */
    int key;
};

static const struct set sets[EG_SQL_COUNT] = {
#define EG_SQL_SET(name, key, text) [EG_SQL_##name] = {(text), (key)},
#include "server/store/sql_sets.def"
#undef EG_SQL_SET
};

bool eg_pg_has_set(enum eg_sql sql)
{
    return sets[sql].text != NULL;
}

/* ---- arrays -----------------------------------------------------------------------------------
 */

/* Items [from, to) of a call, and their arguments as arrays in one block. */
struct slice {
    struct eg_pg *p;
    const struct eg_db_many *m;
    size_t from, to;
    enum eg_arg_type types[EG_DB_ARGS_MAX];
    size_t sizes[EG_DB_ARGS_MAX];
    uint8_t *block;
};

static Oid array_oid(enum eg_arg_type type)
{
    switch (type) {
    case EG_ARG_INT:
        return EG_PG_OID_INT8_ARRAY;
    case EG_ARG_TEXT:
        return EG_PG_OID_TEXT_ARRAY;
    case EG_ARG_BYTES:
        break;
    }
    return EG_PG_OID_BYTEA_ARRAY;
}

static size_t element_len(const struct eg_arg *a)
{
    if (a->null) {
        return 0;
    }
    return a->type == EG_ARG_INT ? 8 : a->bytes.len;
}

static void put_element(struct eg_writer *w, const struct eg_arg *a)
{
    eg_writer_be32(w, a->null ? UINT32_MAX : (uint32_t)element_len(a));
    if (a->null) {
        return;
    }
    if (a->type == EG_ARG_INT) {
        eg_writer_be64(w, (uint64_t)a->num);
    } else {
        eg_writer_bytes(w, a->bytes);
    }
}

static void measure(struct slice *s)
{
    for (size_t k = 0; k < s->m->arg_count; k++) {
        s->sizes[k] = ARRAY_HEAD;
    }
    for (size_t i = s->from; i < s->to; i++) {
        struct eg_arg args[EG_DB_ARGS_MAX] = {0};

        s->m->bind(s->m->ctx, i, args);
        for (size_t k = 0; k < s->m->arg_count; k++) {
            s->types[k] = args[k].type;
            s->sizes[k] += 4 + element_len(&args[k]);
        }
    }
}

static void put_heads(const struct slice *s, struct eg_writer *w)
{
    for (size_t k = 0; k < s->m->arg_count; k++) {
        eg_writer_be32(&w[k], 1);
        eg_writer_be32(&w[k], 1); /* nulls may occur */
        eg_writer_be32(&w[k], eg_pg_oid(s->types[k]));
        eg_writer_be32(&w[k], (uint32_t)(s->to - s->from));
        eg_writer_be32(&w[k], 1);
    }
}

/* Fills the block; `out` points into it. */
static eg_status build(struct slice *s, struct eg_pg_args *out)
{
    struct eg_writer w[EG_DB_ARGS_MAX];
    size_t total = 0;

    measure(s);
    for (size_t k = 0; k < s->m->arg_count; k++) {
        total += s->sizes[k];
    }
    s->block = total > 0 ? malloc(total) : NULL; /* every set has arguments */
    if (s->block == NULL) {
        return EG_ERR(NO_MEMORY);
    }
    uint8_t *at = s->block;
    for (size_t k = 0; k < s->m->arg_count; k++) {
        eg_writer_init(&w[k], at, s->sizes[k]);
        out->values[k] = (const char *)at;
        out->lengths[k] = (int)s->sizes[k];
        out->formats[k] = 1;
        at += s->sizes[k];
    }
    put_heads(s, w);
    for (size_t i = s->from; i < s->to; i++) {
        struct eg_arg args[EG_DB_ARGS_MAX] = {0};

        s->m->bind(s->m->ctx, i, args);
        for (size_t k = 0; k < s->m->arg_count; k++) {
            put_element(&w[k], &args[k]);
        }
    }
    return EG_OK;
}

/* ---- answers ----------------------------------------------------------------------------------
 */

static bool is_item(const struct slice *s, size_t i, int key, int64_t said)
{
    struct eg_arg args[EG_DB_ARGS_MAX] = {0};

    if (key == EG_SET_ORDINAL) {
        return said == (int64_t)(i - s->from) + 1;
    }
    s->m->bind(s->m->ctx, i, args);
    return args[key].num == said;
}

/* All rows of the item that comes next; *out_rows is how many there were. */
static eg_status take_item(struct slice *s, size_t i, int key, uint64_t *out_rows)
{
    struct eg_pg *p = s->p;
    int last = PQnfields(p->result) - 1;

    *out_rows = 0;
    while (p->row < PQntuples(p->result) && is_item(s, i, key, eg_db_int(&p->base, last))) {
        if (s->m->row != NULL) {
            EG_TRY(s->m->row(s->m->ctx, i, &p->base));
        }
        ++*out_rows;
        p->row++;
    }
    return EG_OK;
}

static eg_status take_answer(struct slice *s, int key)
{
    struct eg_pg *p = s->p;

    p->row = 0;
    for (size_t i = s->from; i < s->to; i++) {
        uint64_t rows;

        EG_TRY(take_item(s, i, key, &rows));
        if (s->m->done != NULL) {
            EG_TRY(s->m->done(s->m->ctx, i, rows));
        }
    }
    if (p->row < PQntuples(p->result)) { /* out of order, or of no item of ours */
        eg_db_set_why(&p->base, "the rows of a set did not come in its order");
        return EG_ERR(STORE_FAILED);
    }
    return EG_OK;
}

static eg_status prepare_set(struct slice *s, char name[static EG_PG_NAME_LEN])
{
    Oid types[EG_DB_ARGS_MAX];
    enum eg_sql sql = s->m->sql;

    for (size_t k = 0; k < s->m->arg_count; k++) {
        types[k] = array_oid(s->types[k]);
    }
    (void)snprintf(name, EG_PG_NAME_LEN, "egset%d", (int)sql);
    return eg_pg_prepare(s->p, name, sets[sql].text, types, s->m->arg_count,
                         &s->p->set_prepared[sql]);
}

static eg_status run_slice(struct slice *s)
{
    struct eg_pg *p = s->p;
    struct eg_pg_args args;
    char name[EG_PG_NAME_LEN];
    int key = sets[s->m->sql].key;

    EG_TRY(build(s, &args));
    EG_TRY(prepare_set(s, name));
    p->result = PQexecPrepared(p->conn, name, (int)s->m->arg_count, args.values, args.lengths,
                               args.formats, 1);
    if (!eg_pg_result_ok(p->result)) {
        return eg_pg_failed(p, p->result);
    }
    return key == EG_SET_SILENT ? EG_OK : take_answer(s, key);
}

eg_status eg_pg_many_set(struct eg_pg *p, const struct eg_db_many *m)
{
    eg_status st = EG_OK;

    for (size_t from = 0; from < m->count && eg_ok(st); from += SLICE) {
        struct slice s = {
            .p = p, .m = m, .from = from, .to = from + SLICE < m->count ? from + SLICE : m->count};

        st = run_slice(&s);
        eg_pg_reset(p);
        free(s.block);
    }
    return st;
}
