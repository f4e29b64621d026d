/* The demonstration's warnings: a year of closed ones, and now some in every state. The same each time but for ids. */
#include <stdlib.h>

#include "flow/task.h"
#include "http/services.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "org/org.h"
#include "packs/seed.h"
#include "warnings/demo_life.h"
#include "warnings/dispatch_store.h"
#include "warnings/warning_move.h"

enum { CLOSED = 120, UNITS_MAX = 256, LEVELS = 4 };

SQL_SYSTEM(demo_receivers_sql, "the demonstration's own units",
           "SELECT o.id, o.region_code, o.name, COALESCE(u.display_name, p.name), u.id FROM orgs o "
           "LEFT JOIN people p ON p.org_id = o.id AND p.duty = 'liaison' AND p.is_demo "
           "LEFT JOIN users u ON u.org_id = o.id AND u.username LIKE '%.filler' AND u.is_demo "
           "WHERE o.is_demo AND o.depth = 3 ORDER BY o.region_code, o.name");
SQL_SYSTEM(demo_issuer_sql, "the demonstration hangs below the root", "SELECT id, name FROM orgs WHERE parent_id IS NULL LIMIT 1");
SQL_SYSTEM(demo_people_sql, "the demonstration's own accounts",
           "SELECT id, display_name FROM users WHERE username = :name AND is_demo");
SQL(demo_warning_sql,
    "INSERT INTO warnings (id, number, title, kind_code, level, source_kind, content, cautions, measures, targets, state, opinion, targets_total, "
    "targets_written, targets_done, created_by, created_at, updated_at, submitted_by, submitted_at, approved_by, approved_at, published_by, "
    "published_at, closed_at, is_demo, " ORG_COLUMNS
    ") VALUES (:id, :number, :title, :kind, :level, :source, :content, :cautions, :measures, "
    ":targets, :state, :opinion, :total, :written, :done, :drafter, :created, :created, :submitter, :submitted, :approver, :approved, :publisher, "
    ":published, :closed, TRUE, " ORG_VALUES ")");
SQL(demo_target_sql, "INSERT INTO warning_targets (warning_id, org_id) VALUES (:warning, :org)");
SQL(demo_dispatch_sql,
    "INSERT INTO dispatches (id, warning_id, issuer_org_id, title, level, region_code, state, round, dispatched_at, due_sign_at, "
    "due_feedback_at, due_fix_at, due_at, paused_at, paused_us, signed_at, signed_by, first_feedback_at, feedback_on_time, closed_at, "
    "extension_due_at, extension_reason, extension_asked_at, updated_at, is_demo, " ORG_COLUMNS ") "
    "VALUES (:id, :warning, :issuer, :title, :level, :region, :state, :round, :at, :due_sign, :due_feedback, :due_fix, :due, :paused, "
    ":paused_us, :signed, :signer, :fed, :on_time, :closed, :asked_due, :reason, :asked, :updated, TRUE, " ORG_VALUES ")");
SQL(demo_feedback_sql,
    "INSERT INTO feedbacks (id, dispatch_id, round, result, body, submitted_by, submitted_at, on_time, review, review_opinion, reviewed_by, "
    "reviewed_at, is_demo, " ORG_COLUMNS
    ") VALUES (:id, :dispatch, :round, :result, :body, :by, :at, :on_time, :review, :opinion, :reviewer, :reviewed, TRUE, " ORG_VALUES
    ")");
SQL(demo_moment_sql,
    "INSERT INTO warning_timeline (id, warning_id, dispatch_id, at, action, actor_id, actor_name, actor_org_name, opinion, round, due_at, "
    "amount, is_demo) VALUES (:id, :warning, :dispatch, :at, :action, :by, :actor, :org, :opinion, :round, :due, :amount, TRUE)");
SQL(demo_done_sql,
    "INSERT INTO tasks (id, subject_kind, subject_id, root_id, step, title, level, permission, state, outcome, opinion, due_at, opened_at, "
    "closed_at, closed_by, closed_org_id, is_demo, " ORG_COLUMNS
    ") VALUES (:id, :kind, :subject, :root, :step, :title, :level, :permission, "
    "'done', :outcome, :opinion, :due, :opened, :closed, :by, :org_of, TRUE, " ORG_VALUES ")");
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
SQL_SYSTEM(
    demo_adopt_timeline_sql, "the demonstration as a whole",
    "UPDATE warning_timeline SET is_demo = TRUE WHERE NOT is_demo AND (warning_id IN (SELECT id FROM warnings WHERE is_demo) "
    "OR dispatch_id IN (SELECT id FROM dispatches WHERE is_demo))");
