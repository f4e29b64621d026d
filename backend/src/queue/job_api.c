/* /jobs: long work as its administrator sees it. */
#include "json/write.h"
#include "kernel/clock.h"
#include "queue/job.h"
#include "queue/job_read_store.h"

struct error *job_overview(struct request *r);
struct error *job_list(struct request *r);
struct error *job_replay(struct request *r);

static void put_age(struct jw *w, const char *key, int64_t since, int64_t now)
{
    if (since)
        jw_int(w, key, now > since ? (now - since) / 1000000 : 0);
    else
        jw_null(w, key);
}

static void put_kind(struct jw *w, struct rows *x, int64_t now)
{
    jw_object_begin(w, NULL);
    jw_str(w, "kind", row_text(x, 0));
    jw_int(w, "queued", row_int(x, 1));
    jw_int(w, "running", row_int(x, 2));
    jw_int(w, "failed", row_int(x, 3));
    jw_int(w, "done_hour", row_int(x, 4));
    put_age(w, "oldest_s", row_time(x, 5), now);
    if (row_null(x, 6))
        jw_null(w, "seconds");
    else
        jw_real(w, "seconds", row_real(x, 6) / 1e6);
    jw_object_end(w);
}

struct error *job_overview(struct request *r)
{
    struct rows rows;
    int64_t now = clock_now_us(), waiting, oldest;
    TRY(job_kind_rows(r, &rows));
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    jw_array_begin(&w, "kinds");
    while (rows_next(&rows))
        put_kind(&w, &rows, now);
    TRY(rows_end(&rows));
    jw_array_end(&w);
    TRY(outbox_waiting(r, &waiting, &oldest));
    jw_object_begin(&w, "outbox");
    jw_int(&w, "waiting", waiting);
    put_age(&w, "oldest_s", oldest, now);
    jw_object_end(&w);
    jw_object_end(&w);
    return reply_written(r, 200);
}

struct error *job_list(struct request *r)
{
    static const char *const times[] = {"created_at", "started_at", "finished_at", "next_at"};
    struct page p;
    struct rows x;
    int64_t total;
    TRY(page_of(r, &p));
    TRY(job_count(r, &total));
    TRY(job_page(r, &p, &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        jw_object_begin(&w, NULL);
        jw_str(&w, "id", row_text(&x, 0));
        jw_str(&w, "kind", row_text(&x, 1));
        jw_str(&w, "state", row_text(&x, 2));
        jw_row_text(&w, "error", &x, 3);
        jw_int(&w, "attempts", row_int(&x, 4));
        jw_int(&w, "rows_done", row_int(&x, 5));
        jw_row_int(&w, "rows_total", &x, 6);
        jw_row_text(&w, "created_by", &x, 7);
        jw_row_text(&w, "org_name", &x, 8);
        for (unsigned i = 0; i < 4; i++)
            jw_row_time(&w, times[i], &x, 9 + i);
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    return list_end(r, &p, total, NULL);
}

struct error *job_replay(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct org_stamp org;
    char state[16];
    bool found;
    uint64_t n;
    TRY(job_find(r, id, &org, state, &found));
    if (!found)
        return not_found(r);
    TRY(job_again(r, id, &n));
    if (!n)
        return conflict(r, "the job is %s: only a failed one is run again", state);
    TRY(outbox_put(r->db, r->arena, "job", id, NULL));
    request_audit(r, "job", id, &org, STR("{\"state\":\"failed\"}"), STR("{\"state\":\"queued\"}"));
    return reply_empty(r, 204);
}
