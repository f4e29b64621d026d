/* The engine: each act, and that no sequence of acts leaves it in a state that should not be. */
#include "flow_fixture.h"

#define HOUR (INT64_C(3600) * 1000000)
static const int64_t T0 = INT64_C(1790000000) * 1000000;

struct fixture {
    struct arena *a;
    struct flow_model m;
    struct flow_state s;
    struct flow_effects fx;
    json_t *variables;
    int64_t now;
};

static int begin(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->a = arena_new(256 << 20);
    f->m = model_of(f->a, whole);
    *state = f;
    return 0;
}

static int end(void **state)
{
    struct fixture *f = *state;
    json_decref(f->variables);
    arena_free(f->a);
    free(f);
    return 0;
}

static void start(struct fixture *f, int level, const char *kind)
{
    struct flow_clock c = at(T0);
    json_decref(f->variables);
    f->variables = json_pack("{s:i,s:s}", "level", level, "kind_code", kind);
    f->now = T0;
    assert_null(flow_start(&f->m, &c, f->variables, USER_D, &f->s, &f->fx));
}

static const char *act(struct fixture *f, struct flow_act a)
{
    struct flow_clock c = at(f->now);
    if (!a.by)
        a.by = USER_D;
    return flow_do(&f->m, &c, &a, &f->s, &f->fx);
}

static struct flow_task_live *live(struct fixture *f, const char *node)
{
    for (unsigned i = 0; i < f->s.live_count; i++)
        if (strcmp(f->m.nodes[f->s.live[i].node].id, node) == 0)
            return &f->s.live[i];
    return NULL;
}

static const char *complete(struct fixture *f, const char *node, unsigned seat, const char *outcome)
{
    struct flow_task_live *t = live(f, node);
    if (!t)
        fail_msg("%s is not live", node);
    const char *user = t->seats[seat].user;
    return act(
        f, (struct flow_act){.kind = ACT_COMPLETE, .seat = t->seats[seat].no, .by = user[0] ? user : USER_D, .outcome = outcome});
}

static unsigned count(const struct flow_effects *fx, enum flow_effect_kind k)
{
    unsigned n = 0;
    for (unsigned i = 0; i < fx->count; i++)
        n += fx->list[i].kind == k;
    return n;
}

static void straight_on(void **state)
{
    struct fixture *f = *state;
    start(f, 3, "event");
    assert_non_null(live(f, "first"));
    assert_true(f->s.live[0].due > T0);
    assert_string_equal(complete(f, "first", 0, "maybe"), "unknown_outcome");
    assert_null(complete(f, "first", 0, "approve"));
    assert_string_equal(live(f, "last")->seats[0].user, USER_D);
    assert_int_equal(f->s.timer_count, 1);
    assert_null(complete(f, "last", 0, "approve"));
    assert_int_equal(f->s.status, FLOW_ENDED);
    assert_string_equal(f->m.nodes[f->s.result].result, "approved");
    assert_int_equal(count(&f->fx, EFFECT_NO_TIMER), 1);
    assert_string_equal(act(f, (struct flow_act){.kind = ACT_TERMINATE}), "ended");
}

static void branches_and_joint_signature(void **state)
{
    struct fixture *f = *state;
    start(f, 1, "event");
    assert_null(complete(f, "first", 0, "approve"));
    assert_int_equal(f->s.live_count, 2);
    assert_int_equal(live(f, "joint")->seat_count, 3);
    assert_null(complete(f, "joint", 0, "approve"));
    assert_non_null(live(f, "joint"));
    assert_string_equal(
        act(f, (struct flow_act){.kind = ACT_COMPLETE, .seat = live(f, "joint")->seats[1].no, .by = USER_A, .outcome = "approve"}),
        "signed_already");
    assert_null(complete(f, "joint", 1, "approve")); /* two of three are more than 60 % */
    assert_null(live(f, "joint"));
    assert_null(live(f, "last")); /* the other branch is open */
    assert_null(complete(f, "a", 0, "approve"));
    assert_null(complete(f, "a2", 0, "approve"));
    assert_non_null(live(f, "last"));
    assert_int_equal(f->s.live_count, 1);
}

