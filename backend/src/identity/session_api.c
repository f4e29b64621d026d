/* /session and /oauth/token */
#include "http/services.h"
#include "identity/grant.h"
#include "identity/identity.h"
#include "identity/identity_store.h"
#include "identity/session.h"
#include "identity/token.h"
#include "json/write.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "kernel/log.h"

struct error *session_create(struct request *r);
struct error *session_get(struct request *r);
struct error *session_delete(struct request *r);
struct error *session_password(struct request *r);
struct error *oauth_token(struct request *r);

static json_t *text(struct str s)
{
    return s.p ? json_stringn(s.p, s.n) : json_null();
}

static json_t *permission_array(const char *comma_separated)
{
    json_t *list = json_array();
    struct str rest = str_of(comma_separated);
    while (rest.n)
        json_array_append_new(list, text(str_cut(&rest, ',')));
    return list;
}

static const char *scope_name(enum scope_kind k)
{
    return k == SCOPE_ALL ? "all" : k == SCOPE_SECTOR ? "sector" : k >= SCOPE_OWN2 ? "own" : k == SCOPE_NONE ? "none" : "subtree";
}

/* The sign-in before this one; null for a first one, and for machines. */
static struct error *describe_previous(struct request *r, const unsigned char hash[32], json_t *user)
{
    char when[40];
    int64_t at;
    struct str from;
    TRY(session_previous(r->db, r->arena, hash, &at, &from));
    clock_rfc3339(at, when);
    json_object_set_new(user, "last_login_at", at ? json_string(when) : json_null());
    json_object_set_new(user, "last_login_from", from.n ? text(from) : json_null());
    return NULL;
}

/* A first password is the operator's own: the page insists on another one, scripts that were given it may go on. */
static struct error *describe(struct request *r, const struct principal *w, const unsigned char hash[32], const char *permissions,
                              json_t **out)
{
    struct rows rows;
    bool demo;
    json_t *roles = json_array();
    TRY(demo_present(r->db, r->arena, &demo));
    TRY(user_roles_rows(r->db, r->arena, w->id, &rows));
    while (rows_next(&rows))
        json_array_append_new(roles, json_pack("{s:o,s:o,s:o}", "code", text(row_text(&rows, 0)), "label_zh",
                                               text(row_text(&rows, 1)), "label_en", text(row_text(&rows, 2))));
    TRY(rows_end(&rows));
    json_t *scope = json_pack("{s:s,s:s,s:o}", "kind", scope_name(w->scope.kind), "org_name", w->org_name, "sector",
                              w->scope.sector[0] ? json_string(w->scope.sector) : json_null());
    bool known;
    struct login_row own;
    TRY(login_find(r->db, r->arena, str_of(w->username), &own, &known));
    bool person = known && w->kind == PRINCIPAL_USER;
    struct sign_in_policy policy;
    TRY(sign_in_policy(r->services, r->arena, &policy));
    json_t *user =
        json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:o,s:o,s:b,s:b,s:I}", "id", w->id, "username", w->username, "name", w->name,
                  "lang", w->lang, "org_id", w->org.org_id, "org_name", w->org_name, "org_depth", w->org.depth, "roles", roles,
                  "scope", scope, "must_change_password", w->must_change_password || (person && own.first_password), "otp",
                  person && own.otp.n > 0, "password_least", (json_int_t)policy.password_least);
    TRY(describe_previous(r, hash, user));
    *out = json_pack("{s:s,s:b,s:o,s:o}", "csrf_token", w->csrf, "demo", demo, "user", user, "permissions",
                     permission_array(permissions));
    return NULL;
}

static const char *joined_permissions(struct request *r)
{
    struct buf b = buf_new(r->arena, 1024, 64 * 1024);
    for (const char *const *p = r->who->permissions; p && *p; p++) {
        if (b.n)
            buf_c(&b, ',');
        buf_z(&b, *p);
    }
    return buf_done(&b).p;
}

struct error *session_get(struct request *r)
{
    unsigned char hash[32] = {0};
    json_t *out;
    session_cookie(r, hash);
    TRY(describe(r, r->who, hash, joined_permissions(r), &out));
    return reply_json(r, 200, out);
}

/* ---- signing in ---- */
static struct error *refuse_login(struct request *r, const struct sign_in_policy *p, int64_t failures, enum error_code code)
{
    int64_t left = p->failures - failures;
    if (left <= 0) {
        struct error *e = error_new(r->arena, ERR_LOCKED, "locked for %lld minutes", (long long)p->lock_minutes);
        e->retry_after = (int)p->lock_minutes * 60;
        return e;
    }
    return error_field(r->arena, code, code == ERR_OTP_REQUIRED ? "otp" : "password", "tries_left", "%lld", (long long)left);
}

