#include "flow/put.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "queue/job.h"
#include "files/files.h"
#include "warnings/dispatch_act.h"
#include "warnings/dispatch_store.h"
#include "warnings/warning_notice.h"

struct error *dispatch_list(struct request *r);
struct error *dispatch_get(struct request *r);
struct error *dispatch_sign(struct request *r);
struct error *dispatch_feedback(struct request *r);
struct error *dispatch_accept(struct request *r);
struct error *dispatch_return(struct request *r);
struct error *dispatch_terminate(struct request *r);
struct error *dispatch_extend(struct request *r);

static struct error *answer(struct request *r)
{
    bool found;
    r->reply.n = 0;
    TRY(dispatch_put_one(r, param_str(r, "id"), &found));
    return found ? reply_written(r, 200) : not_found(r);
}

struct error *dispatch_list(struct request *r)
{
    struct page page;
    TRY(page_of(r, &page));
    struct str mine = param_str(r, "mine");
    int64_t total, now = clock_now_us(), hours = param_int(r, "due_hours", 0);
    struct dispatch_filter f = {.q = param_str(r, "q"),
                                .state = param_str(r, "state"),
                                .org = param_str(r, "org"),
                                .region = param_str(r, "region"),
                                .sector = param_str(r, "sector"),
                                .warning = param_str(r, "warning"),
                                .level = param_int(r, "level", 0),
                                .due_before = hours ? now + hours * 60 * MINUTE_US : 0,
                                .now = now,
                                .has_open = param_has(r, "open"),
                                .open = param_bool(r, "open", false),
                                .has_overdue = param_has(r, "overdue"),
                                .overdue = param_bool(r, "overdue", false),
                                .permissions = principal_permissions(r->arena, r->who)};
    bool open_only = (f.has_open && f.open) || (f.has_overdue && f.overdue) || hours;
    f.which = str_is(mine, "todo")   ? DISPATCHES_TODO
              : str_is(mine, "done") ? DISPATCHES_DONE
              : f.warning.p          ? DISPATCHES_OF_WARNING
              : open_only            ? DISPATCHES_OPEN
                                     : DISPATCHES_SEEN;
    f.from = param_time(r, "from", 0);
    f.to = param_time(r, "to", 0);
    TRY(dispatch_count(r, &f, &total));
    list_begin(r);
    TRY(dispatch_put_page(r, &f, &page));
    return list_end(r, &page, total, NULL);
}

struct error *dispatch_get(struct request *r)
{
    return answer(r);
}

/* ---- moving ---- */
struct act {
    struct dispatch d; /* as read, then as it shall be */
    const struct dispatch_move *m;
    struct calendar calendar;
    struct clock_rule rule;
    int64_t now, wished;
    struct actor by;
    struct str opinion;
};

static bool is_receiver(const struct request *r, const struct dispatch *d)
{
    return strcmp(r->who->org.org_id, d->org.org_id) == 0;
}

/* Who may act in which part comes first, then the state. */
static struct error *take_one(struct request *r, struct str id, enum dispatch_party who, struct act *x)
{
    bool found;
    x->now = clock_now_us();
    x->by = actor_of(r);
    TRY(dispatch_read(r, id, &x->d, &found));
    if (!found)
        return not_found(r);
    if (who == PARTY_RECEIVER && !is_receiver(r, &x->d))
        return error_new(r->arena, ERR_FORBIDDEN, "only the receiving unit itself does this");
    if (who == PARTY_REVIEWER && !x->d.reviewable)
        return error_new(r->arena, ERR_FORBIDDEN, "only the office that issued the warning does this");
    return NULL;
}

/* The dispatch that the path names, with the body's version and opinion. */
static struct error *take(struct request *r, enum dispatch_party who, struct act *x)
{
    TRY(take_one(r, param_str(r, "id"), who, x));
    x->opinion = body_str(r, "opinion");
    if (body_has(r, "version") && body_int(r, "version", 0) != x->d.version)
        return error_new(r->arena, ERR_STALE_VERSION, "version is %lld now", (long long)x->d.version);
    return NULL;
}

static struct error *allow(struct request *r, struct act *x, enum dispatch_action action)
{
    x->m = dispatch_move(x->d.state, action, x->d.inform);
    if (!x->m)
        return conflict(r, "a dispatch in state %s cannot be moved by %s", dispatch_state_name(x->d.state),
                        dispatch_action_name(action));
    bool found;
    struct org_stamp issuer;
    TRY(clock_rule_of(r->db, r->arena, x->d.level, &x->rule));
    TRY(org_stamp_get(r->db, r->arena, x->d.issuer_org, &issuer, &found));
    return calendar_load(r->db, r->arena, found ? &issuer : &x->d.org, &x->calendar);
}

