/* Values as bytes that sort as they do, and conditions as ranges of them. */
#include "forms/attribute.h"

#include <stdlib.h>

#include "kernel/clock.h"

enum { TEXT_MAX = 200 };

/* ---- values ---- */
static size_t big_endian(uint64_t n, unsigned char *out)
{
    for (int i = 0; i < 8; i++)
        out[i] = (unsigned char)(n >> (56 - 8 * i));
    return 8;
}

/* IEEE 754 in order: negative numbers turned over, others above them. */
static size_t number(double d, unsigned char *out)
{
    uint64_t bits;
    d += 0.0; /* -0 is 0 */
    memcpy(&bits, &d, sizeof bits);
    return big_endian(bits >> 63 ? ~bits : bits | UINT64_C(1) << 63, out);
}

static size_t moment(struct str text, unsigned char *out)
{
    int64_t us;
    return clock_parse_rfc3339(text, &us) ? big_endian((uint64_t)us ^ UINT64_C(1) << 63, out) : 0;
}

static size_t bytes(struct str text, bool fold, unsigned char *out)
{
    size_t n = text.n < ATTRIBUTE_VALUE_MAX ? text.n : ATTRIBUTE_VALUE_MAX;
    for (size_t i = 0; i < n; i++)
        out[i] = (unsigned char)(fold && text.p[i] >= 'A' && text.p[i] <= 'Z' ? text.p[i] + 32 : text.p[i]);
    return n;
}

size_t attribute_value(enum form_widget widget, json_t *v, unsigned char out[ATTRIBUTE_VALUE_MAX])
{
    struct str text = {json_string_value(v), json_string_length(v)};
    if (widget == FORM_NUMBER)
        return json_is_number(v) ? number(json_number_value(v), out) : 0;
    if (widget == FORM_SWITCH)
        return json_is_boolean(v) ? bytes(json_is_true(v) ? STR("1") : STR("0"), false, out) : 0;
    if (widget == FORM_DATETIME)
        return text.n ? moment(text, out) : 0;
    return bytes(text, widget == FORM_TEXT, out);
}

/* ---- conditions ---- */
struct asked {
    struct arena *a;
    const struct attribute *attribute;
    const struct codes *codes;
    const struct org_stamp *org;
    const char *at;
};

static struct error *bad(const struct asked *q, const char *rule, const char *detail)
{
    return error_field(q->a, ERR_BAD_PARAMETER, q->at, rule, "%s", detail);
}

static struct str keep(struct arena *a, const unsigned char *p, size_t n)
{
    return (struct str){arena_strndup(a, n ? (const char *)p : "", n), n};
}

/* All values that are not empty come after a zero byte, and before as many of 0xff. */
static struct str lowest(void)
{
    return (struct str){"", 1};
}

static struct str highest(struct arena *a, const unsigned char *p, size_t n)
{
    char *v = arena_alloc(a, ATTRIBUTE_VALUE_MAX);
    memset(v, 0xff, ATTRIBUTE_VALUE_MAX);
    if (n)
        memcpy(v, p, n);
    return (struct str){v, ATTRIBUTE_VALUE_MAX};
}

static struct error *bounds(const struct asked *q, json_t *v, struct attribute_condition *out)
{
    unsigned char lo[ATTRIBUTE_VALUE_MAX], hi[ATTRIBUTE_VALUE_MAX];
    json_t *min = json_object_get(v, "min"), *max = json_object_get(v, "max");
    enum form_widget w = q->attribute->widget;
    size_t low = attribute_value(w, min, lo), high = attribute_value(w, max, hi);
    if (w != FORM_NUMBER && w != FORM_DATE && w != FORM_DATETIME)
        return bad(q, "type", "only numbers and times have a smallest and a largest");
    if ((min && !low) || (max && !high) || !(min || max) || json_object_size(v) != (min ? 1U : 0U) + (max ? 1U : 0U))
        return bad(q, "format", "a smallest, a largest, or both, each of the kind of the attribute");
    out->lo = min ? keep(q->a, lo, low) : lowest();
    out->hi = max ? keep(q->a, hi, high) : highest(q->a, NULL, 0);
    return NULL;
}

static int by_bytes(const void *x, const void *y)
{
    const struct str *a = x, *b = y;
    int order = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);
    return order ? order : (a->n > b->n) - (a->n < b->n);
}

static bool among(const struct str *list, size_t n, struct str code)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(list[i], code))
            return true;
    return false;
}

/* The items below those that are asked for, as deep as the tree is. */
static size_t with_below(const struct asked *q, struct str *list, size_t n)
{
    const struct code_list *all = codes_list(q->codes, q->attribute->dictionary, q->org);
    for (size_t before = 0; all && before < n && n < ATTRIBUTE_ANY_MAX;) {
        size_t had = n;
        for (size_t i = 0; i < all->count && n < ATTRIBUTE_ANY_MAX; i++)
            if (among(list + before, had - before, all->items[i].parent) && !among(list, n, all->items[i].code))
                list[n++] = all->items[i].code;
        before = had;
    }
    return n;
}

