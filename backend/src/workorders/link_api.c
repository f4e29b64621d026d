/* /work-order-links and /work-orders: which unit's ticket system hears of its dispatches, and how each stands there. */
#include <stdlib.h>

#include "http/outbound.h"
#include "http/services.h"
#include "json/write.h"
#include "kernel/id.h"
#include "notify/hosts.h"
#include "org/org.h"
#include "workorders/mapping.h"
#include "workorders/work_order_store.h"
#include "workorders/workorders.h"

struct error *work_order_link_list(struct request *r);
struct error *work_order_link_get(struct request *r);
struct error *work_order_link_create(struct request *r);
struct error *work_order_link_update(struct request *r);
struct error *work_order_link_delete(struct request *r);
struct error *work_order_list(struct request *r);
struct error *work_order_resend(struct request *r);

static void put_link(struct request *r, struct jw *w, struct rows *x)
{
    jw_object_begin(w, NULL);
    jw_str(w, "id", row_text(x, 0));
    jw_str(w, "name", row_text(x, 1));
    jw_str(w, "state", row_text(x, 2));
    jw_str(w, "url", row_text(x, 3));
    jw_str(w, "mac", row_text(x, 4));
    jw_str(w, "client_id", row_text(x, 5));
    jw_row_text(w, "client_name", x, 6);
    jw_int(w, "level", row_int(x, 7));
    jw_row_json(w, "mapping", x, 8);
    jw_int(w, "version", row_int(x, 9));
    jw_row_time(w, "created_at", x, 10);
    jw_row_time(w, "updated_at", x, 11);
    jw_str(w, "org_id", row_text(x, 12));
    jw_str(w, "org_name", row_text(x, 13));
    jw_int(w, "orders", row_int(x, 14));
    jw_int(w, "waiting", row_int(x, 15));
    jw_int(w, "dead", row_int(x, 16));
    jw_z(w, "callback_url",
         arena_printf(r->arena, "%s/api/v1/work-order-links/" STR_FMT "/callback", r->services->config->base_url,
                      STR_ARG(row_text(x, 0))));
    jw_object_end(w);
}

struct error *work_order_link_list(struct request *r)
{
    struct page p;
    struct rows x;
    int64_t total;
    TRY(page_of(r, &p));
    TRY(link_count(r, &total));
    TRY(link_rows(r, &p, &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x))
        put_link(r, &w, &x);
    TRY(rows_end(&x));
    return list_end(r, &p, total, NULL);
}

struct known_link {
    struct str text, url;
    int64_t version;
    struct org_stamp org;
};

static struct error *read_link(struct request *r, const char *id, struct known_link *out)
{
    struct rows x;
    bool found;
    TRY(link_row(r, id, &x, &found));
    if (!found)
        return not_found(r);
    struct buf b = buf_new(r->arena, 2048, 128 * 1024);
    struct jw w = jw_of(&b);
    put_link(r, &w, &x);
    out->text = buf_done(&b);
    out->version = row_int(&x, 9);
    out->url = str_of(row_dup(&x, r->arena, 3));
    const char *org = row_dup(&x, r->arena, 12);
    TRY(rows_end(&x));
    return org_stamp_get(r->db, r->arena, org, &out->org, &found);
}

static struct error *answer(struct request *r, int status, const char *id)
{
    struct known_link now;
    TRY(read_link(r, id, &now));
    buf_str(&r->reply, now.text);
    return reply_written(r, status);
}

struct error *work_order_link_get(struct request *r)
{
    return answer(r, 200, param_str(r, "id").p);
}

static struct error *record_of(struct request *r, const char *id, const char *org_id, struct link_record *x)
{
    struct outbound_policy policy;
    bool fits;
    *x = (struct link_record){.name = body_str(r, "name"),
                              .state = body_str(r, "state"),
                              .url = body_str(r, "url"),
                              .mac = body_str(r, "mac"),
                              .client_id = body_str(r, "client_id"),
                              .level = body_int(r, "level", 4),
                              .version = body_int(r, "version", 0)};
    str_copy(x->id, sizeof x->id, str_of(id));
    TRY(outbound_policy_load(r->db, r->arena, &policy));
    TRY(outbound_host_check(r, "url", outbound_url_host(x->url), &policy));
    TRY(link_client_fits(r, x->client_id, str_of(org_id), &fits));
    if (!fits)
        return invalid(r, "client_id", "unknown", "no active machine client of that organisation");
    const char *wrong = mapping_wrong(r->arena, body_get(r, "mapping"));
    if (wrong)
        return invalid(r, arena_printf(r->arena, "mapping/%s", wrong), "mapping", "an unknown fact, or a name inside another one");
    char *text = json_dumps(body_get(r, "mapping"), JSON_COMPACT);
    x->mapping = str_of(arena_strdup(r->arena, text ? text : "{}"));
    free(text);
    struct str secret = body_str(r, "secret");
    return secret.n ? secret_put(r->services->keys, r->arena, WORK_ORDER_SECRET, secret, &x->sealed) : NULL;
}

