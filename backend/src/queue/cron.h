/* Cron expressions (POSIX crontab): "minute hour day-of-month month day-of-week", numbers only. Each field is a star, a number,
 * a range "1-5", one of these with a step behind a slash, or a list of them with commas. Sunday is 0 or 7. When both days are
 * restricted either of them fits, as in POSIX. Minutes are those of the platform's zone. */
#ifndef QUEUE_CRON_H
#define QUEUE_CRON_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/str.h"

enum { CRON_MAX_CHARS = 100 };

struct cron {
    uint64_t minutes; /* bit n: minute n */
    uint32_t hours, days, months, weekdays;
    bool any_day, any_weekday;
};

/* False when it is no such expression, or one that never comes ("0 0 31 2 *"). */
bool cron_parse(struct str text, struct cron *out);
/* The first minute after `us` (microseconds UTC) that fits. */
int64_t cron_next(const struct cron *c, int64_t us);

#endif