SQL_SYSTEM(demo_tasks_remove_sql, "the demonstration as a whole", "DELETE FROM tasks WHERE is_demo");
SQL(demo_timeline_remove_sql, "DELETE FROM warning_timeline WHERE is_demo");
SQL_SYSTEM(demo_feedbacks_remove_sql, "the demonstration as a whole", "DELETE FROM feedbacks WHERE is_demo");
SQL_SYSTEM(demo_dispatches_remove_sql, "the demonstration as a whole", "DELETE FROM dispatches WHERE is_demo");
SQL_SYSTEM(demo_targets_remove_sql, "the demonstration as a whole",
           "DELETE FROM warning_targets WHERE warning_id IN (SELECT id FROM warnings WHERE is_demo)");
SQL_SYSTEM(demo_warnings_remove_sql, "the demonstration as a whole", "DELETE FROM warnings WHERE is_demo");
SQL_SYSTEM(demo_approvals_remove_sql, "the demonstration as a whole",
           "DELETE FROM flow_instances WHERE is_demo AND subject_id NOT IN (SELECT id FROM warnings)");

/* Who acts in the story. id is NULL for people without an account. */
struct side {
    struct org_stamp org;
    struct actor who;
    char region[7];
};

struct demo {
    struct services *s;
    struct arena *a;
    json_t *pack;
    int64_t now;
    struct side drafter, leader, unit[UNITS_MAX];
    int units;
    uint32_t seed;
    int64_t numbers[2]; /* of last year and this one */
    struct calendar calendar;
    struct clock_rule rule[LEVELS + 1];
};

struct made {
    char id[37];
    const char *title, *kind, *content, *measures, *number;
    int level, total, done;
    enum warning_state state;
    int64_t created, submitted, approved, published, closed;
    json_t *targets;
};

/* What is open now: published so many minutes ago to so many units, oldest first. Long clocks prevail, so that the picture
 * stays true for some days. */
static const struct {
    int level, minutes, units;
} open_now[] = {{4, 9300, 9},  {3, 4300, 12}, {4, 4000, 18}, {2, 2300, 8}, {4, 2200, 11}, {3, 1800, 16}, {2, 1300, 14},
                {4, 1200, 15}, {3, 700, 9},   {4, 420, 8},   {1, 330, 12}, {2, 240, 10},  {3, 150, 16},  {4, 70, 18}};
static const struct {
    enum warning_state state;
    int level, minutes;
} unpublished[] = {{WARNING_REJECTED, 3, 2100}, {WARNING_DRAFT, 4, 1500}, {WARNING_APPROVED, 3, 460},
                   {WARNING_REVIEW, 2, 190},    {WARNING_REVIEW, 4, 95},  {WARNING_DRAFT, 3, 40}};
enum { OPEN = sizeof open_now / sizeof *open_now, UNPUBLISHED = sizeof unpublished / sizeof *unpublished };

static unsigned any(struct demo *d, unsigned n)
{
    return demo_any(&d->seed, n);
}

static const char *word(struct demo *d, const char *list)
{
    json_t *words = json_object_get(d->pack, list);
    return json_string_value(json_array_get(words, any(d, (unsigned)json_array_size(words))));
}

/* ---- rows ---- */
static struct error *moment(struct demo *d, const char *dispatch, int64_t at, const struct moment *m)
{
    return db_exec(d->s->db, d->a, &demo_moment_sql,
                   ARGS(A_Z("id", id_new().s), A_Z("warning", m->warning_id), A_Z("dispatch", dispatch), A_TIME(d->a, "at", at),
                        A_Z("action", m->action), A_Z("by", m->by->id), A_Z("actor", m->by->name), A_Z("org", m->by->org_name),
                        A_OPT("opinion", m->opinion), m->round ? A_INT("round", m->round) : A_NULL("round"),
                        A_TIME(d->a, "due", m->due), m->amount ? A_INT("amount", m->amount) : A_NULL("amount")),
                   NULL);
}

