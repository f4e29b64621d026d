/* Verification: first the seals (links, roots, signatures, the file outside), then every row of every segment. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "audit/purge.h"
#include "audit/seal_store.h"
#include "audit/sealing.h"
#include "json/write.h"

enum { SEALS_AT_ONCE = 200, ROWS_AT_ONCE = 500, LINE_MAX_BYTES = 1024 };

/* The last sealed head of each segment: a table with open addressing, at most half full. */
struct heads {
    struct sealed {
        struct audit_head head;
        char at[27]; /* of that seal */
        bool used, seen;
    } * slot;
    size_t size, count;
};

struct verify {
    struct services *s;
    struct arena *a;    /* what stays */
    struct arena *work; /* what goes with each step */
    struct audit_report *out;
    struct heads heads;
    char purged_before[27]; /* what was sealed for the last time before then may be gone */
};

static struct audit_problem *problem(struct verify *v, const char *kind, const char *segment, uint64_t n, const char *detail)
{
    static struct audit_problem beyond;
    struct audit_report *r = v->out;
    struct audit_problem *p = r->problem_count < AUDIT_PROBLEMS_MAX ? &r->problems[r->problem_count] : &beyond;
    r->problem_count++;
    *p = (struct audit_problem){.kind = kind, .n = n, .detail = detail};
    snprintf(p->segment, sizeof p->segment, "%s", segment);
    return p;
}

/* ---- sealed heads ---- */
static struct sealed *look(const struct heads *h, const char *segment)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (const char *p = segment; *p; p++)
        hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
    size_t i = hash % h->size;
    while (h->slot[i].used && strcmp(h->slot[i].head.segment, segment) != 0)
        i = (i + 1) % h->size;
    return &h->slot[i];
}

static void grow(struct heads *h)
{
    struct heads larger = {.size = h->size ? h->size * 2 : 1024, .count = h->count};
    larger.slot = calloc(larger.size, sizeof *larger.slot);
    if (!larger.slot)
        abort();
    for (size_t i = 0; i < h->size; i++)
        if (h->slot[i].used)
            *look(&larger, h->slot[i].head.segment) = h->slot[i];
    free(h->slot);
    *h = larger;
}

static void keep_head(struct verify *v, const struct seal *s, const struct audit_head *head)
{
    if (v->heads.count * 2 >= v->heads.size)
        grow(&v->heads);
    struct sealed *to = look(&v->heads, head->segment);
    if (to->used && head->n <= to->head.n)
        problem(v, "seal_altered", "", s->seq, "a segment goes backwards under this seal");
    v->heads.count += !to->used;
    *to = (struct sealed){.head = *head, .used = true};
    memcpy(to->at, s->at, sizeof to->at);
}

/* ---- the file ---- */
struct seal_file {
    FILE *f;
    bool begun; /* a line has been matched: from here on there is one for each seal */
    bool ahead, ended;
    uint64_t seq;
    unsigned char root[DIGEST_BYTES];
};

static void file_next(struct verify *v, struct seal_file *f)
{
    char line[LINE_MAX_BYTES];
    uint64_t before = f->seq;
    f->ahead = false;
    if (f->ended || !fgets(line, sizeof line, f->f)) {
        f->ended = true;
        return;
    }
    size_t n = strlen(line);
    if (n && line[n - 1] == '\n' && seal_line_read((struct str){line, n - 1}, &f->seq, f->root) && f->seq > before) {
        f->ahead = true;
        return;
    }
    f->ended = true;
    if (!feof(f->f)) /* a last line without its end is one that is being written */
        problem(v, "seal_file", "", before + 1, "seals.log has a line that is not the next seal");
}

static void against_file(struct verify *v, struct seal_file *f, const struct seal *s)
{
    for (; f->ahead && f->seq < s->seq; file_next(v, f))
        problem(v, "seal_missing", "", f->seq, "seals.log has this seal, the database does not");
    if (f->ahead && f->seq == s->seq) {
        if (memcmp(f->root, s->root, DIGEST_BYTES) != 0)
            problem(v, "seal_altered", "", s->seq, "seals.log has another root for this seal");
        f->begun = true;
        file_next(v, f);
    } else if (f->ahead && f->begun) {
        problem(v, "seal_file", "", s->seq, "this seal is missing from seals.log");
    }
}

