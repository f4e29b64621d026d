#include "org/realm_store.h"

#include "kernel/clock.h"

SQL_SYSTEM(realm_chain_sql, "configuration of the realms above a place applies to it, whoever asks",
           "SELECT id FROM orgs WHERE id IN (:l1, :l2, :l3, :l4, :l5, :l6) AND is_realm AND state = 'active' ORDER BY depth DESC");

#define REALM_LIST(S, IX)                                                                                      \
    "SELECT o.id, o.name, o.region_code, o.depth, o.version, "                                                 \
    "(SELECT p.name FROM orgs p WHERE p.is_realm AND p.id <> o.id AND "                                        \
    "p.id IN (o.org_l1, o.org_l2, o.org_l3, o.org_l4, o.org_l5) ORDER BY p.depth DESC LIMIT 1), o.updated_at " \
    "FROM orgs o WHERE o.is_realm AND o.depth > 1 AND o.state = 'active' AND" S(                               \
        o) "ORDER BY o.depth, o.region_code, o.name LIMIT 1000"
SQL_SCOPED(realm_list_sql, REALM_LIST);
#define REALM_STATE(S, IX) "SELECT o.is_realm FROM orgs o WHERE o.id = :id AND o.depth > 1 AND o.state = 'active' AND" S(o)
SQL_SCOPED(realm_state_sql, REALM_STATE);
SQL_SYSTEM(realm_set_sql, "the handler has read the organisation inside its scope",
           "UPDATE orgs SET is_realm = :on, version = version + 1, updated_at = :now WHERE id = :id AND version = :version");

struct error *realm_chain(struct db *db, struct arena *a, const struct org_stamp *org, struct realms *out)
{
    struct rows rows;
    out->count = 0;
    TRY(db_query(db, a, &realm_chain_sql,
                 ARGS(A_OPT("l1", str_of(org->level[0])), A_OPT("l2", str_of(org->level[1])), A_OPT("l3", str_of(org->level[2])),
                      A_OPT("l4", str_of(org->level[3])), A_OPT("l5", str_of(org->level[4])), A_OPT("l6", str_of(org->level[5]))),
                 &rows));
    while (rows_next(&rows) && out->count < REALM_MAX - 1)
        str_copy(out->key[out->count++], sizeof out->key[0], row_text(&rows, 0));
    TRY(rows_end(&rows));
    for (size_t i = out->count++; i < REALM_MAX; i++)
        str_copy(out->key[i], sizeof out->key[0], STR("00000000-0000-0000-0000-000000000000"));
    return NULL;
}

struct error *realm_rows(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &realm_list_sql, ARGS(A_SCOPE(&r->who->scope)), out);
}

struct error *realm_state(struct request *r, const char *org_id, int64_t *out)
{
    return db_int(r->db, r->arena, &realm_state_sql, ARGS(A_Z("id", org_id), A_SCOPE(&r->who->scope)), -1, out);
}

struct error *realm_set(struct request *r, const char *org_id, bool on, int64_t version, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &realm_set_sql,
                   ARGS(A_Z("id", org_id), A_INT("on", on), A_INT("version", version), A_TIME(r->arena, "now", clock_now_us())),
                   affected);
}