struct step {
    const char *kind, *subject, *step, *outcome, *opinion;
    int64_t opened, closed, due; /* closed = 0: it is open */
    const struct side *by;
};

static struct error *put_step(struct demo *d, const struct made *w, const struct step *x)
{
    if (!x->closed) {
        struct task t = {.subject_kind = x->kind,
                         .subject_id = x->subject,
                         .root_id = w->id,
                         .step = x->step,
                         .title = w->title,
                         .permission = flow_step_permission(x->step),
                         .level = w->level,
                         .due = x->due,
                         .org = &x->by->org,
                         .is_demo = true};
        return task_open(d->s->db, d->a, &t, x->opened);
    }
    return db_exec(d->s->db, d->a, &demo_done_sql,
                   ARGS(A_Z("id", id_new().s), A_Z("kind", x->kind), A_Z("subject", x->subject), A_Z("root", w->id),
                        A_Z("step", x->step), A_Z("title", w->title), A_INT("level", w->level),
                        A_Z("permission", flow_step_permission(x->step)), A_Z("outcome", x->outcome), A_Z("opinion", x->opinion),
                        A_TIME(d->a, "due", x->due), A_TIME(d->a, "opened", x->opened), A_TIME(d->a, "closed", x->closed),
                        A_Z("by", x->by->who.id), A_Z("org_of", x->by->org.org_id), ORG_ARGS(&x->by->org)),
                   NULL);
}

static struct error *put_dispatch(struct demo *d, const struct made *w, const struct side *unit, const char *id,
                                  const struct demo_life *l)
{
    bool open = dispatch_open(l->state);
    const struct dispatch_clock *k = &l->clock;
    int64_t fed = l->of[0].fed_at, updated = l->closed_at ? l->closed_at : fed ? fed : l->signed_at ? l->signed_at : w->published;
    TRY(db_exec(d->s->db, d->a, &demo_target_sql, ARGS(A_Z("warning", w->id), A_Z("org", unit->org.org_id)), NULL));
    return db_exec(d->s->db, d->a, &demo_dispatch_sql,
                   ARGS(A_Z("id", id), A_Z("warning", w->id), A_Z("issuer", d->drafter.org.org_id), A_Z("title", w->title),
                        A_INT("level", w->level), A_Z("region", unit->region), A_Z("state", dispatch_state_name(l->state)),
                        A_INT("round", l->round), A_TIME(d->a, "at", w->published), A_TIME(d->a, "due_sign", k->due_sign),
                        A_TIME(d->a, "due_feedback", k->due_feedback), A_TIME(d->a, "due_fix", k->due_fix),
                        A_TIME(d->a, "due", open ? k->due : 0), A_TIME(d->a, "paused", k->paused_at),
                        A_INT("paused_us", k->paused_us), A_TIME(d->a, "signed", l->signed_at),
                        A_Z("signer", l->signed_at ? unit->who.id : NULL), A_TIME(d->a, "fed", fed),
                        fed ? A_INT("on_time", l->of[0].on_time) : A_NULL("on_time"), A_TIME(d->a, "closed", l->closed_at),
                        A_TIME(d->a, "asked_due", l->asked_due), A_Z("reason", l->asked_at ? word(d, "reasons") : NULL),
                        A_TIME(d->a, "asked", l->asked_at), A_TIME(d->a, "updated", updated), ORG_ARGS(&unit->org)),
                   NULL);
}

