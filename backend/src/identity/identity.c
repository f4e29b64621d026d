/* The stages that find out who is asking. */
#include "identity/identity.h"

#include <jansson.h>

#include "identity/cache.h"
#include "identity/grant.h"
#include "identity/identity_store.h"
#include "identity/session.h"
#include "identity/token.h"
#include "kernel/clock.h"
#include "redis/redis.h"

enum { TOUCH_EVERY_US = 60 * 1000000, CLIENT_CHILD_MS = 2000 };

static const struct principal nobody = {.kind = PRINCIPAL_NONE};

/* ---- the copy in Redis: a packed principal, our own structure, trusted only when its length and mark fit ---- */
struct copy_head {
    char mark[8];
    struct stored_principal stored; /* pointers inside are not used */
};
static const char copy_mark[8] = "TCP\0v01";

static struct str copy_key(struct arena *a, const unsigned char hash[32])
{
    char *key = arena_alloc(a, 67);
    memcpy(key, "s:", 2);
    hex_encode(hash, 32, key + 2);
    return str_of(key);
}

static bool terminated(const char *s, size_t size)
{
    return memchr(s, 0, size) != NULL;
}

static bool sane(const struct principal *w)
{
    bool good = w->kind == PRINCIPAL_USER && w->scope.kind >= SCOPE_NONE && w->scope.kind < SCOPE_KINDS && w->org.depth >= 1 &&
                w->org.depth <= 6 && terminated(w->id, sizeof w->id) && terminated(w->name, sizeof w->name) &&
                terminated(w->username, sizeof w->username) && terminated(w->org_name, sizeof w->org_name) &&
                terminated(w->org.org_id, sizeof w->org.org_id) && terminated(w->org.sector, sizeof w->org.sector) &&
                terminated(w->scope.org, sizeof w->scope.org) && terminated(w->scope.org_l3, sizeof w->scope.org_l3) &&
                terminated(w->scope.sector, sizeof w->scope.sector) && terminated(w->csrf, sizeof w->csrf) &&
                terminated(w->lang, sizeof w->lang);
    for (int i = 0; i < 6; i++)
        good = good && terminated(w->org.level[i], sizeof w->org.level[i]);
    return good;
}

/* The bytes are ours only if their HMAC says so: Redis is input like any other. */
static bool copy_read(struct request *r, const unsigned char hash[32], struct stored_principal *out)
{
    redisReply *got = REDIS_DO(r->services->cache, r->arena, STR("GET"), copy_key(r->arena, hash));
    if (!got || got->type != REDIS_REPLY_STRING || got->len < sizeof(struct copy_head) + 32)
        return false;
    size_t body = got->len - 32;
    unsigned char mac[32];
    hmac_sm3(&r->services->keys->cache_mac, got->str, body, mac);
    struct copy_head head;
    memcpy(&head, got->str, sizeof head);
    if (!bytes_equal(mac, got->str + body, 32) || memcmp(head.mark, copy_mark, sizeof copy_mark) != 0 || !sane(&head.stored.who))
        return false;
    *out = head.stored;
    out->permissions = arena_strndup(r->arena, got->str + sizeof head, body - sizeof head);
    return true;
}

static void copy_write(struct request *r, const unsigned char hash[32], const struct stored_principal *p)
{
    struct copy_head head;
    memset(&head, 0, sizeof head);
    memcpy(head.mark, copy_mark, sizeof copy_mark);
    head.stored = *p;
    head.stored.permissions = NULL;
    head.stored.who.permissions = NULL;
    size_t n = strlen(p->permissions), body = sizeof head + n;
    char *bytes = arena_alloc(r->arena, body + 32);
    memcpy(bytes, &head, sizeof head);
    memcpy(bytes + sizeof head, p->permissions, n);
    hmac_sm3(&r->services->keys->cache_mac, bytes, body, (unsigned char *)bytes + body);
    REDIS_DO(r->services->cache, r->arena, STR("SET"), copy_key(r->arena, hash), ((struct str){bytes, body + 32}), STR("PX"),
             str_of(arena_printf(r->arena, "%d", SESSION_COPY_MS)));
}

