/* /roles, /permissions, /clients */
#include <stdlib.h>

#include "access/access_store.h"
#include "access/separation.h"
#include "identity/grant.h"
#include "json/write.h"
#include "kernel/crypto.h"
#include "kernel/id.h"
#include "org/org.h"

struct error *role_list(struct request *r);
struct error *role_create(struct request *r);
struct error *role_update(struct request *r);
struct error *role_delete(struct request *r);
struct error *permission_list(struct request *r);
struct error *client_list(struct request *r);
struct error *client_create(struct request *r);
struct error *client_revoke(struct request *r);
struct error *client_rotate(struct request *r);

static void put_words(struct jw *w, const char *key, struct str words)
{
    jw_array_begin(w, key);
    while (words.n)
        jw_str(w, NULL, str_cut(&words, ','));
    jw_array_end(w);
}

static void put_role(struct jw *w, struct rows *x)
{
    jw_object_begin(w, NULL);
    jw_str(w, "id", row_text(x, 0));
    jw_str(w, "code", row_text(x, 1));
    jw_str(w, "label_zh", row_text(x, 2));
    jw_str(w, "label_en", row_text(x, 3));
    jw_bool(w, "builtin", row_int(x, 4) != 0);
    jw_str(w, "admin_kind", row_text(x, 5));
    jw_int(w, "version", row_int(x, 6));
    jw_row_time(w, "updated_at", x, 7);
    put_words(w, "permissions", row_text(x, 8));
    jw_int(w, "users", row_int(x, 9));
    jw_object_end(w);
}

struct error *role_list(struct request *r)
{
    struct rows rows;
    TRY(role_rows(r, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows))
        put_role(&w, &rows);
    TRY(rows_end(&rows));
    return list_end_whole(r);
}

/* The record before a change. */
struct before {
    struct str text, code, admin_kind, permissions;
    int64_t version;
    bool builtin;
};

static struct error *read_role(struct request *r, const char *id, struct before *out)
{
    struct rows rows;
    bool found;
    TRY(role_row(r, id, &rows, &found));
    if (!found)
        return not_found(r);
    struct buf b = buf_new(r->arena, 2048, 256 * 1024);
    struct jw w = jw_of(&b);
    put_role(&w, &rows);
    *out = (struct before){.text = buf_done(&b),
                           .code = str_of(row_dup(&rows, r->arena, 1)),
                           .admin_kind = str_of(row_dup(&rows, r->arena, 5)),
                           .permissions = str_of(row_dup(&rows, r->arena, 8)),
                           .version = row_int(&rows, 6),
                           .builtin = row_int(&rows, 4) != 0};
    return rows_end(&rows);
}

static bool has_word(struct str words, const char *word)
{
    while (words.n)
        if (str_is(str_cut(&words, ','), word))
            return true;
    return false;
}

/* Only what some route asks for can be granted; what is held already may stay. */
static struct error *check_permissions(struct request *r, struct str held)
{
    size_t i;
    json_t *p;
    json_array_foreach(body_get(r, "permissions"), i, p) {
        bool known = has_word(held, json_string_value(p));
        for (size_t k = 0; k < route_permission_count && !known; k++)
            known = strcmp(route_permissions[k], json_string_value(p)) == 0;
        if (!known)
            return invalid(r, arena_printf(r->arena, "permissions/%zu", i), "unknown", "there is no such permission");
    }
    return NULL;
}

/* What the role gains must be allowed to its kind; what it was shipped with stays. */
static struct error *check_separation(struct request *r, const char *admin_kind, struct str held)
{
    size_t i;
    json_t *p;
    json_array_foreach(body_get(r, "permissions"), i, p)
        if (!has_word(held, json_string_value(p)) && !separation_allows(admin_kind, json_string_value(p)))
            return invalid(r, arena_printf(r->arena, "permissions/%zu", i), "separation",
                           "the separation of administrators keeps %s from this role", json_string_value(p));
    return NULL;
}

static struct error *role_answer(struct request *r, int status, const char *id, struct str before)
{
    struct before now;
    TRY(read_role(r, id, &now));
    request_audit(r, "role", id, NULL, before, now.text);
    buf_str(&r->reply, now.text);
    return reply_written(r, status);
}

struct error *role_create(struct request *r)
{
    TRY(check_permissions(r, STR("")));
    TRY(check_separation(r, "none", STR("")));
    struct role_record role = {
        .code = body_str(r, "code"), .label_zh = body_str(r, "label_zh"), .label_en = body_str(r, "label_en")};
    memcpy(role.id, id_new().s, sizeof role.id);
    struct error *e = role_insert(r, &role);
    if (e && e->code == ERR_DUPLICATE)
        return error_field(r->arena, ERR_DUPLICATE, "code", "taken", "a role with this code exists");
    if (e)
        return e;
    TRY(role_permissions_set(r, role.id, body_get(r, "permissions")));
    TRY(grant_seal(r->services, r->arena, GRANT_ROLE, role.id));
    return role_answer(r, 201, role.id, STR(""));
}

struct error *role_update(struct request *r)
{
    struct role_record role = {
        .label_zh = body_str(r, "label_zh"), .label_en = body_str(r, "label_en"), .version = body_int(r, "version", 0)};
    memcpy(role.id, param_str(r, "id").p, sizeof role.id);
    struct before was;
    uint64_t n;
    bool own;
    TRY(read_role(r, role.id, &was));
    TRY(check_permissions(r, was.permissions));
    TRY(role_is_callers(r, role.id, &own));
    if (own)
        return conflict(r, "nobody changes a role that he holds himself");
    TRY(check_separation(r, was.admin_kind.p, was.permissions));
    TRY(role_change(r, &role, &n));
    if (!n)
        return stale_version(r, was.version);
    TRY(role_permissions_set(r, role.id, body_get(r, "permissions")));
    TRY(grant_seal(r->services, r->arena, GRANT_ROLE, role.id));
    TRY(role_users_raise_epoch(r, role.id));
    return role_answer(r, 200, role.id, was.text);
}

