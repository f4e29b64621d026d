/* Suricata EVE: `alert` and `anomaly` are events, every other type is counted as ignored.
 *
 * The protected side, first rule that speaks:
 *   1. the source's setting, when it is `destination` or `source`;
 *   2. the rule's own alert.metadata.attack_target: a "Client_Endpoint" is the end that opened the connection, "Server"
 *      and "*_Server" the one that answered. Which address that is comes from `direction` (to_server: src is the client;
 *      to_client: dst is), where it is missing the lower port is taken for the server;
 *   3. if exactly one end is publicly routable, the other one is protected (an inside host talks to the outside, in
 *      whichever direction);
 *   4. otherwise the destination. */
#include "ingest/format_part.h"

enum {
    E_TIME,
    E_TYPE,
    E_SRC,
    E_SPORT,
    E_DST,
    E_DPORT,
    E_PROTO,
    E_APP,
    E_DIRECTION,
    E_SIGNATURE,
    E_SID,
    E_GID,
    E_CATEGORY,
    E_SEVERITY,
    E_ACTION,
    E_TARGET,
    E_TARGET_TEXT,
    E_HOSTNAME,
    E_URL,
    E_RRNAME,
    E_QUERY_RRNAME,
    E_QUERIES_RRNAME,
    E_SNI,
    E_SHA256,
    E_FILES_SHA256,
    E_ANOMALY_EVENT,
    E_ANOMALY_TYPE,
    E_ANOMALY_CODE,
    E_COUNT
};
const char *const EVE_PATHS[] = {
    [E_TIME] = "timestamp",
    [E_TYPE] = "event_type",
    [E_SRC] = "src_ip",
    [E_SPORT] = "src_port",
    [E_DST] = "dest_ip",
    [E_DPORT] = "dest_port",
    [E_PROTO] = "proto",
    [E_APP] = "app_proto",
    [E_DIRECTION] = "direction",
    [E_SIGNATURE] = "alert.signature",
    [E_SID] = "alert.signature_id",
    [E_GID] = "alert.gid",
    [E_CATEGORY] = "alert.category",
    [E_SEVERITY] = "alert.severity",
    [E_ACTION] = "alert.action",
    [E_TARGET] = "alert.metadata.attack_target.[0]",
    [E_TARGET_TEXT] = "alert.metadata.attack_target",
    [E_HOSTNAME] = "http.hostname",
    [E_URL] = "http.url",
    [E_RRNAME] = "dns.rrname",
    [E_QUERY_RRNAME] = "dns.query.[0].rrname",
    [E_QUERIES_RRNAME] = "dns.queries.[0].rrname",
    [E_SNI] = "tls.sni",
    [E_SHA256] = "fileinfo.sha256",
    [E_FILES_SHA256] = "files.[0].sha256",
    [E_ANOMALY_EVENT] = "anomaly.event",
    [E_ANOMALY_TYPE] = "anomaly.type",
    [E_ANOMALY_CODE] = "anomaly.code",
};
const size_t EVE_PATH_COUNT = E_COUNT;

static bool one_of(struct str s, const char *a, const char *b)
{
    return str_is(s, a) || str_is(s, b);
}

/* Rule 2; false when the rule says nothing that fits. */
static bool target_victim(struct str target, struct str direction, struct event *e)
{
    bool client = str_is(target, "Client_Endpoint") || str_is(target, "Client_and_Server");
    bool server = one_of(target, "Server", "Web_Server") || str_ends(target, STR("_Server"));
    if (str_is(target, "Client_and_Server") || client == server || !e->has_src || !e->has_dst)
        return false;
    bool src_is_client = str_is(direction, "to_server")   ? true
                         : str_is(direction, "to_client") ? false
                                                          : e->src_port >= e->dst_port;
    e->victim = client == src_is_client ? e->src : e->dst;
    e->has_victim = true;
    return true;
}

static enum severity eve_severity(const struct scan_value *v)
{
    int64_t n;
    if (v->type != SCAN_NUMBER || !str_i64(v->raw, &n))
        return SEVERITY_INFO;
    return n == 1 ? SEVERITY_HIGH : n == 2 ? SEVERITY_MEDIUM : n == 3 ? SEVERITY_LOW : SEVERITY_INFO;
}

