#include "warnings/warning_store.h"

#include "http/org_columns.h"
#include "kernel/id.h"
#include "org/group.h"

#define WARNING_READ                                                                                                                                              \
    "SELECT w.id, w.state, w.level, w.version, w.title, w.number, w.targets, w.created_by, w.submitted_by, w.event_id, "                                          \
    "JSON_VALUE(w.owner_snapshot, '$.org_id'), JSON_VALUE(w.owner_snapshot, '$.asset_id'), o.region_code, "                                                       \
    "w.targets_total, w.targets_done, w.is_demo, w.content <> '', w.kind_code, w.source_kind, w.submitted_at, w.org_id, w.org_l1, w.org_l2, w.org_l3, w.org_l4, " \
    "w.org_l5, w.org_l6, w.sector_code FROM warnings w JOIN orgs o ON o.id = w.org_id WHERE w.id = :id "
#define WARNING_OWN(S, IX) WARNING_READ "AND" S(w)
SQL_SCOPED(warning_own_sql, WARNING_OWN);
SQL_SYSTEM(warning_any_sql, "the platform's own moves: the job, the closing, the approval", WARNING_READ);
/* By itself: the join would lock the issuer's organisation as well, for all of its warnings. */
SQL_SYSTEM(warning_lock_sql, "the platform's own moves", "SELECT 1 FROM warnings WHERE id = :id FOR UPDATE");
SQL_SYSTEM(warnings_without_approval_sql, "seeding",
           "SELECT w.id FROM warnings w WHERE w.state = 'review' AND NOT EXISTS (SELECT 1 FROM flow_instances i WHERE "
           "i.running_key = CONCAT('warning_approval:', w.id)) LIMIT 1000");

SQL(warning_insert_sql,
    "INSERT INTO warnings (id, title, kind_code, level, source_kind, event_id, event_snapshot, owner_snapshot, content, "
    "cautions, measures, targets, valid_from, valid_to, created_by, created_at, updated_at, " ORG_COLUMNS ") VALUES (:id, "
    ":title, :kind, :level, :source, :event_id, :event, :owner, :content, :cautions, :measures, :targets, :valid_from, "
    ":valid_to, :by, :now, :now, " ORG_VALUES ")");
SQL_SYSTEM(warning_change_sql, "read inside the scope before",
           "UPDATE warnings SET title = :title, kind_code = :kind, level = :level, source_kind = :source, content = :content, "
           "cautions = :cautions, measures = :measures, targets = :targets, valid_from = :valid_from, valid_to = :valid_to, "
           "updated_at = :now, version = version + 1 WHERE id = :id AND state = :state AND version = :version");
SQL_SYSTEM(warning_remove_sql, "read inside the scope before",
           "DELETE FROM warnings WHERE id = :id AND state = :state AND version = :version");

/* One statement for each move: the columns that it sets are part of the act. */
#define WARNING_MOVE(set)                                                                                                  \
    "UPDATE warnings SET state = :to, opinion = COALESCE(:opinion, opinion), updated_at = :now, version = version + 1" set \
    " WHERE id = :id AND state = :from AND version = :version"
SQL_SYSTEM(warning_submit_sql, "read inside the scope before", WARNING_MOVE(", submitted_by = :by, submitted_at = :now"));
SQL_SYSTEM(warning_approve_sql, "read inside the scope before", WARNING_MOVE(", approved_by = :by, approved_at = :now"));
SQL_SYSTEM(warning_publish_sql, "read inside the scope before", WARNING_MOVE(", published_by = :by, published_at = :now"));
SQL_SYSTEM(warning_close_sql, "read inside the scope before", WARNING_MOVE(", closed_at = :now"));
SQL_SYSTEM(warning_move_sql, "read inside the scope before", WARNING_MOVE(""));

SQL_SYSTEM(warning_publishing_sql, "in the transaction of the publication",
           "UPDATE warnings SET number = COALESCE(number, :number), job_id = :job, targets_total = :targets WHERE id = :id");