static struct str audit_text(struct request *r, const struct act *x, enum dispatch_state state)
{
    struct buf b = buf_new(r->arena, 256, 4096);
    put_open(&b, NULL, '{');
    put_str(&b, "warning_id", str_of(x->d.warning_id));
    put_str(&b, "state", str_of(dispatch_state_name(state)));
    put_int(&b, "round", x->d.round);
    put_time(&b, "due_at", x->d.clock.due);
    buf_c(&b, '}');
    return buf_done(&b);
}

/* Receivers' steps go to the unit, the others to the office that issued the dispatch. */
static struct error *open_next(struct request *r, struct act *x, const char *step, int64_t due)
{
    bool found = true;
    struct org_stamp org = x->d.org;
    if (strcmp(flow_step_permission(step), "dispatch.review") == 0)
        TRY(org_stamp_get(r->db, r->arena, x->d.issuer_org, &org, &found));
    if (!found)
        return error_new(r->arena, ERR_CONFLICT, "the office that issued it is closed");
    return task_open(r->db, r->arena,
                     &(struct task){.subject_kind = "dispatch",
                                    .subject_id = x->d.id,
                                    .root_id = x->d.warning_id,
                                    .step = step,
                                    .title = x->d.title,
                                    .permission = flow_step_permission(step),
                                    .level = x->d.level,
                                    .due = due,
                                    .org = &org,
                                    .is_demo = x->d.is_demo},
                     x->now);
}

static struct error *raced(struct request *r)
{
    return conflict(r, "somebody else was faster");
}

/* Tasks, timeline, audit, outbox of a move whose row is written. */
static struct error *follow(struct request *r, struct act *x, struct str before, int64_t round)
{
    struct db *db = r->db;
    struct arena *a = r->arena;
    const struct dispatch_move *m = x->m;
    const char *action = dispatch_action_name(m->action);
    bool done, closed;
    if (m->completes)
        TRY(task_complete(db, a, x->d.id, m->completes, action, x->opinion, &x->by, x->now, &done));
    if (!m->keeps)
        TRY(task_cancel(db, a, x->d.id, NULL, x->now));
    if (m->opens)
        TRY(open_next(r, x, m->opens, m->action == DISPATCH_EXTEND_ASK ? 0 : x->d.clock.due));
    if (m->action == DISPATCH_EXTEND_GRANT)
        TRY(task_set_due(db, a, x->d.id, dispatch_open_step(m->to), x->d.clock.due));
    TRY(timeline_add(db, a,
                     &(struct moment){.warning_id = x->d.warning_id,
                                      .dispatch_id = x->d.id,
                                      .action = arena_printf(a, "dispatch.%s", action),
                                      .by = &x->by,
                                      .opinion = x->opinion,
                                      .round = round,
                                      .due = m->action == DISPATCH_EXTEND_ASK ? x->wished : x->d.clock.due,
                                      .is_demo = x->d.is_demo},
                     x->now));
    TRY(notice_moved(db, a, &x->d, m->action, &x->by, x->opinion, x->now));
    request_audit(r, "dispatch", x->d.id, &x->d.org, before, audit_text(r, x, m->to));
    TRY(outbox_put(db, a, "dispatch", x->d.id, NULL));
    if (dispatch_open(m->to))
        return NULL;
    TRY(warning_recount(db, a, x->d.warning_id, x->now, &closed));
    return closed ? outbox_put(db, a, "warning", x->d.warning_id, NULL) : NULL;
}

static struct error *move(struct request *r, struct act *x)
{
    const struct dispatch_move *m = x->m;
    struct str before = audit_text(r, x, m->from);
    int64_t round = x->d.round;
    bool moved;
    dispatch_clock_move(&x->d.clock, &x->calendar, &x->rule.time, m->action, m->from, m->to, x->now, x->wished);
    x->d.state = m->to;
    TRY(dispatch_save(r->db, r->arena, &x->d, m->from, r->who->id, x->now, &moved));
    if (!moved)
        return raced(r);
    return follow(r, x, before, round);
}

static struct error *do_sign(struct request *r, struct act *x)
{
    TRY(allow(r, x, DISPATCH_SIGN));
    x->d.signed_at = x->now;
    return move(r, x);
}

struct error *dispatch_sign(struct request *r)
{
    struct act x = {.wished = 0};
    TRY(take(r, PARTY_RECEIVER, &x));
    TRY(do_sign(r, &x));
    return answer(r);
}

struct error *dispatch_act_sign(struct request *r, const char *dispatch_id)
{
    struct act x = {.wished = 0};
    TRY(take_one(r, str_of(dispatch_id), PARTY_RECEIVER, &x));
    return do_sign(r, &x);
}

