#include "assets/job_files.h"

#include "files/files.h"
#include "kernel/clock.h"
#include "queue/job.h"

enum { AT_ONCE = 200, EVERY_MS = 600000 };

SQL_SYSTEM(job_files_due_sql, "the platform's own duty",
           "SELECT f.id, LOWER(HEX(f.sha256)), j.id FROM files f JOIN jobs j ON j.id = f.subject_id WHERE f.subject_kind IN "
           "('import', 'export', 'discovery') AND j.state IN ('done', 'failed') AND j.finished_at < :before LIMIT :most");
SQL_SYSTEM(job_files_gone_sql, "the platform's own duty", "UPDATE jobs SET files_gone_at = :now WHERE id = :id");

static struct error *drop(struct services *s, struct arena *a, const char *file, const char *hex, const char *job)
{
    TRY(db_begin(s->db, a));
    struct error *e = db_exec(s->db, a, &job_files_gone_sql, ARGS(A_Z("id", job), A_TIME(a, "now", clock_now_us())), NULL);
    if (!e)
        e = files_drop(s, a, file, hex);
    return db_finish(s->db, a, e);
}

static struct error *expire_some(struct services *s, struct arena *a, size_t *n)
{
    struct rows rows;
    char *file[AT_ONCE], *hex[AT_ONCE], *job[AT_ONCE];
    int64_t before = clock_now_us() - s->config->keep_file_days * 86400000000;
    *n = 0;
    TRY(db_query(s->db, a, &job_files_due_sql, ARGS(A_TIME(a, "before", before), A_INT("most", AT_ONCE)), &rows));
    for (; *n < AT_ONCE && rows_next(&rows); (*n)++) {
        file[*n] = row_dup(&rows, a, 0);
        hex[*n] = row_dup(&rows, a, 1);
        job[*n] = row_dup(&rows, a, 2);
    }
    TRY(rows_end(&rows));
    for (size_t i = 0; i < *n; i++)
        TRY(drop(s, a, file[i], hex[i], job[i]));
    return NULL;
}

struct error *job_files_expire(struct services *s, struct arena *a)
{
    for (size_t n = AT_ONCE; n == AT_ONCE;) {
        struct arena_mark mark = arena_mark(a);
        TRY(expire_some(s, a, &n));
        arena_reset_to(a, mark);
    }
    return NULL;
}
DUTY(job_files_expire, EVERY_MS, job_files_expire);
