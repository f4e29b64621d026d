#include "notify/delivery_store.h"

#include "http/org_columns.h"
#include "http/services.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "kernel/log.h"
#include "org/org.h"

#define TAKEN_US (INT64_C(300) * 1000000) /* a sender that died is followed after five minutes */

/* ---- making ---- */
SQL_SYSTEM(
    notices_by_id_sql, "notices of every unit are delivered",
    "SELECT n.id, n.event, n.title, n.permission, n.user_id, n.level, n.org_id, n.org_l1, n.org_l2, n.org_l3, n.org_l4, n.org_l5, "
    "n.org_l6, n.sector_code FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id CHAR(36) PATH '$')) j STRAIGHT_JOIN notices n ON n.id = CAST(j.id AS UUID)");
#define RECEIVER_USERS                                                                                                      \
    "SELECT u.id, u.person_id, u.display_name, u.lang FROM users u WHERE u.state = 'active' AND NOT (:optional AND EXISTS " \
    "(SELECT 1 FROM notify_refusals f WHERE f.user_id = u.id AND f.kind = :kind AND f.event = :rule)) AND "
SQL_SYSTEM(receiver_user_sql, "a notice names its receiver", RECEIVER_USERS "u.id = :user");
SQL_SYSTEM(receivers_held_sql, "a notice goes to who holds its permission there",
           RECEIVER_USERS
           "(u.org_id = :org OR (:org IS NULL AND u.scope_kind = 'all')) AND EXISTS (SELECT 1 FROM user_roles ur "
           "JOIN role_permissions rp ON rp.role_id = ur.role_id WHERE ur.user_id = u.id AND rp.permission = :permission) "
           "ORDER BY u.username LIMIT 200");
SQL_SYSTEM(receivers_role_sql, "a rule names a role of the notice's organisation",
           RECEIVER_USERS "u.org_id = :org AND EXISTS (SELECT 1 FROM user_roles ur JOIN roles o ON o.id = ur.role_id "
                          "WHERE ur.user_id = u.id AND o.code = :code) ORDER BY u.username LIMIT 200");
SQL_SYSTEM(receivers_duty_sql, "a rule names a duty of the notice's organisation",
           "SELECT NULL, p.id, p.name, 'zh-CN' FROM people p WHERE p.org_id = :org AND p.duty = :code ORDER BY p.id LIMIT 200");
SQL(delivery_insert_sql,
    "INSERT IGNORE INTO deliveries (id, notice_id, kind, event, level, title, channel_id, user_id, person_id, receiver_name, lang, "
    "state, reason, next_try_at, created_at, " ORG_COLUMNS
    ") VALUES (:id, :notice, :kind, :event, :level, :title, :channel, :user, "
    ":person, :name, :lang, :state, :reason, :not_before, :now, " ORG_VALUES ")");
SQL(delivery_test_sql,
    "INSERT INTO deliveries (id, kind, event, title, channel_id, receiver_name, lang, sealed_to, next_try_at, "
    "created_at, " ORG_COLUMNS ") VALUES (:id, :kind, 'channel.test', :title, :channel, :name, :lang, :to, :now, "
    ":now, " ORG_VALUES ")");

static struct str kept(struct arena *a, struct rows *rows, unsigned col)
{
    return str_of(row_dup(rows, a, col));
}

struct error *notices_by_id(struct db *db, struct arena *a, const char *ids, struct notice_row **out, size_t *n)
{
    enum { MOST = 5000 };
    struct rows x;
    *out = arena_array(a, MOST, sizeof **out);
    *n = 0;
    TRY(db_query(db, a, &notices_by_id_sql, ARGS(A_Z("ids", ids)), &x));
    for (; rows_next(&x) && *n < MOST; ++*n) {
        struct notice_row *r = &(*out)[*n];
        str_copy(r->id, sizeof r->id, row_text(&x, 0));
        r->event = kept(a, &x, 1);
        r->title = kept(a, &x, 2);
        r->permission = kept(a, &x, 3);
        r->user = kept(a, &x, 4);
        r->level = (int)row_int(&x, 5);
        row_org(&x, 6, &r->org);
    }
    return rows_end(&x);
}

