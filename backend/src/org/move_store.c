#include "org/move_store.h"

#include "kernel/clock.h"
#include "org/org.h"

#define WHY "a move's handler has found subject and target inside its scope"
SQL(tree_lock_sql, "SELECT value FROM counters WHERE name = 'org_tree' FOR UPDATE");
SQL(tree_busy_sql, "SELECT COUNT(*) FROM org_moves WHERE open_key = 1");
SQL_SYSTEM(units_sql, WHY,
           "WITH RECURSIVE t AS (SELECT id, 0 AS far FROM orgs WHERE id = :id UNION ALL SELECT o.id, t.far + 1 FROM orgs o "
           "JOIN t ON o.parent_id = t.id WHERE NOT :alone AND t.far < 6) SELECT o.id, o.org_l1, o.org_l2, o.org_l3, o.org_l4, "
           "o.org_l5, o.org_l6, o.sector_code, o.depth, t.far, o.parent_id FROM t JOIN orgs o ON o.id = t.id "
           "ORDER BY t.far, o.id LIMIT 2401");
#define SUBJECT(S, IX) "SELECT o.name, o.version, o.is_realm FROM orgs o WHERE o.id = :id AND o.state = 'active' AND" S(o)
SQL_SCOPED(move_subject_sql, SUBJECT);
SQL(move_insert_sql,
    "INSERT INTO org_moves (id, kind, subject_id, subject_name, target_id, target_name, sector_code, units, job_id, "
    "created_by, created_at) VALUES (:id, :kind, :subject, :subject_name, :target, :target_name, :sector, :units, "
    ":job, :by, :now)");
SQL(move_unit_insert_sql,
    "INSERT INTO org_move_units (move_id, unit_id, to_org, depth, n1, n2, n3, n4, n5, n6, n_sector, w1, w2, w3, w4, w5, w6, "
    "w_sector) VALUES (:move, :unit, :to, :depth, :n1, :n2, :n3, :n4, :n5, :n6, :ns, :w1, :w2, :w3, :w4, :w5, :w6, :ws)");
SQL_SYSTEM(orgs_narrow_sql, WHY,
           "UPDATE orgs SET org_l1 = :n1, org_l2 = :n2, org_l3 = :n3, org_l4 = :n4, org_l5 = :n5, org_l6 = :n6, "
           "sector_code = :ns WHERE id = :unit");
SQL_SYSTEM(move_read_sql, WHY,
           "SELECT id, job_id, subject_id, target_id, created_by, kind, sector_code, state <> 'narrowing' FROM org_moves "
           "WHERE id = :id AND state <> 'done'");
SQL_SYSTEM(orgs_widen_sql, WHY,
           "UPDATE orgs o JOIN org_move_units m ON m.move_id = :id AND m.unit_id = o.id SET o.org_l1 = m.w1, o.org_l2 = m.w2, "
           "o.org_l3 = m.w3, o.org_l4 = m.w4, o.org_l5 = m.w5, o.org_l6 = m.w6, o.sector_code = m.w_sector, o.depth = m.depth, "
           "o.version = o.version + 1, o.updated_at = :now WHERE m.to_org = m.unit_id");
SQL_SYSTEM(subject_parent_sql, WHY, "UPDATE orgs SET parent_id = :target WHERE id = :subject");
SQL_SYSTEM(children_parent_sql, WHY, "UPDATE orgs SET parent_id = :target WHERE parent_id = :subject");
/* What was merged stays where it was, as a name that leads on; its narrowed place is given back. */
SQL_SYSTEM(
    merged_sql, WHY,
    "UPDATE orgs o LEFT JOIN orgs p ON p.id = o.parent_id SET o.state = 'closed', o.merged_into = :target, o.is_realm = FALSE, "
    "o.org_l1 = COALESCE(p.org_l1, o.id), o.org_l2 = IF(o.depth = 2, o.id, p.org_l2), o.org_l3 = IF(o.depth = 3, o.id, p.org_l3), "
    "o.org_l4 = IF(o.depth = 4, o.id, p.org_l4), o.org_l5 = IF(o.depth = 5, o.id, p.org_l5), o.org_l6 = IF(o.depth = 6, o.id, NULL), "
    "o.version = o.version + 1, o.updated_at = :now WHERE o.id = :subject");
SQL_SYSTEM(users_switch_sql, WHY,
           "UPDATE users u JOIN org_move_units m ON m.move_id = :id AND m.unit_id = u.org_id SET u.org_id = m.to_org, "
           "u.org_l1 = m.w1, u.org_l2 = m.w2, u.org_l3 = m.w3, u.org_l4 = m.w4, u.org_l5 = m.w5, u.org_l6 = m.w6, "
           "u.sector_code = m.w_sector, u.epoch = u.epoch + 1, u.version = u.version + 1, u.updated_at = :now");
