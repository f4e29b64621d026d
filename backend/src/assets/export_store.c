#include "assets/export_store.h"

/* A statement of a small scope in a large registry reads on to the end of the table once: over all pages one scan. */
#define EXPORT_PAGE(S, IX)                                                                                                                                                                          \
    "SELECT STRAIGHT_JOIN a.id, a.asset_no, a.class_code, a.category_code, a.name, a.state_code, a.importance, "                                                                                    \
    "a.network_env, a.mlps_level, a.brand, a.model, a.os_name, a.os_version, a.origin_code, a.person_id, a.room, "                                                                                  \
    "a.remark, a.internet_exposed, a.attributes, o.name, a.org_id, a.org_l1, a.org_l2, a.org_l3, a.org_l4, a.org_l5, a.org_l6, a.sector_code FROM assets a JOIN orgs o ON o.id = a.org_id WHERE" S( \
        a) ASSET_FILTERS " AND (:after IS NULL OR a.id > :after) ORDER BY a.id LIMIT :size"
SQL_SCOPED(export_page_sql, EXPORT_PAGE);
SQL_SYSTEM(export_addresses_sql, "the assets were read inside the scope",
           "SELECT x.asset_id, x.kind, x.value FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id CHAR(36) PATH '$')) j STRAIGHT_JOIN "
           "asset_addresses x ON x.asset_id = CAST(j.id AS UUID) WHERE x.valid_to IS NULL ORDER BY x.asset_id, x.id");

struct error *export_page(struct services *s, struct arena *a, const struct scope *scope, const struct asset_filter *f,
                          const char *after, int64_t size, struct rows *out)
{
    return db_query(s->db, a, &export_page_sql, ARGS(ASSET_FILTER_ARGS(a, scope, f), A_Z("after", after), A_INT("size", size)),
                    out);
}

struct error *export_addresses(struct services *s, struct arena *a, const char *ids_json, struct rows *out)
{
    return db_query(s->db, a, &export_addresses_sql, ARGS(A_Z("ids", ids_json)), out);
}
