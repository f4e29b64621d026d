#include "json/value.h"

#include <stdlib.h>

#include "json/canonical.h"

enum { TEXT_MAX = 64 << 20 };

static bool same_number(json_t *a, json_t *b)
{
    if (json_is_integer(a) && json_is_integer(b))
        return json_integer_value(a) == json_integer_value(b);
    return json_number_value(a) == json_number_value(b);
}

static bool same_items(json_t *a, json_t *b)
{
    size_t i;
    json_t *item;
    if (json_array_size(a) != json_array_size(b))
        return false;
    json_array_foreach(a, i, item)
        if (!json_same(item, json_array_get(b, i)))
            return false;
    return true;
}

static bool same_members(json_t *a, json_t *b)
{
    const char *name;
    json_t *v, *other;
    if (json_object_size(a) != json_object_size(b))
        return false;
    json_object_foreach(a, name, v) {
        other = json_object_get(b, name);
        if (!other || !json_same(v, other))
            return false;
    }
    return true;
}

bool json_same(json_t *a, json_t *b)
{
    if (json_is_number(a) && json_is_number(b))
        return same_number(a, b);
    if (json_is_array(a) && json_is_array(b))
        return same_items(a, b);
    if (json_is_object(a) && json_is_object(b))
        return same_members(a, b);
    return json_equal(a, b);
}

struct item {
    struct str text;
    size_t index;
};

static int by_item(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    size_t n = x->text.n < y->text.n ? x->text.n : y->text.n;
    int order = memcmp(x->text.p, y->text.p, n);
    if (order)
        return order;
    if (x->text.n != y->text.n)
        return x->text.n < y->text.n ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

size_t json_first_repeated(struct arena *a, json_t *array)
{
    size_t n = json_array_size(array), first = n;
    struct item *items = arena_array(a, n + 1, sizeof *items);
    for (size_t i = 0; i < n; i++) {
        struct buf b = buf_new(a, 16, TEXT_MAX);
        json_canonical(&b, json_array_get(array, i));
        items[i] = (struct item){buf_done(&b), i};
    }
    qsort(items, n, sizeof *items, by_item);
    for (size_t i = 1; i < n; i++)
        if (str_eq(items[i - 1].text, items[i].text) && items[i].index < first)
            first = items[i].index;
    return first;
}
