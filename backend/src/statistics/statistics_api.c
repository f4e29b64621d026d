/* /assets/statistics: what the counts say of a place. */
#include <stdlib.h>

#include "json/write.h"
#include "kernel/clock.h"
#include "org/org.h"
#include "statistics/tally_store.h"

struct error *asset_statistics(struct request *r);
struct error *asset_comparison(struct request *r);

enum { VALUES_SHOWN = 50, CLASSES_EACH = 16, COMPARED_MOST = 20000 };

/* The place that the caller's scope is, or an organisation inside it: with all below, unless the caller's scope is not that of
 * a part of the tree; then its own assets. */
static struct error *place_of(struct request *r, char out[PLACE_BYTES], const char **org)
{
    const struct scope *s = &r->who->scope;
    const char kind = s->kind == SCOPE_SECTOR ? 's' : s->kind == SCOPE_OWN2 || s->kind == SCOPE_OWN3 ? 'u' : 'o';
    struct org_stamp stamp;
    bool found = true;
    *org = NULL;
    if (param_has(r, "org")) {
        *org = param_str(r, "org").p;
        TRY(org_stamp_in_scope(r->db, r->arena, s, *org, &stamp, &found));
        snprintf(out, PLACE_BYTES, "%c%s", kind == 's' ? 'u' : kind, *org);
        return found ? NULL : not_found(r);
    }
    if (s->kind == SCOPE_ALL)
        snprintf(out, PLACE_BYTES, "all");
    else if (s->kind == SCOPE_NONE)
        snprintf(out, PLACE_BYTES, "none");
    else
        snprintf(out, PLACE_BYTES, "%c%s", kind, kind == 's' ? s->sector : s->org);
    return NULL;
}

/* ---- one place ---- */
static int by_row(const void *p, const void *q)
{
    const struct tally_row *a = p, *b = q;
    int c = strcmp(a->class.p, b->class.p);
    c = c ? c : strcmp(a->dimension.p, b->dimension.p);
    if (c)
        return c;
    return a->n > b->n ? -1 : a->n < b->n ? 1 : strcmp(a->value.p, b->value.p);
}

/* Most first; what comes after VALUES_SHOWN is one sum. */
static size_t put_dimension(struct jw *w, const struct tally_row *rows, size_t n)
{
    size_t i = 0, shown = 0;
    int64_t rest = 0;
    jw_object_begin(w, NULL);
    jw_str(w, "class", rows[0].class);
    jw_str(w, "name", rows[0].dimension);
    jw_array_begin(w, "values");
    for (; i < n && str_eq(rows[i].class, rows[0].class) && str_eq(rows[i].dimension, rows[0].dimension); i++) {
        if (rows[i].n <= 0)
            continue;
        if (shown++ >= VALUES_SHOWN) {
            rest += rows[i].n;
            continue;
        }
        jw_object_begin(w, NULL);
        jw_str(w, "value", rows[i].value);
        jw_int(w, "n", rows[i].n);
        jw_object_end(w);
    }
    jw_array_end(w);
    if (rest)
        jw_int(w, "rest", rest);
    jw_object_end(w);
    return i;
}

static struct error *put_trend(struct request *r, struct jw *w, const char *place)
{
    static const char *const names[] = {"total", "systems", "physical", "virtual", "domestic", "origins"};
    struct rows x;
    char since[11];
    clock_local_date(clock_now_us() - INT64_C(86400000000) * 366, since);
    TRY(statistics_days(r, place, since, &x));
    jw_array_begin(w, "days");
    while (rows_next(&x)) {
        jw_object_begin(w, NULL);
        jw_str(w, "day", row_text(&x, 0));
        for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
            jw_int(w, names[i], row_int(&x, i + 1));
        jw_object_end(w);
    }
    jw_array_end(w);
    return rows_end(&x);
}

static struct error *put_state(struct request *r, struct jw *w)
{
    struct rows x;
    bool found;
    TRY(statistics_state(r, &x, &found));
    if (!found)
        return NULL;
    jw_row_time(w, "counted_at", &x, 0);
    jw_row_time(w, "checked_at", &x, 1);
    jw_int(w, "drift", row_int(&x, 2));
    jw_row_time(w, "waiting_since", &x, 3);
    return rows_end(&x);
}

