/* /assets and /asset-classes */
#include <stdlib.h>

#include "assets/asset_store.h"
#include "assets/asset_total.h"
#include "assets/change.h"
#include "forms/form_refs.h"
#include "forms/kind.h"
#include "json/write.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "org/org.h"
#include "queue/job.h"

struct error *asset_classes(struct request *r);
struct error *asset_list(struct request *r);
struct error *asset_get(struct request *r);
struct error *asset_create(struct request *r);
struct error *asset_update(struct request *r);
struct error *asset_delete(struct request *r);
struct error *asset_history(struct request *r);
struct error *asset_breakdown(struct request *r);

/* ---- the catalogue ---- */
static void put_codes(struct jw *w, const char *key, const struct code_item *items, size_t n)
{
    jw_array_begin(w, key);
    for (size_t i = 0; i < n; i++) {
        jw_object_begin(w, NULL);
        jw_str(w, "code", items[i].code);
        jw_opt(w, "parent_code", items[i].parent);
        jw_str(w, "label_zh", items[i].label_zh);
        jw_str(w, "label_en", items[i].label_en);
        if (items[i].retired)
            jw_bool(w, "retired", true);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void put_form(struct buf *b, const struct form *f)
{
    char *definition = f ? json_dumps(f->definition, JSON_COMPACT) : NULL;
    if (!definition) {
        buf_lit(b, "null");
        return;
    }
    struct jw w = jw_of(b);
    jw_object_begin(&w, NULL);
    jw_z(&w, "id", f->id);
    jw_int(&w, "n", f->n);
    jw_raw(&w, "definition", str_of(definition));
    jw_object_end(&w);
    free(definition);
}

static void put_indexed(struct jw *w, const struct attribute_set *set, struct str class)
{
    jw_array_begin(w, "indexed");
    for (size_t i = 0; i < set->count; i++)
        if (str_eq(set->list[i].code, class)) {
            jw_object_begin(w, NULL);
            jw_z(w, "field", set->list[i].field);
            jw_bool(w, "ready", set->list[i].ready);
            jw_object_end(w);
        }
    jw_array_end(w);
}

static void put_class(struct jw *w, const struct catalogue *c, const struct asset_class *k, const struct form *f)
{
    jw_object_begin(w, NULL);
    jw_str(w, "code", k->code);
    jw_str(w, "label_zh", k->label_zh);
    jw_str(w, "label_en", k->label_en);
    jw_key(w, "form");
    put_form(w->b, f);
    put_indexed(w, &c->attributes, k->code);
    put_codes(w, "categories", k->categories, k->category_count);
    jw_object_end(w);
}

struct error *asset_classes(struct request *r)
{
    const struct catalogue *c;
    struct org_stamp org = r->who->org;
    bool found = true;
    if (param_has(r, "org"))
        TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, param_str(r, "org").p, &org, &found));
    if (!found)
        return not_found(r);
    bool review;
    TRY(change_needed(r, &review));
    TRY(catalogue_get(r->services, r->arena, &c));
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    jw_bool(&w, "review", review);
    jw_array_begin(&w, "classes");
    for (size_t i = 0; i < c->class_count; i++)
        put_class(&w, c, &c->classes[i], form_for(&c->forms, c->classes[i].code, &org));
    jw_array_end(&w);
    jw_object_begin(&w, "dictionaries");
    for (size_t i = 0; i < c->codes.count; i++) {
        const struct code_list *list = &c->codes.lists[i];
        const char *name = str_dup(r->arena, list->name);
        if (codes_list(&c->codes, name, &org) == list)
            put_codes(&w, name, list->items, list->count);
    }
    jw_object_end(&w);
    jw_object_end(&w);
    return reply_written(r, 200);
}

