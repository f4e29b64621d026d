#include "json/schema.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "json/format.h"

enum { MATCH_LIMIT = 100000, DEPTH_LIMIT = 200, HEAP_LIMIT_KB = 1024, SHOWN = 64, MAX_REFS = 512 };

enum { T_NULL = 1, T_BOOL = 2, T_INT = 4, T_NUMBER = 8, T_STRING = 16, T_ARRAY = 32, T_OBJECT = 64 };

struct property {
    const char *name;
    struct schema *schema;
};

struct schema {
    unsigned types; /* 0: any */
    bool nothing;   /* the schema `false` */
    bool read_only;
    json_t *enumeration, *constant;
    struct property *properties; /* sorted by name */
    size_t property_count;
    const char **required;
    size_t required_count;
    bool closed; /* additionalProperties: false */
    struct schema *additional, *items;
    int64_t min_items, max_items, min_length, max_length;
    bool unique;
    pcre2_code *pattern;
    const char *pattern_text, *format_name;
    format_check format;
    bool has_min, has_max, min_open, max_open;
    double min, max;
    int64_t multiple_of;
    struct schema *ref, *not, *when, *then, *otherwise;
    struct schema **all, **any, **one;
    size_t all_count, any_count, one_count;
    json_t *dependent;
};

/* ---- compiling ---- */
struct compiler {
    struct arena *a;
    json_t *document;
    struct error *error;
    struct {
        json_t *at;
        struct schema *schema;
    } refs[MAX_REFS]; /* what was compiled already: references may recurse */
    size_t ref_count;
};

static struct schema *compile(struct compiler *c, json_t *node, const char *where);

static void fail(struct compiler *c, const char *where, const char *why, const char *what)
{
    if (!c->error)
        c->error = error_new(c->a, ERR_INTERNAL, "schema %s: %s %s", where, why, what);
}

static unsigned type_bit(const char *name)
{
    static const struct {
        const char *name;
        unsigned bit;
    } types[] = {{"null", T_NULL},     {"boolean", T_BOOL}, {"integer", T_INT},  {"number", T_NUMBER | T_INT},
                 {"string", T_STRING}, {"array", T_ARRAY},  {"object", T_OBJECT}};
    for (size_t i = 0; name && i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, name) == 0)
            return types[i].bit;
    return 0;
}

static void compile_type(struct compiler *c, struct schema *s, json_t *v, const char *where)
{
    size_t i;
    json_t *one;
    if (json_is_string(v))
        s->types = type_bit(json_string_value(v));
    else
        json_array_foreach(v, i, one) s->types |= type_bit(json_string_value(one));
    if (!s->types)
        fail(c, where, "unknown type", "");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct property *)a)->name, ((const struct property *)b)->name);
}

static void compile_properties(struct compiler *c, struct schema *s, json_t *v, const char *where)
{
    const char *name;
    json_t *sub;
    s->properties = arena_array(c->a, json_object_size(v) + 1, sizeof *s->properties);
    json_object_foreach(v, name, sub)
    {
        struct property *p = &s->properties[s->property_count++];
        p->name = arena_strdup(c->a, name);
        p->schema = compile(c, sub, arena_printf(c->a, "%s/%s", where, name));
    }
    qsort(s->properties, s->property_count, sizeof *s->properties, by_name);
}

static const char **compile_names(struct compiler *c, json_t *v, size_t *count)
{
    const char **names = arena_array(c->a, json_array_size(v) + 1, sizeof *names);
    size_t i;
    json_t *one;
    json_array_foreach(v, i, one) names[(*count)++] = arena_strdup(c->a, json_string_value(one) ? json_string_value(one) : "");
    return names;
}

static struct schema **compile_list(struct compiler *c, json_t *v, size_t *count, const char *where)
{
    struct schema **list = arena_array(c->a, json_array_size(v) + 1, sizeof *list);
    size_t i;
    json_t *one;
    json_array_foreach(v, i, one) list[(*count)++] = compile(c, one, arena_printf(c->a, "%s/%zu", where, i));
    return list;
}

static void drop_pattern(void *p)
{
    pcre2_code_free(p);
}

