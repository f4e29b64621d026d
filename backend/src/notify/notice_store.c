#include "notify/notice_store.h"

#include <stdlib.h>

#include "http/org_columns.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "notify/notify.h"
#include "org/org.h"
#include "queue/job.h"

SQL(notice_insert_sql,
    "INSERT INTO notices (id, event, level, subject_kind, subject_id, title, facts, permission, user_id, created_at, " ORG_COLUMNS
    ") VALUES (:id, :event, :level, :subject_kind, :subject_id, :title, :facts, :permission, :user_id, :now, " ORG_VALUES ")");

/* Mine: sent to me; to my organisation under a permission that I hold; to the platform, if I see all of it (:all). */
#define NOBODY "'00000000-0000-0000-0000-000000000000'"
#define MY_NOTICE                                                                                                 \
    "(n.user_id = :me OR (n.user_id IS NULL AND n.org_id = :org AND FIND_IN_SET(n.permission, :permissions)) OR " \
    "(:all AND n.user_id IS NULL AND n.org_id IS NULL AND FIND_IN_SET(n.permission, :permissions)))"
#define READ_UNTIL \
    "COALESCE((SELECT m.read_until FROM notice_marks m WHERE m.user_id = :me), (SELECT u.created_at FROM users u WHERE u.id = :me))"
#define IS_UNREAD                                    \
    "(n.created_at > " READ_UNTIL " AND NOT EXISTS " \
    "(SELECT 1 FROM notice_reads x WHERE x.user_id = :me AND x.notice_id = n.id))"
#define NOTICE_FILTER                                                                                                      \
    " AND (:event IS NULL OR n.event = :event OR n.event LIKE CONCAT(:event, '.%')) AND (:level = 0 OR n.level = :level) " \
    "AND (:after_time IS NULL OR n.created_at < :after_time OR (n.created_at = :after_time AND n.id < :after_id)) "        \
    "AND (:unread = 0 OR " IS_UNREAD ") "
#define BRANCH(reader, more)                                                                             \
    "(SELECT n.id, n.created_at FROM notices n FORCE INDEX (ix_notices_reader) WHERE n.reader = " reader \
    " AND " more NOTICE_FILTER "ORDER BY n.created_at DESC, n.id DESC LIMIT :size)"
#define HELD "n.user_id IS NULL AND FIND_IN_SET(n.permission, :permissions)"
SQL_SYSTEM(
    notice_page_sql, "own notices: by user, or by own organisation and permissions",
    "SELECT n.id, n.event, n.level, n.subject_kind, n.subject_id, n.title, n.facts, n.created_at, NOT " IS_UNREAD
    " FROM (" BRANCH(":me", "TRUE") " UNION ALL " BRANCH(":org", HELD) " UNION ALL " BRANCH(
        NOBODY,
        ":all AND " HELD) " ORDER BY created_at DESC, id DESC LIMIT :size) p JOIN notices n ON n.id = p.id ORDER BY n.created_at DESC, n.id DESC");

/* What is unread, in three reads of the index; permissions as a table, so that each is a range behind the mark. */
#define HELD_PERMISSIONS "JSON_TABLE(:held, '$[*]' COLUMNS (permission VARCHAR(64) CHARACTER SET ascii PATH '$')) h"
#define UNREAD_OF_ME \
    "(SELECT n.id FROM notices n FORCE INDEX (ix_notices_reader) WHERE n.reader = :me AND " IS_UNREAD " LIMIT :most)"
#define UNREAD_HELD(reader, more)                                                                                        \
    "(SELECT n.id FROM " HELD_PERMISSIONS " STRAIGHT_JOIN notices n FORCE INDEX (ix_notices_held) ON n.reader = " reader \
    " AND n.permission = h.permission AND n.user_id IS NULL WHERE " more IS_UNREAD " LIMIT :most)"
