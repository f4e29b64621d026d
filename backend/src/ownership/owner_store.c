#include "ownership/owner_store.h"

#include <stdlib.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "org/org.h"
#include "ownership/ownership_index.h"

enum { LOAD_CHUNK = 20000, CHANGES_CHUNK = 20, LOOK_US = 1000000, STAMPS_KEPT_US = 60000000, STAMPS_FIRST = 256 };

#define CLAIM_COLUMNS \
    "x.id, x.asset_id, x.space_id, x.kind, x.lo, x.hi, x.host, x.org_id, x.source_code, x.valid_from, x.valid_to FROM asset_addresses x "
SQL_SYSTEM(claims_all_sql, "the resolver weighs everybody's claims; what it tells is cut to the caller's scope",
           "SELECT " CLAIM_COLUMNS "WHERE x.id > :after AND x.kind <> 'mac' ORDER BY x.id LIMIT :limit");
SQL_SYSTEM(claims_of_sql, "the resolver weighs everybody's claims; what it tells is cut to the caller's scope",
           "SELECT " CLAIM_COLUMNS "JOIN JSON_TABLE(:assets, '$[*]' COLUMNS (id CHAR(36) PATH '$')) j ON j.id = x.asset_id "
           "WHERE x.kind <> 'mac'");
SQL_SYSTEM(
    claims_touching_sql, "the resolver weighs everybody's claims; what it tells is cut to the caller's scope",
    "SELECT " CLAIM_COLUMNS "WHERE x.space_id = :space AND x.lo = :ip AND x.hi = :ip AND x.kind IN ('ip', 'url') UNION "
    "SELECT " CLAIM_COLUMNS "JOIN JSON_TABLE(:hosts, '$[*]' COLUMNS (h VARCHAR(253) PATH '$')) j "
    "ON x.host = j.h COLLATE utf8mb4_general_ci UNION "
    "SELECT " CLAIM_COLUMNS
    "FORCE INDEX (ix_asset_addresses_range) WHERE x.kind = 'range' AND x.space_id = :space AND x.lo <= :ip AND x.hi >= :ip LIMIT 500");
SQL_SYSTEM(sector_defaults_sql, "configuration",
           "SELECT id, realm_org_id, sector_code, org_id, updated_at FROM sector_defaults LIMIT 5000");
SQL(claims_state_sql, "SELECT GREATEST(COALESCE((SELECT MAX(change_seq) FROM outbox WHERE topic = 'asset'), 0), "
                      "COALESCE((SELECT MAX(change_seq) FROM outbox WHERE topic = 'sector_default'), 0)), "
                      "COALESCE((SELECT version FROM config_versions WHERE kind = 'ownership'), 0)");
SQL(claims_changed_sql,
    "SELECT change_seq, payload FROM outbox WHERE topic = 'asset' AND change_seq > :after ORDER BY change_seq LIMIT :limit");
SQL(claims_reload_sql, "INSERT INTO config_versions (kind) VALUES ('ownership') "
                       "ON DUPLICATE KEY UPDATE version = version + 1, changed_at = UTC_TIMESTAMP(6)");
SQL_SYSTEM(owner_stamp_sql, "the owner's place is stamped on what it owns; a closed unit still owns",
           "SELECT org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code, depth FROM orgs WHERE id = :id");
#define OWNER_NAMES(S, IX)                                                                                                \
    "SELECT 'org', o.id, o.name, NULL, NULL, NULL, NULL FROM JSON_TABLE(:orgs, '$[*]' COLUMNS (id CHAR(36) PATH '$')) j " \
    "JOIN orgs o ON o.id = j.id WHERE" S(                                                                                 \
        o) "UNION ALL SELECT 'asset', a.id, a.name, p.id, p.name, p.duty, p.phone_secret "                                \
           "FROM JSON_TABLE(:assets, '$[*]' COLUMNS (id CHAR(36) PATH '$')) j JOIN assets a ON a.id = j.id "              \
           "LEFT JOIN people p ON p.id = a.person_id WHERE" S(a)
SQL_SCOPED(owner_names_sql, OWNER_NAMES);

/* Stamps by organisation: open addressing, never full. */
struct stamp {
    struct own_id org;
    bool found;
    struct org_stamp stamp;
};
static struct {
    struct ownership_index *index;
    uint64_t seq, version;
    int64_t next_look, stamps_end;
    struct stamp **stamps; /* each its own allocation: a pointer lives until the table is emptied */
    size_t stamp_count, stamp_cap;
} own;

