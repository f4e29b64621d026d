#include "assets/asset_store.h"

#include <stdlib.h>

#include "http/org_columns.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "org/org.h"

#define LIST_COLUMNS ASSET_ITEM_COLUMNS ", IF(:class IS NULL, NULL, a.attributes)"
#define FROM_LIST(IX) " FROM assets a FORCE INDEX (ix_assets_" IX ") JOIN orgs o ON o.id = a.org_id WHERE "

/* The hot page: no filter but the class, newest first. */
#define NEWEST " ORDER BY a.updated_at DESC, a.id DESC LIMIT :size OFFSET :offset"
#define KEYSET " AND a.updated_at <= :after_at AND (a.updated_at < :after_at OR a.id < :after_id)"
#define PAGE_PLAIN(S, IX) "SELECT " LIST_COLUMNS FROM_LIST(IX) S(a) NEWEST
SQL_SCOPED(asset_page_plain, PAGE_PLAIN);
#define PAGE_AFTER(S, IX) "SELECT " LIST_COLUMNS FROM_LIST(IX) S(a) KEYSET NEWEST
SQL_SCOPED(asset_page_after, PAGE_AFTER);
#define PAGE_CLASS(S, IX) "SELECT " LIST_COLUMNS FROM_LIST("class_" IX) S(a) " AND a.class_code = :class" NEWEST
SQL_SCOPED(asset_page_class, PAGE_CLASS);
#define PAGE_CLASS_AFTER(S, IX) "SELECT " LIST_COLUMNS FROM_LIST("class_" IX) S(a) " AND a.class_code = :class" KEYSET NEWEST
SQL_SCOPED(asset_page_class_after, PAGE_CLASS_AFTER);

/* Everything else: optional filters over the scope's index; the page is found by id first, then joined. */
#define FILTERED(S, IX, ORDER)                                                                                             \
    "SELECT " LIST_COLUMNS " FROM (SELECT a.id FROM assets a FORCE INDEX (ix_assets_" IX ") WHERE " S(a) ASSET_FILTERS     \
        " ORDER BY a." ORDER " LIMIT :size OFFSET :offset) k JOIN assets a ON a.id = k.id JOIN orgs o ON o.id = a.org_id " \
        "ORDER BY a." ORDER
#define BY_NEWEST(S, IX) FILTERED(S, IX, "updated_at DESC, a.id DESC")
SQL_SCOPED(asset_filtered_newest, BY_NEWEST);
#define BY_OLDEST(S, IX) FILTERED(S, IX, "updated_at, a.id")
SQL_SCOPED(asset_filtered_oldest, BY_OLDEST);
#define BY_NAME(S, IX) FILTERED(S, IX, "name, a.id")
SQL_SCOPED(asset_filtered_name, BY_NAME);
#define BY_NAME_DOWN(S, IX) FILTERED(S, IX, "name DESC, a.id DESC")
SQL_SCOPED(asset_filtered_name_down, BY_NAME_DOWN);

#define COUNT_PLAIN(S, IX) \
    "SELECT COUNT(*) FROM (SELECT 1 FROM assets a FORCE INDEX (ix_assets_" IX ") WHERE " S(a) " LIMIT :cap) x"
SQL_SCOPED(asset_count_plain, COUNT_PLAIN);
#define COUNT_CLASS(S, IX)                                                          \
    "SELECT COUNT(*) FROM (SELECT 1 FROM assets a FORCE INDEX (ix_assets_class_" IX \
    ") WHERE " S(a) " AND a.class_code = :class LIMIT :cap) x"
SQL_SCOPED(asset_count_class, COUNT_CLASS);
#define COUNT_FILTERED(S, IX) \
    "SELECT COUNT(*) FROM (SELECT 1 FROM assets a FORCE INDEX (ix_assets_" IX ") WHERE " S(a) ASSET_FILTERS " LIMIT :cap) x"
SQL_SCOPED(asset_count_filtered, COUNT_FILTERED);

#define DETAIL(S, IX)                                                                                      \
    "SELECT " ASSET_ITEM_COLUMNS                                                                           \
    ", a.attributes, a.network_env, a.mlps_level, a.brand, a.model, a.origin_code, a.room, a.remark, "     \
    "a.confidence, a.sector_code, a.first_seen_at, a.last_seen_at, a.import_id, a.is_demo, a.created_at, " \
    "p.id, p.name, p.title, p.phone_secret FROM assets a JOIN orgs o ON o.id = a.org_id "                  \
    "LEFT JOIN people p ON p.id = a.person_id WHERE a.id = :id AND" S(a)