static struct error *check_locks(struct request *r, const char *user, const char *address, int64_t now)
{
    int64_t seconds, more;
    TRY(login_locked(r->db, r->arena, user, now, &seconds));
    TRY(login_locked(r->db, r->arena, address, now, &more));
    if (more > seconds)
        seconds = more;
    if (seconds <= 0)
        return NULL;
    struct error *e = error_new(r->arena, ERR_LOCKED, "locked for %lld seconds", (long long)seconds);
    e->retry_after = (int)seconds;
    return e;
}

/* Who was tried: "user:NAME" or "client:ID". */
static void audit_refusal(struct request *r, const char *id, const struct org_stamp *org, const char *subject)
{
    struct buf b = buf_new(r->arena, 128, 1024);
    struct jw w = jw_of(&b);
    jw_object_begin(&w, NULL);
    jw_z(&w, "tried", subject);
    jw_object_end(&w);
    request_audit(r, subject[0] == 'u' ? "user" : "client", id, org, STR(""), buf_done(&b));
    r->audit->result = "refused";
}

static struct error *count_failure(struct request *r, const char *user, const char *address, int64_t now,
                                   const struct login_row *known, enum error_code code)
{
    int64_t failures, from_here;
    struct sign_in_policy p;
    TRY(sign_in_policy(r->services, r->arena, &p));
    TRY(login_failed(r->db, r->arena, user, p.failures, p.lock_minutes, now, &failures));
    TRY(login_failed(r->db, r->arena, address, ADDRESS_FAILURES_MAX, p.lock_minutes, now, &from_here));
    audit_refusal(r, known ? known->id : NULL, known ? &known->org : NULL, user);
    return refuse_login(r, &p, failures, code);
}

/* A known hash that no password fits, so that an unknown name costs the same time. Asked for on every sign-in: who
 * makes it pays for it, whether the name is known or not. */
static const char *dummy_hash(struct request *r)
{
    static char hash[128];
    if (!hash[0]) {
        char password[21];
        identity_generate_password(password);
        if (password_hash(r->services->keys, r->arena, str_of(password), hash))
            hash[0] = '\0';
    }
    return hash;
}

/* The row and the cookie. */
static struct error *new_session(struct request *r, const char *user_id, int64_t now, unsigned char hash[32])
{
    unsigned char raw[32];
    char token[SESSION_TOKEN_CHARS + 1], csrf[44];
    random_bytes(raw, sizeof raw);
    base64url_encode(raw, sizeof raw, token);
    sha256(token, SESSION_TOKEN_CHARS, hash);
    random_bytes(raw, sizeof raw);
    base64url_encode(raw, sizeof raw, csrf);
    struct sign_in_policy p;
    TRY(sign_in_policy(r->services, r->arena, &p));
    TRY(session_insert(r->db, r->arena, hash, user_id, csrf, now, now + p.session_hours * 3600000000, r->address, r->user_agent));
    bool tls = str_starts(str_of(r->services->config->base_url), STR("https://"));
    r->set_cookie = arena_printf(r->arena, "tc_%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s",
                                 r->services->config->installation_id, token, (int)p.session_hours * 3600, tls ? "; Secure" : "");
    return NULL;
}

/* The right password, but the rights behind it are not the platform's. */
static struct error *altered(struct request *r, const char *kind, const char *id, const struct org_stamp *org, const char *name)
{
    struct audit_actor who = {.address = r->address, .request_id = r->request_id};
    TRY(grant_report(r->services, r->arena, &who, kind, id, org, name));
    return error_field(r->arena, ERR_FORBIDDEN, "grant", "altered", "the rights of %s were altered past the platform", name);
}

/* In this order: the session keeps the sign-in before this one. */
static struct error *open_session(struct request *r, const struct login_row *u, const char *subject, const char *rehashed,
                                  int64_t now)
{
    unsigned char hash[32];
    struct stored_principal p;
    bool found;
    json_t *out;
    TRY(new_session(r, u->id, now, hash));
    TRY(login_succeeded(r->db, r->arena, u->id, subject, now, r->address, rehashed));
    struct sign_in_policy policy;
    TRY(sign_in_policy(r->services, r->arena, &policy));
    TRY(session_load(r->db, r->arena, r->services->keys, &policy, hash, now, &p, &found));
    if (!found)
        return error_new(r->arena, ERR_BAD_CREDENTIALS, "the account is not active");
    if (!p.intact) {
        TRY(session_remove(r->db, r->arena, hash));
        r->set_cookie = NULL;
        return altered(r, "user", p.who.id, &p.who.org, p.who.username);
    }
    TRY(describe(r, &p.who, hash, p.permissions, &out));
    request_audit(r, "user", u->id, &u->org, STR(""), STR(""));
    return reply_json(r, 200, out);
}

