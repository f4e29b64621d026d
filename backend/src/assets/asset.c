#include "assets/asset.h"

#include <stdlib.h>

#include "json/format.h"
#include "json/write.h"
#include "kernel/crypto.h"

const char *const address_kind_name[ADDRESS_KINDS] = {"ip", "range", "domain", "url", "mac"};
const char *const asset_field_name[ASSET_FIELDS] = {
    "asset_no", "class_code", "category_code", "name",       "state_code",  "importance", "network_env", "mlps_level",
    "brand",    "model",      "os_name",       "os_version", "origin_code", "person_id",  "room",        "remark"};
static const int64_t max_length[ASSET_FIELDS] = {32, 16, 12, 200, 2, 1, 2, 1, 80, 80, 80, 60, 1, 36, 120, 2000};
static const char *const list_of[ASSET_FIELDS] = {[ASSET_STATE] = "asset_state",
                                                  [ASSET_IMPORTANCE] = "importance",
                                                  [ASSET_NETWORK] = "network_env",
                                                  [ASSET_MLPS] = "mlps_level",
                                                  [ASSET_ORIGIN] = "origin"};

const char *asset_field_list(enum asset_field f)
{
    return list_of[f];
}

bool address_kind_of(struct str name, enum address_kind *out)
{
    for (int i = 0; i < ADDRESS_KINDS; i++)
        if (str_is(name, address_kind_name[i])) {
            *out = (enum address_kind)i;
            return true;
        }
    return false;
}

const struct asset_class *catalogue_class(const struct catalogue *c, struct str text)
{
    for (size_t i = 0; i < c->class_count; i++) {
        const struct asset_class *k = &c->classes[i];
        if (str_eq(k->code, text) || str_eq(k->label_zh, text) || str_ieq(k->label_en, text))
            return k;
    }
    return NULL;
}

struct str asset_number(struct arena *a, const char *issuer, struct str class_part, uint64_t n)
{
    return str_of(arena_printf(a, "%s" STR_FMT "%08llu", issuer, STR_ARG(class_part), (unsigned long long)n));
}

/* ---- addresses ---- */
bool asset_address_public(const struct asset_address *d)
{
    return d->has_ip ? ip_is_global(&d->lo) && ip_is_global(&d->hi) : d->kind != ADDRESS_MAC;
}

static struct str lower(struct arena *a, struct str s)
{
    char *p = str_dup(a, s);
    for (size_t i = 0; i < s.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] + 32);
    return (struct str){p, s.n};
}

static bool parse_range(struct arena *a, struct str v, struct asset_address *out)
{
    char text[CIDR_TEXT_MAX * 2];
    if (!ip_range_parse(v, &out->lo, &out->hi))
        return false;
    int bits = ip_range_bits(&out->lo, &out->hi);
    size_t n;
    if (bits >= 0) {
        n = cidr_format(&out->lo, (unsigned)bits, text);
    } else {
        n = ip_format(&out->lo, text);
        text[n++] = '-';
        n += ip_format(&out->hi, text + n);
    }
    out->has_ip = true;
    out->value = (struct str){arena_strndup(a, text, n), n};
    return true;
}

static bool parse_ip(struct arena *a, struct str v, struct asset_address *out)
{
    char text[IP_TEXT_MAX];
    if (!ip_parse(v, &out->lo))
        return false;
    out->hi = out->lo;
    out->has_ip = true;
    size_t n = ip_format(&out->lo, text);
    out->value = (struct str){arena_strndup(a, text, n), n};
    return true;
}

static bool parse_domain(struct arena *a, struct str v, struct asset_address *out)
{
    if (v.n && v.p[v.n - 1] == '.')
        v.n--;
    if (!format_by_name("domain")(v))
        return false;
    out->value = out->host = lower(a, v);
    return true;
}