SQL_SYSTEM(clients_switch_sql, WHY,
           "UPDATE clients u JOIN org_move_units m ON m.move_id = :id AND m.unit_id = u.org_id SET u.org_id = m.to_org, "
           "u.org_l1 = m.w1, u.org_l2 = m.w2, u.org_l3 = m.w3, u.org_l4 = m.w4, u.org_l5 = m.w5, u.org_l6 = m.w6, "
           "u.sector_code = m.w_sector, u.epoch = u.epoch + 1, u.version = u.version + 1, u.updated_at = :now");
SQL_SYSTEM(spaces_switch_sql, WHY, "UPDATE address_spaces SET org_id = :target WHERE org_id = :subject");
SQL_SYSTEM(defaults_switch_sql, WHY, "UPDATE sector_defaults SET org_id = :target WHERE org_id = :subject");
SQL_SYSTEM(targets_switch_sql, WHY, "UPDATE IGNORE responsibilities SET target_org_id = :target WHERE target_org_id = :subject");
SQL_SYSTEM(members_switch_sql, WHY, "UPDATE IGNORE management_group_members SET member_id = :target WHERE member_id = :subject");
SQL_SYSTEM(members_rest_sql, WHY, "DELETE FROM management_group_members WHERE member_id = :subject");
SQL_SYSTEM(drafts_switch_sql, WHY,
           "UPDATE warnings SET targets = REPLACE(targets, :subject, :target) WHERE state IN ('draft', 'review', 'approved', "
           "'rejected') AND INSTR(targets, :subject) > 0");
SQL_SYSTEM(
    receivers_switch_sql, WHY,
    "UPDATE IGNORE warning_targets t JOIN warnings w ON w.id = t.warning_id SET t.org_id = :target WHERE t.org_id = :subject "
    "AND w.state IN ('draft', 'review', 'approved', 'rejected', 'publishing')");
SQL(move_switched_sql, "UPDATE org_moves SET state = 'widening', switched_at = :now WHERE id = :id AND state = 'narrowing'");
SQL(move_done_sql, "UPDATE org_moves SET state = 'done', finished_at = :now WHERE id = :id");
SQL(move_unit_ids_sql, "SELECT unit_id FROM org_move_units WHERE move_id = :id ORDER BY unit_id");
SQL(move_sectors_sql, "SELECT s FROM (SELECT DISTINCT w_sector AS s FROM org_move_units WHERE move_id = :id UNION "
                      "SELECT m.sector_code FROM org_moves m WHERE m.id = :id) x WHERE s IS NOT NULL LIMIT 100");
SQL_SYSTEM(ownership_reload_sql, "the places of owners are kept by others",
           "INSERT INTO config_versions (kind) VALUES ('ownership') ON DUPLICATE KEY UPDATE version = version + 1, "
           "changed_at = UTC_TIMESTAMP(6)");

#define MOVE_READ(S)                                                                                                      \
    "SELECT m.id, m.kind, m.subject_id, m.subject_name, m.target_id, m.target_name, m.sector_code, m.state, m.units, "    \
    "m.created_at, m.switched_at, m.finished_at, u.display_name, j.state, j.rows_total, j.rows_done, j.updated, j.error " \
    "FROM org_moves m JOIN orgs o ON o.id = m.subject_id LEFT JOIN users u ON u.id = m.created_by LEFT JOIN jobs j ON "   \
    "j.id = m.job_id WHERE" S(o)
#define MOVES(S, IX) MOVE_READ(S) "ORDER BY m.created_at DESC, m.id DESC LIMIT 200"
SQL_SCOPED(moves_sql, MOVES);
#define MOVE_ONE(S, IX) MOVE_READ(S) "AND m.id = :id"
SQL_SCOPED(move_one_sql, MOVE_ONE);
SQL(move_resume_sql, "UPDATE org_moves m JOIN jobs j ON j.id = m.job_id SET m.job_id = :job WHERE m.id = :id AND m.state <> 'done' "
                     "AND j.state = 'failed'");

SQL_SYSTEM(sight_sql, "organisations above the subject or the target, which lie in scope",
           "SELECT o.id, o.name, (SELECT COUNT(*) FROM users u WHERE u.org_id = o.id AND u.state = 'active' AND "
           "u.scope_kind = 'subtree') FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id CHAR(36) PATH '$')) j JOIN orgs o ON "
           "o.id = CAST(j.id AS UUID) ORDER BY o.depth");
SQL_SYSTEM(sector_sight_sql, "a figure about accounts, for who changes the sector",
           "SELECT COUNT(*) FROM users WHERE state = 'active' AND scope_kind = 'sector' AND scope_sector = :sector");
