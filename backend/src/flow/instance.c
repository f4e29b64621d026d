#include "flow/instance.h"

#include <stdlib.h>

#include "flow/instance_store.h"
#include "json/read.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "notify/notify.h"
#include "settings/setting.h"

enum { STATE_DEPTH = 8 };

static const struct setting work_from = {.name = "work.from",
                                         .group = SETTINGS_GENERAL,
                                         .label_zh = "上班时间",
                                         .label_en = "Working hours begin",
                                         .help_zh = "审批环节的期限按工作时间计算时使用",
                                         .help_en = "for deadlines of approval steps in working time",
                                         .unit = "clock",
                                         .shipped = 9 * 60,
                                         .least = 0,
                                         .most = 12 * 60,
                                         .order = 10},
                            work_to = {.name = "work.to",
                                       .group = SETTINGS_GENERAL,
                                       .label_zh = "下班时间",
                                       .label_en = "Working hours end",
                                       .unit = "clock",
                                       .shipped = 17 * 60 + 30,
                                       .least = 12 * 60 + 30,
                                       .most = 1439,
                                       .order = 11};
SETTING(work_from);
SETTING(work_to);

/* One act on its way into rows. */
struct doing {
    struct db *db;
    struct arena *a;
    struct flow_instance *x;
    const struct act_note *note;
    enum flow_act_kind act;
    int64_t now;
    struct notice *notices;
    size_t notice_count;
};

static struct error *clock_of(struct services *s, struct arena *a, const struct org_stamp *org, int64_t now, struct flow_clock *out)
{
    int64_t from, to;
    struct calendar *calendar = arena_alloc(a, sizeof *calendar);
    struct work_time *work = arena_alloc(a, sizeof *work);
    TRY(setting_get(s, a, &work_from, &from));
    TRY(setting_get(s, a, &work_to, &to));
    *work = (struct work_time){true, (unsigned)from, (unsigned)to};
    *out = (struct flow_clock){now, calendar, work};
    return calendar_load(s->db, a, org, calendar);
}

/* ---- telling people ---- */
static void tell(struct doing *d, const char *event, const struct flow_node *node, const char *user, const struct org_stamp *org,
                 int64_t due)
{
    const struct actor *by = d->note->by;
    if (user[0] && by && by->id && strcmp(user, by->id) == 0)
        return;
    json_t *facts = json_pack("{s:s}", "step", flow_node_name(node));
    struct str opinion = str_chars(d->note->opinion, 500);
    if (by && by->name)
        json_object_set_new(facts, "actor", json_string(by->name));
    if (opinion.n)
        json_object_set_new(facts, "opinion", json_stringn(opinion.p, opinion.n));
    if (due) {
        char text[17];
        clock_local_minute(due, text);
        json_object_set_new(facts, "due", json_string(text));
    }
    d->notices[d->notice_count++] = (struct notice){.event = event,
                                                    .level = d->x->level,
                                                    .subject_kind = d->x->kind->subject_kind,
                                                    .subject_id = d->x->subject_id,
                                                    .title = str_of(d->x->title),
                                                    .facts = facts,
                                                    .org = org,
                                                    .permission = node->permission,
                                                    .user_id = user[0] ? user : NULL};
}

static struct error *send(struct doing *d)
{
    struct error *e = d->notice_count ? notice_put_many(d->db, d->a, d->notices, d->notice_count, d->now) : NULL;
    for (size_t i = 0; i < d->notice_count; i++)
        json_decref(d->notices[i].facts);
    d->notice_count = 0;
    return e;
}

/* ---- whose a seat is ---- */
static struct error *place_of(struct doing *d, const struct flow_node *node, struct org_stamp *out, bool *found)
{
    const struct org_stamp *org = &d->x->org;
    *found = true;
    *out = *org;
    if (strcmp(node->org, "superior") == 0)
        return org->depth > 1 ? org_stamp_get(d->db, d->a, org->level[org->depth - 2], out, found) : NULL;
    return strncmp(node->org, "org:", 4) == 0 ? org_stamp_get(d->db, d->a, node->org + 4, out, found) : NULL;
}

/* A person who may not act any more, or an organisation that is gone, must not stop the path: the step is then (vacant) whoever's
 * may do it in the same place. user becomes "" then. */
