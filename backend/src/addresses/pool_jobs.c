/* The watch over the pools, each hour: how much of each is used, which ranges are new. What it finds last on a day stays that
 * day's. */
#include "addresses/pool.h"
#include "kernel/clock.h"
#include "queue/job.h"
#include "queue/schedule.h"

static struct error *watch(struct job *j)
{
    char day[11], after[37] = "00000000-0000-0000-0000-000000000000", at[37];
    struct db *db = j->services->db;
    clock_local_date(clock_now_us(), day);
    do {
        struct arena_mark mark = arena_mark(j->arena);
        TRY(db_begin(db, j->arena));
        struct error *e = pool_watch(j->services, j->arena, day, after, at);
        if (!e)
            e = job_progress(j, NULL);
        TRY(db_finish(db, j->arena, e));
        memcpy(after, at, sizeof after);
        arena_reset_to(j->arena, mark);
    } while (at[0]);
    TRY(db_begin(db, j->arena));
    struct error *e = pool_watch_news(j->services, j->arena);
    return db_finish(db, j->arena, e ? e : job_done(j, NULL));
}
JOB(pool_watch, watch);
SCHEDULE(pool_watch, "20 * * * *");
