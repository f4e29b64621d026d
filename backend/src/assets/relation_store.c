#include "assets/relation.h"

#include <stdlib.h>

#include "kernel/clock.h"
#include "packs/seed.h"

SQL(relation_kinds_sql, "SELECT code, from_class, to_class, label_zh, label_en, back_zh, back_en, carries FROM relation_kinds "
                        "ORDER BY sort_order LIMIT 200");
SQL(relation_kind_sql, "SELECT from_class, to_class FROM relation_kinds WHERE code = :code");
SQL(relation_kind_seed_sql, "INSERT IGNORE INTO relation_kinds (code, from_class, to_class, label_zh, label_en, back_zh, back_en, "
                            "carries, sort_order) VALUES (:code, :from, :to, :zh, :en, :back_zh, :back_en, :carries, :at)");
#define ENDS(other, mine, back)                                                                                                \
    "SELECT r.id, r.kind, " back " AS back, r.source_code, r.created_at, a.id AS other_id, a.asset_no, a.name, a.class_code, " \
    "a.state_code, a.org_id, o.name AS org_name FROM asset_relations r JOIN assets a ON a.id = r." other                       \
    " JOIN orgs o ON o.id = a.org_id WHERE r." mine " = :id AND"
#define RELATIONS(S, IX)                                                                               \
    "SELECT x.* FROM (" ENDS("to_id", "from_id", "0") S(a) " UNION ALL " ENDS("from_id", "to_id", "1") \
        S(a) ") x JOIN "                                                                               \
             "relation_kinds k ON k.code = x.kind ORDER BY k.sort_order, x.back, x.name, x.id LIMIT 1000"
SQL_SCOPED(relations_sql, RELATIONS);
SQL_SYSTEM(relation_count_sql, "the asset was read inside the scope",
           "SELECT (SELECT COUNT(*) FROM asset_relations WHERE from_id = :id) + (SELECT COUNT(*) FROM asset_relations "
           "WHERE to_id = :id)");
#define RELATION_SEEN(S, IX)                                                                                      \
    "SELECT (SELECT COUNT(*) FROM asset_relations r JOIN assets a ON a.id = r.to_id WHERE r.from_id = :id AND" S( \
        a) ") + "                                                                                                 \
           "(SELECT COUNT(*) FROM asset_relations r JOIN assets a ON a.id = r.from_id WHERE r.to_id = :id AND" S(a) ")"
SQL_SCOPED(relation_seen_sql, RELATION_SEEN);
SQL(relation_insert_sql, "INSERT INTO asset_relations (id, kind, from_id, to_id, source_code, created_at, created_by) "
                         "VALUES (:id, :kind, :from, :to, :source, :now, :by)");
#define RELATION_ONE(S, IX)                                                                                     \
    "SELECT r.kind, r.from_id, r.to_id FROM asset_relations r JOIN assets f ON f.id = r.from_id JOIN assets t " \
    "ON t.id = r.to_id WHERE r.id = :id AND" S(f) " AND" S(t)
SQL_SCOPED(relation_one_sql, RELATION_ONE);
SQL_SYSTEM(relation_delete_sql, "both ends were read inside the scope", "DELETE FROM asset_relations WHERE id = :id");

#define IDS "JSON_TABLE(:ids, '$[*]' COLUMNS (id CHAR(36) PATH '$')) j "
SQL_SYSTEM(impact_edges_sql, "what lies outside the scope is counted, not shown, and nothing is reached through it",
           "SELECT STRAIGHT_JOIN r.from_id, r.to_id, r.kind FROM " IDS "JOIN asset_relations r ON r.from_id = CAST(j.id AS UUID) "
           "JOIN relation_kinds k ON k.code = r.kind WHERE k.carries IN ('forward', 'both') UNION "
           "SELECT STRAIGHT_JOIN r.to_id, r.from_id, r.kind FROM " IDS "JOIN asset_relations r ON r.to_id = CAST(j.id AS UUID) "
           "JOIN relation_kinds k ON k.code = r.kind WHERE k.carries IN ('back', 'both') LIMIT 20000");
SQL_SYSTEM(impact_places_sql, "what lies outside the scope is left out where the rows are read",
           "SELECT STRAIGHT_JOIN DISTINCT r.to_id FROM " IDS "JOIN asset_relations r ON r.from_id = CAST(j.id AS UUID) "
           "JOIN relation_kinds k ON k.code = r.kind WHERE k.to_class IN ('room', 'network') LIMIT 2000");
#define IMPACT_ROWS(S, IX)                                                                                                   \
    "SELECT STRAIGHT_JOIN a.id, a.asset_no, a.class_code, a.category_code, a.name, a.state_code, a.importance, "             \
    "a.main_address, a.org_id, o.name, p.name, JSON_VALUE(a.attributes, '$.user_count'), COALESCE(JSON_VALUE(a.attributes, " \
    "'$.pi_subject_count'), JSON_VALUE(a.attributes, '$.pi_count')) FROM " IDS "JOIN assets a ON a.id = CAST(j.id AS UUID) " \
    "JOIN orgs o ON o.id = a.org_id LEFT JOIN people p ON p.id = a.person_id WHERE" S(a)
SQL_SCOPED(impact_rows_sql, IMPACT_ROWS);
#define PLACE(S, IX)                                                                                                       \
    "SELECT o.region_code, JSON_VALUE(a.attributes, '$.longitude'), JSON_VALUE(a.attributes, '$.latitude') FROM assets a " \
    "JOIN orgs o ON o.id = a.org_id WHERE a.id = :id AND" S(a)
