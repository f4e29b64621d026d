#include "org/org_store.h"

#include "http/org_columns.h"
#include "kernel/clock.h"
#include "kernel/id.h"

SQL_SYSTEM(org_stamp_sql, "the stamp of any organisation is needed to place a row; callers check their scope",
           "SELECT id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code, depth FROM orgs "
           "WHERE id = :id AND state = 'active'");

#define ORG_STAMP_SCOPED(S, IX)                                                                        \
    "SELECT o.id, o.org_l1, o.org_l2, o.org_l3, o.org_l4, o.org_l5, o.org_l6, o.sector_code, o.depth " \
    "FROM orgs o WHERE o.id = :id AND o.state = 'active' AND" S(o)
SQL_SCOPED(org_stamp_scoped_sql, ORG_STAMP_SCOPED);
#define ORG_MEANT(S, IX) \
    "SELECT o.id FROM orgs o WHERE (o.name = :text OR o.uscc = :text OR o.id = :id) AND o.state = 'active' AND" S(o) " LIMIT 2"
SQL_SCOPED(org_meant_sql, ORG_MEANT);

#define ORG_COLUMNS_READ                                                                                                                          \
    "o.id, o.parent_id, p.name, o.depth, o.name, o.short_name, o.uscc, o.org_type, o.org_level, "                                                 \
    "o.region_code, o.sector_code, o.is_office, o.is_cii, o.is_key, o.is_demo, o.address, o.state, "                                              \
    "o.sort_order, o.version, o.created_at, o.updated_at, o.is_voluntary, o.merged_into, (SELECT x.name FROM orgs x WHERE x.id = o.merged_into) " \
    "FROM orgs o LEFT JOIN orgs p ON p.id = o.parent_id "
#define ORG_FILTER                                                                                                      \
    " AND (:parent IS NULL OR o.parent_id = :parent) AND (:region IS NULL OR o.region_code = :region)"                  \
    " AND (:sector IS NULL OR o.sector_code = :sector) AND (:state IS NULL OR o.state = :state)"                        \
    " AND (:liaison IS NULL OR (o.state = 'active' AND NOT EXISTS (SELECT 1 FROM people lp WHERE lp.org_id = o.id AND " \
    "lp.duty = 'liaison')))"                                                                                            \
    " AND (:q IS NULL OR o.name LIKE CONCAT('%', :q, '%') OR o.short_name LIKE CONCAT('%', :q, '%') OR o.uscc = :q)"
#define ORG_LIST(S, INDEX, MORE)                                                                                                \
    "SELECT " ORG_COLUMNS_READ "JOIN (SELECT o.id FROM orgs o FORCE INDEX (ix_orgs_place_" INDEX ") WHERE" S(o) MORE ORG_FILTER \
        " ORDER BY o.region_code, o.depth, o.name, o.id LIMIT :offset, :size) k ON k.id = o.id "                                \
        "ORDER BY o.region_code, o.depth, o.name, o.id"
#define ORG_LIST_ALL(S, IX) ORG_LIST(S, IX, "")
SQL_SCOPED(org_list_sql, ORG_LIST_ALL);
#define ORG_LIST_PARENT(S, IX) ORG_LIST(S, "parent", " AND o.parent_id = :parent")
SQL_SCOPED(org_list_parent_sql, ORG_LIST_PARENT);
#define ORG_COUNT(S, IX) "SELECT COUNT(*) FROM (SELECT 1 FROM orgs o WHERE " S(o) ORG_FILTER " LIMIT 10001) x"
SQL_SCOPED(org_count_sql, ORG_COUNT);
#define ORG_ONE(S, IX) "SELECT " ORG_COLUMNS_READ "WHERE" S(o) " AND o.id = :id"
SQL_SCOPED(org_one_sql, ORG_ONE);
#define ORG_TREE(S, IX)                                                                                   \
    "SELECT o.id, o.parent_id, o.name, o.short_name, o.depth, o.region_code, o.sector_code, o.org_type, " \
    "o.is_office, o.state, o.org_level, o.is_cii, o.is_key, o.is_voluntary FROM orgs o WHERE " S(         \
        o) " ORDER BY o.depth, o.sort_order, o.region_code, o.name LIMIT 20000"
