/* The undo of an import: what it made is removed, what it changed goes back, row by row in chunks of one transaction
 * each. A row whose asset carries another version than the import left was changed since and stays. */
#include "assets/undo_store.h"
#include "audit/audit.h"
#include "kernel/clock.h"

enum { CHUNK = 500 };

struct undo {
    struct job *job;
    struct scope scope;
    const char *import;
    int64_t last; /* row number of the last row that is settled */
};
struct undo_row {
    int64_t row, left_version, version_now;
    bool made, gone;
    char id[37];
};
struct chunk {
    struct undo_row row[CHUNK];
    struct undo_outcome outcome[CHUNK];
    struct asset *removed[CHUNK], *was[CHUNK], *restored[CHUNK];
    struct audit_entry notes[CHUNK];
    size_t n, removals, restores, noted;
};

static struct error *read_rows(struct undo *u, struct chunk *c)
{
    struct rows r;
    TRY(undo_rows(u->job->services, u->job->arena, u->import, u->last, CHUNK, &r));
    while (c->n < CHUNK && rows_next(&r)) {
        struct undo_row *x = &c->row[c->n++];
        struct str id = row_text(&r, 2);
        x->row = row_int(&r, 0);
        x->made = str_is(row_text(&r, 1), "created");
        memcpy(x->id, id.p, id.n < sizeof x->id ? id.n : sizeof x->id - 1);
        x->left_version = row_int(&r, 3);
        x->gone = row_null(&r, 4);
        x->version_now = row_int(&r, 4);
    }
    return rows_end(&r);
}

static void note(struct undo *u, struct chunk *c, const char *action, const struct asset *x, struct str before, struct str after)
{
    c->notes[c->noted++] = (struct audit_entry){.action = action,
                                                .subject_kind = "asset",
                                                .subject_id = x->id,
                                                .org = x->org,
                                                .before = before,
                                                .after = after,
                                                .job_id = u->job->id};
}

/* Kinds and spaces of the former addresses, which the history names by value: closed claims stay in the table. */
static struct error *find_claims(struct undo *u, struct asset *x)
{
    struct arena *a = u->job->arena;
    struct rows r;
    bool found[ASSET_MAX_ADDRESSES] = {false};
    TRY(undo_claims(u->job->services, a, x->id, &r));
    while (rows_next(&r))
        for (size_t i = 0; i < x->address_count; i++) {
            struct asset_address *d = &x->addresses[i];
            struct str space = STR("");
            enum address_kind kind;
            if (found[i] || !str_eq(row_text(&r, 1), d->value) || !address_kind_of(row_text(&r, 0), &kind))
                continue;
            space = str_of(row_dup(&r, a, 2));
            found[i] = asset_address_parse(a, kind, d->value, d);
            d->space = space;
        }
    return rows_end(&r);
}

static struct error *sort_change(struct undo *u, struct chunk *c, struct asset *was, bool *undone)
{
    struct arena *a = u->job->arena;
    struct asset *x = arena_alloc(a, sizeof *x);
    struct str before;
    TRY(undo_before(u->job->services, a, was->id, u->import, &before));
    *undone = asset_from_json(a, before, x);
    if (!*undone)
        return NULL;
    memcpy(x->id, was->id, sizeof x->id);
    x->org = was->org;
    x->version = was->version;
    TRY(find_claims(u, x));
    asset_match(a, x);
    c->was[c->restores] = was;
    c->restored[c->restores++] = x;
    note(u, c, "asset.update", x, asset_json(a, was), asset_json(a, x));
    return NULL;
}

static struct error *sort_row(struct undo *u, struct chunk *c, const struct undo_row *x, bool *undone)
{
    struct arena *a = u->job->arena;
    struct asset *was = arena_alloc(a, sizeof *was);
    bool found;
    *undone = x->gone && x->made;
    if (x->gone || x->version_now != x->left_version)
        return NULL;
    TRY(asset_read(u->job->services, a, &u->scope, x->id, was, &found));
    if (!found || was->version != x->left_version)
        return NULL;
    if (!x->made)
        return sort_change(u, c, was, undone);
    *undone = true;
    c->removed[c->removals++] = was;
    note(u, c, "asset.delete", was, asset_json(a, was), STR("{\"reason\":\"import undone\"}"));
    return NULL;
}

static struct error *write_assets(struct undo *u, struct chunk *c)
{
    struct services *s = u->job->services;
    struct arena *a = u->job->arena;
    int64_t now = clock_now_us();
    uint64_t n = 0;
    struct audit_actor who = audit_actor_of_job(u->job->created_by, &u->job->org, u->job->id);
    TRY(asset_remove_many(s, a, c->removed, c->removals, now, &n));
    bool raced = n != c->removals;
    TRY(asset_change_many(s, a, c->restored, c->restores, now, &n));
    if (raced || n != c->restores)
        return error_new(a, ERR_UNAVAILABLE, "an asset changed meanwhile"); /* the chunk is read again */
    for (size_t i = 0; i < c->restores; i++)
        TRY(asset_claims_replace(s, a, c->was[i], c->restored[i], now));
    TRY(audit_write_many(s, a, &who, c->notes, c->noted));
    if (c->removals)
        TRY(asset_announce(s, a, "asset.deleted", c->removed, c->removals));
    return c->restores ? asset_announce(s, a, "asset.updated", c->restored, c->restores) : NULL;
}

/* Undone rows are counted as updated, kept ones as rejected. */
static struct error *one_chunk(struct undo *u, bool *more)
{
    struct job *j = u->job;
    struct chunk *c = arena_zalloc(j->arena, sizeof *c);
    TRY(read_rows(u, c));
    *more = c->n == CHUNK;
    if (!c->n)
        return NULL;
    for (size_t i = 0; i < c->n; i++) {
        c->outcome[i].row = c->row[i].row;
        TRY(sort_row(u, c, &c->row[i], &c->outcome[i].undone));
        j->updated += c->outcome[i].undone;
        j->rejected += !c->outcome[i].undone;
    }
    j->rows_done += (int64_t)c->n;
    u->last = c->row[c->n - 1].row;
    TRY(db_begin(j->services->db, j->arena));
    TRY(write_assets(u, c));
    TRY(undo_outcomes_write(j->services, j->arena, u->import, c->outcome, c->n));
    json_t *checkpoint = json_pack("{s:I}", "row", (json_int_t)u->last);
    struct error *e = job_progress(j, checkpoint);
    json_decref(checkpoint);
    return e ? e : db_commit(j->services->db, j->arena);
}

static struct error *undo_run(struct job *j)
{
    struct undo u = {.job = j,
                     .scope = job_scope(j),
                     .import = job_param(j, "import").p,
                     .last = json_integer_value(json_object_get(j->checkpoint, "row"))};
    bool more = true;
    j->rows_total = json_integer_value(json_object_get(j->params, "rows"));
    while (more) {
        struct arena_mark mark = arena_mark(j->arena);
        TRY(one_chunk(&u, &more));
        arena_reset_to(j->arena, mark);
    }
    j->rows_total = j->rows_done;
    return job_done(j, NULL);
}
JOB(asset_undo, undo_run);
