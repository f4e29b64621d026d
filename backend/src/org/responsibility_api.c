/* /responsibilities, /responsibility-map */
#include "http/sheet_body.h"
#include "json/write.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "org/org_store.h"
#include "org/responsibility_store.h"

struct error *responsibility_list(struct request *r);
struct error *responsibility_create(struct request *r);
struct error *responsibility_update(struct request *r);
struct error *responsibility_delete(struct request *r);
struct error *responsibility_batch(struct request *r);
struct error *responsibility_sheet(struct request *r);
struct error *responsibility_map(struct request *r);
struct error *responsibility_sectors(struct request *r);

enum { MAX_SECTORS = 500 };

static const char *today(struct request *r)
{
    char *day = arena_alloc(r->arena, 11);
    clock_local_date(clock_now_us(), day);
    return day;
}

static void put_one(struct jw *w, struct rows *x)
{
    jw_object_begin(w, NULL);
    jw_str(w, "id", row_text(x, 0));
    jw_str(w, "org_id", row_text(x, 1));
    jw_str(w, "org_name", row_text(x, 2));
    jw_str(w, "kind", row_text(x, 3));
    jw_str(w, "office", row_text(x, 4));
    jw_row_text(w, "target_sector", x, 5);
    jw_row_text(w, "target_region", x, 6);
    jw_row_text(w, "target_org_id", x, 7);
    jw_row_text(w, "target_org_name", x, 8);
    jw_row_text(w, "basis", x, 9);
    jw_str(w, "valid_from", row_text(x, 10));
    jw_row_text(w, "valid_to", x, 11);
    jw_int(w, "version", row_int(x, 12));
    jw_row_time(w, "updated_at", x, 13);
    jw_int(w, "units", row_int(x, 14));
    jw_object_end(w);
}

struct error *responsibility_list(struct request *r)
{
    struct page p;
    struct rows rows;
    int64_t total;
    const char *day = today(r);
    TRY(page_of(r, &p));
    TRY(responsibility_count(r, day, &total));
    TRY(responsibility_rows(r, day, &p, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows))
        put_one(&w, &rows);
    TRY(rows_end(&rows));
    return list_end(r, &p, total, NULL);
}

struct now {
    struct str text;
    char *org;
    int64_t version;
};

static struct error *read_one(struct request *r, const char *id, struct now *out)
{
    struct rows rows;
    bool found;
    TRY(responsibility_row(r, today(r), id, &rows, &found));
    if (!found)
        return not_found(r);
    struct buf b = buf_new(r->arena, 512, 16 * 1024);
    struct jw w = jw_of(&b);
    put_one(&w, &rows);
    *out = (struct now){.text = buf_done(&b), .org = row_dup(&rows, r->arena, 1), .version = row_int(&rows, 12)};
    return rows_end(&rows);
}

static struct responsibility record_of(struct request *r, json_t *from)
{
    struct str office = json_str(from, "office"), begins = json_str(from, "valid_from");
    return (struct responsibility){.kind = json_str(from, "kind"),
                                   .office = office.n ? office : STR("none"),
                                   .sector = json_str(from, "target_sector"),
                                   .region = json_str(from, "target_region"),
                                   .org = json_str(from, "target_org_id"),
                                   .basis = json_str(from, "basis"),
                                   .from = begins.n ? begins : str_of(today(r)),
                                   .to = json_str(from, "valid_to"),
                                   .version = json_integer_value(json_object_get(from, "version"))};
}

/* Nobody gives an organisation a say over units that he does not see himself. */
static struct error *check_target(struct request *r, const struct responsibility *x)
{
    struct org_stamp unit;
    bool known = true;
    if (!x->sector.n && !x->region.n && !x->org.n)
        return invalid(r, "target_org_id", "one_of", "a sector, a region or a unit is needed");
    if (!x->org.n && r->who->scope.kind != SCOPE_ALL)
        return invalid(r, "target_org_id", "scope", "name a unit of your scope");
    if (x->org.n)
        TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, x->org.p, &unit, &known));
    if (!known)
        return invalid(r, "target_org_id", "unknown", "no such organisation in your scope");
    if (x->sector.n)
        TRY(org_sector_known(r, x->sector, x->sector, &known));
    if (!known)
        return invalid(r, "target_sector", "unknown", "no such sector");
    if (x->region.n)
        TRY(org_region_known(r, x->region.p, &known));
    return known ? NULL : invalid(r, "target_region", "unknown", "no such region");
}

static struct error *check(struct request *r, const struct responsibility *x)
{
    TRY(check_target(r, x));
    return x->to.n == 10 && x->from.n == 10 && memcmp(x->to.p, x->from.p, 10) < 0
               ? invalid(r, "valid_to", "order", "it ends before it begins")
               : NULL;
}

