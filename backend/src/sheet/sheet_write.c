/* Writing .xlsx (libxlsxwriter, one row in memory), .xls (sheet_xls.c) and .csv behind one interface. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xlsxwriter.h>

#include "sheet/sheet_part.h"

enum { TITLE_WIDTH_MIN = 10, TITLE_WIDTH_MAX = 60, NAME_CHARS = 31 };

struct sheet_writer {
    struct arena *arena;
    enum sheet_kind kind;
    const struct sheet_column *columns;
    size_t n;
    uint64_t rows; /* written, header included */
    FILE *csv;
    struct xls *xls;
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *text, *marked;
    char *scratch; /* one cell, ends in NUL */
    size_t scratch_cap;
};

static struct error *write_failed(struct sheet_writer *w, const char *why)
{
    return error_new(w->arena, ERR_UNAVAILABLE, "The file cannot be written: %s", why);
}

static void drop_writer(void *p)
{
    struct sheet_writer *w = p;
    if (w->csv)
        fclose(w->csv);
    if (w->book)
        lxw_workbook_free(w->book);
    free(w->scratch);
    w->csv = NULL;
    w->book = NULL;
    w->scratch = NULL;
}

/* --- csv */
static void csv_cell(FILE *f, struct str cell)
{
    bool guard = sheet_needs_guard(cell), quote = cell.n && (*cell.p == ' ' || cell.p[cell.n - 1] == ' ');
    for (size_t i = 0; i < cell.n && !quote; i++)
        quote = strchr("\",;\t\r\n", cell.p[i]) != NULL;
    if (quote)
        putc_unlocked('"', f);
    if (guard)
        putc_unlocked('\'', f);
    for (size_t i = 0; i < cell.n; i++) {
        if (cell.p[i] == '"')
            putc_unlocked('"', f);
        putc_unlocked(cell.p[i], f);
    }
    if (quote)
        putc_unlocked('"', f);
}

static struct error *csv_row(struct sheet_writer *w, const struct str *cells, size_t n)
{
    for (size_t i = 0; i < w->n; i++) {
        if (i)
            putc_unlocked(',', w->csv);
        if (i < n)
            csv_cell(w->csv, cells[i]);
    }
    if (fputs("\r\n", w->csv) < 0 || ferror(w->csv))
        return write_failed(w, strerror(errno));
    return NULL;
}

/* --- xlsx */
static bool is_escape(struct str s, size_t i)
{
    return s.n - i >= 7 && s.p[i] == '_' && s.p[i + 1] == 'x' && s.p[i + 6] == '_' &&
           strspn(s.p + i + 2, "0123456789abcdefABCDEF") >= 4;
}

/* The cell with NUL at its end. What looks like the format's own escape is escaped itself; so is CR,
 * which XML would turn into LF. */
static const char *xlsx_text(struct sheet_writer *w, struct str s)
{
    size_t need = s.n * 7 + 1;
    if (need > w->scratch_cap) {
        free(w->scratch);
        w->scratch = malloc(need);
        w->scratch_cap = w->scratch ? need : 0;
        if (!w->scratch)
            return NULL;
    }
    char *to = w->scratch;
    for (size_t i = 0; i < s.n; i++) {
        bool self = s.p[i] == '_' && i + 7 <= s.n && is_escape(s, i), cr = s.p[i] == '\r';
        if (self || cr) {
            memcpy(to, self ? "_x005F_" : "_x000D_", 7);
            to += 7;
        } else
            *to++ = s.p[i];
    }
    *to = '\0';
    return w->scratch;
}

static struct error *xlsx_cell(struct sheet_writer *w, size_t column, struct str cell, bool marked)
{
    lxw_row_t row = (lxw_row_t)w->rows;
    lxw_format *format = marked ? w->marked : w->text;
    size_t chars;
    if (!cell.n) {
        if (marked)
            worksheet_write_blank(w->sheet, row, (lxw_col_t)column, format);
        return NULL;
    }
    if (!str_utf8(cell, &chars) || memchr(cell.p, 0, cell.n))
        return error_new(w->arena, ERR_INVALID, "Row %llu: a text is not UTF-8", (unsigned long long)w->rows + 1);
    if (chars > SHEET_OUT_CELL_CHARS)
        return error_new(w->arena, ERR_TOO_LARGE, "Row %llu: a text is longer than %d characters", (unsigned long long)w->rows + 1,
                         SHEET_OUT_CELL_CHARS);
    const char *text = xlsx_text(w, cell);
    lxw_error rc = text ? worksheet_write_string(w->sheet, row, (lxw_col_t)column, text, format) : LXW_ERROR_MEMORY_MALLOC_FAILED;
    return rc == LXW_NO_ERROR ? NULL : write_failed(w, lxw_strerror(rc));
}

