/* /notify: channels, templates, rules. */
#include <stdlib.h>

#include "flow/put.h"
#include "http/services.h"
#include "json/format.h"
#include "kernel/id.h"
#include "notify/config_api.h"
#include "notify/config_store.h"
#include "notify/hosts.h"
#include "notify/delivery_store.h"
#include "notify/event.h"
#include "org/realm.h"

struct error *notice_events(struct request *r);
struct error *channel_list(struct request *r);
struct error *channel_create(struct request *r);
struct error *channel_update(struct request *r);
struct error *channel_delete(struct request *r);
struct error *channel_test(struct request *r);

static void drop_text(void *p)
{
    free(p);
}

static const char *dump(struct request *r, json_t *v)
{
    char *text = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS);
    if (text)
        arena_cleanup(r->arena, drop_text, text);
    return text ? text : "{}";
}

struct error *config_may_write(struct request *r, const struct config_row *row, struct org_stamp *stamp)
{
    return row->version ? realm_may_write(r, row->realm, stamp) : not_found(r);
}

struct str config_after(struct request *r)
{
    json_t *copy = json_copy(r->json);
    json_object_del(copy, "secret");
    struct str out = str_of(dump(r, copy));
    json_decref(copy);
    return out;
}

struct error *config_created(struct request *r, const char *kind, const char *id, const struct org_stamp *stamp)
{
    request_audit(r, kind, id, stamp, STR(""), config_after(r));
    return reply_json(r, 201, json_pack("{s:s}", "id", id));
}

struct error *config_changed(struct request *r, const char *kind, const struct config_row *row, const struct org_stamp *stamp,
                             uint64_t n, struct str after)
{
    if (!n)
        return stale_version(r, row->version);
    request_audit(r, kind, param_str(r, "id").p, stamp, row->before, after);
    return reply_empty(r, 204);
}

struct error *notice_events(struct request *r)
{
    json_t *pack;
    TRY(notice_pack(r->services, r->arena, &pack));
    return reply_json(r, 200,
                      json_pack("{s:O,s:O}", "events", json_object_get(pack, "events"), "facts", json_object_get(pack, "facts")));
}

/* ---- channels ---- */
struct error *channel_list(struct request *r)
{
    struct rows x;
    TRY(channel_rows(r, &x));
    struct buf *b = &r->reply;
    buf_lit(b, "{\"items\":[");
    while (rows_next(&x)) {
        put_open(b, NULL, '{');
        put_col(b, "id", &x, 0);
        put_col(b, "realm_org_id", &x, 1);
        put_col(b, "realm_name", &x, 2);
        put_col(b, "kind", &x, 3);
        put_col(b, "name", &x, 4);
        put_col(b, "state", &x, 5);
        put_json(b, "config", row_text(&x, 6));
        put_col_bool(b, "secret_set", &x, 7);
        put_col_int(b, "version", &x, 8);
        put_col_time(b, "updated_at", &x, 9);
        buf_c(b, '}');
    }
    TRY(rows_end(&x));
    return list_end_whole(r);
}

/* The channel that the body describes, checked. */
static struct error *described(struct request *r, struct channel *c, struct channel_write *w)
{
    struct outbound_policy policy;
    struct str secret = body_str(r, "secret");
    *c = (struct channel){.name = body_str(r, "name")};
    channel_kind_of(body_str(r, "kind"), &c->kind);
    channel_read(r->arena, body_get(r, "config"), c);
    TRY(outbound_policy_load(r->db, r->arena, &policy));
    TRY(channel_check(r, c, &policy));
    *w = (struct channel_write){.kind = body_str(r, "kind").p,
                                .state = body_str(r, "state").p,
                                .config = dump(r, body_get(r, "config")),
                                .name = c->name,
                                .secret_given = body_given(r, "secret"),
                                .version = body_int(r, "version", 0)};
    if (secret.n)
        TRY(secret_put(r->services->keys, r->arena, "notify_channels.secret", secret, &w->sealed));
    if (c->kind == CHANNEL_WEBHOOK && secret.n && secret.n < 16)
        return invalid(r, "secret", "min_length", "a key has at least 16 characters");
    return NULL;
}

static struct error *need_key(struct request *r, const struct channel *c, bool kept)
{
    if (c->kind == CHANNEL_WEBHOOK && !kept && !body_str(r, "secret").n)
        return invalid(r, "secret", "required", "webhooks are signed: give a key");
    return NULL;
}

struct error *channel_create(struct request *r)
{
    struct channel c;
    struct channel_write w;
    struct org_stamp stamp;
    char realm[37];
    TRY(realm_for_write(r, body_str(r, "realm"), realm, &stamp));
    TRY(described(r, &c, &w));
    TRY(need_key(r, &c, false));
    TRY(channel_room(r));
    w.id = arena_strdup(r->arena, id_new().s);
    w.realm = realm;
    TRY(channel_insert(r, &w));
    return config_created(r, "notify_channel", w.id, &stamp);
}

struct error *channel_update(struct request *r)
{
    struct channel c, was;
    struct channel_write w;
    struct config_row row;
    struct org_stamp stamp;
    uint64_t n;
    const char *id = param_str(r, "id").p;
    TRY(channel_find(r, id, &row, &was));
    TRY(config_may_write(r, &row, &stamp));
    TRY(described(r, &c, &w));
    if (c.kind != was.kind)
        return invalid(r, "kind", "fixed", "the kind does not change");
    if (was.sealed.n && !w.secret_given && !channel_same_target(&c, &was))
        return invalid(r, "secret", "secret_again", "the target is another one: give the password or key again");
    TRY(need_key(r, &c, was.sealed.n && !w.secret_given));
    w.id = id;
    TRY(channel_change(r, &w, &n));
    return config_changed(r, "notify_channel", &row, &stamp, n, config_after(r));
}

struct error *channel_delete(struct request *r)
{
    struct channel was;
    struct config_row row;
    struct org_stamp stamp;
    uint64_t n;
    const char *id = param_str(r, "id").p;
    TRY(channel_find(r, id, &row, &was));
    TRY(config_may_write(r, &row, &stamp));
    TRY(channel_remove(r, id, param_int(r, "version", 0), &n));
    return config_changed(r, "notify_channel", &row, &stamp, n, STR(""));
}

struct error *channel_test(struct request *r)
{
    struct channel c;
    struct config_row row;
    struct org_stamp stamp;
    const char *id = param_str(r, "id").p, *delivery = arena_strdup(r->arena, id_new().s);
    struct str to = body_str(r, "to");
    TRY(channel_find(r, id, &row, &c));
    TRY(config_may_write(r, &row, &stamp));
    if (c.kind != CHANNEL_WEBHOOK && !to.n)
        return invalid(r, "to", "required", "say where to send the test");
    if (c.kind != CHANNEL_WEBHOOK && !format_by_name(c.kind == CHANNEL_EMAIL ? "email" : "phone")(to))
        return invalid(r, "to", "format", "is no address of this kind");
    TRY(delivery_test(r, delivery, &c, c.kind == CHANNEL_WEBHOOK ? (struct str){NULL, 0} : to, &stamp));
    request_audit(r, "notify_channel", id, &stamp, STR(""), STR(""));
    return reply_accepted(r, delivery);
}
