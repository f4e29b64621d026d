/* The import: rows of a sheet become assets, a chunk at a time, each chunk one transaction with its row results, audit
 * rows and checkpoint. A worker that takes the job over goes on after the last committed row. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "assets/import_run.h"
#include "files/files.h"
#include "forms/form_refs.h"
#include "kernel/clock.h"
#include "kernel/id.h"

/* What one chunk collects. */
struct chunk {
    struct pending list[IMPORT_CHUNK], *created[IMPORT_CHUNK];
    struct import_result result[IMPORT_CHUNK];
    struct asset *made[IMPORT_CHUNK], *changed[IMPORT_CHUNK], *was[IMPORT_CHUNK];
    struct audit_entry notes[IMPORT_CHUNK];
    size_t pending, results, creations, changes, noted;
};

static void reject(struct import *m, struct chunk *c, int64_t row, const struct import_problem *p)
{
    const char *column = p->column >= 0 && p->column < (int)m->header.n ? str_dup(m->job->arena, m->titles[p->column]) : NULL;
    c->result[c->results++] = (struct import_result){.row = row,
                                                     .outcome = IMPORT_REJECTED,
                                                     .column = column,
                                                     .code = p->code,
                                                     .message = import_problem_text(p, job_param(m->job, "lang").p)};
    m->job->rejected++;
}

/* ---- one chunk ---- */
/* What the cells of references mean. */
static struct error *mean_refs(struct import *m, struct asset *x, struct import_problem *p, bool *known)
{
    const struct asset_class *k = catalogue_class(m->catalogue, x->f[ASSET_CLASS]);
    const struct form *form = k ? form_for(&m->catalogue->forms, k->code, &x->org) : NULL;
    const char *unknown;
    TRY(ref_words_meant(m->words, m->job->arena, form, &x->org, &x->attributes, &unknown));
    *known = !unknown;
    if (unknown)
        *p = (struct import_problem){import_attribute_column(&m->header, unknown), "unknown_ref",
                                     "no such record in your scope, or several of this name"};
    return NULL;
}

/* False with the problem when the row is rejected. A row that the chunk before has settled is read again only to know
 * its keys. */
static struct error *read_row(struct import *m, const struct sheet_row *row, struct pending *out, struct import_problem *p,
                              bool *good)
{
    struct arena *a = m->job->arena;
    struct asset *x = arena_zalloc(a, sizeof *x);
    struct org_entry *o = NULL;
    struct str org;
    bool known = true;
    *good = import_row_read(a, &m->header, row, x, &org, p);
    if (!*good)
        return NULL;
    TRY(import_org_find(m, org, &o));
    *p = (struct import_problem){-1, "unknown", "no such organisation in your scope"};
    if (o)
        x->org = o->stamp;
    if (o)
        TRY(mean_refs(m, x, p, &known));
    *good = o && known && import_row_check(a, m->catalogue, &m->header, x, p);
    if (*good && !import_first_seen(m, x)) {
        *p = (struct import_problem){-1, "duplicate", "the same asset stands above in this file"};
        *good = false;
    }
    x->source = "04";
    x->import_id = m->job->id;
    *out = (struct pending){.x = x, .org = o, .row = (int64_t)row->no};
    return NULL;
}

static void note(struct import *m, struct chunk *c, const char *action, const struct asset *x, struct str before)
{
    c->notes[c->noted++] = (struct audit_entry){.action = action,
                                                .subject_kind = "asset",
                                                .subject_id = x->id,
                                                .org = x->org,
                                                .before = before,
                                                .after = asset_json(m->job->arena, x),
                                                .job_id = m->job->id};
}

static void result(struct chunk *c, const struct pending *p, enum import_outcome outcome, const char *asset_id, int64_t version)
{
    c->result[c->results++] = (struct import_result){.row = p->row, .outcome = outcome, .asset_id = asset_id, .version = version};
}

static struct error *sort_existing(struct import *m, struct chunk *c, const struct pending *p)
{
    struct arena *a = m->job->arena;
    struct asset *x = p->x, *was = p->was;
    memcpy(x->id, was->id, sizeof x->id);
    x->version = was->version;
    x->org = was->org;
    x->f[ASSET_NO] = was->f[ASSET_NO];
    if (!x->f[ASSET_PERSON].n)
        x->f[ASSET_PERSON] = was->f[ASSET_PERSON];
    asset_carry(a, m->catalogue, was, true, x);
    asset_match(a, x);
    struct str before = asset_json(a, was);
    bool same = str_eq(before, asset_json(a, x));
    result(c, p, same ? IMPORT_UNCHANGED : IMPORT_UPDATED, x->id, x->version + !same);
    if (same)
        return NULL;
    TRY(asset_spaces(m->job->services, a, x));
    c->was[c->changes] = was;
    c->changed[c->changes++] = x;
    m->job->updated++;
    note(m, c, "asset.update", x, before);
    return NULL;
}

