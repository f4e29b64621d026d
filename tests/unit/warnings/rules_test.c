/* The state machines of warnings and dispatches: random walks leave legal states and exactly one open task per live step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "warnings/dispatch.h"
#include "warnings/warning.h"

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Open tasks of one subject, as the store keeps them: a name at most once (unique key). */
struct open_tasks {
    const char *step[8];
    size_t n;
};

static bool is_open(const struct open_tasks *t, const char *step)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->step[i], step) == 0)
            return true;
    return false;
}

static void close_task(struct open_tasks *t, const char *step)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->step[i], step) == 0)
            t->step[i--] = t->step[--t->n];
}

static void apply(struct open_tasks *t, const char *completes, const char *opens, bool keeps)
{
    if (completes)
        close_task(t, completes);
    if (!keeps)
        t->n = 0;
    if (opens) {
        assert_false(is_open(t, opens));
        t->step[t->n++] = opens;
    }
}

static void warning_walks(void **state)
{
    (void)state;
    uint32_t seed = 7;
    size_t finished = 0;
    for (int walk = 0; walk < 3000; walk++) {
        enum warning_state s = WARNING_DRAFT;
        struct open_tasks open = {.n = 0};
        for (int i = 0; i < 40; i++) {
            enum warning_action a = (enum warning_action)(next(&seed) % WARNING_ACTIONS);
            const struct warning_move *m = warning_move(s, a);
            if (!m || a == WARNING_DELETE)
                continue;
            assert_true(!m->completes || is_open(&open, m->completes));
            bool keeps = a == WARNING_UPDATE;
            apply(&open, m->completes, m->opens, keeps);
            s = m->to;
            const char *step = warning_open_step(s);
            assert_int_equal(open.n, step ? 1 : 0);
            assert_true(!step || is_open(&open, step));
        }
        finished += s == WARNING_CLOSED || s == WARNING_WITHDRAWN;
    }
    assert_true(finished > 100);
}

static void dispatch_walks(void **state)
{
    (void)state;
    uint32_t seed = 11;
    size_t ends[DISPATCH_STATES] = {0};
    for (int walk = 0; walk < 5000; walk++) {
        enum dispatch_state s = DISPATCH_PENDING_SIGN;
        struct open_tasks open = {.step = {"sign"}, .n = 1};
        bool asked = false;
        for (int i = 0; i < 60; i++) {
            enum dispatch_action a = (enum dispatch_action)(next(&seed) % DISPATCH_ACTIONS);
            const struct dispatch_move *m = dispatch_move(s, a, false);
            if (!m || (a == DISPATCH_EXTEND_ASK && asked) || (a == DISPATCH_EXTEND_REFUSE && !asked))
                continue;
            apply(&open, m->completes, m->opens, m->keeps);
            if (a == DISPATCH_EXTEND_ASK)
                asked = true;
            else if (!m->keeps || (m->completes && strcmp(m->completes, "extend") == 0))
                asked = false;
            s = m->to;
            const char *step = dispatch_open_step(s);
            assert_int_equal(open.n, (step ? 1u : 0u) + (asked ? 1u : 0u));
            assert_true(!step || is_open(&open, step));
            assert_true(!asked || is_open(&open, "extend"));
        }
        ends[s]++;
    }
    assert_true(ends[DISPATCH_ACCEPTED] > 100);
    assert_true(ends[DISPATCH_TERMINATED] > 100);
    assert_true(ends[DISPATCH_WITHDRAWN] > 100);
}

static void steps_have_permissions(void **state)
{
    (void)state;
    for (int s = 0; s < WARNING_STATES; s++)
        if (warning_open_step((enum warning_state)s))
            assert_non_null(flow_step_permission(warning_open_step((enum warning_state)s)));
    for (int s = 0; s < DISPATCH_STATES; s++)
        if (dispatch_open_step((enum dispatch_state)s))
            assert_non_null(flow_step_permission(dispatch_open_step((enum dispatch_state)s)));
    assert_null(flow_step_permission("dance"));
    for (int a = 0; a < WARNING_ACTIONS_BY_PEOPLE; a++)
        assert_non_null(warning_action_permission((enum warning_action)a));
}

static void names_go_both_ways(void **state)
{
    (void)state;
    for (int s = 0; s < WARNING_STATES; s++) {
        enum warning_state back = WARNING_STATES;
        assert_true(warning_state_of(str_of(warning_state_name((enum warning_state)s)), &back));
        assert_int_equal(back, s);
    }
    for (int s = 0; s < DISPATCH_STATES; s++) {
        enum dispatch_state back = DISPATCH_STATES;
        assert_true(dispatch_state_of(str_of(dispatch_state_name((enum dispatch_state)s)), &back));
        assert_int_equal(back, s);
    }
}

static void closed_states_are_final(void **state)
{
    (void)state;
    for (int a = 0; a < DISPATCH_ACTIONS; a++)
        for (int s = DISPATCH_ACCEPTED; s < DISPATCH_STATES; s++)
            assert_null(dispatch_move((enum dispatch_state)s, (enum dispatch_action)a, false));
    for (int a = 0; a < WARNING_ACTIONS; a++) {
        assert_null(warning_move(WARNING_CLOSED, (enum warning_action)a));
        assert_null(warning_move(WARNING_WITHDRAWN, (enum warning_action)a));
    }
}

