#include "search/search.h"

#define WHY "an index of all; who may find one is asked when they look"
#define ASSET_DOC                                                                                                          \
    "SELECT a.id, a.name, CONCAT_WS(' ', a.asset_no, a.main_address, "                                                     \
    "(SELECT GROUP_CONCAT(x.value ORDER BY x.value SEPARATOR ' ') FROM asset_addresses x WHERE x.asset_id = a.id AND "     \
    "x.valid_to IS NULL AND x.value <> COALESCE(a.main_address, '')), a.brand, a.model, a.os_name, a.os_version, a.room, " \
    "a.remark), NULL, a.updated_at, " SEARCH_ORG(a)
SQL_SYSTEM(asset_docs_sql, WHY, ASSET_DOC "FROM " SEARCH_IDS "JOIN assets a ON a.id = j.id");
SQL_SYSTEM(asset_docs_after_sql, WHY, "SELECT a.id FROM assets a WHERE a.id > :after ORDER BY a.id LIMIT :limit");

SEARCH_KIND(asset, .form = 1, .permission = "asset.read", .topic = "asset", .by_id = &asset_docs_sql,
            .after = &asset_docs_after_sql);
