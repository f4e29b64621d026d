/* The workbook of rejected rows: only them, what is wrong marked, and why in a last column. */
#include <stdlib.h>
#include <string.h>

#include "sheet/sheet_part.h"

enum { REASON_WIDTH = 60, REASON_BYTES = 8192 };

struct rejected {
    struct arena *arena;
    const struct sheet_problem **problems; /* by row */
    size_t n, next;
    struct sheet_column *columns;
    size_t width; /* of the header, reason column not counted */
    enum sheet_kind kind;
    size_t reason; /* column of the original's own reason; SIZE_MAX: none */
    struct str *cells;
    bool *marked;
    struct sheet_writer *writer;
};

static int by_row(const void *a, const void *b)
{
    const struct sheet_problem *x = *(const struct sheet_problem *const *)a;
    const struct sheet_problem *y = *(const struct sheet_problem *const *)b;
    if (x->row_no != y->row_no)
        return x->row_no < y->row_no ? -1 : 1;
    return x->column != y->column ? (x->column < y->column ? -1 : 1) : (x < y ? -1 : x > y);
}

static void sort_problems(struct rejected *r, const struct sheet_problem *problems, size_t n)
{
    r->n = n;
    r->problems = arena_array(r->arena, n ? n : 1, sizeof *r->problems);
    for (size_t i = 0; i < n; i++)
        r->problems[i] = &problems[i];
    qsort(r->problems, n, sizeof *r->problems, by_row);
}

static struct error *write_header(struct rejected *r, const struct sheet_row *head, const char *path)
{
    size_t most = (r->kind == SHEET_XLS ? SHEET_XLS_COLUMNS : SHEET_OUT_COLUMNS) - 1, n = head->n < most ? head->n : most;
    r->columns = arena_array(r->arena, n + 1, sizeof *r->columns);
    r->cells = arena_array(r->arena, n + 1, sizeof *r->cells);
    r->marked = arena_array(r->arena, n + 1, sizeof *r->marked);
    r->reason = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        if (r->reason == SIZE_MAX && sheet_is_reason(head->cells[i]))
            r->reason = i;
        else
            r->columns[r->width++].title = str_dup(r->arena, str_chars(head->cells[i], SHEET_OUT_CELL_CHARS));
    }
    r->columns[r->width] = (struct sheet_column){.title = SHEET_REASON_TITLE, .width = REASON_WIDTH};
    return sheet_writer_open(r->arena, path, r->kind, "rejected", r->columns, r->width + 1, &r->writer);
}

/* Column of the output; false for the old reason and what lies beyond the header. */
static bool place(const struct rejected *r, size_t column, size_t *out)
{
    if (column == r->reason)
        return false;
    *out = column - (r->reason != SIZE_MAX && column > r->reason);
    return *out < r->width;
}

static void mark(struct rejected *r, const struct sheet_problem *p, struct buf *reason)
{
    size_t at;
    if (reason->n)
        buf_lit(reason, "; ");
    if (p->column >= 0 && place(r, (size_t)p->column, &at)) {
        r->marked[at] = true;
        buf_z(reason, r->columns[at].title);
        buf_lit(reason, ": ");
    }
    buf_z(reason, p->message);
}

static struct error *write_row(struct rejected *r, const struct sheet_row *row)
{
    struct arena_mark here = arena_mark(r->arena);
    struct buf reason = buf_new(r->arena, 256, REASON_BYTES);
    memset(r->cells, 0, (r->width + 1) * sizeof *r->cells);
    memset(r->marked, 0, (r->width + 1) * sizeof *r->marked);
    for (size_t i = 0, at; i < row->n; i++)
        if (place(r, i, &at))
            r->cells[at] = str_chars(row->cells[i], SHEET_OUT_CELL_CHARS);
    for (; r->next < r->n && r->problems[r->next]->row_no == row->no; r->next++)
        mark(r, r->problems[r->next], &reason);
    r->cells[r->width] = buf_done(&reason);
    r->marked[r->width] = true;
    struct error *err = sheet_writer_row(r->writer, r->cells, r->width + 1, r->marked);
    if (!err)
        arena_reset_to(r->arena, here);
    return err;
}

static bool is_rejected(struct rejected *r, uint64_t no)
{
    while (r->next < r->n && r->problems[r->next]->row_no < no)
        r->next++;
    return r->next < r->n && r->problems[r->next]->row_no == no;
}

static struct error *copy_rows(struct rejected *r, struct sheet_reader *reader, const char *out_path)
{
    struct sheet_row row;
    TRY(sheet_reader_next(reader, &row));
    if (!row.no)
        return REFUSE(r->arena, "no_sheet", "The file has no rows");
    TRY(write_header(r, &row, out_path));
    while (r->next < r->n) {
        TRY(sheet_reader_next(reader, &row));
        if (!row.no)
            break;
        if (is_rejected(r, row.no))
            TRY(write_row(r, &row));
    }
    return sheet_writer_close(r->writer);
}

struct error *sheet_write_rejected(struct arena *a, const char *original, const struct sheet_limits *limits,
                                   const struct sheet_problem *problems, size_t n, const char *out_path, enum sheet_kind *kind)
{
    struct rejected r = {.arena = a};
    struct sheet_reader *reader;
    sort_problems(&r, problems, n);
    TRY(sheet_reader_start(a, original, limits, &reader));
    *kind = r.kind = sheet_reader_info(reader)->kind == SHEET_XLS ? SHEET_XLS : SHEET_XLSX;
    struct error *err = copy_rows(&r, reader, out_path);
    sheet_reader_stop(reader);
    return err;
}
