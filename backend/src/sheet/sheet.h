/* Spreadsheets: reading .xlsx, .xls and .csv row by row, writing them, and handing rejected rows back.
 *
 * Reading. sheet_reader_* parses in a child process with limits on memory, time and system calls and
 * is what the platform uses: a file that crashes or starves the parser costs the child, and the
 * caller gets an ERR_FILE_REFUSED. sheet_open/next is the same parser in the calling process, for the
 * child itself, tests and fuzzing.
 *
 * A cell is the text that a person sees: dates as YYYY-MM-DD, YYYY-MM-DDThh:mm:ss or hh:mm:ss by
 * their number format (both date systems), numbers without exponent (integers with the digits that
 * the file has, fractions with 15), text as stored (leading zeros stay), TRUE/FALSE, the cached value
 * of a formula. Percentages and currency are the bare number. In .csv the formula guard is taken off
 * again. Of a workbook the first visible worksheet is read;
 * of an .xls, which ends at 65,536 rows, also those after it that begin with the same row of titles. Rows without any text are skipped, but
 * counted in `no`; empty cells at the end of a row are cut off.
 *
 * Errors: ERR_FILE_REFUSED with field "file" and a rule of rules.def; `detail` names the limit or the
 * place, sheet_rule_title says the same in the reader's language.
 * A refusal can come after rows were delivered; who imports must be able to undo.
 *
 * Ownership: everything hangs on the arena given at open and goes with it (the child process too). */
#ifndef SHEET_SHEET_H
#define SHEET_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/arena.h"
#include "kernel/error.h"
#include "kernel/str.h"

enum sheet_kind { SHEET_XLSX = 1, SHEET_CSV = 2, SHEET_XLS = 3 };
/* "xlsx", "csv", "xls": the end of a file's name, and its media type. Any other word is .xlsx. */
enum sheet_kind sheet_kind_named(struct str word);
const char *sheet_kind_end(enum sheet_kind kind);
const char *sheet_kind_type(enum sheet_kind kind);
#define SHEET_XLSX_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

/* The defaults of struct sheet_limits. */
enum {
    SHEET_FILE_BYTES = 64 << 20,
    SHEET_ZIP_ENTRIES = 4096,
    SHEET_INFLATED_BYTES = 512 << 20, /* of all parts that are read, together */
    SHEET_INFLATE_RATIO = 200,        /* of one part, looked at after its first SHEET_RATIO_GRACE bytes */
    SHEET_SHEETS = 1024,
    SHEET_ROWS = 1 << 20, /* with text */
    SHEET_COLUMNS = 1024, /* the last one with text */
    SHEET_CELLS = 10000000,
    SHEET_CELL_BYTES = 128 << 10, /* Excel ends at 32,767 characters */
    SHEET_ROW_BYTES = 4 << 20,
    SHEET_XML_DEPTH = 64,
    SHEET_SECONDS = 60, /* CPU time; a child that is silent for longer than twice that is ended too */
    SHEET_MEMORY_BYTES = 256 << 20,
};
/* Bounds that no caller sets. */
enum {
    SHEET_RATIO_GRACE = 4 << 20,
    SHEET_XML_TOKEN_BYTES = 1 << 20,    /* one tag or comment */
    SHEET_STRINGS_IN_MEMORY = 32 << 20, /* shared strings past this go to a temporary file */
    SHEET_NUMBER_FORMATS = 65536,       /* cell formats and own number formats, each */
    SHEET_OUT_ROWS = 1048576,           /* of an .xlsx written, header included: the format's end */
    SHEET_OUT_CELL_CHARS = 32767,       /* longer text is refused by the writer, not cut */
    SHEET_OUT_COLUMNS = 1024,
    SHEET_XLS_COLUMNS = 256,
};

struct sheet_limits {
    uint64_t file_bytes, inflated_bytes, rows, cells, memory_bytes;
    uint32_t zip_entries, inflate_ratio, sheets, columns, cell_bytes, row_bytes, xml_depth, seconds;
};
struct sheet_limits sheet_limits_default(void);

