/* Whether a platform is well, and what to do where it is not. */
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "identity/grant.h"
#include "kernel/clock.h"
#include "kernel/room.h"
#include "main/command.h"
#include "main/metrics.h"
#include "main/migrate.h"
#include "redis/redis.h"

enum verdict { WELL, LOOK, ILL };

struct doctor {
    struct command_call *call;
    int ill;
};

__attribute__((format(printf, 5, 6))) static void say(struct doctor *d, const char *what, enum verdict v, const char *advice,
                                                      const char *fmt, ...)
{
    static const char *const words[] = {"ok", "look", "FAIL"};
    va_list ap;
    va_start(ap, fmt);
    printf("%-5s %-18s %s\n", words[v], what, arena_vprintf(d->call->a, fmt, ap));
    va_end(ap);
    if (v != WELL && advice)
        printf("      -> %s\n", advice);
    d->ill += v == ILL;
}

static void look_at_redis(struct doctor *d, const char *what, struct redis *redis)
{
    redisReply *reply = REDIS_DO(redis, d->call->a, STR("PING"));
    say(d, what, reply ? WELL : ILL, "start it; until then the platform is slower, but nothing is lost", "%s",
        reply ? "answers" : "does not answer");
}

static void look_at_disk(struct doctor *d)
{
    const char *dir = d->call->app->config.files_dir;
    struct stat keys;
    int64_t share, bytes = room_free(dir, &share);
    if (bytes < 0) {
        say(d, "files", ILL, "make the directory and give it to the platform's user", "%s is not there", dir);
        return;
    }
    say(d, "disk",
        share < 5 || bytes >> 30 < 1 ? ILL
        : share < 15                 ? LOOK
                                     : WELL,
        "make room, or shorten what is kept (keep_event_days)", "%.1f GiB (%lld %%) free for files", (double)bytes / (1 << 30),
        (long long)share);
    say(d, "files", access(dir, W_OK) == 0 ? WELL : ILL, "give it to the platform's user", "%s", dir);
    const char *path = command_keys_dir(d->call);
    bool closed = stat(path, &keys) == 0 && !(keys.st_mode & 077);
    say(d, "keys", closed ? WELL : ILL, "chmod 700: whoever reads the keys reads every secret", "%s", path);
}

static const struct figure {
    const char *name;
    int64_t look, ill; /* from there on */
    const char *what, *advice;
} figures[] = {
    {"jobs{state=\"failed\"}", 1, 1000, "failed jobs", "see the page of jobs, or: tongchou-ctl jobs"},
    {"job_oldest_queued_seconds", 120, 1800, "oldest job waits", "are the workers running? are there enough of them?"},
    {"outbox_oldest_seconds", 30, 600, "outbox", "the relay stands still: are the workers running?"},
    {"event_parts_waiting", 2000, 50000, "events waiting", "more workers, or a faster disk"},
    {"deliveries{state=\"dead\"}", 1, 1000, "dead notices", "see the log of deliveries: is a channel down?"},
    {"flow_timers_late", 1, 1000, "late flow timers", "are the workers running?"},
    {"audit_seal_age_seconds", 60, 600, "last audit seal", "the sealer stands still: are the workers running?"},
};

static struct error *look_at_figures(struct doctor *d)
{
    struct rows x;
    TRY(metrics_gauges(d->call->s->db, d->call->a, &x));
    while (rows_next(&x)) {
        if (str_is(row_text(&x, 0), "workers"))
            say(d, "workers", row_int(&x, 1) ? WELL : ILL, "start tongchou-worker", "%lld alive", (long long)row_int(&x, 1));
        for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
            const struct figure *f = &figures[i];
            int64_t n = row_int(&x, 1);
            if (str_is(row_text(&x, 0), f->name))
                say(d, f->what,
                    n >= f->ill    ? ILL
                    : n >= f->look ? LOOK
                                   : WELL,
                    f->advice, "%lld%s", (long long)n, strstr(f->name, "seconds") ? " s" : "");
        }
    }
    return rows_end(&x);
}

static struct error *look_at_grants(struct doctor *d)
{
    static const char *const what[GRANT_KINDS] = {"roles intact", "accounts intact", "clients intact"};
    for (int k = 0; k < GRANT_KINDS; k++) {
        int64_t n;
        struct str names;
        TRY(grant_altered(d->call->s, d->call->a, (enum grant_kind)k, &n, &names));
        say(d, what[k], n ? ILL : WELL,
            "altered past the platform, so refused: find out how, then save it in the browser, or: tongchou-ctl accept-grant",
            "%lld altered%s" STR_FMT, (long long)n, n ? ": " : "", STR_ARG(names));
    }
    return NULL;
}

static struct error *look_at_database(struct doctor *d)
{
    bool current;
    TRY(db_ping(d->call->s->db, d->call->a));
    say(d, "database", WELL, NULL, "answers");
    TRY(migrate_is_current(d->call->s, d->call->a, &current));
    say(d, "migrations", current ? WELL : ILL, "tongchou-ctl migrate", "%s", current ? "all applied" : "some are missing");
    if (!current)
        return NULL;
    TRY(look_at_grants(d));
    return look_at_figures(d);
}

static struct error *doctor_run(struct command_call *c)
{
    struct doctor d = {.call = c};
    look_at_disk(&d);
    look_at_redis(&d, "redis cache", c->s->cache);
    look_at_redis(&d, "redis queue", c->s->queue);
    struct error *e = look_at_database(&d);
    if (e)
        say(&d, "database", ILL, "start it, and see that db_socket, db_user and db_password are right", "%s",
            e->detail ? e->detail : "does not answer");
    return d.ill ? error_new(c->a, ERR_UNAVAILABLE, "%d %s not well", d.ill, d.ill == 1 ? "thing is" : "things are") : NULL;
}
COMMAND(doctor, .words = "doctor", .help = "look at every part and say what is not well; status 1 then", .run = doctor_run,
        .details = "ok: as it should be. look: will need somebody. FAIL: does not work. Changes nothing.",
        .examples = "  tongchou-ctl --config FILE doctor\n");
