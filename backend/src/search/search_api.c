/* GET /search */
#include <stdlib.h>

#include "http/request.h"
#include "json/write.h"
#include "kernel/clock.h"
#include "search/search_store.h"

struct error *search(struct request *r);

enum {
    NEEDLES = 8,         /* terms that are looked up: the rarest of the query */
    EXACT_MAX = 10000,   /* candidates that are all compared; of more, only the newest */
    NEWEST_MAX = 30000,  /* candidates of a common term that are compared at most */
    NEWEST_HITS = 200,   /* and hits that end the comparing */
    NEWEST_US = 700000,  /* and time */
    WINDOW = 256,        /* blocks of the index that are read at once: about a million documents */
    COMPARE = 1000,      /* candidates of one statement */
    SNIPPET_BEFORE = 24, /* code points */
    SNIPPET = 96
};

struct hits {
    uint64_t *doc_no;
    unsigned char *kind; /* index into the registry */
    size_t n, max;
    bool partial;
};

static size_t kind_count(void)
{
    return (size_t)(__stop_search_registry - __start_search_registry);
}

static bool readable(struct request *r, size_t k)
{
    return principal_may(r->who, __start_search_registry[k]->permission);
}

/* All kinds that the caller may read: the counts are of each of them, whichever the page is about. */
static const char *kinds_of(struct request *r)
{
    struct buf b = buf_new(r->arena, 128, 1024);
    for (size_t k = 0; k < kind_count(); k++)
        if (readable(r, k))
            buf_printf(&b, "%s%s", b.n ? "," : "", __start_search_registry[k]->kind);
    return buf_done(&b).p;
}

static struct error *take_hits(struct rows *rows, struct hits *h)
{
    while (rows_next(rows)) {
        struct str kind = row_text(rows, 1);
        for (size_t k = 0; k < kind_count(); k++)
            if (str_is(kind, __start_search_registry[k]->kind) && h->n < h->max) {
                h->doc_no[h->n] = (uint64_t)row_int(rows, 0);
                h->kind[h->n++] = (unsigned char)k;
                break;
            }
    }
    return rows_end(rows);
}

static struct str numbers_text(struct arena *a, const uint64_t *numbers, size_t n)
{
    struct buf b = buf_new(a, 12 * n + 8, 24 * n + 8);
    buf_c(&b, '[');
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_c(&b, ',');
        buf_u64(&b, numbers[i]);
    }
    buf_c(&b, ']');
    return buf_done(&b);
}

/* ---- which terms ---- */
struct weighed {
    struct str term;
    int64_t weight;
};

static int by_weight(const void *x, const void *y)
{
    const struct weighed *a = x, *b = y;
    return (a->weight > b->weight) - (a->weight < b->weight);
}

/* The rarest terms of the query, rarest first; *n is 0 when one of them occurs nowhere. */
static struct error *rarest(struct request *r, const struct search_query *q, struct weighed *out, size_t *n)
{
    for (*n = 0; *n < q->terms; (*n)++) {
        out[*n].term = q->term[*n];
        TRY(term_weight(r, q->term[*n], &out[*n].weight));
        if (!out[*n].weight) {
            *n = 0;
            return NULL;
        }
    }
    qsort(out, *n, sizeof *out, by_weight);
    if (*n > NEEDLES)
        *n = NEEDLES;
    return NULL;
}

/* ---- through the index ---- */
static struct error *read_lists(struct request *r, struct arena *a, const struct weighed *terms, size_t n, uint32_t from,
                                uint32_t to, struct posting_list *out)
{
    for (size_t i = 0; i < n; i++) {
        struct rows rows;
        out[i] = (struct posting_list){.at = arena_array(a, from - to + 1, sizeof(struct posting))};
        TRY(term_blocks(r, terms[i].term, from, to, &rows));
        while (out[i].n < from - to + 1 && rows_next(&rows)) {
            struct str docs = row_text(&rows, 1);
            out[i].at[out[i].n++] = (struct posting){(uint32_t)row_int(&rows, 0), {str_dup(a, docs), docs.n}};
        }
        TRY(rows_end(&rows));
    }
    return NULL;
}

