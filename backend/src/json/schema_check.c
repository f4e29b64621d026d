/* A value against a compiled schema. Paths are links on the stack and become text only in a complaint. */
#include <math.h>
#include <stdlib.h>

#include "json/schema_internal.h"
#include "json/value.h"
#include "json/write.h"

enum { MATCH_LIMIT = 100000, DEPTH_LIMIT = 200, HEAP_LIMIT_KB = 1024, SHOWN = 64, PATH_MAX_BYTES = 1024 };
/* Steps of one call, a schema met by a value being one; a pattern that runs into its limit costs as much as a thousand. */
enum { WORK_MAX = 4000000, WORK_PATTERN = 20000 };

struct place {
    const struct place *up;
    const char *name; /* NULL: index counts */
    size_t index;
};

struct check {
    struct arena *a;
    struct error *first, **tail;
    int count;
    int depth;
    long *work; /* what is left */
};

static bool check(struct check *k, const struct schema *s, json_t *v, const struct place *at);

static void put_place(struct buf *b, const struct place *at)
{
    if (at->up)
        put_place(b, at->up);
    if (b->n)
        buf_c(b, '/');
    if (at->name)
        buf_put(b, at->name, strnlen(at->name, SHOWN));
    else
        buf_u64(b, at->index);
}

static const char *place_text(struct check *k, const struct place *at)
{
    struct buf b = buf_new(k->a, 64, PATH_MAX_BYTES);
    put_place(&b, at);
    return buf_done(&b).p;
}

/* Nobody reads it: a silent trial (anyOf, oneOf, not, if), or enough has been said. */
static bool unheard(const struct check *k)
{
    return !k->tail || k->count >= SCHEMA_MAX_ERRORS;
}

/* params: what the sentence speaks of, as a JSON object; NULL for nothing. */
static bool complain(struct check *k, const struct place *at, const char *rule, const char *params, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
static bool complain(struct check *k, const struct place *at, const char *rule, const char *params, const char *fmt, ...)
{
    if (unheard(k))
        return false;
    va_list ap;
    va_start(ap, fmt);
    struct error *e = error_field(k->a, ERR_INVALID, place_text(k, at), rule, "%s", arena_vprintf(k->a, fmt, ap));
    va_end(ap);
    e->params = params;
    k->count++;
    *k->tail = e;
    k->tail = &e->next;
    return false;
}

static const char *shown(struct check *k, json_t *v)
{
    if (unheard(k))
        return "";
    char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
    if (!text)
        return "";
    size_t n = strnlen(text, SHOWN);
    while (n && !str_utf8((struct str){text, n}, NULL))
        n--;
    char *copy = arena_strndup(k->a, text, n);
    free(text);
    return copy;
}

/* {"KEY":"VALUE","now":"..."}; without a value only what is there now. */
static const char *params_text(struct check *k, const char *key, const char *value, json_t *now)
{
    if (unheard(k))
        return NULL;
    struct buf b = buf_new(k->a, 128, 4096);
    struct jw w = jw_of(&b);
    jw_object_begin(&w, NULL);
    if (value)
        jw_str(&w, key, str_of(value));
    if (now)
        jw_str(&w, "now", str_of(shown(k, now)));
    jw_object_end(&w);
    return buf_done(&b).p;
}

/* A count on the wrong side of its limit: `side` is "at least" or "at most". */
static bool complain_count(struct check *k, const struct place *at, const char *rule, const char *side, int64_t limit,
                           const char *of, size_t now)
{
    const char *params = unheard(k) ? NULL : arena_printf(k->a, "{\"limit\":%lld,\"now\":%zu}", (long long)limit, now);
    return complain(k, at, rule, params, "%s %lld %s, now %zu", side, (long long)limit, of, now);
}

/* A number on the wrong side; `key` is "limit", "exclusive" or "of", as the sentence needs it. */
static bool complain_number(struct check *k, const struct place *at, const char *rule, const char *words, const char *key,
                            double limit, json_t *v)
{
    if (unheard(k))
        return false;
    struct buf b = buf_new(k->a, 64, 256);
    buf_printf(&b, "{\"%s\":%.17g,\"now\":", key, limit);
    jw_string(&b, str_of(shown(k, v)));
    buf_c(&b, '}');
    return complain(k, at, rule, buf_done(&b).p, "%s %.17g, now %s", words, limit, shown(k, v));
}

static unsigned type_of(json_t *v)
{
    switch (json_typeof(v)) {
    case JSON_NULL:
        return T_NULL;
    case JSON_TRUE:
    case JSON_FALSE:
        return T_BOOL;
    case JSON_INTEGER:
        return T_INT;
    case JSON_REAL: /* 1.0 is an integer to JSON Schema */
        return floor(json_real_value(v)) == json_real_value(v) && fabs(json_real_value(v)) < 9e15 ? T_NUMBER | T_INT : T_NUMBER;
    case JSON_STRING:
        return T_STRING;
    case JSON_ARRAY:
        return T_ARRAY;
    default:
        return T_OBJECT;
    }
}

static const char *type_names(struct check *k, unsigned types)
{
    static const char *const names[] = {"null", "boolean", "integer", "number", "string", "array", "object"};
    struct buf b = buf_new(k->a, 64, 128);
    for (unsigned i = 0; i < 7; i++)
        if (types & (1u << i) && !(i == 2 && types & T_NUMBER)) {
            if (b.n)
                buf_lit(&b, " or ");
            buf_z(&b, names[i]);
        }
    return buf_done(&b).p;
}

static bool check_pattern(struct check *k, const struct schema *s, struct str text)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    if (!data || !limits)
        abort();
    pcre2_set_match_limit(limits, MATCH_LIMIT);
    pcre2_set_depth_limit(limits, DEPTH_LIMIT);
    pcre2_set_heap_limit(limits, HEAP_LIMIT_KB);
    int rc = pcre2_match(s->pattern, (PCRE2_SPTR)text.p, text.n, 0, 0, data, limits);
    pcre2_match_context_free(limits);
    pcre2_match_data_free(data);
    if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
        *k->work -= WORK_PATTERN;
    return rc >= 0; /* beyond a limit counts as no match */
}