SQL_SCOPED(org_tree_sql, ORG_TREE);

SQL(org_insert_sql,
    "INSERT INTO orgs (id, parent_id, depth, name, short_name, uscc, org_type, org_level, region_code, is_office, "
    "is_cii, is_key, is_voluntary, address, sort_order, created_at, updated_at, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, "
    "sector_code) VALUES (:id, :parent_id, :depth, :name, :short_name, :uscc, :org_type, :org_level, :region_code, "
    ":is_office, :is_cii, :is_key, :is_voluntary, :address, :sort_order, :now, :now, :org_l1, :org_l2, :org_l3, :org_l4, :org_l5, "
    ":org_l6, :sector_code)");
SQL_SYSTEM(
    org_update_sql, "the handler has read the row inside its scope",
    "UPDATE orgs SET name = :name, short_name = :short_name, uscc = :uscc, org_type = :org_type, "
    "org_level = :org_level, region_code = :region_code, is_office = :is_office, is_cii = :is_cii, "
    "is_key = :is_key, is_voluntary = :is_voluntary, address = :address, state = :state, sort_order = :sort_order, sector_code = :sector_code, "
    "version = version + 1, updated_at = :now WHERE id = :id AND version = :version");
SQL_SYSTEM(org_delete_sql, "the handler has read the row inside its scope", "DELETE FROM orgs WHERE id = :id");
SQL_SYSTEM(
    org_used_sql, "an organisation in use anywhere is not deleted",
    "SELECT (SELECT COUNT(*) FROM orgs WHERE parent_id = :id OR merged_into = :id) + (SELECT COUNT(*) FROM people WHERE org_id = :id) + "
    "(SELECT COUNT(*) FROM users WHERE org_id = :id) + "
    "(SELECT COUNT(*) FROM responsibilities WHERE org_id = :id OR target_org_id = :id) + "
    "(SELECT COUNT(*) FROM sector_defaults WHERE org_id = :id OR realm_org_id = :id) + "
    "(SELECT COUNT(*) FROM (SELECT 1 FROM assets WHERE org_id = :id LIMIT 1) a) + "
    "(SELECT COUNT(*) FROM (SELECT 1 FROM tasks WHERE org_id = :id LIMIT 1) t)");
SQL(org_region_sql, "SELECT COUNT(*) FROM regions WHERE code = :code");
SQL(org_sector_sql, "SELECT COUNT(*) FROM sectors WHERE code = :code AND (state = 'active' OR code = :held)");

SQL(space_internet_sql, "SELECT id FROM address_spaces WHERE kind = 'internet' ORDER BY id LIMIT 1");
SQL(space_private_sql, "SELECT id FROM address_spaces WHERE kind = 'private' AND org_id = :org ORDER BY id LIMIT 1");
SQL(space_insert_sql, "INSERT INTO address_spaces (id, kind, name, org_id, created_at) "
                      "SELECT :id, 'private', CONCAT(name, ' 专用网'), id, :now FROM orgs WHERE id = :org");

#define SPACE_USABLE(S, IX)                                                                              \
    "SELECT COUNT(*) FROM address_spaces sp LEFT JOIN orgs o ON o.id = sp.org_id WHERE sp.id = :id AND " \
    "(sp.kind <> 'private' OR" S(o) ")"
SQL_SCOPED(space_usable_sql, SPACE_USABLE);
#define SPACES(S, IX)                                                                                        \
    "SELECT sp.id, sp.kind, sp.name, sp.org_id FROM address_spaces sp LEFT JOIN orgs o ON o.id = sp.org_id " \
    "WHERE (sp.kind <> 'private' OR" S(o) ") AND (:q IS NULL OR sp.name LIKE CONCAT('%', :q, '%')) "         \
                                          "ORDER BY sp.kind, sp.name, sp.id LIMIT 500"
