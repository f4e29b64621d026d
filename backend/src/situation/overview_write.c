#include <stdlib.h>

#include "flow/deadline.h"
#include "flow/put.h"
#include "kernel/clock.h"
#include "situation/overview.h"

enum { POINTS_MAX = 31, LATEST_MAX = 20, UNITS_SHOWN = 10 };
#define SETTLED_US INT64_C(300000000)

bool overview_range(struct overview *o, const char *range, int64_t now)
{
    static const struct {
        const char *name;
        int days;
    } ranges[] = {{"today", 1}, {"7d", 7}, {"30d", 30}, {"year", 365}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (strcmp(ranges[i].name, range) != 0)
            continue;
        int today = clock_local_day(now);
        o->now = now;
        o->settled = now - now % SETTLED_US;
        o->range = ranges[i].name;
        o->from = clock_local_midnight(today - ranges[i].days + 1);
        o->before = clock_local_midnight(today - 2 * ranges[i].days + 1);
        return true;
    }
    return false;
}

/* ---- links: a page of the interface and its query, as pairs ---- */
static void put_named_link(struct buf *b, const char *key, const char *path, const char *const *pairs)
{
    put_open(b, key, '{');
    put_str(b, "path", str_of(path));
    put_open(b, "query", '{');
    for (; pairs && pairs[0]; pairs += 2)
        put_str(b, pairs[0], str_of(pairs[1]));
    buf_lit(b, "}}");
}

static void put_link(struct buf *b, const char *path, const char *const *pairs)
{
    put_named_link(b, "link", path, pairs);
}
#define QUERY(...) ((const char *const[]){__VA_ARGS__, NULL})

static void put_maybe(struct buf *b, const char *key, double v)
{
    if (v < 0)
        put_null(b, key);
    else
        put_real(b, key, v);
}

/* ---- counters ---- */
struct counter {
    double value, delta;
    bool no_delta;
    double series[POINTS_MAX];
    size_t points;
};

/* The moments of a series, oldest first, the last is now. */
static size_t moments(const struct overview *o, int64_t at[POINTS_MAX])
{
    size_t n = strcmp(o->range, "today") == 0 ? 24 : strcmp(o->range, "7d") == 0 ? 14 : 30;
    int64_t step = (o->settled - o->from) / (int64_t)n;
    for (size_t i = 0; i < n; i++)
        at[i] = o->settled - (int64_t)(n - i) * (step > 0 ? step : 1);
    at[n] = o->now;
    return n + 1;
}

static void put_counter(struct buf *b, const char *key, const struct counter *c, const char *better, const char *path,
                        const char *const *query)
{
    put_open(b, key, '{');
    put_maybe(b, "value", c->value);
    if (c->no_delta)
        put_null(b, "delta");
    else
        put_real(b, "delta", c->delta);
    put_str(b, "better", str_of(better));
    put_open(b, "series", '[');
    for (size_t i = 0; i < c->points; i++)
        put_maybe(b, NULL, c->series[i]);
    buf_c(b, ']');
    put_link(b, path, query);
    buf_c(b, '}');
}

static struct standing standing_at(const struct overview *o, int64_t at)
{
    struct standing s = {0};
    for (size_t i = 0; i < o->life_count; i++)
        standing_add(&s, &o->lives[i], at);
    return s;
}

/* Of the dispatches that were sent in [from, to), as far as it was known at `to`. */
static struct timeliness timeliness_of(const struct overview *o, int64_t from, int64_t to)
{
    struct timeliness t = {0};
    for (size_t i = 0; i < o->life_count; i++)
        if (o->lives[i].dispatched >= from && o->lives[i].dispatched < to)
            timeliness_add(&t, &o->lives[i], to);
    return t;
}

