/* /orgs/{id}/move, /merge, /sector, /org-moves */
#include "json/write.h"
#include "kernel/id.h"
#include "org/move_store.h"
#include "org/org_store.h"

struct error *org_move_preview(struct request *r);
struct error *org_move(struct request *r);
struct error *org_merge(struct request *r);
struct error *org_sector_change(struct request *r);
struct error *org_move_list(struct request *r);
struct error *org_move_get(struct request *r);
struct error *org_move_resume(struct request *r);

/* What somebody wants to do, and why it cannot be done (NULL: it can). */
struct wish {
    struct move move;
    struct str subject_name, target_name;
    struct org_stamp target;
    struct move_unit *units;
    size_t n;
    int height;
    int64_t version;
    const char *problem;
};

static struct error *find_target(struct request *r, struct wish *x, struct str id, const char *field)
{
    int64_t version;
    bool realm, found;
    if (x->move.kind == MOVE_SECTOR) {
        str_copy(x->move.sector, sizeof x->move.sector, id);
        if (id.n)
            TRY(org_sector_known(r, id, STR(""), &found));
        return !id.n || found ? NULL : invalid(r, field, "unknown", "no such sector");
    }
    str_copy(x->move.target, sizeof x->move.target, id);
    TRY(move_subject(r, x->move.target, &x->target_name, &version, &realm, &found));
    if (found)
        TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, x->move.target, &x->target, &found));
    return found ? NULL : invalid(r, field, "unknown", "no such organisation in your scope");
}

/* Nobody moves the ground that he stands on. */
static bool carries_caller(const struct request *r, const struct wish *x)
{
    if (x->move.kind == MOVE_SECTOR)
        return false;
    for (int i = 0; i < r->who->org.depth; i++)
        if (strcmp(r->who->org.level[i], x->move.subject) == 0)
            return true;
    return false;
}

static struct error *read_wish(struct request *r, enum move_kind kind, struct str target, const char *field, struct wish *x)
{
    bool found, realm, busy;
    char parent[37] = "";
    const char *unknown;
    *x = (struct wish){.move.kind = kind};
    str_copy(x->move.subject, sizeof x->move.subject, param_str(r, "id"));
    TRY(move_subject(r, x->move.subject, &x->subject_name, &x->version, &realm, &found));
    if (!found)
        return not_found(r);
    TRY(org_tree_lock(r->db, r->arena, &busy));
    TRY(find_target(r, x, target, field));
    x->units = arena_array(r->arena, MOVE_MAX_UNITS + 1, sizeof *x->units);
    TRY(move_units_read(r->db, r->arena, x->move.subject, kind == MOVE_SECTOR, x->units, &x->n, &x->height, parent));
    TRY(restamp_unknown(r->db, r->arena, &unknown));
    x->problem = move_problem(kind, &x->units[0].was, parent, &x->target, x->move.sector, x->n, x->height);
    if (!x->problem)
        x->problem = busy                          ? "busy"
                     : carries_caller(r, x)        ? "own"
                     : kind == MOVE_MERGE && realm ? "realm"
                     : unknown[0]                  ? "table"
                                                   : NULL;
    move_place(kind, &x->target, x->move.sector, x->units, x->n <= MOVE_MAX_UNITS ? x->n : MOVE_MAX_UNITS);
    return NULL;
}

static struct error *start(struct request *r, enum move_kind kind, struct str target, const char *field)
{
    struct wish x;
    TRY(read_wish(r, kind, target, field, &x));
    if (x.version != body_int(r, "version", 0))
        return stale_version(r, x.version);
    if (x.problem && strcmp(x.problem, "busy") == 0)
        return conflict(r, "another change of the tree is on its way");
    if (x.problem)
        return invalid(r, field, x.problem, "it cannot be done: %s", x.problem);
    memcpy(x.move.id, id_new().s, 37);
    memcpy(x.move.job, id_new().s, 37);
    str_copy(x.move.created_by, sizeof x.move.created_by, str_of(r->who->id));
    TRY(move_insert(r->db, r->arena, &x.move, x.subject_name, x.target_name, x.units, x.n));
    TRY(move_narrow_orgs(r->db, r->arena, x.units, x.n));
    json_t *params = json_pack("{s:s}", "move", x.move.id);
    struct error *e = job_put(r->services, r->arena, x.move.job, "org_move", params, r->who->id, &r->who->org);
    json_decref(params);
    if (e)
        return e;
    request_audit(r, "org", arena_strdup(r->arena, x.move.subject), &x.units[0].was, STR(""),
                  str_of(arena_printf(r->arena, "{\"move\":\"%s\",\"target\":\"%s\",\"sector\":\"%s\",\"units\":%zu}", x.move.id,
                                      x.move.target, x.move.sector, x.n)));
    return reply_accepted(r, arena_strdup(r->arena, x.move.id));
}