/* Look-around and back-references would let the browser and us disagree, or cost too much. */
static bool pattern_in_subset(const char *p)
{
    for (; *p; p++) {
        if (*p == '\\') {
            p++;
            if (*p >= '1' && *p <= '9')
                return false;
            if (*p == 'k' || *p == 'g' || *p == '\0')
                return false;
        } else if (*p == '(' && p[1] == '?' && p[2] != ':') {
            return false;
        }
    }
    return true;
}

static void compile_pattern(struct compiler *c, struct schema *s, const char *text, const char *where)
{
    int code;
    PCRE2_SIZE at;
    if (!text || !pattern_in_subset(text)) {
        fail(c, where, "pattern outside the subset:", text ? text : "");
        return;
    }
    s->pattern_text = arena_strdup(c->a, text);
    s->pattern = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_DOLLAR_ENDONLY, &code, &at, NULL);
    if (!s->pattern)
        fail(c, where, "pattern cannot be compiled:", text);
    else
        arena_cleanup(c->a, drop_pattern, s->pattern);
}

static void compile_ref(struct compiler *c, struct schema *s, const char *ref, const char *where)
{
    if (!ref || strncmp(ref, "#/", 2) != 0 || !c->document) {
        fail(c, where, "reference outside the document:", ref ? ref : "");
        return;
    }
    json_t *at = c->document;
    struct str rest = str_of(ref + 2);
    while (rest.n && at)
        at = json_object_get(at, str_dup(c->a, str_cut(&rest, '/')));
    if (!at) {
        fail(c, where, "reference to nothing:", ref);
        return;
    }
    s->ref = compile(c, at, ref);
}

static void set_bound(struct schema *s, const char *key, json_t *v)
{
    double d = json_number_value(v);
    if (strcmp(key, "minimum") == 0 || strcmp(key, "exclusiveMinimum") == 0) {
        s->has_min = true;
        s->min = d;
        s->min_open = key[0] == 'e';
    } else {
        s->has_max = true;
        s->max = d;
        s->max_open = key[0] == 'e';
    }
}

static void drop_json(void *p)
{
    json_decref(p);
}

static json_t *keep(struct compiler *c, json_t *v)
{
    json_incref(v);
    arena_cleanup(c->a, drop_json, v);
    return v;
}

static bool compile_simple(struct compiler *c, struct schema *s, const char *key, json_t *v, const char *where)
{
    if (strcmp(key, "type") == 0)
        compile_type(c, s, v, where);
    else if (strcmp(key, "enum") == 0)
        s->enumeration = keep(c, v);
    else if (strcmp(key, "const") == 0)
        s->constant = keep(c, v);
    else if (strcmp(key, "minItems") == 0)
        s->min_items = json_integer_value(v);
    else if (strcmp(key, "maxItems") == 0)
        s->max_items = json_integer_value(v);
    else if (strcmp(key, "minLength") == 0)
        s->min_length = json_integer_value(v);
    else if (strcmp(key, "maxLength") == 0)
        s->max_length = json_integer_value(v);
    else if (strcmp(key, "uniqueItems") == 0)
        s->unique = json_is_true(v);
    else if (strcmp(key, "readOnly") == 0)
        s->read_only = json_is_true(v);
    else if (strcmp(key, "multipleOf") == 0)
        s->multiple_of = json_integer_value(v);
    else if (strcmp(key, "minimum") == 0 || strcmp(key, "maximum") == 0 || strncmp(key, "exclusiveM", 10) == 0)
        set_bound(s, key, v);
    else if (strcmp(key, "pattern") == 0)
        compile_pattern(c, s, json_string_value(v), where);
    else
        return false;
    return true;
}

static void compile_format(struct compiler *c, struct schema *s, const char *name, const char *where)
{
    s->format_name = arena_strdup(c->a, name ? name : "");
    s->format = name ? format_by_name(name) : NULL;
    if (!s->format)
        fail(c, where, "unknown format", s->format_name);
}

