/* The overview is one document per data scope and range, shared by all who have that scope.
 *
 * Age of what a client gets: at most STALE_US in Redis plus CHILD_US in this process, so that a page which asks every 2
 * seconds shows a change within 5. Who finds it older than FRESH_US computes it if it gets the lock; the others take what
 * is there. Without Redis each child computes for itself and keeps it for CHILD_US. */
#include <stdlib.h>

#include "flow/put.h"
#include "http/services.h"
#include "kernel/clock.h"
#include "redis/redis.h"
#include "situation/overview.h"

struct error *situation_overview(struct request *r);

#define FRESH_US INT64_C(1500000)
#define STALE_US INT64_C(2200000)
#define CHILD_US INT64_C(500000)
enum { SLOTS = 16, BODY_MAX = 512 * 1024, STAMP = 20, GENERATED = 64 };

/* Bytes that this child has just served. malloc'd: they outlive the request. */
static struct slot {
    char key[96];
    char *body;
    size_t n;
    char etag[40];
    int64_t until; /* monotonic */
} slots[SLOTS];

static struct slot *slot_find(const char *key)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (slots[i].body && strcmp(slots[i].key, key) == 0)
            return &slots[i];
    return NULL;
}

static void slot_keep(const char *key, struct str body, const char *etag)
{
    struct slot *s = slot_find(key);
    if (!s) {
        s = &slots[0];
        for (size_t k = 1; k < SLOTS; k++)
            if (slots[k].until < s->until)
                s = &slots[k];
    }
    char *copy = malloc(body.n);
    if (!copy)
        abort();
    memcpy(copy, body.p, body.n);
    free(s->body);
    *s = (struct slot){.body = copy, .n = body.n, .until = clock_mono_us() + CHILD_US};
    strncpy(s->key, key, sizeof s->key - 1);
    strncpy(s->etag, etag, sizeof s->etag - 1);
}

static struct error *reply_body(struct request *r, struct str body, const char *etag)
{
    r->etag = arena_strdup(r->arena, etag);
    buf_str(&r->reply, body);
    return reply_written(r, 200);
}

/* ---- Redis: 20 digits of the time when it was computed, then the body ---- */
static struct str stored(struct request *r, const char *key, int64_t *computed)
{
    redisReply *reply = REDIS_DO(r->services->cache, r->arena, STR("GET"), str_of(key));
    *computed = 0;
    if (!reply || reply->type != REDIS_REPLY_STRING || reply->len <= STAMP)
        return (struct str){NULL, 0};
    uint64_t us;
    struct str stamp = {reply->str, STAMP};
    while (stamp.n > 1 && *stamp.p == '0') {
        stamp.p++;
        stamp.n--;
    }
    if (!str_u64(stamp, &us))
        return (struct str){NULL, 0};
    *computed = (int64_t)us;
    return (struct str){reply->str + STAMP, reply->len - STAMP};
}

static bool lock(struct request *r, const char *key)
{
    redisReply *reply = REDIS_DO(r->services->cache, r->arena, STR("SET"), str_of(arena_printf(r->arena, "%s:lock", key)), STR("1"),
                                 STR("NX"), STR("PX"), STR("2000"));
    return !reply || reply->type == REDIS_REPLY_STATUS;
}

static void store(struct request *r, const char *key, int64_t computed, struct str body)
{
    struct buf b = buf_new(r->arena, body.n + STAMP, BODY_MAX + STAMP);
    buf_printf(&b, "%020lld", (long long)computed);
    buf_str(&b, body);
    REDIS_DO(r->services->cache, r->arena, STR("SET"), str_of(key), buf_done(&b), STR("PX"), STR("60000"));
    REDIS_DO(r->services->cache, r->arena, STR("DEL"), str_of(arena_printf(r->arena, "%s:lock", key)));
}

/* What follows generated_at: equal figures keep the old bytes, so that an ETag lives as long as nothing changes. */
static struct str figures(struct str body)
{
    for (size_t i = 0; i < body.n && i < GENERATED; i++)
        if (body.p[i] == ',')
            return (struct str){body.p + i, body.n - i};
    return (struct str){NULL, 0};
}

static struct error *compute(struct request *r, const char *range, struct str old, struct str *out)
{
    struct overview o = {0};
    if (!overview_range(&o, range, clock_now_us()))
        return error_new(r->arena, ERR_BAD_PARAMETER, "unknown range");
    struct buf b = buf_new(r->arena, 32 * 1024, BODY_MAX);
    put_open(&b, NULL, '{');
    put_time(&b, "generated_at", o.now);
    TRY(overview_write(r, &o, &b));
    buf_c(&b, '}');
    if (b.full)
        return error_new(r->arena, ERR_INTERNAL, "the overview is larger than %d bytes", BODY_MAX);
    *out = buf_done(&b);
    if (old.p && str_eq(figures(old), figures(*out)))
        *out = old;
    return NULL;
}

struct error *situation_overview(struct request *r)
{
    const struct scope *s = &r->who->scope;
    const char *range = param_has(r, "range") ? str_dup(r->arena, param_str(r, "range")) : "30d";
    const char *key = arena_printf(r->arena, "overview:%d:%s:%s:%s", (int)s->kind, s->org, s->sector, range);
    struct slot *mine = slot_find(key);
    if (mine && mine->until > clock_mono_us())
        return reply_body(r, (struct str){mine->body, mine->n}, mine->etag);

    int64_t computed, now = clock_now_us();
    struct str body = stored(r, key, &computed);
    int64_t age = body.p ? now - computed : STALE_US;
    bool use = body.p && age >= 0 && (age < FRESH_US || (age < STALE_US && !lock(r, key)));
    if (!use) {
        struct str old = body;
        TRY(compute(r, range, old, &body));
        store(r, key, now, body);
    }
    const char *etag = put_etag(r->arena, body);
    slot_keep(key, body, etag);
    return reply_body(r, body, etag);
}
