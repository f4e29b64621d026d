#include "search/search_store.h"

#include "http/org_columns.h"
#include "org/org.h"

#define SYSTEM "the index holds everybody's records; who may find one is asked when they look"
/* ---- filling ---- */
SQL_SYSTEM(docs_known_sql, SYSTEM,
           "SELECT d.doc_no, d.record_id, d.digest FROM " SEARCH_IDS "JOIN search_docs d ON d.kind = :kind AND d.record_id = j.id");
SQL_SYSTEM(docs_drop_sql, SYSTEM, "DELETE FROM search_docs WHERE kind = :kind AND record_id = :id");
SQL(docs_number_sql, "INSERT INTO counters (name, value) VALUES ('search_doc', :n) ON DUPLICATE KEY UPDATE value = value + :n");
SQL(docs_last_sql, "SELECT value FROM counters WHERE name = 'search_doc'");
SQL(docs_insert_sql,
    "INSERT INTO search_docs (doc_no, kind, record_id, title, body, folded, place, digest, changed_at, " ORG_COLUMNS
    ") VALUES (:doc_no, :kind, :id, :title, :body, :folded, :place, :digest, :changed_at, " ORG_VALUES ")");
SQL(terms_append_sql, "INSERT INTO search_terms (term, block, docs) VALUES (:term, :block, :docs) "
                      "ON DUPLICATE KEY UPDATE docs = CONCAT(docs, VALUES(docs))");
SQL(fill_get_sql, "SELECT form, after_id, done FROM search_fills WHERE kind = :kind");
SQL(fill_set_sql, "REPLACE INTO search_fills (kind, form, after_id, done) VALUES (:kind, :form, :after, :done)");
SQL(fills_forget_sql, "DELETE FROM search_fills");
SQL_SYSTEM(block_sparse_sql, SYSTEM,
           "SELECT b.block FROM (SELECT DISTINCT block FROM search_terms WHERE block < :before) b WHERE (SELECT COUNT(*) FROM "
           "search_docs d WHERE d.doc_no >= b.block * 4096 AND d.doc_no < (b.block + 1) * 4096) < 1024 LIMIT 1");
SQL_SYSTEM(block_docs_sql, SYSTEM,
           "SELECT kind, record_id FROM search_docs WHERE doc_no >= :block * 4096 AND doc_no < (:block + 1) * 4096 ORDER BY kind");
SQL(block_drop_sql, "DELETE FROM search_terms WHERE block = :block");

struct error *docs_known(struct db *db, struct arena *a, const char *kind, struct str ids, struct rows *out)
{
    return db_query(db, a, &docs_known_sql, ARGS(A_Z("kind", kind), A_STR("ids", ids)), out);
}

struct error *docs_drop(struct db *db, struct arena *a, const struct str *record_ids, const char *kind, size_t n)
{
    if (!n)
        return NULL;
    return db_exec_many(db, a, &docs_drop_sql, n, COLUMNS(C_UUID("id", record_ids), C_SAME(A_Z("kind", kind))), NULL);
}

struct error *docs_number(struct db *db, struct arena *a, size_t n, uint64_t *first)
{
    int64_t last;
    TRY(db_exec(db, a, &docs_number_sql, ARGS(A_INT("n", (int64_t)n)), NULL));
    TRY(db_int(db, a, &docs_last_sql, NO_ARGS, 0, &last));
    *first = (uint64_t)last - n + 1;
    return NULL;
}