struct error *session_create(struct request *r)
{
    struct str username = body_str(r, "username"), password = body_str(r, "password");
    const char *user = arena_printf(r->arena, "user:" STR_FMT, STR_ARG(username));
    const char *address = arena_printf(r->arena, "addr:" STR_FMT, STR_ARG(r->address));
    int64_t now = clock_now_us();
    TRY(check_locks(r, user, address, now));
    struct login_row u;
    bool found, fits = false;
    TRY(login_find(r->db, r->arena, username, &u, &found));
    const char *nobodys = dummy_hash(r);
    TRY(password_verify(r->services->keys, r->arena, found ? u.password : nobodys, password, &fits));
    if (!found || !u.active || !fits)
        return count_failure(r, user, address, now, found ? &u : NULL, ERR_BAD_CREDENTIALS);
    if (u.otp.n && !body_has(r, "otp"))
        return error_field(r->arena, ERR_OTP_REQUIRED, "otp", "required", "the account has a second factor");
    if (u.otp.n)
        TRY(session_otp_check(r, &u, body_str(r, "otp"), &fits));
    if (!fits)
        return count_failure(r, user, address, now, &u, ERR_OTP_REQUIRED);
    TRY(check_locks(r, user, address, now)); /* others may have failed meanwhile: guesses side by side win nothing */
    char rehashed[128] = "";
    if (password_needs_rehash(u.password))
        TRY(password_hash(r->services->keys, r->arena, password, rehashed));
    return open_session(r, &u, user, rehashed[0] ? rehashed : NULL, now);
}

struct error *session_delete(struct request *r)
{
    unsigned char hash[32];
    if (r->who->kind != PRINCIPAL_USER || !session_cookie(r, hash))
        return not_found(r);
    TRY(session_remove(r->db, r->arena, hash));
    session_forget(r, hash);
    r->set_cookie =
        arena_printf(r->arena, "tc_%s=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0", r->services->config->installation_id);
    request_audit(r, "user", r->who->id, &r->who->org, STR(""), STR(""));
    return reply_empty(r, 204);
}

struct error *session_refused(struct request *r, const struct login_row *u, enum error_code code)
{
    const char *subject = arena_printf(r->arena, "user:%s", r->who->username);
    const char *address = arena_printf(r->arena, "addr:" STR_FMT, STR_ARG(r->address));
    return count_failure(r, subject, address, clock_now_us(), u, code);
}

struct error *session_own_account(struct request *r, struct str password, struct login_row *out)
{
    bool found = false, fits = false;
    const char *subject = arena_printf(r->arena, "user:%s", r->who->username);
    const char *address = arena_printf(r->arena, "addr:" STR_FMT, STR_ARG(r->address));
    if (r->who->kind != PRINCIPAL_USER)
        return not_found(r);
    TRY(check_locks(r, subject, address, clock_now_us()));
    TRY(login_find(r->db, r->arena, str_of(r->who->username), out, &found));
    if (!found)
        return not_found(r);
    TRY(password_verify(r->services->keys, r->arena, out->password, password, &fits));
    return fits ? NULL : session_refused(r, out, ERR_BAD_CREDENTIALS);
}

/* A new session in place of the one that ended with the old password; GET /session gives its CSRF token. */
static struct error *go_on(struct request *r, const char *user_id)
{
    unsigned char hash[32];
    if (!session_cookie(r, hash))
        return NULL;
    TRY(session_remove(r->db, r->arena, hash));
    session_forget(r, hash);
    return new_session(r, user_id, clock_now_us(), hash);
}

/* The present one counts as one of the last. */
static struct error *not_earlier(struct request *r, const char *user_id, struct str password, int64_t history)
{
    struct rows x;
    const char *hashes[16];
    size_t n = 0;
    TRY(password_earlier(r->db, r->arena, user_id, history > 1 ? history - 1 : 0, &x));
    while (n < sizeof hashes / sizeof *hashes && rows_next(&x))
        hashes[n++] = row_dup(&x, r->arena, 0);
    TRY(rows_end(&x));
    for (size_t i = 0; i < n; i++) {
        bool fits;
        TRY(password_verify(r->services->keys, r->arena, hashes[i], password, &fits));
        if (fits)
            return invalid(r, "new_password", "earlier", "it is one of the last %lld passwords", (long long)history);
    }
    return NULL;
}

