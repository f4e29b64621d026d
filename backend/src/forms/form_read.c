/* A definition: what it may say, and what is kept of it for those who use the form. */
#include <stdlib.h>

#include "forms/form.h"

const char *const form_widget_name[FORM_WIDGETS] = {"text",   "textarea", "number",     "date",    "datetime", "switch",
                                                    "choice", "choices",  "dictionary", "cascade", "ref",      "table"};

const char *const form_use_name[FORM_USES] = {"column", "filter", "dimension", "wanted"};

enum { TYPES_MAX = 2, KEYWORDS_MAX = 8, KEY_MAX = 40, LABEL_MAX = 100, HELP_MAX = 500 };

enum {
    ASKED = 1 << FORM_WANTED,
    SHOWN = ASKED | 1 << FORM_COLUMN,
    FOUND = SHOWN | 1 << FORM_FILTER,
    COUNTED = FOUND | 1 << FORM_DIMENSION
};

/* What each widget's schema says: its types, the format that it must have, the keywords that it may have, and what lists may
 * do with its values. */
static const struct rule {
    const char *types[TYPES_MAX];
    const char *format;
    const char *keywords[KEYWORDS_MAX];
    unsigned uses;
} rules[FORM_WIDGETS] = {
    [FORM_TEXT] = {{"string"}, NULL, {"minLength", "maxLength", "pattern", "format"}, FOUND},
    [FORM_TEXTAREA] = {{"string"}, NULL, {"minLength", "maxLength"}, SHOWN},
    [FORM_NUMBER] = {{"number", "integer"},
                     NULL,
                     {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "x-unit"},
                     FOUND},
    [FORM_DATE] = {{"string"}, "date", {"format"}, FOUND},
    [FORM_DATETIME] = {{"string"}, "date-time", {"format"}, FOUND},
    [FORM_SWITCH] = {{"boolean"}, NULL, {NULL}, COUNTED},
    [FORM_CHOICE] = {{"string"}, NULL, {"enum", "x-enum-labels"}, COUNTED},
    [FORM_CHOICES] = {{"array"}, NULL, {"items", "x-enum-labels", "minItems", "maxItems", "uniqueItems"}, COUNTED},
    [FORM_DICTIONARY] = {{"string"}, NULL, {"x-dictionary", "x-parent", "maxLength"}, COUNTED},
    [FORM_CASCADE] = {{"string"}, NULL, {"x-dictionary", "maxLength"}, COUNTED},
    [FORM_REF] = {{"string"}, "uuid", {"format", "x-ref"}, ASKED},
    [FORM_TABLE] = {{"array"}, NULL, {"items", "minItems", "maxItems"}, ASKED},
};
static const char *const common[] = {"type", "default", "x-widget", "x-label", "x-help", "x-order", "x-section", "x-uses", NULL};

struct reader {
    struct arena *a;
    struct error *first, **tail;
    size_t faults;
};

static struct error *fault(struct reader *r, const char *at, const char *rule, const char *detail)
{
    if (++r->faults > SCHEMA_MAX_ERRORS)
        return r->first;
    struct error *e = error_field(r->a, ERR_INVALID, at, rule, "%s", detail);
    *r->tail = e;
    r->tail = &e->next;
    return e;
}

static const char *below(struct reader *r, const char *at, const char *name)
{
    return arena_printf(r->a, "%s/%s", at, name);
}

static bool one_of(const char *const *list, size_t most, const char *word)
{
    for (size_t i = 0; i < most && list[i]; i++)
        if (strcmp(list[i], word) == 0)
            return true;
    return false;
}

static bool good_key(const char *key)
{
    size_t n = strlen(key);
    for (size_t i = 0; i < n; i++)
        if (!((key[i] >= 'a' && key[i] <= 'z') || (i && ((key[i] >= '0' && key[i] <= '9') || key[i] == '_'))))
            return false;
    return n && n <= KEY_MAX;
}

