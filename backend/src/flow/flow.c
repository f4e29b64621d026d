#include "flow/flow.h"

const char *const flow_status_name[FLOW_STATUSES] = {"running", "paused", "ended", "withdrawn", "terminated"};
const char *const flow_act_name[FLOW_ACTS] = {"complete",  "return", "add_signer", "remove_signer", "transfer", "delegate",
                                              "urge",      "extend", "grant",      "refuse",        "cc",       "withdraw",
                                              "terminate", "timer",  "pause",      "resume"};

struct run {
    const struct flow_model *m;
    const struct flow_clock *clock;
    struct flow_state *s;
    struct flow_effects *fx;
    bool full;
};

static void effect(struct run *r, struct flow_effect e)
{
    if (r->fx->count == FLOW_EFFECTS_MAX)
        r->full = true;
    else
        r->fx->list[r->fx->count++] = e;
}

static void copy(char to[37], const char *from)
{
    str_copy(to, 37, str_of(from));
}

static void effect_on(struct run *r, struct flow_effect e, const char *user)
{
    copy(e.user, user);
    effect(r, e);
}

static int64_t later(const struct run *r, int64_t us, bool working)
{
    struct work_time t = *r->clock->work;
    t.working = working;
    return deadline_add(r->clock->calendar, &t, r->clock->now, us);
}

/* ---- timers ---- */
static void drop_timer(struct run *r, unsigned i)
{
    effect(r, (struct flow_effect){
                  .kind = EFFECT_NO_TIMER, .seat = r->s->live[r->s->timers[i].task].seats[0].no, .node = r->s->timers[i].node});
    r->s->timers[i] = r->s->timers[--r->s->timer_count];
}

static void set_timers(struct run *r, unsigned task)
{
    struct flow_state *s = r->s;
    for (unsigned n = 0; n < r->m->node_count; n++) {
        const struct flow_node *x = &r->m->nodes[n];
        if (x->type != FLOW_TIMER || x->host != s->live[task].node)
            continue;
        if (s->timer_count == FLOW_TIMERS_MAX) {
            r->full = true;
            return;
        }
        s->timers[s->timer_count++] = (struct flow_timer){task, n, later(r, x->after_us, x->working)};
        effect(r,
               (struct flow_effect){
                   .kind = EFFECT_TIMER, .seat = s->live[task].seats[0].no, .node = n, .at = s->timers[s->timer_count - 1].fires});
    }
}

/* ---- seats and tasks ---- */
static bool open_seat(struct run *r, struct flow_task_live *t, const char *user)
{
    if (t->seat_count == FLOW_SEATS_MAX) {
        r->full = true;
        return false;
    }
    struct flow_seat *x = &t->seats[t->seat_count++];
    *x = (struct flow_seat){.no = r->s->next_no++};
    copy(x->user, user);
    effect_on(r, (struct flow_effect){.kind = EFFECT_OPEN, .seat = x->no, .node = t->node, .at = t->due}, x->user);
    return true;
}

static void open_task(struct run *r, unsigned node)
{
    struct flow_state *s = r->s;
    const struct flow_node *x = &r->m->nodes[node];
    if (s->live_count == FLOW_LIVE_MAX) {
        r->full = true;
        return;
    }
    struct flow_task_live *t = &s->live[s->live_count++];
    *t = (struct flow_task_live){.node = node, .due = x->due_us ? later(r, x->due_us, x->due_working) : 0};
    s->visited[node] = true;
    if (x->signer_count)
        for (unsigned i = 0; i < x->signer_count; i++)
            open_seat(r, t, x->signers[i]);
    else
        open_seat(r, t, !x->person ? "" : strcmp(x->person, "initiator") == 0 ? s->initiator : x->person + 5);
    set_timers(r, s->live_count - 1);
}

