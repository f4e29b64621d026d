#include "notify/config_store.h"
#include "notify/hosts.h"

#include "http/services.h"
#include "kernel/clock.h"

#define SEEN(S, t) "(" #t ".realm_org_id IS NULL OR (z.id IS NOT NULL AND" S(z) "))"
#define REALM_OF(t) " LEFT JOIN orgs z ON z.id = " #t ".realm_org_id WHERE "
#define NOW(r) A_TIME((r)->arena, "now", clock_now_us())
#define CHECKED "the handler has checked the realm"

/* ---- channels ---- */
#define CHANNEL_ROWS(S, IX)                                                                                                  \
    "SELECT c.id, c.realm_org_id, z.name, c.kind, c.name, c.state, c.config, c.secret IS NOT NULL, c.version, c.updated_at " \
    "FROM notify_channels c" REALM_OF(c) SEEN(S, c) "ORDER BY z.depth, z.name, c.kind, c.name LIMIT 1000"
SQL_SCOPED(channel_rows_sql, CHANNEL_ROWS);
SQL_SYSTEM(channel_find_sql, CHECKED,
           "SELECT realm_org_id, version, kind, name, state, config, secret FROM notify_channels WHERE id = :id FOR UPDATE");
SQL_SYSTEM(channel_insert_sql, CHECKED,
           "INSERT INTO notify_channels (id, realm_org_id, kind, name, state, config, secret, created_at, updated_at) "
           "VALUES (:id, :realm, :kind, :name, :state, :config, :secret, :now, :now)");
SQL_SYSTEM(channel_change_sql, CHECKED,
           "UPDATE notify_channels SET name = :name, state = :state, config = :config, secret = IF(:given, :secret, secret), "
           "version = version + 1, updated_at = :now WHERE id = :id AND version = :version");
SQL_SYSTEM(channel_remove_sql, CHECKED, "DELETE FROM notify_channels WHERE id = :id AND version = :version");

static void drop_json(void *p)
{
    json_decref(p);
}

/* The configuration as JSON that lives with the arena. */
static json_t *parsed(struct arena *a, struct str text)
{
    json_t *v = json_loadb(text.p, text.n, 0, NULL);
    if (v)
        arena_cleanup(a, drop_json, v);
    return v;
}

struct error *channel_rows(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &channel_rows_sql, ARGS(A_SCOPE(&r->who->scope)), out);
}

struct error *channel_find(struct request *r, const char *id, struct config_row *row, struct channel *out)
{
    struct rows rows;
    bool found;
    *row = (struct config_row){.version = 0};
    *out = (struct channel){.port = 0};
    TRY(db_one(r->db, r->arena, &channel_find_sql, ARGS(A_Z("id", id)), &rows, &found));
    if (!found)
        return NULL;
    struct arena *a = r->arena;
    row->realm = str_of(row_dup(&rows, a, 0));
    row->version = row_int(&rows, 1);
    channel_kind_of(row_text(&rows, 2), &out->kind);
    out->name = str_of(row_dup(&rows, a, 3));
    struct str config = str_of(row_dup(&rows, a, 5));
    row->before =
        str_of(arena_printf(a, "{\"state\":\"" STR_FMT "\",\"config\":" STR_FMT "}", STR_ARG(row_text(&rows, 4)), STR_ARG(config)));
    struct str sealed = row_text(&rows, 6);
    if (sealed.n)
        out->sealed = (struct str){str_dup(a, sealed), sealed.n};
    str_copy(out->id, sizeof out->id, str_of(id));
    channel_read(a, parsed(a, config), out);
    return rows_end(&rows);
}

#define CHANNEL_ARGS(r, w)                                                                              \
    A_Z("id", (w)->id), A_STR("name", (w)->name), A_Z("state", (w)->state), A_Z("config", (w)->config), \
        (w)->sealed.n ? A_BYTES("secret", (w)->sealed.p, (w)->sealed.n) : A_NULL("secret"), NOW(r)

struct error *channel_insert(struct request *r, const struct channel_write *w)
{
    return db_exec(r->db, r->arena, &channel_insert_sql,
                   ARGS(CHANNEL_ARGS(r, w), A_OPT("realm", str_of(w->realm)), A_Z("kind", w->kind)), NULL);
}

struct error *channel_change(struct request *r, const struct channel_write *w, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &channel_change_sql,
                   ARGS(CHANNEL_ARGS(r, w), A_INT("given", w->secret_given), A_INT("version", w->version)), affected);
}