/* scheme://host[:port]/...; the host becomes a claim of its own. */
static bool parse_url(struct arena *a, struct str v, struct asset_address *out)
{
    struct str rest = v;
    struct str scheme = str_cut(&rest, ':');
    if ((!str_ieq(scheme, STR("http")) && !str_ieq(scheme, STR("https"))) || !str_starts(rest, STR("//")) ||
        !format_by_name("uri")(v))
        return false;
    rest.p += 2;
    rest.n -= 2;
    struct str host = str_cut(&rest, '/');
    struct str end = host;
    if (host.n && host.p[0] == '[') {
        end = (struct str){host.p + 1, host.n - 1};
        host = str_cut(&end, ']');
    } else {
        host = str_cut(&end, ':');
    }
    out->value = (struct str){str_dup(a, v), v.n};
    if (ip_parse(host, &out->lo)) {
        out->hi = out->lo;
        out->has_ip = true;
        return true;
    }
    out->host = lower(a, host);
    return format_by_name("hostname")(host);
}

static bool parse_mac(struct arena *a, struct str v, struct asset_address *out)
{
    char text[18];
    size_t n = 0;
    if (!format_by_name("mac")(v))
        return false;
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[i];
        if (c == ':' || c == '-' || c == '.')
            continue;
        if (n && n % 3 == 2)
            text[n++] = ':';
        text[n++] = (char)(c >= 'A' && c <= 'F' ? c + 32 : c);
    }
    out->value = (struct str){arena_strndup(a, text, n), n};
    return true;
}

bool asset_address_parse(struct arena *a, enum address_kind kind, struct str value, struct asset_address *out)
{
    static bool (*const parse[ADDRESS_KINDS])(struct arena *, struct str,
                                              struct asset_address *) = {parse_ip, parse_range, parse_domain, parse_url, parse_mac};
    *out = (struct asset_address){.kind = kind, .space = out->space};
    value = str_trim(value);
    return value.n && value.n <= 255 && parse[kind](a, value, out);
}

/* ---- fields ---- */
struct faults {
    struct arena *a;
    struct error *first, **tail;
};

static struct error *fault(struct faults *f, const char *field, const char *rule, const char *detail)
{
    struct error *e = error_field(f->a, ERR_INVALID, field, rule, "%s", detail);
    *f->tail = e;
    f->tail = &e->next;
    return e;
}

static void fault_length(struct faults *f, const char *field, int64_t max, size_t points)
{
    const char *detail = arena_printf(f->a, "at most %lld characters, now %zu", (long long)max, points);
    fault(f, field, "max_length", detail)->params = arena_printf(f->a, "{\"limit\":%lld,\"now\":%zu}", (long long)max, points);
}

static bool has_control(struct str s, bool lines_allowed)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == 0x7f || (c < 0x20 && !(lines_allowed && (c == '\n' || c == '\r' || c == '\t'))))
            return true;
    }
    return false;
}

static void check_text(struct faults *f, const char *name, struct str s, int64_t max, bool lines)
{
    size_t points;
    if (!str_utf8(s, &points))
        fault(f, name, "encoding", "not UTF-8 text");
    else if ((int64_t)points > max)
        fault_length(f, name, max, points);
    else if (has_control(s, lines))
        fault(f, name, "control", "control characters are not taken");
}

