/* The shipped roles. */
#include "http/route.h"
#include "http/services.h"
#include "identity/grant.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "kernel/log.h"
#include "packs/seed.h"

SQL(role_seed_sql, "INSERT INTO roles (id, code, label_zh, label_en, builtin, admin_kind, created_at, updated_at) "
                   "SELECT :id, :code, :zh, :en, TRUE, :kind, :now, :now FROM DUAL "
                   "WHERE NOT EXISTS (SELECT 1 FROM roles WHERE code = :code AND realm_org_id IS NULL)");
SQL(role_offer_sql, "INSERT IGNORE INTO role_offers (role_id, permission, offered_at) "
                    "SELECT id, :permission, :now FROM roles WHERE code = :code AND realm_org_id IS NULL");
SQL(role_seed_permission_sql, "INSERT IGNORE INTO role_permissions (role_id, permission) "
                              "SELECT id, :permission FROM roles WHERE code = :code AND realm_org_id IS NULL");
SQL(role_seed_id_sql, "SELECT id FROM roles WHERE code = :code AND realm_org_id IS NULL");
SQL_SYSTEM(role_seed_epoch_sql, "whoever holds a role that gained a permission",
           "UPDATE users u JOIN user_roles ur ON ur.user_id = u.id JOIN roles r ON r.id = ur.role_id "
           "SET u.epoch = u.epoch + 1 WHERE r.code = :code AND r.realm_org_id IS NULL");

static bool known(const char *permission)
{
    for (size_t i = 0; i < route_permission_count; i++)
        if (strcmp(route_permissions[i], permission) == 0)
            return true;
    return false;
}

static const char *text(json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

static struct error *offer(struct services *s, struct arena *a, const char *code, const char *permission, bool *gained)
{
    uint64_t n;
    const struct sql_arg *args = ARGS(A_Z("code", code), A_Z("permission", permission), A_TIME(a, "now", clock_now_us()));
    if (!known(permission)) {
        log_warn("packs", "roles.json: no route asks for %s", permission);
        return NULL;
    }
    TRY(db_exec(s->db, a, &role_offer_sql, args, &n));
    if (!n)
        return NULL;
    *gained = true;
    return db_exec(s->db, a, &role_seed_permission_sql, args, NULL);
}

static struct error *role_id(struct services *s, struct arena *a, const char *code, const char **out)
{
    struct rows rows;
    bool found;
    TRY(db_one(s->db, a, &role_seed_id_sql, ARGS(A_Z("code", code)), &rows, &found));
    *out = found ? row_dup(&rows, a, 0) : "";
    return found ? rows_end(&rows) : NULL;
}

/* A shipped role is offered each of its permissions once: what a site takes from it does not come back. */
static struct error *roles_seed(struct services *s, struct arena *a)
{
    json_t *pack, *role, *p;
    size_t i, k;
    TRY(pack_read(s, a, "roles.json", &pack));
    json_array_foreach(json_object_get(pack, "items"), i, role) {
        uint64_t made;
        bool gained = false, intact = true;
        const char *id;
        TRY(db_exec(s->db, a, &role_seed_sql,
                    ARGS(A_Z("id", id_new().s), A_Z("code", text(role, "code")), A_Z("zh", text(role, "label_zh")),
                         A_Z("en", text(role, "label_en")), A_Z("kind", text(role, "admin_kind")),
                         A_TIME(a, "now", clock_now_us())),
                    &made));
        TRY(role_id(s, a, text(role, "code"), &id));
        if (!made)
            TRY(grant_check(s, a, GRANT_ROLE, id, &intact));
        json_array_foreach(json_object_get(role, "permissions"), k, p)
            TRY(offer(s, a, text(role, "code"), json_string_value(p), &gained));
        if (intact)
            TRY(grant_seal(s, a, GRANT_ROLE, id));
        else
            log_warn("packs", "the role %s was altered past the platform and stays refused", text(role, "code"));
        if (gained && !made)
            TRY(db_exec(s->db, a, &role_seed_epoch_sql, ARGS(A_Z("code", text(role, "code"))), NULL));
    }
    return NULL;
}
SEEDER(roles, 20, roles_seed);
