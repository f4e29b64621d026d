#include "queue/lease.h"

#include "kernel/clock.h"

SQL(lease_insert_sql, "INSERT IGNORE INTO leases (name, holder, until_at) VALUES (:name, :holder, :until)");
SQL(lease_renew_sql, "UPDATE leases SET holder = :holder, until_at = :until WHERE name = :name AND "
                     "(holder = :holder OR until_at < :now)");
SQL(lease_drop_sql, "DELETE FROM leases WHERE name = :name AND holder = :holder");
SQL(lease_fence_sql, "SELECT name FROM leases WHERE name LIKE CONCAT(:prefix, '%') AND holder = :holder AND until_at > :now "
                     "LOCK IN SHARE MODE");
SQL(lease_count_sql, "SELECT COUNT(*) FROM leases WHERE name LIKE CONCAT(:prefix, '%') AND until_at > :now");
SQL(lease_forget_sql, "DELETE FROM leases WHERE name LIKE CONCAT(:prefix, '%') AND until_at < :long_ago");

enum { FORGET_S = 3600 };

struct error *lease_take(struct services *s, struct arena *a, const char *name, unsigned seconds, bool *mine)
{
    int64_t now = clock_now_us();
    const struct sql_arg *args = ARGS(A_Z("name", name), A_Z("holder", s->holder), A_TIME(a, "now", now),
                                      A_TIME(a, "until", now + (int64_t)seconds * 1000000));
    uint64_t n;
    TRY(db_exec(s->db, a, &lease_renew_sql, args, &n));
    if (!n)
        TRY(db_exec(s->db, a, &lease_insert_sql, args, &n));
    *mine = n > 0;
    return NULL;
}

struct error *lease_drop(struct services *s, struct arena *a, const char *name)
{
    return db_exec(s->db, a, &lease_drop_sql, ARGS(A_Z("name", name), A_Z("holder", s->holder)), NULL);
}

struct error *lease_fence(struct services *s, struct arena *a, const char *prefix, struct rows *out)
{
    return db_query(s->db, a, &lease_fence_sql,
                    ARGS(A_Z("prefix", prefix), A_Z("holder", s->holder), A_TIME(a, "now", clock_now_us())), out);
}

struct error *lease_count(struct services *s, struct arena *a, const char *prefix, int64_t *out)
{
    int64_t now = clock_now_us();
    const struct sql_arg *args =
        ARGS(A_Z("prefix", prefix), A_TIME(a, "now", now), A_TIME(a, "long_ago", now - FORGET_S * 1000000LL));
    TRY(db_exec(s->db, a, &lease_forget_sql, args, NULL));
    return db_int(s->db, a, &lease_count_sql, args, 0, out);
}
