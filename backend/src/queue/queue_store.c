#include "queue/queue_store.h"

#include "http/org_columns.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "kernel/log.h"

enum { LEASE_SECONDS = 30 };

SQL(job_insert_sql, "INSERT INTO jobs (id, kind, params, created_by, created_at, request_id, " ORG_COLUMNS ") "
                    "VALUES (:id, :kind, :params, :created_by, :now, :request, " ORG_VALUES ")");
SQL_SYSTEM(job_take_sql, "a worker takes any job",
           "UPDATE jobs SET state = 'running', lease_holder = :holder, lease_until = :until, attempts = attempts + 1, "
           "started_at = COALESCE(started_at, :now) WHERE id = :id AND "
           "((state = 'queued' AND (not_before IS NULL OR not_before <= :now)) OR (state = 'running' AND lease_until < :now))");
SQL_SYSTEM(job_read_sql, "a worker reads the job that it holds",
           "SELECT kind, params, checkpoint, created_by, rows_total, rows_done, created, updated, rejected, attempts, "
           "org_id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code, request_id FROM jobs WHERE id = :id");
SQL_SYSTEM(job_update_sql, "the job that this worker holds",
           "UPDATE jobs SET rows_total = :rows_total, rows_done = :rows_done, created = :created, updated = :updated, "
           "rejected = :rejected, checkpoint = :checkpoint, lease_until = :until "
           "WHERE id = :id AND state = 'running' AND lease_holder = :holder");
SQL_SYSTEM(job_finish_sql, "the job that this worker holds",
           "UPDATE jobs SET state = :state, result = :result, error = :error, rows_total = :rows_total, "
           "rows_done = :rows_done, created = :created, updated = :updated, rejected = :rejected, finished_at = :now, "
           "lease_holder = NULL, lease_until = NULL WHERE id = :id AND state = 'running' AND lease_holder = :holder");
SQL_SYSTEM(job_requeue_sql, "the job that this worker holds",
           "UPDATE jobs SET state = 'queued', error = :error, not_before = :not_before, lease_holder = NULL, "
           "lease_until = NULL WHERE id = :id AND state = 'running' AND lease_holder = :holder");
SQL_SYSTEM(jobs_waiting_sql, "a worker looks for any job",
           "(SELECT id, created_at FROM jobs WHERE state = 'queued' AND (not_before IS NULL OR not_before <= :now) "
           "ORDER BY created_at LIMIT 20) UNION ALL "
           "(SELECT id, created_at FROM jobs WHERE state = 'running' AND lease_until < :now ORDER BY created_at LIMIT 20) "
           "ORDER BY created_at");

SQL(outbox_insert_sql, "INSERT INTO outbox (id, topic, subject_id, payload, created_at, request_id) "
                       "VALUES (:id, :topic, :subject, :payload, :now, :request)");
SQL(outbox_counter_sql, "INSERT INTO counters (name, value) VALUES ('change_seq', 0) ON DUPLICATE KEY UPDATE value = value");
SQL(outbox_counter_lock_sql, "SELECT value FROM counters WHERE name = 'change_seq' FOR UPDATE");
SQL(outbox_counter_set_sql, "UPDATE counters SET value = :value WHERE name = 'change_seq'");
SQL(outbox_last_sql, "SELECT value FROM counters WHERE name = 'change_seq'");
SQL(outbox_any_sql, "SELECT 1 FROM outbox WHERE change_seq IS NULL LIMIT 1");
SQL(outbox_unsent_sql, "SELECT id, IF(topic = 'job', subject_id, NULL) FROM outbox WHERE change_seq IS NULL LIMIT :limit "
                       "FOR UPDATE SKIP LOCKED");
SQL(outbox_set_sql, "UPDATE outbox SET change_seq = :seq WHERE id = :id");
SQL(outbox_after_sql,
    "SELECT change_seq, topic, subject_id, payload, request_id FROM outbox WHERE change_seq > :after AND topic = :topic "
    "ORDER BY change_seq LIMIT :limit");
