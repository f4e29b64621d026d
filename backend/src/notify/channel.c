#include "notify/channel.h"

#include "notify/hosts.h"

#include "json/format.h"

static struct str member(json_t *o, const char *name)
{
    struct str s = json_str(o, name);
    return s.p ? s : STR("");
}

void channel_read(struct arena *a, json_t *c, struct channel *out)
{
    json_t *list = json_object_get(c, "headers"), *h;
    size_t i;
    struct str tls = member(c, "tls");
    out->host = member(c, "host");
    out->port = (int)json_integer_value(json_object_get(c, "port"));
    out->tls = str_is(tls, "tls") ? OUTBOUND_TLS : str_is(tls, "starttls") ? OUTBOUND_STARTTLS : OUTBOUND_PLAIN;
    out->username = member(c, "username");
    out->from = member(c, "from");
    out->from_name = member(c, "from_name");
    out->url = member(c, "url");
    out->method = json_str(c, "method").p ? member(c, "method") : STR("POST");
    out->content_type = member(c, "content_type");
    out->body = member(c, "body");
    out->success = member(c, "success");
    out->ca_pem = member(c, "ca_pem");
    mac_of_name(member(c, "mac"), &out->mac);
    out->header_count = 0;
    json_array_foreach(list, i, h)
        if (i < CHANNEL_HEADERS)
            out->headers[out->header_count++] = str_of(arena_printf(a, "%s: %s", member(h, "name").p, member(h, "value").p));
}

struct str channel_host(const struct channel *c)
{
    if (c->kind == CHANNEL_EMAIL)
        return c->host;
    return outbound_url_host(c->url);
}

enum escape channel_escape(const struct channel *c)
{
    return str_starts(c->content_type, STR("application/json"))                    ? ESCAPE_JSON
           : str_starts(c->content_type, STR("application/x-www-form-urlencoded")) ? ESCAPE_URL
                                                                                   : ESCAPE_NONE;
}

bool channel_same_target(const struct channel *a, const struct channel *b)
{
    return str_eq(a->host, b->host) && a->port == b->port && a->tls == b->tls && str_eq(a->username, b->username) &&
           str_eq(a->url, b->url) && str_eq(a->ca_pem, b->ca_pem);
}

static struct error *need(struct request *r, struct str value, const char *field)
{
    return value.n ? NULL : invalid(r, field, "required", "is needed for this kind of channel");
}

static bool one_line(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    return true;
}

static struct error *check_mail(struct request *r, const struct channel *c)
{
    TRY(need(r, c->host, "config/host"));
    TRY(need(r, c->from, "config/from"));
    if (!c->port)
        return invalid(r, "config/port", "required", "is needed for this kind of channel");
    if (!format_by_name("email")(c->from))
        return invalid(r, "config/from", "format", "is no mail address");
    if (!one_line(c->from_name) || !one_line(c->username))
        return invalid(r, "config/from_name", "one_line", "has more than one line");
    if (c->username.n && c->tls == OUTBOUND_PLAIN)
        return invalid(r, "config/tls", "auth_needs_tls", "a password goes over an encrypted connection only");
    return NULL;
}

static struct error *check_sms(struct request *r, const struct channel *c)
{
    static const struct fact known[] = {
        {STR("phone"), STR("x")}, {STR("text"), STR("x")}, {STR("secret"), STR("x")}, {STR("id"), STR("x")}};
    const struct facts facts = {known, sizeof known / sizeof *known};
    TRY(need(r, c->content_type, "config/content_type"));
    if (!strstr(c->body.p, "{{phone}}") && !strstr(c->url.p, "{{phone}}"))
        return invalid(r, "config/body", "needs_phone", "must name {{phone}}");
    if (template_unknown(c->body, &facts).p)
        return invalid(r, "config/body", "placeholder", "names what there is not; known are phone, text, secret, id");
    if (template_unknown(c->url, &facts).p)
        return invalid(r, "config/url", "placeholder", "names what there is not; known are phone, text, secret, id");
    for (size_t i = 0; i < c->header_count; i++)
        if (!one_line(c->headers[i]) || template_unknown(c->headers[i], &facts).p)
            return invalid(r, "config/headers", "placeholder", "is no header, or names what there is not");
    return NULL;
}

static struct error *check_host(struct request *r, const struct channel *c, const struct outbound_policy *policy)
{
    return outbound_host_check(r, c->kind == CHANNEL_EMAIL ? "config/host" : "config/url", channel_host(c), policy);
}

struct error *outbound_host_check(struct request *r, const char *field, struct str host, const struct outbound_policy *policy)
{
    struct ip address;
    if (!outbound_host_valid(host))
        return invalid(r, field, "host", "has no host that can be called");
    bool listed = outbound_host_allowed(policy, host) || (ip_parse(host, &address) && outbound_address_listed(policy, &address));
    return listed ? NULL : invalid(r, field, "not_listed", "is not among the addresses that may be called");
}

struct error *channel_check(struct request *r, const struct channel *c, const struct outbound_policy *policy)
{
    if (c->kind == CHANNEL_EMAIL) {
        TRY(check_mail(r, c));
    } else {
        TRY(need(r, c->url, "config/url"));
        if ((!str_starts(c->url, STR("http://")) && !str_starts(c->url, STR("https://"))) || !one_line(c->url))
            return invalid(r, "config/url", "http_only", "must begin with http:// or https://");
    }
    if (c->kind == CHANNEL_SMS)
        TRY(check_sms(r, c));
    return check_host(r, c, policy);
}
