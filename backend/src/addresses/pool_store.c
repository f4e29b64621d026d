#include "addresses/pool.h"

#include "http/org_columns.h"
#include "kernel/clock.h"

#define SHOWN                                                                                                                        \
    "p.id, p.space_id, s.name, p.lo, p.hi, p.name, p.purpose, p.used, p.probed, p.watched_at, p.version, p.org_id, o.name, "         \
    "p.org_l1, p.org_l2, p.org_l3, p.org_l4, p.org_l5, p.org_l6, p.sector_code FROM address_pools p JOIN orgs o ON o.id = p.org_id " \
    "JOIN address_spaces s ON s.id = p.space_id "
#define POOL_ROWS(S, IX) \
    "SELECT " SHOWN      \
    "WHERE" S(p) " AND (:space IS NULL OR p.space_id = :space) ORDER BY s.name, p.space_id, p.lo, p.hi DESC LIMIT 20000"
SQL_SCOPED(pool_rows_sql, POOL_ROWS);
#define POOL_ONE(S, IX) "SELECT " SHOWN "WHERE p.id = :id AND" S(p)
SQL_SCOPED(pool_one_sql, POOL_ONE);
SQL_SYSTEM(pool_lock_sql, "ranges of a space do not overlap, whoever has them",
           "SELECT 1 FROM address_spaces WHERE id = :space FOR UPDATE");
SQL_SYSTEM(
    pool_near_sql, "ranges of a space do not overlap, whoever has them",
    "SELECT id, lo, hi FROM address_pools WHERE space_id = :space AND lo <= :hi AND hi >= :lo AND (:but IS NULL OR id <> :but)");
SQL_SYSTEM(pool_count_sql, "a limit of the platform", "SELECT COUNT(*) FROM address_pools");
SQL(pool_insert_sql,
    "INSERT INTO address_pools (id, space_id, lo, hi, name, purpose, created_at, updated_at, " ORG_COLUMNS ") VALUES "
    "(:id, :space, :lo, :hi, :name, :purpose, :now, :now, " ORG_VALUES ")");
SQL_SYSTEM(
    pool_change_sql, "the pool was read inside the scope",
    "UPDATE address_pools SET lo = :lo, hi = :hi, name = :name, purpose = :purpose, version = version + 1, updated_at = :now, "
    "org_id = :org_id, org_l1 = :org_l1, org_l2 = :org_l2, org_l3 = :org_l3, org_l4 = :org_l4, org_l5 = :org_l5, org_l6 = :org_l6, "
    "sector_code = :sector_code WHERE id = :id AND version = :version");
SQL_SYSTEM(pool_delete_sql, "the pool was read inside the scope",
           "DELETE FROM address_pools WHERE id = :id AND version = :version");
#define IN_RANGE(t, column) t ".space_id = :space AND " t "." column " >= :lo AND " t "." column " <= :hi"
#define POOL_USED(S, IX)                                                                                                       \
    "SELECT x.lo, x.value, x.asset_id, a.name, a.asset_no, o.name FROM asset_addresses x FORCE INDEX (ix_asset_addresses_lo) " \
    "LEFT JOIN assets a ON a.id = x.asset_id AND" S(a) " LEFT JOIN orgs o ON o.id = a.org_id WHERE " IN_RANGE(                 \
        "x", "lo") " AND x.valid_to IS NULL AND x.kind = 'ip' ORDER BY x.lo, x.id LIMIT 65536"
SQL_SCOPED(pool_used_sql, POOL_USED);
SQL_SYSTEM(pool_probed_sql, "the pool was read inside the scope; hosts are shown by address alone",
           "SELECT h.ip, h.address, h.id, h.asset_id, h.last_seen_at FROM discovered_hosts h WHERE " IN_RANGE(
               "h", "ip") " ORDER BY h.ip LIMIT 65536");
SQL_SYSTEM(
    pool_days_sql, "the pool was read inside the scope",
    "SELECT DATE_FORMAT(d.day, '%Y-%m-%d'), used, probed FROM (SELECT day, used, probed FROM pool_days WHERE pool_id = :id ORDER BY day DESC LIMIT 400) d ORDER BY d.day");