SQL(cursor_get_sql, "SELECT value FROM counters WHERE name = CONCAT('cursor:', :consumer)");
SQL(cursor_set_sql, "INSERT INTO counters (name, value) VALUES (CONCAT('cursor:', :consumer), :seq) "
                    "ON DUPLICATE KEY UPDATE value = GREATEST(value, :seq)");

struct error *job_insert(struct db *db, struct arena *a, const char *id, const char *kind, const char *params,
                         const char *created_by, const struct org_stamp *org)
{
    return db_exec(db, a, &job_insert_sql,
                   ARGS(A_Z("id", id), A_Z("kind", kind), A_Z("params", params), A_OPT("created_by", str_of(created_by)),
                        A_TIME(a, "now", clock_now_us()), A_OPT("request", str_of(log_request())), ORG_ARGS(org)),
                   NULL);
}

static void drop_json(void *p)
{
    json_decref(p);
}

static json_t *parse(struct arena *a, struct str text)
{
    json_t *v = text.n ? json_loadb(text.p, text.n, JSON_DECODE_ANY, NULL) : NULL;
    if (v)
        arena_cleanup(a, drop_json, v);
    return v;
}

static void read_job(struct rows *r, struct job *j, int64_t *attempts)
{
    str_copy(j->kind, sizeof j->kind, row_text(r, 0));
    j->params = parse(j->arena, row_text(r, 1));
    j->checkpoint = parse(j->arena, row_text(r, 2));
    str_copy(j->created_by, sizeof j->created_by, row_text(r, 3));
    j->rows_total = row_null(r, 4) ? -1 : row_int(r, 4);
    j->rows_done = row_int(r, 5);
    j->created = row_int(r, 6);
    j->updated = row_int(r, 7);
    j->rejected = row_int(r, 8);
    *attempts = row_int(r, 9);
    row_org(r, 10, &j->org);
    str_copy(j->request_id, sizeof j->request_id, row_text(r, 18));
}

struct error *job_take(struct services *s, struct arena *a, const char *id, struct job *out, int64_t *attempts, bool *taken)
{
    int64_t now = clock_now_us();
    uint64_t n;
    TRY(db_exec(
        s->db, a, &job_take_sql,
        ARGS(A_Z("id", id), A_Z("holder", s->holder), A_TIME(a, "now", now), A_TIME(a, "until", now + LEASE_SECONDS * 1000000LL)),
        &n));
    *taken = n == 1;
    if (!*taken)
        return NULL;
    *out = (struct job){.services = s, .arena = a};
    str_copy(out->id, sizeof out->id, str_of(id));
    struct rows rows;
    bool found;
    TRY(db_one(s->db, a, &job_read_sql, ARGS(A_Z("id", id)), &rows, &found));
    if (!found)
        return error_new(a, ERR_INTERNAL, "job %s vanished", id);
    read_job(&rows, out, attempts);
    return rows_end(&rows);
}

#define COUNT_ARGS(j)                                                                                                          \
    A_Z("id", (j)->id), A_Z("holder", (j)->services->holder),                                                                  \
        (j)->rows_total < 0 ? A_NULL("rows_total") : A_INT("rows_total", (j)->rows_total), A_INT("rows_done", (j)->rows_done), \
        A_INT("created", (j)->created), A_INT("updated", (j)->updated), A_INT("rejected", (j)->rejected)

struct error *job_update(struct job *j, const char *checkpoint, uint64_t *affected)
{
    return db_exec(
        j->services->db, j->arena, &job_update_sql,
        ARGS(COUNT_ARGS(j), A_Z("checkpoint", checkpoint), A_TIME(j->arena, "until", clock_now_us() + LEASE_SECONDS * 1000000LL)),
        affected);
}

struct error *job_finish(struct job *j, const char *state, const char *result, const char *error, uint64_t *affected)
{
    return db_exec(j->services->db, j->arena, &job_finish_sql,
                   ARGS(COUNT_ARGS(j), A_Z("state", state), A_Z("result", result), A_Z("error", error),
                        A_TIME(j->arena, "now", clock_now_us())),
                   affected);
}