/* {"zh": "...", "en": "..."}; en is zh where it is absent, as what users type has one language. */
static void read_label(struct reader *r, json_t *owner, const char *at, struct str *zh, struct str *en)
{
    json_t *label = json_object_get(owner, "x-label");
    const char *z = json_string_value(json_object_get(label, "zh")), *e = json_string_value(json_object_get(label, "en"));
    size_t points = 0, latin = 0;
    bool fine = z && *z && str_utf8(str_of(z), &points) && str_utf8(str_of(e), &latin) && points <= LABEL_MAX && latin <= LABEL_MAX;
    if (!fine)
        fault(r, below(r, at, "x-label"), "required", "a label {zh, en} of at most 100 characters is needed");
    *zh = str_of(arena_strdup(r->a, fine ? z : ""));
    *en = str_of(arena_strdup(r->a, fine && e && *e ? e : zh->p));
}

static bool read_widget(struct reader *r, json_t *p, const char *at, bool column, struct form_field *f)
{
    const char *name = json_string_value(json_object_get(p, "x-widget"));
    for (int w = 0; name && w < FORM_WIDGETS; w++)
        if (strcmp(form_widget_name[w], name) == 0 && !(column && w == FORM_TABLE)) {
            f->widget = (enum form_widget)w;
            return true;
        }
    fault(r, below(r, at, "x-widget"), "enum", column ? "no widget for a column of a table" : "no such widget");
    return false;
}

static void read_choices(struct reader *r, json_t *p, const char *at, struct form_field *f)
{
    json_t *list = json_object_get(f->widget == FORM_CHOICE ? p : json_object_get(p, "items"), "enum"), *one;
    json_t *labels = json_object_get(p, "x-enum-labels");
    size_t i, n = json_array_size(list);
    if (!n || n > FORM_CHOICES_MAX) {
        fault(r, below(r, at, "enum"), "required", "1 to 500 values to choose from are needed");
        return;
    }
    f->choices = arena_array(r->a, n, sizeof *f->choices);
    json_array_foreach(list, i, one) {
        const char *code = json_string_value(one);
        if (!code || !*code || strlen(code) > 60) {
            fault(r, below(r, at, "enum"), "type", "values are texts of 1 to 60 bytes");
            return;
        }
        json_t *label = json_object_get(labels, code);
        const char *zh = json_string_value(json_object_get(label, "zh")), *en = json_string_value(json_object_get(label, "en"));
        struct code_item *c = &f->choices[f->choice_count++];
        *c = (struct code_item){.code = str_of(arena_strdup(r->a, code)), .label_zh = str_of(arena_strdup(r->a, zh ? zh : code))};
        c->label_en = en ? str_of(arena_strdup(r->a, en)) : c->label_zh;
    }
}

static const char *text_of(struct reader *r, json_t *p, const char *name)
{
    const char *v = json_string_value(json_object_get(p, name));
    return v ? arena_strdup(r->a, v) : NULL;
}

static void read_lists(struct reader *r, json_t *p, const char *at, struct form_field *f)
{
    f->dictionary = text_of(r, p, "x-dictionary");
    f->parent = text_of(r, p, "x-parent");
    if (!f->dictionary || !*f->dictionary || strlen(f->dictionary) > 40)
        fault(r, below(r, at, "x-dictionary"), "required", "the name of a dictionary is needed");
}

static void read_ref(struct reader *r, json_t *p, const char *at, struct form_field *f)
{
    static const char *const refs[] = {"org", "person", "asset", "file", NULL};
    f->ref = text_of(r, p, "x-ref");
    if (!f->ref || !one_of(refs, 4, f->ref))
        fault(r, below(r, at, "x-ref"), "enum", "one of org, person, asset, file");
}

static void cap(struct reader *r, json_t *p, const char *at, const char *keyword, json_int_t most)
{
    json_t *v = json_object_get(p, keyword);
    if (!v)
        json_object_set_new(p, keyword, json_integer(most));
    else if (!json_is_integer(v) || json_integer_value(v) > most)
        fault(r, below(r, at, keyword), "maximum", arena_printf(r->a, "a whole number of at most %lld", (long long)most));
}

