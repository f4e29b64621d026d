#include "flow/put.h"
#include "flow/task_store.h"
#include "kernel/clock.h"

struct error *task_list(struct request *r);
struct error *task_counts(struct request *r);

static void put_task(struct buf *b, struct rows *t)
{
    put_open(b, NULL, '{');
    put_col(b, "id", t, 0);
    put_col(b, "subject_kind", t, 1);
    put_col(b, "subject_id", t, 2);
    put_col(b, "root_id", t, 3);
    put_col(b, "step", t, 4);
    put_col(b, "title", t, 5);
    put_col_int(b, "level", t, 6);
    put_col(b, "state", t, 7);
    put_col(b, "subject_state", t, 8);
    put_col(b, "unit_name", t, 9);
    put_col(b, "org_id", t, 10);
    put_col(b, "org_name", t, 11);
    put_col_time(b, "due_at", t, 12);
    put_col_bool(b, "overdue", t, 13);
    put_col_time(b, "opened_at", t, 14);
    put_col_time(b, "closed_at", t, 15);
    put_col(b, "closed_by_name", t, 16);
    put_col(b, "outcome", t, 17);
    put_col(b, "opinion", t, 18);
    put_col(b, "node_name", t, 19);
    buf_c(b, '}');
}

struct error *task_list(struct request *r)
{
    struct page page;
    TRY(page_of(r, &page));
    struct task_filter f = {.done = str_is(param_str(r, "mine"), "done"),
                            .q = param_str(r, "q"),
                            .step = param_str(r, "step"),
                            .level = param_int(r, "level", 0),
                            .has_overdue = param_has(r, "overdue"),
                            .overdue = param_bool(r, "overdue", false),
                            .permissions = principal_permissions(r->arena, r->who),
                            .now = clock_now_us()};
    int64_t total;
    TRY(task_total(r, &f, &total));
    struct rows rows;
    TRY(task_page(r, &f, &page, &rows));
    list_begin(r);
    while (rows_next(&rows))
        put_task(&r->reply, &rows);
    TRY(rows_end(&rows));
    return list_end(r, &page, total, NULL);
}

struct error *task_counts(struct request *r)
{
    struct task_filter f = {.permissions = principal_permissions(r->arena, r->who), .now = clock_now_us()};
    struct rows rows;
    TRY(task_count_steps(r, &f, &rows));
    struct buf *b = &r->reply;
    int64_t todo = 0, late = 0;
    put_open(b, NULL, '{');
    put_open(b, "by_step", '[');
    while (rows_next(&rows)) {
        todo += row_int(&rows, 1);
        late += row_int(&rows, 2);
        put_open(b, NULL, '{');
        put_col(b, "step", &rows, 0);
        put_col_int(b, "count", &rows, 1);
        put_col_int(b, "overdue", &rows, 2);
        buf_c(b, '}');
    }
    TRY(rows_end(&rows));
    buf_c(b, ']');
    put_int(b, "todo", todo);
    put_int(b, "overdue", late);
    buf_c(b, '}');
    r->etag = put_etag(r->arena, buf_done(b));
    return reply_written(r, 200);
}
