/* Job runners wait on the stream of jobs (queue/stream.h) and sweep the table every SWEEP_MS: without Redis the sweep alone finds
 * what is to do, slower, nothing else. */
#include "queue/worker.h"

#include <time.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/room.h"
#include "queue/lease.h"
#include "queue/queue_store.h"
#include "queue/stream.h"

enum {
    RUN_ARENA = 512 << 20,
    RELAY_BATCH = 500,
    CONSUMER_BATCH = 100,
    POLL_MS = 200,
    IDLE_WAIT_MS = 100,
    IDLE_MAX_MS = 50,
    SENDER_WAIT_MS = 500,
    SWEEP_MS = 2000,
    TIDY_MS = 3600 * 1000,
    RECLAIM_AT_ONCE = 100,
    LEASE_SECONDS = 10,
    MAX_ATTEMPTS = 5,
    MAX_DUTIES = 32,
    MAX_CONSUMERS = 32
};

extern const struct job_kind *const __start_job_registry[] __attribute__((weak));
extern const struct job_kind *const __stop_job_registry[] __attribute__((weak));
extern const struct outbox_consumer *const __start_outbox_registry[] __attribute__((weak));
extern const struct outbox_consumer *const __stop_outbox_registry[] __attribute__((weak));
extern const struct duty *const __start_duty_registry[] __attribute__((weak));
extern const struct duty *const __stop_duty_registry[] __attribute__((weak));
extern const struct pump *const __start_pump_registry[] __attribute__((weak));
extern const struct pump *const __stop_pump_registry[] __attribute__((weak));
extern const struct pump *const __start_sender_registry[] __attribute__((weak));
extern const struct pump *const __stop_sender_registry[] __attribute__((weak));

struct worker {
    struct services *s;
    struct arena *a;
    int64_t next_sweep, next_tidy, next_relay_poll;
    int64_t next_duty[MAX_DUTIES];
    struct consumer_state {
        bool looked; /* and found nothing, when `seen` was the outbox's last number */
        uint64_t seen;
        int64_t rest_until;
    } consumer[MAX_CONSUMERS];
    int64_t next_consumers;
    unsigned idle_ms; /* events: how long the last rest was */
    bool relay_mine;
    int64_t relay_lease_at;
};

static void report(const char *what, const struct error *e)
{
    if (e)
        log_warn("worker", "%s: %s: %s", what, error_name(e->code), e->detail ? e->detail : "");
}

/* ---- jobs ---- */
static const struct job_kind *kind_of(const char *name)
{
    for (const struct job_kind *const *k = __start_job_registry; k < __stop_job_registry; k++)
        if (strcmp((*k)->name, name) == 0)
            return *k;
    return NULL;
}

/* 2 s, 8 s, 32 s, 128 s. */
static int64_t backoff_us(int64_t attempts)
{
    int64_t us = 2000000;
    for (int64_t i = 1; i < attempts && i < 5; i++)
        us *= 4;
    return us;
}

static struct error *after_failure(struct job *j, int64_t attempts, const struct error *e)
{
    const char *why = e->detail ? e->detail : error_name(e->code);
    if (e->code == ERR_CONFLICT) /* another worker has it */
        return NULL;
    if (attempts >= MAX_ATTEMPTS || e->code == ERR_FILE_REFUSED || e->code == ERR_INVALID)
        return job_fail(j, "%s", why);
    return job_requeue(j, why, backoff_us(attempts));
}

static struct error *run_taken(struct worker *w, struct job *j, int64_t attempts)
{
    const struct job_kind *k = kind_of(j->kind);
    if (!k)
        return job_fail(j, "this version knows no job of kind %s", j->kind);
    if (attempts > MAX_ATTEMPTS)
        return job_fail(j, "given up after %d attempts", MAX_ATTEMPTS);
    log_info("worker", "job %s %s attempt %lld", j->kind, j->id, (long long)attempts);
    struct error *e = k->run(j);
    if (!e)
        return NULL;
    db_rollback(w->s->db);
    report(j->kind, e);
    return after_failure(j, attempts, e);
}

/* What it logs, and the jobs and changes that it puts, carry the request that asked for it. */
static struct error *run_job(struct worker *w, const char *id)
{
    struct job j;
    int64_t attempts;
    bool taken;
    TRY(job_take(w->s, w->a, id, &j, &attempts, &taken));
    if (!taken)
        return NULL;
    log_set_request(j.request_id);
    struct error *e = run_taken(w, &j, attempts);
    log_set_request(NULL);
    return e;
}

