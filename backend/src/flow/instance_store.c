#include "flow/instance_store.h"

#include "http/org_columns.h"
#include "kernel/id.h"
#include "org/realm.h"

#define LOCKED "the handler has checked what the caller may do with the subject"

SQL_SYSTEM(flow_in_force_sql, "a flow of a realm applies to all below it",
           "SELECT f.id, f.n, v.xml FROM flows f JOIN flow_versions v ON v.flow_id = f.id AND v.n = f.n "
           "WHERE f.active_kind = :kind AND" IN_REALMS(f) "ORDER BY" REALM_ORDER(f) "LIMIT 1");
#define INSTANCE_COLUMNS                                                                                                     \
    "SELECT i.id, i.subject_id, i.initiator_id, i.title, f.name, i.version, i.n, i.created_at, i.level, i.is_demo, i.kind, " \
    "v.xml, i.data, i.org_id, i.org_l1, i.org_l2, i.org_l3, i.org_l4, i.org_l5, i.org_l6, i.sector_code "                    \
    "FROM flow_instances i JOIN flow_versions v ON v.flow_id = i.flow_id AND v.n = i.n JOIN flows f ON f.id = i.flow_id "    \
    "WHERE i.id = :id"
SQL_SYSTEM(instance_row_sql, LOCKED, INSTANCE_COLUMNS);
/* By itself: a join would lock the flow as well, and all that runs along it would wait. */
SQL_SYSTEM(instance_lock_sql, LOCKED, "SELECT 1 FROM flow_instances WHERE id = :id FOR UPDATE");
SQL_SYSTEM(instance_running_sql, LOCKED,
           "SELECT i.id FROM flow_instances i WHERE i.running_key = CONCAT(:kind, ':', CAST(:subject AS UUID))");
SQL_SYSTEM(instance_newest_sql, LOCKED,
           "SELECT i.id FROM flow_instances i WHERE i.subject_id = :subject AND i.kind = :kind ORDER BY i.created_at DESC LIMIT 1");
SQL(instance_insert_sql,
    "INSERT INTO flow_instances (id, flow_id, n, kind, subject_id, title, level, data, initiator_id, is_demo, created_at, "
    "updated_at, " ORG_COLUMNS ") VALUES (:id, :flow, :n, :kind, :subject, :title, :level, :data, :initiator, :demo, :now, "
    ":now, " ORG_VALUES ")");
SQL_SYSTEM(instance_save_sql, LOCKED,
           "UPDATE flow_instances SET data = :data, state = :state, result = :result, version = version + 1, updated_at = :now "
           "WHERE id = :id AND version = :version");

SQL(seat_open_sql,
    "INSERT INTO tasks (id, subject_kind, subject_id, root_id, step, title, level, permission, user_id, due_at, opened_at, "
    "instance_id, seat, node, node_name, is_demo, " ORG_COLUMNS
    ") VALUES (:id, :kind, :subject, :subject, :step, :title, :level, :permission, "
    ":user, :due, :now, :instance, :seat, :node, :name, :demo, " ORG_VALUES ")");
#define SEAT " WHERE instance_id = :instance AND seat = :seat AND state = 'open'"
SQL_SYSTEM(seat_close_sql, LOCKED,
           "UPDATE tasks SET state = 'done', outcome = :outcome, opinion = :opinion, closed_at = :now, closed_by = :by, "
           "closed_org_id = :by_org" SEAT);
SQL_SYSTEM(seat_cancel_sql, LOCKED, "UPDATE tasks SET state = 'cancelled', closed_at = :now" SEAT);
SQL_SYSTEM(seat_assign_sql, LOCKED,
           "UPDATE tasks SET user_id = :user, org_id = :org_id, org_l1 = :org_l1, org_l2 = :org_l2, org_l3 = :org_l3, "
           "org_l4 = :org_l4, org_l5 = :org_l5, org_l6 = :org_l6, sector_code = :sector_code" SEAT);
SQL_SYSTEM(seat_due_sql, LOCKED, "UPDATE tasks SET due_at = :due, told = 0" SEAT);
#define MY_SEAT "t.org_id = :org AND (t.user_id IS NULL OR t.user_id = :me) AND FIND_IN_SET(t.permission, :permissions)"
SQL_SYSTEM(seat_own_sql, "own organisation and permissions",
           "SELECT t.seat FROM tasks t WHERE t.instance_id = :instance AND t.state = 'open' AND " MY_SEAT
           " ORDER BY t.user_id IS NULL, t.seat LIMIT 1");
