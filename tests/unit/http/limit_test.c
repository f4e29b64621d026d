#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/limit.h"

enum { SECOND = 1000000 };
static const struct limit_rule rule = {.rate = 50, .burst = 200};
static const char someone[] = "01a20b7e-1b59-72ba-8a44-6d67e9334f25", other[] = "01a20b7e-1b59-72ba-8a44-6d67e9334f26";

static int takes(struct limits *l, const char *id, int wanted, int64_t now)
{
    int64_t wait;
    int n = 0;
    for (int i = 0; i < wanted; i++)
        n += limit_take(l, id, &rule, now, &wait);
    return n;
}

static void a_burst_and_then_the_rate(void **state)
{
    struct limits *l = limits_new();
    int64_t wait, now = 5 * SECOND;
    (void)state;
    assert_int_equal(takes(l, someone, 1000, now), 200);
    assert_int_equal(takes(l, other, 1, now), 1);
    assert_false(limit_take(l, someone, &rule, now, &wait));
    assert_int_equal(wait, SECOND / 50);
    assert_true(limit_take(l, someone, &rule, now + wait, &wait));
    assert_int_equal(takes(l, someone, 1000, now + 2 * SECOND), 99);
    assert_int_equal(takes(l, someone, 1000, now + 3600LL * SECOND), 200);
}

static void no_rate_is_no_limit(void **state)
{
    const struct limit_rule off = {.rate = 0, .burst = 1};
    int64_t wait;
    (void)state;
    struct limits *l = limits_new();
    for (int i = 0; i < 1000; i++)
        assert_true(limit_take(l, someone, &off, 1, &wait));
    assert_true(limit_take(NULL, someone, &rule, 1, &wait));
}

static void processes_share_a_bucket(void **state)
{
    struct limits *l = limits_new();
    (void)state;
    for (int i = 0; i < 4; i++)
        if (fork() == 0)
            _exit(takes(l, someone, 60, SECOND) == 60 ? 0 : 1);
    int refused = 0, status;
    for (int i = 0; i < 4; i++)
        refused += wait(&status) > 0 && status != 0;
    assert_true(refused >= 1); /* 240 were wanted */
    assert_int_equal(takes(l, someone, 1, SECOND), 0);
}

static void many_have_a_bucket_each(void **state)
{
    struct limits *l = limits_new();
    char id[37];
    int limited = 0;
    (void)state;
    for (int i = 0; i < 2000; i++) {
        snprintf(id, sizeof id, "01a20b7e-1b59-72ba-8a44-%012x", (unsigned)i);
        limited += takes(l, id, 201, SECOND) == 200;
    }
    assert_int_equal(limited, 2000);
    /* Idle ones make room. */
    for (int i = 0; i < 100000; i++) {
        snprintf(id, sizeof id, "01a20b7e-1b59-72ba-8a45-%012x", (unsigned)i);
        assert_int_equal(takes(l, id, 1, (int64_t)(10 + i) * SECOND), 1);
    }
    assert_int_equal(takes(l, id, 1000, 200000LL * SECOND), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_burst_and_then_the_rate), cmocka_unit_test(no_rate_is_no_limit),
                                       cmocka_unit_test(processes_share_a_bucket), cmocka_unit_test(many_have_a_bucket_each)};
    return cmocka_run_group_tests_name("http/limit", tests, NULL, NULL);
}
