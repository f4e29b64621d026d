#include "warnings/dispatch_store.h"

#include "warnings/warning_notice.h"

#include "http/org_columns.h"
#include "kernel/id.h"

#define DISPATCH_READ(S, IX)                                                                                            \
    "SELECT d.id, d.warning_id, d.issuer_org_id, d.state, d.level, d.round, d.extensions, d.version, d.dispatched_at, " \
    "d.signed_at, d.first_feedback_at, d.extension_due_at, d.due_sign_at, d.due_feedback_at, d.due_fix_at, d.due_at, "  \
    "d.paused_at, d.paused_us, d.org_id, d.org_l1, d.org_l2, d.org_l3, d.org_l4, d.org_l5, d.org_l6, d.sector_code, "   \
    "d.title, d.role = 'inform', d.is_demo, " S(w) "FROM dispatches d JOIN warnings w ON w.id = d.warning_id "          \
                                                   "WHERE d.id = :id AND" S(d)
SQL_SCOPED(dispatch_read_sql, DISPATCH_READ);
SQL_SYSTEM(
    dispatch_save_sql, "read inside the scope before",
    "UPDATE dispatches SET state = :to, round = :round, due_sign_at = :due_sign, due_feedback_at = :due_feedback, "
    "due_fix_at = :due_fix, due_at = :due, paused_at = :paused_at, paused_us = :paused_us, "
    "signed_at = COALESCE(signed_at, :signed_at), signed_by = IF(:signs, :by, signed_by), "
    "feedback_on_time = IF(first_feedback_at IS NULL AND :fed_at IS NOT NULL, :fed_at <= due_feedback_at, feedback_on_time), "
    "first_feedback_at = COALESCE(first_feedback_at, :fed_at), closed_at = :closed_at, extensions = :extensions, "
    "extension_due_at = NULL, extension_reason = NULL, extension_asked_at = NULL, updated_at = :now, "
    "version = version + 1 WHERE id = :id AND state = :from AND version = :version");
SQL_SYSTEM(dispatch_ask_sql, "read inside the scope before",
           "UPDATE dispatches SET extension_due_at = :due, extension_reason = :reason, extension_asked_at = :now, "
           "updated_at = :now, version = version + 1 "
           "WHERE id = :id AND state = :from AND version = :version AND extension_asked_at IS NULL");
SQL(feedback_insert_sql,
    "INSERT INTO feedbacks (id, dispatch_id, round, result, body, submitted_by, submitted_at, on_time, is_demo, " ORG_COLUMNS
    ") VALUES (:id, :dispatch, :round, :result, :body, :by, :now, :on_time, :is_demo, " ORG_VALUES ")");
SQL_SYSTEM(feedback_review_sql, "the dispatch was read inside the scope",
           "UPDATE feedbacks SET review = :outcome, review_opinion = :opinion, reviewed_by = :by, reviewed_at = :now "
           "WHERE dispatch_id = :dispatch AND round = :round AND review IS NULL");
SQL_SYSTEM(dispatch_withdraw_sql, "its warning was read inside the scope",
           "UPDATE dispatches SET state = 'withdrawn', due_at = NULL, paused_at = NULL, closed_at = :now, updated_at = :now, "
           "extension_due_at = NULL, extension_reason = NULL, extension_asked_at = NULL, version = version + 1 "
           "WHERE warning_id = :warning AND is_open = 1 LIMIT :most");
SQL(clock_rule_sql, "SELECT receipt_minutes, feedback_minutes, fix_minutes, calendar = 'working', work_from, work_to "
                    "FROM warning_clocks WHERE realm_key = '00000000-0000-0000-0000-000000000000' AND level = :level");

SQL_SYSTEM(targets_next_sql, "the targets were resolved inside the publisher's scope",
           "SELECT t.org_id, t.role, o.org_l1, o.org_l2, o.org_l3, o.org_l4, o.org_l5, o.org_l6, o.sector_code, o.region_code "
           "FROM warning_targets t JOIN orgs o ON o.id = t.org_id "
           "LEFT JOIN dispatches d ON d.warning_id = t.warning_id AND d.org_id = t.org_id "
           "WHERE t.warning_id = :warning AND (:after IS NULL OR t.org_id > :after) AND d.id IS NULL "
           "ORDER BY t.org_id LIMIT :most");
