/* Sends what is due. An attempt counts before it is made, so a sender that dies costs an attempt, never a delivery. */
#include <stdlib.h>

#include "http/services.h"
#include "json/write.h"
#include "kernel/clock.h"
#include "kernel/log.h"
#include "notify/config_store.h"
#include "notify/delivery_store.h"
#include "notify/event.h"
#include "notify/hosts.h"
#include "notify/mail.h"
#include "org/realm.h"
#include "queue/job.h"

enum { HEADERS_MAX = CHANNEL_HEADERS + 6, SMS_MAX = 4096, TEXT_MAX = 64 * 1024 };

struct sending {
    struct services *s;
    struct arena *a;
    int64_t now;
    json_t *pack;
    struct outbound_policy policy;
    struct channel *channels;
    struct template *templates;
    struct quiet *quiets;
    size_t channel_count, template_count, quiet_count;
};

/* One delivery on its way. */
struct parcel {
    struct delivery *d;
    const struct channel *channel;
    struct realms realms;
    struct str to, secret;
    struct outcome outcome; /* with a state: decided without a call */
};

static void skip(struct parcel *p, const char *reason)
{
    p->outcome.state = "skipped";
    p->outcome.reason = reason;
}

static const struct channel *channel_of(const struct sending *x, const struct parcel *p)
{
    for (size_t i = 0; p->d->channel_id.n && (p->d->test || p->d->kind == CHANNEL_WEBHOOK) && i < x->channel_count; i++)
        if (str_is(p->d->channel_id, x->channels[i].id) && (p->d->test || x->channels[i].active))
            return &x->channels[i];
    if (p->d->test || p->d->kind == CHANNEL_WEBHOOK)
        return NULL;
    for (size_t r = 0; r < p->realms.count; r++)
        for (size_t i = 0; i < x->channel_count; i++)
            if (x->channels[i].active && x->channels[i].kind == p->d->kind && strcmp(x->channels[i].realm, p->realms.key[r]) == 0)
                return &x->channels[i];
    return NULL;
}

/* The only place where an address is opened. */
static struct error *open_address(const struct sending *x, struct parcel *p)
{
    const struct delivery *d = p->d;
    bool mail = d->kind == CHANNEL_EMAIL;
    struct str sealed = d->test ? d->sealed_to : mail ? d->sealed_email : d->sealed_mobile;
    if (!sealed.n)
        return NULL;
    TRY(secret_get(x->s->keys, x->a, d->test ? "deliveries.to" : mail ? "people.email" : "people.mobile", sealed, &p->to));
    p->to = (struct str){str_dup(x->a, p->to), p->to.n};
    p->outcome.shown_to = address_mask(x->a, p->to);
    return NULL;
}

/* ---- facts ---- */
static const char *link_of(const struct sending *x, const struct delivery *d)
{
    const char *base = x->s->config->base_url;
    if (str_is(d->subject_kind, "dispatch"))
        return arena_printf(x->a, "%s/dispatches/" STR_FMT, base, STR_ARG(d->subject_id));
    if (str_is(d->subject_kind, "warning"))
        return arena_printf(x->a, "%s/warnings/" STR_FMT, base, STR_ARG(d->subject_id));
    return arena_printf(x->a, "%s/notices", base);
}

static struct str fact_text(struct arena *a, json_t *v)
{
    if (json_is_string(v))
        return (struct str){json_string_value(v), json_string_length(v)};
    if (json_is_integer(v))
        return str_of(arena_printf(a, "%lld", (long long)json_integer_value(v)));
    return STR("");
}

