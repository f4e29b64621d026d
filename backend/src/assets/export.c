#include "assets/export.h"

#include <jansson.h>
#include <stdio.h>

static struct str label(const struct code_item *i, const char *lang)
{
    return strcmp(lang, "en") == 0 ? i->label_en : i->label_zh;
}

/* The word of an item where the import finds the same item by it, else its code. */
static struct str word_of(const struct code_item *items, size_t n, const struct code_item *i, const char *lang)
{
    struct str word = label(i, lang);
    return code_find(items, n, word) == i ? word : i->code;
}

/* ---- columns ---- */
static void list_choices(struct arena *a, const struct code_item *items, size_t n, const char *lang, struct sheet_column *out)
{
    const char **words = arena_array(a, n + 1, sizeof *words);
    for (size_t i = 0; i < n; i++)
        if (!items[i].retired)
            words[out->choice_count++] = str_dup(a, word_of(items, n, &items[i], lang));
    out->choices = words;
}

static void title_choices(struct arena *a, const struct export_plan *p, const struct asset_class *class,
                          const struct import_title *t, struct sheet_column *out)
{
    const char *name = import_title_list(t);
    if (!name)
        return;
    if (strcmp(name, "class") == 0) {
        struct code_item one = {.code = class->code, .label_zh = class->label_zh, .label_en = class->label_en};
        list_choices(a, &one, 1, p->lang, out);
        return;
    }
    if (strcmp(name, "category") == 0) {
        list_choices(a, class->categories, class->category_count, p->lang, out);
        return;
    }
    const struct code_list *list = codes_list(&p->catalogue->codes, name, NULL);
    if (list)
        list_choices(a, list->items, list->count, p->lang, out);
}

static bool has_attribute(const struct export_plan *p, const char *key)
{
    for (size_t i = 0; i < p->n; i++)
        if (!p->title[i] && strcmp(p->attribute[i], key) == 0)
            return true;
    return false;
}

static const char *word_for(struct arena *a, const struct export_plan *p, const struct form_field *t, json_t *take)
{
    const char *word = form_text_of_value(a, t, &p->catalogue->codes, p->org, take, p->lang).p;
    json_decref(take);
    return word;
}

/* The words that a cell may have, as the import reads them; a tree has its paths. None for free text. */
static void field_choices(struct arena *a, const struct export_plan *p, const struct form_field *t, struct sheet_column *out)
{
    const struct code_list *list = t->dictionary ? codes_list(&p->catalogue->codes, t->dictionary, p->org) : NULL;
    const char **words = arena_array(a, (list ? list->count : 0) + 2, sizeof *words);
    if (t->widget == FORM_CHOICE) {
        list_choices(a, t->choices, t->choice_count, p->lang, out);
        return;
    }
    if (t->widget == FORM_SWITCH) {
        words[out->choice_count++] = word_for(a, p, t, json_true());
        words[out->choice_count++] = word_for(a, p, t, json_false());
    }
    for (size_t i = 0; list && i < list->count; i++)
        if (!list->items[i].retired)
            words[out->choice_count++] = word_for(a, p, t, json_stringn(list->items[i].code.p, list->items[i].code.n));
    out->choices = out->choice_count ? words : NULL;
}

static void add_attributes(struct arena *a, struct export_plan *p, const struct form *form, bool choices)
{
    for (size_t i = 0; i < form->count && p->n < IMPORT_COLUMNS_MAX; i++) {
        const struct form_field *t = &form->fields[i];
        if (has_attribute(p, t->key) || !form_field_in_sheets(t))
            continue;
        struct sheet_column *column = &p->sheet[p->n];
        *column = (struct sheet_column){.title = form_field_title(a, t, p->lang).p};
        if (choices)
            field_choices(a, p, t, column);
        p->attribute[p->n++] = t->key;
    }
}

void export_plan_make(struct arena *a, const struct catalogue *c, const struct asset_class *class, const struct org_stamp *org,
                      const char *lang, bool choices, struct export_plan *out)
{
    *out = (struct export_plan){.catalogue = c, .lang = lang, .org = org};
    for (size_t i = 0; i < import_title_count; i++) {
        const struct import_title *t = &import_titles[i];
        out->sheet[out->n] = (struct sheet_column){.title = import_title_text(t, lang)};
        if (choices && class)
            title_choices(a, out, class, t, &out->sheet[out->n]);
        out->title[out->n++] = t;
    }
    for (size_t i = 0; i < c->forms.count; i++) {
        const struct form *f = &c->forms.forms[i];
        if ((!class || str_is(class->code, f->code)) && (!org || f == form_for(&c->forms, str_of(f->code), org)))
            add_attributes(a, out, f, choices);
    }
}

/* ---- cells ---- */
static struct str yes_no(const struct export_plan *p, bool yes)
{
    const struct code_list *list = codes_list(&p->catalogue->codes, "yes_no", NULL);
    const struct code_item *i = list ? code_find(list->items, list->count, yes ? STR("1") : STR("0")) : NULL;
    return i ? label(i, p->lang) : yes ? STR("1") : STR("0");
}

static struct str coded(const struct export_plan *p, const struct asset *x, const struct import_title *t)
{
    const char *name = import_title_list(t);
    struct str code = x->f[t->which];
    const struct asset_class *k = catalogue_class(p->catalogue, x->f[ASSET_CLASS]);
    if (!name || !code.n || !k)
        return code;
    if (t->which == ASSET_CLASS)
        return strcmp(p->lang, "en") == 0 ? k->label_en : k->label_zh;
    const struct code_list *list = codes_list(&p->catalogue->codes, name, NULL);
    const struct code_item *items = t->which == ASSET_CATEGORY ? k->categories : list ? list->items : NULL;
    size_t n = t->which == ASSET_CATEGORY ? k->category_count : list ? list->count : 0;
    const struct code_item *i = code_find(items, n, code);
    return i ? word_of(items, n, i, p->lang) : code;
}

static struct str addresses(struct arena *a, const struct asset *x, int kind)
{
    struct buf b = buf_new(a, 64, 64 * 1024);
    for (size_t i = 0; i < x->address_count; i++)
        if ((int)x->addresses[i].kind == kind) {
            if (b.n)
                buf_lit(&b, "; ");
            buf_str(&b, x->addresses[i].value);
        }
    return buf_done(&b);
}

static struct str attribute_text(struct arena *a, const struct export_plan *p, const struct asset *x, const char *key, json_t *all)
{
    static const struct form_field unknown = {.widget = FORM_TEXT};
    const struct form *form = form_for(&p->catalogue->forms, x->f[ASSET_CLASS], &x->org);
    const struct form_field *t = form ? form_field_of(form, str_of(key)) : NULL;
    return form_text_of_value(a, t ? t : &unknown, &p->catalogue->codes, &x->org, json_object_get(all, key), p->lang);
}

void export_cells(struct arena *a, const struct export_plan *p, const struct asset *x, struct str org, struct str *cells)
{
    json_t *attributes = x->attributes.n ? json_loadb(x->attributes.p, x->attributes.n, 0, NULL) : NULL;
    for (size_t i = 0; i < p->n; i++) {
        const struct import_title *t = p->title[i];
        if (!t)
            cells[i] = attribute_text(a, p, x, p->attribute[i], attributes);
        else if (t->target == IMPORT_ORG)
            cells[i] = org;
        else if (t->target == IMPORT_EXPOSED)
            cells[i] = yes_no(p, x->exposed);
        else if (t->target == IMPORT_ADDRESS)
            cells[i] = addresses(a, x, t->which);
        else
            cells[i] = coded(p, x, t);
    }
    json_decref(attributes);
}
