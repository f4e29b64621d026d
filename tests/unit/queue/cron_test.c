/* Cron expressions, in Asia/Shanghai. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/clock.h"
#include "queue/cron.h"

static void expect_next(const char *cron, const char *from, const char *next)
{
    struct cron c;
    int64_t at;
    char got[17];
    if (!cron_parse(str_of(cron), &c))
        fail_msg("%s was refused", cron);
    assert_true(clock_parse_rfc3339(str_of(from), &at));
    clock_local_minute(cron_next(&c, at), got);
    if (strcmp(got, next) != 0)
        fail_msg("%s after %s: %s, not %s", cron, from, got, next);
}

static void each_field(void **state)
{
    (void)state;
    expect_next("* * * * *", "2026-11-27T10:00:00+08:00", "2026-11-27 10:01");
    expect_next("* * * * *", "2026-11-27T10:00:59.999+08:00", "2026-11-27 10:01");
    expect_next("30 2 * * *", "2026-11-27T02:29:59+08:00", "2026-11-27 02:30");
    expect_next("30 2 * * *", "2026-11-27T02:30:00+08:00", "2026-11-28 02:30");
    expect_next("*/15 9-17 * * *", "2026-11-27T17:45:00+08:00", "2026-11-28 09:00");
    expect_next("5,10-20/5,59 0 * * *", "2026-11-27T00:10:00+08:00", "2026-11-27 00:15");
    expect_next("5/20 * * * *", "2026-11-27T00:25:00+08:00", "2026-11-27 00:45");
    expect_next("0 0 1 1 *", "2026-11-27T00:00:00+08:00", "2027-01-01 00:00");
    expect_next("0 8 29 2 *", "2026-11-27T00:00:00+08:00", "2028-02-29 08:00");
    expect_next("  0   8 * *  1 ", "2026-11-27T00:00:00+08:00", "2026-11-30 08:00");
}

static void days_of_week(void **state)
{
    (void)state;
    /* 27 November 2026 is a Friday. */
    expect_next("0 8 * * 5", "2026-11-26T09:00:00+08:00", "2026-11-27 08:00");
    expect_next("0 8 * * 0", "2026-11-27T09:00:00+08:00", "2026-11-29 08:00");
    expect_next("0 8 * * 7", "2026-11-27T09:00:00+08:00", "2026-11-29 08:00");
    expect_next("0 8 * * 1-5", "2026-11-27T09:00:00+08:00", "2026-11-30 08:00");
    /* Both restricted: either. One with a star: both. */
    expect_next("0 8 1 * 1", "2026-11-27T09:00:00+08:00", "2026-11-30 08:00");
    expect_next("0 8 1 * 1", "2026-11-30T09:00:00+08:00", "2026-12-01 08:00");
    expect_next("0 8 */2 * 1", "2026-11-27T09:00:00+08:00", "2026-12-07 08:00");
}

static void the_zone_counts(void **state)
{
    (void)state;
    /* 23:30 in London is the next morning here. */
    expect_next("0 8 * * *", "2026-11-26T23:30:00Z", "2026-11-27 08:00");
    expect_next("0 0 * * *", "2026-11-27T15:59:59Z", "2026-11-28 00:00");
}

static void what_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "* * * *",
                                      "* * * * * *",
                                      "60 * * * *",
                                      "* 24 * * *",
                                      "* * 0 * *",
                                      "* * 32 * *",
                                      "* * * 0 *",
                                      "* * * 13 *",
                                      "* * * * 8",
                                      "5-1 * * * *",
                                      "*/0 * * * *",
                                      "*/ * * * *",
                                      "*/60 * * * *",
                                      "1, * * * *",
                                      ",1 * * * *",
                                      "1,,2 * * * *",
                                      "-1 * * * *",
                                      "1- * * * *",
                                      "a * * * *",
                                      "0 0 31 2 *",
                                      "0 0 30 2 *",
                                      "@daily",
                                      "0 0 * JAN *",
                                      "1-5-9 * * * *",
                                      "99999999999999999999 * * * *"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct cron c;
        if (cron_parse(str_of(bad[i]), &c))
            fail_msg("\"%s\" was taken", bad[i]);
    }
}

int main(void)
{
    clock_set_zone("Asia/Shanghai");
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_field), cmocka_unit_test(days_of_week),
                                       cmocka_unit_test(the_zone_counts), cmocka_unit_test(what_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
