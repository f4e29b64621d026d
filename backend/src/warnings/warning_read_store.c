#include "flow/put.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "files/files.h"
#include "org/group.h"
#include "warnings/warning_move.h"

/* A warning is seen by whoever's scope holds its issuer, and by those whose scope holds one of its receivers; the
 * latter see only their own dispatches counted. */
#define SEEN(S) "(" S(w) " OR EXISTS (SELECT 1 FROM dispatches e WHERE e.warning_id = w.id AND" S(e) ")) "
#define WARNING_FILTER(S)                                                                                                 \
    "AND (:q IS NULL OR INSTR(w.title, :q) > 0 OR w.number = :q) AND (:state IS NULL OR w.state = :state) "               \
    "AND (:kind IS NULL OR w.kind_code = :kind) AND (:source IS NULL OR w.source_kind = :source) "                        \
    "AND (:level = 0 OR w.level = :level) AND (:from IS NULL OR w.created_at >= :from) "                                  \
    "AND (:to IS NULL OR w.created_at < :to) AND (:published_from IS NULL OR w.published_at >= :published_from) "         \
    "AND (:published_to IS NULL OR w.published_at < :published_to) AND (:open IS NULL OR w.is_open = :open) "             \
    "AND (:overdue IS NULL OR :overdue = EXISTS (SELECT 1 FROM dispatches l WHERE l.warning_id = w.id AND l.is_open = 1 " \
    "AND l.due_at < :now AND" S(l) ")) "
/* 0..21 of the warning, 22 issued in scope, 23.. counts. */
#define WARNING_ITEM(S)                                                                                                                  \
    "w.id, w.number, w.title, w.kind_code, w.level, w.source_kind, w.event_id, w.state, w.org_id, o.name, u.display_name, "              \
    "w.created_at, w.submitted_at, w.approved_at, w.published_at, w.closed_at, w.valid_from, w.valid_to, "                               \
    "IF(" S(w) ", w.targets_total, COUNT(d.id)), IF(" S(                                                                                 \
        w) ", w.targets_done, COALESCE(SUM(d.is_open = 0), 0)), "                                                                        \
           "w.is_demo, w.version, " S(                                                                                                   \
               w) ", COUNT(d.id), SUM(d.state = 'pending_sign'), SUM(d.state = 'handling'), "                                            \
                  "SUM(d.state = 'reviewing'), SUM(d.state = 'returned'), SUM(d.state = 'accepted'), SUM(d.state = 'terminated'), "      \
                  "SUM(d.state = 'withdrawn'), COUNT(d.signed_at), COUNT(d.first_feedback_at), SUM(d.is_open = 1 AND d.due_at < :now), " \
                  "MIN(IF(d.is_open = 1, d.due_at, NULL)) "
#define WARNING_JOINS(S)                                                       \
    "JOIN orgs o ON o.id = w.org_id LEFT JOIN users u ON u.id = w.created_by " \
    "LEFT JOIN dispatches d ON d.warning_id = w.id AND" S(d)

#define WARNING_PAGE(S, IX)                                                                                                              \
    "SELECT " WARNING_ITEM(S) "FROM (SELECT w.id FROM warnings w WHERE " SEEN(S)                                                         \
        WARNING_FILTER(S) "ORDER BY w.created_at DESC, w.id DESC LIMIT :offset, :size) p JOIN warnings w ON w.id = p.id " WARNING_JOINS( \
            S) "GROUP BY w.id ORDER BY w.created_at DESC, w.id DESC"
SQL_SCOPED(warning_page_sql, WARNING_PAGE);
#define WARNING_COUNT(S, IX) "SELECT COUNT(*) FROM (SELECT 1 FROM warnings w WHERE " SEEN(S) WARNING_FILTER(S) "LIMIT 10001) x"
SQL_SCOPED(warning_count_sql, WARNING_COUNT);

