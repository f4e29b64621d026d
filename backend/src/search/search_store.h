/* SQL of the search; inside search/ only. */
#ifndef SEARCH_SEARCH_STORE_H
#define SEARCH_SEARCH_STORE_H

#include "http/request.h"
#include "search/search.h"
#include "search/terms.h"

extern const struct search_kind *const __start_search_registry[] __attribute__((weak));
extern const struct search_kind *const __stop_search_registry[] __attribute__((weak));

/* ---- filling ---- */
struct search_doc {
    uint64_t doc_no;
    struct str id, title, body, folded, place, digest, changed_at; /* digest: 16 bytes; place may be empty */
    struct org_stamp org;
};
/* Documents that the index has of these records: doc_no, record_id, digest. */
struct error *docs_known(struct db *db, struct arena *a, const char *kind, struct str ids, struct rows *out) MUST_CHECK;
struct error *docs_drop(struct db *db, struct arena *a, const struct str *record_ids, const char *kind, size_t n) MUST_CHECK;
/* first: the first of n new numbers. Others that index wait until this transaction ends. */
struct error *docs_number(struct db *db, struct arena *a, size_t n, uint64_t *first) MUST_CHECK;
struct error *docs_insert(struct db *db, struct arena *a, const char *kind, const struct search_doc *docs, size_t n) MUST_CHECK;
/* terms[i] gets docs[i] (two bytes each) in block[i]. */
struct error *terms_append(struct db *db, struct arena *a, const struct str *terms, const int64_t *blocks, const struct str *docs,
                           size_t n) MUST_CHECK;

struct fill {
    int64_t form;
    char after[37];
    bool done, known;
};
struct error *fill_get(struct db *db, struct arena *a, const char *kind, struct fill *out) MUST_CHECK;
struct error *fill_set(struct db *db, struct arena *a, const char *kind, const struct fill *f) MUST_CHECK;
struct error *fills_forget(struct db *db, struct arena *a) MUST_CHECK;
/* A block below `before` fewer than a quarter of whose documents are left; found: whether there is one. */
struct error *block_sparse(struct db *db, struct arena *a, uint64_t before, uint32_t *block, bool *found) MUST_CHECK;
/* What is left in it: kind, record_id. */
struct error *block_docs(struct db *db, struct arena *a, uint32_t block, struct rows *out) MUST_CHECK;
struct error *block_drop(struct db *db, struct arena *a, uint32_t block) MUST_CHECK;
struct error *docs_last(struct db *db, struct arena *a, uint64_t *out) MUST_CHECK;

/* ---- asking ---- */
struct search_ask {
    const struct search_query *query;
    const char *kinds; /* comma-separated, those that the caller may read and wants */
};
/* Blocks from `from` down to `to` that hold the term, newest first: block, docs. */
struct error *term_blocks(struct request *r, struct str term, uint32_t from, uint32_t to, struct rows *out) MUST_CHECK;
/* Bytes of the term's lists: how common it is. */
struct error *term_weight(struct request *r, struct str term, int64_t *out) MUST_CHECK;
/* Documents in the caller's scope, counted up to a limit, his readings included. */
struct error *scope_docs(struct request *r, int64_t limit, int64_t *out) MUST_CHECK;
/* Hits among these numbers (a JSON array), in the caller's scope: doc_no, kind. */
struct error *hits_among(struct request *r, const struct search_ask *ask, struct str numbers, struct rows *out) MUST_CHECK;
/* Hits in a small scope, without the index: doc_no, kind; newest first. */
struct error *hits_in_scope(struct request *r, const struct search_ask *ask, struct rows *out) MUST_CHECK;
/* What a page shows of documents (a JSON array of numbers): doc_no, kind, record_id, title, body, folded, place, changed_at,
 * org_id, the organisation's name. */
struct error *hits_shown(struct request *r, struct str numbers, struct rows *out) MUST_CHECK;
struct error *last_block(struct request *r, uint32_t *out) MUST_CHECK;

#endif
