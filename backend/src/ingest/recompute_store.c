/* When an asset's claims change, the events of the last 90 days that they touch are resolved again, each at its own time;
 * when a sector's default owner changes, those that a source of the sector sent.
 *
 * The outbox consumers only note the assets and sectors; a worker that has the ownership index works the notes off in runs. A note rests
 * for SETTLE_US first: by then each worker has seen the change, and events that were being stored with the older index are
 * committed. What a run does may be done again without effect, so a kill loses nothing. */
#include "ingest/event_store.h"
#include "kernel/clock.h"
#include "kernel/log.h"
#include "ownership/owner.h"
#include "queue/job.h"
#include "queue/lease.h"

enum {
    SETTLE_US = 3000000,
    LOOK_US = 500000,
    LEASE_S = 10,
    ASSETS = 100,  /* of one run */
    CLAIMS = 2000, /* of those, held in memory at once */
    ROWS = 2000,   /* of one transaction */
    DAYS = 90,
    DAYS_AT_ONCE = 10,
    NOTES = 5000
};

static const int64_t DAY_US = INT64_C(86400) * 1000000;

SQL(owner_change_note_sql, "INSERT INTO event_owner_changes (asset_id, changed_at, change_seq) VALUES (:asset, :now, :seq) "
                           "ON DUPLICATE KEY UPDATE changed_at = :now, change_seq = :seq");
SQL(owner_changes_due_sql, "SELECT asset_id, changed_at, change_seq FROM event_owner_changes WHERE changed_at < :settled "
                           "ORDER BY changed_at LIMIT :max");
SQL(owner_change_done_sql, "DELETE FROM event_owner_changes WHERE asset_id = :asset AND changed_at = :at");
SQL(sector_change_note_sql, "INSERT INTO event_sector_changes (sector_code, changed_at, change_seq) VALUES (:sector, :now, :seq) "
                            "ON DUPLICATE KEY UPDATE changed_at = :now, change_seq = :seq, day = NULL, after_id = NULL");
SQL(sector_change_due_sql, "SELECT sector_code, changed_at, change_seq, COALESCE(day, :tomorrow), "
                           "COALESCE(after_id, '00000000-0000-0000-0000-000000000000') FROM event_sector_changes "
                           "WHERE changed_at < :settled ORDER BY changed_at LIMIT 1");
SQL(sector_change_on_sql,
    "UPDATE event_sector_changes SET day = :day, after_id = :after WHERE sector_code = :sector AND changed_at = :at");
SQL(sector_change_done_sql, "DELETE FROM event_sector_changes WHERE sector_code = :sector AND changed_at = :at");
/* Claims that are over count as well: what they held may be somebody else's now. */
SQL_SYSTEM(owner_changes_claims_sql, "events of any unit may be touched",
           "SELECT x.lo, x.hi, x.host FROM JSON_TABLE(:assets, '$[*]' COLUMNS (id VARCHAR(36) PATH '$')) j "
           "JOIN asset_addresses x ON x.asset_id = CAST(j.id AS UUID) WHERE x.lo IS NOT NULL OR x.host IS NOT NULL LIMIT :max");

#define TOUCHED                                                                                                                  \
    "SELECT e.id, e.day, e.occurred_at, e.victim_ip, e.domain, e.url, e.verdict, e.method, e.confidence, e.org_id, e.asset_id, " \
    "s.space_id, s.org_id, s.org_l1, s.org_l2, s.org_l3, s.org_l4, s.org_l5, s.org_l6, s.sector_code, e.domain_back "            \
    "FROM events e FORCE INDEX ("
SQL_SYSTEM(events_of_range_sql, "events of any unit may be touched",
           TOUCHED "ix_events_victim) JOIN sources s ON s.id = e.source_id WHERE e.day >= :from_day AND e.day <= :to_day AND "
                   "e.victim_ip >= :at AND e.victim_ip <= :hi AND (e.victim_ip > :at OR e.id > :after) "
                   "ORDER BY e.victim_ip, e.id LIMIT :max");
SQL_SYSTEM(events_of_domain_sql, "events of any unit may be touched",
           TOUCHED "ix_events_domain_back) JOIN sources s ON s.id = e.source_id WHERE e.day >= :from_day AND e.day <= :to_day AND "
                   "e.domain_back >= :at AND e.domain_back < :hi AND (e.domain_back > :at OR e.id > :after) "
                   "ORDER BY e.domain_back, e.id LIMIT :max");
