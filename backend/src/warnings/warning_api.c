#include "flow/put.h"
#include "ingest/event.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "org/group.h"
#include "queue/job.h"
#include "files/files.h"
#include "warnings/dispatch_store.h"
#include "warnings/warning_move.h"
#include "warnings/warning_store.h"

struct error *warning_list(struct request *r);
struct error *warning_create(struct request *r);
struct error *warning_get(struct request *r);
struct error *warning_update(struct request *r);
struct error *warning_delete(struct request *r);
struct error *warning_submit(struct request *r);
struct error *warning_approve(struct request *r);
struct error *warning_reject(struct request *r);
struct error *warning_publish(struct request *r);
struct error *warning_withdraw(struct request *r);
struct error *warning_dispatches(struct request *r);
struct error *warning_timeline(struct request *r);
struct error *warning_clocks(struct request *r);

/* One transaction changes at most so many dispatches and as many tasks; a job does what is left. */
enum { WITHDRAW_AT_ONCE = 2000, TARGETS_MAX = 20000 };

struct str warning_audit_text(struct arena *a, const struct warning *w, enum warning_state state)
{
    struct buf b = buf_new(a, 512, 8192);
    put_open(&b, NULL, '{');
    put_str(&b, "title", str_of(w->title));
    put_int(&b, "level", w->level);
    put_str(&b, "state", str_of(warning_state_name(state)));
    if (w->number)
        put_str(&b, "number", str_of(w->number));
    buf_c(&b, '}');
    return buf_done(&b);
}

struct error *warning_clocks(struct request *r)
{
    list_begin(r);
    TRY(warning_put_clocks(r));
    return list_end_whole(r);
}

static struct error *answer(struct request *r, struct str id, int status)
{
    bool found;
    r->reply.n = 0;
    TRY(warning_put_one(r, id, &found));
    return found ? reply_written(r, status) : not_found(r);
}

/* ---- reading ---- */
struct error *warning_list(struct request *r)
{
    struct page page;
    TRY(page_of(r, &page));
    struct warning_filter f = {.q = param_str(r, "q"),
                               .state = param_str(r, "state"),
                               .kind = param_str(r, "kind"),
                               .source = param_str(r, "source"),
                               .level = param_int(r, "level", 0),
                               .now = clock_now_us(),
                               .has_open = param_has(r, "open"),
                               .open = param_bool(r, "open", false),
                               .has_overdue = param_has(r, "overdue"),
                               .overdue = param_bool(r, "overdue", false)};
    f.from = param_time(r, "from", 0);
    f.published_from = param_time(r, "published_from", 0);
    f.published_to = param_time(r, "published_to", 0);
    f.to = param_time(r, "to", 0);
    int64_t total;
    TRY(warning_count(r, &f, &total));
    list_begin(r);
    TRY(warning_put_page(r, &f, &page));
    return list_end(r, &page, total, NULL);
}

struct error *warning_get(struct request *r)
{
    return answer(r, param_str(r, "id"), 200);
}

struct error *warning_timeline(struct request *r)
{
    struct page page;
    int64_t total;
    TRY(page_of(r, &page));
    list_begin(r);
    TRY(timeline_put_warning(r, param_str(r, "id"), &page, &total));
    if (!total)
        return not_found(r);
    return list_end(r, &page, total, NULL);
}

struct error *warning_dispatches(struct request *r)
{
    struct page page;
    bool seen;
    int64_t total;
    TRY(page_of(r, &page));
    TRY(warning_seen(r, param_str(r, "id"), &seen));
    if (!seen)
        return not_found(r);
    struct dispatch_filter f = {.which = DISPATCHES_OF_WARNING,
                                .warning = param_str(r, "id"),
                                .q = param_str(r, "q"),
                                .state = param_str(r, "state"),
                                .has_open = param_has(r, "open"),
                                .open = param_bool(r, "open", false),
                                .has_overdue = param_has(r, "overdue"),
                                .overdue = param_bool(r, "overdue", false),
                                .now = clock_now_us(),
                                .with_feedback = true};
    TRY(dispatch_count(r, &f, &total));
    list_begin(r);
    TRY(dispatch_put_page(r, &f, &page));
    return list_end(r, &page, total, NULL);
}

/* ---- drafting ---- */
static struct str dump(struct arena *a, const json_t *v)
{
    char *text = json_dumps(v, JSON_COMPACT);
    struct str s = str_of(arena_strdup(a, text ? text : "{}"));
    free(text);
    return s;
}

