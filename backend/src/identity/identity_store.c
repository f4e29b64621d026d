#include "identity/identity_store.h"

#include "identity/grant.h"
#include "identity/identity.h"
#include "http/org_columns.h"
#include "kernel/clock.h"
#include "org/org.h"
#include "queue/job.h"

#define STAMP_READ "o.id, o.org_l1, o.org_l2, o.org_l3, o.org_l4, o.org_l5, o.org_l6, o.sector_code, o.depth"

SQL_SYSTEM(
    session_load_sql, "the caller's own session",
    "SELECT " STAMP_READ ", o.name, u.id, u.username, u.display_name, u.scope_kind, u.scope_sector, "
    "u.must_change OR (:days > 0 AND u.password_changed_at < :now - INTERVAL :days DAY), "
    "u.lang, s.csrf_token, s.ends_at, s.last_seen_at, " GRANT_USER_TEXT(u, "u.org_id") ", u.mac, (SELECT GROUP_CONCAT(HEX(COALESCE(r.mac, '')), '\t', " GRANT_ROLE_TEXT(
        r) " SEPARATOR '\n') FROM user_roles ur JOIN roles r ON r.id = ur.role_id WHERE ur.user_id = u.id) "
           "FROM sessions s JOIN users u ON u.id = s.user_id AND u.epoch = s.epoch AND u.state = 'active' "
           "JOIN orgs o ON o.id = u.org_id AND o.state = 'active' WHERE s.token_hash = :hash AND s.ends_at > :now AND s.last_seen_at > :idle");
SQL(session_touch_sql, "UPDATE sessions SET last_seen_at = :now WHERE token_hash = :hash");
SQL_SYSTEM(session_insert_sql, "signing in",
           "INSERT INTO sessions (token_hash, user_id, epoch, csrf_token, created_at, last_seen_at, ends_at, address, "
           "user_agent, previous_login_at, previous_login_from) SELECT :hash, id, epoch, :csrf, :now, :now, :ends, :address, "
           ":agent, last_login_at, last_login_from FROM users WHERE id = :user");
SQL(session_previous_sql, "SELECT previous_login_at, previous_login_from FROM sessions WHERE token_hash = :hash");
SQL(session_delete_sql, "DELETE FROM sessions WHERE token_hash = :hash");

SQL_SYSTEM(login_find_sql, "signing in",
           "SELECT " STAMP_READ ", u.id, u.password, u.display_name, u.state = 'active' AND o.state = 'active', u.otp_secret, "
           "u.otp_last_step, u.first_password FROM users u JOIN orgs o ON o.id = u.org_id WHERE u.username = :username");
SQL(login_locked_sql, "SELECT CEIL(TIMESTAMPDIFF(MICROSECOND, :now, locked_until) / 1000000) FROM login_failures "
                      "WHERE subject = :subject AND locked_until > :now");
SQL(login_failed_sql,
    "INSERT INTO login_failures (subject, failures, first_at, locked_until) VALUES (:subject, 1, :now, NULL) "
    "ON DUPLICATE KEY UPDATE "
    "locked_until = IF(first_at >= :window AND failures + 1 >= :max, :until, IF(locked_until > :now, locked_until, NULL)), "
    "failures = IF(first_at < :window, 1, failures + 1), first_at = IF(first_at < :window, :now, first_at)");
SQL(login_count_sql, "SELECT failures FROM login_failures WHERE subject = :subject");
SQL(sessions_expire_sql, "DELETE FROM sessions WHERE ends_at < :now LIMIT 5000");
SQL(failures_expire_sql,
    "DELETE FROM login_failures WHERE first_at < :window AND (locked_until IS NULL OR locked_until < :now) LIMIT 5000");
SQL(login_clear_sql, "DELETE FROM login_failures WHERE subject = :subject");
SQL_SYSTEM(login_done_sql, "signing in",
           "UPDATE users SET last_login_at = :now, last_login_from = :address, password = COALESCE(:rehashed, password) "
           "WHERE id = :user");