SQL_SYSTEM(accounts_of_sql, "units of the subject's subtree, which lies in scope",
           "SELECT COUNT(*) FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id CHAR(36) PATH '$')) j JOIN users u ON "
           "u.org_id = CAST(j.id AS UUID) WHERE u.state = 'active'");

static const char *const kinds[] = {"move", "merge", "sector"};

struct error *org_tree_lock(struct db *db, struct arena *a, bool *busy)
{
    int64_t n;
    TRY(db_int(db, a, &tree_lock_sql, NO_ARGS, 0, &n));
    TRY(db_int(db, a, &tree_busy_sql, NO_ARGS, 0, &n));
    *busy = n > 0;
    return NULL;
}

struct error *move_units_read(struct db *db, struct arena *a, const char *subject, bool alone, struct move_unit *out, size_t *n,
                              int *height, char parent[37])
{
    struct rows rows;
    *n = 0;
    *height = 0;
    TRY(db_query(db, a, &units_sql, ARGS(A_Z("id", subject), A_INT("alone", alone)), &rows));
    while (*n <= MOVE_MAX_UNITS && rows_next(&rows)) {
        struct move_unit *u = &out[(*n)++];
        *u = (struct move_unit){0};
        row_org(&rows, 0, &u->was);
        u->was.depth = (int)row_int(&rows, 8);
        *height = (int)row_int(&rows, 9) + 1;
        if (*n == 1)
            str_copy(parent, 37, row_text(&rows, 10));
    }
    return rows_end(&rows);
}

struct error *move_subject(struct request *r, const char *id, struct str *name, int64_t *version, bool *realm, bool *found)
{
    struct rows rows;
    TRY(db_one(r->db, r->arena, &move_subject_sql, ARGS(A_Z("id", id), A_SCOPE(&r->who->scope)), &rows, found));
    if (!*found)
        return NULL;
    *name = str_of(row_dup(&rows, r->arena, 0));
    *version = row_int(&rows, 1);
    *realm = row_int(&rows, 2) != 0;
    return rows_end(&rows);
}

static struct str text_of(const char *s)
{
    return (struct str){s[0] ? s : NULL, strlen(s)};
}

enum { PLACES = 7 };
/* Level i (0..5) or the sector (6) of each unit. */
static const struct str *places(struct arena *a, const struct move_unit *units, size_t n, bool wide, int i)
{
    struct str *v = arena_array(a, n, sizeof *v);
    for (size_t k = 0; k < n; k++) {
        const struct org_stamp *s = wide ? &units[k].wide : &units[k].narrow;
        v[k] = text_of(i == PLACES - 1 ? s->sector : s->level[i]);
    }
    return v;
}

static const struct str *ids(struct arena *a, const struct move_unit *units, size_t n, bool to)
{
    struct str *v = arena_array(a, n, sizeof *v);
    for (size_t k = 0; k < n; k++)
        v[k] = text_of(to ? units[k].to : units[k].was.org_id);
    return v;
}

#define PLACE_COLUMNS(p, wide)                                                                    \
    C_TEXT(p "1", places(a, units, n, wide, 0)), C_TEXT(p "2", places(a, units, n, wide, 1)),     \
        C_TEXT(p "3", places(a, units, n, wide, 2)), C_TEXT(p "4", places(a, units, n, wide, 3)), \
        C_TEXT(p "5", places(a, units, n, wide, 4)), C_TEXT(p "6", places(a, units, n, wide, 5)), \
        C_TEXT(p "s", places(a, units, n, wide, 6))

struct error *move_insert(struct db *db, struct arena *a, const struct move *m, struct str subject_name, struct str target_name,
                          const struct move_unit *units, size_t n)
{
    int64_t *depth = arena_array(a, n, sizeof *depth);
    for (size_t i = 0; i < n; i++)
        depth[i] = units[i].wide.depth;
    struct error *e = db_exec(
        db, a, &move_insert_sql,
        ARGS(A_Z("id", m->id), A_Z("kind", kinds[m->kind]), A_Z("subject", m->subject), A_STR("subject_name", subject_name),
             A_OPT("target", str_of(m->target)), A_OPT("target_name", target_name), A_OPT("sector", str_of(m->sector)),
             A_INT("units", (int64_t)n), A_Z("job", m->job), A_OPT("by", str_of(m->created_by)), A_TIME(a, "now", clock_now_us())),
        NULL);
    if (e)
        return e;
    return db_exec_many(db, a, &move_unit_insert_sql, n,
                        COLUMNS(C_SAME(A_Z("move", m->id)), C_TEXT("unit", ids(a, units, n, false)),
                                C_TEXT("to", ids(a, units, n, true)), C_INT("depth", depth, NULL), PLACE_COLUMNS("n", false),
                                PLACE_COLUMNS("w", true)),
                        NULL);
}