static void check_keywords(struct reader *r, json_t *p, const char *at, const struct form_field *f)
{
    const struct rule *rule = &rules[f->widget];
    const char *type = json_string_value(json_object_get(p, "type")), *format = json_string_value(json_object_get(p, "format"));
    const char *key;
    json_t *v;
    json_object_foreach(p, key, v)
        if (!one_of(common, 99, key) && !one_of(rule->keywords, KEYWORDS_MAX, key))
            fault(r, below(r, at, key), "unknown_field", arena_printf(r->a, "%s is not taken here", key));
    if (!type || !one_of(rule->types, TYPES_MAX, type))
        fault(r, below(r, at, "type"), "enum", arena_printf(r->a, "must be %s", rule->types[0]));
    if (rule->format && (!format || strcmp(format, rule->format) != 0))
        fault(r, below(r, at, "format"), "enum", arena_printf(r->a, "must be %s", rule->format));
    if (f->widget == FORM_TEXT)
        cap(r, p, at, "maxLength", 2000);
    if (f->widget == FORM_TEXTAREA)
        cap(r, p, at, "maxLength", 10000);
    if (f->widget == FORM_DICTIONARY || f->widget == FORM_CASCADE)
        cap(r, p, at, "maxLength", 60);
    if (f->widget == FORM_CHOICES) {
        cap(r, p, at, "maxItems", FORM_CHOICES_MAX);
        json_object_set_new(p, "uniqueItems", json_true());
    }
    if (f->widget == FORM_TABLE)
        cap(r, p, at, "maxItems", FORM_ROWS_MAX);
}

static void read_uses(struct reader *r, json_t *p, const char *at, bool column, struct form_field *f)
{
    json_t *list = json_object_get(p, "x-uses"), *one;
    size_t i;
    if (!list)
        return;
    if (!json_is_array(list) || column)
        fault(r, below(r, at, "x-uses"), "type", column ? "a column of a table has none" : "a list of what lists do with it");
    json_array_foreach(list, i, one) {
        const char *name = json_string_value(one);
        unsigned use = 0;
        while (use < FORM_USES && (!name || strcmp(form_use_name[use], name) != 0))
            use++;
        if (use < FORM_USES && (rules[f->widget].uses >> use & 1))
            f->uses |= 1u << use;
        else
            fault(r, below(r, at, "x-uses"), "enum", arena_printf(r->a, "%s is not for this widget", name ? name : "this"));
    }
}

static int by_order(const void *a, const void *b)
{
    const struct form_field *x = a, *y = b;
    return x->order < y->order ? -1 : x->order > y->order;
}

static size_t read_properties(struct reader *r, json_t *owner, const char *at, bool columns, struct form_field **out);

static void read_columns(struct reader *r, json_t *p, const char *at, struct form_field *f)
{
    json_t *items = json_object_get(p, "items");
    const char *key, *type = json_string_value(json_object_get(items, "type")), *here = below(r, at, "items");
    static const char *const known[] = {"type", "properties", "required", "additionalProperties", NULL};
    json_t *v;
    json_object_foreach(items, key, v)
        if (!one_of(known, 4, key))
            fault(r, below(r, here, key), "unknown_field", arena_printf(r->a, "%s is not taken here", key));
    if (!type || strcmp(type, "object") != 0) {
        fault(r, here, "type", "rows are objects");
        return;
    }
    json_object_set_new(items, "additionalProperties", json_false());
    f->column_count = read_properties(r, items, here, true, &f->columns);
}

static void read_field(struct reader *r, json_t *p, const char *at, bool column, struct form_field *f)
{
    read_label(r, p, at, &f->label_zh, &f->label_en);
    const char *help = json_string_value(json_object_get(json_object_get(p, "x-help"), "zh"));
    if (help && strlen(help) > 4 * HELP_MAX)
        fault(r, below(r, at, "x-help"), "max_length", "at most 500 characters");
    if (!read_widget(r, p, at, column, f))
        return;
    f->order = json_integer_value(json_object_get(p, "x-order"));
    f->unit = text_of(r, p, "x-unit");
    check_keywords(r, p, at, f);
    read_uses(r, p, at, column, f);
    if (f->widget == FORM_CHOICE || f->widget == FORM_CHOICES)
        read_choices(r, p, at, f);
    else if (f->widget == FORM_DICTIONARY || f->widget == FORM_CASCADE)
        read_lists(r, p, at, f);
    else if (f->widget == FORM_REF)
        read_ref(r, p, at, f);
    else if (f->widget == FORM_TABLE)
        read_columns(r, p, at, f);
}

