#include "identity/grant.h"

#include <inttypes.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "notify/notify.h"
#include "packs/seed.h"

enum { NAMED = 5 };

#define WHY "what is sealed or checked was chosen by the caller"
#define ROLE_ROW "SELECT r.id, " GRANT_ROLE_TEXT(r) ", r.mac, r.code FROM roles r "
#define USER_ROW "SELECT u.id, " GRANT_USER_TEXT(u, "u.org_id") ", u.mac, u.username FROM users u "
#define CLIENT_ROW "SELECT c.id, " GRANT_CLIENT_TEXT(c, "c.org_id") ", c.mac, c.name FROM clients c "

SQL(grant_role_sql, ROLE_ROW "WHERE r.id = :id FOR UPDATE");
SQL_SYSTEM(grant_user_sql, WHY, USER_ROW "WHERE u.id = :id FOR UPDATE");
SQL_SYSTEM(grant_client_sql, WHY, CLIENT_ROW "WHERE c.id = :id FOR UPDATE");
SQL(grant_roles_sql, ROLE_ROW "ORDER BY r.id");
SQL_SYSTEM(grant_users_sql, WHY, USER_ROW "ORDER BY u.id");
SQL_SYSTEM(grant_clients_sql, WHY, CLIENT_ROW "ORDER BY c.id");
SQL(grant_role_seal_sql, "UPDATE roles SET mac = :mac WHERE id = :id");
SQL_SYSTEM(grant_user_seal_sql, WHY, "UPDATE users SET mac = :mac WHERE id = :id");
SQL_SYSTEM(grant_client_seal_sql, WHY, "UPDATE clients SET mac = :mac WHERE id = :id");
SQL_SYSTEM(grant_users_follow_sql, WHY,
           "SELECT u.id, " GRANT_USER_TEXT(u, "u.org_id") ", u.mac, " GRANT_USER_TEXT(
               u, ":to") " FROM users u "
                         "WHERE u.org_id = :from ORDER BY u.id FOR UPDATE");
SQL_SYSTEM(grant_clients_follow_sql, WHY,
           "SELECT c.id, " GRANT_CLIENT_TEXT(c, "c.org_id") ", c.mac, " GRANT_CLIENT_TEXT(
               c, ":to") " FROM clients c "
                         "WHERE c.org_id = :from ORDER BY c.id FOR UPDATE");
SQL(grant_any_sql, "SELECT EXISTS (SELECT 1 FROM roles WHERE mac IS NOT NULL)");

static const struct {
    const struct sql_stmt *one, *all, *seal;
} kinds[GRANT_KINDS] = {
    [GRANT_ROLE] = {&grant_role_sql, &grant_roles_sql, &grant_role_seal_sql},
    [GRANT_USER] = {&grant_user_sql, &grant_users_sql, &grant_user_seal_sql},
    [GRANT_CLIENT] = {&grant_client_sql, &grant_clients_sql, &grant_client_seal_sql},
};

bool grant_fits(const struct keys *k, struct str text, struct str mac)
{
    unsigned char right[DIGEST_BYTES];
    hmac_sm3(&k->grant, text.p, text.n, right);
    return mac.n == DIGEST_BYTES && bytes_equal(mac.p, right, DIGEST_BYTES);
}

static struct error *seal(struct services *s, struct arena *a, enum grant_kind kind, const char *id, struct str text)
{
    unsigned char mac[DIGEST_BYTES];
    hmac_sm3(&s->keys->grant, text.p, text.n, mac);
    return db_exec(s->db, a, kinds[kind].seal, ARGS(A_Z("id", id), A_BYTES("mac", mac, sizeof mac)), NULL);
}

static struct error *read_one(struct services *s, struct arena *a, enum grant_kind kind, const char *id, struct str *text,
                              struct str *mac)
{
    struct rows rows;
    bool found;
    TRY(db_one(s->db, a, kinds[kind].one, ARGS(A_Z("id", id)), &rows, &found));
    if (!found)
        return error_new(a, ERR_NOT_FOUND, "there is no grant %s", id);
    *text = str_of(row_dup(&rows, a, 1));
    *mac = (struct str){row_dup(&rows, a, 2), row_text(&rows, 2).n};
    return rows_end(&rows);
}

struct error *grant_seal(struct services *s, struct arena *a, enum grant_kind kind, const char *id)
{
    struct str text, mac;
    TRY(read_one(s, a, kind, id, &text, &mac));
    return seal(s, a, kind, id, text);
}

struct error *grant_check(struct services *s, struct arena *a, enum grant_kind kind, const char *id, bool *intact)
{
    struct str text, mac;
    TRY(read_one(s, a, kind, id, &text, &mac));
    *intact = grant_fits(s->keys, text, mac);
    return NULL;
}

struct follower {
    struct follower *next;
    const char *id;
    struct str text;
};

static struct error *follow(struct services *s, struct arena *a, enum grant_kind kind, const struct sql_stmt *sql,
                            const struct sql_arg *args)
{
    struct rows rows;
    struct follower *intact = NULL;
    TRY(db_query(s->db, a, sql, args, &rows));
    while (rows_next(&rows)) {
        if (!grant_fits(s->keys, row_text(&rows, 1), row_text(&rows, 2)))
            continue;
        struct follower *f = arena_alloc(a, sizeof *f);
        *f = (struct follower){intact, row_dup(&rows, a, 0), str_of(row_dup(&rows, a, 3))};
        intact = f;
    }
    TRY(rows_end(&rows));
    for (; intact; intact = intact->next)
        TRY(seal(s, a, kind, intact->id, intact->text));
    return NULL;
}

