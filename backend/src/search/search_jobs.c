/* Filling the index: the outbox brings what changed, a duty reads what was there before, another sweeps blocks most of whose
 * documents are gone. Each chunk is a transaction of its own and may run again. */
#include <jansson.h>
#include <stdlib.h>

#include "http/org_columns.h"
#include "kernel/clock.h"
#include "packs/seed.h"
#include "queue/job.h"
#include "search/search_store.h"

enum { CHUNK = 100, FILL_MS = 1000, FILL_BUDGET_US = 800000, SWEEP_MS = 3600000, TITLE_MAX = 240, PLACE_MAX = 120 };

struct error *search_changed_many(struct db *db, struct arena *a, const char *kind, const char *const *record_ids, size_t n)
{
    if (!n)
        return NULL;
    json_t *ids = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(ids, json_string(record_ids[i]));
    json_t *payload = json_pack("{s:s,s:o}", "kind", kind, "ids", ids);
    struct error *e = outbox_put(db, a, "record", record_ids[0], payload);
    json_decref(payload);
    return e;
}

struct error *search_changed(struct db *db, struct arena *a, const char *kind, const char *record_id)
{
    return search_changed_many(db, a, kind, &record_id, 1);
}

bool search_follows_audit(const char *kind)
{
    for (const struct search_kind *const *k = __start_search_registry; k < __stop_search_registry; k++)
        if (strcmp((*k)->kind, kind) == 0)
            return !(*k)->topic;
    return false;
}

/* ---- documents ---- */
/* What a document says, so that an unchanged one stays where it is. */
static struct str digest_of(struct arena *a, const struct search_doc *d)
{
    unsigned char *sum = arena_alloc(a, DIGEST_BYTES);
    struct digest x;
    digest_begin(&x, DIGEST_SHA256);
    digest_add(&x, d->title.p, d->title.n + 1);
    digest_add(&x, d->body.p, d->body.n + 1);
    digest_add(&x, d->place.p ? d->place.p : "", d->place.n);
    digest_add(&x, &d->org, sizeof d->org);
    digest_end(&x, sum);
    return (struct str){(const char *)sum, 16};
}

static struct str column(struct arena *a, struct rows *rows, unsigned col, size_t max)
{
    return str_of(str_dup(a, str_chars(row_text(rows, col), max)));
}

static struct error *read_docs(struct arena *a, struct rows *rows, struct search_doc *out, size_t max, size_t *n)
{
    for (*n = 0; *n < max && rows_next(rows); (*n)++) {
        struct search_doc *d = &out[*n];
        char at[27];
        *d = (struct search_doc){.id = column(a, rows, 0, 36),
                                 .title = column(a, rows, 1, TITLE_MAX),
                                 .body = column(a, rows, 2, SEARCH_BODY_MAX),
                                 .place = column(a, rows, 3, PLACE_MAX)};
        clock_sql(row_time(rows, 4), at);
        d->changed_at = str_of(arena_strdup(a, at));
        row_org(rows, 5, &d->org);
        struct buf b = buf_new(a, d->title.n + d->body.n + 2, 4 * (TITLE_MAX + SEARCH_BODY_MAX) + 16);
        buf_str(&b, d->title);
        buf_c(&b, ' ');
        buf_str(&b, d->body);
        d->folded = search_fold(a, buf_done(&b));
        d->digest = digest_of(a, d);
    }
    return rows_end(rows);
}

/* ---- terms ---- */
struct entry {
    struct str term;
    uint64_t doc_no;
};

static int by_term(const void *x, const void *y)
{
    const struct entry *a = x, *b = y;
    int c = memcmp(a->term.p, b->term.p, a->term.n < b->term.n ? a->term.n : b->term.n);
    if (!c)
        c = (a->term.n > b->term.n) - (a->term.n < b->term.n);
    return c ? c : (a->doc_no > b->doc_no) - (a->doc_no < b->doc_no);
}