static struct error *xlsx_row(struct sheet_writer *w, const struct str *cells, size_t n, const bool *marked)
{
    if (w->rows >= SHEET_OUT_ROWS)
        return error_new(w->arena, ERR_TOO_LARGE, "A worksheet ends at %d rows; choose .csv", SHEET_OUT_ROWS);
    for (size_t i = 0; i < n; i++)
        TRY(xlsx_cell(w, i, cells[i], marked && marked[i]));
    return NULL;
}

double sheet_column_width(const struct sheet_column *c)
{
    if (c->width > 0)
        return c->width;
    size_t n = 4;
    for (const char *p = c->title; *p; p++)
        n += ((unsigned char)*p & 0xC0) == 0x80 ? 0 : (unsigned char)*p >= 0x80 ? 2 : 1;
    return (double)(n < TITLE_WIDTH_MIN ? TITLE_WIDTH_MIN : n > TITLE_WIDTH_MAX ? TITLE_WIDTH_MAX : n);
}

/* A list of choices stands in a column of the hidden sheet, so that it may be long and hold commas. */
static struct error *xlsx_choices(struct sheet_writer *w, size_t column, lxw_col_t at)
{
    const struct sheet_column *c = &w->columns[column];
    char first[LXW_MAX_CELL_NAME_LENGTH], last[LXW_MAX_CELL_NAME_LENGTH];
    lxw_rowcol_to_cell_abs(first, 0, at, 1, 1);
    lxw_rowcol_to_cell_abs(last, (lxw_row_t)(c->choice_count - 1), at, 1, 1);
    lxw_data_validation v = {
        .validate = LXW_VALIDATION_TYPE_LIST_FORMULA,
        .value_formula = arena_printf(w->arena, "=_codes!%s:%s", first, last),
        .dropdown = LXW_VALIDATION_ON,
        .show_error = LXW_VALIDATION_ON,
        .ignore_blank = LXW_VALIDATION_ON,
        .error_type = LXW_VALIDATION_ERROR_TYPE_STOP,
    };
    lxw_error rc = worksheet_data_validation_range(w->sheet, 1, (lxw_col_t)column, SHEET_OUT_ROWS - 1, (lxw_col_t)column, &v);
    return rc == LXW_NO_ERROR ? NULL : write_failed(w, lxw_strerror(rc));
}

/* Row by row over all lists, as constant memory asks for. */
static struct error *xlsx_codes(struct sheet_writer *w)
{
    size_t longest = 0;
    for (size_t i = 0; i < w->n; i++)
        if (w->columns[i].choice_count > longest)
            longest = w->columns[i].choice_count;
    if (!longest)
        return NULL;
    lxw_worksheet *codes = workbook_add_worksheet(w->book, "_codes");
    if (!codes || longest > SHEET_OUT_ROWS)
        return write_failed(w, "the lists of choices do not fit");
    worksheet_hide(codes);
    for (size_t row = 0; row < longest; row++) {
        lxw_col_t at = 0;
        for (size_t i = 0; i < w->n; i++) {
            if (row < w->columns[i].choice_count)
                worksheet_write_string(codes, (lxw_row_t)row, at, w->columns[i].choices[row], w->text);
            at = (lxw_col_t)(at + (w->columns[i].choice_count > 0));
        }
    }
    lxw_col_t at = 0;
    for (size_t i = 0; i < w->n; i++)
        if (w->columns[i].choice_count)
            TRY(xlsx_choices(w, i, at++));
    return NULL;
}

