#include "ingest/ingest_store.h"

#include "http/org_columns.h"
#include "ingest/source_store.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "queue/job.h"

SQL(request_keep_sql, "INSERT INTO event_requests (principal, digest, received_at, answer) VALUES (:who, :digest, :now, :answer) "
                      "ON DUPLICATE KEY UPDATE answer = IF(received_at < :since, VALUES(answer), answer), "
                      "received_at = IF(received_at < :since, VALUES(received_at), received_at)");
SQL(request_answer_sql, "SELECT answer FROM event_requests WHERE principal = :who AND digest = :digest");
SQL(requests_expire_sql, "DELETE FROM event_requests WHERE received_at < :since LIMIT 5000");
SQL(batch_insert_sql, "INSERT INTO event_batches (id, source_id, principal, format, received_at, line_count, byte_count, body) "
                      "VALUES (:id, :source, :who, :format, :now, :lines, :bytes, :body)");
SQL(part_insert_sql, "INSERT INTO event_parts (part, batch_id, first_line, line_count) VALUES (:part, :batch, :first, :count)");
SQL_SYSTEM(batch_read_sql, "a worker stores what any source sent",
           "SELECT b.source_id, b.format, b.received_at, b.line_count, b.byte_count, b.body, s.tz, s.victim, s.space_id, "
           "s.org_id, s.org_l1, s.org_l2, s.org_l3, s.org_l4, s.org_l5, s.org_l6, s.sector_code "
           "FROM event_batches b JOIN sources s ON s.id = b.source_id WHERE b.id = :id");
SQL(parts_waiting_sql, "SELECT batch_id, first_line, line_count FROM event_parts WHERE part = :part AND batch_id < :before "
                       "ORDER BY batch_id, first_line LIMIT :max");
SQL(part_take_sql, "DELETE FROM event_parts WHERE part = :part AND batch_id = :batch AND first_line = :first");

#define KEPT_US (24 * 3600 * INT64_C(1000000))

struct error *request_keep(struct request *r, const unsigned char digest[32], struct str *answer, bool *first)
{
    uint64_t n = 0;
    struct rows rows;
    bool found;
    int64_t now = clock_now_us();
    const struct sql_arg *args = ARGS(A_Z("who", r->who->id), A_BYTES("digest", digest, 32), A_TIME(r->arena, "now", now),
                                      A_TIME(r->arena, "since", now - KEPT_US), A_STR("answer", *answer));
    TRY(db_exec(r->db, r->arena, &request_keep_sql, args, &n));
    *first = n > 0;
    if (*first)
        return NULL;
    TRY(db_one(r->db, r->arena, &request_answer_sql, args, &rows, &found));
    if (!found)
        return error_new(r->arena, ERR_IN_PROGRESS, "the same request is still running");
    *answer = str_of(row_dup(&rows, r->arena, 0));
    return rows_end(&rows);
}

static struct error *requests_expire(struct services *s, struct arena *a)
{
    uint64_t n;
    do
        TRY(db_exec(s->db, a, &requests_expire_sql, ARGS(A_TIME(a, "since", clock_now_us() - KEPT_US)), &n));
    while (n);
    return NULL;
}
DUTY(event_requests_expire, 600000, requests_expire);

struct error *batch_insert(struct request *r, const char *id, const struct source *source, int format, const struct batch *b)
{
    int64_t *part = arena_array(r->arena, b->part_count, sizeof *part),
            *first = arena_array(r->arena, b->part_count, sizeof *first),
            *count = arena_array(r->arena, b->part_count, sizeof *count);
    for (size_t i = 0; i < b->part_count; i++) {
        part[i] = b->parts[i].part;
        first[i] = b->parts[i].first;
        count[i] = b->parts[i].count;
    }
    TRY(db_exec(r->db, r->arena, &batch_insert_sql,
                ARGS(A_Z("id", id), A_Z("source", source->id), A_Z("who", r->who->id), A_INT("format", format),
                     A_TIME(r->arena, "now", clock_now_us()), A_INT("lines", b->lines), A_INT("bytes", b->bytes),
                     A_BYTES("body", b->body.p, b->body.n)),
                NULL));
    return db_exec_many(
        r->db, r->arena, &part_insert_sql, b->part_count,
        COLUMNS(C_INT("part", part, NULL), C_SAME(A_Z("batch", id)), C_INT("first", first, NULL), C_INT("count", count, NULL)),
        NULL);
}

struct error *batch_read(struct services *s, struct arena *a, const char *id, struct stored_batch *out, bool *found)
{
    struct rows rows;
    TRY(db_one(s->db, a, &batch_read_sql, ARGS(A_Z("id", id)), &rows, found));
    if (!*found)
        return NULL;
    struct str body = row_text(&rows, 5);
    *out = (struct stored_batch){.format = (int)row_int(&rows, 1),
                                 .received_at = row_time(&rows, 2),
                                 .lines = (uint32_t)row_int(&rows, 3),
                                 .bytes = (uint32_t)row_int(&rows, 4),
                                 .body = {str_dup(a, body), body.n}};
    str_copy(out->id, sizeof out->id, str_of(id));
    str_copy(out->source_id, sizeof out->source_id, row_text(&rows, 0));
    str_copy(out->space_id, sizeof out->space_id, row_text(&rows, 8));
    row_org(&rows, 9, &out->seen_by);
    bool usable = source_rules(str_of(out->source_id), row_text(&rows, 6), row_text(&rows, 7), &out->rules);
    TRY(rows_end(&rows));
    return usable ? NULL : error_new(a, ERR_INTERNAL, "source %s cannot be used", out->source_id);
}

struct error *parts_waiting(struct services *s, struct arena *a, unsigned part, const char *before_id, size_t max,
                            struct part_ref *out, size_t *n)
{
    struct rows rows;
    *n = 0;
    TRY(db_query(s->db, a, &parts_waiting_sql, ARGS(A_INT("part", part), A_Z("before", before_id), A_INT("max", (int64_t)max)),
                 &rows));
    while (*n < max && rows_next(&rows)) {
        struct part_ref *p = &out[(*n)++];
        *p = (struct part_ref){.part = part, .first = (uint32_t)row_int(&rows, 1), .count = (uint32_t)row_int(&rows, 2)};
        str_copy(p->batch, sizeof p->batch, row_text(&rows, 0));
    }
    return rows_end(&rows);
}

struct error *parts_take(struct services *s, struct arena *a, const struct part_ref *p, size_t n, bool *missing)
{
    int64_t *part = arena_array(a, n, sizeof *part), *first = arena_array(a, n, sizeof *first);
    struct str *batch = arena_array(a, n, sizeof *batch);
    uint64_t gone;
    for (size_t i = 0; i < n; i++) {
        part[i] = p[i].part;
        first[i] = p[i].first;
        batch[i] = (struct str){p[i].batch, 36};
    }
    TRY(db_exec_many(s->db, a, &part_take_sql, n,
                     COLUMNS(C_INT("part", part, NULL), C_TEXT("batch", batch), C_INT("first", first, NULL)), &gone));
    *missing = gone != n;
    return NULL;
}

struct error *parts_take_each(struct services *s, struct arena *a, const struct part_ref *p, size_t n, bool *taken)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t gone = 0;
        TRY(db_exec(s->db, a, &part_take_sql, ARGS(A_INT("part", p[i].part), A_Z("batch", p[i].batch), A_INT("first", p[i].first)),
                    &gone));
        taken[i] = gone == 1;
    }
    return NULL;
}
