#include "forms/form_sheet.h"

#include <stdlib.h>

#include "forms/form.h"
#include "json/write.h"

static void drop_json(void *p)
{
    json_decref(p);
}

static json_t *keep(struct arena *a, json_t *v)
{
    if (v)
        arena_cleanup(a, drop_json, v);
    return v;
}

static const char *z(json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

static bool list_has(json_t *list, const char *word)
{
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one)
        if (json_is_string(one) && strcmp(json_string_value(one), word) == 0)
            return true;
    return false;
}

/* ---- words of a cell: bare, or a JSON text where they would be read as something else ---- */
static void put_word(struct buf *b, const char *word)
{
    size_t n = strlen(word);
    if (!n || word[0] == '"' || (unsigned char)word[0] <= ' ' || (unsigned char)word[n - 1] <= ' ' || strpbrk(word, "=|&,\n\r"))
        jw_string(b, str_of(word));
    else
        buf_z(b, word);
}

/* The next word up to one of the stops, and the stop itself ('\0' at the end); false when a text is not closed. */
static bool next_word(struct arena *a, struct str *rest, const char *stops, const char **out, char *stop)
{
    struct str s = *rest;
    size_t n = 0;
    while (s.n && s.p[0] == ' ')
        s = (struct str){s.p + 1, s.n - 1};
    if (s.n && s.p[0] == '"') {
        json_error_t at;
        json_t *text = json_loadb(s.p, s.n, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, &at);
        *out = text ? arena_strdup(a, json_string_value(text)) : "";
        n = text ? (size_t)at.position : 0;
        json_decref(text);
        if (!n)
            return false;
        while (n < s.n && s.p[n] == ' ')
            n++;
        if (n < s.n && !strchr(stops, s.p[n]))
            return false;
    } else {
        while (n < s.n && !strchr(stops, s.p[n]))
            n++;
        *out = str_dup(a, str_trim((struct str){s.p, n}));
    }
    *stop = n < s.n ? s.p[n] : '\0';
    *rest = n < s.n ? (struct str){s.p + n + 1, s.n - n - 1} : (struct str){s.p + s.n, 0};
    return true;
}

/* ---- a definition as rows ---- */
static const struct bound {
    enum form_widget widget;
    const char *least, *most;
} bounds[] = {{FORM_TEXT, "minLength", "maxLength"},
              {FORM_TEXTAREA, "minLength", "maxLength"},
              {FORM_NUMBER, "minimum", "maximum"},
              {FORM_CHOICES, "minItems", "maxItems"},
              {FORM_TABLE, "minItems", "maxItems"}};

static const struct bound *bound_of(const char *widget)
{
    for (size_t i = 0; widget && i < sizeof bounds / sizeof *bounds; i++)
        if (strcmp(form_widget_name[bounds[i].widget], widget) == 0)
            return &bounds[i];
    return NULL;
}

static void put_text(json_t *row, const char *name, const char *text)
{
    if (text && *text)
        json_object_set_new(row, name, json_string(text));
}

static void put_json(json_t *row, const char *name, json_t *v, const char *before)
{
    char *text = v ? json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15)) : NULL;
    if (text)
        json_object_set_new(row, name, json_sprintf("%s%s", before, text));
    free(text);
}

static void put_bounds(json_t *row, json_t *p)
{
    const struct bound *b = bound_of(z(p, "x-widget"));
    if (!b)
        return;
    put_json(row, "minimum", json_object_get(p, b->least), "");
    put_json(row, "maximum", json_object_get(p, b->most), "");
    put_json(row, "minimum", json_object_get(p, "exclusiveMinimum"), ">");
    put_json(row, "maximum", json_object_get(p, "exclusiveMaximum"), "<");
    put_json(row, "multiple_of", json_object_get(p, "multipleOf"), "");
}

