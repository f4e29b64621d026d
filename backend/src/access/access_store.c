#include "access/access_store.h"

#include "kernel/clock.h"
#include "org/org.h"

#define USER_READ                                                                                                     \
    "SELECT u.id, u.username, u.display_name, u.org_id, o.name, u.person_id, u.scope_kind, u.scope_sector, u.state, " \
    "u.must_change, f.locked_until, u.last_login_at, u.is_demo, u.version, u.created_at, u.updated_at, "              \
    "(SELECT GROUP_CONCAT(CONCAT_WS('\t', r.id, r.code, r.label_zh, r.label_en) ORDER BY r.code SEPARATOR '\n') "     \
    " FROM user_roles ur JOIN roles r ON r.id = ur.role_id WHERE ur.user_id = u.id) "                                 \
    "FROM users u JOIN orgs o ON o.id = u.org_id "                                                                    \
    "LEFT JOIN login_failures f ON f.subject = CONCAT('user:', u.username) AND f.locked_until > :now WHERE "
#define USER_FILTER                                                                                            \
    " AND (:org IS NULL OR u.org_id = :org) AND (:state IS NULL OR u.state = :state) "                         \
    "AND (:role IS NULL OR EXISTS (SELECT 1 FROM user_roles x WHERE x.user_id = u.id AND x.role_id = :role)) " \
    "AND (:q IS NULL OR u.username LIKE CONCAT('%', :q, '%') OR u.display_name LIKE CONCAT('%', :q, '%'))"
#define USER_LIST(S, IX) USER_READ S(u) USER_FILTER " ORDER BY u.username LIMIT :offset, :size"
SQL_SCOPED(user_list_sql, USER_LIST);
#define USER_COUNT(S, IX) "SELECT COUNT(*) FROM (SELECT 1 FROM users u WHERE " S(u) USER_FILTER " LIMIT 10001) x"
SQL_SCOPED(user_count_sql, USER_COUNT);
#define USER_ONE(S, IX) USER_READ S(u) " AND u.id = :id"
SQL_SCOPED(user_one_sql, USER_ONE);
SQL(user_insert_sql,
    "INSERT INTO users (id, username, display_name, person_id, password, password_changed_at, must_change, scope_kind, "
    "created_at, updated_at, " ORG_COLUMNS ") VALUES (:id, :username, :display_name, :person, :password, :now, TRUE, 'own', "
    ":now, :now, " ORG_VALUES ")");
SQL_SYSTEM(
    user_update_sql, "the handler has read the row inside its scope",
    "UPDATE users SET display_name = :display_name, epoch = epoch + IF(state <> :state, 1, 0), state = :state, "
    "person_id = IF(:person_given, :person, person_id), lang = COALESCE(:lang, lang), version = version + 1, updated_at = :now "
    "WHERE id = :id AND version = :version");
SQL_SYSTEM(user_scope_sql, "the handler has read the row inside its scope",
           "UPDATE users SET scope_kind = :kind, scope_sector = :sector, epoch = epoch + 1, version = version + 1, "
           "updated_at = :now WHERE id = :id AND version = :version");
SQL(user_roles_clear_sql, "DELETE FROM user_roles WHERE user_id = :id");
SQL(user_role_add_sql, "INSERT INTO user_roles (user_id, role_id) SELECT :id, id FROM roles WHERE id = :role");
SQL_SYSTEM(admins_left_sql, "the platform must keep one administrator of each kind",
           "SELECT COUNT(DISTINCT u.id) FROM users u JOIN user_roles ur ON ur.user_id = u.id JOIN roles r ON r.id = ur.role_id "
           "WHERE r.admin_kind = :kind AND u.state = 'active' AND (:but IS NULL OR u.id <> :but) FOR UPDATE");
SQL(user_admin_kinds_sql, "SELECT GROUP_CONCAT(DISTINCT r.admin_kind ORDER BY r.admin_kind) FROM user_roles ur "
                          "JOIN roles r ON r.id = ur.role_id WHERE ur.user_id = :id AND r.admin_kind <> 'none'");
SQL_SYSTEM(
    password_set_sql, "the handler has read the row inside its scope",
    "UPDATE users SET password = :hash, password_changed_at = :now, must_change = TRUE, otp_secret = NULL, epoch = epoch + 1, "
    "version = version + 1, updated_at = :now WHERE id = :id");

#define ROLE_READ                                                                                                \
    "SELECT r.id, r.code, r.label_zh, r.label_en, r.builtin, r.admin_kind, r.version, r.updated_at, "            \
    "(SELECT GROUP_CONCAT(p.permission ORDER BY p.permission) FROM role_permissions p WHERE p.role_id = r.id), " \
    "(SELECT COUNT(*) FROM user_roles ur WHERE ur.role_id = r.id) FROM roles r "
