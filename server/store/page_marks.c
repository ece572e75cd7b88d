/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/page_marks.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLOTS = 4096 }; /* each holds one mark; the newest wins */

/* Compared and hashed as bytes, so every byte is set. */
struct name {
    int64_t company_id, group_id, state;
    uint32_t size, number;
    char search[EG_DEVICE_SEARCH_MAX + 1];
    char family[EG_PAGE_MARK_FAMILY_MAX + 1];
};

struct slot {
    struct name name;
    struct eg_page_key key;
    time_t until_s; /* CLOCK_MONOTONIC; 0: empty */
};

struct eg_page_marks {
    pthread_mutex_t lock;
    struct slot slots[SLOTS];
};

struct eg_page_marks *eg_page_marks_new(void)
{
    struct eg_page_marks *m = calloc(1, sizeof *m);

    if (m != NULL) {
        (void)pthread_mutex_init(&m->lock, NULL);
    }
    return m;
}

void eg_page_marks_free(struct eg_page_marks *m)
{
    if (m != NULL) {
        (void)pthread_mutex_destroy(&m->lock);
        free(m);
    }
}

static bool copy_text(const char *text, char *out, size_t room)
{
    size_t len = text == NULL ? 0 : strlen(text);

    if (len >= room) {
        return false;
    }
    if (text != NULL) {
        memcpy(out, text, len + 1);
    }
    return true;
}

static bool fill_name(const struct eg_page_name *from, struct name *out)
{
    const struct eg_device_filter *f = from->filter;

    memset(out, 0, sizeof *out);
    out->company_id = from->company_id;
    out->group_id = f->group_id;
    out->state = f->state;
    out->size = from->size;
    out->number = from->number;
    return copy_text(f->search, out->search, sizeof out->search) &&
           copy_text(f->family, out->family, sizeof out->family);
}

/* FNV-1a: spreads, and needs to do no more than that. */
static struct slot *slot_of(struct eg_page_marks *m, const struct name *name)
{
    const uint8_t *p = (const uint8_t *)name;
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < sizeof *name; i++) {
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    }
    return &m->slots[h % SLOTS];
}

static time_t now_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

void eg_page_marks_put(struct eg_page_marks *m, const struct eg_page_name *name,
                       const struct eg_page_key *key)
{
    struct name n;

    if (!fill_name(name, &n)) {
        return;
    }
    pthread_mutex_lock(&m->lock);
    *slot_of(m, &n) = (struct slot){
        n, *key,
        now_s() + (eg_page_far(name->size, name->number) ? EG_PAGE_MARK_FAR_S : EG_PAGE_MARK_S)};
    pthread_mutex_unlock(&m->lock);
}

bool eg_page_marks_get(struct eg_page_marks *m, const struct eg_page_name *name,
                       struct eg_page_key *out)
{
    struct name n;
    bool found;

    if (!fill_name(name, &n)) {
        return false;
    }
    pthread_mutex_lock(&m->lock);
    const struct slot *s = slot_of(m, &n);
    found = s->until_s > now_s() && memcmp(&s->name, &n, sizeof n) == 0;
    if (found) {
        *out = s->key;
    }
    pthread_mutex_unlock(&m->lock);
    return found;
}