/* Twice registered; registered by somebody whom the pool was not given to; found and registered by nobody. */
#define POOL_PROBLEMS(S, IX)                                                                                                                         \
    "SELECT q.kind, q.address, a.id, a.name, o.id, o.name FROM ("                                                                                    \
    "SELECT 'duplicate' AS kind, x.value AS address, x.lo AS at, x.asset_id FROM asset_addresses x WHERE " IN_RANGE(                                 \
        "x",                                                                                                                                         \
        "lo") " AND x.valid_to IS NULL AND x.kind = 'ip' AND EXISTS (SELECT 1 FROM asset_addresses y WHERE y.space_id = x.space_id AND "             \
              "y.lo = x.lo AND y.valid_to IS NULL AND y.kind = 'ip' AND y.asset_id <> x.asset_id) UNION ALL "                                        \
              "SELECT 'foreign', x.value, x.lo, x.asset_id FROM asset_addresses x WHERE " IN_RANGE(                                                  \
                  "x",                                                                                                                               \
                  "lo") " AND x.valid_to IS NULL AND x.kind = 'ip' AND NOT COALESCE(:org IN (x.org_l1, x.org_l2, x.org_l3, x.org_l4, x.org_l5, "     \
                        "x.org_l6), FALSE) UNION ALL "                                                                                               \
                        "SELECT 'unregistered', h.address, h.ip, NULL FROM discovered_hosts h WHERE " IN_RANGE(                                      \
                            "h",                                                                                                                     \
                            "ip") " AND NOT EXISTS (SELECT 1 "                                                                                       \
                                  "FROM asset_addresses y WHERE y.space_id = h.space_id AND y.lo = h.ip AND y.hi = h.ip AND y.valid_to IS NULL)) q " \
                                  "LEFT JOIN assets a ON a.id = q.asset_id AND" S(                                                                   \
                                      a) " LEFT JOIN orgs o ON o.id = a.org_id ORDER BY q.at, q.kind LIMIT 2000"
SQL_SCOPED(pool_problems_sql, POOL_PROBLEMS);
#define POOL_NEWS(S, IX)                                                                                                       \
    "SELECT n.id, n.space_id, s.name, n.lo, n.hi, n.addresses, n.first_seen_at, n.seen_at, n.org_id, o.name FROM pool_news n " \
    "JOIN orgs o ON o.id = n.org_id JOIN address_spaces s ON s.id = n.space_id WHERE" S(                                       \
        n) " AND NOT n.dismissed AND NOT EXISTS "                                                                              \
           "(SELECT 1 FROM address_pools p WHERE p.space_id = n.space_id AND p.lo <= n.lo AND p.hi >= n.hi) "                  \
           "ORDER BY n.first_seen_at DESC, n.id LIMIT 500"
SQL_SCOPED(pool_news_sql, POOL_NEWS);
#define NEWS_ONE(S, IX) "SELECT COUNT(*) FROM pool_news n WHERE n.id = :id AND" S(n)
SQL_SCOPED(pool_news_one_sql, NEWS_ONE);
SQL_SYSTEM(pool_news_dismiss_sql, "it was read inside the scope", "UPDATE pool_news SET dismissed = TRUE WHERE id = :id");

SQL_SYSTEM(pool_watch_ids_sql, "the watch sees all",
           "SELECT MAX(id) FROM (SELECT id FROM address_pools WHERE id > :after ORDER BY id LIMIT 200) x");
SQL_SYSTEM(
    pool_watch_sql, "the watch sees all",
    "UPDATE address_pools p SET p.watched_at = :now, p.used = (SELECT COUNT(DISTINCT x.lo) FROM asset_addresses x WHERE x.space_id = "
    "p.space_id AND x.lo >= p.lo AND x.lo <= p.hi AND x.valid_to IS NULL AND x.kind = 'ip'), p.probed = (SELECT COUNT(*) FROM "
    "discovered_hosts h WHERE h.space_id = p.space_id AND h.ip >= p.lo AND h.ip <= p.hi) WHERE p.id > :after AND p.id <= :upto");
