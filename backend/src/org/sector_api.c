/* /sectors: one list for the whole platform. */
#include "json/write.h"
#include "org/sector_store.h"

struct error *sector_list(struct request *r);
struct error *sector_create(struct request *r);
struct error *sector_update(struct request *r);
struct error *sector_delete(struct request *r);
struct error *sector_usage(struct request *r);

static void put_sector(struct jw *w, struct rows *s)
{
    jw_object_begin(w, NULL);
    jw_str(w, "code", row_text(s, 0));
    jw_str(w, "label_zh", row_text(s, 1));
    jw_str(w, "label_en", row_text(s, 2));
    jw_int(w, "sort_order", row_int(s, 3));
    jw_str(w, "state", row_text(s, 4));
    jw_row_bool(w, "shipped", s, 5);
    jw_int(w, "version", row_int(s, 6));
    jw_object_end(w);
}

struct error *sector_list(struct request *r)
{
    struct rows rows;
    TRY(sector_rows(r, param_bool(r, "all", false), &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows))
        put_sector(&w, &rows);
    TRY(rows_end(&rows));
    return list_end_whole(r);
}

static struct error *read_sector(struct request *r, struct str code, struct str *text, bool *shipped, int64_t *version)
{
    struct rows rows;
    bool found;
    TRY(sector_row(r, code, &rows, &found));
    if (!found)
        return not_found(r);
    struct buf b = buf_new(r->arena, 256, 4096);
    struct jw w = jw_of(&b);
    put_sector(&w, &rows);
    *text = buf_done(&b);
    *shipped = row_int(&rows, 5) != 0;
    *version = row_int(&rows, 6);
    return rows_end(&rows);
}

static struct error *whole_platform(struct request *r)
{
    return r->who->scope.kind == SCOPE_ALL
               ? NULL
               : error_field(r->arena, ERR_FORBIDDEN, "scope", "required", "sectors are the whole platform's");
}

static struct sector_record record_of(const struct request *r, struct str code)
{
    return (struct sector_record){.code = code,
                                  .label_zh = body_str(r, "label_zh"),
                                  .label_en = body_str(r, "label_en"),
                                  .state = body_str(r, "state"),
                                  .sort_order = body_int(r, "sort_order", 0),
                                  .version = body_int(r, "version", 0)};
}

static struct error *answer(struct request *r, int status, struct str code, struct str before)
{
    struct str now;
    bool shipped;
    int64_t version;
    TRY(read_sector(r, code, &now, &shipped, &version));
    request_audit(r, "sector", str_dup(r->arena, code), NULL, before, now);
    buf_str(&r->reply, now);
    return reply_written(r, status);
}

struct error *sector_create(struct request *r)
{
    struct sector_record s = record_of(r, body_str(r, "code"));
    TRY(whole_platform(r));
    struct error *e = sector_insert(r, &s);
    if (e && e->code == ERR_DUPLICATE)
        return error_field(r->arena, ERR_DUPLICATE, "code", "taken", "a sector with this code exists");
    return e ? e : answer(r, 201, s.code, STR(""));
}

struct error *sector_update(struct request *r)
{
    struct sector_record s = record_of(r, param_str(r, "code"));
    struct str before;
    bool shipped;
    int64_t version;
    uint64_t n;
    TRY(whole_platform(r));
    TRY(read_sector(r, s.code, &before, &shipped, &version));
    TRY(sector_change(r, &s, &n));
    if (!n)
        return stale_version(r, version);
    return answer(r, 200, s.code, before);
}

struct error *sector_delete(struct request *r)
{
    struct str code = param_str(r, "code"), before;
    struct sector_usage u;
    bool shipped;
    int64_t version;
    TRY(whole_platform(r));
    TRY(read_sector(r, code, &before, &shipped, &version));
    TRY(sector_used(r, code, &u));
    if (shipped)
        return error_new(r->arena, ERR_IN_USE, "a shipped sector is retired, not deleted");
    if (u.orgs + u.accounts + u.defaults + u.groups + u.responsibilities)
        return error_new(r->arena, ERR_IN_USE, "records still refer to the sector; retire it instead");
    TRY(sector_remove(r, code));
    request_audit(r, "sector", code.p, NULL, before, STR(""));
    return reply_empty(r, 204);
}

struct error *sector_usage(struct request *r)
{
    struct sector_usage u;
    TRY(whole_platform(r));
    TRY(sector_used(r, param_str(r, "code"), &u));
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    jw_int(&w, "orgs", u.orgs);
    jw_int(&w, "accounts", u.accounts);
    jw_int(&w, "defaults", u.defaults);
    jw_int(&w, "groups", u.groups);
    jw_int(&w, "responsibilities", u.responsibilities);
    jw_object_end(&w);
    return reply_written(r, 200);
}