SQL_SYSTEM(password_store_sql, "one's own password, or a reset that was scoped by its handler",
           "UPDATE users SET password = :hash, password_changed_at = :now, must_change = :must, first_password = FALSE, "
           "epoch = epoch + 1, version = version + 1, updated_at = :now WHERE id = :user");
SQL_SYSTEM(
    password_keep_sql, "one's own password",
    "INSERT IGNORE INTO password_history (user_id, changed_at, password) SELECT id, password_changed_at, password FROM users "
    "WHERE id = :user");
SQL(password_earlier_sql, "SELECT password FROM password_history WHERE user_id = :user ORDER BY changed_at DESC LIMIT :most");
SQL_SYSTEM(
    session_rows_sql, "one's own sessions",
    "SELECT LOWER(HEX(LEFT(s.token_hash, 16))), s.created_at, s.last_seen_at, s.ends_at, s.address, s.user_agent FROM sessions s "
    "JOIN users u ON u.id = s.user_id AND u.epoch = s.epoch WHERE s.user_id = :user AND s.ends_at > :now AND "
    "s.last_seen_at > :idle ORDER BY s.last_seen_at DESC LIMIT 100");
SQL(session_end_sql,
    "DELETE FROM sessions WHERE user_id = :user AND (LOWER(HEX(LEFT(token_hash, 16))) = :name OR (:name IS NULL AND "
    "token_hash <> :keep))");
SQL_SYSTEM(
    otp_store_sql, "one's own second factor",
    "UPDATE users SET otp_secret = :sealed, otp_last_step = :step, version = version + 1, updated_at = :now WHERE id = :user");
SQL_SYSTEM(otp_use_sql, "signing in", "UPDATE users SET otp_last_step = :step WHERE id = :user AND otp_last_step < :step");
SQL_SYSTEM(epoch_raise_sql, "ends sessions after a change that was scoped by its handler",
           "UPDATE users SET epoch = epoch + 1, updated_at = :now WHERE id = :user");
SQL_SYSTEM(
    client_load_sql, "the calling client itself",
    "SELECT " STAMP_READ
    ", o.name, c.id, c.name, c.permissions, c.secret_hash, c.epoch, c.state = 'active' AND o.state = 'active', " GRANT_CLIENT_TEXT(
        c, "c.org_id") ", c.mac "
                       "FROM clients c JOIN orgs o ON o.id = c.org_id WHERE c.id = :id");
SQL_SYSTEM(demo_present_sql, "one flag for the whole platform", "SELECT EXISTS (SELECT 1 FROM orgs WHERE is_demo)");

SQL(user_roles_sql, "SELECT r.code, r.label_zh, r.label_en FROM user_roles ur JOIN roles r ON r.id = ur.role_id "
                    "WHERE ur.user_id = :user ORDER BY r.code");

struct error *user_roles_rows(struct db *db, struct arena *a, const char *user_id, struct rows *out)
{
    return db_query(db, a, &user_roles_sql, ARGS(A_Z("user", user_id)), out);
}

static void read_stamp(struct rows *rows, struct org_stamp *out)
{
    row_org(rows, 0, out);
    out->depth = (int)row_int(rows, 8);
}

