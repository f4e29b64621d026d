#include "queue/cron.h"

#include "kernel/clock.h"

enum { MINUTES_A_DAY = 1440, YEARS_AHEAD = 9 }; /* 29 February is at most eight years away */
#define MINUTE_US (INT64_C(60) * 1000000)

/* A star, "5", "1-5", "10-40/5" as bits. */
static bool read_part(struct str part, unsigned least, unsigned most, uint64_t *bits)
{
    uint64_t from = least, to = most, step = 1;
    struct str rest = part;
    struct str span = str_cut(&rest, '/');
    bool stepped = span.n < part.n;
    if (stepped && (!str_u64(rest, &step) || step < 1 || step > most))
        return false;
    if (!str_is(span, "*")) {
        struct str high = span;
        struct str low = str_cut(&high, '-');
        bool range = low.n < span.n;
        if (!str_u64(low, &from) || (range && !str_u64(high, &to)))
            return false;
        if (!range)
            to = stepped ? most : from;
    }
    if (from < least || to > most || from > to)
        return false;
    for (uint64_t i = from; i <= to; i += step)
        *bits |= UINT64_C(1) << i;
    return true;
}

static bool read_field(struct str field, unsigned least, unsigned most, uint64_t *bits)
{
    *bits = 0;
    if (!field.n || field.p[field.n - 1] == ',')
        return false;
    while (field.n)
        if (!read_part(str_cut(&field, ','), least, most, bits))
            return false;
    return true;
}

static bool day_fits(const struct cron *c, int64_t day)
{
    int64_t year;
    unsigned month, of_month;
    clock_civil(day, &year, &month, &of_month);
    unsigned weekday = (unsigned)((day % 7 + 11) % 7); /* 1970-01-01 was a Thursday */
    bool by_day = c->days >> of_month & 1, by_weekday = c->weekdays >> weekday & 1;
    bool fits = c->any_day || c->any_weekday ? by_day && by_weekday : by_day || by_weekday;
    return fits && (c->months >> month & 1);
}

bool cron_parse(struct str text, struct cron *out)
{
    static const struct {
        unsigned least, most;
    } fields[] = {{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}};
    uint64_t bits[5];
    struct str words[5], rest = str_trim(text);
    if (text.n > CRON_MAX_CHARS)
        return false;
    for (int i = 0; i < 5; i++) {
        words[i] = str_cut(&rest, ' ');
        rest = str_trim(rest);
        if (!read_field(words[i], fields[i].least, fields[i].most, &bits[i]))
            return false;
    }
    if (rest.n)
        return false;
    *out = (struct cron){.minutes = bits[0],
                         .hours = (uint32_t)bits[1],
                         .days = (uint32_t)bits[2],
                         .months = (uint32_t)bits[3],
                         .weekdays = (uint32_t)(bits[4] | bits[4] >> 7),
                         .any_day = words[2].p[0] == '*',
                         .any_weekday = words[4].p[0] == '*'};
    return cron_next(out, 0) != 0;
}

int64_t cron_next(const struct cron *c, int64_t us)
{
    int64_t first = us - us % MINUTE_US + MINUTE_US;
    int today = clock_local_day(first);
    for (int day = today; day < today + 366 * YEARS_AHEAD; day++) {
        if (!day_fits(c, day))
            continue;
        int64_t midnight = clock_local_midnight(day);
        int minute = day == today ? (int)((first - midnight) / MINUTE_US) : 0;
        for (; minute < MINUTES_A_DAY; minute++)
            if ((c->hours >> minute / 60 & 1) && (c->minutes >> minute % 60 & 1))
                return midnight + minute * MINUTE_US;
    }
    return 0;
}
