/* What keeps the counts: whoever changes assets leaves a note of their organisations; a worker counts those within a second or
 * two; at night everything is counted anew, and what had gone astray is said; then the day is kept. */
#include "assets/asset.h"
#include "kernel/clock.h"
#include "kernel/log.h"
#include "queue/job.h"
#include "queue/schedule.h"
#include "statistics/tally_store.h"

enum { EACH_TURN = 50, PAGE = 2000, ORGS_MAX = 1000 };

/* ---- notes ---- */
static struct error *on_assets(struct services *s, struct arena *a, const char *subject, json_t *payload, uint64_t seq)
{
    json_t *list = json_object_get(payload, "orgs"), *one;
    struct str *orgs = arena_array(a, json_array_size(list) + 1, sizeof *orgs);
    size_t i, n = 0;
    (void)subject, (void)seq;
    json_array_foreach(list, i, one)
        orgs[n++] = str_of(json_string_value(one));
    return tally_note(s, a, orgs, n);
}
OUTBOX_CONSUMER(asset_counts, "asset", on_assets);

static struct error *on_org(struct services *s, struct arena *a, const char *subject, json_t *payload, uint64_t seq)
{
    (void)payload, (void)seq;
    return tally_note_below(s, a, subject);
}
OUTBOX_CONSUMER(asset_counts_orgs, "org", on_org);

/* ---- counting one organisation ---- */
/* The top of the tree that a system's name stands in, by label. */
static struct str os_origin(const struct code_list *list, struct str name)
{
    const struct code_item *i = list && name.n ? code_find(list->items, list->count, name) : NULL;
    for (int depth = 0; i && i->parent.n && depth < CODE_DEPTH_MAX; depth++)
        i = code_exact(list, i->parent);
    return i ? i->code : STR("");
}

static struct error *count(struct services *s, struct arena *a, const char *org, struct tally *out)
{
    const struct catalogue *c;
    char after[37] = "";
    bool more = true;
    TRY(catalogue_get(s, a, &c));
    const struct code_list *systems = codes_list(&c->codes, "os", NULL);
    while (more) {
        struct rows r;
        size_t n = 0;
        TRY(tally_assets(s, a, org, after, PAGE, &r));
        for (; rows_next(&r); n++) {
            struct counted x;
            tally_asset_row(&r, a, after, &x);
            x.os_origin = os_origin(systems, x.os);
            tally_asset(out, &x);
        }
        TRY(rows_end(&r));
        more = n == PAGE;
    }
    return NULL;
}

static bool same_places(const char (*x)[PLACE_BYTES], size_t n, const char (*y)[PLACE_BYTES], size_t m)
{
    size_t shared = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < m; k++)
            shared += strcmp(x[i], y[k]) == 0;
    return n == m && shared == n;
}