struct error *receivers_of(struct db *db, struct arena *a, const struct notice_row *n, const struct rule *rule,
                           struct receiver out[RECEIVERS_MAX], size_t *count)
{
    const struct sql_stmt *s = rule->audience == AUDIENCE_DUTY   ? &receivers_duty_sql
                               : rule->audience == AUDIENCE_ROLE ? &receivers_role_sql
                               : n->user.n                       ? &receiver_user_sql
                                                                 : &receivers_held_sql;
    struct rows x;
    *count = 0;
    TRY(db_query(db, a, s,
                 ARGS(A_OPT("org", str_of(n->org.org_id)), A_OPT("user", n->user), A_OPT("permission", n->permission),
                      A_STR("code", rule->audience_code), A_INT("optional", rule->optional),
                      A_Z("kind", channel_kind_name(rule->kind)), A_STR("rule", rule->event)),
                 &x));
    for (; rows_next(&x) && *count < RECEIVERS_MAX; ++*count)
        out[*count] =
            (struct receiver){.user = kept(a, &x, 0), .person = kept(a, &x, 1), .name = kept(a, &x, 2), .lang = kept(a, &x, 3)};
    if (*count == RECEIVERS_MAX)
        log_warn("notify", "%s: %d receivers by one rule in organisation %s; any others get nothing", n->id, RECEIVERS_MAX,
                 n->org.org_id);
    return rows_end(&x);
}

static struct str opt(struct str s)
{
    return s.n ? s : (struct str){NULL, 0};
}

static struct str *texts(struct arena *a, size_t n)
{
    return arena_array(a, n, sizeof(struct str));
}

struct error *deliveries_insert(struct db *db, struct arena *a, const struct new_delivery *list, size_t n, int64_t now)
{
    enum { ID, NOTICE, KIND, EVENT, TITLE, CHANNEL, USER, PERSON, NAME, LANG, STATE, REASON, BEFORE, COUNT };
    struct str *c[COUNT];
    int64_t *level = arena_array(a, n ? n : 1, sizeof *level);
    const struct org_stamp **orgs = arena_array(a, n ? n : 1, sizeof *orgs);
    struct sql_column o[ORG_COLUMN_COUNT];
    for (int k = 0; k < COUNT; k++)
        c[k] = texts(a, n ? n : 1);
    for (size_t i = 0; i < n; i++) {
        const struct new_delivery *d = &list[i];
        char *before = arena_alloc(a, 27);
        clock_sql(d->not_before, before);
        const struct str row[COUNT] = {str_of(arena_strdup(a, id_new().s)),
                                       str_of(d->notice->id),
                                       str_of(channel_kind_name(d->kind)),
                                       d->notice->event,
                                       d->notice->title,
                                       opt(d->to.channel),
                                       opt(d->to.user),
                                       opt(d->to.person),
                                       d->to.name,
                                       d->to.lang,
                                       d->skipped ? STR("skipped") : STR("waiting"),
                                       opt(str_of(d->skipped)),
                                       str_of(before)};
        for (int k = 0; k < COUNT; k++)
            c[k][i] = row[k];
        level[i] = d->notice->level;
        orgs[i] = &d->notice->org;
    }
    org_stamp_columns(a, orgs, n, o);
    return db_exec_many(db, a, &delivery_insert_sql, n,
                        COLUMNS(C_UUID("id", c[ID]), C_UUID("notice", c[NOTICE]), C_TEXT("kind", c[KIND]),
                                C_TEXT("event", c[EVENT]), C_INT("level", level, NULL), C_TEXT("title", c[TITLE]),
                                C_UUID("channel", c[CHANNEL]), C_UUID("user", c[USER]), C_UUID("person", c[PERSON]),
                                C_TEXT("name", c[NAME]), C_TEXT("lang", c[LANG]), C_TEXT("state", c[STATE]),
                                C_TEXT("reason", c[REASON]), C_TEXT("not_before", c[BEFORE]), C_SAME(A_TIME(a, "now", now)), o[0],
                                o[1], o[2], o[3], o[4], o[5], o[6], o[7]),
                        NULL);
}