SQL_SYSTEM(events_of_sector_sql, "events of any unit may be touched",
           TOUCHED "PRIMARY) JOIN sources s ON s.id = e.source_id WHERE e.day = :day AND e.id > :after AND s.sector_code = :sector "
                   "ORDER BY e.id LIMIT :max");
SQL_SYSTEM(event_owner_set_sql, "derived from the registry",
           "UPDATE events SET verdict = :verdict, method = :method, confidence = :confidence, asset_id = :asset, org_id = :org_id, "
           "org_l1 = :org_l1, org_l2 = :org_l2, org_l3 = :org_l3, org_l4 = :org_l4, org_l5 = :org_l5, org_l6 = :org_l6, "
           "sector_code = :sector_code WHERE id = :id AND day = :day");

/* ---- notes ---- */
static struct error *note_assets(struct services *s, struct arena *a, const char *subject, json_t *payload, uint64_t seq)
{
    json_t *ids = json_object_get(payload, "assets"), *id;
    size_t i, n = 0;
    (void)subject;
    struct str *assets = arena_array(a, json_array_size(ids) + 1, sizeof *assets);
    json_array_foreach(ids, i, id)
        if (json_is_string(id))
            assets[n++] = str_of(json_string_value(id));
    char now[27];
    clock_sql(clock_now_us(), now);
    for (size_t at = 0; at < n; at += NOTES)
        TRY(db_exec_many(s->db, a, &owner_change_note_sql, n - at < NOTES ? n - at : NOTES,
                         COLUMNS(C_TEXT("asset", assets + at), C_SAME(A_Z("now", now)), C_SAME(A_INT("seq", (int64_t)seq))), NULL));
    return NULL;
}
OUTBOX_CONSUMER(event_owners, "asset", note_assets);

static struct error *note_sector(struct services *s, struct arena *a, const char *subject, json_t *payload, uint64_t seq)
{
    const char *sector = json_string_value(json_object_get(payload, "sector"));
    (void)subject;
    if (!sector)
        return NULL;
    return db_exec(s->db, a, &sector_change_note_sql,
                   ARGS(A_Z("sector", sector), A_TIME(a, "now", clock_now_us()), A_INT("seq", (int64_t)seq)), NULL);
}
OUTBOX_CONSUMER(event_sectors, "sector_default", note_sector);

/* ---- events of a claim, run by run ---- */
struct touched {
    struct ownership_query q;
    struct org_stamp seen_by;
    char id[37], day[11], org[37], asset[37];
    int64_t verdict, method, confidence;
};

static void read_touched(struct rows *r, struct arena *a, struct touched *t)
{
    *t = (struct touched){.verdict = row_int(r, 6), .method = row_int(r, 7), .confidence = row_int(r, 8)};
    struct str victim = row_text(r, 3);
    char day[27];
    str_copy(t->id, sizeof t->id, row_text(r, 0));
    clock_sql(row_time(r, 1), day);
    str_copy(t->day, sizeof t->day, str_of(day));
    t->q.at = row_time(r, 2);
    t->q.has_address = victim.n == sizeof t->q.address.b;
    if (t->q.has_address)
        memcpy(t->q.address.b, victim.p, sizeof t->q.address.b);
    t->q.domain = (struct str){str_dup(a, row_text(r, 4)), row_text(r, 4).n};
    t->q.url = (struct str){str_dup(a, row_text(r, 5)), row_text(r, 5).n};
    str_copy(t->org, sizeof t->org, row_text(r, 9));
    str_copy(t->asset, sizeof t->asset, row_text(r, 10));
    own_id_parse(row_text(r, 11), &t->q.space);
    row_org(r, 12, &t->seen_by);
}

/* What is to be written: columns for array binding. */
struct changes {
    struct str id[ROWS], day[ROWS], asset[ROWS], org[8][ROWS];
    int64_t verdict[ROWS], method[ROWS], confidence[ROWS];
    size_t n;
};

static struct str or_null(struct arena *a, const char *s)
{
    return s[0] ? str_of(arena_strdup(a, s)) : (struct str){NULL, 0};
}

