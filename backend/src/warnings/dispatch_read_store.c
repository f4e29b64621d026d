#include "flow/put.h"
#include "kernel/clock.h"
#include "files/files.h"
#include "warnings/dispatch_store.h"

#define DISPATCH_FILTER                                                                                                    \
    "AND (:q IS NULL OR INSTR(d.title, :q) > 0 OR d.org_id IN (SELECT n.id FROM orgs n WHERE INSTR(n.name, :q) > 0)) "     \
    "AND (:state IS NULL OR d.state = :state) AND (:level = 0 OR d.level = :level) AND (:org IS NULL OR d.org_id = :org) " \
    "AND (:region IS NULL OR d.prefecture_code = :region) AND (:sector IS NULL OR d.sector_code = :sector) "               \
    "AND (:warning IS NULL OR d.warning_id = :warning) AND (:from IS NULL OR d.dispatched_at >= :from) "                   \
    "AND (:to IS NULL OR d.dispatched_at < :to) AND (:open IS NULL OR d.is_open = :open) "                                 \
    "AND (:overdue IS NULL OR COALESCE(d.is_open = 1 AND d.due_at < :now, FALSE) = :overdue) "                             \
    "AND (:due_before IS NULL OR (d.is_open = 1 AND d.due_at >= :now AND d.due_at < :due_before)) "
#define DISPATCH_ITEM(S)                                                                                                   \
    "d.id, d.warning_id, w.number, d.title, w.kind_code, d.level, d.parent_id, d.depth, d.role, d.org_id, o.name, "        \
    "d.region_code, d.sector_code, d.issuer_org_id, io.name, d.state, d.round, d.dispatched_at, d.due_at, d.due_sign_at, " \
    "d.due_feedback_at, d.due_fix_at, d.is_open = 1 AND d.due_at < :now, d.paused_at, d.signed_at, su.display_name, "      \
    "d.first_feedback_at, d.closed_at, d.assets_matched, d.extension_due_at, d.extension_reason, d.extension_asked_at, "   \
    "d.extensions, d.is_demo, d.version, " S(w)
#define DISPATCH_JOINS                                                                                        \
    "JOIN dispatches d ON d.id = p.id JOIN warnings w ON w.id = d.warning_id JOIN orgs o ON o.id = d.org_id " \
    "JOIN orgs io ON io.id = d.issuer_org_id LEFT JOIN users su ON su.id = d.signed_by "
#define DISPATCH_PAGE(S, ids, order) "SELECT " DISPATCH_ITEM(S) "FROM (" ids order "LIMIT :offset, :size) p " DISPATCH_JOINS order
#define DISPATCH_TOTAL(ids) "SELECT COUNT(*) FROM (" ids "LIMIT 10001) x"

/* Each list names the index that carries it; within a scope no other row is read. */
#define BY_NEWEST "ORDER BY d.dispatched_at DESC, d.id DESC "
#define BY_DUE "ORDER BY d.is_open DESC, d.due_at IS NULL, d.due_at, d.id "
#define SEEN_IDS(S, IX) "SELECT d.id FROM dispatches d FORCE INDEX (ix_dispatches_" IX ") WHERE" S(d) DISPATCH_FILTER
#define OPEN_IDS(S, IX) \
    "SELECT d.id FROM dispatches d FORCE INDEX (ix_dispatches_open_" IX ") WHERE d.is_open = 1 AND" S(d) DISPATCH_FILTER
#define OF_WARNING_IDS(S, IX) \
    "SELECT d.id FROM dispatches d FORCE INDEX (ix_dispatches_warning) WHERE d.warning_id = :warning AND" S(d) DISPATCH_FILTER
/* Tasks lead: what this caller may complete now, or has completed. */
#define TODO_IDS(S, IX)                                                                                                           \
    "SELECT DISTINCT d.id, d.is_open, d.due_at FROM tasks t JOIN dispatches d ON d.id = t.subject_id "                            \
    "WHERE t.org_id = :mine_org AND t.state = 'open' AND t.subject_kind = 'dispatch' AND (t.user_id IS NULL OR t.user_id = :me) " \
    "AND FIND_IN_SET(t.permission, :permissions) AND" S(d) DISPATCH_FILTER