static struct error *taken(struct request *r, struct error *e)
{
    return e && e->code == ERR_DUPLICATE
               ? error_field(r->arena, ERR_DUPLICATE, "org_id", "taken", "the organisation has this responsibility already")
               : e;
}

static struct error *insert(struct request *r, struct responsibility *x, const struct org_stamp *org)
{
    struct now now;
    int64_t total;
    TRY(check(r, x));
    TRY(responsibility_total(r, &total));
    if (total >= RESPONSIBILITIES_MAX)
        return conflict(r, "the platform holds at most %d responsibilities", RESPONSIBILITIES_MAX);
    memcpy(x->id, id_new().s, sizeof x->id);
    TRY(taken(r, responsibility_insert(r, x, org)));
    TRY(read_one(r, x->id, &now));
    request_audit(r, "responsibility", x->id, org, STR(""), now.text);
    return NULL;
}

static struct error *change(struct request *r, struct responsibility *x)
{
    struct now was, now;
    struct org_stamp org;
    uint64_t n;
    bool found;
    TRY(read_one(r, x->id, &was));
    TRY(check(r, x));
    TRY(taken(r, responsibility_change(r, x, &n)));
    if (!n)
        return stale_version(r, was.version);
    TRY(org_stamp_get(r->db, r->arena, was.org, &org, &found));
    TRY(read_one(r, x->id, &now));
    request_audit(r, "responsibility", x->id, found ? &org : NULL, was.text, now.text);
    return NULL;
}

static struct error *answer(struct request *r, int status, const char *id)
{
    struct now now;
    TRY(read_one(r, id, &now));
    buf_str(&r->reply, now.text);
    return reply_written(r, status);
}

struct error *responsibility_create(struct request *r)
{
    struct responsibility x = record_of(r, r->json);
    struct org_stamp org;
    bool found;
    TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, body_str(r, "org_id").p, &org, &found));
    if (!found)
        return invalid(r, "org_id", "unknown", "no such organisation in your scope");
    TRY(insert(r, &x, &org));
    return answer(r, 201, x.id);
}

struct error *responsibility_update(struct request *r)
{
    struct responsibility x = record_of(r, r->json);
    str_copy(x.id, sizeof x.id, param_str(r, "id"));
    TRY(change(r, &x));
    return answer(r, 200, x.id);
}

/* ---- many at once ---- */
/* The same responsibility from the same day is changed, otherwise there is a new one. */
static struct error *take_row(struct request *r, json_t *row, bool *made)
{
    struct responsibility x = record_of(r, row);
    struct org_stamp org, *unit = arena_alloc(r->arena, sizeof *unit);
    struct str target = json_str(row, "target_org");
    bool found;
    TRY(org_meant(r->db, r->arena, &r->who->scope, json_str(row, "org"), &org, &found));
    if (!found)
        return invalid(r, "org", "unknown", "no such organisation in your scope, or several of this name");
    if (target.n)
        TRY(org_meant(r->db, r->arena, &r->who->scope, target, unit, &found));
    if (!found)
        return invalid(r, "target_org", "unknown", "no such organisation in your scope, or several of this name");
    x.org = target.n ? str_of(unit->org_id) : STR("");
    TRY(responsibility_same(r, &x, &org, &found));
    *made = !found;
    return found ? change(r, &x) : insert(r, &x, &org);
}

struct error *responsibility_batch(struct request *r)
{
    return batch_take(r, take_row);
}

static void drop_json(void *p)
{
    json_decref(p);
}

struct error *responsibility_sheet(struct request *r)
{
    static const char *const names[] = {"org",        "kind",  "office",     "target_sector", "target_region",
                                        "target_org", "basis", "valid_from", "valid_to"};
    struct rows x;
    json_t *items = json_array();
    arena_cleanup(r->arena, drop_json, items);
    TRY(responsibility_sheet_rows(r, &x));
    while (rows_next(&x)) {
        json_t *row = json_object();
        for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
            if (!row_null(&x, i))
                json_object_set_new(row, names[i], json_stringn(row_text(&x, i).p, row_text(&x, i).n));
        json_array_append_new(items, row);
    }
    TRY(rows_end(&x));
    return reply_sheet(r, strcmp(r->lang, "en") == 0 ? "responsibilities" : "监管职责", items);
}

struct error *responsibility_delete(struct request *r)
{
    struct now was;
    struct org_stamp org;
    bool found;
    const char *id = param_str(r, "id").p;
    TRY(read_one(r, id, &was));
    TRY(org_stamp_get(r->db, r->arena, was.org, &org, &found));
    TRY(responsibility_remove(r, id));
    request_audit(r, "responsibility", id, found ? &org : NULL, was.text, STR(""));
    return reply_empty(r, 204);
}

