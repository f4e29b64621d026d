#include "kernel/clock.h"
#include "queue/cron.h"
#include "queue/schedule.h"

extern const struct schedule *const __start_schedule_registry[] __attribute__((weak));
extern const struct schedule *const __stop_schedule_registry[] __attribute__((weak));

SQL(schedule_known_sql, "INSERT IGNORE INTO schedules (name, cron, next_at) VALUES (:name, :cron, :next)");
SQL(schedules_due_sql, "SELECT name FROM schedules WHERE enabled AND next_at <= :now ORDER BY next_at LIMIT 100");
SQL(schedule_lock_sql, "SELECT cron FROM schedules WHERE name = :name AND enabled AND next_at <= :now FOR UPDATE");
SQL(schedule_started_sql, "UPDATE schedules SET next_at = :next, last_at = :now, last_job_id = :job WHERE name = :name");
SQL_SYSTEM(schedule_rows_sql, "schedules are the platform's",
           "SELECT s.name, s.cron, s.enabled, s.next_at, s.last_at, j.id, j.state, j.error, s.version, s.changed_at, "
           "u.display_name FROM schedules s LEFT JOIN jobs j ON j.id = s.last_job_id LEFT JOIN users u ON u.id = s.changed_by "
           "ORDER BY s.name LIMIT 200");
SQL(schedule_change_sql,
    "UPDATE schedules SET cron = :cron, enabled = :enabled, next_at = :next, version = version + 1, changed_at = :now, "
    "changed_by = :by WHERE name = :name AND version = :version");

const struct schedule *schedule_of(struct str name)
{
    for (const struct schedule *const *s = __start_schedule_registry; s < __stop_schedule_registry; s++)
        if (str_is(name, (*s)->name))
            return *s;
    return NULL;
}

struct error *schedules_known(struct db *db, struct arena *a, int64_t now)
{
    for (const struct schedule *const *s = __start_schedule_registry; s < __stop_schedule_registry; s++) {
        struct cron c;
        if (!cron_parse(str_of((*s)->cron), &c))
            return error_new(a, ERR_INTERNAL, "the schedule %s has no cron expression", (*s)->name);
        TRY(db_exec(db, a, &schedule_known_sql,
                    ARGS(A_Z("name", (*s)->name), A_Z("cron", (*s)->cron), A_TIME(a, "next", cron_next(&c, now))), NULL));
    }
    return NULL;
}

struct error *schedules_due(struct db *db, struct arena *a, int64_t now, struct rows *out)
{
    return db_query(db, a, &schedules_due_sql, ARGS(A_TIME(a, "now", now)), out);
}

struct error *schedule_lock(struct db *db, struct arena *a, const char *name, int64_t now, struct str *cron, bool *due)
{
    struct rows rows;
    TRY(db_one(db, a, &schedule_lock_sql, ARGS(A_Z("name", name), A_TIME(a, "now", now)), &rows, due));
    if (!*due)
        return NULL;
    *cron = str_of(row_dup(&rows, a, 0));
    return rows_end(&rows);
}

struct error *schedule_started(struct db *db, struct arena *a, const char *name, const char *job, int64_t now, int64_t next)
{
    return db_exec(db, a, &schedule_started_sql,
                   ARGS(A_Z("name", name), A_Z("job", job), A_TIME(a, "now", now), A_TIME(a, "next", next)), NULL);
}

struct error *schedule_rows(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &schedule_rows_sql, NO_ARGS, out);
}

struct error *schedule_change(struct request *r, struct str name, int64_t next, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &schedule_change_sql,
                   ARGS(A_STR("name", name), A_STR("cron", body_str(r, "cron")), A_INT("enabled", body_bool(r, "enabled", true)),
                        A_TIME(r->arena, "next", next), A_TIME(r->arena, "now", clock_now_us()), A_Z("by", r->who->id),
                        A_INT("version", body_int(r, "version", 0))),
                   affected);
}