struct error *role_delete(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct before was;
    uint64_t n;
    TRY(read_role(r, id, &was));
    if (was.builtin)
        return conflict(r, "a shipped role is not deleted");
    TRY(role_remove(r, id, &n)); /* ERR_IN_USE while somebody holds it */
    request_audit(r, "role", id, NULL, was.text, STR(""));
    return n ? reply_empty(r, 204) : not_found(r);
}

struct error *permission_list(struct request *r)
{
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    for (size_t i = 0; i < route_permission_count; i++) {
        jw_object_begin(&w, NULL);
        jw_z(&w, "permission", route_permissions[i]);
        jw_array_begin(&w, "routes");
        for (size_t k = 0; k < route_count; k++)
            if (strcmp(routes[k].perm, route_permissions[i]) == 0)
                jw_z(&w, NULL, arena_printf(r->arena, "%s %s", routes[k].method, routes[k].path));
        jw_array_end(&w);
        jw_object_end(&w);
    }
    return list_end_whole(r);
}

/* ---- machine clients ---- */
struct error *client_list(struct request *r)
{
    struct page p;
    struct rows rows;
    int64_t total;
    TRY(page_of(r, &p));
    TRY(client_total(r, &total));
    TRY(client_rows(r, &p, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows)) {
        jw_object_begin(&w, NULL);
        jw_str(&w, "id", row_text(&rows, 0));
        jw_str(&w, "name", row_text(&rows, 1));
        jw_str(&w, "org_id", row_text(&rows, 2));
        jw_str(&w, "org_name", row_text(&rows, 3));
        put_words(&w, "permissions", row_text(&rows, 4));
        jw_str(&w, "state", row_text(&rows, 5));
        jw_row_time(&w, "created_at", &rows, 6);
        jw_object_end(&w);
    }
    TRY(rows_end(&rows));
    return list_end(r, &p, total, NULL);
}

/* A system of a unit gets no administrator's permission. */
static bool for_clients(const char *permission)
{
    static const char *const open[] = {"asset.", "event.",         "discovery.", "warning.read", "dispatch.",
                                       "file.",  "situation.read", "task.read",  "org.read"};
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        if (strncmp(permission, open[i], strlen(open[i])) == 0)
            return true;
    return false;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct error *client_permissions(struct request *r, const char **out)
{
    json_t *list = body_get(r, "permissions"), *p;
    const char **words = arena_array(r->arena, json_array_size(list), sizeof *words);
    size_t i;
    TRY(check_permissions(r, STR("")));
    json_array_foreach(list, i, p) {
        words[i] = json_string_value(p);
        if (!for_clients(words[i]))
            return invalid(r, "permissions", "separation", "%s is not for machine clients", words[i]);
    }
    qsort(words, json_array_size(list), sizeof *words, by_text);
    struct buf b = buf_new(r->arena, 256, 1000);
    for (i = 0; i < json_array_size(list); i++) {
        if (i)
            buf_c(&b, ',');
        buf_z(&b, words[i]);
    }
    *out = buf_done(&b).p;
    return b.full ? invalid(r, "permissions", "max_length", "too many permissions") : NULL;
}

enum { SECRET_CHARS = 43 }; /* 256 bits, base64url */

static void make_secret(char secret[SECRET_CHARS + 1], unsigned char hash[32])
{
    unsigned char raw[32];
    random_bytes(raw, sizeof raw);
    base64url_encode(raw, sizeof raw, secret);
    sha256(secret, SECRET_CHARS, hash);
}

struct error *client_create(struct request *r)
{
    struct org_stamp org;
    bool found;
    const char *permissions;
    TRY(client_permissions(r, &permissions));
    TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, body_str(r, "org_id").p, &org, &found));
    if (!found)
        return invalid(r, "org_id", "unknown", "no such organisation in your scope");
    unsigned char hash[32];
    char secret[SECRET_CHARS + 1];
    make_secret(secret, hash);
    uuid id = id_new();
    TRY(client_insert(r, id.s, body_str(r, "name"), hash, permissions, &org));
    TRY(grant_seal(r->services, r->arena, GRANT_CLIENT, id.s));
    request_audit(r, "client", id.s, &org, STR(""), STR(""));
    return reply_json(r, 201, json_pack("{s:s,s:s}", "client_id", id.s, "client_secret", secret));
}

struct error *client_revoke(struct request *r)
{
    uint64_t n;
    const char *id = param_str(r, "id").p;
    TRY(client_disable(r, id, &n));
    if (!n)
        return not_found(r);
    request_audit(r, "client", id, NULL, STR(""), STR(""));
    return reply_empty(r, 204);
}

struct error *client_rotate(struct request *r)
{
    uint64_t n;
    unsigned char hash[32];
    char secret[SECRET_CHARS + 1];
    const char *id = param_str(r, "id").p;
    make_secret(secret, hash);
    TRY(client_secret_change(r, id, hash, &n));
    if (!n)
        return not_found(r);
    request_audit(r, "client", id, NULL, STR(""), STR(""));
    return reply_json(r, 200, json_pack("{s:s,s:s}", "client_id", id, "client_secret", secret));
}