/* One round: the feedback, and the decision where there is one. */
static struct error *put_round(struct demo *d, const struct made *w, const struct side *unit, const char *id,
                               const struct demo_life *l, int i, int64_t opened)
{
    static const char *const reviews[DISPATCH_ACTIONS] = {
        [DISPATCH_ACCEPT] = "accepted", [DISPATCH_RETURN] = "returned", [DISPATCH_TERMINATE] = "terminated"};
    const struct demo_round *r = &l->of[i];
    bool back = r->reviewed_at && r->outcome == DISPATCH_RETURN, involved = any(d, 6) != 0;
    const char *opinion = back ? word(d, "returns") : NULL, *result = involved || back ? "handled" : "not_involved";
    const char *action = r->reviewed_at ? arena_printf(d->a, "dispatch.%s", dispatch_action_name(r->outcome)) : NULL;
    TRY(db_exec(d->s->db, d->a, &demo_feedback_sql,
                ARGS(A_Z("id", id_new().s), A_Z("dispatch", id), A_INT("round", i + 1), A_Z("result", result),
                     A_Z("body", word(d, back       ? "partial"
                                         : involved ? "replies"
                                                    : "not_involved")),
                     A_Z("by", unit->who.id), A_TIME(d->a, "at", r->fed_at), A_INT("on_time", r->on_time),
                     A_Z("review", r->reviewed_at ? reviews[r->outcome] : NULL), A_Z("opinion", opinion),
                     A_Z("reviewer", r->reviewed_at ? d->drafter.who.id : NULL), A_TIME(d->a, "reviewed", r->reviewed_at),
                     ORG_ARGS(&unit->org)),
                NULL));
    TRY(moment(
        d, id, r->fed_at,
        &(struct moment){
            .warning_id = w->id, .action = "dispatch.feedback", .by = &unit->who, .opinion = str_of(result), .round = i + 1}));
    TRY(put_step(d, w,
                 &(struct step){"dispatch", id, "feedback", "feedback", result, opened, r->fed_at,
                                i ? l->clock.due_fix : l->clock.due_feedback, unit}));
    if (!r->reviewed_at)
        return NULL;
    TRY(moment(d, id, r->reviewed_at,
               &(struct moment){.warning_id = w->id,
                                .action = action,
                                .by = &d->drafter.who,
                                .opinion = opinion ? str_of(opinion) : (struct str){NULL, 0},
                                .round = i + 1}));
    return put_step(d, w,
                    &(struct step){"dispatch", id, "review", dispatch_action_name(r->outcome), opinion, r->fed_at, r->reviewed_at,
                                   0, &d->drafter});
}

static struct error *put_ask(struct demo *d, const struct made *w, const struct side *unit, const char *id,
                             const struct demo_life *l)
{
    if (!l->asked_at)
        return NULL;
    TRY(moment(
        d, id, l->asked_at,
        &(struct moment){
            .warning_id = w->id, .action = "dispatch.extend_ask", .by = &unit->who, .due = l->asked_due, .round = l->round}));
    return put_step(d, w, &(struct step){"dispatch", id, "extend", NULL, NULL, l->asked_at, 0, 0, &d->drafter});
}

static struct error *add_dispatch(struct demo *d, struct made *w, int u, const struct demo_plan *p)
{
    const struct side *unit = &d->unit[u];
    struct demo_life l;
    demo_live(p, &d->seed, &l);
    const char *id = arena_strdup(d->a, id_new().s), *step = dispatch_open_step(l.state);
    int64_t opened = w->published;
    TRY(put_dispatch(d, w, unit, id, &l));
    if (l.signed_at) {
        TRY(moment(d, id, l.signed_at,
                   &(struct moment){.warning_id = w->id, .action = "dispatch.sign", .by = &unit->who, .round = 1}));
        TRY(put_step(d, w, &(struct step){"dispatch", id, "sign", "sign", NULL, opened, l.signed_at, l.clock.due_sign, unit}));
        opened = l.signed_at;
    }
    for (int i = 0; i < l.rounds; i++) {
        TRY(put_round(d, w, unit, id, &l, i, opened));
        opened = l.of[i].reviewed_at ? l.of[i].reviewed_at : l.of[i].fed_at;
    }
    TRY(put_ask(d, w, unit, id, &l));
    w->total++;
    w->done += !dispatch_open(l.state);
    w->closed = l.closed_at > w->closed ? l.closed_at : w->closed;
    bool ours = l.state == DISPATCH_REVIEWING;
    return step
               ? put_step(d, w, &(struct step){"dispatch", id, step, NULL, NULL, opened, 0, l.clock.due, ours ? &d->drafter : unit})
               : NULL;
}