SQL_SYSTEM(seat_of_task_sql, "the handler decides by what the caller is to it",
           "SELECT t.instance_id, t.seat, t.permission, t.state = 'open', t.state = 'open' AND " MY_SEAT
           ", t.org_id, t.org_l1, t.org_l2, t.org_l3, t.org_l4, t.org_l5, t.org_l6, t.sector_code "
           "FROM tasks t WHERE t.id = :id AND t.instance_id IS NOT NULL");
SQL_SYSTEM(seat_rows_sql, "the handler has checked that the caller sees the subject",
           "SELECT t.seat, t.id, t.user_id, u.display_name, o.name, t.due_at, t.opened_at, " MY_SEAT
           " FROM tasks t JOIN orgs o ON o.id = t.org_id LEFT JOIN users u ON u.id = t.user_id "
           "WHERE t.instance_id = :instance AND t.state = 'open' ORDER BY t.seat");

#define HOLDS                                                                                                               \
    "u.state = 'active' AND EXISTS (SELECT 1 FROM user_roles ur JOIN role_permissions rp ON rp.role_id = ur.role_id WHERE " \
    "ur.user_id = u.id AND rp.permission = :permission) "
SQL_SYSTEM(holder_sql, "a step may be anybody's who may do it",
           "SELECT u.display_name, u.org_id, u.org_l1, u.org_l2, u.org_l3, u.org_l4, u.org_l5, u.org_l6, u.sector_code "
           "FROM users u WHERE u.id = :user AND " HOLDS);
SQL_SYSTEM(
    holder_rows_sql, "colleagues of whoever has the to-do",
    "SELECT u.id, u.display_name, o.name FROM users u JOIN orgs o ON o.id = u.org_id WHERE u.org_id = :org AND " HOLDS
    "AND (:q IS NULL OR INSTR(u.display_name, :q) > 0 OR INSTR(u.username, :q) > 0) ORDER BY u.display_name, u.id LIMIT 100");

SQL_SYSTEM(account_name_sql, "the name of whoever has a seat", "SELECT u.display_name FROM users u WHERE u.id = :user");

SQL(timer_put_sql, "INSERT INTO flow_timers (instance_id, seat, node, fire_at) VALUES (:instance, :seat, :node, :at) "
                   "ON DUPLICATE KEY UPDATE fire_at = VALUES(fire_at)");
SQL(timer_drop_sql, "DELETE FROM flow_timers WHERE instance_id = :instance AND seat = :seat AND node = :node");
SQL(timers_due_sql, "SELECT instance_id, seat, node FROM flow_timers WHERE fire_at <= :now ORDER BY fire_at LIMIT :most");

SQL(moment_add_sql,
    "INSERT INTO flow_moments (id, instance_id, at, act, node_name, actor_id, actor_name, actor_org_name, whom, outcome, opinion, "
    "due_at) VALUES (:id, :instance, :now, :act, :node, :by, :name, :org, :whom, :outcome, :opinion, :due)");
SQL(moment_rows_sql, "SELECT act, node_name, actor_name, actor_org_name, whom, outcome, opinion, due_at, at FROM flow_moments "
                     "WHERE instance_id = :instance ORDER BY at, id LIMIT 1000");

struct error *flow_in_force(struct db *db, struct arena *a, const char *kind, const struct org_stamp *org, struct flow_drawing *out,
                            bool *found)
{
    struct realms realms;
    struct rows x;
    TRY(realm_chain(db, a, org, &realms));
    TRY(db_one(db, a, &flow_in_force_sql, ARGS(REALM_ARGS(&realms), A_Z("kind", kind)), &x, found));
    if (!*found)
        return NULL;
    str_copy(out->id, sizeof out->id, row_text(&x, 0));
    out->n = row_int(&x, 1);
    out->xml = str_of(row_dup(&x, a, 2));
    return rows_end(&x);
}

struct error *instance_row(struct db *db, struct arena *a, const char *id, bool lock, struct instance_row *out, bool *found)
{
    struct rows x;
    int64_t locked;
    if (lock)
        TRY(db_int(db, a, &instance_lock_sql, ARGS(A_Z("id", id)), 0, &locked));
    TRY(db_one(db, a, &instance_row_sql, ARGS(A_Z("id", id)), &x, found));
    if (!*found)
        return NULL;
    struct flow_instance *i = &out->x;
    *i = (struct flow_instance){.title = row_dup(&x, a, 3),
                                .flow_name = row_dup(&x, a, 4),
                                .version = row_int(&x, 5),
                                .n = row_int(&x, 6),
                                .created_at = row_time(&x, 7),
                                .level = (int)row_int(&x, 8),
                                .is_demo = row_int(&x, 9) != 0};
    str_copy(i->id, sizeof i->id, row_text(&x, 0));
    str_copy(i->subject_id, sizeof i->subject_id, row_text(&x, 1));
    str_copy(i->initiator, sizeof i->initiator, row_text(&x, 2));
    out->kind = str_of(row_dup(&x, a, 10));
    out->xml = str_of(row_dup(&x, a, 11));
    out->data = str_of(row_dup(&x, a, 12));
    row_org(&x, 13, &i->org);
    return rows_end(&x);
}

