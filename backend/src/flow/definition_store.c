#include "flow/definition_store.h"

#include "flow/instance_store.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "packs/seed.h"

#define CHECKED "the handler has checked the realm"
#define SEEN(S) "(f.realm_org_id IS NULL OR (z.id IS NOT NULL AND" S(z) "))"
#define FROM_FLOWS "FROM flows f LEFT JOIN orgs z ON z.id = f.realm_org_id LEFT JOIN users u ON u.id = f.updated_by "
#define RUNNING(S) "(SELECT COUNT(*) FROM flow_instances i WHERE i.flow_id = f.id AND i.running_key IS NOT NULL AND" S(i) ")"

#define FLOW_ROWS(S, IX)                                                                                                     \
    "SELECT f.id, f.realm_org_id, z.name, f.kind, f.name, f.state, f.n, f.draft IS NOT NULL, f.version, f.updated_at, "      \
    "u.display_name, " RUNNING(S) " " FROM_FLOWS "WHERE" SEEN(S) " ORDER BY f.kind, z.depth, z.name, f.state, f.name, f.id " \
                                                                 "LIMIT 1000"
SQL_SCOPED(flow_rows_sql, FLOW_ROWS);
#define FLOW_COLUMNS(S)                                                                                                                     \
    "SELECT f.id, f.realm_org_id, z.name, f.kind, f.name, f.state, f.n, f.draft, v.xml, f.version, f.updated_at, u.display_name, " RUNNING( \
        S) " " FROM_FLOWS "LEFT JOIN flow_versions v ON v.flow_id = f.id AND v.n = f.n WHERE f.id = :id AND" SEEN(S)
#define FLOW_ONE(S, IX) FLOW_COLUMNS(S)
SQL_SCOPED(flow_one_sql, FLOW_ONE);
#define FLOW_LOCK(S, IX) FLOW_COLUMNS(S) " FOR UPDATE"
SQL_SCOPED(flow_lock_sql, FLOW_LOCK);
SQL_SYSTEM(flow_versions_sql, "the handler has read the flow",
           "SELECT v.n, v.note, v.published_at, u.display_name, IF(:n > 0, v.xml, NULL) FROM flow_versions v "
           "LEFT JOIN users u ON u.id = v.published_by WHERE v.flow_id = :id AND (:n = 0 OR v.n = :n) ORDER BY v.n DESC LIMIT 500");
SQL_SYSTEM(flow_insert_sql, CHECKED,
           "INSERT INTO flows (id, realm_org_id, kind, name, draft, created_at, updated_at, updated_by) "
           "VALUES (:id, :realm, :kind, :name, :draft, :now, :now, :by)");
SQL_SYSTEM(flow_change_sql, CHECKED,
           "UPDATE flows SET name = :name, draft = :draft, state = :state, version = version + 1, updated_at = :now, "
           "updated_by = :by WHERE id = :id AND version = :version");
SQL_SYSTEM(flow_version_insert_sql, CHECKED,
           "INSERT INTO flow_versions (flow_id, n, xml, note, published_at, published_by) "
           "SELECT id, n + 1, draft, :note, :now, :by FROM flows WHERE id = :id AND version = :version AND draft IS NOT NULL");
SQL_SYSTEM(flow_succeed_sql, CHECKED,
           "UPDATE flows o JOIN flows f ON f.id = :id SET o.state = 'retired', o.version = o.version + 1, o.updated_at = :now, "
           "o.updated_by = :by WHERE o.active_kind = f.kind AND o.realm_key = f.realm_key AND o.id <> f.id");
SQL_SYSTEM(
    flow_enforce_sql, CHECKED,
    "UPDATE flows SET n = n + (draft IS NOT NULL), draft = NULL, state = 'active', version = version + 1, updated_at = :now, "
    "updated_by = :by WHERE id = :id AND version = :version");
SQL_SYSTEM(flow_remove_sql, CHECKED, "DELETE FROM flows WHERE id = :id AND version = :version AND n = 0");
SQL_SYSTEM(flow_room_sql, CHECKED, "SELECT COUNT(*) FROM flows");
SQL_SYSTEM(flow_seeded_sql, "seeding", "SELECT COUNT(*) FROM flows WHERE kind = :kind AND realm_org_id IS NULL");
SQL_SYSTEM(
    flow_seed_sql, "seeding",
    "INSERT INTO flows (id, kind, name, state, n, created_at, updated_at) VALUES (:id, :kind, :name, 'active', 1, :now, :now)");
SQL_SYSTEM(flow_version_seed_sql, "seeding",
           "INSERT INTO flow_versions (flow_id, n, xml, published_at) VALUES (:id, 1, :xml, :now)");

#define NOW(r) A_TIME((r)->arena, "now", clock_now_us())
#define BY(r) A_Z("by", (r)->who->id)

