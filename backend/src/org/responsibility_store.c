#include "org/responsibility_store.h"

#include "kernel/clock.h"
#include "org/org.h"

#define HOLDS(r) "r.valid_from <= :day AND (r.valid_to IS NULL OR r.valid_to >= :day) "
/* All that the target names must hold of the unit. */
#define COVERS                                                                                                         \
    "(r.target_sector IS NULL OR r.target_sector = o.sector_code) AND (r.target_region IS NULL OR o.region_code LIKE " \
    "CONCAT(r.region_prefix, '%')) AND (r.target_org_id IS NULL OR r.target_org_id IN (o.org_l1, o.org_l2, o.org_l3, " \
    "o.org_l4, o.org_l5, o.org_l6)) AND " HOLDS(r)
#define UNIT "o.state = 'active' AND NOT o.is_office "
#define HOLDER "h.id, h.name, r.kind, r.office, r.target_sector, r.target_region, r.target_org_id, n.name, r.basis, r.valid_to "
#define HOLDER_OF "JOIN orgs h ON h.id = r.org_id AND h.state = 'active' LEFT JOIN orgs n ON n.id = r.target_org_id "

SQL_SYSTEM(regulators_of_sql, "a unit may know who answers for it",
           "SELECT " HOLDER "FROM orgs o JOIN responsibilities r ON " COVERS HOLDER_OF
           "WHERE o.id = :id AND o.state = 'active' ORDER BY r.kind, r.office, h.depth, h.name, r.id");

#define RESPONSIBILITY_READ(S)                                                                                           \
    "SELECT r.id, r.org_id, h.name, r.kind, r.office, r.target_sector, r.target_region, r.target_org_id, n.name, "       \
    "r.basis, r.valid_from, r.valid_to, r.version, r.updated_at, (SELECT COUNT(*) FROM orgs o WHERE " UNIT "AND " COVERS \
    "AND" S(o) ") FROM responsibilities r JOIN orgs h ON h.id = r.org_id LEFT JOIN orgs n ON n.id = r.target_org_id WHERE"
#define RESPONSIBILITY_FILTER                                                                                           \
    " AND (:org IS NULL OR r.org_id = :org) AND (:kind IS NULL OR r.kind = :kind) AND (:office IS NULL OR r.office = "  \
    ":office) AND (:sector IS NULL OR r.target_sector = :sector) AND (:valid IS NULL OR :valid = (" HOLDS(              \
        r) ")) "                                                                                                        \
           "AND (:q IS NULL OR EXISTS (SELECT 1 FROM orgs x WHERE x.id IN (r.org_id, r.target_org_id) AND x.name LIKE " \
           "CONCAT('%', :q, '%')))"
#define RESPONSIBILITY_LIST(S, IX) \
    RESPONSIBILITY_READ(S)         \
    S(r) RESPONSIBILITY_FILTER " ORDER BY h.depth, h.name, r.kind, r.target_sector, r.id LIMIT :offset, :size"
SQL_SCOPED(responsibility_list_sql, RESPONSIBILITY_LIST);
#define RESPONSIBILITY_COUNT(S, IX) "SELECT COUNT(*) FROM responsibilities r WHERE" S(r) RESPONSIBILITY_FILTER
SQL_SCOPED(responsibility_count_sql, RESPONSIBILITY_COUNT);
#define RESPONSIBILITY_ONE(S, IX) RESPONSIBILITY_READ(S) S(r) " AND r.id = :id"
SQL_SCOPED(responsibility_one_sql, RESPONSIBILITY_ONE);
SQL_SYSTEM(responsibility_total_sql, "the limit is the platform's", "SELECT COUNT(*) FROM responsibilities");
SQL(responsibility_insert_sql,
    "INSERT INTO responsibilities (id, kind, office, target_sector, target_region, target_org_id, basis, valid_from, valid_to, "
    "created_at, updated_at, " ORG_COLUMNS ") VALUES (:id, :kind, :office, :sector, :region, :unit, :basis, :from, :to, :now, "
    ":now, " ORG_VALUES ")");
SQL_SYSTEM(responsibility_update_sql, "the handler has read the row inside its scope",
           "UPDATE responsibilities SET kind = :kind, office = :office, target_sector = :sector, target_region = :region, "
           "target_org_id = :unit, basis = :basis, valid_from = :from, valid_to = :to, version = version + 1, updated_at = :now "
           "WHERE id = :id AND version = :version");
SQL_SYSTEM(responsibility_delete_sql, "the handler has read the row inside its scope",
           "DELETE FROM responsibilities WHERE id = :id");

