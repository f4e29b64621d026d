#include "flow/task_store.h"

#include "flow/task.h"
#include "kernel/id.h"
#include "org/realm.h"

SQL(task_open_sql,
    "INSERT INTO tasks (id, subject_kind, subject_id, root_id, step, title, level, permission, due_at, opened_at, is_demo, " ORG_COLUMNS
    ") VALUES (:id, :subject_kind, :subject_id, :root_id, :step, :title, :level, :permission, :due, :now, "
    ":is_demo, " ORG_VALUES ")");
SQL_SYSTEM(task_complete_sql, "the subject was checked against the caller's scope",
           "UPDATE tasks SET state = 'done', outcome = :outcome, opinion = :opinion, closed_at = :now, closed_by = :by, "
           "closed_org_id = :by_org WHERE open_key = CONCAT(:subject_id, ':', :step)");
SQL_SYSTEM(task_cancel_sql, "the subject was checked against the caller's scope",
           "UPDATE tasks SET state = 'cancelled', closed_at = :now WHERE subject_kind IN ('warning', 'dispatch') "
           "AND subject_id = :subject_id AND state = 'open' AND (:except IS NULL OR step <> :except)");
SQL_SYSTEM(task_cancel_root_sql, "the root was checked against the caller's scope",
           "UPDATE tasks SET state = 'cancelled', closed_at = :now WHERE root_id = :root_id AND state = 'open' LIMIT :most");
SQL_SYSTEM(task_set_due_sql, "the subject was checked against the caller's scope",
           "UPDATE tasks SET due_at = :due, told = 0 WHERE open_key = CONCAT(:subject_id, ':', :step)");
#define DUE_COLUMNS                                                                                                           \
    "SELECT t.id, t.subject_kind, t.subject_id, t.title, t.permission, t.user_id, t.node_name, t.level, t.due_at, t.org_id, " \
    "t.org_l1, t.org_l2, t.org_l3, t.org_l4, t.org_l5, t.org_l6, t.sector_code FROM tasks t FORCE INDEX (ix_tasks_told) "     \
    "WHERE t.state = 'open' AND "
SQL_SYSTEM(tasks_late_sql, "deadlines of everybody",
           DUE_COLUMNS "t.told IN (0, 1) AND t.due_at <= :now LIMIT :most FOR UPDATE SKIP LOCKED");
SQL_SYSTEM(tasks_near_sql, "deadlines of everybody",
           DUE_COLUMNS "t.told = 0 AND t.due_at > :now AND t.due_at <= :now + INTERVAL 1 DAY AND "
                       "TIMESTAMPDIFF(SECOND, :now, t.due_at) * 5 <= TIMESTAMPDIFF(SECOND, t.opened_at, t.due_at) "
                       "LIMIT :most FOR UPDATE SKIP LOCKED");
SQL_SYSTEM(
    tasks_told_sql, "deadlines of everybody",
    "UPDATE tasks t JOIN JSON_TABLE(:ids, '$[*]' COLUMNS (id CHAR(36) PATH '$')) j ON t.id = CAST(j.id AS UUID) SET t.told = :told");
SQL_SYSTEM(calendar_sql, "the calendar of a realm applies to all below it",
           "SELECT c.day, c.working FROM calendar_days c WHERE" IN_REALMS(c) "ORDER BY c.day," REALM_ORDER(c) "LIMIT 12000");

#define TASK_COLUMNS                                                                                                          \
    "t.id, t.subject_kind, t.subject_id, t.root_id, t.step, t.title, t.level, t.state, COALESCE(d.state, w.state, c.state), " \
    "uo.name, t.org_id, o.name, t.due_at, t.state = 'open' AND t.due_at < :now, t.opened_at, t.closed_at, "                   \
    "u.display_name, t.outcome, t.opinion, t.node_name "
#define TASK_JOINS                                                                                                  \
    "JOIN orgs o ON o.id = t.org_id LEFT JOIN dispatches d ON t.subject_kind = 'dispatch' AND d.id = t.subject_id " \
    "LEFT JOIN warnings w ON t.subject_kind = 'warning' AND w.id = t.subject_id "                                   \
    "LEFT JOIN asset_changes c ON t.subject_kind = 'asset_change' AND c.id = t.subject_id "                         \
    "LEFT JOIN orgs uo ON uo.id = d.org_id LEFT JOIN users u ON u.id = t.closed_by "