/* ---- claims ---- */
static enum claim_source source_of(struct str code)
{
    if (str_is(code, "02") || str_is(code, "03"))
        return CLAIM_DISCOVERED;
    return str_is(code, "04") || str_is(code, "05") ? CLAIM_IMPORTED : CLAIM_DECLARED;
}

static bool read_ip(struct rows *r, unsigned col, struct ip *out)
{
    struct str b = row_text(r, col);
    if (b.n != sizeof out->b)
        return false;
    memcpy(out->b, b.p, sizeof out->b);
    return true;
}

static void read_claim(struct rows *r, struct ownership_index *x)
{
    struct claim c = {
        .kind = CLAIM_DOMAIN, .source = source_of(row_text(r, 8)), .valid_from = row_time(r, 9), .valid_to = row_time(r, 10)};
    c.observed_at = c.valid_from;
    if (!own_id_parse(row_text(r, 0), &c.id) || !own_id_parse(row_text(r, 1), &c.asset) ||
        !own_id_parse(row_text(r, 2), &c.space) || !own_id_parse(row_text(r, 7), &c.org))
        return;
    if (read_ip(r, 4, &c.first) && read_ip(r, 5, &c.last))
        c.kind = str_is(row_text(r, 3), "range") ? CLAIM_RANGE : CLAIM_ADDRESS;
    else
        c.value = row_text(r, 6);
    ownership_add(x, &c);
}

static struct error *add_rows(struct rows *r, struct ownership_index *x, int64_t *n, char last[37])
{
    *n = 0;
    while (rows_next(r)) {
        struct str id = row_text(r, 0);
        if (last && id.n == 36)
            memcpy(last, id.p, 36);
        read_claim(r, x);
        (*n)++;
    }
    return rows_end(r);
}

/* "sector", or "sector@realm" */
static struct str sector_key(struct arena *a, struct str sector, struct str realm)
{
    return str_of(arena_printf(a, STR_FMT "%s" STR_FMT, STR_ARG(sector), realm.n ? "@" : "", STR_ARG(realm)));
}

static struct error *add_sectors(struct services *s, struct arena *a, struct ownership_index *x)
{
    struct rows r;
    TRY(db_query(s->db, a, &sector_defaults_sql, NO_ARGS, &r));
    while (rows_next(&r)) {
        struct claim c = {.kind = CLAIM_SECTOR, .source = CLAIM_ASSIGNED, .observed_at = row_time(&r, 4)};
        struct str realm = str_of(row_dup(&r, a, 1));
        c.value = sector_key(a, row_text(&r, 2), realm);
        if (own_id_parse(row_text(&r, 0), &c.id) && own_id_parse(row_text(&r, 3), &c.org))
            ownership_add(x, &c);
    }
    return rows_end(&r);
}

static struct error *empty_index(struct services *s, struct arena *a, struct ownership_index **out)
{
    char internet[37];
    struct own_id id;
    TRY(org_internet_space(s->db, a, internet));
    own_id_parse(str_of(internet), &id);
    *out = ownership_index_new(&id);
    return NULL;
}

static struct error *fill(struct services *s, struct arena *a, struct ownership_index *x)
{
    char last[37] = "00000000-0000-0000-0000-000000000000";
    int64_t n;
    do {
        struct arena_mark mark = arena_mark(a);
        struct rows r;
        TRY(db_query(s->db, a, &claims_all_sql, ARGS(A_Z("after", last), A_INT("limit", LOAD_CHUNK)), &r));
        TRY(add_rows(&r, x, &n, last));
        arena_reset_to(a, mark);
    } while (n == LOAD_CHUNK);
    return add_sectors(s, a, x);
}

/* ---- kept up to date ---- */
static struct error *look(struct services *s, struct arena *a, uint64_t *seq, uint64_t *version)
{
    struct rows r;
    bool found;
    TRY(db_one(s->db, a, &claims_state_sql, NO_ARGS, &r, &found));
    *seq = found ? (uint64_t)row_int(&r, 0) : 0;
    *version = found ? (uint64_t)row_int(&r, 1) : 0;
    return found ? rows_end(&r) : NULL;
}

/* The place in the outbox was read before the claims: what changes meanwhile is applied once more, which does no harm. */
static struct error *load(struct services *s, struct arena *a, uint64_t seq, uint64_t version)
{
    int64_t began = clock_mono_us();
    struct ownership_index *x;
    TRY(empty_index(s, a, &x));
    struct error *e = fill(s, a, x);
    if (e) {
        ownership_index_free(x);
        return e;
    }
    ownership_index_free(own.index);
    own.index = x;
    own.seq = seq;
    own.version = version;
    log_info("ownership", "%zu claims loaded in %lld ms", ownership_count(x), (long long)(clock_mono_us() - began) / 1000);
    return NULL;
}