SQL_SCOPED(spaces_sql, SPACES);

static void read_stamp(struct rows *rows, struct org_stamp *out)
{
    row_org(rows, 0, out);
    out->depth = (int)row_int(rows, 8);
}

static struct error *stamp(struct db *db, struct arena *a, const struct sql_stmt *s, const struct sql_arg *args,
                           struct org_stamp *out, bool *found)
{
    struct rows rows;
    TRY(db_one(db, a, s, args, &rows, found));
    if (!*found)
        return NULL;
    read_stamp(&rows, out);
    return rows_end(&rows);
}

struct error *org_stamp_get(struct db *db, struct arena *a, const char *org_id, struct org_stamp *out, bool *found)
{
    return stamp(db, a, &org_stamp_sql, ARGS(A_Z("id", org_id)), out, found);
}

struct error *org_stamp_in_scope(struct db *db, struct arena *a, const struct scope *scope, const char *org_id,
                                 struct org_stamp *out, bool *found)
{
    return stamp(db, a, &org_stamp_scoped_sql, ARGS(A_Z("id", org_id), A_SCOPE(scope)), out, found);
}

struct error *org_meant(struct db *db, struct arena *a, const struct scope *scope, struct str text, struct org_stamp *out,
                        bool *found)
{
    struct rows rows;
    char id[37] = "";
    size_t n = 0;
    TRY(db_query(db, a, &org_meant_sql, ARGS(A_SCOPE(scope), A_STR("text", text), A_OPT("id", id_valid(text) ? text : STR(""))),
                 &rows));
    for (; rows_next(&rows); n++)
        str_copy(id, sizeof id, row_text(&rows, 0));
    TRY(rows_end(&rows));
    *found = n == 1;
    return n == 1 ? org_stamp_get(db, a, id, out, found) : NULL;
}

static struct error *one_id(struct db *db, struct arena *a, const struct sql_stmt *s, const struct sql_arg *args, char out[37],
                            bool *found)
{
    struct rows rows;
    TRY(db_one(db, a, s, args, &rows, found));
    if (!*found)
        return NULL;
    str_copy(out, 37, row_text(&rows, 0));
    return rows_end(&rows);
}

struct error *org_internet_space(struct db *db, struct arena *a, char out[37])
{
    bool found;
    TRY(one_id(db, a, &space_internet_sql, NO_ARGS, out, &found));
    return found ? NULL : error_new(a, ERR_INTERNAL, "there is no internet address space: run tongchou-ctl seed");
}

struct error *org_private_space_find(struct db *db, struct arena *a, const char *org_id, char out[37])
{
    bool found;
    out[0] = '\0';
    return one_id(db, a, &space_private_sql, ARGS(A_Z("org", org_id)), out, &found);
}

struct error *org_spaces(struct db *db, struct arena *a, const struct scope *scope, struct str q, struct rows *out)
{
    return db_query(db, a, &spaces_sql, ARGS(A_OPT("q", q), A_SCOPE(scope)), out);
}

struct error *org_space_usable(struct db *db, struct arena *a, const struct scope *scope, const char *space_id, bool *out)
{
    int64_t n;
    TRY(db_int(db, a, &space_usable_sql, ARGS(A_Z("id", space_id), A_SCOPE(scope)), 0, &n));
    *out = n > 0;
    return NULL;
}

struct error *org_private_space(struct db *db, struct arena *a, const struct org_stamp *org, char out[37])
{
    TRY(org_private_space_find(db, a, org->org_id, out));
    if (out[0])
        return NULL;
    uuid id = id_new();
    TRY(db_exec(db, a, &space_insert_sql, ARGS(A_Z("id", id.s), A_Z("org", org->org_id), A_TIME(a, "now", clock_now_us())), NULL));
    memcpy(out, id.s, sizeof id.s);
    return NULL;
}