#define WARNING_ONE(S, IX) \
    "SELECT " WARNING_ITEM(S) "FROM warnings w " WARNING_JOINS(S) "WHERE w.id = :id AND " SEEN(S) "GROUP BY w.id"
SQL_SCOPED(warning_one_sql, WARNING_ONE);
#define CLOCK_COLUMNS "k.level, k.receipt_minutes, k.feedback_minutes, k.fix_minutes, k.calendar, k.work_to - k.work_from "
SQL(warning_clocks_sql, "SELECT " CLOCK_COLUMNS "FROM warning_clocks k WHERE k.realm_key = '00000000-0000-0000-0000-000000000000' "
                        "ORDER BY k.level");
#define WARNING_MORE(S, IX)                                                                                                  \
    "SELECT w.content, w.cautions, w.measures, w.targets, w.opinion, s.display_name, a.display_name, p.display_name, "       \
    "w.event_snapshot, w.owner_snapshot, w.created_by, w.submitted_by, w.job_id, j.state, w.targets_written, " CLOCK_COLUMNS \
    "FROM warnings w "                                                                                                       \
    "LEFT JOIN users s ON s.id = w.submitted_by LEFT JOIN users a ON a.id = w.approved_by "                                  \
    "LEFT JOIN users p ON p.id = w.published_by LEFT JOIN jobs j ON j.id = w.job_id LEFT JOIN warning_clocks k "             \
    "ON k.realm_key = '00000000-0000-0000-0000-000000000000' AND k.level = w.level WHERE w.id = :id AND " SEEN(S)
SQL_SCOPED(warning_more_sql, WARNING_MORE);
#define TARGET_LIST(name, type) "JSON_TABLE(w.targets, '$." name "[*]' COLUMNS (code " type " PATH '$')) j "
#define WARNING_REACH(S, IX)                                                                                                                                   \
    "SELECT COUNT(*) FROM (SELECT o.id FROM warnings w JOIN orgs o ON o.state = 'active' AND" S(o) "WHERE w.id = :id AND (EXISTS (SELECT 1 FROM " TARGET_LIST( \
        "orgs",                                                                                                                                                \
        "VARCHAR(36)") "WHERE CAST(j.code AS UUID) = o.id) OR (NOT o.is_office AND o.id <> w.org_id AND "                                                      \
                       "(EXISTS (SELECT 1 FROM " TARGET_LIST(                                                                                                  \
                           "regions",                                                                                                                          \
                           "CHAR(6)") "WHERE o.region_code LIKE CONCAT(CASE WHEN j.code LIKE "                                                                 \
                                      "'__0000' THEN LEFT(j.code, 2) WHEN j.code LIKE '____00' THEN LEFT(j.code, 4) ELSE j.code END, '%') COLLATE "            \
                                      "utf8mb4_general_ci) OR EXISTS (SELECT 1 FROM " TARGET_LIST(                                                             \
                                          "sectors",                                                                                                           \
                                          "VARCHAR(16)") "WHERE o.sector_code = j.code COLLATE utf8mb4_general_ci)))) "                                        \
                                                         "UNION SELECT CAST(j.id AS UUID) FROM JSON_TABLE(:grouped, '$.orgs[*]' COLUMNS (id VARCHAR(36) PATH '$')) j) x"
SQL_SCOPED(warning_reach_sql, WARNING_REACH);
#define WARNING_SEEN(S, IX) "SELECT COUNT(*) FROM warnings w WHERE w.id = :id AND " SEEN(S)
SQL_SCOPED(warning_seen_sql, WARNING_SEEN);
SQL_SYSTEM(warning_text_sql, "read inside the scope before",
           "SELECT title, kind_code, source_kind, content, cautions, measures, targets, valid_from, valid_to FROM warnings "
           "WHERE id = :id");
SQL_SYSTEM(targets_names_sql, "names of organisations are no secret to who drafts a warning",
           "SELECT o.id, o.name FROM JSON_TABLE(:targets, '$.orgs[*]' COLUMNS (id VARCHAR(36) PATH '$')) j "
           "JOIN orgs o ON o.id = CAST(j.id AS UUID) ORDER BY o.name");