/* One outbox row: its assets' claims go and come as they are now. */
static struct error *apply(struct services *s, struct arena *a, struct str payload)
{
    json_t *p = json_loadb(payload.p, payload.n, 0, NULL), *ids = json_object_get(p, "assets"), *id;
    char *text = ids ? json_dumps(ids, JSON_COMPACT) : NULL;
    struct rows r;
    size_t i;
    int64_t n;
    json_array_foreach(ids, i, id) {
        struct own_id asset;
        if (own_id_parse(str_of(json_string_value(id)), &asset))
            ownership_remove_asset(own.index, &asset);
    }
    struct error *e = text ? db_query(s->db, a, &claims_of_sql, ARGS(A_Z("assets", text)), &r) : NULL;
    if (text && !e)
        e = add_rows(&r, own.index, &n, NULL);
    free(text);
    json_decref(p);
    return e;
}

static struct error *catch_up(struct services *s, struct arena *a, uint64_t last)
{
    while (own.seq < last) {
        struct {
            uint64_t seq;
            struct str payload;
        } change[CHANGES_CHUNK];
        struct arena_mark mark = arena_mark(a);
        struct rows r;
        size_t n = 0;
        TRY(db_query(s->db, a, &claims_changed_sql, ARGS(A_INT("after", (int64_t)own.seq), A_INT("limit", CHANGES_CHUNK)), &r));
        while (n < CHANGES_CHUNK && rows_next(&r)) {
            change[n].seq = (uint64_t)row_int(&r, 0);
            change[n++].payload = str_of(row_dup(&r, a, 1));
        }
        TRY(rows_end(&r));
        for (size_t i = 0; i < n; i++) {
            TRY(apply(s, a, change[i].payload));
            own.seq = change[i].seq;
        }
        if (!n)
            own.seq = last;
        arena_reset_to(a, mark);
    }
    return NULL;
}

static void forget_stamps(void)
{
    for (size_t i = 0; i < own.stamp_cap; i++)
        free(own.stamps[i]);
    free(own.stamps);
    own.stamps = NULL;
    own.stamp_count = own.stamp_cap = 0;
}

struct error *owner_index(struct services *s, struct arena *a, const struct ownership_index **out)
{
    int64_t now = clock_mono_us();
    uint64_t seq, version;
    *out = own.index;
    if (own.index && now < own.next_look)
        return NULL;
    if (now >= own.stamps_end) {
        forget_stamps();
        own.stamps_end = now + STAMPS_KEPT_US;
    }
    TRY(look(s, a, &seq, &version));
    if (!own.index || version != own.version)
        TRY(load(s, a, seq, version));
    TRY(catch_up(s, a, seq));
    own.next_look = now + LOOK_US;
    *out = own.index;
    return NULL;
}

struct error *owner_index_now(struct services *s, struct arena *a, const struct ownership_index **out, uint64_t *change_seq)
{
    own.next_look = 0;
    TRY(owner_index(s, a, out));
    *change_seq = own.seq;
    return NULL;
}

struct error *owner_index_at(struct services *s, struct arena *a, uint64_t change_seq, const struct ownership_index **out)
{
    if (own.seq < change_seq)
        own.next_look = 0;
    return owner_index(s, a, out);
}

struct error *owner_reload(struct services *s, struct arena *a)
{
    return db_exec(s->db, a, &claims_reload_sql, NO_ARGS, NULL);
}

/* ---- sector defaults ---- */
struct str owner_sector(const struct ownership_index *x, struct arena *a, const struct org_stamp *by)
{
    struct str sector = str_of(by->sector);
    for (int i = 5; sector.n && i >= -1; i--) {
        if (i >= 0 && !by->level[i][0])
            continue;
        struct str key = sector_key(a, sector, i < 0 ? STR("") : str_of(by->level[i]));
        struct found f = {.n = 0};
        index_sector(x, key, &f);
        if (f.n)
            return key;
    }
    return STR("");
}

/* ---- one question ---- */
static void drop_index(void *p)
{
    ownership_index_free(p);
}

/* The name and its parents, without the bare top level, as a JSON array. */
static struct str names_json(struct arena *a, struct str name)
{
    struct buf b = buf_new(a, 256, 64 * 1024);
    bool first = true;
    buf_c(&b, '[');
    for (; name.n && memchr(name.p, '.', name.n); str_cut(&name, '.'), first = false) {
        if (!first)
            buf_c(&b, ',');
        jw_string(&b, name);
    }
    buf_c(&b, ']');
    return buf_done(&b);
}

