/* /users */
#include "access/access_store.h"
#include "access/setup.h"
#include "identity/grant.h"
#include "identity/identity.h"
#include "kernel/crypto.h"
#include "kernel/id.h"
#include "json/write.h"
#include "org/org.h"

struct error *user_list(struct request *r);
struct error *user_get(struct request *r);
struct error *user_create(struct request *r);
struct error *user_update(struct request *r);
struct error *user_roles_set(struct request *r);
struct error *user_password_reset(struct request *r);

/* Lines of "id TAB code TAB zh TAB en". */
static void put_roles(struct jw *w, struct str lines)
{
    jw_array_begin(w, "roles");
    while (lines.n) {
        struct str line = str_cut(&lines, '\n');
        jw_object_begin(w, NULL);
        jw_str(w, "id", str_cut(&line, '\t'));
        jw_str(w, "code", str_cut(&line, '\t'));
        jw_str(w, "label_zh", str_cut(&line, '\t'));
        jw_str(w, "label_en", line);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void put_user(struct jw *w, const char *key, struct rows *u)
{
    jw_object_begin(w, key);
    jw_str(w, "id", row_text(u, 0));
    jw_str(w, "username", row_text(u, 1));
    jw_str(w, "display_name", row_text(u, 2));
    jw_str(w, "org_id", row_text(u, 3));
    jw_str(w, "org_name", row_text(u, 4));
    jw_row_text(w, "person_id", u, 5);
    jw_str(w, "scope_kind", row_text(u, 6));
    jw_row_text(w, "scope_sector", u, 7);
    jw_str(w, "state", row_text(u, 8));
    jw_bool(w, "must_change", row_int(u, 9) != 0);
    jw_row_time(w, "locked_until", u, 10);
    jw_row_time(w, "last_login_at", u, 11);
    jw_bool(w, "is_demo", row_int(u, 12) != 0);
    jw_int(w, "version", row_int(u, 13));
    jw_row_time(w, "created_at", u, 14);
    jw_row_time(w, "updated_at", u, 15);
    put_roles(w, row_text(u, 16));
    jw_object_end(w);
}

struct error *user_list(struct request *r)
{
    struct page p;
    struct rows rows;
    int64_t total;
    TRY(page_of(r, &p));
    TRY(user_total(r, &total));
    TRY(user_rows(r, &p, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows))
        put_user(&w, NULL, &rows);
    TRY(rows_end(&rows));
    return list_end(r, &p, total, NULL);
}

/* Answers with the account as it is now; password only when it was just made. */
static struct error *answer(struct request *r, int status, const char *id, const char *password)
{
    struct rows rows;
    bool found;
    TRY(user_row(r, id, &rows, &found));
    if (!found)
        return not_found(r);
    struct jw w = jw_of(&r->reply);
    if (password) {
        jw_object_begin(&w, NULL);
        put_user(&w, "user", &rows);
        jw_z(&w, "password", password);
        jw_object_end(&w);
    } else {
        put_user(&w, NULL, &rows);
    }
    TRY(rows_end(&rows));
    return reply_written(r, status);
}

/* The record before a change: its audit text, organisation and version. */
struct before {
    struct str text;
    struct org_stamp org;
    int64_t version;
    struct str state;
};

static struct error *read_before(struct request *r, const char *id, struct before *out)
{
    struct rows rows;
    bool found;
    TRY(user_row(r, id, &rows, &found));
    if (!found)
        return not_found(r);
    struct buf b = buf_new(r->arena, 1024, 64 * 1024);
    struct jw w = jw_of(&b);
    put_user(&w, NULL, &rows);
    out->text = buf_done(&b);
    out->version = row_int(&rows, 13);
    out->state = str_of(row_dup(&rows, r->arena, 8));
    char *org = row_dup(&rows, r->arena, 3);
    TRY(rows_end(&rows));
    return org_stamp_get(r->db, r->arena, org, &out->org, &found);
}

struct error *user_get(struct request *r)
{
    return answer(r, 200, param_str(r, "id").p, NULL);
}

static struct error *check_person(struct request *r)
{
    struct str person = body_str(r, "person_id");
    bool found = true;
    if (person.p)
        TRY(person_in_scope(r->db, r->arena, &r->who->scope, person.p, &found));
    return found ? NULL : invalid(r, "person_id", "unknown", "no such person in your scope");
}

struct error *user_create(struct request *r)
{
    struct org_stamp org;
    bool found;
    TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, body_str(r, "org_id").p, &org, &found));
    if (!found)
        return invalid(r, "org_id", "unknown", "no such organisation in your scope");
    TRY(check_person(r));
    char password[21], hash[128];
    uuid id = id_new();
    identity_generate_password(password);
    TRY(password_hash(r->services->keys, r->arena, str_of(password), hash));
    struct error *e =
        user_insert(r, id.s, body_str(r, "username"), body_str(r, "display_name"), body_str(r, "person_id"), hash, &org);
    if (e && e->code == ERR_DUPLICATE)
        return error_field(r->arena, ERR_DUPLICATE, "username", "taken", "the user name is taken");
    if (e)
        return e;
    TRY(grant_seal(r->services, r->arena, GRANT_USER, id.s));
    struct before made;
    TRY(answer(r, 201, id.s, password));
    TRY(read_before(r, id.s, &made));
    request_audit(r, "user", id.s, &made.org, STR(""), made.text);
    return NULL;
}