static struct error *one_of(const struct asked *q, json_t *v, struct attribute_condition *out)
{
    struct str *list = arena_array(q->a, ATTRIBUTE_ANY_MAX, sizeof *list);
    size_t i, n = 0;
    json_t *one;
    if (!json_array_size(v) || json_array_size(v) > ATTRIBUTE_ANY_MAX)
        return bad(q, "max_items", "1 to 1,000 codes");
    json_array_foreach(v, i, one) {
        struct str code = {json_string_value(one), json_string_length(one)};
        if (!code.n || code.n > ATTRIBUTE_VALUE_MAX)
            return bad(q, "type", "a list of codes");
        list[n++] = code;
    }
    if (q->attribute->widget == FORM_CASCADE)
        n = with_below(q, list, n);
    qsort(list, n, sizeof *list, by_bytes);
    struct buf b = buf_new(q->a, n * 16 + 1, ATTRIBUTE_ANY_MAX * (2 * ATTRIBUTE_VALUE_MAX + 1) + 1);
    for (i = 0; i < n; i++) {
        if (i)
            buf_c(&b, ',');
        for (size_t k = 0; k < list[i].n; k++)
            buf_printf(&b, "%02X", (unsigned char)list[i].p[k]);
    }
    out->lo = list[0];
    out->hi = list[n - 1];
    if (n > 1)
        out->any = buf_done(&b);
    return NULL;
}

static struct error *text_or_code(const struct asked *q, json_t *v, struct attribute_condition *out)
{
    unsigned char value[ATTRIBUTE_VALUE_MAX];
    enum form_widget w = q->attribute->widget;
    size_t n = attribute_value(w, v, value);
    if (!n || json_string_length(v) > TEXT_MAX)
        return bad(q, "format", "not a value of this attribute");
    out->lo = keep(q->a, value, n);
    out->hi = w == FORM_TEXT ? highest(q->a, value, n) : out->lo;
    return NULL;
}

static struct error *condition(const struct asked *q, json_t *v, struct attribute_condition *out)
{
    enum form_widget w = q->attribute->widget;
    bool coded = w == FORM_CHOICE || w == FORM_CHOICES || w == FORM_DICTIONARY || w == FORM_CASCADE;
    *out = (struct attribute_condition){.no = q->attribute->no, .lo = STR(""), .hi = STR("")};
    if (json_is_null(v))
        return NULL;
    if (json_is_object(v))
        return bounds(q, v, out);
    if (coded)
        return json_is_array(v) ? one_of(q, v, out) : bad(q, "type", "a list of codes");
    return text_or_code(q, v, out);
}

struct error *attribute_usable(struct arena *a, const struct attribute_set *set, struct str code, struct str field, const char *at,
                               const struct attribute **out)
{
    *out = attribute_of(set, code, field);
    if (!*out)
        return error_field(a, ERR_BAD_PARAMETER, at, "unknown_field", "no attribute of this class that lists may ask for");
    return (*out)->ready
               ? NULL
               : error_field(a, ERR_BAD_PARAMETER, at, "not_ready", "the records are still being read in; try again in a minute");
}

static struct error *read_sort(struct arena *a, const struct attribute_set *set, struct str code, struct str sort,
                               struct attribute_query *out)
{
    struct asked q = {.a = a, .at = "sort"};
    out->down = str_starts(sort, STR("-"));
    if (out->down)
        sort = (struct str){sort.p + 1, sort.n - 1};
    if (!str_starts(sort, STR("attributes.")))
        return NULL;
    TRY(attribute_usable(a, set, code, (struct str){sort.p + 11, sort.n - 11}, q.at, &q.attribute));
    if (q.attribute->widget == FORM_CHOICES)
        return bad(&q, "enum", "an attribute of several values has no order");
    out->sort = q.attribute->no;
    return NULL;
}

static void drop_text(void *p)
{
    free(p);
}

struct error *attribute_query_read(struct arena *a, const struct attribute_set *set, const struct codes *codes,
                                   const struct org_stamp *org, struct str code, json_t *where, struct str sort,
                                   struct attribute_query *out)
{
    const char *field;
    json_t *v;
    *out = (struct attribute_query){0};
    if (where && !json_is_object(where))
        return error_field(a, ERR_BAD_PARAMETER, "where", "type", "an object of attributes");
    if (json_object_size(where) > ATTRIBUTE_CONDITIONS)
        return error_field(a, ERR_BAD_PARAMETER, "where", "max_items", "at most %d attributes", ATTRIBUTE_CONDITIONS);
    json_object_foreach(where, field, v) {
        struct asked q = {a, NULL, codes, org, arena_printf(a, "where/%s", field)};
        TRY(attribute_usable(a, set, code, str_of(field), q.at, &q.attribute));
        TRY(condition(&q, v, &out->where[out->count++]));
    }
    char *text = out->count ? json_dumps(where, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (text)
        arena_cleanup(a, drop_text, text);
    out->text = str_of(text);
    return read_sort(a, set, code, sort, out);
}

struct sql_arg attribute_no_arg(const char *name, const struct attribute_condition *c)
{
    return c->no ? A_INT(name, c->no) : A_NULL(name);
}

struct attribute_condition attribute_all(int64_t no)
{
    static const char top[] = "\xff\xff\xff\xff\xff\xff\xff\xff\xff"; /* after every value */
    return (struct attribute_condition){.no = no, .lo = STR(""), .hi = {top, sizeof top - 1}};
}

const struct attribute *attribute_of(const struct attribute_set *set, struct str code, struct str field)
{
    for (size_t i = 0; i < set->count; i++)
        if (str_eq(set->list[i].code, code) && str_is(field, set->list[i].field))
            return &set->list[i];
    return NULL;
}
