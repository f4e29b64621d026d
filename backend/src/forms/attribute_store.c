/* Which attributes are kept, and their rows. */
#include <stdlib.h>

#include "forms/attribute.h"
#include "forms/attribute_jobs.h"
#include "http/org_columns.h"
#include "kernel/id.h"
#include "org/org.h"
#include "queue/job.h"

#define WHY "the index of records that the caller writes"
SQL(attributes_sql,
    "SELECT no, code, field, widget, COALESCE(dictionary, ''), state = 'ready' FROM attributes WHERE kind = :kind AND "
    "state <> 'dropped' ORDER BY no");
SQL(attributes_held_sql, "SELECT changes FROM attribute_kinds WHERE kind = :kind LOCK IN SHARE MODE");
SQL(attributes_change_sql, "UPDATE attribute_kinds SET changes = changes + 1 WHERE kind = :kind");
SQL(attribute_new_sql, "INSERT INTO attributes (kind, code, field, widget, dictionary) VALUES (:kind, :code, :field, :widget, "
                       ":dictionary)");
SQL(attribute_ready_sql, "UPDATE attributes SET state = 'ready' WHERE no = :no AND state = 'building'");
SQL(attribute_drop_sql, "UPDATE attributes SET state = 'dropped' WHERE no = :no");
SQL(attribute_forget_sql, "DELETE FROM attributes WHERE no = :no AND state = 'dropped'");
SQL(attribute_dropped_sql, "SELECT no FROM attributes WHERE kind = :kind AND state = 'dropped' ORDER BY no LIMIT 1");
SQL_SYSTEM(attribute_sweep_sql, "nothing asks for the attribute any more",
           "DELETE FROM attribute_index WHERE attr_no = :no LIMIT 2000");
SQL_SYSTEM(attribute_clear_sql, WHY, "DELETE FROM attribute_index WHERE record_id = :id");
#define INDEX_INSERT " INTO attribute_index (record_id, attr_no, value, " ORG_COLUMNS ") VALUES (:id, :no, :value, " ORG_VALUES ")"
SQL(attribute_insert_sql, "INSERT" INDEX_INSERT);
SQL(attribute_add_sql, "INSERT IGNORE" INDEX_INSERT);
SQL_SYSTEM(attribute_wanted_sql, "forms are definitions",
           "SELECT v.definition FROM forms f JOIN form_versions v ON v.form_id = f.id AND v.n = f.n WHERE f.kind = :kind AND "
           "f.code = :code AND f.state = 'active' ORDER BY f.realm_org_id IS NOT NULL, f.id LIMIT 1000");

static enum form_widget widget_of(struct str name)
{
    int w = 0;
    while (w < FORM_WIDGETS - 1 && !str_is(name, form_widget_name[w]))
        w++;
    return (enum form_widget)w;
}

struct error *attributes_load(struct services *s, struct arena *a, struct arena *keep, const char *kind, struct attribute_set *out)
{
    struct rows x;
    size_t most = 0;
    *out = (struct attribute_set){0};
    TRY(db_query(s->db, a, &attributes_sql, ARGS(A_Z("kind", kind)), &x));
    while (rows_next(&x)) {
        if (out->count == most) {
            struct attribute *more = arena_array(keep, most = 2 * most + 16, sizeof *more);
            if (out->count)
                memcpy(more, out->list, out->count * sizeof *more);
            out->list = more;
        }
        out->list[out->count++] = (struct attribute){.no = row_int(&x, 0),
                                                     .code = str_of(row_dup(&x, keep, 1)),
                                                     .field = row_dup(&x, keep, 2),
                                                     .widget = widget_of(row_text(&x, 3)),
                                                     .dictionary = row_dup(&x, keep, 4),
                                                     .ready = row_int(&x, 5) != 0};
    }
    return rows_end(&x);
}

/* What a writer needs of each kind, kept until the count of changes is another. */
static struct {
    struct arena *arena;
    char kind[33];
    int64_t changes;
    struct attribute_set set;
} kept[8];

struct error *attributes_hold(struct services *s, struct arena *a, const char *kind, const struct attribute_set **out)
{
    int64_t changes;
    size_t i = 0;
    TRY(db_int(s->db, a, &attributes_held_sql, ARGS(A_Z("kind", kind)), 0, &changes));
    while (i < sizeof kept / sizeof *kept - 1 && kept[i].arena && strcmp(kept[i].kind, kind) != 0)
        i++;
    *out = &kept[i].set;
    if (kept[i].arena && kept[i].changes == changes && strcmp(kept[i].kind, kind) == 0)
        return NULL;
    if (!kept[i].arena)
        kept[i].arena = arena_new(4 << 20);
    arena_reset(kept[i].arena);
    kept[i].kind[0] = '\0'; /* nothing is kept until all of it is read */
    TRY(attributes_load(s, a, kept[i].arena, kind, &kept[i].set));
    str_copy(kept[i].kind, sizeof kept[i].kind, str_of(kind));
    kept[i].changes = changes;
    return NULL;
}

