/* /assets/batches and /assets/feed: how systems report assets, and keep a copy of them. */
#include <stdlib.h>

#include "assets/asset_store.h"
#include "assets/asset_total.h"
#include "assets/exchange_store.h"
#include "audit/audit.h"
#include "json/canonical.h"
#include "json/write.h"
#include "kernel/clock.h"
#include "kernel/crypto.h"
#include "org/org.h"

struct error *asset_batch(struct request *r);
struct error *asset_feed(struct request *r);

enum { RECORDS = 500, FEED_SIZE = 500 };
enum mode { MODE_FULL, MODE_INCR, MODE_CORRECT, MODE_DELETE };

struct line {
    json_t *record;
    struct asset *x, *was;
    struct error *wrong; /* why it is not taken */
    const char *outcome; /* "created", "updated", "unchanged", "retired" */
};
struct batch {
    struct request *r;
    const struct catalogue *catalogue;
    const struct asset_class *class; /* of records that name none */
    struct org_stamp org;
    enum mode mode;
    struct line *lines;
    size_t n;
};

/* ---- the envelope ---- */
/* SM3 of the canonical form of the records, as the report says it. */
static struct error *check_digest(struct request *r, json_t *records, char hex[65])
{
    struct buf b = buf_new(r->arena, 64 * 1024, 8 << 20);
    unsigned char digest[DIGEST_BYTES];
    json_canonical(&b, records);
    struct str text = buf_done(&b);
    sm3(text.p, text.n, digest);
    hex_encode(digest, DIGEST_BYTES, hex);
    return str_ieq(body_str(r, "digest"), str_of(hex))
               ? NULL
               : invalid(r, "digest", "digest", "the SM3 of the canonical JSON of the records is %s", hex);
}

static enum mode mode_of(struct str word)
{
    return str_is(word, "FULL")      ? MODE_FULL
           : str_is(word, "CORRECT") ? MODE_CORRECT
           : str_is(word, "DELETE")  ? MODE_DELETE
                                     : MODE_INCR;
}

static struct error *read_envelope(struct batch *b)
{
    struct request *r = b->r;
    struct str format = body_str(r, "format_id");
    bool found = true;
    TRY(catalogue_get(r->services, r->arena, &b->catalogue));
    b->mode = mode_of(body_str(r, "report_mode"));
    b->n = json_array_size(body_get(r, "records"));
    if (body_int(r, "record_count", -1) != (int64_t)b->n)
        return invalid(r, "record_count", "count", "there are %zu records", b->n);
    if (str_starts(format, STR("asset.")))
        b->class = catalogue_class(b->catalogue, (struct str){format.p + 6, format.n - 6});
    if (!b->class && !str_is(format, "asset"))
        return invalid(r, "format_id", "enum", "asset, or asset. and the code of a class");
    b->org = r->who->org;
    if (body_has(r, "reporter_org"))
        TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, body_str(r, "reporter_org").p, &b->org, &found));
    if (!found || !org_scope_contains(&r->who->scope, &b->org))
        return invalid(r, "reporter_org", "unknown", "no such organisation in your scope");
    return NULL;
}

/* ---- records ---- */
/* What a correction does not say stays: fields, attributes, addresses. */
static json_t *completed(json_t *record, const struct asset *was)
{
    json_t *out = json_deep_copy(record), *now = json_object_get(out, "attributes"), *before, *v;
    const char *key;
    for (int i = 0; i < ASSET_FIELDS; i++)
        if (!json_object_get(out, asset_field_name[i]) && was->f[i].n)
            json_object_set_new(out, asset_field_name[i], json_stringn(was->f[i].p, was->f[i].n));
    if (!json_object_get(out, "internet_exposed"))
        json_object_set_new(out, "internet_exposed", json_boolean(was->exposed));
    before = was->attributes.n ? json_loadb(was->attributes.p, was->attributes.n, 0, NULL) : json_object();
    if (now && !json_is_null(now)) {
        json_object_foreach(now, key, v)
            json_object_set(before, key, v);
    }
    json_object_set_new(out, "attributes", before);
    return out;
}