static void put_choices(struct arena *a, json_t *row, json_t *p)
{
    json_t *list = json_object_get(p, "enum"), *labels = json_object_get(p, "x-enum-labels"), *one;
    struct buf b = buf_new(a, 256, FORM_BYTES_MAX);
    size_t i;
    if (!list)
        list = json_object_get(json_object_get(p, "items"), "enum");
    json_array_foreach(list, i, one) {
        const char *code = json_string_value(one), *zh = z(json_object_get(labels, code), "zh"),
                   *en = z(json_object_get(labels, code), "en");
        if (i)
            buf_c(&b, '\n');
        put_word(&b, code);
        if (zh) {
            buf_c(&b, '=');
            put_word(&b, zh);
        }
        if (zh && en) {
            buf_c(&b, '=');
            put_word(&b, en);
        }
    }
    put_text(row, "choices", buf_done(&b).p);
}

static void put_section(struct arena *a, json_t *row, json_t *p, json_t *sections)
{
    size_t i;
    json_t *s;
    const char *key = z(p, "x-section");
    json_array_foreach(sections, i, s)
        if (key && z(s, "key") && strcmp(z(s, "key"), key) == 0) {
            struct buf b = buf_new(a, 64, 4096);
            json_t *words = json_object_get(s, "x-label");
            put_word(&b, z(words, "zh") ? z(words, "zh") : key);
            if (z(words, "en")) {
                buf_c(&b, '=');
                put_word(&b, z(words, "en"));
            }
            put_text(row, "section", buf_done(&b).p);
        }
}

static void put_uses(struct arena *a, json_t *row, json_t *p)
{
    size_t i;
    json_t *one;
    struct buf b = buf_new(a, 64, 256);
    json_array_foreach(json_object_get(p, "x-uses"), i, one) {
        if (i)
            buf_lit(&b, ", ");
        buf_z(&b, json_string_value(one));
    }
    put_text(row, "uses", buf_done(&b).p);
}

static void put_value(struct buf *b, json_t *v)
{
    char *text = json_is_string(v) ? NULL : json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    put_word(b, text ? text : json_string_value(v));
    free(text);
}

static void put_condition(struct buf *b, json_t *condition)
{
    const char *field;
    json_t *p, *one;
    size_t i;
    bool more = b->n > 0;
    json_object_foreach(json_object_get(condition, "properties"), field, p) {
        buf_z(b, more && b->p[b->n - 1] != '\n' ? " & " : "");
        buf_printf(b, "%s=", field);
        if (json_object_get(p, "const"))
            put_value(b, json_object_get(p, "const"));
        json_array_foreach(json_object_get(p, "enum"), i, one) {
            if (i)
                buf_c(b, '|');
            put_value(b, one);
        }
        more = true;
    }
}

/* The rules of one kind that name the field, a line each. */
static void put_rules(struct arena *a, json_t *row, const char *key, json_t *definition)
{
    struct buf shown = buf_new(a, 64, FORM_BYTES_MAX), needed = buf_new(a, 64, FORM_BYTES_MAX);
    size_t i;
    json_t *rule;
    json_array_foreach(json_object_get(definition, "allOf"), i, rule) {
        struct buf *b = list_has(json_object_get(json_object_get(rule, "then"), "required"), key)            ? &needed
                        : json_object_get(json_object_get(json_object_get(rule, "else"), "properties"), key) ? &shown
                                                                                                             : NULL;
        if (b && b->n)
            buf_c(b, '\n');
        if (b)
            put_condition(b, json_object_get(rule, "if"));
    }
    put_text(row, "shown_when", buf_done(&shown).p);
    put_text(row, "needed_when", buf_done(&needed).p);
}

static json_t *row_of(struct arena *a, const char *key, json_t *p, bool required, json_t *definition)
{
    json_t *row = json_object();
    const char *widget = z(p, "x-widget"), *format = z(p, "format");
    put_text(row, "key", key);
    put_text(row, "label_zh", z(json_object_get(p, "x-label"), "zh"));
    put_text(row, "label_en", z(json_object_get(p, "x-label"), "en"));
    put_text(row, "widget", widget);
    if (required)
        json_object_set_new(row, "required", json_true());
    put_section(a, row, p, json_object_get(definition, "x-sections"));
    put_uses(a, row, p);
    put_choices(a, row, p);
    put_text(row, "dictionary", z(p, "x-dictionary"));
    put_text(row, "parent", z(p, "x-parent"));
    put_text(row, "ref", z(p, "x-ref"));
    put_bounds(row, p);
    if (z(p, "type") && strcmp(z(p, "type"), "integer") == 0)
        json_object_set_new(row, "integer", json_true());
    put_text(row, "unit", z(p, "x-unit"));
    if (widget && strcmp(widget, form_widget_name[FORM_TEXT]) == 0)
        put_text(row, "format", format);
    put_text(row, "pattern", z(p, "pattern"));
    put_json(row, "default", json_object_get(p, "default"), "");
    put_text(row, "help_zh", z(json_object_get(p, "x-help"), "zh"));
    put_text(row, "help_en", z(json_object_get(p, "x-help"), "en"));
    return row;
}

