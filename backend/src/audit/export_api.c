/* /audit/exports: the trail as a file, fetched by whoever asked for it. */
#include "audit/trail_store.h"
#include "files/files.h"
#include "json/write.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "queue/job.h"
#include "sheet/sheet.h"

struct error *audit_export_create(struct request *r);
struct error *audit_export_get(struct request *r);
struct error *audit_export_file(struct request *r);

struct error *audit_export_create(struct request *r)
{
    uuid id = id_new();
    int64_t from = body_time(r, "from", 0), to = body_time(r, "to", 0);
    char today[11];
    TRY(trail_span(r, from, to));
    clock_local_date(clock_now_us(), today);
    json_t *params = json_deep_copy(r->json);
    json_object_set_new(params, "from_us", json_integer(from));
    json_object_set_new(params, "to_us", json_integer(to));
    json_object_set_new(params, "lang", json_string(r->lang));
    json_object_set_new(params, "file_name",
                        json_string(arena_printf(r->arena, "%s-%s." STR_FMT, strcmp(r->lang, "en") == 0 ? "audit" : "审计记录",
                                                 today, STR_ARG(body_str(r, "format")))));
    job_scope_put(params, &r->who->scope);
    struct error *e = job_put(r->services, r->arena, id.s, "audit_export", params, r->who->id, &r->who->org);
    json_decref(params);
    if (e)
        return e;
    request_audit(r, "export", id.s, &r->who->org, STR(""), r->body);
    return reply_accepted(r, id.s);
}

struct error *audit_export_get(struct request *r)
{
    struct rows x;
    bool found;
    const char *id = str_dup(r->arena, param_str(r, "id"));
    TRY(trail_export_row(r, id, &x, &found));
    if (!found)
        return not_found(r);
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    jw_z(&w, "id", id);
    jw_row_text(&w, "state", &x, 0);
    jw_int(&w, "rows_done", row_int(&x, 1));
    jw_row_text(&w, "error", &x, 2);
    jw_z(&w, "file_url", row_null(&x, 3) ? NULL : arena_printf(r->arena, "/api/v1/audit/exports/%s/file", id));
    jw_row_time(&w, "file_gone_at", &x, 5);
    jw_object_end(&w);
    TRY(rows_end(&x));
    return reply_written(r, 200);
}

struct error *audit_export_file(struct request *r)
{
    struct rows x;
    bool found;
    const char *id = str_dup(r->arena, param_str(r, "id"));
    TRY(trail_export_row(r, id, &x, &found));
    const char *hex = found ? row_dup(&x, r->arena, 3) : NULL, *name = found ? row_dup(&x, r->arena, 4) : NULL;
    if (found)
        TRY(rows_end(&x));
    if (!hex)
        return not_found(r);
    request_audit(r, "export", id, &r->who->org, STR(""), STR(""));
    size_t n = strlen(name);
    return file_reply(r, hex, name, n > 4 && strcmp(name + n - 4, ".csv") == 0 ? "text/csv" : SHEET_XLSX_TYPE);
}