static void drop_json(void *p)
{
    json_decref(p);
}

/* Names and types as of AssetWrite; what is inside is checked where it is read. */
static struct error *check_shape(struct request *r, const json_t *record)
{
    const char *key;
    json_t *v, *all = json_deep_copy(record);
    arena_cleanup(r->arena, drop_json, all);
    json_object_foreach(all, key, v) {
        bool text = false;
        for (int i = 0; i < ASSET_FIELDS; i++)
            text = text || strcmp(key, asset_field_name[i]) == 0;
        bool right = text                                   ? json_is_string(v) || json_is_null(v)
                     : strcmp(key, "internet_exposed") == 0 ? json_is_boolean(v)
                     : strcmp(key, "attributes") == 0       ? json_is_object(v) || json_is_null(v)
                                                            : strcmp(key, "addresses") == 0 && json_is_array(v);
        bool known =
            text || strcmp(key, "internet_exposed") == 0 || strcmp(key, "attributes") == 0 || strcmp(key, "addresses") == 0;
        if (!right)
            return invalid(r, arena_strdup(r->arena, key), known ? "type" : "unknown_field",
                           known ? "not of its type" : "no such field");
    }
    return NULL;
}

static struct error *read_record(struct batch *b, struct line *l)
{
    struct request *r = b->r;
    struct asset *x = l->x = arena_alloc(r->arena, sizeof *x);
    json_t *record = l->record;
    if (!json_is_object(record))
        return invalid(r, "", "type", "a record is an object");
    TRY(check_shape(r, record));
    if (b->class && !json_object_get(record, "class_code"))
        json_object_set_new(record, "class_code", json_stringn(b->class->code.p, b->class->code.n));
    if (l->was && b->mode != MODE_FULL) {
        record = completed(record, l->was);
        arena_cleanup(r->arena, drop_json, record);
    }
    TRY(asset_record_read(r, record, l->was ? &l->was->org : &b->org, l->was, x));
    if (l->was && !json_object_get(l->record, "addresses")) {
        memcpy(x->addresses, l->was->addresses, sizeof x->addresses);
        x->address_count = l->was->address_count;
    }
    return NULL;
}

/* The registered ones that the records mean, by number, else by organisation, class, name and first address. */
static struct error *find_existing(struct batch *b)
{
    struct request *r = b->r;
    struct buf numbers = buf_new(r->arena, 4096, 1 << 20), keys = buf_new(r->arena, 4096, 1 << 20);
    struct asset_wanted *want = arena_array(r->arena, b->n * 4 + 1, sizeof *want);
    struct rows x;
    size_t n = 0;
    struct hit {
        const char *number;
        unsigned char key[16];
    } *hits = arena_array(r->arena, b->n * 4 + 1, sizeof *hits);
    for (size_t i = 0; i < b->n; i++) {
        struct str number = json_str(b->lines[i].record, "asset_no");
        char hex[33];
        if (number.n && number.n <= 32) {
            jw_string(&numbers, number);
            buf_c(&numbers, ',');
        }
        if (!b->lines[i].wrong) {
            hex_encode(b->lines[i].x->match_key, 16, hex);
            buf_printf(&keys, "\"%s\",", hex);
        }
    }
    const char *of_numbers = arena_printf(r->arena, "[" STR_FMT "null]", STR_ARG(buf_done(&numbers)));
    const char *of_keys = arena_printf(r->arena, "[" STR_FMT "null]", STR_ARG(buf_done(&keys)));
    TRY(asset_existing(r->services, r->arena, of_numbers, of_keys, &x));
    while (n < b->n * 4 && rows_next(&x)) {
        want[n] = (struct asset_wanted){.id = str_of(row_dup(&x, r->arena, 0))};
        hits[n].number = row_dup(&x, r->arena, 1);
        memcpy(hits[n++].key, row_text(&x, 2).p, 16);
    }
    TRY(rows_end(&x));
    TRY(asset_read_many(r->services, r->arena, &r->who->scope, want, n));
    for (size_t i = 0; i < b->n; i++) {
        struct line *l = &b->lines[i];
        struct str number = json_str(l->record, "asset_no");
        for (size_t k = 0; k < n && !l->was; k++) {
            bool meant =
                number.n ? str_ieq(number, str_of(hits[k].number)) : !l->wrong && memcmp(hits[k].key, l->x->match_key, 16) == 0;
            if (!meant)
                continue;
            l->was = want[k].x;
            if (!want[k].x)
                l->wrong = invalid(r, "asset_no", "taken", "the number belongs to another unit");
        }
    }
    return NULL;
}