#define TASK_TODO                                                                      \
    "t.org_id = :org AND t.state = 'open' AND (t.user_id IS NULL OR t.user_id = :me) " \
    "AND FIND_IN_SET(t.permission, :permissions) "
#define TASK_DONE "t.closed_by = :me AND t.state = 'done' "
#define TASK_FILTER                                                                                                          \
    "AND (:q IS NULL OR INSTR(t.title, :q) > 0) AND (:level = 0 OR t.level = :level) AND (:step IS NULL OR t.step = :step) " \
    "AND (:overdue IS NULL OR COALESCE(t.due_at < :now AND t.state = 'open', FALSE) = :overdue) "

/* Own tasks are found by organisation, permission and person, not by the data scope. */
SQL_SYSTEM(task_todo_sql, "own organisation and permissions",
           "SELECT " TASK_COLUMNS "FROM (SELECT t.id FROM tasks t WHERE " TASK_TODO TASK_FILTER
           "ORDER BY t.due_at IS NULL, t.due_at, t.id LIMIT :offset, :size) p JOIN tasks t ON t.id = p.id " TASK_JOINS
           "ORDER BY t.due_at IS NULL, t.due_at, t.id");
SQL_SYSTEM(task_todo_count_sql, "own organisation and permissions",
           "SELECT COUNT(*) FROM (SELECT 1 FROM tasks t WHERE " TASK_TODO TASK_FILTER "LIMIT 10001) x");
SQL_SYSTEM(task_done_sql, "own acts",
           "SELECT " TASK_COLUMNS "FROM (SELECT t.id FROM tasks t WHERE " TASK_DONE TASK_FILTER
           "ORDER BY t.closed_at DESC, t.id DESC LIMIT :offset, :size) p JOIN tasks t ON t.id = p.id " TASK_JOINS
           "ORDER BY t.closed_at DESC, t.id DESC");
SQL_SYSTEM(task_done_count_sql, "own acts",
           "SELECT COUNT(*) FROM (SELECT 1 FROM tasks t WHERE " TASK_DONE TASK_FILTER "LIMIT 10001) x");
SQL_SYSTEM(task_steps_sql, "own organisation and permissions",
           "SELECT t.step, COUNT(*), COALESCE(SUM(t.due_at < :now), 0) FROM tasks t WHERE " TASK_TODO
           "GROUP BY t.step ORDER BY t.step");

struct error *task_open(struct db *db, struct arena *a, const struct task *t, int64_t now)
{
    struct sql_arg level = t->level ? A_INT("level", t->level) : A_NULL("level");
    return db_exec(db, a, &task_open_sql,
                   ARGS(A_Z("id", id_new().s), A_Z("subject_kind", t->subject_kind), A_Z("subject_id", t->subject_id),
                        A_Z("root_id", t->root_id), A_Z("step", t->step), A_Z("title", t->title), level,
                        A_Z("permission", t->permission), A_TIME(a, "due", t->due), A_TIME(a, "now", now),
                        A_INT("is_demo", t->is_demo), ORG_ARGS(t->org)),
                   NULL);
}

struct error *task_complete(struct db *db, struct arena *a, const char *subject_id, const char *step, const char *outcome,
                            struct str opinion, const struct actor *by, int64_t now, bool *done)
{
    uint64_t n = 0;
    TRY(db_exec(db, a, &task_complete_sql,
                ARGS(A_Z("outcome", outcome), A_OPT("opinion", opinion), A_TIME(a, "now", now), A_Z("by", by->id),
                     A_Z("by_org", by->org_id), A_Z("subject_id", subject_id), A_Z("step", step)),
                &n));
    *done = n == 1;
    return NULL;
}

struct error *task_cancel(struct db *db, struct arena *a, const char *subject_id, const char *except, int64_t now)
{
    return db_exec(db, a, &task_cancel_sql, ARGS(A_Z("subject_id", subject_id), A_Z("except", except), A_TIME(a, "now", now)),
                   NULL);
}