static struct error *who_of(struct doing *d, const struct flow_node *node, const char **user, struct org_stamp *org, bool *vacant)
{
    const char *name;
    bool found;
    *vacant = (*user)[0] != '\0';
    if (*vacant) {
        TRY(holder_of(d->db, d->a, *user, node->permission, &name, org, &found));
        if (found) {
            *vacant = false;
            return NULL;
        }
    }
    TRY(place_of(d, node, org, &found));
    if (!found) {
        *org = d->x->org;
        *vacant = true;
    }
    *user = "";
    return NULL;
}

/* The same for a step that somebody gets now: the timeline says what became of it. */
static struct error *gets(struct doing *d, const struct flow_node *node, const char **user, struct org_stamp *org)
{
    bool vacant;
    TRY(who_of(d, node, user, org, &vacant));
    return vacant ? moment_add(d->db, d->a, d->x->id, &(struct flow_moment){.act = "vacant", .node_name = flow_node_name(node)},
                               d->now)
                  : NULL;
}

/* ---- effects ---- */
static struct error *one_effect(struct doing *d, const struct flow_effect *e)
{
    struct flow_instance *x = d->x;
    const struct flow_node *node = e->node < x->model.node_count ? &x->model.nodes[e->node] : NULL;
    const char *user = e->user;
    struct org_stamp *org = arena_alloc(d->a, sizeof *org);
    switch (e->kind) {
    case EFFECT_OPEN:
        TRY(gets(d, node, &user, org));
        tell(d, d->act == ACT_RETURN ? "task.returned" : "task.arrived", node, user, org, e->at);
        return seat_open(d->db, d->a, x, node, e->seat, user, org, e->at, d->now);
    case EFFECT_CLOSE:
        return seat_close(d->db, d->a, x->id, e->seat, e->outcome, d->note->opinion, d->note->by, d->now);
    case EFFECT_CANCEL:
        return seat_cancel(d->db, d->a, x->id, e->seat, d->now);
    case EFFECT_ASSIGN:
        TRY(gets(d, node, &user, org));
        tell(d, "task.transferred", node, user, org, 0);
        return seat_assign(d->db, d->a, x->id, e->seat, user, org);
    case EFFECT_DUE:
        return seat_due(d->db, d->a, x->id, e->seat, e->at);
    case EFFECT_TIMER:
        return timer_put(d->db, d->a, x->id, e->seat, node->id, e->at);
    case EFFECT_NO_TIMER:
        return timer_drop(d->db, d->a, x->id, e->seat, node->id);
    default: /* reminders and the end: by the whole act */
        return NULL;
    }
}

static struct error *remind(struct doing *d, unsigned seat_no, const char *event)
{
    unsigned task, seat;
    if (!flow_seat_find(d->x->state, seat_no, &task, &seat) && task >= d->x->state->live_count)
        return NULL;
    const struct flow_task_live *t = &d->x->state->live[task];
    for (unsigned i = 0; i < t->seat_count; i++) {
        const char *user = t->seats[i].user;
        struct org_stamp *org = arena_alloc(d->a, sizeof *org);
        bool vacant;
        if (t->seats[i].done)
            continue;
        TRY(who_of(d, &d->x->model.nodes[t->node], &user, org, &vacant));
        tell(d, event, &d->x->model.nodes[t->node], user, org, t->due);
    }
    return NULL;
}

static struct error *all_effects(struct doing *d, const struct flow_effects *fx)
{
    d->notices = arena_array(d->a, FLOW_EFFECTS_MAX + FLOW_SEATS_MAX, sizeof *d->notices);
    struct error *e = NULL;
    for (unsigned i = 0; !e && i < fx->count; i++)
        e = fx->list[i].kind == EFFECT_REMIND ? remind(d, fx->list[i].seat, "task.due_soon") : one_effect(d, &fx->list[i]);
    struct error *sent = send(d);
    return e ? e : sent;
}

/* ---- the row ---- */
static struct error *text_of(struct arena *a, const struct flow_instance *x, const char **out)
{
    json_t *state = flow_state_json(&x->model, x->state);
    char *text = state ? json_dumps(state, JSON_COMPACT) : NULL;
    json_decref(state);
    if (!text)
        return error_new(a, ERR_INTERNAL, "the state of a flow cannot be written");
    *out = arena_strdup(a, text);
    free(text);
    return NULL;
}