SQL(role_list_sql, ROLE_READ "WHERE r.realm_org_id IS NULL ORDER BY r.builtin DESC, r.code");
SQL(role_one_sql, ROLE_READ "WHERE r.id = :id");
SQL(role_insert_sql, "INSERT INTO roles (id, code, label_zh, label_en, created_at, updated_at) "
                     "VALUES (:id, :code, :label_zh, :label_en, :now, :now)");
SQL(role_update_sql, "UPDATE roles SET label_zh = :label_zh, label_en = :label_en, version = version + 1, "
                     "updated_at = :now WHERE id = :id AND version = :version");
SQL(role_delete_sql, "DELETE FROM roles WHERE id = :id AND NOT builtin");
SQL(role_permissions_clear_sql, "DELETE FROM role_permissions WHERE role_id = :id");
SQL(role_permission_add_sql, "INSERT INTO role_permissions (role_id, permission) VALUES (:id, :permission)");
SQL_SYSTEM(role_epoch_sql, "whoever holds a changed role signs in again",
           "UPDATE users u JOIN user_roles ur ON ur.user_id = u.id SET u.epoch = u.epoch + 1 WHERE ur.role_id = :id");

SQL(role_is_callers_sql, "SELECT COUNT(*) FROM user_roles WHERE user_id = :user AND role_id = :id");

#define CLIENT_LIST(S, IX)                                                                        \
    "SELECT c.id, c.name, c.org_id, o.name, c.permissions, c.state, c.created_at FROM clients c " \
    "JOIN orgs o ON o.id = c.org_id WHERE " S(c) " ORDER BY c.name, c.id LIMIT :offset, :size"
SQL_SCOPED(client_list_sql, CLIENT_LIST);
#define CLIENT_COUNT(S, IX) "SELECT COUNT(*) FROM clients c WHERE " S(c)
SQL_SCOPED(client_count_sql, CLIENT_COUNT);
SQL(client_insert_sql, "INSERT INTO clients (id, name, secret_hash, permissions, created_at, updated_at, " ORG_COLUMNS ") "
                       "VALUES (:id, :name, :hash, :permissions, :now, :now, " ORG_VALUES ")");
#define CLIENT_DISABLE(S, IX)                                                                                           \
    "UPDATE clients c SET c.state = 'disabled', c.epoch = c.epoch + 1, c.version = c.version + 1, c.updated_at = :now " \
    "WHERE c.id = :id AND c.state = 'active' AND" S(c)
SQL_SCOPED(client_disable_sql, CLIENT_DISABLE);

#define CLIENT_ROTATE(S, IX)                                                                                             \
    "UPDATE clients c SET c.secret_hash = :hash, c.epoch = c.epoch + 1, c.version = c.version + 1, c.updated_at = :now " \
    "WHERE c.id = :id AND c.state = 'active' AND" S(c)
SQL_SCOPED(client_rotate_sql, CLIENT_ROTATE);

#define NOW(r) A_TIME((r)->arena, "now", clock_now_us())
#define USER_ARGS(r)                                                                                           \
    A_SCOPE(&(r)->who->scope), NOW(r), A_OPT("org", param_str(r, "org")), A_OPT("role", param_str(r, "role")), \
        A_OPT("state", param_str(r, "state")), A_OPT("q", param_str(r, "q"))

struct error *user_rows(struct request *r, const struct page *p, struct rows *out)
{
    return db_query(r->db, r->arena, &user_list_sql, ARGS(USER_ARGS(r), A_INT("offset", p->offset), A_INT("size", p->size)), out);
}

struct error *user_total(struct request *r, int64_t *out)
{
    return db_int(r->db, r->arena, &user_count_sql, ARGS(USER_ARGS(r)), 0, out);
}

struct error *user_row(struct request *r, const char *id, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &user_one_sql, ARGS(A_SCOPE(&r->who->scope), NOW(r), A_Z("id", id)), out, found);
}

struct error *user_insert(struct request *r, const char *id, struct str username, struct str display_name, struct str person_id,
                          const char *password, const struct org_stamp *org)
{
    return db_exec(r->db, r->arena, &user_insert_sql,
                   ARGS(A_Z("id", id), A_STR("username", username), A_STR("display_name", display_name), A_OPT("person", person_id),
                        A_Z("password", password), NOW(r), ORG_ARGS(org)),
                   NULL);
}

struct error *user_change(struct request *r, const char *id, int64_t version, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &user_update_sql,
                   ARGS(A_Z("id", id), A_INT("version", version), A_STR("display_name", body_str(r, "display_name")),
                        A_STR("state", body_str(r, "state")), A_OPT("person", body_str(r, "person_id")),
                        A_INT("person_given", body_given(r, "person_id")), A_OPT("lang", body_str(r, "lang")), NOW(r)),
                   affected);
}

struct error *user_scope_change(struct request *r, const char *id, int64_t version, struct str kind, struct str sector,
                                uint64_t *affected)
{
    return db_exec(r->db, r->arena, &user_scope_sql,
                   ARGS(A_Z("id", id), A_INT("version", version), A_STR("kind", kind), A_OPT("sector", sector), NOW(r)), affected);
}

