/* /schedules: what starts by itself, and when. */
#include "json/write.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "queue/cron.h"
#include "queue/job.h"
#include "queue/schedule.h"

struct error *schedule_list(struct request *r);
struct error *schedule_set(struct request *r);
struct error *schedule_run(struct request *r);

enum { NEXT_SHOWN = 5 };

static void put_next(struct jw *w, struct str expression, int64_t first)
{
    struct cron cron;
    jw_array_begin(w, "next");
    if (cron_parse(expression, &cron))
        for (int i = 0; i < NEXT_SHOWN && first; i++, first = cron_next(&cron, first))
            jw_time(w, NULL, first);
    jw_array_end(w);
}

struct error *schedule_list(struct request *r)
{
    struct rows x;
    TRY(schedule_rows(r, &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        const struct schedule *shipped = schedule_of(row_text(&x, 0));
        if (!shipped)
            continue;
        jw_object_begin(&w, NULL);
        jw_str(&w, "name", row_text(&x, 0));
        jw_str(&w, "cron", row_text(&x, 1));
        jw_z(&w, "shipped", shipped->cron);
        jw_bool(&w, "enabled", row_int(&x, 2) != 0);
        put_next(&w, row_text(&x, 1), row_int(&x, 2) ? row_time(&x, 3) : 0);
        jw_row_time(&w, "last_at", &x, 4);
        jw_row_text(&w, "job_id", &x, 5);
        jw_row_text(&w, "job_state", &x, 6);
        jw_row_text(&w, "error", &x, 7);
        jw_int(&w, "version", row_int(&x, 8));
        jw_row_time(&w, "changed_at", &x, 9);
        jw_row_text(&w, "changed_by_name", &x, 10);
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    return list_end_whole(r);
}

struct found {
    struct str text; /* for the trail */
    int64_t version;
};

static struct error *find(struct request *r, struct str name, struct found *out)
{
    struct rows x;
    bool found = false;
    TRY(schedule_rows(r, &x));
    while (rows_next(&x)) {
        if (!str_eq(row_text(&x, 0), name))
            continue;
        found = true;
        out->version = row_int(&x, 8);
        out->text = str_of(arena_printf(r->arena, "{\"name\":\"" STR_FMT "\",\"cron\":\"" STR_FMT "\",\"enabled\":%s}",
                                        STR_ARG(name), STR_ARG(row_text(&x, 1)), row_int(&x, 2) ? "true" : "false"));
    }
    TRY(rows_end(&x));
    return found && schedule_of(name) ? NULL : not_found(r);
}

struct error *schedule_set(struct request *r)
{
    struct str name = param_str(r, "name");
    struct found was, now;
    struct cron cron;
    uint64_t n;
    TRY(find(r, name, &was));
    if (!cron_parse(body_str(r, "cron"), &cron))
        return invalid(r, "cron", "format", "five fields are needed: minute hour day month weekday, and a day that comes");
    TRY(schedule_change(r, name, cron_next(&cron, clock_now_us()), &n));
    if (!n)
        return stale_version(r, was.version);
    TRY(find(r, name, &now));
    request_audit(r, "schedule", NULL, NULL, was.text, now.text);
    return reply_empty(r, 204);
}

struct error *schedule_run(struct request *r)
{
    struct str name = param_str(r, "name");
    struct found is;
    uuid id = id_new();
    TRY(find(r, name, &is));
    TRY(job_put(r->services, r->arena, id.s, str_dup(r->arena, name), NULL, r->who->id, &r->who->org));
    request_audit(r, "job", id.s, &r->who->org, STR(""), is.text);
    return reply_accepted(r, id.s);
}