/* Those of the platform first, so that a notice cannot say them otherwise; a known fact that nobody gave is a dash. */
static struct facts facts_of(const struct sending *x, const struct delivery *d)
{
    struct facts known = facts_known(x->pack, x->a, d->lang);
    char *time = arena_alloc(x->a, 17);
    clock_local_minute(d->noticed_at, time);
    struct str level = level_words(x->pack, d->level, d->lang);
    const struct fact ours[] = {{STR("event"), event_words(x->pack, d->event, d->lang)},
                                {STR("title"), d->title},
                                {STR("level"), level.n                 ? level
                                               : str_is(d->lang, "en") ? STR("Notice")
                                                                       : STR("通知")},
                                {STR("org"), d->org_name},
                                {STR("receiver"), d->receiver_name},
                                {STR("time"), str_of(time)},
                                {STR("link"), str_of(link_of(x, d))}};
    size_t n = sizeof ours / sizeof *ours, given = json_object_size(d->facts);
    struct fact *f = arena_array(x->a, n + given + known.n, sizeof *f);
    memcpy(f, ours, sizeof ours);
    const char *name;
    json_t *v;
    json_object_foreach(d->facts, name, v)
        f[n++] = (struct fact){str_of(name), fact_text(x->a, v)};
    for (size_t i = 0; i < known.n; i++)
        f[n++] = (struct fact){known.list[i].name, STR("—")};
    return (struct facts){f, n};
}

static struct str rendered(struct arena *a, struct str text, const struct facts *f, enum escape how)
{
    struct buf b = buf_new(a, 512, TEXT_MAX);
    template_render(&b, text, f, how);
    return buf_done(&b);
}

/* ---- the three kinds ---- */
static void mail_call(const struct sending *x, const struct parcel *p, const struct template *t, struct outbound_call *c)
{
    const struct channel *ch = p->channel;
    const struct facts facts = facts_of(x, p->d);
    const char *v6 = memchr(ch->host.p, ':', ch->host.n) ? "[" : "";
    const struct mail m = {.from = ch->from,
                           .from_name = ch->from_name.n ? ch->from_name : STR("Tongchou"),
                           .to = p->to,
                           .subject = rendered(x->a, t->subject, &facts, ESCAPE_LINE),
                           .body = rendered(x->a, t->body, &facts, ESCAPE_NONE),
                           .id = p->d->id,
                           .host = x->s->config->installation_id,
                           .now = x->now};
    *c = (struct outbound_call){.url = arena_printf(x->a, "%s://%s%s%s:%d/tongchou", ch->tls == OUTBOUND_TLS ? "smtps" : "smtp", v6,
                                                    ch->host.p, *v6 ? "]" : "", ch->port),
                                .method = "SEND",
                                .body = mail_compose(x->a, &m),
                                .ca_pem = ch->ca_pem.p,
                                .mail_from = arena_printf(x->a, "<" STR_FMT ">", STR_ARG(ch->from)),
                                .mail_to = arena_printf(x->a, "<" STR_FMT ">", STR_ARG(p->to)),
                                .username = ch->username.p,
                                .password = p->secret.p,
                                .tls = ch->tls};
}

static void sms_call(const struct sending *x, const struct parcel *p, const struct template *t, struct outbound_call *c)
{
    const struct channel *ch = p->channel;
    const struct facts said = facts_of(x, p->d);
    const struct fact own[] = {{STR("phone"), p->to},
                               {STR("text"), rendered(x->a, t->body, &said, ESCAPE_LINE)},
                               {STR("secret"), p->secret},
                               {STR("id"), str_of(p->d->id)}};
    const struct facts facts = {own, sizeof own / sizeof *own};
    const char **headers = arena_array(x->a, HEADERS_MAX, sizeof *headers);
    size_t n = 0;
    headers[n++] = arena_printf(x->a, "Content-Type: " STR_FMT, STR_ARG(ch->content_type));
    for (size_t i = 0; i < ch->header_count; i++)
        headers[n++] = rendered(x->a, ch->headers[i], &facts, ESCAPE_LINE).p;
    headers[n] = NULL;
    *c = (struct outbound_call){.url = rendered(x->a, ch->url, &facts, ESCAPE_URL).p,
                                .method = ch->method.p,
                                .headers = headers,
                                .body = rendered(x->a, ch->body, &facts, channel_escape(ch)),
                                .ca_pem = ch->ca_pem.p};
}