static struct error *do_feedback(struct request *r, struct act *x, struct str result, struct str text, json_t *file_ids)
{
    TRY(allow(r, x, DISPATCH_FEEDBACK));
    const char *bad, *id = arena_strdup(r->arena, id_new().s);
    if (!str_trim(text).n)
        return invalid(r, "text", "required", "the text is empty");
    bool on_time = !x->d.clock.due || x->now <= x->d.clock.due;
    TRY(feedback_add(r, &x->d, id, result, text, on_time, x->now));
    TRY(file_attach(r, "feedback", id, file_ids, &bad));
    if (bad)
        return invalid(r, bad, "unknown_file", "not an upload of yours that is still free");
    if (!x->d.first_feedback_at)
        x->d.first_feedback_at = x->now;
    x->opinion = result;
    return move(r, x);
}

struct error *dispatch_feedback(struct request *r)
{
    struct act x = {.wished = 0};
    TRY(take(r, PARTY_RECEIVER, &x));
    TRY(do_feedback(r, &x, body_str(r, "result"), body_str(r, "text"), body_get(r, "file_ids")));
    return answer(r);
}

struct error *dispatch_act_feedback(struct request *r, const char *dispatch_id, struct str result, struct str text)
{
    struct act x = {.wished = 0};
    TRY(take_one(r, str_of(dispatch_id), PARTY_RECEIVER, &x));
    return do_feedback(r, &x, result, text, NULL);
}

static struct error *review(struct request *r, enum dispatch_action action, const char *outcome)
{
    struct act x = {.wished = 0};
    TRY(take(r, PARTY_REVIEWER, &x));
    TRY(allow(r, &x, action));
    if (x.m->from == DISPATCH_REVIEWING)
        TRY(feedback_review(r, &x.d, outcome, x.opinion, x.now));
    x.wished = body_time(r, "due_at", x.wished);
    if (x.wished && x.wished <= x.now)
        return invalid(r, "due_at", "future", "the deadline is not in the future");
    int round = x.d.round;
    if (action == DISPATCH_RETURN)
        x.d.round = round + 1;
    TRY(move(r, &x));
    return answer(r);
}

struct error *dispatch_accept(struct request *r)
{
    return review(r, DISPATCH_ACCEPT, "accepted");
}

struct error *dispatch_return(struct request *r)
{
    return review(r, DISPATCH_RETURN, "returned");
}

struct error *dispatch_terminate(struct request *r)
{
    return review(r, DISPATCH_TERMINATE, "terminated");
}

/* ---- extending ---- */
static struct error *wished_later(struct request *r, struct act *x)
{
    x->wished = body_time(r, "due_at", x->wished);
    if (!x->wished)
        return invalid(r, "due_at", "required", "the new deadline is missing");
    if (x->wished <= x->now || x->wished <= x->d.clock.due)
        return invalid(r, "due_at", "later", "the new deadline is not later than the present one");
    if (x->wished > x->now + 366 * DAY_US)
        return invalid(r, "due_at", "max", "at most one year from now");
    return NULL;
}

static struct error *ask(struct request *r, struct act *x)
{
    bool moved;
    TRY(allow(r, x, DISPATCH_EXTEND_ASK));
    if (x->d.extension_due)
        return conflict(r, "a request to extend is open already");
    if (!str_trim(x->opinion).n)
        return invalid(r, "opinion", "required", "say why");
    TRY(wished_later(r, x));
    TRY(dispatch_ask_extension(r->db, r->arena, &x->d, x->wished, x->opinion, x->now, &moved));
    return moved ? follow(r, x, audit_text(r, x, x->m->from), x->d.round) : raced(r);
}

static struct error *decide(struct request *r, struct act *x, bool grant)
{
    TRY(allow(r, x, grant ? DISPATCH_EXTEND_GRANT : DISPATCH_EXTEND_REFUSE));
    if (!grant && !x->d.extension_due)
        return conflict(r, "no request to extend is open");
    if (!grant && !str_trim(x->opinion).n)
        return invalid(r, "opinion", "required", "say why");
    if (grant && x->d.extension_due && !body_has(r, "due_at"))
        x->wished = x->d.extension_due;
    if (grant)
        TRY(wished_later(r, x));
    if (grant)
        x->d.extensions++;
    return move(r, x);
}

struct error *dispatch_extend(struct request *r)
{
    struct act x = {.wished = 0};
    TRY(take(r, PARTY_NONE, &x));
    bool office = x.d.reviewable && principal_may(r->who, "dispatch.review");
    bool unit = is_receiver(r, &x.d) && principal_may(r->who, "dispatch.feedback");
    if (office)
        TRY(decide(r, &x, body_bool(r, "grant", true)));
    else if (unit)
        TRY(ask(r, &x));
    else
        return error_new(r->arena, ERR_FORBIDDEN, "neither the receiving unit nor the issuing office");
    return answer(r);
}