struct error *org_move(struct request *r)
{
    return start(r, MOVE_PARENT, body_str(r, "parent_id"), "parent_id");
}

struct error *org_merge(struct request *r)
{
    return start(r, MOVE_MERGE, body_str(r, "into_id"), "into_id");
}

struct error *org_sector_change(struct request *r)
{
    return start(r, MOVE_SECTOR, body_str(r, "sector_code"), "sector_code");
}

/* ---- preview ---- */
static struct error *put_rows(struct request *r, struct jw *w, const struct wish *x)
{
    struct scope scope = x->move.kind == MOVE_SECTOR ? org_scope_own(&x->units[0].was) : org_scope_subtree(&x->units[0].was);
    jw_array_begin(w, "rows");
    for (size_t i = 0; i < restamp_tables(); i++) {
        int64_t n;
        TRY(restamp_count(r->db, r->arena, i, &scope, &n));
        if (!n)
            continue;
        jw_object_begin(w, NULL);
        jw_z(w, "kind", restamp_table(i));
        jw_int(w, "count", n > RESTAMP_COUNT_CAP ? RESTAMP_COUNT_CAP : n);
        jw_bool(w, "more", n > RESTAMP_COUNT_CAP);
        jw_object_end(w);
    }
    jw_array_end(w);
    return NULL;
}

/* The organisations above `from` that are not above `other`, as a JSON array. */
static const char *only_above(struct arena *a, const struct org_stamp *from, int depth, const struct org_stamp *other)
{
    struct buf b = buf_new(a, 512, 1024);
    for (int i = 0; i < depth; i++) {
        if (strcmp(from->level[i], other->level[i]) == 0)
            continue;
        buf_z(&b, b.n ? ",\"" : "[\"");
        buf_z(&b, from->level[i]);
        buf_c(&b, '"');
    }
    buf_z(&b, b.n ? "]" : "[]");
    return buf_done(&b).p;
}

static struct error *put_sight(struct request *r, struct jw *w, const char *key, const char *ids)
{
    struct rows rows;
    jw_array_begin(w, key);
    TRY(sight_rows(r, ids, &rows));
    while (rows_next(&rows)) {
        jw_object_begin(w, NULL);
        jw_str(w, "org_id", row_text(&rows, 0));
        jw_str(w, "org_name", row_text(&rows, 1));
        jw_int(w, "accounts", row_int(&rows, 2));
        jw_object_end(w);
    }
    jw_array_end(w);
    return rows_end(&rows);
}

static struct error *put_sector_sight(struct request *r, struct jw *w, const char *key, const char *sector)
{
    int64_t n = 0;
    if (sector[0])
        TRY(sector_sight(r, sector, &n));
    jw_array_begin(w, key);
    if (n) {
        jw_object_begin(w, NULL);
        jw_null(w, "org_id");
        jw_null(w, "org_name");
        jw_int(w, "accounts", n);
        jw_object_end(w);
    }
    jw_array_end(w);
    return NULL;
}

static struct error *put_sights(struct request *r, struct jw *w, const struct wish *x)
{
    const struct org_stamp *was = &x->units[0].was;
    if (x->move.kind == MOVE_SECTOR) {
        TRY(put_sector_sight(r, w, "loses", was->sector));
        return put_sector_sight(r, w, "gains", x->move.sector);
    }
    TRY(put_sight(r, w, "loses", only_above(r->arena, was, was->depth - 1, &x->target)));
    return put_sight(r, w, "gains", only_above(r->arena, &x->target, x->target.depth, was));
}

