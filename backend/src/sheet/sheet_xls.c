/* Writing .xls: BIFF8 ([MS-XLS]) in a compound file ([MS-CFB]). What the sheets and the table of texts grow to goes to
 * temporary files, so memory does not grow with the rows; the workbook is put together when it is closed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheet/sheet_part.h"

enum {
    ROWS = 65536,
    RECORD = 8224, /* payload of one record; the rest goes on in CONTINUE */
    SECTOR = 512,
    SMALLEST = 4096, /* streams below this lie elsewhere, so this one is filled up */
    CACHE = 32768,   /* texts that are written once: by hash, those of at most CACHED_BYTES */
    CACHED_BYTES = 60,
    SHEETS = 64,
    STYLES = 16, /* XF records before the cells' own */
    XF_TEXT = STYLES,
    XF_HEAD,
    XF_MARKED,
};
#define NONE 0xFFFFFFFFu
#define LAST 0xFFFFFFFEu
#define TABLE 0xFFFFFFFDu
#define TABLES 0xFFFFFFFCu

struct cached {
    uint32_t index;
    uint8_t n;
    bool used;
    char text[CACHED_BYTES];
};

struct xls {
    struct arena *arena;
    const struct sheet_column *columns;
    size_t n;
    const char *name;
    FILE *out, *sheets, *texts;
    uint32_t row;            /* of the present sheet */
    size_t count;            /* sheets of rows so far */
    uint64_t at[SHEETS + 1]; /* where each begins in `sheets`; the codes come last */
    uint32_t cells, strings; /* texts used, texts written */
    size_t text_room;        /* left in the open record of `texts` */
    uint64_t text_record;    /* where its header is */
    bool text_begun, failed;
    struct cached *cache;
    uint16_t *units; /* a text as UTF-16 */
    unsigned char record[RECORD + 64];
    size_t record_n;
};

/* ---- bytes ---- */
static void put(struct xls *x, const void *p, size_t n)
{
    if (x->record_n + n > sizeof x->record)
        x->failed = true; /* no record of this file is that long */
    else {
        memcpy(x->record + x->record_n, p, n);
        x->record_n += n;
    }
}

static void put8(struct xls *x, unsigned v)
{
    unsigned char b = (unsigned char)v;
    put(x, &b, 1);
}

static void put16(struct xls *x, unsigned v)
{
    put8(x, v & 0xFF);
    put8(x, v >> 8 & 0xFF);
}

static void put32(struct xls *x, uint32_t v)
{
    put16(x, v & 0xFFFF);
    put16(x, v >> 16);
}

static void zeros(struct xls *x, size_t n)
{
    while (n--)
        put8(x, 0);
}

static void out(struct xls *x, FILE *f, const void *p, size_t n)
{
    if (n && fwrite(p, 1, n, f) != n)
        x->failed = true;
}

/* Ends the record that was put together and writes it. */
static void end(struct xls *x, FILE *f, unsigned type)
{
    unsigned char head[4] = {(unsigned char)type, (unsigned char)(type >> 8), (unsigned char)x->record_n,
                             (unsigned char)(x->record_n >> 8)};
    out(x, f, head, 4);
    out(x, f, x->record, x->record_n);
    x->record_n = 0;
}

/* ---- texts ---- */
/* UTF-16 of a text; SIZE_MAX when it is too long or no UTF-8. */
static size_t units_of(struct xls *x, struct str s)
{
    size_t n = 0;
    if (!str_utf8(s, NULL) || memchr(s.p, 0, s.n))
        return SIZE_MAX;
    for (size_t i = 0; i < s.n;) {
        unsigned char c = (unsigned char)s.p[i];
        unsigned more = c < 0x80 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
        uint32_t v = more == 0 ? c : c & (0x3Fu >> more);
        for (unsigned k = 1; k <= more; k++)
            v = v << 6 | ((unsigned char)s.p[i + k] & 0x3F);
        i += more + 1;
        if (n + 2 > SHEET_OUT_CELL_CHARS + 1u)
            return SIZE_MAX;
        if (v >= 0x10000) {
            x->units[n++] = (uint16_t)(0xD800 + ((v - 0x10000) >> 10));
            v = 0xDC00 + ((v - 0x10000) & 0x3FF);
        }
        x->units[n++] = (uint16_t)v;
    }
    return n;
}

