/* The demonstration's warnings: a year of closed ones, and now some in every state. The same each time but for ids. */
#include "flow/task.h"
#include "http/services.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "org/org.h"
#include "packs/seed.h"
#include "warnings/dispatch.h"
#include "warnings/warning.h"

enum { WARNINGS = 110, OPEN_FROM = 92, UNITS_MAX = 256, HOUR_MIN = 60 };

SQL_SYSTEM(demo_receivers_sql, "the demonstration's own units", "SELECT id, region_code FROM orgs WHERE is_demo AND depth = 3 ORDER BY region_code, name");
SQL_SYSTEM(demo_issuer_sql, "the demonstration hangs below the root", "SELECT id FROM orgs WHERE parent_id IS NULL LIMIT 1");
SQL_SYSTEM(demo_people_sql, "the demonstration's own accounts", "SELECT id FROM users WHERE username = :name AND is_demo");
SQL(demo_warning_sql,
    "INSERT INTO warnings (id, number, title, kind_code, level, source_kind, content, cautions, measures, targets, state, targets_total, "
    "targets_written, targets_done, created_by, created_at, updated_at, submitted_by, submitted_at, approved_by, approved_at, published_by, "
    "published_at, closed_at, is_demo, " ORG_COLUMNS ") VALUES (:id, :number, :title, :kind, :level, :source, :content, :cautions, :measures, "
    ":targets, :state, :total, :written, :done, :drafter, :created, :created, :submitter, :submitted, :approver, :approved, :publisher, "
    ":published, :closed, TRUE, " ORG_VALUES ")");
SQL(demo_target_sql, "INSERT INTO warning_targets (warning_id, org_id) VALUES (:warning, :org)");
SQL(demo_dispatch_sql,
    "INSERT INTO dispatches (id, warning_id, issuer_org_id, title, level, region_code, state, round, dispatched_at, due_sign_at, "
    "due_feedback_at, due_fix_at, due_at, signed_at, first_feedback_at, feedback_on_time, closed_at, updated_at, is_demo, " ORG_COLUMNS ") "
    "VALUES (:id, :warning, :issuer, :title, :level, :region, :state, :round, :at, :due_sign, :due_feedback, :due_fix, :due, :signed, "
    ":fed, :on_time, :closed, :updated, TRUE, " ORG_VALUES ")");
SQL(demo_feedback_sql,
    "INSERT INTO feedbacks (id, dispatch_id, round, result, body, submitted_at, on_time, review, review_opinion, reviewed_by, reviewed_at, "
    "is_demo, " ORG_COLUMNS ") VALUES (:id, :dispatch, :round, :result, :body, :at, :on_time, :review, :opinion, :reviewer, :reviewed, TRUE, " ORG_VALUES ")");
SQL(demo_moment_sql,
    "INSERT INTO warning_timeline (id, warning_id, dispatch_id, at, action, actor_name, actor_org_name, amount, is_demo) "
    "VALUES (:id, :warning, :dispatch, :at, :action, :actor, :org, :amount, TRUE)");
SQL(demo_number_sql, "INSERT INTO number_series (kind, issuer, year, next_value) VALUES ('YJ', '530000', :year, :next) "
                     "ON DUPLICATE KEY UPDATE next_value = GREATEST(next_value, :next)");
/* What people did with the demonstration's accounts and units belongs to it: without them it would hang in the air. */
SQL_SYSTEM(demo_adopt_warnings_sql, "the demonstration as a whole",
           "UPDATE warnings SET is_demo = TRUE WHERE NOT is_demo AND created_by IN (SELECT id FROM users WHERE is_demo)");
SQL_SYSTEM(demo_adopt_dispatches_sql, "the demonstration as a whole",
           "UPDATE dispatches SET is_demo = TRUE WHERE NOT is_demo AND (org_id IN (SELECT id FROM orgs WHERE is_demo) OR "
           "warning_id IN (SELECT id FROM warnings WHERE is_demo))");
SQL_SYSTEM(demo_adopt_feedbacks_sql, "the demonstration as a whole",
           "UPDATE feedbacks SET is_demo = TRUE WHERE NOT is_demo AND dispatch_id IN (SELECT id FROM dispatches WHERE is_demo)");