static struct error *write_terms(struct db *db, struct arena *a, const struct search_doc *docs, size_t n)
{
    size_t total = 0, at = 0, lists = 0;
    struct str **terms = arena_array(a, n, sizeof *terms);
    size_t *count = arena_array(a, n, sizeof *count);
    for (size_t i = 0; i < n; i++)
        total += count[i] = search_terms(a, docs[i].folded, &terms[i]);
    if (!total)
        return NULL;
    struct entry *all = arena_array(a, total, sizeof *all);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < count[i]; k++)
            all[at++] = (struct entry){terms[i][k], docs[i].doc_no};
    qsort(all, total, sizeof *all, by_term);
    struct str *term = arena_array(a, total, sizeof *term), *numbers = arena_array(a, total, sizeof *numbers);
    int64_t *block = arena_array(a, total, sizeof *block);
    char *bytes = arena_alloc(a, 2 * total);
    for (size_t i = 0; i < total; i++) {
        int64_t b = (int64_t)(all[i].doc_no >> SEARCH_BLOCK_BITS);
        unsigned low = (unsigned)(all[i].doc_no & (SEARCH_BLOCK - 1));
        if (!lists || block[lists - 1] != b || !str_eq(term[lists - 1], all[i].term)) {
            term[lists] = all[i].term;
            block[lists] = b;
            numbers[lists++] = (struct str){bytes + 2 * i, 0};
        }
        bytes[2 * i] = (char)(low >> 8);
        bytes[2 * i + 1] = (char)(low & 255);
        numbers[lists - 1].n += 2;
    }
    return terms_append(db, a, term, block, numbers, lists);
}

/* ---- one chunk ---- */
static struct error *unchanged_out(struct db *db, struct arena *a, const char *kind, struct str ids, struct search_doc *docs,
                                   size_t *n, struct str *gone, size_t *gone_n)
{
    struct rows rows;
    TRY(docs_known(db, a, kind, ids, &rows));
    while (rows_next(&rows)) {
        struct str id = row_text(&rows, 1), digest = row_text(&rows, 2);
        size_t i = 0;
        while (i < *n && !str_eq(docs[i].id, id))
            i++;
        if (i == *n)
            gone[(*gone_n)++] = str_of(str_dup(a, id));
        else if (str_eq(docs[i].digest, digest))
            docs[i] = docs[--*n];
    }
    return rows_end(&rows);
}

static struct error *index_chunk(struct services *s, struct arena *a, const struct search_kind *k, struct str ids)
{
    struct search_doc docs[CHUNK];
    struct str drop[2 * CHUNK];
    struct rows rows;
    size_t n, gone = 0;
    uint64_t first;
    TRY(docs_number(s->db, a, 0, &first)); /* from here on nobody else indexes: what is read is what is written */
    TRY(db_query(s->db, a, k->by_id, ARGS(A_STR("ids", ids)), &rows));
    TRY(read_docs(a, &rows, docs, CHUNK, &n));
    TRY(unchanged_out(s->db, a, k->kind, ids, docs, &n, drop, &gone));
    if (k->readers)
        TRY(db_exec(s->db, a, k->readers, ARGS(A_STR("ids", ids)), NULL));
    for (size_t i = 0; i < n; i++)
        drop[gone++] = docs[i].id;
    TRY(docs_drop(s->db, a, drop, k->kind, gone));
    if (!n)
        return NULL;
    TRY(docs_number(s->db, a, n, &first));
    for (size_t i = 0; i < n; i++)
        docs[i].doc_no = first + i;
    TRY(docs_insert(s->db, a, k->kind, docs, n));
    return write_terms(s->db, a, docs, n);
}

static struct error *in_transaction(struct services *s, struct arena *a, const struct search_kind *k, struct str ids,
                                    const struct fill *then)
{
    TRY(db_begin(s->db, a));
    struct error *e = ids.n ? index_chunk(s, a, k, ids) : NULL;
    if (!e && then)
        e = fill_set(s->db, a, k->kind, then);
    return db_finish(s->db, a, e);
}

/* A JSON array of at most CHUNK ids from the i-th on. */
static struct str ids_text(struct arena *a, json_t *ids, size_t i)
{
    struct buf b = buf_new(a, 4096, 39 * CHUNK + 16);
    for (size_t end = i + CHUNK; i < end && i < json_array_size(ids); i++) {
        const char *id = json_string_value(json_array_get(ids, i));
        if (id && strlen(id) == 36 && strspn(id, "0123456789abcdefABCDEF-") == 36)
            buf_printf(&b, "%s\"%s\"", b.n ? "," : "[", id);
    }
    if (b.n)
        buf_c(&b, ']');
    return buf_done(&b);
}

static struct error *index_all(struct services *s, struct arena *a, const struct search_kind *k, json_t *ids)
{
    for (size_t i = 0; i < json_array_size(ids); i += CHUNK) {
        struct arena_mark mark = arena_mark(a);
        TRY(in_transaction(s, a, k, ids_text(a, ids, i), NULL));
        arena_reset_to(a, mark);
    }
    return NULL;
}

/* ---- changes ---- */
static struct error *changed(struct services *s, struct arena *a, const char *topic, const char *kind, const char *id, json_t *ids)
{
    for (const struct search_kind *const *k = __start_search_registry; k < __stop_search_registry; k++) {
        if (kind ? strcmp((*k)->kind, kind) != 0 : !(*k)->topic || strcmp((*k)->topic, topic) != 0)
            continue;
        json_t *one = ids ? json_incref(ids) : json_pack("[s]", id);
        struct error *e = index_all(s, a, *k, one);
        json_decref(one);
        TRY(e);
    }
    return NULL;
}