/* In the caller's transaction; changed: how many figures were not what was counted before. */
static struct error *recount(struct services *s, struct arena *a, const char *org, size_t *changed)
{
    struct tally now, before, difference;
    char was[PLACES_EACH][PLACE_BYTES], is[PLACES_EACH][PLACE_BYTES];
    const char *own = arena_printf(a, "u%s", org);
    size_t n, m;
    tally_begin(a, &now);
    tally_begin(a, &before);
    tally_begin(a, &difference);
    TRY(tally_hold(s, a));
    TRY(count(s, a, org, &now));
    TRY(tally_read(s, a, own, &before));
    TRY(tally_places(s, a, org, was, &n));
    TRY(tally_places_now(s, a, org, is, &m));
    tally_difference(&now, &before, &difference);
    *changed = difference.count;
    TRY(tally_write(s, a, own, &difference, 1));
    if (same_places((const char(*)[PLACE_BYTES])was, n, (const char(*)[PLACE_BYTES])is, m)) {
        for (size_t i = 0; i < m && difference.count; i++)
            TRY(tally_write(s, a, is[i], &difference, 1));
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        TRY(tally_write(s, a, was[i], &before, -1));
    for (size_t i = 0; i < m; i++)
        TRY(tally_write(s, a, is[i], &now, 1));
    return tally_places_set(s, a, org, (const char(*)[PLACE_BYTES])is, m);
}

static struct error *one_note(struct services *s, struct arena *a, const struct tally_note *note)
{
    size_t changed;
    TRY(recount(s, a, note->org, &changed));
    TRY(tally_note_done(s, a, note));
    return tally_counted(s, a);
}

static struct error *count_noted(struct services *s, struct arena *a)
{
    struct tally_note *notes = arena_array(a, EACH_TURN, sizeof *notes);
    size_t n;
    TRY(tally_noted(s, a, EACH_TURN, notes, &n));
    for (size_t i = 0; i < n; i++) {
        struct arena_mark mark = arena_mark(a);
        TRY(db_begin(s->db, a));
        TRY(db_finish(s->db, a, one_note(s, a, &notes[i])));
        arena_reset_to(a, mark);
    }
    return NULL;
}
DUTY(asset_counts, 1000, count_noted);

/* ---- the night ---- */
struct check {
    struct job *job;
    char after[PLACE_BYTES];
    int64_t drift;
};

static struct error *check_org(struct check *x, const char *org)
{
    struct job *j = x->job;
    size_t changed;
    TRY(recount(j->services, j->arena, org, &changed));
    x->drift += (int64_t)changed;
    j->rows_done++;
    return job_progress(j, NULL);
}

static struct error *check_place(struct check *x, const char *place)
{
    struct job *j = x->job;
    struct tally is, ought, difference;
    tally_begin(j->arena, &is);
    tally_begin(j->arena, &ought);
    tally_begin(j->arena, &difference);
    TRY(tally_hold(j->services, j->arena));
    TRY(tally_read(j->services, j->arena, place, &is));
    TRY(tally_sum(j->services, j->arena, place, &ought));
    tally_difference(&ought, &is, &difference);
    x->drift += (int64_t)difference.count;
    TRY(tally_write(j->services, j->arena, place, &difference, 1));
    TRY(tally_sweep(j->services, j->arena, place));
    return job_progress(j, NULL);
}

/* All that a list names, page by page, each in a transaction of its own. */
static struct error *for_all(struct check *x, struct error *(*list)(struct services *, struct arena *, const char *, struct rows *),
                             struct error *(*one)(struct check *, const char *))
{
    struct job *j = x->job;
    struct db *db = j->services->db;
    char(*names)[PLACE_BYTES] = arena_array(j->arena, 500, sizeof *names);
    x->after[0] = '\0';
    for (size_t n = 1; n;) {
        struct rows r;
        TRY(list(j->services, j->arena, x->after, &r));
        for (n = 0; n < 500 && rows_next(&r); n++)
            str_copy(names[n], sizeof *names, row_text(&r, 0));
        TRY(rows_end(&r));
        for (size_t i = 0; i < n; i++) {
            struct arena_mark mark = arena_mark(j->arena);
            TRY(db_begin(db, j->arena));
            TRY(db_finish(db, j->arena, one(x, names[i])));
            arena_reset_to(j->arena, mark);
            str_copy(x->after, sizeof x->after, str_of(names[i]));
        }
    }
    return NULL;
}

static struct error *check_run(struct job *j)
{
    struct check x = {.job = j};
    TRY(for_all(&x, tally_orgs, check_org));
    TRY(for_all(&x, tally_place_names, check_place));
    if (x.drift)
        log_warn("statistics", "%lld counts of assets had gone astray and were corrected", (long long)x.drift);
    TRY(db_begin(j->services->db, j->arena));
    json_t *result = json_pack("{s:I}", "drift", (json_int_t)x.drift);
    struct error *e = tally_checked(j->services, j->arena, x.drift);
    if (!e)
        e = job_done(j, result);
    json_decref(result);
    return db_finish(j->services->db, j->arena, e);
}
JOB(asset_recount, check_run);
SCHEDULE(asset_recount, "40 2 * * *");

/* After midnight: how the day before ended. */
static struct error *day_run(struct job *j)
{
    enum { HOURS_6 = 6 };
    char day[11], after[PLACE_BYTES] = "", at[PLACE_BYTES];
    struct db *db = j->services->db;
    clock_local_date(clock_now_us() - INT64_C(3600000000) * HOURS_6, day);
    do {
        struct arena_mark mark = arena_mark(j->arena);
        TRY(db_begin(db, j->arena));
        struct error *e = tally_day(j->services, j->arena, day, after, at);
        if (!e)
            e = job_progress(j, NULL);
        TRY(db_finish(db, j->arena, e));
        memcpy(after, at, sizeof after);
        arena_reset_to(j->arena, mark);
    } while (at[0]);
    TRY(db_begin(db, j->arena));
    return db_finish(db, j->arena, job_done(j, NULL));
}
JOB(asset_day, day_run);
SCHEDULE(asset_day, "5 0 * * *");