struct error *docs_insert(struct db *db, struct arena *a, const char *kind, const struct search_doc *docs, size_t n)
{
    struct str *text[7];
    int64_t *no = arena_array(a, n, sizeof *no);
    const struct org_stamp **org = arena_array(a, n, sizeof *org);
    for (size_t c = 0; c < 7; c++)
        text[c] = arena_array(a, n, sizeof(struct str));
    for (size_t i = 0; i < n; i++) {
        const struct search_doc *d = &docs[i];
        const struct str of[7] = {d->id,     d->title,     d->body, d->folded, d->place.n ? d->place : (struct str){NULL, 0},
                                  d->digest, d->changed_at};
        for (size_t c = 0; c < 7; c++)
            text[c][i] = of[c];
        no[i] = (int64_t)d->doc_no;
        org[i] = &d->org;
    }
    struct sql_column columns[9 + ORG_COLUMN_COUNT + 1] = {
        C_INT("doc_no", no, NULL), C_SAME(A_Z("kind", kind)),  C_UUID("id", text[0]),
        C_TEXT("title", text[1]),  C_TEXT("body", text[2]),    C_TEXT("folded", text[3]),
        C_TEXT("place", text[4]),  C_BYTES("digest", text[5]), C_TEXT("changed_at", text[6])};
    org_stamp_columns(a, org, n, columns + 9);
    columns[9 + ORG_COLUMN_COUNT] = (struct sql_column){.type = SQL_END};
    return db_exec_many(db, a, &docs_insert_sql, n, columns, NULL);
}

struct error *terms_append(struct db *db, struct arena *a, const struct str *terms, const int64_t *blocks, const struct str *docs,
                           size_t n)
{
    return db_exec_many(db, a, &terms_append_sql, n,
                        COLUMNS(C_BYTES("term", terms), C_INT("block", blocks, NULL), C_BYTES("docs", docs)), NULL);
}

struct error *fill_get(struct db *db, struct arena *a, const char *kind, struct fill *out)
{
    struct rows rows;
    *out = (struct fill){.after = "00000000-0000-0000-0000-000000000000"};
    TRY(db_one(db, a, &fill_get_sql, ARGS(A_Z("kind", kind)), &rows, &out->known));
    if (!out->known)
        return NULL;
    out->form = row_int(&rows, 0);
    str_copy(out->after, sizeof out->after, row_text(&rows, 1));
    out->done = row_int(&rows, 2) != 0;
    return rows_end(&rows);
}

struct error *fill_set(struct db *db, struct arena *a, const char *kind, const struct fill *f)
{
    return db_exec(db, a, &fill_set_sql,
                   ARGS(A_Z("kind", kind), A_INT("form", f->form), A_Z("after", f->after), A_INT("done", f->done)), NULL);
}

struct error *fills_forget(struct db *db, struct arena *a)
{
    return db_exec(db, a, &fills_forget_sql, NO_ARGS, NULL);
}

struct error *block_sparse(struct db *db, struct arena *a, uint64_t before, uint32_t *block, bool *found)
{
    int64_t b;
    TRY(db_int(db, a, &block_sparse_sql, ARGS(A_INT("before", (int64_t)before)), -1, &b));
    *found = b >= 0;
    *block = (uint32_t)b;
    return NULL;
}

struct error *block_docs(struct db *db, struct arena *a, uint32_t block, struct rows *out)
{
    return db_query(db, a, &block_docs_sql, ARGS(A_INT("block", block)), out);
}

struct error *block_drop(struct db *db, struct arena *a, uint32_t block)
{
    return db_exec(db, a, &block_drop_sql, ARGS(A_INT("block", block)), NULL);
}

struct error *docs_last(struct db *db, struct arena *a, uint64_t *out)
{
    int64_t last;
    TRY(db_int(db, a, &docs_last_sql, NO_ARGS, 0, &last));
    *out = (uint64_t)last;
    return NULL;
}

/* ---- asking ---- */
SQL(term_blocks_sql,
    "SELECT block, docs FROM search_terms WHERE term = :term AND block <= :from AND block >= :to ORDER BY block DESC");
SQL(term_weight_sql, "SELECT SUM(LENGTH(docs)) FROM search_terms WHERE term = :term");

#define HAS_WORDS                                                                                               \
    "INSTR(d.folded, :w0) AND (:w1 IS NULL OR INSTR(d.folded, :w1)) AND (:w2 IS NULL OR INSTR(d.folded, :w2)) " \
    "AND (:w3 IS NULL OR INSTR(d.folded, :w3)) AND (:w4 IS NULL OR INSTR(d.folded, :w4)) AND FIND_IN_SET(d.kind, :kinds) "
