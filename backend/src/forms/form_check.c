/* Values against a form. */
#include "forms/form.h"
#include "json/write.h"

struct checker {
    struct arena *a;
    const struct codes *codes;
    const struct org_stamp *org;
    struct error *first, **tail;
    size_t faults;
};

static bool is_empty(json_t *v)
{
    return json_is_null(v) || (json_is_string(v) && json_string_length(v) == 0) || (json_is_array(v) && json_array_size(v) == 0);
}

static void drop_empty(json_t *object)
{
    const char *key;
    json_t *v, *row;
    void *next;
    size_t i;
    json_object_foreach_safe(object, next, key, v)
    {
        json_array_foreach(v, i, row)
            drop_empty(row);
        if (is_empty(v))
            json_object_del(object, key);
    }
}

static struct error *fault(struct checker *c, const char *at, const char *rule, const char *detail)
{
    struct error *e = error_field(c->a, ERR_INVALID, at, rule, "%s", detail);
    if (++c->faults > SCHEMA_MAX_ERRORS)
        return e;
    *c->tail = e;
    c->tail = &e->next;
    return e;
}

static void fault_code(struct checker *c, const char *at, const char *rule, const char *detail, struct str code)
{
    struct str shown = str_chars(code, 40);
    struct buf b = buf_new(c->a, 64, 1024);
    struct jw w = jw_of(&b);
    jw_object_begin(&w, NULL);
    jw_str(&w, "now", shown);
    jw_object_end(&w);
    fault(c, at, rule, arena_printf(c->a, "%s: " STR_FMT, detail, STR_ARG(shown)))->params = buf_done(&b).p;
}

static void check_code(struct checker *c, const struct form_field *f, json_t *values, const char *at)
{
    struct str code = {json_string_value(json_object_get(values, f->key)), json_string_length(json_object_get(values, f->key))};
    const struct code_item *item = code_exact(codes_list(c->codes, f->dictionary, c->org), code);
    const char *above = f->parent ? json_string_value(json_object_get(values, f->parent)) : NULL;
    if (!item || item->retired)
        fault_code(c, at, "dictionary", "not in the dictionary", code);
    else if (f->parent && (!above || !str_is(item->parent, above)))
        fault_code(c, at, "cascade", "not below the one chosen above", code);
}

/* Control characters of any text; lines only in a long one. */
static bool has_control(json_t *v, bool lines)
{
    const char *p = json_string_value(v);
    for (size_t i = 0; i < json_string_length(v); i++)
        if ((unsigned char)p[i] == 0x7f ||
            ((unsigned char)p[i] < 0x20 && !(lines && (p[i] == '\n' || p[i] == '\r' || p[i] == '\t'))))
            return true;
    return false;
}

static void check_fields(struct checker *c, const struct form_field *f, size_t n, json_t *values, const char *base)
{
    for (size_t i = 0; i < n; i++) {
        json_t *v = json_object_get(values, f[i].key), *row;
        size_t k;
        if (!v)
            continue;
        const char *at = *base ? arena_printf(c->a, "%s/%s", base, f[i].key) : f[i].key;
        if (json_is_string(v) && has_control(v, f[i].widget == FORM_TEXTAREA))
            fault(c, at, "control", "control characters are not taken");
        else if (f[i].dictionary)
            check_code(c, &f[i], values, at);
        else if (f[i].widget == FORM_TABLE)
            json_array_foreach(v, k, row)
                check_fields(c, f[i].columns, f[i].column_count, row, arena_printf(c->a, "%s/%zu", at, k));
    }
}

struct error *form_check(struct arena *a, const struct form *f, const struct codes *codes, const struct org_stamp *org,
                         json_t *values, const char *base)
{
    struct checker c = {.a = a, .codes = codes, .org = org};
    c.tail = &c.first;
    drop_empty(values);
    struct error *e = schema_check(a, f->schema, values, base);
    if (e)
        return e;
    check_fields(&c, f->fields, f->count, values, base);
    return c.first;
}
