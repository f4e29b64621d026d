#include "access/setup.h"

#include "kernel/clock.h"

#define READY \
    "u.state = 'active' AND u.scope_kind = 'all' AND NOT u.must_change AND NOT u.first_password AND u.last_login_at IS NOT NULL"
SQL_SYSTEM(setup_rows_sql, "who runs the platform is no secret of a unit",
           "SELECT u.id, u.username, u.display_name, u.version, IF(r.code = 'setup_admin', 'set_up', r.admin_kind), " READY
           " FROM users u JOIN user_roles ur ON ur.user_id = u.id JOIN roles r ON r.id = ur.role_id "
           "WHERE u.state = 'active' AND (r.code = 'setup_admin' OR r.admin_kind <> 'none') ORDER BY u.created_at, u.id LIMIT 200");
SQL_SYSTEM(setup_ready_sql, "the platform must stay open to somebody",
           "SELECT COUNT(DISTINCT r.admin_kind) FROM users u JOIN user_roles ur ON ur.user_id = u.id "
           "JOIN roles r ON r.id = ur.role_id WHERE r.admin_kind <> 'none' AND " READY " FOR UPDATE");
SQL(setup_account_sql, "SELECT COUNT(*) FROM user_roles ur JOIN roles r ON r.id = ur.role_id "
                       "WHERE ur.user_id = :id AND r.code = 'setup_admin' AND r.realm_org_id IS NULL");
SQL_SYSTEM(setup_disable_sql, "the caller's own account",
           "UPDATE users SET state = 'disabled', epoch = epoch + 1, version = version + 1, updated_at = :now WHERE id = :id");

enum { KINDS = 3 };

struct error *setup_ready(struct request *r, bool *out)
{
    int64_t n;
    TRY(db_int(r->db, r->arena, &setup_ready_sql, NO_ARGS, 0, &n));
    *out = n == KINDS;
    return NULL;
}

struct error *setup_account(struct request *r, const char *user_id, bool *out)
{
    int64_t n;
    TRY(db_int(r->db, r->arena, &setup_account_sql, ARGS(A_Z("id", user_id)), 0, &n));
    *out = n > 0;
    return NULL;
}

struct error *setup_rows(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &setup_rows_sql, NO_ARGS, out);
}

struct error *setup_disable(struct request *r, const char *user_id)
{
    return db_exec(r->db, r->arena, &setup_disable_sql, ARGS(A_Z("id", user_id), A_TIME(r->arena, "now", clock_now_us())), NULL);
}
