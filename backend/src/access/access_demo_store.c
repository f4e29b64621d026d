/* The demonstration's accounts: the office, the three administrators, a prefecture, three units; and the units' systems. */
#include "access/bootstrap.h"
#include "org/org.h"
#include "packs/demo.h"
#include "packs/seed.h"

SQL_SYSTEM(
    demo_accounts_orgs_sql, "the demonstration's own organisations",
    "(SELECT id, name FROM orgs WHERE parent_id IS NULL LIMIT 1) UNION ALL "
    "(SELECT id, name FROM orgs WHERE is_demo AND depth = 2 AND region_code = '530100' LIMIT 1) UNION ALL "
    "(SELECT id, name FROM orgs WHERE is_demo AND depth = 3 AND region_code = '530100' ORDER BY created_at, id LIMIT 2) UNION ALL "
    "(SELECT id, name FROM orgs WHERE is_demo AND depth = 3 AND region_code = '532900' ORDER BY created_at, id LIMIT 1)");
SQL(demo_roles_remove_sql, "DELETE FROM user_roles WHERE user_id IN (SELECT id FROM users WHERE is_demo)");
SQL(demo_sessions_remove_sql, "DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE is_demo)");
SQL_SYSTEM(demo_users_remove_sql, "the demonstration as a whole", "DELETE FROM users WHERE is_demo");
SQL_SYSTEM(demo_clients_remove_sql, "the demonstration as a whole", "DELETE FROM clients WHERE is_demo");

enum { PLACES = 5 };
static const struct {
    const char *username, *name, *role, *scope;
    int place;
} accounts[] = {
    {"analyst", "周敏", "analyst", "all", 0},
    {"analyst2", "杨帆", "analyst", "all", 0},
    {"leader", "李国栋", "leader", "all", 0},
    {"sysadmin", "系统管理员", "system_admin", "all", 0},
    {"secadmin", "安全管理员", "security_admin", "all", 0},
    {"auditadmin", "审计管理员", "audit_admin", "all", 0},
    {"kunming", "何静姝", "analyst", "subtree", 1},
    {"unit1.filler", "马春雷", "unit_filler", "own", 2},
    {"unit1.reviewer", "沈若溪", "unit_reviewer", "own", 2},
    {"unit2.filler", "秦志恒", "unit_filler", "own", 3},
    {"unit2.reviewer", "许晓岚", "unit_reviewer", "own", 3},
    {"unit3.filler", "朱云帆", "unit_filler", "own", 4},
    {"unit3.reviewer", "褚文秀", "unit_reviewer", "own", 4},
};

static struct error *places_read(struct services *s, struct arena *a, struct org_stamp *stamps, char **names)
{
    struct rows rows;
    char *ids[PLACES];
    int n = 0;
    TRY(db_query(s->db, a, &demo_accounts_orgs_sql, NO_ARGS, &rows));
    while (n < PLACES && rows_next(&rows)) {
        ids[n] = row_dup(&rows, a, 0);
        names[n++] = row_dup(&rows, a, 1);
    }
    TRY(rows_end(&rows));
    if (n < PLACES)
        return error_new(a, ERR_INTERNAL, "the demonstration's organisations are missing");
    for (int i = 0; i < PLACES; i++) {
        bool found;
        TRY(org_stamp_get(s->db, a, ids[i], &stamps[i], &found));
    }
    return NULL;
}

static struct error *accounts_load(struct services *s, struct arena *a)
{
    static const char permissions[] =
        "asset.import,asset.read,asset.write,discovery.read,discovery.write,dispatch.feedback,dispatch.handle,dispatch.read,"
        "event.ingest,event.read,file.read,file.write,warning.read";
    struct org_stamp stamps[PLACES];
    char *names[PLACES], password[21], id[37], secret[44];
    TRY(places_read(s, a, stamps, names));
    for (size_t i = 0; i < sizeof accounts / sizeof *accounts; i++) {
        struct account x = {accounts[i].username, accounts[i].name, accounts[i].role, accounts[i].scope, true};
        TRY(bootstrap_account(s, a, &x, &stamps[accounts[i].place], password));
        demo_account_made(json_pack("{s:s,s:s,s:s,s:s}", "username", x.username, "password", password, "role", x.role, "org",
                                    names[accounts[i].place]));
    }
    for (int i = 0; i < PLACES; i++) {
        if (i == 1)
            continue; /* the office and the three units */
        TRY(bootstrap_client(s, a, arena_printf(a, "%s 接口", names[i]), permissions, &stamps[i], true, id, secret));
        demo_client_made(json_pack("{s:s,s:s,s:s}", "client_id", id, "client_secret", secret, "org", names[i]));
    }
    return NULL;
}

static struct error *accounts_remove(struct services *s, struct arena *a)
{
    TRY(db_exec(s->db, a, &demo_roles_remove_sql, NO_ARGS, NULL));
    TRY(db_exec(s->db, a, &demo_sessions_remove_sql, NO_ARGS, NULL));
    TRY(db_exec(s->db, a, &demo_clients_remove_sql, NO_ARGS, NULL));
    return db_exec(s->db, a, &demo_users_remove_sql, NO_ARGS, NULL);
}
DEMO(accounts, 20, accounts_load, accounts_remove);