/* ---- rows of records ---- */
struct index_rows {
    struct arena *a;
    size_t n, most;
    struct str *id, *value;
    int64_t *no;
    const struct org_stamp **org;
};

static void add_row(struct index_rows *x, const struct attribute_record *r, int64_t no, const unsigned char *value, size_t n)
{
    for (size_t i = x->n; i-- && x->id[i].p == r->id.p && x->no[i] == no;)
        if (x->value[i].n == n && memcmp(x->value[i].p, value, n) == 0)
            return; /* long codes that begin alike */
    x->id[x->n] = r->id;
    x->no[x->n] = no;
    x->value[x->n] = (struct str){arena_strndup(x->a, n ? (const char *)value : "", n), n};
    x->org[x->n++] = r->org;
}

static size_t values_of(const struct attribute *t, json_t *all)
{
    size_t n = t->widget == FORM_CHOICES ? json_array_size(json_object_get(all, t->field)) : 1;
    return n ? n : 1;
}

static void add_attribute(struct index_rows *x, const struct attribute_record *r, const struct attribute *t, json_t *all)
{
    unsigned char value[ATTRIBUTE_VALUE_MAX];
    json_t *v = json_object_get(all, t->field);
    size_t n = values_of(t, all);
    for (size_t i = 0; i < n; i++)
        add_row(x, r, t->no, value, attribute_value(t->widget, json_is_array(v) ? json_array_get(v, i) : v, value));
}

static void drop_json(void *p)
{
    json_decref(p);
}

static struct error *insert(struct services *s, struct index_rows *x, const struct sql_stmt *how)
{
    struct sql_column c[4 + ORG_COLUMN_COUNT] = {C_UUID("id", x->id), C_INT("no", x->no, NULL), C_BYTES("value", x->value)};
    if (!x->n)
        return NULL;
    org_stamp_columns(x->a, x->org, x->n, &c[3]);
    c[3 + ORG_COLUMN_COUNT] = (struct sql_column){.type = SQL_END};
    return db_exec_many(s->db, x->a, how, x->n, c, NULL);
}

static struct error *write_rows(struct services *s, struct arena *a, const struct attribute_set *set,
                                const struct attribute_record *list, size_t n, const struct sql_stmt *how)
{
    struct index_rows x = {.a = a};
    json_t **all = arena_zalloc(a, (n + 1) * sizeof *all);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < set->count; k++)
            if (str_eq(set->list[k].code, list[i].code)) {
                if (!all[i] && list[i].values.n && (all[i] = json_loadb(list[i].values.p, list[i].values.n, 0, NULL)))
                    arena_cleanup(a, drop_json, all[i]);
                x.most += values_of(&set->list[k], all[i]);
            }
    x.id = arena_array(a, x.most + 1, sizeof *x.id);
    x.value = arena_array(a, x.most + 1, sizeof *x.value);
    x.no = arena_array(a, x.most + 1, sizeof *x.no);
    x.org = arena_array(a, x.most + 1, sizeof *x.org);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < set->count; k++)
            if (str_eq(set->list[k].code, list[i].code))
                add_attribute(&x, &list[i], &set->list[k], all[i]);
    return insert(s, &x, how);
}

static struct error *clear(struct services *s, struct arena *a, const struct str *ids, size_t n)
{
    return db_exec_many(s->db, a, &attribute_clear_sql, n, COLUMNS(C_UUID("id", ids)), NULL);
}

struct error *attributes_put(struct services *s, struct arena *a, const char *kind, const struct attribute_record *list, size_t n,
                             bool fresh)
{
    const struct attribute_set *set;
    struct str *ids = arena_array(a, n + 1, sizeof *ids);
    if (!n)
        return NULL;
    TRY(attributes_hold(s, a, kind, &set));
    if (!set->count)
        return NULL;
    for (size_t i = 0; i < n; i++)
        ids[i] = list[i].id;
    if (!fresh)
        TRY(clear(s, a, ids, n));
    return write_rows(s, a, set, list, n, &attribute_insert_sql);
}

struct error *attributes_remove(struct services *s, struct arena *a, const char *kind, const struct str *ids, size_t n)
{
    const struct attribute_set *set;
    if (!n)
        return NULL;
    TRY(attributes_hold(s, a, kind, &set));
    return set->count ? clear(s, a, ids, n) : NULL;
}

struct error *attributes_add(struct services *s, struct arena *a, const struct attribute_set *set,
                             const struct attribute_record *list, size_t n)
{
    return write_rows(s, a, set, list, n, &attribute_add_sql);
}

