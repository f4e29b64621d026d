/* The import: rows of a sheet become assets, a thousand at a time, each chunk one transaction with its row results, audit
 * rows and checkpoint. A worker that takes the job over goes on after the last committed row. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "assets/import.h"
#include "assets/import_store.h"
#include "audit/audit.h"
#include "files/files.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "kernel/log.h"
#include "org/org.h"

enum { CHUNK = 1000, ORGS_MAX = 20000 };

struct org_entry {
    struct str name, uscc;
    char id[37];
    bool known;
    struct org_stamp stamp;
};
/* What the new assets of one organisation share. */
struct placing {
    char org[37], issuer[13], space[37];
};
struct import {
    struct job *job;
    struct arena *a;
    const struct catalogue *catalogue;
    struct import_header header;
    struct str titles[IMPORT_COLUMNS_MAX];
    struct scope scope;
    struct org_entry *orgs;
    struct placing *placing;
    size_t org_count, placing_count;
    char internet[37];
    bool dry;
    int64_t last; /* row number of the last committed row */
};
/* What one chunk collects. */
struct chunk {
    struct import_result result[CHUNK];
    struct asset *made[CHUNK], *changed[CHUNK], *was[CHUNK];
    struct audit_entry notes[CHUNK];
    size_t n, created, updated, noted;
};
struct pending {
    struct asset *x;
    int64_t row;
};

static void put(char *to, size_t size, struct str s)
{
    size_t n = s.n < size ? s.n : size - 1;
    memcpy(to, s.p ? s.p : "", n);
    to[n] = '\0';
}

static struct error *load_orgs(struct import *m)
{
    struct rows r;
    m->orgs = arena_array(m->a, ORGS_MAX, sizeof *m->orgs);
    TRY(import_orgs(m->job->services, m->a, &m->scope, &r));
    while (m->org_count < ORGS_MAX && rows_next(&r)) {
        struct org_entry *o = &m->orgs[m->org_count++];
        put(o->id, sizeof o->id, row_text(&r, 0));
        o->name = str_of(row_dup(&r, m->a, 1));
        o->uscc = str_of(row_dup(&r, m->a, 2));
    }
    return rows_end(&r);
}

/* NULL: no organisation of that name or code in the importer's scope. Empty: the importer's own. */
static struct error *find_org(struct import *m, struct str text, const struct org_stamp **out)
{
    *out = NULL;
    if (!text.n) {
        *out = org_scope_contains(&m->scope, &m->job->org) ? &m->job->org : NULL;
        return NULL;
    }
    for (size_t i = 0; i < m->org_count; i++) {
        struct org_entry *o = &m->orgs[i];
        if (!str_eq(o->name, text) && !(o->uscc.n && str_eq(o->uscc, text)))
            continue;
        if (!o->known)
            TRY(org_stamp_get(m->job->services->db, m->a, o->id, &o->stamp, &o->known));
        *out = o->known ? &o->stamp : NULL;
        return NULL;
    }
    return NULL;
}

static void reject(struct import *m, struct chunk *c, int64_t row, const struct import_problem *p)
{
    const char *column = p->column >= 0 && p->column < (int)m->header.n ? str_dup(m->job->arena, m->titles[p->column]) : NULL;
    c->result[c->n++] = (struct import_result){.row = row, .outcome = IMPORT_REJECTED, .column = column, .code = p->code, .message = p->message};
    m->job->rejected++;
}

/* ---- one chunk ---- */
static struct error *read_row(struct import *m, struct chunk *c, const struct sheet_row *row, struct pending *list, size_t *n)
{
    struct arena *a = m->job->arena;
    struct asset *x = arena_zalloc(a, sizeof *x);
    struct import_problem p;
    struct str org;
    const struct org_stamp *stamp;
    bool good = import_row_read(a, m->catalogue, &m->header, row, x, &org, &p);
    if (good) {
        TRY(find_org(m, org, &stamp));
        if (stamp)
            x->org = *stamp;
        else
            p = (struct import_problem){-1, "unknown", "no such organisation in your scope"};
        good = stamp && import_row_check(a, m->catalogue, &m->header, x, &p);
    }
    x->source = "04";
    x->import_id = m->job->id;
    if (good)
        list[(*n)++] = (struct pending){x, (int64_t)row->no};
    else
        reject(m, c, (int64_t)row->no, &p);
    return NULL;
}

