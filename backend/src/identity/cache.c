#include "identity/cache.h"

#include <stdlib.h>

#include "kernel/clock.h"

struct cached {
    unsigned char hash[32];
    int64_t until; /* monotonic us, 0 = free */
    struct principal who;
    char *text; /* permissions, NUL-separated */
    const char **list;
};

static struct cached cache[PRINCIPAL_CACHE];

static struct cached *place(const unsigned char hash[32])
{
    return &cache[(hash[0] | hash[1] << 8) % PRINCIPAL_CACHE]; /* the hash is uniform already */
}

const struct principal *principal_cache_get(const unsigned char hash[32])
{
    struct cached *c = place(hash);
    return c->until > clock_mono_us() && memcmp(c->hash, hash, 32) == 0 ? &c->who : NULL;
}

static void free_entry(struct cached *c)
{
    free(c->text);
    free(c->list);
    *c = (struct cached){0};
}

void principal_cache_drop(const unsigned char hash[32])
{
    struct cached *c = place(hash);
    if (memcmp(c->hash, hash, 32) == 0)
        c->until = 0; /* the request that ends its own session still reads it */
}

const struct principal *principal_cache_put(const unsigned char hash[32], const struct principal *who, const char *permissions,
                                            int64_t milliseconds)
{
    struct cached *c = place(hash);
    free_entry(c);
    size_t n = 1;
    for (const char *p = permissions; *p; p++)
        n += *p == ',';
    c->text = strdup(permissions);
    c->list = calloc(n + 1, sizeof *c->list);
    if (!c->text || !c->list)
        abort();
    n = 0;
    for (char *p = c->text, *save = NULL; (p = strtok_r(p, ",", &save)); p = NULL)
        c->list[n++] = p;
    memcpy(c->hash, hash, 32);
    c->who = *who;
    c->who.permissions = c->list;
    c->until = clock_mono_us() + milliseconds * 1000;
    return &c->who;
}