static bool meant_twice(const struct batch *b, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (b->lines[i].was ? b->lines[k].was && strcmp(b->lines[k].was->id, b->lines[i].was->id) == 0
                            : !b->lines[k].was && !b->lines[k].wrong && !b->lines[i].wrong &&
                                  memcmp(b->lines[k].x->match_key, b->lines[i].x->match_key, 16) == 0)
            return true;
    return false;
}

/* What becomes of one record; an error is its own and stops no other, unless it is not about what it says. */
static struct error *sort_line(struct batch *b, struct line *l)
{
    struct request *r = b->r;
    struct asset *x = l->x;
    if (!l->was) {
        TRY(asset_place(r->services, r->arena, x));
        l->outcome = "created";
        return asset_record_check(r, NULL, x);
    }
    memcpy(x->id, l->was->id, sizeof x->id);
    x->org = l->was->org;
    x->f[ASSET_NO] = l->was->f[ASSET_NO];
    x->version = l->was->version;
    if (b->mode == MODE_DELETE) {
        *x = *l->was;
        x->f[ASSET_STATE] = STR("05");
        x->address_count = 0;
        asset_match(r->arena, x);
        l->outcome = "retired";
        return NULL;
    }
    TRY(asset_record_check(r, l->was, x));
    TRY(asset_spaces(r->services, r->arena, x));
    l->outcome = str_eq(asset_json(r->arena, l->was), asset_json(r->arena, x)) ? "unchanged" : "updated";
    return NULL;
}

static bool about_the_record(const struct error *e)
{
    return e->code == ERR_INVALID;
}

static struct error *read_lines(struct batch *b)
{
    size_t i;
    json_t *one;
    b->lines = arena_zalloc(b->r->arena, (b->n + 1) * sizeof *b->lines);
    json_array_foreach(body_get(b->r, "records"), i, one) {
        b->lines[i].record = one;
        b->lines[i].wrong = read_record(b, &b->lines[i]);
        if (b->lines[i].wrong && !about_the_record(b->lines[i].wrong))
            return b->lines[i].wrong;
    }
    TRY(find_existing(b));
    for (i = 0; i < b->n; i++) {
        struct line *l = &b->lines[i];
        bool taken = l->wrong && str_is(str_of(l->wrong->rule), "taken");
        if (!l->was && !taken && (b->mode == MODE_CORRECT || b->mode == MODE_DELETE))
            l->wrong = invalid(b->r, "asset_no", "unknown", "no such asset in your scope");
        if (l->was && !taken)
            l->wrong = b->mode == MODE_DELETE ? NULL : read_record(b, l);
        if (!l->wrong && meant_twice(b, i))
            l->wrong = invalid(b->r, "", "duplicate", "the same asset stands above in this batch");
        if (!l->wrong)
            l->wrong = sort_line(b, l);
        if (l->wrong && !about_the_record(l->wrong))
            return l->wrong;
    }
    return NULL;
}

