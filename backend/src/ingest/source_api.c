/* /sources */
#include "ingest/source_store.h"
#include "json/write.h"
#include "kernel/id.h"

struct error *source_list(struct request *r);
struct error *source_create(struct request *r);
struct error *source_update(struct request *r);

static void put_source(struct jw *w, struct rows *s)
{
    jw_object_begin(w, NULL);
    jw_str(w, "id", row_text(s, 0));
    jw_str(w, "name", row_text(s, 1));
    jw_str(w, "org_id", row_text(s, 2));
    jw_str(w, "org_name", row_text(s, 3));
    jw_row_text(w, "client_id", s, 4);
    jw_str(w, "space_id", row_text(s, 5));
    jw_str(w, "space_name", row_text(s, 6));
    jw_str(w, "format", row_text(s, 7));
    jw_int(w, "trust", row_int(s, 8));
    jw_str(w, "tz", row_text(s, 9));
    jw_str(w, "victim", row_text(s, 10));
    jw_str(w, "state", row_text(s, 11));
    jw_int(w, "version", row_int(s, 12));
    jw_int(w, "events_24h", row_int(s, 13));
    jw_row_time(w, "last_seen_at", s, 14);
    jw_object_end(w);
}

struct error *source_list(struct request *r)
{
    struct page p;
    struct rows rows;
    int64_t total;
    TRY(page_of(r, &p));
    TRY(source_count(r, &total));
    TRY(source_rows(r, &p, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows))
        put_source(&w, &rows);
    TRY(rows_end(&rows));
    return list_end(r, &p, total, NULL);
}

static struct error *answer(struct request *r, struct str id, int status, struct str *text)
{
    struct rows rows;
    bool found;
    TRY(source_row(r, id, &rows, &found));
    if (!found)
        return not_found(r);
    struct jw w = jw_of(&r->reply);
    put_source(&w, &rows);
    TRY(rows_end(&rows));
    *text = (struct str){r->reply.p, r->reply.n};
    return reply_written(r, status);
}

/* Members of the body over what is there already; a space that is not named is the organisation's own. */
static struct error *read_body(struct request *r, struct source_record *x)
{
    int minutes;
    bool known;
    x->name = str_trim(body_str(r, "name"));
    x->format = body_str(r, "format");
    x->trust = body_int(r, "trust", x->trust);
    if (body_has(r, "client_id"))
        x->client = body_str(r, "client_id");
    if (body_has(r, "space_id"))
        x->space = body_str(r, "space_id");
    if (body_has(r, "tz"))
        x->tz = body_str(r, "tz");
    if (body_has(r, "victim"))
        x->victim = body_str(r, "victim");
    if (body_has(r, "state"))
        x->state = body_str(r, "state");
    if (!x->name.n)
        return invalid(r, "name", "required", "the name is empty");
    if (!event_tz(x->tz, &minutes))
        return invalid(r, "tz", "unknown", "write the zone as +08:00 or Asia/Shanghai");
    if (x->client.n) {
        TRY(source_client_known(r, x->client, &known));
        if (!known)
            return invalid(r, "client_id", "unknown", "there is no such client in your scope");
    }
    if (!x->space.n) {
        char *own = arena_alloc(r->arena, 37);
        TRY(org_private_space(r->db, r->arena, &x->org, own));
        x->space = str_of(own);
        return NULL;
    }
    TRY(source_space_known(r, x->space, x->org.org_id, &known));
    return known ? NULL : invalid(r, "space_id", "unknown", "neither a shared address space nor the organisation's own");
}

struct error *source_create(struct request *r)
{
    struct source_record x = {.trust = 80, .tz = STR("Asia/Shanghai"), .victim = STR("auto"), .state = STR("active")};
    const char *id = arena_strdup(r->arena, id_new().s);
    struct str text;
    bool found;
    TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, str_dup(r->arena, body_str(r, "org_id")), &x.org, &found));
    if (!found)
        return invalid(r, "org_id", "unknown", "there is no such organisation in your scope");
    TRY(read_body(r, &x));
    TRY(source_insert(r, id, &x));
    r->location = arena_printf(r->arena, "/api/v1/sources/%s", id);
    TRY(answer(r, str_of(id), 201, &text));
    request_audit(r, "source", id, &x.org, (struct str){NULL, 0}, text);
    return NULL;
}

struct error *source_update(struct request *r)
{
    struct source_record x;
    struct str text, before, id = param_str(r, "id");
    bool found, moved;
    TRY(source_read(r, id, &x, &found));
    if (!found)
        return not_found(r);
    TRY(answer(r, id, 200, &text));
    before = str_of(str_dup(r->arena, text));
    r->reply.n = 0;
    TRY(org_stamp_get(r->db, r->arena, x.org.org_id, &x.org, &found));
    if (body_int(r, "version", 0) != x.version)
        return error_new(r->arena, ERR_STALE_VERSION, "version is %lld now", (long long)x.version);
    TRY(read_body(r, &x));
    TRY(source_update_row(r, id, &x, &moved));
    if (!moved)
        return error_new(r->arena, ERR_STALE_VERSION, "somebody else was faster");
    TRY(answer(r, id, 200, &text));
    request_audit(r, "source", str_dup(r->arena, id), &x.org, before, text);
    return NULL;
}
