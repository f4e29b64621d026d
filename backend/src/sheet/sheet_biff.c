#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheet/sheet_part.h"

enum {
    BIFF_FORMULA = 0x06,
    BIFF_EOF = 0x0A,
    BIFF_1904 = 0x22,
    BIFF_FILEPASS = 0x2F,
    BIFF_CONTINUE = 0x3C,
    BIFF_CODEPAGE = 0x42,
    BIFF_BOUNDSHEET = 0x85,
    BIFF_MULRK = 0xBD,
    BIFF_RSTRING = 0xD6,
    BIFF_XF = 0xE0,
    BIFF_SST = 0xFC,
    BIFF_LABELSST = 0xFD,
    BIFF_NUMBER = 0x203,
    BIFF_LABEL = 0x204,
    BIFF_BOOLERR = 0x205,
    BIFF_STRING = 0x207,
    BIFF_RK = 0x27E,
    BIFF_FORMAT = 0x41E,
    BIFF_BOF = 0x809,
};
enum { V5 = 0x500, V8 = 0x600, GLOBALS = 0x05, WORKSHEET = 0x10 };
enum { WIDE = 1, PHONETIC = 4, RICH = 8 }; /* of a string's first byte */
enum { GB18030_PAGE = 936, RECORD_MAX = 0xFFFF };

struct biff {
    struct sheet *s;
    struct ole_stream stream;
    uint64_t at;     /* of the next record */
    unsigned type;   /* of this one */
    size_t n, taken; /* its bytes, and how many were read by take() */
    unsigned char *p;
    unsigned version, page;
    bool date1904;
    struct cell_format *formats; /* by the number of a format record */
    struct cell_format *cells;   /* by XF */
    size_t cell_count;
    struct strings *strings;
    char *text; /* a string as UTF-8 */
    size_t text_n;
    char sheet_name[256];
    uint32_t *sheets; /* where the visible worksheets begin */
    uint32_t sheet_count, listed, sheet;
    struct str *head; /* the first row, which sheets that go on repeat */
    size_t head_n;
    uint64_t before; /* rows of the sheets that are read already */
    struct row_build row;
    uint32_t string_column; /* of a formula whose text comes in the next STRING */
    bool awaits_string, pending;
    unsigned depth; /* substreams inside the sheet */
};

static struct error *broken(struct biff *b, const char *what)
{
    return REFUSE(b->s->arena, "broken", "The workbook is damaged at byte %llu: %s", (unsigned long long)b->at, what);
}

static struct error *next(struct biff *b)
{
    unsigned char head[4];
    TRY(ole_read(&b->stream, head, 4, b->at));
    b->type = le16(head);
    b->n = le16(head + 2);
    b->taken = 0;
    TRY(ole_read(&b->stream, b->p, b->n, b->at + 4));
    b->at += 4 + b->n;
    return NULL;
}

static unsigned peek(struct biff *b)
{
    unsigned char head[4];
    return b->at + 4 <= b->stream.bytes && !ole_read(&b->stream, head, 4, b->at) ? le16(head) : BIFF_EOF;
}

static struct error *need(struct biff *b, size_t n)
{
    return b->n >= n ? NULL : broken(b, "a record is too short");
}

/* ---- strings, which may go on in CONTINUE records ---- */
static struct error *more(struct biff *b)
{
    do {
        if (peek(b) != BIFF_CONTINUE)
            return broken(b, "a text ends early");
        TRY(next(b));
    } while (!b->n);
    return NULL;
}

static struct error *take(struct biff *b, void *to, size_t n)
{
    for (size_t done = 0; done < n;) {
        if (b->taken == b->n)
            TRY(more(b));
        size_t part = n - done < b->n - b->taken ? n - done : b->n - b->taken;
        if (to)
            memcpy((char *)to + done, b->p + b->taken, part);
        b->taken += part;
        done += part;
    }
    return NULL;
}

