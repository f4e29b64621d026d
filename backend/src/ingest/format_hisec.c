/* HiSec Insight threat events. Which member is which field, and what the codes mean, is data: packs/hisec-map.json.
 * All values are strings (numbers are taken as well); values listed under `unknown` count as absent; codes that the map
 * does not know are kept as they came. The threatened side is what the sender says (OnThreatIP), else by the source's rule.
 * An event is repeated by its aggregation id; its own id is a second name. Categories under `update_categories` change
 * the status of an event sent before. */
#include <jansson.h>

#include "ingest/format_part.h"

enum {
    H_EVENT_ID,
    H_AGGREGATION,
    H_NAME,
    H_CATEGORY,
    H_TYPE,
    H_SUBTYPE,
    H_LEVEL,
    H_STATUS,
    H_MERGED,
    H_TIME,
    H_RECENT,
    H_RECEIVED,
    H_SRC,
    H_SPORT,
    H_DST,
    H_DPORT,
    H_VICTIM,
    H_PROTO,
    H_APP,
    H_URL,
    H_DOMAIN,
    H_HASH,
    H_RULE,
    H_COUNT
};
static const char *const FIELDS[H_COUNT] = {
    [H_EVENT_ID] = "event_id",
    [H_AGGREGATION] = "aggregation_id",
    [H_NAME] = "name",
    [H_CATEGORY] = "category",
    [H_TYPE] = "type",
    [H_SUBTYPE] = "subtype",
    [H_LEVEL] = "level",
    [H_STATUS] = "status",
    [H_MERGED] = "count",
    [H_TIME] = "time",
    [H_RECENT] = "recent_time",
    [H_RECEIVED] = "receive_time",
    [H_SRC] = "src_ip",
    [H_SPORT] = "src_port",
    [H_DST] = "dst_ip",
    [H_DPORT] = "dst_port",
    [H_VICTIM] = "victim",
    [H_PROTO] = "protocol",
    [H_APP] = "app",
    [H_URL] = "url",
    [H_DOMAIN] = "domain",
    [H_HASH] = "file_hash",
    [H_RULE] = "rule_id",
};

enum { NAMES_PER_FIELD = 4, CODES_MAX = 64, CODE_TABLES = 3 };
enum code_table { LEVELS, STATUSES, PROTOCOLS };
struct codes {
    struct str from[CODES_MAX], to[CODES_MAX];
    size_t n;
};
struct hisec_map {
    const char *path[SCAN_FIELDS_MAX];
    size_t paths;
    int slot[H_COUNT][NAMES_PER_FIELD]; /* numbers of paths, -1 ends */
    struct codes table[CODE_TABLES];
    struct codes unknown, updates; /* `from` only */
};

static struct str own(struct arena *a, const json_t *string)
{
    const char *s = json_string_value(string);
    return str_of(arena_strdup(a, s ? s : ""));
}

static bool load_list(struct arena *a, const json_t *list, struct codes *out)
{
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n > CODES_MAX)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!json_is_string(json_array_get(list, i)))
            return false;
        out->from[out->n++] = own(a, json_array_get(list, i));
    }
    return true;
}

static bool load_codes(struct arena *a, json_t *object, struct codes *out)
{
    const char *key;
    json_t *value;
    if (!json_is_object(object) || json_object_size(object) > CODES_MAX)
        return false;
    json_object_foreach(object, key, value) {
        if (!json_is_string(value))
            return false;
        out->from[out->n] = str_of(arena_strdup(a, key));
        out->to[out->n++] = own(a, value);
    }
    return true;
}

static const char *load_fields(struct arena *a, const json_t *fields, struct hisec_map *m)
{
    if (!json_is_object(fields))
        return "fields is missing";
    for (size_t i = 0; i < H_COUNT; i++) {
        const json_t *names = json_object_get(fields, FIELDS[i]);
        size_t n = json_array_size(names);
        if (n > NAMES_PER_FIELD || (n == 0 && (i == H_EVENT_ID || i == H_NAME || i == H_TIME)))
            return "a field has no name, or too many";
        for (size_t k = 0; k < NAMES_PER_FIELD; k++) {
            m->slot[i][k] = -1;
            if (k >= n)
                continue;
            if (!json_is_string(json_array_get(names, k)) || m->paths == SCAN_FIELDS_MAX)
                return "a field's names must be strings";
            m->path[m->paths] = own(a, json_array_get(names, k)).p;
            m->slot[i][k] = (int)m->paths++;
        }
    }
    return NULL;
}

struct hisec_map *hisec_load(struct arena *a, struct str json, const char **why)
{
    json_t *root = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
    struct hisec_map *m = arena_zalloc(a, sizeof *m);
    *why = "the map is not a JSON object";
    if (json_is_object(root)) {
        *why = load_fields(a, json_object_get(root, "fields"), m);
        if (!*why && !(load_list(a, json_object_get(root, "unknown"), &m->unknown) &&
                       load_list(a, json_object_get(root, "update_categories"), &m->updates) &&
                       load_codes(a, json_object_get(root, "levels"), &m->table[LEVELS]) &&
                       load_codes(a, json_object_get(root, "status"), &m->table[STATUSES]) &&
                       load_codes(a, json_object_get(root, "protocols"), &m->table[PROTOCOLS])))
            *why = "a list of codes is missing, too long or not text";
    }
    json_decref(root);
    return *why ? NULL : m;
}

const char *const *hisec_paths(const struct hisec_map *m, size_t *n)
{
    *n = m->paths;
    return m->path;
}