static struct str webhook_body(const struct sending *x, const struct delivery *d)
{
    struct buf b = buf_new(x->a, 1024, TEXT_MAX);
    struct jw w = jw_of(&b);
    char *facts = d->facts ? json_dumps(d->facts, JSON_COMPACT) : NULL;
    jw_object_begin(&w, NULL);
    jw_z(&w, "id", d->id);
    jw_str(&w, "event", d->event);
    if (d->level)
        jw_int(&w, "level", d->level);
    jw_str(&w, "title", d->title);
    jw_opt(&w, "subject_kind", d->subject_kind);
    jw_opt(&w, "subject_id", d->subject_id);
    jw_opt(&w, "org_id", str_of(d->org.org_id));
    jw_opt(&w, "org_name", d->org_name);
    jw_raw(&w, "facts", facts ? str_of(facts) : STR("{}"));
    jw_z(&w, "link", link_of(x, d));
    jw_time(&w, "created_at", d->noticed_at);
    jw_object_end(&w);
    free(facts);
    return buf_done(&b);
}

static void webhook_call(const struct sending *x, const struct parcel *p, struct outbound_call *c)
{
    char signature[SIGNATURE_MAX];
    const char **headers = arena_array(x->a, HEADERS_MAX, sizeof *headers);
    const char *seconds = arena_printf(x->a, "%lld", (long long)(x->now / 1000000));
    struct str body = webhook_body(x, p->d);
    const struct str parts[] = {str_of(seconds), body};
    sign_parts(p->channel->mac, p->secret, parts, 2, x->a, signature);
    headers[0] = "Content-Type: application/json";
    headers[1] = arena_printf(x->a, "X-Tongchou-Id: %s", p->d->id);
    headers[2] = arena_printf(x->a, "X-Tongchou-Timestamp: %s", seconds);
    headers[3] = arena_printf(x->a, "X-Tongchou-Signature: %s", signature);
    headers[4] = NULL;
    *c = (struct outbound_call){
        .url = p->channel->url.p, .method = "POST", .headers = headers, .body = body, .ca_pem = p->channel->ca_pem.p};
}

/* ---- deciding ---- */
static struct error *prepare(const struct sending *x, struct parcel *p, struct outbound_call *call)
{
    struct delivery *d = p->d;
    const struct template *t = NULL;
    TRY(realm_chain(x->s->db, x->a, &d->org, &p->realms));
    int64_t at = quiet_until(quiet_of(x->quiets, x->quiet_count, &p->realms), d->level, x->now);
    if (at > x->now && !d->test && d->kind != CHANNEL_WEBHOOK) {
        p->outcome = (struct outcome){.state = "waiting", .reason = "quiet", .next_try = at, .uncounted = true};
        return NULL;
    }
    p->channel = channel_of(x, p);
    if (!p->channel)
        return skip(p, "no_channel"), NULL;
    p->outcome.channel_id = str_of(p->channel->id);
    if (p->channel->sealed.n)
        TRY(secret_get(x->s->keys, x->a, "notify_channels.secret", p->channel->sealed, &p->secret));
    p->secret = (struct str){str_dup(x->a, p->secret), p->secret.n};
    if (d->kind == CHANNEL_WEBHOOK)
        return webhook_call(x, p, call), NULL;
    TRY(open_address(x, p));
    if (!p->to.n)
        return skip(p, "no_address"), NULL;
    if (!(t = template_pick(x->templates, x->template_count, &p->realms, d->event, d->level, d->kind, d->lang)))
        return skip(p, "no_template"), NULL;
    if (d->kind == CHANNEL_EMAIL)
        mail_call(x, p, t, call);
    else
        sms_call(x, p, t, call);
    return NULL;
}