struct error *channel_remove(struct request *r, const char *id, int64_t version, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &channel_remove_sql, ARGS(A_Z("id", id), A_INT("version", version)), affected);
}

/* Of a template or a rule: realm_org_id, version, builtin, and what it says. */
static struct error *find(struct request *r, const struct sql_stmt *s, const char *id, struct config_row *row)
{
    struct rows rows;
    bool found;
    *row = (struct config_row){.version = 0};
    TRY(db_one(r->db, r->arena, s, ARGS(A_Z("id", id)), &rows, &found));
    if (!found)
        return NULL;
    row->realm = str_of(row_dup(&rows, r->arena, 0));
    row->version = row_int(&rows, 1);
    row->builtin = row_int(&rows, 2) != 0;
    row->before = str_of(row_dup(&rows, r->arena, 3));
    return rows_end(&rows);
}

/* ---- templates ---- */
#define TEMPLATE_ROWS(S, IX)                                                                                           \
    "SELECT t.id, t.realm_org_id, z.name, t.event, t.level, t.kind, t.lang, t.subject, t.body, t.builtin, t.version, " \
    "t.updated_at FROM notify_templates t" REALM_OF(t)                                                                 \
        SEEN(S, t) "ORDER BY z.depth, z.name, t.event, t.kind, t.level, t.lang LIMIT 1000"
SQL_SCOPED(template_rows_sql, TEMPLATE_ROWS);
SQL_SYSTEM(template_find_sql, CHECKED,
           "SELECT realm_org_id, version, builtin, JSON_OBJECT('event', event, 'subject', subject, 'body', body) "
           "FROM notify_templates WHERE id = :id FOR UPDATE");
SQL_SYSTEM(template_insert_sql, CHECKED,
           "INSERT INTO notify_templates (id, realm_org_id, event, level, kind, lang, subject, body, created_at, updated_at) "
           "VALUES (:id, :realm, :event, :level, :kind, :lang, :subject, :body, :now, :now)");
SQL_SYSTEM(template_change_sql, CHECKED,
           "UPDATE notify_templates SET subject = :subject, body = :body, version = version + 1, updated_at = :now "
           "WHERE id = :id AND version = :version");
SQL_SYSTEM(template_remove_sql, CHECKED, "DELETE FROM notify_templates WHERE id = :id AND version = :version AND NOT builtin");

struct error *template_rows(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &template_rows_sql, ARGS(A_SCOPE(&r->who->scope)), out);
}

struct error *template_find(struct request *r, const char *id, struct config_row *row)
{
    return find(r, &template_find_sql, id, row);
}

static struct str body_or_empty(struct request *r, const char *name)
{
    struct str s = body_str(r, name);
    return s.p ? s : STR("");
}

struct error *template_insert(struct request *r, const char *id, const char *realm)
{
    return db_exec(r->db, r->arena, &template_insert_sql,
                   ARGS(A_Z("id", id), A_OPT("realm", str_of(realm)), A_STR("event", body_str(r, "event")),
                        A_INT("level", body_int(r, "level", 0)), A_STR("kind", body_str(r, "kind")),
                        A_STR("lang", body_str(r, "lang")), A_STR("subject", body_or_empty(r, "subject")),
                        A_STR("body", body_str(r, "body")), NOW(r)),
                   NULL);
}

struct error *template_change(struct request *r, const char *id, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &template_change_sql,
                   ARGS(A_Z("id", id), A_INT("version", body_int(r, "version", 0)), A_STR("subject", body_or_empty(r, "subject")),
                        A_STR("body", body_str(r, "body")), NOW(r)),
                   affected);
}

struct error *template_remove(struct request *r, const char *id, int64_t version, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &template_remove_sql, ARGS(A_Z("id", id), A_INT("version", version)), affected);
}

/* ---- rules ---- */
#define RULE_ROWS(S, IX)                                                                                                 \
    "SELECT u.id, u.realm_org_id, z.name, u.event, u.levels, u.kind, u.audience, u.audience_code, u.optional, u.state, " \
    "u.builtin, u.version, u.updated_at FROM notify_rules u" REALM_OF(u)                                                 \
        SEEN(S, u) "ORDER BY z.depth, z.name, u.event, u.kind, u.audience, u.audience_code, u.levels LIMIT 1000"
