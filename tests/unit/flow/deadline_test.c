/* Deadlines on calendar and working time. Local time below is Asia/Shanghai, 2026: 1 to 7 October are holidays,
 * Sunday 20 September and Saturday 10 October are shifted working days. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "flow/deadline.h"

static int64_t at(int month, int day, int hour, int minute)
{
    struct tm tm = {.tm_year = 126, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute};
    return ((int64_t)timegm(&tm) - 8 * 3600) * 1000000;
}

static int32_t day_of(int month, int day)
{
    return (int32_t)((at(month, day, 12, 0) + 8 * 3600 * INT64_C(1000000)) / DAY_US);
}

static struct calendar national(struct calendar_day *days)
{
    size_t n = 0;
    days[n++] = (struct calendar_day){day_of(9, 20), true};
    for (int d = 1; d <= 7; d++)
        days[n++] = (struct calendar_day){day_of(10, d), false};
    days[n++] = (struct calendar_day){day_of(10, 10), true};
    return (struct calendar){days, n, 8 * 3600};
}

static const struct work_time office = {true, 540, 1050};
static const struct work_time always = {false, 540, 1050};

static void expect_due(const struct work_time *w, int64_t from, int minutes, int64_t due)
{
    struct calendar_day days[10];
    struct calendar c = national(days);
    assert_int_equal(deadline_add(&c, w, from, minutes * MINUTE_US), due);
}

static void calendar_time_counts_every_minute(void **state)
{
    (void)state;
    expect_due(&always, at(10, 1, 23, 50), 30, at(10, 2, 0, 20));
}

static void working_time_stays_inside_hours(void **state)
{
    (void)state;
    expect_due(&office, at(11, 24, 10, 0), 120, at(11, 24, 12, 0));
    expect_due(&office, at(11, 24, 16, 30), 120, at(11, 25, 10, 0));
    expect_due(&office, at(11, 24, 3, 0), 60, at(11, 24, 10, 0));
    expect_due(&office, at(11, 24, 9, 0), 510, at(11, 24, 17, 30));
    expect_due(&office, at(11, 24, 9, 0), 0, at(11, 24, 9, 0));
}

static void weekends_and_holidays_do_not_count(void **state)
{
    (void)state;
    expect_due(&office, at(11, 27, 17, 0), 60, at(11, 30, 9, 30));
    expect_due(&office, at(9, 30, 17, 0), 60, at(10, 8, 9, 30));
    expect_due(&office, at(10, 3, 12, 0), 30, at(10, 8, 9, 30));
}

static void shifted_working_days_count(void **state)
{
    (void)state;
    expect_due(&office, at(9, 18, 17, 0), 60, at(9, 20, 9, 30));
    expect_due(&office, at(10, 9, 17, 0), 60, at(10, 10, 9, 30));
}

static void between_is_the_reverse_of_add(void **state)
{
    (void)state;
    struct calendar_day days[10];
    struct calendar c = national(days);
    uint32_t seed = 12345;
    for (int i = 0; i < 20000; i++) {
        seed = seed * 1664525u + 1013904223u;
        int64_t from = at(8, 1, 0, 0) + (int64_t)(seed % (120u * 1440u)) * MINUTE_US;
        seed = seed * 1664525u + 1013904223u;
        int64_t us = (int64_t)(seed % 20000u + 1u) * MINUTE_US;
        const struct work_time *w = i % 2 ? &office : &always;
        int64_t due = deadline_add(&c, w, from, us);
        assert_true(due > from);
        assert_int_equal(deadline_between(&c, w, from, due), us);
        assert_int_equal(deadline_between(&c, w, from, due - MINUTE_US), us - MINUTE_US);
    }
}

static void a_calendar_without_working_days_still_ends(void **state)
{
    (void)state;
    struct calendar c = {NULL, 0, 0};
    struct work_time none = {true, 600, 600};
    assert_int_equal(deadline_add(&c, &none, 0, MINUTE_US), MINUTE_US);
    assert_int_equal(deadline_between(&c, &office, 5, 5), 0);
    assert_int_equal(deadline_add(&c, &always, 0, -5), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calendar_time_counts_every_minute),  cmocka_unit_test(working_time_stays_inside_hours),
        cmocka_unit_test(weekends_and_holidays_do_not_count), cmocka_unit_test(shifted_working_days_count),
        cmocka_unit_test(between_is_the_reverse_of_add),      cmocka_unit_test(a_calendar_without_working_days_still_ends),
    };
    return cmocka_run_group_tests_name("flow/deadline", tests, NULL, NULL);
}