static struct error *xlsx_header(struct sheet_writer *w)
{
    lxw_format *head = workbook_add_format(w->book);
    format_set_bold(head);
    format_set_num_format(head, "@");
    format_set_bg_color(head, 0xDCE6F2);
    format_set_bottom(head, LXW_BORDER_THIN);
    for (size_t i = 0; i < w->n; i++) {
        lxw_row_col_options hide = {.hidden = LXW_TRUE};
        worksheet_set_column_opt(w->sheet, (lxw_col_t)i, (lxw_col_t)i, sheet_column_width(&w->columns[i]), w->text,
                                 w->columns[i].hidden ? &hide : NULL);
        const char *text = xlsx_text(w, str_of(w->columns[i].title));
        if (!text)
            return write_failed(w, "out of memory");
        worksheet_write_string(w->sheet, 0, (lxw_col_t)i, text, head);
    }
    worksheet_freeze_panes(w->sheet, 1, 0);
    return xlsx_codes(w);
}

/* A name that Excel takes. */
static const char *sheet_name_of(struct arena *a, const char *wanted)
{
    char *name = str_dup(a, str_chars(str_of(wanted && *wanted ? wanted : "Sheet"), NAME_CHARS));
    for (char *c = name; *c; c++)
        if (strchr("[]:*?/\\'", *c))
            *c = ' ';
    return name;
}

static struct error *xlsx_open(struct sheet_writer *w, const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    lxw_workbook_options options = {
        .constant_memory = LXW_TRUE,
        .tmpdir = slash ? arena_strndup(w->arena, path, (size_t)(slash - path) + 1) : NULL,
    };
    w->book = workbook_new_opt(path, &options);
    w->sheet = w->book ? workbook_add_worksheet(w->book, sheet_name_of(w->arena, name)) : NULL;
    if (!w->sheet)
        return write_failed(w, "the workbook cannot be made");
    lxw_doc_properties same = {.created = 946684800}; /* else two workbooks of the same content differ */
    workbook_set_properties(w->book, &same);
    w->text = workbook_add_format(w->book);
    w->marked = workbook_add_format(w->book);
    format_set_num_format(w->text, "@");
    format_set_num_format(w->marked, "@");
    format_set_bg_color(w->marked, 0xFFC7CE);
    return xlsx_header(w);
}

static struct error *csv_open_file(struct sheet_writer *w, const char *path)
{
    w->csv = fopen(path, "we");
    if (!w->csv)
        return write_failed(w, strerror(errno));
    fputs("\xEF\xBB\xBF", w->csv);
    struct str *titles = arena_array(w->arena, w->n, sizeof *titles);
    for (size_t i = 0; i < w->n; i++)
        titles[i] = str_of(w->columns[i].title);
    return csv_row(w, titles, w->n);
}

struct error *sheet_writer_open(struct arena *a, const char *path, enum sheet_kind kind, const char *sheet_name,
                                const struct sheet_column *columns, size_t n, struct sheet_writer **out)
{
    struct sheet_writer *w = arena_zalloc(a, sizeof *w);
    *w = (struct sheet_writer){.arena = a, .kind = kind, .columns = columns, .n = n};
    if (!n || n > SHEET_OUT_COLUMNS)
        return error_new(a, ERR_INVALID, "A sheet has 1 to %d columns", SHEET_OUT_COLUMNS);
    arena_cleanup(a, drop_writer, w);
    TRY(kind == SHEET_CSV   ? csv_open_file(w, path)
        : kind == SHEET_XLS ? xls_open(a, path, sheet_name_of(a, sheet_name), columns, n, &w->xls)
                            : xlsx_open(w, path, sheet_name));
    w->rows = 1;
    *out = w;
    return NULL;
}

struct error *sheet_writer_row(struct sheet_writer *w, const struct str *cells, size_t n, const bool *marked)
{
    if (n > w->n)
        return error_new(w->arena, ERR_INTERNAL, "A row has %zu cells of %zu columns", n, w->n);
    TRY(w->kind == SHEET_CSV   ? csv_row(w, cells, n)
        : w->kind == SHEET_XLS ? xls_row(w->xls, cells, n, marked)
                               : xlsx_row(w, cells, n, marked));
    w->rows++;
    return NULL;
}

struct error *sheet_writer_close(struct sheet_writer *w)
{
    if (w->csv) {
        FILE *f = w->csv;
        w->csv = NULL;
        return fclose(f) == 0 ? NULL : write_failed(w, strerror(errno));
    }
    if (w->xls)
        return xls_close(w->xls);
    lxw_workbook *book = w->book;
    w->book = NULL;
    lxw_error rc = book ? workbook_close(book) : LXW_ERROR_PARAMETER_VALIDATION;
    return rc == LXW_NO_ERROR ? NULL : write_failed(w, lxw_strerror(rc));
}