/* ---- writing ---- */
static void note(struct batch *b, struct audit_entry *e, const struct line *l)
{
    *e = (struct audit_entry){.action = strcmp(l->outcome, "created") == 0   ? "asset.create"
                                        : strcmp(l->outcome, "retired") == 0 ? "asset.retire"
                                                                             : "asset.update",
                              .subject_kind = "asset",
                              .subject_id = l->x->id,
                              .org = l->x->org,
                              .before = l->was ? asset_json(b->r->arena, l->was) : STR(""),
                              .after = asset_json(b->r->arena, l->x)};
}

static struct error *write_lines(struct batch *b)
{
    struct request *r = b->r;
    struct asset *made[RECORDS], *changed[RECORDS];
    const struct asset *was[RECORDS];
    struct audit_entry *notes = arena_array(r->arena, b->n + 1, sizeof *notes);
    size_t creations = 0, changes = 0, noted = 0;
    int64_t now = clock_now_us();
    uint64_t n;
    for (size_t i = 0; i < b->n; i++) {
        struct line *l = &b->lines[i];
        if (l->wrong || strcmp(l->outcome, "unchanged") == 0)
            continue;
        l->x->source = body_str(r, "source").p;
        if (l->was)
            was[changes] = l->was, changed[changes++] = l->x;
        else
            made[creations++] = l->x;
        note(b, &notes[noted++], l);
    }
    TRY(asset_insert_many(r->services, r->arena, made, creations, now));
    if (changes) {
        TRY(asset_change_many(r->services, r->arena, changed, changes, now, &n));
        if (n != changes)
            return conflict(r, "an asset of the batch was changed meanwhile; send it again");
    }
    for (size_t i = 0; i < changes; i++)
        TRY(asset_claims_replace(r->services, r->arena, was[i], changed[i], now));
    struct audit_actor who = {.user = r->who->kind == PRINCIPAL_USER ? r->who->id : NULL,
                              .client = r->who->kind == PRINCIPAL_CLIENT ? r->who->id : NULL,
                              .org = r->who->org.org_id,
                              .address = r->address,
                              .request_id = r->request_id};
    if (noted)
        TRY(audit_write_many(r->services, r->arena, &who, notes, noted));
    if (creations)
        TRY(asset_announce(r->services, r->arena, "asset.created", made, creations));
    return changes ? asset_announce(r->services, r->arena, "asset.updated", changed, changes) : NULL;
}

/* ---- the answer ---- */
static void put_wrong(struct jw *w, size_t row, const struct error *e)
{
    for (; e; e = e->next) {
        jw_object_begin(w, NULL);
        jw_int(w, "row", (int64_t)row);
        jw_z(w, "field", e->field ? e->field : "");
        jw_z(w, "code", e->rule ? e->rule : "invalid");
        jw_z(w, "message", e->detail ? e->detail : "");
        jw_object_end(w);
    }
}

/* What its form asks for and the record does not say. */
static void put_missing(struct batch *b, struct jw *w, size_t row, const struct asset *x)
{
    const struct form *form = form_for(&b->catalogue->forms, x->f[ASSET_CLASS], &x->org);
    json_t *values = x->attributes.n ? json_loadb(x->attributes.p, x->attributes.n, 0, NULL) : NULL;
    for (size_t i = 0; form && i < form->count; i++) {
        const struct form_field *f = &form->fields[i];
        if (!(f->uses >> FORM_WANTED & 1) || json_object_get(values, f->key))
            continue;
        jw_object_begin(w, NULL);
        jw_int(w, "row", (int64_t)row);
        jw_z(w, "field", arena_printf(b->r->arena, "attributes/%s", f->key));
        jw_z(w, "code", "missing");
        jw_object_end(w);
    }
    json_decref(values);
}