static bool check_string(struct check *k, const struct schema *s, json_t *v, const struct place *at)
{
    struct str text = {json_string_value(v), json_string_length(v)};
    size_t points = 0;
    bool good = true;
    if (s->min_length > 0 || s->max_length >= 0)
        str_utf8(text, &points);
    if ((int64_t)points < s->min_length)
        good = complain_count(k, at, "min_length", "at least", s->min_length, "characters", points);
    if (s->max_length >= 0 && (int64_t)points > s->max_length)
        return complain_count(k, at, "max_length", "at most", s->max_length, "characters", points);
    if (s->pattern && !check_pattern(k, s, text))
        good = complain(k, at, "pattern", params_text(k, "pattern", s->pattern_text, v), "must match %s, now %s", s->pattern_text,
                        shown(k, v));
    if (s->format && !s->format(text))
        good = complain(k, at, "format", params_text(k, "format", s->format_name, v), "must be %s, now %s", s->format_name,
                        shown(k, v));
    return good;
}

/* -1, 0 or 1; integers exactly. */
static int compare(json_t *v, const struct bound *b)
{
    if (b->whole && json_is_integer(v))
        return (json_integer_value(v) > b->i) - (json_integer_value(v) < b->i);
    double d = json_number_value(v);
    return (d > b->d) - (d < b->d);
}

static bool is_multiple(json_t *v, const struct bound *of)
{
    if (of->whole && json_is_integer(v))
        return json_integer_value(v) % of->i == 0;
    double times = json_number_value(v) / of->d;
    return isfinite(times) && fabs(times) < 9e15 && fabs(times - round(times)) < 1e-6;
}

static bool check_number(struct check *k, const struct schema *s, json_t *v, const struct place *at)
{
    if (s->min.set && compare(v, &s->min) < 0)
        return complain_number(k, at, "minimum", "at least", "limit", s->min.d, v);
    if (s->above.set && compare(v, &s->above) <= 0)
        return complain_number(k, at, "minimum", "more than", "exclusive", s->above.d, v);
    if (s->max.set && compare(v, &s->max) > 0)
        return complain_number(k, at, "maximum", "at most", "limit", s->max.d, v);
    if (s->below.set && compare(v, &s->below) >= 0)
        return complain_number(k, at, "maximum", "less than", "exclusive", s->below.d, v);
    if (s->multiple_of.set && !is_multiple(v, &s->multiple_of))
        return complain_number(k, at, "multiple_of", "a multiple of", "of", s->multiple_of.d, v);
    return true;
}

