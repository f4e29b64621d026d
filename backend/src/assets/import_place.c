/* Where the assets of an import go: organisation, number, address spaces. Each is read once for the whole import. */
#include <stdlib.h>

#include "assets/import_run.h"
#include "org/org.h"

enum { BLOCK_MAX = 4096 };

static int compare(struct str a, struct str b)
{
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int by_name(const void *p, const void *q)
{
    return compare((*(struct org_entry *const *)p)->name, (*(struct org_entry *const *)q)->name);
}

static int by_uscc(const void *p, const void *q)
{
    return compare((*(struct org_entry *const *)p)->uscc, (*(struct org_entry *const *)q)->uscc);
}

static int name_is(const void *key, const void *q)
{
    return compare(*(const struct str *)key, (*(struct org_entry *const *)q)->name);
}

static int uscc_is(const void *key, const void *q)
{
    return compare(*(const struct str *)key, (*(struct org_entry *const *)q)->uscc);
}

struct error *import_orgs_load(struct import *m)
{
    struct rows r;
    m->orgs = arena_zalloc(m->a, (IMPORT_ORGS_MAX + 1) * sizeof *m->orgs);
    TRY(import_orgs(m->job->services, m->a, &m->scope, &r));
    while (m->org_count < IMPORT_ORGS_MAX && rows_next(&r)) {
        struct org_entry *o = &m->orgs[m->org_count++];
        struct str id = row_text(&r, 0);
        memcpy(o->id, id.p, id.n < sizeof o->id ? id.n : sizeof o->id - 1);
        o->name = str_of(row_dup(&r, m->a, 1));
        o->uscc = str_of(row_dup(&r, m->a, 2));
    }
    TRY(rows_end(&r));
    m->by_name = arena_array(m->a, m->org_count + 1, sizeof *m->by_name);
    m->by_uscc = arena_array(m->a, m->org_count + 1, sizeof *m->by_uscc);
    m->own = &m->orgs[m->org_count]; /* after the last: used when no other entry is the importer's own */
    m->own->stamp = m->job->org;
    m->own->known = true;
    for (size_t i = 0; i < m->org_count; i++) {
        m->by_name[i] = m->by_uscc[i] = &m->orgs[i];
        if (strcmp(m->orgs[i].id, m->job->org.org_id) == 0)
            m->own = &m->orgs[i];
    }
    qsort(m->by_name, m->org_count, sizeof *m->by_name, by_name);
    qsort(m->by_uscc, m->org_count, sizeof *m->by_uscc, by_uscc);
    m->series = arena_zalloc(m->a, (m->org_count + 1) * m->catalogue->class_count * sizeof *m->series);
    return org_internet_space(m->job->services->db, m->a, m->internet);
}

struct error *import_org_find(struct import *m, struct str text, struct org_entry **out)
{
    struct org_entry **hit = NULL, *o = NULL;
    if (text.n) {
        hit = bsearch(&text, m->by_name, m->org_count, sizeof *m->by_name, name_is);
        if (!hit)
            hit = bsearch(&text, m->by_uscc, m->org_count, sizeof *m->by_uscc, uscc_is);
        o = hit ? *hit : NULL;
    } else if (org_scope_contains(&m->scope, &m->job->org)) {
        o = m->own;
    }
    if (o && !o->known)
        TRY(org_stamp_get(m->job->services->db, m->job->arena, o->id, &o->stamp, &o->known));
    *out = o && o->known ? o : NULL;
    return NULL;
}

static struct error *place_org(struct import *m, struct org_entry *o)
{
    struct services *s = m->job->services;
    if (o->placed)
        return NULL;
    TRY(asset_issuer(s, m->job->arena, o->stamp.org_id, o->issuer));
    TRY(org_private_space(s->db, m->job->arena, &o->stamp, o->space));
    o->placed = true;
    return NULL;
}

struct error *import_spaces(struct import *m, struct org_entry *org, struct asset *x)
{
    TRY(place_org(m, org));
    for (size_t i = 0; i < x->address_count; i++)
        x->addresses[i].space = str_of(asset_address_public(&x->addresses[i]) ? m->internet : org->space);
    return NULL;
}

static size_t class_at(const struct import *m, struct str code)
{
    return (size_t)(catalogue_class(m->catalogue, code) - m->catalogue->classes);
}

/* The first block is what this chunk needs, each later one twice as large: small imports leave no gaps, large ones ask
 * the series seldom. */
static struct error *take_block(struct import *m, struct pending *const *list, size_t n, size_t from, struct number_series *series)
{
    const struct pending *p = list[from];
    struct str class = p->x->f[ASSET_CLASS];
    uint64_t need = 0;
    for (size_t i = from; i < n; i++)
        need += list[i]->org == p->org && !list[i]->x->f[ASSET_NO].n && str_eq(list[i]->x->f[ASSET_CLASS], class);
    series->block = series->block ? series->block * 2 : need;
    if (series->block > BLOCK_MAX)
        series->block = BLOCK_MAX;
    if (series->block < need)
        series->block = need;
    series->left = series->block;
    return asset_number_block(m->job->services, m->job->arena, p->org->issuer,
                              m->catalogue->classes[class_at(m, class)].number_part, (size_t)series->block, &series->next);
}

struct error *import_place(struct import *m, struct pending *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct asset *x = list[i]->x;
        struct org_entry *o = list[i]->org;
        TRY(import_spaces(m, o, x));
        if (x->f[ASSET_NO].n)
            continue;
        size_t class = class_at(m, x->f[ASSET_CLASS]);
        struct number_series *series = &m->series[(size_t)(o - m->orgs) * m->catalogue->class_count + class];
        if (!series->left)
            TRY(take_block(m, list, n, i, series));
        series->left--;
        x->f[ASSET_NO] = asset_number(m->job->arena, o->issuer, m->catalogue->classes[class].number_part, series->next++);
    }
    return NULL;
}