static void sort_new(struct import *m, struct chunk *c, struct pending *p)
{
    m->job->created++;
    if (m->dry) {
        result(c, p, IMPORT_CREATED, NULL, 0);
        return;
    }
    memcpy(p->x->id, id_new().s, sizeof p->x->id);
    c->made[c->creations] = p->x;
    c->created[c->creations++] = p;
    result(c, p, IMPORT_CREATED, p->x->id, 1);
}

static struct error *sort_chunk(struct import *m, struct chunk *c)
{
    static const struct {
        const char *code, *message;
    } reasons[] = {{"duplicate", "the same asset stands above in this file"}, {"taken", "the number belongs to another unit"}};
    TRY(import_match(m, c->list, c->pending));
    for (size_t i = 0; i < c->pending; i++) {
        struct pending *p = &c->list[i];
        if (p->refused) {
            size_t k = strcmp(p->refused, reasons[0].code) == 0 ? 0 : 1;
            reject(m, c, p->row, &(struct import_problem){-1, reasons[k].code, reasons[k].message});
        } else if (p->was) {
            TRY(sort_existing(m, c, p));
        } else {
            sort_new(m, c, p);
        }
    }
    TRY(import_place(m, c->created, c->creations));
    for (size_t i = 0; i < c->creations; i++)
        note(m, c, "asset.create", c->made[i], STR(""));
    return NULL;
}

static struct error *write_assets(struct import *m, struct chunk *c)
{
    struct services *s = m->job->services;
    struct arena *a = m->job->arena;
    int64_t now = clock_now_us();
    uint64_t n;
    struct audit_actor who = audit_actor_of_job(m->job->created_by, &m->job->org, m->job->id);
    TRY(asset_insert_many(s, a, c->made, c->creations, now));
    TRY(asset_change_many(s, a, c->changed, c->changes, now, &n));
    if (n != c->changes)
        return error_new(a, ERR_UNAVAILABLE, "an asset changed meanwhile"); /* the chunk is read again */
    for (size_t i = 0; i < c->changes; i++)
        TRY(asset_claims_replace(s, a, c->was[i], c->changed[i], now));
    TRY(audit_write_many(s, a, &who, c->notes, c->noted));
    if (c->creations)
        TRY(asset_announce(s, a, "asset.created", c->made, c->creations));
    return c->changes ? asset_announce(s, a, "asset.updated", c->changed, c->changes) : NULL;
}

static struct error *commit_chunk(struct import *m, struct chunk *c, int64_t last)
{
    struct job *j = m->job;
    TRY(sort_chunk(m, c));
    j->rows_done += (int64_t)c->results;
    TRY(db_begin(j->services->db, j->arena));
    if (!m->dry)
        TRY(write_assets(m, c));
    TRY(import_results_write(j, c->result, c->results));
    json_t *checkpoint = json_pack("{s:I}", "row", (json_int_t)last);
    struct error *e = job_progress(j, checkpoint);
    json_decref(checkpoint);
    if (e)
        return e;
    TRY(db_commit(j->services->db, j->arena));
    m->last = last;
    return NULL;
}

/* Reads up to a chunk of rows and commits them; more says whether there may be others. */
static struct error *one_chunk(struct import *m, struct sheet_reader *reader, bool *more)
{
    struct arena *a = m->job->arena;
    struct chunk *c = arena_alloc(a, sizeof *c);
    struct sheet_row row = {0};
    struct import_problem problem;
    int64_t last = m->last;
    size_t read = 0;
    c->pending = c->results = c->creations = c->changes = c->noted = 0;
    for (bool good; read < IMPORT_CHUNK; read++) {
        TRY(sheet_reader_next(reader, &row));
        if (!row.no)
            break;
        TRY(read_row(m, &row, &c->list[c->pending], &problem, &good));
        if ((int64_t)row.no <= m->last)
            continue;
        last = (int64_t)row.no;
        if (good)
            c->pending++;
        else
            reject(m, c, last, &problem);
    }
    *more = row.no != 0;
    return c->pending + c->results ? commit_chunk(m, c, last) : NULL;
}

static struct error *read_header(struct import *m, struct sheet_reader *reader)
{
    struct sheet_row row;
    TRY(sheet_reader_next(reader, &row));
    if (!row.no)
        return error_field(m->a, ERR_INVALID, "file", "header", "the sheet is empty");
    TRY(import_header_read(m->a, m->catalogue, &row, job_param(m->job, "class"), &m->header));
    for (size_t i = 0; i < m->header.n; i++)
        m->titles[i] = str_of(str_dup(m->a, str_trim(row.cells[i])));
    if (m->last < (int64_t)row.no)
        m->last = (int64_t)row.no;
    return NULL;
}