SQL_SCOPED(responder_place_sql, PLACE);
/* Experts, teams and groups of experts that are in use. */
#define RESPONDERS(S, IX)                                                                                            \
    "SELECT a.id, a.asset_no, a.category_code, a.name, a.org_id, o.name, a.attributes, o.region_code FROM assets a " \
    "FORCE INDEX (ix_assets_class_" IX ") JOIN orgs o ON o.id = a.org_id WHERE" S(                                   \
        a) " AND a.class_code = 'emergency' AND "                                                                    \
           "a.category_code IN ('01', '02', '06') AND a.state_code = '02' ORDER BY a.updated_at DESC, a.id DESC LIMIT 5000"
SQL_SCOPED(responders_sql, RESPONDERS);

struct error *relation_kind_rows(struct services *s, struct arena *a, struct rows *out)
{
    return db_query(s->db, a, &relation_kinds_sql, NO_ARGS, out);
}

#define ASSET_ARGS(r, asset) ARGS(A_Z("id", asset), A_SCOPE(&(r)->who->scope))

struct error *relation_rows(struct request *r, const char *asset, struct rows *out)
{
    return db_query(r->db, r->arena, &relations_sql, ASSET_ARGS(r, asset), out);
}

struct error *relation_count(struct request *r, const char *asset, int64_t *out)
{
    return db_int(r->db, r->arena, &relation_count_sql, ARGS(A_Z("id", asset)), 0, out);
}

struct error *relation_hidden(struct request *r, const char *asset, int64_t *out)
{
    int64_t seen, all;
    TRY(db_int(r->db, r->arena, &relation_seen_sql, ASSET_ARGS(r, asset), 0, &seen));
    TRY(relation_count(r, asset, &all));
    *out = all - seen;
    return NULL;
}

struct error *relation_kind(struct request *r, struct str code, struct str *from_class, struct str *to_class, bool *found)
{
    struct rows x;
    TRY(db_one(r->db, r->arena, &relation_kind_sql, ARGS(A_STR("code", code)), &x, found));
    if (!*found)
        return NULL;
    *from_class = str_of(row_dup(&x, r->arena, 0));
    *to_class = str_of(row_dup(&x, r->arena, 1));
    return rows_end(&x);
}

struct error *relation_insert(struct request *r, const char *id, struct str kind, const char *from, const char *to,
                              const char *source)
{
    return db_exec(r->db, r->arena, &relation_insert_sql,
                   ARGS(A_Z("id", id), A_STR("kind", kind), A_Z("from", from), A_Z("to", to), A_Z("source", source),
                        A_TIME(r->arena, "now", clock_now_us()),
                        A_OPT("by", str_of(r->who->kind == PRINCIPAL_USER ? r->who->id : ""))),
                   NULL);
}

struct error *relation_one(struct request *r, const char *id, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &relation_one_sql, ASSET_ARGS(r, id), out, found);
}

struct error *relation_delete(struct request *r, const char *id)
{
    return db_exec(r->db, r->arena, &relation_delete_sql, ARGS(A_Z("id", id)), NULL);
}

struct error *impact_edges(struct request *r, const char *ids_json, struct rows *out)
{
    return db_query(r->db, r->arena, &impact_edges_sql, ARGS(A_Z("ids", ids_json)), out);
}

struct error *impact_places(struct request *r, const char *ids_json, struct rows *out)
{
    return db_query(r->db, r->arena, &impact_places_sql, ARGS(A_Z("ids", ids_json)), out);
}

struct error *impact_rows(struct request *r, const char *ids_json, struct rows *out)
{
    return db_query(r->db, r->arena, &impact_rows_sql, ARGS(A_Z("ids", ids_json), A_SCOPE(&r->who->scope)), out);
}

struct error *responder_place(struct request *r, const char *asset, struct place *out, bool *found)
{
    struct rows x;
    TRY(db_one(r->db, r->arena, &responder_place_sql, ASSET_ARGS(r, asset), &x, found));
    if (!*found)
        return NULL;
    *out = (struct place){.region = str_of(row_dup(&x, r->arena, 0)), .located = !row_null(&x, 1) && !row_null(&x, 2)};
    if (out->located) {
        out->longitude = atof(row_dup(&x, r->arena, 1));
        out->latitude = atof(row_dup(&x, r->arena, 2));
    }
    return rows_end(&x);
}

struct error *responder_rows(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &responders_sql, ARGS(A_SCOPE(&r->who->scope)), out);
}

/* ---- seeding ---- */
static const char *z(json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

static struct error *relation_kinds_seed(struct services *s, struct arena *a)
{
    json_t *pack, *o;
    size_t i;
    TRY(pack_read(s, a, "asset-classes.json", &pack));
    json_array_foreach(json_object_get(pack, "relations"), i, o)
        TRY(db_exec(s->db, a, &relation_kind_seed_sql,
                    ARGS(A_Z("code", z(o, "code")), A_Z("from", z(o, "from")), A_Z("to", z(o, "to")), A_Z("zh", z(o, "label_zh")),
                         A_Z("en", z(o, "label_en")), A_Z("back_zh", z(o, "back_zh")), A_Z("back_en", z(o, "back_en")),
                         A_Z("carries", z(o, "carries")), A_INT("at", (int64_t)i)),
                    NULL));
    return NULL;
}
SEEDER(relation_kinds, 34, relation_kinds_seed);
