/* Which rows are new, which are assets that exist, and which stand twice in the file. */
#include <stdlib.h>
#include <strings.h>

#include "assets/import_run.h"
#include "kernel/crypto.h"
#include "kernel/id.h"
#include "sheet/sheet.h"

/* At most three keys a row. */
enum { KEYS_FIRST = 4096, KEYS_MAX = 4 * SHEET_ROWS };

/* ---- keys of assets that the import has met: 64 bits of a digest ---- */
static bool set_holds(const struct key_set *s, uint64_t key, size_t *at)
{
    *at = (size_t)key & (s->cap - 1);
    while (s->slot[*at] && s->slot[*at] != key)
        *at = (*at + 1) & (s->cap - 1);
    return s->slot[*at] == key;
}

static void set_grow(struct key_set *s)
{
    struct key_set larger = {.cap = s->cap * 2, .slot = calloc(s->cap * 2, sizeof *s->slot), .n = s->n};
    if (!larger.slot || larger.cap > (size_t)KEYS_MAX * 2)
        abort();
    for (size_t i = 0; i < s->cap; i++) {
        size_t at;
        if (s->slot[i] && !set_holds(&larger, s->slot[i], &at))
            larger.slot[at] = s->slot[i];
    }
    free(s->slot);
    *s = larger;
}

/* False when the key is there already. */
static bool set_add(struct key_set *s, uint64_t key)
{
    size_t at;
    key = key ? key : 1;
    if (set_holds(s, key, &at))
        return false;
    s->slot[at] = key;
    if (++s->n * 2 > s->cap)
        set_grow(s);
    return true;
}

static uint64_t key_of_bytes(const unsigned char *p)
{
    uint64_t key;
    memcpy(&key, p, sizeof key);
    return key;
}

/* Numbers are the same whatever their case, as the registry's unique key has it. */
static uint64_t key_of_number(struct str number)
{
    unsigned char digest[32];
    char text[40] = "no ";
    size_t n = number.n < sizeof text - 3 ? number.n : sizeof text - 3;
    for (size_t i = 0; i < n; i++)
        text[3 + i] = (char)(number.p[i] >= 'a' && number.p[i] <= 'z' ? number.p[i] - 32 : number.p[i]);
    sha256(text, n + 3, digest);
    return key_of_bytes(digest);
}

/* The last 8 of the id's 16 bytes are the random ones. */
static uint64_t key_of_id(struct str id)
{
    unsigned char bytes[16] = {0};
    id_bytes(id, bytes);
    return key_of_bytes(bytes + 8);
}

static void drop_set(void *p)
{
    struct key_set *s = p;
    free(s->slot);
    s->slot = NULL;
}

void import_seen_begin(struct import *m)
{
    m->seen = (struct key_set){.cap = KEYS_FIRST, .slot = calloc(KEYS_FIRST, sizeof *m->seen.slot)};
    if (!m->seen.slot)
        abort();
    arena_cleanup(m->a, drop_set, &m->seen);
}

struct error *import_seen_load(struct import *m)
{
    struct rows r;
    TRY(import_settled(m->job->services, m->a, m->job->id, &r));
    while (rows_next(&r))
        set_add(&m->seen, key_of_id(row_text(&r, 0)));
    return rows_end(&r);
}

bool import_first_seen(struct import *m, const struct asset *x)
{
    bool first = set_add(&m->seen, key_of_bytes(x->match_key));
    return (!x->f[ASSET_NO].n || set_add(&m->seen, key_of_number(x->f[ASSET_NO]))) && first;
}

/* ---- what exists ---- */
struct found {
    struct str id;
    const char *number;
    unsigned char match[16];
};

static int by_match(const void *p, const void *q)
{
    return memcmp(((const struct found *)p)->match, ((const struct found *)q)->match, 16);
}

static int by_number(const void *p, const void *q)
{
    const struct found *a = *(const struct found *const *)p, *b = *(const struct found *const *)q;
    return strcasecmp(a->number, b->number);
}

/* What the registry has of a chunk, sorted by match key and by number. */
struct registry {
    struct found *match;
    const struct found **number;
    size_t n;
};

static struct error *find(struct import *m, const struct pending *list, size_t n, struct registry *out)
{
    struct arena *a = m->job->arena;
    struct buf numbers = buf_new(a, 4096, 1 << 20), keys = buf_new(a, n * 36 + 2, 1 << 20);
    struct rows r;
    size_t max = n * 4, given = 0; /* match keys are not unique: what is beyond is left out */
    buf_c(&numbers, '[');
    buf_c(&keys, '[');
    for (size_t i = 0; i < n; i++) {
        char hex[33];
        if (list[i].x->f[ASSET_NO].n)
            buf_printf(&numbers, "%s\"" STR_FMT "\"", given++ ? "," : "", STR_ARG(list[i].x->f[ASSET_NO]));
        hex_encode(list[i].x->match_key, 16, hex);
        buf_printf(&keys, "%s\"%s\"", i ? "," : "", hex);
    }
    buf_c(&numbers, ']');
    buf_c(&keys, ']');
    *out = (struct registry){.match = arena_array(a, max, sizeof *out->match), .number = arena_array(a, max, sizeof *out->number)};
    TRY(asset_existing(m->job->services, a, given ? buf_done(&numbers).p : NULL, buf_done(&keys).p, &r));
    while (out->n < max && rows_next(&r)) {
        struct found *f = &out->match[out->n++];
        f->id = str_of(row_dup(&r, a, 0));
        f->number = row_dup(&r, a, 1);
        memcpy(f->match, row_text(&r, 2).p, 16);
    }
    TRY(rows_end(&r));
    qsort(out->match, out->n, sizeof *out->match, by_match);
    for (size_t i = 0; i < out->n; i++)
        out->number[i] = &out->match[i];
    qsort(out->number, out->n, sizeof *out->number, by_number);
    return NULL;
}

static const struct found *found_of(struct arena *a, const struct registry *r, const struct asset *x)
{
    struct found key = {.number = x->f[ASSET_NO].n ? str_dup(a, x->f[ASSET_NO]) : NULL};
    if (key.number) {
        const struct found *k = &key, **hit = bsearch(&k, r->number, r->n, sizeof *r->number, by_number);
        return hit ? *hit : NULL;
    }
    memcpy(key.match, x->match_key, 16);
    return bsearch(&key, r->match, r->n, sizeof *r->match, by_match);
}

struct error *import_match(struct import *m, struct pending *list, size_t n)
{
    struct arena *a = m->job->arena;
    struct registry registry;
    size_t wanted = 0;
    TRY(find(m, list, n, &registry));
    if (!registry.n)
        return NULL;
    struct asset_wanted *want = arena_array(a, n, sizeof *want);
    size_t *at = arena_array(a, n, sizeof *at);
    for (size_t i = 0; i < n; i++) {
        const struct found *f = found_of(a, &registry, list[i].x);
        if (!f)
            continue;
        if (!set_add(&m->seen, key_of_id(f->id))) {
            list[i].refused = "duplicate";
            continue;
        }
        want[wanted] = (struct asset_wanted){.id = f->id};
        at[wanted++] = i;
    }
    TRY(asset_read_many(m->job->services, a, &m->scope, want, wanted));
    for (size_t k = 0; k < wanted; k++) {
        list[at[k]].was = want[k].x;
        if (!want[k].x)
            list[at[k]].refused = "taken";
    }
    return NULL;
}
