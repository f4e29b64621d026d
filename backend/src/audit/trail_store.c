#include "audit/trail_store.h"

#define TRAIL_COLUMNS                                                                                                                                                          \
    "a.id, a.at, a.action, a.result, COALESCE(u.username, su.username), COALESCE(u.display_name, su.display_name), c.name, ao.name, a.address, a.request_id, a.subject_kind, " \
    "a.subject_id, o.name, a.job_id"
#define TRAIL_JOINS                                                                                    \
    /* a sign-in has no actor yet: it is its subject's */                                              \
    "LEFT JOIN users su ON a.actor_user IS NULL AND a.subject_kind = 'user' AND su.id = a.subject_id " \
    "LEFT JOIN users u ON u.id = a.actor_user LEFT JOIN clients c ON c.id = a.actor_client "           \
    "LEFT JOIN orgs ao ON ao.id = a.actor_org LEFT JOIN orgs o ON o.id = a.org_id "
/* The page is found in the index by time first, the names are looked up for its rows only. */
#define TRAIL_LIST(S, IX)                                                                                                                                          \
    "SELECT " TRAIL_COLUMNS                                                                                                                                        \
    " FROM (SELECT l.id FROM audit_log l FORCE INDEX (ix_audit_at) WHERE l.at >= :from AND l.at < :to AND" S(                                                      \
        l) "AND (:after_at IS NULL OR l.at < :after_at OR (l.at = :after_at AND l.id < :after_id)) "                                                               \
           "AND (:user IS NULL OR COALESCE(l.actor_user, IF(l.subject_kind = 'user', l.subject_id, NULL)) = (SELECT x.id FROM users x WHERE x.username = :user)) " \
           "AND (:action IS NULL OR l.action LIKE CONCAT(REPLACE(:action, '_', '\\_'), '%')) AND (:kind IS NULL OR l.subject_kind = :kind) "                       \
           "AND (:subject IS NULL OR l.subject_id = :subject) AND (:address IS NULL OR l.address = :address) "                                                     \
           "AND (:request IS NULL OR l.request_id = :request) AND (:failed = 0 OR l.result <> 'ok') "                                                              \
           "ORDER BY l.at DESC, l.id DESC LIMIT :most) p JOIN audit_log a ON a.id = p.id " TRAIL_JOINS                                                             \
           "ORDER BY a.at DESC, a.id DESC"
SQL_SCOPED(trail_list_sql, TRAIL_LIST);
#define TRAIL_ONE(S, IX)                                                                                  \
    "SELECT " TRAIL_COLUMNS ", a.before_json, a.after_json, a.segment, a.n FROM audit_log a " TRAIL_JOINS \
    "WHERE a.id = :id AND" S(a)
SQL_SCOPED(trail_one_sql, TRAIL_ONE);
SQL_SYSTEM(
    trail_export_sql, "own exports",
    "SELECT j.state, j.rows_done, j.error, LOWER(HEX(f.sha256)), f.name, j.files_gone_at FROM jobs j LEFT JOIN files f "
    "ON f.subject_kind = 'export' AND f.subject_id = j.id WHERE j.id = :id AND j.kind = 'audit_export' AND j.created_by = :me");
SQL_SYSTEM(trail_status_sql, "counts of the whole trail and the state of its verification",
           "SELECT s.at, s.seq, (SELECT COALESCE(SUM(x.n - x.sealed), 0) FROM (SELECT (SELECT COALESCE(MAX(l.n) + 1, 0) FROM "
           "audit_log l WHERE l.segment = g.id) AS n, g.sealed_rows AS sealed FROM audit_segments g WHERE NOT g.final) x), "
           "j.state, j.created_at, j.finished_at, j.error, j.result FROM (SELECT 1 AS one) k "
           "LEFT JOIN (SELECT at, seq FROM audit_seals ORDER BY seq DESC LIMIT 1) s ON TRUE "
           "LEFT JOIN (SELECT state, created_at, finished_at, error, result FROM jobs WHERE kind = 'audit_verification' "
           "ORDER BY created_at DESC LIMIT 1) j ON TRUE");

struct error *trail_rows(struct db *db, struct arena *a, const struct scope *scope, const struct trail_filter *f, int64_t most,
                         struct rows *out)
{
    return db_query(db, a, &trail_list_sql,
                    ARGS(A_SCOPE(scope), A_TIME(a, "from", f->from), A_TIME(a, "to", f->to), A_TIME(a, "after_at", f->after_at),
                         A_OPT("after_id", f->after_id), A_OPT("user", f->user), A_OPT("action", f->action), A_OPT("kind", f->kind),
                         A_OPT("subject", f->subject), A_OPT("address", f->address), A_OPT("request", f->request_id),
                         A_INT("failed", f->failed), A_INT("most", most)),
                    out);
}

struct error *trail_export_row(struct request *r, const char *id, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &trail_export_sql, ARGS(A_Z("id", id), A_Z("me", r->who->id)), out, found);
}

struct error *trail_row(struct request *r, const char *id, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &trail_one_sql, ARGS(A_SCOPE(&r->who->scope), A_Z("id", id)), out, found);
}

struct error *trail_status(struct request *r, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &trail_status_sql, NO_ARGS, out, found);
}