SQL_SCOPED(rule_rows_sql, RULE_ROWS);
SQL_SYSTEM(
    rule_find_sql, CHECKED,
    "SELECT realm_org_id, version, builtin, JSON_OBJECT('event', event, 'levels', levels, 'kind', kind, 'audience', audience, "
    "'audience_code', audience_code, 'optional', optional, 'state', state) FROM notify_rules WHERE id = :id FOR UPDATE");
SQL_SYSTEM(rule_insert_sql, CHECKED,
           "INSERT INTO notify_rules (id, realm_org_id, event, levels, kind, audience, audience_code, optional, state, created_at, "
           "updated_at) VALUES (:id, :realm, :event, :levels, :kind, :audience, :code, :optional, :state, :now, :now)");
SQL_SYSTEM(rule_change_sql, CHECKED,
           "UPDATE notify_rules SET event = :event, levels = :levels, kind = :kind, audience = :audience, audience_code = :code, "
           "optional = :optional, state = :state, version = version + 1, updated_at = :now WHERE id = :id AND version = :version");
SQL_SYSTEM(rule_remove_sql, CHECKED, "DELETE FROM notify_rules WHERE id = :id AND version = :version AND NOT builtin");

struct error *rule_rows(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &rule_rows_sql, ARGS(A_SCOPE(&r->who->scope)), out);
}

struct error *rule_find(struct request *r, const char *id, struct config_row *row)
{
    return find(r, &rule_find_sql, id, row);
}

static int64_t levels_of(const struct request *r)
{
    size_t i;
    json_t *x;
    int64_t bits = 0;
    json_array_foreach(body_get(r, "levels"), i, x)
        bits |= INT64_C(1) << json_integer_value(x);
    return bits;
}

#define RULE_ARGS(r)                                                                                         \
    A_STR("event", body_str(r, "event")), A_INT("levels", levels_of(r)), A_STR("kind", body_str(r, "kind")), \
        A_STR("audience", body_str(r, "audience")), A_STR("code", body_or_empty(r, "audience_code")),        \
        A_INT("optional", body_bool(r, "optional", false)), A_STR("state", body_str(r, "state")), NOW(r)

struct error *rule_insert(struct request *r, const char *id, const char *realm)
{
    return db_exec(r->db, r->arena, &rule_insert_sql, ARGS(A_Z("id", id), A_OPT("realm", str_of(realm)), RULE_ARGS(r)), NULL);
}

struct error *rule_change(struct request *r, const char *id, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &rule_change_sql,
                   ARGS(A_Z("id", id), A_INT("version", body_int(r, "version", 0)), RULE_ARGS(r)), affected);
}

struct error *rule_remove(struct request *r, const char *id, int64_t version, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &rule_remove_sql, ARGS(A_Z("id", id), A_INT("version", version)), affected);
}

/* ---- how many there are ---- */
SQL_SYSTEM(channel_count_sql, "all of them are read at once", "SELECT COUNT(*) FROM notify_channels");
SQL_SYSTEM(template_count_sql, "all of them are read at once", "SELECT COUNT(*) FROM notify_templates");
SQL_SYSTEM(rule_count_sql, "all of them are read at once", "SELECT COUNT(*) FROM notify_rules");
SQL(host_count_sql, "SELECT COUNT(*) FROM outbound_hosts");

static struct error *room(struct request *r, const struct sql_stmt *count)
{
    int64_t n;
    TRY(db_int(r->db, r->arena, count, NO_ARGS, 0, &n));
    return n < CONFIG_MAX ? NULL : conflict(r, "the platform has %d of them, the most that it can have", CONFIG_MAX);
}

struct error *channel_room(struct request *r)
{
    return room(r, &channel_count_sql);
}

struct error *template_room(struct request *r)
{
    return room(r, &template_count_sql);
}

struct error *rule_room(struct request *r)
{
    return room(r, &rule_count_sql);
}

struct error *host_room(struct request *r)
{
    return room(r, &host_count_sql);
}

/* ---- quiet hours, hosts, refusals ---- */
#define QUIET_ROWS(S, IX)                                                                                                           \
    "SELECT q.realm_org_id, z.name, q.enabled, q.from_minute, q.to_minute, q.updated_at, q.realm_key FROM notify_quiet q" REALM_OF( \
        q) SEEN(S, q) "ORDER BY z.depth, z.name LIMIT 1000"
