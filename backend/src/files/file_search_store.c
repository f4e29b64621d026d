#include "search/search.h"

#define WHY "an index of all; who may find one is asked when they look"
/* Files that a record holds. Those of jobs and drafts are their owner's own. */
SQL_SYSTEM(file_docs_sql, WHY,
           "SELECT f.id, f.name, '', CONCAT(f.subject_kind, '/', f.subject_id), f.created_at, " SEARCH_ORG(
               f) "FROM " SEARCH_IDS "JOIN files f ON f.id = j.id WHERE f.use_kind = 'attachment' AND f.subject_id IS NOT NULL");
SQL_SYSTEM(file_docs_after_sql, WHY, "SELECT f.id FROM files f WHERE f.id > :after ORDER BY f.id LIMIT :limit");
SEARCH_KIND(file, .form = 1, .permission = "file.read", .by_id = &file_docs_sql, .after = &file_docs_after_sql);