SQL_SYSTEM(
    responsibility_same_sql, "the organisation was found inside the scope",
    "SELECT id, version FROM responsibilities WHERE org_id = :org AND kind = :kind AND office = :office AND target_sector <=> "
    ":sector AND target_region <=> :region AND target_org_id <=> :unit AND valid_from = :from FOR UPDATE");
#define RESPONSIBILITY_SHEET(S, IX)                                                                                                                                        \
    "SELECT h.name, r.kind, r.office, r.target_sector, r.target_region, n.name, r.basis, DATE_FORMAT(r.valid_from, '%Y-%m-%d'), DATE_FORMAT(r.valid_to, '%Y-%m-%d') FROM " \
    "responsibilities r JOIN orgs h ON h.id = r.org_id LEFT JOIN orgs n ON n.id = r.target_org_id WHERE" S(                                                                \
        r) "ORDER BY h.depth, "                                                                                                                                            \
           "h.name, r.kind, r.id"
SQL_SCOPED(responsibility_sheet_sql, RESPONSIBILITY_SHEET);

#define HELD(what) "EXISTS (SELECT 1 FROM responsibilities r WHERE " what "AND " COVERS ") "
#define SEVERAL                                                                      \
    "EXISTS (SELECT 1 FROM responsibilities r WHERE r.kind <> 'subject' AND " COVERS \
    "GROUP BY r.kind, r.office HAVING COUNT(DISTINCT r.org_id) > 1) "
#define MAP_FILTER                                                                                                             \
    " AND " UNIT "AND (:unit IS NULL OR o.id = :unit) AND (:sector IS NULL OR o.sector_code = :sector) "                       \
    "AND (:region IS NULL OR o.region_code LIKE CONCAT(:region, '%')) "                                                        \
    "AND (:part IS NULL OR (:part = 'cii' AND o.is_cii) OR (:part = 'voluntary' AND o.is_voluntary AND NOT o.is_cii) OR "      \
    "(:part = 'other' AND NOT o.is_cii AND NOT o.is_voluntary)) "                                                              \
    "AND (:q IS NULL OR o.name LIKE CONCAT('%', :q, '%')) "                                                                    \
    "AND (:gap IS NULL OR (:gap = 'unsupervised' AND NOT " HELD("r.kind = 'supervise' ") ") OR (:gap = 'several' AND " SEVERAL \
                                                                                         "))"
#define MAP_LIST(S, IX)                                                                                                     \
    "SELECT o.id, o.name, o.region_code, o.sector_code, o.is_cii, o.is_voluntary, NOT " HELD(                               \
        "r.kind = 'supervise' ") ", " SEVERAL ", " HOLDER "FROM orgs o JOIN (SELECT o.id FROM orgs o WHERE" S(o) MAP_FILTER \
        " ORDER BY o.region_code, o.depth, o.name, o.id LIMIT :offset, :size) k ON k.id = o.id "                            \
        "LEFT JOIN (responsibilities r " HOLDER_OF ") ON " COVERS                                                           \
        "ORDER BY o.region_code, o.depth, o.name, o.id, r.kind, r.office, h.depth, h.name, r.id"
SQL_SCOPED(map_list_sql, MAP_LIST);
#define MAP_COUNT(S, IX) "SELECT COUNT(*) FROM (SELECT 1 FROM orgs o WHERE" S(o) MAP_FILTER " LIMIT 10001) x"
SQL_SCOPED(map_count_sql, MAP_COUNT);
#define COVER(S, IX)                                                                                             \
    "SELECT o.sector_code, COUNT(*), SUM(o.is_cii), SUM(o.is_voluntary AND NOT o.is_cii), SUM(NOT " HELD(        \
        "r.kind = 'supervise' ") "), SUM(NOT " HELD("r.kind = 'charge' ") ") FROM orgs o WHERE" S(o) "AND " UNIT \
                                                                                                     "GROUP BY o.sector_code ORDER BY o.sector_code IS NULL, o.sector_code"
SQL_SCOPED(cover_sql, COVER);
SQL_SYSTEM(sector_holders_sql, "who answers for a whole sector is no secret",
           "SELECT r.target_sector, " HOLDER "FROM responsibilities r " HOLDER_OF "WHERE r.target_sector IS NOT NULL AND "
           "r.target_org_id IS NULL AND " HOLDS(r) "ORDER BY r.target_sector, r.kind, r.office, h.depth, h.name, r.id");

struct error *regulators_of(struct db *db, struct arena *a, const char *org_id, const char *day, struct rows *out)
{
    return db_query(db, a, &regulators_of_sql, ARGS(A_Z("id", org_id), A_Z("day", day)), out);
}

