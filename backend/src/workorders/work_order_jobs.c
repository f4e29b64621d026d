/* Tells ticket systems how dispatches stand. */
#include <stdlib.h>

#include "http/outbound.h"
#include "http/services.h"
#include "json/read.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "kernel/log.h"
#include "notify/hosts.h"
#include "notify/notify.h"
#include "notify/rule.h"
#include "notify/sign.h"
#include "queue/job.h"
#include "workorders/mapping.h"
#include "workorders/work_order_store.h"
#include "workorders/workorders.h"

static struct error *on_warning(struct services *s, struct arena *a, const char *subject_id, json_t *payload, uint64_t change_seq)
{
    (void)payload;
    (void)change_seq;
    for (int64_t made = 1; made;)
        TRY(work_orders_make(s, a, subject_id, &made));
    return NULL;
}
OUTBOX_CONSUMER(work_orders_warning, "warning", on_warning);

static struct error *on_dispatch(struct services *s, struct arena *a, const char *subject_id, json_t *payload, uint64_t change_seq)
{
    (void)payload;
    (void)change_seq;
    return work_order_stale(s, a, subject_id);
}
OUTBOX_CONSUMER(work_orders_dispatch, "dispatch", on_dispatch);

static struct error *call_of(struct services *s, struct arena *a, const struct work_order_out *x, json_t *mapping, int64_t now,
                             struct outbound_call *out)
{
    char due[17] = "", signature[SIGNATURE_MAX];
    enum mac mac;
    struct str secret;
    if (x->due)
        clock_local_minute(x->due, due);
    const struct fact list[] = {{STR("reference"), str_of(x->id)},
                                {STR("ticket"), x->ticket},
                                {STR("state"), mapping_state(mapping, x->dispatch_state)},
                                {STR("title"), x->title},
                                {STR("content"), x->content},
                                {STR("number"), x->number},
                                {STR("level"), str_of(arena_printf(a, "%d", (int)x->level))},
                                {STR("unit"), x->unit},
                                {STR("due"), str_of(due)},
                                {STR("link"), str_of(arena_printf(a, "%s/dispatches/%s", s->config->base_url, x->dispatch_id))}};
    const struct facts facts = {list, sizeof list / sizeof *list};
    struct str body = mapping_body(a, mapping, &facts);
    if (!body.p)
        return error_new(a, ERR_INVALID, "the message would be longer than %d bytes", MAPPING_BODY_MAX);
    TRY(secret_get(s->keys, a, WORK_ORDER_SECRET, x->sealed, &secret));
    if (!mac_of_name(x->mac, &mac))
        return error_new(a, ERR_INTERNAL, "unknown signature");
    const char *seconds = arena_printf(a, "%lld", (long long)(now / 1000000)), *id = arena_strdup(a, id_new().s);
    const struct str parts[] = {str_of(seconds), str_of(id), body};
    sign_parts(mac, secret, parts, 3, a, signature);
    const char **headers = arena_array(a, 5, sizeof *headers);
    headers[0] = "Content-Type: application/json";
    headers[1] = arena_printf(a, "X-Tongchou-Id: %s", id);
    headers[2] = arena_printf(a, "X-Tongchou-Timestamp: %s", seconds);
    headers[3] = arena_printf(a, "X-Tongchou-Signature: %s", signature);
    headers[4] = NULL;
    *out = (struct outbound_call){.url = str_dup(a, x->url), .method = "POST", .headers = headers, .body = body};
    return NULL;
}

static struct error *give_up(struct services *s, struct arena *a, const struct work_order_out *x, const char *why)
{
    const struct notice n = {.event = "workorder.dead",
                             .subject_kind = "dispatch",
                             .subject_id = x->dispatch_id,
                             .title = x->title,
                             .permission = "work_order.write"};
    TRY(work_order_failed(s, a, x, why, 0));
    return notice_put_many(s->db, a, &n, 1, clock_now_us());
}

static struct error *record(struct services *s, struct arena *a, const struct work_order_out *x, json_t *mapping,
                            const struct outbound_call *c, const char *broken)
{
    int64_t now = clock_now_us(), wait = retry_after((int)x->attempts, (unsigned)(now & 1023));
    if (!broken && !c->error && c->status >= 200 && c->status < 300) {
        json_t *reply;
        struct error *e = json_read(a, c->answer, 16, &reply);
        struct str ticket = e ? (struct str){0} : mapping_at(a, mapping, "answer_ticket", reply);
        return work_order_sent(s, a, x, ticket.n <= 120 ? ticket : (struct str){0}, now);
    }
    const char *why = broken ? broken : c->error ? c->error : arena_printf(a, "answered %d", c->status);
    if (wait >= 0)
        return work_order_failed(s, a, x, arena_printf(a, "%.290s", why), now + wait);
    TRY(db_begin(s->db, a));
    return db_finish(s->db, a, give_up(s, a, x, arena_printf(a, "%.290s", why)));
}

static struct error *send_some(struct services *s, struct arena *a, struct outbound *out, size_t *sent)
{
    struct work_order_out list[WORK_ORDERS_AT_ONCE];
    struct outbound_call calls[WORK_ORDERS_AT_ONCE] = {0};
    json_t *mappings[WORK_ORDERS_AT_ONCE] = {0};
    const char *broken[WORK_ORDERS_AT_ONCE] = {0};
    size_t of[WORK_ORDERS_AT_ONCE], n, count = 0;
    struct outbound_policy policy;
    int64_t now = clock_now_us();
    TRY(work_orders_take(s, a, now, list, &n));
    *sent = n;
    if (!n)
        return NULL;
    TRY(outbound_policy_load(s->db, a, &policy));
    for (size_t i = 0; i < n; i++) {
        struct error *e = json_read(a, list[i].mapping, 16, &mappings[i]);
        if (!e)
            e = call_of(s, a, &list[i], mappings[i], now, &calls[count]);
        if (e)
            broken[i] = e->detail ? e->detail : error_name(e->code);
        else
            of[count++] = i;
    }
    outbound_run(out, a, &policy, calls, count);
    for (size_t i = 0, k = 0; i < n; i++) {
        bool called = k < count && of[k] == i;
        TRY(record(s, a, &list[i], mappings[i], called ? &calls[k] : NULL, broken[i]));
        k += called;
    }
    return NULL;
}

static bool work_orders_send(struct services *s, struct arena *a)
{
    static struct outbound *out;
    size_t n = 0;
    if (!out)
        out = outbound_new();
    struct error *e = send_some(s, a, out, &n);
    if (!e)
        return n == WORK_ORDERS_AT_ONCE;
    db_rollback(s->db);
    log_warn("workorders", "%s: %s", error_name(e->code), e->detail ? e->detail : "");
    return false;
}
SENDER(work_orders_send, work_orders_send);
