#include "http/limit.h"

#include <stdatomic.h>
#include <sys/mman.h>

#include "http/services.h"
#include "kernel/clock.h"

enum { PLACES = 1 << 14, NEAR = 8, SECOND = 1000000 };

struct bucket {
    _Atomic uint64_t owner;  /* who has it; 0: nobody yet */
    _Atomic int64_t full_at; /* monotonic us; in the past it is full and may be given away */
};
struct limits {
    struct bucket bucket[PLACES];
};

struct limits *limits_new(void)
{
    void *shared = mmap(NULL, sizeof(struct limits), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED ? NULL : shared;
}

/* FNV-1a: ids are random, and nobody chooses his own. */
static uint64_t name_of(const char *id)
{
    uint64_t h = 14695981039346656037u;
    for (; *id; id++)
        h = (h ^ (unsigned char)*id) * 1099511628211u;
    return h ? h : 1;
}

/* The owner's bucket, or one that nobody needs now; NULL when all near it are in use. */
static struct bucket *bucket_of(struct limits *l, uint64_t name, int64_t now_us)
{
    struct bucket *near[NEAR];
    for (unsigned i = 0; i < NEAR; i++) {
        near[i] = &l->bucket[(name + i) % PLACES];
        if (atomic_load(&near[i]->owner) == name)
            return near[i];
    }
    for (unsigned i = 0; i < NEAR; i++) {
        uint64_t was = atomic_load(&near[i]->owner);
        if (atomic_load(&near[i]->full_at) > now_us)
            continue;
        if (atomic_compare_exchange_strong(&near[i]->owner, &was, name) || was == name)
            return near[i];
    }
    return NULL;
}

bool limit_take(struct limits *l, const char *id, const struct limit_rule *rule, int64_t now_us, int64_t *wait_us)
{
    struct bucket *b = l && rule->rate > 0 ? bucket_of(l, name_of(id), now_us) : NULL;
    if (!b)
        return true;
    int64_t one = SECOND / rule->rate, depth = rule->burst * one, full_at = atomic_load(&b->full_at), next;
    do {
        next = (full_at > now_us ? full_at : now_us) + one;
        if (next - now_us > depth) {
            *wait_us = next - now_us - depth;
            return false;
        }
    } while (!atomic_compare_exchange_weak(&b->full_at, &full_at, next));
    return true;
}

struct error *limit_principal(struct request *r)
{
    const struct config *c = r->services->config;
    const struct limit_rule person = {c->person_rate, c->person_burst}, client = {c->client_rate, c->client_burst};
    int64_t wait_us;
    if (r->who->kind == PRINCIPAL_NONE ||
        limit_take(r->services->limits, r->who->id, r->who->kind == PRINCIPAL_CLIENT ? &client : &person, clock_mono_us(),
                   &wait_us))
        return NULL;
    struct error *e = error_new(r->arena, ERR_RATE, "more requests a second than this account may make");
    e->retry_after = (int)((wait_us + SECOND - 1) / SECOND);
    return e;
}
