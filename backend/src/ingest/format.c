#include "ingest/format_part.h"

#include <sodium.h>

static const char *const SEVERITIES[] = {"info", "low", "medium", "high", "critical"};

const char *severity_name(enum severity s)
{
    return SEVERITIES[s];
}

bool severity_of(struct str s, enum severity *out)
{
    for (int i = 0; i < 5; i++)
        if (str_ieq(s, str_of(SEVERITIES[i]))) {
            *out = (enum severity)i;
            return true;
        }
    return false;
}

/* ---- the table ---- */

enum { FORMATS = 3 };
struct formats {
    struct format row[FORMATS];
};

struct formats *formats_load(struct arena *a, struct str hisec_json, const char **why)
{
    struct formats *all = arena_zalloc(a, sizeof *all);
    struct hisec_map *map = hisec_load(a, hisec_json, why);
    if (!map)
        return NULL;
    size_t n;
    const char *const *paths = hisec_paths(map, &n);
    all->row[0] = (struct format){"eve", scan_compile(a, EVE_PATHS, EVE_PATH_COUNT), NULL, eve_map};
    all->row[1] = (struct format){"hisec", scan_compile(a, paths, n), map, hisec_map_line};
    all->row[2] = (struct format){"generic", scan_compile(a, GENERIC_PATHS, GENERIC_PATH_COUNT), NULL, generic_map};
    for (size_t i = 0; i < FORMATS; i++)
        if (!all->row[i].fields) {
            *why = "a field name is listed twice, empty or too long";
            return NULL;
        }
    return all;
}

const struct format *format_named(const struct formats *all, struct str name)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (str_is(name, all->row[i].name))
            return &all->row[i];
    return NULL;
}

const char *format_name(const struct format *f)
{
    return f->name;
}

void format_parse(const struct format *f, struct arena *a, const struct format_source *source, struct str line, struct event *out)
{
    memset(out, 0, sizeof *out);
    out->src_port = out->dst_port = -1;
    out->count = 1;
    if (line.n > FORMAT_LINE_MAX) {
        reject(out, "too_large", NULL);
        return;
    }
    struct scan_value v[SCAN_FIELDS_MAX];
    switch (scan_line(f->fields, line, v, NULL)) {
    case SCAN_OK:
        break;
    case SCAN_TOO_DEEP:
        reject(out, "too_deep", NULL);
        return;
    case SCAN_DUPLICATE:
        reject(out, "duplicate_key", NULL);
        return;
    case SCAN_BAD_UTF8:
        reject(out, "bad_utf8", NULL);
        return;
    case SCAN_MALFORMED:
        reject(out, "malformed", NULL);
        return;
    }
    size_t i = 0;
    while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t' || line.p[i] == '\r'))
        i++;
    if (line.p[i] != '{') {
        reject(out, "not_an_object", NULL);
        return;
    }
    f->map_line(f, a, source, line, v, out);
}

/* ---- what the formats share ---- */

void reject(struct event *e, const char *code, const char *field)
{
    e->kind = EVENT_REJECTED;
    e->code = code;
    e->field = field;
}

static size_t cut(struct str s, size_t max)
{
    if (s.n <= max)
        return s.n;
    while (max && ((unsigned char)s.p[max] & 0xc0) == 0x80)
        max--;
    return max;
}

struct str field_text(struct arena *a, const struct scan_value *v, size_t max)
{
    struct str s = str_trim(scan_text(a, v));
    s.n = cut(s, max);
    if (!v->escaped) /* only an escape can have brought a control character */
        return s;
    char *copy = str_dup(a, s);
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)copy[i] < 0x20 || copy[i] == 0x7f)
            copy[i] = ' ';
    return str_trim((struct str){copy, s.n});
}

bool field_ip(struct arena *a, const struct scan_value *v, struct ip *out)
{
    return v->type == SCAN_STRING && ip_parse(scan_text(a, v), out);
}