static bool compile_nested(struct compiler *c, struct schema *s, const char *key, json_t *v, const char *where)
{
    const char *at = arena_printf(c->a, "%s/%s", where, key);
    if (strcmp(key, "properties") == 0)
        compile_properties(c, s, v, where);
    else if (strcmp(key, "required") == 0)
        s->required = compile_names(c, v, &s->required_count);
    else if (strcmp(key, "additionalProperties") == 0 && json_is_boolean(v))
        s->closed = json_is_false(v);
    else if (strcmp(key, "additionalProperties") == 0)
        s->additional = compile(c, v, at);
    else if (strcmp(key, "items") == 0)
        s->items = compile(c, v, at);
    else if (strcmp(key, "format") == 0)
        compile_format(c, s, json_string_value(v), where);
    else if (strcmp(key, "$ref") == 0)
        compile_ref(c, s, json_string_value(v), where);
    else if (strcmp(key, "allOf") == 0)
        s->all = compile_list(c, v, &s->all_count, at);
    else if (strcmp(key, "anyOf") == 0)
        s->any = compile_list(c, v, &s->any_count, at);
    else if (strcmp(key, "oneOf") == 0)
        s->one = compile_list(c, v, &s->one_count, at);
    else if (strcmp(key, "not") == 0)
        s->not = compile(c, v, at);
    else if (strcmp(key, "if") == 0)
        s->when = compile(c, v, at);
    else if (strcmp(key, "then") == 0)
        s->then = compile(c, v, at);
    else if (strcmp(key, "else") == 0)
        s->otherwise = compile(c, v, at);
    else if (strcmp(key, "dependentRequired") == 0)
        s->dependent = keep(c, v);
    else
        return false;
    return true;
}

static bool annotation(const char *key)
{
    static const char *const known[] = {"title", "description", "default", "examples", "writeOnly", "deprecated", "$comment", "$schema", "$id"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], key) == 0)
            return true;
    return strncmp(key, "x-", 2) == 0;
}

static struct schema *compile(struct compiler *c, json_t *node, const char *where)
{
    for (size_t i = 0; i < c->ref_count; i++)
        if (c->refs[i].at == node)
            return c->refs[i].schema;
    struct schema *s = arena_zalloc(c->a, sizeof *s);
    *s = (struct schema){.max_items = -1, .max_length = -1};
    if (json_is_boolean(node)) {
        s->nothing = json_is_false(node);
        return s;
    }
    if (!json_is_object(node)) {
        fail(c, where, "a schema is an object or a boolean", "");
        return s;
    }
    if (c->ref_count < MAX_REFS) {
        c->refs[c->ref_count].at = node;
        c->refs[c->ref_count++].schema = s;
    }
    const char *key;
    json_t *v;
    json_object_foreach(node, key, v)
    {
        if (!annotation(key) && !compile_simple(c, s, key, v, where) && !compile_nested(c, s, key, v, where))
            fail(c, where, "unsupported keyword", key);
    }
    return s;
}

struct schema *schema_compile(struct arena *boot, json_t *schema, json_t *document, struct error **err)
{
    struct compiler *c = arena_zalloc(boot, sizeof *c);
    c->a = boot;
    c->document = document;
    struct schema *s = compile(c, schema, "#");
    *err = c->error;
    return c->error ? NULL : s;
}

/* ---- checking ---- */
struct check {
    struct arena *a;
    struct error *first, **tail;
    int count;
    int depth;
};

static bool check(struct check *k, const struct schema *s, json_t *v, const char *path);

static bool complain(struct check *k, const char *path, const char *rule, const char *detail)
{
    if (!k->tail) /* a silent trial: anyOf, oneOf, not, if */
        return false;
    if (k->count++ < SCHEMA_MAX_ERRORS) {
        struct error *e = error_field(k->a, ERR_INVALID, path, rule, "%s", detail);
        *k->tail = e;
        k->tail = &e->next;
    }
    return false;
}

static const char *shown(struct check *k, json_t *v)
{
    char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
    if (!text)
        return "";
    size_t n = strlen(text) < SHOWN ? strlen(text) : SHOWN;
    while (n && !str_utf8((struct str){text, n}, NULL))
        n--;
    char *copy = arena_strndup(k->a, text, n);
    free(text);
    return copy;
}