static struct scope scope_of(struct str kind, const struct org_stamp *org, struct str sector)
{
    if (str_is(kind, "all"))
        return (struct scope){.kind = SCOPE_ALL};
    if (str_is(kind, "subtree"))
        return org_scope_subtree(org);
    if (str_is(kind, "own"))
        return org_scope_own(org);
    struct scope s = {.kind = sector.n ? SCOPE_SECTOR : SCOPE_NONE};
    str_copy(s.sector, sizeof s.sector, sector);
    return s;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The permissions of all of them, sorted, each once, with commas. */
static char *joined(struct arena *a, const char **words, size_t n)
{
    struct buf b = buf_new(a, 2048, 64 * 1024);
    qsort(words, n, sizeof *words, by_text);
    for (size_t i = 0; i < n; i++) {
        if (i && strcmp(words[i], words[i - 1]) == 0)
            continue;
        if (b.n)
            buf_c(&b, ',');
        buf_z(&b, words[i]);
    }
    return arena_strndup(a, b.p, b.n);
}

/* Lines of "HEX of the mac TAB text of the role" (identity/grant.h). */
static void read_roles(const struct keys *keys, struct arena *a, struct str lines, struct stored_principal *out)
{
    size_t n = 0, most = 1;
    for (size_t i = 0; i < lines.n; i++)
        most += lines.p[i] == ',' || lines.p[i] == '\n';
    const char **words = arena_array(a, most, sizeof *words);
    while (lines.n) {
        struct str text = str_cut(&lines, '\n');
        struct str hex = str_cut(&text, '\t');
        unsigned char mac[DIGEST_BYTES];
        bool sealed = hex_decode(hex, mac, sizeof mac);
        out->intact = out->intact && sealed && grant_fits(keys, text, (struct str){(const char *)mac, sizeof mac});
        for (int field = 0; field < 3; field++) /* role, id, administrator kind */
            str_cut(&text, '|');
        while (text.n)
            words[n++] = str_dup(a, str_cut(&text, ','));
    }
    out->permissions = joined(a, words, n);
}

struct error *session_load(struct db *db, struct arena *a, const struct keys *keys, const struct sign_in_policy *p,
                           const unsigned char hash[32], int64_t now, struct stored_principal *out, bool *found)
{
    struct rows rows;
    TRY(db_one(db, a, &session_load_sql,
               ARGS(A_BYTES("hash", hash, 32), A_TIME(a, "now", now), A_TIME(a, "idle", now - p->idle_minutes * 60000000),
                    A_INT("days", p->password_days)),
               &rows, found));
    if (!*found)
        return NULL;
    *out = (struct stored_principal){.who.kind = PRINCIPAL_USER};
    struct principal *w = &out->who;
    read_stamp(&rows, &w->org);
    str_copy(w->org_name, sizeof w->org_name, row_text(&rows, 9));
    str_copy(w->id, sizeof w->id, row_text(&rows, 10));
    str_copy(w->username, sizeof w->username, row_text(&rows, 11));
    str_copy(w->name, sizeof w->name, row_text(&rows, 12));
    w->scope = scope_of(row_text(&rows, 13), &w->org, row_text(&rows, 14));
    w->must_change_password = row_int(&rows, 15) != 0;
    str_copy(w->lang, sizeof w->lang, row_text(&rows, 16));
    str_copy(w->csrf, sizeof w->csrf, row_text(&rows, 17));
    out->ends_at = row_time(&rows, 18);
    out->last_seen_at = row_time(&rows, 19);
    out->intact = grant_fits(keys, row_text(&rows, 20), row_text(&rows, 21));
    read_roles(keys, a, row_text(&rows, 22), out);
    return rows_end(&rows);
}

struct error *session_touch(struct db *db, struct arena *a, const unsigned char hash[32], int64_t now)
{
    return db_exec(db, a, &session_touch_sql, ARGS(A_BYTES("hash", hash, 32), A_TIME(a, "now", now)), NULL);
}

struct error *session_insert(struct db *db, struct arena *a, const unsigned char hash[32], const char *user_id, const char *csrf,
                             int64_t now, int64_t ends, struct str address, struct str agent)
{
    size_t n = agent.n < 190 ? agent.n : 190;
    while (n && !str_utf8((struct str){agent.p, n}, NULL))
        n--;
    return db_exec(db, a, &session_insert_sql,
                   ARGS(A_BYTES("hash", hash, 32), A_Z("user", user_id), A_Z("csrf", csrf), A_TIME(a, "now", now),
                        A_TIME(a, "ends", ends), A_STR("address", address),
                        A_STR("agent", ((struct str){agent.p ? agent.p : "", n}))),
                   NULL);
}

struct error *session_previous(struct db *db, struct arena *a, const unsigned char hash[32], int64_t *at, struct str *from)
{
    struct rows rows;
    bool found;
    *at = 0;
    *from = STR("");
    TRY(db_one(db, a, &session_previous_sql, ARGS(A_BYTES("hash", hash, 32)), &rows, &found));
    if (!found)
        return NULL;
    *at = row_time(&rows, 0);
    *from = str_of(row_dup(&rows, a, 1));
    return rows_end(&rows);
}

struct error *session_remove(struct db *db, struct arena *a, const unsigned char hash[32])
{
    return db_exec(db, a, &session_delete_sql, ARGS(A_BYTES("hash", hash, 32)), NULL);
}

struct error *login_find(struct db *db, struct arena *a, struct str username, struct login_row *out, bool *found)
{
    struct rows rows;
    TRY(db_one(db, a, &login_find_sql, ARGS(A_STR("username", username)), &rows, found));
    if (!*found)
        return NULL;
    *out = (struct login_row){0};
    read_stamp(&rows, &out->org);
    str_copy(out->id, sizeof out->id, row_text(&rows, 9));
    out->password = str_dup(a, row_text(&rows, 10));
    out->display_name = str_dup(a, row_text(&rows, 11));
    out->active = row_int(&rows, 12) != 0;
    out->otp = (struct str){row_dup(&rows, a, 13), row_text(&rows, 13).n};
    out->otp_last_step = row_int(&rows, 14);
    out->first_password = row_int(&rows, 15) != 0;
    return rows_end(&rows);
}

struct error *login_locked(struct db *db, struct arena *a, const char *subject, int64_t now, int64_t *seconds)
{
    return db_int(db, a, &login_locked_sql, ARGS(A_Z("subject", subject), A_TIME(a, "now", now)), 0, seconds);
}

struct error *login_failed(struct db *db, struct arena *a, const char *subject, int64_t max, int64_t lock_minutes, int64_t now,
                           int64_t *failures)
{
    int64_t minute = 60000000;
    TRY(db_exec(db, a, &login_failed_sql,
                ARGS(A_Z("subject", subject), A_INT("max", max), A_TIME(a, "now", now),
                     A_TIME(a, "window", now - LOGIN_WINDOW_MINUTES * minute), A_TIME(a, "until", now + lock_minutes * minute)),
                NULL));
    return db_int(db, a, &login_count_sql, ARGS(A_Z("subject", subject)), 0, failures);
}

struct error *login_succeeded(struct db *db, struct arena *a, const char *user_id, const char *subject, int64_t now,
                              struct str address, const char *rehashed)
{
    TRY(db_exec(db, a, &login_clear_sql, ARGS(A_Z("subject", subject)), NULL));
    return db_exec(db, a, &login_done_sql,
                   ARGS(A_Z("user", user_id), A_TIME(a, "now", now), A_STR("address", address), A_Z("rehashed", rehashed)), NULL);
}

struct error *password_store(struct db *db, struct arena *a, const char *user_id, const char *hash, bool must_change, int64_t now)
{
    TRY(identity_keep_password(db, a, user_id));
    return db_exec(db, a, &password_store_sql,
                   ARGS(A_Z("user", user_id), A_Z("hash", hash), A_INT("must", must_change), A_TIME(a, "now", now)), NULL);
}

struct error *identity_keep_password(struct db *db, struct arena *a, const char *user_id)
{
    return db_exec(db, a, &password_keep_sql, ARGS(A_Z("user", user_id)), NULL);
}

struct error *password_earlier(struct db *db, struct arena *a, const char *user_id, int64_t most, struct rows *out)
{
    return db_query(db, a, &password_earlier_sql, ARGS(A_Z("user", user_id), A_INT("most", most)), out);
}

struct error *session_rows(struct db *db, struct arena *a, const char *user_id, const struct sign_in_policy *p, int64_t now,
                           struct rows *out)
{
    return db_query(db, a, &session_rows_sql,
                    ARGS(A_Z("user", user_id), A_TIME(a, "now", now), A_TIME(a, "idle", now - p->idle_minutes * 60000000)), out);
}

struct error *session_end(struct db *db, struct arena *a, const char *user_id, struct str name, const unsigned char keep[32],
                          uint64_t *ended)
{
    return db_exec(db, a, &session_end_sql, ARGS(A_Z("user", user_id), A_OPT("name", name), A_BYTES("keep", keep, 32)), ended);
}

struct error *epoch_raise(struct db *db, struct arena *a, const char *user_id, int64_t now)
{
    return db_exec(db, a, &epoch_raise_sql, ARGS(A_Z("user", user_id), A_TIME(a, "now", now)), NULL);
}

struct error *client_load(struct db *db, struct arena *a, const struct keys *keys, const char *id, struct client_row *out,
                          bool *found)
{
    struct rows rows;
    TRY(db_one(db, a, &client_load_sql, ARGS(A_Z("id", id)), &rows, found));
    if (!*found)
        return NULL;
    *out = (struct client_row){.who.kind = PRINCIPAL_CLIENT};
    struct principal *w = &out->who;
    read_stamp(&rows, &w->org);
    str_copy(w->org_name, sizeof w->org_name, row_text(&rows, 9));
    str_copy(w->id, sizeof w->id, row_text(&rows, 10));
    str_copy(w->name, sizeof w->name, row_text(&rows, 11));
    str_copy(w->username, sizeof w->username, row_text(&rows, 11));
    out->permissions = str_dup(a, row_text(&rows, 12));
    struct str hash = row_text(&rows, 13);
    if (hash.n == 32)
        memcpy(out->secret_hash, hash.p, 32);
    out->epoch = row_int(&rows, 14);
    out->active = row_int(&rows, 15) != 0;
    out->intact = grant_fits(keys, row_text(&rows, 16), row_text(&rows, 17));
    w->scope = org_scope_subtree(&w->org);
    memcpy(w->lang, "zh-CN", 6);
    return rows_end(&rows);
}

struct error *demo_present(struct db *db, struct arena *a, bool *out)
{
    int64_t n;
    TRY(db_int(db, a, &demo_present_sql, NO_ARGS, 0, &n));
    *out = n != 0;
    return NULL;
}

struct error *otp_store(struct db *db, struct arena *a, const char *user_id, struct str sealed, int64_t step, int64_t now)
{
    return db_exec(db, a, &otp_store_sql,
                   ARGS(A_Z("user", user_id), sealed.n ? A_BYTES("sealed", sealed.p, sealed.n) : A_NULL("sealed"),
                        A_INT("step", step), A_TIME(a, "now", now)),
                   NULL);
}

struct error *otp_use(struct db *db, struct arena *a, const char *user_id, int64_t step, bool *first)
{
    uint64_t n;
    TRY(db_exec(db, a, &otp_use_sql, ARGS(A_Z("user", user_id), A_INT("step", step)), &n));
    *first = n == 1;
    return NULL;
}

/* What has ended is of no use to anybody; failures are counted for a quarter of an hour and locks last half of one. */
static struct error *expire(struct services *s, struct arena *a)
{
    int64_t now = clock_now_us();
    const struct sql_arg *args = ARGS(A_TIME(a, "now", now), A_TIME(a, "window", now - INT64_C(3600) * 1000000));
    TRY(db_exec(s->db, a, &sessions_expire_sql, args, NULL));
    return db_exec(s->db, a, &failures_expire_sql, args, NULL);
}
DUTY(identity_expire, 600000, expire);