static void goes_back(void **state)
{
    struct fixture *f = *state;
    unsigned first = flow_node_of(&f->m, STR("first")), a = flow_node_of(&f->m, STR("a")), last = flow_node_of(&f->m, STR("last"));
    start(f, 1, "event");
    assert_null(complete(f, "first", 0, "approve"));
    assert_null(complete(f, "a", 0, "approve"));
    unsigned seat = live(f, "a2")->seats[0].no, signer = live(f, "joint")->seats[0].no;
    assert_string_equal(act(f, (struct flow_act){.kind = ACT_RETURN, .seat = seat, .node = last}), "not_visited");
    assert_string_equal(act(f, (struct flow_act){.kind = ACT_RETURN, .seat = signer, .node = a}), "return_across");
    assert_null(act(f, (struct flow_act){.kind = ACT_RETURN, .seat = seat, .node = a})); /* inside the branch: the other goes on */
    assert_int_equal(f->s.live_count, 2);
    assert_null(act(f, (struct flow_act){.kind = ACT_RETURN, .seat = live(f, "a")->seats[0].no, .node = first}));
    assert_int_equal(f->s.live_count, 1);
    assert_non_null(live(f, "first"));
    assert_int_equal(f->s.timer_count, 0);
}

static void people_change(void **state)
{
    struct fixture *f = *state;
    start(f, 3, "event");
    unsigned no = f->s.live[0].seats[0].no;
    assert_null(act(f, (struct flow_act){.kind = ACT_TRANSFER, .seat = no, .user = USER_A}));
    assert_int_equal(f->fx.list[0].kind, EFFECT_ASSIGN);
    assert_string_equal(f->fx.list[0].user, USER_A); /* its own copy */
    assert_string_equal(f->s.live[0].seats[0].user, USER_A);
    assert_null(act(f, (struct flow_act){.kind = ACT_DELEGATE, .seat = no, .by = USER_A, .user = USER_B}));
    assert_string_equal(act(f, (struct flow_act){.kind = ACT_DELEGATE, .seat = no, .by = USER_B, .user = USER_C}), "delegated");
    assert_null(act(f, (struct flow_act){.kind = ACT_COMPLETE, .seat = no, .by = USER_B, .outcome = "approve"}));
    assert_string_equal(live(f, "first")->seats[0].user, USER_A); /* it came back */
    assert_null(act(f, (struct flow_act){.kind = ACT_ADD_SIGNER, .seat = no, .user = USER_C}));
    assert_string_equal(act(f, (struct flow_act){.kind = ACT_ADD_SIGNER, .seat = no, .user = USER_C}), "in_task");
    assert_null(complete(f, "first", 0, "approve"));
    assert_non_null(live(f, "first")); /* the added signer has the word */
    assert_string_equal(act(f, (struct flow_act){.kind = ACT_REMOVE_SIGNER, .seat = f->s.live[0].seats[1].no, .user = USER_C}),
                        "last_signer");
    assert_null(complete(f, "first", 1, "reject"));
    assert_string_equal(f->m.nodes[f->s.result].result, "rejected");
}

static void time_passes(void **state)
{
    struct fixture *f = *state;
    unsigned late = flow_node_of(&f->m, STR("late")), remind = flow_node_of(&f->m, STR("remind"));
    start(f, 3, "event");
    unsigned no = f->s.live[0].seats[0].no;
    int64_t due = f->s.live[0].due;
    assert_string_equal(act(f, (struct flow_act){.kind = ACT_EXTEND_GRANT, .seat = no}), "no_request");
    assert_string_equal(act(f, (struct flow_act){.kind = ACT_EXTEND_ASK, .seat = no, .due = due}), "not_later");
    assert_null(act(f, (struct flow_act){.kind = ACT_EXTEND_ASK, .seat = no, .due = due + HOUR}));
    assert_null(act(f, (struct flow_act){.kind = ACT_EXTEND_GRANT, .seat = no}));
    assert_int_equal(f->s.live[0].due, due + HOUR);
    assert_null(complete(f, "first", 0, "approve"));
    int64_t fires = f->s.timers[0].fires;
    f->now += HOUR;
    assert_null(act(f, (struct flow_act){.kind = ACT_PAUSE}));
    assert_string_equal(complete(f, "last", 0, "approve"), "paused");
    f->now += 5 * HOUR;
    assert_null(act(f, (struct flow_act){.kind = ACT_RESUME}));
    assert_int_equal(f->s.timers[0].fires, fires + 5 * HOUR);
    assert_null(act(f, (struct flow_act){.kind = ACT_TIMER, .seat = live(f, "last")->seats[0].no, .node = late}));
    assert_string_equal(f->m.nodes[f->s.result].result, "rejected");
    start(f, 1, "event");
    assert_null(complete(f, "first", 0, "approve"));
    no = live(f, "joint")->seats[0].no;
    assert_null(act(f, (struct flow_act){.kind = ACT_TIMER, .seat = no, .node = remind}));
    assert_int_equal(count(&f->fx, EFFECT_REMIND), 1);
    assert_non_null(live(f, "joint"));
    assert_string_equal(act(f, (struct flow_act){.kind = ACT_TIMER, .seat = no, .node = remind}), "no_timer");
}

