/* Publication: one dispatch and one task for each target, in chunks. Each chunk is one transaction with its checkpoint, so a
 * killed worker's successor goes on behind the last committed chunk; the unique key (warning, unit) holds the rest. */
#include "kernel/clock.h"
#include "kernel/id.h"
#include "queue/job.h"
#include "warnings/dispatch_store.h"
#include "warnings/warning_notice.h"

enum { CHUNK = 200 };

static struct error *in_transaction(struct job *j, struct error *(*work)(struct job *, bool *), bool *more)
{
    struct db *db = j->services->db;
    TRY(db_begin(db, j->arena));
    struct error *e = work(j, more);
    return db_finish(db, j->arena, e);
}

static struct error *warning_of(struct job *j, struct warning *w, bool *found)
{
    const char *id = json_string_value(json_object_get(j->params, "warning_id"));
    *found = false;
    return id ? warning_lock(j->services->db, j->arena, id, w, found) : NULL;
}

static struct error *finish(struct job *j, const struct warning *w, int64_t now)
{
    struct db *db = j->services->db;
    bool moved, closed;
    const struct warning_move *m = warning_move(w->state, WARNING_PUBLICATION_DONE);
    if (m)
        TRY(warning_set(db, j->arena, w, WARNING_PUBLICATION_DONE, m, STR(""), NULL, now, &moved));
    TRY(warning_recount(db, j->arena, w->id, now, &closed));
    TRY(notice_drafter(db, j->arena, w, "warning.published", NULL, STR(""), now));
    TRY(outbox_put(db, j->arena, "warning", w->id, NULL));
    return job_done(j, NULL);
}

static struct error *publish_chunk(struct job *j, bool *more)
{
    struct db *db = j->services->db;
    struct warning w;
    bool found, closed;
    size_t written;
    char last[37] = "";
    int64_t now = clock_now_us();
    *more = false;
    TRY(warning_of(j, &w, &found));
    if (!found || w.state != WARNING_PUBLISHING)
        return job_done(j, NULL);
    const char *after = json_string_value(json_object_get(j->checkpoint, "after"));
    TRY(dispatch_write_some(db, j->arena, &w, after, CHUNK, now, &written, last));
    if (!written)
        return finish(j, &w, now);
    TRY(warning_recount(db, j->arena, w.id, now, &closed));
    j->rows_total = w.targets_total;
    j->rows_done += (int64_t)written;
    j->created += (int64_t)written;
    json_t *checkpoint = json_pack("{s:s}", "after", last);
    struct error *e = job_progress(j, checkpoint);
    json_decref(j->checkpoint);
    j->checkpoint = checkpoint;
    *more = true;
    return e;
}

/* The rest of a withdrawal that was too large for one transaction. */
static struct error *withdraw_chunk(struct job *j, bool *more)
{
    enum { AT_ONCE = 1000 };
    struct db *db = j->services->db;
    struct warning w;
    bool found, closed;
    uint64_t ended;
    int64_t now = clock_now_us();
    *more = false;
    TRY(warning_of(j, &w, &found));
    if (!found)
        return job_done(j, NULL);
    TRY(dispatch_withdraw_some(db, j->arena, w.id, AT_ONCE, now, &ended));
    TRY(task_cancel_root(db, j->arena, w.id, AT_ONCE * 2, now));
    TRY(warning_recount(db, j->arena, w.id, now, &closed));
    j->rows_done += (int64_t)ended;
    if (ended < AT_ONCE)
        return job_done(j, NULL);
    *more = true;
    return job_progress(j, j->checkpoint);
}

static struct error *chunks(struct job *j, struct error *(*work)(struct job *, bool *))
{
    for (bool more = true; more;) {
        struct arena_mark mark = arena_mark(j->arena);
        TRY(in_transaction(j, work, &more));
        arena_reset_to(j->arena, mark);
    }
    return NULL;
}

static struct error *warning_publish_run(struct job *j)
{
    return chunks(j, publish_chunk);
}

static struct error *warning_withdraw_run(struct job *j)
{
    return chunks(j, withdraw_chunk);
}

JOB(warning_publish, warning_publish_run);
JOB(warning_withdraw, warning_withdraw_run);