int field_port(const struct scan_value *v)
{
    uint64_t n;
    bool plain = v->type == SCAN_NUMBER || (v->type == SCAN_STRING && !v->escaped);
    return plain && str_u64(v->raw, &n) && n <= 65535 ? (int)n : -1;
}

struct str field_domain(struct arena *a, struct str s)
{
    struct str none = {"", 0};
    struct ip ip;
    if (s.n && s.p[s.n - 1] == '.')
        s.n--;
    if (s.n == 0 || s.n > 253 || ip_parse(s, &ip))
        return none;
    bool lower = true, dot = true, dots = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '.') {
            if (dot)
                return none;
            dot = dots = true;
            continue;
        }
        dot = false;
        lower = lower && !(c >= 'A' && c <= 'Z');
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return none;
    }
    if (!dots)
        return none;
    if (lower)
        return s;
    char *copy = str_dup(a, s);
    for (size_t i = 0; i < s.n; i++)
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] = (char)(copy[i] | 0x20);
    return (struct str){copy, s.n};
}

struct str url_host(struct str url)
{
    struct str none = {"", 0};
    size_t i = 0;
    while (i + 2 < url.n && memcmp(url.p + i, "://", 3) != 0)
        i++;
    if (i + 2 >= url.n)
        return none;
    struct str rest = {url.p + i + 3, url.n - i - 3};
    size_t n = 0;
    while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?' && rest.p[n] != '#' && rest.p[n] != '\\')
        n++;
    rest.n = n;
    for (n = rest.n; n > 0; n--) /* behind the last '@': what is before it is a name and password */
        if (rest.p[n - 1] == '@') {
            rest = (struct str){rest.p + n, rest.n - n};
            break;
        }
    if (rest.n && rest.p[0] == '[') {
        const char *close = memchr(rest.p, ']', rest.n);
        return close ? (struct str){rest.p + 1, (size_t)(close - rest.p) - 1} : none;
    }
    const char *colon = rest.n ? memchr(rest.p, ':', rest.n) : NULL;
    if (colon)
        rest.n = (size_t)(colon - rest.p);
    return rest;
}

struct event_key event_key_of(const struct format_source *source, char tag, struct str bytes)
{
    struct event_key key;
    crypto_generichash_state h;
    crypto_generichash_init(&h, source->id, sizeof source->id, sizeof key.b);
    crypto_generichash_update(&h, (const unsigned char *)&tag, 1);
    crypto_generichash_update(&h, (const unsigned char *)bytes.p, bytes.n);
    crypto_generichash_final(&h, key.b, sizeof key.b);
    return key;
}

static uint32_t fnv(uint32_t h, const void *p, size_t n)
{
    const unsigned char *b = p;
    for (size_t i = 0; i < n; i++)
        h = (h ^ b[i]) * 16777619U;
    return h;
}

void event_order(const struct format_source *source, struct event *e)
{
    uint32_t h = fnv(2166136261U, source->id, sizeof source->id);
    if (e->aggregation_id.n)
        h = fnv(h, e->aggregation_id.p, e->aggregation_id.n);
    else if (e->has_victim)
        h = fnv(h, e->victim.b, 16);
    else
        h = fnv(h, e->key.b, sizeof e->key.b);
    e->order = h ^ h >> 15;
}

void choose_victim(const struct format_source *source, struct event *e)
{
    bool dst = e->has_dst;
    if (source->victim == VICTIM_SOURCE)
        dst = !e->has_src;
    else if (source->victim == VICTIM_AUTO && e->has_src && e->has_dst)
        dst = !(ip_is_global(&e->dst) && !ip_is_global(&e->src));
    if (dst && e->has_dst) {
        e->victim = e->dst;
        e->has_victim = true;
    } else if (!dst && e->has_src) {
        e->victim = e->src;
        e->has_victim = true;
    }
}