/* Takes a live task out: its open seats are cancelled, its timers dropped, the last task moves into its place. */
static void close_task(struct run *r, unsigned task)
{
    struct flow_state *s = r->s;
    for (unsigned i = s->timer_count; i-- > 0;)
        if (s->timers[i].task == task)
            drop_timer(r, i);
    for (unsigned i = 0; i < s->live[task].seat_count; i++)
        if (!s->live[task].seats[i].done)
            effect(r, (struct flow_effect){.kind = EFFECT_CANCEL, .seat = s->live[task].seats[i].no});
    s->live_count--;
    for (unsigned i = 0; i < s->timer_count; i++)
        if (s->timers[i].task == s->live_count)
            s->timers[i].task = task;
    if (task != s->live_count)
        s->live[task] = s->live[s->live_count];
}

static void stop(struct run *r, enum flow_status status, unsigned result)
{
    struct flow_state *s = r->s;
    while (s->live_count)
        close_task(r, s->live_count - 1);
    memset(s->arrived, 0, sizeof s->arrived);
    s->status = status;
    s->result = result;
    effect(r, (struct flow_effect){.kind = EFFECT_END, .node = result});
}

/* ---- tokens ---- */
static void follow(struct run *r, unsigned edge);

static unsigned chosen(const struct run *r, const struct flow_node *x)
{
    for (unsigned i = 0; i < x->out_count; i++) {
        const struct flow_edge *e = &r->m->edges[x->out[i]];
        if (x->out[i] != x->fallback && (!e->when || condition_holds(e->when, r->s->variables, r->s->outcome)))
            return x->out[i];
    }
    return x->fallback;
}

static bool joined(struct run *r, unsigned node)
{
    for (unsigned i = 0; i < r->m->edge_count; i++)
        if (r->m->edges[i].to == node && !r->s->arrived[i])
            return false;
    for (unsigned i = 0; i < r->m->edge_count; i++)
        if (r->m->edges[i].to == node)
            r->s->arrived[i] = false;
    return true;
}

static void arrive(struct run *r, unsigned edge)
{
    unsigned node = r->m->edges[edge].to;
    const struct flow_node *x = &r->m->nodes[node];
    if (x->type == FLOW_PARALLEL) {
        r->s->arrived[edge] = true;
        if (!joined(r, node))
            return;
        for (unsigned i = 0; i < x->out_count && !r->full; i++)
            follow(r, x->out[i]);
    } else if (x->type == FLOW_CHOICE) {
        follow(r, chosen(r, x));
    } else if (x->type == FLOW_TASK) {
        open_task(r, node);
    } else if (x->type == FLOW_END) {
        stop(r, FLOW_ENDED, node);
    }
}

static void follow(struct run *r, unsigned edge)
{
    if (r->s->status == FLOW_RUNNING && edge != FLOW_NONE)
        arrive(r, edge);
}

/* ---- deciding a task ---- */
/* The outcome that the seats have come to; FLOW_NONE while it is open. The first outcome of a node is the positive one. */
static unsigned decided(const struct flow_node *x, const struct flow_task_live *t)
{
    unsigned positive = 0, negative = 0, last = 0;
    for (unsigned i = 0; i < t->seat_count; i++)
        if (t->seats[i].done && t->seats[i].outcome == 0)
            positive++;
        else if (t->seats[i].done) {
            negative++;
            last = t->seats[i].outcome;
        }
    if (x->sign == SIGN_ANY)
        return positive ? 0 : negative ? last : FLOW_NONE;
    unsigned need = x->sign == SIGN_RATIO ? x->ratio : 100;
    if (positive * 100 >= need * t->seat_count)
        return 0;
    return (t->seat_count - negative) * 100 < need * t->seat_count ? last : FLOW_NONE;
}

static void settle(struct run *r, unsigned task)
{
    const struct flow_node *x = &r->m->nodes[r->s->live[task].node];
    unsigned outcome = decided(x, &r->s->live[task]);
    if (outcome == FLOW_NONE)
        return;
    r->s->outcome = x->outcomes[outcome];
    close_task(r, task);
    follow(r, chosen(r, x));
}

