/* A move on its way: narrow all rows, change the tree, widen them, look again. Chunks are small and followed by a pause as long
 * as they took, so that nobody waits for them; each commits its checkpoint, so that a killed worker's successor goes on there. */
#include <time.h>

#include "audit/audit.h"
#include "identity/grant.h"
#include "kernel/clock.h"
#include "org/move_store.h"
#include "org/org.h"
#include "search/search.h"

enum {
    CHUNK_MIN = 20,
    CHUNK_MAX = 1000,
    CHUNK_US = 40000,   /* what a chunk may take: it locks its rows meanwhile */
    CHUNK_TRIES = 10,   /* of a chunk that ends in a deadlock */
    RENEW_US = 5000000, /* a pass that finds nothing renews the lease that often */
    LATE_US = 3000000,  /* what was begun before the tree changed has ended by then */
    PASS_NARROW = 0,
    PASS_WIDEN = 1,
    PASS_MAX = 4, /* widen, and look again until nothing is found */
};

struct run {
    struct job *job;
    struct move move;
    struct restamp_step step;
    int pass;
    int64_t changed; /* in this pass */
    int64_t chunk, renewed;
};

static void pause_us(int64_t us)
{
    nanosleep(&(struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000}, NULL);
}

static struct error *save(struct run *x)
{
    json_t *c = json_pack("{s:i,s:i,s:s,s:I}", "pass", x->pass, "table", (int)x->step.table, "after", x->step.after, "changed",
                          (json_int_t)x->changed);
    struct error *e = job_progress(x->job, c);
    json_decref(c);
    x->renewed = clock_mono_us();
    return e;
}

static void load(struct run *x)
{
    json_t *c = x->job->checkpoint;
    x->pass = (int)json_integer_value(json_object_get(c, "pass"));
    x->step.table = (size_t)json_integer_value(json_object_get(c, "table"));
    x->changed = json_integer_value(json_object_get(c, "changed"));
    str_copy(x->step.after, sizeof x->step.after, str_of(json_string_value(json_object_get(c, "after"))));
    /* A job that was put anew has no checkpoint: the move says where it stands. */
    if (x->move.switched && x->pass == PASS_NARROW) {
        x->pass = PASS_WIDEN;
        x->step.table = 0;
        x->step.after[0] = '\0';
        x->changed = 0;
    }
}

static struct error *write_once(struct run *x, const char *upto, int64_t found)
{
    struct db *db = x->job->services->db;
    struct restamp_step was = x->step;
    int64_t updated = x->job->updated, changed = x->changed;
    struct error *e = db_begin(db, x->job->arena);
    if (!e)
        e = restamp_write(db, x->job->arena, &x->step, upto);
    str_copy(x->step.after, sizeof x->step.after, str_of(upto));
    x->job->updated += found;
    x->changed += found;
    if (!e)
        e = save(x);
    if (!e)
        e = db_commit(db, x->job->arena);
    if (!e)
        return NULL;
    db_rollback(db);
    x->step = was;
    x->job->updated = updated;
    x->changed = changed;
    return e;
}

static struct error *write_chunk(struct run *x, const char *upto, int64_t found)
{
    int64_t began = clock_mono_us();
    struct error *e = write_once(x, upto, found);
    for (int i = 1; e && db_must_retry(x->job->services->db) && i < CHUNK_TRIES; i++) {
        pause_us(20000 * i);
        e = write_once(x, upto, found);
    }
    if (e)
        return e;
    int64_t took = clock_mono_us() - began;
    x->chunk = took > CHUNK_US ? x->chunk / 2 : took < CHUNK_US / 2 ? x->chunk * 3 / 2 : x->chunk;
    x->chunk = x->chunk < CHUNK_MIN ? CHUNK_MIN : x->chunk > CHUNK_MAX ? CHUNK_MAX : x->chunk;
    pause_us(took < 2 * CHUNK_US ? took : 2 * CHUNK_US);
    return NULL;
}

static struct error *one_step(struct run *x, bool *end)
{
    char upto[37];
    int64_t looked, found;
    TRY(restamp_look(x->job->services->db, x->job->arena, &x->step, x->chunk, upto, &looked, &found));
    x->job->rows_done += looked;
    *end = looked < RESTAMP_LOOK && found < x->chunk;
    if (found)
        return write_chunk(x, upto, found);
    if (upto[0])
        str_copy(x->step.after, sizeof x->step.after, str_of(upto));
    if (clock_mono_us() - x->renewed < RENEW_US)
        return NULL;
    return save(x);
}

static struct error *one_pass(struct run *x)
{
    struct arena *a = x->job->arena;
    x->step.wide = x->pass != PASS_NARROW;
    while (x->step.table < restamp_tables()) {
        struct arena_mark mark = arena_mark(a);
        bool end;
        TRY(one_step(x, &end));
        if (end) {
            x->step.table++;
            x->step.after[0] = '\0';
        }
        arena_reset_to(a, mark);
    }
    return NULL;
}

