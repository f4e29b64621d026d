/* The export: a page of assets at a time goes into the sheet, so memory does not grow with them. A worker that takes the
 * job over begins the file anew. */
#include <stdlib.h>
#include <unistd.h>

#include "assets/export.h"
#include "assets/export_store.h"
#include "files/job_file.h"
#include "forms/form_refs.h"
#include "http/org_columns.h"
#include "kernel/clock.h"
#include "kernel/id.h"

enum { PAGE = 1000 };

struct export
{
    struct job *job;
    struct scope scope;
    struct asset_filter filter;
    struct export_plan plan;
    struct ref_words *words;
    struct sheet_writer *writer;
    struct str *cells;
    char after[37];
};

struct page_rows {
    struct asset asset[PAGE];
    struct str org[PAGE];
    size_t n;
};

static void read_filter(struct export *x)
{
    const struct job *j = x->job;
    json_t *exposed = json_object_get(j->params, "exposed");
    x->filter = (struct asset_filter){.class = job_param(j, "class"),
                                      .category = job_param(j, "category"),
                                      .org = job_param(j, "org"),
                                      .state = job_param(j, "state"),
                                      .source = job_param(j, "source"),
                                      .importance = job_param(j, "importance"),
                                      .q = job_param(j, "q"),
                                      .address = job_param(j, "address"),
                                      .exposed = json_is_boolean(exposed) ? json_is_true(exposed) : -1};
}

static struct error *read_assets(struct export *x, struct page_rows *p)
{
    struct arena *a = x->job->arena;
    struct rows r;
    TRY(export_page(x->job->services, a, &x->scope, &x->filter, x->after[0] ? x->after : NULL, PAGE, &r));
    while (p->n < PAGE && rows_next(&r)) {
        struct asset *y = &p->asset[p->n];
        struct str id = row_text(&r, 0);
        *y = (struct asset){0};
        memcpy(y->id, id.p, id.n < sizeof y->id ? id.n : sizeof y->id - 1);
        for (unsigned k = 0; k < ASSET_FIELDS; k++)
            y->f[k] = str_of(row_dup(&r, a, k + 1));
        y->exposed = row_int(&r, ASSET_FIELDS + 1) != 0;
        y->attributes = str_of(row_dup(&r, a, ASSET_FIELDS + 2));
        p->org[p->n++] = str_of(row_dup(&r, a, ASSET_FIELDS + 3));
        row_org(&r, ASSET_FIELDS + 4, &y->org);
    }
    return rows_end(&r);
}

static void add_address(struct arena *a, struct asset *y, struct rows *r)
{
    enum address_kind k;
    if (address_kind_of(row_text(r, 1), &k) && y->address_count < ASSET_MAX_ADDRESSES)
        y->addresses[y->address_count++] = (struct asset_address){.kind = k, .value = str_of(row_dup(r, a, 2))};
}

/* Both come in the order of ids. */
static struct error *read_addresses(struct export *x, struct page_rows *p)
{
    struct arena *a = x->job->arena;
    struct buf ids = buf_new(a, p->n * 39 + 3, 1 << 20);
    struct rows r;
    size_t at = 0;
    buf_c(&ids, '[');
    for (size_t i = 0; i < p->n; i++)
        buf_printf(&ids, "%s\"%s\"", i ? "," : "", p->asset[i].id);
    buf_c(&ids, ']');
    TRY(export_addresses(x->job->services, a, buf_done(&ids).p, &r));
    while (rows_next(&r)) {
        struct str id = row_text(&r, 0);
        while (at < p->n && !str_is(id, p->asset[at].id))
            at++;
        if (at == p->n)
            break;
        add_address(a, &p->asset[at], &r);
    }
    return rows_end(&r);
}

static struct error *one_page(struct export *x, bool *more)
{
    struct job *j = x->job;
    struct page_rows *p = arena_alloc(j->arena, sizeof *p);
    p->n = 0;
    TRY(read_assets(x, p));
    *more = p->n == PAGE;
    if (!p->n)
        return NULL;
    TRY(read_addresses(x, p));
    for (size_t i = 0; i < p->n; i++) {
        struct asset *y = &p->asset[i];
        const struct form *form = form_for(&x->plan.catalogue->forms, y->f[ASSET_CLASS], &y->org);
        TRY(ref_words_said(x->words, j->arena, form, &y->org, &y->attributes));
        export_cells(j->arena, &x->plan, y, p->org[i], x->cells);
        TRY(sheet_writer_row(x->writer, x->cells, x->plan.n, NULL));
    }
    memcpy(x->after, p->asset[p->n - 1].id, sizeof x->after);
    j->rows_done += (int64_t)p->n;
    return job_progress(j, NULL);
}

static struct error *write_sheet(struct export *x, const char *path, enum sheet_kind kind)
{
    struct job *j = x->job;
    struct arena *a = j->arena;
    bool more = true;
    TRY(sheet_writer_open(a, path, kind, "资产", x->plan.sheet, x->plan.n, &x->writer));
    while (more) {
        struct arena_mark mark = arena_mark(a);
        TRY(one_page(x, &more));
        arena_reset_to(a, mark);
    }
    return sheet_writer_close(x->writer);
}

static struct error *export_run(struct job *j)
{
    struct export *x = arena_zalloc(j->arena, sizeof *x);
    const struct catalogue *c;
    enum sheet_kind kind = sheet_kind_named(job_param(j, "format"));
    x->job = j;
    x->scope = job_scope(j);
    read_filter(x);
    TRY(catalogue_read(j->services, j->arena, &c));
    struct error *e = attribute_query_read(j->arena, &c->attributes, &c->codes, &j->org, x->filter.class,
                                           json_object_get(j->params, "where"), STR(""), &x->filter.attributes);
    if (e)
        return job_fail(j, "%s: %s", e->field, e->detail);
    TRY(asset_lead(j->services, j->arena, &x->scope, &x->filter));
    export_plan_make(j->arena, c, x->filter.class.n ? catalogue_class(c, x->filter.class) : NULL, NULL, job_param(j, "lang").p,
                     false, &x->plan);
    x->words = ref_words_new(j->services, j->arena, &x->scope);
    x->cells = arena_array(j->arena, x->plan.n, sizeof *x->cells);
    TRY(asset_count(j->services, j->arena, &x->scope, &x->filter, INT64_MAX, &j->rows_total));
    if (kind == SHEET_XLSX && j->rows_total >= SHEET_OUT_ROWS)
        return job_fail(j, "a worksheet ends at %d rows; choose .csv or a narrower filter", SHEET_OUT_ROWS);
    if (kind == SHEET_XLS && x->plan.n > SHEET_XLS_COLUMNS)
        return job_fail(j, "an .xls sheet ends at %d columns; choose a class, or .xlsx", SHEET_XLS_COLUMNS);
    j->rows_done = 0;
    const char *path = arena_printf(j->arena, "%s/tmp/export-%s", j->services->config->state_dir, j->id);
    e = write_sheet(x, path, kind);
    if (!e)
        e = job_file_done(j, path, sheet_kind_type(kind));
    unlink(path);
    return e;
}
JOB(asset_export, export_run);
