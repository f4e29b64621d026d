/* /orgs */
#include "json/write.h"
#include "kernel/id.h"
#include "org/move_store.h"
#include "org/org_store.h"

struct error *org_list(struct request *r);
struct error *org_tree(struct request *r);
struct error *org_get(struct request *r);
struct error *org_create(struct request *r);
struct error *org_update(struct request *r);
struct error *org_delete(struct request *r);

static void put_org(struct jw *w, struct rows *o)
{
    jw_object_begin(w, NULL);
    jw_str(w, "id", row_text(o, 0));
    jw_row_text(w, "parent_id", o, 1);
    jw_row_text(w, "parent_name", o, 2);
    jw_int(w, "depth", row_int(o, 3));
    jw_str(w, "name", row_text(o, 4));
    jw_row_text(w, "short_name", o, 5);
    jw_row_text(w, "uscc", o, 6);
    jw_str(w, "org_type", row_text(o, 7));
    jw_str(w, "org_level", row_text(o, 8));
    jw_str(w, "region_code", row_text(o, 9));
    jw_row_text(w, "sector_code", o, 10);
    jw_row_bool(w, "is_office", o, 11);
    jw_row_bool(w, "is_cii", o, 12);
    jw_row_bool(w, "is_key", o, 13);
    jw_row_bool(w, "is_demo", o, 14);
    jw_row_text(w, "address", o, 15);
    jw_str(w, "state", row_text(o, 16));
    jw_int(w, "sort_order", row_int(o, 17));
    jw_int(w, "version", row_int(o, 18));
    jw_row_time(w, "created_at", o, 19);
    jw_row_time(w, "updated_at", o, 20);
    jw_row_bool(w, "is_voluntary", o, 21);
    jw_row_text(w, "merged_into", o, 22);
    jw_row_text(w, "merged_into_name", o, 23);
    jw_object_end(w);
}

struct error *org_list(struct request *r)
{
    struct page p;
    struct rows rows;
    int64_t total;
    TRY(page_of(r, &p));
    TRY(org_count(r, &total));
    TRY(org_rows(r, &p, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows))
        put_org(&w, &rows);
    TRY(rows_end(&rows));
    return list_end(r, &p, total, NULL);
}

struct error *org_tree(struct request *r)
{
    struct rows rows;
    TRY(org_tree_rows(r, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows)) {
        jw_object_begin(&w, NULL);
        jw_str(&w, "id", row_text(&rows, 0));
        jw_row_text(&w, "parent_id", &rows, 1);
        jw_str(&w, "name", row_text(&rows, 2));
        jw_row_text(&w, "short_name", &rows, 3);
        jw_int(&w, "depth", row_int(&rows, 4));
        jw_str(&w, "region_code", row_text(&rows, 5));
        jw_row_text(&w, "sector_code", &rows, 6);
        jw_str(&w, "org_type", row_text(&rows, 7));
        jw_row_bool(&w, "is_office", &rows, 8);
        jw_str(&w, "state", row_text(&rows, 9));
        jw_str(&w, "org_level", row_text(&rows, 10));
        jw_row_bool(&w, "is_cii", &rows, 11);
        jw_row_bool(&w, "is_key", &rows, 12);
        jw_row_bool(&w, "is_voluntary", &rows, 13);
        jw_object_end(&w);
    }
    TRY(rows_end(&rows));
    return list_end_whole(r);
}

/* The record as text, for the answer and the audit trail; version and parent beside it. */
static struct error *read_org(struct request *r, const char *id, struct str *out, struct org_record *was)
{
    struct rows rows;
    bool found;
    TRY(org_row(r, id, &rows, &found));
    if (!found)
        return not_found(r);
    struct buf b = buf_new(r->arena, 1024, 64 * 1024);
    struct jw w = jw_of(&b);
    put_org(&w, &rows);
    *out = buf_done(&b);
    was->version = row_int(&rows, 18);
    was->sector_code = str_of(row_dup(&rows, r->arena, 10));
    return rows_end(&rows);
}

struct error *org_get(struct request *r)
{
    struct str text;
    struct org_record was;
    TRY(read_org(r, param_str(r, "id").p, &text, &was));
    buf_str(&r->reply, text);
    return reply_written(r, 200);
}

static struct org_record record_of(const struct request *r)
{
    return (struct org_record){.name = body_str(r, "name"),
                               .short_name = body_str(r, "short_name"),
                               .uscc = body_str(r, "uscc"),
                               .org_type = body_str(r, "org_type"),
                               .org_level = body_str(r, "org_level"),
                               .region_code = body_str(r, "region_code"),
                               .sector_code = body_str(r, "sector_code"),
                               .address = body_str(r, "address"),
                               .state = body_has(r, "state") ? body_str(r, "state") : STR("active"),
                               .is_office = body_bool(r, "is_office", false),
                               .is_cii = body_bool(r, "is_cii", false),
                               .is_key = body_bool(r, "is_key", false),
                               .is_voluntary = body_bool(r, "is_voluntary", false),
                               .sort_order = body_int(r, "sort_order", 0),
                               .version = body_int(r, "version", 0)};
}