SQL(timeline_add_sql,
    "INSERT INTO warning_timeline (id, warning_id, dispatch_id, at, action, actor_id, actor_name, actor_org_name, opinion, "
    "round, due_at, amount, is_demo) VALUES (:id, :warning, :dispatch, :now, :action, :by, :by_name, :by_org, :opinion, :round, "
    ":due, :amount, :is_demo)");
#define TIMELINE_COLUMNS                                                                                              \
    "t.id, t.at, t.action, t.warning_id, t.dispatch_id, t.actor_name, t.actor_org_name, o.name, t.opinion, t.round, " \
    "t.due_at, t.amount "
/* Who issued the warning reads everything; a receiver what is about its own dispatches and what everybody may know. */
#define TIMELINE_FROM(S)                                                                                                        \
    "FROM warning_timeline t JOIN warnings w ON w.id = t.warning_id LEFT JOIN dispatches d ON d.id = t.dispatch_id "            \
    "LEFT JOIN orgs o ON o.id = d.org_id WHERE t.warning_id = :id AND (" S(w) " OR (t.dispatch_id IS NOT NULL AND" S(           \
        d) ") OR (t.action IN ('warning.publish', 'warning.withdraw', 'warning.close') AND EXISTS (SELECT 1 FROM dispatches e " \
           "WHERE e.warning_id = :id AND" S(e) "))) "
#define TIMELINE_PAGE(S, IX) "SELECT " TIMELINE_COLUMNS TIMELINE_FROM(S) "ORDER BY t.at DESC, t.id DESC LIMIT :offset, :size"
SQL_SCOPED(timeline_page_sql, TIMELINE_PAGE);
#define TIMELINE_COUNT(S, IX) "SELECT COUNT(*) FROM (SELECT 1 " TIMELINE_FROM(S) "LIMIT 10001) x"
SQL_SCOPED(timeline_count_sql, TIMELINE_COUNT);
SQL_SYSTEM(timeline_dispatch_sql, "the dispatch was read inside the scope",
           "SELECT " TIMELINE_COLUMNS "FROM warning_timeline t LEFT JOIN dispatches d ON d.id = t.dispatch_id "
           "LEFT JOIN orgs o ON o.id = d.org_id WHERE t.warning_id = :warning AND (t.dispatch_id = :id OR (t.dispatch_id IS NULL "
           "AND t.action IN ('warning.publish', 'warning.withdraw', 'warning.close'))) ORDER BY t.at DESC, t.id DESC LIMIT 200");

#define FILTER_ARGS(r, f)                                                                                                 \
    A_OPT("q", (f)->q), A_OPT("state", (f)->state), A_OPT("kind", (f)->kind), A_OPT("source", (f)->source),               \
        A_INT("level", (f)->level), A_TIME((r)->arena, "from", (f)->from), A_TIME((r)->arena, "to", (f)->to),             \
        A_TIME((r)->arena, "published_from", (f)->published_from), A_TIME((r)->arena, "published_to", (f)->published_to), \
        A_TIME((r)->arena, "now", (f)->now), (f)->has_open ? A_INT("open", (f)->open) : A_NULL("open"),                   \
        (f)->has_overdue ? A_INT("overdue", (f)->overdue) : A_NULL("overdue"), A_SCOPE(&(r)->who->scope)

static void put_counts(struct buf *b, struct rows *w, unsigned at)
{
    static const char *const names[] = {"total",      "pending_sign", "handling", "reviewing", "returned", "accepted",
                                        "terminated", "withdrawn",    "signed",   "fed_back",  "overdue"};
    put_open(b, "counts", '{');
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        put_int(b, names[i], row_int(w, at + i));
    buf_c(b, '}');
}