static bool narrow(const struct xls *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (x->units[i] > 0xFF)
            return false;
    return true;
}

/* A short text inside a record: its length in one or two bytes, flags, characters. */
static void put_text(struct xls *x, const char *text, unsigned length_bytes)
{
    size_t n = units_of(x, str_of(text));
    n = n == SIZE_MAX ? 0 : n > 255 ? 255 : n;
    if (length_bytes == 2)
        put16(x, (unsigned)n);
    else
        put8(x, (unsigned)n);
    put8(x, 1);
    for (size_t i = 0; i < n; i++)
        put16(x, x->units[i]);
}

/* The table of texts is one record with its CONTINUEs, each written before it is known how long it is. */
static void table_close(struct xls *x)
{
    size_t n = RECORD - x->text_room;
    unsigned char length[2] = {(unsigned char)n, (unsigned char)(n >> 8)};
    if (fseeko(x->texts, (off_t)x->text_record + 2, SEEK_SET) != 0)
        x->failed = true;
    out(x, x->texts, length, 2);
    if (fseeko(x->texts, 0, SEEK_END) != 0)
        x->failed = true;
}

static void table_open(struct xls *x, unsigned type)
{
    unsigned char head[4] = {(unsigned char)type, (unsigned char)(type >> 8), 0, 0};
    if (x->text_begun)
        table_close(x);
    x->text_record = (uint64_t)ftello(x->texts);
    out(x, x->texts, head, 4);
    x->text_room = RECORD;
    x->text_begun = true;
}

static void table_bytes(struct xls *x, const void *p, size_t n)
{
    out(x, x->texts, p, n);
    x->text_room -= n;
}

static void add_text(struct xls *x, size_t n)
{
    unsigned width = narrow(x, n) ? 1 : 2;
    unsigned char head[3] = {(unsigned char)n, (unsigned char)(n >> 8), (unsigned char)(width - 1)};
    if (x->text_room < sizeof head + width)
        table_open(x, 0x3C);
    table_bytes(x, head, sizeof head);
    for (size_t i = 0; i < n; i++) {
        /* A pair of surrogates stays together. */
        unsigned need = x->units[i] >= 0xD800 && x->units[i] < 0xDC00 ? 2 * width : width;
        unsigned char unit[2] = {(unsigned char)x->units[i], (unsigned char)(x->units[i] >> 8)};
        if (x->text_room < need) {
            table_open(x, 0x3C);
            table_bytes(x, head + 2, 1);
        }
        table_bytes(x, unit, width);
    }
    x->strings++;
}

static struct error *index_of(struct xls *x, struct str text, uint32_t *index)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < text.n; i++)
        h = (h ^ (unsigned char)text.p[i]) * 16777619u;
    struct cached *c = text.n <= CACHED_BYTES ? &x->cache[h % CACHE] : NULL;
    x->cells++;
    if (c && c->used && c->n == text.n && memcmp(c->text, text.p, text.n) == 0) {
        *index = c->index;
        return NULL;
    }
    size_t n = units_of(x, text);
    if (n == SIZE_MAX)
        return error_new(x->arena, str_utf8(text, NULL) ? ERR_TOO_LARGE : ERR_INVALID,
                         "Row %u: a text is no UTF-8 or longer than %d characters", x->row + 1, SHEET_OUT_CELL_CHARS);
    *index = x->strings;
    add_text(x, n);
    if (c) {
        *c = (struct cached){.index = *index, .n = (uint8_t)text.n, .used = true};
        memcpy(c->text, text.p, text.n);
    }
    return NULL;
}

/* ---- a sheet ---- */
static void begin_stream(struct xls *x, FILE *f, unsigned kind)
{
    put16(x, 0x600);
    put16(x, kind);
    put16(x, 0x0DBB);
    put16(x, 1996);
    put32(x, 0x41);
    put32(x, 6);
    end(x, f, 0x809);
}