SQL_SCOPED(quiet_rows_sql, QUIET_ROWS);
SQL_SYSTEM(
    quiet_put_sql, CHECKED,
    "INSERT INTO notify_quiet (realm_org_id, enabled, from_minute, to_minute, updated_at) VALUES (:realm, :enabled, :from, :to, "
    ":now) ON DUPLICATE KEY UPDATE enabled = VALUES(enabled), from_minute = VALUES(from_minute), "
    "to_minute = VALUES(to_minute), version = version + 1, updated_at = VALUES(updated_at)");
SQL_SYSTEM(quiet_remove_sql, CHECKED, "DELETE FROM notify_quiet WHERE realm_org_id = :realm");
SQL(host_rows_sql, "SELECT id, pattern, note, created_at FROM outbound_hosts ORDER BY pattern LIMIT 1000");
SQL(host_insert_sql, "INSERT INTO outbound_hosts (id, pattern, note, created_at) VALUES (:id, :pattern, :note, :now)");
SQL(host_find_sql, "SELECT pattern FROM outbound_hosts WHERE id = :id");
SQL(host_remove_sql, "DELETE FROM outbound_hosts WHERE id = :id");
SQL(refusal_rows_sql, "SELECT kind, event FROM notify_refusals WHERE user_id = :me");
SQL(refusals_clear_sql, "DELETE FROM notify_refusals WHERE user_id = :me");
SQL(refusal_add_sql, "INSERT IGNORE INTO notify_refusals (user_id, kind, event) VALUES (:me, :kind, :event)");

struct error *quiet_rows(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &quiet_rows_sql, ARGS(A_SCOPE(&r->who->scope)), out);
}

struct error *quiet_put(struct request *r, const char *realm)
{
    return db_exec(r->db, r->arena, &quiet_put_sql,
                   ARGS(A_OPT("realm", str_of(realm)), A_INT("enabled", str_is(body_str(r, "mode"), "on")),
                        A_INT("from", body_int(r, "from", 0)), A_INT("to", body_int(r, "to", 0)), NOW(r)),
                   NULL);
}

struct error *quiet_remove(struct request *r, const char *realm)
{
    return db_exec(r->db, r->arena, &quiet_remove_sql, ARGS(A_Z("realm", realm)), NULL);
}

struct error *host_rows(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &host_rows_sql, NO_ARGS, out);
}

struct error *host_insert(struct request *r, const char *id)
{
    return db_exec(r->db, r->arena, &host_insert_sql,
                   ARGS(A_Z("id", id), A_STR("pattern", body_str(r, "pattern")), A_STR("note", body_or_empty(r, "note")), NOW(r)),
                   NULL);
}

struct error *host_find(struct request *r, const char *id, struct str *pattern)
{
    struct rows rows;
    bool found;
    *pattern = STR("");
    TRY(db_one(r->db, r->arena, &host_find_sql, ARGS(A_Z("id", id)), &rows, &found));
    if (!found)
        return NULL;
    *pattern = str_of(row_dup(&rows, r->arena, 0));
    return rows_end(&rows);
}

struct error *host_remove(struct request *r, const char *id, uint64_t *affected)
{
    return db_exec(r->db, r->arena, &host_remove_sql, ARGS(A_Z("id", id)), affected);
}

struct error *refusal_rows(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &refusal_rows_sql, ARGS(A_Z("me", r->who->id)), out);
}

struct error *refusals_clear(struct request *r)
{
    return db_exec(r->db, r->arena, &refusals_clear_sql, ARGS(A_Z("me", r->who->id)), NULL);
}

struct error *refusal_add(struct request *r, struct str kind, struct str event)
{
    return db_exec(r->db, r->arena, &refusal_add_sql, ARGS(A_Z("me", r->who->id), A_STR("kind", kind), A_STR("event", event)),
                   NULL);
}

/* ---- all of it ---- */
SQL_SYSTEM(
    channels_all_sql, "deliveries of every realm are sent",
    "SELECT id, realm_key, kind, name, config, secret, state = 'active' FROM notify_channels ORDER BY created_at, id LIMIT 1000");
SQL_SYSTEM(
    rules_all_sql, "notices of every realm are delivered",
    "SELECT realm_key, event, levels, kind, audience, audience_code, optional, state = 'active' FROM notify_rules LIMIT 1000");
SQL_SYSTEM(templates_all_sql, "deliveries of every realm are sent",
           "SELECT realm_key, event, lang, subject, body, level, kind FROM notify_templates LIMIT 1000");
SQL_SYSTEM(quiet_all_sql, "notices of every realm are delivered",
           "SELECT realm_key, enabled, from_minute, to_minute FROM notify_quiet LIMIT 1000");