/* ---- lists ---- */
static void put_item(struct jw *w, struct rows *x)
{
    jw_str(w, "id", row_text(x, ROW_ID));
    jw_str(w, "asset_no", row_text(x, ROW_NO));
    jw_str(w, "class_code", row_text(x, ROW_CLASS));
    jw_row_text(w, "category_code", x, ROW_CATEGORY);
    jw_str(w, "name", row_text(x, ROW_NAME));
    jw_str(w, "state_code", row_text(x, ROW_STATE));
    jw_row_text(w, "importance", x, ROW_IMPORTANCE);
    jw_row_text(w, "main_address", x, ROW_ADDRESS);
    jw_str(w, "org_id", row_text(x, ROW_ORG));
    jw_str(w, "org_name", row_text(x, ROW_ORG_NAME));
    jw_row_text(w, "os_name", x, ROW_OS);
    jw_row_text(w, "os_version", x, ROW_OS_VERSION);
    jw_row_bool(w, "internet_exposed", x, ROW_EXPOSED);
    jw_str(w, "source_code", row_text(x, ROW_SOURCE));
    jw_row_time(w, "updated_at", x, ROW_UPDATED);
    jw_int(w, "version", row_int(x, ROW_VERSION));
}

/* What lists show of a class. */
static void put_attributes(struct jw *w, const struct catalogue *c, struct rows *x)
{
    struct str text = row_text(x, ROW_ATTRIBUTES);
    json_t *all = text.n ? json_loadb(text.p, text.n, 0, NULL) : NULL, *v;
    const char *key;
    jw_object_begin(w, "attributes");
    json_object_foreach(all, key, v)
        if (form_set_uses(&c->forms, row_text(x, ROW_CLASS), str_of(key), FORM_COLUMN)) {
            char *one = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
            if (one)
                jw_raw(w, key, str_of(one));
            free(one);
        }
    jw_object_end(w);
    json_decref(all);
}

struct error *asset_list(struct request *r)
{
    struct asset_filter f;
    const struct catalogue *c;
    struct page p;
    struct rows rows;
    int64_t total, n = 0, last_us = 0, newest = 0;
    char *last_id = NULL;
    TRY(page_of(r, &p));
    TRY(asset_filter_of(r, &f));
    TRY(catalogue_get(r->services, r->arena, &c));
    if (param_has(r, "after") && !f.after_id.n)
        return error_field(r->arena, ERR_BAD_PARAMETER, "after", "format", "not a cursor of this list");
    TRY(asset_page(r->services, r->arena, &r->who->scope, &f, f.after_id.n ? 0 : p.offset, p.size, &rows));
    bool first = p.page == 1 && !f.after_id.n, by_newest = !f.sort.n || str_is(f.sort, "-updated_at");
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows)) {
        jw_object_begin(&w, NULL);
        put_item(&w, &rows);
        if (f.class.n)
            put_attributes(&w, c, &rows);
        jw_object_end(&w);
        if (first && by_newest && !n)
            newest = row_time(&rows, ROW_UPDATED);
        if (++n == p.size) {
            last_us = row_time(&rows, ROW_UPDATED);
            last_id = row_dup(&rows, r->arena, ROW_ID);
        }
    }
    TRY(rows_end(&rows));
    TRY(asset_total(r, &f, first && n < p.size ? n : -1, newest, &total));
    const char *after = last_id && by_newest ? arena_printf(r->arena, "%lld_%s", (long long)last_us, last_id) : NULL;
    return list_end(r, &p, total, after);
}

