/* /assets/imports and /imports: jobs with rows. */
#include <stdlib.h>

#include "assets/change.h"
#include "assets/import_store.h"
#include "assets/undo_store.h"
#include "files/files.h"
#include "json/write.h"
#include "kernel/id.h"
#include "sheet/sheet.h"

struct error *asset_import_create(struct request *r);
struct error *import_list(struct request *r);
struct error *import_get(struct request *r);
struct error *import_rows(struct request *r);
struct error *import_problems(struct request *r);
struct error *import_result(struct request *r);
struct error *import_undo(struct request *r);

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
    TRY(files_fit(r, FILE_SHEET, up->bytes));
    TRY(files_keep(r->services, r->arena, up, hex));
    struct new_file f = {.sha256_hex = hex,
                         .name = up->name,
                         .media_type = files_media_type(r->arena, up->path),
                         .use = "import",
                         .subject_kind = "import",
                         .subject_id = id.s,
                         .created_by = r->who->id,
                         .bytes = up->bytes};
    TRY(files_insert(r->services, r->arena, id_new().s, &f, &r->who->org));
    struct str class = param_str(r, "class");
    json_t *params = json_pack("{s:s,s:s,s:s,s:b,s:s}", "lang", r->lang, "sha256", hex, "file_name", up->name, "dry_run",
                               param_bool(r, "dry_run", false), "class", class.p ? class.p : "");
    job_scope_put(params, &r->who->scope);
    bool review;
    struct error *e = change_needed(r, &review);
    if (!e && (review || param_bool(r, "submit", false)) && !param_bool(r, "dry_run", false)) {
        e = change_submit_import(r, up->name, params);
        json_decref(params);
        return e;
    }
    if (!e)
        e = job_put(r->services, r->arena, id.s, "asset_import", params, r->who->kind == PRINCIPAL_USER ? r->who->id : NULL,
                    &r->who->org);
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

/* An undo counts what it took back and what it left; the other jobs what they made, changed and refused. */
static void put_counts(struct jw *w, struct rows *x, bool undo)
{
    jw_row_int(w, "rows_total", x, 6);
    jw_row_int(w, "rows_done", x, 7);
    jw_int(w, "created", undo ? 0 : row_int(x, 8));
    jw_int(w, "updated", undo ? 0 : row_int(x, 9));
    jw_int(w, "rejected", undo ? 0 : row_int(x, 10));
    if (undo) {
        jw_row_int(w, "undone", x, 9);
        jw_row_int(w, "kept", x, 10);
    }
}

/* Of a discovery: what the scan says of itself. */
static void put_scan(struct jw *w, json_t *scan)
{
    if (!scan) {
        jw_null(w, "scan");
        return;
    }
    jw_object_begin(w, "scan");
    jw_z(w, "scanner", json_string_value(json_object_get(scan, "scanner")));
    jw_z(w, "arguments", json_string_value(json_object_get(scan, "arguments")));
    jw_time(w, "started_at", json_integer_value(json_object_get(scan, "started")) * 1000000);
    jw_time(w, "ended_at", json_integer_value(json_object_get(scan, "ended")) * 1000000);
    jw_int(w, "hosts", json_integer_value(json_object_get(scan, "hosts")));
    jw_int(w, "hosts_up", json_integer_value(json_object_get(scan, "hosts_up")));
    jw_int(w, "ports", json_integer_value(json_object_get(scan, "ports")));
    jw_object_end(w);
}

static void put_job(struct request *r, struct jw *w, struct rows *x)
{
    json_t *params = parse(r, x, 3), *result = parse(r, x, 4);
    const char *id = row_dup(x, r->arena, 0);
    bool mine = str_is(row_text(x, 16), r->who->id), gone = !row_null(x, 17);
    jw_str(w, "id", str_of(id));
    jw_str(w, "kind", row_text(x, 1));
    jw_str(w, "state", row_text(x, 2));
    jw_bool(w, "dry_run", json_is_true(json_object_get(params, "dry_run")));
    jw_z(w, "file_name", json_string_value(json_object_get(params, "file_name")));
    jw_bool(w, "partial", json_is_true(json_object_get(result, "partial")));
    put_scan(w, json_object_get(result, "scan"));
    jw_row_text(w, "error", x, 5);
    put_counts(w, x, str_is(row_text(x, 1), "asset_undo"));
    jw_z(w, "problems_url",
         !gone && json_object_get(result, "problems") ? arena_printf(r->arena, "/api/v1/imports/%s/problems", id) : NULL);
    jw_z(w, "result_url",
         mine && !gone && json_object_get(result, "file") ? arena_printf(r->arena, "/api/v1/imports/%s/result", id) : NULL);
    jw_row_text(w, "undo_of", x, 14);
    jw_row_text(w, "undone_by", x, 15);
    jw_row_time(w, "created_at", x, 11);
    jw_row_time(w, "started_at", x, 12);
    jw_row_time(w, "finished_at", x, 13);
    jw_row_time(w, "files_expired_at", x, 17);
}

