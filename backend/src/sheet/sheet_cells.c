/* A worksheet, one row at a time: the parser is suspended at the end of each row that has text. */
#include <stdlib.h>
#include <string.h>

#include "sheet/sheet_part.h"

enum cell_type { CELL_NUMBER, CELL_SHARED, CELL_TEXT, CELL_BOOL, CELL_DATE, CELL_AS_IS };

struct cells {
    struct sheet *s;
    struct book *book;
    struct scan scan;
    struct part part;
    struct row_build row;
    uint32_t column; /* of the cell being read, from 0 */
    enum cell_type type;
    uint32_t style;
    size_t value_at;
    unsigned phonetic;
    bool in_row, in_cell, in_value, in_inline, ready;
};

static void drop_cells(void *p)
{
    struct cells *c = p;
    part_close(&c->part);
}

/* "AB12" to 27; UINT32_MAX when it is no reference. */
static uint32_t column_of(const char *ref)
{
    uint32_t v = 0, n = 0;
    for (; *ref >= 'A' && *ref <= 'Z' && n < 4; ref++, n++)
        v = v * 26 + (uint32_t)(*ref - 'A') + 1;
    return n ? v - 1 : UINT32_MAX;
}

static enum cell_type type_of(const char *t)
{
    if (!t || !strcmp(t, "n"))
        return CELL_NUMBER;
    if (!strcmp(t, "s"))
        return CELL_SHARED;
    if (!strcmp(t, "b"))
        return CELL_BOOL;
    if (!strcmp(t, "d"))
        return CELL_DATE;
    return !strcmp(t, "str") || !strcmp(t, "inlineStr") ? CELL_TEXT : CELL_AS_IS;
}

static void start_row(struct cells *c, const char **attrs)
{
    const char *r = scan_attr(attrs, "r");
    uint64_t no;
    row_next(&c->row, r && str_u64(str_of(r), &no) && no ? no : c->row.no + 1);
    c->in_row = true;
    c->column = UINT32_MAX;
}

static void start_cell(struct cells *c, const char **attrs)
{
    const char *ref = NULL, *type = NULL, *style = NULL;
    for (; *attrs; attrs += 2) {
        if (attrs[0][1])
            continue;
        if (attrs[0][0] == 'r')
            ref = attrs[1];
        else if (attrs[0][0] == 't')
            type = attrs[1];
        else if (attrs[0][0] == 's')
            style = attrs[1];
    }
    uint32_t at = ref ? column_of(ref) : UINT32_MAX;
    c->column = at != UINT32_MAX ? at : c->column + 1;
    c->type = type_of(type);
    c->style = style ? (uint32_t)strtoul(style, NULL, 10) : 0;
    c->value_at = c->row.n;
    c->phonetic = 0;
    c->in_cell = true;
}

static void on_start(struct scan *x, const char *name, const char **attrs)
{
    struct cells *c = x->user;
    if (!strcmp(name, "c")) {
        if (c->in_row)
            start_cell(c, attrs);
    } else if (!strcmp(name, "v"))
        c->in_value = c->in_cell;
    else if (!strcmp(name, "row"))
        start_row(c, attrs);
    else if (!strcmp(name, "is"))
        c->in_inline = c->in_cell;
    else if (!strcmp(name, "rPh"))
        c->phonetic++;
    else if (!strcmp(name, "t"))
        c->in_value = c->in_inline && !c->phonetic;
}

static struct error *put_shared(struct cells *c, struct str raw)
{
    uint64_t i;
    if (!str_u64(str_trim(raw), &i) || i >= strings_count(c->book->strings))
        return REFUSE(c->s->arena, "broken", "Row %llu refers to a shared string that is not there", (unsigned long long)c->row.no);
    size_t n = strings_len(c->book->strings, (size_t)i);
    c->row.n = c->value_at;
    TRY(row_room(&c->row, n));
    TRY(strings_copy(c->book->strings, (size_t)i, c->row.text + c->row.n));
    c->row.n += n;
    return NULL;
}

static struct error *put_text(struct cells *c, const char *p, size_t n)
{
    c->row.n = c->value_at;
    return row_put(&c->row, p, n);
}

static struct cell_format format_of(const struct cells *c)
{
    return c->style < c->book->format_count ? c->book->formats[c->style] : (struct cell_format){0};
}

