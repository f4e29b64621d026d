/* Dictionaries: loading, seeding, editing. */
#include "forms/dictionary_store.h"
#include "kernel/clock.h"
#include "packs/seed.h"

#define NIL "'00000000-0000-0000-0000-000000000000'"
#define CHECKED "the handler has checked the realm"

SQL_SYSTEM(codes_load_sql, "code lists of a realm apply to all below it",
           "SELECT i.dictionary, COALESCE(i.realm_org_id, ''), i.code, i.label_zh, i.label_en, i.parent_code, NOT i.active "
           "FROM dictionary_items i LEFT JOIN orgs z ON z.id = i.realm_org_id WHERE i.realm_org_id IS NULL OR z.is_realm "
           "ORDER BY i.realm_key, i.dictionary, i.sort_order, i.code LIMIT 100000"); /* CODE_ALL_MAX */
SQL(dictionary_seed_sql,
    "INSERT INTO dictionaries (realm_key, code, label_zh, label_en, shipped, updated_at) "
    "VALUES (" NIL ", :code, :zh, :en, TRUE, :now) ON DUPLICATE KEY UPDATE "
    "label_en = IF(label_zh = code, VALUES(label_en), label_en), label_zh = IF(label_zh = code, VALUES(label_zh), label_zh)");
SQL(dictionary_item_seed_sql, "INSERT IGNORE INTO dictionary_items (dictionary, code, parent_code, label_zh, label_en, sort_order) "
                              "VALUES (:dictionary, :code, :parent, :zh, :en, :at)");

#define DICTIONARY_ROWS(S, IX)                                                                                          \
    "SELECT d.code, NULLIF(d.realm_key, " NIL "), z.name, d.label_zh, d.label_en, d.shipped, d.version, d.updated_at, " \
    "(SELECT COUNT(*) FROM dictionary_items i WHERE i.realm_key = d.realm_key AND i.dictionary = d.code) "              \
    "FROM dictionaries d LEFT JOIN orgs z ON z.id = d.realm_key WHERE (d.realm_key = " NIL                              \
    " OR (z.id IS NOT NULL AND" S(z) ")) ORDER BY d.code, z.depth, z.name LIMIT 1000"
SQL_SCOPED(dictionary_rows_sql, DICTIONARY_ROWS);
#define DICTIONARY_ONE(S, IX)                                                                                                 \
    "SELECT d.label_zh, d.label_en, d.shipped, d.version, z.name FROM dictionaries d LEFT JOIN orgs z ON z.id = d.realm_key " \
    "WHERE d.realm_key = COALESCE(:realm, " NIL ") AND d.code = :code AND (:realm IS NULL OR (z.id IS NOT NULL AND" S(z) "))"
SQL_SCOPED(dictionary_one_sql, DICTIONARY_ONE);
SQL_SYSTEM(dictionary_items_sql, CHECKED,
           "SELECT code, parent_code, label_zh, label_en, active FROM dictionary_items "
           "WHERE realm_key = COALESCE(:realm, " NIL ") AND dictionary = :code ORDER BY sort_order, code LIMIT 5000");
SQL_SYSTEM(dictionary_insert_sql, CHECKED,
           "INSERT INTO dictionaries (realm_key, code, label_zh, label_en, updated_at) "
           "VALUES (COALESCE(:realm, " NIL "), :code, :zh, :en, :now)");
SQL_SYSTEM(dictionary_change_sql, CHECKED,
           "UPDATE dictionaries SET label_zh = :zh, label_en = :en, version = version + 1, updated_at = :now "
           "WHERE realm_key = COALESCE(:realm, " NIL ") AND code = :code AND version = :version");
SQL_SYSTEM(dictionary_remove_sql, CHECKED,
           "DELETE FROM dictionaries WHERE realm_key = COALESCE(:realm, " NIL
           ") AND code = :code AND version = :version AND NOT shipped");
SQL_SYSTEM(dictionary_clear_sql, CHECKED,
           "DELETE FROM dictionary_items WHERE realm_key = COALESCE(:realm, " NIL ") AND dictionary = :code");
SQL_SYSTEM(dictionary_fill_sql, CHECKED,
           "INSERT INTO dictionary_items (realm_org_id, dictionary, code, parent_code, label_zh, label_en, sort_order, active) "
           "VALUES (:realm, :dictionary, :code, :parent, :zh, :en, :at, :active)");
SQL(dictionary_count_sql, "SELECT COUNT(*) FROM dictionaries");
SQL_SYSTEM(dictionary_others_sql, "all of them are read at once",
           "SELECT COUNT(*) FROM dictionary_items WHERE NOT (realm_key = COALESCE(:realm, " NIL ") AND dictionary = :code)");

/* ---- loading ---- */
static struct str dup(struct arena *a, struct rows *r, unsigned col)
{
    return str_of(row_dup(r, a, col));
}

struct error *codes_load(struct services *s, struct arena *a, struct arena *keep, struct codes *out)
{
    struct rows r;
    struct code_item *items = arena_array(a, CODE_ITEMS_MAX, sizeof *items);
    struct code_list *list = NULL;
    *out = (struct codes){.lists = arena_array(keep, CODE_LISTS_MAX, sizeof *out->lists)};
    TRY(db_query(s->db, a, &codes_load_sql, NO_ARGS, &r));
    for (bool more = rows_next(&r); more;) {
        if (out->count == CODE_LISTS_MAX)
            break;
        list = &out->lists[out->count++];
        *list = (struct code_list){.name = dup(keep, &r, 0), .realm = dup(keep, &r, 1)};
        size_t n = 0;
        for (; more && str_eq(row_text(&r, 0), list->name) && str_eq(row_text(&r, 1), list->realm); more = rows_next(&r))
            if (n < CODE_ITEMS_MAX)
                items[n++] =
                    (struct code_item){dup(keep, &r, 2), dup(keep, &r, 3), dup(keep, &r, 4), dup(keep, &r, 5), row_int(&r, 6) != 0};
        list->items = arena_array(keep, n, sizeof *items);
        memcpy(list->items, items, n * sizeof *items);
        list->count = n;
    }
    return rows_end(&r);
}

