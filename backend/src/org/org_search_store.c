#include "search/search.h"

#define WHY "an index of all; who may find one is asked when they look"
SQL_SYSTEM(org_docs_sql, WHY,
           "SELECT o.id, o.name, CONCAT_WS(' ', o.short_name, o.uscc, r.name_zh, o.address), NULL, o.updated_at, " SEARCH_ORG(
               o) "FROM " SEARCH_IDS
                  "JOIN orgs o ON o.id = j.id LEFT JOIN regions r ON r.code = o.region_code WHERE o.state = 'active'");
SQL_SYSTEM(org_docs_after_sql, WHY, "SELECT o.id FROM orgs o WHERE o.id > :after ORDER BY o.id LIMIT :limit");
SEARCH_KIND(org, .form = 1, .permission = "org.read", .by_id = &org_docs_sql, .after = &org_docs_after_sql);

/* Names and offices only: numbers and addresses are sealed, and found by their own field. */
SQL_SYSTEM(person_docs_sql, WHY,
           "SELECT p.id, p.name, COALESCE(p.title, ''), NULL, p.updated_at, " SEARCH_ORG(p) "FROM " SEARCH_IDS
                                                                                            "JOIN people p ON p.id = j.id");
SQL_SYSTEM(person_docs_after_sql, WHY, "SELECT p.id FROM people p WHERE p.id > :after ORDER BY p.id LIMIT :limit");
SEARCH_KIND(person, .form = 1, .permission = "person.read", .by_id = &person_docs_sql, .after = &person_docs_after_sql);
