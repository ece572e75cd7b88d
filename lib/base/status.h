/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_BASE_STATUS_H
#define EG_LIB_BASE_STATUS_H
/**
 * One status word for everything that can go wrong.
 *
 *   31      24 23      16 15                0
 *  +----------+----------+-------------------+
 *  | category |  module  |      number       |
 *  +----------+----------+-------------------+
 *
 * Callers branch on the category, people read the entry of status.def (stable code, cause, next
 * step). The list is extend-only: a number is never reused. The word is wrapped in a struct so that
 * it can neither be mistaken for a count nor be dropped silently.
 */
#include <stdbool.h>
#include <stdint.h>

#if defined(__GNUC__)
#define EG_MUST_USE __attribute__((warn_unused_result))
#else
#define EG_MUST_USE
#endif

struct eg_status_word {
    uint32_t word;
};
typedef struct eg_status_word eg_status;

/** What kind of failure it is; decides HTTP status, exit code and log level (eg_category_info()).
 */
enum eg_category {
    EG_CAT_OK = 0,
    EG_CAT_MALFORMED = 1,       /* cannot be read at all: syntax, type, length */
    EG_CAT_UNAUTHENTICATED = 2, /* caller unknown */
    EG_CAT_DENIED = 3,          /* caller known, right missing */
    EG_CAT_NOT_FOUND = 4,
    EG_CAT_CONFLICT = 5,     /* exists already, or contradicts what is stored */
    EG_CAT_REFUSED = 6,      /* readable, but a rule forbids it */
    EG_CAT_TOO_LARGE = 7,    /* beyond a named limit */
    EG_CAT_EXHAUSTED = 8,    /* a counted allowance is spent */
    EG_CAT_BUSY = 9,         /* try again later; nothing changed */
    EG_CAT_UNAVAILABLE = 10, /* something we depend on is down; nothing changed */
    EG_CAT_INTEGRITY = 11,   /* a MAC, signature or checksum does not fit */
    EG_CAT_UNSUPPORTED = 12,
    EG_CAT_IO = 13,       /* the line, the disk or the peer failed */
    EG_CAT_INTERNAL = 14, /* our own mistake */
    EG_CAT_COUNT
};

/** Which part of the tree reported it. */
enum eg_module {
    EG_MOD_BASE = 0,
    EG_MOD_WIRE = 1,
    EG_MOD_CRYPTO = 2,
    EG_MOD_OBJECT = 3,
    EG_MOD_OS = 4,
    EG_MOD_STORE = 5,
    EG_MOD_VAULT = 6,
    EG_MOD_CORE = 7,
    EG_MOD_API = 8,
    EG_MOD_HOST = 9,
    EG_MOD_VCHIP = 10,
    EG_MOD_AGENT = 11
};

#define EG_STATUS_PACK(cat, mod, num)                                                              \
    (((uint32_t)(cat) << 24) | ((uint32_t)(mod) << 16) | (uint32_t)(num))

/* EG_E_<NAME> is the word of each entry of status.def. */
enum eg_status_value {
    EG_E_OK = 0,
#define EG_STATUS(name, cat, mod, num, code, cause, next)                                          \
    EG_E_##name = EG_STATUS_PACK(EG_CAT_##cat, EG_MOD_##mod, num),
#include "lib/base/status.def"
#undef EG_STATUS
};

#define EG_OK        ((eg_status){EG_E_OK})
#define EG_ERR(name) ((eg_status){EG_E_##name})

static inline bool eg_ok(eg_status st)
{
    return st.word == EG_E_OK;
}

static inline bool eg_is(eg_status st, enum eg_status_value value)
{
    return st.word == (uint32_t)value;
}

static inline enum eg_category eg_category(eg_status st)
{
    return (enum eg_category)(st.word >> 24);
}

/** Leave the function with the status of `expr` unless it is EG_OK. */
#define EG_TRY(expr)                                                                               \
    do {                                                                                           \
        eg_status eg_try_status_ = (expr);                                                         \
        if (!eg_ok(eg_try_status_)) {                                                              \
            return eg_try_status_;                                                                 \
        }                                                                                          \
    } while (0)

/** Put the status of `expr` into `st` and jump to `label` unless it is EG_OK. */
#define EG_TRY_GOTO(st, label, expr)                                                               \
    do {                                                                                           \
        (st) = (expr);                                                                             \
        if (!eg_ok(st)) {                                                                          \
            goto label;                                                                            \
        }                                                                                          \
    } while (0)

/** What people are told about one status. All strings are static; none is NULL. */
struct eg_status_info {
    eg_status status;
    const char *name;  /* EG_E_... without the prefix */
    const char *code;  /* stable code for clients, "ERR_..." */
    const char *cause; /* one sentence */
    const char *next;  /* one sentence: what to do */
};

/** Entry of a status. Unknown words get the entry of INTERNAL. Never NULL. */
const struct eg_status_info *eg_status_info(eg_status st);

/** All entries, for the error table of docs/errors.md and for tests. */
const struct eg_status_info *eg_status_list(uint32_t *out_count);

/** What a category means to each kind of peer. */
struct eg_category_info {
    const char *name; /* "malformed", ... */
    int http;         /* HTTP status */
    int exit_code;    /* of the command line programs; 0 only for OK */
    const char *log;  /* "debug", "info", "warning" or "error" */
};
const struct eg_category_info *eg_category_info(enum eg_category cat);

#endif