struct error *job_requeue(struct job *j, const char *error, int64_t delay_us)
{
    return db_exec(j->services->db, j->arena, &job_requeue_sql,
                   ARGS(A_Z("id", j->id), A_Z("holder", j->services->holder), A_Z("error", error),
                        A_TIME(j->arena, "not_before", clock_now_us() + delay_us)),
                   NULL);
}

struct error *jobs_waiting(struct services *s, struct arena *a, struct rows *out)
{
    return db_query(s->db, a, &jobs_waiting_sql, ARGS(A_TIME(a, "now", clock_now_us())), out);
}

struct error *outbox_insert(struct db *db, struct arena *a, const char *topic, const char *subject_id, const char *payload)
{
    return db_exec(db, a, &outbox_insert_sql,
                   ARGS(A_Z("id", id_new().s), A_Z("topic", topic), A_Z("subject", subject_id), A_Z("payload", payload),
                        A_TIME(a, "now", clock_now_us()), A_OPT("request", str_of(log_request()))),
                   NULL);
}

struct error *outbox_last(struct db *db, struct arena *a, uint64_t *out)
{
    int64_t v;
    TRY(db_int(db, a, &outbox_last_sql, NO_ARGS, 0, &v));
    *out = (uint64_t)v;
    return NULL;
}

struct error *outbox_unsent(struct db *db, struct arena *a, bool *any)
{
    int64_t one;
    TRY(db_int(db, a, &outbox_any_sql, NO_ARGS, 0, &one));
    *any = one == 1;
    return NULL;
}

struct error *outbox_number(struct db *db, struct arena *a, int limit, int64_t *n, const char ***jobs, size_t *job_count)
{
    struct rows rows;
    int64_t value;
    *n = 0;
    *jobs = arena_array(a, (size_t)limit, sizeof **jobs);
    *job_count = 0;
    TRY(db_query(db, a, &outbox_unsent_sql, ARGS(A_INT("limit", limit)), &rows));
    struct str *ids = arena_array(a, (size_t)limit, sizeof *ids);
    int64_t *seqs = arena_array(a, (size_t)limit, sizeof *seqs);
    while (*n < limit && rows_next(&rows)) {
        ids[(*n)++] = str_of(row_dup(&rows, a, 0));
        if (!row_null(&rows, 1))
            (*jobs)[(*job_count)++] = row_dup(&rows, a, 1);
    }
    TRY(rows_end(&rows));
    if (*n == 0)
        return NULL;
    TRY(db_exec(db, a, &outbox_counter_sql, NO_ARGS, NULL));
    TRY(db_int(db, a, &outbox_counter_lock_sql, NO_ARGS, 0, &value));
    for (int64_t i = 0; i < *n; i++)
        seqs[i] = value + i + 1;
    TRY(db_exec_many(db, a, &outbox_set_sql, (size_t)*n, COLUMNS(C_INT("seq", seqs, NULL), C_TEXT("id", ids)), NULL));
    return db_exec(db, a, &outbox_counter_set_sql, ARGS(A_INT("value", value + *n)), NULL);
}

struct error *outbox_after(struct db *db, struct arena *a, const char *topic, uint64_t after, int limit, struct rows *out)
{
    return db_query(db, a, &outbox_after_sql, ARGS(A_INT("after", (int64_t)after), A_Z("topic", topic), A_INT("limit", limit)),
                    out);
}

struct error *cursor_get(struct db *db, struct arena *a, const char *consumer, uint64_t *out)
{
    int64_t v;
    TRY(db_int(db, a, &cursor_get_sql, ARGS(A_Z("consumer", consumer)), 0, &v));
    *out = (uint64_t)v;
    return NULL;
}

struct error *cursor_set(struct db *db, struct arena *a, const char *consumer, uint64_t seq)
{
    return db_exec(db, a, &cursor_set_sql, ARGS(A_Z("consumer", consumer), A_INT("seq", (int64_t)seq)), NULL);
}