SQL(dispatch_insert_sql,
    "INSERT INTO dispatches (id, warning_id, role, issuer_org_id, title, level, region_code, dispatched_at, due_sign_at, "
    "due_feedback_at, due_fix_at, due_at, assets_matched, updated_at, is_demo, " ORG_COLUMNS ") VALUES (:id, :warning, :role, "
    ":issuer, :title, :level, :region, :now, :due_sign, :due_feedback, :due_fix, :due_sign, :assets, :now, :is_demo, " ORG_VALUES
    ")");
SQL(dispatch_tasks_sql,
    "INSERT INTO tasks (id, subject_kind, subject_id, root_id, step, title, level, permission, due_at, opened_at, is_demo, " ORG_COLUMNS
    ") VALUES (:id, 'dispatch', :subject, :warning, 'sign', :title, :level, 'dispatch.handle', :due_sign, :now, "
    ":is_demo, " ORG_VALUES ")");

static void read_dispatch(struct rows *rows, struct arena *a, struct dispatch *d)
{
    *d = (struct dispatch){
        .level = (int)row_int(rows, 4),
        .round = (int)row_int(rows, 5),
        .extensions = (int)row_int(rows, 6),
        .version = row_int(rows, 7),
        .dispatched_at = row_time(rows, 8),
        .signed_at = row_time(rows, 9),
        .first_feedback_at = row_time(rows, 10),
        .extension_due = row_time(rows, 11),
        .clock = {.due_sign = row_time(rows, 12),
                  .due_feedback = row_time(rows, 13),
                  .due_fix = row_time(rows, 14),
                  .due = row_time(rows, 15),
                  .paused_at = row_time(rows, 16),
                  .paused_us = row_int(rows, 17)},
        .title = row_dup(rows, a, 26),
        .inform = row_int(rows, 27) != 0,
        .is_demo = row_int(rows, 28) != 0,
        .reviewable = row_int(rows, 29) != 0,
    };
    str_copy(d->id, sizeof d->id, row_text(rows, 0));
    str_copy(d->warning_id, sizeof d->warning_id, row_text(rows, 1));
    str_copy(d->issuer_org, sizeof d->issuer_org, row_text(rows, 2));
    dispatch_state_of(row_text(rows, 3), &d->state);
    row_org(rows, 18, &d->org);
}

struct error *dispatch_read(struct request *r, struct str id, struct dispatch *out, bool *found)
{
    struct rows rows;
    TRY(db_one(r->db, r->arena, &dispatch_read_sql, ARGS(A_STR("id", id), A_SCOPE(&r->who->scope)), &rows, found));
    if (*found)
        read_dispatch(&rows, r->arena, out);
    return rows_end(&rows);
}

struct error *dispatch_save(struct db *db, struct arena *a, const struct dispatch *d, enum dispatch_state from, const char *by,
                            int64_t now, bool *moved)
{
    uint64_t n = 0;
    bool signs = from == DISPATCH_PENDING_SIGN && d->signed_at == now;
    const struct dispatch_clock *k = &d->clock;
    TRY(db_exec(db, a, &dispatch_save_sql,
                ARGS(A_Z("to", dispatch_state_name(d->state)), A_INT("round", d->round), A_TIME(a, "due_sign", k->due_sign),
                     A_TIME(a, "due_feedback", k->due_feedback), A_TIME(a, "due_fix", k->due_fix), A_TIME(a, "due", k->due),
                     A_TIME(a, "paused_at", k->paused_at), A_INT("paused_us", k->paused_us), A_TIME(a, "signed_at", d->signed_at),
                     A_INT("signs", signs), A_Z("by", by), A_TIME(a, "fed_at", d->first_feedback_at),
                     A_TIME(a, "closed_at", dispatch_open(d->state) ? 0 : now), A_INT("extensions", d->extensions),
                     A_TIME(a, "now", now), A_Z("id", d->id), A_Z("from", dispatch_state_name(from)), A_INT("version", d->version)),
                &n));
    *moved = n == 1;
    return NULL;
}