/* The rejected rows as the user's own workbook, kept as a file of the job. */
static struct error *keep_problems(struct import *m, const char *path, json_t *result)
{
    struct services *s = m->job->services;
    struct rows r;
    size_t n = 0, max = m->job->rejected < 200000 ? (size_t)m->job->rejected : 200000;
    struct sheet_problem *list = arena_array(m->a, max + 1, sizeof *list);
    TRY(import_rejected(s, m->a, m->job->id, &r));
    while (n < max && rows_next(&r)) {
        struct str column = row_text(&r, 1);
        list[n] = (struct sheet_problem){.row_no = (uint64_t)row_int(&r, 0), .column = -1, .message = row_dup(&r, m->a, 2)};
        for (size_t i = 0; column.n && i < m->header.n; i++)
            if (str_eq(m->titles[i], column))
                list[n].column = (int)i;
        n++;
    }
    TRY(rows_end(&r));
    const char *out = arena_printf(m->a, "%s/tmp/problems-%s", s->config->state_dir, m->job->id);
    char hex[65];
    enum sheet_kind kind;
    TRY(sheet_write_rejected(m->a, path, NULL, list, n, out, &kind));
    struct new_file f = {.sha256_hex = hex,
                         .name = arena_printf(m->a, "rejected.%s", sheet_kind_end(kind)),
                         .media_type = sheet_kind_type(kind),
                         .use = "problems",
                         .subject_kind = "import",
                         .subject_id = m->job->id,
                         .created_by = m->job->created_by};
    struct error *e = files_keep_path(s, m->a, out, hex, &f.bytes);
    unlink(out);
    if (!e)
        e = files_insert(s, m->a, id_new().s, &f, &m->job->org);
    if (!e)
        json_object_set_new(result, "problems", json_string(hex));
    if (!e)
        json_object_set_new(result, "problems_kind", json_string(sheet_kind_end(kind)));
    return e;
}

static struct error *finish(struct import *m, const char *path)
{
    struct job *j = m->job;
    json_t *result = json_object();
    struct error *e = j->rejected ? keep_problems(m, path, result) : NULL;
    j->rows_total = j->rows_done;
    if (!e)
        e = job_done(j, result);
    json_decref(result);
    return e;
}

/* Reads the file to its end before anything is written: a file that is broken further down is refused whole, and the
 * progress is n of N. */
static struct error *count_rows(struct import *m, const char *path)
{
    struct arena_mark mark = arena_mark(m->a);
    struct sheet_reader *reader;
    struct sheet_row row;
    int64_t n = -1; /* the header */
    TRY(sheet_reader_start(m->a, path, NULL, &reader));
    do {
        TRY(sheet_reader_next(reader, &row));
        n += row.no != 0;
    } while (row.no);
    arena_reset_to(m->a, mark);
    m->job->rows_total = n > 0 ? n : 0;
    return job_progress(m->job, NULL);
}

static struct error *import_file(struct job *j)
{
    struct import *m = arena_zalloc(j->arena, sizeof *m);
    struct sheet_reader *reader;
    bool more = true;
    m->job = j;
    m->a = j->arena;
    m->scope = job_scope(j);
    m->dry = json_is_true(json_object_get(j->params, "dry_run"));
    m->last = json_integer_value(json_object_get(j->checkpoint, "row"));
    const char *path = files_path(j->services, m->a, job_param(j, "sha256").p);
    TRY(files_here(j->services, m->a, job_param(j, "sha256").p));
    TRY(catalogue_read(j->services, m->a, &m->catalogue));
    TRY(import_orgs_load(m));
    m->words = ref_words_new(j->services, m->a, &m->scope);
    import_seen_begin(m);
    if (m->last)
        TRY(import_seen_load(m));
    else
        TRY(count_rows(m, path));
    TRY(sheet_reader_start(m->a, path, NULL, &reader));
    TRY(read_header(m, reader));
    while (more) {
        struct arena_mark mark = arena_mark(m->a);
        TRY(one_chunk(m, reader, &more));
        arena_reset_to(m->a, mark);
    }
    return finish(m, path);
}

/* Why a file is refused is told to whoever sent it, in their language. */
static struct error *import_run(struct job *j)
{
    struct error *e = import_file(j);
    const char *lang = job_param(j, "lang").p;
    if (e && lang && strcmp(lang, "en") != 0) {
        if (e->code == ERR_FILE_REFUSED && sheet_rule_title(e->rule, lang))
            e->detail = sheet_rule_title(e->rule, lang);
        else if (e->code == ERR_INVALID && e->rule && !strcmp(e->rule, "header"))
            e->detail = "首行列名不符合要求：应有“资产名称”列，且列名不重复";
    }
    return e;
}
JOB(asset_import, import_run);