static struct error *on_asset(struct services *s, struct arena *a, const char *id, json_t *payload, uint64_t seq)
{
    (void)seq;
    return changed(s, a, "asset", NULL, id, json_object_get(payload, "assets"));
}
OUTBOX_CONSUMER(search_assets, "asset", on_asset);

static struct error *on_warning(struct services *s, struct arena *a, const char *id, json_t *payload, uint64_t seq)
{
    (void)seq;
    (void)payload;
    return changed(s, a, "warning", NULL, id, NULL);
}
OUTBOX_CONSUMER(search_warnings, "warning", on_warning);

static struct error *on_record(struct services *s, struct arena *a, const char *id, json_t *payload, uint64_t seq)
{
    (void)seq;
    const char *kind = json_string_value(json_object_get(payload, "kind"));
    return kind ? changed(s, a, "record", kind, id, json_object_get(payload, "ids")) : NULL;
}
OUTBOX_CONSUMER(search_records, "record", on_record);

/* ---- what was there before ---- */
static struct error *fill_step(struct services *s, struct arena *a, const struct search_kind *k, struct fill *f)
{
    struct rows rows;
    json_t *ids = json_array();
    struct error *e = db_query(s->db, a, k->after, ARGS(A_Z("after", f->after), A_INT("limit", CHUNK)), &rows);
    while (!e && rows_next(&rows)) {
        str_copy(f->after, sizeof f->after, row_text(&rows, 0));
        json_array_append_new(ids, json_string(f->after));
    }
    if (!e)
        e = rows_end(&rows);
    f->done = json_array_size(ids) < CHUNK;
    if (!e)
        e = in_transaction(s, a, k, ids_text(a, ids, 0), f);
    json_decref(ids);
    return e;
}

static struct error *fill(struct services *s, struct arena *a)
{
    int64_t until = clock_mono_us() + FILL_BUDGET_US;
    for (const struct search_kind *const *k = __start_search_registry; k < __stop_search_registry; k++) {
        struct fill f;
        TRY(fill_get(s->db, a, (*k)->kind, &f));
        if (f.known && f.form != (*k)->form)
            f = (struct fill){.after = "00000000-0000-0000-0000-000000000000"};
        f.form = (*k)->form;
        while (!f.done && clock_mono_us() < until) {
            struct arena_mark mark = arena_mark(a);
            TRY(fill_step(s, a, *k, &f));
            arena_reset_to(a, mark);
        }
    }
    return NULL;
}
DUTY(search_fill, FILL_MS, fill);

/* The demonstration comes and goes without the outbox. */
static struct error *fill_again(struct services *s, struct arena *a)
{
    return fills_forget(s->db, a);
}
DEMO(search, 90, fill_again, fill_again);

/* ---- blocks that are mostly empty ---- */
static struct error *move_block(struct services *s, struct arena *a, uint32_t block)
{
    struct rows rows;
    json_t *of_kind = json_object();
    struct error *e = block_docs(s->db, a, block, &rows);
    while (!e && rows_next(&rows)) {
        char *kind = row_dup(&rows, a, 0), *id = row_dup(&rows, a, 1);
        if (!json_object_get(of_kind, kind))
            json_object_set_new(of_kind, kind, json_array());
        json_array_append_new(json_object_get(of_kind, kind), json_string(id));
    }
    if (!e)
        e = rows_end(&rows);
    const char *kind;
    json_t *ids;
    json_object_foreach(of_kind, kind, ids) {
        struct str id[CHUNK];
        for (size_t i = 0; !e && i < json_array_size(ids); i += CHUNK) {
            size_t n = 0;
            for (; n < CHUNK && i + n < json_array_size(ids); n++)
                id[n] = str_of(json_string_value(json_array_get(ids, i + n)));
            e = docs_drop(s->db, a, id, kind, n);
        }
        if (!e)
            e = changed(s, a, "record", kind, NULL, ids);
    }
    json_decref(of_kind);
    return e ? e : block_drop(s->db, a, block);
}

static struct error *sweep(struct services *s, struct arena *a)
{
    uint64_t last;
    uint32_t block;
    bool found = true;
    TRY(docs_last(s->db, a, &last));
    for (int i = 0; found && i < 50; i++) {
        TRY(block_sparse(s->db, a, last >> SEARCH_BLOCK_BITS, &block, &found));
        if (found)
            TRY(move_block(s, a, block));
    }
    return NULL;
}
DUTY(search_sweep, SWEEP_MS, sweep);