SQL_SYSTEM(demo_adopt_tasks_sql, "the demonstration as a whole",
           "UPDATE tasks SET is_demo = TRUE WHERE NOT is_demo AND (root_id IN (SELECT id FROM warnings WHERE is_demo) OR "
           "subject_id IN (SELECT id FROM dispatches WHERE is_demo))");
SQL_SYSTEM(demo_adopt_timeline_sql, "the demonstration as a whole",
           "UPDATE warning_timeline SET is_demo = TRUE WHERE NOT is_demo AND (warning_id IN (SELECT id FROM warnings WHERE is_demo) "
           "OR dispatch_id IN (SELECT id FROM dispatches WHERE is_demo))");
SQL_SYSTEM(demo_tasks_remove_sql, "the demonstration as a whole", "DELETE FROM tasks WHERE is_demo");
SQL(demo_timeline_remove_sql, "DELETE FROM warning_timeline WHERE is_demo");
SQL_SYSTEM(demo_feedbacks_remove_sql, "the demonstration as a whole", "DELETE FROM feedbacks WHERE is_demo");
SQL_SYSTEM(demo_dispatches_remove_sql, "the demonstration as a whole", "DELETE FROM dispatches WHERE is_demo");
SQL_SYSTEM(demo_targets_remove_sql, "the demonstration as a whole", "DELETE FROM warning_targets WHERE warning_id IN (SELECT id FROM warnings WHERE is_demo)");
SQL_SYSTEM(demo_warnings_remove_sql, "the demonstration as a whole", "DELETE FROM warnings WHERE is_demo");

struct demo {
    struct services *s;
    struct arena *a;
    json_t *pack;
    int64_t now;
    struct org_stamp issuer, unit[UNITS_MAX];
    char region[UNITS_MAX][7], drafter[37], approver[37];
    int units;
    uint32_t seed;
    int64_t numbers[2]; /* of last year and this one */
};

/* A small generator of its own: the same picture on every installation. */
static unsigned any(struct demo *d, unsigned n)
{
    d->seed = d->seed * 1664525u + 1013904223u;
    return (d->seed >> 8) % n;
}

struct made {
    char id[37];
    const char *title;
    int level;
    enum warning_state state;
    int64_t created, published, closed;
    int total, done;
};

static const int receipt_min[5] = {0, 30, 60, 120, 480}, feedback_min[5] = {0, 60, 120, 480, 1440}, fix_min[5] = {0, 720, 1440, 4320, 10080};

static struct error *moment(struct demo *d, const char *warning, const char *dispatch, int64_t at, const char *action, const char *actor,
                            const char *org, int64_t amount)
{
    return db_exec(d->s->db, d->a, &demo_moment_sql,
                   ARGS(A_Z("id", id_new().s), A_Z("warning", warning), A_Z("dispatch", dispatch), A_TIME(d->a, "at", at), A_Z("action", action),
                        A_Z("actor", actor), A_Z("org", org), amount ? A_INT("amount", amount) : A_NULL("amount")),
                   NULL);
}

static struct error *open_task(struct demo *d, const char *kind, const char *id, const struct made *w, const char *step, int64_t due,
                               const struct org_stamp *org, int64_t at)
{
    if (!step)
        return NULL;
    struct task t = {.subject_kind = kind, .subject_id = id, .root_id = w->id, .step = step, .title = w->title,
                     .permission = flow_step_permission(step), .level = w->level, .due = due, .org = org, .is_demo = true};
    return task_open(d->s->db, d->a, &t, at);
}

struct part {
    enum dispatch_state state;
    int64_t signed_at, fed_at, closed_at, due;
    bool on_time;
    int round;
};

