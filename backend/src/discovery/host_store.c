/* Hosts inside the caller's scope: lists, one, its services. */
#include "discovery/discovery_store.h"
#include "kernel/clock.h"

#define ITEM                                                                                                                  \
    "h.id, h.address, h.space_id, sp.name, h.hostnames, h.mac, h.vendor, h.os, h.verdict, h.method, h.confidence, h.org_id, " \
    "o.name, a.id, a.name, h.first_seen_at, h.last_seen_at, "                                                                 \
    "(SELECT COUNT(*) FROM discovered_services v WHERE v.host_id = h.id), h.discovery_id, h.version, h.is_demo"
#define JOINS "JOIN address_spaces sp ON sp.id = h.space_id JOIN orgs o ON o.id = h.org_id LEFT JOIN assets a ON a.id = h.asset_id "
#define FILTERS                                                                                                                    \
    " AND (:org IS NULL OR (h.owned AND :org IN (h.org_l1, h.org_l2, h.org_l3, h.org_l4, h.org_l5, h.org_l6)))"                    \
    " AND (:verdict IS NULL OR h.verdict = :verdict) AND (:matched < 0 OR (h.asset_id IS NOT NULL) = :matched)"                    \
    " AND (:owned < 0 OR h.owned = :owned) AND (:address IS NULL OR h.address = :address)"                                         \
    " AND (:discovery IS NULL OR EXISTS (SELECT 1 FROM discovery_hosts d WHERE d.discovery_id = :discovery AND d.host_id = h.id))" \
    " AND (:q IS NULL OR h.address LIKE CONCAT(:q, '%') OR h.hostnames LIKE CONCAT('%', :q, '%') OR h.os LIKE CONCAT('%', :q, '%'))"
#define PAGE(S, INDEX, MORE)                                                                                                   \
    "SELECT " ITEM " FROM (SELECT h.id FROM discovered_hosts h FORCE INDEX (" INDEX ") WHERE" S(h) MORE FILTERS                \
        " ORDER BY h.last_seen_at DESC, h.id DESC LIMIT :size OFFSET :offset) k JOIN discovered_hosts h ON h.id = k.id " JOINS \
        "ORDER BY h.last_seen_at DESC, h.id DESC"
#define COUNT(S, INDEX, MORE) \
    "SELECT COUNT(*) FROM (SELECT 1 FROM discovered_hosts h FORCE INDEX (" INDEX ") WHERE" S(h) MORE FILTERS " LIMIT :cap) x"

#define PAGE_ANY(S, IX) PAGE(S, "ix_hosts_" IX, "")
SQL_SCOPED(host_page_any, PAGE_ANY);
#define PAGE_OWNED(S, IX) PAGE(S, "ix_hosts_owned_" IX, " AND h.owned = :owned")
SQL_SCOPED(host_page_owned, PAGE_OWNED);
#define PAGE_ADDRESS(S, IX) PAGE(S, "ix_hosts_address", " AND h.address = :address")
SQL_SCOPED(host_page_address, PAGE_ADDRESS);
#define COUNT_ANY(S, IX) COUNT(S, "ix_hosts_" IX, "")
SQL_SCOPED(host_count_any, COUNT_ANY);
#define COUNT_OWNED(S, IX) COUNT(S, "ix_hosts_owned_" IX, " AND h.owned = :owned")
SQL_SCOPED(host_count_owned, COUNT_OWNED);
#define COUNT_ADDRESS(S, IX) COUNT(S, "ix_hosts_address", " AND h.address = :address")
SQL_SCOPED(host_count_address, COUNT_ADDRESS);

#define ONE(S, IX) "SELECT " ITEM " FROM discovered_hosts h " JOINS "WHERE h.id = :id AND" S(h)
SQL_SCOPED(host_one_sql, ONE);
#define RECORD(S, IX) "SELECT " HOST_RECORD "discovered_hosts h WHERE h.id = :id AND" S(h)
SQL_SCOPED(host_record_sql, RECORD);
SQL_SYSTEM(
    host_services_sql, "the host was read inside the scope",
    "SELECT protocol, port, service, product, product_version, extra, cpe, first_seen_at, last_seen_at FROM discovered_services "
    "WHERE host_id = :id ORDER BY protocol, port LIMIT 2000");
SQL_SYSTEM(host_version_sql, "the handler has read the host inside its scope",
           "UPDATE discovered_hosts SET version = version + 1 WHERE id = :id AND version = :version");

static struct str canonical_address(struct request *r)
{
    struct str s = param_str(r, "address");
    struct ip ip;
    char text[IP_TEXT_MAX];
    if (!s.n || !ip_parse(s, &ip))
        return s;
    size_t n = ip_format(&ip, text);
    return (struct str){arena_strndup(r->arena, text, n), n};
}

static int tri(const struct request *r, const char *name)
{
    return param_has(r, name) ? param_bool(r, name, false) : -1;
}

#define FILTER_ARGS(r)                                                                                                \
    A_SCOPE(&(r)->who->scope), A_OPT("org", param_str(r, "org")), A_OPT("verdict", param_str(r, "verdict")),          \
        A_INT("matched", tri(r, "matched")), A_INT("owned", tri(r, "owned")), A_OPT("address", canonical_address(r)), \
        A_OPT("discovery", param_str(r, "discovery")), A_OPT("q", param_str(r, "q"))

struct error *host_page(struct request *r, const struct page *p, struct rows *out)
{
    const struct sql_stmt *s = param_has(r, "address") ? &host_page_address
                               : param_has(r, "owned") ? &host_page_owned
                                                       : &host_page_any;
    return db_query(r->db, r->arena, s, ARGS(FILTER_ARGS(r), A_INT("size", p->size), A_INT("offset", p->offset)), out);
}

struct error *host_count(struct request *r, int64_t *out)
{
    const struct sql_stmt *s = param_has(r, "address") ? &host_count_address
                               : param_has(r, "owned") ? &host_count_owned
                                                       : &host_count_any;
    return db_int(r->db, r->arena, s, ARGS(FILTER_ARGS(r), A_INT("cap", TOTAL_CAP + 1)), 0, out);
}

struct error *host_row(struct request *r, const char *id, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &host_one_sql, ARGS(A_Z("id", id), A_SCOPE(&r->who->scope)), out, found);
}

struct error *host_service_rows(struct request *r, const char *id, struct rows *out)
{
    return db_query(r->db, r->arena, &host_services_sql, ARGS(A_Z("id", id)), out);
}

struct error *host_record(struct request *r, const char *id, struct host *out, int64_t *version, bool *found)
{
    struct rows rows;
    TRY(db_one(r->db, r->arena, &host_record_sql, ARGS(A_Z("id", id), A_SCOPE(&r->who->scope)), &rows, found));
    if (!*found)
        return NULL;
    host_from_row(&rows, r->arena, out);
    *version = row_int(&rows, HOST_RECORD_VERSION);
    return rows_end(&rows);
}

struct error *host_claim_version(struct request *r, const char *id, int64_t version, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &host_version_sql, ARGS(A_Z("id", id), A_INT("version", version)), affected);
}