/* ---- warnings ---- */
static const char *next_number(struct demo *d, int64_t at)
{
    char now[11], then[11];
    clock_local_date(d->now, now);
    clock_local_date(at, then);
    int which = memcmp(now, then, 4) == 0;
    return arena_printf(d->a, "YJ-530000-%.4s-%06lld", then, (long long)++d->numbers[which]);
}

static struct made new_warning(struct demo *d, int i, int level, int64_t created)
{
    json_t *notices = json_object_get(d->pack, "notices");
    json_t *n = json_array_get(notices, (size_t)(i * 11 + i / 28) % json_array_size(notices));
    struct made w = {.title = json_string_value(json_object_get(n, "title")),
                     .kind = json_string_value(json_object_get(n, "kind")),
                     .content = json_string_value(json_object_get(n, "content")),
                     .measures = json_string_value(json_object_get(n, "measures")),
                     .level = level,
                     .created = created,
                     .targets = json_array()};
    memcpy(w.id, id_new().s, sizeof w.id);
    return w;
}

static struct error *insert_warning(struct demo *d, const struct made *w)
{
    static const char *const sources[] = {"local", "hisec", "upper", "technical", "vendor"};
    json_t *targets = json_pack("{s:o,s:[],s:[]}", "orgs", w->targets, "regions", "sectors");
    if (!w->published)
        json_array_append_new(json_object_get(targets, "regions"), json_string("530100"));
    char *text = json_dumps(targets, JSON_COMPACT);
    json_decref(targets);
    const char *rejected = w->state == WARNING_REJECTED ? word(d, "rejects") : NULL;
    struct error *e =
        db_exec(d->s->db, d->a, &demo_warning_sql,
                ARGS(A_Z("id", w->id), A_Z("number", w->number), A_Z("title", w->title), A_Z("kind", w->kind),
                     A_INT("level", w->level), A_Z("source", sources[any(d, 5)]), A_Z("content", w->content),
                     A_Z("cautions", "处置前请做好备份，避免影响业务连续运行。"), A_Z("measures", w->measures),
                     A_Z("targets", text), A_Z("state", warning_state_name(w->state)), A_Z("opinion", rejected),
                     A_INT("total", w->total), A_INT("written", w->total), A_INT("done", w->done),
                     A_Z("drafter", d->drafter.who.id), A_TIME(d->a, "created", w->created),
                     A_Z("submitter", w->submitted ? d->drafter.who.id : NULL), A_TIME(d->a, "submitted", w->submitted),
                     A_Z("approver", w->approved ? d->leader.who.id : NULL), A_TIME(d->a, "approved", w->approved),
                     A_Z("publisher", w->published ? d->drafter.who.id : NULL), A_TIME(d->a, "published", w->published),
                     A_TIME(d->a, "closed", w->state == WARNING_CLOSED || w->state == WARNING_WITHDRAWN ? w->closed : 0),
                     ORG_ARGS(&d->drafter.org)),
                NULL);
    free(text);
    return e;
}

/* What the office did with it, up to its present state. */
static struct error *office(struct demo *d, const struct made *w)
{
    const struct actor *us = &d->drafter.who, *chief = &d->leader.who;
    const char *open = warning_open_step(w->state), *verdict = w->state == WARNING_REJECTED ? "reject" : "approve";
    int64_t opened = w->approved ? w->approved : w->submitted ? w->submitted : w->created;
    int64_t decided = w->state == WARNING_REJECTED ? w->submitted + 35 * MINUTE_US : w->approved;
    TRY(moment(d, NULL, w->created, &(struct moment){.warning_id = w->id, .action = "warning.create", .by = us}));
    if (w->submitted)
        TRY(moment(d, NULL, w->submitted, &(struct moment){.warning_id = w->id, .action = "warning.submit", .by = us}));
    if (decided) {
        TRY(moment(d, NULL, decided,
                   &(struct moment){.warning_id = w->id, .action = arena_printf(d->a, "warning.%s", verdict), .by = chief}));
        TRY(put_step(d, w, &(struct step){"warning", w->id, "approve", verdict, NULL, w->submitted, decided, 0, &d->leader}));
    }
    if (w->published) {
        TRY(moment(d, NULL, w->published,
                   &(struct moment){.warning_id = w->id, .action = "warning.publish", .by = us, .amount = w->total}));
        TRY(put_step(d, w,
                     &(struct step){"warning", w->id, "publish", "publish", NULL, w->approved, w->published, 0, &d->drafter}));
    }
    if (w->state == WARNING_WITHDRAWN)
        TRY(moment(d, NULL, w->closed, &(struct moment){.warning_id = w->id, .action = "warning.withdraw", .by = us}));
    if (w->state == WARNING_CLOSED)
        TRY(moment(d, NULL, w->closed, &(struct moment){.warning_id = w->id, .action = "warning.close", .by = &(struct actor){0}}));
    if (w->state == WARNING_REVIEW) {
        struct warning stored;
        bool found;
        TRY(warning_lock(d->s->db, d->a, w->id, &stored, &found));
        TRY(warning_begin_approval(&(struct moving){.services = d->s, .arena = d->a, .by = us, .now = w->submitted}, &stored,
                                   stored.targets_total));
    }
    return open ? put_step(d, w, &(struct step){"warning", w->id, open, NULL, NULL, opened, 0, 0, &d->drafter}) : NULL;
}