static void put_item(struct buf *b, struct rows *w)
{
    static const char *const times[] = {"created_at", "submitted_at", "approved_at", "published_at",
                                        "closed_at",  "valid_from",   "valid_to"};
    put_col(b, "id", w, 0);
    put_col(b, "number", w, 1);
    put_col(b, "title", w, 2);
    put_col(b, "kind_code", w, 3);
    put_col_int(b, "level", w, 4);
    put_col(b, "source_kind", w, 5);
    put_col(b, "event_id", w, 6);
    put_col(b, "state", w, 7);
    put_col(b, "org_id", w, 8);
    put_col(b, "org_name", w, 9);
    put_col(b, "created_by_name", w, 10);
    for (unsigned i = 0; i < sizeof times / sizeof *times; i++)
        put_col_time(b, times[i], w, 11 + i);
    put_int(b, "targets_total", row_int(w, 18));
    put_int(b, "targets_done", row_int(w, 19));
    put_col_bool(b, "is_demo", w, 20);
    put_col_int(b, "version", w, 21);
    put_counts(b, w, 23);
    put_col_time(b, "next_due_at", w, 34);
}

struct error *warning_put_page(struct request *r, const struct warning_filter *f, const struct page *p)
{
    struct rows rows;
    TRY(db_query(r->db, r->arena, &warning_page_sql, ARGS(FILTER_ARGS(r, f), A_INT("offset", p->offset), A_INT("size", p->size)),
                 &rows));
    while (rows_next(&rows)) {
        put_open(&r->reply, NULL, '{');
        put_item(&r->reply, &rows);
        buf_c(&r->reply, '}');
    }
    return rows_end(&rows);
}

struct error *warning_count(struct request *r, const struct warning_filter *f, int64_t *out)
{
    return db_int(r->db, r->arena, &warning_count_sql, ARGS(FILTER_ARGS(r, f)), 0, out);
}

/* A list of id and name. */
static struct error *put_named(struct buf *b, const char *key, struct rows *rows)
{
    put_open(b, key, '[');
    while (rows_next(rows)) {
        put_open(b, NULL, '{');
        put_col(b, "id", rows, 0);
        put_col(b, "name", rows, 1);
        buf_c(b, '}');
    }
    buf_c(b, ']');
    return rows_end(rows);
}

static struct error *put_targets(struct request *r, const char *targets)
{
    struct buf *b = &r->reply;
    struct rows rows;
    put_open(b, "targets", '{');
    TRY(db_query(r->db, r->arena, &targets_names_sql, ARGS(A_Z("targets", targets)), &rows));
    TRY(put_named(b, "orgs", &rows));
    TRY(group_names(r, targets, &rows));
    TRY(put_named(b, "groups", &rows));
    json_t *t = json_loads(targets, 0, NULL);
    static const char *const lists[] = {"regions", "sectors"};
    for (unsigned i = 0; i < 2; i++) {
        put_open(b, lists[i], '[');
        size_t at;
        json_t *code;
        json_array_foreach(json_object_get(t, lists[i]), at, code)
            put_str(b, NULL, str_of(json_string_value(code)));
        buf_c(b, ']');
    }
    buf_c(b, '}');
    json_decref(t);
    return NULL;
}

/* decides: a step of its approval is the caller's. */
static void put_actions(struct request *r, struct rows *w, enum warning_state state, bool mine, bool decides)
{
    struct buf *b = &r->reply;
    put_open(b, "actions", '[');
    for (int a = 0; mine && a < WARNING_ACTIONS_BY_PEOPLE; a++) {
        enum warning_action action = (enum warning_action)a;
        if (!warning_move(state, action) || !principal_may(r->who, warning_action_permission(action)))
            continue;
        if ((action == WARNING_APPROVE || action == WARNING_REJECT) && !decides)
            continue;
        if (action == WARNING_APPROVE && !warning_may_approve(str_of(r->who->id), row_text(w, 10), row_text(w, 11)))
            continue;
        put_str(b, NULL, str_of(warning_action_name(action)));
    }
    buf_c(b, ']');
}