static const char *child(struct check *k, const char *path, const char *name)
{
    return path[0] ? arena_printf(k->a, "%s/%s", path, name) : name;
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

static bool check_pattern(const struct schema *s, struct str text)
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
    return rc >= 0; /* beyond a limit counts as no match */
}

static bool check_string(struct check *k, const struct schema *s, json_t *v, const char *path)
{
    struct str text = {json_string_value(v), json_string_length(v)};
    size_t points = 0;
    bool good = true;
    if (s->min_length > 0 || s->max_length >= 0)
        str_utf8(text, &points);
    if ((int64_t)points < s->min_length)
        good = complain(k, path, "min_length", arena_printf(k->a, "at least %lld characters, now %zu", (long long)s->min_length, points));
    if (s->max_length >= 0 && (int64_t)points > s->max_length)
        good = complain(k, path, "max_length", arena_printf(k->a, "at most %lld characters, now %zu", (long long)s->max_length, points));
    if (s->pattern && !check_pattern(s, text))
        good = complain(k, path, "pattern", arena_printf(k->a, "must match %s, now %s", s->pattern_text, k->tail ? shown(k, v) : ""));
    if (s->format && !s->format(text))
        good = complain(k, path, "format", arena_printf(k->a, "must be %s, now %s", s->format_name, k->tail ? shown(k, v) : ""));
    return good;
}

static bool check_number(struct check *k, const struct schema *s, json_t *v, const char *path)
{
    double d = json_number_value(v);
    if (s->has_min && (s->min_open ? d <= s->min : d < s->min))
        return complain(k, path, "minimum", arena_printf(k->a, "at least %.15g, now %s", s->min, shown(k, v)));
    if (s->has_max && (s->max_open ? d >= s->max : d > s->max))
        return complain(k, path, "maximum", arena_printf(k->a, "at most %.15g, now %s", s->max, shown(k, v)));
    if (s->multiple_of && json_is_integer(v) && json_integer_value(v) % s->multiple_of)
        return complain(k, path, "multiple_of", arena_printf(k->a, "a multiple of %lld", (long long)s->multiple_of));
    return true;
}

static bool check_array(struct check *k, const struct schema *s, json_t *v, const char *path)
{
    size_t n = json_array_size(v), i, j;
    json_t *item;
    bool good = true;
    if ((int64_t)n < s->min_items)
        good = complain(k, path, "min_items", arena_printf(k->a, "at least %lld items, now %zu", (long long)s->min_items, n));
    if (s->max_items >= 0 && (int64_t)n > s->max_items)
        return complain(k, path, "max_items", arena_printf(k->a, "at most %lld items, now %zu", (long long)s->max_items, n));
    if (s->items)
        json_array_foreach(v, i, item) good = check(k, s->items, item, child(k, path, arena_printf(k->a, "%zu", i))) && good;
    if (s->unique)
        for (i = 0; i < n; i++)
            for (j = i + 1; j < n; j++)
                if (json_equal(json_array_get(v, i), json_array_get(v, j)))
                    return complain(k, child(k, path, arena_printf(k->a, "%zu", j)), "unique", "stands twice");
    return good;
}

static const struct schema *property_of(const struct schema *s, const char *name)
{
    struct property key = {name, NULL};
    const struct property *p = s->property_count ? bsearch(&key, s->properties, s->property_count, sizeof key, by_name) : NULL;
    return p ? p->schema : NULL;
}

static const char *printable(struct check *k, const char *name)
{
    return arena_strndup(k->a, name, strnlen(name, SHOWN));
}

static bool check_members(struct check *k, const struct schema *s, json_t *v, const char *path)
{
    const char *name;
    json_t *sub;
    bool good = true;
    json_object_foreach(v, name, sub)
    {
        const struct schema *p = property_of(s, name);
        if (p && p->read_only)
            good = complain(k, child(k, path, name), "read_only", "the platform sets this field");
        else if (p)
            good = check(k, p, sub, child(k, path, name)) && good;
        else if (s->closed)
            good = complain(k, child(k, path, printable(k, name)), "unknown_field", "there is no such field");
        else if (s->additional)
            good = check(k, s->additional, sub, child(k, path, name)) && good;
        if (k->count > SCHEMA_MAX_ERRORS)
            break;
    }
    return good;
}

