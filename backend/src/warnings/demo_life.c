#include "warnings/demo_life.h"

#include <string.h>

enum { REVIEW_MIN = 150, HASTE_MIN = 6 };

unsigned demo_any(uint32_t *seed, unsigned n)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % n;
}

/* The chances of one life, all drawn beforehand. Percents are of the time that the clock gives. */
struct chances {
    bool late, silent, asks;
    unsigned deaf_to, sign_pct, feed_pct, review_pct[DEMO_ROUNDS], again_pct, verdict;
};

static struct chances draw(const struct demo_plan *p, uint32_t *seed)
{
    struct chances c;
    c.late = demo_any(seed, 100) < (p->weak ? 40u : 5u);
    c.silent = demo_any(seed, 100) < (p->weak ? 22u : 2u) && !p->answers;
    c.deaf_to = demo_any(seed, 3);
    c.sign_pct = (c.late ? 70 : 5) + demo_any(seed, 70);
    c.feed_pct = (c.late ? 104 : 28) + demo_any(seed, 64);
    c.again_pct = 4 + demo_any(seed, 16);
    for (int i = 0; i < DEMO_ROUNDS; i++)
        c.review_pct[i] = 10 + demo_any(seed, 90);
    c.verdict = demo_any(seed, 48);
    c.asks = demo_any(seed, 5) == 0;
    return c;
}

static int64_t after(const struct demo_plan *p, int64_t from, int64_t us, unsigned pct)
{
    int64_t at = deadline_add(p->calendar, &p->rule->time, from, us / 100 * (int64_t)pct);
    return at > from + HASTE_MIN * MINUTE_US ? at : from + HASTE_MIN * MINUTE_US;
}

/* The story ends now, or with the withdrawal. */
static bool happens(const struct demo_plan *p, int64_t at)
{
    return at < (p->withdrawn ? p->withdrawn : p->now);
}

static void move(struct demo_life *l, const struct demo_plan *p, enum dispatch_action action, int64_t at)
{
    const struct dispatch_move *m = dispatch_move(l->state, action, false);
    dispatch_clock_move(&l->clock, p->calendar, &p->rule->time, action, m->from, m->to, at, 0);
    l->state = m->to;
    if (!dispatch_open(m->to))
        l->closed_at = at;
}

static enum dispatch_action verdict_of(const struct chances *c, int round)
{
    if (round == 0 && c->verdict < 5)
        return DISPATCH_RETURN;
    return c->verdict == 47 ? DISPATCH_TERMINATE : DISPATCH_ACCEPT;
}

/* Feedback and review, until one round is the last. */
static void answer(struct demo_life *l, const struct demo_plan *p, const struct chances *c, int64_t from)
{
    int64_t at = from;
    for (int i = 0; i < DEMO_ROUNDS; i++) {
        struct demo_round *r = &l->of[i];
        at = i ? after(p, at, p->rule->fix_us, c->again_pct) : at;
        if (!happens(p, at))
            return;
        r->fed_at = at;
        r->on_time = at <= l->clock.due;
        l->rounds++;
        move(l, p, DISPATCH_FEEDBACK, at);
        enum dispatch_action verdict = verdict_of(c, i);
        at = after(p, at, REVIEW_MIN * MINUTE_US, c->review_pct[i]);
        if (!happens(p, at) || (p->held && verdict != DISPATCH_RETURN))
            return;
        r->reviewed_at = at;
        r->outcome = verdict;
        move(l, p, verdict, at);
        if (verdict != DISPATCH_RETURN)
            return;
        l->round++;
    }
}

/* Half way between the receipt and the deadline a unit asks for a day more. */
static void ask(struct demo_life *l, const struct demo_plan *p, const struct chances *c)
{
    int64_t at = l->signed_at + (l->clock.due - l->signed_at) / 2;
    if (l->state != DISPATCH_HANDLING || !c->asks || at > p->now || l->clock.due < p->now || p->withdrawn)
        return;
    l->asked_at = at;
    l->asked_due = l->clock.due + DAY_US;
}

void demo_live(const struct demo_plan *p, uint32_t *seed, struct demo_life *out)
{
    struct chances c = draw(p, seed);
    memset(out, 0, sizeof *out);
    out->round = 1;
    out->clock = dispatch_clock_start(p->calendar, p->rule, p->published);
    int64_t sign = after(p, p->published, p->rule->receipt_us, c.sign_pct);
    int64_t feed = after(p, p->published, p->rule->feedback_us, c.feed_pct);
    if (happens(p, sign) && !(c.silent && c.deaf_to == 0)) {
        out->signed_at = sign;
        move(out, p, DISPATCH_SIGN, sign);
        if (!c.silent)
            answer(out, p, &c, feed > sign ? feed : sign + HASTE_MIN * MINUTE_US);
        ask(out, p, &c);
    }
    if (p->withdrawn && dispatch_open(out->state))
        move(out, p, DISPATCH_WITHDRAW, p->withdrawn);
}
