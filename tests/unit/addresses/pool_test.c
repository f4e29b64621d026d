#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "addresses/pool.h"

static struct pool_range range(const char *text)
{
    struct pool_range r;
    assert_true(ip_range_parse(str_of(text), &r.lo, &r.hi));
    return r;
}

static struct ip ip(const char *text)
{
    struct ip x;
    assert_true(ip_parse(str_of(text), &x));
    return x;
}

static void ranges_nest_or_do_not(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        enum pool_relation want;
    } cases[] = {{"10.0.0.0/24", "10.0.1.0/24", POOL_APART},        {"10.0.0.0/24", "10.0.0.0-10.0.0.255", POOL_SAME},
                 {"10.0.0.128/25", "10.0.0.0/24", POOL_INSIDE},     {"10.0.0.0/8", "10.9.0.0/16", POOL_AROUND},
                 {"10.0.0.0-10.0.1.9", "10.0.1.0/24", POOL_ACROSS}, {"::ffff:10.0.0.0-::ffff:10.0.0.255", "10.0.0.0/24", POOL_SAME},
                 {"2001:db8::/32", "2001:db8:1::/48", POOL_AROUND}, {"0.0.0.0-255.255.255.255", "2001:db8::/32", POOL_APART}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pool_range a = range(cases[i].a), b = range(cases[i].b);
        if (pool_relation(&a, &b) != cases[i].want)
            fail_msg("%s and %s", cases[i].a, cases[i].b);
    }
}

static void sizes_and_maps_fit_any_range(void **state)
{
    (void)state;
    struct pool_range small = range("10.0.0.0/24"), big = range("10.0.0.0/8"), v6 = range("2001:db8::/32"),
                      odd = range("10.0.0.250-10.0.1.5");
    struct pool_map *m = calloc(1, sizeof *m);
    size_t cell;
    struct ip a = ip("10.0.0.255"), b = ip("10.255.255.255"), outside = ip("11.0.0.0"), c = ip("2001:db8:ffff::1");
    assert_int_equal(pool_size(&small), 256);
    assert_int_equal(pool_size(&odd), 12);
    assert_true(pool_size(&v6) == UINT64_MAX);
    pool_map_begin(&small, m);
    assert_int_equal(m->cells, 256);
    assert_int_equal(m->shift, 0);
    assert_true(pool_cell(m, &a, &cell) && cell == 255);
    assert_false(pool_cell(m, &outside, &cell));
    pool_map_begin(&big, m);
    assert_int_equal(m->cells, 1024);
    assert_true(pool_cell(m, &b, &cell) && cell == 1023);
    struct ip first = pool_cell_at(m, 1);
    struct ip want = ip("10.0.64.0");
    assert_int_equal(ip_compare(&first, &want), 0);
    pool_map_begin(&v6, m);
    assert_int_equal(m->cells, 1024);
    assert_true(pool_cell(m, &c, &cell) && cell == 1023);
    pool_map_begin(&odd, m);
    assert_int_equal(m->cells, 12);
    free(m);
}

static void what_is_left_is_between(void **state)
{
    (void)state;
    struct pool_range r = range("10.0.0.0/29"), out[8];
    struct ip taken[] = {ip("10.0.0.0"), ip("10.0.0.3"), ip("10.0.0.3"), ip("10.0.0.7")};
    struct arena *a = arena_new(1 << 16);
    assert_int_equal(pool_free(&r, taken, 4, out, 8), 2);
    assert_true(str_is(pool_text(a, &out[0]), "10.0.0.1-10.0.0.2"));
    assert_true(str_is(pool_text(a, &out[1]), "10.0.0.4-10.0.0.6"));
    assert_int_equal(pool_free(&r, taken, 0, out, 8), 1);
    assert_true(str_is(pool_text(a, &out[0]), "10.0.0.0/29"));
    assert_int_equal(pool_free(&r, taken, 4, out, 1), 1);
    struct pool_range all = range("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    struct ip last[] = {ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")};
    assert_int_equal(pool_free(&all, last, 1, out, 8), 1);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ranges_nest_or_do_not), cmocka_unit_test(sizes_and_maps_fit_any_range),
                                       cmocka_unit_test(what_is_left_is_between)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