SQL_SYSTEM(warning_recount_sql, "derived from its dispatches",
           "UPDATE warnings w SET targets_written = (SELECT COUNT(*) FROM dispatches d WHERE d.warning_id = w.id AND d.depth = 1), "
           "targets_done = (SELECT COUNT(*) FROM dispatches d WHERE d.warning_id = w.id AND d.depth = 1 AND d.is_open = 0), "
           "updated_at = :now WHERE w.id = :id");
SQL_SYSTEM(warning_left_sql, "derived from its dispatches",
           "SELECT COUNT(*) FROM (SELECT 1 FROM dispatches d WHERE d.warning_id = :id AND d.is_open = 1 LIMIT 1) x");
SQL(number_next_sql, "INSERT INTO number_series (kind, issuer, year, next_value) VALUES ('YJ', :issuer, :year, 1) "
                     "ON DUPLICATE KEY UPDATE next_value = next_value + 1");
SQL(number_read_sql, "SELECT next_value FROM number_series WHERE kind = 'YJ' AND issuer = :issuer AND year = :year");
SQL(year_sql, "SELECT YEAR(:now + INTERVAL 8 HOUR)");

SQL_SYSTEM(targets_clear_sql, "resolved again", "DELETE FROM warning_targets WHERE warning_id = :id");
#define TARGETS_ORGS(S, IX)                                                                                           \
    "INSERT IGNORE INTO warning_targets (warning_id, org_id) SELECT :id, o.id FROM JSON_TABLE(:targets, '$.orgs[*]' " \
    "COLUMNS (id VARCHAR(36) PATH '$')) j JOIN orgs o ON o.id = CAST(j.id AS UUID) WHERE o.state = 'active' AND" S(o)
SQL_SCOPED(targets_orgs_sql, TARGETS_ORGS);
/* A region is its code and all below (530000, 530100, 530102). Offices coordinate: they receive only when they are named. */
#define TARGETS_REGIONS(S, IX)                                                                                           \
    "INSERT IGNORE INTO warning_targets (warning_id, org_id) SELECT :id, o.id FROM JSON_TABLE(:targets, '$.regions[*]' " \
    "COLUMNS (code CHAR(6) PATH '$')) j JOIN orgs o ON o.region_code LIKE CONCAT(CASE WHEN j.code LIKE '__0000' THEN "   \
    "LEFT(j.code, 2) WHEN j.code LIKE '____00' THEN LEFT(j.code, 4) ELSE j.code END, '%') COLLATE utf8mb4_general_ci "   \
    "WHERE o.state = 'active' AND NOT o.is_office AND o.id <> :issuer AND" S(o)
SQL_SCOPED(targets_regions_sql, TARGETS_REGIONS);
#define TARGETS_SECTORS(S, IX)                                                                                           \
    "INSERT IGNORE INTO warning_targets (warning_id, org_id) SELECT :id, o.id FROM JSON_TABLE(:targets, '$.sectors[*]' " \
    "COLUMNS (code VARCHAR(16) PATH '$')) j JOIN orgs o ON o.sector_code = j.code COLLATE utf8mb4_general_ci "           \
    "WHERE o.state = 'active' AND NOT o.is_office AND o.id <> :issuer AND" S(o)
SQL_SCOPED(targets_sectors_sql, TARGETS_SECTORS);
SQL(targets_count_sql, "SELECT COUNT(*) FROM warning_targets WHERE warning_id = :id");
#define TARGETS_UNKNOWN(S, IX)                                                                                 \
    "SELECT j.id FROM JSON_TABLE(:targets, '$.orgs[*]' COLUMNS (id VARCHAR(36) PATH '$')) j LEFT JOIN orgs o " \
    "ON o.id = CAST(j.id AS UUID) AND o.state = 'active' AND" S(o) "WHERE o.id IS NULL LIMIT 1"
SQL_SCOPED(targets_unknown_sql, TARGETS_UNKNOWN);