struct error *instance_of_subject(struct db *db, struct arena *a, const char *kind, const char *subject_id, bool any, char out[37])
{
    struct rows x;
    bool found;
    TRY(db_one(db, a, any ? &instance_newest_sql : &instance_running_sql, ARGS(A_Z("kind", kind), A_Z("subject", subject_id)), &x,
               &found));
    out[0] = '\0';
    if (!found)
        return NULL;
    str_copy(out, 37, row_text(&x, 0));
    return rows_end(&x);
}

static struct sql_arg level_of(const struct flow_instance *x)
{
    return x->level ? A_INT("level", x->level) : A_NULL("level");
}

struct error *instance_insert(struct db *db, struct arena *a, const struct flow_instance *x, const struct flow_drawing *d,
                              const char *data, int64_t now)
{
    return db_exec(db, a, &instance_insert_sql,
                   ARGS(A_Z("id", x->id), A_Z("flow", d->id), A_INT("n", d->n), A_Z("kind", x->kind->rules.kind),
                        A_Z("subject", x->subject_id), A_Z("title", x->title), level_of(x), A_Z("data", data),
                        A_OPT("initiator", str_of(x->initiator)), A_INT("demo", x->is_demo), A_TIME(a, "now", now),
                        ORG_ARGS(&x->org)),
                   NULL);
}

struct error *instance_save(struct db *db, struct arena *a, const struct flow_instance *x, const char *data, const char *result,
                            int64_t now, uint64_t *affected)
{
    return db_exec(db, a, &instance_save_sql,
                   ARGS(A_Z("id", x->id), A_INT("version", x->version), A_Z("data", data),
                        A_Z("state", flow_status_name[x->state->status]), A_Z("result", result), A_TIME(a, "now", now)),
                   affected);
}

/* ---- seats ---- */
struct error *seat_open(struct db *db, struct arena *a, const struct flow_instance *x, const struct flow_node *node, unsigned no,
                        const char *user, const struct org_stamp *org, int64_t due, int64_t now)
{
    struct str name = str_chars(str_of(flow_node_name(node)), 100);
    return db_exec(db, a, &seat_open_sql,
                   ARGS(A_Z("id", id_new().s), A_Z("kind", x->kind->subject_kind), A_Z("subject", x->subject_id),
                        A_Z("step", x->kind->step), A_Z("title", x->title), level_of(x), A_Z("permission", node->permission),
                        A_OPT("user", str_of(user)), A_TIME(a, "due", due), A_TIME(a, "now", now), A_Z("instance", x->id),
                        A_INT("seat", no), A_Z("node", node->id), A_STR("name", name), A_INT("demo", x->is_demo), ORG_ARGS(org)),
                   NULL);
}

#define SEAT_ARGS A_Z("instance", instance), A_INT("seat", no)

struct error *seat_close(struct db *db, struct arena *a, const char *instance, unsigned no, const char *outcome, struct str opinion,
                         const struct actor *by, int64_t now)
{
    return db_exec(db, a, &seat_close_sql,
                   ARGS(SEAT_ARGS, A_Z("outcome", outcome), A_OPT("opinion", opinion), A_Z("by", by->id), A_Z("by_org", by->org_id),
                        A_TIME(a, "now", now)),
                   NULL);
}

struct error *seat_cancel(struct db *db, struct arena *a, const char *instance, unsigned no, int64_t now)
{
    return db_exec(db, a, &seat_cancel_sql, ARGS(SEAT_ARGS, A_TIME(a, "now", now)), NULL);
}

struct error *seat_assign(struct db *db, struct arena *a, const char *instance, unsigned no, const char *user,
                          const struct org_stamp *org)
{
    return db_exec(db, a, &seat_assign_sql, ARGS(SEAT_ARGS, A_OPT("user", str_of(user)), ORG_ARGS(org)), NULL);
}