static void taking_note_closes_an_information(void **state)
{
    (void)state;
    assert_int_equal(dispatch_move(DISPATCH_PENDING_SIGN, DISPATCH_SIGN, true)->to, DISPATCH_ACCEPTED);
    assert_int_equal(dispatch_move(DISPATCH_PENDING_SIGN, DISPATCH_SIGN, false)->to, DISPATCH_HANDLING);
    assert_int_equal(dispatch_move(DISPATCH_PENDING_SIGN, DISPATCH_TERMINATE, true)->to, DISPATCH_TERMINATED);
}

static void four_eyes(void **state)
{
    (void)state;
    assert_true(warning_may_approve(STR("c"), STR("a"), STR("b")));
    assert_false(warning_may_approve(STR("a"), STR("a"), STR("b")));
    assert_false(warning_may_approve(STR("b"), STR("a"), STR("b")));
    assert_false(warning_may_approve(STR(""), STR(""), STR("")));
}

static const struct calendar plain = {NULL, 0, 0};
static const struct clock_rule red = {30 * MINUTE_US, 60 * MINUTE_US, 720 * MINUTE_US, {false, 0, 0}};

static void the_clock_runs_step_by_step(void **state)
{
    (void)state;
    int64_t t0 = INT64_C(1790000000000000);
    struct dispatch_clock k = dispatch_clock_start(&plain, &red, t0);
    assert_int_equal(k.due, t0 + 30 * MINUTE_US);
    dispatch_clock_move(&k, &plain, &red.time, DISPATCH_SIGN, DISPATCH_PENDING_SIGN, DISPATCH_HANDLING, t0 + MINUTE_US, 0);
    assert_int_equal(k.due, t0 + 60 * MINUTE_US);
    dispatch_clock_move(&k, &plain, &red.time, DISPATCH_FEEDBACK, DISPATCH_HANDLING, DISPATCH_REVIEWING, t0 + 40 * MINUTE_US, 0);
    assert_int_equal(k.due, 0);
    assert_int_equal(k.paused_at, t0 + 40 * MINUTE_US);
    dispatch_clock_move(&k, &plain, &red.time, DISPATCH_RETURN, DISPATCH_REVIEWING, DISPATCH_RETURNED, t0 + 100 * MINUTE_US, 0);
    assert_int_equal(k.due, t0 + (720 + 60) * MINUTE_US);
    assert_int_equal(k.paused_us, 60 * MINUTE_US);
    assert_int_equal(k.paused_at, 0);
    dispatch_clock_move(&k, &plain, &red.time, DISPATCH_EXTEND_GRANT, DISPATCH_RETURNED, DISPATCH_RETURNED, t0 + 101 * MINUTE_US,
                        t0 + 2000 * MINUTE_US);
    assert_int_equal(k.due, t0 + 2000 * MINUTE_US);
    dispatch_clock_move(&k, &plain, &red.time, DISPATCH_TERMINATE, DISPATCH_RETURNED, DISPATCH_TERMINATED, t0 + 102 * MINUTE_US, 0);
    assert_int_equal(k.due, 0);
}

static void the_reviewer_may_set_the_deadline(void **state)
{
    (void)state;
    struct dispatch_clock k = dispatch_clock_start(&plain, &red, 0);
    k.paused_at = MINUTE_US;
    dispatch_clock_move(&k, &plain, &red.time, DISPATCH_RETURN, DISPATCH_REVIEWING, DISPATCH_RETURNED, 2 * MINUTE_US,
                        9 * MINUTE_US);
    assert_int_equal(k.due, 9 * MINUTE_US);
    assert_int_equal(k.due_fix, 9 * MINUTE_US);
}

static void an_extension_pushes_what_comes_behind(void **state)
{
    (void)state;
    struct dispatch_clock k = dispatch_clock_start(&plain, &red, 0);
    dispatch_clock_move(&k, &plain, &red.time, DISPATCH_EXTEND_GRANT, DISPATCH_PENDING_SIGN, DISPATCH_PENDING_SIGN, 1,
                        90 * MINUTE_US);
    assert_int_equal(k.due_sign, 90 * MINUTE_US);
    assert_int_equal(k.due_feedback, 90 * MINUTE_US);
    assert_int_equal(k.due_fix, 720 * MINUTE_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(warning_walks),
        cmocka_unit_test(dispatch_walks),
        cmocka_unit_test(steps_have_permissions),
        cmocka_unit_test(names_go_both_ways),
        cmocka_unit_test(closed_states_are_final),
        cmocka_unit_test(taking_note_closes_an_information),
        cmocka_unit_test(four_eyes),
        cmocka_unit_test(the_clock_runs_step_by_step),
        cmocka_unit_test(the_reviewer_may_set_the_deadline),
        cmocka_unit_test(an_extension_pushes_what_comes_behind),
    };
    return cmocka_run_group_tests_name("warnings/rules", tests, NULL, NULL);
}