struct error *dispatch_ask_extension(struct db *db, struct arena *a, const struct dispatch *d, int64_t due, struct str reason,
                                     int64_t now, bool *moved)
{
    uint64_t n = 0;
    TRY(db_exec(db, a, &dispatch_ask_sql,
                ARGS(A_Z("id", d->id), A_Z("from", dispatch_state_name(d->state)), A_INT("version", d->version),
                     A_TIME(a, "due", due), A_STR("reason", reason), A_TIME(a, "now", now)),
                &n));
    *moved = n == 1;
    return NULL;
}

struct error *feedback_add(struct request *r, const struct dispatch *d, const char *id, struct str result, struct str body,
                           bool on_time, int64_t now)
{
    return db_exec(r->db, r->arena, &feedback_insert_sql,
                   ARGS(A_Z("id", id), A_Z("dispatch", d->id), A_INT("round", d->round), A_STR("result", result),
                        A_STR("body", body), A_Z("by", r->who->id), A_TIME(r->arena, "now", now), A_INT("on_time", on_time),
                        A_INT("is_demo", d->is_demo), ORG_ARGS(&d->org)),
                   NULL);
}

struct error *feedback_review(struct request *r, const struct dispatch *d, const char *outcome, struct str opinion, int64_t now)
{
    return db_exec(r->db, r->arena, &feedback_review_sql,
                   ARGS(A_Z("outcome", outcome), A_OPT("opinion", opinion), A_Z("by", r->who->id), A_TIME(r->arena, "now", now),
                        A_Z("dispatch", d->id), A_INT("round", d->round)),
                   NULL);
}

struct error *dispatch_withdraw_some(struct db *db, struct arena *a, const char *warning_id, int most, int64_t now, uint64_t *done)
{
    return db_exec(db, a, &dispatch_withdraw_sql, ARGS(A_Z("warning", warning_id), A_INT("most", most), A_TIME(a, "now", now)),
                   done);
}

struct error *clock_rule_of(struct db *db, struct arena *a, int level, struct clock_rule *out)
{
    struct rows rows;
    bool found;
    TRY(db_one(db, a, &clock_rule_sql, ARGS(A_INT("level", level)), &rows, &found));
    if (!found) {
        TRY(rows_end(&rows));
        return error_new(a, ERR_INTERNAL, "no clock for level %d: the pack warning-clocks is not loaded", level);
    }
    *out = (struct clock_rule){row_int(&rows, 0) * MINUTE_US,
                               row_int(&rows, 1) * MINUTE_US,
                               row_int(&rows, 2) * MINUTE_US,
                               {row_int(&rows, 3) != 0, (unsigned)row_int(&rows, 4), (unsigned)row_int(&rows, 5)}};
    return rows_end(&rows);
}

/* ---- publication: column arrays for one chunk ---- */
struct chunk {
    size_t n;
    struct str *id, *org, *role, *level[6], *sector, *region, *task;
    int64_t *assets;
    bool *assets_null;
};

static struct chunk chunk_new(struct arena *a, size_t most)
{
    struct chunk c = {.assets = arena_array(a, most, sizeof(int64_t)), .assets_null = arena_array(a, most, sizeof(bool))};
    struct str **columns[] = {&c.id,       &c.org,      &c.role,     &c.sector,   &c.region,   &c.task,
                              &c.level[0], &c.level[1], &c.level[2], &c.level[3], &c.level[4], &c.level[5]};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        *columns[i] = arena_array(a, most, sizeof(struct str));
    return c;
}

static struct str cell(struct rows *rows, struct arena *a, unsigned col)
{
    return row_null(rows, col) ? (struct str){NULL, 0} : str_of(str_dup(a, row_text(rows, col)));
}