static void put_standing(struct buf *b, const struct overview *o, const int64_t *at, size_t n)
{
    struct counter c[3] = {{.value = (double)o->waiting}, {.value = (double)o->due_24h}, {.value = (double)o->overdue}};
    struct standing day_ago = standing_at(o, o->settled - DAY_US);
    const int64_t then[3] = {day_ago.waiting, day_ago.due_24h, day_ago.overdue};
    for (size_t i = 0; i + 1 < n; i++) {
        struct standing s = standing_at(o, at[i]);
        c[0].series[i] = (double)s.waiting;
        c[1].series[i] = (double)s.due_24h;
        c[2].series[i] = (double)s.overdue;
    }
    for (int k = 0; k < 3; k++) {
        c[k].series[n - 1] = c[k].value;
        c[k].points = n;
        c[k].delta = c[k].value - (double)then[k];
    }
    put_counter(b, "waiting_sign", &c[0], "down", "/dispatches", QUERY("state", "pending_sign"));
    put_counter(b, "due_24h", &c[1], "down", "/dispatches", QUERY("due_hours", "24"));
    put_counter(b, "overdue", &c[2], "down", "/dispatches", QUERY("overdue", "true"));
}

static void put_timeliness(struct buf *b, const struct overview *o, const int64_t *at, size_t n)
{
    struct timeliness now = timeliness_of(o, o->from, o->now + 1), before = timeliness_of(o, o->before, o->from);
    struct counter rate = {.value = timeliness_rate(&now), .points = n},
                   response = {.value = timeliness_response(&now), .points = n};
    double rate_before = timeliness_rate(&before), response_before = timeliness_response(&before);
    rate.no_delta = rate.value < 0 || rate_before < 0;
    rate.delta = rate.value - rate_before;
    response.no_delta = response.value < 0 || response_before < 0;
    response.delta = response.value - response_before;
    int64_t width = o->settled - o->from;
    for (size_t i = 0; i + 1 < n; i++) {
        struct timeliness t = timeliness_of(o, at[i] - width, at[i] + 1);
        rate.series[i] = timeliness_rate(&t);
        response.series[i] = timeliness_response(&t);
    }
    rate.series[n - 1] = rate.value;
    response.series[n - 1] = response.value;
    char from[40];
    clock_rfc3339(o->from, from);
    put_counter(b, "on_time_rate", &rate, "up", "/dispatches", QUERY("from", from));
    put_counter(b, "response_minutes", &response, "down", "/dispatches", QUERY("from", from));
}

static struct error *put_open_warnings(struct request *r, const struct overview *o, int64_t open, const int64_t *at, size_t n,
                                       struct buf *b)
{
    struct counter c = {.value = (double)open, .points = n};
    double day_ago = 0;
    struct rows rows;
    TRY(overview_spans(r, o, &rows));
    while (rows_next(&rows)) {
        int64_t published = row_time(&rows, 0), closed = row_time(&rows, 1);
        for (size_t i = 0; i + 1 < n; i++)
            c.series[i] += published <= at[i] && (!closed || closed > at[i]);
        day_ago += published <= o->settled - DAY_US && (!closed || closed > o->settled - DAY_US);
    }
    c.series[n - 1] = c.value;
    c.delta = c.value - day_ago;
    put_counter(b, "open_warnings", &c, "down", "/warnings", QUERY("open", "true"));
    return rows_end(&rows);
}

/* ---- the parts ---- */
static void put_levels(struct buf *b, const int64_t counts[5])
{
    static const char *const level[] = {"", "1", "2", "3", "4"};
    put_open(b, "levels", '[');
    for (int l = 1; l <= 4; l++) {
        put_open(b, NULL, '{');
        put_int(b, "level", l);
        put_int(b, "count", counts[l]);
        put_link(b, "/warnings", QUERY("open", "true", "level", level[l]));
        buf_c(b, '}');
    }
    buf_c(b, ']');
}

