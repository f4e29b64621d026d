#include "situation/situation_store.h"

#include "kernel/clock.h"

/* Open work by unit: the open set of a scope is small and has its own index. */
#define OPEN_WORK(S, IX)                                                                                         \
    "SELECT d.org_id, d.prefecture_code, d.sector_code, o.name, COUNT(*), COALESCE(SUM(d.due_at < :now), 0), "   \
    "SUM(d.state = 'pending_sign'), COALESCE(SUM(d.due_at >= :now AND d.due_at < :now + INTERVAL 24 HOUR), 0), " \
    "MIN(d.level) = 1 FROM dispatches d FORCE INDEX (ix_dispatches_open_" IX ") JOIN orgs o ON o.id = d.org_id " \
    "WHERE d.is_open = 1 AND" S(d) "GROUP BY d.org_id LIMIT 20000"
SQL_SCOPED(overview_open_sql, OPEN_WORK);
/* The newest dispatches since a moment, at most LIVES_MAX: trends and timeliness are reckoned from them. */
#define LIVES(S, IX)                                                                                                 \
    "SELECT d.org_id, d.prefecture_code, d.sector_code, o.name, d.dispatched_at, d.signed_at, d.first_feedback_at, " \
    "d.closed_at, d.due_sign_at, d.due_feedback_at, d.feedback_on_time, d.state = 'withdrawn' "                      \
    "FROM (SELECT x.id FROM dispatches x FORCE INDEX (ix_dispatches_" IX ") WHERE x.dispatched_at >= :before AND" S( \
        x) "ORDER BY x.dispatched_at DESC LIMIT 20001) p JOIN dispatches d ON d.id = p.id JOIN orgs o ON o.id = d.org_id"
SQL_SCOPED(overview_lives_sql, LIVES);

#define SEEN(S) "(" S(w) " OR EXISTS (SELECT 1 FROM dispatches e WHERE e.warning_id = w.id AND" S(e) ")) "
#define LEVELS(S, IX) "SELECT w.level, COUNT(*) FROM warnings w WHERE w.is_open = 1 AND " SEEN(S) "GROUP BY w.level"
SQL_SCOPED(overview_levels_sql, LEVELS);
#define SPANS(S, IX)                                                                                             \
    "SELECT w.published_at, w.closed_at FROM warnings w WHERE w.published_at IS NOT NULL AND (w.is_open = 1 OR " \
    "w.closed_at >= :from) AND " SEEN(S) "LIMIT 20000"
SQL_SCOPED(overview_spans_sql, SPANS);
#define TREND(S, IX)                                                                                             \
    "SELECT DATE_FORMAT(w.published_at + INTERVAL 8 HOUR, :format) AS day, SUM(w.level = 1), SUM(w.level = 2), " \
    "SUM(w.level = 3), SUM(w.level = 4) FROM warnings w WHERE w.published_at >= :from AND " SEEN(S) "GROUP BY day ORDER BY day"
SQL_SCOPED(overview_trend_sql, TREND);
#define URGENT(S, IX)                                                                                                              \
    "SELECT w.id, w.number, w.title, w.level, p.due, COUNT(d.id), SUM(d.state = 'pending_sign'), SUM(d.state = 'handling'), "      \
    "SUM(d.state = 'reviewing'), SUM(d.state = 'returned'), SUM(d.state = 'accepted'), SUM(d.state = 'terminated'), "              \
    "SUM(d.state = 'withdrawn'), COUNT(d.signed_at), COUNT(d.first_feedback_at), SUM(d.is_open = 1 AND d.due_at < :now) "          \
    "FROM (SELECT x.warning_id, MIN(x.due_at) AS due FROM dispatches x FORCE INDEX (ix_dispatches_open_" IX ") "                   \
    "WHERE x.is_open = 1 AND" S(x) "GROUP BY x.warning_id ORDER BY MIN(x.due_at) IS NULL, MIN(x.due_at), x.warning_id LIMIT 8) p " \
                                   "JOIN warnings w ON w.id = p.warning_id JOIN dispatches d ON d.warning_id = w.id AND" S(        \
                                       d) "GROUP BY w.id ORDER BY p.due IS NULL, p.due, w.id"
SQL_SCOPED(overview_urgent_sql, URGENT);
#define PREFECTURES(S, IX)                                                                                              \
    "SELECT g.code, g.name_zh, g.name_en, g.short_zh, EXISTS (SELECT 1 FROM orgs o WHERE o.region_code LIKE "           \
    "CONCAT(LEFT(g.code, 4), '%') AND" S(o) ") FROM regions g WHERE g.code LIKE '____00' AND g.code NOT LIKE '__0000' " \
                                            "ORDER BY g.code LIMIT 100"