static struct form_field *find(struct form_field *f, size_t n, const char *key)
{
    for (size_t i = 0; key && i < n; i++)
        if (strcmp(f[i].key, key) == 0)
            return &f[i];
    return NULL;
}

static void read_required(struct reader *r, json_t *list, const char *at, struct form_field *f, size_t n)
{
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one) {
        struct form_field *x = find(f, n, json_string_value(one));
        if (x)
            x->required = true;
        else
            fault(r, below(r, at, "required"), "unknown", "required names a field that is not there");
    }
}

static void read_parents(struct reader *r, const char *at, struct form_field *f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct form_field *up = f[i].parent ? find(f, n, f[i].parent) : NULL;
        size_t steps = 0;
        if (f[i].parent && (!up || up->widget != FORM_DICTIONARY || !up->dictionary || !f[i].dictionary ||
                            strcmp(up->dictionary, f[i].dictionary) != 0))
            fault(r, arena_printf(r->a, "%s/properties/%s/x-parent", at, f[i].key), "unknown",
                  "the parent is a field of the same dictionary");
        for (; up && steps <= n; steps++)
            up = up->parent ? find(f, n, up->parent) : NULL;
        if (steps > n)
            fault(r, arena_printf(r->a, "%s/properties/%s/x-parent", at, f[i].key), "cycle", "the parents go round in a circle");
    }
}

static size_t read_properties(struct reader *r, json_t *owner, const char *at, bool columns, struct form_field **out)
{
    json_t *properties = json_object_get(owner, "properties"), *p;
    size_t n = json_object_size(properties), most = columns ? FORM_COLUMNS_MAX : FORM_FIELDS_MAX, count = 0;
    const char *key;
    *out = NULL;
    if (!n || n > most) {
        fault(r, below(r, at, "properties"), "required", arena_printf(r->a, "1 to %zu fields are needed", most));
        return 0;
    }
    struct form_field *f = arena_zalloc(r->a, n * sizeof *f);
    json_object_foreach(properties, key, p) {
        const char *here = arena_printf(r->a, "%s/properties/%s", at, key);
        f[count].key = arena_strdup(r->a, key);
        if (!good_key(key))
            fault(r, here, "pattern", "a name is 1 to 40 of a-z, 0-9 and _, and begins with a letter");
        else if (!json_is_object(p))
            fault(r, here, "type", "a field is an object");
        else
            read_field(r, p, here, columns, &f[count]);
        count++;
    }
    /* A stable order: fields of the same x-order stay as they stand. */
    for (size_t i = 0; i < count; i++)
        f[i].order = f[i].order * (json_int_t)(FORM_FIELDS_MAX + 1) + (json_int_t)i;
    qsort(f, count, sizeof *f, by_order);
    read_required(r, json_object_get(owner, "required"), at, f, count);
    read_parents(r, at, f, count);
    *out = f;
    return count;
}

/* ---- conditions ---- */
static bool names_fields(json_t *list, struct form_field *f, size_t n)
{
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one)
        if (!find(f, n, json_string_value(one)))
            return false;
    return json_array_size(list) > 0;
}

static bool good_condition(json_t *c, struct form_field *f, size_t n)
{
    const char *key;
    json_t *p, *properties = json_object_get(c, "properties");
    if (json_object_size(c) != 2 || !json_object_size(properties) || !names_fields(json_object_get(c, "required"), f, n))
        return false;
    json_object_foreach(properties, key, p)
        if (!find(f, n, key) || json_object_size(p) != 1 ||
            !(json_object_get(p, "const") || json_array_size(json_object_get(p, "enum"))))
            return false;
    return json_array_size(json_object_get(c, "required")) == json_object_size(properties);
}

