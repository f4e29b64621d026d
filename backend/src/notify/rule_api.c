/* /notify: templates, rules, quiet hours, addresses, preferences. */
#include "flow/put.h"
#include "http/services.h"
#include "kernel/id.h"
#include "notify/config_api.h"
#include "notify/event.h"

struct error *template_list(struct request *r);
struct error *template_create(struct request *r);
struct error *template_update(struct request *r);
struct error *template_delete(struct request *r);
struct error *template_preview(struct request *r);
struct error *notify_rule_list(struct request *r);
struct error *notify_rule_create(struct request *r);
struct error *notify_rule_update(struct request *r);
struct error *notify_rule_delete(struct request *r);
struct error *quiet_list(struct request *r);
struct error *quiet_set(struct request *r);
struct error *outbound_host_list(struct request *r);
struct error *outbound_host_create(struct request *r);
struct error *outbound_host_delete(struct request *r);
struct error *notify_preferences(struct request *r);
struct error *notify_preferences_set(struct request *r);

/* id, realm and its name stand first in the rows of templates and rules. */
static void open_row(struct buf *b, struct rows *x)
{
    put_open(b, NULL, '{');
    put_col(b, "id", x, 0);
    put_col(b, "realm_org_id", x, 1);
    put_col(b, "realm_name", x, 2);
}

static struct error *close_list(struct request *r, struct rows *x)
{
    TRY(rows_end(x));
    return list_end_whole(r);
}

/* ---- rows of a realm that are kept alike: templates and rules; shipped ones are changed, never removed ---- */
struct kept_rows {
    const char *kind; /* in the audit trail */
    struct error *(*room)(struct request *);
    struct error *(*find)(struct request *, const char *id, struct config_row *);
    struct error *(*check)(struct request *);
    struct error *(*insert)(struct request *, const char *id, const char *realm);
    struct error *(*change)(struct request *, const char *id, uint64_t *affected);
    struct error *(*remove)(struct request *, const char *id, int64_t version, uint64_t *affected);
};

static struct error *rows_create(struct request *r, const struct kept_rows *k)
{
    struct org_stamp stamp;
    char realm[37];
    const char *id = arena_strdup(r->arena, id_new().s);
    TRY(realm_for_write(r, body_str(r, "realm"), realm, &stamp));
    TRY(k->check(r));
    TRY(k->room(r));
    TRY(k->insert(r, id, realm));
    return config_created(r, k->kind, id, &stamp);
}

static struct error *rows_update(struct request *r, const struct kept_rows *k)
{
    struct config_row row;
    struct org_stamp stamp;
    uint64_t n;
    const char *id = param_str(r, "id").p;
    TRY(k->find(r, id, &row));
    TRY(config_may_write(r, &row, &stamp));
    TRY(k->check(r));
    TRY(k->change(r, id, &n));
    return config_changed(r, k->kind, &row, &stamp, n, config_after(r));
}

static struct error *rows_delete(struct request *r, const struct kept_rows *k)
{
    struct config_row row;
    struct org_stamp stamp;
    uint64_t n;
    const char *id = param_str(r, "id").p;
    TRY(k->find(r, id, &row));
    TRY(config_may_write(r, &row, &stamp));
    if (row.builtin)
        return conflict(r, "it was shipped with the platform: disable or change it");
    TRY(k->remove(r, id, param_int(r, "version", 0), &n));
    return config_changed(r, k->kind, &row, &stamp, n, STR(""));
}

/* ---- templates ---- */
struct error *template_list(struct request *r)
{
    struct rows x;
    struct buf *b = &r->reply;
    TRY(template_rows(r, &x));
    buf_lit(b, "{\"items\":[");
    while (rows_next(&x)) {
        open_row(b, &x);
        put_col(b, "event", &x, 3);
        put_col_int(b, "level", &x, 4);
        put_col(b, "kind", &x, 5);
        put_col(b, "lang", &x, 6);
        put_col(b, "subject", &x, 7);
        put_col(b, "body", &x, 8);
        put_col_bool(b, "builtin", &x, 9);
        put_col_int(b, "version", &x, 10);
        put_col_time(b, "updated_at", &x, 11);
        buf_c(b, '}');
    }
    return close_list(r, &x);
}

