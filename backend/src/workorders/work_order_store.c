#include "workorders/work_order_store.h"

#include "http/org_columns.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "org/org.h"
#include "queue/job.h"

enum { MADE_AT_ONCE = 500, TAKEN_MS = 60000 };
#define WHY "messages between the platform and a unit's ticket system"

#define LINK_READ                                                                                                              \
    "SELECT l.id, l.name, l.state, l.url, l.mac, l.client_id, c.name, l.level, l.mapping, l.version, l.created_at, "           \
    "l.updated_at, l.org_id, o.name, (SELECT COUNT(*) FROM work_orders x WHERE x.link_id = l.id), "                            \
    "(SELECT COUNT(*) FROM work_orders x WHERE x.link_id = l.id AND x.state = 'waiting'), (SELECT COUNT(*) FROM work_orders "  \
    "x WHERE x.link_id = l.id AND x.state = 'dead') FROM work_order_links l JOIN orgs o ON o.id = l.org_id LEFT JOIN clients " \
    "c ON c.id = l.client_id WHERE"
#define LINK_LIST(S, IX) LINK_READ S(l) "ORDER BY o.name, l.id LIMIT :offset, :size"
SQL_SCOPED(link_list_sql, LINK_LIST);
#define LINK_COUNT(S, IX) "SELECT COUNT(*) FROM work_order_links l WHERE" S(l)
SQL_SCOPED(link_count_sql, LINK_COUNT);
#define LINK_ONE(S, IX) LINK_READ S(l) "AND l.id = :id"
SQL_SCOPED(link_one_sql, LINK_ONE);
SQL(link_insert_sql, "INSERT INTO work_order_links (id, name, state, url, mac, secret, client_id, level, mapping, created_at, "
                     "updated_at, " ORG_COLUMNS
                     ") VALUES (:id, :name, :state, :url, :mac, :secret, :client, :level, :mapping, :now, :now, " ORG_VALUES ")");
#define LINK_UPDATE(S, IX)                                                                                    \
    "UPDATE work_order_links l SET l.name = :name, l.state = :state, l.url = :url, l.mac = :mac, "            \
    "l.secret = COALESCE(:secret, l.secret), l.client_id = :client, l.level = :level, l.mapping = :mapping, " \
    "l.version = l.version + 1, l.updated_at = :now WHERE l.id = :id AND l.version = :version AND" S(l)
SQL_SCOPED(link_update_sql, LINK_UPDATE);
#define LINK_DELETE(S, IX) "DELETE l FROM work_order_links l WHERE l.id = :id AND" S(l)
SQL_SCOPED(link_delete_sql, LINK_DELETE);
SQL(link_orders_delete_sql, "DELETE FROM work_orders WHERE link_id = :id");
SQL_SYSTEM(link_client_sql, "the organisation was found in the caller's scope",
           "SELECT COUNT(*) FROM clients WHERE id = :client AND org_id = :org AND state = 'active'");

#define ORDER_FILTER                                                                     \
    "AND (:link IS NULL OR w.link_id = :link) AND (:state IS NULL OR w.state = :state) " \
    "AND (:dispatch IS NULL OR w.dispatch_id = :dispatch) "
#define ORDER_LIST(S, IX)                                                                                                        \
    "SELECT w.id, w.link_id, l.name, w.dispatch_id, d.title, d.level, d.state, w.state, w.ticket, w.ticket_state, "              \
    "w.sent_state, w.attempts, w.next_try, w.error, w.sent_at, w.heard_at, w.created_at, o.name FROM work_orders w JOIN "        \
    "work_order_links l ON l.id = w.link_id JOIN dispatches d ON d.id = w.dispatch_id JOIN orgs o ON o.id = w.org_id WHERE" S(w) \
        ORDER_FILTER "ORDER BY w.created_at DESC, w.id DESC LIMIT :offset, :size"
SQL_SCOPED(order_list_sql, ORDER_LIST);
#define ORDER_COUNT(S, IX) "SELECT COUNT(*) FROM (SELECT 1 FROM work_orders w WHERE" S(w) ORDER_FILTER "LIMIT 10001) x"
SQL_SCOPED(order_count_sql, ORDER_COUNT);
#define ORDER_AGAIN(S, IX)                                                                                                   \
    "UPDATE work_orders w SET w.state = 'waiting', w.attempts = 0, w.next_try = :now WHERE w.id = :id AND w.state = 'dead' " \
    "AND" S(w)
SQL_SCOPED(order_again_sql, ORDER_AGAIN);

