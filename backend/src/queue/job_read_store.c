#include "queue/job_read_store.h"

#include "http/org_columns.h"
#include "kernel/clock.h"

#define JOB_KINDS(S, IX)                                                                                    \
    "SELECT j.kind, SUM(j.state = 'queued'), SUM(j.state = 'running'), SUM(j.state = 'failed'), "           \
    "SUM(j.state = 'done' AND j.finished_at > :hour), MIN(IF(j.state = 'queued', j.created_at, NULL)), "    \
    "AVG(IF(j.state = 'done', TIMESTAMPDIFF(MICROSECOND, j.started_at, j.finished_at), NULL)) FROM jobs j " \
    "WHERE (j.state <> 'done' OR j.finished_at > :day) AND" S(j) "GROUP BY j.kind ORDER BY j.kind"
SQL_SCOPED(job_kinds_sql, JOB_KINDS);
SQL(outbox_waiting_sql,
    "SELECT COUNT(*), MIN(created_at) FROM (SELECT created_at FROM outbox WHERE change_seq IS NULL LIMIT 10000) x");
#define JOB_FILTER " AND (:kind IS NULL OR j.kind = :kind) AND (:state IS NULL OR j.state = :state) "
#define JOB_PAGE(S, IX)                                                                                                             \
    "SELECT j.id, j.kind, j.state, j.error, j.attempts, j.rows_done, j.rows_total, u.display_name, o.name, j.created_at, "          \
    "j.started_at, j.finished_at, IF(j.state = 'queued', j.not_before, NULL) FROM jobs j LEFT JOIN users u ON u.id = j.created_by " \
    "LEFT JOIN orgs o ON o.id = j.org_id WHERE" S(j) JOB_FILTER "ORDER BY j.created_at DESC, j.id DESC LIMIT :offset, :size"
SQL_SCOPED(job_page_sql, JOB_PAGE);
#define JOB_COUNT(S, IX) "SELECT COUNT(*) FROM (SELECT 1 FROM jobs j WHERE" S(j) JOB_FILTER "LIMIT 10001) x"
SQL_SCOPED(job_count_sql, JOB_COUNT);
#define JOB_FIND(S, IX)                                                                                                \
    "SELECT j.state, j.org_id, j.org_l1, j.org_l2, j.org_l3, j.org_l4, j.org_l5, j.org_l6, j.sector_code FROM jobs j " \
    "WHERE j.id = :id AND" S(j)
SQL_SCOPED(job_find_sql, JOB_FIND);
SQL_SYSTEM(
    job_again_sql, "the handler has found the job inside its scope",
    "UPDATE jobs SET state = 'queued', attempts = 0, not_before = NULL, finished_at = NULL WHERE id = :id AND state = 'failed'");

struct error *job_kind_rows(struct request *r, struct rows *out)
{
    int64_t now = clock_now_us();
    return db_query(r->db, r->arena, &job_kinds_sql,
                    ARGS(A_SCOPE(&r->who->scope), A_TIME(r->arena, "hour", now - INT64_C(3600000000)),
                         A_TIME(r->arena, "day", now - INT64_C(86400000000))),
                    out);
}

struct error *outbox_waiting(struct request *r, int64_t *count, int64_t *oldest)
{
    struct rows rows;
    bool found;
    TRY(db_one(r->db, r->arena, &outbox_waiting_sql, NO_ARGS, &rows, &found));
    *count = found ? row_int(&rows, 0) : 0;
    *oldest = found ? row_time(&rows, 1) : 0;
    return found ? rows_end(&rows) : NULL;
}

#define LIST_ARGS(r) A_SCOPE(&(r)->who->scope), A_OPT("kind", param_str(r, "kind")), A_OPT("state", param_str(r, "state"))

struct error *job_page(struct request *r, const struct page *p, struct rows *out)
{
    return db_query(r->db, r->arena, &job_page_sql, ARGS(LIST_ARGS(r), A_INT("offset", p->offset), A_INT("size", p->size)), out);
}

struct error *job_count(struct request *r, int64_t *out)
{
    return db_int(r->db, r->arena, &job_count_sql, ARGS(LIST_ARGS(r)), 0, out);
}

struct error *job_find(struct request *r, const char *id, struct org_stamp *org, char state[16], bool *found)
{
    struct rows rows;
    TRY(db_one(r->db, r->arena, &job_find_sql, ARGS(A_SCOPE(&r->who->scope), A_Z("id", id)), &rows, found));
    if (!*found)
        return NULL;
    str_copy(state, 16, row_text(&rows, 0));
    row_org(&rows, 1, org);
    return rows_end(&rows);
}

struct error *job_again(struct request *r, const char *id, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &job_again_sql, ARGS(A_Z("id", id)), affected);
}