/* lang: "en" or anything else for zh-CN; NULL when there is no such rule. */
const char *sheet_rule_title(const char *rule, const char *lang);

struct sheet_info {
    enum sheet_kind kind;
    const char *encoding;   /* "UTF-8", "GB18030", "UTF-16" */
    const char *sheet_name; /* of the worksheet that is read; "" for .csv */
};

struct sheet_row {
    uint64_t no; /* as Excel numbers it, from 1; 0 after the last row */
    size_t n;
    const struct str *cells; /* valid UTF-8, valid until the next call */
};

/* --- reading in a child process */
struct sheet_reader;
/* limits may be NULL. Returns when the file is recognised, or refused. The caller ignores SIGPIPE or
 * not, as it likes; the child is reaped here. */
MUST_CHECK struct error *sheet_reader_start(struct arena *a, const char *path, const struct sheet_limits *limits,
                                            struct sheet_reader **out);
const struct sheet_info *sheet_reader_info(const struct sheet_reader *r);
MUST_CHECK struct error *sheet_reader_next(struct sheet_reader *r, struct sheet_row *out);
/* Ends the child if it still runs; repeats do nothing. Called by the arena as well. */
void sheet_reader_stop(struct sheet_reader *r);

/* --- reading in this process */
struct sheet;
MUST_CHECK struct error *sheet_open(struct arena *a, const char *path, const struct sheet_limits *limits, struct sheet **out);
const struct sheet_info *sheet_info(const struct sheet *s);
MUST_CHECK struct error *sheet_next(struct sheet *s, struct sheet_row *out);

/* --- the formula guard of .csv. A cell that begins with = + - @ TAB or CR is written with a ' before
 * it. So that every text comes back as it was, a cell that already is '...' before such a
 * character gets one more, and reading takes exactly one off. */
bool sheet_needs_guard(struct str cell);
struct str sheet_unguard(struct str cell);

/* --- writing. Rows go out one at a time, memory does not grow with them. All cells are text. */
struct sheet_column {
    const char *title;
    double width;               /* in characters; 0: from the title */
    const char *const *choices; /* drop-down list (not in .csv); NULL: none */
    size_t choice_count;
    bool hidden; /* in workbooks, e.g. a row number or an id for the way back; .csv has it like the others */
};
struct sheet_writer;
/* Creates or truncates `path`; temporary files lie beside it. An .xls has at most 256 columns and
 * goes on on another sheet after 65,536 rows. sheet_name is for workbooks: what Excel does
 * not take in it is replaced, after 31 characters it is cut. columns must live as long as the writer. */
MUST_CHECK struct error *sheet_writer_open(struct arena *a, const char *path, enum sheet_kind kind, const char *sheet_name,
                                           const struct sheet_column *columns, size_t n, struct sheet_writer **out);
/* n cells at most as many as columns. marked: cells to highlight (not in .csv), may be NULL. */
MUST_CHECK struct error *sheet_writer_row(struct sheet_writer *w, const struct str *cells, size_t n, const bool *marked);
/* Must be called for the file to be whole; without it the arena drops what was begun. */
MUST_CHECK struct error *sheet_writer_close(struct sheet_writer *w);

/* --- rejected rows, to be corrected and imported again */
#define SHEET_REASON_TITLE "原因 / Reason"
/* Who maps titles to fields leaves out the column for which this is true. */
bool sheet_is_reason(struct str title);

struct sheet_problem {
    uint64_t row_no; /* sheet_row.no */
    int column;      /* from 0; -1: the row as a whole */
    const char *message;
};
/* Writes to out_path (.xls when the original is one, else .xlsx; *kind says which) the first row of the original, as header, and every row that has a
 * problem, its wrong cells filled, with all its messages in a last column SHEET_REASON_TITLE. Problems
 * may come in any order. One such column of the original is not repeated, cells beyond the header are
 * left out, text that no cell can hold is cut. */
MUST_CHECK struct error *sheet_write_rejected(struct arena *a, const char *original, const struct sheet_limits *limits,
                                              const struct sheet_problem *problems, size_t n, const char *out_path,
                                              enum sheet_kind *kind);

#endif