/* Each day (or month) of the range is there, also those without a warning. */
static struct error *put_trend(struct request *r, const struct overview *o, struct buf *b)
{
    static const char *const keys[] = {"l1", "l2", "l3", "l4"};
    bool months = strcmp(o->range, "year") == 0;
    int day = clock_local_day(o->from), last = clock_local_day(o->now);
    char previous[11] = "";
    struct rows rows;
    TRY(overview_trend(r, o, months, &rows));
    bool more = rows_next(&rows);
    put_open(b, "trend", '[');
    for (; day <= last; day++) {
        char name[11];
        clock_local_date(clock_local_midnight(day), name);
        if (months)
            name[7] = '\0';
        if (strcmp(name, previous) == 0)
            continue;
        memcpy(previous, name, sizeof previous);
        bool here = more && str_is(row_text(&rows, 0), name);
        put_open(b, NULL, '{');
        put_str(b, "day", str_of(name));
        for (unsigned l = 0; l < 4; l++)
            put_int(b, keys[l], here ? row_int(&rows, l + 1) : 0);
        buf_c(b, '}');
        if (here)
            more = rows_next(&rows);
    }
    buf_c(b, ']');
    return rows_end(&rows);
}

static struct error *put_urgent(struct request *r, const struct overview *o, struct buf *b)
{
    static const char *const names[] = {"total",      "pending_sign", "handling", "reviewing", "returned", "accepted",
                                        "terminated", "withdrawn",    "signed",   "fed_back",  "overdue"};
    struct rows w;
    TRY(overview_urgent(r, o, &w));
    put_open(b, "urgent", '[');
    while (rows_next(&w)) {
        put_open(b, NULL, '{');
        put_col(b, "id", &w, 0);
        put_col(b, "number", &w, 1);
        put_col(b, "title", &w, 2);
        put_col_int(b, "level", &w, 3);
        put_col_time(b, "due_at", &w, 4);
        put_open(b, "counts", '{');
        for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
            put_int(b, names[i], row_int(&w, 5 + i));
        buf_c(b, '}');
        put_link(b, arena_printf(r->arena, "/warnings/" STR_FMT, STR_ARG(row_text(&w, 0))), NULL);
        buf_c(b, '}');
    }
    buf_c(b, ']');
    return rows_end(&w);
}

/* ---- groups: prefectures, sectors, units ---- */
struct group {
    const char *key, *zh, *en, *short_zh;
    int64_t open, overdue;
    bool red, visible;
    struct timeliness range;
};
enum { GROUPS_MAX = 100 };

static void group_add(struct group *g, size_t n, const char *key, const struct unit *u)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(g[i].key, key) != 0)
            continue;
        g[i].open += u->open;
        g[i].overdue += u->overdue;
        g[i].red = g[i].red || u->red;
        timeliness_merge(&g[i].range, &u->range);
        return;
    }
}

/* Most open work first; then the less timely. */
static int by_open(const void *x, const void *y)
{
    const struct group *a = x, *b = y;
    if (a->open != b->open)
        return a->open < b->open ? 1 : -1;
    double ra = timeliness_rate(&a->range), rb = timeliness_rate(&b->range);
    if (ra < rb || ra > rb)
        return ra < rb ? -1 : 1;
    return strcmp(a->key, b->key);
}

static void put_rank(struct buf *b, const struct overview *o, const char *key, struct group *g, size_t n, size_t shown,
                     const char *filter)
{
    char from[40];
    clock_rfc3339(o->from, from);
    qsort(g, n, sizeof *g, by_open);
    put_open(b, key, '[');
    for (size_t i = 0; i < n && shown; i++) {
        if (!g[i].open && !g[i].range.total)
            continue;
        shown--;
        put_open(b, NULL, '{');
        put_str(b, "key", str_of(g[i].key));
        put_str(b, "label_zh", str_of(g[i].zh));
        put_str(b, "label_en", str_of(g[i].en));
        put_int(b, "total", g[i].range.total);
        put_int(b, "open", g[i].open);
        put_int(b, "overdue", g[i].overdue);
        put_maybe(b, "on_time_rate", timeliness_rate(&g[i].range));
        put_maybe(b, "response_minutes", timeliness_response(&g[i].range));
        put_maybe(b, "sign_minutes", timeliness_receipt(&g[i].range));
        if (g[i].short_zh)
            put_str(b, "short_zh", str_of(g[i].short_zh));
        put_link(b, "/dispatches", QUERY(filter, g[i].key, "open", "true"));
        put_named_link(b, "range_link", "/dispatches", QUERY(filter, g[i].key, "from", from));
        buf_c(b, '}');
    }
    buf_c(b, ']');
}