struct error *task_cancel_root(struct db *db, struct arena *a, const char *root_id, int most, int64_t now)
{
    return db_exec(db, a, &task_cancel_root_sql, ARGS(A_Z("root_id", root_id), A_INT("most", most), A_TIME(a, "now", now)), NULL);
}

struct error *task_set_due(struct db *db, struct arena *a, const char *subject_id, const char *step, int64_t due)
{
    return db_exec(db, a, &task_set_due_sql, ARGS(A_TIME(a, "due", due), A_Z("subject_id", subject_id), A_Z("step", step)), NULL);
}

struct error *tasks_near(struct db *db, struct arena *a, bool late, int64_t now, size_t most, struct due_task *out, size_t *n)
{
    struct buf ids = buf_new(a, 4096, most * 40 + 8);
    struct rows x;
    *n = 0;
    TRY(db_query(db, a, late ? &tasks_late_sql : &tasks_near_sql, ARGS(A_TIME(a, "now", now), A_INT("most", (int64_t)most)), &x));
    buf_c(&ids, '[');
    while (*n < most && rows_next(&x)) {
        struct due_task *t = &out[*n];
        buf_printf(&ids, "%s\"%s\"", *n ? "," : "", row_dup(&x, a, 0));
        *t = (struct due_task){.subject_kind = row_dup(&x, a, 1),
                               .subject_id = row_dup(&x, a, 2),
                               .title = row_dup(&x, a, 3),
                               .permission = row_dup(&x, a, 4),
                               .user_id = row_dup(&x, a, 5),
                               .node_name = row_dup(&x, a, 6),
                               .level = (int)row_int(&x, 7),
                               .due = row_time(&x, 8)};
        row_org(&x, 9, &t->org);
        ++*n;
    }
    TRY(rows_end(&x));
    buf_c(&ids, ']');
    return *n ? db_exec(db, a, &tasks_told_sql, ARGS(A_STR("ids", buf_done(&ids)), A_INT("told", late ? 2 : 1)), NULL) : NULL;
}

struct error *calendar_load(struct db *db, struct arena *a, const struct org_stamp *org, struct calendar *out)
{
    enum { DAYS_MAX = 4000, ZONE_OFFSET_S = 8 * 3600 };
    struct calendar_day *days = arena_array(a, DAYS_MAX, sizeof *days);
    struct realms realms;
    struct rows rows;
    *out = (struct calendar){.days = days, .offset_s = ZONE_OFFSET_S};
    TRY(realm_chain(db, a, org, &realms));
    TRY(db_query(db, a, &calendar_sql, ARGS(REALM_ARGS(&realms)), &rows));
    while (out->count < DAYS_MAX && rows_next(&rows)) {
        int32_t day = (int32_t)(row_time(&rows, 0) / DAY_US);
        if (!out->count || days[out->count - 1].day != day)
            days[out->count++] = (struct calendar_day){day, row_int(&rows, 1) != 0};
    }
    return rows_end(&rows);
}

struct actor actor_of(const struct request *r)
{
    return (struct actor){r->who->id, r->who->name, r->who->org.org_id, r->who->org_name};
}

#define TASK_ARGS(r, f)                                                                                                  \
    A_Z("org", (r)->who->org.org_id), A_Z("me", (r)->who->id), A_Z("permissions", (f)->permissions), A_OPT("q", (f)->q), \
        A_INT("level", (f)->level), A_OPT("step", (f)->step), A_TIME((r)->arena, "now", (f)->now),                       \
        (f)->has_overdue ? A_INT("overdue", (f)->overdue) : A_NULL("overdue")

struct error *task_page(struct request *r, const struct task_filter *f, const struct page *p, struct rows *out)
{
    return db_query(r->db, r->arena, f->done ? &task_done_sql : &task_todo_sql,
                    ARGS(TASK_ARGS(r, f), A_INT("offset", p->offset), A_INT("size", p->size)), out);
}

struct error *task_total(struct request *r, const struct task_filter *f, int64_t *out)
{
    return db_int(r->db, r->arena, f->done ? &task_done_count_sql : &task_todo_count_sql, ARGS(TASK_ARGS(r, f)), 0, out);
}

struct error *task_count_steps(struct request *r, const struct task_filter *f, struct rows *out)
{
    return db_query(r->db, r->arena, &task_steps_sql, ARGS(TASK_ARGS(r, f)), out);
}