/* ---- seeding ---- */
static const char *z(json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

static struct error *dictionaries_seed(struct services *s, struct arena *a)
{
    json_t *pack, *list, *o;
    const char *name;
    size_t i;
    TRY(pack_read(s, a, "dictionaries.json", &pack));
    json_object_foreach(json_object_get(pack, "dictionaries"), name, list) {
        json_t *label = json_object_get(json_object_get(pack, "labels"), name);
        TRY(db_exec(s->db, a, &dictionary_seed_sql,
                    ARGS(A_Z("code", name), A_Z("zh", z(label, "zh")), A_Z("en", z(label, "en")), A_TIME(a, "now", clock_now_us())),
                    NULL));
        json_array_foreach(list, i, o)
            TRY(db_exec(s->db, a, &dictionary_item_seed_sql,
                        ARGS(A_Z("dictionary", name), A_Z("code", z(o, "code")), A_Z("parent", z(o, "parent_code")),
                             A_Z("zh", z(o, "label_zh")), A_Z("en", z(o, "label_en")), A_INT("at", (int64_t)i)),
                        NULL));
    }
    return NULL;
}
SEEDER(dictionaries, 31, dictionaries_seed);

/* ---- editing ---- */
struct error *dictionary_rows(struct request *r, struct rows *out)
{
    return db_query(r->db, r->arena, &dictionary_rows_sql, ARGS(A_SCOPE(&r->who->scope)), out);
}

struct error *dictionary_row(struct request *r, struct str realm, struct str code, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &dictionary_one_sql, ARGS(A_OPT("realm", realm), A_STR("code", code), A_SCOPE(&r->who->scope)),
                  out, found);
}

struct error *dictionary_items(struct request *r, struct str realm, struct str code, struct rows *out)
{
    return db_query(r->db, r->arena, &dictionary_items_sql, ARGS(A_OPT("realm", realm), A_STR("code", code)), out);
}

static struct error *fill(struct request *r, const struct dictionary_write *w)
{
    struct arena *a = r->arena;
    size_t n = w->count;
    struct str *code = arena_array(a, n + 1, sizeof *code), *parent = arena_array(a, n + 1, sizeof *code),
               *zh = arena_array(a, n + 1, sizeof *code), *en = arena_array(a, n + 1, sizeof *code);
    int64_t *at = arena_array(a, n + 1, sizeof *at), *active = arena_array(a, n + 1, sizeof *at);
    for (size_t i = 0; i < n; i++) {
        const struct code_item *x = &w->items[i];
        code[i] = x->code, zh[i] = x->label_zh, en[i] = x->label_en;
        parent[i] = x->parent.n ? x->parent : (struct str){NULL, 0};
        at[i] = (int64_t)i, active[i] = !x->retired;
    }
    if (!n)
        return NULL;
    return db_exec_many(r->db, a, &dictionary_fill_sql, n,
                        COLUMNS(C_SAME(A_OPT("realm", w->realm)), C_SAME(A_STR("dictionary", w->code)), C_TEXT("code", code),
                                C_TEXT("parent", parent), C_TEXT("zh", zh), C_TEXT("en", en), C_INT("at", at, NULL),
                                C_INT("active", active, NULL)),
                        NULL);
}

#define WRITE_ARGS(r, w)                                                                                          \
    A_OPT("realm", (w)->realm), A_STR("code", (w)->code), A_STR("zh", (w)->label_zh), A_STR("en", (w)->label_en), \
        A_TIME((r)->arena, "now", clock_now_us())

struct error *dictionary_insert(struct request *r, const struct dictionary_write *w)
{
    TRY(db_exec(r->db, r->arena, &dictionary_insert_sql, ARGS(WRITE_ARGS(r, w)), NULL));
    return fill(r, w);
}

struct error *dictionary_change(struct request *r, const struct dictionary_write *w, uint64_t *affected)
{
    TRY(db_exec(r->db, r->arena, &dictionary_change_sql, ARGS(WRITE_ARGS(r, w), A_INT("version", w->version)), affected));
    if (!*affected)
        return NULL;
    TRY(db_exec(r->db, r->arena, &dictionary_clear_sql, ARGS(A_OPT("realm", w->realm), A_STR("code", w->code)), NULL));
    return fill(r, w);
}

struct error *dictionary_remove(struct request *r, struct str realm, struct str code, int64_t version, uint64_t *affected)
{
    TRY(db_exec(r->db, r->arena, &dictionary_remove_sql,
                ARGS(A_OPT("realm", realm), A_STR("code", code), A_INT("version", version)), affected));
    return *affected ? db_exec(r->db, r->arena, &dictionary_clear_sql, ARGS(A_OPT("realm", realm), A_STR("code", code)), NULL)
                     : NULL;
}

struct error *dictionary_room(struct request *r, const struct dictionary_write *w)
{
    int64_t lists, items;
    TRY(db_int(r->db, r->arena, &dictionary_count_sql, NO_ARGS, 0, &lists));
    TRY(db_int(r->db, r->arena, &dictionary_others_sql, ARGS(A_OPT("realm", w->realm), A_STR("code", w->code)), 0, &items));
    if (lists > CODE_LISTS_MAX || items + (int64_t)w->count > CODE_ALL_MAX)
        return conflict(r, "at most %d dictionaries with %d items together", CODE_LISTS_MAX, CODE_ALL_MAX);
    return NULL;
}
