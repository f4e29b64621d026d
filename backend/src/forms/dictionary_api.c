/* /dictionaries */
#include <stdlib.h>

#include "forms/dictionary_store.h"
#include "http/sheet_body.h"
#include "json/write.h"
#include "org/realm.h"

struct error *dictionary_list(struct request *r);
struct error *dictionary_get(struct request *r);
struct error *dictionary_sheet(struct request *r);
struct error *dictionary_create(struct request *r);
struct error *dictionary_update(struct request *r);
struct error *dictionary_delete(struct request *r);

struct error *dictionary_list(struct request *r)
{
    struct rows x;
    TRY(dictionary_rows(r, &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        jw_object_begin(&w, NULL);
        jw_str(&w, "code", row_text(&x, 0));
        jw_row_text(&w, "realm_org_id", &x, 1);
        jw_row_text(&w, "realm_name", &x, 2);
        jw_str(&w, "label_zh", row_text(&x, 3));
        jw_str(&w, "label_en", row_text(&x, 4));
        jw_row_bool(&w, "shipped", &x, 5);
        jw_int(&w, "version", row_int(&x, 6));
        jw_row_time(&w, "updated_at", &x, 7);
        jw_int(&w, "item_count", row_int(&x, 8));
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    return list_end_whole(r);
}

/* The whole dictionary as JSON text: the answer, and what the trail keeps. */
static struct error *whole(struct request *r, struct str realm, struct str code, struct str *out, int64_t *version, bool *shipped)
{
    struct rows d, x;
    bool found;
    struct buf b = buf_new(r->arena, 4096, 4 << 20);
    struct jw w = jw_of(&b);
    TRY(dictionary_row(r, realm, code, &d, &found));
    if (!found)
        return not_found(r);
    *shipped = row_int(&d, 2) != 0;
    *version = row_int(&d, 3);
    jw_object_begin(&w, NULL);
    jw_str(&w, "code", code);
    jw_opt(&w, "realm_org_id", realm);
    jw_row_text(&w, "realm_name", &d, 4);
    jw_str(&w, "label_zh", row_text(&d, 0));
    jw_str(&w, "label_en", row_text(&d, 1));
    jw_bool(&w, "shipped", *shipped);
    jw_int(&w, "version", *version);
    TRY(rows_end(&d));
    TRY(dictionary_items(r, realm, code, &x));
    jw_array_begin(&w, "items");
    while (rows_next(&x)) {
        jw_object_begin(&w, NULL);
        jw_str(&w, "code", row_text(&x, 0));
        jw_row_text(&w, "parent_code", &x, 1);
        jw_str(&w, "label_zh", row_text(&x, 2));
        jw_str(&w, "label_en", row_text(&x, 3));
        jw_row_bool(&w, "active", &x, 4);
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    jw_array_end(&w);
    jw_object_end(&w);
    *out = buf_done(&b);
    return NULL;
}

struct error *dictionary_get(struct request *r)
{
    struct str text;
    int64_t version;
    bool shipped;
    TRY(whole(r, param_str(r, "realm"), param_str(r, "code"), &text, &version, &shipped));
    buf_str(&r->reply, text);
    return reply_written(r, 200);
}

static void drop_json(void *p)
{
    json_decref(p);
}

struct error *dictionary_sheet(struct request *r)
{
    struct str text;
    int64_t version;
    bool shipped;
    TRY(whole(r, param_str(r, "realm"), param_str(r, "code"), &text, &version, &shipped));
    json_t *all = json_loadb(text.p, text.n, 0, NULL);
    if (all)
        arena_cleanup(r->arena, drop_json, all);
    return reply_sheet(r, param_str(r, "code").p, json_object_get(all, "items"));
}

static int by_code(const void *a, const void *b)
{
    const struct code_item *const *x = a, *const *y = b;
    size_t n = (*x)->code.n < (*y)->code.n ? (*x)->code.n : (*y)->code.n;
    int order = memcmp((*x)->code.p, (*y)->code.p, n);
    return order ? order : ((*x)->code.n > (*y)->code.n) - ((*x)->code.n < (*y)->code.n);
}

static const struct code_item *item_of(const struct code_item **sorted, size_t n, struct str code)
{
    struct code_item wanted = {.code = code};
    const struct code_item *key = &wanted, **found = bsearch(&key, sorted, n, sizeof *sorted, by_code);
    return found ? *found : NULL;
}

/* Codes differ, parents are there, and nobody is below himself. */
static struct error *check_items(struct request *r, const struct code_item *items, size_t n)
{
    const struct code_item **sorted = arena_array(r->arena, n + 1, sizeof *sorted);
    for (size_t i = 0; i < n; i++)
        sorted[i] = &items[i];
    qsort(sorted, n, sizeof *sorted, by_code);
    for (size_t i = 1; i < n; i++)
        if (str_eq(sorted[i - 1]->code, sorted[i]->code))
            return invalid(
                r, arena_printf(r->arena, "items/%td/code", (sorted[i] > sorted[i - 1] ? sorted[i] : sorted[i - 1]) - items),
                "unique", "the code stands twice");
    for (size_t i = 0; i < n; i++) {
        const struct code_item *up = &items[i];
        for (int depth = 1; up && up->parent.n; depth++) {
            up = item_of(sorted, n, up->parent);
            if (!up)
                return invalid(r, arena_printf(r->arena, "items/%zu/parent_code", i), "unknown", "no such item in this dictionary");
            if (depth >= CODE_DEPTH_MAX)
                return invalid(r, arena_printf(r->arena, "items/%zu/parent_code", i), "cycle", "at most %d levels, and no circle",
                               CODE_DEPTH_MAX);
        }
    }
    return NULL;
}

static struct error *read_body(struct request *r, struct dictionary_write *w)
{
    json_t *list = body_get(r, "items"), *o;
    struct code_item *items = arena_array(r->arena, json_array_size(list) + 1, sizeof *items);
    size_t i;
    json_array_foreach(list, i, o) {
        items[i] = (struct code_item){json_str(o, "code"), json_str(o, "label_zh"), json_str(o, "label_en"),
                                      json_str(o, "parent_code"), json_is_false(json_object_get(o, "active"))};
        if (!items[i].label_en.n)
            items[i].label_en = items[i].label_zh;
    }
    w->items = items;
    w->count = json_array_size(list);
    w->label_zh = body_str(r, "label_zh");
    w->label_en = body_str(r, "label_en").n ? body_str(r, "label_en") : w->label_zh;
    w->version = body_int(r, "version", 0);
    return check_items(r, items, w->count);
}

static struct error *answer(struct request *r, int status, const struct dictionary_write *w, const struct org_stamp *stamp,
                            struct str before)
{
    struct str text;
    int64_t version;
    bool shipped;
    TRY(whole(r, w->realm, w->code, &text, &version, &shipped));
    request_audit(r, "dictionary", str_dup(r->arena, w->code), stamp, before, text);
    r->raises[GENERATION_CONFIG] = true;
    buf_str(&r->reply, text);
    return reply_written(r, status);
}

struct error *dictionary_create(struct request *r)
{
    struct dictionary_write w = {.code = body_str(r, "code")};
    struct org_stamp stamp;
    char realm[37];
    TRY(realm_for_write(r, body_str(r, "realm"), realm, &stamp));
    w.realm = str_of(realm);
    TRY(read_body(r, &w));
    struct error *e = dictionary_insert(r, &w);
    if (e && e->code == ERR_DUPLICATE)
        return error_field(r->arena, ERR_DUPLICATE, "code", "taken", "a dictionary with this code exists");
    if (e)
        return e;
    TRY(dictionary_room(r, &w));
    return answer(r, 201, &w, &stamp, STR(""));
}

struct error *dictionary_update(struct request *r)
{
    struct dictionary_write w = {.code = param_str(r, "code"), .realm = param_str(r, "realm")};
    struct org_stamp stamp;
    struct str before;
    int64_t version;
    bool shipped;
    uint64_t n;
    TRY(realm_may_write(r, w.realm, &stamp));
    TRY(whole(r, w.realm, w.code, &before, &version, &shipped));
    TRY(read_body(r, &w));
    TRY(dictionary_change(r, &w, &n));
    if (!n)
        return stale_version(r, version);
    TRY(dictionary_room(r, &w));
    return answer(r, 200, &w, &stamp, before);
}

struct error *dictionary_delete(struct request *r)
{
    struct str code = param_str(r, "code"), realm = param_str(r, "realm"), before;
    struct org_stamp stamp;
    int64_t version;
    bool shipped;
    uint64_t n;
    TRY(realm_may_write(r, realm, &stamp));
    TRY(whole(r, realm, code, &before, &version, &shipped));
    if (shipped)
        return error_new(r->arena, ERR_IN_USE, "a shipped dictionary stays; its items can be changed");
    TRY(dictionary_remove(r, realm, code, param_int(r, "version", 0), &n));
    if (!n)
        return stale_version(r, version);
    request_audit(r, "dictionary", code.p, &stamp, before, STR(""));
    r->raises[GENERATION_CONFIG] = true;
    return reply_empty(r, 204);
}