#define LIST_ARGS(r)                                                                                                   \
    A_SCOPE(&(r)->who->scope), A_OPT("parent", param_str(r, "parent")), A_OPT("region", param_str(r, "region")),       \
        A_OPT("sector", param_str(r, "sector")), A_OPT("state", param_str(r, "state")), A_OPT("q", param_str(r, "q")), \
        A_OPT("liaison", param_str(r, "liaison"))

struct error *org_rows(struct request *r, const struct page *p, struct rows *out)
{
    const struct sql_stmt *s = param_has(r, "parent") ? &org_list_parent_sql : &org_list_sql;
    return db_query(r->db, r->arena, s, ARGS(LIST_ARGS(r), A_INT("offset", p->offset), A_INT("size", p->size)), out);
}

struct error *org_count(struct request *r, int64_t *out)
{
    return db_int(r->db, r->arena, &org_count_sql, ARGS(LIST_ARGS(r)), 0, out);
}

struct error *org_tree_rows(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &org_tree_sql, ARGS(A_SCOPE(&r->who->scope)), out);
}

struct error *org_row(struct request *r, const char *id, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &org_one_sql, ARGS(A_SCOPE(&r->who->scope), A_Z("id", id)), out, found);
}

#define RECORD_ARGS(a, o)                                                                                             \
    A_Z("id", (o)->id), A_STR("name", (o)->name), A_OPT("short_name", (o)->short_name), A_OPT("uscc", (o)->uscc),     \
        A_STR("org_type", (o)->org_type), A_STR("org_level", (o)->org_level), A_STR("region_code", (o)->region_code), \
        A_OPT("sector_code", (o)->sector_code), A_OPT("address", (o)->address), A_INT("is_office", (o)->is_office),   \
        A_INT("is_cii", (o)->is_cii), A_INT("is_key", (o)->is_key), A_INT("is_voluntary", (o)->is_voluntary),         \
        A_INT("sort_order", (o)->sort_order), A_TIME(a, "now", clock_now_us())

struct error *org_insert(struct request *r, const struct org_record *o, const struct org_stamp *s)
{
    return db_exec(r->db, r->arena, &org_insert_sql,
                   ARGS(RECORD_ARGS(r->arena, o), A_Z("parent_id", o->parent_id), A_INT("depth", s->depth),
                        A_OPT("org_l1", str_of(s->level[0])), A_OPT("org_l2", str_of(s->level[1])),
                        A_OPT("org_l3", str_of(s->level[2])), A_OPT("org_l4", str_of(s->level[3])),
                        A_OPT("org_l5", str_of(s->level[4])), A_OPT("org_l6", str_of(s->level[5]))),
                   NULL);
}

struct error *org_change(struct request *r, const struct org_record *o, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &org_update_sql,
                   ARGS(RECORD_ARGS(r->arena, o), A_STR("state", o->state), A_INT("version", o->version)), affected);
}

struct error *org_remove(struct request *r, const char *id, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &org_delete_sql, ARGS(A_Z("id", id)), affected);
}

struct error *org_used(struct request *r, const char *id, int64_t *out)
{
    return db_int(r->db, r->arena, &org_used_sql, ARGS(A_Z("id", id)), 0, out);
}

struct error *org_region_known(struct request *r, const char *code, bool *out)
{
    int64_t n;
    TRY(db_int(r->db, r->arena, &org_region_sql, ARGS(A_Z("code", code)), 0, &n));
    *out = n > 0;
    return NULL;
}

struct error *org_sector_known(struct request *r, struct str code, struct str held, bool *out)
{
    int64_t n;
    TRY(db_int(r->db, r->arena, &org_sector_sql, ARGS(A_STR("code", code), A_OPT("held", held)), 0, &n));
    *out = n > 0;
    return NULL;
}