static struct error *check_text(struct request *r, const char *field, struct str text, const struct facts *known)
{
    struct str name = template_unknown(text, known);
    if (!name.p)
        return NULL;
    struct error *e = invalid(r, field, "placeholder", "there is no fact {{" STR_FMT "}}", STR_ARG(name));
    e->params = arena_printf(r->arena, "{\"name\":\"" STR_FMT "\"}", STR_ARG(name));
    return e;
}

static struct error *check_texts(struct request *r, struct facts *known)
{
    json_t *pack;
    struct str subject = body_str(r, "subject");
    TRY(notice_pack(r->services, r->arena, &pack));
    *known = facts_known(pack, r->arena, body_str(r, "lang"));
    for (size_t i = 0; i < subject.n; i++)
        if ((unsigned char)subject.p[i] < 0x20 || subject.p[i] == 0x7f)
            return invalid(r, "subject", "one_line", "a subject is one line");
    TRY(check_text(r, "subject", subject, known));
    return check_text(r, "body", body_str(r, "body"), known);
}

static struct error *check_template(struct request *r)
{
    struct facts known;
    if (str_is(body_str(r, "kind"), "email") && !str_trim(body_str(r, "subject")).n)
        return invalid(r, "subject", "required", "a mail has a subject");
    return check_texts(r, &known);
}

static const struct kept_rows kept_templates = {"notify_template", template_room,   template_find,  check_template,
                                                template_insert,   template_change, template_remove};

struct error *template_create(struct request *r)
{
    return rows_create(r, &kept_templates);
}

struct error *template_update(struct request *r)
{
    return rows_update(r, &kept_templates);
}

struct error *template_delete(struct request *r)
{
    return rows_delete(r, &kept_templates);
}

/* The first event that a pattern is for. */
static struct str example_of(json_t *pack, struct str pattern)
{
    size_t i;
    json_t *x;
    json_array_foreach(json_object_get(pack, "events"), i, x) {
        struct str code = json_str(x, "code");
        if (event_fits(pattern, code))
            return code;
    }
    return pattern;
}

/* Each fact by its name in the chosen language; event and level as they would be. */
struct error *template_preview(struct request *r)
{
    struct facts known;
    json_t *pack;
    struct str lang = body_str(r, "lang");
    TRY(check_texts(r, &known));
    TRY(notice_pack(r->services, r->arena, &pack));
    struct fact *f = arena_array(r->arena, known.n + 2, sizeof *f);
    int level = (int)body_int(r, "level", 0);
    f[0] = (struct fact){STR("event"), event_words(pack, example_of(pack, body_str(r, "event")), lang)};
    f[1] = (struct fact){STR("level"), level_words(pack, level ? level : 2, lang)};
    memcpy(f + 2, known.list, known.n * sizeof *f);
    const struct facts facts = {f, known.n + 2};
    struct buf subject = buf_new(r->arena, 256, 4096), body = buf_new(r->arena, 4096, 64 * 1024);
    template_render(&subject, body_str(r, "subject"), &facts, ESCAPE_LINE);
    template_render(&body, body_str(r, "body"), &facts, ESCAPE_NONE);
    put_open(&r->reply, NULL, '{');
    put_str(&r->reply, "subject", buf_done(&subject));
    put_str(&r->reply, "body", buf_done(&body));
    buf_c(&r->reply, '}');
    return reply_written(r, 200);
}

/* ---- rules ---- */
struct error *notify_rule_list(struct request *r)
{
    struct rows x;
    struct buf *b = &r->reply;
    TRY(rule_rows(r, &x));
    buf_lit(b, "{\"items\":[");
    while (rows_next(&x)) {
        open_row(b, &x);
        put_col(b, "event", &x, 3);
        put_open(b, "levels", '[');
        for (int i = 0; i <= 4; i++)
            if (row_int(&x, 4) >> i & 1)
                put_int(b, NULL, i);
        buf_c(b, ']');
        put_col(b, "kind", &x, 5);
        put_col(b, "audience", &x, 6);
        put_col(b, "audience_code", &x, 7);
        put_col_bool(b, "optional", &x, 8);
        put_col(b, "state", &x, 9);
        put_col_bool(b, "builtin", &x, 10);
        put_col_int(b, "version", &x, 11);
        put_col_time(b, "updated_at", &x, 12);
        buf_c(b, '}');
    }
    return close_list(r, &x);
}