static struct error *tell(struct run *x)
{
    struct db *db = x->job->services->db;
    struct arena *a = x->job->arena;
    struct rows rows;
    const char **ids = arena_array(a, MOVE_MAX_UNITS + 1, sizeof *ids);
    size_t n = 0;
    TRY(move_unit_ids(db, a, x->move.id, &rows));
    while (n < MOVE_MAX_UNITS && rows_next(&rows))
        ids[n++] = row_dup(&rows, a, 0);
    TRY(rows_end(&rows));
    if (n)
        TRY(search_changed_many(db, a, "org", ids, n));
    if (x->move.kind == MOVE_MERGE)
        TRY(outbox_put(db, a, "org", x->move.target, NULL));
    return outbox_put(db, a, "org", x->move.subject, NULL);
}

/* Whose something is when nobody registered it follows from the sector and the realm of who saw it. */
static struct error *tell_sectors(struct run *x)
{
    struct db *db = x->job->services->db;
    struct arena *a = x->job->arena;
    struct rows rows;
    char *sectors[100];
    size_t n = 0;
    TRY(move_sectors(db, a, x->move.id, &rows));
    while (n < 100 && rows_next(&rows))
        sectors[n++] = row_dup(&rows, a, 0);
    TRY(rows_end(&rows));
    for (size_t i = 0; i < n; i++) {
        json_t *payload = json_pack("{s:s}", "sector", sectors[i]);
        struct error *e = outbox_put(db, a, "sector_default", sectors[i], payload);
        json_decref(payload);
        if (e)
            return e;
    }
    return NULL;
}

static struct error *note(struct run *x, const char *action)
{
    static const char *const kinds[] = {"move", "merge", "sector"};
    struct org_stamp org;
    bool found;
    struct services *s = x->job->services;
    struct audit_actor who = audit_actor_of_job(x->job->created_by, &x->job->org, x->job->id);
    TRY(org_stamp_get(s->db, x->job->arena, x->move.kind == MOVE_MERGE ? x->move.target : x->move.subject, &org, &found));
    const struct audit_entry entry = {
        .action = action,
        .subject_kind = "org",
        .subject_id = x->move.subject,
        .org = found ? org : x->job->org,
        .after = str_of(arena_printf(x->job->arena, "{\"kind\":\"%s\",\"target\":\"%s\",\"sector\":\"%s\",\"rows\":%lld}",
                                     kinds[x->move.kind], x->move.target, x->move.sector, (long long)x->job->updated)),
        .job_id = x->job->id};
    return audit_write(s, x->job->arena, &who, &entry);
}

static struct error *in_transaction(struct run *x, struct error *(*work)(struct run *))
{
    struct db *db = x->job->services->db;
    TRY(db_begin(db, x->job->arena));
    struct error *e = work(x);
    if (!e)
        e = db_commit(db, x->job->arena);
    if (e)
        db_rollback(db);
    return e;
}

static void next_pass(struct run *x)
{
    x->pass++;
    x->step.table = 0;
    x->step.after[0] = '\0';
    x->changed = 0;
}

static struct error *change_tree(struct run *x)
{
    if (x->move.kind == MOVE_MERGE)
        TRY(grant_follow(x->job->services, x->job->arena, x->move.subject, x->move.target));
    TRY(move_switch(x->job->services->db, x->job->arena, &x->move));
    TRY(tell(x));
    TRY(note(x, "org.moved"));
    next_pass(x);
    return save(x);
}

static struct error *end(struct run *x)
{
    x->job->rows_total = x->job->rows_done;
    TRY(tell_sectors(x));
    TRY(tell(x));
    TRY(note(x, "org.restamped"));
    TRY(move_finish(x->job->services->db, x->job->arena, x->move.id));
    return job_done(x->job, NULL);
}

static struct error *org_move_run(struct job *j)
{
    struct run x = {.job = j, .chunk = CHUNK_MIN * 5, .renewed = clock_mono_us()};
    int64_t rows;
    bool found;
    TRY(move_read(j->services->db, j->arena, job_param(j, "move").p, &x.move, &found));
    if (!found)
        return job_done(j, NULL);
    x.step.move = x.move.id;
    load(&x);
    TRY(restamp_estimate(j->services->db, j->arena, &rows));
    j->rows_total = 3 * rows > j->rows_done ? 3 * rows : j->rows_done;
    if (x.pass == PASS_NARROW) {
        TRY(one_pass(&x));
        TRY(in_transaction(&x, change_tree));
    }
    while (x.pass <= PASS_MAX) {
        if (x.pass == PASS_WIDEN + 1)
            pause_us(LATE_US);
        TRY(one_pass(&x));
        if (!x.changed && x.pass > PASS_WIDEN)
            break;
        next_pass(&x);
    }
    return in_transaction(&x, end);
}
JOB(org_move, org_move_run);
