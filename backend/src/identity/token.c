#include "identity/token.h"

#include <jansson.h>
#include <jwt.h>
#include <stdlib.h>

#include "identity/identity.h"
#include "kernel/id.h"

static const char audience[] = "tongchou";
enum { SKEW_SECONDS = 5 };

static void drop_jwt(void *p)
{
    jwt_free(p);
}

static void drop_jwt_text(void *p)
{
    free(p);
}

struct error *token_issue(struct services *s, struct arena *a, const char *client_id, int64_t epoch, int64_t now_us, char **out)
{
    jwt_t *jwt;
    if (jwt_new(&jwt))
        abort();
    arena_cleanup(a, drop_jwt, jwt);
    long now = (long)(now_us / 1000000);
    const char *key = s->keys->jwt_es256_pem;
    int bad = jwt_set_alg(jwt, JWT_ALG_ES256, (const unsigned char *)key, (int)strlen(key)) ||
              jwt_add_grant(jwt, "iss", s->config->installation_id) || jwt_add_grant(jwt, "sub", client_id) ||
              jwt_add_grant(jwt, "aud", audience) || jwt_add_grant_int(jwt, "iat", now) || jwt_add_grant_int(jwt, "nbf", now) ||
              jwt_add_grant_int(jwt, "exp", now + TOKEN_SECONDS) || jwt_add_grant_int(jwt, "epoch", (long)epoch) ||
              jwt_add_grant(jwt, "jti", id_new().s);
    char *text = bad ? NULL : jwt_encode_str(jwt);
    if (!text)
        return error_new(a, ERR_INTERNAL, "the token could not be signed");
    arena_cleanup(a, drop_jwt_text, text);
    *out = text;
    return NULL;
}

static struct error *refuse(struct arena *a, const char *why)
{
    return error_field(a, ERR_TOKEN_INVALID, "Authorization", "token", "%s", why);
}

/* The header must be exactly ES256 before any library looks at the signature. */
static bool header_is_es256(struct arena *a, struct str token)
{
    struct str rest = token;
    struct str head = str_cut(&rest, '.');
    unsigned char *text = arena_alloc(a, head.n + 4);
    size_t n;
    if (!base64url_decode(head, text, head.n + 4, &n))
        return false;
    json_t *h = json_loadb((const char *)text, n, JSON_REJECT_DUPLICATES, NULL);
    const char *alg = json_string_value(json_object_get(h, "alg"));
    bool good = alg && strcmp(alg, "ES256") == 0 && !json_object_get(h, "crit");
    json_decref(h);
    return good;
}

/* Three base64url parts, and a signature of the one length that ES256 has. */
static bool shape_is_right(struct str token)
{
    struct str rest = token;
    struct str head = str_cut(&rest, '.'), body = str_cut(&rest, '.');
    if (!head.n || !body.n || rest.n != 86 || memchr(rest.p, '.', rest.n))
        return false;
    for (size_t i = 0; i < token.n; i++) {
        char c = token.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.'))
            return false;
    }
    return true;
}

static bool claim_is(jwt_t *jwt, const char *name, const char *want)
{
    const char *v = jwt_get_grant(jwt, name);
    return v && strcmp(v, want) == 0;
}

struct error *token_check(struct services *s, struct arena *a, struct str token, int64_t now_us, struct token_claims *out)
{
    if (token.n > TOKEN_MAX_BYTES)
        return refuse(a, "the token is longer than 4096 bytes");
    if (!shape_is_right(token) || !header_is_es256(a, token))
        return refuse(a, "the token is not an ES256 token");
    jwt_t *jwt = NULL;
    const char *key = s->keys->jwt_es256_public_pem;
    if (jwt_decode(&jwt, str_dup(a, token), (const unsigned char *)key, (int)strlen(key)) || !jwt)
        return refuse(a, "the signature does not match");
    arena_cleanup(a, drop_jwt, jwt);
    int64_t now = now_us / 1000000;
    if (jwt_get_alg(jwt) != JWT_ALG_ES256 || !claim_is(jwt, "iss", s->config->installation_id) || !claim_is(jwt, "aud", audience))
        return refuse(a, "the token was made for something else");
    int64_t issued = jwt_get_grant_int(jwt, "iat"), ends = jwt_get_grant_int(jwt, "exp");
    if (ends <= now || ends > issued + TOKEN_SECONDS || jwt_get_grant_int(jwt, "nbf") > now + SKEW_SECONDS ||
        issued > now + SKEW_SECONDS)
        return refuse(a, "the token has expired or is not valid yet");
    const char *sub = jwt_get_grant(jwt, "sub");
    if (!sub || !id_valid(str_of(sub)))
        return refuse(a, "the token names no client");
    memcpy(out->client_id, sub, 37);
    out->epoch = jwt_get_grant_int(jwt, "epoch");
    return NULL;
}
