/* /assets/template and /assets/exports. The file of an export is fetched where its progress is. */
#include <stdlib.h>
#include <unistd.h>

#include "assets/asset_store.h"
#include "assets/export.h"
#include "files/files.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "queue/job.h"

struct error *asset_template(struct request *r);
struct error *asset_export_create(struct request *r);

/* The same class and language give the same bytes, so they are stored once; no record takes them, and after a day they go. */
struct error *asset_template(struct request *r)
{
    const struct catalogue *c;
    struct export_plan *plan = arena_alloc(r->arena, sizeof *plan);
    struct sheet_writer *w;
    char hex[65];
    TRY(catalogue_get(r->services, r->arena, &c));
    const struct asset_class *class = catalogue_class(c, param_str(r, "class"));
    if (!class)
        return error_field(r->arena, ERR_BAD_PARAMETER, "class", "enum", "no such class");
    export_plan_make(r->arena, c, class, &r->who->org, r->lang, true, plan);
    enum sheet_kind kind = sheet_kind_named(param_str(r, "format"));
    const char *path = arena_printf(r->arena, "%s/tmp/template-%s", r->services->config->state_dir, id_new().s);
    const char *name = str_dup(r->arena, strcmp(r->lang, "en") == 0 ? class->label_en : class->label_zh);
    TRY(sheet_writer_open(r->arena, path, kind, name, plan->sheet, plan->n, &w));
    struct new_file f = {
        .sha256_hex = hex, .name = name, .media_type = sheet_kind_type(kind), .use = "template", .created_by = r->who->id};
    struct error *e = sheet_writer_close(w);
    if (!e)
        e = files_keep_path(r->services, r->arena, path, hex, &f.bytes);
    unlink(path);
    if (!e)
        e = files_insert(r->services, r->arena, id_new().s, &f, &r->who->org);
    return e ? e : reply_file(r, hex, arena_printf(r->arena, "%s.%s", name, sheet_kind_end(kind)), sheet_kind_type(kind));
}

static struct str filters_json(struct request *r, const json_t *params)
{
    char *text = json_dumps(params, JSON_COMPACT | JSON_SORT_KEYS);
    struct str s = str_of(arena_strdup(r->arena, text ? text : "{}"));
    free(text);
    return s;
}

struct error *asset_export_create(struct request *r)
{
    uuid id = id_new();
    const struct catalogue *c;
    TRY(catalogue_get(r->services, r->arena, &c));
    if (body_has(r, "class") && !catalogue_class(c, body_str(r, "class")))
        return invalid(r, "class", "enum", "no such class");
    struct attribute_query where;
    TRY(asset_ask(r, body_str(r, "class"), body_get(r, "where"), STR(""), &where));
    json_t *params = json_deep_copy(r->json);
    struct str asked = filters_json(r, params);
    char today[11];
    clock_local_date(clock_now_us(), today);
    json_object_set_new(params, "lang", json_string(r->lang));
    json_object_set_new(params, "file_name",
                        json_string(arena_printf(r->arena, "%s-%s." STR_FMT, strcmp(r->lang, "en") == 0 ? "assets" : "资产", today,
                                                 STR_ARG(body_str(r, "format")))));
    job_scope_put(params, &r->who->scope);
    struct error *e = job_put(r->services, r->arena, id.s, "asset_export", params, r->who->id, &r->who->org);
    json_decref(params);
    if (e)
        return e;
    request_audit(r, "export", id.s, &r->who->org, STR(""), asked);
    return reply_accepted(r, id.s);
}