void session_forget(struct request *r, const unsigned char hash[32])
{
    principal_cache_drop(hash);
    REDIS_DO(r->services->cache, r->arena, STR("DEL"), copy_key(r->arena, hash));
}

/* ---- browser sessions ---- */
bool session_cookie(const struct request *r, unsigned char hash[32])
{
    char name[32];
    snprintf(name, sizeof name, "tc_%s", r->services->config->installation_id);
    struct str rest = r->cookie;
    while (rest.n) {
        struct str value = str_trim(str_cut(&rest, ';'));
        struct str key = str_cut(&value, '=');
        if (!str_is(key, name))
            continue;
        if (value.n != SESSION_TOKEN_CHARS)
            return false;
        sha256(value.p, value.n, hash);
        return true;
    }
    return false;
}

static struct error *by_session(struct request *r, const unsigned char hash[32])
{
    r->who = principal_cache_get(hash);
    if (r->who)
        return NULL;
    struct stored_principal p;
    bool found = copy_read(r, hash, &p);
    int64_t now = clock_now_us();
    if (!found) {
        struct sign_in_policy policy;
        TRY(sign_in_policy(r->services, r->arena, &policy));
        TRY(session_load(r->db, r->arena, r->services->keys, &policy, hash, now, &p, &found));
        if (found && !p.intact) {
            TRY(session_remove(r->db, r->arena, hash));
            struct audit_actor who = {.address = r->address, .request_id = r->request_id};
            TRY(grant_report(r->services, r->arena, &who, "user", p.who.id, &p.who.org, p.who.username));
            found = false;
        }
        if (!found) {
            r->who = &nobody;
            return NULL;
        }
        if (now - p.last_seen_at > TOUCH_EVERY_US)
            TRY(session_touch(r->db, r->arena, hash, now));
        copy_write(r, hash, &p);
    }
    r->who = principal_cache_put(hash, &p.who, p.permissions, SESSION_CHILD_MS);
    return NULL;
}

/* ---- machine tokens ---- */
static struct error *by_token(struct request *r, struct str token)
{
    unsigned char hash[32];
    sha256(token.p, token.n, hash);
    r->who = principal_cache_get(hash);
    if (r->who)
        return NULL;
    struct token_claims claims;
    TRY(token_check(r->services, r->arena, token, clock_now_us(), &claims));
    struct client_row c;
    bool found;
    TRY(client_load(r->db, r->arena, r->services->keys, claims.client_id, &c, &found));
    if (!found || !c.active || c.epoch != claims.epoch)
        return error_field(r->arena, ERR_TOKEN_INVALID, "Authorization", "revoked", "the client was revoked");
    if (!c.intact)
        return error_field(r->arena, ERR_FORBIDDEN, "grant", "altered", "the rights of the client were altered past the platform");
    r->who = principal_cache_put(hash, &c.who, c.permissions, CLIENT_CHILD_MS);
    return NULL;
}

struct error *identity_client(struct request *r, const char *client_id, const struct principal **who)
{
    struct client_row c;
    bool found;
    *who = NULL;
    TRY(client_load(r->db, r->arena, r->services->keys, client_id, &c, &found));
    if (!found || !c.active || !c.intact)
        return NULL;
    size_t n = 0, most = strlen(c.permissions) / 2 + 2;
    const char **list = arena_zalloc(r->arena, most * sizeof *list);
    struct str rest = str_of(c.permissions);
    while (rest.n)
        list[n++] = str_dup(r->arena, str_cut(&rest, ','));
    struct principal *p = arena_alloc(r->arena, sizeof *p);
    *p = c.who;
    p->permissions = list;
    *who = p;
    return NULL;
}

