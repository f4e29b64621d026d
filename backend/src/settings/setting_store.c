#include "settings/setting_store.h"

#include "kernel/clock.h"

SQL_SYSTEM(setting_rows_sql, "settings are the platform's",
           "SELECT s.name, CAST(s.value AS SIGNED), s.changed_at, u.display_name FROM settings s LEFT JOIN users u "
           "ON u.id = s.changed_by WHERE s.realm_org_id IS NULL LIMIT 200");
SQL(setting_put_sql,
    "INSERT INTO settings (name, value, changed_at, changed_by) VALUES (:name, :value, :now, :by) ON DUPLICATE KEY UPDATE "
    "value = VALUES(value), changed_at = VALUES(changed_at), changed_by = VALUES(changed_by)");

struct error *setting_rows(struct db *db, struct arena *a, struct rows *out)
{
    return db_query(db, a, &setting_rows_sql, NO_ARGS, out);
}

struct error *setting_put(struct request *r, const struct setting *x, int64_t value)
{
    return db_exec(
        r->db, r->arena, &setting_put_sql,
        ARGS(A_Z("name", x->name), A_INT("value", value), A_TIME(r->arena, "now", clock_now_us()), A_Z("by", r->who->id)), NULL);
}