static void put_widths(struct xls *x)
{
    for (size_t i = 0; i < x->n; i++) {
        put16(x, (unsigned)i);
        put16(x, (unsigned)i);
        put16(x, (unsigned)(sheet_column_width(&x->columns[i]) * 256));
        put16(x, XF_TEXT);
        put16(x, x->columns[i].hidden);
        put16(x, 0);
        end(x, x->sheets, 0x7D);
    }
}

static struct error *put_cell(struct xls *x, unsigned column, struct str text, unsigned xf)
{
    uint32_t index = 0;
    if (text.n)
        TRY(index_of(x, text, &index));
    put16(x, x->row);
    put16(x, column);
    put16(x, xf);
    if (text.n)
        put32(x, index);
    end(x, x->sheets, text.n ? 0xFD : 0x201);
    return NULL;
}

static struct error *begin_sheet(struct xls *x)
{
    if (x->count == SHEETS - 1)
        return error_new(x->arena, ERR_TOO_LARGE, "The workbook ends at %d sheets of %d rows; choose .csv", SHEETS - 1, ROWS);
    x->at[x->count++] = (uint64_t)ftello(x->sheets);
    x->row = 0;
    begin_stream(x, x->sheets, 0x10);
    put_widths(x);
    put32(x, 0);
    put32(x, ROWS);
    put16(x, 0);
    put16(x, (unsigned)x->n);
    put16(x, 0);
    end(x, x->sheets, 0x200);
    for (size_t i = 0; i < x->n; i++)
        TRY(put_cell(x, (unsigned)i, str_of(x->columns[i].title), XF_HEAD));
    x->row = 1;
    return NULL;
}

static size_t lists(const struct xls *x)
{
    size_t n = 0;
    for (size_t i = 0; i < x->n; i++)
        n += x->columns[i].choice_count > 0;
    return n;
}

/* A cell may have one of the list's words, which a name stands for: another sheet cannot be referred to here. */
static void put_choices(struct xls *x, unsigned column, unsigned name)
{
    put32(x, 3 | 1u << 8 | 1u << 19); /* a list, empty is fine, others are refused */
    for (int i = 0; i < 4; i++) {
        put16(x, 1); /* no text is said by one NUL */
        put16(x, 0);
    }
    put16(x, 5);
    put16(x, 0);
    put8(x, 0x23);
    put16(x, name);
    put16(x, 0);
    put16(x, 0);
    put16(x, 0);
    put16(x, 1);
    put16(x, 1);
    put16(x, ROWS - 1);
    put16(x, column);
    put16(x, column);
    end(x, x->sheets, 0x1BE);
}

static void end_sheet(struct xls *x, bool rows)
{
    put16(x, rows ? 0x6BE : 0x6B6); /* with frozen panes */
    put16(x, 0);
    put16(x, 0);
    put32(x, 0x40);
    zeros(x, 8);
    end(x, x->sheets, 0x23E);
    if (rows) {
        put16(x, 0);
        put16(x, 1);
        put16(x, 1);
        put16(x, 0);
        put16(x, 2);
        end(x, x->sheets, 0x41);
    }
    if (rows && lists(x)) {
        unsigned name = 0;
        put16(x, 4);
        put32(x, 0);
        put32(x, 0);
        put32(x, NONE);
        put32(x, (uint32_t)lists(x));
        end(x, x->sheets, 0x1B2);
        for (size_t i = 0; i < x->n; i++)
            if (x->columns[i].choice_count)
                put_choices(x, (unsigned)i, ++name);
    }
    end(x, x->sheets, 0x0A);
}

/* The words of all lists, one column for each list, on a sheet that is not shown. */
static struct error *put_codes(struct xls *x)
{
    bool more = true;
    x->at[x->count] = (uint64_t)ftello(x->sheets);
    begin_stream(x, x->sheets, 0x10);
    for (x->row = 0; more; x->row++) {
        unsigned at = 0;
        more = false;
        for (size_t i = 0; i < x->n; i++) {
            if (x->row < x->columns[i].choice_count)
                TRY(put_cell(x, at, str_of(x->columns[i].choices[x->row]), XF_TEXT));
            more = more || x->row + 1 < x->columns[i].choice_count;
            at += x->columns[i].choice_count > 0;
        }
    }
    end_sheet(x, false);
    return NULL;
}

