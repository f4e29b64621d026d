/* Starts what is due. */
#include <inttypes.h>

#include "kernel/clock.h"
#include "kernel/id.h"
#include "kernel/log.h"
#include "queue/cron.h"
#include "queue/job.h"
#include "queue/schedule.h"

enum { EVERY_MS = 2000 };

static struct error *start(struct services *s, struct arena *a, const char *name, int64_t now)
{
    struct str text;
    struct cron cron;
    bool due;
    uuid job = id_new();
    struct org_stamp nobodys = {0};
    TRY(schedule_lock(s->db, a, name, now, &text, &due));
    if (!due || !schedule_of(str_of(name)))
        return NULL;
    if (!cron_parse(text, &cron))
        return error_new(a, ERR_INTERNAL, "the schedule %s has no cron expression", name);
    TRY(job_put(s, a, job.s, name, NULL, NULL, &nobodys));
    return schedule_started(s->db, a, name, job.s, now, cron_next(&cron, now));
}

static struct error *schedules_run(struct services *s, struct arena *a)
{
    int64_t now = clock_now_us();
    struct rows rows;
    char *names[100];
    size_t n = 0;
    TRY(schedules_known(s->db, a, now));
    TRY(schedules_due(s->db, a, now, &rows));
    while (n < 100 && rows_next(&rows))
        names[n++] = row_dup(&rows, a, 0);
    TRY(rows_end(&rows));
    for (size_t i = 0; i < n; i++) {
        TRY(db_begin(s->db, a));
        TRY(db_finish(s->db, a, start(s, a, names[i], now)));
    }
    return NULL;
}
DUTY(schedules, EVERY_MS, schedules_run);