SQL_SCOPED(asset_detail_sql, DETAIL);
#define READ_COLUMNS                                                                                                     \
    "a.id, a.asset_no, a.class_code, a.category_code, a.name, a.state_code, a.importance, a.network_env, a.mlps_level, " \
    "a.brand, a.model, a.os_name, a.os_version, a.origin_code, a.person_id, a.room, a.remark, a.internet_exposed, "      \
    "a.attributes, a.version, a.org_id, a.org_l1, a.org_l2, a.org_l3, a.org_l4, a.org_l5, a.org_l6, a.sector_code, "     \
    "a.main_address"
#define READ(S, IX) "SELECT " READ_COLUMNS " FROM assets a WHERE a.id = :id AND" S(a)
SQL_SCOPED(asset_read_sql, READ);
#define IDS "JSON_TABLE(:ids, '$[*]' COLUMNS (id CHAR(36) PATH '$')) j"
#define READ_MANY(S, IX) "SELECT STRAIGHT_JOIN " READ_COLUMNS " FROM " IDS " JOIN assets a ON a.id = CAST(j.id AS UUID) WHERE" S(a)
SQL_SCOPED(asset_read_many_sql, READ_MANY);
SQL_SYSTEM(
    asset_claims_many_sql, "the assets were read inside the scope",
    "SELECT STRAIGHT_JOIN x.asset_id, x.kind, x.value, x.space_id FROM " IDS " JOIN assets a ON a.id = CAST(j.id AS UUID) "
    "JOIN asset_addresses x ON x.asset_id = a.id WHERE x.valid_to IS NULL ORDER BY a.id, (x.value = a.main_address) DESC, x.id");
SQL_SYSTEM(asset_claims_sql, "the asset was read inside the scope",
           "SELECT x.id, x.kind, x.value, x.space_id, sp.name, x.valid_from, x.source_code FROM asset_addresses x "
           "JOIN address_spaces sp ON sp.id = x.space_id JOIN assets a ON a.id = x.asset_id "
           "WHERE x.asset_id = :id AND x.valid_to IS NULL ORDER BY (x.value = a.main_address) DESC, x.id LIMIT 50");
SQL_SYSTEM(asset_history_sql, "the asset was read inside the scope",
           "SELECT h.id, h.at, h.action, COALESCE(u.display_name, c.name), h.result, h.job_id, h.before_json, h.after_json "
           "FROM audit_log h LEFT JOIN users u ON u.id = h.actor_user LEFT JOIN clients c ON c.id = h.actor_client "
           "WHERE h.subject_kind = 'asset' AND h.subject_id = :id ORDER BY h.at DESC, h.id DESC LIMIT 200");

SQL(asset_insert_sql,
    "INSERT INTO assets (id, asset_no, class_code, category_code, name, state_code, importance, network_env, mlps_level, brand, "
    "model, os_name, os_version, origin_code, person_id, room, remark, internet_exposed, attributes, main_address, match_key, "
    "form_version, source_code, import_id, first_seen_at, last_seen_at, created_at, updated_at, " ORG_COLUMNS
    ") VALUES (:id, :asset_no, "
    ":class_code, :category_code, :name, :state_code, :importance, :network_env, :mlps_level, :brand, :model, :os_name, "
    ":os_version, :origin_code, :person_id, :room, :remark, :internet_exposed, :attributes, :main_address, :match_key, "
    ":form_version, :source_code, :import_id, :now, :now, :now, :now, " ORG_VALUES ")");
SQL_SYSTEM(asset_update_sql, "the handler or job has read the asset inside its scope",
           "UPDATE assets SET class_code = :class_code, category_code = :category_code, name = :name, state_code = :state_code, "
           "importance = :importance, network_env = :network_env, mlps_level = :mlps_level, brand = :brand, model = :model, "
           "os_name = :os_name, os_version = :os_version, origin_code = :origin_code, person_id = :person_id, room = :room, "
           "remark = :remark, internet_exposed = :internet_exposed, attributes = :attributes, main_address = :main_address, "
           "match_key = :match_key, form_version = :form_version, version = version + 1, updated_at = :now, last_seen_at = :now "
           "WHERE id = :id AND version = :version");