static void put_map(struct buf *b, const struct overview *o, const struct group *g, size_t n)
{
    char from[40];
    clock_rfc3339(o->from, from);
    put_open(b, "map", '[');
    for (size_t i = 0; i < n; i++) {
        put_open(b, NULL, '{');
        put_str(b, "code", str_of(g[i].key));
        put_str(b, "label_zh", str_of(g[i].zh));
        put_str(b, "label_en", str_of(g[i].en));
        put_str(b, "short_zh", str_of(g[i].short_zh));
        put_bool(b, "visible", g[i].visible);
        if (g[i].visible) {
            put_int(b, "open", g[i].open);
            put_int(b, "overdue", g[i].overdue);
            put_bool(b, "red", g[i].red);
            put_maybe(b, "on_time_rate", timeliness_rate(&g[i].range));
            put_link(b, "/dispatches", QUERY("region", g[i].key, "open", "true"));
            put_named_link(b, "late_link", "/dispatches", QUERY("region", g[i].key, "overdue", "true"));
            put_named_link(b, "range_link", "/dispatches", QUERY("region", g[i].key, "from", from));
        }
        buf_c(b, '}');
    }
    buf_c(b, ']');
}

static struct error *read_groups(struct request *r, struct rows *rows, bool regions, struct group *g, size_t *n)
{
    *n = 0;
    while (*n < GROUPS_MAX && rows_next(rows)) {
        struct group *x = &g[(*n)++];
        *x = (struct group){.key = row_dup(rows, r->arena, 0), .zh = row_dup(rows, r->arena, 1), .en = row_dup(rows, r->arena, 2)};
        x->short_zh = regions ? row_dup(rows, r->arena, 3) : NULL;
        x->visible = !regions || row_int(rows, 4) != 0;
    }
    return rows_end(rows);
}

static struct error *put_ranking(struct request *r, const struct overview *o, struct buf *b)
{
    struct group regions[GROUPS_MAX], sectors[GROUPS_MAX];
    struct group *units = arena_array(r->arena, o->unit_count + 1, sizeof *units);
    size_t n_regions, n_sectors;
    struct rows rows;
    TRY(overview_prefectures(r, &rows));
    TRY(read_groups(r, &rows, true, regions, &n_regions));
    TRY(overview_sectors(r, &rows));
    TRY(read_groups(r, &rows, false, sectors, &n_sectors));
    for (size_t i = 0; i < o->unit_count; i++) {
        const struct unit *u = &o->units[i];
        group_add(regions, n_regions, u->prefecture, u);
        group_add(sectors, n_sectors, u->sector, u);
        units[i] = (struct group){u->org_id, u->name, u->name, NULL, u->open, u->overdue, u->red, true, u->range};
    }
    put_map(b, o, regions, n_regions);
    put_open(b, "ranking", '{');
    put_rank(b, o, "regions", regions, n_regions, GROUPS_MAX, "region");
    put_rank(b, o, "sectors", sectors, n_sectors, GROUPS_MAX, "sector");
    put_rank(b, o, "units", units, o->unit_count, UNITS_SHOWN, "org");
    buf_c(b, '}');
    return NULL;
}

/* ---- the rolling list ---- */
struct recent {
    int which; /* 0 warning, 1 feedback, 2 event */
    int64_t at, level;
    const char *id, *title, *state, *severity, *org, *of;
};

static int by_newest(const void *x, const void *y)
{
    const struct recent *a = x, *b = y;
    if (a->at != b->at)
        return a->at < b->at ? 1 : -1;
    return strcmp(b->id, a->id);
}