SQL_SYSTEM(
    pool_day_sql, "the watch sees all",
    "INSERT INTO pool_days (pool_id, day, used, probed) SELECT id, :day, used, probed FROM address_pools WHERE id > :after AND id <= "
    ":upto ON DUPLICATE KEY UPDATE used = VALUES(used), probed = VALUES(probed)");
/* An IPv4 /24 is the first 15 bytes, an IPv6 /64 the first 8. */
#define NET "IF(LEFT(x.lo, 12) = UNHEX('00000000000000000000FFFF'), LEFT(x.lo, 15), LEFT(x.lo, 8))"
SQL_SYSTEM(
    pool_watch_news_sql, "the watch sees all",
    "INSERT INTO pool_news (id, space_id, lo, hi, addresses, first_seen_at, seen_at, " ORG_COLUMNS ") "
    "SELECT UUID(), g.space_id, RPAD(g.net, 16, CHAR(0)), RPAD(g.net, 16, CHAR(255)), g.n, :now, :now, o.id, o.org_l1, o.org_l2, "
    "o.org_l3, o.org_l4, o.org_l5, o.org_l6, o.sector_code FROM (SELECT x.space_id, " NET " AS net, x.org_id, COUNT(*) AS n FROM "
    "asset_addresses x WHERE x.valid_to IS NULL AND x.kind = 'ip' AND NOT EXISTS (SELECT 1 FROM address_pools p WHERE p.space_id = "
    "x.space_id AND p.lo <= x.lo AND p.hi >= x.lo) GROUP BY x.space_id, net, x.org_id LIMIT 5000) g JOIN orgs o ON o.id = g.org_id "
    "ON DUPLICATE KEY UPDATE addresses = VALUES(addresses), seen_at = VALUES(seen_at)");

#define BOUNDS(range) A_BYTES("lo", (const char *)(range)->lo.b, 16), A_BYTES("hi", (const char *)(range)->hi.b, 16)
#define NOW(a) A_TIME(a, "now", clock_now_us())

struct error *pool_rows(struct request *r, struct str space, struct rows *out)
{
    return db_query(r->db, r->arena, &pool_rows_sql, ARGS(A_SCOPE(&r->who->scope), A_OPT("space", space)), out);
}

struct error *pool_one(struct request *r, const char *id, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &pool_one_sql, ARGS(A_SCOPE(&r->who->scope), A_Z("id", id)), out, found);
}

struct ip pool_ip(struct rows *x, unsigned col)
{
    struct ip ip = {{0}};
    struct str b = row_text(x, col);
    if (b.n == 16)
        memcpy(ip.b, b.p, 16);
    return ip;
}

struct error *pool_read(struct rows *x, struct arena *a, struct pool *out)
{
    *out = (struct pool){.range = {pool_ip(x, P_LO), pool_ip(x, P_HI)},
                         .name = str_of(row_dup(x, a, P_NAME)),
                         .purpose = str_of(row_dup(x, a, P_PURPOSE)),
                         .version = row_int(x, P_VERSION)};
    str_copy(out->id, sizeof out->id, row_text(x, P_ID));
    str_copy(out->space, sizeof out->space, row_text(x, P_SPACE));
    str_copy(out->org.org_id, sizeof out->org.org_id, row_text(x, P_ORG));
    for (unsigned i = 0; i < 6; i++)
        str_copy(out->org.level[i], sizeof out->org.level[i], row_text(x, P_ORG_NAME + 1 + i));
    str_copy(out->org.sector, sizeof out->org.sector, row_text(x, P_ORG_NAME + 7));
    return NULL;
}