SQL_SYSTEM(asset_delete_sql, "the handler has read the asset inside its scope",
           "DELETE FROM assets WHERE id = :id AND version = :version");
SQL(claim_insert_sql,
    "INSERT INTO asset_addresses (id, asset_id, space_id, kind, value, lo, hi, host, valid_from, source_code, " ORG_COLUMNS ") "
    "VALUES (:id, :asset_id, :space_id, :kind, :value, :lo, :hi, :host, :now, :source_code, " ORG_VALUES ")");
SQL_SYSTEM(claims_close_sql, "the asset was read inside the scope",
           "UPDATE asset_addresses SET valid_to = :now WHERE asset_id = :id AND valid_to IS NULL AND "
           "NOT JSON_CONTAINS(:keep, JSON_QUOTE(value))");
SQL_SYSTEM(claims_close_all_sql, "the assets were read inside the scope",
           "UPDATE asset_addresses SET valid_to = :now WHERE asset_id = :id AND valid_to IS NULL");
SQL(number_block_sql, "INSERT INTO number_series (kind, issuer, year, next_value) VALUES (:kind, :issuer, 0, LAST_INSERT_ID(:n)) "
                      "ON DUPLICATE KEY UPDATE next_value = LAST_INSERT_ID(next_value + :n)");
SQL(last_number_sql, "SELECT LAST_INSERT_ID()");
SQL_SYSTEM(issuer_sql, "numbers carry their organisation",
           "SELECT region_code, UPPER(RIGHT(COALESCE(uscc, REPLACE(CAST(id AS CHAR(36)), '-', '')), 6)) FROM orgs WHERE id = :id");
SQL_SYSTEM(asset_existing_sql, "an import compares with all that exists; what lies outside its scope is refused there",
           "SELECT a.id, a.asset_no, a.match_key FROM JSON_TABLE(:numbers, '$[*]' COLUMNS (no VARCHAR(32) PATH '$')) j "
           "JOIN assets a ON a.asset_no = j.no COLLATE utf8mb4_general_ci UNION ALL "
           "SELECT a.id, a.asset_no, a.match_key FROM JSON_TABLE(:keys, '$[*]' COLUMNS (k VARCHAR(32) PATH '$')) j "
           "JOIN assets a ON a.match_key = UNHEX(j.k)");

SQL_SYSTEM(asset_seen_sql, "a scan has resolved whose the address is",
           "UPDATE assets SET last_seen_at = :seen WHERE id = :id AND (last_seen_at IS NULL OR last_seen_at < :seen)");

/* ---- lists ---- */
static void drop_json(void *p)
{
    json_decref(p);
}

/* Attributes belong to a class: where it is not said, nothing can be asked of them. */
static struct error *read_attributes(struct request *r, struct asset_filter *f)
{
    struct str text = param_str(r, "where");
    json_t *where = text.n ? json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (where)
        arena_cleanup(r->arena, drop_json, where);
    else if (text.n)
        return error_field(r->arena, ERR_BAD_PARAMETER, "where", "format", "not JSON");
    return asset_ask(r, f->class, where, f->sort, &f->attributes);
}

struct error *asset_filter_of(struct request *r, struct asset_filter *out)
{
    *out = (struct asset_filter){.class = param_str(r, "class"),
                                 .category = param_str(r, "category"),
                                 .org = param_str(r, "org"),
                                 .state = param_str(r, "state"),
                                 .source = param_str(r, "source"),
                                 .importance = param_str(r, "importance"),
                                 .q = param_str(r, "q"),
                                 .address = param_str(r, "address"),
                                 .sort = param_str(r, "sort"),
                                 .exposed = param_has(r, "exposed") ? param_bool(r, "exposed", false) : -1};
    struct str rest = param_str(r, "after"); /* "microseconds_id" */
    struct str us = str_cut(&rest, '_');
    if (str_i64(us, &out->after_us) && id_valid(rest))
        out->after_id = rest;
    TRY(read_attributes(r, out));
    return asset_lead(r->services, r->arena, &r->who->scope, out);
}

static bool by_newest(const struct asset_filter *f)
{
    return !f->sort.n || str_is(f->sort, "-updated_at");
}

bool asset_filter_plain(const struct asset_filter *f)
{
    return !f->category.n && !f->org.n && !f->state.n && !f->source.n && !f->importance.n && !f->q.n && !f->address.n &&
           f->exposed < 0 && !f->after_id.n;
}

