/* RFC 4180 with what people send: any line end, , ; or TAB, text after a closing quote. */
#include <stdlib.h>
#include <string.h>

#include "sheet/sheet_part.h"

enum { SNIFF_BYTES = 64 * 1024 };
enum scan_result { ROW_WHOLE, ROW_CUT, ROW_UNCLOSED, ROW_TOO_WIDE };

struct csv {
    struct text text;
    char *win; /* [from, to) is unread */
    size_t from, to, cap, max;
    bool eof;
    char delimiter;
    bool stop[256];
    uint64_t no;
    struct str *cells;
    bool *quoted;
    size_t n;
};

static void drop_csv(void *p)
{
    free(((struct csv *)p)->win);
}

/* Moves what is unread to the front and reads on; grows up to one row's limit. */
static struct error *more(struct sheet *s, struct csv *c)
{
    memmove(c->win, c->win + c->from, c->to - c->from);
    c->to -= c->from;
    c->from = 0;
    if (c->to > c->cap / 2) {
        if (c->cap >= c->max)
            return REFUSE(s->arena, "max_row_bytes", "Row %llu is longer than %u bytes; is a quote left open?",
                          (unsigned long long)c->no + 1, s->limits.row_bytes);
        size_t cap = c->cap * 2 < c->max ? c->cap * 2 : c->max;
        char *p = realloc(c->win, cap);
        if (!p)
            return REFUSE(s->arena, "max_memory", "Row %llu needs too much memory", (unsigned long long)c->no + 1);
        c->win = p;
        c->cap = cap;
    }
    size_t got;
    TRY(text_fill(&c->text, c->win + c->to, c->cap - c->to, &got));
    c->to += got;
    c->eof = got == 0;
    return NULL;
}

/* Past the closing quote of the field whose opening quote is at p - 1. */
static enum scan_result skip_quoted(const struct csv *c, size_t *p)
{
    for (;;) {
        const char *q = memchr(c->win + *p, '"', c->to - *p);
        if (!q)
            return c->eof ? ROW_UNCLOSED : ROW_CUT;
        *p = (size_t)(q - c->win) + 1;
        if (*p == c->to)
            return c->eof ? ROW_WHOLE : ROW_CUT;
        if (c->win[*p] != '"')
            return ROW_WHOLE;
        ++*p;
    }
}

static bool keep_cell(struct csv *c, size_t columns, size_t start, size_t end, bool quoted)
{
    if (c->n >= columns)
        return start == end;
    c->cells[c->n] = (struct str){c->win + start, end - start};
    c->quoted[c->n++] = quoted;
    return true;
}

/* One record from c->from; nothing is changed in the window, so that it can be scanned again. */
static enum scan_result scan_row(struct csv *c, size_t columns, size_t *next)
{
    size_t p = c->from;
    c->n = 0;
    for (;;) {
        size_t start = p;
        bool quoted = p < c->to && c->win[p] == '"';
        if (quoted) {
            p++;
            enum scan_result r = skip_quoted(c, &p);
            if (r != ROW_WHOLE)
                return r;
        }
        while (p < c->to && !c->stop[(unsigned char)c->win[p]])
            p++;
        if (p == c->to && !c->eof)
            return ROW_CUT;
        if (!keep_cell(c, columns, start, p, quoted))
            return ROW_TOO_WIDE;
        if (p < c->to && c->win[p] == c->delimiter) {
            p++;
            continue;
        }
        if (p < c->to && c->win[p++] == '\r') {
            if (p == c->to && !c->eof)
                return ROW_CUT;
            if (p < c->to && c->win[p] == '\n')
                p++;
        }
        *next = p;
        return ROW_WHOLE;
    }
}

static struct str unquote(struct csv *c, struct str cell)
{
    char *from = c->win + (cell.p - c->win), *to = from;
    bool inside = true;
    for (size_t i = 1; i < cell.n; i++) {
        if (inside && from[i] == '"') {
            if (i + 1 < cell.n && from[i + 1] == '"')
                i++;
            else {
                inside = false;
                continue;
            }
        }
        *to++ = from[i];
    }
    return (struct str){from, (size_t)(to - from)};
}