struct error *seat_due(struct db *db, struct arena *a, const char *instance, unsigned no, int64_t due)
{
    return db_exec(db, a, &seat_due_sql, ARGS(SEAT_ARGS, A_TIME(a, "due", due)), NULL);
}

#define ME(r) \
    A_Z("org", (r)->who->org.org_id), A_Z("me", (r)->who->id), A_Z("permissions", principal_permissions((r)->arena, (r)->who))

struct error *seat_own(struct request *r, const char *instance, unsigned *no)
{
    int64_t n;
    TRY(db_int(r->db, r->arena, &seat_own_sql, ARGS(A_Z("instance", instance), ME(r)), 0, &n));
    *no = (unsigned)n;
    return NULL;
}

struct error *seat_of_task(struct request *r, struct str task_id, struct seat *out, bool *found)
{
    struct rows x;
    TRY(db_one(r->db, r->arena, &seat_of_task_sql, ARGS(A_STR("id", task_id), ME(r)), &x, found));
    if (!*found)
        return NULL;
    *out = (struct seat){.no = (unsigned)row_int(&x, 1),
                         .permission = row_dup(&x, r->arena, 2),
                         .open = row_int(&x, 3) != 0,
                         .own = row_int(&x, 4) != 0};
    str_copy(out->instance, sizeof out->instance, row_text(&x, 0));
    row_org(&x, 5, &out->org);
    return rows_end(&x);
}

struct error *seat_rows(struct request *r, const char *instance, struct rows *out)
{
    return db_query(r->db, r->arena, &seat_rows_sql, ARGS(A_Z("instance", instance), ME(r)), out);
}

struct error *holder_of(struct db *db, struct arena *a, const char *user, const char *permission, const char **name,
                        struct org_stamp *org, bool *found)
{
    struct rows x;
    TRY(db_one(db, a, &holder_sql, ARGS(A_Z("user", user), A_Z("permission", permission)), &x, found));
    if (!*found)
        return NULL;
    *name = row_dup(&x, a, 0);
    row_org(&x, 1, org);
    return rows_end(&x);
}

struct error *account_name(struct request *r, struct str user, const char **out)
{
    struct rows x;
    bool found;
    *out = "";
    TRY(db_one(r->db, r->arena, &account_name_sql, ARGS(A_STR("user", user)), &x, &found));
    if (!found)
        return NULL;
    *out = row_dup(&x, r->arena, 0);
    return rows_end(&x);
}

struct error *holder_rows(struct request *r, const char *permission, const struct org_stamp *org, struct str q, struct rows *out)
{
    return db_query(r->db, r->arena, &holder_rows_sql, ARGS(A_Z("permission", permission), A_Z("org", org->org_id), A_OPT("q", q)),
                    out);
}

/* ---- timers ---- */
#define TIMER_ARGS A_Z("instance", instance), A_INT("seat", seat), A_Z("node", node)

struct error *timer_put(struct db *db, struct arena *a, const char *instance, unsigned seat, const char *node, int64_t at)
{
    return db_exec(db, a, &timer_put_sql, ARGS(TIMER_ARGS, A_TIME(a, "at", at)), NULL);
}

struct error *timer_drop(struct db *db, struct arena *a, const char *instance, unsigned seat, const char *node)
{
    return db_exec(db, a, &timer_drop_sql, ARGS(TIMER_ARGS), NULL);
}

struct error *timers_due(struct db *db, struct arena *a, int64_t now, unsigned most, struct rows *out)
{
    return db_query(db, a, &timers_due_sql, ARGS(A_TIME(a, "now", now), A_INT("most", most)), out);
}

/* ---- the timeline ---- */
struct error *moment_add(struct db *db, struct arena *a, const char *instance, const struct flow_moment *m, int64_t now)
{
    static const struct actor platform = {0};
    const struct actor *by = m->by ? m->by : &platform;
    return db_exec(db, a, &moment_add_sql,
                   ARGS(A_Z("id", id_new().s), A_Z("instance", instance), A_TIME(a, "now", now), A_Z("act", m->act),
                        A_OPT("node", str_chars(str_of(m->node_name), 100)), A_Z("by", by->id), A_Z("name", by->name),
                        A_Z("org", by->org_name), A_OPT("whom", str_chars(str_of(m->whom), 1000)), A_Z("outcome", m->outcome),
                        A_OPT("opinion", m->opinion), A_TIME(a, "due", m->due)),
                   NULL);
}

struct error *moment_rows(struct request *r, const char *instance, struct rows *out)
{
    return db_query(r->db, r->arena, &moment_rows_sql, ARGS(A_Z("instance", instance)), out);
}