struct error *asset_breakdown(struct request *r)
{
    int64_t no;
    struct rows x;
    TRY(asset_ask_dimension(r, param_str(r, "class"), param_str(r, "by"), &no));
    TRY(asset_breakdown_rows(r->services, r->arena, &r->who->scope, no, &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        jw_object_begin(&w, NULL);
        jw_opt(&w, "value", row_text(&x, 0));
        jw_int(&w, "count", row_int(&x, 1));
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    return list_end_whole(r);
}

/* ---- detail ---- */
static struct error *put_person(struct request *r, struct jw *w, struct rows *x, unsigned col)
{
    if (row_null(x, col)) {
        jw_null(w, "person");
        return NULL;
    }
    struct str phone = STR("");
    if (!row_null(x, col + 3) && principal_may(r->who, "person.secret"))
        TRY(secret_get(r->services->keys, r->arena, "people.phone", row_text(x, col + 3), &phone));
    jw_object_begin(w, "person");
    jw_str(w, "id", row_text(x, col));
    jw_str(w, "name", row_text(x, col + 1));
    jw_row_text(w, "title", x, col + 2);
    jw_opt(w, "phone", phone);
    jw_object_end(w);
    return NULL;
}

static struct error *put_addresses(struct request *r, struct jw *w, const char *id)
{
    struct rows x;
    TRY(asset_addresses(r, id, &x));
    jw_array_begin(w, "addresses");
    while (rows_next(&x)) {
        jw_object_begin(w, NULL);
        jw_str(w, "id", row_text(&x, 0));
        jw_str(w, "kind", row_text(&x, 1));
        jw_str(w, "value", row_text(&x, 2));
        jw_str(w, "space_id", row_text(&x, 3));
        jw_str(w, "space_name", row_text(&x, 4));
        jw_row_time(w, "valid_from", &x, 5);
        jw_str(w, "source_code", row_text(&x, 6));
        jw_object_end(w);
    }
    jw_array_end(w);
    return rows_end(&x);
}

static struct error *answer(struct request *r, int status, const char *id)
{
    static const char *const more[] = {"network_env", "mlps_level", "brand", "model", "origin_code", "room", "remark"};
    struct rows x;
    bool found;
    TRY(asset_detail(r, id, &x, &found));
    if (!found)
        return not_found(r);
    struct jw w = jw_of(&r->reply);
    unsigned c = ROW_ITEM_COLUMNS;
    jw_object_begin(&w, NULL);
    put_item(&w, &x);
    for (unsigned i = 0; i < 7; i++)
        jw_row_text(&w, more[i], &x, c++);
    jw_int(&w, "confidence", row_int(&x, c++));
    jw_row_text(&w, "sector_code", &x, c++);
    jw_row_time(&w, "first_seen_at", &x, c++);
    jw_row_time(&w, "last_seen_at", &x, c++);
    jw_row_text(&w, "import_id", &x, c++);
    jw_row_bool(&w, "is_demo", &x, c++);
    jw_row_time(&w, "created_at", &x, c++);
    jw_raw(&w, "attributes", row_null(&x, ROW_ATTRIBUTES) ? STR("{}") : row_text(&x, ROW_ATTRIBUTES));
    TRY(put_person(r, &w, &x, c));
    TRY(rows_end(&x));
    TRY(put_addresses(r, &w, id));
    jw_object_end(&w);
    return reply_written(r, status);
}

struct error *asset_get(struct request *r)
{
    return answer(r, 200, param_str(r, "id").p);
}

struct error *asset_history(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct asset x;
    struct rows rows;
    bool found;
    TRY(asset_read(r->services, r->arena, &r->who->scope, id, &x, &found));
    if (!found)
        return not_found(r);
    TRY(asset_history_rows(r, id, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows)) {
        jw_object_begin(&w, NULL);
        jw_str(&w, "id", row_text(&rows, 0));
        jw_row_time(&w, "at", &rows, 1);
        jw_str(&w, "action", row_text(&rows, 2));
        jw_row_text(&w, "actor_name", &rows, 3);
        jw_str(&w, "result", row_text(&rows, 4));
        jw_row_text(&w, "job_id", &rows, 5);
        jw_row_json(&w, "before", &rows, 6);
        jw_row_json(&w, "after", &rows, 7);
        jw_object_end(&w);
    }
    TRY(rows_end(&rows));
    return list_end_whole(r);
}

/* ---- writes ---- */
struct error *asset_create(struct request *r)
{
    struct asset *x = arena_alloc(r->arena, sizeof *x);
    bool found = true;
    struct org_stamp org = r->who->org;
    if (body_has(r, "org_id"))
        TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, body_str(r, "org_id").p, &org, &found));
    if (!found || !org_scope_contains(&r->who->scope, &org))
        return invalid(r, "org_id", "unknown", "no such organisation in your scope");
    TRY(asset_record_read(r, r->json, &org, NULL, x));
    TRY(asset_place(r->services, r->arena, x));
    TRY(asset_record_check(r, NULL, x));
    bool review;
    TRY(change_needed(r, &review));
    if (review || param_bool(r, "submit", false))
        return change_submit(r, CHANGE_REGISTER, NULL, x, STR(""));
    struct error *e = asset_insert_many(r->services, r->arena, &x, 1, clock_now_us());
    if (e && e->code == ERR_DUPLICATE)
        return error_field(r->arena, ERR_DUPLICATE, "asset_no", "taken", "the number is taken");
    if (e)
        return e;
    request_audit(r, "asset", x->id, &x->org, STR(""), asset_json(r->arena, x));
    TRY(asset_announce(r->services, r->arena, "asset.created", &x, 1));
    asset_total_changed(r);
    return answer(r, 201, x->id);
}