static struct error *put_point(struct biff *b, uint32_t c)
{
    char *to = b->text + b->text_n;
    if (b->text_n + 4 > b->s->limits.cell_bytes)
        return REFUSE(b->s->arena, "max_cell_bytes", "A text is longer than %u bytes", b->s->limits.cell_bytes);
    if (c == 0)
        return NULL; /* no text has a NUL */
    if (c < 0x80)
        to[0] = (char)c, b->text_n += 1;
    else if (c < 0x800)
        to[0] = (char)(0xC0 | c >> 6), to[1] = (char)(0x80 | (c & 0x3F)), b->text_n += 2;
    else if (c < 0x10000)
        to[0] = (char)(0xE0 | c >> 12), to[1] = (char)(0x80 | (c >> 6 & 0x3F)), to[2] = (char)(0x80 | (c & 0x3F)), b->text_n += 3;
    else
        to[0] = (char)(0xF0 | c >> 18), to[1] = (char)(0x80 | (c >> 12 & 0x3F)), to[2] = (char)(0x80 | (c >> 6 & 0x3F)),
        to[3] = (char)(0x80 | (c & 0x3F)), b->text_n += 4;
    return NULL;
}

/* n characters; where they cross into a CONTINUE, it says anew how wide they are. */
static struct error *take_chars(struct biff *b, size_t n, bool wide)
{
    uint32_t high = 0;
    for (; n; n--) {
        unsigned char c[2] = {0, 0};
        if (b->taken == b->n) {
            TRY(more(b));
            wide = b->p[b->taken++] & WIDE;
        }
        TRY(take(b, c, wide ? 2 : 1));
        uint32_t unit = le16(c);
        bool low = unit >= 0xDC00 && unit < 0xE000;
        if (high && low) {
            TRY(put_point(b, 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00)));
            high = 0;
            continue;
        }
        if (high || low)
            TRY(put_point(b, 0xFFFD));
        high = unit >= 0xD800 && unit < 0xDC00 ? unit : 0;
        if (!high && !low)
            TRY(put_point(b, unit));
    }
    return high ? put_point(b, 0xFFFD) : NULL;
}

/* A text of BIFF8 from its flags on into b->text, without formatting runs and phonetic marks. */
static struct error *take_unicode(struct biff *b, size_t chars)
{
    unsigned char flags, runs[2] = {0, 0}, marks[4] = {0, 0, 0, 0};
    b->text_n = 0;
    TRY(take(b, &flags, 1));
    if (flags & RICH)
        TRY(take(b, runs, 2));
    if (flags & PHONETIC)
        TRY(take(b, marks, 4));
    TRY(take_chars(b, chars, flags & WIDE));
    return take(b, NULL, 4 * (size_t)le16(runs) + le32(marks));
}

/* Windows-1252 where it is not Latin-1 (80 to 9F). */
static uint32_t latin(unsigned char c)
{
    static const uint16_t upper[32] = {0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021, 0x2C6,  0x2030, 0x160,
                                       0x2039, 0x152,  0x8D,   0x17D,  0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                                       0x2013, 0x2014, 0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178};
    return c >= 0x80 && c < 0xA0 ? upper[c - 0x80] : c;
}

/* A text of BIFF5 in the workbook's code page: GB18030 (936) or Windows-1252 (which Excel also writes as 0x8001). */
static struct error *take_bytes(struct biff *b, size_t n)
{
    bool plain = true;
    b->text_n = 0;
    if (n > b->n - b->taken)
        return broken(b, "a text ends early");
    const unsigned char *p = b->p + b->taken;
    for (size_t i = 0; i < n; i++)
        plain = plain && p[i] < 0x80;
    b->taken += n;
    if (plain || b->page == 1252 || b->page == 0x8001) {
        for (size_t i = 0; i < n; i++)
            TRY(put_point(b, latin(p[i])));
        return NULL;
    }
    char *in = (char *)b->p + b->taken - n, *out = b->text;
    size_t room = b->s->limits.cell_bytes;
    iconv(b->s->env.iconv, NULL, NULL, NULL, NULL);
    if (b->page != GB18030_PAGE || b->s->env.utf16 || iconv(b->s->env.iconv, &in, &n, &out, &room) == (size_t)-1)
        return REFUSE(b->s->arena, "encoding", "The text of the workbook has code page %u, which is not read", b->page);
    b->text_n = (size_t)(out - b->text);
    return NULL;
}

/* A text whose length comes before it as one or two bytes. */
static struct error *take_string(struct biff *b, unsigned length_bytes)
{
    unsigned char n[2] = {0, 0};
    TRY(take(b, n, length_bytes));
    return b->version == V8 ? take_unicode(b, le16(n)) : take_bytes(b, le16(n));
}