static struct error *resolve(struct services *s, struct arena *a, const struct ownership_index *x, const struct touched *t,
                             struct changes *c)
{
    static const struct org_stamp nobody;
    struct ownership o;
    struct owner_brief brief;
    struct ownership_query q = t->q;
    q.sector = owner_sector(x, a, &t->seen_by);
    ownership_resolve(x, &q, &o);
    TRY(owner_brief_of(s, a, &o, &brief));
    bool owned = brief.verdict == VERDICT_OWNED;
    const struct org_stamp *org = owned ? brief.org : &nobody;
    int64_t method = brief.verdict == o.verdict ? (int64_t)o.method : METHOD_NONE;
    const char *asset = owned ? brief.asset_id : "";
    if (t->verdict == (int64_t)brief.verdict && t->method == method && t->confidence == brief.confidence &&
        strcmp(t->org, org->org_id) == 0 && strcmp(t->asset, asset) == 0)
        return NULL;
    size_t n = c->n++;
    c->id[n] = str_of(t->id);
    c->day[n] = str_of(t->day);
    c->asset[n] = or_null(a, asset);
    c->org[0][n] = or_null(a, org->org_id);
    for (int i = 0; i < 6; i++)
        c->org[1 + i][n] = or_null(a, org->level[i]);
    c->org[7][n] = or_null(a, org->sector);
    c->verdict[n] = brief.verdict;
    c->method[n] = method;
    c->confidence[n] = brief.confidence;
    return NULL;
}

static struct error *set_owners(struct services *s, struct arena *a, const struct changes *c)
{
    return db_exec_many(s->db, a, &event_owner_set_sql, c->n,
                        COLUMNS(C_INT("verdict", c->verdict, NULL), C_INT("method", c->method, NULL),
                                C_INT("confidence", c->confidence, NULL), C_TEXT("asset", c->asset), C_TEXT("org_id", c->org[0]),
                                C_TEXT("org_l1", c->org[1]), C_TEXT("org_l2", c->org[2]), C_TEXT("org_l3", c->org[3]),
                                C_TEXT("org_l4", c->org[4]), C_TEXT("org_l5", c->org[5]), C_TEXT("org_l6", c->org[6]),
                                C_TEXT("sector_code", c->org[7]), C_TEXT("id", c->id), C_TEXT("day", c->day)),
                        NULL);
}

/* A transaction of their own: one commit for all rows of the run. */
static struct error *write_changes(struct services *s, struct arena *a, const struct changes *c)
{
    if (!c->n)
        return NULL;
    TRY(db_begin(s->db, a));
    struct error *e = set_owners(s, a, c);
    return db_finish(s->db, a, e);
}

static struct error *resolve_rows(struct services *s, struct arena *a, const struct ownership_index *x, const struct touched *list,
                                  size_t n)
{
    struct changes *c = arena_alloc(a, sizeof *c);
    c->n = 0;
    for (size_t i = 0; i < n; i++)
        TRY(resolve(s, a, x, &list[i], c));
    return write_changes(s, a, c);
}

/* A stretch of one of the two indexes, and how far it has been walked. */
struct stretch {
    const struct sql_stmt *of;
    struct str at, hi;
    char after[37];
};

/* One run of rows; more: there may be others. */
static struct error *walk_run(struct services *s, struct arena *a, const struct ownership_index *x, struct stretch *w, bool *more)
{
    struct rows r;
    struct touched *list = arena_array(a, ROWS, sizeof *list);
    size_t n = 0;
    int64_t now = clock_now_us();
    char from[27], to[27];
    clock_sql(now - DAYS * DAY_US, from);
    clock_sql(now + DAY_US, to);
    TRY(db_query(s->db, a, w->of,
                 ARGS(A_STR("from_day", ((struct str){from, 10})), A_STR("to_day", ((struct str){to, 10})),
                      A_BYTES("at", w->at.p, w->at.n), A_BYTES("hi", w->hi.p, w->hi.n), A_Z("after", w->after), A_INT("max", ROWS)),
                 &r));
    for (; n < ROWS && rows_next(&r); n++) {
        read_touched(&r, a, &list[n]);
        struct str at = row_text(&r, w->of == &events_of_range_sql ? 3 : 20);
        w->at = (struct str){str_dup(a, at), at.n};
        memcpy(w->after, list[n].id, sizeof w->after);
    }
    TRY(rows_end(&r));
    *more = n == ROWS;
    return resolve_rows(s, a, x, list, n);
}