/* ---- seals ---- */
static void check_seal(struct verify *v, const struct seal *last, const struct seal *s)
{
    unsigned char root[DIGEST_BYTES];
    if (s->seq != last->seq + 1)
        problem(v, "seal_missing", "", last->seq + 1, "the numbers of the seals have a gap");
    else if (memcmp(s->prev_root, last->root, DIGEST_BYTES) != 0)
        problem(v, "seal_altered", "", s->seq, "it does not follow the seal before it");
    if (!seal_root(v->work, s, root) || memcmp(root, s->root, DIGEST_BYTES) != 0)
        problem(v, "seal_altered", "", s->seq, "its heads do not give its root");
    else if (!sm2_verify(v->s->keys->audit_sm2_public_pem, s->root, DIGEST_BYTES, s->signature.p, s->signature.n))
        problem(v, "seal_altered", "", s->seq, "its signature is not the platform's");
    struct str rest = s->heads;
    struct audit_head head;
    while (rest.n && head_take(&rest, &head))
        keep_head(v, s, &head);
}

static struct error *seals_with_file(struct verify *v, struct seal_file *f)
{
    struct seal last = {0};
    size_t n;
    do {
        arena_reset(v->work);
        struct seal *seals = arena_array(v->work, SEALS_AT_ONCE, sizeof *seals);
        struct error *e = seals_after(v->s->db, v->work, last.seq, SEALS_AT_ONCE, seals, &n);
        if (e)
            return error_new(v->a, e->code, "%s", e->detail ? e->detail : "");
        for (size_t i = 0; i < n; i++) {
            check_seal(v, &last, &seals[i]);
            if (f->f)
                against_file(v, f, &seals[i]);
            last = seals[i];
        }
        v->out->seals += n;
    } while (n == SEALS_AT_ONCE);
    for (; f->ahead; file_next(v, f))
        problem(v, "seal_missing", "", f->seq, "seals.log has this seal, the database does not");
    memcpy(v->out->sealed_until, last.at, sizeof last.at);
    return NULL;
}

static struct error *verify_seals(struct verify *v)
{
    const char *path = arena_printf(v->a, "%s/audit/seals.log", v->s->config->state_dir);
    struct seal_file f = {.f = fopen(path, "re")};
    if (!f.f && errno != ENOENT)
        return error_new(v->a, ERR_INTERNAL, "%s: %s", path, strerror(errno));
    if (f.f)
        file_next(v, &f);
    struct error *e = seals_with_file(v, &f);
    if (f.f)
        fclose(f.f);
    else if (!e && v->out->seals)
        problem(v, "seal_file", "", 1, "STATE/audit/seals.log is missing");
    return e;
}

static bool purged(const struct verify *v, const struct sealed *s)
{
    return s->used && memcmp(s->at, v->purged_before, 26) < 0;
}

/* ---- rows ---- */
struct walk {
    char segment[37];
    uint64_t next; /* the number that the next row must have */
    unsigned char mac[DIGEST_BYTES];
    struct sealed *sealed;
};

static void name_row(struct audit_problem *p, const struct stored_row *r)
{
    snprintf(p->row_id, sizeof p->row_id, STR_FMT, STR_ARG(r->fields.values[0]));
    snprintf(p->at, sizeof p->at, STR_FMT, STR_ARG(r->fields.values[1]));
}

static void check_row(struct verify *v, struct walk *w, const struct stored_row *r)
{
    unsigned char mac[DIGEST_BYTES];
    struct audit_problem *p = NULL;
    chain_mac(&v->s->keys->audit, &r->fields, r->prev, mac);
    if (r->fields.n != w->next && !purged(v, w->sealed))
        problem(v, "missing", w->segment, w->next, "rows between its neighbours were deleted");
    if (!bytes_equal(mac, r->mac, DIGEST_BYTES))
        p = problem(v, "altered", w->segment, r->fields.n, "its content does not give its MAC");
    else if (r->fields.n == w->next && memcmp(r->prev, w->mac, DIGEST_BYTES) != 0)
        p = problem(v, "order", w->segment, r->fields.n, "it does not follow the row before it");
    else if (w->sealed->used && w->sealed->head.n == r->fields.n && memcmp(w->sealed->head.mac, r->mac, DIGEST_BYTES) != 0)
        p = problem(v, "altered", w->segment, r->fields.n, "the seal has another MAC for it");
    if (p)
        name_row(p, r);
    memcpy(w->mac, r->mac, DIGEST_BYTES);
    w->next = (uint64_t)r->fields.n + 1;
    v->out->rows++;
}