static bool sweep_jobs(struct worker *w)
{
    struct rows rows;
    char ids[40][37];
    size_t n = 0;
    struct error *e = jobs_waiting(w->s, w->a, &rows);
    while (!e && n < 40 && rows_next(&rows)) {
        struct str id = row_text(&rows, 0);
        if (id.n == 36)
            memcpy(ids[n++], str_dup(w->a, id), 37);
    }
    if (!e)
        e = rows_end(&rows);
    report("sweep", e);
    for (size_t i = 0; i < n; i++) {
        struct arena_mark mark = arena_mark(w->a);
        report("job", run_job(w, ids[i]));
        arena_reset_to(w->a, mark);
    }
    return n > 0;
}

/* ---- relay: numbers what was committed, and puts new jobs on the stream ---- */
static struct error *relay_once(struct worker *w, int64_t *n)
{
    bool any;
    const char **jobs;
    size_t job_count = 0;
    TRY(outbox_unsent(w->s->db, w->a, &any));
    if (!any)
        return NULL;
    TRY(db_begin(w->s->db, w->a));
    struct error *e = outbox_number(w->s->db, w->a, RELAY_BATCH, n, &jobs, &job_count);
    TRY(db_finish(w->s->db, w->a, e));
    stream_put(w->s, w->a, jobs, job_count);
    return NULL;
}

static bool relay(struct worker *w)
{
    int64_t now = clock_mono_us(), n = 0;
    if (now < w->next_relay_poll)
        return false;
    if (now > w->relay_lease_at) {
        report("relay lease", lease_take(w->s, w->a, "relay", LEASE_SECONDS, &w->relay_mine));
        w->relay_lease_at = now + LEASE_SECONDS * 1000000LL / 3;
    }
    w->next_relay_poll = now + POLL_MS * 1000 / 4;
    if (!w->relay_mine)
        return false;
    report("relay", relay_once(w, &n));
    return n > 0;
}

/* ---- outbox consumers ---- */
struct change {
    uint64_t seq;
    char *subject, *request;
    struct str payload;
};

static struct error *changes_after_cursor(struct worker *w, const struct outbox_consumer *c, struct change *out, int *n)
{
    uint64_t cursor;
    struct rows rows;
    *n = 0;
    TRY(cursor_get(w->s->db, w->a, c->name, &cursor));
    TRY(outbox_after(w->s->db, w->a, c->topic, cursor, CONSUMER_BATCH, &rows));
    for (; *n < CONSUMER_BATCH && rows_next(&rows); (*n)++)
        out[*n] = (struct change){.seq = (uint64_t)row_int(&rows, 0),
                                  .subject = row_dup(&rows, w->a, 2),
                                  .payload = str_of(row_dup(&rows, w->a, 3)),
                                  .request = row_dup(&rows, w->a, 4)};
    return rows_end(&rows);
}

/* Looking is two reads; only who finds something asks for the lease, and looks again under it. */
static struct error *consume(struct worker *w, const struct outbox_consumer *c, bool *found, int *done)
{
    bool mine;
    struct change changes[CONSUMER_BATCH];
    int n;
    *done = 0;
    TRY(changes_after_cursor(w, c, changes, &n));
    *found = n > 0;
    if (!n)
        return NULL;
    TRY(lease_take(w->s, w->a, c->name, LEASE_SECONDS, &mine));
    if (!mine)
        return NULL;
    TRY(changes_after_cursor(w, c, changes, &n));
    for (int i = 0; i < n; i++) {
        json_t *payload = json_loadb(changes[i].payload.p, changes[i].payload.n, 0, NULL);
        log_set_request(changes[i].request);
        struct error *e = c->run(w->s, w->a, changes[i].subject, payload, changes[i].seq);
        log_set_request(NULL);
        json_decref(payload);
        if (e)
            return e;
        (*done)++;
        TRY(cursor_set(w->s->db, w->a, c->name, changes[i].seq));
    }
    return NULL;
}

/* True when it did something: there may be more. found: something is left, for this worker or for the one that has it. */
static bool consume_and_report(struct worker *w, const struct outbox_consumer *c, bool *found, bool *failed)
{
    struct arena_mark mark = arena_mark(w->a);
    int done = 0;
    *found = false;
    struct error *e = consume(w, c, found, &done);
    if (e)
        db_rollback(w->s->db);
    report(c->name, e);
    *failed = e != NULL;
    arena_reset_to(w->a, mark);
    return done > 0;
}

/* A consumer that found nothing is asked again when the relay has numbered more. */
static bool consumers(struct worker *w)
{
    bool any = false;
    uint64_t last;
    int64_t now = clock_mono_us();
    if (now < w->next_consumers)
        return false;
    struct error *e = outbox_last(w->s->db, w->a, &last);
    report("outbox", e);
    size_t i = 0;
    for (const struct outbox_consumer *const *c = __start_outbox_registry; !e && c < __stop_outbox_registry; c++, i++) {
        struct consumer_state *x = &w->consumer[i];
        bool found, failed;
        if (i >= MAX_CONSUMERS || now < x->rest_until || (x->looked && last == x->seen))
            continue;
        any = consume_and_report(w, *c, &found, &failed) || any;
        x->looked = !found && !failed;
        x->seen = last;
        x->rest_until = failed ? now + 1000000 : 0;
    }
    w->next_consumers = any ? 0 : now + POLL_MS * 1000;
    return any;
}

