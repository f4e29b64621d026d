/* The row being read: its text one cell after another, and where each begins. */
#include <stdlib.h>
#include <string.h>

#include "sheet/sheet_part.h"

enum { FIRST = 4096 };

static void drop_row(void *p)
{
    struct row_build *b = p;
    free(b->text);
    b->text = NULL;
}

struct error *row_begin(struct sheet *s, struct row_build *b)
{
    *b = (struct row_build){.s = s, .cap = FIRST, .text = malloc(FIRST)};
    b->spans = arena_array(s->arena, s->limits.columns, sizeof *b->spans);
    b->out = arena_array(s->arena, s->limits.columns, sizeof *b->out);
    arena_cleanup(s->arena, drop_row, b);
    return b->text ? NULL : REFUSE(s->arena, "max_memory", "No memory to read the worksheet");
}

void row_next(struct row_build *b, uint64_t no)
{
    b->no = no;
    b->used = 0;
    b->n = 0;
}

struct error *row_room(struct row_build *b, size_t n)
{
    if (b->n + n > b->s->limits.row_bytes)
        return REFUSE(b->s->arena, "max_row_bytes", "Row %llu is longer than %u bytes", (unsigned long long)b->no,
                      b->s->limits.row_bytes);
    if (b->n + n <= b->cap)
        return NULL;
    size_t cap = b->cap * 2;
    while (cap < b->n + n)
        cap *= 2;
    char *p = realloc(b->text, cap);
    if (!p)
        return REFUSE(b->s->arena, "max_memory", "Row %llu needs too much memory", (unsigned long long)b->no);
    b->text = p;
    b->cap = cap;
    return NULL;
}

struct error *row_put(struct row_build *b, const char *p, size_t n)
{
    TRY(row_room(b, n));
    memcpy(b->text + b->n, p, n);
    b->n += n;
    return NULL;
}

struct error *row_cell(struct row_build *b, uint32_t column, size_t at)
{
    if (b->n == at)
        return NULL;
    if (column >= b->s->limits.columns)
        return REFUSE(b->s->arena, "max_columns", "Row %llu has more than %u columns", (unsigned long long)b->no,
                      b->s->limits.columns);
    if (b->n - at > b->s->limits.cell_bytes)
        return REFUSE(b->s->arena, "max_cell_bytes", "Row %llu, column %u: the text is longer than %u bytes",
                      (unsigned long long)b->no, column + 1, b->s->limits.cell_bytes);
    for (; b->used <= column; b->used++)
        b->spans[b->used] = (struct span){0, 0};
    b->spans[column] = (struct span){(uint32_t)at, (uint32_t)(b->n - at)};
    return NULL;
}

void row_take(const struct row_build *b, struct sheet_row *out)
{
    for (uint32_t i = 0; i < b->used; i++)
        b->out[i] = (struct str){b->text + b->spans[i].at, b->spans[i].n};
    *out = (struct sheet_row){b->no, b->used, b->out};
}