#define DONE_IDS(S, IX)                                                                            \
    "SELECT DISTINCT d.id, d.dispatched_at FROM tasks t JOIN dispatches d ON d.id = t.subject_id " \
    "WHERE t.closed_by = :me AND t.state = 'done' AND t.subject_kind = 'dispatch' AND" S(d) DISPATCH_FILTER

#define DISPATCH_SEEN(S, IX) DISPATCH_PAGE(S, SEEN_IDS(S, IX), BY_NEWEST)
#define DISPATCH_SEEN_COUNT(S, IX) DISPATCH_TOTAL(SEEN_IDS(S, IX))
#define DISPATCH_OPEN(S, IX) DISPATCH_PAGE(S, OPEN_IDS(S, IX), BY_DUE)
#define DISPATCH_OPEN_COUNT(S, IX) DISPATCH_TOTAL(OPEN_IDS(S, IX))
#define DISPATCH_OF_WARNING(S, IX) DISPATCH_PAGE(S, OF_WARNING_IDS(S, IX), BY_DUE)
#define DISPATCH_OF_WARNING_COUNT(S, IX) DISPATCH_TOTAL(OF_WARNING_IDS(S, IX))
#define DISPATCH_TODO(S, IX) DISPATCH_PAGE(S, TODO_IDS(S, IX), BY_DUE)
#define DISPATCH_TODO_COUNT(S, IX) DISPATCH_TOTAL(TODO_IDS(S, IX))
#define DISPATCH_DONE(S, IX) DISPATCH_PAGE(S, DONE_IDS(S, IX), BY_NEWEST)
#define DISPATCH_DONE_COUNT(S, IX) DISPATCH_TOTAL(DONE_IDS(S, IX))
SQL_SCOPED(dispatch_seen_sql, DISPATCH_SEEN);
SQL_SCOPED(dispatch_seen_count_sql, DISPATCH_SEEN_COUNT);
SQL_SCOPED(dispatch_open_sql, DISPATCH_OPEN);
SQL_SCOPED(dispatch_open_count_sql, DISPATCH_OPEN_COUNT);
SQL_SCOPED(dispatch_todo_sql, DISPATCH_TODO);
SQL_SCOPED(dispatch_todo_count_sql, DISPATCH_TODO_COUNT);
SQL_SCOPED(dispatch_done_sql, DISPATCH_DONE);
SQL_SCOPED(dispatch_done_count_sql, DISPATCH_DONE_COUNT);
SQL_SCOPED(dispatch_of_warning_sql, DISPATCH_OF_WARNING);
SQL_SCOPED(dispatch_of_warning_count_sql, DISPATCH_OF_WARNING_COUNT);
#define DISPATCH_ONE(S, IX)                                                                                               \
    "SELECT " DISPATCH_ITEM(S) ", w.title, w.source_kind, w.state, w.published_at, w.valid_from, w.valid_to, w.content, " \
                               "w.cautions, w.measures FROM (SELECT d.id FROM dispatches d WHERE d.id = :id AND" S(       \
                                   d) ") p " DISPATCH_JOINS
SQL_SCOPED(dispatch_one_sql, DISPATCH_ONE);
SQL_SYSTEM(feedback_of_sql, "the dispatch was read inside the scope",
           "SELECT f.id, f.round, f.result, f.body, f.submitted_at, u.display_name, f.on_time, f.review, f.review_opinion, "
           "f.reviewed_at, v.display_name FROM feedbacks f LEFT JOIN users u ON u.id = f.submitted_by "
           "LEFT JOIN users v ON v.id = f.reviewed_by WHERE f.dispatch_id = :id ORDER BY f.round DESC LIMIT 20");

static const struct {
    struct sql_stmt *page, *count;
} lists[] = {
    [DISPATCHES_SEEN] = {&dispatch_seen_sql, &dispatch_seen_count_sql},
    [DISPATCHES_OPEN] = {&dispatch_open_sql, &dispatch_open_count_sql},
    [DISPATCHES_TODO] = {&dispatch_todo_sql, &dispatch_todo_count_sql},
    [DISPATCHES_DONE] = {&dispatch_done_sql, &dispatch_done_count_sql},
    [DISPATCHES_OF_WARNING] = {&dispatch_of_warning_sql, &dispatch_of_warning_count_sql},
};