static bool good_effect(json_t *rule, struct form_field *f, size_t n)
{
    json_t *then = json_object_get(rule, "then"), *otherwise = json_object_get(rule, "else"), *p;
    const char *key;
    if (then)
        return !otherwise && json_object_size(then) == 1 && names_fields(json_object_get(then, "required"), f, n);
    p = json_object_get(otherwise, "properties");
    if (json_object_size(otherwise) != 1 || !json_object_size(p))
        return false;
    json_t *shown;
    json_object_foreach(p, key, shown)
        if (!find(f, n, key) || !json_is_false(shown))
            return false;
    return true;
}

static void read_conditions(struct reader *r, json_t *list, const char *at, struct form_field *f, size_t n)
{
    size_t i;
    json_t *rule;
    if (json_array_size(list) > FORM_CONDITIONS_MAX)
        fault(r, below(r, at, "allOf"), "max_items", "at most 100 conditions");
    json_array_foreach(list, i, rule)
        if (json_object_size(rule) != 2 || !good_condition(json_object_get(rule, "if"), f, n) || !good_effect(rule, f, n))
            fault(r, arena_printf(r->a, "%s/allOf/%zu", at, i), "condition",
                  "a condition is {if: fields with values, then: required} or {if, else: fields that are not shown}");
}

static void drop_json(void *p)
{
    json_decref(p);
}

static struct error *compile(struct reader *r, struct form *out)
{
    struct error *e;
    out->schema = schema_compile(r->a, out->definition, NULL, &e);
    return e ? error_field(r->a, ERR_INVALID, "definition", "schema", "%s", e->detail ? e->detail : "not a schema") : NULL;
}

struct error *form_read(struct arena *a, json_t *definition, struct form *out)
{
    static const char *const known[] = {"$schema",    "type", "properties", "required", "allOf", "additionalProperties",
                                        "x-sections", NULL};
    struct reader r = {.a = a};
    const char *key;
    json_t *v;
    r.tail = &r.first;
    if (!json_is_object(definition))
        return error_field(a, ERR_INVALID, "definition", "type", "a definition is an object");
    out->definition = json_deep_copy(definition);
    arena_cleanup(a, drop_json, out->definition);
    json_object_foreach(definition, key, v)
        if (!one_of(known, 7, key))
            fault(&r, below(&r, "definition", key), "unknown_field", arena_printf(a, "%s is not taken here", key));
    json_object_set_new(out->definition, "type", json_string("object"));
    json_object_set_new(out->definition, "additionalProperties", json_false());
    out->count = read_properties(&r, out->definition, "definition", false, &out->fields);
    read_conditions(&r, json_object_get(out->definition, "allOf"), "definition", out->fields, out->count);
    return r.first ? r.first : compile(&r, out);
}

const struct form_field *form_field_of(const struct form *f, struct str key)
{
    for (size_t i = 0; i < f->count; i++)
        if (str_is(key, f->fields[i].key))
            return &f->fields[i];
    return NULL;
}

const struct form *form_for(const struct form_set *set, struct str code, const struct org_stamp *org)
{
    const struct form *best = NULL;
    int nearest = -1;
    for (size_t i = 0; i < set->count; i++) {
        int near = str_is(code, set->forms[i].code) ? realm_nearness(set->forms[i].realm, org) : -1;
        if (near > nearest) {
            nearest = near;
            best = &set->forms[i];
        }
    }
    return best;
}

bool form_set_uses(const struct form_set *set, struct str code, struct str key, enum form_use use)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct form_field *f = str_is(code, set->forms[i].code) ? form_field_of(&set->forms[i], key) : NULL;
        if (f && f->uses >> use & 1)
            return true;
    }
    return false;
}

bool form_field_in_sheets(const struct form_field *f)
{
    for (size_t i = 0; i < f->column_count; i++)
        if (f->columns[i].ref)
            return false;
    return !f->ref || strcmp(f->ref, "file") != 0;
}
