/* Classes, categories, code lists: loading and seeding. */
#include <stdlib.h>

#include "assets/asset.h"
#include "kernel/clock.h"
#include "packs/seed.h"

enum { KEEP_US = 5000000, MAX_ITEMS = 5000 };

SQL(class_list_sql, "SELECT code, label_zh, label_en, number_part, attributes FROM asset_classes ORDER BY sort_order");
SQL(category_list_sql, "SELECT code, label_zh, label_en, parent_code FROM asset_categories WHERE class_code = :class "
                       "ORDER BY code LIMIT 5000");
SQL(dictionary_names_sql, "SELECT DISTINCT dictionary FROM dictionary_items WHERE realm_org_id IS NULL");
SQL(dictionary_list_sql, "SELECT code, label_zh, label_en, parent_code FROM dictionary_items "
                         "WHERE realm_org_id IS NULL AND dictionary = :dictionary AND active ORDER BY sort_order LIMIT 5000");
SQL(class_seed_sql, "INSERT IGNORE INTO asset_classes (code, label_zh, label_en, number_part, sort_order, attributes) "
                    "VALUES (:code, :zh, :en, :part, :at, :attributes)");
SQL(category_seed_sql, "INSERT IGNORE INTO asset_categories (class_code, code, parent_code, label_zh, label_en, sort_order) "
                       "VALUES (:class, :code, :parent, :zh, :en, :at)");
SQL(dictionary_seed_sql, "INSERT IGNORE INTO dictionary_items (dictionary, code, parent_code, label_zh, label_en, sort_order) "
                         "VALUES (:dictionary, :code, :parent, :zh, :en, :at)");

static struct str dup(struct arena *a, struct rows *r, unsigned col)
{
    return str_of(row_dup(r, a, col));
}

static struct error *read_items(struct services *s, struct arena *a, const struct sql_stmt *stmt, const struct sql_arg *args,
                                struct arena *keep, struct code_item **out, size_t *count)
{
    struct rows r;
    struct code_item *items = arena_array(a, MAX_ITEMS, sizeof *items);
    size_t n = 0;
    TRY(db_query(s->db, a, stmt, args, &r));
    while (n < MAX_ITEMS && rows_next(&r))
        items[n++] = (struct code_item){dup(keep, &r, 0), dup(keep, &r, 1), dup(keep, &r, 2), dup(keep, &r, 3)};
    TRY(rows_end(&r));
    *out = arena_array(keep, n + 1, sizeof *items);
    memcpy(*out, items, n * sizeof *items);
    *count = n;
    return NULL;
}

static struct str text(struct arena *keep, json_t *o, const char *name)
{
    const char *v = json_string_value(json_object_get(o, name));
    return str_of(v ? arena_strdup(keep, v) : NULL);
}

static void read_attributes(struct arena *keep, struct str json, struct asset_class *k)
{
    json_t *list = json_loadb(json.p, json.n, 0, NULL), *o;
    size_t i;
    k->attributes = arena_array(keep, json_array_size(list) + 1, sizeof *k->attributes);
    json_array_foreach(list, i, o)
        k->attributes[k->attribute_count++] =
            (struct asset_attribute){.key = text(keep, o, "key"),
                                     .label_zh = text(keep, o, "label_zh"),
                                     .label_en = text(keep, o, "label_en"),
                                     .type = text(keep, o, "type"),
                                     .required = json_is_true(json_object_get(o, "required")),
                                     .max_length = json_integer_value(json_object_get(o, "max_length"))};
    json_decref(list);
}

static struct error *load_classes(struct services *s, struct arena *a, struct arena *keep, struct catalogue *c)
{
    struct rows r;
    c->classes = arena_array(keep, 64, sizeof *c->classes);
    TRY(db_query(s->db, a, &class_list_sql, NO_ARGS, &r));
    while (c->class_count < 64 && rows_next(&r)) {
        struct asset_class *k = &c->classes[c->class_count++];
        k->code = dup(keep, &r, 0);
        k->label_zh = dup(keep, &r, 1);
        k->label_en = dup(keep, &r, 2);
        k->number_part = dup(keep, &r, 3);
        read_attributes(keep, row_text(&r, 4), k);
    }
    TRY(rows_end(&r));
    for (size_t i = 0; i < c->class_count; i++)
        TRY(read_items(s, a, &category_list_sql, ARGS(A_STR("class", c->classes[i].code)), keep, &c->classes[i].categories,
                       &c->classes[i].category_count));
    return NULL;
}

