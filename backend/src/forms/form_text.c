/* Values as the cells of a sheet, both ways. */
#include <stdlib.h>

#include "forms/form.h"

static json_t *text(struct str s)
{
    return json_stringn(s.p, s.n);
}

static json_t *number_of(struct str s)
{
    int64_t i;
    char copy[64], *end;
    if (str_i64(s, &i))
        return json_integer(i);
    if (s.n >= sizeof copy)
        return text(s);
    str_copy(copy, sizeof copy, s);
    double d = strtod(copy, &end);
    json_t *real = *end ? NULL : json_real(d); /* NULL as well for what is not finite */
    return real ? real : text(s);
}

static json_t *yes_no_of(struct str s)
{
    static const char *const yes[] = {"是", "有", "1", "yes", "true", "y"}, *const no[] = {"否", "无", "0", "no", "false", "n"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (str_ieq(s, str_of(yes[i])))
            return json_true();
        if (str_ieq(s, str_of(no[i])))
            return json_false();
    }
    return text(s);
}

static json_t *choice_of(const struct form_field *f, struct str s)
{
    const struct code_item *i = code_find(f->choices, f->choice_count, s);
    return text(i ? i->code : s);
}

/* Cut at , ; 、 ，； and line ends. */
static struct str next_piece(struct str *rest)
{
    static const char *const marks[] = {",", ";", "\n", "、", "，", "；"};
    size_t first = rest->n, skip = 0;
    for (size_t m = 0; m < sizeof marks / sizeof *marks; m++) {
        const char *at = memmem(rest->p, rest->n, marks[m], strlen(marks[m]));
        if (at && (size_t)(at - rest->p) < first) {
            first = (size_t)(at - rest->p);
            skip = strlen(marks[m]);
        }
    }
    struct str piece = str_trim((struct str){rest->p, first});
    *rest = (struct str){rest->p + first + skip, rest->n - first - skip};
    return piece;
}

static json_t *choices_of(const struct form_field *f, struct str s)
{
    json_t *list = json_array();
    while (s.n) {
        struct str piece = next_piece(&s);
        if (piece.n)
            json_array_append_new(list, choice_of(f, piece));
    }
    return list;
}

static json_t *code_of(const struct form_field *f, const struct codes *codes, const struct org_stamp *org, json_t *values,
                       struct str s)
{
    const struct code_list *list = codes_list(codes, f->dictionary, org);
    const char *above = f->parent ? json_string_value(json_object_get(values, f->parent)) : NULL;
    const struct code_item *i = list ? code_meant(list, s, str_of(above)) : NULL;
    return text(i ? i->code : s);
}

static json_t *table_of(struct str s)
{
    json_t *v = json_loadb(s.p, s.n, JSON_REJECT_DUPLICATES, NULL);
    return v ? v : text(s);
}

json_t *form_value_of_text(struct arena *a, const struct form_field *f, const struct codes *codes, const struct org_stamp *org,
                           json_t *values, struct str s)
{
    (void)a;
    s = str_trim(s);
    switch (f->widget) {
    case FORM_NUMBER:
        return number_of(s);
    case FORM_SWITCH:
        return yes_no_of(s);
    case FORM_CHOICE:
        return choice_of(f, s);
    case FORM_CHOICES:
        return choices_of(f, s);
    case FORM_DICTIONARY:
    case FORM_CASCADE:
        return code_of(f, codes, org, values, s);
    case FORM_TABLE:
        return table_of(s);
    default:
        return text(s);
    }
}

/* ---- titles of columns ---- */
struct str form_field_title(struct arena *a, const struct form_field *f, const char *lang)
{
    bool en = strcmp(lang, "en") == 0;
    struct str label = en ? f->label_en : f->label_zh;
    if (!f->unit || !*f->unit)
        return label;
    return str_of(arena_printf(a, en ? STR_FMT " (%s)" : STR_FMT "（%s）", STR_ARG(label), f->unit));
}

bool form_field_titled(const struct form_field *f, struct str title)
{
    static const char *const marks[][2] = {{"（", "）"}, {"(", ")"}};
    struct str bare = title;
    for (size_t i = 0; f->unit && i < 2; i++) {
        size_t end = strlen(f->unit) + strlen(marks[i][1]), open = strlen(marks[i][0]);
        if (title.n <= end + open || memcmp(title.p + title.n - strlen(marks[i][1]), marks[i][1], strlen(marks[i][1])) != 0 ||
            memcmp(title.p + title.n - end, f->unit, strlen(f->unit)) != 0 ||
            memcmp(title.p + title.n - end - open, marks[i][0], open) != 0)
            continue;
        bare = str_trim((struct str){title.p, title.n - end - open});
    }
    return str_is(title, f->key) || str_eq(bare, f->label_zh) || str_ieq(bare, f->label_en);
}

/* The label where reading finds the same item by it, else the code. */
static struct str word_of(const struct form_field *f, struct str code, const char *lang)
{
    const struct code_item *i = code_find(f->choices, f->choice_count, code);
    if (!i)
        return code;
    struct str word = strcmp(lang, "en") == 0 ? i->label_en : i->label_zh;
    return code_find(f->choices, f->choice_count, word) == i ? word : code;
}

static struct str coded(struct arena *a, const struct form_field *f, const struct codes *codes, const struct org_stamp *org,
                        struct str code, const char *lang)
{
    const struct code_list *list = codes_list(codes, f->dictionary, org);
    const struct code_item *i = list ? code_find(list->items, list->count, code) : NULL;
    if (!i || !str_eq(i->code, code))
        return code;
    struct str path = code_path(a, list, i, lang);
    return code_meant(list, path, STR("")) == i ? path : code;
}

static struct str joined(struct arena *a, const struct form_field *f, json_t *list, const char *lang)
{
    struct buf b = buf_new(a, 128, 64 * 1024);
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one) {
        if (b.n)
            buf_z(&b, strcmp(lang, "en") == 0 ? ", " : "、");
        buf_str(&b, word_of(f, str_of(json_string_value(one)), lang));
    }
    return buf_done(&b);
}

static struct str dumped(struct arena *a, json_t *v)
{
    char *s = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
    struct str out = str_of(arena_strdup(a, s ? s : ""));
    free(s);
    return out;
}

struct str form_text_of_value(struct arena *a, const struct form_field *f, const struct codes *codes, const struct org_stamp *org,
                              json_t *v, const char *lang)
{
    struct str s = {json_is_string(v) ? arena_strndup(a, json_string_value(v), json_string_length(v)) : "", json_string_length(v)};
    bool en = strcmp(lang, "en") == 0;
    if (!v)
        return STR("");
    if (f->dictionary && json_is_string(v))
        return coded(a, f, codes, org, s, lang);
    if (f->widget == FORM_CHOICE && json_is_string(v))
        return word_of(f, s, lang);
    if (f->widget == FORM_CHOICES && json_is_array(v))
        return joined(a, f, v, lang);
    if (json_is_boolean(v))
        return json_is_true(v) ? (en ? STR("Yes") : STR("是")) : (en ? STR("No") : STR("否"));
    if (json_is_real(v))
        return str_of(arena_printf(a, "%.15g", json_real_value(v)));
    return json_is_string(v) ? s : dumped(a, v);
}
