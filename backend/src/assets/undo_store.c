#include "assets/undo_store.h"

SQL_SYSTEM(undo_release_sql, "the caller has seen the import in its scope",
           "UPDATE jobs SET undo_of = NULL WHERE undo_of = :import AND state = 'failed'");
SQL_SYSTEM(undo_claim_sql, "the caller's own job", "UPDATE jobs SET undo_of = :import WHERE id = :id");
SQL_SYSTEM(undo_rows_sql, "the job reads each asset inside its scope before it writes",
           "SELECT r.row_no, r.outcome, r.asset_id, r.asset_version, a.version FROM import_rows r LEFT JOIN assets a ON "
           "a.id = r.asset_id WHERE r.job_id = :import AND r.row_no > :after AND r.outcome IN ('created', 'updated') "
           "ORDER BY r.row_no LIMIT :limit");
SQL_SYSTEM(undo_before_sql, "the asset was read inside the scope",
           "SELECT before_json FROM audit_log WHERE subject_kind = 'asset' AND subject_id = :id AND job_id = :import AND "
           "action = 'asset.update' ORDER BY at, id LIMIT 1");
SQL_SYSTEM(undo_claims_sql, "the asset was read inside the scope",
           "SELECT kind, value, space_id FROM asset_addresses WHERE asset_id = :id ORDER BY id DESC LIMIT 1000");
SQL(undo_outcome_sql, "UPDATE import_rows SET outcome = :outcome WHERE job_id = :import AND row_no = :row");

struct error *undo_claim(struct services *s, struct arena *a, const char *job_id, const char *import_id)
{
    TRY(db_exec(s->db, a, &undo_release_sql, ARGS(A_Z("import", import_id)), NULL));
    return db_exec(s->db, a, &undo_claim_sql, ARGS(A_Z("id", job_id), A_Z("import", import_id)), NULL);
}

struct error *undo_rows(struct services *s, struct arena *a, const char *import_id, int64_t after_row, int64_t limit,
                        struct rows *out)
{
    return db_query(s->db, a, &undo_rows_sql, ARGS(A_Z("import", import_id), A_INT("after", after_row), A_INT("limit", limit)),
                    out);
}

struct error *undo_before(struct services *s, struct arena *a, const char *asset_id, const char *import_id, struct str *out)
{
    struct rows r;
    bool found;
    *out = STR("");
    TRY(db_one(s->db, a, &undo_before_sql, ARGS(A_Z("id", asset_id), A_Z("import", import_id)), &r, &found));
    if (!found)
        return NULL;
    *out = str_of(row_dup(&r, a, 0));
    return rows_end(&r);
}

struct error *undo_claims(struct services *s, struct arena *a, const char *asset_id, struct rows *out)
{
    return db_query(s->db, a, &undo_claims_sql, ARGS(A_Z("id", asset_id)), out);
}

struct error *undo_outcomes_write(struct services *s, struct arena *a, const char *import_id, const struct undo_outcome *x,
                                  size_t n)
{
    struct str *outcome = arena_array(a, n, sizeof *outcome);
    int64_t *row = arena_array(a, n, sizeof *row);
    for (size_t i = 0; i < n; i++) {
        outcome[i] = x[i].undone ? STR("undone") : STR("kept");
        row[i] = x[i].row;
    }
    return db_exec_many(s->db, a, &undo_outcome_sql, n,
                        COLUMNS(C_TEXT("outcome", outcome), C_SAME(A_Z("import", import_id)), C_INT("row", row, NULL)), NULL);
}
