/* The platform's own format, one JSON object a line:
 *   id          string, the sender's own id: repetition is found by it (without it, by the whole line)
 *   time        RFC 3339 (required); without offset, in the source's zone
 *   name        string (required)
 *   severity    critical, high, medium, low, info (default info)
 *   category, type, subtype, rule_id, status, message   strings
 *   src_ip, dst_ip, victim   addresses; src_port, dst_port   0-65535
 *   protocol, app, url, domain, file_hash   strings
 *   group       string: events of one group stay in order;   count   integer >= 1
 * Other members are kept in the raw line only. A value that is present and wrong rejects the line. */
#include "ingest/format_part.h"

enum {
    G_ID,
    G_TIME,
    G_NAME,
    G_SEVERITY,
    G_CATEGORY,
    G_TYPE,
    G_SUBTYPE,
    G_RULE,
    G_STATUS,
    G_SRC,
    G_SPORT,
    G_DST,
    G_DPORT,
    G_VICTIM,
    G_PROTO,
    G_APP,
    G_URL,
    G_DOMAIN,
    G_HASH,
    G_GROUP,
    G_N,
    G_COUNT
};
const char *const GENERIC_PATHS[] = {
    [G_ID] = "id",          [G_TIME] = "time",       [G_NAME] = "name",      [G_SEVERITY] = "severity", [G_CATEGORY] = "category",
    [G_TYPE] = "type",      [G_SUBTYPE] = "subtype", [G_RULE] = "rule_id",   [G_STATUS] = "status",     [G_SRC] = "src_ip",
    [G_SPORT] = "src_port", [G_DST] = "dst_ip",      [G_DPORT] = "dst_port", [G_VICTIM] = "victim",     [G_PROTO] = "protocol",
    [G_APP] = "app",        [G_URL] = "url",         [G_DOMAIN] = "domain",  [G_HASH] = "file_hash",    [G_GROUP] = "group",
    [G_N] = "count",
};
const size_t GENERIC_PATH_COUNT = G_COUNT;

static bool given(const struct scan_value *v)
{
    return v->type != SCAN_ABSENT && v->type != SCAN_NULL;
}

static bool take_ip(struct arena *a, const struct scan_value *v, const char *name, struct event *e, bool *has, struct ip *out)
{
    if (!given(v))
        return true;
    *has = field_ip(a, v, out);
    if (!*has)
        reject(e, "bad_address", name);
    return *has;
}

static bool take_port(const struct scan_value *v, const char *name, struct event *e, int *out)
{
    *out = field_port(v);
    if (given(v) && *out < 0)
        reject(e, "bad_port", name);
    return !given(v) || *out >= 0;
}

static bool take_texts(struct arena *a, const struct scan_value *v, struct event *e)
{
    const struct {
        int path;
        size_t max;
        struct str *to;
    } texts[] = {{G_NAME, 500, &e->name},
                 {G_CATEGORY, 200, &e->category},
                 {G_TYPE, 60, &e->type},
                 {G_SUBTYPE, 60, &e->subtype},
                 {G_RULE, 100, &e->rule_id},
                 {G_STATUS, 30, &e->status},
                 {G_PROTO, 30, &e->protocol},
                 {G_APP, 60, &e->app},
                 {G_URL, 2000, &e->url},
                 {G_HASH, 128, &e->file_hash},
                 {G_GROUP, 200, &e->aggregation_id},
                 {G_ID, 200, &e->source_event_id}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct scan_value *t = &v[texts[i].path];
        if (given(t) && t->type != SCAN_STRING && !(texts[i].path == G_ID && t->type == SCAN_NUMBER)) {
            reject(e, "bad_type", GENERIC_PATHS[texts[i].path]);
            return false;
        }
        *texts[i].to = field_text(a, t, texts[i].max);
    }
    return true;
}

static bool take_numbers(struct arena *a, const struct scan_value *v, struct event *e)
{
    if (given(&v[G_N]) && (v[G_N].type != SCAN_NUMBER || !str_i64(v[G_N].raw, &e->count) || e->count < 1)) {
        reject(e, "bad_count", "count");
        return false;
    }
    if (given(&v[G_SEVERITY]) && (v[G_SEVERITY].type != SCAN_STRING || !severity_of(scan_text(a, &v[G_SEVERITY]), &e->severity))) {
        reject(e, "bad_severity", "severity");
        return false;
    }
    return take_ip(a, &v[G_SRC], "src_ip", e, &e->has_src, &e->src) && take_ip(a, &v[G_DST], "dst_ip", e, &e->has_dst, &e->dst) &&
           take_ip(a, &v[G_VICTIM], "victim", e, &e->has_victim, &e->victim) &&
           take_port(&v[G_SPORT], "src_port", e, &e->src_port) && take_port(&v[G_DPORT], "dst_port", e, &e->dst_port);
}

void generic_map(const struct format *f, struct arena *a, const struct format_source *source, struct str line,
                 const struct scan_value *v, struct event *e)
{
    (void)f;
    if (v[G_TIME].type != SCAN_STRING || !event_time(scan_text(a, &v[G_TIME]), source->tz_minutes, &e->at)) {
        reject(e, given(&v[G_TIME]) ? "bad_time" : "required", "time");
        return;
    }
    if (!take_texts(a, v, e) || !take_numbers(a, v, e))
        return;
    if (e->name.n == 0) {
        reject(e, "required", "name");
        return;
    }
    struct str domain = scan_text(a, &v[G_DOMAIN]);
    e->domain = field_domain(a, domain);
    if (given(&v[G_DOMAIN]) && e->domain.n == 0 && domain.n) {
        reject(e, "bad_domain", "domain");
        return;
    }
    if (e->domain.n == 0 && e->url.n)
        e->domain = field_domain(a, url_host(e->url));
    if (!e->has_victim)
        choose_victim(source, e);
    e->key = e->source_event_id.n ? event_key_of(source, 'i', e->source_event_id) : event_key_of(source, 'l', line);
    event_order(source, e);
}