/* ---- what stands before the sheets ---- */
static void put_font(struct xls *x, bool bold)
{
    put16(x, 200);
    put16(x, 0);
    put16(x, 0x7FFF);
    put16(x, bold ? 700 : 400);
    zeros(x, 6);
    put_text(x, "Arial", 1);
    end(x, x->out, 0x31);
}

static void put_xf(struct xls *x, unsigned font, unsigned format, unsigned parent, uint32_t fill, unsigned colour, unsigned bottom)
{
    put16(x, font);
    put16(x, format);
    put16(x, parent);
    put8(x, 0x20);
    put8(x, 0);
    put8(x, 0);
    put8(x, parent == 0xFFF5 ? 0 : 0xFC);
    put32(x, bottom << 12);
    put32(x, fill << 26);
    put16(x, colour | 65u << 7);
    end(x, x->out, 0xE0);
}

static void put_styles(struct xls *x)
{
    enum { SOLID = 1, PALE_BLUE = 44, ROSE = 45, TEXT_FORMAT = 49, NO_COLOUR = 64, BOLD_FONT = 5 };
    for (int i = 0; i < 5; i++) /* number 4 does not exist, so the fifth is number 5 */
        put_font(x, i == 4);
    for (int i = 0; i < STYLES - 1; i++)
        put_xf(x, 0, 0, 0xFFF5, 0, NO_COLOUR, 0);
    put_xf(x, 0, 0, 1, 0, NO_COLOUR, 0);
    put_xf(x, 0, TEXT_FORMAT, 1, 0, NO_COLOUR, 0);
    put_xf(x, BOLD_FONT, TEXT_FORMAT, 1, SOLID, PALE_BLUE, 1);
    put_xf(x, 0, TEXT_FORMAT, 1, SOLID, ROSE, 0);
    put16(x, 0x8000);
    put8(x, 0);
    put8(x, 0xFF);
    end(x, x->out, 0x293);
}

/* The names of the lists: each stands for a column of the sheet of codes, which is the last one. */
static void put_names(struct xls *x)
{
    unsigned at = 0;
    if (!lists(x))
        return;
    put16(x, (unsigned)x->count + 1);
    put16(x, 0x0401);
    end(x, x->out, 0x1AE);
    put16(x, 1);
    put16(x, 0);
    put16(x, (unsigned)x->count);
    put16(x, (unsigned)x->count);
    end(x, x->out, 0x17);
    for (size_t i = 0; i < x->n; i++) {
        if (!x->columns[i].choice_count)
            continue;
        const char *name = arena_printf(x->arena, "codes_%u", at + 1);
        put16(x, 0);
        put8(x, 0);
        put8(x, (unsigned)strlen(name));
        put16(x, 11);
        zeros(x, 8);
        put8(x, 0);
        put(x, name, strlen(name));
        put8(x, 0x3B);
        put16(x, 0);
        put16(x, 0);
        put16(x, (unsigned)x->columns[i].choice_count - 1);
        put16(x, at);
        put16(x, at);
        end(x, x->out, 0x18);
        at++;
    }
}

/* "Assets", "Assets (2)", ... */
static const char *sheet_name(struct xls *x, size_t i)
{
    if (i == x->count)
        return "_codes";
    return i ? arena_printf(x->arena, STR_FMT " (%zu)", STR_ARG(str_chars(str_of(x->name), 25)), i + 1) : x->name;
}

static void put_places(struct xls *x, size_t all, uint64_t first)
{
    for (size_t i = 0; i < all; i++) {
        put32(x, (uint32_t)(first + x->at[i]));
        put16(x, i == x->count); /* hidden: the codes */
        put_text(x, sheet_name(x, i), 1);
        end(x, x->out, 0x85);
    }
}

static void copy(struct xls *x, FILE *from)
{
    char bytes[64 * 1024];
    size_t n;
    rewind(from);
    while ((n = fread(bytes, 1, sizeof bytes, from)) > 0)
        out(x, x->out, bytes, n);
    if (ferror(from))
        x->failed = true;
}

static void fill(struct xls *x, uint64_t upto)
{
    static const char zero[SECTOR];
    for (uint64_t at = (uint64_t)ftello(x->out); !x->failed && at < upto; at = (uint64_t)ftello(x->out))
        out(x, x->out, zero, upto - at < SECTOR ? (size_t)(upto - at) : SECTOR);
}