struct error *owner_ask(struct services *s, struct arena *a, const struct ownership_query *asked, const struct org_stamp *seen_by,
                        struct ownership *out)
{
    char *name = arena_alloc(a, 256), space[37];
    struct ownership_query q = query_complete(asked, name);
    struct ownership_index *x;
    struct rows r;
    int64_t n;
    TRY(empty_index(s, a, &x));
    arena_cleanup(a, drop_index, x);
    own_id_text(q.has_address && ip_is_global(&q.address) ? index_internet(x) : &q.space, space);
    TRY(db_query(
        s->db, a, &claims_touching_sql,
        ARGS(A_Z("space", space), A_BYTES("ip", q.has_address ? q.address.b : NULL, 16), A_STR("hosts", names_json(a, q.domain))),
        &r));
    TRY(add_rows(&r, x, &n, NULL));
    TRY(add_sectors(s, a, x));
    q.sector = seen_by ? owner_sector(x, a, seen_by) : STR("");
    ownership_resolve(x, &q, out);
    return NULL;
}

/* ---- the owner's place ---- */
static size_t stamp_place(const struct own_id *org)
{
    uint64_t h;
    memcpy(&h, org->b + 8, sizeof h);
    size_t i = (size_t)(h * 0x9e3779b97f4a7c15ULL >> 20) & (own.stamp_cap - 1);
    while (own.stamps[i] && !own_id_eq(&own.stamps[i]->org, org))
        i = (i + 1) & (own.stamp_cap - 1);
    return i;
}

static void more_stamps(void)
{
    struct stamp **old = own.stamps;
    size_t cap = own.stamp_cap;
    own.stamp_cap = cap ? cap * 2 : STAMPS_FIRST;
    own.stamps = calloc(own.stamp_cap, sizeof *own.stamps);
    if (!own.stamps)
        abort(); /* out of memory ends the process, the master starts another */
    for (size_t i = 0; i < cap; i++)
        if (old[i])
            own.stamps[stamp_place(&old[i]->org)] = old[i];
    free(old);
}

static struct error *read_stamp(struct services *s, struct arena *a, const char *id, struct stamp *out)
{
    struct rows r;
    TRY(db_one(s->db, a, &owner_stamp_sql, ARGS(A_Z("id", id)), &r, &out->found));
    if (!out->found)
        return NULL;
    str_copy(out->stamp.org_id, sizeof out->stamp.org_id, str_of(id));
    for (unsigned i = 0; i < 6; i++)
        str_copy(out->stamp.level[i], sizeof out->stamp.level[i], row_text(&r, i));
    str_copy(out->stamp.sector, sizeof out->stamp.sector, row_text(&r, 6));
    out->stamp.depth = (int)row_int(&r, 7);
    return rows_end(&r);
}

struct error *owner_stamp(struct services *s, struct arena *a, const struct own_id *org, const struct org_stamp **out)
{
    if ((own.stamp_count + 1) * 2 > own.stamp_cap)
        more_stamps();
    size_t at = stamp_place(org);
    if (!own.stamps[at]) {
        struct stamp fresh = {.org = *org}, *kept;
        char id[37];
        own_id_text(org, id);
        TRY(read_stamp(s, a, id, &fresh));
        kept = malloc(sizeof *kept);
        if (!kept)
            abort();
        *kept = fresh;
        own.stamps[at] = kept;
        own.stamp_count++;
    }
    *out = own.stamps[at]->found ? &own.stamps[at]->stamp : NULL;
    return NULL;
}

struct error *owner_brief_of(struct services *s, struct arena *a, const struct ownership *o, struct owner_brief *out)
{
    *out = (struct owner_brief){.verdict = o->verdict, .method = method_name(o->method), .confidence = o->confidence};
    if (o->verdict != VERDICT_OWNED)
        return NULL;
    TRY(owner_stamp(s, a, &o->org, &out->org));
    if (!out->org)
        *out = (struct owner_brief){.verdict = VERDICT_UNOWNED};
    else if (!own_id_none(&o->asset))
        own_id_text(&o->asset, out->asset_id);
    return NULL;
}

struct error *owner_names(struct request *r, struct str orgs_json, struct str assets_json, struct rows *out)
{
    return db_query(r->db, r->arena, &owner_names_sql,
                    ARGS(A_SCOPE(&r->who->scope), A_STR("orgs", orgs_json), A_STR("assets", assets_json)), out);
}