SQL_SYSTEM(orders_missing_sql, WHY,
           "SELECT d.id, l.id, d.org_id, d.org_l1, d.org_l2, d.org_l3, d.org_l4, d.org_l5, d.org_l6, d.sector_code FROM "
           "dispatches d JOIN work_order_links l ON l.org_id = d.org_id AND l.state = 'active' AND d.level <= l.level LEFT JOIN "
           "work_orders w ON w.dispatch_id = d.id WHERE d.warning_id = :warning AND w.id IS NULL LIMIT 500");
SQL(order_insert_sql, "INSERT INTO work_orders (id, link_id, dispatch_id, next_try, created_at, " ORG_COLUMNS ") VALUES (:id, "
                      ":link, :dispatch, :now, :now, " ORG_VALUES ")");
SQL_SYSTEM(
    order_stale_sql, WHY,
    "UPDATE work_orders w JOIN dispatches d ON d.id = w.dispatch_id SET w.state = 'waiting', w.attempts = 0, w.next_try = :now "
    "WHERE w.dispatch_id = :dispatch AND w.state <> 'waiting' AND w.sent_state <> d.state");
SQL_SYSTEM(orders_due_sql, WHY,
           "SELECT w.id FROM work_orders w WHERE w.state = 'waiting' AND w.next_try <= :now ORDER BY w.next_try LIMIT :most "
           "FOR UPDATE SKIP LOCKED");
SQL_SYSTEM(order_take_sql, WHY, "UPDATE work_orders SET attempts = attempts + 1, next_try = :until WHERE id = :id");
SQL_SYSTEM(
    order_out_sql, WHY,
    "SELECT w.id, w.dispatch_id, w.attempts, d.level, d.due_at, w.ticket, d.state, d.title, n.content, n.number, o.name, l.url, "
    "l.mac, l.secret, l.mapping FROM work_orders w JOIN work_order_links l ON l.id = w.link_id JOIN dispatches d ON d.id = "
    "w.dispatch_id JOIN warnings n ON n.id = d.warning_id JOIN orgs o ON o.id = d.org_id WHERE w.id = :id");
SQL_SYSTEM(order_sent_sql, WHY,
           "UPDATE work_orders w JOIN dispatches d ON d.id = w.dispatch_id SET w.sent_state = :sent, w.ticket = COALESCE(w.ticket, "
           ":ticket), w.state = IF(d.state = :sent, 'sent', 'waiting'), w.attempts = 0, w.next_try = :now, w.error = NULL, "
           "w.sent_at = :now WHERE w.id = :id");
SQL_SYSTEM(
    order_failed_sql, WHY,
    "UPDATE work_orders SET state = IF(:next IS NULL, 'dead', 'waiting'), next_try = COALESCE(:next, next_try), error = :error "
    "WHERE id = :id");
SQL_SYSTEM(link_find_sql, WHY, "SELECT client_id, mac, secret, mapping FROM work_order_links WHERE id = :id AND state = 'active'");
SQL(link_heard_sql, "INSERT IGNORE INTO work_order_heard (link_id, message, heard_at) VALUES (:id, :message, :now)");
SQL(heard_expire_sql, "DELETE FROM work_order_heard WHERE heard_at < :before LIMIT 5000");
SQL_SYSTEM(order_by_ticket_sql, WHY,
           "SELECT w.id, w.dispatch_id, d.state, d.role = 'inform', d.org_id, d.org_l1, d.org_l2, d.org_l3, d.org_l4, d.org_l5, "
           "d.org_l6, d.sector_code FROM work_orders w JOIN dispatches d ON d.id = w.dispatch_id WHERE w.link_id = :link AND "
           "w.ticket = :ticket LIMIT 1");
SQL_SYSTEM(order_note_sql, WHY, "UPDATE work_orders SET ticket_state = :state, heard_at = :now WHERE id = :id");

#define NOW(r) A_TIME((r)->arena, "now", clock_now_us())

struct error *link_rows(struct request *r, const struct page *p, struct rows *out)
{
    return db_query(r->db, r->arena, &link_list_sql,
                    ARGS(A_SCOPE(&r->who->scope), A_INT("offset", p->offset), A_INT("size", p->size)), out);
}

struct error *link_count(struct request *r, int64_t *out)
{
    return db_int(r->db, r->arena, &link_count_sql, ARGS(A_SCOPE(&r->who->scope)), 0, out);
}

struct error *link_row(struct request *r, const char *id, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &link_one_sql, ARGS(A_SCOPE(&r->who->scope), A_Z("id", id)), out, found);
}