/* The columns of a clock from `at` on. */
static void put_clock(struct buf *b, const char *key, struct rows *w, unsigned at)
{
    put_open(b, key, '{');
    put_col_int(b, "level", w, at);
    put_col_int(b, "receipt_minutes", w, at + 1);
    put_col_int(b, "feedback_minutes", w, at + 2);
    put_col_int(b, "fix_minutes", w, at + 3);
    put_col(b, "calendar", w, at + 4);
    put_col_int(b, "day_minutes", w, at + 5);
    buf_c(b, '}');
}

struct error *warning_put_clocks(struct request *r)
{
    struct rows rows;
    TRY(db_query(r->db, r->arena, &warning_clocks_sql, NO_ARGS, &rows));
    while (rows_next(&rows))
        put_clock(&r->reply, NULL, &rows, 0);
    return rows_end(&rows);
}

static void put_publication(struct buf *b, struct rows *w, int64_t total)
{
    if (row_null(w, 12)) {
        put_null(b, "publication");
        return;
    }
    put_open(b, "publication", '{');
    put_col(b, "job_id", w, 12);
    put_str(b, "state", row_null(w, 13) ? STR("done") : row_text(w, 13));
    put_col_int(b, "done", w, 14);
    put_int(b, "total", total);
    buf_c(b, '}');
}

/* What the publication would resolve now, inside the caller's scope. */
static struct error *put_reach(struct request *r, struct str id, const char *issuer, const char *targets)
{
    int64_t units;
    const char *grouped;
    TRY(group_members(r, str_of(targets), issuer, &grouped));
    TRY(db_int(r->db, r->arena, &warning_reach_sql, ARGS(A_STR("id", id), A_Z("grouped", grouped), A_SCOPE(&r->who->scope)), 0,
               &units));
    put_int(&r->reply, "reach", units);
    return NULL;
}

static struct error *put_more(struct request *r, struct str id, enum warning_state state, const char *issuer, int64_t total)
{
    struct buf *b = &r->reply;
    struct rows w;
    bool found, mine = issuer != NULL, decides = false;
    const char *targets = "{}";
    if (mine && state == WARNING_REVIEW)
        TRY(flow_own_open(r, &warning_approval, str_dup(r->arena, id), &decides));
    TRY(db_one(r->db, r->arena, &warning_more_sql, ARGS(A_STR("id", id), A_SCOPE(&r->who->scope)), &w, &found));
    if (!found)
        return rows_end(&w);
    put_col(b, "content", &w, 0);
    put_col(b, "cautions", &w, 1);
    put_col(b, "measures", &w, 2);
    if (mine) {
        targets = row_dup(&w, r->arena, 3);
        TRY(put_targets(r, targets));
        put_col(b, "opinion", &w, 4);
        put_col(b, "submitted_by_name", &w, 5);
        put_col(b, "approved_by_name", &w, 6);
        put_col(b, "published_by_name", &w, 7);
        put_json(b, "event", row_text(&w, 8));
        put_json(b, "ownership", row_text(&w, 9));
        put_publication(b, &w, total);
    }
    put_clock(b, "clock", &w, 15);
    put_actions(r, &w, state, mine, decides);
    TRY(rows_end(&w));
    return mine && state < WARNING_PUBLISHING ? put_reach(r, id, issuer, targets) : NULL;
}

struct error *warning_put_one(struct request *r, struct str id, bool *found)
{
    struct rows w;
    TRY(db_one(r->db, r->arena, &warning_one_sql,
               ARGS(A_STR("id", id), A_TIME(r->arena, "now", clock_now_us()), A_SCOPE(&r->who->scope)), &w, found));
    if (!*found)
        return rows_end(&w);
    enum warning_state state = WARNING_DRAFT;
    warning_state_of(row_text(&w, 7), &state);
    const char *issuer = row_int(&w, 22) ? row_dup(&w, r->arena, 8) : NULL;
    int64_t total = row_int(&w, 18);
    put_open(&r->reply, NULL, '{');
    put_item(&r->reply, &w);
    TRY(rows_end(&w));
    TRY(put_more(r, id, state, issuer, total));
    TRY(file_list_put(r, "files", "warning", id));
    buf_c(&r->reply, '}');
    return NULL;
}