struct error *work_order_link_create(struct request *r)
{
    struct org_stamp org;
    struct link_record x;
    struct known_link now;
    bool found;
    const char *org_id = body_str(r, "org_id").p;
    TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, org_id, &org, &found));
    if (!found)
        return invalid(r, "org_id", "unknown", "no such organisation in your scope");
    TRY(record_of(r, id_new().s, org_id, &x));
    if (!x.sealed.n)
        return invalid(r, "secret", "required", "messages are signed: give a key");
    struct error *e = link_insert(r, &x, &org);
    if (e && e->code == ERR_DUPLICATE)
        return error_field(r->arena, ERR_DUPLICATE, "org_id", "taken", "the organisation has a link already");
    if (e)
        return e;
    TRY(read_link(r, x.id, &now));
    request_audit(r, "work_order_link", x.id, &org, STR(""), now.text);
    return answer(r, 201, x.id);
}

struct error *work_order_link_update(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct known_link was, now;
    struct link_record x;
    uint64_t n;
    TRY(read_link(r, id, &was));
    TRY(record_of(r, id, was.org.org_id, &x));
    if (!x.sealed.n && !str_eq(outbound_url_host(was.url), outbound_url_host(x.url)))
        return invalid(r, "secret", "required", "the key was given for another host: give it again");
    TRY(link_update(r, &x, &n));
    if (!n)
        return stale_version(r, was.version);
    TRY(read_link(r, id, &now));
    request_audit(r, "work_order_link", id, &was.org, was.text, now.text);
    return answer(r, 200, id);
}

struct error *work_order_link_delete(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct known_link was;
    uint64_t n;
    TRY(read_link(r, id, &was));
    TRY(link_delete(r, id, &n));
    request_audit(r, "work_order_link", id, &was.org, was.text, STR(""));
    return n ? reply_empty(r, 204) : not_found(r);
}

struct error *work_order_list(struct request *r)
{
    struct page p;
    struct rows x;
    int64_t total;
    TRY(page_of(r, &p));
    TRY(work_order_count(r, &total));
    TRY(work_order_rows(r, &p, &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        jw_object_begin(&w, NULL);
        jw_str(&w, "id", row_text(&x, 0));
        jw_str(&w, "link_id", row_text(&x, 1));
        jw_str(&w, "link_name", row_text(&x, 2));
        jw_str(&w, "dispatch_id", row_text(&x, 3));
        jw_str(&w, "title", row_text(&x, 4));
        jw_int(&w, "level", row_int(&x, 5));
        jw_str(&w, "dispatch_state", row_text(&x, 6));
        jw_str(&w, "state", row_text(&x, 7));
        jw_row_text(&w, "ticket", &x, 8);
        jw_row_text(&w, "ticket_state", &x, 9);
        jw_row_text(&w, "sent_state", &x, 10);
        jw_int(&w, "attempts", row_int(&x, 11));
        jw_row_time(&w, "next_try", &x, 12);
        jw_row_text(&w, "error", &x, 13);
        jw_row_time(&w, "sent_at", &x, 14);
        jw_row_time(&w, "heard_at", &x, 15);
        jw_row_time(&w, "created_at", &x, 16);
        jw_str(&w, "org_name", row_text(&x, 17));
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    return list_end(r, &p, total, NULL);
}

struct error *work_order_resend(struct request *r)
{
    const char *id = param_str(r, "id").p;
    uint64_t n;
    TRY(work_order_again(r, id, &n));
    request_audit(r, "work_order", id, NULL, STR(""), STR(""));
    return n ? reply_empty(r, 204) : not_found(r);
}
