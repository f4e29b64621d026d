#include "assets/import_store.h"

#include "kernel/clock.h"

SQL(import_row_sql,
    "INSERT INTO import_rows (job_id, row_no, outcome, asset_id, asset_version, column_name, code, message) VALUES (:job, :row, "
    ":outcome, :asset, :version, :column, :code, :message)");
#define IMPORT_ORGS(S, IX) "SELECT o.id, o.name, o.uscc FROM orgs o WHERE o.state = 'active' AND" S(o) "LIMIT 20000"
SQL_SCOPED(import_orgs_sql, IMPORT_ORGS);

#define JOB_COLUMNS                                                                                                     \
    "j.id, j.kind, j.state, j.params, j.result, j.error, j.rows_total, j.rows_done, j.created, j.updated, j.rejected, " \
    "j.created_at, j.started_at, j.finished_at, j.undo_of, (SELECT u.id FROM jobs u WHERE u.undo_of = j.id), "          \
    "j.created_by, j.files_gone_at FROM jobs j WHERE "
#define JOB_ONE(S, IX) "SELECT " JOB_COLUMNS "j.id = :id AND (j.created_by = :me OR" S(j) ")"
SQL_SCOPED(import_job_sql, JOB_ONE);
SQL_SYSTEM(import_jobs_sql, "the caller's own jobs",
           "SELECT " JOB_COLUMNS "j.created_by = :me AND (:kind IS NULL OR j.kind = :kind) "
           "ORDER BY j.created_at DESC LIMIT :size OFFSET :offset");
SQL_SYSTEM(import_jobs_count_sql, "the caller's own jobs",
           "SELECT COUNT(*) FROM jobs WHERE created_by = :me AND (:kind IS NULL OR kind = :kind)");
SQL(import_result_rows_sql, "SELECT row_no, outcome, asset_id, column_name, code, message FROM import_rows WHERE job_id = :id AND "
                            "(:outcome IS NULL OR outcome = :outcome) ORDER BY row_no LIMIT :size OFFSET :offset");
SQL(import_result_count_sql, "SELECT COUNT(*) FROM (SELECT 1 FROM import_rows WHERE job_id = :id AND "
                             "(:outcome IS NULL OR outcome = :outcome) LIMIT 10001) x");
SQL(import_rejected_sql, "SELECT row_no, column_name, message FROM import_rows WHERE job_id = :id AND outcome = 'rejected' "
                         "ORDER BY row_no LIMIT 200000");

SQL(import_settled_sql, "SELECT asset_id FROM import_rows WHERE job_id = :id AND asset_id IS NOT NULL");

static const char *const outcome_name[IMPORT_OUTCOMES] = {"created", "updated", "unchanged", "rejected"};

static struct str text_of(const char *s)
{
    return (struct str){s, s ? strlen(s) : 0};
}

/* Cut to what the column holds, on a character's border. */
static struct str cut(const char *s, size_t max)
{
    struct str t = text_of(s);
    while (t.n > max || (t.n && !str_utf8(t, NULL)))
        t.n--;
    return t;
}

struct error *import_results_write(struct job *j, const struct import_result *x, size_t n)
{
    struct arena *a = j->arena;
    struct str *text[5];
    int64_t *row = arena_array(a, n, sizeof *row), *version = arena_array(a, n, sizeof *version);
    bool *none = arena_array(a, n, sizeof *none);
    for (int k = 0; k < 5; k++)
        text[k] = arena_array(a, n, sizeof(struct str));
    for (size_t i = 0; i < n; i++) {
        row[i] = x[i].row;
        version[i] = x[i].version;
        none[i] = !x[i].asset_id;
        text[0][i] = str_of(outcome_name[x[i].outcome]);
        text[1][i] = text_of(x[i].asset_id);
        text[2][i] = cut(x[i].column, 120);
        text[3][i] = text_of(x[i].code);
        text[4][i] = cut(x[i].message, 290);
    }
    return db_exec_many(j->services->db, a, &import_row_sql, n,
                        COLUMNS(C_SAME(A_Z("job", j->id)), C_INT("row", row, NULL), C_TEXT("outcome", text[0]),
                                C_TEXT("asset", text[1]), C_INT("version", version, none), C_TEXT("column", text[2]),
                                C_TEXT("code", text[3]), C_TEXT("message", text[4])),
                        NULL);
}

struct error *import_orgs(struct services *s, struct arena *a, const struct scope *scope, struct rows *out)
{
    return db_query(s->db, a, &import_orgs_sql, ARGS(A_SCOPE(scope)), out);
}

struct error *import_job_row(struct request *r, const char *id, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &import_job_sql, ARGS(A_SCOPE(&r->who->scope), A_Z("id", id), A_Z("me", r->who->id)), out,
                  found);
}

struct error *import_job_rows(struct request *r, struct str kind, const struct page *p, struct rows *out)
{
    return db_query(r->db, r->arena, &import_jobs_sql,
                    ARGS(A_Z("me", r->who->id), A_OPT("kind", kind), A_INT("size", p->size), A_INT("offset", p->offset)), out);
}

struct error *import_job_count(struct request *r, struct str kind, int64_t *out)
{
    return db_int(r->db, r->arena, &import_jobs_count_sql, ARGS(A_Z("me", r->who->id), A_OPT("kind", kind)), 0, out);
}

struct error *import_result_rows(struct request *r, const char *id, struct str outcome, const struct page *p, struct rows *out)
{
    return db_query(r->db, r->arena, &import_result_rows_sql,
                    ARGS(A_Z("id", id), A_OPT("outcome", outcome), A_INT("size", p->size), A_INT("offset", p->offset)), out);
}

struct error *import_result_count(struct request *r, const char *id, struct str outcome, int64_t *out)
{
    return db_int(r->db, r->arena, &import_result_count_sql, ARGS(A_Z("id", id), A_OPT("outcome", outcome)), 0, out);
}

struct error *import_rejected(struct services *s, struct arena *a, const char *id, struct rows *out)
{
    return db_query(s->db, a, &import_rejected_sql, ARGS(A_Z("id", id)), out);
}

struct error *import_settled(struct services *s, struct arena *a, const char *id, struct rows *out)
{
    return db_query(s->db, a, &import_settled_sql, ARGS(A_Z("id", id)), out);
}