static void count_unsealed(struct verify *v, const struct walk *w, const struct stored_row *r)
{
    if (w->sealed->used && r->fields.n <= w->sealed->head.n)
        return;
    struct str at = r->fields.values[1];
    v->out->unsealed_rows++;
    if (!v->out->unsealed_since[0] || memcmp(at.p, v->out->unsealed_since, at.n) < 0)
        snprintf(v->out->unsealed_since, sizeof v->out->unsealed_since, STR_FMT, STR_ARG(at));
}

static struct error *verify_segment(struct verify *v, struct walk *w)
{
    size_t n;
    bool known;
    TRY(segment_known(v->s->db, v->work, w->segment, &known));
    if (!known)
        problem(v, "unknown_segment", w->segment, 0, "the list of segments does not have it, so it would not be sealed");
    do {
        arena_reset(v->work);
        struct stored_row *rows = arena_array(v->work, ROWS_AT_ONCE, sizeof *rows);
        TRY(segment_rows(v->s->db, v->work, w->segment, w->next, ROWS_AT_ONCE, rows, &n));
        for (size_t i = 0; i < n; i++) {
            check_row(v, w, &rows[i]);
            count_unsealed(v, w, &rows[i]);
        }
    } while (n == ROWS_AT_ONCE);
    if (w->sealed->used && w->next <= w->sealed->head.n && !purged(v, w->sealed))
        problem(v, "cut", w->segment, w->next, "sealed rows are missing from the end of the segment");
    return NULL;
}

static struct error *verify_rows(struct verify *v)
{
    char after[37] = "00000000-0000-0000-0000-000000000000";
    for (bool found = true;;) {
        struct walk w = {0};
        TRY(segment_next(v->s->db, v->work, after, w.segment, &found));
        if (!found)
            return NULL;
        memcpy(after, w.segment, sizeof after);
        w.sealed = look(&v->heads, w.segment);
        w.sealed->seen = true;
        v->out->segments++;
        TRY(verify_segment(v, &w));
        arena_reset(v->work);
    }
}

/* Segments that were sealed and have no row left: deleted by a decision, or not. */
static void verify_gone(struct verify *v)
{
    for (size_t i = 0; i < v->heads.size; i++)
        if (v->heads.slot[i].used && !v->heads.slot[i].seen && !purged(v, &v->heads.slot[i]))
            problem(v, "cut", v->heads.slot[i].head.segment, 0, "a sealed segment has no rows any more");
}

struct error *audit_verify(struct services *s, struct arena *a, struct audit_report *out)
{
    struct verify v = {.s = s, .a = a, .work = arena_new((size_t)3 * ROWS_AT_ONCE << 20), .out = out};
    memset(out, 0, sizeof *out);
    grow(&v.heads);
    int64_t forged;
    struct error *e = purged_before(s, a, v.purged_before, &forged);
    if (!e && forged)
        problem(&v, "purge_forged", "", 0, "a decision to delete records was altered past the platform");
    if (!e)
        e = verify_seals(&v);
    if (!e) {
        e = verify_rows(&v);
        if (e) /* it lives in the work arena */
            e = error_new(a, e->code, "%s", e->detail ? e->detail : "");
    }
    if (!e)
        verify_gone(&v);
    free(v.heads.slot);
    arena_free(v.work);
    return e;
}

struct str audit_report_json(struct arena *a, const struct audit_report *r)
{
    struct buf b = buf_new(a, 4096, 64 * 1024);
    struct jw w = jw_of(&b);
    jw_object_begin(&w, NULL);
    jw_bool(&w, "ok", r->problem_count == 0);
    jw_int(&w, "rows", (int64_t)r->rows);
    jw_int(&w, "segments", (int64_t)r->segments);
    jw_int(&w, "seals", (int64_t)r->seals);
    jw_opt(&w, "sealed_until", str_of(r->sealed_until));
    jw_int(&w, "unsealed_rows", (int64_t)r->unsealed_rows);
    jw_opt(&w, "unsealed_since", str_of(r->unsealed_since));
    jw_int(&w, "problem_count", (int64_t)r->problem_count);
    jw_array_begin(&w, "problems");
    for (size_t i = 0; i < r->problem_count && i < AUDIT_PROBLEMS_MAX; i++) {
        const struct audit_problem *p = &r->problems[i];
        jw_object_begin(&w, NULL);
        jw_z(&w, "kind", p->kind);
        jw_opt(&w, "segment", str_of(p->segment));
        jw_int(&w, "n", (int64_t)p->n);
        jw_opt(&w, "row_id", str_of(p->row_id));
        jw_opt(&w, "at", str_of(p->at));
        jw_z(&w, "detail", p->detail);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    return buf_done(&b);
}