static void eve_names(struct arena *a, const struct scan_value *v, bool alert, struct event *e)
{
    if (alert) {
        e->name = field_text(a, &v[E_SIGNATURE], 500);
        e->category = field_text(a, &v[E_CATEGORY], 200);
        e->subtype = field_text(a, &v[E_ACTION], 60);
        e->rule_id = field_text(a, &v[E_SID], 100);
        e->severity = eve_severity(&v[E_SEVERITY]);
        return;
    }
    e->name = field_text(a, &v[E_ANOMALY_EVENT], 500);
    e->subtype = field_text(a, &v[E_ANOMALY_TYPE], 60);
    e->rule_id = field_text(a, &v[E_ANOMALY_CODE], 100);
    e->severity = SEVERITY_INFO;
    if (e->name.n == 0) /* "truncated" and "stream" anomalies of old versions name themselves by type and code only */
        e->name = e->subtype.n ? e->subtype : STR("anomaly");
}

static void eve_application(struct arena *a, const struct scan_value *v, struct event *e)
{
    static const int domains[] = {E_HOSTNAME, E_RRNAME, E_QUERY_RRNAME, E_QUERIES_RRNAME, E_SNI};
    for (size_t i = 0; i < sizeof domains / sizeof domains[0] && e->domain.n == 0; i++) {
        struct str host = field_text(a, &v[domains[i]], 300);
        const char *colon = host.n ? memchr(host.p, ':', host.n) : NULL;
        if (colon)
            host.n = (size_t)(colon - host.p);
        e->domain = field_domain(a, host);
    }
    struct str path = field_text(a, &v[E_URL], 1700), host = field_text(a, &v[E_HOSTNAME], 300);
    if (path.n && path.p[0] == '/' && host.n) {
        struct buf b = buf_new(a, path.n + host.n + 16, 4096);
        buf_lit(&b, "http://");
        buf_str(&b, host);
        buf_str(&b, path);
        e->url = buf_done(&b);
    } else {
        e->url = path;
    }
    e->file_hash = field_text(a, &v[E_SHA256], 128);
    if (e->file_hash.n == 0)
        e->file_hash = field_text(a, &v[E_FILES_SHA256], 128);
}

void eve_map(const struct format *f, struct arena *a, const struct format_source *source, struct str line,
             const struct scan_value *v, struct event *e)
{
    (void)f;
    struct str type = scan_text(a, &v[E_TYPE]);
    if (v[E_TYPE].type != SCAN_STRING || type.n == 0) {
        reject(e, "required", "event_type");
        return;
    }
    bool alert = str_is(type, "alert");
    if (!alert && !str_is(type, "anomaly")) {
        e->kind = EVENT_IGNORED;
        return;
    }
    if (v[E_TIME].type != SCAN_STRING || !event_time(scan_text(a, &v[E_TIME]), source->tz_minutes, &e->at)) {
        reject(e, v[E_TIME].type == SCAN_ABSENT ? "required" : "bad_time", "timestamp");
        return;
    }
    if (v[E_SRC].type != SCAN_ABSENT && !(e->has_src = field_ip(a, &v[E_SRC], &e->src))) {
        reject(e, "bad_address", "src_ip");
        return;
    }
    if (v[E_DST].type != SCAN_ABSENT && !(e->has_dst = field_ip(a, &v[E_DST], &e->dst))) {
        reject(e, "bad_address", "dest_ip");
        return;
    }
    eve_names(a, v, alert, e);
    if (e->name.n == 0) {
        reject(e, "required", "alert.signature");
        return;
    }
    e->type = field_text(a, &v[E_TYPE], 60);
    e->src_port = field_port(&v[E_SPORT]);
    e->dst_port = field_port(&v[E_DPORT]);
    e->protocol = field_text(a, &v[E_PROTO], 30);
    e->app = field_text(a, &v[E_APP], 60);
    eve_application(a, v, e);
    const struct scan_value *target = v[E_TARGET].type == SCAN_STRING ? &v[E_TARGET] : &v[E_TARGET_TEXT];
    if (source->victim != VICTIM_AUTO || target->type != SCAN_STRING ||
        !target_victim(scan_text(a, target), scan_text(a, &v[E_DIRECTION]), e))
        choose_victim(source, e);
    e->key = event_key_of(source, 'l', line);
    event_order(source, e);
}