static struct str kept(struct arena *a, struct rows *rows, unsigned col)
{
    struct str s = row_text(rows, col);
    return (struct str){str_dup(a, s), s.n};
}

struct error *outbound_policy_load(struct db *db, struct arena *a, struct outbound_policy *out)
{
    struct outbound_allow *list = arena_array(a, CONFIG_MAX, sizeof *list);
    struct rows rows;
    *out = (struct outbound_policy){list, 0};
    TRY(db_query(db, a, &host_rows_sql, NO_ARGS, &rows));
    while (rows_next(&rows) && out->n < CONFIG_MAX)
        if (outbound_allow_parse(kept(a, &rows, 1), &list[out->n]))
            out->n++;
    return rows_end(&rows);
}

struct error *channels_load(struct db *db, struct arena *a, struct channel **out, size_t *n)
{
    struct channel *list = arena_zalloc(a, CONFIG_MAX * sizeof *list);
    struct rows rows;
    *n = 0;
    TRY(db_query(db, a, &channels_all_sql, NO_ARGS, &rows));
    for (; rows_next(&rows) && *n < CONFIG_MAX; ++*n) {
        struct channel *c = &list[*n];
        str_copy(c->id, sizeof c->id, row_text(&rows, 0));
        str_copy(c->realm, sizeof c->realm, row_text(&rows, 1));
        channel_kind_of(row_text(&rows, 2), &c->kind);
        c->name = kept(a, &rows, 3);
        channel_read(a, parsed(a, row_text(&rows, 4)), c);
        if (!row_null(&rows, 5))
            c->sealed = kept(a, &rows, 5);
        c->active = row_int(&rows, 6) != 0;
    }
    *out = list;
    return rows_end(&rows);
}

struct error *rules_load(struct db *db, struct arena *a, struct rule **out, size_t *n)
{
    struct rule *list = arena_zalloc(a, CONFIG_MAX * sizeof *list);
    struct rows rows;
    *n = 0;
    TRY(db_query(db, a, &rules_all_sql, NO_ARGS, &rows));
    for (; rows_next(&rows) && *n < CONFIG_MAX; ++*n) {
        struct rule *x = &list[*n];
        str_copy(x->realm, sizeof x->realm, row_text(&rows, 0));
        x->event = kept(a, &rows, 1);
        x->levels = (unsigned)row_int(&rows, 2);
        channel_kind_of(row_text(&rows, 3), &x->kind);
        struct str audience = row_text(&rows, 4);
        x->audience = str_is(audience, "duty") ? AUDIENCE_DUTY : str_is(audience, "role") ? AUDIENCE_ROLE : AUDIENCE_RECEIVERS;
        x->audience_code = kept(a, &rows, 5);
        x->optional = row_int(&rows, 6) != 0;
        x->active = row_int(&rows, 7) != 0;
    }
    *out = list;
    return rows_end(&rows);
}

struct error *templates_load(struct db *db, struct arena *a, struct template **out, size_t *n)
{
    struct template *list = arena_zalloc(a, CONFIG_MAX * sizeof *list);
    struct rows rows;
    *n = 0;
    TRY(db_query(db, a, &templates_all_sql, NO_ARGS, &rows));
    for (; rows_next(&rows) && *n < CONFIG_MAX; ++*n) {
        struct template *x = &list[*n];
        str_copy(x->realm, sizeof x->realm, row_text(&rows, 0));
        x->event = kept(a, &rows, 1);
        x->lang = kept(a, &rows, 2);
        x->subject = kept(a, &rows, 3);
        x->body = kept(a, &rows, 4);
        x->level = (int)row_int(&rows, 5);
        channel_kind_of(row_text(&rows, 6), &x->kind);
    }
    *out = list;
    return rows_end(&rows);
}

struct error *quiet_load(struct db *db, struct arena *a, struct quiet **out, size_t *n)
{
    struct quiet *list = arena_zalloc(a, CONFIG_MAX * sizeof *list);
    struct rows rows;
    *n = 0;
    TRY(db_query(db, a, &quiet_all_sql, NO_ARGS, &rows));
    for (; rows_next(&rows) && *n < CONFIG_MAX; ++*n) {
        str_copy(list[*n].realm, sizeof list[*n].realm, row_text(&rows, 0));
        list[*n].enabled = row_int(&rows, 1) != 0;
        list[*n].from = (int)row_int(&rows, 2);
        list[*n].to = (int)row_int(&rows, 3);
    }
    *out = list;
    return rows_end(&rows);
}