struct error *import_list(struct request *r)
{
    struct page p;
    struct rows x;
    int64_t total;
    TRY(page_of(r, &p));
    TRY(import_job_count(r, param_str(r, "kind"), &total));
    TRY(import_job_rows(r, param_str(r, "kind"), &p, &x));
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

/* What the actions on a job need of it. */
struct seen {
    const char *kind, *state, *name, *problems, *file; /* problems and file: content, NULL when there is none */
    bool dry, mine, gone;
    int64_t written;
    enum sheet_kind problems_kind;
};

static struct error *job_seen(struct request *r, const char *id, struct seen *out)
{
    struct rows x;
    bool found;
    TRY(import_job_row(r, id, &x, &found));
    if (!found)
        return not_found(r);
    json_t *params = parse(r, &x, 3), *result = parse(r, &x, 4);
    const char *name = json_string_value(json_object_get(params, "file_name"));
    *out = (struct seen){.kind = row_dup(&x, r->arena, 1),
                         .state = row_dup(&x, r->arena, 2),
                         .name = name ? name : "import",
                         .problems = json_string_value(json_object_get(result, "problems")),
                         .problems_kind = sheet_kind_named(str_of(json_string_value(json_object_get(result, "problems_kind")))),
                         .file = json_string_value(json_object_get(result, "file")),
                         .dry = json_is_true(json_object_get(params, "dry_run")),
                         .mine = str_is(row_text(&x, 16), r->who->id),
                         .gone = !row_null(&x, 17),
                         .written = row_int(&x, 8) + row_int(&x, 9)};
    return rows_end(&x);
}

struct error *import_rows(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct page p;
    struct rows x;
    int64_t total;
    struct seen seen;
    TRY(page_of(r, &p));
    TRY(job_seen(r, id, &seen));
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
    struct seen seen;
    TRY(job_seen(r, id, &seen));
    if (!seen.problems || seen.gone)
        return not_found(r);
    request_audit(r, "import", id, NULL, STR(""), STR(""));
    return file_reply(r, seen.problems, arena_printf(r->arena, "%s-rejected.%s", seen.name, sheet_kind_end(seen.problems_kind)),
                      sheet_kind_type(seen.problems_kind));
}

/* What an export holds follows from the scope of whoever asked, so nobody else gets it. */
struct error *import_result(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct seen seen;
    TRY(job_seen(r, id, &seen));
    if (!seen.file || !seen.mine || seen.gone)
        return not_found(r);
    request_audit(r, "export", id, &r->who->org, STR(""), STR(""));
    const char *dot = strrchr(seen.name, '.');
    return file_reply(r, seen.file, seen.name, sheet_kind_type(sheet_kind_named(str_of(dot ? dot + 1 : ""))));
}

struct error *import_undo(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct seen seen;
    uuid undo = id_new();
    TRY(job_seen(r, id, &seen));
    if (strcmp(seen.kind, "asset_import") != 0 || seen.dry)
        return invalid(r, "id", "kind", "only an import that wrote something can be undone");
    if (strcmp(seen.state, "done") != 0 && strcmp(seen.state, "failed") != 0)
        return conflict(r, "the import still runs");
    json_t *params = json_pack("{s:s,s:s,s:I}", "import", id, "file_name", seen.name, "rows", (json_int_t)seen.written);
    job_scope_put(params, &r->who->scope);
    struct error *e = job_put(r->services, r->arena, undo.s, "asset_undo", params, r->who->id, &r->who->org);
    json_decref(params);
    if (!e)
        e = undo_claim(r->services, r->arena, undo.s, id);
    if (e && e->code == ERR_DUPLICATE)
        return conflict(r, "the import is undone already, or its undo runs");
    if (e)
        return e;
    request_audit(r, "import", id, &r->who->org, STR(""), STR(""));
    return reply_accepted(r, undo.s);
}