#define LINK_ARGS(r, x)                                                                                                       \
    A_Z("id", (x)->id), A_STR("name", (x)->name), A_STR("state", (x)->state), A_STR("url", (x)->url), A_STR("mac", (x)->mac), \
        (x)->sealed.n ? A_BYTES("secret", (x)->sealed.p, (x)->sealed.n) : A_NULL("secret"), A_STR("client", (x)->client_id),  \
        A_INT("level", (x)->level), A_STR("mapping", (x)->mapping), NOW(r)

struct error *link_insert(struct request *r, const struct link_record *x, const struct org_stamp *org)
{
    return db_exec(r->db, r->arena, &link_insert_sql, ARGS(LINK_ARGS(r, x), ORG_ARGS(org)), NULL);
}

struct error *link_update(struct request *r, const struct link_record *x, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &link_update_sql, ARGS(A_SCOPE(&r->who->scope), LINK_ARGS(r, x), A_INT("version", x->version)),
                   affected);
}

struct error *link_delete(struct request *r, const char *id, uint64_t *affected)
{
    TRY(db_exec(r->db, r->arena, &link_delete_sql, ARGS(A_SCOPE(&r->who->scope), A_Z("id", id)), affected));
    return *affected ? db_exec(r->db, r->arena, &link_orders_delete_sql, ARGS(A_Z("id", id)), NULL) : NULL;
}

struct error *link_client_fits(struct request *r, struct str client, struct str org, bool *fits)
{
    int64_t n;
    TRY(db_int(r->db, r->arena, &link_client_sql, ARGS(A_STR("client", client), A_STR("org", org)), 0, &n));
    *fits = n == 1;
    return NULL;
}

#define ORDER_ARGS(r)                                                                                      \
    A_SCOPE(&(r)->who->scope), A_OPT("link", param_str(r, "link")), A_OPT("state", param_str(r, "state")), \
        A_OPT("dispatch", param_str(r, "dispatch"))

struct error *work_order_rows(struct request *r, const struct page *p, struct rows *out)
{
    return db_query(r->db, r->arena, &order_list_sql, ARGS(ORDER_ARGS(r), A_INT("offset", p->offset), A_INT("size", p->size)), out);
}

struct error *work_order_count(struct request *r, int64_t *out)
{
    return db_int(r->db, r->arena, &order_count_sql, ARGS(ORDER_ARGS(r)), 0, out);
}

struct error *work_order_again(struct request *r, const char *id, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &order_again_sql, ARGS(A_SCOPE(&r->who->scope), A_Z("id", id), NOW(r)), affected);
}

/* ---- out ---- */
struct error *work_orders_make(struct services *s, struct arena *a, const char *warning_id, int64_t *made)
{
    struct rows rows;
    struct missing {
        char *dispatch, *link;
        struct org_stamp org;
    } *list = arena_array(a, MADE_AT_ONCE, sizeof *list);
    size_t n = 0;
    TRY(db_query(s->db, a, &orders_missing_sql, ARGS(A_Z("warning", warning_id)), &rows));
    while (n < MADE_AT_ONCE && rows_next(&rows)) {
        list[n] = (struct missing){.dispatch = row_dup(&rows, a, 0), .link = row_dup(&rows, a, 1)};
        row_org(&rows, 2, &list[n++].org);
    }
    TRY(rows_end(&rows));
    for (size_t i = 0; i < n; i++)
        TRY(db_exec(s->db, a, &order_insert_sql,
                    ARGS(A_Z("id", id_new().s), A_Z("link", list[i].link), A_Z("dispatch", list[i].dispatch),
                         A_TIME(a, "now", clock_now_us()), ORG_ARGS(&list[i].org)),
                    NULL));
    *made = (int64_t)n;
    return NULL;
}

struct error *work_order_stale(struct services *s, struct arena *a, const char *dispatch_id)
{
    return db_exec(s->db, a, &order_stale_sql, ARGS(A_Z("dispatch", dispatch_id), A_TIME(a, "now", clock_now_us())), NULL);
}

static struct error *read_out(struct services *s, struct arena *a, const char *id, struct work_order_out *x, bool *found)
{
    struct rows rows;
    TRY(db_one(s->db, a, &order_out_sql, ARGS(A_Z("id", id)), &rows, found));
    if (!*found)
        return NULL;
    *x = (struct work_order_out){.attempts = row_int(&rows, 2), .level = row_int(&rows, 3), .due = row_time(&rows, 4)};
    str_copy(x->id, sizeof x->id, row_text(&rows, 0));
    str_copy(x->dispatch_id, sizeof x->dispatch_id, row_text(&rows, 1));
    struct str *const texts[] = {&x->ticket, &x->dispatch_state, &x->title,  &x->content, &x->number, &x->unit, &x->url,
                                 &x->mac,    &x->sealed,         &x->mapping};
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = (struct str){row_dup(&rows, a, 5 + i), row_text(&rows, 5 + i).n};
    return rows_end(&rows);
}

