/* An attribute that is newly wanted: the records that were there before, read in by id. A record that is written meanwhile
 * writes its own rows, as its writer sees the attribute; here each is held shared while its rows are added. */
#include "forms/attribute_jobs.h"

#include <stdlib.h>

#include "forms/kind.h"
#include "http/org_columns.h"
#include "queue/job.h"

enum { PAGE = 500 };

struct filling {
    struct job *job;
    const struct form_kind *kind;
    struct str code;
    struct attribute_set set; /* those that are being built */
    char after[37];
};

/* The attributes are those of the first run: what was wanted since has a job of its own. */
static struct error *begin(struct filling *x)
{
    struct job *j = x->job;
    struct attribute_set all;
    json_t *numbers = json_object_get(j->checkpoint, "attributes");
    TRY(attributes_load(j->services, j->arena, j->arena, x->kind->name, &all));
    x->set.list = arena_array(j->arena, all.count + 1, sizeof *x->set.list);
    for (size_t i = 0; i < all.count; i++) {
        bool mine = !numbers && !all.list[i].ready && str_eq(all.list[i].code, x->code);
        size_t k;
        json_t *no;
        json_array_foreach(numbers, k, no)
            mine = mine || json_integer_value(no) == all.list[i].no;
        if (mine)
            x->set.list[x->set.count++] = all.list[i];
    }
    const char *after = json_string_value(json_object_get(j->checkpoint, "after"));
    str_copy(x->after, sizeof x->after, str_of(after ? after : "00000000-0000-0000-0000-000000000000"));
    return NULL;
}

static struct error *read_page(struct filling *x, struct attribute_record *list, size_t *n)
{
    struct job *j = x->job;
    struct rows r;
    TRY(db_query(j->services->db, j->arena, x->kind->records,
                 ARGS(A_STR("code", x->code), A_Z("after", x->after), A_INT("limit", PAGE)), &r));
    for (*n = 0; *n < PAGE && rows_next(&r); (*n)++) {
        struct org_stamp *org = arena_alloc(j->arena, sizeof *org);
        row_org(&r, 2, org);
        list[*n] = (struct attribute_record){str_of(row_dup(&r, j->arena, 0)), x->code, str_of(row_dup(&r, j->arena, 1)), org};
    }
    return rows_end(&r);
}

/* Without what nobody wants any more. */
static struct error *still_wanted(struct filling *x)
{
    const struct attribute_set *all;
    size_t n = 0;
    TRY(attributes_hold(x->job->services, x->job->arena, x->kind->name, &all));
    for (size_t i = 0; i < x->set.count; i++)
        for (size_t k = 0; k < all->count; k++)
            if (all->list[k].no == x->set.list[i].no)
                x->set.list[n++] = x->set.list[i];
    x->set.count = n;
    return NULL;
}

static json_t *checkpoint(const struct filling *x)
{
    json_t *numbers = json_array();
    for (size_t i = 0; i < x->set.count; i++)
        json_array_append_new(numbers, json_integer(x->set.list[i].no));
    return json_pack("{s:s,s:o}", "after", x->after, "attributes", numbers);
}

static struct error *page(struct filling *x, bool *more)
{
    struct job *j = x->job;
    struct attribute_record *list = arena_array(j->arena, PAGE, sizeof *list);
    size_t n;
    TRY(still_wanted(x));
    TRY(read_page(x, list, &n));
    *more = n == PAGE;
    TRY(attributes_add(j->services, j->arena, &x->set, list, n));
    if (n)
        str_copy(x->after, sizeof x->after, list[n - 1].id);
    j->rows_done += (int64_t)n;
    if (!*more)
        return attributes_ready(j->services, j->arena, &x->set);
    json_t *at = checkpoint(x);
    struct error *e = job_progress(j, at);
    json_decref(at);
    return e;
}

static struct error *fill(struct filling *x)
{
    struct job *j = x->job;
    struct db *db = j->services->db;
    bool more = x->set.count > 0;
    while (more) {
        struct arena_mark mark = arena_mark(j->arena);
        TRY(db_begin(db, j->arena));
        TRY(db_finish(db, j->arena, page(x, &more)));
        arena_reset_to(j->arena, mark);
    }
    return NULL;
}

static struct error *sweep(struct filling *x)
{
    struct job *j = x->job;
    bool more = true;
    while (more) {
        struct arena_mark mark = arena_mark(j->arena);
        TRY(attributes_sweep(j->services, j->arena, x->kind->name, &more));
        arena_reset_to(j->arena, mark);
    }
    return NULL;
}

static struct error *run(struct job *j)
{
    struct filling x = {.job = j, .kind = form_kind_of(job_param(j, "kind")), .code = job_param(j, "code")};
    if (!x.kind)
        return job_fail(j, "no kind of record has this name");
    TRY(begin(&x));
    TRY(fill(&x));
    TRY(sweep(&x));
    TRY(db_begin(j->services->db, j->arena));
    return db_finish(j->services->db, j->arena, job_done(j, NULL));
}
JOB(attribute_index, run);