static bool check_unique(struct check *k, json_t *v, const struct place *at)
{
    size_t n = json_array_size(v), repeated = n > 1 ? json_first_repeated(k->a, v) : n;
    return repeated == n || complain(k, &(struct place){at, NULL, repeated}, "unique", NULL, "stands twice");
}

static bool check_array(struct check *k, const struct schema *s, json_t *v, const struct place *at)
{
    size_t n = json_array_size(v);
    bool good = true;
    if ((int64_t)n < s->min_items)
        good = complain_count(k, at, "min_items", "at least", s->min_items, "items", n);
    if (s->max_items >= 0 && (int64_t)n > s->max_items)
        return complain_count(k, at, "max_items", "at most", s->max_items, "items", n);
    for (size_t i = 0; s->items && i < n && (good || !unheard(k)); i++)
        good = check(k, s->items, json_array_get(v, i), &(struct place){at, NULL, i}) && good;
    if (s->unique)
        good = check_unique(k, v, at) && good;
    return good;
}

static const struct schema *property_of(const struct schema *s, const char *name)
{
    struct property key = {name, NULL};
    const struct property *p =
        s->property_count ? bsearch(&key, s->properties, s->property_count, sizeof key, schema_by_name) : NULL;
    return p ? p->schema : NULL;
}

static bool check_members(struct check *k, const struct schema *s, json_t *v, const struct place *at)
{
    const char *name;
    json_t *sub;
    bool good = true;
    json_object_foreach(v, name, sub) {
        const struct schema *p = property_of(s, name);
        struct place here = {at, name, 0};
        if (p && p->read_only)
            good = complain(k, &here, "read_only", NULL, "the platform sets this field");
        else if (p)
            good = check(k, p, sub, &here) && good;
        else if (s->closed)
            good = complain(k, &here, "unknown_field", NULL, "there is no such field");
        else if (s->additional)
            good = check(k, s->additional, sub, &here) && good;
        if (!good && unheard(k))
            break;
    }
    return good;
}

static bool check_dependent(struct check *k, const struct schema *s, json_t *v, const struct place *at)
{
    const char *name;
    json_t *needs, *one;
    size_t i;
    bool good = true;
    json_object_foreach(s->dependent, name, needs)
        if (json_object_get(v, name))
            json_array_foreach(needs, i, one)
                if (!json_object_get(v, json_string_value(one)))
                    good = complain(k, &(struct place){at, json_string_value(one), 0}, "required",
                                    params_text(k, "because", name, NULL), "needed because of %s", name);
    return good;
}

static bool check_object(struct check *k, const struct schema *s, json_t *v, const struct place *at)
{
    bool good = true;
    for (size_t i = 0; i < s->required_count; i++)
        if (!json_object_get(v, s->required[i]))
            good = complain(k, &(struct place){at, s->required[i], 0}, "required", NULL, "this field is needed");
    if (s->dependent)
        good = check_dependent(k, s, v, at) && good;
    return check_members(k, s, v, at) && good;
}

static bool one_of_values(json_t *list, json_t *v)
{
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one)
        if (json_same(one, v))
            return true;
    return false;
}

/* Does the value fit, without saying why not? */
static bool fits(struct check *k, const struct schema *s, json_t *v)
{
    struct check silent = {.a = k->a, .depth = k->depth, .work = k->work};
    return check(&silent, s, v, NULL);
}

static size_t how_many_fit(struct check *k, struct schema *const *list, size_t n, json_t *v)
{
    size_t fit = 0;
    for (size_t i = 0; i < n; i++)
        fit += fits(k, list[i], v);
    return fit;
}