static const char *result_of(const struct flow_instance *x)
{
    return x->state->result == FLOW_NONE ? NULL : x->model.nodes[x->state->result].result;
}

static struct error *ended(struct services *s, struct doing *d, struct request *r)
{
    struct flow_instance *x = d->x;
    if (x->state->status == FLOW_ENDED)
        TRY(moment_add(d->db, d->a, x->id,
                       &(struct flow_moment){.act = "end", .node_name = flow_node_name(&x->model.nodes[x->state->result])},
                       d->now));
    const struct flow_end end = {.subject_id = x->subject_id,
                                 .result = result_of(x),
                                 .status = x->state->status,
                                 .opinion = d->note->opinion,
                                 .by = d->note->by,
                                 .now = d->now};
    return d->note->silent ? NULL : x->kind->ended(s, d->a, r, &end);
}

static struct error *read_state(struct arena *a, struct flow_instance *x, struct str data)
{
    json_t *json;
    x->state = arena_alloc(a, sizeof *x->state);
    TRY(json_read(a, data, STATE_DEPTH, &json));
    return flow_state_read(a, &x->model, json, x->state) ? NULL : error_new(a, ERR_INTERNAL, "flow instance %s is damaged", x->id);
}

struct error *instance_load(struct db *db, struct arena *a, const char *id, bool lock, struct flow_instance *out, bool *found)
{
    struct instance_row row;
    TRY(instance_row(db, a, id, lock, &row, found));
    if (!*found)
        return NULL;
    *out = row.x;
    out->xml = row.xml;
    out->kind = flow_kind_of(row.kind);
    if (!out->kind)
        return error_new(a, ERR_INTERNAL, "flow instance %s is of no known kind", id);
    struct error *e = bpmn_read(a, &out->kind->rules, row.xml, &out->model);
    if (e)
        return error_new(a, ERR_INTERNAL, "the flow of instance %s no longer reads: %s %s", id, e->field, e->rule);
    return read_state(a, out, row.data);
}

/* ---- acts ---- */
static struct error *write_moment(struct doing *d, const struct flow_act *act, const struct flow_node *at)
{
    return moment_add(d->db, d->a, d->x->id,
                      &(struct flow_moment){.act = flow_act_name[act->kind],
                                            .node_name = at ? flow_node_name(at) : NULL,
                                            .by = d->note->by,
                                            .whom = d->note->whom,
                                            .outcome = act->kind == ACT_COMPLETE ? act->outcome : NULL,
                                            .opinion = d->note->opinion,
                                            .due = act->due},
                      d->now);
}

struct error *instance_do(struct services *s, struct arena *a, struct request *r, struct flow_instance *x, struct flow_act act,
                          const struct act_note *note, int64_t now)
{
    struct doing d = {.db = s->db, .a = a, .x = x, .note = note, .act = act.kind, .now = now};
    struct flow_effects *fx = arena_alloc(a, sizeof *fx);
    struct flow_clock clock;
    const struct flow_node *at = NULL;
    unsigned task, seat;
    const char *text;
    uint64_t saved;
    TRY(clock_of(s, a, &x->org, now, &clock));
    act.by = note->by && note->by->id ? note->by->id : "";
    if (act.kind == ACT_TIMER)
        at = &x->model.nodes[act.node];
    else if (flow_seat_find(x->state, act.seat, &task, &seat))
        at = &x->model.nodes[x->state->live[task].node];
    const char *why = flow_do(&x->model, &clock, &act, x->state, fx);
    if (why)
        return error_field(a, ERR_FLOW_REFUSED, "act", why, "%s", why);
    TRY(write_moment(&d, &act, at));
    TRY(all_effects(&d, fx));
    if (act.kind == ACT_URGE) {
        TRY(remind(&d, act.seat, "task.urged"));
        TRY(send(&d));
    }
    TRY(text_of(a, x, &text));
    TRY(instance_save(s->db, a, x, text, result_of(x), now, &saved));
    if (saved != 1)
        return error_new(a, ERR_INTERNAL, "a locked instance was changed");
    return x->state->status > FLOW_PAUSED ? ended(s, &d, r) : NULL;
}