struct error *identity_authenticate(struct request *r)
{
    unsigned char hash[32];
    r->who = &nobody;
    bool is_public = strcmp(r->route->perm, "public") == 0;
    if (is_public)
        return NULL;
    if (str_starts(r->authorization, STR("Bearer "))) {
        TRY(by_token(r, (struct str){r->authorization.p + 7, r->authorization.n - 7}));
        return NULL;
    }
    if (session_cookie(r, hash))
        TRY(by_session(r, hash));
    if (r->who->kind == PRINCIPAL_NONE)
        return error_field(r->arena, ERR_UNAUTHENTICATED, "Cookie", "required", "no session");
    return NULL;
}

/* The configured base address, or the host that the request itself names. An https origin is always better than what
 * reached us (a proxy may end TLS); an http one counts only where the platform is not reached by TLS. */
static bool origin_is_ours(const struct request *r)
{
    struct str o = r->origin;
    const char *base = r->services->config->base_url;
    if (str_is(o, base))
        return true;
    bool tls = str_is(r->https, "on") || str_starts(str_of(base), STR("https://"));
    struct str scheme = str_starts(o, STR("https://")) ? STR("https://") : STR("http://");
    if (!str_starts(o, scheme) || (tls && scheme.n == STR("http://").n))
        return false;
    return r->host.n && str_eq((struct str){o.p + scheme.n, o.n - scheme.n}, r->host);
}

struct error *identity_origin_csrf(struct request *r)
{
    if (str_is(r->method, "GET") || str_is(r->method, "HEAD"))
        return NULL;
    if (r->origin.n && !origin_is_ours(r))
        return error_field(r->arena, ERR_CSRF, "Origin", "foreign", "the Origin header names another site");
    if (r->who->kind != PRINCIPAL_USER)
        return NULL; /* no cookie spoke for the caller */
    if (!r->origin.n)
        return error_field(r->arena, ERR_CSRF, "Origin", "required", "the Origin header is missing");
    size_t n = strlen(r->who->csrf);
    if (r->csrf_token.n != n || !bytes_equal(r->csrf_token.p, r->who->csrf, n))
        return error_field(r->arena, ERR_CSRF, "X-CSRF-Token", r->csrf_token.n ? "foreign" : "required",
                           "the header is missing or not this session's");
    return NULL;
}

struct error *identity_raise_epoch(struct db *db, struct arena *a, const char *user_id)
{
    return epoch_raise(db, a, user_id, clock_now_us());
}

void identity_generate_password(char out[21])
{
    static const char letters[] = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    for (;;) {
        unsigned char raw[20];
        bool lower = false, upper = false, digit = false;
        random_bytes(raw, sizeof raw);
        for (size_t i = 0; i < sizeof raw; i++) {
            char c = letters[raw[i] % (sizeof letters - 1)];
            out[i] = c;
            lower |= c >= 'a';
            upper |= c >= 'A' && c <= 'Z';
            digit |= c <= '9';
        }
        out[20] = '\0';
        if (lower && upper && digit)
            return;
    }
}

const char *identity_password_weak(struct arena *a, struct str password, struct str username, int64_t least)
{
    int lower = 0, upper = 0, digit = 0, other = 0;
    for (size_t i = 0; i < password.n; i++) {
        char c = password.p[i];
        lower |= c >= 'a' && c <= 'z';
        upper |= c >= 'A' && c <= 'Z';
        digit |= c >= '0' && c <= '9';
        other |= !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
    }
    if (password.n < (size_t)least || password.n > 128)
        return arena_printf(a, "%lld to 128 characters are needed", (long long)least);
    if (lower + upper + digit + other < 3)
        return "at least three of lower case, upper case, digits and signs are needed";
    if (username.n >= 4 && memmem(password.p, password.n, username.p, username.n))
        return "the password must not contain the user name";
    return NULL;
}