static void read_warning(struct rows *rows, struct arena *a, struct warning *w)
{
    *w = (struct warning){.level = (int)row_int(rows, 2), .version = row_int(rows, 3)};
    str_copy(w->id, sizeof w->id, row_text(rows, 0));
    warning_state_of(row_text(rows, 1), &w->state);
    w->title = row_dup(rows, a, 4);
    w->number = row_dup(rows, a, 5);
    w->targets = row_dup(rows, a, 6);
    w->created_by = row_dup(rows, a, 7);
    w->submitted_by = row_dup(rows, a, 8);
    w->event_id = row_dup(rows, a, 9);
    w->owner_org = row_dup(rows, a, 10);
    w->owner_asset = row_dup(rows, a, 11);
    w->region = row_dup(rows, a, 12);
    w->targets_total = row_int(rows, 13);
    w->targets_done = row_int(rows, 14);
    w->is_demo = row_int(rows, 15) != 0;
    w->has_content = row_int(rows, 16) != 0;
    w->kind = row_dup(rows, a, 17);
    w->source = row_dup(rows, a, 18);
    w->submitted_at = row_time(rows, 19);
    row_org(rows, 20, &w->org);
}

static struct error *read_one(struct db *db, struct arena *a, const struct sql_stmt *s, const struct sql_arg *args,
                              struct warning *out, bool *found)
{
    struct rows rows;
    TRY(db_one(db, a, s, args, &rows, found));
    if (*found)
        read_warning(&rows, a, out);
    return rows_end(&rows);
}

struct error *warning_own(struct request *r, struct str id, struct warning *out, bool *found)
{
    return read_one(r->db, r->arena, &warning_own_sql, ARGS(A_STR("id", id), A_SCOPE(&r->who->scope)), out, found);
}

struct error *warning_lock(struct db *db, struct arena *a, const char *id, struct warning *out, bool *found)
{
    int64_t locked;
    TRY(db_int(db, a, &warning_lock_sql, ARGS(A_Z("id", id)), 0, &locked));
    return read_one(db, a, &warning_any_sql, ARGS(A_Z("id", id)), out, found);
}

struct error *warnings_without_approval(struct db *db, struct arena *a, struct rows *out)
{
    return db_query(db, a, &warnings_without_approval_sql, NO_ARGS, out);
}

#define TEXT_ARGS(a, t)                                                                                             \
    A_STR("title", (t)->title), A_STR("kind", (t)->kind), A_INT("level", (t)->level), A_STR("source", (t)->source), \
        A_STR("content", (t)->content), A_STR("cautions", (t)->cautions), A_STR("measures", (t)->measures),         \
        A_STR("targets", (t)->targets), A_TIME(a, "valid_from", (t)->valid_from), A_TIME(a, "valid_to", (t)->valid_to)

struct error *warning_insert(struct request *r, const char *id, const struct warning_text *t, int64_t now)
{
    return db_exec(r->db, r->arena, &warning_insert_sql,
                   ARGS(A_Z("id", id), TEXT_ARGS(r->arena, t), A_OPT("event_id", t->event_id), A_OPT("event", t->event),
                        A_OPT("owner", t->owner), A_Z("by", r->who->id), A_TIME(r->arena, "now", now), ORG_ARGS(&r->who->org)),
                   NULL);
}

struct error *warning_change(struct request *r, const struct warning *w, const struct warning_text *t, int64_t now, bool *moved)
{
    uint64_t n = 0;
    TRY(db_exec(r->db, r->arena, &warning_change_sql,
                ARGS(A_Z("id", w->id), TEXT_ARGS(r->arena, t), A_TIME(r->arena, "now", now),
                     A_Z("state", warning_state_name(w->state)), A_INT("version", w->version)),
                &n));
    *moved = n == 1;
    return NULL;
}

struct error *warning_remove(struct request *r, const struct warning *w, bool *moved)
{
    uint64_t n = 0;
    TRY(db_exec(r->db, r->arena, &warning_remove_sql,
                ARGS(A_Z("id", w->id), A_Z("state", warning_state_name(w->state)), A_INT("version", w->version)), &n));
    *moved = n == 1;
    return NULL;
}

static const struct sql_stmt *move_statement(enum warning_action action)
{
    switch (action) {
    case WARNING_SUBMIT:
        return &warning_submit_sql;
    case WARNING_APPROVE:
        return &warning_approve_sql;
    case WARNING_PUBLISH:
        return &warning_publish_sql;
    case WARNING_WITHDRAW:
    case WARNING_ALL_CLOSED:
        return &warning_close_sql;
    default:
        return &warning_move_sql;
    }
}

