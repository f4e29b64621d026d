#include "flow/calendar_store.h"

#define CHECKED "the handler has checked the realm"
#define CALENDAR_ROWS(S, IX)                                                                                                   \
    "SELECT c.day, c.working, c.label_zh, c.label_en, c.realm_org_id, z.name FROM calendar_days c LEFT JOIN orgs z "           \
    "ON z.id = c.realm_org_id WHERE c.day BETWEEN MAKEDATE(:year, 1) AND CONCAT(:year, '-12-31') AND (c.realm_org_id IS NULL " \
    "OR (z.id IS NOT NULL AND" S(z) ")) ORDER BY c.day, z.depth, z.name LIMIT 10000"
SQL_SCOPED(calendar_rows_sql, CALENDAR_ROWS);
SQL_SYSTEM(
    calendar_put_sql, CHECKED,
    "INSERT INTO calendar_days (realm_org_id, day, working, label_zh, label_en) VALUES (:realm, :day, :working, :label, :label) "
    "ON DUPLICATE KEY UPDATE working = VALUES(working), label_zh = VALUES(label_zh), label_en = VALUES(label_en)");
SQL_SYSTEM(calendar_drop_sql, CHECKED,
           "DELETE FROM calendar_days WHERE day = :day AND realm_key = COALESCE(:realm, '00000000-0000-0000-0000-000000000000')");

struct error *calendar_rows(struct request *r, int64_t year, struct rows *out)
{
    return db_query(r->db, r->arena, &calendar_rows_sql, ARGS(A_SCOPE(&r->who->scope), A_INT("year", year)), out);
}

struct error *calendar_day_put(struct request *r, const char *realm, struct str day, bool working, struct str label)
{
    return db_exec(r->db, r->arena, &calendar_put_sql,
                   ARGS(A_OPT("realm", str_of(realm)), A_STR("day", day), A_INT("working", working), A_STR("label", label)), NULL);
}

struct error *calendar_day_drop(struct request *r, const char *realm, struct str day)
{
    return db_exec(r->db, r->arena, &calendar_drop_sql, ARGS(A_OPT("realm", str_of(realm)), A_STR("day", day)), NULL);
}