struct error *grant_follow(struct services *s, struct arena *a, const char *from_org, const char *to_org)
{
    const struct sql_arg *args = ARGS(A_Z("from", from_org), A_Z("to", to_org));
    TRY(follow(s, a, GRANT_USER, &grant_users_follow_sql, args));
    return follow(s, a, GRANT_CLIENT, &grant_clients_follow_sql, args);
}

struct error *grant_altered(struct services *s, struct arena *a, enum grant_kind kind, int64_t *n, struct str *names)
{
    struct rows rows;
    struct buf b = buf_new(a, 256, 8192);
    *n = 0;
    TRY(db_query(s->db, a, kinds[kind].all, NO_ARGS, &rows));
    while (rows_next(&rows)) {
        if (grant_fits(s->keys, row_text(&rows, 1), row_text(&rows, 2)))
            continue;
        if (++*n > NAMED)
            continue;
        buf_z(&b, b.n ? ", " : "");
        buf_str(&b, row_text(&rows, 3));
    }
    *names = buf_done(&b);
    return rows_end(&rows);
}

static struct error *accept(struct services *s, struct arena *a, enum grant_kind kind, const char *id, struct str text)
{
    static const char *const names[GRANT_KINDS] = {"role", "user", "client"};
    struct audit_actor operator= {.address = STR("local"), .request_id = "tongchou-ctl"};
    struct audit_entry entry = {.action = "grant.accept", .subject_kind = names[kind], .subject_id = id};
    TRY(seal(s, a, kind, id, text));
    return audit_write(s, a, &operator, & entry);
}

struct error *grant_accept(struct services *s, struct arena *a, enum grant_kind kind, const char *name)
{
    struct rows rows;
    const char *id = NULL;
    struct str text = {0};
    TRY(db_query(s->db, a, kinds[kind].all, NO_ARGS, &rows));
    while (rows_next(&rows)) {
        if (!str_is(row_text(&rows, 3), name))
            continue;
        id = row_dup(&rows, a, 0);
        text = str_of(row_dup(&rows, a, 1));
    }
    TRY(rows_end(&rows));
    if (!id)
        return error_new(a, ERR_NOT_FOUND, "there is no %s", name);
    TRY(db_begin(s->db, a));
    return db_finish(s->db, a, accept(s, a, kind, id, text));
}

static struct error *tell(struct services *s, struct arena *a, const struct audit_actor *who, const struct audit_entry *entry,
                          const char *name)
{
    const struct notice n = {.event = "grant.altered",
                             .level = 1,
                             .subject_kind = entry->subject_kind,
                             .subject_id = entry->subject_id,
                             .title = str_of(name),
                             .permission = "role.write"};
    TRY(audit_write(s, a, who, entry));
    return notice_put_many(s->db, a, &n, 1, clock_now_us());
}

struct error *grant_report(struct services *s, struct arena *a, const struct audit_actor *who, const char *subject_kind,
                           const char *id, const struct org_stamp *org, const char *name)
{
    const struct audit_entry entry = {
        .action = "grant.altered", .subject_kind = subject_kind, .subject_id = id, .org = *org, .result = "refused"};
    log_error("identity", "the rights of %s %s (%s) were altered past the platform: refused", subject_kind, id, name);
    TRY(db_begin(s->db, a));
    return db_finish(s->db, a, tell(s, a, who, &entry, name));
}

static struct error *seal_all(struct services *s, struct arena *a, enum grant_kind kind, int64_t *n)
{
    struct rows rows;
    struct follower *all = NULL;
    TRY(db_query(s->db, a, kinds[kind].all, NO_ARGS, &rows));
    while (rows_next(&rows)) {
        struct follower *f = arena_alloc(a, sizeof *f);
        *f = (struct follower){all, row_dup(&rows, a, 0), str_of(row_dup(&rows, a, 1))};
        all = f;
    }
    TRY(rows_end(&rows));
    for (; all; all = all->next, ++*n)
        TRY(seal(s, a, kind, all->id, all->text));
    return NULL;
}

/* What an installation had before grants were sealed is taken as it stands, once: never again after the first seal. */
static struct error *grants_seed(struct services *s, struct arena *a)
{
    int64_t any, n = 0;
    TRY(db_int(s->db, a, &grant_any_sql, NO_ARGS, 0, &any));
    if (any)
        return NULL;
    for (int k = 0; k < GRANT_KINDS; k++)
        TRY(seal_all(s, a, (enum grant_kind)k, &n));
    if (!n)
        return NULL;
    log_info("identity", "%" PRId64 " grants were sealed for the first time", n);
    struct audit_actor operator= {.address = STR("local"), .request_id = "tongchou-ctl"};
    struct audit_entry entry = {.action = "grant.seal", .subject_kind = "grant"};
    return audit_write(s, a, &operator, & entry);
}
SEEDER(grants, 19, grants_seed);