static struct error *chunk_read(struct db *db, struct arena *a, const struct warning *w, const char *after, int most,
                                struct chunk *c)
{
    struct rows rows;
    TRY(db_query(db, a, &targets_next_sql, ARGS(A_Z("warning", w->id), A_Z("after", after), A_INT("most", most)), &rows));
    while (c->n < (size_t)most && rows_next(&rows)) {
        size_t i = c->n++;
        c->id[i] = str_of(arena_strdup(a, id_new().s));
        c->task[i] = str_of(arena_strdup(a, id_new().s));
        c->org[i] = cell(&rows, a, 0);
        c->role[i] = cell(&rows, a, 1);
        for (unsigned l = 0; l < 6; l++)
            c->level[l][i] = cell(&rows, a, 2 + l);
        c->sector[i] = cell(&rows, a, 8);
        c->region[i] = cell(&rows, a, 9);
        bool owner = w->owner_asset && w->owner_org && str_is(c->org[i], w->owner_org);
        c->assets[i] = owner ? 1 : 0;
        c->assets_null[i] = !owner;
    }
    return rows_end(&rows);
}

static void chunk_stamp(const struct chunk *c, size_t i, struct org_stamp *out)
{
    *out = (struct org_stamp){0};
    str_copy(out->org_id, sizeof out->org_id, c->org[i]);
    for (unsigned l = 0; l < 6; l++)
        str_copy(out->level[l], sizeof out->level[l], c->level[l][i]);
    str_copy(out->sector, sizeof out->sector, c->sector[i]);
}

#define CHUNK_ORG(c)                                                                                                               \
    C_TEXT("org_id", (c)->org), C_TEXT("org_l1", (c)->level[0]), C_TEXT("org_l2", (c)->level[1]), C_TEXT("org_l3", (c)->level[2]), \
        C_TEXT("org_l4", (c)->level[3]), C_TEXT("org_l5", (c)->level[4]), C_TEXT("org_l6", (c)->level[5]),                         \
        C_TEXT("sector_code", (c)->sector)

struct error *dispatch_write_some(struct db *db, struct arena *a, const struct warning *w, const char *after, int most, int64_t now,
                                  size_t *written, char last[37])
{
    struct chunk c = chunk_new(a, (size_t)most);
    struct clock_rule rule;
    struct calendar calendar;
    *written = 0;
    TRY(chunk_read(db, a, w, after, most, &c));
    if (!c.n)
        return NULL;
    TRY(clock_rule_of(db, a, w->level, &rule));
    TRY(calendar_load(db, a, &w->org, &calendar));
    struct dispatch_clock k = dispatch_clock_start(&calendar, &rule, now);
    TRY(db_exec_many(db, a, &dispatch_insert_sql, c.n,
                     COLUMNS(C_TEXT("id", c.id), C_SAME(A_Z("warning", w->id)), C_TEXT("role", c.role),
                             C_SAME(A_Z("issuer", w->org.org_id)), C_SAME(A_Z("title", w->title)), C_SAME(A_INT("level", w->level)),
                             C_TEXT("region", c.region), C_SAME(A_TIME(a, "now", now)), C_SAME(A_TIME(a, "due_sign", k.due_sign)),
                             C_SAME(A_TIME(a, "due_feedback", k.due_feedback)), C_SAME(A_TIME(a, "due_fix", k.due_fix)),
                             C_INT("assets", c.assets, c.assets_null), C_SAME(A_INT("is_demo", w->is_demo)), CHUNK_ORG(&c)),
                     NULL));
    TRY(db_exec_many(db, a, &dispatch_tasks_sql, c.n,
                     COLUMNS(C_TEXT("id", c.task), C_TEXT("subject", c.id), C_SAME(A_Z("warning", w->id)),
                             C_SAME(A_Z("title", w->title)), C_SAME(A_INT("level", w->level)),
                             C_SAME(A_TIME(a, "due_sign", k.due_sign)), C_SAME(A_TIME(a, "now", now)),
                             C_SAME(A_INT("is_demo", w->is_demo)), CHUNK_ORG(&c)),
                     NULL));
    struct org_stamp *orgs = arena_array(a, c.n, sizeof *orgs);
    for (size_t i = 0; i < c.n; i++)
        chunk_stamp(&c, i, &orgs[i]);
    TRY(notice_arrived(db, a, w, c.id, orgs, c.n, k.due_sign, now));
    *written = c.n;
    str_copy(last, 37, c.org[c.n - 1]);
    return NULL;
}