/* Published `at`: 65 minutes for drafting, submission and approval before. count units, those with accounts first if asked. */
static struct error *add_published(struct demo *d, int i, int level, int64_t at, int count, bool open, bool familiar)
{
    struct made w = new_warning(d, i, level, at - 65 * MINUTE_US);
    w.submitted = at - 45 * MINUTE_US;
    w.approved = at - 15 * MINUTE_US;
    w.published = at;
    w.number = next_number(d, at);
    int64_t withdrawn = !open && i % 31 == 7 ? at + 200 * MINUTE_US : 0;
    int from = (int)any(d, (unsigned)d->units), n = 0;
    for (int k = 0; k < d->units && n < count; k++) {
        int u = familiar ? k : (from + k * 3) % d->units;
        if (familiar && !d->unit[u].who.id)
            continue;
        struct demo_plan p = {.calendar = &d->calendar,
                              .rule = &d->rule[level],
                              .published = at,
                              .now = d->now,
                              .withdrawn = withdrawn,
                              .weak = u % 9 == 4,
                              .answers = !open,
                              .held = open && n == 2};
        TRY(add_dispatch(d, &w, u, &p));
        json_array_append_new(w.targets, json_string(d->unit[u].org.org_id));
        n++;
    }
    w.state = withdrawn ? WARNING_WITHDRAWN : w.done == w.total ? WARNING_CLOSED : WARNING_PUBLISHED;
    w.closed = withdrawn ? withdrawn : w.closed;
    TRY(insert_warning(d, &w));
    return office(d, &w);
}

static struct error *add_unpublished(struct demo *d, int i, int k)
{
    enum warning_state state = unpublished[k].state;
    struct made w = new_warning(d, i, unpublished[k].level, d->now - unpublished[k].minutes * MINUTE_US);
    w.state = state;
    w.submitted = state == WARNING_DRAFT ? 0 : w.created + 20 * MINUTE_US;
    w.approved = state == WARNING_APPROVED ? w.created + 50 * MINUTE_US : 0;
    TRY(insert_warning(d, &w));
    return office(d, &w);
}

/* Some level, red the rarest. */
static int some_level(struct demo *d)
{
    unsigned n = any(d, 40);
    return n < 2 ? 1 : n < 11 ? 2 : n < 24 ? 3 : 4;
}

/* A year that grows denser towards now; the last closed one is 9 days old. In local office hours. */
static int64_t closed_at(struct demo *d, int i)
{
    int left = CLOSED - i, day = clock_local_day(d->now) - 9 - 356 * left * left / (CLOSED * CLOSED);
    return clock_local_midnight(day) + (int64_t)(10 * 60 + any(d, 400)) * MINUTE_US;
}

