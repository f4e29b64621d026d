#include <math.h>
#include <stdlib.h>

#include "json/schema_internal.h"

enum { MAX_REFS = 512 };

struct compiler {
    struct arena *a;
    json_t *document;
    struct error *error;
    struct {
        json_t *at;
        struct schema *schema;
    } refs[MAX_REFS]; /* what references lead to: they may recurse */
    size_t ref_count;
};

static struct schema *compile(struct compiler *c, json_t *node, const char *where);
static void compile_into(struct compiler *c, struct schema *s, json_t *node, const char *where);

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
    bool known = json_is_string(v) || json_array_size(v);
    if (json_is_string(v))
        s->types = type_bit(json_string_value(v));
    json_array_foreach(v, i, one) {
        known = known && type_bit(json_string_value(one));
        s->types |= type_bit(json_string_value(one));
    }
    if (!known || !s->types)
        fail(c, where, "unknown type", "");
}

int schema_by_name(const void *a, const void *b)
{
    return strcmp(((const struct property *)a)->name, ((const struct property *)b)->name);
}

static bool expect(struct compiler *c, bool fine, const char *where, const char *key)
{
    if (!fine)
        fail(c, where, "wrong kind of value for", key);
    return fine;
}

static void compile_properties(struct compiler *c, struct schema *s, json_t *v, const char *where)
{
    const char *name;
    json_t *sub;
    if (!expect(c, json_is_object(v), where, "properties"))
        return;
    s->properties = arena_array(c->a, json_object_size(v) + 1, sizeof *s->properties);
    json_object_foreach(v, name, sub) {
        struct property *p = &s->properties[s->property_count++];
        p->name = arena_strdup(c->a, name);
        p->schema = compile(c, sub, arena_printf(c->a, "%s/%s", where, name));
    }
    qsort(s->properties, s->property_count, sizeof *s->properties, schema_by_name);
}

static bool all_strings(json_t *v)
{
    size_t i;
    json_t *one;
    json_array_foreach(v, i, one)
        if (!json_is_string(one))
            return false;
    return json_is_array(v);
}

static const char **compile_names(struct compiler *c, json_t *v, size_t *count, const char *where)
{
    const char **names = arena_array(c->a, json_array_size(v) + 1, sizeof *names);
    size_t i;
    json_t *one;
    if (expect(c, all_strings(v), where, "required"))
        json_array_foreach(v, i, one)
            names[(*count)++] = arena_strdup(c->a, json_string_value(one));
    return names;
}

static struct schema **compile_list(struct compiler *c, json_t *v, size_t *count, const char *where)
{
    struct schema **list = arena_array(c->a, json_array_size(v) + 1, sizeof *list);
    size_t i;
    json_t *one;
    expect(c, json_array_size(v) > 0, where, "a list of schemas");
    json_array_foreach(v, i, one)
        list[(*count)++] = compile(c, one, arena_printf(c->a, "%s/%zu", where, i));
    return list;
}

static void drop_pattern(void *p)
{
    pcre2_code_free(p);
}