static void taken_back(void **state)
{
    struct fixture *f = *state;
    start(f, 3, "event");
    assert_string_equal(act(f, (struct flow_act){.kind = ACT_WITHDRAW, .by = USER_A}), "not_initiator");
    assert_null(act(f, (struct flow_act){.kind = ACT_WITHDRAW}));
    assert_int_equal(f->s.status, FLOW_WITHDRAWN);
    start(f, 3, "event");
    assert_null(complete(f, "first", 0, "approve"));
    assert_string_equal(act(f, (struct flow_act){.kind = ACT_WITHDRAW}), "completed");
}

/* ---- the property ---- */
/* What must hold of every state, whatever led there. Said again outside the engine, from what the effects did. */
struct shadow {
    bool open[800]; /* seats by number */
    unsigned timers;
};

static void shadow_effects(struct shadow *x, const struct flow_effects *fx, unsigned *ends)
{
    for (unsigned i = 0; i < fx->count; i++) {
        const struct flow_effect *e = &fx->list[i];
        assert_true(e->seat < 800);
        if (e->kind == EFFECT_OPEN) {
            assert_false(x->open[e->seat]);
            x->open[e->seat] = true;
        } else if (e->kind == EFFECT_CLOSE || e->kind == EFFECT_CANCEL) {
            assert_true(x->open[e->seat]);
            x->open[e->seat] = false;
        } else if (e->kind == EFFECT_TIMER) {
            x->timers++;
        } else if (e->kind == EFFECT_NO_TIMER) {
            assert_true(x->timers > 0);
            x->timers--;
        }
        *ends += e->kind == EFFECT_END;
    }
}

static void sound(const struct fixture *f, const struct shadow *x, unsigned ends)
{
    const struct flow_state *s = &f->s;
    unsigned open = 0, shadow = 0, timers = 0;
    bool running = s->status <= FLOW_PAUSED;
    for (unsigned i = 0; i < 800; i++)
        shadow += x->open[i];
    for (unsigned t = 0; t < s->live_count; t++) {
        unsigned here = 0;
        for (unsigned k = 0; k < t; k++)
            assert_int_not_equal(s->live[k].node, s->live[t].node); /* one live task of a node */
        for (unsigned k = 0; k < s->live[t].seat_count; k++)
            if (!s->live[t].seats[k].done) {
                assert_true(x->open[s->live[t].seats[k].no]);
                here++;
            }
        assert_true(here > 0);
        open += here;
        for (unsigned n = 0; n < f->m.node_count; n++) {
            unsigned of = 0;
            for (unsigned k = 0; k < s->timer_count; k++)
                of += s->timers[k].task == t && s->timers[k].node == n;
            assert_true(of <= 1);
            if (f->m.nodes[n].type != FLOW_TIMER || f->m.nodes[n].host != s->live[t].node)
                assert_int_equal(of, 0);
            else if (f->m.nodes[n].interrupts)
                assert_int_equal(of, 1); /* one live timer for each task that has one */
            timers += of;
        }
    }
    assert_int_equal(open, shadow);
    assert_int_equal(timers, s->timer_count);
    assert_int_equal(s->status == FLOW_PAUSED ? 0 : timers, x->timers);
    assert_int_equal(running, s->live_count > 0);
    assert_int_equal(ends, !running);
}

