/* /realms: organisations that run their own sub-system. */
#include "json/write.h"
#include "org/org.h"
#include "org/realm_store.h"

struct error *realm_list(struct request *r);
struct error *realm_put(struct request *r);

struct error *realm_list(struct request *r)
{
    struct rows rows;
    TRY(realm_rows(r, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows)) {
        jw_object_begin(&w, NULL);
        jw_str(&w, "id", row_text(&rows, 0));
        jw_str(&w, "name", row_text(&rows, 1));
        jw_str(&w, "region_code", row_text(&rows, 2));
        jw_int(&w, "depth", row_int(&rows, 3));
        jw_int(&w, "version", row_int(&rows, 4));
        jw_row_text(&w, "inside", &rows, 5);
        jw_row_time(&w, "updated_at", &rows, 6);
        jw_object_end(&w);
    }
    TRY(rows_end(&rows));
    buf_str(&r->reply, STR("],"));
    struct jw rest = jw_of(&r->reply);
    jw_bool(&rest, "platform", r->who->scope.kind == SCOPE_ALL);
    buf_lit(&r->reply, "}");
    return reply_written(r, 200);
}

struct error *realm_put(struct request *r)
{
    struct str id = param_str(r, "org");
    bool on = body_bool(r, "active", true), found;
    struct org_stamp stamp;
    int64_t was;
    uint64_t n;
    TRY(realm_state(r, id.p, &was));
    if (was < 0)
        return not_found(r);
    TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, id.p, &stamp, &found));
    TRY(realm_set(r, id.p, on, body_int(r, "version", 0), &n));
    if (!n)
        return error_field(r->arena, ERR_STALE_VERSION, "version", "stale", "the organisation was changed meanwhile");
    r->raises[GENERATION_CONFIG] = true;
    request_audit(r, "realm", id.p, &stamp, was ? STR("{\"active\":true}") : STR("{\"active\":false}"),
                  on ? STR("{\"active\":true}") : STR("{\"active\":false}"));
    return reply_empty(r, 204);
}
