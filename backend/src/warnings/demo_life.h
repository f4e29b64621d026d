/* What an invented unit does with a dispatch, from its publication to now, under the real clock and the real moves. Pure:
 * the same seed and times give the same life. Times: microseconds UTC, 0 = not (yet). */
#ifndef WARNINGS_DEMO_LIFE_H
#define WARNINGS_DEMO_LIFE_H

#include "warnings/dispatch.h"

enum { DEMO_ROUNDS = 2 };

struct demo_plan {
    const struct calendar *calendar;
    const struct clock_rule *rule;
    int64_t published, now;
    int64_t withdrawn; /* the warning was withdrawn then */
    bool weak;         /* the unit is often late, and sometimes does not answer at all */
    bool answers;      /* nobody stays silent */
    bool held;         /* the office has not decided on the last feedback */
};

struct demo_round {
    int64_t fed_at, reviewed_at;
    bool on_time;
    enum dispatch_action outcome; /* where reviewed_at is set */
};

struct demo_life {
    enum dispatch_state state;
    struct dispatch_clock clock;
    int64_t signed_at, closed_at;
    int64_t asked_at, asked_due; /* a request to extend that waits */
    int round;                   /* the present one, from 1 */
    int rounds;                  /* of feedback given */
    struct demo_round of[DEMO_ROUNDS];
};

/* A number below n. The generator is our own, so that each installation shows the same picture. */
unsigned demo_any(uint32_t *seed, unsigned n);
/* Draws the same count of numbers whatever the plan, so that one notice does not change the next. */
void demo_live(const struct demo_plan *p, uint32_t *seed, struct demo_life *out);

#endif