/* What the index of a class alone answers. */
static bool plain(const struct asset_filter *f)
{
    struct asset_filter start = *f;
    start.after_id.n = 0;
    return asset_filter_plain(&start) && by_newest(f) && !f->attributes.count;
}

static const struct sql_stmt *statement_of(const struct asset_filter *f)
{
    if (plain(f))
        return f->class.n ? (f->after_id.n ? &asset_page_class_after : &asset_page_class)
                          : (f->after_id.n ? &asset_page_after : &asset_page_plain);
    if (str_is(f->sort, "updated_at"))
        return &asset_filtered_oldest;
    if (str_is(f->sort, "name"))
        return &asset_filtered_name;
    return str_is(f->sort, "-name") ? &asset_filtered_name_down : &asset_filtered_newest;
}

struct error *asset_page(struct services *s, struct arena *a, const struct scope *scope, const struct asset_filter *f,
                         int64_t offset, int64_t size, struct rows *out)
{
    bool done;
    TRY(asset_page_by_attribute(s, a, scope, f, offset, size, out, &done));
    if (done)
        return NULL;
    return db_query(s->db, a, statement_of(f), ARGS(ASSET_FILTER_ARGS(a, scope, f), A_INT("offset", offset), A_INT("size", size)),
                    out);
}

struct error *asset_count(struct services *s, struct arena *a, const struct scope *scope, const struct asset_filter *f, int64_t cap,
                          int64_t *out)
{
    struct asset_filter whole = *f; /* the cursor moves the page, not the total */
    whole.after_us = 0;
    whole.sort.n = 0;
    whole.after_id = (struct str){NULL, 0};
    bool done;
    TRY(asset_count_by_attribute(s, a, scope, &whole, cap, out, &done));
    if (done)
        return NULL;
    return db_int(s->db, a,
                  !plain(&whole)  ? &asset_count_filtered
                  : whole.class.n ? &asset_count_class
                                  : &asset_count_plain,
                  ARGS(ASSET_FILTER_ARGS(a, scope, &whole), A_INT("cap", cap)), 0, out);
}

/* ---- one ---- */
static struct str dup(struct rows *r, struct arena *a, unsigned col)
{
    return str_of(row_dup(r, a, col));
}

static void add_claim(struct arena *a, struct asset *x, struct rows *r, unsigned from)
{
    struct asset_address *d = &x->addresses[x->address_count];
    enum address_kind kind;
    if (x->address_count == ASSET_MAX_ADDRESSES || !address_kind_of(row_text(r, from), &kind) ||
        !asset_address_parse(a, kind, dup(r, a, from + 1), d))
        return;
    d->space = dup(r, a, from + 2);
    x->address_count++;
}

static void read_asset(struct arena *a, struct rows *r, struct asset *out)
{
    memset(out, 0, sizeof *out);
    str_copy(out->id, sizeof out->id, row_text(r, 0));
    for (unsigned i = 0; i < ASSET_FIELDS; i++)
        out->f[i] = dup(r, a, i + 1);
    out->exposed = row_int(r, 17) != 0;
    out->attributes = dup(r, a, 18);
    out->version = row_int(r, 19);
    row_org(r, 20, &out->org);
    out->main_address = dup(r, a, 28);
}

struct error *asset_read(struct services *s, struct arena *a, const struct scope *scope, const char *id, struct asset *out,
                         bool *found)
{
    struct rows r;
    TRY(db_one(s->db, a, &asset_read_sql, ARGS(A_Z("id", id), A_SCOPE(scope)), &r, found));
    if (!*found)
        return NULL;
    read_asset(a, &r, out);
    TRY(rows_end(&r));
    TRY(db_query(s->db, a, &asset_claims_sql, ARGS(A_Z("id", id)), &r));
    while (rows_next(&r))
        add_claim(a, out, &r, 1);
    return rows_end(&r);
}

static int by_id(const void *p, const void *q)
{
    return strcmp((*(struct asset_wanted *const *)p)->id.p, (*(struct asset_wanted *const *)q)->id.p);
}

static struct asset_wanted *wanted_of(struct asset_wanted **sorted, size_t n, const char *id)
{
    struct asset_wanted key = {.id = str_of(id)}, *k = &key;
    struct asset_wanted **hit = bsearch(&k, sorted, n, sizeof *sorted, by_id);
    return hit ? *hit : NULL;
}