SQL_SCOPED(overview_prefectures_sql, PREFECTURES);
SQL(overview_sectors_sql, "SELECT code, label_zh, label_en FROM sectors ORDER BY sort_order, code");

#define LATEST_WARNINGS(S, IX)                                                                                                   \
    "SELECT w.id, w.published_at, w.title, w.level, w.state, NULL, o.name, NULL FROM warnings w JOIN orgs o ON o.id = w.org_id " \
    "WHERE w.published_at IS NOT NULL AND " SEEN(S) "ORDER BY w.published_at DESC LIMIT 20"
SQL_SCOPED(overview_latest_warnings_sql, LATEST_WARNINGS);
#define LATEST_FEEDBACK(S, IX)                                                                                       \
    "SELECT f.id, f.submitted_at, d.title, d.level, d.state, NULL, o.name, d.id FROM (SELECT x.id FROM feedbacks x " \
    "FORCE INDEX (ix_feedbacks_" IX                                                                                  \
    ") WHERE" S(x) "ORDER BY x.submitted_at DESC LIMIT 20) p JOIN feedbacks f ON f.id = p.id "                       \
                   "JOIN dispatches d ON d.id = f.dispatch_id JOIN orgs o ON o.id = d.org_id ORDER BY f.submitted_at DESC"
SQL_SCOPED(overview_latest_feedback_sql, LATEST_FEEDBACK);

/* Few of them, so that a busy sensor leaves room for what people did; days ahead are clocks that go wrong. */
#define LATEST_EVENTS(S, IX)                                                                                                     \
    "SELECT e.id, e.occurred_at, e.name, NULL, NULL, ELT(e.severity + 1, 'info', 'low', 'medium', 'high', 'critical'), o.name, " \
    "NULL FROM (SELECT x.id, x.day FROM events x WHERE x.day <= DATE(:now) AND" S(                                               \
        x) "ORDER BY x.id DESC LIMIT 8) p "                                                                                      \
           "JOIN events e ON e.id = p.id AND e.day = p.day LEFT JOIN orgs o ON o.id = e.org_id ORDER BY e.id DESC"
SQL_SCOPED(overview_latest_events_sql, LATEST_EVENTS);

#define TOTAL_ASSETS(S, IX) \
    "SELECT COUNT(*) FROM (SELECT 1 FROM assets a FORCE INDEX (ix_assets_" IX ") WHERE" S(a) "LIMIT 100001) x"
SQL_SCOPED(overview_assets_sql, TOTAL_ASSETS);
#define TOTAL_ORGS(S, IX) "SELECT COUNT(*) FROM (SELECT 1 FROM orgs o WHERE o.state = 'active' AND" S(o) "LIMIT 100001) x"
SQL_SCOPED(overview_orgs_sql, TOTAL_ORGS);
#define TOTAL_EVENTS(S, IX) "SELECT COUNT(*) FROM (SELECT 1 FROM events e WHERE" S(e) "LIMIT 100001) x"
SQL_SCOPED(overview_events_sql, TOTAL_EVENTS);
SQL(overview_label_sql, "SELECT name FROM orgs WHERE id = :id");
SQL(overview_sector_label_sql, "SELECT label_zh FROM sectors WHERE code = :code");

enum { SLOTS = 2 * UNITS_MAX + 1 };

/* The unit of a row that begins with organisation, prefecture, sector, name; NULL past UNITS_MAX. */
static struct unit *unit_of(struct request *r, struct overview *o, struct rows *rows)
{
    struct str id = row_text(rows, 0);
    size_t h = 5381;
    for (size_t i = 0; i < id.n; i++)
        h = h * 33 + (unsigned char)id.p[i];
    size_t at = h % SLOTS;
    for (; o->by_hash[at]; at = (at + 1) % SLOTS)
        if (str_is(id, o->units[o->by_hash[at] - 1].org_id))
            return &o->units[o->by_hash[at] - 1];
    if (o->unit_count == UNITS_MAX)
        return NULL;
    struct unit *u = &o->units[o->unit_count++];
    o->by_hash[at] = o->unit_count;
    *u = (struct unit){.name = str_dup(r->arena, row_text(rows, 3))};
    str_copy(u->org_id, sizeof u->org_id, id);
    str_copy(u->prefecture, sizeof u->prefecture, row_text(rows, 1));
    str_copy(u->sector, sizeof u->sector, row_text(rows, 2));
    return u;
}

