#include "search/search.h"

#define WHY "an index of all; who may find one is asked when they look"
SQL_SYSTEM(warning_docs_sql, WHY,
           "SELECT w.id, w.title, CONCAT_WS(' ', w.number, w.content, w.cautions, w.measures), NULL, w.updated_at, " SEARCH_ORG(
               w) "FROM " SEARCH_IDS "JOIN warnings w ON w.id = j.id");
SQL_SYSTEM(warning_docs_after_sql, WHY, "SELECT w.id FROM warnings w WHERE w.id > :after ORDER BY w.id LIMIT :limit");
SQL_SYSTEM(warning_readers_sql, "whoever received a warning may find it",
           SEARCH_READERS "SELECT d.warning_id, " SEARCH_ORG(d) "FROM " SEARCH_IDS "JOIN dispatches d ON d.warning_id = j.id");

SEARCH_KIND(warning, .form = 1, .permission = "warning.read", .topic = "warning", .by_id = &warning_docs_sql,
            .after = &warning_docs_after_sql, .readers = &warning_readers_sql);