#define UNREAD_IDS UNREAD_OF_ME " UNION ALL " UNREAD_HELD(":org", "") " UNION ALL " UNREAD_HELD(NOBODY, ":all AND ")
SQL_SYSTEM(notice_unread_sql, "own notices", "SELECT COUNT(*) FROM (" UNREAD_IDS " LIMIT :most) x");
SQL_SYSTEM(notice_mark_all_sql, "own notices",
           "INSERT IGNORE INTO notice_reads (user_id, notice_id, read_at) SELECT :me, x.id, :now FROM (" UNREAD_IDS
           " LIMIT :most) x");
SQL_SYSTEM(notice_mine_sql, "own notices", "SELECT COUNT(*) FROM notices n WHERE n.id = :id AND " MY_NOTICE);
SQL(notice_mark_sql, "INSERT IGNORE INTO notice_reads (user_id, notice_id, read_at) VALUES (:me, :id, :now)");
/* After all was read: what is older than any transaction that could still bring an older one needs no rows of its own. */
SQL(notice_settle_sql, "INSERT INTO notice_marks (user_id, read_until) VALUES (:me, :until) "
                       "ON DUPLICATE KEY UPDATE read_until = GREATEST(read_until, VALUES(read_until))");
SQL_SYSTEM(notice_reads_drop_sql, "own marks",
           "DELETE x FROM notice_reads x JOIN notices n ON n.id = x.notice_id WHERE x.user_id = :me AND n.created_at <= :until");

enum { SETTLED_US = 600 * 1000000 };

static const char *held_json(struct request *r)
{
    struct buf b = buf_new(r->arena, 512, 64 * 1024);
    buf_c(&b, '[');
    for (const char *const *p = r->who->permissions; p && *p; p++)
        buf_printf(&b, "%s\"%s\"", b.n > 1 ? "," : "", *p);
    buf_c(&b, ']');
    return buf_done(&b).p;
}

#define READER(r) A_Z("me", (r)->who->id), A_Z("org", (r)->who->org.org_id), A_INT("all", (r)->who->scope.kind == SCOPE_ALL)

struct error *notice_page(struct request *r, const struct notice_filter *f, struct rows *out)
{
    return db_query(r->db, r->arena, &notice_page_sql,
                    ARGS(READER(r), A_Z("permissions", principal_permissions(r->arena, r->who)), A_OPT("event", f->event),
                         A_INT("level", f->level), A_INT("unread", f->unread), A_OPT("after_time", f->after_time),
                         A_OPT("after_id", f->after_id), A_INT("size", f->size)),
                    out);
}

struct error *notice_unread(struct request *r, int64_t *out)
{
    return db_int(r->db, r->arena, &notice_unread_sql, ARGS(READER(r), A_Z("held", held_json(r)), A_INT("most", UNREAD_SHOWN)), 0,
                  out);
}

struct error *notice_mark(struct request *r, const char *id, bool *found)
{
    int64_t n;
    TRY(db_int(r->db, r->arena, &notice_mine_sql,
               ARGS(READER(r), A_Z("permissions", principal_permissions(r->arena, r->who)), A_Z("id", id)), 0, &n));
    *found = n > 0;
    if (!n)
        return NULL;
    return db_exec(r->db, r->arena, &notice_mark_sql,
                   ARGS(A_Z("me", r->who->id), A_Z("id", id), A_TIME(r->arena, "now", clock_now_us())), NULL);
}

struct error *notice_mark_all(struct request *r, uint64_t *marked)
{
    int64_t now = clock_now_us();
    TRY(db_exec(r->db, r->arena, &notice_mark_all_sql,
                ARGS(READER(r), A_Z("held", held_json(r)), A_INT("most", READ_AT_ONCE), A_TIME(r->arena, "now", now)), marked));
    if (*marked == READ_AT_ONCE)
        return NULL;
    TRY(db_exec(r->db, r->arena, &notice_settle_sql, ARGS(A_Z("me", r->who->id), A_TIME(r->arena, "until", now - SETTLED_US)),
                NULL));
    return db_exec(r->db, r->arena, &notice_reads_drop_sql,
                   ARGS(A_Z("me", r->who->id), A_TIME(r->arena, "until", now - SETTLED_US)), NULL);
}

