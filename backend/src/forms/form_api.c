/* /forms */
#include <stdlib.h>

#include "forms/attribute.h"
#include "forms/form_sheet.h"
#include "forms/form_store.h"
#include "forms/kind.h"
#include "http/sheet_body.h"
#include "json/write.h"
#include "kernel/id.h"
#include "org/org.h"
#include "org/realm.h"

struct error *form_kinds(struct request *r);
struct error *form_list(struct request *r);
struct error *form_create(struct request *r);
struct error *form_get(struct request *r);
struct error *form_update(struct request *r);
struct error *form_publish(struct request *r);
struct error *form_delete(struct request *r);
struct error *form_versions(struct request *r);
struct error *form_version(struct request *r);
struct error *form_effective(struct request *r);
struct error *form_sheet(struct request *r);
struct error *form_sheet_save(struct request *r);

struct error *form_kinds(struct request *r)
{
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    for (size_t i = 0; form_kind_at(i); i++) {
        const struct form_kind *k = form_kind_at(i);
        const struct code_item *codes;
        size_t n;
        TRY(k->codes(r->services, r->arena, &codes, &n));
        jw_object_begin(&w, NULL);
        jw_z(&w, "kind", k->name);
        jw_z(&w, "label_zh", k->label_zh);
        jw_z(&w, "label_en", k->label_en);
        jw_array_begin(&w, "codes");
        for (size_t c = 0; c < n; c++) {
            jw_object_begin(&w, NULL);
            jw_str(&w, "code", codes[c].code);
            jw_str(&w, "label_zh", codes[c].label_zh);
            jw_str(&w, "label_en", codes[c].label_en);
            jw_object_end(&w);
        }
        jw_array_end(&w);
        jw_object_end(&w);
    }
    return list_end_whole(r);
}

struct error *form_list(struct request *r)
{
    struct rows x;
    TRY(form_rows(r, param_str(r, "kind"), &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        jw_object_begin(&w, NULL);
        jw_str(&w, "id", row_text(&x, 0));
        jw_row_text(&w, "realm_org_id", &x, 1);
        jw_row_text(&w, "realm_name", &x, 2);
        jw_str(&w, "kind", row_text(&x, 3));
        jw_str(&w, "code", row_text(&x, 4));
        jw_str(&w, "label_zh", row_text(&x, 5));
        jw_str(&w, "label_en", row_text(&x, 6));
        jw_str(&w, "state", row_text(&x, 7));
        jw_int(&w, "n", row_int(&x, 8));
        jw_row_bool(&w, "has_draft", &x, 9);
        jw_int(&w, "version", row_int(&x, 10));
        jw_row_time(&w, "updated_at", &x, 11);
        jw_row_text(&w, "updated_by_name", &x, 12);
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    return list_end_whole(r);
}

static struct str form_text(struct arena *a, const struct form_row *f)
{
    struct buf b = buf_new(a, 4096, 2 * FORM_BYTES_MAX);
    struct jw w = jw_of(&b);
    jw_object_begin(&w, NULL);
    jw_str(&w, "id", f->id);
    jw_opt(&w, "realm_org_id", f->realm);
    jw_opt(&w, "realm_name", f->realm_name);
    jw_str(&w, "kind", f->kind);
    jw_str(&w, "code", f->code);
    jw_str(&w, "label_zh", f->label_zh);
    jw_str(&w, "label_en", f->label_en);
    jw_str(&w, "state", f->state);
    jw_int(&w, "n", f->n);
    jw_bool(&w, "has_draft", f->draft.n > 0);
    jw_int(&w, "version", f->version);
    jw_time(&w, "updated_at", f->updated_at);
    jw_opt(&w, "updated_by_name", f->updated_by);
    jw_raw(&w, "definition", f->draft.n ? f->draft : f->published.n ? f->published : STR("{}"));
    jw_object_end(&w);
    return buf_done(&b);
}

static struct error *seen(struct request *r, bool lock, struct form_row *f)
{
    bool found;
    TRY(form_one(r, param_str(r, "id"), lock, f, &found));
    return found ? NULL : not_found(r);
}

struct error *form_get(struct request *r)
{
    struct form_row f;
    TRY(seen(r, false, &f));
    buf_str(&r->reply, form_text(r->arena, &f));
    return reply_written(r, 200);
}

struct error *form_effective(struct request *r)
{
    struct form_row f;
    struct org_stamp org = r->who->org;
    bool found = true;
    if (param_has(r, "org"))
        TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, param_str(r, "org").p, &org, &found));
    if (found)
        TRY(form_in_force(r, param_str(r, "kind"), param_str(r, "code"), &org, &f, &found));
    if (!found)
        return not_found(r);
    f.draft = STR("");
    buf_str(&r->reply, form_text(r->arena, &f));
    return reply_written(r, 200);
}