/* [0-9A-Za-z-]{4,32} */
static void check_number(struct faults *f, struct str s)
{
    bool good = s.n >= 4 && s.n <= 32;
    for (size_t i = 0; i < s.n; i++)
        good = good && ((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z') ||
                        s.p[i] == '-');
    if (!good)
        fault(f, "asset_no", "pattern", "4 to 32 digits, letters and hyphens");
}

static void check_code(struct faults *f, const struct catalogue *c, struct asset *x, enum asset_field i)
{
    const struct code_list *list = codes_list(&c->codes, list_of[i], &x->org);
    const struct code_item *item = list ? code_find(list->items, list->count, x->f[i]) : NULL;
    if (item && !item->retired) {
        x->f[i] = item->code;
        return;
    }
    struct str now = {x->f[i].p, x->f[i].n < 40 ? x->f[i].n : 40};
    struct buf b = buf_new(f->a, 64, 512);
    struct jw w = jw_of(&b);
    jw_object_begin(&w, NULL);
    jw_str(&w, "now", now);
    jw_object_end(&w);
    fault(f, asset_field_name[i], "enum", arena_printf(f->a, "not in the list: " STR_FMT, STR_ARG(now)))->params = buf_done(&b).p;
}

static void check_class(struct faults *f, const struct catalogue *c, struct asset *x, const struct asset_class **out)
{
    *out = catalogue_class(c, x->f[ASSET_CLASS]);
    if (!*out) {
        fault(f, "class_code", x->f[ASSET_CLASS].n ? "enum" : "required", "no such class");
        return;
    }
    x->f[ASSET_CLASS] = (*out)->code;
    if (!x->f[ASSET_CATEGORY].n)
        return;
    const struct code_item *k = code_find((*out)->categories, (*out)->category_count, x->f[ASSET_CATEGORY]);
    if (k)
        x->f[ASSET_CATEGORY] = k->code;
    else
        fault(f, "category_code", "enum", "no such category in this class");
}

/* ---- attributes of the class ---- */
static void drop_json(void *p)
{
    json_decref(p);
}

static void drop_text(void *p)
{
    free(p);
}

static json_t *object_of(struct arena *a, struct str text)
{
    json_t *object = text.n ? json_loadb(text.p, text.n, 0, NULL) : json_object();
    if (object)
        arena_cleanup(a, drop_json, object);
    return object;
}

static void keep_object(struct arena *a, struct asset *x, json_t *object)
{
    char *text = json_object_size(object) ? json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (text)
        arena_cleanup(a, drop_text, text);
    x->attributes = str_of(text);
}

static void check_attributes(struct faults *f, const struct catalogue *c, struct asset *x)
{
    static const struct form none = {.n = 0};
    json_t *object = object_of(f->a, x->attributes);
    const struct form *form = form_for(&c->forms, x->f[ASSET_CLASS], &x->org);
    if (!object)
        return;
    if (!form && json_object_size(object))
        fault(f, "attributes", "unknown_field", "the class has no form");
    struct error *e = form ? form_check(f->a, form, &c->codes, &x->org, object, "attributes") : NULL;
    for (*f->tail = e; e; e = e->next)
        f->tail = &e->next;
    keep_object(f->a, x, object);
    x->form_n = (form ? form : &none)->n;
}

void asset_carry(struct arena *a, const struct catalogue *c, const struct asset *was, bool sheet, struct asset *x)
{
    json_t *before = object_of(a, was->attributes), *now = object_of(a, x->attributes), *v;
    const struct form *form = form_for(&c->forms, x->f[ASSET_CLASS], &x->org);
    const char *key;
    if (!before || !now || !str_eq(was->f[ASSET_CLASS], x->f[ASSET_CLASS]))
        return;
    json_object_foreach(before, key, v) {
        const struct form_field *f = form ? form_field_of(form, str_of(key)) : NULL;
        if (!f || (sheet && !form_field_in_sheets(f)))
            json_object_set(now, key, v);
    }
    keep_object(a, x, now);
}

void asset_match(struct arena *a, struct asset *x)
{
    unsigned char digest[32];
    struct buf b = buf_new(a, 512, 4096);
    x->main_address = x->address_count ? x->addresses[0].value : STR("");
    buf_z(&b, x->org.org_id);
    buf_c(&b, '\n');
    buf_str(&b, x->f[ASSET_CLASS]);
    buf_c(&b, '\n');
    buf_str(&b, x->f[ASSET_NAME]);
    buf_c(&b, '\n');
    buf_str(&b, x->main_address);
    sha256(b.p, b.n, digest);
    memcpy(x->match_key, digest, sizeof x->match_key);
}

struct error *asset_normalise(struct arena *a, const struct catalogue *c, struct asset *x)
{
    struct faults f = {.a = a};
    const struct asset_class *k;
    f.tail = &f.first;
    for (int i = 0; i < ASSET_FIELDS; i++)
        x->f[i] = str_trim(x->f[i]);
    if (!x->f[ASSET_STATE].n)
        x->f[ASSET_STATE] = STR("02");
    if (!x->f[ASSET_NAME].n)
        fault(&f, "name", "required", "this field is needed");
    check_class(&f, c, x, &k);
    for (int i = 0; i < ASSET_FIELDS; i++) {
        if (!x->f[i].n || i == ASSET_CLASS || i == ASSET_CATEGORY)
            continue;
        if (i == ASSET_NO)
            check_number(&f, x->f[i]);
        else if (list_of[i])
            check_code(&f, c, x, (enum asset_field)i);
        else
            check_text(&f, asset_field_name[i], x->f[i], max_length[i], i == ASSET_REMARK);
    }
    if (k)
        check_attributes(&f, c, x);
    asset_match(a, x);
    return f.first;
}

static int by_value(const void *p, const void *q)
{
    const struct str *a = p, *b = q;
    int order = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);
    return order ? order : (a->n > b->n) - (a->n < b->n);
}