static bool answered_well(const struct parcel *p, const struct outbound_call *c)
{
    if (c->error)
        return false;
    if (p->d->kind == CHANNEL_EMAIL)
        return true;
    struct str want = p->channel->success;
    return c->status >= 200 && c->status < 300 &&
           (p->d->kind == CHANNEL_WEBHOOK || !want.n || memmem(c->answer.p, c->answer.n, want.p, want.n));
}

static void judge(const struct sending *x, struct parcel *p, const struct outbound_call *c)
{
    struct outcome *o = &p->outcome;
    /* A mailbox that there is not will not be there later. */
    bool hopeless = p->d->test || (p->d->kind == CHANNEL_EMAIL && c->status >= 550 && c->status <= 553);
    if (answered_well(p, c)) {
        o->state = "sent";
        return;
    }
    o->error = c->error ? c->error : arena_printf(x->a, "answered %d", c->status);
    o->reason = c->refused ? "not_allowed" : "failed";
    int64_t wait = hopeless ? -1 : retry_after(p->d->attempts, (unsigned)(x->now & 1023));
    o->state = wait < 0 ? "dead" : "waiting";
    o->next_try = wait < 0 ? 0 : x->now + wait;
}

static struct error *load(struct sending *x)
{
    TRY(notice_pack(x->s, x->a, &x->pack));
    TRY(outbound_policy_load(x->s->db, x->a, &x->policy));
    TRY(channels_load(x->s->db, x->a, &x->channels, &x->channel_count));
    TRY(templates_load(x->s->db, x->a, &x->templates, &x->template_count));
    return quiet_load(x->s->db, x->a, &x->quiets, &x->quiet_count);
}

static struct error *send_some(struct services *s, struct arena *a, struct outbound *out, size_t *sent)
{
    struct sending x = {.s = s, .a = a, .now = clock_now_us()};
    struct delivery *list;
    struct parcel parcels[SEND_AT_ONCE];
    struct outbound_call calls[SEND_AT_ONCE];
    size_t n, of[SEND_AT_ONCE], count = 0;
    TRY(deliveries_take(s->db, a, x.now, &list, &n));
    *sent = n;
    if (!n)
        return NULL;
    TRY(load(&x));
    for (size_t i = 0; i < n; i++) {
        parcels[i] = (struct parcel){.d = &list[i]};
        struct error *e = prepare(&x, &parcels[i], &calls[count]);
        if (e)
            skip(&parcels[i], "broken");
        if (!parcels[i].outcome.state)
            of[count++] = i;
    }
    outbound_run(out, a, &x.policy, calls, count);
    for (size_t k = 0; k < count; k++)
        judge(&x, &parcels[of[k]], &calls[k]);
    for (size_t i = 0; i < n; i++)
        TRY(delivery_record(s->db, a, parcels[i].d, &parcels[i].outcome, clock_now_us()));
    return NULL;
}

static bool notify_send(struct services *s, struct arena *a)
{
    static struct outbound *out;
    size_t n = 0;
    if (!out)
        out = outbound_new();
    struct error *e = send_some(s, a, out, &n);
    if (e) {
        db_rollback(s->db);
        log_warn("notify", "%s: %s", error_name(e->code), e->detail ? e->detail : "");
        return false;
    }
    return n == SEND_AT_ONCE;
}
SENDER(notify_send, notify_send);

/* Kept for half a year, as long as the audit trail at least. */
static struct error *notify_prune(struct services *s, struct arena *a)
{
    enum { KEEP_DAYS = 180 };
    uint64_t n = 1;
    for (int i = 0; i < 20 && n; i++)
        TRY(notices_prune(s->db, a, clock_now_us() - KEEP_DAYS * INT64_C(86400000000), &n));
    return NULL;
}
DUTY(notify_prune, 3600000, notify_prune);
