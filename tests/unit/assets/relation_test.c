#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "assets/relation.h"

static struct impact_edge edge(int from, int to)
{
    struct impact_edge e;
    snprintf(e.from, sizeof e.from, "n%d", from);
    snprintf(e.to, sizeof e.to, "n%d", to);
    snprintf(e.kind, sizeof e.kind, "runs_on");
    return e;
}

static void a_circle_is_walked_once(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct str start[] = {STR("n1"), STR("n1")};
    struct impact x;
    impact_begin(a, start, 2, &x);
    assert_int_equal(x.count, 1);
    struct impact_edge first[] = {edge(1, 2), edge(1, 1)}, second[] = {edge(2, 3), edge(2, 1)}, third[] = {edge(3, 1), edge(3, 2)};
    assert_true(impact_step(&x, first, 2));
    assert_int_equal(x.fresh, 1);
    assert_true(impact_step(&x, second, 2));
    assert_false(impact_step(&x, third, 2));
    assert_int_equal(x.count, 3);
    assert_string_equal(x.nodes[2].id, "n3");
    assert_string_equal(x.nodes[2].via, "n2");
    assert_int_equal(x.nodes[2].depth, 2);
    assert_false(x.more);
    arena_free(a);
}

static void depth_and_number_end(void **state)
{
    (void)state;
    struct arena *a = arena_new(4 << 20);
    struct str start[] = {STR("n0")};
    struct impact x;
    impact_begin(a, start, 1, &x);
    int steps = 0;
    for (struct impact_edge e = edge(0, 1); impact_step(&x, &e, 1); e = edge(steps, steps + 1))
        steps++;
    assert_int_equal(x.count, RELATION_DEPTH + 1);
    assert_true(x.more);
    impact_begin(a, start, 1, &x);
    struct impact_edge *many = arena_array(a, 2 * RELATION_NODES, sizeof *many);
    for (int i = 0; i < 2 * RELATION_NODES; i++)
        many[i] = edge(0, i + 1);
    assert_false(impact_step(&x, many, 2 * RELATION_NODES));
    assert_int_equal(x.count, RELATION_NODES);
    assert_true(x.more);
    arena_free(a);
}

static void nearness_goes_by_region_and_distance(void **state)
{
    (void)state;
    struct place kunming = {STR("530102"), 102.71, 25.05, true}, there = {STR("530111"), 102.70, 25.04, true};
    struct place dali = {STR("532901"), 100.27, 25.61, true}, nowhere = {STR(""), 0, 0, false},
                 sichuan = {STR("510104"), 104.08, 30.66, true};
    assert_int_equal(place_nearness(&kunming, &kunming), NEAR_COUNTY);
    assert_int_equal(place_nearness(&kunming, &there), NEAR_PREFECTURE);
    assert_int_equal(place_nearness(&kunming, &dali), NEAR_PROVINCE);
    assert_int_equal(place_nearness(&kunming, &sichuan), NEAR_BEYOND);
    assert_int_equal(place_nearness(&kunming, &nowhere), NEAR_BEYOND);
    assert_int_equal((int)place_km(&kunming, &dali), 253);
    assert_true(place_km(&kunming, &nowhere) < 0);
    assert_int_equal((int)place_km(&kunming, &kunming), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_circle_is_walked_once),
        cmocka_unit_test(depth_and_number_end),
        cmocka_unit_test(nearness_goes_by_region_and_distance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