static struct error *finish_row(struct sheet *s, struct csv *c, struct sheet_row *out)
{
    size_t used = 0, bytes = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (c->quoted[i])
            c->cells[i] = unquote(c, c->cells[i]);
        c->cells[i] = sheet_unguard(c->cells[i]);
        if (c->cells[i].n > s->limits.cell_bytes)
            return REFUSE(s->arena, "max_cell_bytes", "Row %llu, column %zu: the text is longer than %u bytes",
                          (unsigned long long)c->no, i + 1, s->limits.cell_bytes);
        bytes += c->cells[i].n;
        if (c->cells[i].n)
            used = i + 1;
    }
    if (bytes > s->limits.row_bytes)
        return REFUSE(s->arena, "max_row_bytes", "Row %llu is longer than %u bytes", (unsigned long long)c->no,
                      s->limits.row_bytes);
    *out = (struct sheet_row){.no = used ? c->no : 0, .n = used, .cells = c->cells};
    return NULL;
}

static struct error *read_row(struct sheet *s, struct csv *c, size_t *next)
{
    for (;;) {
        switch (scan_row(c, s->limits.columns, next)) {
        case ROW_WHOLE:
            return NULL;
        case ROW_CUT:
            TRY(more(s, c));
            break;
        case ROW_UNCLOSED:
            return REFUSE(s->arena, "broken", "A quote opened in row %llu is never closed", (unsigned long long)c->no + 1);
        case ROW_TOO_WIDE:
            return REFUSE(s->arena, "max_columns", "Row %llu has more than %u columns", (unsigned long long)c->no + 1,
                          s->limits.columns);
        }
    }
}

static struct error *csv_next(struct sheet *s, struct sheet_row *out)
{
    struct csv *c = s->impl;
    do {
        size_t next;
        if (c->from == c->to && c->eof) {
            *out = (struct sheet_row){0};
            return NULL;
        }
        TRY(read_row(s, c, &next));
        if (c->from == c->to)
            continue;
        c->from = next;
        c->no++;
        TRY(finish_row(s, c, out));
        if ((c->no & 0x3FFF) == 0)
            TRY(sheet_check_time(s));
    } while (!out->no);
    return NULL;
}

/* The candidate seen most often outside quotes in the first line. A line "sep=;" decides by itself. */
static void sniff(struct csv *c)
{
    size_t n = c->to < SNIFF_BYTES ? c->to : SNIFF_BYTES;
    size_t count[256] = {0};
    bool quoted = false;
    c->delimiter = ',';
    if (n > 4 && !memcmp(c->win, "sep=", 4) && memchr(",;\t|", c->win[4], 4) &&
        (n == 5 || c->win[5] == '\r' || c->win[5] == '\n')) {
        c->delimiter = c->win[4];
        c->from = n >= 7 && c->win[5] == '\r' && c->win[6] == '\n' ? 7 : n > 5 ? 6 : 5;
        c->no = 1;
        return;
    }
    for (size_t i = 0; i < n && (quoted || (c->win[i] != '\n' && c->win[i] != '\r')); i++) {
        if (c->win[i] == '"')
            quoted = !quoted;
        else if (!quoted)
            count[(unsigned char)c->win[i]]++;
    }
    if (count[';'] > count[','])
        c->delimiter = ';';
    if (count['\t'] > count[(unsigned char)c->delimiter])
        c->delimiter = '\t';
}

struct error *csv_open(struct sheet *s)
{
    struct csv *c = arena_zalloc(s->arena, sizeof *c);
    s->info.sheet_name = "";
    TRY(text_open(s, &c->text));
    c->max = (size_t)s->limits.row_bytes * 2 + SHEET_CHUNK;
    c->cap = 4 * SHEET_CHUNK < c->max ? 4 * SHEET_CHUNK : c->max;
    c->win = malloc(c->cap);
    if (!c->win)
        return REFUSE(s->arena, "max_memory", "No memory to read the file");
    arena_cleanup(s->arena, drop_csv, c);
    c->cells = arena_array(s->arena, s->limits.columns, sizeof *c->cells);
    c->quoted = arena_array(s->arena, s->limits.columns, sizeof *c->quoted);
    TRY(more(s, c));
    sniff(c);
    c->stop['\r'] = c->stop['\n'] = c->stop[(unsigned char)c->delimiter] = true;
    s->impl = c;
    s->next = csv_next;
    return NULL;
}