static const char *complete(struct run *r, const struct flow_act *a, unsigned task, unsigned seat)
{
    struct flow_task_live *t = &r->s->live[task];
    const struct flow_node *x = &r->m->nodes[t->node];
    struct flow_seat *me = &t->seats[seat];
    unsigned outcome = 0;
    while (outcome < x->outcome_count && strcmp(x->outcomes[outcome], a->outcome ? a->outcome : "") != 0)
        outcome++;
    if (outcome == x->outcome_count)
        return "unknown_outcome";
    for (unsigned i = 0; i < t->seat_count && a->by[0]; i++)
        if (i != seat && t->seats[i].done && strcmp(t->seats[i].user, a->by) == 0)
            return "signed_already";
    r->s->completed++;
    if (me->owner[0]) { /* what was delegated comes back: its owner decides */
        copy(me->user, me->owner);
        me->owner[0] = '\0';
        effect_on(r, (struct flow_effect){.kind = EFFECT_ASSIGN, .seat = me->no, .node = t->node}, me->user);
        return NULL;
    }
    me->done = true;
    me->outcome = outcome;
    if (a->by[0])
        copy(me->user, a->by);
    effect(r, (struct flow_effect){.kind = EFFECT_CLOSE, .seat = me->no, .node = t->node, .outcome = x->outcomes[outcome]});
    settle(r, task);
    return NULL;
}

static unsigned seat_of(const struct flow_task_live *t, const char *user)
{
    for (unsigned i = 0; i < t->seat_count; i++)
        if (strcmp(t->seats[i].user, user) == 0 || strcmp(t->seats[i].owner, user) == 0)
            return i;
    return FLOW_NONE;
}

/* ---- going back ---- */
bool flow_may_return(const struct flow_model *m, const struct flow_state *s, unsigned task, unsigned node)
{
    if (node >= m->node_count || !s->visited[node] || m->nodes[node].type != FLOW_TASK || node == s->live[task].node)
        return false;
    return m->nodes[node].branch == FLOW_NONE || m->nodes[node].branch == m->nodes[s->live[task].node].branch;
}

static const char *go_back(struct run *r, const struct flow_act *a, unsigned task)
{
    struct flow_state *s = r->s;
    if (a->node >= r->m->node_count || !s->visited[a->node])
        return "not_visited";
    if (!flow_may_return(r->m, s, task, a->node))
        return "return_across";
    s->completed++;
    if (r->m->nodes[a->node].branch == FLOW_NONE) {
        while (s->live_count)
            close_task(r, s->live_count - 1);
        memset(s->arrived, 0, sizeof s->arrived);
    } else {
        close_task(r, task);
    }
    open_task(r, a->node);
    return NULL;
}

/* ---- people ---- */
static const char *add_signer(struct run *r, const struct flow_act *a, unsigned task)
{
    if (seat_of(&r->s->live[task], a->user) != FLOW_NONE)
        return "in_task";
    open_seat(r, &r->s->live[task], a->user);
    return NULL;
}