#define MAY_READ(S) "(" S(d) "OR EXISTS (SELECT 1 FROM search_readers x WHERE x.record_id = d.record_id AND" S(x) ")) "
#define HITS_AMONG(S, IX)                                                                                             \
    "SELECT STRAIGHT_JOIN d.doc_no, d.kind FROM JSON_TABLE(:numbers, '$[*]' COLUMNS (n BIGINT UNSIGNED PATH '$')) j " \
    "JOIN search_docs d ON d.doc_no = j.n WHERE " HAS_WORDS "AND " MAY_READ(S)
SQL_SCOPED(hits_among_sql, HITS_AMONG);
#define HITS_IN_SCOPE(S, IX)                                                                                                       \
    "SELECT doc_no, kind FROM (SELECT d.doc_no, d.kind FROM search_docs d WHERE" S(                                                \
        d) "AND " HAS_WORDS "UNION SELECT d.doc_no, d.kind FROM search_readers x JOIN search_docs d ON d.record_id = x.record_id " \
           "WHERE" S(x) "AND " HAS_WORDS ") h ORDER BY doc_no DESC"
SQL_SCOPED(hits_in_scope_sql, HITS_IN_SCOPE);
#define SCOPE_DOCS(S, IX)                                                \
    "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM search_docs d WHERE" S( \
        d) "LIMIT :most) one) + "                                        \
           "(SELECT COUNT(*) FROM (SELECT 1 FROM search_readers x WHERE" S(x) "LIMIT :most) two)"
SQL_SCOPED(scope_docs_sql, SCOPE_DOCS);
SQL_SYSTEM(hits_shown_sql, "these are hits inside the caller's scope",
           "SELECT d.doc_no, d.kind, d.record_id, d.title, d.body, d.folded, d.place, d.changed_at, d.org_id, o.name "
           "FROM JSON_TABLE(:numbers, '$[*]' COLUMNS (at FOR ORDINALITY, n BIGINT UNSIGNED PATH '$')) j "
           "JOIN search_docs d ON d.doc_no = j.n LEFT JOIN orgs o ON o.id = d.org_id ORDER BY j.at");

struct error *term_blocks(struct request *r, struct str term, uint32_t from, uint32_t to, struct rows *out)
{
    return db_query(r->db, r->arena, &term_blocks_sql, ARGS(A_BYTES("term", term.p, term.n), A_INT("from", from), A_INT("to", to)),
                    out);
}

struct error *term_weight(struct request *r, struct str term, int64_t *out)
{
    return db_int(r->db, r->arena, &term_weight_sql, ARGS(A_BYTES("term", term.p, term.n)), 0, out);
}

struct error *scope_docs(struct request *r, int64_t limit, int64_t *out)
{
    return db_int(r->db, r->arena, &scope_docs_sql, ARGS(A_SCOPE(&r->who->scope), A_INT("most", limit)), 0, out);
}

#define WORD(q, i) ((q)->words > (i) ? (q)->word[i] : (struct str){NULL, 0})
#define ASK_ARGS(ask)                                                                                           \
    A_STR("w0", (ask)->query->word[0]), A_OPT("w1", WORD((ask)->query, 1)), A_OPT("w2", WORD((ask)->query, 2)), \
        A_OPT("w3", WORD((ask)->query, 3)), A_OPT("w4", WORD((ask)->query, 4)), A_Z("kinds", (ask)->kinds)

struct error *hits_among(struct request *r, const struct search_ask *ask, struct str numbers, struct rows *out)
{
    return db_query(r->db, r->arena, &hits_among_sql, ARGS(A_SCOPE(&r->who->scope), A_STR("numbers", numbers), ASK_ARGS(ask)), out);
}

struct error *hits_in_scope(struct request *r, const struct search_ask *ask, struct rows *out)
{
    return db_query(r->db, r->arena, &hits_in_scope_sql, ARGS(A_SCOPE(&r->who->scope), ASK_ARGS(ask)), out);
}

struct error *hits_shown(struct request *r, struct str numbers, struct rows *out)
{
    return db_query(r->db, r->arena, &hits_shown_sql, ARGS(A_STR("numbers", numbers)), out);
}

struct error *last_block(struct request *r, uint32_t *out)
{
    uint64_t last;
    TRY(docs_last(r->db, r->arena, &last));
    *out = (uint32_t)(last >> SEARCH_BLOCK_BITS);
    return NULL;
}