struct error *asset_read_many(struct services *s, struct arena *a, const struct scope *scope, struct asset_wanted *list, size_t n)
{
    struct buf ids = buf_new(a, n * 39 + 3, 1 << 20);
    struct asset_wanted **sorted = arena_array(a, n + 1, sizeof *sorted), *w;
    struct rows r;
    if (!n)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        buf_printf(&ids, "%c\"" STR_FMT "\"", i ? ',' : '[', STR_ARG(list[i].id));
        sorted[i] = &list[i];
    }
    buf_c(&ids, ']');
    qsort(sorted, n, sizeof *sorted, by_id);
    TRY(db_query(s->db, a, &asset_read_many_sql, ARGS(A_STR("ids", buf_done(&ids)), A_SCOPE(scope)), &r));
    while (rows_next(&r))
        if ((w = wanted_of(sorted, n, row_dup(&r, a, 0)))) {
            w->x = arena_alloc(a, sizeof *w->x);
            read_asset(a, &r, w->x);
        }
    TRY(rows_end(&r));
    TRY(db_query(s->db, a, &asset_claims_many_sql, ARGS(A_STR("ids", buf_done(&ids))), &r));
    while (rows_next(&r))
        if ((w = wanted_of(sorted, n, row_dup(&r, a, 0))) && w->x)
            add_claim(a, w->x, &r, 1);
    return rows_end(&r);
}

struct error *asset_detail(struct request *r, const char *id, struct rows *out, bool *found)
{
    return db_one(r->db, r->arena, &asset_detail_sql, ARGS(A_Z("id", id), A_SCOPE(&r->who->scope)), out, found);
}

struct error *asset_addresses(struct request *r, const char *id, struct rows *out)
{
    return db_query(r->db, r->arena, &asset_claims_sql, ARGS(A_Z("id", id)), out);
}

struct error *asset_history_rows(struct request *r, const char *id, struct rows *out)
{
    return db_query(r->db, r->arena, &asset_history_sql, ARGS(A_Z("id", id)), out);
}

/* ---- writes ---- */
enum { TEXT_COLUMNS = 32 };

static struct str or_null(struct str s)
{
    return s.n ? s : (struct str){NULL, 0};
}

/* Columns being filled for array binding. */
struct columns {
    struct arena *a;
    size_t n, count;
    struct sql_column list[TEXT_COLUMNS + 12];
};

static struct str *column(struct columns *c, const char *name, enum sql_type type)
{
    struct str *v = arena_array(c->a, c->n, sizeof *v);
    c->list[c->count++] = (struct sql_column){.name = name, .type = type, .text = v};
    return v;
}

static void org_columns_of(struct columns *c, const struct org_stamp *const *orgs)
{
    org_stamp_columns(c->a, orgs, c->n, &c->list[c->count]);
    c->count += ORG_COLUMN_COUNT;
}

/* What an INSERT and an UPDATE of assets share: fields, attributes, main address, match key and the moment. Each row's is a
 * microsecond later than the one's before: a list goes on after a moment and an id, and would have to look through all rows
 * that share the moment. */
static void record_columns(struct columns *c, struct asset *const *x, int64_t now)
{
    struct arena *a = c->a;
    struct str *id = column(c, "id", SQL_TEXT), *attributes = column(c, "attributes", SQL_TEXT);
    struct str *address = column(c, "main_address", SQL_TEXT), *match = column(c, "match_key", SQL_BYTES);
    struct str *moment = column(c, "now", SQL_TEXT);
    struct str *fields[ASSET_FIELDS];
    int64_t *exposed = arena_array(a, c->n, sizeof *exposed), *form = arena_array(a, c->n, sizeof *form);
    for (int k = 0; k < ASSET_FIELDS; k++)
        fields[k] = column(c, asset_field_name[k], SQL_TEXT);
    for (size_t i = 0; i < c->n; i++) {
        id[i] = str_of(x[i]->id);
        attributes[i] = or_null(x[i]->attributes);
        address[i] = or_null(x[i]->main_address);
        match[i] = (struct str){(const char *)x[i]->match_key, 16};
        exposed[i] = x[i]->exposed;
        form[i] = x[i]->form_n;
        moment[i] = A_TIME(a, "now", now + (int64_t)i).text;
        for (int k = 0; k < ASSET_FIELDS; k++)
            fields[k][i] = or_null(x[i]->f[k]);
    }
    c->list[c->count++] = C_INT("internet_exposed", exposed, NULL);
    c->list[c->count++] = C_INT("form_version", form, NULL);
}