/* ---- which are kept ---- */
static struct error *want_field(struct arena *a, struct attribute_set *wanted, const char *field, json_t *p)
{
    struct attribute x = {.field = arena_strdup(a, field),
                          .widget = widget_of(str_of(json_string_value(json_object_get(p, "x-widget"))))};
    size_t i;
    json_t *use;
    bool found = false;
    x.dictionary = arena_strdup(a, str_of(json_string_value(json_object_get(p, "x-dictionary"))).p);
    json_array_foreach(json_object_get(p, "x-uses"), i, use)
        found = found || strcmp(str_of(json_string_value(use)).p, form_use_name[FORM_FILTER]) == 0 ||
                strcmp(str_of(json_string_value(use)).p, form_use_name[FORM_DIMENSION]) == 0;
    if (!found)
        return NULL;
    for (i = 0; i < wanted->count; i++)
        if (strcmp(wanted->list[i].field, field) == 0)
            return wanted->list[i].widget == x.widget
                       ? NULL
                       : error_field(a, ERR_INVALID, arena_printf(a, "definition/properties/%s/x-uses", field), "conflict",
                                     "another form of this code finds records by a field of this name that is a %s",
                                     form_widget_name[wanted->list[i].widget]);
    if (wanted->count == ATTRIBUTES_MAX)
        return error_field(a, ERR_INVALID, "definition", "max_items", "records are found and counted by at most %d fields",
                           ATTRIBUTES_MAX);
    wanted->list[wanted->count++] = x;
    return NULL;
}

static struct error *read_wanted(struct services *s, struct arena *a, struct str kind, struct str code,
                                 struct attribute_set *wanted)
{
    struct rows x;
    struct error *e = NULL;
    wanted->list = arena_array(a, ATTRIBUTES_MAX, sizeof *wanted->list);
    TRY(db_query(s->db, a, &attribute_wanted_sql, ARGS(A_STR("kind", kind), A_STR("code", code)), &x));
    while (!e && rows_next(&x)) {
        struct str text = row_text(&x, 0);
        json_t *definition = json_loadb(text.p, text.n, 0, NULL), *p;
        const char *field;
        json_object_foreach(json_object_get(definition, "properties"), field, p)
            if (!e)
                e = want_field(a, wanted, field, p);
        json_decref(definition);
    }
    struct error *end = rows_end(&x);
    return e ? e : end;
}

static bool same(const struct attribute_set *set, const struct attribute *t)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->list[i].field, t->field) == 0 && set->list[i].widget == t->widget &&
            strcmp(set->list[i].dictionary, t->dictionary) == 0)
            return true;
    return false;
}

static struct error *put_job(struct services *s, struct arena *a, struct str kind, struct str code, const char *actor,
                             const struct org_stamp *org)
{
    json_t *params = json_pack("{s:s%,s:s%}", "kind", kind.p, kind.n, "code", code.p, code.n);
    struct error *e = job_put(s, a, id_new().s, "attribute_index", params, actor, org);
    json_decref(params);
    return e;
}

struct error *attributes_refresh(struct services *s, struct arena *a, struct str kind, struct str code, const char *actor,
                                 const struct org_stamp *org)
{
    struct attribute_set had, wanted = {0}, here = {0};
    bool changed = false;
    TRY(db_exec(s->db, a, &attributes_change_sql, ARGS(A_STR("kind", kind)), NULL));
    TRY(attributes_load(s, a, a, str_dup(a, kind), &had));
    TRY(read_wanted(s, a, kind, code, &wanted));
    here.list = arena_array(a, had.count + 1, sizeof *here.list);
    for (size_t i = 0; i < had.count; i++)
        if (str_eq(had.list[i].code, code))
            here.list[here.count++] = had.list[i];
    for (size_t i = 0; i < here.count; i++)
        if (!same(&wanted, &here.list[i])) {
            changed = true;
            TRY(db_exec(s->db, a, &attribute_drop_sql, ARGS(A_INT("no", here.list[i].no)), NULL));
        }
    for (size_t i = 0; i < wanted.count; i++)
        if (!same(&here, &wanted.list[i])) {
            const struct attribute *t = &wanted.list[i];
            changed = true;
            TRY(db_exec(s->db, a, &attribute_new_sql,
                        ARGS(A_STR("kind", kind), A_STR("code", code), A_Z("field", t->field),
                             A_Z("widget", form_widget_name[t->widget]), A_OPT("dictionary", str_of(t->dictionary))),
                        NULL));
        }
    return changed ? put_job(s, a, kind, code, actor, org) : NULL;
}

struct error *attributes_ready(struct services *s, struct arena *a, const struct attribute_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        TRY(db_exec(s->db, a, &attribute_ready_sql, ARGS(A_INT("no", set->list[i].no)), NULL));
    return NULL;
}

struct error *attributes_sweep(struct services *s, struct arena *a, const char *kind, bool *more)
{
    int64_t no;
    uint64_t n;
    TRY(db_int(s->db, a, &attribute_dropped_sql, ARGS(A_Z("kind", kind)), 0, &no));
    *more = no > 0;
    if (!no)
        return NULL;
    TRY(db_exec(s->db, a, &attribute_sweep_sql, ARGS(A_INT("no", no)), &n));
    return n ? NULL : db_exec(s->db, a, &attribute_forget_sql, ARGS(A_INT("no", no)), NULL);
}