struct error *pool_across(struct request *r, const char *space, const struct pool_range *range, const char *but, char other[37],
                          struct str *text)
{
    struct rows x;
    int64_t one;
    other[0] = '\0';
    TRY(db_int(r->db, r->arena, &pool_lock_sql, ARGS(A_Z("space", space)), 0, &one));
    TRY(db_query(r->db, r->arena, &pool_near_sql, ARGS(A_Z("space", space), A_OPT("but", str_of(but)), BOUNDS(range)), &x));
    while (rows_next(&x)) {
        struct pool_range there = {pool_ip(&x, 1), pool_ip(&x, 2)};
        enum pool_relation how = pool_relation(range, &there);
        if (!other[0] && (how == POOL_SAME || how == POOL_ACROSS)) {
            str_copy(other, 37, row_text(&x, 0));
            *text = pool_text(r->arena, &there);
        }
    }
    return rows_end(&x);
}

struct error *pool_count(struct request *r, int64_t *out)
{
    return db_int(r->db, r->arena, &pool_count_sql, NO_ARGS, 0, out);
}

#define POOL_ARGS(r, p)                                                                                                 \
    A_Z("id", (p)->id), A_STR("name", (p)->name), A_OPT("purpose", (p)->purpose), BOUNDS(&(p)->range), NOW((r)->arena), \
        ORG_ARGS(&(p)->org)

struct error *pool_insert(struct request *r, const struct pool *p)
{
    return db_exec(r->db, r->arena, &pool_insert_sql, ARGS(POOL_ARGS(r, p), A_Z("space", p->space)), NULL);
}

struct error *pool_change(struct request *r, const struct pool *p, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &pool_change_sql, ARGS(POOL_ARGS(r, p), A_INT("version", p->version)), affected);
}

struct error *pool_delete(struct request *r, const char *id, int64_t version, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &pool_delete_sql, ARGS(A_Z("id", id), A_INT("version", version)), affected);
}

#define RANGE_ARGS(p) A_Z("space", (p)->space), BOUNDS(&(p)->range)

struct error *pool_used(struct request *r, const struct pool *p, struct rows *out)
{
    return db_query(r->db, r->arena, &pool_used_sql, ARGS(A_SCOPE(&r->who->scope), RANGE_ARGS(p)), out);
}

struct error *pool_probed(struct request *r, const struct pool *p, struct rows *out)
{
    return db_query(r->db, r->arena, &pool_probed_sql, ARGS(RANGE_ARGS(p)), out);
}

struct error *pool_days(struct request *r, const char *id, struct rows *out)
{
    return db_query(r->db, r->arena, &pool_days_sql, ARGS(A_Z("id", id)), out);
}

struct error *pool_problems(struct request *r, const struct pool *p, struct rows *out)
{
    return db_query(r->db, r->arena, &pool_problems_sql, ARGS(A_SCOPE(&r->who->scope), RANGE_ARGS(p), A_Z("org", p->org.org_id)),
                    out);
}

struct error *pool_news(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &pool_news_sql, ARGS(A_SCOPE(&r->who->scope)), out);
}

struct error *pool_news_dismiss(struct request *r, const char *id, bool *done)
{
    int64_t n;
    TRY(db_int(r->db, r->arena, &pool_news_one_sql, ARGS(A_SCOPE(&r->who->scope), A_Z("id", id)), 0, &n));
    *done = n > 0;
    return *done ? db_exec(r->db, r->arena, &pool_news_dismiss_sql, ARGS(A_Z("id", id)), NULL) : NULL;
}

struct error *pool_watch(struct services *s, struct arena *a, const char *day, const char *after, char at[37])
{
    struct rows x;
    bool found;
    at[0] = '\0';
    TRY(db_one(s->db, a, &pool_watch_ids_sql, ARGS(A_Z("after", after)), &x, &found));
    if (!found)
        return NULL;
    str_copy(at, 37, row_text(&x, 0));
    TRY(rows_end(&x));
    if (!at[0])
        return NULL;
    const struct sql_arg *args = ARGS(A_Z("after", after), A_Z("upto", at), A_Z("day", day), NOW(a));
    TRY(db_exec(s->db, a, &pool_watch_sql, args, NULL));
    return db_exec(s->db, a, &pool_day_sql, args, NULL);
}

struct error *pool_watch_news(struct services *s, struct arena *a)
{
    return db_exec(s->db, a, &pool_watch_news_sql, ARGS(NOW(a)), NULL);
}