/* ---- putting ---- */
struct columns {
    struct str *id, *event, *subject_kind, *subject_id, *title, *facts, *permission, *user;
    int64_t *level;
    const struct org_stamp **org;
};

static struct str *texts(struct arena *a, size_t n)
{
    return arena_array(a, n, sizeof(struct str));
}

static struct str opt(const char *s)
{
    return s ? str_of(s) : (struct str){NULL, 0};
}

static void drop_text(void *p)
{
    free(p);
}

static struct error *facts_of(struct arena *a, const struct notice *x, struct str *out)
{
    char *text = x->facts ? json_dumps(x->facts, JSON_COMPACT) : NULL;
    *out = text ? str_of(text) : STR("{}");
    if (text)
        arena_cleanup(a, drop_text, text);
    return out->n <= NOTICE_FACTS_MAX ? NULL : error_new(a, ERR_INTERNAL, "%s: facts of %zu bytes", x->event, out->n);
}

static struct error *fill(struct arena *a, const struct notice *x, size_t i, json_t *ids, const struct columns *c)
{
    static const struct org_stamp nowhere;
    if (!x->user_id && !x->permission)
        return error_new(a, ERR_INTERNAL, "%s: a notice without a receiver", x->event);
    c->id[i] = str_of(arena_strdup(a, id_new().s));
    json_array_append_new(ids, json_stringn(c->id[i].p, c->id[i].n));
    c->event[i] = str_of(x->event);
    c->level[i] = x->level;
    c->subject_kind[i] = opt(x->subject_kind);
    c->subject_id[i] = opt(x->subject_id);
    c->title[i] = str_chars(x->title, 300);
    c->permission[i] = opt(x->permission);
    c->user[i] = opt(x->user_id);
    c->org[i] = x->org ? x->org : &nowhere;
    return facts_of(a, x, &c->facts[i]);
}

static struct error *insert(struct db *db, struct arena *a, const struct notice *x, size_t n, int64_t now, json_t *ids)
{
    struct columns c = {texts(a, n),
                        texts(a, n),
                        texts(a, n),
                        texts(a, n),
                        texts(a, n),
                        texts(a, n),
                        texts(a, n),
                        texts(a, n),
                        arena_array(a, n, sizeof(int64_t)),
                        arena_array(a, n, sizeof(struct org_stamp *))};
    struct sql_column orgs[ORG_COLUMN_COUNT];
    for (size_t i = 0; i < n; i++)
        TRY(fill(a, &x[i], i, ids, &c));
    org_stamp_columns(a, c.org, n, orgs);
    return db_exec_many(db, a, &notice_insert_sql, n,
                        COLUMNS(C_UUID("id", c.id), C_TEXT("event", c.event), C_INT("level", c.level, NULL),
                                C_TEXT("subject_kind", c.subject_kind), C_TEXT("subject_id", c.subject_id),
                                C_TEXT("title", c.title), C_TEXT("facts", c.facts), C_TEXT("permission", c.permission),
                                C_UUID("user_id", c.user), C_SAME(A_TIME(a, "now", now)), orgs[0], orgs[1], orgs[2], orgs[3],
                                orgs[4], orgs[5], orgs[6], orgs[7]),
                        NULL);
}

struct error *notice_put_many(struct db *db, struct arena *a, const struct notice *notices, size_t n, int64_t now)
{
    if (!n)
        return NULL;
    if (n > NOTICES_AT_ONCE)
        return error_new(a, ERR_INTERNAL, "%zu notices at once", n);
    json_t *ids = json_array(), *payload = json_pack("{s:o}", "ids", ids);
    struct error *e = insert(db, a, notices, n, now, ids);
    if (!e)
        e = outbox_put(db, a, "notice", json_string_value(json_array_get(ids, 0)), payload);
    json_decref(payload);
    return e;
}