struct error *session_password(struct request *r)
{
    struct str old = body_str(r, "old_password"), new = body_str(r, "new_password");
    struct login_row u;
    TRY(session_own_account(r, old, &u));
    struct sign_in_policy p;
    TRY(sign_in_policy(r->services, r->arena, &p));
    const char *weak = identity_password_weak(r->arena, new, str_of(r->who->username), p.password_least);
    if (weak)
        return invalid(r, "new_password", "weak", "%s", weak);
    if (str_eq(old, new))
        return invalid(r, "new_password", "same", "the new password is the old one");
    TRY(not_earlier(r, u.id, new, p.password_history));
    char hash[128];
    TRY(password_hash(r->services->keys, r->arena, new, hash));
    TRY(password_store(r->db, r->arena, u.id, hash, false, clock_now_us()));
    TRY(go_on(r, u.id));
    request_audit(r, "user", u.id, &u.org, STR(""), STR(""));
    return reply_empty(r, 204);
}

/* ---- machine clients: RFC 6749 section 4.4 ---- */
/* client_id and client_secret are unreserved characters, so percent-decoding of Basic has nothing to do. */
static struct error *client_credentials(struct request *r, struct str *id, struct str *secret)
{
    *id = body_str(r, "client_id");
    *secret = body_str(r, "client_secret");
    if (!str_starts(r->authorization, STR("Basic ")))
        return id->p && secret->p ? NULL
                                  : error_field(r->arena, ERR_BAD_CREDENTIALS, "client_id", "required", "no client was named");
    if (secret->p)
        return error_field(r->arena, ERR_MALFORMED, "client_secret", "duplicate", "the client names itself in two ways");
    unsigned char *plain = arena_alloc(r->arena, r->authorization.n);
    size_t n;
    struct str text64 = {r->authorization.p + 6, r->authorization.n - 6};
    if (!base64_decode(text64, plain, r->authorization.n, &n))
        return error_field(r->arena, ERR_BAD_CREDENTIALS, "Authorization", "encoding", "not base64");
    struct str rest = {(const char *)plain, n};
    *id = str_cut(&rest, ':');
    *secret = rest;
    if (!id_valid(*id))
        return error_field(r->arena, ERR_BAD_CREDENTIALS, "Authorization", "format", "no client was named");
    return NULL;
}

struct error *oauth_token(struct request *r)
{
    struct str id, secret;
    TRY(client_credentials(r, &id, &secret));
    const char *address = arena_printf(r->arena, "addr:" STR_FMT, STR_ARG(r->address));
    const char *subject = arena_printf(r->arena, "client:" STR_FMT, STR_ARG(id));
    int64_t now = clock_now_us();
    TRY(check_locks(r, subject, address, now));
    struct client_row c;
    bool found;
    TRY(client_load(r->db, r->arena, r->services->keys, str_dup(r->arena, id), &c, &found));
    unsigned char hash[32];
    sha256(secret.p, secret.n, hash);
    if (!found || !c.active || !bytes_equal(hash, c.secret_hash, 32)) {
        int64_t failures, from_here;
        struct sign_in_policy p;
        TRY(sign_in_policy(r->services, r->arena, &p));
        TRY(login_failed(r->db, r->arena, subject, CLIENT_FAILURES_MAX, p.lock_minutes, now, &failures));
        TRY(login_failed(r->db, r->arena, address, ADDRESS_FAILURES_MAX, p.lock_minutes, now, &from_here));
        audit_refusal(r, found ? c.who.id : NULL, found ? &c.who.org : NULL, subject);
        return error_field(r->arena, ERR_BAD_CREDENTIALS, "client_secret", "wrong", "the client or its secret is not right");
    }
    if (!c.intact)
        return altered(r, "client", c.who.id, &c.who.org, c.who.name);
    char *token;
    TRY(token_issue(r->services, r->arena, c.who.id, c.epoch, now, &token));
    request_audit(r, "client", c.who.id, &c.who.org, STR(""), STR(""));
    return reply_json(r, 200,
                      json_pack("{s:s,s:s,s:i}", "access_token", token, "token_type", "Bearer", "expires_in", TOKEN_SECONDS));
}
