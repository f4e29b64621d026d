/* The invented lives of the demonstration: punctual on the whole, and always in a state that the rules allow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "warnings/demo_life.h"

#define HOUR (60 * MINUTE_US)
enum { LIVES = 4000 };

static const struct calendar no_holidays = {.days = NULL, .count = 0, .offset_s = 8 * 3600};
static const struct clock_rule orange = {HOUR, 2 * HOUR, 24 * HOUR, {false, 0, 0}};
static const int64_t monday = INT64_C(1793577600000000); /* 2026-11-02T00:00Z */

static struct demo_plan plan(int64_t age)
{
    return (struct demo_plan){.calendar = &no_holidays, .rule = &orange, .published = monday, .now = monday + age};
}

static unsigned on_time_percent(struct demo_plan p)
{
    uint32_t seed = 7;
    unsigned good = 0, fed = 0;
    for (int i = 0; i < LIVES; i++) {
        struct demo_life l;
        demo_live(&p, &seed, &l);
        fed += l.rounds > 0;
        good += l.rounds > 0 && l.of[0].on_time;
    }
    return fed ? 100 * good / fed : 0;
}

static void most_units_answer_in_time_and_weak_ones_do_not(void **state)
{
    (void)state;
    struct demo_plan p = plan(30 * DAY_US);
    unsigned usual = on_time_percent(p);
    p.weak = true;
    unsigned weak = on_time_percent(p);
    assert_in_range(usual, 90, 99);
    assert_in_range(weak, 40, 75);
}

static void times_are_in_order_and_not_in_the_future(void **state)
{
    (void)state;
    for (int64_t age = 0; age < 5 * DAY_US; age += 7 * HOUR) {
        struct demo_plan p = plan(age);
        uint32_t seed = 11;
        for (int i = 0; i < 300; i++) {
            struct demo_life l;
            p.weak = i % 2;
            demo_live(&p, &seed, &l);
            int64_t last = p.published;
            int64_t times[] = {l.signed_at, l.of[0].fed_at, l.of[0].reviewed_at, l.of[1].fed_at, l.of[1].reviewed_at, l.closed_at};
            for (size_t k = 0; k < sizeof times / sizeof *times; k++) {
                assert_true(!times[k] || (times[k] >= last && times[k] < p.now));
                last = times[k] ? times[k] : last;
            }
            assert_int_equal(dispatch_open(l.state), !l.closed_at);
            assert_int_equal(l.state == DISPATCH_PENDING_SIGN, !l.signed_at);
        }
    }
}

static void a_withdrawal_ends_every_life(void **state)
{
    (void)state;
    struct demo_plan p = plan(30 * DAY_US);
    uint32_t seed = 3;
    int withdrawn = 0;
    p.withdrawn = monday + HOUR;
    for (int i = 0; i < 200; i++) {
        struct demo_life l;
        demo_live(&p, &seed, &l);
        assert_false(dispatch_open(l.state));
        withdrawn += l.state == DISPATCH_WITHDRAWN;
    }
    assert_true(withdrawn > 100);
}

static void the_same_seed_gives_the_same_life_whenever_it_is_looked_at(void **state)
{
    (void)state;
    uint32_t early = 5, late = 5;
    struct demo_plan p = plan(HOUR), q = plan(30 * DAY_US);
    for (int i = 0; i < 100; i++) {
        struct demo_life a, b;
        demo_live(&p, &early, &a);
        demo_live(&q, &late, &b);
        assert_int_equal(early, late);
        if (a.signed_at)
            assert_true(a.signed_at == b.signed_at);
    }
}

static void a_held_life_waits_for_the_office(void **state)
{
    (void)state;
    struct demo_plan p = plan(30 * DAY_US);
    uint32_t seed = 9;
    p.held = p.answers = true;
    for (int i = 0; i < 200; i++) {
        struct demo_life l;
        demo_live(&p, &seed, &l);
        assert_int_equal(l.state, DISPATCH_REVIEWING);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(most_units_answer_in_time_and_weak_ones_do_not),
        cmocka_unit_test(times_are_in_order_and_not_in_the_future),
        cmocka_unit_test(a_withdrawal_ends_every_life),
        cmocka_unit_test(the_same_seed_gives_the_same_life_whenever_it_is_looked_at),
        cmocka_unit_test(a_held_life_waits_for_the_office),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