struct error *warning_set(struct db *db, struct arena *a, const struct warning *w, enum warning_action action,
                          const struct warning_move *m, struct str opinion, const char *by, int64_t now, bool *moved)
{
    uint64_t n = 0;
    TRY(db_exec(db, a, move_statement(action),
                ARGS(A_Z("id", w->id), A_Z("from", warning_state_name(m->from)), A_Z("to", warning_state_name(m->to)),
                     A_INT("version", w->version), A_OPT("opinion", opinion), A_Z("by", by), A_TIME(a, "now", now)),
                &n));
    *moved = n == 1;
    return NULL;
}

struct error *targets_resolve(struct request *r, const struct warning *w, int64_t *count)
{
    const struct sql_arg *args =
        ARGS(A_Z("id", w->id), A_Z("targets", w->targets), A_Z("issuer", w->org.org_id), A_SCOPE(&r->who->scope));
    TRY(db_exec(r->db, r->arena, &targets_clear_sql, ARGS(A_Z("id", w->id)), NULL));
    TRY(db_exec(r->db, r->arena, &targets_orgs_sql, args, NULL));
    TRY(db_exec(r->db, r->arena, &targets_regions_sql, args, NULL));
    TRY(db_exec(r->db, r->arena, &targets_sectors_sql, args, NULL));
    const char *grouped;
    TRY(group_members(r, str_of(w->targets), w->org.org_id, &grouped));
    TRY(db_exec(r->db, r->arena, &targets_orgs_sql, ARGS(A_Z("id", w->id), A_Z("targets", grouped), A_SCOPE(&r->who->scope)),
                NULL));
    return db_int(r->db, r->arena, &targets_count_sql, ARGS(A_Z("id", w->id)), 0, count);
}

struct error *targets_unknown(struct request *r, struct str targets, const char **out)
{
    struct rows rows;
    bool found;
    *out = "";
    TRY(db_one(r->db, r->arena, &targets_unknown_sql, ARGS(A_STR("targets", targets), A_SCOPE(&r->who->scope)), &rows, &found));
    if (found)
        *out = str_dup(r->arena, row_text(&rows, 0));
    return rows_end(&rows);
}

/* The row of the series stays locked until the commit, so numbers follow each other; a rolled back one is given again. */
struct error *warning_number(struct db *db, struct arena *a, const struct warning *w, int64_t now, const char **out)
{
    int64_t year, n;
    TRY(db_int(db, a, &year_sql, ARGS(A_TIME(a, "now", now)), 1970, &year));
    const struct sql_arg *args = ARGS(A_Z("issuer", w->region), A_INT("year", year));
    TRY(db_exec(db, a, &number_next_sql, args, NULL));
    TRY(db_int(db, a, &number_read_sql, args, 0, &n));
    *out = arena_printf(a, "YJ-%s-%lld-%06lld", w->region, (long long)year, (long long)n);
    return NULL;
}

struct error *warning_publishing(struct db *db, struct arena *a, const struct warning *w, const char *number, const char *job,
                                 int64_t targets)
{
    return db_exec(db, a, &warning_publishing_sql,
                   ARGS(A_Z("id", w->id), A_Z("number", number), A_Z("job", job), A_INT("targets", targets)), NULL);
}

struct error *warning_recount(struct db *db, struct arena *a, const char *id, int64_t now, bool *closed)
{
    struct warning w;
    bool found;
    int64_t left;
    *closed = false;
    TRY(warning_lock(db, a, id, &w, &found));
    if (!found)
        return NULL;
    TRY(db_exec(db, a, &warning_recount_sql, ARGS(A_Z("id", id), A_TIME(a, "now", now)), NULL));
    const struct warning_move *m = warning_move(w.state, WARNING_ALL_CLOSED);
    if (!m)
        return NULL;
    TRY(db_int(db, a, &warning_left_sql, ARGS(A_Z("id", id)), 1, &left));
    if (left)
        return NULL;
    TRY(warning_set(db, a, &w, WARNING_ALL_CLOSED, m, STR(""), NULL, now, closed));
    if (!*closed)
        return NULL;
    static const struct actor platform;
    return timeline_add(db, a, &(struct moment){.warning_id = id, .action = "warning.close", .by = &platform, .is_demo = w.is_demo},
                        now);
}