static struct error *walk(struct services *s, struct arena *a, const struct ownership_index *x, struct stretch w)
{
    bool more = true;
    memcpy(w.after, "00000000-0000-0000-0000-000000000000", sizeof w.after);
    while (more)
        TRY(walk_run(s, a, x, &w, &more));
    return NULL;
}

/* "example.com" and all below it: "moc.elpmaxe" and what begins with "moc.elpmaxe."; '/' follows '.'. */
static struct error *walk_domain(struct services *s, struct arena *a, const struct ownership_index *x, struct str host)
{
    char *back = arena_alloc(a, host.n + 2);
    for (size_t i = 0; i < host.n; i++)
        back[i] = host.p[host.n - 1 - i];
    back[host.n] = '/';
    return walk(s, a, x, (struct stretch){.of = &events_of_domain_sql, .at = {back, host.n}, .hi = {back, host.n + 1}});
}

/* ---- a run of notes ---- */
struct note {
    char asset[37];
    int64_t at;
};

static struct error *due_notes(struct services *s, struct arena *a, struct note *notes, size_t *n, uint64_t *seq, struct str *ids)
{
    struct rows r;
    struct buf b = buf_new(a, 4096, ASSETS * 64);
    *n = 0;
    *seq = 0;
    TRY(db_query(s->db, a, &owner_changes_due_sql, ARGS(A_TIME(a, "settled", clock_now_us() - SETTLE_US), A_INT("max", ASSETS)),
                 &r));
    while (*n < ASSETS && rows_next(&r)) {
        struct note *x = &notes[(*n)++];
        str_copy(x->asset, sizeof x->asset, row_text(&r, 0));
        x->at = row_time(&r, 1);
        if ((uint64_t)row_int(&r, 2) > *seq)
            *seq = (uint64_t)row_int(&r, 2);
        buf_printf(&b, "%s\"%s\"", *n > 1 ? "," : "[", x->asset);
    }
    buf_c(&b, ']');
    *ids = buf_done(&b);
    return rows_end(&r);
}

struct held {
    struct str lo, hi, host;
};

static struct error *held_claims(struct services *s, struct arena *a, struct str ids, struct held *held, size_t *n)
{
    struct rows r;
    *n = 0;
    TRY(db_query(s->db, a, &owner_changes_claims_sql, ARGS(A_STR("assets", ids), A_INT("max", CLAIMS)), &r));
    while (*n < CLAIMS && rows_next(&r)) {
        struct held *h = &held[(*n)++];
        h->lo = (struct str){str_dup(a, row_text(&r, 0)), row_text(&r, 0).n};
        h->hi = (struct str){str_dup(a, row_text(&r, 1)), row_text(&r, 1).n};
        h->host = (struct str){str_dup(a, row_text(&r, 2)), row_text(&r, 2).n};
    }
    return rows_end(&r);
}

/* A note that was written anew meanwhile stays. */
static struct error *drop_notes(struct services *s, struct arena *a, const struct note *notes, size_t n)
{
    struct error *e = NULL;
    TRY(db_begin(s->db, a));
    for (size_t i = 0; i < n && !e; i++)
        e = db_exec(s->db, a, &owner_change_done_sql, ARGS(A_Z("asset", notes[i].asset), A_TIME(a, "at", notes[i].at)), NULL);
    return db_finish(s->db, a, e);
}

static struct error *work_off(struct services *s, struct arena *a, size_t *done)
{
    struct note notes[ASSETS];
    struct held *held = arena_array(a, CLAIMS, sizeof *held);
    const struct ownership_index *x;
    struct str ids;
    uint64_t seq;
    size_t n;
    TRY(due_notes(s, a, notes, done, &seq, &ids));
    if (!*done)
        return NULL;
    TRY(held_claims(s, a, ids, held, &n));
    TRY(owner_index_at(s, a, seq, &x));
    for (size_t i = 0; i < n; i++) {
        struct arena_mark mark = arena_mark(a);
        if (held[i].lo.n == 16 && held[i].hi.n == 16)
            TRY(walk(s, a, x, (struct stretch){.of = &events_of_range_sql, .at = held[i].lo, .hi = held[i].hi}));
        if (held[i].host.n)
            TRY(walk_domain(s, a, x, held[i].host));
        arena_reset_to(a, mark);
    }
    return drop_notes(s, a, notes, *done);
}