static struct str answer(struct batch *b, struct str id)
{
    struct buf out = buf_new(b->r->arena, 64 * 1024, 8 << 20);
    struct jw w = jw_of(&out);
    int64_t accepted = 0;
    for (size_t i = 0; i < b->n; i++)
        accepted += !b->lines[i].wrong;
    jw_object_begin(&w, NULL);
    jw_str(&w, "batch_id", id);
    jw_int(&w, "accepted", accepted);
    jw_array_begin(&w, "results");
    for (size_t i = 0; i < b->n; i++)
        if (!b->lines[i].wrong) {
            jw_object_begin(&w, NULL);
            jw_int(&w, "row", (int64_t)i + 1);
            jw_z(&w, "outcome", b->lines[i].outcome);
            jw_z(&w, "id", b->lines[i].x->id);
            jw_str(&w, "asset_no", b->lines[i].x->f[ASSET_NO]);
            jw_object_end(&w);
        }
    jw_array_end(&w);
    jw_array_begin(&w, "rejected");
    for (size_t i = 0; i < b->n; i++)
        put_wrong(&w, i + 1, b->lines[i].wrong);
    jw_array_end(&w);
    jw_array_begin(&w, "warnings");
    for (size_t i = 0; i < b->n && b->mode != MODE_DELETE; i++)
        if (!b->lines[i].wrong)
            put_missing(b, &w, i + 1, b->lines[i].x);
    jw_array_end(&w);
    jw_object_end(&w);
    return buf_done(&out);
}

struct error *asset_batch(struct request *r)
{
    struct batch b = {.r = r};
    struct str id = body_str(r, "batch_id"), reply;
    char hex[65], had[65];
    bool found;
    TRY(check_digest(r, body_get(r, "records"), hex));
    TRY(batch_find(r, id.p, had, &reply, &found));
    if (found && strcmp(had, hex) != 0)
        return conflict(r, "a batch of this id had other records");
    if (!found) {
        TRY(read_envelope(&b));
        TRY(read_lines(&b));
        TRY(write_lines(&b));
        reply = answer(&b, id);
        struct error *e = batch_keep(r, id.p, hex, reply);
        if (e)
            return e->code == ERR_DUPLICATE ? conflict(r, "the batch is being taken, or its id is somebody else's") : e;
        asset_total_changed(r);
    }
    request_audit(r, "asset_batch", id.p, &r->who->org, STR(""), STR(""));
    buf_str(&r->reply, reply);
    return reply_written(r, 200);
}

/* ---- the feed ---- */
struct error *asset_feed(struct request *r)
{
    struct rows x;
    struct asset_wanted *want = arena_array(r->arena, FEED_SIZE, sizeof *want);
    struct change {
        int64_t seq, at;
        bool deleted;
        struct str org;
    } *list = arena_array(r->arena, FEED_SIZE, sizeof *list);
    int64_t after = param_int(r, "after", 0), size = param_int(r, "size", 200);
    size_t n = 0;
    TRY(feed_rows(r, after, size, &x));
    while (n < FEED_SIZE && rows_next(&x)) {
        list[n] = (struct change){row_int(&x, 0), row_time(&x, 3), row_int(&x, 2) != 0, str_of(row_dup(&x, r->arena, 4))};
        want[n++] = (struct asset_wanted){.id = str_of(row_dup(&x, r->arena, 1))};
    }
    TRY(rows_end(&x));
    TRY(asset_read_many(r->services, r->arena, &r->who->scope, want, n));
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    jw_array_begin(&w, "items");
    for (size_t i = 0; i < n; i++) {
        jw_object_begin(&w, NULL);
        jw_int(&w, "seq", list[i].seq);
        jw_str(&w, "id", want[i].id);
        jw_str(&w, "org_id", list[i].org);
        jw_time(&w, "at", list[i].at);
        jw_z(&w, "action", list[i].deleted || !want[i].x ? "deleted" : "changed");
        if (want[i].x) {
            jw_int(&w, "version", want[i].x->version);
            jw_raw(&w, "record", asset_json(r->arena, want[i].x));
        }
        jw_object_end(&w);
        after = list[i].seq;
    }
    jw_array_end(&w);
    jw_int(&w, "next", after);
    jw_bool(&w, "more", n == (size_t)size);
    jw_object_end(&w);
    return reply_written(r, 200);
}