/* What the registry holds already of this chunk. */
struct existing {
    char *id, *number, *org;
    unsigned char match[16];
    struct existing *next;
};

static struct error *load_existing(struct import *m, const struct pending *list, size_t n, struct existing **out)
{
    struct arena *a = m->job->arena;
    struct buf numbers = buf_new(a, n * 24 + 2, 1 << 20), keys = buf_new(a, n * 36 + 2, 1 << 20);
    struct rows r;
    size_t count = 0;
    buf_c(&numbers, '[');
    buf_c(&keys, '[');
    for (size_t i = 0; i < n; i++) {
        char hex[33];
        if (list[i].x->f[ASSET_NO].n)
            buf_printf(&numbers, "%s\"" STR_FMT "\"", count++ ? "," : "", STR_ARG(list[i].x->f[ASSET_NO]));
        hex_encode(list[i].x->match_key, 16, hex);
        buf_printf(&keys, "%s\"%s\"", i ? "," : "", hex);
    }
    buf_c(&numbers, ']');
    buf_c(&keys, ']');
    *out = NULL;
    TRY(asset_existing(m->job->services, a, buf_done(&numbers).p, buf_done(&keys).p, &r));
    while (rows_next(&r)) {
        struct existing *e = arena_zalloc(a, sizeof *e);
        e->id = row_dup(&r, a, 0);
        e->number = row_dup(&r, a, 1);
        if (row_text(&r, 2).n == 16)
            memcpy(e->match, row_text(&r, 2).p, 16);
        e->org = row_dup(&r, a, 4);
        e->next = *out;
        *out = e;
    }
    return rows_end(&r);
}

static const struct existing *find_existing(const struct existing *e, const struct asset *x)
{
    for (; e; e = e->next)
        if (x->f[ASSET_NO].n ? str_is(x->f[ASSET_NO], e->number) : memcmp(e->match, x->match_key, 16) == 0)
            return e;
    return NULL;
}

static bool twice_in_chunk(const struct pending *list, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (list[k].x && memcmp(list[k].x->match_key, list[i].x->match_key, 16) == 0)
            return true;
    return false;
}

static void note(struct import *m, struct chunk *c, const char *action, const struct asset *x, struct str before)
{
    c->notes[c->noted++] = (struct audit_entry){.action = action, .subject_kind = "asset", .subject_id = x->id, .org = x->org,
                                                .before = before, .after = asset_json(m->job->arena, x), .job_id = m->job->id};
}

static struct error *sort_existing(struct import *m, struct chunk *c, const struct pending *p, const struct existing *e)
{
    struct arena *a = m->job->arena;
    struct asset *was = arena_alloc(a, sizeof *was), *x = p->x;
    bool found;
    TRY(asset_read(m->job->services, a, &m->scope, e->id, was, &found));
    if (!found) {
        reject(m, c, p->row, &(struct import_problem){-1, "taken", "the number belongs to another unit"});
        return NULL;
    }
    memcpy(x->id, was->id, sizeof x->id);
    x->version = was->version;
    x->org = was->org;
    x->f[ASSET_NO] = was->f[ASSET_NO];
    if (!x->f[ASSET_PERSON].n)
        x->f[ASSET_PERSON] = was->f[ASSET_PERSON];
    struct str before = asset_json(a, was), after = asset_json(a, x);
    bool same = str_eq(before, after);
    c->result[c->n++] = (struct import_result){.row = p->row, .outcome = same ? IMPORT_UNCHANGED : IMPORT_UPDATED, .asset_id = x->id, .version = x->version + !same};
    if (same)
        return NULL;
    TRY(asset_spaces(m->job->services, a, x));
    c->was[c->updated] = was;
    c->changed[c->updated++] = x;
    m->job->updated++;
    note(m, c, "asset.update", x, before);
    return NULL;
}