/* How far one unit is: closed warnings are answered by all, open ones by some, and a few are late. */
static struct part part_of(struct demo *d, const struct made *w, int unit)
{
    struct part p = {.round = 1};
    bool late = any(d, 100) < (unit % 9 == 4 ? 35u : 7u);
    int64_t sign = (int64_t)(receipt_min[w->level] * (int)(late ? 90 + any(d, 60) : 10 + any(d, 70)) / 100 + 3) * MINUTE_US;
    int64_t feed = (int64_t)(feedback_min[w->level] * (int)(late ? 105 + any(d, 80) : 25 + any(d, 65)) / 100 + 9) * MINUTE_US;
    int64_t close = feed + (int64_t)(20 + any(d, 400)) * MINUTE_US;
    bool ended = w->state == WARNING_CLOSED || w->state == WARNING_WITHDRAWN;
    p.state = ended ? (any(d, 40) == 0 ? DISPATCH_TERMINATED : DISPATCH_ACCEPTED) : (enum dispatch_state)(any(d, 10) < 3 ? DISPATCH_ACCEPTED : any(d, 4));
    if (!ended && w->published + close > d->now && p.state == DISPATCH_ACCEPTED)
        p.state = DISPATCH_PENDING_SIGN;
    if (!ended && p.state >= DISPATCH_REVIEWING && w->published + feed > d->now)
        p.state = DISPATCH_HANDLING;
    if (p.state != DISPATCH_PENDING_SIGN)
        p.signed_at = w->published + sign < d->now ? w->published + sign : d->now - MINUTE_US;
    if (p.state >= DISPATCH_REVIEWING)
        p.fed_at = w->published + feed;
    p.on_time = !late;
    if (!dispatch_open(p.state))
        p.closed_at = w->published + close;
    if (p.state == DISPATCH_RETURNED || any(d, 12) == 0)
        p.round = p.state >= DISPATCH_REVIEWING ? 2 : 1;
    p.due = w->published + (int64_t)(p.state == DISPATCH_PENDING_SIGN ? receipt_min[w->level] : p.state == DISPATCH_HANDLING ? feedback_min[w->level] : fix_min[w->level]) * MINUTE_US;
    return p;
}

static struct error *add_feedback(struct demo *d, const char *dispatch, const struct part *p, const struct org_stamp *unit, int round)
{
    bool last = round == p->round;
    const char *review = !last ? "returned" : p->state == DISPATCH_ACCEPTED ? "accepted" : p->state == DISPATCH_TERMINATED ? "terminated" : NULL;
    int64_t at = p->fed_at - (int64_t)(p->round - round) * 30 * MINUTE_US;
    return db_exec(d->s->db, d->a, &demo_feedback_sql,
                   ARGS(A_Z("id", id_new().s), A_Z("dispatch", dispatch), A_INT("round", round), A_Z("result", any(d, 6) ? "handled" : "not_involved"),
                        A_Z("body", last ? "已完成排查，涉及系统已升级并复测，未再检出。" : "已升级部分服务器，其余正在安排。"), A_TIME(d->a, "at", at),
                        A_INT("on_time", p->on_time), A_Z("review", review), A_Z("opinion", last ? NULL : "请补充同网段资产的排查结果。"),
                        A_Z("reviewer", review ? d->drafter : NULL), A_TIME(d->a, "reviewed", review ? at + 15 * MINUTE_US : 0), ORG_ARGS(unit)),
                   NULL);
}

static struct error *add_dispatch(struct demo *d, struct made *w, int u)
{
    const struct org_stamp *unit = &d->unit[u];
    struct part p = part_of(d, w, u);
    uuid id = id_new();
    const char *step = dispatch_open_step(p.state);
    TRY(db_exec(d->s->db, d->a, &demo_target_sql, ARGS(A_Z("warning", w->id), A_Z("org", unit->org_id)), NULL));
    TRY(db_exec(d->s->db, d->a, &demo_dispatch_sql,
                ARGS(A_Z("id", id.s), A_Z("warning", w->id), A_Z("issuer", d->issuer.org_id), A_Z("title", w->title), A_INT("level", w->level),
                     A_Z("region", d->region[u]), A_Z("state", dispatch_state_name(p.state)), A_INT("round", p.round), A_TIME(d->a, "at", w->published),
                     A_TIME(d->a, "due_sign", w->published + receipt_min[w->level] * MINUTE_US),
                     A_TIME(d->a, "due_feedback", w->published + feedback_min[w->level] * MINUTE_US),
                     A_TIME(d->a, "due_fix", w->published + fix_min[w->level] * MINUTE_US), A_TIME(d->a, "due", step ? p.due : 0),
                     A_TIME(d->a, "signed", p.signed_at), A_TIME(d->a, "fed", p.fed_at), p.fed_at ? A_INT("on_time", p.on_time) : A_NULL("on_time"),
                     A_TIME(d->a, "closed", p.closed_at),
                     A_TIME(d->a, "updated", p.closed_at ? p.closed_at : p.fed_at ? p.fed_at : p.signed_at ? p.signed_at : w->published), ORG_ARGS(unit)),
                NULL));
    for (int round = 1; p.fed_at && round <= p.round - (p.state == DISPATCH_RETURNED); round++)
        TRY(add_feedback(d, id.s, &p, unit, round));
    if (p.signed_at)
        TRY(moment(d, w->id, id.s, p.signed_at, "dispatch.sign", "联络员", NULL, 0));
    if (p.fed_at)
        TRY(moment(d, w->id, id.s, p.fed_at, "dispatch.feedback", "联络员", NULL, 0));
    if (p.closed_at) {
        TRY(moment(d, w->id, id.s, p.closed_at, p.state == DISPATCH_ACCEPTED ? "dispatch.accept" : "dispatch.terminate", "周敏", NULL, 0));
        w->done++;
        w->closed = p.closed_at > w->closed ? p.closed_at : w->closed;
    }
    w->total++;
    return open_task(d, "dispatch", id.s, w, step, p.due, p.state == DISPATCH_REVIEWING ? &d->issuer : unit, w->published);
}