struct error *asset_update(struct request *r)
{
    struct asset *was = arena_alloc(r->arena, sizeof *was), *x = arena_alloc(r->arena, sizeof *x);
    const char *id = param_str(r, "id").p;
    bool found;
    uint64_t n;
    TRY(asset_read(r->services, r->arena, &r->who->scope, id, was, &found));
    if (!found)
        return not_found(r);
    TRY(asset_record_read(r, r->json, &was->org, was, x));
    memcpy(x->id, was->id, sizeof x->id);
    x->f[ASSET_NO] = was->f[ASSET_NO];
    x->version = body_int(r, "version", 0);
    if (!body_has(r, "addresses")) { /* not said: as they were */
        memcpy(x->addresses, was->addresses, sizeof x->addresses);
        x->address_count = was->address_count;
    }
    TRY(asset_record_check(r, was, x));
    TRY(asset_spaces(r->services, r->arena, x));
    bool review;
    TRY(change_needed(r, &review));
    if (review || param_bool(r, "submit", false))
        return x->version == was->version ? change_submit(r, CHANGE_UPDATE, was, x, STR("")) : stale_version(r, was->version);
    int64_t now = clock_now_us();
    TRY(asset_change_many(r->services, r->arena, &x, 1, now, &n));
    if (!n)
        return stale_version(r, was->version);
    TRY(asset_claims_replace(r->services, r->arena, was, x, now));
    request_audit(r, "asset", id, &x->org, asset_json(r->arena, was), asset_json(r->arena, x));
    TRY(asset_announce(r->services, r->arena, "asset.updated", &x, 1));
    return answer(r, 200, id);
}

struct error *asset_delete(struct request *r)
{
    struct asset *was = arena_alloc(r->arena, sizeof *was), *gone = arena_zalloc(r->arena, sizeof *gone);
    const char *id = param_str(r, "id").p;
    bool found;
    uint64_t n;
    TRY(asset_read(r->services, r->arena, &r->who->scope, id, was, &found));
    if (!found)
        return not_found(r);
    bool review;
    TRY(change_needed(r, &review));
    if (review || param_bool(r, "submit", false)) {
        *gone = *was;
        gone->f[ASSET_STATE] = STR("05");
        gone->address_count = 0;
        return param_int(r, "version", 0) == was->version ? change_submit(r, CHANGE_RETIRE, was, gone, param_str(r, "reason"))
                                                          : stale_version(r, was->version);
    }
    TRY(asset_remove(r->services, r->arena, id, param_int(r, "version", 0), &n));
    if (!n)
        return stale_version(r, was->version);
    TRY(asset_claims_replace(r->services, r->arena, was, gone, clock_now_us()));
    struct str reason = param_str(r, "reason");
    struct buf b = buf_new(r->arena, 256, 4096);
    struct jw w = jw_of(&b);
    jw_object_begin(&w, NULL);
    jw_opt(&w, "reason", reason);
    jw_object_end(&w);
    request_audit(r, "asset", id, &was->org, asset_json(r->arena, was), reason.n ? buf_done(&b) : STR(""));
    TRY(asset_announce(r->services, r->arena, "asset.deleted", &was, 1));
    asset_total_changed(r);
    return reply_empty(r, 204);
}
