#include "access/bootstrap.h"

#include "audit/audit.h"
#include "identity/grant.h"
#include "identity/identity.h"
#include "kernel/clock.h"
#include "kernel/crypto.h"
#include "kernel/id.h"
#include "org/org.h"

SQL_SYSTEM(users_any_sql, "is the platform empty?", "SELECT EXISTS (SELECT 1 FROM users)");
SQL_SYSTEM(root_org_sql, "the root", "SELECT id FROM orgs WHERE parent_id IS NULL ORDER BY created_at LIMIT 1");
SQL(account_insert_sql,
    "INSERT INTO users (id, username, display_name, password, password_changed_at, first_password, scope_kind, is_demo, "
    "created_at, updated_at, " ORG_COLUMNS ") VALUES (:id, :username, :display_name, :password, :now, :first, :scope, :demo, "
    ":now, :now, " ORG_VALUES ")");
SQL(account_role_sql,
    "INSERT INTO user_roles (user_id, role_id) SELECT :id, id FROM roles WHERE code = :role AND realm_org_id IS NULL");
SQL_SYSTEM(reset_find_sql, "the operator names an account", "SELECT id, org_id FROM users WHERE username = :username");
SQL_SYSTEM(
    reset_sql, "the operator names an account",
    "UPDATE users SET password = :hash, password_changed_at = :now, must_change = TRUE, otp_secret = NULL, epoch = epoch + 1, "
    "version = version + 1, updated_at = :now WHERE id = :id");
SQL(reset_unlock_sql, "DELETE FROM login_failures WHERE subject = CONCAT('user:', :username)");
SQL(demo_client_sql, "INSERT INTO clients (id, name, secret_hash, permissions, is_demo, created_at, updated_at, " ORG_COLUMNS ") "
                     "VALUES (:id, :name, :hash, :permissions, :demo, :now, :now, " ORG_VALUES ")");

struct error *bootstrap_is_empty(struct services *s, struct arena *a, bool *out)
{
    int64_t n;
    TRY(db_int(s->db, a, &users_any_sql, NO_ARGS, 0, &n));
    *out = n == 0;
    return NULL;
}

struct error *bootstrap_account(struct services *s, struct arena *a, const struct account *account, const struct org_stamp *org,
                                char password[21])
{
    char hash[PASSWORD_HASH_BYTES];
    uuid id = id_new();
    uint64_t n;
    identity_generate_password(password);
    TRY(password_hash(s->keys, a, str_of(password), hash));
    TRY(db_exec(s->db, a, &account_insert_sql,
                ARGS(A_Z("id", id.s), A_Z("username", account->username), A_Z("display_name", account->display_name),
                     A_Z("password", hash), A_Z("scope", account->scope), A_INT("demo", account->demo),
                     A_INT("first", !account->demo), A_TIME(a, "now", clock_now_us()), ORG_ARGS(org)),
                NULL));
    TRY(db_exec(s->db, a, &account_role_sql, ARGS(A_Z("id", id.s), A_Z("role", account->role)), &n));
    if (!n)
        return error_new(a, ERR_INVALID, "there is no role %s", account->role);
    return grant_seal(s, a, GRANT_USER, id.s);
}

struct error *bootstrap_admin(struct services *s, struct arena *a, const char *username, const char *role, char password[21])
{
    struct rows rows;
    struct org_stamp org;
    bool found;
    TRY(db_one(s->db, a, &root_org_sql, NO_ARGS, &rows, &found));
    if (!found)
        return error_new(a, ERR_CONFLICT, "there is no organisation: run seed first");
    const char *root = row_dup(&rows, a, 0);
    TRY(rows_end(&rows));
    TRY(org_stamp_get(s->db, a, root, &org, &found));
    struct account admin = {username, username, role, "all", false};
    TRY(db_begin(s->db, a));
    struct error *e = bootstrap_account(s, a, &admin, &org, password);
    return db_finish(s->db, a, e);
}

struct error *bootstrap_client(struct services *s, struct arena *a, const char *name, const char *permissions,
                               const struct org_stamp *org, bool demo, char id[37], char secret[44])
{
    unsigned char raw[32], hash[32];
    uuid made = id_new();
    random_bytes(raw, sizeof raw);
    base64url_encode(raw, sizeof raw, secret);
    sha256(secret, strlen(secret), hash);
    memcpy(id, made.s, sizeof made.s);
    TRY(db_exec(s->db, a, &demo_client_sql,
                ARGS(A_Z("id", id), A_Z("name", name), A_BYTES("hash", hash, 32), A_Z("permissions", permissions),
                     A_INT("demo", demo), A_TIME(a, "now", clock_now_us()), ORG_ARGS(org)),
                NULL));
    return grant_seal(s, a, GRANT_CLIENT, id);
}

static struct error *reset_write(struct services *s, struct arena *a, const char *username, const char *id, const char *hash,
                                 const struct org_stamp *org)
{
    struct audit_actor operator= {.address = STR("local"), .request_id = "tongchou-ctl"};
    struct audit_entry entry = {.action = "user.password", .subject_kind = "user", .subject_id = id, .org = *org};
    TRY(db_exec(s->db, a, &reset_sql, ARGS(A_Z("id", id), A_Z("hash", hash), A_TIME(a, "now", clock_now_us())), NULL));
    TRY(db_exec(s->db, a, &reset_unlock_sql, ARGS(A_Z("username", username)), NULL));
    return audit_write(s, a, &operator, & entry);
}

struct error *bootstrap_reset(struct services *s, struct arena *a, const char *username, char password[21])
{
    struct rows rows;
    struct org_stamp org;
    bool found, active;
    char hash[PASSWORD_HASH_BYTES];
    TRY(db_one(s->db, a, &reset_find_sql, ARGS(A_Z("username", username)), &rows, &found));
    if (!found)
        return error_field(a, ERR_NOT_FOUND, "username", "unknown", "there is no account %s", username);
    const char *id = row_dup(&rows, a, 0), *org_id = row_dup(&rows, a, 1);
    TRY(rows_end(&rows));
    TRY(org_stamp_get(s->db, a, org_id, &org, &active));
    identity_generate_password(password);
    TRY(password_hash(s->keys, a, str_of(password), hash));
    TRY(db_begin(s->db, a));
    struct error *e = reset_write(s, a, username, id, hash, &org);
    return db_finish(s->db, a, e);
}
