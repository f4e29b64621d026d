/* /sector-defaults: who owns what nobody registered, by the sector of the unit that saw it. */
#include "json/write.h"
#include "kernel/id.h"
#include "org/org.h"
#include "ownership/default_store.h"
#include "ownership/owner.h"
#include "queue/job.h"

struct error *sector_default_list(struct request *r);
struct error *sector_default_put(struct request *r);
struct error *sector_default_delete(struct request *r);

struct error *sector_default_list(struct request *r)
{
    struct rows rows;
    TRY(default_rows(r, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows)) {
        jw_object_begin(&w, NULL);
        jw_str(&w, "id", row_text(&rows, 0));
        jw_str(&w, "sector_code", row_text(&rows, 1));
        jw_str(&w, "label_zh", row_text(&rows, 2));
        jw_str(&w, "label_en", row_text(&rows, 3));
        jw_row_text(&w, "realm_org_id", &rows, 4);
        jw_row_text(&w, "realm_org_name", &rows, 5);
        jw_row_text(&w, "org_id", &rows, 6);
        jw_row_text(&w, "org_name", &rows, 7);
        jw_int(&w, "version", row_int(&rows, 8));
        jw_row_time(&w, "updated_at", &rows, 9);
        jw_object_end(&w);
    }
    TRY(rows_end(&rows));
    return list_end_whole(r);
}

/* Whose configuration it is: an organisation in scope, or the platform, which is for those who see all of it. */
static struct error *read_realm(struct request *r, struct str *out, struct org_stamp *stamp)
{
    bool found;
    *out = param_str(r, "realm");
    *stamp = r->who->org;
    if (!out->n)
        return r->who->scope.kind == SCOPE_ALL ? NULL : invalid(r, "realm", "required", "name an organisation in your scope");
    TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, str_dup(r->arena, *out), stamp, &found));
    return found ? NULL : not_found(r);
}

/* What is kept in the trail. */
static struct str told(struct request *r, struct str realm, struct str sector, struct str org)
{
    struct buf b = buf_new(r->arena, 256, 4096);
    struct jw w = jw_of(&b);
    jw_object_begin(&w, NULL);
    jw_str(&w, "sector_code", sector);
    jw_opt(&w, "realm_org_id", realm);
    jw_str(&w, "org_id", org);
    jw_object_end(&w);
    return buf_done(&b);
}

/* As after a change of the registry: every process takes the claims anew, what is stored is looked at again. */
static struct error *tell(struct request *r, const char *id, struct str sector)
{
    json_t *payload = json_pack("{s:s%}", "sector", sector.p, sector.n);
    struct error *e = owner_reload(r->services, r->arena);
    if (!e)
        e = outbox_put(r->db, r->arena, "sector_default", id, payload);
    json_decref(payload);
    return e;
}

static struct error *check_owner(struct request *r, struct str sector)
{
    struct org_stamp owner;
    bool found;
    TRY(default_sector_known(r, sector, &found));
    if (!found)
        return not_found(r);
    TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, body_str(r, "org_id").p, &owner, &found));
    return found ? NULL : invalid(r, "org_id", "unknown", "no such organisation in your scope");
}

struct error *sector_default_put(struct request *r)
{
    struct str sector = param_str(r, "sector"), realm, before = STR("");
    struct org_stamp stamp;
    struct sector_default d;
    bool found;
    TRY(read_realm(r, &realm, &stamp));
    TRY(check_owner(r, sector));
    TRY(default_find(r, realm, sector, &d, &found));
    if (body_int(r, "version", 0) != d.version)
        return stale_version(r, d.version);
    if (found)
        before = told(r, realm, sector, d.org);
    else
        memcpy(d.id, id_new().s, sizeof d.id);
    d.org = body_str(r, "org_id");
    TRY(found ? default_change(r, &d) : default_insert(r, realm, sector, &d));
    TRY(tell(r, d.id, sector));
    request_audit(r, "sector_default", arena_strdup(r->arena, d.id), &stamp, before, told(r, realm, sector, d.org));
    return reply_empty(r, 204);
}

struct error *sector_default_delete(struct request *r)
{
    struct str sector = param_str(r, "sector"), realm;
    struct org_stamp stamp;
    struct sector_default d;
    bool found;
    TRY(read_realm(r, &realm, &stamp));
    TRY(default_find(r, realm, sector, &d, &found));
    if (!found)
        return not_found(r);
    if (param_int(r, "version", 0) != d.version)
        return stale_version(r, d.version);
    TRY(default_remove(r, &d));
    TRY(tell(r, d.id, sector));
    request_audit(r, "sector_default", arena_strdup(r->arena, d.id), &stamp, told(r, realm, sector, d.org), STR(""));
    return reply_empty(r, 204);
}