static struct error *check_rule(struct request *r)
{
    static const char *const duties[] = {"principal", "security_leader", "department_head", "liaison", "emergency", "staff"};
    struct str audience = body_str(r, "audience"), code = body_str(r, "audience_code");
    if (str_is(audience, "receivers") ? code.n > 0 : !code.n)
        return invalid(r, "audience_code", code.n ? "not_here" : "required", "a duty or role goes with that kind of receivers");
    bool known = !str_is(audience, "duty");
    for (size_t i = 0; i < sizeof duties / sizeof *duties; i++)
        known = known || str_is(code, duties[i]);
    if (!known)
        return invalid(r, "audience_code", "unknown", "there is no such duty");
    if (str_is(body_str(r, "kind"), "webhook") && !str_is(audience, "receivers"))
        return invalid(r, "audience", "webhook_to_all", "a webhook goes to its channels, not to people");
    return NULL;
}

static const struct kept_rows kept_rules = {"notify_rule", rule_room, rule_find, check_rule, rule_insert, rule_change, rule_remove};

struct error *notify_rule_create(struct request *r)
{
    return rows_create(r, &kept_rules);
}

struct error *notify_rule_update(struct request *r)
{
    return rows_update(r, &kept_rules);
}

struct error *notify_rule_delete(struct request *r)
{
    return rows_delete(r, &kept_rules);
}

/* ---- quiet hours ---- */
struct error *quiet_list(struct request *r)
{
    struct rows x;
    struct buf *b = &r->reply;
    TRY(quiet_rows(r, &x));
    buf_lit(b, "{\"items\":[");
    while (rows_next(&x)) {
        put_open(b, NULL, '{');
        put_col(b, "realm_org_id", &x, 0);
        put_col(b, "realm_name", &x, 1);
        put_col_bool(b, "enabled", &x, 2);
        put_col_int(b, "from", &x, 3);
        put_col_int(b, "to", &x, 4);
        put_col(b, "id", &x, 6);
        put_col_time(b, "updated_at", &x, 5);
        buf_c(b, '}');
    }
    return close_list(r, &x);
}

struct error *quiet_set(struct request *r)
{
    struct org_stamp stamp;
    char realm[37];
    struct str mode = body_str(r, "mode");
    TRY(realm_for_write(r, body_str(r, "realm"), realm, &stamp));
    if (str_is(mode, "inherit") && !realm[0])
        return invalid(r, "mode", "platform", "there is nothing above the platform");
    if (str_is(mode, "on") && (!body_has(r, "from") || !body_has(r, "to") || body_int(r, "from", 0) == body_int(r, "to", 0)))
        return invalid(r, "from", "span", "quiet hours begin and end at different times");
    TRY(str_is(mode, "inherit") ? quiet_remove(r, realm) : quiet_put(r, realm));
    request_audit(r, "notify_quiet", realm[0] ? arena_strdup(r->arena, realm) : "platform", &stamp, STR(""), config_after(r));
    return reply_empty(r, 204);
}

/* ---- addresses that may be called: the platform's matter ---- */
struct error *outbound_host_list(struct request *r)
{
    struct rows x;
    struct buf *b = &r->reply;
    TRY(host_rows(r, &x));
    buf_lit(b, "{\"items\":[");
    while (rows_next(&x)) {
        put_open(b, NULL, '{');
        put_col(b, "id", &x, 0);
        put_col(b, "pattern", &x, 1);
        put_col(b, "note", &x, 2);
        put_col_time(b, "created_at", &x, 3);
        buf_c(b, '}');
    }
    TRY(rows_end(&x));
    buf_c(b, ']');
    put_bool(b, "writable", r->who->scope.kind == SCOPE_ALL);
    buf_c(b, '}');
    return reply_written(r, 200);
}