static void put_globals(struct xls *x, size_t all)
{
    begin_stream(x, x->out, 0x05);
    put16(x, 1200);
    end(x, x->out, 0x42);
    zeros(x, 2);
    put16(x, 0);
    put16(x, 0x4000);
    put16(x, 0x2000);
    put16(x, 0x38);
    zeros(x, 4);
    put16(x, 1);
    put16(x, 600);
    end(x, x->out, 0x3D);
    put16(x, 0);
    end(x, x->out, 0x22);
    put_styles(x);
    off_t places = ftello(x->out);
    put_places(x, all, 0);
    put_names(x);
    unsigned char totals[8];
    table_close(x);
    for (int i = 0; i < 4; i++) {
        totals[i] = (unsigned char)(x->cells >> 8 * i);
        totals[4 + i] = (unsigned char)(x->strings >> 8 * i);
    }
    if (fseeko(x->texts, 4, SEEK_SET) != 0)
        x->failed = true;
    out(x, x->texts, totals, 8);
    copy(x, x->texts);
    end(x, x->out, 0x0A);
    uint64_t first = (uint64_t)ftello(x->out) - SECTOR;
    if (fseeko(x->out, places, SEEK_SET) != 0)
        x->failed = true;
    put_places(x, all, first);
    if (fseeko(x->out, 0, SEEK_END) != 0)
        x->failed = true;
}

/* ---- the compound file around it: the stream, one sector of directory, the allocation table ---- */
struct layout {
    uint32_t stream, tables, more; /* sectors of the stream, of the table, and of the table of tables past the header's 109 */
};

static struct layout layout_of(uint64_t bytes)
{
    struct layout l = {.stream = (uint32_t)(bytes / SECTOR)};
    for (uint32_t before = NONE; before != l.tables;) {
        before = l.tables;
        l.more = l.tables > 109 ? (l.tables - 109 + 126) / 127 : 0;
        l.tables = (l.stream + 1 + l.tables + l.more + 127) / 128;
    }
    return l;
}

static void put_entry(struct xls *x, const char *name, unsigned kind, uint32_t child, uint32_t start, uint64_t bytes)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < 32; i++)
        put16(x, i < n ? (unsigned char)name[i] : 0);
    put16(x, n ? (unsigned)(2 * n + 2) : 0);
    put8(x, kind);
    put8(x, 1);
    put32(x, NONE);
    put32(x, NONE);
    put32(x, child);
    zeros(x, 36);
    put32(x, start);
    put32(x, (uint32_t)bytes);
    put32(x, 0);
}

/* Writes what was put together as it is. */
static void flush_raw(struct xls *x)
{
    out(x, x->out, x->record, x->record_n);
    x->record_n = 0;
}

static void put_table(struct xls *x, struct layout l)
{
    uint32_t used = l.stream + 1 + l.tables + l.more;
    for (uint32_t i = 0; i < l.tables * 128; i++) {
        uint32_t v = i + 1 < l.stream              ? i + 1
                     : i <= l.stream               ? LAST
                     : i < l.stream + 1 + l.tables ? TABLE
                     : i < used                    ? TABLES
                                                   : NONE;
        put32(x, v);
        if (i % 128 == 127)
            flush_raw(x);
    }
    uint32_t first = l.stream + 1, more = first + l.tables;
    for (uint32_t k = 0; k < l.more; k++) {
        for (uint32_t i = 0; i < 127; i++) {
            uint32_t number = 109 + k * 127 + i;
            put32(x, number < l.tables ? first + number : NONE);
        }
        put32(x, k + 1 < l.more ? more + k + 1 : LAST);
        flush_raw(x);
    }
}

static void put_header(struct xls *x, struct layout l)
{
    put(x, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8);
    zeros(x, 16);
    put16(x, 0x3E);
    put16(x, 3);
    put16(x, 0xFFFE);
    put16(x, 9);
    put16(x, 6);
    zeros(x, 10);
    put32(x, l.tables);
    put32(x, l.stream); /* the directory comes after the stream */
    put32(x, 0);
    put32(x, SMALLEST);
    put32(x, LAST);
    put32(x, 0);
    put32(x, l.more ? l.stream + 1 + l.tables : LAST);
    put32(x, l.more);
    for (uint32_t i = 0; i < 109; i++)
        put32(x, i < l.tables ? l.stream + 1 + i : NONE);
    flush_raw(x);
}