#define FILTER_ARGS(r, f)                                                                                              \
    A_OPT("q", (f)->q), A_OPT("state", (f)->state), A_OPT("org", (f)->org), A_OPT("region", (f)->region),              \
        A_OPT("sector", (f)->sector), A_OPT("warning", (f)->warning), A_INT("level", (f)->level),                      \
        A_TIME((r)->arena, "from", (f)->from), A_TIME((r)->arena, "to", (f)->to), A_TIME((r)->arena, "now", (f)->now), \
        A_TIME((r)->arena, "due_before", (f)->due_before), (f)->has_open ? A_INT("open", (f)->open) : A_NULL("open"),  \
        (f)->has_overdue ? A_INT("overdue", (f)->overdue) : A_NULL("overdue"), A_Z("mine_org", (r)->who->org.org_id),  \
        A_Z("me", (r)->who->id), A_Z("permissions", (f)->permissions), A_SCOPE(&(r)->who->scope)

static void put_extension(struct buf *b, struct rows *d)
{
    if (row_null(d, 31)) {
        put_null(b, "extension");
        return;
    }
    put_open(b, "extension", '{');
    put_col_time(b, "due_at", d, 29);
    put_col(b, "reason", d, 30);
    put_col_time(b, "asked_at", d, 31);
    buf_c(b, '}');
}

static enum dispatch_party party_of(const struct request *r, enum dispatch_party wanted, bool receiver, bool reviewable)
{
    if (wanted == PARTY_RECEIVER)
        return receiver ? PARTY_RECEIVER : PARTY_NONE;
    return reviewable && principal_may(r->who, "dispatch.review") ? PARTY_REVIEWER : PARTY_NONE;
}

static void put_actions(struct request *r, struct rows *d)
{
    struct buf *b = &r->reply;
    enum dispatch_state state = DISPATCH_WITHDRAWN;
    dispatch_state_of(row_text(d, 15), &state);
    bool receiver = str_is(row_text(d, 9), r->who->org.org_id), reviewable = row_int(d, 35) != 0,
         inform = str_is(row_text(d, 8), "inform");
    bool asked = !row_null(d, 31);
    static const struct {
        enum dispatch_action action;
        const char *name, *permission;
    } offered[] = {
        {DISPATCH_SIGN, "sign", "dispatch.handle"},           {DISPATCH_FEEDBACK, "feedback", "dispatch.feedback"},
        {DISPATCH_ACCEPT, "accept", "dispatch.review"},       {DISPATCH_RETURN, "return", "dispatch.review"},
        {DISPATCH_TERMINATE, "terminate", "dispatch.review"}, {DISPATCH_EXTEND_ASK, "extend", "dispatch.feedback"},
        {DISPATCH_EXTEND_GRANT, "extend", "dispatch.review"},
    };
    bool extends = false;
    put_open(b, "actions", '[');
    for (size_t i = 0; i < sizeof offered / sizeof *offered; i++) {
        const struct dispatch_move *m = dispatch_move(state, offered[i].action, inform);
        if (!m || !principal_may(r->who, offered[i].permission) || party_of(r, m->who, receiver, reviewable) != m->who)
            continue;
        bool is_extend = strcmp(offered[i].name, "extend") == 0;
        if ((offered[i].action == DISPATCH_EXTEND_ASK && asked) || (is_extend && extends))
            continue;
        extends = extends || is_extend;
        put_str(b, NULL, str_of(offered[i].name));
    }
    buf_c(b, ']');
}

static struct error *put_feedback(struct request *r, struct str id)
{
    struct buf *b = &r->reply;
    struct rows f;
    TRY(db_query(r->db, r->arena, &feedback_of_sql, ARGS(A_STR("id", id)), &f));
    put_open(b, "feedback", '[');
    while (rows_next(&f)) {
        put_open(b, NULL, '{');
        put_col(b, "id", &f, 0);
        put_col_int(b, "round", &f, 1);
        put_col(b, "result", &f, 2);
        put_col(b, "text", &f, 3);
        put_col_time(b, "submitted_at", &f, 4);
        put_col(b, "submitted_by_name", &f, 5);
        put_col_bool(b, "on_time", &f, 6);
        put_col(b, "review", &f, 7);
        put_col(b, "review_opinion", &f, 8);
        put_col_time(b, "reviewed_at", &f, 9);
        put_col(b, "reviewed_by_name", &f, 10);
        TRY(file_list_put(r, "files", "feedback", row_text(&f, 0)));
        buf_c(b, '}');
    }
    buf_c(b, ']');
    return rows_end(&f);
}

