#include "forms/code.h"

const struct code_item *code_find(const struct code_item *items, size_t n, struct str text)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(items[i].code, text))
            return &items[i];
    for (size_t i = 0; i < n; i++)
        if (str_eq(items[i].label_zh, text) || str_ieq(items[i].label_en, text))
            return &items[i];
    return NULL;
}

int realm_nearness(struct str realm, const struct org_stamp *org)
{
    if (!realm.n)
        return 0;
    for (int i = 0; org && i < (int)(sizeof org->level / sizeof *org->level); i++)
        if (str_is(realm, org->level[i]))
            return i + 1;
    return -1;
}

const struct code_list *codes_list(const struct codes *c, const char *name, const struct org_stamp *org)
{
    const struct code_list *best = NULL;
    int nearest = -1;
    for (size_t i = 0; i < c->count; i++) {
        int near = str_is(c->lists[i].name, name) ? realm_nearness(c->lists[i].realm, org) : -1;
        if (near > nearest) {
            nearest = near;
            best = &c->lists[i];
        }
    }
    return best;
}

const struct code_item *code_exact(const struct code_list *list, struct str code)
{
    for (size_t i = 0; list && code.n && i < list->count; i++)
        if (str_eq(list->items[i].code, code))
            return &list->items[i];
    return NULL;
}

static bool labelled(const struct code_item *i, struct str text)
{
    return str_eq(i->label_zh, text) || str_ieq(i->label_en, text);
}

struct str code_path(struct arena *a, const struct code_list *list, const struct code_item *i, const char *lang)
{
    const struct code_item *way[CODE_DEPTH_MAX];
    size_t n = 0;
    struct buf b = buf_new(a, 128, 4096);
    for (; i && n < CODE_DEPTH_MAX; i = code_exact(list, i->parent))
        way[n++] = i;
    while (n--) {
        if (b.n)
            buf_lit(&b, " / ");
        buf_str(&b, strcmp(lang, "en") == 0 ? way[n]->label_en : way[n]->label_zh);
    }
    return buf_done(&b);
}

/* The only item with the label; below parent when that is given, or at the top when top is set. */
static const struct code_item *only(const struct code_list *list, struct str label, struct str parent, bool top)
{
    const struct code_item *found = NULL;
    for (size_t i = 0; i < list->count; i++) {
        const struct code_item *x = &list->items[i];
        if (!labelled(x, label) || (parent.n && !str_eq(x->parent, parent)) || (top && x->parent.n))
            continue;
        if (found)
            return NULL;
        found = x;
    }
    return found;
}

const struct code_item *code_meant(const struct code_list *list, struct str text, struct str parent)
{
    const struct code_item *i = code_exact(list, text);
    if (!i)
        i = only(list, text, parent, false);
    if (i || !memchr(text.p, '/', text.n))
        return i;
    for (struct str rest = text; rest.n;) {
        i = only(list, str_trim(str_cut(&rest, '/')), i ? i->code : STR(""), !i);
        if (!i)
            return NULL;
    }
    return i;
}
