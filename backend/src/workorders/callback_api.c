/* /work-order-links/{id}/callback: a ticket has changed. */
#include "http/services.h"
#include "identity/identity.h"
#include "json/read.h"
#include "kernel/clock.h"
#include "notify/sign.h"
#include "warnings/dispatch.h"
#include "warnings/dispatch_act.h"
#include "workorders/mapping.h"
#include "workorders/work_order_store.h"
#include "workorders/workorders.h"

struct error *work_order_callback(struct request *r);

enum { TEXT_CHARS = 2000 };

static struct error *refuse(struct request *r)
{
    return error_field(r->arena, ERR_UNAUTHENTICATED, "X-Tongchou-Signature", "signature",
                       "no such link, or the message is not signed with its key, or too old");
}

static bool message_id_valid(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_'))
            return false;
    }
    return s.n >= 8 && s.n <= 64;
}

static struct error *authentic(struct request *r, const char *link_id, struct link_in *link)
{
    bool found;
    enum mac mac;
    uint64_t seconds;
    struct str secret;
    int64_t now = clock_now_us() / 1000000;
    TRY(link_find(r->db, r->arena, link_id, link, &found));
    if (!found || !message_id_valid(r->sign_id) || !str_u64(r->sign_time, &seconds) || seconds > INT64_MAX / 2 ||
        !mac_of_name(link->mac, &mac))
        return refuse(r);
    int64_t off = now - (int64_t)seconds;
    if (off > WORK_ORDER_SKEW_S || off < -WORK_ORDER_SKEW_S)
        return refuse(r);
    TRY(secret_get(r->services->keys, r->arena, WORK_ORDER_SECRET, link->sealed, &secret));
    const struct str parts[] = {r->sign_time, r->sign_id, r->body};
    return sign_fits(mac, secret, parts, 3, r->arena, r->signature) ? NULL : refuse(r);
}

static struct error *say(struct request *r, const char *result)
{
    r->reply.n = 0;
    return reply_json(r, 200, json_pack("{s:s}", "result", result));
}

/* A text of theirs, at most TEXT_CHARS characters; a feedback always has one. */
static struct str text_of(struct request *r, json_t *mapping, json_t *message, struct str theirs)
{
    struct str text = str_trim(mapping_at(r->arena, mapping, "in_text", message));
    if (!text.n)
        return theirs;
    size_t chars = 0, n = 0;
    while (n < text.n && chars < TEXT_CHARS) {
        n++;
        while (n < text.n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
            n++;
        chars++;
    }
    return (struct str){text.p, n};
}

/* What is asked for cannot be done in the present state: somebody was quicker, or it is our own echo. */
static bool possible(const struct work_order_in *x, enum dispatch_action action)
{
    enum dispatch_state state;
    if (!dispatch_state_of(x->state, &state))
        return false;
    bool sign_first = action == DISPATCH_FEEDBACK && state == DISPATCH_PENDING_SIGN && !x->inform;
    return sign_first || dispatch_move(state, action, x->inform);
}

static struct error *act(struct request *r, const struct link_in *link, const struct work_order_in *x, enum dispatch_action action,
                         struct str result, struct str text)
{
    const struct principal *who;
    TRY(identity_client(r, link->client_id, &who));
    if (!who || strcmp(who->org.org_id, x->org.org_id) != 0)
        return error_field(r->arena, ERR_FORBIDDEN, "client_id", "client", "the link's client may not act for this unit");
    if (!principal_may(who, action == DISPATCH_SIGN ? "dispatch.handle" : "dispatch.feedback"))
        return error_field(r->arena, ERR_FORBIDDEN, "client_id", "permission", "the link's client lacks the permission");
    r->who = who;
    if (action == DISPATCH_SIGN)
        return dispatch_act_sign(r, x->dispatch_id);
    if (str_is(x->state, "pending_sign"))
        TRY(dispatch_act_sign(r, x->dispatch_id));
    return dispatch_act_feedback(r, x->dispatch_id, result, text);
}

struct error *work_order_callback(struct request *r)
{
    const char *link_id = param_str(r, "id").p;
    struct link_in link;
    struct work_order_in x;
    json_t *mapping, *message;
    bool first, found;
    enum dispatch_action action;
    struct str result;
    int64_t now = clock_now_us();
    TRY(authentic(r, link_id, &link));
    TRY(json_read(r->arena, link.mapping, 16, &mapping));
    TRY(json_read(r->arena, r->body, 16, &message));
    TRY(link_heard(r->db, r->arena, link_id, r->sign_id, now, &first));
    if (!first)
        return say(r, "repeated");
    struct str ticket = mapping_at(r->arena, mapping, "in_ticket", message),
               theirs = mapping_at(r->arena, mapping, "in_state", message);
    if (!ticket.n || ticket.n > 120 || !theirs.n || theirs.n > 60)
        return error_field(r->arena, ERR_INVALID, "body", "mapping", "no ticket or state where the mapping looks for them");
    TRY(work_order_by_ticket(r->db, r->arena, link_id, ticket, &x, &found));
    if (!found)
        return not_found(r);
    TRY(work_order_note(r->db, r->arena, x.id, theirs, now));
    bool asks = mapping_action(mapping, theirs, &action, &result);
    if (!asks || !possible(&x, action)) {
        request_audit(r, "work_order", x.id, &x.org, STR(""), STR(""));
        return say(r, asks ? "ignored" : "noted");
    }
    TRY(act(r, &link, &x, action, result, text_of(r, mapping, message, theirs)));
    return say(r, "done");
}