/* The row as it is now, for the caller and the trail. */
static struct error *answer(struct request *r, int status, struct str id, const struct org_stamp *stamp, struct str before)
{
    struct form_row f;
    bool found;
    TRY(form_one(r, id, false, &f, &found));
    if (!found)
        return not_found(r);
    struct str now = form_text(r->arena, &f);
    request_audit(r, "form", f.id.p, stamp, before, now);
    r->raises[GENERATION_CONFIG] = true;
    buf_str(&r->reply, now);
    return reply_written(r, status);
}

/* The definition of the body, checked; as it was given, so that the order of fields and everything else stays. */
static struct error *read_definition(struct request *r, json_t *definition, struct str *out)
{
    struct form checked;
    TRY(form_read(r->arena, definition, &checked));
    char *text = json_dumps(definition, JSON_COMPACT);
    *out = str_of(arena_strdup(r->arena, text ? text : "{}"));
    free(text);
    return out->n <= FORM_BYTES_MAX ? NULL : invalid(r, "definition", "max_length", "at most %d bytes", FORM_BYTES_MAX);
}

static struct error *known_code(struct request *r, struct str kind, struct str code)
{
    const struct form_kind *k = form_kind_of(kind);
    const struct code_item *codes;
    size_t n;
    if (!k)
        return invalid(r, "kind", "enum", "no kind of record has this name");
    TRY(k->codes(r->services, r->arena, &codes, &n));
    for (size_t i = 0; i < n; i++)
        if (str_eq(codes[i].code, code))
            return NULL;
    return invalid(r, "code", "enum", "no such code in this kind");
}

static void read_labels(struct request *r, struct form_row *f)
{
    f->label_zh = body_str(r, "label_zh");
    f->label_en = body_str(r, "label_en").n ? body_str(r, "label_en") : f->label_zh;
}

struct error *form_create(struct request *r)
{
    struct form_row f = {
        .id = str_of(arena_strdup(r->arena, id_new().s)), .kind = body_str(r, "kind"), .code = body_str(r, "code")};
    struct org_stamp stamp;
    char realm[37];
    TRY(realm_for_write(r, body_str(r, "realm"), realm, &stamp));
    f.realm = str_of(realm);
    TRY(known_code(r, f.kind, f.code));
    read_labels(r, &f);
    TRY(read_definition(r, body_get(r, "definition"), &f.draft));
    TRY(form_room(r));
    struct error *e = form_insert(r, &f);
    if (e && e->code == ERR_DUPLICATE)
        return error_field(r->arena, ERR_DUPLICATE, "code", "taken", "there is a form for it already");
    return e ? e : answer(r, 201, f.id, &stamp, STR(""));
}

/* A form that the caller may change, as it stands, and with the version that he knows. */
static struct error *taken(struct request *r, int64_t version, struct form_row *f, struct org_stamp *stamp, struct str *before)
{
    TRY(seen(r, true, f));
    TRY(realm_may_write(r, f->realm, stamp));
    *before = form_text(r->arena, f);
    return version == f->version ? NULL : stale_version(r, f->version);
}