static struct error *put_item(struct request *r, struct rows *d, bool with_feedback)
{
    static const char *const first[] = {"id", "warning_id", "warning_number", "title", "kind_code"};
    static const char *const times[] = {"dispatched_at", "due_at", "due_sign_at", "due_feedback_at", "due_fix_at"};
    struct buf *b = &r->reply;
    for (unsigned i = 0; i < 5; i++)
        put_col(b, first[i], d, i);
    put_col_int(b, "level", d, 5);
    put_col(b, "parent_id", d, 6);
    put_col_int(b, "depth", d, 7);
    put_col(b, "role", d, 8);
    put_col(b, "org_id", d, 9);
    put_col(b, "org_name", d, 10);
    put_col(b, "region_code", d, 11);
    put_col(b, "sector_code", d, 12);
    put_col(b, "issuer_org_id", d, 13);
    put_col(b, "issuer_org_name", d, 14);
    put_col(b, "state", d, 15);
    put_col_int(b, "round", d, 16);
    for (unsigned i = 0; i < 5; i++)
        put_col_time(b, times[i], d, 17 + i);
    put_col_bool(b, "overdue", d, 22);
    put_col_time(b, "paused_at", d, 23);
    put_col_time(b, "signed_at", d, 24);
    put_col(b, "signed_by_name", d, 25);
    put_col_time(b, "first_feedback_at", d, 26);
    put_col_time(b, "closed_at", d, 27);
    put_col_int(b, "assets_matched", d, 28);
    put_extension(b, d);
    put_col_int(b, "extensions", d, 32);
    put_col_bool(b, "is_demo", d, 33);
    put_col_int(b, "version", d, 34);
    put_actions(r, d);
    if (with_feedback && !row_null(d, 26))
        return put_feedback(r, row_text(d, 0));
    if (with_feedback) {
        put_open(b, "feedback", '[');
        buf_c(b, ']');
    }
    return NULL;
}

struct error *dispatch_put_page(struct request *r, const struct dispatch_filter *f, const struct page *p)
{
    struct rows rows;
    TRY(db_query(r->db, r->arena, lists[f->which].page, ARGS(FILTER_ARGS(r, f), A_INT("offset", p->offset), A_INT("size", p->size)),
                 &rows));
    while (rows_next(&rows)) {
        put_open(&r->reply, NULL, '{');
        TRY(put_item(r, &rows, f->with_feedback));
        buf_c(&r->reply, '}');
    }
    return rows_end(&rows);
}

struct error *dispatch_count(struct request *r, const struct dispatch_filter *f, int64_t *out)
{
    return db_int(r->db, r->arena, lists[f->which].count, ARGS(FILTER_ARGS(r, f)), 0, out);
}

static struct error *put_warning(struct request *r, struct rows *d, struct str warning_id)
{
    struct buf *b = &r->reply;
    put_open(b, "warning", '{');
    put_str(b, "id", warning_id);
    put_col(b, "number", d, 2);
    put_col(b, "title", d, 36);
    put_col(b, "kind_code", d, 4);
    put_col_int(b, "level", d, 5);
    put_col(b, "source_kind", d, 37);
    put_col(b, "state", d, 38);
    put_col(b, "issuer_name", d, 14);
    put_col_time(b, "published_at", d, 39);
    put_col_time(b, "valid_from", d, 40);
    put_col_time(b, "valid_to", d, 41);
    put_col(b, "content", d, 42);
    put_col(b, "cautions", d, 43);
    put_col(b, "measures", d, 44);
    TRY(file_list_put(r, "files", "warning", warning_id));
    buf_c(b, '}');
    return NULL;
}

struct error *dispatch_put_one(struct request *r, struct str id, bool *found)
{
    struct rows d;
    TRY(db_one(r->db, r->arena, &dispatch_one_sql,
               ARGS(A_STR("id", id), A_TIME(r->arena, "now", clock_now_us()), A_SCOPE(&r->who->scope)), &d, found));
    if (!*found)
        return rows_end(&d);
    struct str warning = str_of(str_dup(r->arena, row_text(&d, 1)));
    put_open(&r->reply, NULL, '{');
    TRY(put_item(r, &d, true));
    TRY(put_warning(r, &d, warning));
    TRY(rows_end(&d));
    TRY(timeline_put_dispatch(r, "timeline", warning, id));
    buf_c(&r->reply, '}');
    return NULL;
}