static bool check_dependent(struct check *k, const struct schema *s, json_t *v, const char *path)
{
    const char *name;
    json_t *needs, *one;
    size_t i;
    bool good = true;
    json_object_foreach(s->dependent, name, needs) if (json_object_get(v, name))
        json_array_foreach(needs, i, one) if (!json_object_get(v, json_string_value(one)))
            good = complain(k, child(k, path, json_string_value(one)), "required", arena_printf(k->a, "needed because of %s", name));
    return good;
}

static bool check_object(struct check *k, const struct schema *s, json_t *v, const char *path)
{
    bool good = true;
    for (size_t i = 0; i < s->required_count; i++)
        if (!json_object_get(v, s->required[i]))
            good = complain(k, child(k, path, s->required[i]), "required", "this field is needed");
    if (s->dependent)
        good = check_dependent(k, s, v, path) && good;
    return check_members(k, s, v, path) && good;
}

static bool one_of_values(json_t *list, json_t *v)
{
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one) if (json_equal(one, v)) return true;
    return false;
}

/* Does the value fit, without saying why not? */
static bool fits(struct check *k, const struct schema *s, json_t *v)
{
    struct check silent = {.a = k->a, .depth = k->depth};
    return check(&silent, s, v, "");
}

static size_t how_many_fit(struct check *k, struct schema *const *list, size_t n, json_t *v)
{
    size_t fit = 0;
    for (size_t i = 0; i < n; i++)
        fit += fits(k, list[i], v);
    return fit;
}

static bool check_combined(struct check *k, const struct schema *s, json_t *v, const char *path)
{
    bool good = true;
    if (s->ref)
        good = check(k, s->ref, v, path) && good;
    for (size_t i = 0; i < s->all_count; i++)
        good = check(k, s->all[i], v, path) && good;
    if (s->any_count && !how_many_fit(k, s->any, s->any_count, v))
        good = complain(k, path, "any_of", "fits none of the allowed forms");
    if (s->one_count && how_many_fit(k, s->one, s->one_count, v) != 1)
        good = complain(k, path, "one_of", "must fit exactly one of the allowed forms");
    if (s->not && fits(k, s->not, v))
        good = complain(k, path, "not", "has a form that is not allowed");
    if (s->when) {
        const struct schema *branch = fits(k, s->when, v) ? s->then : s->otherwise;
        if (branch)
            good = check(k, branch, v, path) && good;
    }
    return good;
}

static bool check(struct check *k, const struct schema *s, json_t *v, const char *path)
{
    unsigned type = type_of(v);
    bool good = true;
    if (s->nothing)
        return complain(k, path, "not", "no value is allowed here");
    if (k->depth > SCHEMA_MAX_DEPTH)
        return complain(k, path, "depth", "nested too deeply");
    if (s->types && !(s->types & type))
        return complain(k, path, "type", arena_printf(k->a, "must be %s, now %s", type_names(k, s->types), k->tail ? shown(k, v) : ""));
    if (s->enumeration && !one_of_values(s->enumeration, v))
        return complain(k, path, "enum", arena_printf(k->a, "not one of the allowed values, now %s", k->tail ? shown(k, v) : ""));
    if (s->constant && !json_equal(s->constant, v))
        return complain(k, path, "const", "not the one allowed value");
    k->depth++;
    if (type == T_STRING)
        good = check_string(k, s, v, path);
    else if (type & (T_INT | T_NUMBER))
        good = check_number(k, s, v, path);
    else if (type == T_ARRAY)
        good = check_array(k, s, v, path);
    else if (type == T_OBJECT)
        good = check_object(k, s, v, path);
    good = check_combined(k, s, v, path) && good;
    k->depth--;
    return good;
}

struct error *schema_check(struct arena *a, const struct schema *s, json_t *value, const char *base)
{
    struct check k = {.a = a};
    k.tail = &k.first;
    check(&k, s, value, base);
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