static struct error *insert_rows(struct services *s, struct arena *a, struct asset *const *x, size_t n, int64_t now)
{
    struct columns c = {.a = a, .n = n};
    const struct org_stamp **orgs = arena_array(a, n, sizeof *orgs);
    record_columns(&c, x, now);
    struct str *source = column(&c, "source_code", SQL_TEXT), *import = column(&c, "import_id", SQL_TEXT);
    for (size_t i = 0; i < n; i++) {
        source[i] = str_of(x[i]->source);
        import[i] = or_null(str_of(x[i]->import_id));
        orgs[i] = &x[i]->org;
    }
    org_columns_of(&c, orgs);
    c.list[c.count] = (struct sql_column){.type = SQL_END};
    return db_exec_many(s->db, a, &asset_insert_sql, n, c.list, NULL);
}

/* The claims of several assets, skipping the addresses that `skip` holds already (may be NULL). */
static struct error *insert_claims(struct services *s, struct arena *a, struct asset *const *x, size_t n, const struct asset *skip,
                                   int64_t now)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += x[i]->address_count;
    struct columns c = {.a = a, .n = total};
    struct str *id = column(&c, "id", SQL_TEXT), *asset = column(&c, "asset_id", SQL_TEXT),
               *space = column(&c, "space_id", SQL_TEXT);
    struct str *kind = column(&c, "kind", SQL_TEXT), *value = column(&c, "value", SQL_TEXT), *lo = column(&c, "lo", SQL_BYTES);
    struct str *hi = column(&c, "hi", SQL_BYTES), *host = column(&c, "host", SQL_TEXT),
               *source = column(&c, "source_code", SQL_TEXT);
    const struct org_stamp **orgs = arena_array(a, total, sizeof *orgs);
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t d = 0; d < x[i]->address_count; d++) {
            const struct asset_address *p = &x[i]->addresses[d];
            bool there = false;
            for (size_t e = 0; skip && e < skip->address_count; e++)
                there = there || str_eq(skip->addresses[e].value, p->value);
            if (there)
                continue;
            id[k] = str_of(arena_strdup(a, id_new().s));
            asset[k] = str_of(x[i]->id);
            space[k] = p->space;
            kind[k] = str_of(address_kind_name[p->kind]);
            value[k] = p->value;
            lo[k] = p->has_ip ? (struct str){(const char *)p->lo.b, 16} : (struct str){NULL, 0};
            hi[k] = p->has_ip ? (struct str){(const char *)p->hi.b, 16} : (struct str){NULL, 0};
            host[k] = or_null(p->host);
            source[k] = str_of(x[i]->source ? x[i]->source : "01");
            orgs[k++] = &x[i]->org;
        }
    c.n = k;
    org_columns_of(&c, orgs);
    c.list[c.count++] = C_SAME(A_TIME(a, "now", now));
    c.list[c.count] = (struct sql_column){.type = SQL_END};
    return db_exec_many(s->db, a, &claim_insert_sql, k, c.list, NULL);
}

static const struct attribute_record *values_of(struct arena *a, struct asset *const *x, size_t n)
{
    struct attribute_record *list = arena_array(a, n + 1, sizeof *list);
    for (size_t i = 0; i < n; i++)
        list[i] = (struct attribute_record){str_of(x[i]->id), x[i]->f[ASSET_CLASS], x[i]->attributes, &x[i]->org};
    return list;
}

struct error *asset_insert_many(struct services *s, struct arena *a, struct asset *const *x, size_t n, int64_t now)
{
    if (!n)
        return NULL;
    TRY(insert_rows(s, a, x, n, now));
    TRY(attributes_put(s, a, "asset", values_of(a, x, n), n, true));
    return insert_claims(s, a, x, n, NULL, now);
}

struct error *asset_change_many(struct services *s, struct arena *a, struct asset *const *x, size_t n, int64_t now,
                                uint64_t *affected)
{
    struct columns c = {.a = a, .n = n};
    int64_t *version = arena_array(a, n, sizeof *version);
    record_columns(&c, x, now);
    for (size_t i = 0; i < n; i++)
        version[i] = x[i]->version;
    c.list[c.count++] = C_INT("version", version, NULL);
    c.list[c.count] = (struct sql_column){.type = SQL_END};
    TRY(db_exec_many(s->db, a, &asset_update_sql, n, c.list, affected));
    return attributes_put(s, a, "asset", values_of(a, x, n), n, false);
}

