/* Classes and categories: loading and seeding. */
#include "assets/asset.h"
#include "forms/kind.h"
#include "kernel/clock.h"
#include "packs/seed.h"

enum { KEEP_US = 5000000, MAX_ITEMS = 5000 };

SQL(class_list_sql, "SELECT code, label_zh, label_en, number_part FROM asset_classes ORDER BY sort_order");
SQL(category_list_sql, "SELECT code, label_zh, label_en, parent_code FROM asset_categories WHERE class_code = :class "
                       "ORDER BY code LIMIT 5000");
SQL(class_seed_sql, "INSERT IGNORE INTO asset_classes (code, label_zh, label_en, number_part, sort_order) "
                    "VALUES (:code, :zh, :en, :part, :at)");
SQL(category_seed_sql, "INSERT IGNORE INTO asset_categories (class_code, code, parent_code, label_zh, label_en, sort_order) "
                       "VALUES (:class, :code, :parent, :zh, :en, :at)");
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
        items[n++] = (struct code_item){dup(keep, &r, 0), dup(keep, &r, 1), dup(keep, &r, 2), dup(keep, &r, 3), false};
    TRY(rows_end(&r));
    *out = arena_array(keep, n + 1, sizeof *items);
    memcpy(*out, items, n * sizeof *items);
    *count = n;
    return NULL;
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
    }
    TRY(rows_end(&r));
    for (size_t i = 0; i < c->class_count; i++)
        TRY(read_items(s, a, &category_list_sql, ARGS(A_STR("class", c->classes[i].code)), keep, &c->classes[i].categories,
                       &c->classes[i].category_count));
    return NULL;
}

/* Two generations: who got the older one during this request or chunk keeps it until the next change. */
static struct {
    struct arena *arena;
    struct catalogue catalogue;
} kept[2];
static int64_t fresh_until;
static uint64_t kept_generation;
static int current;

struct error *catalogue_read(struct services *s, struct arena *a, const struct catalogue **out)
{
    uint64_t generation = services_generation(s, GENERATION_CONFIG);
    int next = 1 - current;
    if (!kept[next].arena)
        kept[next].arena = arena_new(64 << 20);
    arena_reset(kept[next].arena);
    kept[next].catalogue = (struct catalogue){0};
    TRY(load_classes(s, a, kept[next].arena, &kept[next].catalogue));
    TRY(codes_load(s, a, kept[next].arena, &kept[next].catalogue.codes));
    TRY(forms_load(s, a, kept[next].arena, "asset", &kept[next].catalogue.forms));
    TRY(attributes_load(s, a, kept[next].arena, "asset", &kept[next].catalogue.attributes));
    current = next;
    fresh_until = clock_mono_us() + KEEP_US;
    kept_generation = generation;
    *out = &kept[current].catalogue;
    return NULL;
}

struct error *catalogue_get(struct services *s, struct arena *a, const struct catalogue **out)
{
    if (clock_mono_us() >= fresh_until || services_generation(s, GENERATION_CONFIG) != kept_generation)
        return catalogue_read(s, a, out);
    *out = &kept[current].catalogue;
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
        TRY(db_exec(s->db, a, &class_seed_sql,
                    ARGS(A_Z("code", z(o, "code")), A_Z("zh", z(o, "label_zh")), A_Z("en", z(o, "label_en")),
                         A_Z("part", z(o, "number_part")), A_INT("at", (int64_t)i)),
                    NULL));
        TRY(seed_categories(s, a, z(o, "code"), json_object_get(o, "categories"), NULL));
    }
    return NULL;
}
SEEDER(asset_classes, 30, classes_seed);

/* ---- what may have a form ---- */
static struct error *form_codes(struct services *s, struct arena *a, const struct code_item **out, size_t *n)
{
    const struct catalogue *c;
    TRY(catalogue_get(s, a, &c));
    struct code_item *codes = arena_array(a, c->class_count + 1, sizeof *codes);
    for (size_t i = 0; i < c->class_count; i++)
        codes[i] =
            (struct code_item){.code = c->classes[i].code, .label_zh = c->classes[i].label_zh, .label_en = c->classes[i].label_en};
    *out = codes;
    *n = c->class_count;
    return NULL;
}
SQL_SYSTEM(asset_form_records_sql, "an index of all; who may see one is asked when it is read",
           "SELECT id, attributes, org_id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code FROM assets "
           "WHERE class_code = :code AND id > :after ORDER BY id LIMIT :limit LOCK IN SHARE MODE");
FORM_KIND(asset, "资产", "Assets", form_codes, asset_form_records_sql);