struct error *flow_rows(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &flow_rows_sql, ARGS(A_SCOPE(&r->who->scope)), out);
}

static struct str dup(struct arena *a, struct rows *r, unsigned col)
{
    return str_of(row_dup(r, a, col));
}

struct error *flow_one(struct request *r, struct str id, bool lock, struct flow_row *out, bool *found)
{
    struct rows x;
    struct arena *a = r->arena;
    TRY(db_one(r->db, a, lock ? &flow_lock_sql : &flow_one_sql, ARGS(A_SCOPE(&r->who->scope), A_STR("id", id)), &x, found));
    if (!*found)
        return NULL;
    *out = (struct flow_row){.id = dup(a, &x, 0),
                             .realm = dup(a, &x, 1),
                             .realm_name = dup(a, &x, 2),
                             .kind = dup(a, &x, 3),
                             .name = dup(a, &x, 4),
                             .state = dup(a, &x, 5),
                             .n = row_int(&x, 6),
                             .draft = dup(a, &x, 7),
                             .published = dup(a, &x, 8),
                             .version = row_int(&x, 9),
                             .updated_at = row_time(&x, 10),
                             .updated_by = dup(a, &x, 11),
                             .running = row_int(&x, 12)};
    return rows_end(&x);
}

struct error *flow_version_rows(struct request *r, struct str id, int64_t n, struct rows *out)
{
    return db_query(r->db, r->arena, &flow_versions_sql, ARGS(A_STR("id", id), A_INT("n", n)), out);
}

#define ROW_ARGS(r, f) A_STR("id", (f)->id), A_STR("name", (f)->name), A_OPT("draft", (f)->draft), NOW(r), BY(r)

struct error *flow_insert(struct request *r, const struct flow_row *f)
{
    return db_exec(r->db, r->arena, &flow_insert_sql, ARGS(ROW_ARGS(r, f), A_OPT("realm", f->realm), A_STR("kind", f->kind)), NULL);
}

struct error *flow_change(struct request *r, const struct flow_row *f, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &flow_change_sql, ARGS(ROW_ARGS(r, f), A_STR("state", f->state), A_INT("version", f->version)),
                   affected);
}

struct error *flow_enforce(struct request *r, const struct flow_row *f, struct str note, uint64_t *affected)
{
    const struct sql_arg *args = ARGS(A_STR("id", f->id), A_INT("version", f->version), A_OPT("note", note), NOW(r), BY(r)),
                         *plain = ARGS(A_STR("id", f->id), A_INT("version", f->version), NOW(r), BY(r));
    if (f->draft.n)
        TRY(db_exec(r->db, r->arena, &flow_version_insert_sql, args, NULL));
    TRY(db_exec(r->db, r->arena, &flow_succeed_sql, ARGS(A_STR("id", f->id), NOW(r), BY(r)), NULL));
    return db_exec(r->db, r->arena, &flow_enforce_sql, plain, affected);
}

struct error *flow_remove(struct request *r, struct str id, int64_t version, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &flow_remove_sql, ARGS(A_STR("id", id), A_INT("version", version)), affected);
}

struct error *flow_room(struct request *r)
{
    int64_t n;
    TRY(db_int(r->db, r->arena, &flow_room_sql, NO_ARGS, 0, &n));
    return n < FLOWS_MAX ? NULL : conflict(r, "there are %d flows already", FLOWS_MAX);
}

/* ---- seeding: backend/packs/flows/KIND.bpmn, for a kind that the platform has none of ---- */
static struct error *flows_seed(struct services *s, struct arena *a)
{
    for (size_t i = 0; flow_kind_at(i); i++) {
        const struct flow_rules *rules = &flow_kind_at(i)->rules;
        const char *id = arena_strdup(a, id_new().s);
        struct flow_model model;
        struct str xml;
        int64_t n;
        TRY(db_int(s->db, a, &flow_seeded_sql, ARGS(A_Z("kind", rules->kind)), 0, &n));
        if (n)
            continue;
        TRY(pack_text(s, a, arena_printf(a, "flows/%s.bpmn", rules->kind), BPMN_BYTES_MAX, &xml));
        TRY(bpmn_read(a, rules, xml, &model));
        TRY(db_exec(s->db, a, &flow_seed_sql,
                    ARGS(A_Z("id", id), A_Z("kind", rules->kind), A_Z("name", model.name), A_TIME(a, "now", clock_now_us())),
                    NULL));
        TRY(db_exec(s->db, a, &flow_version_seed_sql, ARGS(A_Z("id", id), A_STR("xml", xml), A_TIME(a, "now", clock_now_us())),
                    NULL));
    }
    return NULL;
}
SEEDER(flows, 33, flows_seed);