/* ---- what stands before the sheets ---- */
static struct error *read_strings(struct biff *b)
{
    unsigned char head[8], n[2];
    TRY(take(b, head, 8));
    for (uint32_t left = le32(head + 4); left; left--) {
        if (b->taken == b->n && peek(b) != BIFF_CONTINUE)
            break; /* there are writers that announce more than they have */
        TRY(take(b, n, 2));
        TRY(take_unicode(b, le16(n)));
        TRY(strings_add(b->strings, b->text, b->text_n));
        if (left % 4096 == 0)
            TRY(sheet_check_time(b->s));
    }
    return strings_added(b->strings);
}

static struct error *read_format(struct biff *b)
{
    unsigned char id[2];
    TRY(take(b, id, 2));
    TRY(take_string(b, b->version == V8 ? 2 : 1));
    b->formats[le16(id)] = format_code((struct str){b->text, b->text_n});
    return NULL;
}

static struct error *read_xf(struct biff *b)
{
    TRY(need(b, 4));
    if (b->cell_count == SHEET_NUMBER_FORMATS)
        return broken(b, "it has too many cell formats");
    b->cells[b->cell_count++] = b->formats[le16(b->p + 2)];
    return NULL;
}

/* Where a worksheet begins, if it is shown. */
static struct error *read_sheet(struct biff *b)
{
    unsigned char head[6];
    TRY(take(b, head, 6));
    if (++b->listed > b->s->limits.sheets)
        return REFUSE(b->s->arena, "max_sheets", "The workbook has more than %u sheets", b->s->limits.sheets);
    if ((head[4] & 3) != 0 || head[5] != 0)
        return NULL;
    b->sheets[b->sheet_count++] = le32(head);
    if (b->sheet_count > 1)
        return NULL;
    TRY(take_string(b, 1));
    str_copy(b->sheet_name, sizeof b->sheet_name, str_chars((struct str){b->text, b->text_n}, 60));
    return NULL;
}

/* The first record of the workbook, and of a sheet. Only the former's version counts: there are writers that say another one of
 * the sheets. */
static struct error *read_begin(struct biff *b)
{
    TRY(next(b));
    if (b->type != BIFF_BOF || b->n < 4)
        return REFUSE(b->s->arena, "legacy_xls", "The workbook is older than Excel 5; save it as .xlsx");
    if (!b->version)
        b->version = le16(b->p);
    if (b->version != V8 && b->version != V5)
        return REFUSE(b->s->arena, "legacy_xls", "The workbook is older than Excel 5; save it as .xlsx");
    return NULL;
}

static struct error *read_globals(struct biff *b)
{
    TRY(read_begin(b));
    if (le16(b->p + 2) != GLOBALS)
        return broken(b, "it does not begin with its list of sheets");
    for (;;) {
        TRY(next(b));
        if (b->type == BIFF_EOF)
            return NULL;
        if (b->type == BIFF_FILEPASS)
            return REFUSE(b->s->arena, "encrypted", "The workbook is encrypted; save it without a password");
        if (b->type == BIFF_CODEPAGE && b->n >= 2)
            b->page = le16(b->p);
        else if (b->type == BIFF_1904 && b->n >= 2)
            b->date1904 = le16(b->p) == 1;
        else if (b->type == BIFF_FORMAT)
            TRY(read_format(b));
        else if (b->type == BIFF_XF)
            TRY(read_xf(b));
        else if (b->type == BIFF_BOUNDSHEET)
            TRY(read_sheet(b));
        else if (b->type == BIFF_SST)
            TRY(read_strings(b));
    }
}

/* ---- cells ---- */
static struct error *put_text(struct biff *b, uint32_t column, const char *p, size_t n)
{
    size_t at = b->row.n;
    TRY(row_put(&b->row, p, n));
    return row_cell(&b->row, column, at);
}

static struct error *put_number(struct biff *b, uint32_t column, unsigned xf, double v)
{
    char raw[40], out[FORMAT_OUT];
    struct cell_format f = xf < b->cell_count ? b->cells[xf] : (struct cell_format){0};
    int n = snprintf(raw, sizeof raw, "%.15g", v);
    if (strtod(raw, NULL) != v)
        n = snprintf(raw, sizeof raw, "%.17g", v);
    size_t length = format_number((struct str){raw, (size_t)n}, f, b->date1904, out);
    return put_text(b, column, out, length);
}