/* ---- front ---- */
static FILE *scratch(const char *path)
{
    size_t n = strlen(path) + 16;
    char *name = malloc(n);
    FILE *f = NULL;
    if (!name)
        return NULL;
    snprintf(name, n, "%s.XXXXXX", path);
    int fd = mkstemp(name);
    if (fd >= 0) {
        remove(name);
        f = fdopen(fd, "w+");
    }
    free(name);
    return f;
}

static void drop(void *p)
{
    struct xls *x = p;
    FILE **all[] = {&x->out, &x->sheets, &x->texts};
    for (size_t i = 0; i < 3; i++) {
        if (*all[i])
            fclose(*all[i]);
        *all[i] = NULL;
    }
    free(x->cache);
    free(x->units);
    x->cache = NULL;
    x->units = NULL;
}

static struct error *write_failed(struct xls *x)
{
    return error_new(x->arena, ERR_UNAVAILABLE, "The file cannot be written: %s", strerror(errno));
}

struct error *xls_open(struct arena *a, const char *path, const char *name, const struct sheet_column *columns, size_t n,
                       struct xls **opened)
{
    struct xls *x = arena_zalloc(a, sizeof *x);
    *x = (struct xls){.arena = a, .columns = columns, .n = n, .name = name};
    if (n > SHEET_XLS_COLUMNS)
        return error_new(a, ERR_TOO_LARGE, "An .xls sheet ends at %d columns; choose .xlsx", SHEET_XLS_COLUMNS);
    arena_cleanup(a, drop, x);
    x->out = fopen(path, "w+e");
    x->sheets = scratch(path);
    x->texts = scratch(path);
    x->cache = calloc(CACHE, sizeof *x->cache);
    x->units = malloc((SHEET_OUT_CELL_CHARS + 2) * sizeof *x->units);
    if (!x->out || !x->sheets || !x->texts || !x->cache || !x->units)
        return write_failed(x);
    table_open(x, 0xFC);
    table_bytes(x, "\0\0\0\0\0\0\0\0", 8);
    *opened = x;
    return begin_sheet(x);
}

struct error *xls_row(struct xls *x, const struct str *cells, size_t n, const bool *marked)
{
    if (x->row == ROWS) {
        end_sheet(x, true);
        TRY(begin_sheet(x));
    }
    for (size_t i = 0; i < n; i++)
        if (cells[i].n || (marked && marked[i]))
            TRY(put_cell(x, (unsigned)i, cells[i], marked && marked[i] ? XF_MARKED : XF_TEXT));
    x->row++;
    return x->failed ? write_failed(x) : NULL;
}

struct error *xls_close(struct xls *x)
{
    end_sheet(x, true);
    size_t all = x->count + (lists(x) > 0);
    if (lists(x))
        TRY(put_codes(x));
    fill(x, SECTOR); /* where the header will be */
    put_globals(x, all);
    copy(x, x->sheets);
    uint64_t bytes = (uint64_t)ftello(x->out) - SECTOR;
    if (bytes > (uint64_t)INT32_MAX)
        return error_new(x->arena, ERR_TOO_LARGE, "An .xls workbook ends at 2 GiB; choose .csv");
    bytes = bytes < SMALLEST ? SMALLEST : (bytes + SECTOR - 1) / SECTOR * SECTOR;
    fill(x, SECTOR + bytes);
    struct layout l = layout_of(bytes);
    put_entry(x, "Root Entry", 5, 1, LAST, 0);
    put_entry(x, "Workbook", 2, NONE, 0, bytes);
    put_entry(x, "", 0, NONE, 0, 0);
    put_entry(x, "", 0, NONE, 0, 0);
    flush_raw(x);
    put_table(x, l);
    rewind(x->out);
    put_header(x, l);
    if (fflush(x->out) != 0)
        x->failed = true;
    struct error *err = x->failed ? write_failed(x) : NULL;
    drop(x);
    return err;
}