struct error *asset_statistics(struct request *r)
{
    char place[PLACE_BYTES];
    const char *org;
    struct tally t;
    TRY(place_of(r, place, &org));
    tally_begin(r->arena, &t);
    TRY(tally_read(r->services, r->arena, place, &t));
    qsort(t.rows, t.count, sizeof *t.rows, by_row);
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    jw_array_begin(&w, "dimensions");
    for (size_t i = 0; i < t.count;)
        i += put_dimension(&w, t.rows + i, t.count - i);
    jw_array_end(&w);
    TRY(put_trend(r, &w, place));
    TRY(put_state(r, &w));
    jw_object_end(&w);
    return reply_written(r, 200);
}

/* ---- places beside one another ---- */
struct compared {
    struct str key, name, name_en;
    struct class_figure {
        struct str class;
        int64_t n;
    } * classes;
    size_t count;
    int64_t total, domestic, origins;
};

static int by_total(const void *p, const void *q)
{
    const struct compared *a = p, *b = q;
    return a->total > b->total ? -1 : a->total < b->total ? 1 : strcmp(a->key.p, b->key.p);
}

static double rate(const struct compared *c)
{
    return c->origins ? (double)c->domestic / (double)c->origins : -1;
}

static int by_rate(const void *p, const void *q)
{
    double a = rate(p), b = rate(q);
    return a > b ? -1 : a < b ? 1 : by_total(p, q);
}

/* Rows of a place come together: key, name, second name, class, three figures. */
static struct error *read_compared(struct request *r, struct rows *x, struct compared *list, size_t most, size_t *n)
{
    struct compared *c = NULL;
    for (*n = 0; rows_next(x);) {
        struct str key = row_text(x, 0);
        if (!c || !str_eq(c->key, key)) {
            if (*n == most)
                break;
            c = &list[(*n)++];
            *c = (struct compared){.key = str_of(row_dup(x, r->arena, 0)),
                                   .name = str_of(row_dup(x, r->arena, 1)),
                                   .name_en = str_of(row_dup(x, r->arena, 2)),
                                   .classes = arena_array(r->arena, CLASSES_EACH, sizeof *c->classes)};
        }
        if (c->count < CLASSES_EACH)
            c->classes[c->count++] = (struct class_figure){str_of(row_dup(x, r->arena, 3)), row_int(x, 4)};
        c->total += row_int(x, 4);
        if (str_is(row_text(x, 3), "hardware") || str_is(row_text(x, 3), "software")) {
            c->domestic += row_int(x, 5);
            c->origins += row_int(x, 6);
        }
    }
    return rows_end(x);
}

static void put_compared(struct jw *w, const struct compared *c, bool sectors)
{
    jw_object_begin(w, NULL);
    jw_str(w, "key", c->key);
    jw_str(w, "name", c->name);
    if (sectors)
        jw_str(w, "name_en", c->name_en);
    else
        jw_opt(w, "region_code", c->name_en);
    jw_int(w, "total", c->total);
    jw_int(w, "domestic", c->domestic);
    jw_int(w, "origins", c->origins);
    jw_object_begin(w, "classes");
    for (size_t i = 0; i < c->count; i++)
        jw_int(w, c->classes[i].class.p, c->classes[i].n);
    jw_object_end(w);
    jw_object_end(w);
}

/* The organisation whose children are compared: the one asked for, or that of the caller's scope. */
static const char *above(const struct request *r, const char *org)
{
    const struct scope *s = &r->who->scope;
    return org ? org : s->kind == SCOPE_ALL ? r->who->org.level[0] : s->kind == SCOPE_SECTOR ? NULL : s->org;
}

struct error *asset_comparison(struct request *r)
{
    char place[PLACE_BYTES];
    const char *org;
    struct rows rows;
    struct page p;
    size_t n;
    struct str by = param_str(r, "by");
    bool sectors = str_is(by, "sector");
    TRY(place_of(r, place, &org));
    if (sectors)
        TRY(statistics_sectors(r, org, &rows));
    else if (str_is(by, "below") && above(r, org))
        TRY(statistics_orgs(r, false, above(r, org), NULL, &rows));
    else
        TRY(statistics_orgs(r, true, NULL, org, &rows));
    struct compared *list = arena_array(r->arena, COMPARED_MOST, sizeof *list);
    TRY(read_compared(r, &rows, list, COMPARED_MOST, &n));
    qsort(list, n, sizeof *list, str_is(param_str(r, "sort"), "rate") ? by_rate : by_total);
    TRY(page_of(r, &p));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    size_t from = (size_t)p.offset;
    for (size_t i = from; i < n && i < from + (size_t)p.size; i++)
        put_compared(&w, &list[i], sectors);
    return list_end(r, &p, (int64_t)n, NULL);
}
