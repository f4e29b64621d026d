#include "ownership/default_store.h"

#include "kernel/clock.h"

#define DEFAULT_ROWS(S, IX)                                                                                              \
    "SELECT d.id, d.sector_code, k.label_zh, k.label_en, d.realm_org_id, z.name, o.id, o.name, d.version, d.updated_at " \
    "FROM sector_defaults d JOIN sectors k ON k.code = d.sector_code LEFT JOIN orgs z ON z.id = d.realm_org_id "         \
    "LEFT JOIN orgs o ON o.id = d.org_id AND" S(o) "WHERE d.realm_org_id IS NULL OR (z.id IS NOT NULL AND" S(            \
        z) ") "                                                                                                          \
           "ORDER BY k.sort_order, d.sector_code, d.realm_org_id IS NOT NULL, z.region_code, z.name, d.id LIMIT 5000"
SQL_SCOPED(default_rows_sql, DEFAULT_ROWS);
SQL_SYSTEM(default_find_sql, "the handler has checked the realm",
           "SELECT id, org_id, version FROM sector_defaults WHERE realm_key = COALESCE(:realm, "
           "'00000000-0000-0000-0000-000000000000') AND sector_code = :sector FOR UPDATE");
SQL_SYSTEM(
    default_insert_sql, "the handler has checked realm and owner",
    "INSERT INTO sector_defaults (id, realm_org_id, sector_code, org_id, updated_at) VALUES (:id, :realm, :sector, :org, :now)");
SQL_SYSTEM(default_change_sql, "the handler has checked realm and owner",
           "UPDATE sector_defaults SET org_id = :org, version = version + 1, updated_at = :now WHERE id = :id");
SQL_SYSTEM(default_remove_sql, "the handler has checked the realm", "DELETE FROM sector_defaults WHERE id = :id");
SQL(default_sector_sql, "SELECT COUNT(*) FROM sectors WHERE code = :code");

#define NOW(r) A_TIME((r)->arena, "now", clock_now_us())

struct error *default_rows(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &default_rows_sql, ARGS(A_SCOPE(&r->who->scope)), out);
}

struct error *default_find(struct request *r, struct str realm, struct str sector, struct sector_default *out, bool *found)
{
    struct rows rows;
    *out = (struct sector_default){.version = 0};
    TRY(db_one(r->db, r->arena, &default_find_sql, ARGS(A_OPT("realm", realm), A_STR("sector", sector)), &rows, found));
    if (!*found)
        return NULL;
    memcpy(out->id, row_dup(&rows, r->arena, 0), sizeof out->id);
    out->org = str_of(row_dup(&rows, r->arena, 1));
    out->version = row_int(&rows, 2);
    return rows_end(&rows);
}

struct error *default_insert(struct request *r, struct str realm, struct str sector, const struct sector_default *d)
{
    return db_exec(r->db, r->arena, &default_insert_sql,
                   ARGS(A_Z("id", d->id), A_OPT("realm", realm), A_STR("sector", sector), A_STR("org", d->org), NOW(r)), NULL);
}

struct error *default_change(struct request *r, const struct sector_default *d)
{
    return db_exec(r->db, r->arena, &default_change_sql, ARGS(A_Z("id", d->id), A_STR("org", d->org), NOW(r)), NULL);
}

struct error *default_remove(struct request *r, const struct sector_default *d)
{
    return db_exec(r->db, r->arena, &default_remove_sql, ARGS(A_Z("id", d->id)), NULL);
}

struct error *default_sector_known(struct request *r, struct str sector, bool *out)
{
    int64_t n;
    TRY(db_int(r->db, r->arena, &default_sector_sql, ARGS(A_STR("code", sector)), 0, &n));
    *out = n > 0;
    return NULL;
}