static const char *next_number(struct demo *d, int64_t at)
{
    char now[11], then[11];
    clock_local_date(d->now, now);
    clock_local_date(at, then);
    int which = memcmp(now, then, 4) == 0;
    return arena_printf(d->a, "YJ-530000-%.4s-%06lld", then, (long long)++d->numbers[which]);
}

static struct error *insert_warning(struct demo *d, const struct made *w, int i)
{
    static const char *const kinds[] = {"vulnerability", "attack", "misconfiguration", "data_security", "vulnerability", "vulnerability",
                                        "malware", "supply_chain", "data_security", "major_event", "malware", "vulnerability"};
    static const char *const sources[] = {"local", "hisec", "upper", "technical", "vendor"};
    bool sent = w->state >= WARNING_REVIEW && w->state != WARNING_REJECTED, approved = w->state >= WARNING_APPROVED && w->state != WARNING_REJECTED;
    return db_exec(d->s->db, d->a, &demo_warning_sql,
                   ARGS(A_Z("id", w->id), A_Z("number", w->published ? next_number(d, w->published) : NULL), A_Z("title", w->title),
                        A_Z("kind", kinds[i % 12]), A_INT("level", w->level), A_Z("source", sources[i % 5]),
                        A_Z("content", "经研判，相关风险可能影响本地区单位的业务系统，请按要求排查处置并反馈。"),
                        A_Z("cautions", "处置前请做好备份，避免影响业务连续运行。"), A_Z("measures", "一、核对受影响版本；二、升级或采取缓解措施；三、复测并反馈结果。"),
                        A_Z("targets", "{\"orgs\":[],\"regions\":[\"530000\"],\"sectors\":[]}"), A_Z("state", warning_state_name(w->state)),
                        A_INT("total", w->total), A_INT("written", w->total), A_INT("done", w->done), A_Z("drafter", d->drafter),
                        A_TIME(d->a, "created", w->created), A_Z("submitter", sent ? d->drafter : NULL),
                        A_TIME(d->a, "submitted", sent ? w->created + 20 * MINUTE_US : 0), A_Z("approver", approved ? d->approver : NULL),
                        A_TIME(d->a, "approved", approved ? w->created + 50 * MINUTE_US : 0), A_Z("publisher", w->published ? d->drafter : NULL),
                        A_TIME(d->a, "published", w->published), A_TIME(d->a, "closed", w->state == WARNING_CLOSED ? w->closed : 0), ORG_ARGS(&d->issuer)),
                   NULL);
}