/* ---- reading what the parts before have made ---- */
static struct error *read_side(struct demo *d, const char *username, struct side *out)
{
    struct rows rows;
    bool found;
    TRY(db_one(d->s->db, d->a, &demo_people_sql, ARGS(A_Z("name", username)), &rows, &found));
    if (!found)
        return error_new(d->a, ERR_INTERNAL, "the demonstration's accounts are missing");
    out->who.id = row_dup(&rows, d->a, 0);
    out->who.name = row_dup(&rows, d->a, 1);
    TRY(rows_end(&rows));
    TRY(db_one(d->s->db, d->a, &demo_issuer_sql, NO_ARGS, &rows, &found));
    out->who.org_id = row_dup(&rows, d->a, 0);
    out->who.org_name = row_dup(&rows, d->a, 1);
    TRY(rows_end(&rows));
    return org_stamp_get(d->s->db, d->a, out->who.org_id, &out->org, &found);
}

static struct error *read_units(struct demo *d)
{
    struct rows rows;
    bool found;
    TRY(db_query(d->s->db, d->a, &demo_receivers_sql, NO_ARGS, &rows));
    while (d->units < UNITS_MAX && rows_next(&rows)) {
        struct side *u = &d->unit[d->units++];
        u->who = (struct actor){.org_id = row_dup(&rows, d->a, 0),
                                .org_name = row_dup(&rows, d->a, 2),
                                .name = row_dup(&rows, d->a, 3),
                                .id = row_null(&rows, 4) ? NULL : row_dup(&rows, d->a, 4)};
        memcpy(u->region, str_dup(d->a, row_text(&rows, 1)), 7);
    }
    TRY(rows_end(&rows));
    for (int i = 0; i < d->units; i++)
        TRY(org_stamp_get(d->s->db, d->a, d->unit[i].who.org_id, &d->unit[i].org, &found));
    return NULL;
}

static struct error *read_world(struct demo *d)
{
    TRY(pack_read(d->s, d->a, "demo.json", &d->pack));
    TRY(read_side(d, "analyst", &d->drafter));
    TRY(read_side(d, "leader", &d->leader));
    TRY(read_units(d));
    TRY(calendar_load(d->s->db, d->a, &d->drafter.org, &d->calendar));
    for (int level = 1; level <= LEVELS; level++)
        TRY(clock_rule_of(d->s->db, d->a, level, &d->rule[level]));
    return NULL;
}

static struct error *number_on(struct demo *d)
{
    char year[11];
    int64_t y = 0;
    clock_local_date(d->now, year);
    str_i64((struct str){year, 4}, &y);
    for (int k = 0; k < 2; k++)
        TRY(db_exec(d->s->db, d->a, &demo_number_sql, ARGS(A_INT("year", y - 1 + k), A_INT("next", d->numbers[k] + 1)), NULL));
    return NULL;
}

static struct error *warnings_load(struct services *s, struct arena *a)
{
    struct demo *d = arena_zalloc(a, sizeof *d);
    d->s = s;
    d->a = a;
    d->now = clock_now_us();
    d->seed = 20260101;
    TRY(read_world(d));
    for (int i = 0; i < CLOSED; i++) {
        int level = some_level(d), count = 5 + (int)any(d, 15);
        TRY(add_published(d, i, level, closed_at(d, i), count, false, false));
    }
    for (int k = 0; k < (int)OPEN; k++)
        TRY(add_published(d, CLOSED + k, open_now[k].level, d->now - open_now[k].minutes * MINUTE_US, open_now[k].units, true,
                          false));
    TRY(add_published(d, CLOSED + (int)OPEN, 3, d->now - 50 * MINUTE_US, UNITS_MAX, true, true));
    for (int k = 0; k < (int)UNPUBLISHED; k++)
        TRY(add_unpublished(d, CLOSED + (int)OPEN + 1 + k, k));
    return number_on(d);
}

static struct error *warnings_remove(struct services *s, struct arena *a)
{
    const struct sql_stmt *const all[] = {&demo_adopt_warnings_sql,  &demo_adopt_dispatches_sql, &demo_adopt_feedbacks_sql,
                                          &demo_adopt_tasks_sql,     &demo_adopt_timeline_sql,   &demo_tasks_remove_sql,
                                          &demo_timeline_remove_sql, &demo_feedbacks_remove_sql, &demo_dispatches_remove_sql,
                                          &demo_targets_remove_sql,  &demo_warnings_remove_sql,  &demo_approvals_remove_sql};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        TRY(db_exec(s->db, a, all[i], NO_ARGS, NULL));
    return NULL;
}
DEMO(warnings, 60, warnings_load, warnings_remove);