struct error *delivery_test(struct request *r, const char *id, const struct channel *c, struct str to, const struct org_stamp *org)
{
    struct str sealed = {NULL, 0};
    if (to.n)
        TRY(secret_put(r->services->keys, r->arena, "deliveries.to", to, &sealed));
    return db_exec(r->db, r->arena, &delivery_test_sql,
                   ARGS(A_Z("id", id), A_Z("kind", channel_kind_name(c->kind)), A_STR("title", c->name), A_Z("channel", c->id),
                        A_STR("name", c->kind == CHANNEL_WEBHOOK ? c->name : str_of(r->who->name)), A_Z("lang", r->lang),
                        sealed.n ? A_BYTES("to", sealed.p, sealed.n) : A_NULL("to"), A_TIME(r->arena, "now", clock_now_us()),
                        ORG_ARGS(org)),
                   NULL);
}

/* ---- sending ---- */
SQL_SYSTEM(
    deliveries_due_sql, "deliveries of every unit are sent",
    "SELECT id FROM deliveries FORCE INDEX (ix_deliveries_due) WHERE state = 'waiting' AND urgent = :urgent AND next_try_at <= :now "
    "ORDER BY next_try_at LIMIT :most FOR UPDATE SKIP LOCKED");
SQL_SYSTEM(delivery_take_sql, "deliveries of every unit are sent",
           "UPDATE deliveries SET attempts = attempts + 1, next_try_at = :until WHERE id = :id");
SQL_SYSTEM(
    delivery_read_sql, "deliveries of every unit are sent",
    "SELECT d.kind, d.notice_id IS NULL, d.level, d.attempts, d.event, d.title, d.channel_id, d.receiver_name, d.lang, o.name, "
    "n.subject_kind, n.subject_id, d.sealed_to, p.email_secret, p.mobile_secret, n.facts, COALESCE(n.created_at, d.created_at), "
    "d.org_id, d.org_l1, d.org_l2, d.org_l3, d.org_l4, d.org_l5, d.org_l6, d.sector_code FROM deliveries d "
    "LEFT JOIN notices n ON n.id = d.notice_id LEFT JOIN orgs o ON o.id = d.org_id LEFT JOIN people p ON p.id = d.person_id "
    "WHERE d.id = :id");
SQL_SYSTEM(delivery_record_sql, "deliveries of every unit are sent",
           "UPDATE deliveries SET state = :state, reason = :reason, last_error = :error, shown_to = COALESCE(:shown, shown_to), "
           "channel_id = COALESCE(:channel, channel_id), next_try_at = COALESCE(:next, next_try_at), "
           "attempts = attempts - :uncounted, sent_at = IF(:state = 'sent', :now, sent_at), "
           "sealed_to = IF(:state = 'waiting', sealed_to, NULL) WHERE id = :id AND state = 'waiting' AND attempts = :attempts");
SQL_SYSTEM(deliveries_prune_sql, "old rows of every unit go", "DELETE FROM deliveries WHERE created_at < :before LIMIT 2000");
SQL_SYSTEM(reads_prune_sql, "marks of notices that go",
           "DELETE x FROM notice_reads x JOIN (SELECT id FROM notices WHERE created_at < :before ORDER BY created_at LIMIT 500) n "
           "ON n.id = x.notice_id");
SQL_SYSTEM(notices_prune_sql, "old rows of every unit go",
           "DELETE FROM notices WHERE created_at < :before ORDER BY created_at LIMIT 500");

static void drop_json(void *p)
{
    json_decref(p);
}