/* The platform keeps at least one active administrator of each of these kinds; `but` does not count. */
static struct error *keep_admins(struct request *r, struct str kinds, const char *but)
{
    while (kinds.n) {
        struct str kind = str_cut(&kinds, ',');
        int64_t left;
        TRY(admins_left(r, kind, but, &left));
        if (!left)
            return conflict(r, "this is the last active " STR_FMT " administrator", STR_ARG(kind));
    }
    return NULL;
}

/* A set-up account goes when the three administrators can do without it. */
static struct error *keep_setup(struct request *r, const char *id)
{
    bool set_up, ready = true;
    TRY(setup_account(r, id, &set_up));
    if (set_up)
        TRY(setup_ready(r, &ready));
    return ready ? NULL : conflict(r, "the set-up account is needed until all three administrators have signed in");
}

static struct error *done(struct request *r, const char *id, const struct before *was)
{
    struct before now;
    TRY(read_before(r, id, &now));
    request_audit(r, "user", id, &was->org, was->text, now.text);
    return answer(r, 200, id, NULL);
}

struct error *user_update(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct before was;
    struct str kinds;
    uint64_t n;
    TRY(read_before(r, id, &was));
    TRY(user_admin_kinds(r, id, &kinds));
    TRY(check_person(r));
    bool disables = str_is(body_str(r, "state"), "disabled") && !str_is(was.state, "disabled");
    if (disables && strcmp(id, r->who->id) == 0)
        return conflict(r, "nobody disables the own account");
    if (disables) {
        TRY(keep_admins(r, kinds, id));
        TRY(keep_setup(r, id));
    }
    TRY(user_change(r, id, body_int(r, "version", 0), &n));
    if (!n)
        return stale_version(r, was.version);
    return done(r, id, &was);
}

/* One administrator kind at most, and no business role beside it. */
static struct error *check_separation(struct request *r, const char *id)
{
    struct str kinds;
    TRY(user_admin_kinds(r, id, &kinds));
    if (memchr(kinds.p, ',', kinds.n))
        return invalid(r, "role_ids", "separation", "no account holds two administrator roles");
    if (kinds.n && json_array_size(body_get(r, "role_ids")) > 1)
        return invalid(r, "role_ids", "separation", "an administrator holds no other role");
    return NULL;
}

struct error *user_roles_set(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct str kind = body_str(r, "scope_kind"), sector = body_str(r, "scope_sector");
    struct before was;
    struct str kinds;
    uint64_t n;
    TRY(read_before(r, id, &was));
    TRY(user_admin_kinds(r, id, &kinds));
    if (strcmp(id, r->who->id) == 0)
        return conflict(r, "nobody grants to the own account");
    if (str_is(kind, "sector") && !sector.n)
        return invalid(r, "scope_sector", "required", "a sector scope needs its sector");
    if ((str_is(kind, "all") || str_is(kind, "sector")) && r->who->scope.kind != SCOPE_ALL && was.org.depth > 1)
        return invalid(r, "scope_kind", "scope", "only accounts of the office at the root see beyond their organisation");
    TRY(user_scope_change(r, id, body_int(r, "version", 0), kind, sector, &n));
    if (!n)
        return stale_version(r, was.version);
    TRY(user_roles_clear(r, id));
    size_t i;
    json_t *role;
    json_array_foreach(body_get(r, "role_ids"), i, role)
        TRY(user_role_add(r, id, str_of(json_string_value(role))));
    TRY(check_separation(r, id));
    TRY(keep_admins(r, kinds, ""));
    TRY(grant_seal(r->services, r->arena, GRANT_USER, id));
    return done(r, id, &was);
}

/* Whoever sets a password can sign in with it once: a system administrator must not become another one that way. */
struct error *user_password_reset(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct before was;
    struct str kinds;
    uint64_t n;
    TRY(read_before(r, id, &was));
    TRY(user_admin_kinds(r, id, &kinds));
    if (kinds.n && !str_is(kinds, "system"))
        return conflict(r, "the operator resets this administrator's password (tongchou-ctl reset-password)");
    char password[21], hash[128];
    identity_generate_password(password);
    TRY(password_hash(r->services->keys, r->arena, str_of(password), hash));
    TRY(identity_keep_password(r->db, r->arena, id));
    TRY(password_set(r, id, hash, &n));
    request_audit(r, "user", id, &was.org, STR(""), STR(""));
    return reply_json(r, 200, json_pack("{s:s}", "password", password));
}