static struct error *put_bool_or_error(struct biff *b, uint32_t column, bool error, unsigned v)
{
    static const struct {
        unsigned code;
        const char *text;
    } errors[] = {{0x00, "#NULL!"}, {0x07, "#DIV/0!"}, {0x0F, "#VALUE!"}, {0x17, "#REF!"},
                  {0x1D, "#NAME?"}, {0x24, "#NUM!"},   {0x2A, "#N/A"}};
    const char *text = v ? "TRUE" : "FALSE";
    for (size_t i = 0; error && i < sizeof errors / sizeof *errors; i++)
        if (errors[i].code == v || !i)
            text = errors[i].text;
    return put_text(b, column, text, strlen(text));
}

static double f64(const unsigned char *p)
{
    uint64_t bits = (uint64_t)le32(p) | (uint64_t)le32(p + 4) << 32;
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* The short number: 30 bits as an integer or as the top of a double, perhaps hundredths. */
static double rk(uint32_t v)
{
    double d;
    if (v & 2)
        d = (double)((int32_t)v >> 2);
    else {
        uint64_t bits = (uint64_t)(v & 0xFFFFFFFCu) << 32;
        memcpy(&d, &bits, sizeof d);
    }
    return v & 1 ? d / 100 : d;
}

static struct error *put_many(struct biff *b)
{
    uint32_t column = le16(b->p + 2);
    for (size_t i = 4; i + 8 <= b->n; i += 6)
        TRY(put_number(b, column++, le16(b->p + i), rk(le32(b->p + i + 2))));
    return NULL;
}

static struct error *put_formula(struct biff *b, uint32_t column)
{
    const unsigned char *v = b->p + 6;
    TRY(need(b, 14));
    if (v[6] != 0xFF || v[7] != 0xFF)
        return put_number(b, column, le16(b->p + 4), f64(v));
    b->awaits_string = v[0] == 0;
    b->string_column = column;
    return v[0] == 1 || v[0] == 2 ? put_bool_or_error(b, column, v[0] == 2, v[2]) : NULL;
}

static struct error *put_shared(struct biff *b, uint32_t column)
{
    TRY(need(b, 10));
    uint32_t i = le32(b->p + 6);
    if (i >= strings_count(b->strings))
        return broken(b, "a cell refers to a text that is not there");
    size_t n = strings_len(b->strings, i), at = b->row.n;
    TRY(row_room(&b->row, n));
    TRY(strings_copy(b->strings, i, b->row.text + at));
    b->row.n += n;
    return row_cell(&b->row, column, at);
}

static struct error *put_label(struct biff *b, uint32_t column)
{
    b->taken = 6;
    TRY(need(b, 8));
    TRY(take_string(b, 2));
    return put_text(b, column, b->text, b->text_n);
}

static struct error *put_cell(struct biff *b)
{
    uint32_t column = le16(b->p + 2);
    unsigned xf = b->n >= 6 ? le16(b->p + 4) : 0;
    b->awaits_string = false;
    switch (b->type) {
    case BIFF_LABELSST:
        return put_shared(b, column);
    case BIFF_LABEL:
    case BIFF_RSTRING:
        return put_label(b, column);
    case BIFF_NUMBER:
        TRY(need(b, 14));
        return put_number(b, column, xf, f64(b->p + 6));
    case BIFF_RK:
        TRY(need(b, 10));
        return put_number(b, column, xf, rk(le32(b->p + 6)));
    case BIFF_MULRK:
        return put_many(b);
    case BIFF_BOOLERR:
        TRY(need(b, 8));
        return put_bool_or_error(b, column, b->p[7] != 0, b->p[6]);
    default:
        return put_formula(b, column);
    }
}

static bool is_cell(unsigned type)
{
    return type == BIFF_LABELSST || type == BIFF_LABEL || type == BIFF_RSTRING || type == BIFF_NUMBER || type == BIFF_RK ||
           type == BIFF_MULRK || type == BIFF_BOOLERR || type == BIFF_FORMULA;
}

/* The record that is there goes into the row, or ends it (in *ended; it stays for the next). */
static struct error *use_record(struct biff *b, bool *ended)
{
    *ended = false;
    if (b->type == BIFF_STRING && b->awaits_string && !b->depth) {
        b->awaits_string = false;
        TRY(take_string(b, 2));
        return put_text(b, b->string_column, b->text, b->text_n);
    }
    if (!is_cell(b->type) || b->depth)
        return NULL;
    TRY(need(b, 6));
    uint64_t no = b->before + le16(b->p) + 1;
    if (no < b->row.no)
        return broken(b, "its rows are not in order");
    if (no > b->row.no) {
        *ended = b->row.used > 0;
        if (*ended)
            return NULL;
        row_next(&b->row, no);
    }
    return put_cell(b);
}

/* The next row of this sheet; no 0 after its last one. */
static struct error *read_row(struct biff *b, struct sheet_row *out)
{
    bool ended = false;
    *out = (struct sheet_row){0};
    if (b->pending)
        row_next(&b->row, b->before + le16(b->p) + 1);
    for (unsigned n = 1; !ended; n++) {
        if (!b->pending)
            TRY(next(b));
        b->pending = false;
        if (b->type == BIFF_BOF)
            b->depth++;
        else if (b->type == BIFF_EOF && b->depth)
            b->depth--;
        else if (b->type == BIFF_EOF)
            break;
        else
            TRY(use_record(b, &ended));
        if (n % 4096 == 0)
            TRY(sheet_check_time(b->s));
    }
    b->pending = ended;
    if (b->row.used)
        row_take(&b->row, out);
    if (!ended) {
        b->at -= 4 + b->n; /* the end stays the end */
        row_next(&b->row, b->row.no);
    }
    return NULL;
}

static struct error *begin_sheet(struct biff *b)
{
    b->at = b->sheets[b->sheet];
    b->depth = 0;
    b->awaits_string = false;
    TRY(read_begin(b));
    if (le16(b->p + 2) != WORKSHEET)
        return REFUSE(b->s->arena, "no_sheet", "The first sheet of the workbook is no worksheet");
    row_next(&b->row, b->before);
    return NULL;
}

static void keep_head(struct biff *b, const struct sheet_row *row)
{
    b->head = arena_array(b->s->arena, row->n + 1, sizeof *b->head);
    b->head_n = row->n;
    for (size_t i = 0; i < row->n; i++)
        b->head[i] = (struct str){str_dup(b->s->arena, row->cells[i]), row->cells[i].n};
}

static bool is_head(const struct biff *b, const struct sheet_row *row)
{
    bool same = row->no && row->n == b->head_n;
    for (size_t i = 0; same && i < row->n; i++)
        same = str_eq(row->cells[i], b->head[i]);
    return same;
}

/* A sheet ends at 65,536 rows, so a list that goes on does so on the next sheet, below the same titles. */
static struct error *go_on(struct biff *b, struct sheet_row *out)
{
    if (++b->sheet >= b->sheet_count || !b->head)
        return NULL;
    b->before = (uint64_t)b->sheet * 65536;
    TRY(begin_sheet(b));
    TRY(read_row(b, out));
    if (is_head(b, out))
        return read_row(b, out);
    *out = (struct sheet_row){0};
    return NULL;
}

static struct error *rows(struct sheet *s, struct sheet_row *out)
{
    struct biff *b = s->impl;
    TRY(read_row(b, out));
    if (!b->head && out->no)
        keep_head(b, out);
    return out->no ? NULL : go_on(b, out);
}

static void builtin_formats(struct biff *b)
{
    b->formats = arena_array(b->s->arena, SHEET_NUMBER_FORMATS, sizeof *b->formats);
    b->cells = arena_array(b->s->arena, SHEET_NUMBER_FORMATS, sizeof *b->cells);
    for (unsigned i = 0; i < SHEET_NUMBER_FORMATS; i++)
        b->formats[i] = format_builtin(i);
}

struct error *biff_open(struct sheet *s)
{
    struct biff *b = arena_zalloc(s->arena, sizeof *b);
    *b = (struct biff){.s = s, .page = 1252, .strings = strings_new(s)};
    b->p = arena_alloc(s->arena, RECORD_MAX);
    b->text = arena_alloc(s->arena, s->limits.cell_bytes + 4);
    b->sheets = arena_array(s->arena, s->limits.sheets + 1, sizeof *b->sheets);
    TRY(row_begin(s, &b->row));
    TRY(ole_workbook(s, &b->stream));
    builtin_formats(b);
    TRY(read_globals(b));
    if (!b->sheet_count)
        return REFUSE(s->arena, "no_sheet", "The workbook has no visible worksheet");
    TRY(begin_sheet(b));
    s->info.sheet_name = b->sheet_name;
    s->impl = b;
    s->next = rows;
    return NULL;
}