static struct str kept_bytes(struct arena *a, struct rows *x, unsigned col)
{
    struct str s = row_text(x, col);
    return s.n ? (struct str){str_dup(a, s), s.n} : (struct str){NULL, 0};
}

static struct error *read_one(struct db *db, struct arena *a, struct delivery *d, bool *found)
{
    struct rows x;
    TRY(db_one(db, a, &delivery_read_sql, ARGS(A_Z("id", d->id)), &x, found));
    if (!*found)
        return NULL;
    channel_kind_of(row_text(&x, 0), &d->kind);
    d->test = row_int(&x, 1) != 0;
    d->level = (int)row_int(&x, 2);
    d->attempts = (int)row_int(&x, 3);
    struct str *const text[] = {&d->event, &d->title,    &d->channel_id,   &d->receiver_name,
                                &d->lang,  &d->org_name, &d->subject_kind, &d->subject_id};
    for (unsigned i = 0; i < sizeof text / sizeof *text; i++)
        *text[i] = kept(a, &x, 4 + i);
    d->sealed_to = kept_bytes(a, &x, 12);
    d->sealed_email = kept_bytes(a, &x, 13);
    d->sealed_mobile = kept_bytes(a, &x, 14);
    struct str facts = row_text(&x, 15);
    if ((d->facts = json_loadb(facts.p, facts.n, 0, NULL)))
        arena_cleanup(a, drop_json, d->facts);
    d->noticed_at = row_time(&x, 16);
    row_org(&x, 17, &d->org);
    return rows_end(&x);
}

static struct error *due(struct db *db, struct arena *a, bool urgent, int64_t now, struct delivery *list, size_t *n)
{
    struct rows x;
    if (*n >= SEND_AT_ONCE)
        return NULL;
    TRY(db_query(db, a, &deliveries_due_sql,
                 ARGS(A_INT("urgent", urgent), A_TIME(a, "now", now), A_INT("most", SEND_AT_ONCE - (int64_t)*n)), &x));
    for (; rows_next(&x) && *n < SEND_AT_ONCE; ++*n)
        str_copy(list[*n].id, sizeof list[*n].id, row_text(&x, 0));
    return rows_end(&x);
}

static struct error *take(struct db *db, struct arena *a, int64_t now, struct delivery *list, size_t *n)
{
    TRY(due(db, a, true, now, list, n));
    TRY(due(db, a, false, now, list, n));
    for (size_t i = 0; i < *n; i++)
        TRY(db_exec(db, a, &delivery_take_sql, ARGS(A_Z("id", list[i].id), A_TIME(a, "until", now + TAKEN_US)), NULL));
    return NULL;
}

struct error *deliveries_take(struct db *db, struct arena *a, int64_t now, struct delivery **out, size_t *n)
{
    struct delivery *list = arena_zalloc(a, SEND_AT_ONCE * sizeof *list);
    bool found;
    *out = list;
    *n = 0;
    TRY(db_begin(db, a));
    struct error *e = take(db, a, now, list, n);
    TRY(db_finish(db, a, e));
    for (size_t i = 0; i < *n; i++)
        TRY(read_one(db, a, &list[i], &found));
    return NULL;
}

struct error *delivery_record(struct db *db, struct arena *a, const struct delivery *d, const struct outcome *o, int64_t now)
{
    struct str error = str_of(o->error);
    if (error.n > 280)
        error.n = 280;
    while (error.n && !str_utf8(error, NULL))
        error.n--;
    return db_exec(db, a, &delivery_record_sql,
                   ARGS(A_Z("id", d->id), A_INT("attempts", d->attempts), A_Z("state", o->state), A_Z("reason", o->reason),
                        A_OPT("error", error), A_OPT("shown", o->shown_to), A_OPT("channel", o->channel_id),
                        A_TIME(a, "next", o->next_try), A_INT("uncounted", o->uncounted), A_TIME(a, "now", now)),
                   NULL);
}

