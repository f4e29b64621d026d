#include "org/group_store.h"

#include "kernel/clock.h"
#include "org/realm.h"

/* Known to the caller: of the realms around it, or of one inside its scope. */
#define KNOWN(S) "(" IN_REALMS(g) "OR (z.id IS NOT NULL AND" S(z) "))"
#define GROUP_FROM "FROM management_groups g LEFT JOIN orgs z ON z.id = g.realm_org_id "
#define GROUP_READ(S)                                                                                               \
    "SELECT g.id, g.realm_org_id, z.name, g.name, g.remark, IF(g.by_rule, (SELECT COALESCE(GROUP_CONCAT("           \
    "CONCAT(k.kind, ':', k.value) ORDER BY k.kind, k.value), '') FROM management_group_rules k WHERE k.group_id = " \
    "g.id), NULL), (SELECT COUNT(*) FROM management_group_members m JOIN orgs o ON o.id = m.member_id WHERE "       \
    "m.group_id = g.id AND NOT m.excluded AND" S(o) "), g.version, g.updated_at, z.id IS NOT NULL AND" S(z) GROUP_FROM
#define GROUP_LIST(S, IX) GROUP_READ(S) "WHERE " KNOWN(S) " ORDER BY z.id IS NOT NULL, z.depth, z.name, g.name LIMIT 2000"
SQL_SCOPED(group_list_sql, GROUP_LIST);
#define GROUP_ONE(S, IX) GROUP_READ(S) "WHERE g.id = :id AND " KNOWN(S)
SQL_SCOPED(group_one_sql, GROUP_ONE);
#define GROUP_HAND(S, IX)                                                                                      \
    "SELECT o.id, o.name, m.excluded FROM management_group_members m JOIN orgs o ON o.id = m.member_id WHERE " \
    "m.group_id = :id AND" S(o) "ORDER BY o.name, o.id"
SQL_SCOPED(group_hand_sql, GROUP_HAND);

#define RULE(kind, fits)                                                                                              \
    "(NOT EXISTS (SELECT 1 FROM management_group_rules k WHERE k.group_id = g.id AND k.kind = '" kind "') OR EXISTS " \
    "(SELECT 1 FROM management_group_rules v WHERE v.group_id = g.id AND v.kind = '" kind "' AND " fits ")) "
#define BY_HAND(what) \
    "EXISTS (SELECT 1 FROM management_group_members m WHERE m.group_id = g.id AND m.member_id = o.id AND " what ") "
#define MEMBER                                                                                                                                                                                                                                           \
    "o.state = 'active' AND (g.realm_org_id IS NULL OR g.realm_org_id IN (o.org_l1, o.org_l2, o.org_l3, o.org_l4, "                                                                                                                                      \
    "o.org_l5, o.org_l6)) AND (" BY_HAND("NOT m.excluded") "OR (g.by_rule AND NOT o.is_office AND NOT " BY_HAND("m.excluded") "AND " RULE("sector", "v.value = o.sector_code") "AND " RULE(                                                              \
        "region",                                                                                                                                                                                                                                        \
        "o.region_code LIKE CONCAT(CASE WHEN v.value LIKE '__0000' THEN LEFT(v.value, 2) WHEN v.value LIKE "                                                                                                                                             \
        "'____00' THEN LEFT(v.value, 4) ELSE v.value END, '%')") "AND " RULE("level",                                                                                                                                                                    \
                                                                             "v.value = o.org_level") "AND " RULE("type",                                                                                                                                \
                                                                                                                  "v.value = o.org_type") "AND " RULE("mark",                                                                                            \
                                                                                                                                                      "((v.value = 'cii' AND o.is_cii) OR (v.value = 'key' AND o.is_key) OR (v.value = 'voluntary' AND " \
                                                                                                                                                      "o.is_voluntary))") "))"
#define GROUP_MEMBERS(S, IX)                                                                  \
    "SELECT o.id, o.name, o.region_code, o.sector_code, " BY_HAND(                            \
        "NOT m.excluded") "FROM management_groups g JOIN orgs o WHERE g.id = :id AND " MEMBER \
                          " AND" S(o) "ORDER BY o.region_code, o.depth, o.name, o.id LIMIT :offset, :size"
SQL_SCOPED(group_members_sql, GROUP_MEMBERS);
#define GROUP_COUNT(S, IX) \
    "SELECT COUNT(*) FROM (SELECT 1 FROM management_groups g JOIN orgs o WHERE g.id = :id AND " MEMBER " AND" S(o) "LIMIT 10001) x"
SQL_SCOPED(group_count_sql, GROUP_COUNT);