/* ---- the map ---- */
/* The columns of regulators_of, from `c` on. */
static void put_holder(struct jw *w, struct rows *x, unsigned c)
{
    jw_object_begin(w, NULL);
    jw_str(w, "org_id", row_text(x, c));
    jw_str(w, "org_name", row_text(x, c + 1));
    jw_str(w, "kind", row_text(x, c + 2));
    jw_str(w, "office", row_text(x, c + 3));
    jw_row_text(w, "by_sector", x, c + 4);
    jw_row_text(w, "by_region", x, c + 5);
    jw_row_text(w, "by_org_id", x, c + 6);
    jw_row_text(w, "by_org_name", x, c + 7);
    jw_row_text(w, "basis", x, c + 8);
    jw_row_text(w, "valid_to", x, c + 9);
    jw_object_end(w);
}

static void unit_begin(struct jw *w, struct rows *x)
{
    jw_object_begin(w, NULL);
    jw_str(w, "id", row_text(x, 0));
    jw_str(w, "name", row_text(x, 1));
    jw_str(w, "region_code", row_text(x, 2));
    jw_row_text(w, "sector_code", x, 3);
    jw_row_bool(w, "is_cii", x, 4);
    jw_row_bool(w, "is_voluntary", x, 5);
    jw_row_bool(w, "unsupervised", x, 6);
    jw_row_bool(w, "several", x, 7);
    jw_array_begin(w, "holders");
}

static void unit_end(struct jw *w)
{
    jw_array_end(w);
    jw_object_end(w);
}

struct error *responsibility_map(struct request *r)
{
    struct page p;
    struct rows rows;
    int64_t total;
    char unit[37] = "";
    const char *day = today(r);
    TRY(page_of(r, &p));
    TRY(map_count(r, day, &total));
    TRY(map_rows(r, day, &p, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows)) {
        if (!str_is(row_text(&rows, 0), unit)) {
            if (unit[0])
                unit_end(&w);
            str_copy(unit, sizeof unit, row_text(&rows, 0));
            unit_begin(&w, &rows);
        }
        if (!row_null(&rows, 8))
            put_holder(&w, &rows, 8);
    }
    if (unit[0])
        unit_end(&w);
    TRY(rows_end(&rows));
    return list_end(r, &p, total, NULL);
}

struct cover {
    struct str sector;
    int64_t n[5];
};

static struct error *read_covers(struct request *r, const char *day, struct cover *out, size_t *n)
{
    struct rows rows;
    TRY(cover_rows(r, day, &rows));
    while (*n < MAX_SECTORS && rows_next(&rows)) {
        struct cover *c = &out[(*n)++];
        c->sector = str_of(row_dup(&rows, r->arena, 0));
        for (unsigned i = 0; i < 5; i++)
            c->n[i] = row_int(&rows, 1 + i);
    }
    return rows_end(&rows);
}

struct held {
    struct str sector, text;
};

static struct error *read_held(struct request *r, const char *day, struct held *out, size_t *n)
{
    struct rows rows;
    TRY(sector_holder_rows(r, day, &rows));
    while (*n < RESPONSIBILITIES_MAX && rows_next(&rows)) {
        struct buf b = buf_new(r->arena, 512, 16 * 1024);
        struct jw w = jw_of(&b);
        put_holder(&w, &rows, 1);
        out[(*n)++] = (struct held){str_of(row_dup(&rows, r->arena, 0)), buf_done(&b)};
    }
    return rows_end(&rows);
}

struct error *responsibility_sectors(struct request *r)
{
    static const char *const names[] = {"units", "cii", "voluntary", "unsupervised", "uncharged"};
    struct cover *covers = arena_array(r->arena, MAX_SECTORS, sizeof *covers);
    struct held *held = arena_array(r->arena, RESPONSIBILITIES_MAX, sizeof *held);
    size_t n = 0, held_n = 0;
    const char *day = today(r);
    TRY(read_covers(r, day, covers, &n));
    TRY(read_held(r, day, held, &held_n));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    for (size_t i = 0; i < n; i++) {
        jw_object_begin(&w, NULL);
        jw_opt(&w, "sector_code", covers[i].sector);
        for (unsigned k = 0; k < 5; k++)
            jw_int(&w, names[k], covers[i].n[k]);
        jw_array_begin(&w, "holders");
        for (size_t k = 0; k < held_n; k++)
            if (str_eq(held[k].sector, covers[i].sector))
                jw_raw(&w, NULL, held[k].text);
        jw_array_end(&w);
        jw_object_end(&w);
    }
    return list_end_whole(r);
}