static struct error *take_some(struct services *s, struct arena *a, int64_t now, char **ids, size_t *n)
{
    struct rows rows;
    *n = 0;
    TRY(db_query(s->db, a, &orders_due_sql, ARGS(A_TIME(a, "now", now), A_INT("most", WORK_ORDERS_AT_ONCE)), &rows));
    while (*n < WORK_ORDERS_AT_ONCE && rows_next(&rows))
        ids[(*n)++] = row_dup(&rows, a, 0);
    TRY(rows_end(&rows));
    for (size_t i = 0; i < *n; i++)
        TRY(db_exec(s->db, a, &order_take_sql, ARGS(A_Z("id", ids[i]), A_TIME(a, "until", now + TAKEN_MS * INT64_C(1000))), NULL));
    return NULL;
}

struct error *work_orders_take(struct services *s, struct arena *a, int64_t now, struct work_order_out *out, size_t *n)
{
    char *ids[WORK_ORDERS_AT_ONCE];
    size_t taken;
    *n = 0;
    TRY(db_begin(s->db, a));
    TRY(db_finish(s->db, a, take_some(s, a, now, ids, &taken)));
    for (size_t i = 0; i < taken; i++) {
        bool found;
        TRY(read_out(s, a, ids[i], &out[*n], &found));
        *n += found;
    }
    return NULL;
}

struct error *work_order_sent(struct services *s, struct arena *a, const struct work_order_out *x, struct str ticket, int64_t now)
{
    return db_exec(s->db, a, &order_sent_sql,
                   ARGS(A_Z("id", x->id), A_STR("sent", x->dispatch_state), A_OPT("ticket", ticket), A_TIME(a, "now", now)), NULL);
}

struct error *work_order_failed(struct services *s, struct arena *a, const struct work_order_out *x, const char *error,
                                int64_t next)
{
    return db_exec(s->db, a, &order_failed_sql,
                   ARGS(A_Z("id", x->id), A_Z("error", error), next ? A_TIME(a, "next", next) : A_NULL("next")), NULL);
}

/* ---- in ---- */
struct error *link_find(struct db *db, struct arena *a, const char *id, struct link_in *out, bool *found)
{
    struct rows rows;
    TRY(db_one(db, a, &link_find_sql, ARGS(A_Z("id", id)), &rows, found));
    if (!*found)
        return NULL;
    *out = (struct link_in){0};
    str_copy(out->client_id, sizeof out->client_id, row_text(&rows, 0));
    out->mac = str_of(row_dup(&rows, a, 1));
    out->sealed = (struct str){row_dup(&rows, a, 2), row_text(&rows, 2).n};
    out->mapping = str_of(row_dup(&rows, a, 3));
    return rows_end(&rows);
}

struct error *link_heard(struct db *db, struct arena *a, const char *id, struct str message, int64_t now, bool *first)
{
    uint64_t n;
    TRY(db_exec(db, a, &link_heard_sql, ARGS(A_Z("id", id), A_STR("message", message), A_TIME(a, "now", now)), &n));
    *first = n == 1;
    return NULL;
}

struct error *work_order_by_ticket(struct db *db, struct arena *a, const char *link, struct str ticket, struct work_order_in *out,
                                   bool *found)
{
    struct rows rows;
    TRY(db_one(db, a, &order_by_ticket_sql, ARGS(A_Z("link", link), A_STR("ticket", ticket)), &rows, found));
    if (!*found)
        return NULL;
    *out = (struct work_order_in){.inform = row_int(&rows, 3) != 0};
    str_copy(out->id, sizeof out->id, row_text(&rows, 0));
    str_copy(out->dispatch_id, sizeof out->dispatch_id, row_text(&rows, 1));
    out->state = str_of(row_dup(&rows, a, 2));
    row_org(&rows, 4, &out->org);
    return rows_end(&rows);
}

struct error *work_order_note(struct db *db, struct arena *a, const char *id, struct str ticket_state, int64_t now)
{
    return db_exec(db, a, &order_note_sql, ARGS(A_Z("id", id), A_STR("state", ticket_state), A_TIME(a, "now", now)), NULL);
}

/* A message is refused by its time after a few minutes. */
static struct error *heard_expire(struct services *s, struct arena *a)
{
    return db_exec(s->db, a, &heard_expire_sql, ARGS(A_TIME(a, "before", clock_now_us() - INT64_C(3600) * 1000000)), NULL);
}
DUTY(work_orders_heard, 600000, heard_expire);
