#include "assets/change.h"

#include "http/org_columns.h"
#include "kernel/clock.h"

SQL(change_insert_sql,
    "INSERT INTO asset_changes (id, action, asset_id, base_version, class_code, title, content, before_json, reason, "
    "created_by, created_at, " ORG_COLUMNS ") VALUES (:id, :action, :asset, :version, :class, :title, :content, "
    ":before, :reason, :by, :now, " ORG_VALUES ")");
SQL_SYSTEM(
    change_lock_sql, "whoever decides has the step of its flow",
    "SELECT action, COALESCE(asset_id, ''), COALESCE(base_version, 0), COALESCE(class_code, ''), title, content, COALESCE(created_by, "
    "''), org_id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code FROM asset_changes WHERE id = :id AND state = 'review' "
    "FOR UPDATE");
SQL_SYSTEM(change_end_sql, "whoever decides has the step of its flow",
           "UPDATE asset_changes SET state = :state, opinion = :opinion, ended_at = :now WHERE id = :id AND state = 'review'");
#define CHANGE_SEEN(S, IX) "SELECT COUNT(*) FROM asset_changes c WHERE c.id = :id AND" S(c)
SQL_SCOPED(change_seen_sql, CHANGE_SEEN);
#define COLUMNS_SHOWN                                                                                                 \
    "c.id, c.action, c.state, c.asset_id, c.class_code, c.title, c.reason, c.opinion, u.display_name, c.created_at, " \
    "c.ended_at, c.org_id, o.name"
#define JOINED " JOIN orgs o ON o.id = c.org_id LEFT JOIN users u ON u.id = c.created_by"
#define FILTER " AND (:state IS NULL OR c.state = :state) AND (:asset IS NULL OR c.asset_id = :asset)"
#define CHANGE_ROWS(S, IX)                                                                                            \
    "SELECT " COLUMNS_SHOWN " FROM asset_changes c FORCE INDEX (ix_asset_changes_" IX ")" JOINED " WHERE" S(c) FILTER \
        " ORDER BY c.created_at DESC, c.id DESC LIMIT :offset, :size"
SQL_SCOPED(change_rows_sql, CHANGE_ROWS);
#define CHANGE_COUNT(S, IX) "SELECT COUNT(*) FROM (SELECT 1 FROM asset_changes c WHERE" S(c) FILTER " LIMIT 10001) x"
SQL_SCOPED(change_count_sql, CHANGE_COUNT);
#define CHANGE_ONE(S, IX) \
    "SELECT " COLUMNS_SHOWN ", c.content, c.before_json FROM asset_changes c" JOINED " WHERE c.id = :id AND" S(c)
SQL_SCOPED(change_one_sql, CHANGE_ONE);

struct error *change_insert(struct request *r, const struct asset_change *c)
{
    return db_exec(r->db, r->arena, &change_insert_sql,
                   ARGS(A_Z("id", c->id), A_Z("action", change_action_name[c->action]), A_OPT("asset", str_of(c->asset_id)),
                        c->base_version ? A_INT("version", c->base_version) : A_NULL("version"), A_OPT("class", c->class),
                        A_STR("title", c->title), A_STR("content", c->content), A_OPT("before", c->before),
                        A_OPT("reason", c->reason), A_OPT("by", str_of(c->created_by)), A_TIME(r->arena, "now", clock_now_us()),
                        ORG_ARGS(&c->org)),
                   NULL);
}

struct error *change_lock(struct services *s, struct arena *a, const char *id, struct asset_change *out, bool *found)
{
    struct rows x;
    TRY(db_one(s->db, a, &change_lock_sql, ARGS(A_Z("id", id)), &x, found));
    if (!*found)
        return NULL;
    *out = (struct asset_change){.base_version = row_int(&x, 2)};
    for (int i = 0; i < CHANGE_ACTIONS; i++)
        if (str_is(row_text(&x, 0), change_action_name[i]))
            out->action = (enum change_action)i;
    str_copy(out->id, sizeof out->id, str_of(id));
    str_copy(out->asset_id, sizeof out->asset_id, row_text(&x, 1));
    out->class = str_of(row_dup(&x, a, 3));
    out->title = str_of(row_dup(&x, a, 4));
    out->content = str_of(row_dup(&x, a, 5));
    str_copy(out->created_by, sizeof out->created_by, row_text(&x, 6));
    row_org(&x, 7, &out->org);
    return rows_end(&x);
}

struct error *change_end(struct services *s, struct arena *a, const char *id, const char *state, struct str opinion, int64_t now)
{
    return db_exec(s->db, a, &change_end_sql,
                   ARGS(A_Z("id", id), A_Z("state", state), A_OPT("opinion", opinion), A_TIME(a, "now", now)), NULL);
}

struct error *change_seen(struct request *r, const char *id, bool *out)
{
    int64_t n;
    TRY(db_int(r->db, r->arena, &change_seen_sql, ARGS(A_Z("id", id), A_SCOPE(&r->who->scope)), 0, &n));
    *out = n > 0;
    return NULL;
}

struct error *change_rows(struct request *r, struct str state, struct str asset, const struct page *p, struct rows *out,
                          int64_t *total)
{
    const struct sql_arg *args = ARGS(A_SCOPE(&r->who->scope), A_OPT("state", state), A_OPT("asset", asset),
                                      A_INT("offset", p->offset), A_INT("size", p->size));
    TRY(db_int(r->db, r->arena, &change_count_sql, args, 0, total));
    return db_query(r->db, r->arena, &change_rows_sql, args, out);
}

struct error *change_one(struct request *r, const char *id, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &change_one_sql, ARGS(A_Z("id", id), A_SCOPE(&r->who->scope)), out, found);
}
