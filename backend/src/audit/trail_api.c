/* /audit: the trail as the auditor reads it, and its verification as a job. */
#include "audit/sealing.h"
#include "audit/trail_store.h"
#include "json/write.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "notify/notify.h"
#include "queue/job.h"
#include "queue/schedule.h"

struct error *audit_list(struct request *r);
struct error *audit_get(struct request *r);
struct error *audit_status(struct request *r);
struct error *audit_verification_create(struct request *r);

#define DAY (INT64_C(86400) * 1000000)
enum { DAYS_GIVEN = 7, DAYS_MAX = 92, SIZE_GIVEN = 50 };

/* Members of a row up to job_id; the object stays open. */
static void put_row(struct jw *w, struct rows *x)
{
    static const char *const text[] = {"action",  "result",     "username",     "display_name", "client_name",      "org_name",
                                       "address", "request_id", "subject_kind", "subject_id",   "subject_org_name", "job_id"};
    jw_object_begin(w, NULL);
    jw_str(w, "id", row_text(x, 0));
    jw_row_time(w, "at", x, 1);
    for (unsigned i = 0; i < sizeof text / sizeof *text; i++)
        jw_row_text(w, text[i], x, i + 2);
}

struct error *trail_span(struct request *r, int64_t from, int64_t to)
{
    if (from >= to)
        return invalid(r, "to", "order", "the end lies before the beginning");
    return to - from > DAYS_MAX * DAY ? invalid(r, "from", "maximum", "at most %d days at once", DAYS_MAX) : NULL;
}

static struct error *filter_of(struct request *r, struct trail_filter *f)
{
    *f = (struct trail_filter){0};
    f->to = param_time(r, "to", clock_now_us() + 1000000);
    f->from = param_time(r, "from", f->to - DAYS_GIVEN * DAY);
    TRY(trail_span(r, f->from, f->to));
    f->user = param_str(r, "user");
    f->action = param_str(r, "action");
    f->kind = param_str(r, "kind");
    f->subject = param_str(r, "subject");
    f->address = param_str(r, "address");
    f->request_id = param_str(r, "request_id");
    f->failed = param_bool(r, "failed", false);
    struct str rest = param_str(r, "after");
    if (rest.n) {
        struct str at = str_cut(&rest, '_');
        if (!str_i64(at, &f->after_at))
            return invalid(r, "after", "pattern", "not a cursor");
        f->after_id = rest;
    }
    return NULL;
}

struct error *audit_list(struct request *r)
{
    struct trail_filter f;
    struct rows rows;
    int64_t size = param_int(r, "size", SIZE_GIVEN), n = 0, at = 0;
    char last[37] = "";
    TRY(filter_of(r, &f));
    TRY(trail_rows(r->db, r->arena, &r->who->scope, &f, size + 1, &rows));
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    jw_array_begin(&w, "items");
    while (rows_next(&rows)) {
        if (n++ == size) /* one more than asked for: there is a next page */
            continue;
        at = row_time(&rows, 1);
        str_copy(last, sizeof last, row_text(&rows, 0));
        put_row(&w, &rows);
        jw_object_end(&w);
    }
    TRY(rows_end(&rows));
    jw_array_end(&w);
    jw_int(&w, "size", size);
    jw_z(&w, "next", n > size ? arena_printf(r->arena, "%lld_%s", (long long)at, last) : NULL);
    jw_time(&w, "from", f.from);
    jw_time(&w, "to", f.to);
    jw_object_end(&w);
    return reply_written(r, 200);
}

struct error *audit_get(struct request *r)
{
    struct rows x;
    bool found;
    TRY(trail_row(r, param_str(r, "id").p, &x, &found));
    if (!found)
        return not_found(r);
    struct jw w = jw_of(&r->reply);
    put_row(&w, &x);
    jw_row_json(&w, "before", &x, 14);
    jw_row_json(&w, "after", &x, 15);
    jw_str(&w, "segment", row_text(&x, 16));
    jw_int(&w, "n", row_int(&x, 17));
    jw_object_end(&w);
    TRY(rows_end(&x));
    return reply_written(r, 200);
}

struct error *audit_status(struct request *r)
{
    struct rows x;
    bool found;
    TRY(trail_status(r, &x, &found));
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    if (found) {
        jw_row_time(&w, "sealed_at", &x, 0);
        jw_int(&w, "seals", row_int(&x, 1));
        jw_int(&w, "unsealed_rows", row_int(&x, 2));
        if (row_null(&x, 3)) {
            jw_null(&w, "verification");
        } else {
            jw_object_begin(&w, "verification");
            jw_row_text(&w, "state", &x, 3);
            jw_row_time(&w, "at", &x, row_null(&x, 5) ? 4 : 5);
            jw_row_text(&w, "error", &x, 6);
            jw_row_json(&w, "report", &x, 7);
            jw_object_end(&w);
        }
        TRY(rows_end(&x));
    }
    jw_object_end(&w);
    return reply_written(r, 200);
}

static struct error *tell_broken(struct job *j, const struct audit_report *report)
{
    const struct audit_problem *first = &report->problems[0];
    const struct notice n = {.event = "audit.broken",
                             .subject_kind = "job",
                             .subject_id = j->id,
                             .title = str_of(arena_printf(j->arena, "%s %s", first->kind, first->detail ? first->detail : "")),
                             .permission = "audit.read"};
    return notice_put_many(j->services->db, j->arena, &n, 1, clock_now_us());
}

static struct error *verify(struct job *j)
{
    struct audit_report report;
    TRY(audit_verify(j->services, j->arena, &report));
    json_t *result = json_loads(audit_report_json(j->arena, &report).p, 0, NULL);
    struct error *e = db_begin(j->services->db, j->arena);
    if (!e && report.problem_count)
        e = tell_broken(j, &report);
    if (!e)
        e = job_done(j, result);
    json_decref(result);
    return db_finish(j->services->db, j->arena, e);
}
JOB(audit_verification, verify);
SCHEDULE(audit_verification, "30 2 * * *");

struct error *audit_verification_create(struct request *r)
{
    uuid id = id_new();
    TRY(job_put(r->services, r->arena, id.s, "audit_verification", NULL, r->who->id, &r->who->org));
    request_audit(r, "job", id.s, &r->who->org, STR(""), STR(""));
    return reply_accepted(r, id.s);
}