static bool same_addresses(const struct asset *a, const struct asset *b)
{
    size_t shared = 0;
    for (size_t i = 0; i < a->address_count; i++)
        for (size_t k = 0; k < b->address_count; k++)
            shared += str_eq(a->addresses[i].value, b->addresses[k].value);
    return shared == a->address_count && shared == b->address_count;
}

struct error *asset_claims_replace(struct services *s, struct arena *a, const struct asset *was, const struct asset *now_is,
                                   int64_t now)
{
    struct buf keep = buf_new(a, 256, 64 * 1024);
    if (same_addresses(was, now_is))
        return NULL;
    buf_c(&keep, '[');
    for (size_t i = 0; i < now_is->address_count; i++)
        buf_printf(&keep, "%s\"" STR_FMT "\"", i ? "," : "", STR_ARG(now_is->addresses[i].value));
    buf_c(&keep, ']');
    TRY(db_exec(s->db, a, &claims_close_sql, ARGS(A_Z("id", was->id), A_STR("keep", buf_done(&keep)), A_TIME(a, "now", now)),
                NULL));
    struct asset copy = *now_is;
    struct asset *one = &copy;
    return insert_claims(s, a, &one, 1, was, now);
}

struct error *asset_remove(struct services *s, struct arena *a, const char *id, int64_t version, uint64_t *affected)
{
    struct str gone = str_of(id);
    TRY(db_exec(s->db, a, &asset_delete_sql, ARGS(A_Z("id", id), A_INT("version", version)), affected));
    return *affected ? attributes_remove(s, a, "asset", &gone, 1) : NULL;
}

struct error *asset_remove_many(struct services *s, struct arena *a, struct asset *const *x, size_t n, int64_t now,
                                uint64_t *affected)
{
    struct str *id = arena_array(a, n, sizeof *id);
    int64_t *version = arena_array(a, n, sizeof *version);
    for (size_t i = 0; i < n; i++) {
        id[i] = str_of(x[i]->id);
        version[i] = x[i]->version;
    }
    TRY(db_exec_many(s->db, a, &asset_delete_sql, n, COLUMNS(C_TEXT("id", id), C_INT("version", version, NULL)), affected));
    TRY(attributes_remove(s, a, "asset", id, n));
    return db_exec_many(s->db, a, &claims_close_all_sql, n, COLUMNS(C_SAME(A_TIME(a, "now", now)), C_TEXT("id", id)), NULL);
}

struct error *asset_number_block(struct services *s, struct arena *a, const char *issuer, struct str class_part, size_t n,
                                 uint64_t *first)
{
    int64_t last;
    TRY(db_exec(
        s->db, a, &number_block_sql,
        ARGS(A_Z("kind", arena_printf(a, "asset" STR_FMT, STR_ARG(class_part))), A_Z("issuer", issuer), A_INT("n", (int64_t)n)),
        NULL));
    TRY(db_int(s->db, a, &last_number_sql, NO_ARGS, 0, &last));
    *first = (uint64_t)last - n + 1;
    return NULL;
}

struct error *asset_issuer(struct services *s, struct arena *a, const char *org_id, char out[13])
{
    struct rows r;
    bool found;
    TRY(db_one(s->db, a, &issuer_sql, ARGS(A_Z("id", org_id)), &r, &found));
    if (!found)
        return error_new(a, ERR_NOT_FOUND, "the organisation is gone");
    str_copy(out, 7, row_text(&r, 0));
    str_copy(out + strlen(out), 7, row_text(&r, 1));
    return rows_end(&r);
}

struct error *asset_existing(struct services *s, struct arena *a, const char *numbers_json, const char *match_hex_json,
                             struct rows *out)
{
    return db_query(s->db, a, &asset_existing_sql, ARGS(A_Z("numbers", numbers_json), A_Z("keys", match_hex_json)), out);
}

struct error *asset_seen(struct services *s, struct arena *a, const struct str *ids, const struct str *times, size_t n)
{
    return n ? db_exec_many(s->db, a, &asset_seen_sql, n, COLUMNS(C_TEXT("id", ids), C_TEXT("seen", times)), NULL) : NULL;
}