/* The main address first, the others sorted: the order in which they were given says nothing. */
static void put_addresses(struct jw *w, const struct asset *x)
{
    struct str values[ASSET_MAX_ADDRESSES];
    size_t n = 0;
    for (size_t i = 0; i < x->address_count; i++)
        if (!str_eq(x->addresses[i].value, x->main_address))
            values[n++] = x->addresses[i].value;
    qsort(values, n, sizeof *values, by_value);
    jw_array_begin(w, "addresses");
    if (n < x->address_count)
        jw_str(w, NULL, x->main_address);
    for (size_t i = 0; i < n; i++)
        jw_str(w, NULL, values[i]);
    jw_array_end(w);
}

struct str asset_json(struct arena *a, const struct asset *x)
{
    struct buf b = buf_new(a, 512, 256 * 1024);
    struct jw w = jw_of(&b);
    jw_object_begin(&w, NULL);
    for (int i = 0; i < ASSET_FIELDS; i++)
        if (x->f[i].n)
            jw_str(&w, asset_field_name[i], x->f[i]);
    if (x->exposed)
        jw_bool(&w, "internet_exposed", true);
    if (x->attributes.n)
        jw_raw(&w, "attributes", x->attributes);
    if (x->address_count)
        put_addresses(&w, x);
    jw_object_end(&w);
    return buf_done(&b);
}

bool asset_from_json(struct arena *a, struct str json, struct asset *out)
{
    json_t *o = json.n ? json_loadb(json.p, json.n, 0, NULL) : NULL, *v;
    size_t i;
    *out = (struct asset){0};
    if (!o)
        return false;
    arena_cleanup(a, drop_json, o);
    for (int k = 0; k < ASSET_FIELDS; k++)
        out->f[k] = str_of(json_string_value(json_object_get(o, asset_field_name[k])));
    out->exposed = json_is_true(json_object_get(o, "internet_exposed"));
    char *text = json_is_object(json_object_get(o, "attributes"))
                     ? json_dumps(json_object_get(o, "attributes"), JSON_COMPACT | JSON_SORT_KEYS)
                     : NULL;
    if (text)
        arena_cleanup(a, drop_text, text);
    out->attributes = str_of(text);
    json_array_foreach(json_object_get(o, "addresses"), i, v)
        if (out->address_count < ASSET_MAX_ADDRESSES && json_is_string(v))
            out->addresses[out->address_count++].value = str_of(json_string_value(v));
    return out->f[ASSET_NAME].n > 0;
}