static struct error *check_codes(struct request *r, const struct org_record *o, struct str sector_held)
{
    bool known;
    TRY(org_region_known(r, o->region_code.p, &known));
    if (!known)
        return invalid(r, "region_code", "unknown", "no such region");
    if (!o->sector_code.n)
        return NULL;
    TRY(org_sector_known(r, o->sector_code, sector_held, &known));
    return known ? NULL : invalid(r, "sector_code", "unknown", "no such sector");
}

/* The child's stamp: the parent's levels and itself one level below. */
static struct org_stamp below(const struct org_stamp *parent, const struct org_record *o)
{
    struct org_stamp s = *parent;
    memcpy(s.org_id, o->id, sizeof s.org_id);
    memcpy(s.level[s.depth++], o->id, sizeof s.level[0]);
    s.sector[0] = '\0';
    if (o->sector_code.n < sizeof s.sector)
        memcpy(s.sector, o->sector_code.p ? o->sector_code.p : "", o->sector_code.n);
    s.sector[o->sector_code.n < sizeof s.sector ? o->sector_code.n : 0] = '\0';
    return s;
}

static struct error *duplicate_uscc(struct request *r, struct error *e)
{
    return e && e->code == ERR_DUPLICATE
               ? error_field(r->arena, ERR_DUPLICATE, "uscc", "taken", "an organisation with this code exists")
               : e;
}

/* Until the commit nobody else changes the tree, and nobody does while a move is on its way. */
static struct error *tree_is_still(struct request *r)
{
    bool busy;
    TRY(org_tree_lock(r->db, r->arena, &busy));
    return busy ? conflict(r, "organisations are being moved; try again when that is done") : NULL;
}

struct error *org_create(struct request *r)
{
    struct org_record o = record_of(r), made;
    struct org_stamp parent;
    bool found;
    TRY(tree_is_still(r));
    TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, body_str(r, "parent_id").p, &parent, &found));
    if (!found)
        return invalid(r, "parent_id", "unknown", "no such organisation in your scope");
    if (parent.depth >= 6)
        return invalid(r, "parent_id", "depth", "the tree has at most six levels");
    TRY(check_codes(r, &o, STR("")));
    memcpy(o.id, id_new().s, sizeof o.id);
    memcpy(o.parent_id, parent.org_id, sizeof o.parent_id);
    struct org_stamp stamp = below(&parent, &o);
    TRY(duplicate_uscc(r, org_insert(r, &o, &stamp)));
    struct str text;
    TRY(read_org(r, o.id, &text, &made));
    request_audit(r, "org", o.id, &stamp, STR(""), text);
    buf_str(&r->reply, text);
    return reply_written(r, 201);
}

static struct error *check_update(struct request *r, const struct org_record *o, const struct org_record *was)
{
    int64_t used;
    TRY(check_codes(r, o, was->sector_code));
    if (!str_eq(o->sector_code, was->sector_code)) {
        /* Every row of the organisation carries its sector. */
        TRY(org_used(r, o->id, &used));
        if (used)
            return error_field(r->arena, ERR_IN_USE, "sector_code", "in_use", "the sector is fixed once records exist");
    }
    if (str_is(o->state, "closed") && strcmp(o->id, r->who->org.org_id) == 0)
        return conflict(r, "nobody closes the own organisation");
    return NULL;
}

struct error *org_update(struct request *r)
{
    struct org_record o = record_of(r), was = {0}, now;
    struct org_stamp stamp;
    struct str before, after;
    uint64_t n;
    bool found;
    memcpy(o.id, param_str(r, "id").p, sizeof o.id);
    TRY(tree_is_still(r));
    TRY(read_org(r, o.id, &before, &was));
    TRY(org_stamp_get(r->db, r->arena, o.id, &stamp, &found));
    TRY(check_update(r, &o, &was));
    TRY(duplicate_uscc(r, org_change(r, &o, &n)));
    if (!n)
        return stale_version(r, was.version);
    TRY(read_org(r, o.id, &after, &now));
    request_audit(r, "org", o.id, found ? &stamp : NULL, before, after);
    buf_str(&r->reply, after);
    return reply_written(r, 200);
}

struct error *org_delete(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct org_record was;
    struct str before;
    int64_t used;
    uint64_t n;
    TRY(tree_is_still(r));
    TRY(read_org(r, id, &before, &was));
    TRY(org_used(r, id, &used));
    if (used)
        return error_new(r->arena, ERR_IN_USE, "people, accounts, assets or units still belong to it; close it instead");
    TRY(org_remove(r, id, &n));
    request_audit(r, "org", id, NULL, before, STR(""));
    return reply_empty(r, 204);
}