/* The newest numbers that hold all terms, at most max. */
static struct error *candidates(struct request *r, const struct weighed *terms, size_t n, uint64_t *out, size_t max, size_t *count,
                                bool *cut)
{
    uint32_t from;
    *count = 0;
    *cut = false;
    TRY(last_block(r, &from));
    for (;;) {
        struct arena_mark mark = arena_mark(r->arena);
        struct posting_list lists[NEEDLES];
        uint32_t to = from >= WINDOW ? from - WINDOW + 1 : 0;
        TRY(read_lists(r, r->arena, terms, n, from, to, lists));
        *count += search_common(lists, n, out + *count, max - *count, cut);
        arena_reset_to(r->arena, mark);
        if (*cut || !to)
            return NULL;
        from = to - 1;
    }
}

static struct error *compare(struct request *r, const struct search_ask *ask, const uint64_t *numbers, size_t n, struct hits *h)
{
    int64_t until = clock_mono_us() + NEWEST_US;
    for (size_t i = 0; i < n; i += COMPARE) {
        struct arena_mark mark = arena_mark(r->arena);
        struct rows rows;
        TRY(hits_among(r, ask, numbers_text(r->arena, numbers + i, n - i < COMPARE ? n - i : COMPARE), &rows));
        TRY(take_hits(&rows, h));
        arena_reset_to(r->arena, mark);
        if (n > EXACT_MAX && (h->n >= NEWEST_HITS || clock_mono_us() > until)) {
            h->partial = h->partial || i + COMPARE < n;
            return NULL;
        }
    }
    return NULL;
}

static struct error *by_index(struct request *r, const struct search_ask *ask, const struct weighed *terms, size_t n,
                              struct hits *h)
{
    uint64_t *numbers = arena_array(r->arena, NEWEST_MAX, sizeof *numbers);
    size_t count;
    TRY(candidates(r, terms, n, numbers, NEWEST_MAX, &count, &h->partial));
    return compare(r, ask, numbers, count, h);
}

/* A scope with fewer documents than the rarest term has is read as it is. */
static struct error *find(struct request *r, const struct search_ask *ask, struct hits *h)
{
    struct weighed terms[SEARCH_NEEDLES_MAX];
    struct rows rows;
    size_t n;
    int64_t docs;
    TRY(rarest(r, ask->query, terms, &n));
    if (!n)
        return NULL;
    int64_t most = terms[0].weight / 2 < EXACT_MAX / 2 ? terms[0].weight / 2 : EXACT_MAX / 2;
    TRY(scope_docs(r, most + 1, &docs));
    if (docs > most)
        return by_index(r, ask, terms, n, h);
    TRY(hits_in_scope(r, ask, &rows));
    return take_hits(&rows, h);
}

/* ---- the page ---- */
static size_t chars_of(struct str s)
{
    size_t n = 0;
    return str_utf8(s, &n) ? n : 0;
}

static struct str behind(struct str s, size_t chars)
{
    size_t n = str_chars(s, chars).n;
    return (struct str){s.p + n, s.n - n};
}

/* The body round the first word found in it that the title has not; else its beginning. */
static struct str snippet(const struct search_query *q, struct str title, struct str body, struct str folded)
{
    struct str in_body = behind(folded, chars_of(title) + 1), in_title = {folded.p, folded.n - in_body.n};
    size_t from = 0;
    for (size_t w = 0; w < q->words; w++) {
        const char *hit = memmem(in_body.p, in_body.n, q->word[w].p, q->word[w].n);
        if (!hit || memmem(in_title.p, in_title.n, q->word[w].p, q->word[w].n))
            continue;
        size_t at = chars_of((struct str){in_body.p, (size_t)(hit - in_body.p)});
        from = at > SNIPPET_BEFORE ? at - SNIPPET_BEFORE : 0;
        break;
    }
    return str_chars(behind(body, from), SNIPPET);
}