static struct error *add_warning(struct demo *d, int i)
{
    static const enum warning_state unpublished[] = {WARNING_DRAFT, WARNING_REVIEW, WARNING_APPROVED, WARNING_REJECTED, WARNING_DRAFT, WARNING_REVIEW};
    struct made w = {.level = any(d, 20) == 0 ? 1 : any(d, 4) == 0 ? 2 : any(d, 2) == 0 ? 3 : 4};
    json_t *titles = json_object_get(d->pack, "titles");
    memcpy(w.id, id_new().s, sizeof w.id);
    w.title = json_string_value(json_array_get(titles, (size_t)(i * 5 + i / 12) % json_array_size(titles)));
    bool open = i >= OPEN_FROM;
    w.created = d->now - (open ? (int64_t)(3 + (WARNINGS - i) * 7 + (int)any(d, 5)) * HOUR_MIN * MINUTE_US
                               : (int64_t)((OPEN_FROM - i) * 356 / OPEN_FROM + 9) * DAY_US - (int64_t)any(d, 600) * MINUTE_US);
    w.state = !open ? (i % 31 == 7 ? WARNING_WITHDRAWN : WARNING_CLOSED) : i >= WARNINGS - 6 ? unpublished[WARNINGS - 1 - i] : WARNING_PUBLISHED;
    if (w.state == WARNING_CLOSED || w.state == WARNING_PUBLISHED || w.state == WARNING_WITHDRAWN) {
        w.published = w.created + 65 * MINUTE_US;
        int count = 4 + (int)any(d, 16), from = (int)any(d, (unsigned)d->units);
        for (int k = 0; k < count; k++)
            TRY(add_dispatch(d, &w, (from + k * 3) % d->units));
        TRY(moment(d, w.id, NULL, w.published, "warning.publish", "周敏", "省委网信办", count));
    }
    TRY(moment(d, w.id, NULL, w.created, "warning.create", "周敏", "省委网信办", 0));
    TRY(insert_warning(d, &w, i));
    return open_task(d, "warning", w.id, &w, warning_open_step(w.state), 0, &d->issuer, w.created);
}

static struct error *one_text(struct demo *d, const struct sql_stmt *s, const struct sql_arg *args, char out[37])
{
    struct rows rows;
    bool found;
    TRY(db_one(d->s->db, d->a, s, args, &rows, &found));
    if (!found)
        return error_new(d->a, ERR_INTERNAL, "the demonstration's accounts are missing");
    memcpy(out, str_dup(d->a, row_text(&rows, 0)), 37);
    return rows_end(&rows);
}

static struct error *read_units(struct demo *d)
{
    struct rows rows;
    char *ids[UNITS_MAX], issuer[37];
    bool found;
    TRY(one_text(d, &demo_issuer_sql, NO_ARGS, issuer));
    TRY(org_stamp_get(d->s->db, d->a, issuer, &d->issuer, &found));
    TRY(one_text(d, &demo_people_sql, ARGS(A_Z("name", "analyst")), d->drafter));
    TRY(one_text(d, &demo_people_sql, ARGS(A_Z("name", "leader")), d->approver));
    TRY(db_query(d->s->db, d->a, &demo_receivers_sql, NO_ARGS, &rows));
    while (d->units < UNITS_MAX && rows_next(&rows)) {
        ids[d->units] = row_dup(&rows, d->a, 0);
        memcpy(d->region[d->units++], str_dup(d->a, row_text(&rows, 1)), 7);
    }
    TRY(rows_end(&rows));
    for (int i = 0; i < d->units; i++)
        TRY(org_stamp_get(d->s->db, d->a, ids[i], &d->unit[i], &found));
    return NULL;
}

static struct error *warnings_load(struct services *s, struct arena *a)
{
    struct demo *d = arena_zalloc(a, sizeof *d);
    char year[11];
    d->s = s;
    d->a = a;
    d->now = clock_now_us();
    d->seed = 20260101;
    TRY(pack_read(s, a, "demo.json", &d->pack));
    TRY(read_units(d));
    for (int i = 0; i < WARNINGS; i++)
        TRY(add_warning(d, i));
    clock_local_date(d->now, year);
    int64_t y = 0;
    str_i64((struct str){year, 4}, &y);
    for (int k = 0; k < 2; k++)
        TRY(db_exec(s->db, a, &demo_number_sql, ARGS(A_INT("year", y - 1 + k), A_INT("next", d->numbers[k] + 1)), NULL));
    return NULL;
}

static struct error *warnings_remove(struct services *s, struct arena *a)
{
    const struct sql_stmt *const all[] = {&demo_adopt_warnings_sql, &demo_adopt_dispatches_sql, &demo_adopt_feedbacks_sql, &demo_adopt_tasks_sql,
                                          &demo_adopt_timeline_sql, &demo_tasks_remove_sql, &demo_timeline_remove_sql, &demo_feedbacks_remove_sql,
                                          &demo_dispatches_remove_sql, &demo_targets_remove_sql, &demo_warnings_remove_sql};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        TRY(db_exec(s->db, a, all[i], NO_ARGS, NULL));
    return NULL;
}
DEMO(warnings, 60, warnings_load, warnings_remove);