struct error *flow_begin(struct services *s, struct arena *a, struct request *r, const struct flow_kind *k,
                         const struct flow_subject *sub, json_t *variables, const struct actor *by, int64_t now)
{
    struct flow_instance x = {.kind = k, .title = sub->title, .level = sub->level, .org = *sub->org, .is_demo = sub->is_demo};
    const struct act_note note = {.by = by};
    struct doing d = {.db = s->db, .a = a, .x = &x, .note = &note, .act = ACT_COMPLETE, .now = now};
    struct flow_effects *fx = arena_alloc(a, sizeof *fx);
    struct flow_drawing drawing;
    struct flow_clock clock;
    const char *text;
    uint64_t saved;
    bool found;
    TRY(flow_in_force(s->db, a, k->rules.kind, sub->org, &drawing, &found));
    if (!found)
        return error_new(a, ERR_NO_FLOW, "%s", k->rules.label_en);
    TRY(bpmn_read(a, &k->rules, drawing.xml, &x.model));
    memcpy(x.id, id_new().s, sizeof x.id);
    str_copy(x.subject_id, sizeof x.subject_id, str_of(sub->id));
    str_copy(x.initiator, sizeof x.initiator, str_of(by ? by->id : NULL));
    x.version = 1;
    x.state = arena_alloc(a, sizeof *x.state);
    TRY(clock_of(s, a, sub->org, now, &clock));
    const char *why = flow_start(&x.model, &clock, variables, x.initiator, x.state, fx);
    if (why)
        return error_field(a, ERR_FLOW_REFUSED, "act", why, "%s", why);
    TRY(text_of(a, &x, &text));
    TRY(instance_insert(s->db, a, &x, &drawing, text, now));
    TRY(moment_add(s->db, a, x.id, &(struct flow_moment){.act = "start", .by = by}, now));
    TRY(all_effects(&d, fx));
    if (x.state->status <= FLOW_PAUSED)
        return NULL;
    TRY(instance_save(s->db, a, &x, text, result_of(&x), now, &saved));
    return ended(s, &d, r);
}

struct error *flow_complete_own(struct request *r, const struct flow_kind *k, const char *subject_id, const char *outcome,
                                struct str opinion, bool *ended)
{
    struct flow_instance x;
    char id[37];
    unsigned seat;
    bool found = false;
    const struct actor by = actor_of(r);
    const struct act_note note = {.by = &by, .opinion = opinion};
    *ended = false;
    TRY(instance_of_subject(r->db, r->arena, k->rules.kind, subject_id, false, id));
    if (id[0])
        TRY(instance_load(r->db, r->arena, id, true, &x, &found));
    if (!found || x.state->status > FLOW_PAUSED)
        return conflict(r, "nothing is to be decided");
    TRY(seat_own(r, id, &seat));
    if (!seat)
        return error_new(r->arena, ERR_NOT_YOURS, "the step that is open is somebody else's");
    TRY(k->may_complete(r, subject_id, outcome));
    TRY(instance_do(r->services, r->arena, r, &x, (struct flow_act){.kind = ACT_COMPLETE, .seat = seat, .outcome = outcome}, &note,
                    clock_now_us()));
    *ended = x.state->status > FLOW_PAUSED;
    return NULL;
}

struct error *flow_own_open(struct request *r, const struct flow_kind *k, const char *subject_id, bool *out)
{
    char id[37];
    unsigned seat = 0;
    TRY(instance_of_subject(r->db, r->arena, k->rules.kind, subject_id, false, id));
    if (id[0])
        TRY(seat_own(r, id, &seat));
    *out = seat != 0;
    return NULL;
}

struct error *flow_stop(struct services *s, struct arena *a, const struct flow_kind *k, const char *subject_id,
                        const struct actor *by, struct str opinion, int64_t now)
{
    struct flow_instance x;
    char id[37];
    bool found;
    const struct act_note note = {.by = by, .opinion = opinion, .silent = true};
    TRY(instance_of_subject(s->db, a, k->rules.kind, subject_id, false, id));
    if (!id[0])
        return NULL;
    TRY(instance_load(s->db, a, id, true, &x, &found));
    return found ? instance_do(s, a, NULL, &x, (struct flow_act){.kind = ACT_TERMINATE}, &note, now) : NULL;
}
