#include "queue/stream.h"

#include "kernel/id.h"
#include "redis/redis.h"

enum { KEPT = 100000, PUT_AT_ONCE = 100, GONE_MS = 3600 * 1000 };
#define STREAM STR("jobs")
#define GROUP STR("workers")
#define STALE_MS STR("60000")

void stream_put(struct services *s, struct arena *a, const char *const *jobs, size_t n)
{
    struct str most = str_of(arena_printf(a, "%d", KEPT));
    for (size_t done = 0; done < n;) {
        size_t asked = 0;
        while (asked < PUT_AT_ONCE && done + asked < n &&
               REDIS_APPEND(s->queue, STR("XADD"), STREAM, STR("MAXLEN"), STR("~"), most, STR("*"), STR("job"),
                            str_of(jobs[done + asked])))
            asked++;
        for (size_t i = 0; i < asked; i++)
            redis_next(s->queue, a);
        if (asked < PUT_AT_ONCE)
            return; /* all, or Redis is away */
        done += asked;
    }
}

static bool read_entry(const redisReply *r, struct stream_entry *out)
{
    if (r->type != REDIS_REPLY_ARRAY || r->elements != 2 || r->element[0]->type != REDIS_REPLY_STRING)
        return false;
    str_copy(out->id, sizeof out->id, (struct str){r->element[0]->str, r->element[0]->len});
    out->job[0] = '\0';
    const redisReply *fields = r->element[1]; /* nil when the entry was trimmed away */
    if (fields->type == REDIS_REPLY_ARRAY && fields->elements == 2 && fields->element[1]->type == REDIS_REPLY_STRING) {
        struct str job = {fields->element[1]->str, fields->element[1]->len};
        if (id_valid(job))
            str_copy(out->job, sizeof out->job, job);
    }
    return true;
}

/* The group is gone with all else when Redis was emptied. */
static void make_group(struct services *s, struct arena *a)
{
    REDIS_DO(s->queue, a, STR("XGROUP"), STR("CREATE"), STREAM, GROUP, STR("0"), STR("MKSTREAM"));
}

bool stream_take(struct services *s, struct arena *a, unsigned wait_ms, struct stream_entry *out, bool *answered)
{
    struct str wait = str_of(arena_printf(a, "%u", wait_ms));
    struct str words[] = {STR("XREADGROUP"), STR("GROUP"), GROUP,   str_of(s->holder), STR("COUNT"), STR("1"), STR("BLOCK"), wait,
                          STR("STREAMS"),    STREAM,       STR(">")};
    *answered = false;
    if (!redis_append(s->queue, sizeof words / sizeof *words, words))
        return false;
    const redisReply *r = redis_next(s->queue, a);
    if (!r) {
        if (redis_up(s->queue))
            make_group(s, a);
        return false;
    }
    *answered = true;
    if (r->type != REDIS_REPLY_ARRAY || r->elements != 1 || r->element[0]->elements != 2)
        return false;
    const redisReply *entries = r->element[0]->element[1];
    return entries->type == REDIS_REPLY_ARRAY && entries->elements == 1 && read_entry(entries->element[0], out);
}

bool stream_reclaim(struct services *s, struct arena *a, struct stream_entry *out)
{
    const redisReply *r =
        REDIS_DO(s->queue, a, STR("XAUTOCLAIM"), STREAM, GROUP, str_of(s->holder), STALE_MS, STR("0"), STR("COUNT"), STR("1"));
    if (!r || r->type != REDIS_REPLY_ARRAY || r->elements < 2)
        return false;
    const redisReply *entries = r->element[1];
    return entries->type == REDIS_REPLY_ARRAY && entries->elements == 1 && read_entry(entries->element[0], out);
}

void stream_done(struct services *s, struct arena *a, const struct stream_entry *e)
{
    struct str id = str_of(e->id);
    if (REDIS_DO(s->queue, a, STR("XACK"), STREAM, GROUP, id))
        REDIS_DO(s->queue, a, STR("XDEL"), STREAM, id);
}

/* [name, NAME, pending, N, idle, MS, ...] */
static struct str gone_consumer(const redisReply *r)
{
    struct str name = STR("");
    long long pending = -1, idle = -1;
    for (size_t i = 0; r->type == REDIS_REPLY_ARRAY && i + 1 < r->elements; i += 2) {
        const redisReply *key = r->element[i], *v = r->element[i + 1];
        struct str k = {key->str, key->str ? key->len : 0};
        if (str_is(k, "name") && v->type == REDIS_REPLY_STRING)
            name = (struct str){v->str, v->len};
        else if (str_is(k, "pending") && v->type == REDIS_REPLY_INTEGER)
            pending = v->integer;
        else if (str_is(k, "idle") && v->type == REDIS_REPLY_INTEGER)
            idle = v->integer;
    }
    return pending == 0 && idle > GONE_MS ? name : STR("");
}

void stream_tidy(struct services *s, struct arena *a)
{
    struct str *gone;
    size_t n = 0;
    const redisReply *r = REDIS_DO(s->queue, a, STR("XINFO"), STR("CONSUMERS"), STREAM, GROUP);
    if (!r || r->type != REDIS_REPLY_ARRAY)
        return;
    gone = arena_array(a, r->elements + 1, sizeof *gone);
    for (size_t i = 0; i < r->elements; i++) {
        struct str name = gone_consumer(r->element[i]);
        if (name.n)
            gone[n++] = str_of(str_dup(a, name)); /* the answer goes with the next call */
    }
    for (size_t i = 0; i < n; i++)
        REDIS_DO(s->queue, a, STR("XGROUP"), STR("DELCONSUMER"), STREAM, GROUP, gone[i]);
}

void stream_leave(struct services *s, struct arena *a)
{
    REDIS_DO(s->queue, a, STR("XGROUP"), STR("DELCONSUMER"), STREAM, GROUP, str_of(s->holder));
}