/* Members of the body over what is there already. */
static struct error *read_text(struct request *r, struct warning_text *t)
{
    static const struct {
        const char *name;
        size_t at;
    } texts[] = {{"title", offsetof(struct warning_text, title)},        {"kind_code", offsetof(struct warning_text, kind)},
                 {"source_kind", offsetof(struct warning_text, source)}, {"content", offsetof(struct warning_text, content)},
                 {"cautions", offsetof(struct warning_text, cautions)},  {"measures", offsetof(struct warning_text, measures)}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (body_has(r, texts[i].name))
            *(struct str *)(void *)((char *)t + texts[i].at) = body_str(r, texts[i].name);
    t->level = body_int(r, "level", t->level);
    if (body_has(r, "targets"))
        t->targets = dump(r->arena, body_get(r, "targets"));
    t->valid_from = body_time(r, "valid_from", t->valid_from);
    t->valid_to = body_time(r, "valid_to", t->valid_to);
    if (t->valid_from && t->valid_to && t->valid_to <= t->valid_from)
        return invalid(r, "valid_to", "order", "valid_to is not after valid_from");
    if (!str_trim(t->title).n)
        return invalid(r, "title", "required", "the title is empty");
    const char *unknown;
    TRY(targets_unknown(r, t->targets, &unknown));
    if (unknown[0])
        return invalid(r, "targets", "unknown_org", "organisation %s is not active inside your scope", unknown);
    TRY(group_unknown(r, t->targets, &unknown));
    if (unknown[0])
        return invalid(r, "targets", "unknown_group", "there is no group %s for you", unknown);
    return NULL;
}

static struct error *attach(struct request *r, const char *id)
{
    const char *bad;
    TRY(file_attach(r, "warning", id, body_get(r, "file_ids"), &bad));
    if (bad)
        return invalid(r, bad, "unknown_file", "not an upload of yours that is still free");
    return NULL;
}

/* What is known of the event now goes with the warning; its one owner is the target unless others are named. */
static struct error *from_event(struct request *r, struct str event_id, struct warning_text *t)
{
    struct event_snapshot e;
    bool found;
    TRY(event_snapshot(r, event_id, &e, &found));
    if (!found)
        return invalid(r, "event_id", "unknown", "there is no such event in your scope");
    t->event_id = event_id;
    t->event = e.event;
    t->owner = e.owner;
    if (e.org_id)
        t->targets = str_of(arena_printf(r->arena, "{\"orgs\":[\"%s\"]}", e.org_id));
    return NULL;
}

struct error *warning_create(struct request *r)
{
    const char *id = arena_strdup(r->arena, id_new().s);
    int64_t now = clock_now_us();
    struct warning_text t = {
        .source = STR("local"), .content = STR(""), .cautions = STR(""), .measures = STR(""), .targets = STR("{}")};
    if (body_str(r, "event_id").n)
        TRY(from_event(r, body_str(r, "event_id"), &t));
    TRY(read_text(r, &t));
    TRY(warning_insert(r, id, &t, now));
    TRY(attach(r, id));
    struct actor by = actor_of(r);
    TRY(timeline_add(r->db, r->arena, &(struct moment){.warning_id = id, .action = "warning.create", .by = &by}, now));
    struct warning w;
    bool found;
    TRY(warning_own(r, str_of(id), &w, &found));
    if (!found)
        return invalid(r, "title", "scope", "your organisation is outside your own data scope");
    request_audit(r, "warning", id, &w.org, (struct str){NULL, 0}, warning_audit_text(r->arena, &w, w.state));
    TRY(outbox_put(r->db, r->arena, "warning", id, NULL));
    r->location = arena_printf(r->arena, "/api/v1/warnings/%s", id);
    return answer(r, str_of(id), 201);
}

/* The warning that the path names, in a state that allows the action and with the version that the caller knows. */
static struct error *take(struct request *r, enum warning_action action, struct warning *w, const struct warning_move **m)
{
    bool found;
    TRY(warning_own(r, param_str(r, "id"), w, &found));
    if (!found)
        return not_found(r);
    if (body_has(r, "version") && body_int(r, "version", 0) != w->version)
        return error_new(r->arena, ERR_STALE_VERSION, "version is %lld now", (long long)w->version);
    *m = warning_move(w->state, action);
    if (!*m)
        return conflict(r, "a warning in state %s cannot be moved by %s", warning_state_name(w->state),
                        warning_action_name(action));
    return NULL;
}

static struct error *raced(struct request *r)
{
    return conflict(r, "somebody else was faster");
}

struct error *warning_update(struct request *r)
{
    struct warning w;
    const struct warning_move *m;
    bool moved;
    int64_t now = clock_now_us();
    TRY(take(r, WARNING_UPDATE, &w, &m));
    struct warning_text t;
    TRY(warning_text_of(r, &w, &t));
    TRY(read_text(r, &t));
    TRY(warning_change(r, &w, &t, now, &moved));
    if (!moved)
        return raced(r);
    TRY(attach(r, w.id));
    struct str before = warning_audit_text(r->arena, &w, w.state);
    w.title = str_dup(r->arena, t.title);
    w.level = (int)t.level;
    request_audit(r, "warning", w.id, &w.org, before, warning_audit_text(r->arena, &w, w.state));
    struct actor by = actor_of(r);
    TRY(timeline_add(r->db, r->arena, &(struct moment){.warning_id = w.id, .action = "warning.update", .by = &by}, now));
    TRY(outbox_put(r->db, r->arena, "warning", w.id, NULL));
    return answer(r, param_str(r, "id"), 200);
}

struct error *warning_delete(struct request *r)
{
    struct warning w;
    const struct warning_move *m;
    bool moved;
    TRY(take(r, WARNING_DELETE, &w, &m));
    TRY(warning_remove(r, &w, &moved));
    if (!moved)
        return raced(r);
    TRY(task_cancel(r->db, r->arena, w.id, NULL, clock_now_us()));
    request_audit(r, "warning", w.id, &w.org, warning_audit_text(r->arena, &w, w.state), (struct str){NULL, 0});
    TRY(outbox_put(r->db, r->arena, "warning", w.id, NULL));
    return reply_empty(r, 204);
}

/* ---- moving ---- */
static struct moving moving_by(struct request *r, const struct actor *by, int64_t now)
{
    return (struct moving){
        .services = r->services, .arena = r->arena, .request = r, .by = by, .opinion = body_str(r, "opinion"), .now = now};
}

struct error *warning_submit(struct request *r)
{
    struct warning w;
    const struct warning_move *m;
    int64_t units;
    TRY(take(r, WARNING_SUBMIT, &w, &m));
    if (!w.has_content)
        return invalid(r, "content", "required", "a warning without content is not submitted");
    TRY(targets_resolve(r, &w, &units));
    if (!units)
        return invalid(r, "targets", "required", "the targets name no unit");
    struct actor by = actor_of(r);
    struct moving x = moving_by(r, &by, clock_now_us());
    x.amount = units;
    TRY(warning_move_on(&x, &w, m));
    TRY(warning_begin_approval(&x, &w, units));
    return answer(r, param_str(r, "id"), 200);
}

/* The caller's step of the approval; the warning moves when it was the last one. */
static struct error *decide(struct request *r, enum warning_action action)
{
    struct warning w;
    const struct warning_move *m;
    bool ended;
    TRY(take(r, action, &w, &m));
    TRY(flow_complete_own(r, &warning_approval, w.id, warning_action_name(action), body_str(r, "opinion"), &ended));
    if (!ended)
        request_audit(r, "warning", w.id, &w.org, STR(""), warning_audit_text(r->arena, &w, w.state));
    return answer(r, param_str(r, "id"), 200);
}

struct error *warning_approve(struct request *r)
{
    return decide(r, WARNING_APPROVE);
}

struct error *warning_reject(struct request *r)
{
    return decide(r, WARNING_REJECT);
}

struct error *warning_publish(struct request *r)
{
    struct warning w;
    const struct warning_move *m;
    int64_t units, now = clock_now_us();
    TRY(take(r, WARNING_PUBLISH, &w, &m));
    TRY(targets_resolve(r, &w, &units));
    if (!units)
        return invalid(r, "targets", "required", "the targets name no unit");
    if (units > TARGETS_MAX)
        return invalid(r, "targets", "max_items", "at most %d units", TARGETS_MAX);
    const char *number, *job = arena_strdup(r->arena, id_new().s);
    TRY(warning_number(r->db, r->arena, &w, now, &number));
    w.number = number;
    struct actor by = actor_of(r);
    struct moving x = moving_by(r, &by, now);
    x.amount = units;
    TRY(warning_move_on(&x, &w, m));
    TRY(warning_publishing(r->db, r->arena, &w, number, job, units));
    TRY(job_put(r->services, r->arena, job, "warning_publish", json_pack("{s:s}", "warning_id", w.id), r->who->id, &w.org));
    return answer(r, param_str(r, "id"), 202);
}

struct error *warning_withdraw(struct request *r)
{
    struct warning w;
    const struct warning_move *m;
    int64_t now = clock_now_us();
    uint64_t ended;
    TRY(take(r, WARNING_WITHDRAW, &w, &m));
    struct actor by = actor_of(r);
    struct moving x = moving_by(r, &by, now);
    TRY(flow_stop(r->services, r->arena, &warning_approval, w.id, &by, x.opinion, now));
    TRY(warning_move_on(&x, &w, m));
    TRY(dispatch_withdraw_some(r->db, r->arena, w.id, WITHDRAW_AT_ONCE, now, &ended));
    TRY(task_cancel_root(r->db, r->arena, w.id, WITHDRAW_AT_ONCE * 2, now));
    if (ended == WITHDRAW_AT_ONCE)
        TRY(job_put(r->services, r->arena, arena_strdup(r->arena, id_new().s), "warning_withdraw",
                    json_pack("{s:s}", "warning_id", w.id), r->who->id, &w.org));
    return answer(r, param_str(r, "id"), 200);
}