#define NAMED "JSON_TABLE(:targets, '$.groups[*]' COLUMNS (id VARCHAR(36) PATH '$')) j "
#define GROUP_TARGETS(S, IX)                                                                                               \
    "SELECT DISTINCT o.id FROM " NAMED "JOIN management_groups g ON g.id = CAST(j.id AS UUID) LEFT JOIN orgs z ON z.id = " \
    "g.realm_org_id JOIN orgs o ON " MEMBER                                                                                \
    " AND (o.id <> :issuer OR " BY_HAND("NOT m.excluded") ") WHERE " KNOWN(S) " AND" S(o) "LIMIT 20001"
SQL_SCOPED(group_targets_sql, GROUP_TARGETS);
#define GROUP_UNKNOWN(S, IX) \
    "SELECT j.id FROM " NAMED "WHERE NOT EXISTS (SELECT 1 " GROUP_FROM "WHERE g.id = CAST(j.id AS UUID) AND " KNOWN(S) ") LIMIT 1"
SQL_SCOPED(group_unknown_sql, GROUP_UNKNOWN);
SQL(group_names_sql, "SELECT g.id, g.name FROM " NAMED "JOIN management_groups g ON g.id = CAST(j.id AS UUID) ORDER BY g.name");
#define GROUP_STRANGER(S, IX)                                                                                    \
    "SELECT j.id FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id VARCHAR(36) PATH '$')) j LEFT JOIN orgs o ON o.id = "  \
    "CAST(j.id AS UUID) AND o.state = 'active' AND (:realm IS NULL OR :realm IN (o.org_l1, o.org_l2, o.org_l3, " \
    "o.org_l4, o.org_l5, o.org_l6)) AND" S(o) "WHERE o.id IS NULL LIMIT 1"
SQL_SCOPED(group_stranger_sql, GROUP_STRANGER);

SQL(group_total_sql, "SELECT COUNT(*) FROM management_groups WHERE realm_org_id <=> :realm");
SQL(group_insert_sql, "INSERT INTO management_groups (id, realm_org_id, name, remark, by_rule, created_at, updated_at) "
                      "VALUES (:id, :realm, :name, :remark, :by_rule, :now, :now)");
SQL(group_update_sql, "UPDATE management_groups SET name = :name, remark = :remark, by_rule = :by_rule, version = version + 1, "
                      "updated_at = :now WHERE id = :id AND version = :version");
SQL(group_delete_sql, "DELETE FROM management_groups WHERE id = :id");
SQL(group_rules_clear_sql, "DELETE FROM management_group_rules WHERE group_id = :id");
SQL(group_rule_sql, "INSERT INTO management_group_rules (group_id, kind, value) VALUES (:id, :kind, :value)");
SQL(group_hand_clear_sql, "DELETE FROM management_group_members WHERE group_id = :id");
SQL(group_hand_add_sql, "INSERT INTO management_group_members (group_id, member_id, excluded) VALUES (:id, :org, :excluded)");

static struct error *realms_of(struct request *r, struct realms *out)
{
    return realm_chain(r->db, r->arena, &r->who->org, out);
}

struct error *group_rows(struct request *r, struct rows *out)
{
    struct realms z;
    TRY(realms_of(r, &z));
    return db_query(r->db, r->arena, &group_list_sql, ARGS(REALM_ARGS(&z), A_SCOPE(&r->who->scope)), out);
}

struct error *group_row(struct request *r, const char *id, struct rows *out, bool *found)
{
    struct realms z;
    TRY(realms_of(r, &z));
    return db_one(r->db, r->arena, &group_one_sql, ARGS(A_Z("id", id), REALM_ARGS(&z), A_SCOPE(&r->who->scope)), out, found);
}

struct error *group_hand_rows(struct request *r, const char *id, struct rows *out)
{
    return db_query(r->db, r->arena, &group_hand_sql, ARGS(A_Z("id", id), A_SCOPE(&r->who->scope)), out);
}

struct error *group_member_rows(struct request *r, const char *id, const struct page *p, struct rows *out)
{
    return db_query(r->db, r->arena, &group_members_sql,
                    ARGS(A_Z("id", id), A_SCOPE(&r->who->scope), A_INT("offset", p->offset), A_INT("size", p->size)), out);
}

struct error *group_member_count(struct request *r, const char *id, int64_t *out)
{
    return db_int(r->db, r->arena, &group_count_sql, ARGS(A_Z("id", id), A_SCOPE(&r->who->scope)), 0, out);
}

