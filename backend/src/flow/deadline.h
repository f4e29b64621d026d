/* Deadlines: calendar time, or the working hours of working days.
 *
 * Pure: no clock, no database. Times are microseconds since 1970 UTC; days are local days since 1970-01-01.
 * The zone is one offset for the whole reckoning: the platform's zone has no daylight saving time (Asia/Shanghai). */
#ifndef FLOW_DEADLINE_H
#define FLOW_DEADLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct calendar_day {
    int32_t day;
    bool working;
};

/* Days that differ from "Monday to Friday are working days", ascending. */
struct calendar {
    const struct calendar_day *days;
    size_t count;
    int32_t offset_s; /* of the zone, east of Greenwich */
};

/* How time is counted. working: only minutes work_from .. work_to (since local midnight) of working days. */
struct work_time {
    bool working;
    unsigned work_from, work_to;
};

enum { DEADLINE_MINUTES_MAX = 60 * 24 * 366 };

bool calendar_works(const struct calendar *c, int32_t day);
/* The moment when `us` of counted time have passed since `from`. A deadline never falls on the first moment of a
 * working span when it can end the span before. us is cut to 0 .. DEADLINE_MINUTES_MAX. */
int64_t deadline_add(const struct calendar *c, const struct work_time *w, int64_t from, int64_t us);
/* Counted time between two moments; 0 when to <= from. At most 10 years are counted. */
int64_t deadline_between(const struct calendar *c, const struct work_time *w, int64_t from, int64_t to);

#define MINUTE_US INT64_C(60000000)
#define DAY_US (1440 * MINUTE_US)

#endif
