/* The workers' side: partitions are shared out by leases, and each one's lines become events in order.
 *
 * A part's row in event_parts goes in the transaction that stores its events: a worker killed at any moment leaves either
 * both or none. The streams only say sooner what is there; what they lost is found in the table. */
#include "ingest/event_store.h"
#include "ingest/ingest.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "kernel/log.h"
#include "queue/job.h"
#include "queue/lease.h"
#include "redis/redis.h"

enum {
    LEASE_S = 6,
    LEASE_EVERY_US = 2000000,
    LOOK_US = 1000000,       /* how often the table is looked at while the streams are silent */
    LOOK_BUSY_US = 30000000, /* and while they are not */
    SETTLED_US = 2000000,    /* what is older should have come by stream */
    REST_US = 500000,        /* after an error */
    RUN_LINES = 4000,        /* of one transaction: each line is an event and a key or two */
    RUN_PARTS = 256,
    TRIES = 4
};

static struct {
    bool mine[PARTITIONS];
    int64_t next_lease, next_look, next_busy_look, rest_until;
    unsigned turn;
} state;

/* ---- sharing out ---- */
#define LEASE_PREFIX "events:"
static const char *lease_name(struct arena *a, unsigned part)
{
    return arena_printf(a, LEASE_PREFIX "%02u", part);
}

static struct error *share_out(struct services *s, struct arena *a)
{
    int64_t workers;
    bool here;
    TRY(lease_take(s, a, arena_printf(a, "events-worker:%s", s->holder), LEASE_S, &here));
    TRY(lease_count(s, a, "events-worker:", &workers));
    int64_t share = workers > 0 ? (PARTITIONS + workers - 1) / workers : PARTITIONS, have = 0;
    for (unsigned p = 0; p < PARTITIONS; p++) {
        if (!state.mine[p])
            continue;
        if (have < share) {
            TRY(lease_take(s, a, lease_name(a, p), LEASE_S, &state.mine[p]));
            have += state.mine[p];
        } else {
            state.mine[p] = false;
            TRY(lease_drop(s, a, lease_name(a, p)));
        }
    }
    for (unsigned p = 0; p < PARTITIONS && have < share; p++)
        if (!state.mine[p]) {
            TRY(lease_take(s, a, lease_name(a, p), LEASE_S, &state.mine[p]));
            have += state.mine[p];
        }
    return NULL;
}

/* ---- what waits ---- */
struct waiting {
    struct part_ref part[RUN_PARTS];
    size_t n;
    uint32_t lines;
};

static bool has_room(const struct waiting *w)
{
    return w->n < RUN_PARTS && (w->n == 0 || w->lines + PART_LINES <= RUN_LINES);
}

static bool read_entry(struct arena *a, const redisReply *entry, unsigned part, struct part_ref *out)
{
    const redisReply *fields = entry->elements == 2 ? entry->element[1] : NULL;
    if (!fields || fields->type != REDIS_REPLY_ARRAY || fields->elements != 2)
        return false;
    uint64_t first, count;
    struct str rest = {fields->element[1]->str, fields->element[1]->len};
    struct str batch = str_cut(&rest, ':'), at = str_cut(&rest, ':');
    if (!id_valid(batch) || !str_u64(at, &first) || !str_u64(rest, &count) || first >= BATCH_LINES || count > PART_LINES)
        return false;
    *out = (struct part_ref){.part = part,
                             .first = (uint32_t)first,
                             .count = (uint32_t)count,
                             .entry = arena_strndup(a, entry->element[0]->str, entry->element[0]->len)};
    memcpy(out->batch, batch.p, 36);
    return true;
}

static unsigned part_of_stream(struct arena *a, const redisReply *name)
{
    for (unsigned p = 0; p < PARTITIONS; p++)
        if (str_is((struct str){name->str, name->len}, stream_name(a, p)))
            return p;
    return 0;
}

static void read_stream(struct arena *a, const redisReply *stream, struct waiting *w)
{
    const redisReply *entries = stream->elements == 2 ? stream->element[1] : NULL;
    unsigned part = part_of_stream(a, stream->element[0]);
    for (size_t i = 0; entries && i < entries->elements && has_room(w); i++)
        if (read_entry(a, entries->element[i], part, &w->part[w->n]))
            w->lines += w->part[w->n++].count;
}