static struct error *count_accounts(struct request *r, const struct wish *x, int64_t *out)
{
    struct buf b = buf_new(r->arena, 4096, 256 * 1024);
    for (size_t i = 0; i < x->n; i++) {
        buf_z(&b, i ? ",\"" : "[\"");
        buf_z(&b, x->units[i].was.org_id);
        buf_c(&b, '"');
    }
    buf_c(&b, ']');
    return accounts_of(r, buf_done(&b).p, out);
}

struct error *org_move_preview(struct request *r)
{
    struct wish x;
    int64_t accounts;
    bool parent = param_has(r, "parent"), into = param_has(r, "into"), sector = param_has(r, "sector");
    if (parent + into + sector != 1)
        return error_field(r->arena, ERR_BAD_PARAMETER, "parent", "one_of", "exactly one of parent, into and sector");
    const char *field = parent ? "parent" : into ? "into" : "sector";
    TRY(read_wish(r, parent ? MOVE_PARENT : into ? MOVE_MERGE : MOVE_SECTOR, param_str(r, field), field, &x));
    TRY(count_accounts(r, &x, &accounts));
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    jw_int(&w, "version", x.version);
    jw_z(&w, "problem", x.problem);
    jw_int(&w, "units", (int64_t)x.n);
    jw_int(&w, "depth", sector ? x.units[0].was.depth : x.target.depth + x.height - into);
    jw_int(&w, "accounts", accounts);
    TRY(put_rows(r, &w, &x));
    TRY(put_sights(r, &w, &x));
    jw_object_end(&w);
    return reply_written(r, 200);
}

/* ---- how far ---- */
static void put_move(struct jw *w, struct rows *m)
{
    bool done = str_is(row_text(m, 7), "done");
    jw_object_begin(w, NULL);
    jw_str(w, "id", row_text(m, 0));
    jw_str(w, "kind", row_text(m, 1));
    jw_str(w, "subject_id", row_text(m, 2));
    jw_str(w, "subject_name", row_text(m, 3));
    jw_row_text(w, "target_id", m, 4);
    jw_row_text(w, "target_name", m, 5);
    jw_row_text(w, "sector_code", m, 6);
    jw_str(w, "step", row_text(m, 7));
    jw_int(w, "units", row_int(m, 8));
    jw_row_time(w, "created_at", m, 9);
    jw_row_time(w, "switched_at", m, 10);
    jw_row_time(w, "finished_at", m, 11);
    jw_row_text(w, "created_by_name", m, 12);
    if (row_null(m, 13))
        jw_z(w, "state", done ? "done" : "failed");
    else
        jw_str(w, "state", row_text(m, 13));
    jw_row_int(w, "rows_total", m, 14);
    jw_row_int(w, "rows_done", m, 15);
    jw_row_int(w, "updated", m, 16);
    jw_row_text(w, "error", m, 17);
    jw_object_end(w);
}

struct error *org_move_list(struct request *r)
{
    struct rows rows;
    TRY(move_rows(r, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows))
        put_move(&w, &rows);
    TRY(rows_end(&rows));
    return list_end_whole(r);
}

struct error *org_move_get(struct request *r)
{
    struct rows rows;
    bool found;
    TRY(move_row(r, param_str(r, "id").p, &rows, &found));
    if (!found)
        return not_found(r);
    struct jw w = jw_of(&r->reply);
    put_move(&w, &rows);
    TRY(rows_end(&rows));
    return reply_written(r, 200);
}

struct error *org_move_resume(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct rows rows;
    uint64_t n;
    bool found;
    TRY(move_row(r, id, &rows, &found));
    if (!found)
        return not_found(r);
    TRY(rows_end(&rows));
    const char *job = arena_strdup(r->arena, id_new().s);
    TRY(move_resume(r, id, job, &n));
    if (!n)
        return conflict(r, "it is running or done");
    json_t *params = json_pack("{s:s}", "move", id);
    struct error *e = job_put(r->services, r->arena, job, "org_move", params, r->who->id, &r->who->org);
    json_decref(params);
    return e ? e : reply_accepted(r, id);
}
