#include "flow/deadline.h"

enum { DAYS_MAX = 3660 };

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return a % b < 0 ? q - 1 : q;
}

/* 1970-01-01 was a Thursday. */
static bool is_weekday(int32_t day)
{
    int64_t from_monday = (((int64_t)day + 3) % 7 + 7) % 7;
    return from_monday < 5;
}

bool calendar_works(const struct calendar *c, int32_t day)
{
    size_t lo = 0, hi = c->count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (c->days[mid].day < day)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < c->count && c->days[lo].day == day)
        return c->days[lo].working;
    return is_weekday(day);
}

static int64_t local(const struct calendar *c, int64_t us)
{
    return us + (int64_t)c->offset_s * 1000000;
}

/* The working span of a local day, in local time; empty on other days. */
static void span_of(const struct calendar *c, const struct work_time *w, int64_t day, int64_t *start, int64_t *end)
{
    *start = *end = day * DAY_US + w->work_from * MINUTE_US;
    if (calendar_works(c, (int32_t)day) && w->work_to > w->work_from)
        *end = day * DAY_US + w->work_to * MINUTE_US;
}

int64_t deadline_add(const struct calendar *c, const struct work_time *w, int64_t from, int64_t us)
{
    if (us < 0)
        us = 0;
    if (us > DEADLINE_MINUTES_MAX * MINUTE_US)
        us = DEADLINE_MINUTES_MAX * MINUTE_US;
    if (!w->working || us == 0)
        return from + us;
    int64_t at = local(c, from), first = floor_div(at, DAY_US);
    for (int64_t day = first; day < first + DAYS_MAX; day++) {
        int64_t start, end;
        span_of(c, w, day, &start, &end);
        if (at > start)
            start = at;
        if (end <= start)
            continue;
        if (us <= end - start)
            return from + (start + us - at);
        us -= end - start;
    }
    /* A calendar without working days: count as if all were, rather than never. */
    return from + us;
}

int64_t deadline_between(const struct calendar *c, const struct work_time *w, int64_t from, int64_t to)
{
    if (to <= from)
        return 0;
    if (!w->working)
        return to - from;
    int64_t a = local(c, from), b = local(c, to), sum = 0;
    int64_t first = floor_div(a, DAY_US), last = floor_div(b, DAY_US);
    if (last > first + DAYS_MAX)
        last = first + DAYS_MAX;
    for (int64_t day = first; day <= last; day++) {
        int64_t start, end;
        span_of(c, w, day, &start, &end);
        start = a > start ? a : start;
        end = b < end ? b : end;
        if (end > start)
            sum += end - start;
    }
    return sum;
}