/* ---- a sector, day by day ---- */
struct sector_note {
    struct str sector;
    int64_t at, day;
    uint64_t seq;
    char after[37];
};

static struct error *due_sector(struct services *s, struct arena *a, struct sector_note *n, bool *found)
{
    struct rows r;
    int64_t now = clock_now_us();
    TRY(db_one(s->db, a, &sector_change_due_sql, ARGS(A_TIME(a, "tomorrow", now + DAY_US), A_TIME(a, "settled", now - SETTLE_US)),
               &r, found));
    if (!*found)
        return NULL;
    n->sector = str_of(row_dup(&r, a, 0));
    n->at = row_time(&r, 1);
    n->seq = (uint64_t)row_int(&r, 2);
    n->day = row_time(&r, 3);
    str_copy(n->after, sizeof n->after, row_text(&r, 4));
    return rows_end(&r);
}

/* One run of rows of its day; n says how many there were. */
static struct error *sector_run(struct services *s, struct arena *a, const struct ownership_index *x, struct sector_note *note,
                                size_t *n)
{
    struct rows r;
    struct touched *list = arena_array(a, ROWS, sizeof *list);
    char day[27];
    clock_sql(note->day, day);
    TRY(db_query(
        s->db, a, &events_of_sector_sql,
        ARGS(A_STR("day", ((struct str){day, 10})), A_Z("after", note->after), A_STR("sector", note->sector), A_INT("max", ROWS)),
        &r));
    for (*n = 0; *n < ROWS && rows_next(&r); (*n)++)
        read_touched(&r, a, &list[*n]);
    TRY(rows_end(&r));
    if (*n)
        memcpy(note->after, list[*n - 1].id, sizeof note->after);
    return resolve_rows(s, a, x, list, *n);
}

static struct error *keep_place(struct services *s, struct arena *a, const struct sector_note *n)
{
    char day[27];
    const struct sql_arg *of = ARGS(A_STR("sector", n->sector), A_TIME(a, "at", n->at));
    if (n->day < clock_now_us() - DAYS * DAY_US)
        return db_exec(s->db, a, &sector_change_done_sql, of, NULL);
    clock_sql(n->day, day);
    return db_exec(
        s->db, a, &sector_change_on_sql,
        ARGS(A_STR("sector", n->sector), A_TIME(a, "at", n->at), A_STR("day", ((struct str){day, 10})), A_Z("after", n->after)),
        NULL);
}

/* A run, or days without any: what is left goes on at the next call, and events that come in meanwhile are not kept waiting. */
static struct error *work_off_sector(struct services *s, struct arena *a, size_t *done)
{
    const struct ownership_index *x;
    struct sector_note note;
    bool found;
    TRY(due_sector(s, a, &note, &found));
    *done = found;
    if (!found)
        return NULL;
    TRY(owner_index_at(s, a, note.seq, &x));
    for (size_t n = 0, days = 0; n == 0 && days < DAYS_AT_ONCE; days++) {
        TRY(sector_run(s, a, x, &note, &n));
        if (n == ROWS)
            break;
        note.day -= DAY_US;
        memcpy(note.after, "00000000-0000-0000-0000-000000000000", sizeof note.after);
    }
    return keep_place(s, a, &note);
}

static bool recompute_pump(struct services *s, struct arena *a)
{
    static int64_t next;
    bool mine = false;
    size_t done = 0;
    int64_t now = clock_mono_us();
    if (now < next)
        return false;
    struct error *e = lease_take(s, a, "event_owners_again", LEASE_S, &mine);
    if (!e && mine)
        e = work_off(s, a, &done);
    if (!e && mine && !done)
        e = work_off_sector(s, a, &done);
    if (e)
        log_warn("events", "owners again: %s: %s", error_name(e->code), e->detail ? e->detail : "");
    next = now + (done && !e ? 0 : LOOK_US);
    return done > 0;
}
PUMP(event_owners_again, recompute_pump);