struct error *group_members(struct request *r, struct str targets, const char *issuer, const char **out)
{
    struct realms z;
    struct rows rows;
    struct buf b = buf_new(r->arena, 1024, 1 << 20);
    TRY(realms_of(r, &z));
    TRY(db_query(r->db, r->arena, &group_targets_sql,
                 ARGS(A_STR("targets", targets), A_Z("issuer", issuer), REALM_ARGS(&z), A_SCOPE(&r->who->scope)), &rows));
    while (rows_next(&rows)) {
        buf_z(&b, b.n ? ",\"" : "{\"orgs\":[\"");
        buf_str(&b, row_text(&rows, 0));
        buf_c(&b, '"');
    }
    TRY(rows_end(&rows));
    buf_z(&b, b.n ? "]}" : "{}");
    *out = buf_done(&b).p;
    return b.full ? invalid(r, "targets", "max_items", "the groups have too many members") : NULL;
}

static struct error *one_text(struct request *r, const struct sql_stmt *s, const struct sql_arg *args, const char **out)
{
    struct rows rows;
    bool found;
    *out = "";
    TRY(db_one(r->db, r->arena, s, args, &rows, &found));
    if (!found)
        return NULL;
    *out = row_dup(&rows, r->arena, 0);
    return rows_end(&rows);
}

struct error *group_unknown(struct request *r, struct str targets, const char **out)
{
    struct realms z;
    TRY(realms_of(r, &z));
    return one_text(r, &group_unknown_sql, ARGS(A_STR("targets", targets), REALM_ARGS(&z), A_SCOPE(&r->who->scope)), out);
}

struct error *group_names(struct request *r, const char *targets, struct rows *out)
{
    return db_query(r->db, r->arena, &group_names_sql, ARGS(A_Z("targets", targets)), out);
}

struct error *group_stranger(struct request *r, const char *realm, json_t *ids, const char **out)
{
    char *text = ids ? json_dumps(ids, JSON_COMPACT) : NULL;
    const char *list = arena_strdup(r->arena, text ? text : "[]");
    free(text);
    return one_text(r, &group_stranger_sql, ARGS(A_Z("ids", list), A_OPT("realm", str_of(realm)), A_SCOPE(&r->who->scope)), out);
}

struct error *group_total(struct request *r, const char *realm, int64_t *out)
{
    return db_int(r->db, r->arena, &group_total_sql, ARGS(A_OPT("realm", str_of(realm))), 0, out);
}

#define RECORD_ARGS(r, g)                                                                                           \
    A_Z("id", (g)->id), A_OPT("realm", str_of((g)->realm)), A_STR("name", (g)->name), A_OPT("remark", (g)->remark), \
        A_INT("by_rule", (g)->rule != NULL), A_TIME((r)->arena, "now", clock_now_us())

struct error *group_insert(struct request *r, const struct group_record *g)
{
    return db_exec(r->db, r->arena, &group_insert_sql, ARGS(RECORD_ARGS(r, g)), NULL);
}

struct error *group_change(struct request *r, const struct group_record *g, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &group_update_sql, ARGS(RECORD_ARGS(r, g), A_INT("version", g->version)), affected);
}

static struct error *put_list(struct request *r, const char *id, const struct sql_stmt *s, const char *column, json_t *list,
                              struct sql_arg constant)
{
    size_t n = json_array_size(list), i;
    json_t *v;
    if (!n)
        return NULL;
    struct str *text = arena_array(r->arena, n, sizeof *text);
    json_array_foreach(list, i, v)
        text[i] = str_of(json_string_value(v));
    return db_exec_many(r->db, r->arena, s, n, COLUMNS(C_SAME(A_Z("id", id)), C_TEXT(column, text), C_SAME(constant)), NULL);
}

struct error *group_fill(struct request *r, const struct group_record *g)
{
    static const char *const kinds[][2] = {
        {"sectors", "sector"}, {"regions", "region"}, {"levels", "level"}, {"types", "type"}, {"marks", "mark"}};
    TRY(db_exec(r->db, r->arena, &group_rules_clear_sql, ARGS(A_Z("id", g->id)), NULL));
    TRY(db_exec(r->db, r->arena, &group_hand_clear_sql, ARGS(A_Z("id", g->id)), NULL));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        TRY(put_list(r, g->id, &group_rule_sql, "value", json_object_get(g->rule, kinds[i][0]), A_Z("kind", kinds[i][1])));
    TRY(put_list(r, g->id, &group_hand_add_sql, "org", g->orgs, A_INT("excluded", 0)));
    return put_list(r, g->id, &group_hand_add_sql, "org", g->excluded, A_INT("excluded", 1));
}

struct error *group_remove(struct request *r, const char *id)
{
    return db_exec(r->db, r->arena, &group_delete_sql, ARGS(A_Z("id", id)), NULL);
}