struct error *form_update(struct request *r)
{
    struct form_row f;
    struct org_stamp stamp;
    struct str before;
    uint64_t n;
    TRY(taken(r, body_int(r, "version", 0), &f, &stamp, &before));
    read_labels(r, &f);
    if (body_has(r, "definition"))
        TRY(read_definition(r, body_get(r, "definition"), &f.draft));
    if (body_has(r, "state") && !f.n)
        return conflict(r, "a form that was never published is not in force and not retired");
    if (body_has(r, "state"))
        f.state = body_str(r, "state");
    TRY(form_change(r, &f, &n));
    if (n && body_has(r, "state"))
        TRY(attributes_refresh(r->services, r->arena, f.kind, f.code, r->who->id, &stamp));
    return n ? answer(r, 200, f.id, &stamp, before) : stale_version(r, f.version);
}

static void drop_json(void *p)
{
    json_decref(p);
}

struct error *form_sheet(struct request *r)
{
    struct form_row f;
    TRY(seen(r, false, &f));
    struct str text = f.draft.n ? f.draft : f.published;
    json_t *definition = json_loadb(text.p, text.n, 0, NULL);
    if (definition)
        arena_cleanup(r->arena, drop_json, definition);
    return reply_sheet(r, arena_printf(r->arena, STR_FMT "-" STR_FMT, STR_ARG(f.kind), STR_ARG(f.code)),
                       form_rows_of(r->arena, definition));
}

struct error *form_sheet_save(struct request *r)
{
    struct form_row f;
    struct org_stamp stamp;
    struct str before;
    json_t *definition;
    uint64_t n;
    TRY(taken(r, body_int(r, "version", 0), &f, &stamp, &before));
    TRY(form_of_rows(r->arena, body_get(r, "items"), &definition));
    TRY(read_definition(r, definition, &f.draft));
    TRY(form_change(r, &f, &n));
    return n ? answer(r, 200, f.id, &stamp, before) : stale_version(r, f.version);
}

struct error *form_publish(struct request *r)
{
    struct form_row f;
    struct org_stamp stamp;
    struct str before;
    uint64_t n;
    TRY(taken(r, body_int(r, "version", 0), &f, &stamp, &before));
    if (!f.draft.n)
        return conflict(r, "there is nothing new to publish");
    TRY(form_publish_draft(r, &f, body_str(r, "note"), &n));
    if (n)
        TRY(attributes_refresh(r->services, r->arena, f.kind, f.code, r->who->id, &stamp));
    return n ? answer(r, 200, f.id, &stamp, before) : stale_version(r, f.version);
}

struct error *form_delete(struct request *r)
{
    struct form_row f;
    struct org_stamp stamp;
    struct str before;
    uint64_t n;
    TRY(taken(r, param_int(r, "version", 0), &f, &stamp, &before));
    if (f.n)
        return error_new(r->arena, ERR_IN_USE, "a form that was published stays, as records were filled in by it; retire it");
    TRY(form_remove(r, f.id, f.version, &n));
    request_audit(r, "form", f.id.p, &stamp, before, STR(""));
    return reply_empty(r, 204);
}

static void put_version(struct jw *w, struct rows *x)
{
    jw_object_begin(w, NULL);
    jw_int(w, "n", row_int(x, 0));
    jw_row_text(w, "note", x, 1);
    jw_row_time(w, "published_at", x, 2);
    jw_row_text(w, "published_by_name", x, 3);
    if (!row_null(x, 4))
        jw_row_json(w, "definition", x, 4);
    jw_object_end(w);
}

struct error *form_versions(struct request *r)
{
    struct form_row f;
    struct rows x;
    TRY(seen(r, false, &f));
    TRY(form_version_rows(r, f.id, 0, &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x))
        put_version(&w, &x);
    TRY(rows_end(&x));
    return list_end_whole(r);
}

struct error *form_version(struct request *r)
{
    struct form_row f;
    struct rows x;
    TRY(seen(r, false, &f));
    TRY(form_version_rows(r, f.id, param_int(r, "n", 0), &x));
    struct jw w = jw_of(&r->reply);
    bool found = rows_next(&x);
    if (found)
        put_version(&w, &x);
    TRY(rows_end(&x));
    return found ? reply_written(r, 200) : not_found(r);
}