static uint64_t seed;
static unsigned below(unsigned n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % n;
}

static struct flow_act any_act(const struct fixture *f)
{
    static const char *const users[] = {USER_A, USER_B, USER_C, USER_D};
    const struct flow_state *s = &f->s;
    unsigned t = s->live_count ? below(s->live_count) : 0, kind = below(FLOW_ACTS + 8);
    struct flow_act a = {.kind = kind < FLOW_ACTS ? (enum flow_act_kind)kind : ACT_COMPLETE};
    if (a.kind == ACT_TERMINATE && below(20))
        a.kind = ACT_COMPLETE;
    a.seat = s->live_count ? s->live[t].seats[below(s->live[t].seat_count)].no : below(50);
    a.by = users[below(4)];
    a.user = users[below(4)];
    a.outcome = below(4) ? "approve" : below(10) ? "reject" : "nonsense";
    a.node = below(f->m.node_count);
    if (a.kind == ACT_TIMER && s->timer_count && below(4)) {
        const struct flow_timer *x = &s->timers[below(s->timer_count)];
        a.seat = s->live[x->task].seats[0].no;
        a.node = x->node;
    }
    a.due = f->now + (int64_t)below(400) * HOUR - 50 * HOUR;
    return a;
}

/* The same state after a way through its JSON. */
static void again(struct fixture *f)
{
    static struct flow_state copy;
    json_t *json = flow_state_json(&f->m, &f->s);
    assert_non_null(json);
    struct arena_mark mark = arena_mark(f->a);
    assert_true(flow_state_read(f->a, &f->m, json, &copy));
    json_t *second = flow_state_json(&f->m, &copy);
    assert_true(json_equal(json, second));
    copy.variables = f->variables;
    if (copy.outcome)
        copy.outcome = strcmp(copy.outcome, "approve") == 0 ? "approve" : "reject";
    f->s = copy;
    json_decref(json);
    json_decref(second);
    arena_reset_to(f->a, mark);
}

static void any_sequence_is_sound(void **state)
{
    struct fixture *f = *state;
    const char *given = getenv("FLOW_SEED");
    uint64_t first = given ? strtoull(given, NULL, 10) : 20261126;
    unsigned done = 0, refused = 0, ended = 0, sequences = 10000;
    for (unsigned i = 0; i < sequences; i++) {
        static struct shadow x;
        unsigned ends = 0, steps = 1 + (unsigned)(i % 20);
        memset(&x, 0, sizeof x);
        seed = first + i;
        print_message(i ? "" : "first seed %llu\n", (unsigned long long)first);
        start(f, (int)below(4) + 1, below(3) ? "event" : "vuln");
        shadow_effects(&x, &f->fx, &ends);
        sound(f, &x, ends);
        for (unsigned k = 0; k < steps; k++) {
            static struct flow_state before;
            before = f->s;
            f->now += (int64_t)below(10) * HOUR;
            bool was_paused = f->s.status == FLOW_PAUSED;
            const char *why = act(f, any_act(f));
            if (why)
                assert_memory_equal(&before, &f->s, sizeof before); /* refused: nothing changed */
            refused += why != NULL;
            done += !why;
            /* what stood still has no timers outside: dropping it again takes none away */
            if (was_paused && f->s.status > FLOW_PAUSED)
                x.timers += count(&f->fx, EFFECT_NO_TIMER);
            shadow_effects(&x, &f->fx, &ends);
            sound(f, &x, ends);
            if (k % 7 == 0)
                again(f);
        }
        ended += f->s.status > FLOW_PAUSED;
    }
    print_message("%u sequences, %u acts done, %u refused, %u ended\n", sequences, done, refused, ended);
    assert_true(done > sequences && refused > sequences && ended > sequences / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(straight_on),
                                       cmocka_unit_test(branches_and_joint_signature),
                                       cmocka_unit_test(goes_back),
                                       cmocka_unit_test(people_change),
                                       cmocka_unit_test(time_passes),
                                       cmocka_unit_test(taken_back),
                                       cmocka_unit_test(any_sequence_is_sound)};
    return cmocka_run_group_tests(tests, begin, end);
}