/* Issuer and private space of an organisation, read once for the whole import. */
static struct error *placing_of(struct import *m, const struct org_stamp *org, struct placing **out)
{
    struct services *s = m->job->services;
    for (size_t i = 0; i < m->placing_count; i++)
        if (strcmp(m->placing[i].org, org->org_id) == 0) {
            *out = &m->placing[i];
            return NULL;
        }
    struct placing *p = &m->placing[m->placing_count];
    TRY(asset_issuer(s, m->job->arena, org->org_id, p->issuer));
    TRY(org_private_space(s->db, m->job->arena, org, p->space));
    memcpy(p->org, org->org_id, sizeof p->org);
    m->placing_count++;
    *out = p;
    return NULL;
}

static void place_addresses(const struct import *m, const struct placing *p, struct asset *x)
{
    for (size_t i = 0; i < x->address_count; i++) {
        struct asset_address *d = &x->addresses[i];
        bool public = d->has_ip ? ip_is_global(&d->lo) && ip_is_global(&d->hi) : d->kind != ADDRESS_MAC;
        d->space = str_of(public ? m->internet : p->space);
    }
}

/* Numbers for all assets from `first` on that share its organisation and class: one block. */
static struct error *number_group(struct import *m, struct chunk *c, size_t first, const struct placing *p)
{
    struct asset *x = c->made[first];
    struct str class = x->f[ASSET_CLASS], part = catalogue_class(m->catalogue, class)->number_part;
    uint64_t number, n = 0;
    for (size_t i = first; i < c->created; i++)
        n += !c->made[i]->f[ASSET_NO].n && str_eq(c->made[i]->f[ASSET_CLASS], class) && strcmp(c->made[i]->org.org_id, x->org.org_id) == 0;
    TRY(asset_number_block(m->job->services, m->job->arena, p->issuer, part, n, &number));
    for (size_t i = first; i < c->created; i++) {
        struct asset *y = c->made[i];
        if (y->f[ASSET_NO].n || !str_eq(y->f[ASSET_CLASS], class) || strcmp(y->org.org_id, x->org.org_id) != 0)
            continue;
        y->f[ASSET_NO] = str_of(arena_printf(m->job->arena, "%s" STR_FMT "%08llu", p->issuer, STR_ARG(part), (unsigned long long)number++));
    }
    return NULL;
}

static struct error *place_new(struct import *m, struct chunk *c)
{
    for (size_t i = 0; i < c->created; i++) {
        struct placing *p;
        TRY(placing_of(m, &c->made[i]->org, &p));
        place_addresses(m, p, c->made[i]);
        if (!c->made[i]->f[ASSET_NO].n)
            TRY(number_group(m, c, i, p));
        note(m, c, "asset.create", c->made[i], STR(""));
    }
    return NULL;
}

static struct error *sort_chunk(struct import *m, struct chunk *c, struct pending *list, size_t n)
{
    struct existing *existing;
    TRY(load_existing(m, list, n, &existing));
    for (size_t i = 0; i < n; i++) {
        const struct existing *e = find_existing(existing, list[i].x);
        if (twice_in_chunk(list, i)) {
            reject(m, c, list[i].row, &(struct import_problem){-1, "duplicate", "the same asset stands above in this file"});
        } else if (e) {
            TRY(sort_existing(m, c, &list[i], e));
        } else {
            if (!m->dry) {
                memcpy(list[i].x->id, id_new().s, sizeof list[i].x->id);
                c->made[c->created++] = list[i].x;
            }
            m->job->created++;
            c->result[c->n++] = (struct import_result){.row = list[i].row, .outcome = IMPORT_CREATED, .asset_id = m->dry ? NULL : list[i].x->id, .version = 1};
        }
    }
    return NULL;
}