static bool listed(const struct codes *c, struct str s)
{
    for (size_t i = 0; i < c->n; i++)
        if (str_eq(c->from[i], s))
            return true;
    return false;
}

static struct str translated(const struct codes *c, struct str s)
{
    for (size_t i = 0; i < c->n; i++)
        if (str_eq(c->from[i], s))
            return c->to[i];
    return s;
}

/* The first of the field's members that is there and known. */
static struct str get(const struct hisec_map *m, struct arena *a, const struct scan_value *v, int field, size_t max)
{
    for (size_t k = 0; k < NAMES_PER_FIELD && m->slot[field][k] >= 0; k++) {
        struct str s = field_text(a, &v[m->slot[field][k]], max);
        if (s.n && !listed(&m->unknown, s))
            return s;
    }
    return (struct str){"", 0};
}

static bool get_ip(const struct hisec_map *m, struct arena *a, const struct scan_value *v, int field, struct ip *out)
{
    struct str s = get(m, a, v, field, 64);
    return s.n && ip_parse(s, out);
}

static int get_port(const struct hisec_map *m, struct arena *a, const struct scan_value *v, int field)
{
    uint64_t n;
    return str_u64(get(m, a, v, field, 10), &n) && n <= 65535 ? (int)n : -1;
}

/* Seconds or milliseconds since 1970 as digits (told apart by size), or a written time. */
static bool epoch_time(struct str s, int tz_minutes, int64_t *out)
{
    uint64_t n;
    if (!str_u64(s, &n))
        return event_time(s, tz_minutes, out);
    if (n == 0 || n > 7258118400000ULL) /* the year 2200 in milliseconds */
        return false;
    *out = (int64_t)(n > 7258118400ULL ? n * 1000 : n * 1000000);
    return true;
}

static bool take_time(const struct hisec_map *m, struct arena *a, int tz, const struct scan_value *v, struct event *e)
{
    static const int fields[] = {H_TIME, H_RECENT, H_RECEIVED};
    bool any = false;
    for (size_t i = 0; i < 3; i++) {
        struct str s = get(m, a, v, fields[i], 40);
        any = any || s.n;
        if (s.n && epoch_time(s, tz, &e->at))
            return true;
    }
    reject(e, any ? "bad_time" : "required", "OccurTime");
    return false;
}

static bool take_ids(const struct hisec_map *m, struct arena *a, const struct format_source *source, const struct scan_value *v,
                     struct event *e)
{
    e->source_event_id = get(m, a, v, H_EVENT_ID, 200);
    e->aggregation_id = get(m, a, v, H_AGGREGATION, 200);
    if (e->source_event_id.n == 0 && e->aggregation_id.n == 0) {
        reject(e, "required", "EventID");
        return false;
    }
    struct event_key id = event_key_of(source, 'i', e->source_event_id);
    e->key = e->aggregation_id.n ? event_key_of(source, 'g', e->aggregation_id) : id;
    e->has_alias = e->aggregation_id.n && e->source_event_id.n;
    e->alias = id;
    return true;
}

static void take_ends(const struct hisec_map *m, struct arena *a, const struct format_source *source, const struct scan_value *v,
                      struct event *e)
{
    e->has_src = get_ip(m, a, v, H_SRC, &e->src);
    e->has_dst = get_ip(m, a, v, H_DST, &e->dst);
    e->has_victim = get_ip(m, a, v, H_VICTIM, &e->victim);
    e->src_port = get_port(m, a, v, H_SPORT);
    e->dst_port = get_port(m, a, v, H_DPORT);
    if (!e->has_victim)
        choose_victim(source, e);
}

void hisec_map_line(const struct format *f, struct arena *a, const struct format_source *source, struct str line,
                    const struct scan_value *v, struct event *e)
{
    (void)line;
    const struct hisec_map *m = f->map;
    if (!take_ids(m, a, source, v, e))
        return;
    e->category = get(m, a, v, H_CATEGORY, 200);
    e->status = translated(&m->table[STATUSES], get(m, a, v, H_STATUS, 30));
    bool update = listed(&m->updates, e->category);
    if (update && e->status.n == 0) {
        reject(e, "required", "ThreatEventStatus");
        return;
    }
    if (!update && !take_time(m, a, source->tz_minutes, v, e))
        return;
    e->name = get(m, a, v, H_NAME, 500);
    if (!update && e->name.n == 0) {
        reject(e, "required", "EventName");
        return;
    }
    e->type = get(m, a, v, H_TYPE, 60);
    e->subtype = get(m, a, v, H_SUBTYPE, 60);
    if (!severity_of(translated(&m->table[LEVELS], get(m, a, v, H_LEVEL, 20)), &e->severity))
        e->severity = SEVERITY_INFO;
    if (!str_i64(get(m, a, v, H_MERGED, 20), &e->count) || e->count < 1)
        e->count = 1;
    take_ends(m, a, source, v, e);
    e->protocol = translated(&m->table[PROTOCOLS], get(m, a, v, H_PROTO, 30));
    e->app = get(m, a, v, H_APP, 60);
    e->url = get(m, a, v, H_URL, 2000);
    e->domain = field_domain(a, get(m, a, v, H_DOMAIN, 253));
    if (e->domain.n == 0 && e->url.n)
        e->domain = field_domain(a, url_host(e->url));
    e->file_hash = get(m, a, v, H_HASH, 128);
    e->rule_id = get(m, a, v, H_RULE, 100);
    event_order(source, e);
    if (update)
        e->kind = EVENT_UPDATE;
}