/* ISO 8601 as the strict format has it: the time only where the cell shows one, without fractions. */
static void cut_date(struct cells *c)
{
    size_t n = c->row.n - c->value_at, whole = format_of(c).show == SHOW_DATE ? 10 : 19;
    if (n > whole && c->row.text[c->value_at + 10] == 'T')
        c->row.n = c->value_at + whole;
}

static struct error *put_number(struct cells *c, struct str raw)
{
    char out[FORMAT_OUT];
    struct cell_format f = format_of(c);
    size_t n = format_number(str_trim(raw), f, c->book->date1904, out);
    return n ? put_text(c, out, n) : NULL;
}

static struct error *put_value(struct cells *c)
{
    struct str raw = {c->row.text + c->value_at, c->row.n - c->value_at};
    switch (c->type) {
    case CELL_SHARED:
        return put_shared(c, raw);
    case CELL_NUMBER:
        return put_number(c, raw);
    case CELL_BOOL:
        return str_is(str_trim(raw), "1") || str_is(str_trim(raw), "true") ? put_text(c, "TRUE", 4) : put_text(c, "FALSE", 5);
    case CELL_TEXT:
        c->row.n = c->value_at + format_unescape(c->row.text + c->value_at, raw.n);
        break;
    case CELL_DATE:
        cut_date(c);
        break;
    case CELL_AS_IS:
        break;
    }
    return NULL;
}

static struct error *end_cell(struct cells *c)
{
    if (c->row.n == c->value_at)
        return NULL;
    TRY(put_value(c));
    return row_cell(&c->row, c->column, c->value_at);
}

static void on_end(struct scan *x, const char *name)
{
    struct cells *c = x->user;
    if (!strcmp(name, "v") || !strcmp(name, "t"))
        c->in_value = false;
    else if (!strcmp(name, "c")) {
        struct error *err = c->in_cell ? end_cell(c) : NULL;
        c->in_cell = false;
        if (err)
            scan_fail(x, err);
    } else if (!strcmp(name, "row")) {
        c->in_row = false;
        c->ready = c->row.used > 0;
        if (c->ready)
            XML_StopParser(x->parser, XML_TRUE);
    } else if (!strcmp(name, "is"))
        c->in_inline = false;
    else if (!strcmp(name, "rPh"))
        c->phonetic -= c->phonetic > 0;
}

static void on_text(struct scan *x, const char *p, size_t n)
{
    struct cells *c = x->user;
    if (!c->in_value)
        return;
    struct error *err = NULL;
    if (c->row.n - c->value_at + n > c->s->limits.cell_bytes)
        err = REFUSE(c->s->arena, "max_cell_bytes", "Row %llu, column %u: the text is longer than %u bytes",
                     (unsigned long long)c->row.no, c->column + 1, c->s->limits.cell_bytes);
    if (!err)
        err = row_put(&c->row, p, n);
    if (err)
        scan_fail(x, err);
}

bool cells_take(struct cells *c, struct sheet_row *out)
{
    if (!c->ready)
        return false;
    c->ready = false;
    row_take(&c->row, out);
    return true;
}

static struct error *cells_next(struct sheet *s, struct sheet_row *out)
{
    struct cells *c = s->impl;
    bool paused;
    TRY(scan_run(&c->scan, c->book, &c->part, &paused));
    if (!cells_take(c, out))
        *out = (struct sheet_row){0};
    return NULL;
}

struct cells *cells_new(struct sheet *s, struct book *b)
{
    struct cells *c = arena_zalloc(s->arena, sizeof *c);
    *c = (struct cells){.s = s, .book = b};
    arena_cleanup(s->arena, drop_cells, c);
    return c;
}

struct error *cells_scan(struct cells *c, struct scan **out)
{
    TRY(row_begin(c->s, &c->row));
    TRY(scan_open(c->s, &c->scan, "The worksheet"));
    c->scan.user = c;
    c->scan.start = on_start;
    c->scan.end = on_end;
    c->scan.text = on_text;
    *out = &c->scan;
    return NULL;
}

struct error *cells_open(struct sheet *s, struct book *b)
{
    struct scan *x;
    struct cells *c = cells_new(s, b);
    TRY(cells_scan(c, &x));
    TRY(part_open(b, b->sheet_path, &c->part));
    s->impl = c;
    s->next = cells_next;
    return NULL;
}