/* Look-around and back-references would cost too much, PCRE's own escapes and verbs would let the browser and us disagree. */
static bool pattern_in_subset(const char *p)
{
    for (; *p; p++) {
        if (*p == '\\') {
            p++;
            bool letter = (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');
            if (!*p || (letter && !strchr("dDwWsSbBnrtfvxpP", *p)))
                return false;
        } else if (*p == '(' && ((p[1] == '?' && p[2] != ':') || p[1] == '*')) {
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

/* One element of a JSON pointer: ~1 is /, ~0 is ~. */
static char *pointer_element(struct arena *a, struct str raw)
{
    char *out = arena_alloc(a, raw.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        bool escape = raw.p[i] == '~' && i + 1 < raw.n && (raw.p[i + 1] == '0' || raw.p[i + 1] == '1');
        out[n++] = !escape ? raw.p[i] : raw.p[i + 1] == '1' ? '/' : '~';
        i += escape;
    }
    out[n] = '\0';
    return out;
}

static json_t *pointed_at(struct compiler *c, const char *ref)
{
    json_t *at = c->document;
    struct str rest = str_of(ref + (ref[1] ? 2 : 1));
    while (rest.n && at) {
        const char *name = pointer_element(c->a, str_cut(&rest, '/'));
        uint64_t index;
        if (json_is_array(at))
            at = str_u64(str_of(name), &index) ? json_array_get(at, index) : NULL;
        else
            at = json_object_get(at, name);
    }
    return at;
}

static void compile_ref(struct compiler *c, struct schema *s, const char *ref, const char *where)
{
    if (!ref || ref[0] != '#' || (ref[1] && ref[1] != '/') || !c->document) {
        fail(c, where, "reference outside the document:", ref ? ref : "");
        return;
    }
    json_t *at = pointed_at(c, ref);
    if (!at) {
        fail(c, where, "reference to nothing:", ref);
        return;
    }
    for (size_t i = 0; i < c->ref_count; i++)
        if (c->refs[i].at == at) {
            s->ref = c->refs[i].schema;
            return;
        }
    if (c->ref_count == MAX_REFS) {
        fail(c, where, "too many references:", ref);
        return;
    }
    struct schema *target = arena_zalloc(c->a, sizeof *target);
    c->refs[c->ref_count].at = at;
    c->refs[c->ref_count++].schema = target;
    s->ref = target;
    compile_into(c, target, at, ref);
}

static struct bound bound_of(struct compiler *c, json_t *v, const char *where, const char *key)
{
    struct bound b = {.set = true, .whole = json_is_integer(v), .i = json_integer_value(v), .d = json_number_value(v)};
    expect(c, json_is_number(v), where, key);
    return b;
}

static int64_t count_of(struct compiler *c, json_t *v, const char *where, const char *key)
{
    double d = json_number_value(v);
    if (!expect(c, json_is_number(v) && d >= 0 && floor(d) == d && d < 9e15, where, key))
        return 0;
    return (int64_t)d;
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

static bool compile_count(struct compiler *c, struct schema *s, const char *key, json_t *v, const char *where)
{
    int64_t *to = strcmp(key, "minItems") == 0    ? &s->min_items
                  : strcmp(key, "maxItems") == 0  ? &s->max_items
                  : strcmp(key, "minLength") == 0 ? &s->min_length
                  : strcmp(key, "maxLength") == 0 ? &s->max_length
                                                  : NULL;
    if (to)
        *to = count_of(c, v, where, key);
    return to;
}

static bool compile_bound(struct compiler *c, struct schema *s, const char *key, json_t *v, const char *where)
{
    struct bound *to = strcmp(key, "minimum") == 0            ? &s->min
                       : strcmp(key, "maximum") == 0          ? &s->max
                       : strcmp(key, "exclusiveMinimum") == 0 ? &s->above
                       : strcmp(key, "exclusiveMaximum") == 0 ? &s->below
                       : strcmp(key, "multipleOf") == 0       ? &s->multiple_of
                                                              : NULL;
    if (to)
        *to = bound_of(c, v, where, key);
    if (to == &s->multiple_of)
        expect(c, to->d > 0, where, key);
    return to;
}

static bool compile_simple(struct compiler *c, struct schema *s, const char *key, json_t *v, const char *where)
{
    if (strcmp(key, "type") == 0)
        compile_type(c, s, v, where);
    else if (strcmp(key, "enum") == 0 && expect(c, json_is_array(v), where, key))
        s->enumeration = keep(c, v);
    else if (strcmp(key, "const") == 0)
        s->constant = keep(c, v);
    else if (strcmp(key, "uniqueItems") == 0)
        s->unique = expect(c, json_is_boolean(v), where, key) && json_is_true(v);
    else if (strcmp(key, "readOnly") == 0)
        s->read_only = expect(c, json_is_boolean(v), where, key) && json_is_true(v);
    else if (strcmp(key, "pattern") == 0)
        compile_pattern(c, s, json_string_value(v), where);
    else
        return compile_count(c, s, key, v, where) || compile_bound(c, s, key, v, where);
    return true;
}

static json_t *dependent_of(struct compiler *c, json_t *v, const char *where)
{
    const char *name;
    json_t *needs;
    expect(c, json_is_object(v), where, "dependentRequired");
    json_object_foreach(v, name, needs)
        expect(c, all_strings(needs), where, "dependentRequired");
    return keep(c, v);
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
        s->required = compile_names(c, v, &s->required_count, where);
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
        s->dependent = dependent_of(c, v, where);
    else
        return false;
    return true;
}

static bool annotation(const char *key)
{
    static const char *const known[] = {"title",      "description", "default", "examples", "writeOnly",
                                        "deprecated", "$comment",    "$schema", "$id",      "$defs"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], key) == 0)
            return true;
    return strncmp(key, "x-", 2) == 0;
}

static void compile_into(struct compiler *c, struct schema *s, json_t *node, const char *where)
{
    *s = (struct schema){.max_items = -1, .max_length = -1};
    if (json_is_boolean(node)) {
        s->nothing = json_is_false(node);
        return;
    }
    if (!expect(c, json_is_object(node), where, "a schema"))
        return;
    const char *key;
    json_t *v;
    json_object_foreach(node, key, v) {
        if (!annotation(key) && !compile_simple(c, s, key, v, where) && !compile_nested(c, s, key, v, where))
            fail(c, where, "unsupported keyword", key);
    }
}

static struct schema *compile(struct compiler *c, json_t *node, const char *where)
{
    struct schema *s = arena_zalloc(c->a, sizeof *s);
    compile_into(c, s, node, where);
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