static bool check_combined(struct check *k, const struct schema *s, json_t *v, const struct place *at)
{
    bool good = true;
    if (s->ref)
        good = check(k, s->ref, v, at) && good;
    for (size_t i = 0; i < s->all_count; i++)
        good = check(k, s->all[i], v, at) && good;
    if (s->any_count && !how_many_fit(k, s->any, s->any_count, v))
        good = complain(k, at, "any_of", NULL, "fits none of the allowed forms");
    if (s->one_count && how_many_fit(k, s->one, s->one_count, v) != 1)
        good = complain(k, at, "one_of", NULL, "must fit exactly one of the allowed forms");
    if (s->not &&fits(k, s->not, v))
        good = complain(k, at, "not", NULL, "has a form that is not allowed");
    if (s->when) {
        const struct schema *branch = fits(k, s->when, v) ? s->then : s->otherwise;
        if (branch)
            good = check(k, branch, v, at) && good;
    }
    return good;
}

static bool check_kind(struct check *k, const struct schema *s, json_t *v, const struct place *at)
{
    switch (json_typeof(v)) {
    case JSON_STRING:
        return check_string(k, s, v, at);
    case JSON_INTEGER:
    case JSON_REAL:
        return check_number(k, s, v, at);
    case JSON_ARRAY:
        return check_array(k, s, v, at);
    case JSON_OBJECT:
        return check_object(k, s, v, at);
    default:
        return true;
    }
}

static bool check(struct check *k, const struct schema *s, json_t *v, const struct place *at)
{
    if (s->nothing)
        return complain(k, at, "not", NULL, "no value is allowed here");
    if (k->depth > SCHEMA_MAX_DEPTH)
        return complain(k, at, "depth", NULL, "nested too deeply");
    if (--*k->work < 0)
        return false;
    if (s->types && !(s->types & type_of(v)))
        return complain(k, at, "type", params_text(k, "type", type_names(k, s->types), v), "must be %s, now %s",
                        type_names(k, s->types), shown(k, v));
    if (s->enumeration && !one_of_values(s->enumeration, v))
        return complain(k, at, "enum", params_text(k, "", NULL, v), "not one of the allowed values, now %s", shown(k, v));
    if (s->constant && !json_same(s->constant, v))
        return complain(k, at, "const", NULL, "not the one allowed value");
    k->depth++;
    bool good = check_kind(k, s, v, at);
    good = check_combined(k, s, v, at) && good;
    k->depth--;
    return good;
}

struct error *schema_check(struct arena *a, const struct schema *s, json_t *value, const char *base)
{
    long work = WORK_MAX;
    struct check k = {.a = a, .work = &work};
    k.tail = &k.first;
    check(&k, s, value, &(struct place){NULL, base, 0});
    if (work < 0 && !k.first)
        return error_field(a, ERR_INVALID, base, "depth", "the document takes too long to check");
    return k.first;
}

/* ---- parameters ---- */
static unsigned declared_types(const struct schema *s)
{
    while (s->ref && !s->types)
        s = s->ref;
    return s->types;
}

static json_t *coerce(const struct schema *s, struct str text)
{
    unsigned types = declared_types(s);
    int64_t i;
    if (types & T_INT && str_i64(text, &i))
        return json_integer(i);
    if (types & T_NUMBER) {
        char copy[64], *end;
        if (text.n && text.n < sizeof copy) {
            memcpy(copy, text.p, text.n);
            copy[text.n] = '\0';
            double d = strtod(copy, &end);
            if (*end == '\0' && isfinite(d))
                return json_real(d);
        }
    }
    if (types & T_BOOL && (str_is(text, "true") || str_is(text, "1")))
        return json_true();
    if (types & T_BOOL && (str_is(text, "false") || str_is(text, "0")))
        return json_false();
    return json_stringn(text.p, text.n);
}

static json_t *coerce_list(const struct schema *s, struct str text)
{
    json_t *list = json_array();
    while (text.n) {
        struct str one = str_cut(&text, ',');
        json_array_append_new(list, s->items ? coerce(s->items, one) : json_stringn(one.p, one.n));
    }
    return list;
}

struct error *schema_check_param(struct arena *a, const struct schema *s, const char *name, struct str value, json_t **out)
{
    json_t *v = declared_types(s) & T_ARRAY ? coerce_list(s, value) : coerce(s, value);
    struct error *e = v ? schema_check(a, s, v, name) : error_field(a, ERR_BAD_PARAMETER, name, "encoding", "not UTF-8 text");
    for (struct error *x = e; x; x = x->next)
        x->code = ERR_BAD_PARAMETER;
    if (e)
        json_decref(v);
    else
        *out = v;
    return e;
}
