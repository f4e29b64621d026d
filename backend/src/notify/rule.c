#include "notify/rule.h"

#include "kernel/clock.h"

#define MINUTE_US INT64_C(60000000)

static const char *const kinds[CHANNEL_KINDS] = {"email", "webhook", "sms"};

const char *channel_kind_name(enum channel_kind k)
{
    return kinds[k];
}

bool channel_kind_of(struct str name, enum channel_kind *out)
{
    for (int i = 0; i < CHANNEL_KINDS; i++)
        if (str_is(name, kinds[i])) {
            *out = (enum channel_kind)i;
            return true;
        }
    return false;
}

bool event_fits(struct str pattern, struct str event)
{
    if (str_is(pattern, "*"))
        return true;
    if (str_ends(pattern, STR(".*")))
        return str_starts(event, (struct str){pattern.p, pattern.n - 1});
    return str_eq(pattern, event);
}

size_t rules_for(const struct rule *list, size_t n, const struct realms *realms, struct str event, int level,
                 enum channel_kind kind, const struct rule **out, size_t most)
{
    for (size_t r = 0; r < realms->count; r++) {
        size_t found = 0;
        bool said = false;
        for (size_t i = 0; i < n; i++) {
            const struct rule *x = &list[i];
            if (strcmp(x->realm, realms->key[r]) != 0 || x->kind != kind || !(x->levels >> level & 1) ||
                !event_fits(x->event, event))
                continue;
            said = true;
            if (x->active && found < most)
                out[found++] = x;
        }
        if (said)
            return found;
    }
    return 0;
}

const struct template *template_pick(const struct template *list, size_t n, const struct realms *realms, struct str event,
                                     int level, enum channel_kind kind, struct str lang)
{
    for (size_t r = 0; r < realms->count; r++) {
        const struct template *best = NULL;
        int best_rank = -1;
        for (size_t i = 0; i < n; i++) {
            const struct template *x = &list[i];
            if (strcmp(x->realm, realms->key[r]) != 0 || x->kind != kind || !str_eq(x->lang, lang) ||
                (x->level && x->level != level) || !event_fits(x->event, event))
                continue;
            int rank = (str_eq(x->event, event) ? 4 : str_is(x->event, "*") ? 0 : 2) + (x->level ? 1 : 0);
            if (rank > best_rank) {
                best = x;
                best_rank = rank;
            }
        }
        if (best)
            return best;
    }
    return NULL;
}

const struct quiet *quiet_of(const struct quiet *list, size_t n, const struct realms *realms)
{
    for (size_t r = 0; r < realms->count; r++)
        for (size_t i = 0; i < n; i++)
            if (strcmp(list[i].realm, realms->key[r]) == 0)
                return &list[i];
    return NULL;
}

int64_t quiet_until(const struct quiet *q, int level, int64_t now)
{
    if (!q || !q->enabled || q->from == q->to || level == 1 || level == 2)
        return now;
    int day = clock_local_day(now);
    int minute = (int)((now - clock_local_midnight(day)) / MINUTE_US);
    bool overnight = q->from > q->to;
    if (overnight ? minute < q->from && minute >= q->to : minute < q->from || minute >= q->to)
        return now;
    if (overnight && minute >= q->from)
        day++;
    return clock_local_midnight(day) + q->to * MINUTE_US;
}

/* 30 s, 2 min, 8 min, 30 min, 2 h, 4 h, 8 h: half a day in all, and up to a quarter more. */
int64_t retry_after(int attempts, unsigned jitter)
{
    static const int seconds[DELIVERY_ATTEMPTS - 1] = {30, 120, 480, 1800, 7200, 14400, 28800};
    if (attempts < 1 || attempts >= DELIVERY_ATTEMPTS)
        return -1;
    int64_t us = seconds[attempts - 1] * INT64_C(1000000);
    return us + us / 4096 * (jitter & 1023);
}