#define LIST_ARGS(r, day)                                                                                               \
    A_SCOPE(&(r)->who->scope), A_Z("day", day), A_OPT("org", param_str(r, "org")), A_OPT("kind", param_str(r, "kind")), \
        A_OPT("office", param_str(r, "office")), A_OPT("sector", param_str(r, "sector")),                               \
        param_has(r, "valid") ? A_INT("valid", param_bool(r, "valid", false)) : A_NULL("valid"), A_OPT("q", param_str(r, "q"))

struct error *responsibility_rows(struct request *r, const char *day, const struct page *p, struct rows *out)
{
    return db_query(r->db, r->arena, &responsibility_list_sql,
                    ARGS(LIST_ARGS(r, day), A_INT("offset", p->offset), A_INT("size", p->size)), out);
}

struct error *responsibility_count(struct request *r, const char *day, int64_t *out)
{
    return db_int(r->db, r->arena, &responsibility_count_sql, ARGS(LIST_ARGS(r, day)), 0, out);
}

struct error *responsibility_row(struct request *r, const char *day, const char *id, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &responsibility_one_sql, ARGS(A_SCOPE(&r->who->scope), A_Z("day", day), A_Z("id", id)), out,
                  found);
}

struct error *responsibility_total(struct request *r, int64_t *out)
{
    return db_int(r->db, r->arena, &responsibility_total_sql, NO_ARGS, 0, out);
}

#define RECORD_ARGS(r, x)                                                                                            \
    A_Z("id", (x)->id), A_STR("kind", (x)->kind), A_STR("office", (x)->office), A_OPT("sector", (x)->sector),        \
        A_OPT("region", (x)->region), A_OPT("unit", (x)->org), A_OPT("basis", (x)->basis), A_STR("from", (x)->from), \
        A_OPT("to", (x)->to), A_TIME((r)->arena, "now", clock_now_us())

struct error *responsibility_insert(struct request *r, const struct responsibility *x, const struct org_stamp *org)
{
    return db_exec(r->db, r->arena, &responsibility_insert_sql, ARGS(RECORD_ARGS(r, x), ORG_ARGS(org)), NULL);
}

struct error *responsibility_same(struct request *r, struct responsibility *x, const struct org_stamp *org, bool *found)
{
    struct rows rows;
    TRY(db_one(r->db, r->arena, &responsibility_same_sql,
               ARGS(A_Z("org", org->org_id), A_STR("kind", x->kind), A_STR("office", x->office), A_OPT("sector", x->sector),
                    A_OPT("region", x->region), A_OPT("unit", x->org), A_STR("from", x->from)),
               &rows, found));
    if (!*found)
        return NULL;
    str_copy(x->id, sizeof x->id, row_text(&rows, 0));
    x->version = row_int(&rows, 1);
    return rows_end(&rows);
}

struct error *responsibility_sheet_rows(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &responsibility_sheet_sql, ARGS(A_SCOPE(&r->who->scope)), out);
}

struct error *responsibility_change(struct request *r, const struct responsibility *x, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &responsibility_update_sql, ARGS(RECORD_ARGS(r, x), A_INT("version", x->version)), affected);
}

struct error *responsibility_remove(struct request *r, const char *id)
{
    return db_exec(r->db, r->arena, &responsibility_delete_sql, ARGS(A_Z("id", id)), NULL);
}

/* 530100 as its beginning: 5301. */
static struct str region_prefix(struct str code)
{
    while (code.n > 2 && code.p[code.n - 1] == '0' && code.p[code.n - 2] == '0')
        code.n -= 2;
    return code;
}

#define MAP_ARGS(r, day)                                                                                                    \
    A_SCOPE(&(r)->who->scope), A_Z("day", day), A_OPT("gap", param_str(r, "gap")), A_OPT("sector", param_str(r, "sector")), \
        A_OPT("region", region_prefix(param_str(r, "region"))), A_OPT("part", param_str(r, "part")),                        \
        A_OPT("unit", param_str(r, "org")), A_OPT("q", param_str(r, "q"))

struct error *map_rows(struct request *r, const char *day, const struct page *p, struct rows *out)
{
    return db_query(r->db, r->arena, &map_list_sql, ARGS(MAP_ARGS(r, day), A_INT("offset", p->offset), A_INT("size", p->size)),
                    out);
}

struct error *map_count(struct request *r, const char *day, int64_t *out)
{
    return db_int(r->db, r->arena, &map_count_sql, ARGS(MAP_ARGS(r, day)), 0, out);
}

struct error *cover_rows(struct request *r, const char *day, struct rows *out)
{
    return db_query(r->db, r->arena, &cover_sql, ARGS(A_SCOPE(&r->who->scope), A_Z("day", day)), out);
}

struct error *sector_holder_rows(struct request *r, const char *day, struct rows *out)
{
    return db_query(r->db, r->arena, &sector_holders_sql, ARGS(A_Z("day", day)), out);
}