static struct error *load_lists(struct services *s, struct arena *a, struct arena *keep, struct catalogue *c)
{
    struct rows r;
    c->lists = arena_array(keep, 128, sizeof *c->lists);
    TRY(db_query(s->db, a, &dictionary_names_sql, NO_ARGS, &r));
    while (c->list_count < 128 && rows_next(&r))
        c->lists[c->list_count++].name = dup(keep, &r, 0);
    TRY(rows_end(&r));
    for (size_t i = 0; i < c->list_count; i++)
        TRY(read_items(s, a, &dictionary_list_sql, ARGS(A_STR("dictionary", c->lists[i].name)), keep, &c->lists[i].items,
                       &c->lists[i].count));
    return NULL;
}

struct error *catalogue_get(struct services *s, struct arena *a, const struct catalogue **out)
{
    /* Two generations: who got the older one during this request or chunk keeps it until the next change. */
    static struct {
        struct arena *arena;
        struct catalogue catalogue;
    } kept[2];
    static int64_t fresh_until;
    static int now;
    if (clock_mono_us() < fresh_until) {
        *out = &kept[now].catalogue;
        return NULL;
    }
    int next = 1 - now;
    if (!kept[next].arena)
        kept[next].arena = arena_new(64 << 20);
    arena_reset(kept[next].arena);
    kept[next].catalogue = (struct catalogue){0};
    TRY(load_classes(s, a, kept[next].arena, &kept[next].catalogue));
    TRY(load_lists(s, a, kept[next].arena, &kept[next].catalogue));
    now = next;
    fresh_until = clock_mono_us() + KEEP_US;
    *out = &kept[now].catalogue;
    return NULL;
}

/* ---- seeding ---- */
static const char *z(json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

static struct error *seed_categories(struct services *s, struct arena *a, const char *class, json_t *items, const char *parent)
{
    size_t i;
    json_t *o;
    json_array_foreach(items, i, o) {
        TRY(db_exec(s->db, a, &category_seed_sql,
                    ARGS(A_Z("class", class), A_Z("code", z(o, "code")), A_Z("parent", parent), A_Z("zh", z(o, "label_zh")),
                         A_Z("en", z(o, "label_en")), A_INT("at", (int64_t)i)),
                    NULL));
        TRY(seed_categories(s, a, class, json_object_get(o, "items"), z(o, "code")));
    }
    return NULL;
}

static struct error *classes_seed(struct services *s, struct arena *a)
{
    json_t *pack, *o;
    size_t i;
    TRY(pack_read(s, a, "asset-classes.json", &pack));
    json_array_foreach(json_object_get(pack, "classes"), i, o) {
        char *attributes = json_dumps(json_object_get(o, "attributes"), JSON_COMPACT);
        struct error *e = db_exec(s->db, a, &class_seed_sql,
                                  ARGS(A_Z("code", z(o, "code")), A_Z("zh", z(o, "label_zh")), A_Z("en", z(o, "label_en")),
                                       A_Z("part", z(o, "number_part")), A_INT("at", (int64_t)i), A_Z("attributes", attributes)),
                                  NULL);
        free(attributes);
        if (e)
            return e;
        TRY(seed_categories(s, a, z(o, "code"), json_object_get(o, "categories"), NULL));
    }
    return NULL;
}
SEEDER(asset_classes, 30, classes_seed);

static struct error *dictionaries_seed(struct services *s, struct arena *a)
{
    json_t *pack, *list, *o;
    const char *name;
    size_t i;
    TRY(pack_read(s, a, "dictionaries.json", &pack));
    json_object_foreach(json_object_get(pack, "dictionaries"), name, list)
        json_array_foreach(list, i, o)
            TRY(db_exec(s->db, a, &dictionary_seed_sql,
                        ARGS(A_Z("dictionary", name), A_Z("code", z(o, "code")), A_Z("parent", z(o, "parent_code")),
                             A_Z("zh", z(o, "label_zh")), A_Z("en", z(o, "label_en")), A_INT("at", (int64_t)i)),
                        NULL));
    return NULL;
}
SEEDER(dictionaries, 31, dictionaries_seed);