struct error *warning_seen(struct request *r, struct str id, bool *seen)
{
    int64_t n;
    TRY(db_int(r->db, r->arena, &warning_seen_sql, ARGS(A_STR("id", id), A_SCOPE(&r->who->scope)), 0, &n));
    *seen = n == 1;
    return NULL;
}

struct error *warning_text_of(struct request *r, const struct warning *w, struct warning_text *out)
{
    struct rows t;
    bool found;
    *out = (struct warning_text){.level = w->level};
    TRY(db_one(r->db, r->arena, &warning_text_sql, ARGS(A_Z("id", w->id)), &t, &found));
    if (found) {
        struct str *texts[] = {&out->title, &out->kind, &out->source, &out->content, &out->cautions, &out->measures, &out->targets};
        for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
            *texts[i] = str_of(str_dup(r->arena, row_text(&t, i)));
        out->valid_from = row_time(&t, 7);
        out->valid_to = row_time(&t, 8);
    }
    return rows_end(&t);
}

/* ---- timeline ---- */
struct error *timeline_add(struct db *db, struct arena *a, const struct moment *m, int64_t now)
{
    uuid id = id_new();
    return db_exec(db, a, &timeline_add_sql,
                   ARGS(A_Z("id", id.s), A_Z("warning", m->warning_id), A_Z("dispatch", m->dispatch_id), A_TIME(a, "now", now),
                        A_Z("action", m->action), A_Z("by", m->by->id), A_Z("by_name", m->by->name), A_Z("by_org", m->by->org_name),
                        A_OPT("opinion", m->opinion), m->round ? A_INT("round", m->round) : A_NULL("round"),
                        A_TIME(a, "due", m->due), m->amount ? A_INT("amount", m->amount) : A_NULL("amount"),
                        A_INT("is_demo", m->is_demo)),
                   NULL);
}

static void put_moment(struct buf *b, struct rows *t)
{
    bool of_dispatch = !row_null(t, 4);
    put_open(b, NULL, '{');
    put_col(b, "id", t, 0);
    put_col_time(b, "at", t, 1);
    put_col(b, "action", t, 2);
    put_str(b, "subject_kind", of_dispatch ? STR("dispatch") : STR("warning"));
    put_col(b, "subject_id", t, of_dispatch ? 4 : 3);
    put_col(b, "actor_name", t, 5);
    put_col(b, "actor_org_name", t, 6);
    put_col(b, "org_name", t, 7);
    put_col(b, "opinion", t, 8);
    put_col_int(b, "round", t, 9);
    put_col_time(b, "due_at", t, 10);
    put_col_int(b, "count", t, 11);
    buf_c(b, '}');
}

struct error *timeline_put_warning(struct request *r, struct str id, const struct page *p, int64_t *total)
{
    struct rows rows;
    const struct sql_arg *args = ARGS(A_STR("id", id), A_INT("offset", p->offset), A_INT("size", p->size), A_SCOPE(&r->who->scope));
    TRY(db_int(r->db, r->arena, &timeline_count_sql, args, 0, total));
    TRY(db_query(r->db, r->arena, &timeline_page_sql, args, &rows));
    while (rows_next(&rows))
        put_moment(&r->reply, &rows);
    return rows_end(&rows);
}

struct error *timeline_put_dispatch(struct request *r, const char *key, struct str warning_id, struct str dispatch_id)
{
    struct rows rows;
    TRY(db_query(r->db, r->arena, &timeline_dispatch_sql, ARGS(A_STR("warning", warning_id), A_STR("id", dispatch_id)), &rows));
    put_open(&r->reply, key, '[');
    while (rows_next(&rows))
        put_moment(&r->reply, &rows);
    buf_c(&r->reply, ']');
    return rows_end(&rows);
}
