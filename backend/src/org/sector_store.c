#include "org/sector_store.h"

#include "kernel/clock.h"

#define SECTOR_READ "SELECT code, label_zh, label_en, sort_order, state, shipped, version FROM sectors "
SQL(sector_list_sql, SECTOR_READ "WHERE :all OR state = 'active' ORDER BY sort_order, code");
SQL(sector_one_sql, SECTOR_READ "WHERE code = :code");
SQL(sector_insert_sql, "INSERT INTO sectors (code, label_zh, label_en, sort_order, shipped, updated_at) "
                       "VALUES (:code, :zh, :en, :at, FALSE, :now)");
SQL(sector_update_sql, "UPDATE sectors SET label_zh = :zh, label_en = :en, sort_order = :at, state = :state, "
                       "version = version + 1, updated_at = :now WHERE code = :code AND version = :version");
SQL(sector_delete_sql, "DELETE FROM sectors WHERE code = :code AND NOT shipped");
SQL_SYSTEM(sector_used_sql, "a sector is the whole platform's, and so is the question who uses it",
           "SELECT (SELECT COUNT(*) FROM orgs WHERE sector_code = :code), "
           "(SELECT COUNT(*) FROM users WHERE scope_sector = :code), "
           "(SELECT COUNT(*) FROM sector_defaults WHERE sector_code = :code), "
           "(SELECT COUNT(*) FROM management_group_rules WHERE kind = 'sector' AND value = :code), "
           "(SELECT COUNT(*) FROM responsibilities WHERE target_sector = :code)");

struct error *sector_rows(struct request *r, bool all, struct rows *out)
{
    return db_query(r->db, r->arena, &sector_list_sql, ARGS(A_INT("all", all)), out);
}

struct error *sector_row(struct request *r, struct str code, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &sector_one_sql, ARGS(A_STR("code", code)), out, found);
}

#define RECORD_ARGS(r, s)                                                                                           \
    A_STR("code", (s)->code), A_STR("zh", (s)->label_zh), A_STR("en", (s)->label_en), A_INT("at", (s)->sort_order), \
        A_TIME((r)->arena, "now", clock_now_us())

struct error *sector_insert(struct request *r, const struct sector_record *s)
{
    return db_exec(r->db, r->arena, &sector_insert_sql, ARGS(RECORD_ARGS(r, s)), NULL);
}

struct error *sector_change(struct request *r, const struct sector_record *s, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &sector_update_sql,
                   ARGS(RECORD_ARGS(r, s), A_STR("state", s->state), A_INT("version", s->version)), affected);
}

struct error *sector_remove(struct request *r, struct str code)
{
    return db_exec(r->db, r->arena, &sector_delete_sql, ARGS(A_STR("code", code)), NULL);
}

struct error *sector_used(struct request *r, struct str code, struct sector_usage *out)
{
    struct rows rows;
    bool found;
    *out = (struct sector_usage){0};
    TRY(db_one(r->db, r->arena, &sector_used_sql, ARGS(A_STR("code", code)), &rows, &found));
    if (!found)
        return NULL;
    *out = (struct sector_usage){row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 2), row_int(&rows, 3), row_int(&rows, 4)};
    return rows_end(&rows);
}