static struct error *write_assets(struct import *m, struct chunk *c)
{
    struct services *s = m->job->services;
    struct arena *a = m->job->arena;
    int64_t now = clock_now_us();
    struct audit_actor who = audit_actor_of_job(m->job->created_by, &m->job->org, m->job->id);
    TRY(asset_insert_many(s, a, c->made, c->created, now));
    for (size_t i = 0; i < c->updated; i++) {
        uint64_t n;
        TRY(asset_change(s, a, c->changed[i], now, &n));
        if (!n)
            return error_new(a, ERR_UNAVAILABLE, "an asset changed meanwhile"); /* the chunk is read again */
        TRY(asset_claims_replace(s, a, c->was[i], c->changed[i], now));
    }
    TRY(audit_write_many(s, a, &who, c->notes, c->noted));
    if (c->created)
        TRY(asset_announce(s, a, "asset.created", c->made, c->created));
    return c->updated ? asset_announce(s, a, "asset.updated", c->changed, c->updated) : NULL;
}

static struct error *commit_chunk(struct import *m, struct chunk *c, struct pending *list, size_t n, int64_t last)
{
    struct job *j = m->job;
    TRY(sort_chunk(m, c, list, n));
    TRY(place_new(m, c));
    j->rows_done += (int64_t)c->n;
    TRY(db_begin(j->services->db, j->arena));
    if (!m->dry)
        TRY(write_assets(m, c));
    TRY(import_results_write(j, c->result, c->n));
    json_t *checkpoint = json_pack("{s:I}", "row", (json_int_t)last);
    struct error *e = job_progress(j, checkpoint);
    json_decref(checkpoint);
    if (e)
        return e;
    TRY(db_commit(j->services->db, j->arena));
    m->last = last;
    return NULL;
}

/* Reads up to CHUNK rows and commits them; more says whether there may be others. */
static struct error *one_chunk(struct import *m, struct sheet_reader *reader, bool *more)
{
    struct arena *a = m->job->arena;
    struct chunk *c = arena_zalloc(a, sizeof *c);
    struct pending *list = arena_array(a, CHUNK, sizeof *list);
    struct sheet_row row = {0};
    size_t n = 0;
    int64_t last = m->last;
    while (n + c->n < CHUNK) {
        TRY(sheet_reader_next(reader, &row));
        if (!row.no)
            break;
        if ((int64_t)row.no <= m->last)
            continue;
        last = (int64_t)row.no;
        TRY(read_row(m, c, &row, list, &n));
    }
    *more = row.no != 0;
    return n + c->n ? commit_chunk(m, c, list, n, last) : NULL;
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
    const char *out = arena_printf(m->a, "%s/tmp/problems-%s.xlsx", s->config->state_dir, m->job->id);
    char hex[65];
    TRY(sheet_write_rejected(m->a, path, NULL, list, n, out));
    struct error *e = files_keep_path(s, m->a, out, hex, NULL);
    unlink(out);
    if (!e)
        json_object_set_new(result, "problems", json_string(hex));
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

static struct error *import_run(struct job *j)
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
    TRY(load_orgs(m));
    m->placing = arena_array(m->a, m->org_count + 1, sizeof *m->placing);
    TRY(org_internet_space(j->services->db, m->a, m->internet));
    TRY(catalogue_get(j->services, m->a, &m->catalogue));
    TRY(sheet_reader_start(m->a, path, NULL, &reader));
    TRY(read_header(m, reader));
    while (more) {
        struct arena_mark mark = arena_mark(m->a);
        TRY(one_chunk(m, reader, &more));
        arena_reset_to(m->a, mark);
    }
    return finish(m, path);
}
JOB(asset_import, import_run);