/* ---- duties and pumps ---- */
static void duties(struct worker *w)
{
    size_t i = 0;
    for (const struct duty *const *d = __start_duty_registry; d < __stop_duty_registry; d++, i++) {
        int64_t now = clock_mono_us();
        if (i >= MAX_DUTIES || now < w->next_duty[i])
            continue;
        w->next_duty[i] = now + (int64_t)(*d)->every_ms * 1000;
        struct arena_mark mark = arena_mark(w->a);
        bool mine = false;
        const char *lease = (*d)->each_host ? arena_printf(w->a, "%s@%s", (*d)->name, w->s->config->host) : (*d)->name;
        struct error *e = lease_take(w->s, w->a, lease, (*d)->every_ms / 1000 + LEASE_SECONDS, &mine);
        if (!e && mine)
            e = (*d)->run(w->s, w->a);
        if (e)
            db_rollback(w->s->db);
        report((*d)->name, e);
        arena_reset_to(w->a, mark);
    }
}

static bool pumps(struct worker *w, const struct pump *const *p, const struct pump *const *end)
{
    bool any = false;
    for (; p < end; p++) {
        struct arena_mark mark = arena_mark(w->a);
        any = (*p)->run(w->s, w->a) || any;
        arena_reset_to(w->a, mark);
    }
    return any;
}

/* A job from the stream, or a moment's rest. What fails stays in the table, with the time of its next try. */
static void wait_for_job(struct worker *w)
{
    struct stream_entry entry;
    bool answered;
    if (stream_take(w->s, w->a, IDLE_WAIT_MS, &entry, &answered)) {
        if (entry.job[0])
            report("job", run_job(w, entry.job));
        stream_done(w->s, w->a, &entry);
    } else if (!answered) {
        nanosleep(&(struct timespec){.tv_nsec = IDLE_WAIT_MS * 1000000L}, NULL);
    }
}

static bool clerk(struct worker *w)
{
    bool busy = relay(w);
    busy = consumers(w) || busy;
    duties(w);
    return busy;
}

static bool jobs(struct worker *w)
{
    int64_t now = clock_mono_us();
    if (now < w->next_sweep)
        return false;
    w->next_sweep = now + SWEEP_MS * 1000LL;
    if (now >= w->next_tidy) {
        w->next_tidy = now + TIDY_MS * 1000LL;
        stream_tidy(w->s, w->a);
    }
    struct stream_entry stale;
    for (int i = 0; i < RECLAIM_AT_ONCE && stream_reclaim(w->s, w->a, &stale); i++)
        stream_done(w->s, w->a, &stale); /* whose it was has died: the sweep takes the job when its lease has run out */
    return sweep_jobs(w);
}

/* Events are looked for the less often the longer none came. */
static void rest(struct worker *w, enum worker_role role)
{
    if (role & WORKER_JOBS) {
        wait_for_job(w);
        return;
    }
    if (role & WORKER_SENDER) {
        nanosleep(&(struct timespec){.tv_nsec = SENDER_WAIT_MS * 1000000L}, NULL);
        return;
    }
    w->idle_ms = role & WORKER_EVENTS ? (w->idle_ms < IDLE_MAX_MS / 2 ? 2 * w->idle_ms + 1 : IDLE_MAX_MS) : IDLE_MAX_MS;
    nanosleep(&(struct timespec){.tv_nsec = (long)w->idle_ms * 1000000L}, NULL);
}

void worker_run(struct services *s, enum worker_role role, volatile sig_atomic_t *stop)
{
    struct worker w = {.s = s, .a = arena_new(RUN_ARENA)};
    while (!*stop) {
        bool busy = (role & WORKER_CLERK) && clerk(&w);
        if (!(role & WORKER_CLERK) && !room_left(s->config)) { /* the clerk tells of it */
            nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
            continue;
        }
        busy = ((role & WORKER_EVENTS) && pumps(&w, __start_pump_registry, __stop_pump_registry)) || busy;
        busy = ((role & WORKER_SENDER) && pumps(&w, __start_sender_registry, __stop_sender_registry)) || busy;
        busy = ((role & WORKER_JOBS) && jobs(&w)) || busy;
        if (busy)
            w.idle_ms = 0;
        else
            rest(&w, role);
        arena_reset(w.a);
    }
    if (role & WORKER_JOBS)
        stream_leave(s, w.a);
    arena_free(w.a);
}
