/* One box over everything that has a name (P14). A feature says which of its records can be found:
 *
 *     SEARCH_KIND(asset, .form = 1, .permission = "asset.read", .topic = "asset", .by_id = &asset_docs_sql, .after = &asset_docs_after_sql);
 *
 * by_id takes :ids (a JSON array of record ids), after takes :after and :limit and goes through all records by id; both answer
 * id, title, body, place, changed_at and the eight columns of ORG_COLUMNS. place tells where the record is opened when that is
 * not its own page ("warning/<id>"), otherwise NULL. A record without a row is taken out of the index.
 * Changes arrive through the outbox: topic "asset" and the like, or "record". */
#ifndef SEARCH_SEARCH_H
#define SEARCH_SEARCH_H

#include "http/services.h"
#include "sql/sql.h"

struct search_kind {
    const char *kind;
    unsigned form;          /* raised when what is indexed changes: all records are read again */
    const char *permission; /* of whoever finds it */
    const char *topic;      /* of the outbox; NULL: audited changes, and search_changed() */
    const struct sql_stmt *by_id, *after;
    const struct sql_stmt *readers; /* NULL, or an INSERT into search_readers of those records (:ids) that others may read, too */
};
#define SEARCH_KIND(id, ...)                                                  \
    static const struct search_kind id##_search = {.kind = #id, __VA_ARGS__}; \
    static const struct search_kind *const id##_search_registered __attribute__((section("search_registry"), used)) = &id##_search

/* In the transaction that changed or removed such a record. Kinds without a topic need not be told of what the audit trail
 * gets a before or after of: audit/ tells for them. */
struct error *search_changed(struct db *db, struct arena *a, const char *kind, const char *record_id) MUST_CHECK;
struct error *search_changed_many(struct db *db, struct arena *a, const char *kind, const char *const *record_ids,
                                  size_t n) MUST_CHECK;
bool search_follows_audit(const char *kind);

/* Beginnings of the statements of a kind. */
#define SEARCH_IDS "(SELECT CAST(t.id AS UUID) AS id FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id CHAR(36) PATH '$')) t) j "
#define SEARCH_READERS \
    "INSERT IGNORE INTO search_readers (record_id, org_id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code) "
#define SEARCH_ORG(t) \
#t ".org_id, " #t ".org_l1, " #t ".org_l2, " #t ".org_l3, " #t ".org_l4, " #t ".org_l5, " #t ".org_l6, " #t ".sector_code "

#endif
