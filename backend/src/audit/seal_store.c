#include "audit/seal_store.h"

#include "kernel/clock.h"

SQL(seal_last_sql, "SELECT seq, at, root, prev_root, signature FROM audit_seals ORDER BY seq DESC LIMIT 1");
SQL(seal_insert_sql, "INSERT INTO audit_seals (seq, at, root, prev_root, heads, signature) VALUES (:seq, :at, :root, "
                     ":prev_root, :heads, :signature)");
SQL(seals_after_sql, "SELECT seq, at, root, prev_root, signature, heads FROM audit_seals WHERE seq > :after ORDER BY seq "
                     "LIMIT :most");
SQL_SYSTEM(segments_open_sql, "seals cover every row, whoever's it is",
           "SELECT s.id, l.n, l.mac, s.sealed_rows, s.opened_at < :old FROM audit_segments s JOIN audit_log l ON l.segment = "
           "s.id AND l.n = (SELECT MAX(m.n) FROM audit_log m WHERE m.segment = s.id) WHERE s.final = FALSE ORDER BY s.id "
           "LIMIT :most");
SQL(segment_sealed_sql, "UPDATE audit_segments SET sealed_at = IF(sealed_rows = :rows, sealed_at, :now), sealed_rows = :rows, "
                        "final = :final WHERE id = :id");
SQL_SYSTEM(segment_next_sql, "verification reads every row",
           "SELECT segment FROM audit_log WHERE segment > :after ORDER BY segment LIMIT 1");
SQL(segment_known_sql, "SELECT COUNT(*) FROM audit_segments WHERE id = :id");
SQL_SYSTEM(segment_rows_sql, "verification reads every row",
           "SELECT n, prev, mac, id, at, actor_user, actor_client, actor_org, address, request_id, action, subject_kind, "
           "subject_id, result, job_id, before_json, after_json, org_id FROM audit_log WHERE segment = :segment AND n >= "
           ":from ORDER BY n LIMIT :most");

static void digest_of(struct rows *r, unsigned col, unsigned char out[DIGEST_BYTES])
{
    struct str s = row_text(r, col);
    memset(out, 0, DIGEST_BYTES);
    memcpy(out, s.p, s.n < DIGEST_BYTES ? s.n : DIGEST_BYTES);
}

static void id_of(struct rows *r, unsigned col, char out[37])
{
    struct str s = row_text(r, col);
    memset(out, 0, 37);
    memcpy(out, s.p, s.n < ID_LEN ? s.n : ID_LEN);
}

static struct str text_of(struct rows *r, struct arena *a, unsigned col)
{
    if (row_null(r, col))
        return (struct str){NULL, 0};
    struct str s = row_text(r, col);
    return (struct str){str_dup(a, s), s.n};
}

static void seal_of(struct rows *r, struct arena *a, struct seal *out)
{
    *out = (struct seal){.seq = (uint64_t)row_int(r, 0)};
    clock_sql(row_time(r, 1), out->at);
    digest_of(r, 2, out->root);
    digest_of(r, 3, out->prev_root);
    out->signature = text_of(r, a, 4);
}

struct error *seal_last(struct db *db, struct arena *a, struct seal *out)
{
    struct rows r;
    bool found;
    *out = (struct seal){0};
    TRY(db_one(db, a, &seal_last_sql, NO_ARGS, &r, &found));
    if (!found)
        return NULL;
    seal_of(&r, a, out);
    return rows_end(&r);
}

struct error *seal_insert(struct db *db, struct arena *a, const struct seal *s)
{
    return db_exec(db, a, &seal_insert_sql,
                   ARGS(A_INT("seq", (int64_t)s->seq), A_Z("at", s->at), A_BYTES("root", s->root, DIGEST_BYTES),
                        A_BYTES("prev_root", s->prev_root, DIGEST_BYTES), A_STR("heads", s->heads),
                        A_BYTES("signature", s->signature.p, s->signature.n)),
                   NULL);
}

struct error *seals_after(struct db *db, struct arena *a, uint64_t after, size_t most, struct seal *out, size_t *n)
{
    struct rows r;
    *n = 0;
    TRY(db_query(db, a, &seals_after_sql, ARGS(A_INT("after", (int64_t)after), A_INT("most", (int64_t)most)), &r));
    while (*n < most && rows_next(&r)) {
        seal_of(&r, a, &out[*n]);
        out[(*n)++].heads = text_of(&r, a, 5);
    }
    return rows_end(&r);
}

struct error *segments_open(struct db *db, struct arena *a, int64_t old_before, size_t most, struct open_segment *out, size_t *n)
{
    struct rows r;
    *n = 0;
    TRY(db_query(db, a, &segments_open_sql, ARGS(A_TIME(a, "old", old_before), A_INT("most", (int64_t)most)), &r));
    while (*n < most && rows_next(&r)) {
        struct open_segment *s = &out[(*n)++];
        id_of(&r, 0, s->head.segment);
        s->head.n = (uint32_t)row_int(&r, 1);
        digest_of(&r, 2, s->head.mac);
        s->sealed_rows = row_int(&r, 3);
        s->old = row_int(&r, 4) != 0;
    }
    return rows_end(&r);
}

struct error *segments_sealed(struct db *db, struct arena *a, const struct str *segment, const int64_t *rows, const int64_t *final,
                              size_t n, int64_t now)
{
    return db_exec_many(
        db, a, &segment_sealed_sql, n,
        COLUMNS(C_TEXT("id", segment), C_INT("rows", rows, NULL), C_INT("final", final, NULL), C_SAME(A_TIME(a, "now", now))),
        NULL);
}

struct error *segment_next(struct db *db, struct arena *a, const char *after, char out[37], bool *found)
{
    struct rows r;
    TRY(db_one(db, a, &segment_next_sql, ARGS(A_Z("after", after)), &r, found));
    if (!*found)
        return NULL;
    id_of(&r, 0, out);
    return rows_end(&r);
}

struct error *segment_known(struct db *db, struct arena *a, const char *segment, bool *known)
{
    int64_t n;
    TRY(db_int(db, a, &segment_known_sql, ARGS(A_Z("id", segment)), 0, &n));
    *known = n > 0;
    return NULL;
}

struct error *segment_rows(struct db *db, struct arena *a, const char *segment, uint64_t from, size_t most, struct stored_row *out,
                           size_t *n)
{
    struct rows r;
    *n = 0;
    TRY(db_query(db, a, &segment_rows_sql,
                 ARGS(A_Z("segment", segment), A_INT("from", (int64_t)from), A_INT("most", (int64_t)most)), &r));
    while (*n < most && rows_next(&r)) {
        struct stored_row *row = &out[(*n)++];
        row->fields.segment = segment;
        row->fields.n = (uint32_t)row_int(&r, 0);
        digest_of(&r, 1, row->prev);
        digest_of(&r, 2, row->mac);
        for (unsigned i = 0; i < CHAIN_VALUES; i++) /* the columns stand in the order of the values */
            row->fields.values[i] = text_of(&r, a, 3 + i);
    }
    return rows_end(&r);
}