struct placed {
    const char *key;
    json_t *property;
    json_int_t order;
    size_t at;
};

static int by_order(const void *x, const void *y)
{
    const struct placed *a = x, *b = y;
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    return a->at < b->at ? -1 : 1;
}

static struct placed *in_order(struct arena *a, json_t *properties, size_t *n)
{
    struct placed *list = arena_array(a, json_object_size(properties) + 1, sizeof *list);
    const char *key;
    json_t *p;
    *n = 0;
    json_object_foreach(properties, key, p) {
        list[*n] = (struct placed){key, p, json_integer_value(json_object_get(p, "x-order")), *n};
        ++*n;
    }
    qsort(list, *n, sizeof *list, by_order);
    return list;
}

json_t *form_rows_of(struct arena *a, json_t *definition)
{
    json_t *rows = keep(a, json_array()), *needed = json_object_get(definition, "required");
    size_t n, columns;
    struct placed *f = in_order(a, json_object_get(definition, "properties"), &n);
    for (size_t i = 0; i < n; i++) {
        json_t *row = row_of(a, f[i].key, f[i].property, list_has(needed, f[i].key), definition);
        json_t *items = json_object_get(f[i].property, "items");
        put_rules(a, row, f[i].key, definition);
        json_array_append_new(rows, row);
        struct placed *c = in_order(a, json_object_get(items, "properties"), &columns);
        for (size_t k = 0; k < columns; k++)
            json_array_append_new(rows, row_of(a, arena_printf(a, "%s.%s", f[i].key, c[k].key), c[k].property,
                                               list_has(json_object_get(items, "required"), c[k].key), NULL));
    }
    return rows;
}

/* ---- rows as a definition ---- */
struct maker {
    struct arena *a;
    json_t *definition;
    size_t row;
};

static struct error *bad(struct maker *m, const char *column, const char *rule, const char *detail)
{
    return error_field(m->a, ERR_INVALID, arena_printf(m->a, "items/%zu/%s", m->row, column), rule, "%s", detail);
}

static json_t *member(json_t *o, const char *name, json_t *(*make)(void))
{
    json_t *v = json_object_get(o, name);
    if (!v) {
        v = make();
        json_object_set_new(o, name, v);
    }
    return v;
}

static json_t *words_of(const char *zh, const char *en)
{
    json_t *w = json_object();
    put_text(w, "zh", zh);
    put_text(w, "en", en);
    return w;
}

static struct error *read_choices(struct maker *m, json_t *p, json_t *row)
{
    struct str rest = str_of(z(row, "choices"));
    json_t *codes = json_array(), *labels = json_object();
    bool fine = true;
    while (fine && rest.n) {
        const char *word[3] = {NULL, NULL, NULL};
        char stop = '=';
        for (size_t i = 0; fine && stop == '='; i++)
            fine = i < 3 && next_word(m->a, &rest, "=\n", &word[i], &stop);
        if (!fine || !*word[0])
            continue;
        json_array_append_new(codes, json_string(word[0]));
        if (word[1])
            json_object_set_new(labels, word[0], words_of(word[1], word[2]));
    }
    if (json_array_size(codes)) {
        bool several = strcmp(z(row, "widget"), form_widget_name[FORM_CHOICES]) == 0;
        json_object_set(several ? member(p, "items", json_object) : p, "enum", codes);
        if (several)
            json_object_set_new(json_object_get(p, "items"), "type", json_string("string"));
        if (json_object_size(labels))
            json_object_set(p, "x-enum-labels", labels);
    }
    json_decref(codes);
    json_decref(labels);
    return fine ? NULL : bad(m, "choices", "format", "lines of code=Chinese or code=Chinese=English");
}

