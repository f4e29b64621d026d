#include "redis/redis.h"

#include <stdlib.h>
#include <sys/time.h>

#include "kernel/clock.h"
#include "kernel/log.h"

enum { CONNECT_MS = 200, COMMAND_MS = 500, REST_US = 1000000, MAX_WORDS = 64 };

struct redis {
    const char *path;
    redisContext *c;
    int64_t rest_until; /* monotonic us */
    unsigned timeout_ms;
};

struct redis *redis_open(const char *socket_path)
{
    struct redis *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    r->path = socket_path;
    r->timeout_ms = COMMAND_MS;
    return r;
}

static void drop(struct redis *r, const char *why)
{
    if (r->c) {
        log_warn("redis", "%s: %s", r->path, why);
        redisFree(r->c);
    }
    r->c = NULL;
    r->rest_until = clock_mono_us() + REST_US;
}

void redis_close(struct redis *r)
{
    if (!r)
        return;
    if (r->c)
        redisFree(r->c);
    free(r);
}

static struct timeval limit_of(unsigned ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};
}

static bool ready(struct redis *r)
{
    if (r->c)
        return true;
    if (clock_mono_us() < r->rest_until)
        return false;
    r->c = redisConnectUnixWithTimeout(r->path, limit_of(CONNECT_MS));
    if (!r->c || r->c->err) {
        if (r->c)
            redisFree(r->c);
        r->c = NULL;
        r->rest_until = clock_mono_us() + REST_US;
        return false;
    }
    redisSetTimeout(r->c, limit_of(r->timeout_ms));
    return true;
}

bool redis_up(struct redis *r)
{
    return ready(r);
}

void redis_set_timeout(struct redis *r, unsigned milliseconds)
{
    r->timeout_ms = milliseconds;
    if (r->c)
        redisSetTimeout(r->c, limit_of(milliseconds));
}

bool redis_append(struct redis *r, size_t n, const struct str *words)
{
    const char *argv[MAX_WORDS];
    size_t lens[MAX_WORDS];
    if (n > MAX_WORDS || !ready(r))
        return false;
    for (size_t i = 0; i < n; i++) {
        argv[i] = words[i].p ? words[i].p : "";
        lens[i] = words[i].n;
    }
    if (redisAppendCommandArgv(r->c, (int)n, argv, lens) == REDIS_OK)
        return true;
    drop(r, r->c->errstr);
    return false;
}

static void drop_reply(void *reply)
{
    freeReplyObject(reply);
}

redisReply *redis_next(struct redis *r, struct arena *a)
{
    void *reply = NULL;
    if (!r->c)
        return NULL;
    if (redisGetReply(r->c, &reply) != REDIS_OK || !reply) {
        drop(r, r->c->errstr);
        return NULL;
    }
    arena_cleanup(a, drop_reply, reply);
    redisReply *answer = reply;
    if (answer->type == REDIS_REPLY_ERROR) {
        /* -LOADING, -READONLY, OOM: not an answer. Start again on a new connection. */
        if (strncmp(answer->str, "LOADING", 7) == 0 || strncmp(answer->str, "READONLY", 8) == 0)
            drop(r, answer->str);
        else
            log_warn("redis", "%s", answer->str);
        return NULL;
    }
    return answer;
}

redisReply *redis_do(struct redis *r, struct arena *a, size_t n, const struct str *words)
{
    return redis_append(r, n, words) ? redis_next(r, a) : NULL;
}