static void put_hit(struct jw *w, const struct search_query *q, struct rows *x)
{
    jw_object_begin(w, NULL);
    jw_str(w, "kind", row_text(x, 1));
    jw_str(w, "id", row_text(x, 2));
    jw_str(w, "title", row_text(x, 3));
    jw_str(w, "snippet", snippet(q, row_text(x, 3), row_text(x, 4), row_text(x, 5)));
    jw_opt(w, "place", row_text(x, 6));
    jw_str(w, "org_id", row_text(x, 8));
    jw_row_text(w, "org_name", x, 9);
    jw_row_time(w, "changed_at", x, 7);
    jw_object_end(w);
}

static struct error *put_items(struct request *r, const struct search_query *q, const struct hits *h, const struct page *p,
                               int64_t kind, struct jw *w)
{
    uint64_t numbers[PAGE_SIZE_MAX];
    size_t n = 0;
    int64_t at = 0;
    struct rows rows;
    jw_array_begin(w, "items");
    for (size_t i = 0; i < h->n && n < (size_t)p->size; i++)
        if ((kind < 0 || h->kind[i] == kind) && at++ >= p->offset)
            numbers[n++] = h->doc_no[i];
    if (n) {
        TRY(hits_shown(r, numbers_text(r->arena, numbers, n), &rows));
        while (rows_next(&rows))
            put_hit(w, q, &rows);
        TRY(rows_end(&rows));
    }
    jw_array_end(w);
    return NULL;
}

static int64_t of_kind(const struct hits *h, size_t kind)
{
    int64_t n = 0;
    for (size_t i = 0; i < h->n; i++)
        n += h->kind[i] == kind;
    return n;
}

static void put_kinds(struct request *r, const struct hits *h, struct jw *w)
{
    jw_array_begin(w, "kinds");
    for (size_t k = 0; k < kind_count(); k++) {
        if (!readable(r, k))
            continue;
        jw_object_begin(w, NULL);
        jw_z(w, "kind", __start_search_registry[k]->kind);
        jw_int(w, "total", of_kind(h, k));
        jw_object_end(w);
    }
    jw_array_end(w);
}

static struct error *answer(struct request *r, const struct search_query *q, const struct hits *h)
{
    struct page p;
    int64_t kind = -1;
    struct str wanted = param_str(r, "kind");
    TRY(page_of(r, &p));
    for (size_t k = 0; wanted.n && k < kind_count(); k++)
        if (str_is(wanted, __start_search_registry[k]->kind))
            kind = (int64_t)k;
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    TRY(put_items(r, q, h, &p, kind, &w));
    jw_int(&w, "total", kind < 0 ? (int64_t)h->n : of_kind(h, (size_t)kind));
    jw_int(&w, "page", p.page);
    jw_int(&w, "size", p.size);
    jw_bool(&w, "partial", h->partial);
    jw_array_begin(&w, "words");
    for (size_t i = 0; i < q->words; i++)
        jw_str(&w, NULL, q->word[i]);
    jw_array_end(&w);
    put_kinds(r, h, &w);
    jw_object_end(&w);
    return reply_written(r, 200);
}

struct error *search(struct request *r)
{
    struct search_query q;
    if (!search_query(r->arena, param_str(r, "q"), &q))
        return invalid(r, "q", "max_items", "at most %d words of at most %d characters", SEARCH_WORDS_MAX, SEARCH_WORD_MAX);
    if (!q.terms)
        return invalid(r, "q", "min_length", "a word of at least two characters is needed");
    struct hits h = {.doc_no = arena_array(r->arena, EXACT_MAX + COMPARE, sizeof *h.doc_no),
                     .kind = arena_array(r->arena, EXACT_MAX + COMPARE, 1),
                     .max = EXACT_MAX + COMPARE};
    struct search_ask ask = {&q, kinds_of(r)};
    if (ask.kinds[0])
        TRY(find(r, &ask, &h));
    return answer(r, &q, &h);
}