static const char *remove_signer(struct run *r, const struct flow_act *a, unsigned task)
{
    struct flow_task_live *t = &r->s->live[task];
    unsigned seat = seat_of(t, a->user), open = 0;
    if (seat == FLOW_NONE || t->seats[seat].done)
        return "not_in_task";
    for (unsigned i = 0; i < t->seat_count; i++)
        open += !t->seats[i].done;
    if (open < 2)
        return "last_signer";
    if (seat == 0) /* the first seat names the task's timers: it stays first, with the next one's people */
        for (unsigned i = 1; i < t->seat_count; i++)
            if (!t->seats[i].done) {
                struct flow_seat other = t->seats[i];
                t->seats[i] = t->seats[0];
                t->seats[0] = other;
                seat = i;
                for (unsigned k = 0; k < r->s->timer_count; k++)
                    if (r->s->timers[k].task == task) {
                        effect(r,
                               (struct flow_effect){.kind = EFFECT_NO_TIMER, .seat = t->seats[i].no, .node = r->s->timers[k].node});
                        effect(r, (struct flow_effect){.kind = EFFECT_TIMER,
                                                       .seat = other.no,
                                                       .node = r->s->timers[k].node,
                                                       .at = r->s->timers[k].fires});
                    }
                break;
            }
    effect(r, (struct flow_effect){.kind = EFFECT_CANCEL, .seat = t->seats[seat].no});
    memmove(&t->seats[seat], &t->seats[seat + 1], (t->seat_count - seat - 1) * sizeof *t->seats);
    t->seat_count--;
    settle(r, task);
    return NULL;
}

static const char *hand_on(struct run *r, const struct flow_act *a, unsigned task, unsigned seat, bool comes_back)
{
    struct flow_task_live *t = &r->s->live[task];
    struct flow_seat *me = &t->seats[seat];
    if (me->owner[0])
        return "delegated";
    if (seat_of(t, a->user) != FLOW_NONE)
        return "in_task";
    if (comes_back)
        copy(me->owner, a->by);
    copy(me->user, a->user);
    effect_on(r, (struct flow_effect){.kind = EFFECT_ASSIGN, .seat = me->no, .node = t->node}, me->user);
    return NULL;
}

/* ---- time ---- */
static const char *extend(struct run *r, const struct flow_act *a, struct flow_task_live *t)
{
    if (a->kind == ACT_EXTEND_ASK) {
        if (a->due <= r->clock->now || a->due <= t->due)
            return "not_later";
        t->wished = a->due;
        return NULL;
    }
    if (!t->wished)
        return "no_request";
    if (a->kind == ACT_EXTEND_GRANT) {
        t->due = t->wished;
        for (unsigned i = 0; i < t->seat_count; i++)
            if (!t->seats[i].done)
                effect(r, (struct flow_effect){.kind = EFFECT_DUE, .seat = t->seats[i].no, .at = t->due});
    }
    t->wished = 0;
    return NULL;
}

static const char *fire(struct run *r, const struct flow_act *a, unsigned task)
{
    struct flow_state *s = r->s;
    const struct flow_node *x = &r->m->nodes[a->node];
    for (unsigned i = 0; i < s->timer_count; i++) {
        if (s->timers[i].task != task || s->timers[i].node != a->node)
            continue;
        drop_timer(r, i);
        if (!x->interrupts) {
            effect(r, (struct flow_effect){.kind = EFFECT_REMIND, .seat = a->seat, .node = a->node});
            return NULL;
        }
        close_task(r, task);
        follow(r, x->out[0]);
        return NULL;
    }
    return "no_timer";
}

/* Timers stand still: while paused each holds what was left of it. */
static const char *pause_or_resume(struct run *r, bool pause)
{
    struct flow_state *s = r->s;
    int64_t now = r->clock->now;
    for (unsigned i = 0; i < s->timer_count; i++) {
        struct flow_timer *t = &s->timers[i];
        t->fires += pause ? -now : now;
        effect(r, (struct flow_effect){.kind = pause ? EFFECT_NO_TIMER : EFFECT_TIMER,
                                       .seat = s->live[t->task].seats[0].no,
                                       .node = t->node,
                                       .at = t->fires});
    }
    for (unsigned i = 0; !pause && i < s->live_count; i++) {
        if (!s->live[i].due)
            continue;
        s->live[i].due += now - s->paused_at;
        for (unsigned k = 0; k < s->live[i].seat_count; k++)
            if (!s->live[i].seats[k].done)
                effect(r, (struct flow_effect){.kind = EFFECT_DUE, .seat = s->live[i].seats[k].no, .at = s->live[i].due});
    }
    s->status = pause ? FLOW_PAUSED : FLOW_RUNNING;
    s->paused_at = pause ? now : 0;
    return NULL;
}

