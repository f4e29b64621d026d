/* Shared strings: one table of offsets, bytes in memory up to a bound and in a file beyond it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sheet/sheet_part.h"

enum { BLOCK = 16 * 1024, BLOCKS = 256, FIRST = 64 * 1024 };

struct strings {
    struct sheet *s;
    uint32_t *at; /* count + 1 offsets */
    size_t count, cap;
    char *mem;
    size_t mem_n, mem_cap;
    bool spilled;
    uint64_t total;
    char *out; /* tail of the file, not written yet */
    size_t out_n;
    char *cache; /* BLOCKS blocks of the file, by number modulo BLOCKS */
    uint64_t *cached;
    char *item; /* the <si> being read */
    size_t item_n;
    unsigned phonetic;
    bool in_si, in_t;
};

static void drop_strings(void *p)
{
    struct strings *st = p;
    free(st->at);
    free(st->mem);
}

struct strings *strings_new(struct sheet *s)
{
    struct strings *st = arena_zalloc(s->arena, sizeof *st);
    st->s = s;
    arena_cleanup(s->arena, drop_strings, st);
    return st;
}

static struct error *no_memory(struct strings *st)
{
    return REFUSE(st->s->arena, "max_memory", "The shared strings need too much memory");
}

static struct error *room_for_offset(struct strings *st)
{
    if (st->count >= st->s->limits.cells)
        return REFUSE(st->s->arena, "max_cells", "The workbook has more than %llu shared strings",
                      (unsigned long long)st->s->limits.cells);
    if (st->count + 2 <= st->cap)
        return NULL;
    size_t cap = st->cap ? st->cap * 2 : 1024;
    uint32_t *at = realloc(st->at, cap * sizeof *at);
    if (!at)
        return no_memory(st);
    st->at = at;
    st->cap = cap;
    at[0] = 0;
    return NULL;
}

static struct error *flush(struct strings *st)
{
    uint64_t at = st->total - st->mem_n - st->out_n;
    for (size_t done = 0; done < st->out_n;) {
        ssize_t n = pwrite(st->s->env.spill_fd, st->out + done, st->out_n - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_new(st->s->arena, ERR_UNAVAILABLE, "No room for temporary files");
        done += (size_t)n;
    }
    st->out_n = 0;
    return NULL;
}

static struct error *spill(struct strings *st, const char *p, size_t n)
{
    if (!st->spilled) {
        st->spilled = true;
        st->out = arena_alloc(st->s->arena, SHEET_CHUNK);
        st->cache = arena_alloc(st->s->arena, (size_t)BLOCK * BLOCKS);
        st->cached = arena_array(st->s->arena, BLOCKS, sizeof *st->cached);
    }
    while (n) {
        size_t part = n < SHEET_CHUNK - st->out_n ? n : SHEET_CHUNK - st->out_n;
        memcpy(st->out + st->out_n, p, part);
        st->out_n += part;
        st->total += part;
        p += part;
        n -= part;
        if (st->out_n == SHEET_CHUNK)
            TRY(flush(st));
    }
    return NULL;
}

static struct error *keep(struct strings *st, const char *p, size_t n)
{
    if (st->mem_n + n > st->mem_cap) {
        size_t cap = st->mem_cap ? st->mem_cap * 2 : FIRST;
        while (cap < st->mem_n + n)
            cap *= 2;
        char *mem = realloc(st->mem, cap);
        if (!mem)
            return no_memory(st);
        st->mem = mem;
        st->mem_cap = cap;
    }
    if (n)
        memcpy(st->mem + st->mem_n, p, n);
    st->mem_n += n;
    st->total += n;
    return NULL;
}

struct error *strings_add(struct strings *st, const char *p, size_t n)
{
    TRY(room_for_offset(st));
    if (st->total + n > UINT32_MAX)
        return no_memory(st);
    if (st->spilled || st->mem_n + n > SHEET_STRINGS_IN_MEMORY)
        TRY(spill(st, p, n));
    else
        TRY(keep(st, p, n));
    st->at[++st->count] = (uint32_t)st->total;
    return NULL;
}

static void on_start(struct scan *x, const char *name, const char **attrs)
{
    struct strings *st = x->user;
    (void)attrs;
    if (!strcmp(name, "si")) {
        st->in_si = true;
        st->item_n = 0;
        st->phonetic = 0;
    } else if (!strcmp(name, "rPh"))
        st->phonetic++;
    else if (!strcmp(name, "t"))
        st->in_t = st->in_si && !st->phonetic;
}

static void on_end(struct scan *x, const char *name)
{
    struct strings *st = x->user;
    if (!strcmp(name, "t"))
        st->in_t = false;
    else if (!strcmp(name, "rPh"))
        st->phonetic -= st->phonetic > 0;
    else if (!strcmp(name, "si")) {
        st->in_si = false;
        struct error *err = strings_add(st, st->item, format_unescape(st->item, st->item_n));
        if (err)
            scan_fail(x, err);
    }
}

static void on_text(struct scan *x, const char *p, size_t n)
{
    struct strings *st = x->user;
    if (!st->in_t)
        return;
    if (st->item_n + n > st->s->limits.cell_bytes) {
        scan_fail(x, REFUSE(x->s->arena, "max_cell_bytes", "A shared string is longer than %u bytes", st->s->limits.cell_bytes));
        return;
    }
    memcpy(st->item + st->item_n, p, n);
    st->item_n += n;
}

void strings_handlers(struct strings *st, struct scan *x)
{
    st->item = arena_alloc(st->s->arena, st->s->limits.cell_bytes);
    x->user = st;
    x->start = on_start;
    x->end = on_end;
    x->text = on_text;
}

struct error *strings_added(struct strings *st)
{
    return st->spilled ? flush(st) : NULL;
}

struct error *strings_read(struct book *b)
{
    struct scan x;
    TRY(scan_open(b->s, &x, "The table of shared strings"));
    strings_handlers(b->strings, &x);
    TRY(scan_part(&x, b, b->strings_path));
    return strings_added(b->strings);
}

size_t strings_count(const struct strings *st)
{
    return st->count;
}

size_t strings_len(const struct strings *st, size_t i)
{
    return st->at[i + 1] - st->at[i];
}

static const char *block(struct strings *st, uint64_t number)
{
    char *p = st->cache + (size_t)(number % BLOCKS) * BLOCK;
    if (st->cached[number % BLOCKS] == number + 1)
        return p;
    st->cached[number % BLOCKS] = 0;
    if (sheet_pread(st->s->env.spill_fd, p, BLOCK, number * BLOCK) < 0)
        return NULL;
    st->cached[number % BLOCKS] = number + 1;
    return p;
}

struct error *strings_copy(struct strings *st, size_t i, char *to)
{
    uint64_t at = st->at[i], end = st->at[i + 1];
    if (end <= st->mem_n) {
        if (end > at)
            memcpy(to, st->mem + at, (size_t)(end - at));
        return NULL;
    }
    for (at -= st->mem_n, end -= st->mem_n; at < end;) {
        const char *p = block(st, at / BLOCK);
        size_t skip = (size_t)(at % BLOCK), n = BLOCK - skip < end - at ? BLOCK - skip : (size_t)(end - at);
        if (!p)
            return error_new(st->s->arena, ERR_INTERNAL, "A temporary file cannot be read");
        memcpy(to, p + skip, n);
        to += n;
        at += n;
    }
    return NULL;
}