static struct error *read_recent(struct request *r, int which, struct recent *list, size_t *n)
{
    struct rows rows;
    TRY(overview_latest(r, which, &rows));
    for (size_t k = 0; k < LATEST_MAX && rows_next(&rows); k++)
        list[(*n)++] = (struct recent){.which = which,
                                       .id = row_dup(&rows, r->arena, 0),
                                       .at = row_time(&rows, 1),
                                       .title = row_dup(&rows, r->arena, 2),
                                       .level = row_int(&rows, 3),
                                       .state = row_dup(&rows, r->arena, 4),
                                       .severity = row_dup(&rows, r->arena, 5),
                                       .org = row_dup(&rows, r->arena, 6),
                                       .of = row_dup(&rows, r->arena, 7)};
    return rows_end(&rows);
}

static struct error *put_latest(struct request *r, struct buf *b)
{
    static const char *const kinds[] = {"warning", "feedback", "event"};
    static const char *const paths[] = {"/warnings/", "/dispatches/", "/events/"};
    struct recent list[3 * LATEST_MAX];
    size_t n = 0;
    for (int which = 0; which < 3; which++)
        TRY(read_recent(r, which, list, &n));
    qsort(list, n, sizeof *list, by_newest);
    put_open(b, "latest", '[');
    for (size_t i = 0; i < n && i < LATEST_MAX; i++) {
        const struct recent *x = &list[i];
        put_open(b, NULL, '{');
        put_str(b, "kind", str_of(kinds[x->which]));
        put_str(b, "id", str_of(x->id));
        put_time(b, "at", x->at);
        put_str(b, "title", str_of(x->title));
        if (x->level)
            put_int(b, "level", x->level);
        put_str(b, "state", x->state ? str_of(x->state) : (struct str){NULL, 0});
        put_str(b, "severity", x->severity ? str_of(x->severity) : (struct str){NULL, 0});
        put_str(b, "org_name", x->org ? str_of(x->org) : (struct str){NULL, 0});
        const char *of = x->of ? x->of : x->id;
        put_link(b, arena_printf(r->arena, "%s%s", paths[x->which], of), NULL);
        buf_c(b, '}');
    }
    buf_c(b, ']');
    return NULL;
}

static struct error *put_totals(struct request *r, struct buf *b)
{
    static const char *const names[] = {"assets", "orgs", "events"}, *const paths[] = {"/assets", "/orgs", "/events"};
    put_open(b, "totals", '{');
    for (int which = 0; which < 3; which++) {
        int64_t n;
        TRY(overview_total(r, which, &n));
        put_open(b, names[which], '{');
        put_int(b, "value", n > TOTALS_CAP ? TOTALS_CAP : n);
        put_bool(b, "more", n > TOTALS_CAP);
        put_link(b, paths[which], which == 1 ? QUERY("state", "active") : NULL);
        buf_c(b, '}');
    }
    buf_c(b, '}');
    return NULL;
}

struct error *overview_write(struct request *r, struct overview *o, struct buf *b)
{
    int64_t at[POINTS_MAX], levels[5];
    size_t n = moments(o, at);
    const char *label;
    TRY(overview_scope_label(r, &label));
    TRY(overview_open(r, o));
    TRY(overview_lives(r, o));
    TRY(overview_levels(r, levels));
    put_str(b, "range", str_of(o->range));
    put_open(b, "scope", '{');
    put_str(b, "label", str_of(label));
    buf_c(b, '}');
    put_bool(b, "capped", o->lives_more);
    put_open(b, "counters", '{');
    TRY(put_open_warnings(r, o, levels[0], at, n, b));
    put_standing(b, o, at, n);
    put_timeliness(b, o, at, n);
    buf_c(b, '}');
    put_levels(b, levels);
    TRY(put_trend(r, o, b));
    TRY(put_urgent(r, o, b));
    TRY(put_ranking(r, o, b));
    TRY(put_latest(r, b));
    return put_totals(r, b);
}