struct error *overview_open(struct request *r, struct overview *o)
{
    o->units = arena_array(r->arena, UNITS_MAX, sizeof *o->units);
    o->by_hash = arena_zalloc(r->arena, SLOTS * sizeof *o->by_hash);
    struct rows rows;
    TRY(db_query(r->db, r->arena, &overview_open_sql, ARGS(A_TIME(r->arena, "now", o->now), A_SCOPE(&r->who->scope)), &rows));
    while (rows_next(&rows)) {
        struct unit *u = unit_of(r, o, &rows);
        if (!u)
            break;
        u->open = row_int(&rows, 4);
        u->overdue = row_int(&rows, 5);
        u->red = row_int(&rows, 8) != 0;
        o->open_dispatches += u->open;
        o->overdue += u->overdue;
        o->waiting += row_int(&rows, 6);
        o->due_24h += row_int(&rows, 7);
    }
    return rows_end(&rows);
}

struct error *overview_lives(struct request *r, struct overview *o)
{
    struct rows rows;
    o->lives = arena_array(r->arena, LIVES_MAX, sizeof *o->lives);
    TRY(db_query(r->db, r->arena, &overview_lives_sql, ARGS(A_TIME(r->arena, "before", o->before), A_SCOPE(&r->who->scope)),
                 &rows));
    while (rows_next(&rows)) {
        struct unit *u = unit_of(r, o, &rows);
        if (o->life_count == LIVES_MAX || !u) {
            o->lives_more = true;
            break;
        }
        struct life *d = &o->lives[o->life_count++];
        *d = (struct life){.dispatched = row_time(&rows, 4),
                           .signed_at = row_time(&rows, 5),
                           .fed_back = row_time(&rows, 6),
                           .closed = row_time(&rows, 7),
                           .due_sign = row_time(&rows, 8),
                           .due_feedback = row_time(&rows, 9),
                           .on_time = row_int(&rows, 10) != 0,
                           .withdrawn = row_int(&rows, 11) != 0,
                           .key = (size_t)(u - o->units)};
        if (d->dispatched >= o->from)
            timeliness_add(&u->range, d, o->now);
    }
    return rows_end(&rows);
}

struct error *overview_levels(struct request *r, int64_t counts[5])
{
    struct rows rows;
    memset(counts, 0, 5 * sizeof *counts);
    TRY(db_query(r->db, r->arena, &overview_levels_sql, ARGS(A_SCOPE(&r->who->scope)), &rows));
    while (rows_next(&rows)) {
        int64_t level = row_int(&rows, 0);
        if (level >= 1 && level <= 4) {
            counts[level] = row_int(&rows, 1);
            counts[0] += counts[level];
        }
    }
    return rows_end(&rows);
}

struct error *overview_spans(struct request *r, const struct overview *o, struct rows *out)
{
    return db_query(r->db, r->arena, &overview_spans_sql, ARGS(A_TIME(r->arena, "from", o->before), A_SCOPE(&r->who->scope)), out);
}

struct error *overview_trend(struct request *r, const struct overview *o, bool months, struct rows *out)
{
    return db_query(r->db, r->arena, &overview_trend_sql,
                    ARGS(A_TIME(r->arena, "from", o->from), A_Z("format", months ? "%Y-%m" : "%Y-%m-%d"), A_SCOPE(&r->who->scope)),
                    out);
}

struct error *overview_urgent(struct request *r, const struct overview *o, struct rows *out)
{
    return db_query(r->db, r->arena, &overview_urgent_sql, ARGS(A_TIME(r->arena, "now", o->now), A_SCOPE(&r->who->scope)), out);
}

struct error *overview_prefectures(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &overview_prefectures_sql, ARGS(A_SCOPE(&r->who->scope)), out);
}

struct error *overview_sectors(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &overview_sectors_sql, NO_ARGS, out);
}

struct error *overview_scope_label(struct request *r, const char **out)
{
    const struct scope *s = &r->who->scope;
    struct rows rows;
    bool found;
    bool sector = s->kind == SCOPE_SECTOR;
    const char *id = s->org[0] ? s->org : r->who->org.level[0];
    *out = "";
    TRY(db_one(r->db, r->arena, sector ? &overview_sector_label_sql : &overview_label_sql,
               ARGS(A_Z("id", id), A_Z("code", s->sector)), &rows, &found));
    if (found)
        *out = str_dup(r->arena, row_text(&rows, 0));
    return rows_end(&rows);
}

struct error *overview_latest(struct request *r, int which, struct rows *out)
{
    static const struct sql_stmt *const of[] = {&overview_latest_warnings_sql, &overview_latest_feedback_sql,
                                                &overview_latest_events_sql};
    return db_query(r->db, r->arena, of[which], ARGS(A_TIME(r->arena, "now", clock_now_us()), A_SCOPE(&r->who->scope)), out);
}

struct error *overview_total(struct request *r, int which, int64_t *out)
{
    static const struct sql_stmt *const of[] = {&overview_assets_sql, &overview_orgs_sql, &overview_events_sql};
    return db_int(r->db, r->arena, of[which], ARGS(A_SCOPE(&r->who->scope)), 0, out);
}