/* ---- acts ---- */
bool flow_seat_find(const struct flow_state *s, unsigned no, unsigned *task, unsigned *seat)
{
    for (*task = 0; *task < s->live_count; ++*task)
        for (*seat = 0; *seat < s->live[*task].seat_count; ++*seat)
            if (s->live[*task].seats[*seat].no == no)
                return !s->live[*task].seats[*seat].done;
    return false;
}

static const char *act_on_whole(struct run *r, const struct flow_act *a)
{
    struct flow_state *s = r->s;
    switch (a->kind) {
    case ACT_WITHDRAW:
        if (strcmp(a->by, s->initiator) != 0)
            return "not_initiator";
        if (s->completed)
            return "completed";
        stop(r, FLOW_WITHDRAWN, FLOW_NONE);
        return NULL;
    case ACT_TERMINATE:
        stop(r, FLOW_TERMINATED, FLOW_NONE);
        return NULL;
    case ACT_PAUSE:
        return pause_or_resume(r, true);
    default:
        return s->status == FLOW_PAUSED ? pause_or_resume(r, false) : "paused";
    }
}

static const char *act_on_task(struct run *r, const struct flow_act *a, unsigned task, unsigned seat)
{
    switch (a->kind) {
    case ACT_COMPLETE:
        return complete(r, a, task, seat);
    case ACT_RETURN:
        return go_back(r, a, task);
    case ACT_ADD_SIGNER:
        return add_signer(r, a, task);
    case ACT_REMOVE_SIGNER:
        return remove_signer(r, a, task);
    case ACT_TRANSFER:
    case ACT_DELEGATE:
        return hand_on(r, a, task, seat, a->kind == ACT_DELEGATE);
    case ACT_EXTEND_ASK:
    case ACT_EXTEND_GRANT:
    case ACT_EXTEND_REFUSE:
        return extend(r, a, &r->s->live[task]);
    default: /* urging and copies change nothing in the state */
        return NULL;
    }
}

static const char *act(struct run *r, const struct flow_act *a)
{
    struct flow_state *s = r->s;
    unsigned task, seat;
    if (s->status > FLOW_PAUSED)
        return "ended";
    if (a->kind == ACT_WITHDRAW || a->kind == ACT_TERMINATE || a->kind == ACT_PAUSE || a->kind == ACT_RESUME)
        return a->kind == ACT_PAUSE && s->status == FLOW_PAUSED ? "paused" : act_on_whole(r, a);
    if (s->status == FLOW_PAUSED)
        return "paused";
    bool open = flow_seat_find(s, a->seat, &task, &seat);
    if (a->kind == ACT_TIMER)
        return task < s->live_count ? fire(r, a, task) : "no_timer";
    return open ? act_on_task(r, a, task, seat) : "no_task";
}

const char *flow_start(const struct flow_model *m, const struct flow_clock *c, json_t *variables, const char *initiator,
                       struct flow_state *out, struct flow_effects *effects)
{
    struct run r = {.m = m, .clock = c, .s = out, .fx = effects};
    memset(out, 0, sizeof *out);
    effects->count = 0;
    out->result = FLOW_NONE;
    out->next_no = 1;
    out->variables = variables;
    copy(out->initiator, initiator);
    follow(&r, m->nodes[m->start].out[0]);
    return r.full ? "too_many" : NULL;
}

const char *flow_do(const struct flow_model *m, const struct flow_clock *c, const struct flow_act *a, struct flow_state *state,
                    struct flow_effects *effects)
{
    struct flow_state next = *state;
    struct run r = {.m = m, .clock = c, .s = &next, .fx = effects};
    effects->count = 0;
    const char *why = act(&r, a);
    if (!why && r.full)
        why = "too_many";
    if (why)
        effects->count = 0;
    else
        *state = next;
    return why;
}