static struct error *read_section(struct maker *m, json_t *p, json_t *row)
{
    struct str rest = str_of(z(row, "section"));
    const char *zh = "", *en = NULL;
    char stop;
    size_t i;
    json_t *sections, *s;
    if (!rest.n)
        return NULL;
    if (!next_word(m->a, &rest, "=", &zh, &stop) || (stop == '=' && !next_word(m->a, &rest, "=", &en, &stop)))
        return bad(m, "section", "format", "a name, or Chinese=English");
    sections = member(m->definition, "x-sections", json_array);
    json_array_foreach(sections, i, s)
        if (strcmp(z(json_object_get(s, "x-label"), "zh"), zh) == 0)
            break;
    if (i == json_array_size(sections))
        json_array_append_new(sections, json_pack("{s:o,s:o}", "key", json_sprintf("s%zu", i + 1), "x-label", words_of(zh, en)));
    json_object_set_new(p, "x-section", json_sprintf("s%zu", i + 1));
    return NULL;
}

static struct error *read_number(struct maker *m, json_t *p, json_t *row, const char *column, const char *name, char strict,
                                 const char *strict_name)
{
    const char *text = z(row, column);
    if (!text || !*text)
        return NULL;
    bool is_strict = strict && text[0] == strict;
    json_t *v = json_loads(text + is_strict, JSON_DECODE_ANY, NULL);
    if (!name || !json_is_number(v)) {
        json_decref(v);
        return bad(m, column, "type", name ? "a number" : "this type has none");
    }
    json_object_set_new(p, is_strict ? strict_name : name, v);
    return NULL;
}

static struct error *read_limits(struct maker *m, json_t *p, json_t *row)
{
    const struct bound *b = bound_of(z(row, "widget"));
    bool number = b && b->widget == FORM_NUMBER;
    TRY(read_number(m, p, row, "minimum", b ? b->least : NULL, number ? '>' : '\0', "exclusiveMinimum"));
    TRY(read_number(m, p, row, "maximum", b ? b->most : NULL, number ? '<' : '\0', "exclusiveMaximum"));
    return read_number(m, p, row, "multiple_of", number ? "multipleOf" : NULL, '\0', NULL);
}

static struct error *read_uses(struct maker *m, json_t *p, json_t *row)
{
    struct str rest = str_of(z(row, "uses"));
    const char *word;
    char stop;
    while (rest.n) {
        if (!next_word(m->a, &rest, ",", &word, &stop))
            return bad(m, "uses", "format", "column, filter, dimension, wanted");
        if (*word)
            json_array_append_new(member(p, "x-uses", json_array), json_string(word));
    }
    return NULL;
}

static void type_of(json_t *p, json_t *row)
{
    static const char *const types[FORM_WIDGETS] = {
        [FORM_NUMBER] = "number", [FORM_SWITCH] = "boolean", [FORM_CHOICES] = "array", [FORM_TABLE] = "array"};
    static const char *const formats[FORM_WIDGETS] = {[FORM_DATE] = "date", [FORM_DATETIME] = "date-time", [FORM_REF] = "uuid"};
    for (int w = 0; w < FORM_WIDGETS; w++)
        if (strcmp(form_widget_name[w], z(row, "widget")) == 0) {
            bool whole = w == FORM_NUMBER && json_is_true(json_object_get(row, "integer"));
            json_object_set_new(p, "type", json_string(whole ? "integer" : types[w] ? types[w] : "string"));
            put_text(p, "format", formats[w] ? formats[w] : z(row, "format"));
        }
    if (strcmp(z(row, "widget"), form_widget_name[FORM_TABLE]) == 0)
        json_object_set_new(p, "items", json_pack("{s:s,s:{}}", "type", "object", "properties"));
}

