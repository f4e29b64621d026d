#include "main/ctl_store.h"

#define OPERATOR "the operator sees the whole platform"
SQL_SYSTEM(ctl_jobs_sql, OPERATOR,
           "SELECT id, kind, state, created_at, error FROM jobs WHERE state = :state ORDER BY created_at DESC LIMIT 200");
SQL_SYSTEM(ctl_jobs_replay_sql, OPERATOR,
           "UPDATE jobs SET state = 'queued', attempts = 0, not_before = NULL, finished_at = NULL WHERE state = 'failed' "
           "AND (:id IS NULL OR id = :id)");
SQL_SYSTEM(ctl_accounts_sql, OPERATOR, "SELECT COUNT(*) FROM users");
SQL_SYSTEM(ctl_leases_sql, OPERATOR,
           "SELECT COUNT(*) FROM leases WHERE name LIKE 'events-worker:%' AND until_at > UTC_TIMESTAMP(6)");

struct error *ctl_jobs(struct db *db, struct arena *a, const char *state, struct rows *out)
{
    return db_query(db, a, &ctl_jobs_sql, ARGS(A_Z("state", state)), out);
}

struct error *ctl_jobs_replay(struct db *db, struct arena *a, const char *id, uint64_t *n)
{
    return db_exec(db, a, &ctl_jobs_replay_sql, ARGS(A_Z("id", id)), n);
}

struct error *ctl_in_use(struct db *db, struct arena *a, int64_t *accounts, int64_t *running)
{
    TRY(db_int(db, a, &ctl_accounts_sql, NO_ARGS, 0, accounts));
    return db_int(db, a, &ctl_leases_sql, NO_ARGS, 0, running);
}
