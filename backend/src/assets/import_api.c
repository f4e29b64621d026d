/* /assets/imports and /imports: jobs with rows. */
#include <stdlib.h>

#include "assets/import_store.h"
#include "files/files.h"
#include "json/write.h"
#include "kernel/id.h"

struct error *asset_import_create(struct request *r);
struct error *import_list(struct request *r);
struct error *import_get(struct request *r);
struct error *import_rows(struct request *r);
struct error *import_problems(struct request *r);

struct error *asset_import_create(struct request *r)
{
    const struct upload *up = request_upload(r, "file");
    const struct catalogue *c;
    char hex[65];
    uuid id = id_new();
    if (!up)
        return invalid(r, "file", "required", "the part \"file\" is missing");
    TRY(catalogue_get(r->services, r->arena, &c));
    if (param_has(r, "class") && !catalogue_class(c, param_str(r, "class")))
        return invalid(r, "class", "enum", "no such class");
    TRY(files_keep(r->services, r->arena, up, hex));
    struct new_file f = {.sha256_hex = hex, .name = up->name, .media_type = files_media_type(r->arena, up->path), .use = "import",
                         .subject_kind = "import", .subject_id = id.s, .created_by = r->who->id, .bytes = up->bytes};
    TRY(files_insert(r->services, r->arena, id_new().s, &f, &r->who->org));
    const struct scope *s = &r->who->scope;
    struct str class = param_str(r, "class");
    json_t *params = json_pack("{s:s,s:s,s:b,s:s,s:i,s:s,s:s,s:s}", "sha256", hex, "file_name", up->name, "dry_run",
                               param_bool(r, "dry_run", false), "class", class.p ? class.p : "", "scope_kind", (int)s->kind, "scope_org", s->org,
                               "scope_l3", s->org_l3, "scope_sector", s->sector);
    struct error *e = job_put(r->services, r->arena, id.s, "asset_import", params,
                              r->who->kind == PRINCIPAL_USER ? r->who->id : NULL, &r->who->org);
    json_decref(params);
    if (e)
        return e;
    request_audit(r, "import", id.s, &r->who->org, STR(""), STR(""));
    return reply_accepted(r, id.s);
}

static void drop_json(void *p)
{
    json_decref(p);
}

static json_t *parse(struct request *r, struct rows *x, unsigned col)
{
    struct str t = row_text(x, col);
    json_t *v = t.n ? json_loadb(t.p, t.n, 0, NULL) : NULL;
    if (v)
        arena_cleanup(r->arena, drop_json, v);
    return v;
}

static void put_job(struct request *r, struct jw *w, struct rows *x)
{
    json_t *params = parse(r, x, 3), *result = parse(r, x, 4);
    const char *id = row_dup(x, r->arena, 0);
    jw_str(w, "id", str_of(id));
    jw_str(w, "kind", row_text(x, 1));
    jw_str(w, "state", row_text(x, 2));
    jw_bool(w, "dry_run", json_is_true(json_object_get(params, "dry_run")));
    jw_z(w, "file_name", json_string_value(json_object_get(params, "file_name")));
    jw_bool(w, "partial", json_is_true(json_object_get(result, "partial")));
    jw_row_text(w, "error", x, 5);
    jw_row_int(w, "rows_total", x, 6);
    jw_row_int(w, "rows_done", x, 7);
    jw_row_int(w, "created", x, 8);
    jw_row_int(w, "updated", x, 9);
    jw_row_int(w, "rejected", x, 10);
    jw_z(w, "problems_url", json_object_get(result, "problems") ? arena_printf(r->arena, "/api/v1/imports/%s/problems", id) : NULL);
    jw_row_time(w, "created_at", x, 11);
    jw_row_time(w, "started_at", x, 12);
    jw_row_time(w, "finished_at", x, 13);
}

struct error *import_list(struct request *r)
{
    struct page p;
    struct rows x;
    int64_t total;
    TRY(page_of(r, &p));
    TRY(import_job_count(r, &total));
    TRY(import_job_rows(r, &p, &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        jw_object_begin(&w, NULL);
        put_job(r, &w, &x);
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    return list_end(r, &p, total, NULL);
}

static struct error *put_first_problems(struct request *r, struct jw *w, const char *id)
{
    struct page p = {.page = 1, .size = 5};
    struct rows x;
    TRY(import_result_rows(r, id, STR("rejected"), &p, &x));
    jw_array_begin(w, "first_problems");
    while (rows_next(&x)) {
        jw_object_begin(w, NULL);
        jw_row_int(w, "row", &x, 0);
        jw_row_text(w, "field", &x, 3);
        jw_str(w, "message", row_text(&x, 5));
        jw_object_end(w);
    }
    jw_array_end(w);
    return rows_end(&x);
}

struct error *import_get(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct rows x;
    bool found;
    TRY(import_job_row(r, id, &x, &found));
    if (!found)
        return not_found(r);
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    put_job(r, &w, &x);
    TRY(rows_end(&x));
    TRY(put_first_problems(r, &w, id));
    jw_object_end(&w);
    return reply_written(r, 200);
}

static struct error *job_seen(struct request *r, const char *id, char **problems, char **name)
{
    struct rows x;
    bool found;
    TRY(import_job_row(r, id, &x, &found));
    if (!found)
        return not_found(r);
    const char *hex = json_string_value(json_object_get(parse(r, &x, 4), "problems"));
    const char *file = json_string_value(json_object_get(parse(r, &x, 3), "file_name"));
    *problems = hex ? arena_strdup(r->arena, hex) : NULL;
    *name = arena_strdup(r->arena, file ? file : "import");
    return rows_end(&x);
}

struct error *import_rows(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct page p;
    struct rows x;
    int64_t total;
    char *problems, *name;
    TRY(page_of(r, &p));
    TRY(job_seen(r, id, &problems, &name));
    TRY(import_result_count(r, id, param_str(r, "outcome"), &total));
    TRY(import_result_rows(r, id, param_str(r, "outcome"), &p, &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        jw_object_begin(&w, NULL);
        jw_row_int(&w, "row", &x, 0);
        jw_str(&w, "outcome", row_text(&x, 1));
        jw_row_text(&w, "asset_id", &x, 2);
        jw_row_text(&w, "column", &x, 3);
        jw_row_text(&w, "code", &x, 4);
        jw_row_text(&w, "message", &x, 5);
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    return list_end(r, &p, total, NULL);
}

struct error *import_problems(struct request *r)
{
    const char *id = param_str(r, "id").p;
    char *hex, *name;
    TRY(job_seen(r, id, &hex, &name));
    if (!hex)
        return not_found(r);
    request_audit(r, "import", id, NULL, STR(""), STR(""));
    return reply_file(r, hex, arena_printf(r->arena, "%s-rejected.xlsx", name),
                      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
}