static struct error *property_of(struct maker *m, json_t *row, json_t *p)
{
    type_of(p, row);
    put_text(p, "x-widget", z(row, "widget"));
    json_object_set_new(p, "x-label", words_of(z(row, "label_zh"), z(row, "label_en")));
    if (z(row, "help_zh") || z(row, "help_en"))
        json_object_set_new(p, "x-help", words_of(z(row, "help_zh"), z(row, "help_en")));
    json_object_set_new(p, "x-order", json_integer((json_int_t)m->row + 1));
    put_text(p, "x-dictionary", z(row, "dictionary"));
    put_text(p, "x-parent", z(row, "parent"));
    put_text(p, "x-ref", z(row, "ref"));
    put_text(p, "x-unit", z(row, "unit"));
    put_text(p, "pattern", z(row, "pattern"));
    if (z(row, "default")) {
        json_t *v = json_loads(z(row, "default"), JSON_DECODE_ANY, NULL);
        json_object_set_new(p, "default", v ? v : json_string(z(row, "default")));
    }
    TRY(read_choices(m, p, row));
    TRY(read_section(m, p, row));
    TRY(read_limits(m, p, row));
    return read_uses(m, p, row);
}

/* A field, or below a table that stands before it a column. */
static struct error *add_row(struct maker *m, json_t *row)
{
    const char *key = z(row, "key"), *dot = strchr(key, '.');
    json_t *owner = m->definition, *p = json_object();
    if (dot) {
        const char *table = arena_strndup(m->a, key, (size_t)(dot - key));
        owner = json_object_get(json_object_get(json_object_get(m->definition, "properties"), table), "items");
        key = dot + 1;
    }
    json_t *properties = json_object_get(owner, "properties");
    if (!properties || json_object_get(properties, key)) {
        json_decref(p);
        return bad(m, "key", properties ? "unique" : "unknown",
                   properties ? "the key stands twice" : "no table of this name above");
    }
    json_object_set_new(properties, key, p);
    if (json_is_true(json_object_get(row, "required")))
        json_array_append_new(member(owner, "required", json_array), json_string(key));
    return property_of(m, row, p);
}

/* A value of a condition as its field has them. */
static json_t *typed(json_t *definition, const char *field, const char *word)
{
    const char *type = z(json_object_get(json_object_get(definition, "properties"), field), "type");
    json_t *v = type && strcmp(type, "string") != 0 && strcmp(type, "array") != 0 ? json_loads(word, JSON_DECODE_ANY, NULL) : NULL;
    return v ? v : json_string(word);
}

static bool read_term(struct maker *m, struct str *rest, json_t *condition, char *stop)
{
    const char *field, *word;
    json_t *values = keep(m->a, json_array());
    if (!next_word(m->a, rest, "=\n", &field, stop) || *stop != '=')
        return false;
    for (*stop = '|'; *stop == '|';) {
        if (!next_word(m->a, rest, "|&\n", &word, stop))
            return false;
        json_array_append_new(values, typed(m->definition, field, word));
    }
    json_array_append_new(json_object_get(condition, "required"), json_string(field));
    json_object_set_new(json_object_get(condition, "properties"), field,
                        json_array_size(values) == 1 ? json_pack("{s:O}", "const", json_array_get(values, 0))
                                                     : json_pack("{s:O}", "enum", values));
    return true;
}

static struct error *read_rules(struct maker *m, json_t *row, const char *column, const char *key, bool shown)
{
    struct str rest = str_of(z(row, column));
    while (rest.n) {
        json_t *condition = keep(m->a, json_pack("{s:[],s:{}}", "required", "properties"));
        char stop = '&';
        while (stop == '&')
            if (!read_term(m, &rest, condition, &stop))
                return bad(m, column, "format", "lines of FIELD=VALUE|VALUE & FIELD=VALUE");
        json_array_append_new(member(m->definition, "allOf", json_array),
                              shown ? json_pack("{s:O,s:{s:{s:b}}}", "if", condition, "else", "properties", key, 0)
                                    : json_pack("{s:O,s:{s:[s]}}", "if", condition, "then", "required", key));
    }
    return NULL;
}

struct error *form_of_rows(struct arena *a, json_t *rows, json_t **out)
{
    struct maker m = {.a = a, .definition = keep(a, json_pack("{s:s,s:{}}", "type", "object", "properties"))};
    json_t *row;
    json_array_foreach(rows, m.row, row)
        TRY(add_row(&m, row));
    json_array_foreach(rows, m.row, row) {
        const char *key = z(row, "key");
        if (!strchr(key, '.')) {
            TRY(read_rules(&m, row, "shown_when", key, true));
            TRY(read_rules(&m, row, "needed_when", key, false));
        }
    }
    *out = m.definition;
    return NULL;
}
