#include "situation/situation.h"

#define HOUR_US INT64_C(3600000000)

void timeliness_add(struct timeliness *t, const struct life *d, int64_t now)
{
    t->total++;
    if (d->withdrawn)
        return;
    if (d->signed_at) {
        t->receipts++;
        t->receipt_us += d->signed_at - d->dispatched;
    }
    if (d->fed_back) {
        t->due++;
        t->on_time += d->on_time;
        t->responses++;
        t->response_us += d->fed_back - d->dispatched;
    } else if (!d->closed && d->due_feedback < now) {
        t->due++;
    }
}

void timeliness_merge(struct timeliness *t, const struct timeliness *more)
{
    t->total += more->total;
    t->due += more->due;
    t->on_time += more->on_time;
    t->responses += more->responses;
    t->response_us += more->response_us;
    t->receipts += more->receipts;
    t->receipt_us += more->receipt_us;
}

static double minutes(int64_t us, int64_t n)
{
    return n ? (double)us / (double)n / 60e6 : -1;
}

double timeliness_rate(const struct timeliness *t)
{
    return t->due ? 100.0 * (double)t->on_time / (double)t->due : -1;
}

double timeliness_response(const struct timeliness *t)
{
    return minutes(t->response_us, t->responses);
}

double timeliness_receipt(const struct timeliness *t)
{
    return minutes(t->receipt_us, t->receipts);
}

void standing_add(struct standing *s, const struct life *d, int64_t at)
{
    if (d->dispatched > at || (d->closed && d->closed <= at))
        return;
    bool is_signed = d->signed_at && d->signed_at <= at;
    bool fed_back = d->fed_back && d->fed_back <= at;
    s->waiting += !is_signed;
    if (fed_back)
        return;
    int64_t due = is_signed ? d->due_feedback : d->due_sign;
    s->overdue += due < at;
    s->due_24h += due >= at && due < at + 24 * HOUR_US;
}