/* How many parts each partition gives to a run. All of them together fit, so the partitions go through the batches side by
 * side and a batch is opened for few runs. */
static unsigned share(void)
{
    unsigned n = 0;
    for (unsigned p = 0; p < PARTITIONS; p++)
        n += state.mine[p];
    return n ? RUN_LINES / (n * PART_LINES) : 0;
}

/* False: Redis does not answer. The streams take turns at being first. */
static bool read_streams(struct services *s, struct arena *a, struct waiting *w)
{
    enum { HEAD = 4 };
    struct str words[HEAD + 2 * PARTITIONS] = {STR("XREAD"), STR("COUNT"), str_of(arena_printf(a, "%u", share())), STR("STREAMS")};
    size_t n = 0;
    for (unsigned i = 0; i < PARTITIONS; i++) {
        unsigned p = (i + state.turn) % PARTITIONS;
        if (state.mine[p])
            words[HEAD + n++] = str_of(stream_name(a, p));
    }
    state.turn++;
    for (size_t i = 0; i < n; i++)
        words[HEAD + n + i] = STR("0");
    if (!n)
        return true;
    redisReply *reply = redis_do(s->queue, a, HEAD + 2 * n, words);
    for (size_t i = 0; reply && reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++)
        read_stream(a, reply->element[i], w);
    return reply != NULL;
}

static struct error *read_table(struct services *s, struct arena *a, int64_t settled, struct waiting *w)
{
    uuid before = id_at(clock_now_us() - settled, 0);
    for (unsigned i = 0; i < PARTITIONS && has_room(w); i++) {
        unsigned p = (i + state.turn) % PARTITIONS;
        struct part_ref *found = arena_array(a, share(), sizeof *found);
        size_t n;
        if (!state.mine[p])
            continue;
        TRY(parts_waiting(s, a, p, before.s, share(), found, &n));
        for (size_t k = 0; k < n && has_room(w); k++) {
            w->part[w->n++] = found[k];
            w->lines += found[k].count;
        }
    }
    state.turn++;
    return NULL;
}

static struct error *find_work(struct services *s, struct arena *a, struct waiting *w)
{
    int64_t now = clock_mono_us();
    bool up = read_streams(s, a, w);
    if (now < (w->n ? state.next_busy_look : state.next_look))
        return NULL;
    w->n = w->lines = 0; /* what the streams said stays there */
    TRY(read_table(s, a, up ? SETTLED_US : 0, w));
    state.next_busy_look = now + LOOK_BUSY_US;
    if (!w->n)
        state.next_look = now + LOOK_US;
    return NULL;
}

/* ---- batches that are being worked off: a worker meets each one once for every partition that it holds ---- */
enum { OPEN_BATCHES = 24, OPEN_BYTES = 4 << 20 };
struct open_batch {
    struct stored_batch b;
    struct str *lines;
    struct arena *arena;
    uint64_t used;
};

static struct error *open_batch(struct services *s, struct arena *a, const char *id, const struct open_batch **out)
{
    static struct open_batch open[OPEN_BATCHES];
    static uint64_t clock;
    struct open_batch *oldest = &open[0];
    for (size_t i = 0; i < OPEN_BATCHES; i++) {
        if (open[i].lines && strcmp(open[i].b.id, id) == 0) {
            open[i].used = ++clock;
            *out = &open[i];
            return NULL;
        }
        if (open[i].used < oldest->used)
            oldest = &open[i];
    }
    bool found;
    if (!oldest->arena)
        oldest->arena = arena_new(OPEN_BYTES);
    arena_reset(oldest->arena);
    oldest->lines = NULL;
    TRY(batch_read(s, a, id, &oldest->b, &found));
    struct str body = found ? oldest->b.body : STR("");
    oldest->b.body = STR(""); /* it lives in the run's arena only */
    if (!found || !batch_open(oldest->arena, body, oldest->b.lines, oldest->b.bytes, &oldest->lines))
        return error_new(a, ERR_INTERNAL, "event batch %s cannot be opened", id);
    oldest->used = ++clock;
    *out = oldest;
    return NULL;
}