struct error *user_roles_clear(struct request *r, const char *id)
{
    return db_exec(r->db, r->arena, &user_roles_clear_sql, ARGS(A_Z("id", id)), NULL);
}

struct error *user_role_add(struct request *r, const char *id, struct str role_id)
{
    uint64_t n;
    TRY(db_exec(r->db, r->arena, &user_role_add_sql, ARGS(A_Z("id", id), A_STR("role", role_id)), &n));
    return n ? NULL : invalid(r, "role_ids", "unknown", "there is no role " STR_FMT, STR_ARG(role_id));
}

struct error *admins_left(struct request *r, struct str admin_kind, const char *but, int64_t *out)
{
    return db_int(r->db, r->arena, &admins_left_sql, ARGS(A_STR("kind", admin_kind), A_OPT("but", str_of(but))), 0, out);
}

struct error *user_admin_kinds(struct request *r, const char *id, struct str *out)
{
    struct rows rows;
    bool found;
    TRY(db_one(r->db, r->arena, &user_admin_kinds_sql, ARGS(A_Z("id", id)), &rows, &found));
    *out = str_of(found ? row_dup(&rows, r->arena, 0) : NULL);
    return found ? rows_end(&rows) : NULL;
}

struct error *password_set(struct request *r, const char *id, const char *hash, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &password_set_sql, ARGS(A_Z("id", id), A_Z("hash", hash), NOW(r)), affected);
}

struct error *role_rows(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &role_list_sql, NO_ARGS, out);
}

struct error *role_row(struct request *r, const char *id, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &role_one_sql, ARGS(A_Z("id", id)), out, found);
}

struct error *role_insert(struct request *r, const struct role_record *role)
{
    return db_exec(r->db, r->arena, &role_insert_sql,
                   ARGS(A_Z("id", role->id), A_STR("code", role->code), A_STR("label_zh", role->label_zh),
                        A_STR("label_en", role->label_en), NOW(r)),
                   NULL);
}

struct error *role_change(struct request *r, const struct role_record *role, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &role_update_sql,
                   ARGS(A_Z("id", role->id), A_STR("label_zh", role->label_zh), A_STR("label_en", role->label_en),
                        A_INT("version", role->version), NOW(r)),
                   affected);
}

struct error *role_remove(struct request *r, const char *id, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &role_delete_sql, ARGS(A_Z("id", id)), affected);
}

struct error *role_permissions_set(struct request *r, const char *id, json_t *permissions)
{
    TRY(db_exec(r->db, r->arena, &role_permissions_clear_sql, ARGS(A_Z("id", id)), NULL));
    size_t i;
    json_t *p;
    json_array_foreach(permissions, i, p)
        TRY(db_exec(r->db, r->arena, &role_permission_add_sql, ARGS(A_Z("id", id), A_Z("permission", json_string_value(p))), NULL));
    return NULL;
}

struct error *role_users_raise_epoch(struct request *r, const char *id)
{
    return db_exec(r->db, r->arena, &role_epoch_sql, ARGS(A_Z("id", id)), NULL);
}

struct error *client_rows(struct request *r, const struct page *p, struct rows *out)
{
    return db_query(r->db, r->arena, &client_list_sql,
                    ARGS(A_SCOPE(&r->who->scope), A_INT("offset", p->offset), A_INT("size", p->size)), out);
}

struct error *client_total(struct request *r, int64_t *out)
{
    return db_int(r->db, r->arena, &client_count_sql, ARGS(A_SCOPE(&r->who->scope)), 0, out);
}

struct error *client_insert(struct request *r, const char *id, struct str name, const unsigned char secret_hash[32],
                            const char *permissions, const struct org_stamp *org)
{
    return db_exec(r->db, r->arena, &client_insert_sql,
                   ARGS(A_Z("id", id), A_STR("name", name), A_BYTES("hash", secret_hash, 32), A_Z("permissions", permissions),
                        NOW(r), ORG_ARGS(org)),
                   NULL);
}

struct error *client_disable(struct request *r, const char *id, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &client_disable_sql, ARGS(A_SCOPE(&r->who->scope), A_Z("id", id), NOW(r)), affected);
}

struct error *client_secret_change(struct request *r, const char *id, const unsigned char secret_hash[32], uint64_t *affected)
{
    return db_exec(r->db, r->arena, &client_rotate_sql,
                   ARGS(A_SCOPE(&r->who->scope), A_Z("id", id), A_BYTES("hash", secret_hash, 32), NOW(r)), affected);
}

struct error *role_is_callers(struct request *r, const char *id, bool *out)
{
    int64_t n;
    TRY(db_int(r->db, r->arena, &role_is_callers_sql, ARGS(A_Z("user", r->who->id), A_Z("id", id)), 0, &n));
    *out = n > 0;
    return NULL;
}