static struct error *platform_only(struct request *r)
{
    return r->who->scope.kind == SCOPE_ALL
               ? NULL
               : error_new(r->arena, ERR_FORBIDDEN, "the addresses are the platform's: only whoever sees all of it changes them");
}

struct error *outbound_host_create(struct request *r)
{
    struct outbound_allow parsed;
    const char *id = arena_strdup(r->arena, id_new().s);
    TRY(platform_only(r));
    if (!outbound_allow_parse(body_str(r, "pattern"), &parsed))
        return invalid(r, "pattern", "pattern_host", "a host name, *.name, an address or a prefix that may be called");
    TRY(host_room(r));
    TRY(host_insert(r, id));
    return config_created(r, "outbound_host", id, &r->who->org);
}

struct error *outbound_host_delete(struct request *r)
{
    struct str pattern;
    uint64_t n;
    const char *id = param_str(r, "id").p;
    TRY(platform_only(r));
    TRY(host_find(r, id, &pattern));
    TRY(host_remove(r, id, &n));
    if (!n)
        return not_found(r);
    request_audit(r, "outbound_host", id, &r->who->org,
                  str_of(arena_printf(r->arena, "{\"pattern\":\"" STR_FMT "\"}", STR_ARG(pattern))), STR(""));
    return reply_empty(r, 204);
}

/* ---- preferences ---- */
struct refusal {
    struct str kind, event;
};

static struct error *refusals_of(struct request *r, struct refusal *out, size_t most, size_t *n)
{
    struct rows x;
    *n = 0;
    TRY(refusal_rows(r, &x));
    for (; rows_next(&x) && *n < most; ++*n)
        out[*n] = (struct refusal){str_of(row_dup(&x, r->arena, 0)), str_of(row_dup(&x, r->arena, 1))};
    return rows_end(&x);
}

/* The patterns that the rules of the caller's nearest realm leave open, each once. */
struct error *notify_preferences(struct request *r)
{
    enum { REFUSALS_MAX = 100, SHOWN_MAX = 100 };
    struct rule *rules;
    struct realms realms;
    struct refusal refused[REFUSALS_MAX], shown[SHOWN_MAX];
    size_t n, refusals, shown_n = 0;
    TRY(rules_load(r->db, r->arena, &rules, &n));
    TRY(realm_chain(r->db, r->arena, &r->who->org, &realms));
    TRY(refusals_of(r, refused, REFUSALS_MAX, &refusals));
    struct buf *b = &r->reply;
    buf_lit(b, "{\"items\":[");
    for (size_t i = 0; i < n && shown_n < SHOWN_MAX; i++) {
        const struct rule *x = &rules[i];
        bool here = false, twice = false, off = false;
        struct str kind = str_of(channel_kind_name(x->kind));
        for (size_t k = 0; k < realms.count; k++)
            here = here || strcmp(realms.key[k], x->realm) == 0;
        for (size_t k = 0; k < shown_n; k++)
            twice = twice || (str_eq(shown[k].kind, kind) && str_eq(shown[k].event, x->event));
        if (!here || twice || !x->optional || !x->active || x->kind == CHANNEL_WEBHOOK)
            continue;
        for (size_t k = 0; k < refusals; k++)
            off = off || (str_eq(refused[k].kind, kind) && str_eq(refused[k].event, x->event));
        shown[shown_n++] = (struct refusal){kind, x->event};
        put_open(b, NULL, '{');
        put_str(b, "kind", kind);
        put_str(b, "event", x->event);
        put_bool(b, "wanted", !off);
        buf_c(b, '}');
    }
    return list_end_whole(r);
}

struct error *notify_preferences_set(struct request *r)
{
    size_t i;
    json_t *x;
    TRY(refusals_clear(r));
    json_array_foreach(body_get(r, "refused"), i, x)
        TRY(refusal_add(r, json_str(x, "kind"), json_str(x, "event")));
    return reply_empty(r, 204);
}