struct error *move_narrow_orgs(struct db *db, struct arena *a, const struct move_unit *units, size_t n)
{
    return db_exec_many(db, a, &orgs_narrow_sql, n, COLUMNS(C_TEXT("unit", ids(a, units, n, false)), PLACE_COLUMNS("n", false)),
                        NULL);
}

struct error *move_read(struct db *db, struct arena *a, const char *id, struct move *out, bool *found)
{
    struct rows rows;
    *out = (struct move){0};
    TRY(db_one(db, a, &move_read_sql, ARGS(A_Z("id", id)), &rows, found));
    if (!*found)
        return NULL;
    str_copy(out->id, 37, row_text(&rows, 0));
    str_copy(out->job, 37, row_text(&rows, 1));
    str_copy(out->subject, 37, row_text(&rows, 2));
    str_copy(out->target, 37, row_text(&rows, 3));
    str_copy(out->created_by, 37, row_text(&rows, 4));
    for (size_t i = 0; i < 3; i++)
        if (str_is(row_text(&rows, 5), kinds[i]))
            out->kind = (enum move_kind)i;
    str_copy(out->sector, sizeof out->sector, row_text(&rows, 6));
    out->switched = row_int(&rows, 7) != 0;
    return rows_end(&rows);
}

static struct error *merge_references(struct db *db, struct arena *a, const struct sql_arg *args)
{
    const struct sql_stmt *const all[] = {&children_parent_sql, &merged_sql,         &spaces_switch_sql,
                                          &defaults_switch_sql, &targets_switch_sql, &members_switch_sql,
                                          &members_rest_sql,    &drafts_switch_sql,  &receivers_switch_sql};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        TRY(db_exec(db, a, all[i], args, NULL));
    return NULL;
}

struct error *move_switch(struct db *db, struct arena *a, const struct move *m)
{
    const struct sql_arg *args =
        ARGS(A_Z("id", m->id), A_Z("subject", m->subject), A_OPT("target", str_of(m->target)), A_TIME(a, "now", clock_now_us()));
    uint64_t n;
    TRY(db_exec(db, a, &move_switched_sql, args, &n));
    if (!n)
        return error_new(a, ERR_INTERNAL, "the tree has changed already");
    if (m->kind == MOVE_PARENT)
        TRY(db_exec(db, a, &subject_parent_sql, args, NULL));
    TRY(db_exec(db, a, &orgs_widen_sql, args, NULL));
    if (m->kind == MOVE_MERGE)
        TRY(merge_references(db, a, args));
    TRY(db_exec(db, a, &users_switch_sql, args, NULL));
    TRY(db_exec(db, a, &clients_switch_sql, args, NULL));
    return db_exec(db, a, &ownership_reload_sql, NO_ARGS, NULL);
}

struct error *move_finish(struct db *db, struct arena *a, const char *id)
{
    TRY(db_exec(db, a, &move_done_sql, ARGS(A_Z("id", id), A_TIME(a, "now", clock_now_us())), NULL));
    return db_exec(db, a, &ownership_reload_sql, NO_ARGS, NULL);
}

struct error *move_unit_ids(struct db *db, struct arena *a, const char *move, struct rows *out)
{
    return db_query(db, a, &move_unit_ids_sql, ARGS(A_Z("id", move)), out);
}

struct error *move_sectors(struct db *db, struct arena *a, const char *move, struct rows *out)
{
    return db_query(db, a, &move_sectors_sql, ARGS(A_Z("id", move)), out);
}

struct error *move_resume(struct request *r, const char *id, const char *job, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &move_resume_sql, ARGS(A_Z("id", id), A_Z("job", job)), affected);
}

struct error *move_rows(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &moves_sql, ARGS(A_SCOPE(&r->who->scope)), out);
}

struct error *move_row(struct request *r, const char *id, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &move_one_sql, ARGS(A_Z("id", id), A_SCOPE(&r->who->scope)), out, found);
}

struct error *sight_rows(struct request *r, const char *list, struct rows *out)
{
    return db_query(r->db, r->arena, &sight_sql, ARGS(A_Z("ids", list)), out);
}

struct error *sector_sight(struct request *r, const char *sector, int64_t *out)
{
    return db_int(r->db, r->arena, &sector_sight_sql, ARGS(A_Z("sector", sector)), 0, out);
}

struct error *accounts_of(struct request *r, const char *list, int64_t *out)
{
    return db_int(r->db, r->arena, &accounts_of_sql, ARGS(A_Z("ids", list)), 0, out);
}
