/* The trail as a sheet, for the auditor: a page of rows at a time, so that memory does not grow with them. */
#include <jansson.h>
#include <unistd.h>

#include "audit/trail_store.h"
#include "files/job_file.h"
#include "kernel/clock.h"
#include "sheet/sheet.h"

enum { PAGE = 1000, COLUMNS = 14 };

static const char *const titles[2][COLUMNS] = {{"时间", "操作", "结果", "账号", "姓名", "系统", "单位", "地址", "请求编号",
                                                "对象类型", "对象编号", "对象单位", "任务编号", "编号"},
                                               {"At", "Action", "Result", "Account", "Name", "System", "Organisation", "Address",
                                                "Request", "Kind", "Record", "Organisation of the record", "Job", "Id"}};

struct export
{
    struct job *job;
    struct scope scope;
    struct trail_filter filter;
    struct sheet_writer *writer;
};

static int64_t number(const struct job *j, const char *name)
{
    return json_integer_value(json_object_get(j->params, name));
}

static struct trail_filter filter_of(const struct job *j)
{
    return (struct trail_filter){.from = number(j, "from_us"),
                                 .to = number(j, "to_us"),
                                 .user = job_param(j, "user"),
                                 .action = job_param(j, "action"),
                                 .kind = job_param(j, "kind"),
                                 .subject = job_param(j, "subject"),
                                 .address = job_param(j, "address"),
                                 .request_id = job_param(j, "request_id"),
                                 .failed = json_is_true(json_object_get(j->params, "failed"))};
}

/* Columns 1 to 13 of the list in their order, the id last; the cursor stays outside the page's memory. */
static struct error *one_page(struct export *x, char after[37], bool *more)
{
    struct job *j = x->job;
    struct rows r;
    int64_t n = 0;
    x->filter.after_id = str_of(after);
    TRY(trail_rows(j->services->db, j->arena, &x->scope, &x->filter, PAGE, &r));
    while (rows_next(&r)) {
        char at[40], id[37];
        struct str cells[COLUMNS] = {0};
        x->filter.after_at = row_time(&r, 1);
        clock_rfc3339(x->filter.after_at, at);
        str_copy(id, sizeof id, row_text(&r, 0));
        cells[0] = str_of(at);
        for (unsigned i = 2; i < COLUMNS; i++)
            cells[i - 1] = row_text(&r, i);
        cells[COLUMNS - 1] = str_of(id);
        TRY(sheet_writer_row(x->writer, cells, COLUMNS, NULL));
        memcpy(after, id, sizeof id);
        n++;
    }
    TRY(rows_end(&r));
    *more = n == PAGE;
    j->rows_done += n;
    return job_progress(j, NULL);
}

static struct error *write_sheet(struct export *x, const char *path, bool csv)
{
    struct job *j = x->job;
    struct arena *a = j->arena;
    struct sheet_column columns[COLUMNS] = {0};
    bool more = true, english = str_is(job_param(j, "lang"), "en");
    char after[37] = "";
    for (unsigned i = 0; i < COLUMNS; i++)
        columns[i].title = titles[english][i];
    TRY(sheet_writer_open(a, path, csv ? SHEET_CSV : SHEET_XLSX, english ? "Audit" : "审计记录", columns, COLUMNS, &x->writer));
    while (more) {
        struct arena_mark mark = arena_mark(a);
        TRY(one_page(x, after, &more));
        if (!csv && j->rows_done >= SHEET_OUT_ROWS)
            return job_fail(j, "a worksheet ends at %d rows; choose .csv or a narrower filter", SHEET_OUT_ROWS);
        arena_reset_to(a, mark);
    }
    return sheet_writer_close(x->writer);
}

static struct error *export_run(struct job *j)
{
    bool csv = str_is(job_param(j, "format"), "csv");
    struct export x = {.job = j, .scope = job_scope(j), .filter = filter_of(j)};
    const char *path = arena_printf(j->arena, "%s/tmp/export-%s", j->services->config->state_dir, j->id);
    j->rows_done = 0;
    struct error *e = write_sheet(&x, path, csv);
    if (!e)
        e = job_file_done(j, path, csv ? "text/csv" : SHEET_XLSX_TYPE);
    unlink(path);
    return e;
}
JOB(audit_export, export_run);