/* ---- storing ---- */
static struct error *collect(struct services *s, struct arena *a, const struct part_ref *p, struct event_line *lines, size_t *n)
{
    const struct open_batch *open;
    TRY(open_batch(s, a, p->batch, &open));
    struct stored_batch *b = arena_alloc(a, sizeof *b); /* the opened ones take each other's place */
    *b = open->b;
    for (uint32_t i = p->first; i < p->first + p->count && i < b->lines; i++)
        lines[(*n)++] = (struct event_line){b, i, {str_dup(a, open->lines[i]), open->lines[i].n}};
    return NULL;
}

static struct error *fence(struct services *s, struct arena *a, const struct waiting *w)
{
    struct rows held;
    bool still[PARTITIONS] = {false};
    TRY(lease_fence(s, a, LEASE_PREFIX, &held));
    while (rows_next(&held)) {
        struct str name = row_text(&held, 0);
        for (unsigned p = 0; p < PARTITIONS; p++)
            still[p] = still[p] || str_is(name, lease_name(a, p));
    }
    TRY(rows_end(&held));
    for (size_t i = 0; i < w->n; i++) {
        unsigned p = w->part[i].part;
        state.mine[p] = still[p];
        if (!still[p])
            return error_new(a, ERR_CONFLICT, "partition %u went to another worker", p);
    }
    return NULL;
}

/* stale: a part that the streams named is gone already; nothing may be stored then. */
static struct error *take_parts(struct services *s, struct arena *a, const struct waiting *w, bool *stale, bool *taken)
{
    if (*stale)
        return parts_take_each(s, a, w->part, w->n, taken);
    TRY(parts_take(s, a, w->part, w->n, stale));
    memset(taken, true, w->n);
    return *stale ? error_new(a, ERR_CONFLICT, "some parts are done already") : NULL;
}

static struct error *store_in_transaction(struct services *s, struct arena *a, const struct waiting *w, bool *stale, size_t *n)
{
    bool taken[RUN_PARTS];
    struct event_line *lines = arena_array(a, w->lines + 1, sizeof *lines);
    *n = 0;
    TRY(fence(s, a, w));
    TRY(take_parts(s, a, w, stale, taken));
    for (size_t i = 0; i < w->n; i++)
        if (taken[i])
            TRY(collect(s, a, &w->part[i], lines, n));
    return events_take(s, a, lines, *n);
}

static struct error *store_run(struct services *s, struct arena *a, const struct waiting *w, size_t *stored)
{
    bool stale = false;
    for (int try = 1;; try++) {
        struct arena_mark mark = arena_mark(a);
        bool was_stale = stale;
        TRY(db_begin(s->db, a));
        struct error *e = store_in_transaction(s, a, w, &stale, stored);
        if (!e && !(e = db_commit(s->db, a)))
            return NULL;
        bool again = (db_must_retry(s->db) || stale != was_stale) && try < TRIES;
        db_rollback(s->db);
        if (!again)
            return e;
        arena_reset_to(a, mark);
    }
}

/* Taken or found gone: either way nobody needs the entries any more. */
static void forget_entries(struct services *s, struct arena *a, const struct waiting *w)
{
    size_t asked = 0;
    for (size_t i = 0; i < w->n; i++)
        if (w->part[i].entry &&
            REDIS_APPEND(s->queue, STR("XDEL"), str_of(stream_name(a, w->part[i].part)), str_of(w->part[i].entry)))
            asked++;
    while (asked--)
        redis_next(s->queue, a);
}

static struct error *pump_once(struct services *s, struct arena *a, size_t *stored)
{
    int64_t now = clock_mono_us();
    struct waiting *w = arena_alloc(a, sizeof *w);
    w->n = w->lines = 0;
    *stored = 0;
    if (now >= state.next_lease) {
        TRY(share_out(s, a));
        state.next_lease = now + LEASE_EVERY_US;
    }
    TRY(find_work(s, a, w));
    if (!w->n)
        return NULL;
    TRY(store_run(s, a, w, stored));
    forget_entries(s, a, w);
    return NULL;
}

static bool event_pump(struct services *s, struct arena *a)
{
    size_t stored;
    if (clock_mono_us() < state.rest_until)
        return false;
    struct error *e = pump_once(s, a, &stored);
    if (!e)
        return stored > 0;
    log_warn("events", "%s: %s", error_name(e->code), e->detail ? e->detail : "");
    state.rest_until = clock_mono_us() + REST_US;
    state.next_lease = 0;
    return false;
}
PUMP(events, event_pump);