struct error *notices_prune(struct db *db, struct arena *a, int64_t before, uint64_t *n)
{
    uint64_t more;
    TRY(db_exec(db, a, &deliveries_prune_sql, ARGS(A_TIME(a, "before", before)), n));
    TRY(db_exec(db, a, &reads_prune_sql, ARGS(A_TIME(a, "before", before)), NULL));
    TRY(db_exec(db, a, &notices_prune_sql, ARGS(A_TIME(a, "before", before)), &more));
    *n += more;
    return NULL;
}

/* ---- the log ---- */
#define DELIVERY_FILTER                                                                                                         \
    " AND (:state IS NULL OR d.state = :state) AND (:kind IS NULL OR d.kind = :kind) AND (:event IS NULL OR d.event = :event) " \
    "AND (:level = 0 OR d.level = :level) AND (:q IS NULL OR INSTR(d.receiver_name, :q) > 0 OR INSTR(d.title, :q) > 0) "
#define DELIVERY_READ                                                                                                                 \
    "SELECT d.id, d.notice_id, d.kind, d.event, NULLIF(d.level, 0), d.title, c.name, d.receiver_name, d.shown_to, d.org_id, o.name, " \
    "d.state, d.reason, d.last_error, d.attempts, IF(d.state = 'waiting', d.next_try_at, NULL), d.created_at, d.sent_at "
#define DELIVERY_JOINS "LEFT JOIN notify_channels c ON c.id = d.channel_id LEFT JOIN orgs o ON o.id = d.org_id "
#define DELIVERY_PAGE(S, IX)                                                                                             \
    DELIVERY_READ "FROM (SELECT d.id, d.created_at FROM deliveries d FORCE INDEX (ix_deliveries_" IX ") WHERE " S(d)     \
        DELIVERY_FILTER                                                                                                  \
        "ORDER BY d.created_at DESC, d.id DESC LIMIT :offset, :size) p JOIN deliveries d ON d.id = p.id " DELIVERY_JOINS \
        "ORDER BY p.created_at DESC, p.id DESC"
SQL_SCOPED(delivery_page_sql, DELIVERY_PAGE);
#define DELIVERY_TOTAL(S, IX) "SELECT COUNT(*) FROM (SELECT 1 FROM deliveries d WHERE " S(d) DELIVERY_FILTER "LIMIT 10001) x"
SQL_SCOPED(delivery_total_sql, DELIVERY_TOTAL);
#define DELIVERY_ONE(S, IX) DELIVERY_READ "FROM deliveries d " DELIVERY_JOINS "WHERE d.id = :id AND" S(d)
SQL_SCOPED(delivery_one_sql, DELIVERY_ONE);
SQL_SYSTEM(
    delivery_again_sql, "the handler has read the row inside its scope",
    "UPDATE deliveries SET state = 'waiting', reason = NULL, attempts = 0, next_try_at = :now WHERE id = :id AND state <> 'waiting'");

#define LOG_ARGS(r)                                                                                        \
    A_SCOPE(&(r)->who->scope), A_OPT("state", param_str(r, "state")), A_OPT("kind", param_str(r, "kind")), \
        A_OPT("event", param_str(r, "event")), A_INT("level", param_int(r, "level", 0)), A_OPT("q", param_str(r, "q"))

struct error *delivery_page(struct request *r, const struct page *p, struct rows *out)
{
    return db_query(r->db, r->arena, &delivery_page_sql, ARGS(LOG_ARGS(r), A_INT("offset", p->offset), A_INT("size", p->size)),
                    out);
}

struct error *delivery_total(struct request *r, int64_t *out)
{
    return db_int(r->db, r->arena, &delivery_total_sql, ARGS(LOG_ARGS(r)), 0, out);
}

struct error *delivery_row(struct request *r, const char *id, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &delivery_one_sql, ARGS(A_SCOPE(&r->who->scope), A_Z("id", id)), out, found);
}

struct error *delivery_again(struct request *r, const char *id, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &delivery_again_sql, ARGS(A_Z("id", id), A_TIME(r->arena, "now", clock_now_us())), affected);
}
