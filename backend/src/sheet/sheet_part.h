/* What the files of sheet/ share among themselves; nobody else includes this. */
#ifndef SHEET_SHEET_PART_H
#define SHEET_SHEET_PART_H

#include <iconv.h>
#include <zip.h>

#include <expat.h>

#include "sheet/sheet.h"

#define REFUSE(arena, rule, ...) error_field((arena), ERR_FILE_REFUSED, "file", (rule), __VA_ARGS__)

enum { SHEET_CHUNK = 64 * 1024 };

/* All that needs the file system, opened before the child gives up the right to open anything. */
struct sheet_env {
    int fd;
    int spill_fd;  /* unlinked temporary file */
    iconv_t iconv; /* UTF-16 if the file says so, else GB18030, to UTF-8 */
    bool utf16;
    uint64_t bytes;
};
struct error *sheet_env_open(struct arena *a, const char *path, const struct sheet_limits *limits, struct sheet_env *out);
void sheet_env_close(struct sheet_env *env);

struct sheet {
    struct arena *arena;
    struct sheet_limits limits;
    struct sheet_env env;
    struct sheet_info info;
    struct error *(*next)(struct sheet *, struct sheet_row *);
    void *impl;
    uint64_t rows, cells;
    int64_t cpu_start; /* ms of the calling thread */
    bool done;
};
struct error *sheet_open_env(struct arena *a, const struct sheet_env *env, const struct sheet_limits *limits, struct sheet **out);
struct error *sheet_check_time(struct sheet *s);

/* sheet_kind.c: what the file is, by its content. */
struct error *sheet_kind_of(struct sheet *s, enum sheet_kind *out);
ssize_t sheet_pread(int fd, void *to, size_t n, uint64_t at); /* all of n unless the file ends */

/* sheet_ole.c: compound files ([MS-CFB]), the container of .xls. */
struct ole_stream {
    struct sheet *s;
    uint32_t *sectors; /* in order, of 1 << shift bytes; small streams lie in sectors of `base` */
    size_t count;
    unsigned shift;
    uint64_t bytes;
    const struct ole_stream *base; /* NULL: the file */
};
/* What a compound file is: the stream of its workbook, or why it is none that can be read. */
struct error *ole_workbook(struct sheet *s, struct ole_stream *out);
/* Exactly n bytes at an offset; "broken" past the end. */
struct error *ole_read(const struct ole_stream *st, void *to, size_t n, uint64_t at);
uint16_t le16(const unsigned char *p);
uint32_t le32(const unsigned char *p);

/* sheet_biff.c: the workbook in it ([MS-XLS]: BIFF8, and BIFF5 as of Excel 5 and 95). */
struct error *biff_open(struct sheet *s);

/* sheet_csv.c, sheet_text.c */
struct error *csv_open(struct sheet *s);
struct text {
    struct sheet *s;
    uint64_t at; /* next byte of the file */
    bool convert;
    char *in; /* bytes read, not converted yet */
    size_t in_n;
    bool eof;
};
struct error *text_open(struct sheet *s, struct text *out);
/* Up to `room` bytes of UTF-8; *got is 0 at the end. */
struct error *text_fill(struct text *t, char *to, size_t room, size_t *got);

/* sheet_zip.c */
struct part {
    struct sheet *s;
    zip_file_t *file;
    const char *name;
    uint64_t packed, out;
};
struct book {
    struct sheet *s;
    zip_t *zip;
    uint64_t inflated;
    bool date1904;
    char *sheet_path, *strings_path, *styles_path;
    struct cell_format *formats;
    size_t format_count;
    struct strings *strings;
};
struct error *book_zip_open(struct sheet *s, struct book *b);
bool book_has(struct book *b, const char *name);
struct error *part_open(struct book *b, const char *name, struct part *out);
struct error *part_read(struct book *b, struct part *p, char *to, size_t room, size_t *got);
void part_close(struct part *p);

/* sheet_xml.c: expat with depth, token and declaration limits. */
struct scan {
    XML_Parser parser;
    struct sheet *s;
    struct error *err; /* the first; stops the parser */
    const char *what;
    uint32_t depth;
    bool last, started;
    uint64_t fed;
    void *user;
    void (*start)(struct scan *, const char *name, const char **attrs);
    void (*end)(struct scan *, const char *name);
    void (*text)(struct scan *, const char *p, size_t n);
};
struct error *scan_open(struct sheet *s, struct scan *x, const char *what);
void scan_fail(struct scan *x, struct error *err);
/* Parses on until a handler suspends (true in *paused) or the part ends. */
struct error *scan_run(struct scan *x, struct book *b, struct part *p, bool *paused);
/* The same for a buffer of bytes. */
struct error *scan_bytes(struct scan *x, const char *p, size_t n, bool last, bool *paused);
/* Opens, parses to the end and closes a part. */
struct error *scan_part(struct scan *x, struct book *b, const char *name);
const char *scan_attr(const char **attrs, const char *name); /* by local name; NULL when absent */
const char *scan_local(const char *name);

/* sheet_book.c */
struct error *book_open(struct book *b);
struct error *book_styles(struct book *b, struct scan *x);

/* sheet_strings.c */
struct strings *strings_new(struct sheet *s);
struct error *strings_read(struct book *b);
void strings_handlers(struct strings *st, struct scan *x);
size_t strings_count(const struct strings *st);
/* Bytes of string i, and a copy of them. i is below strings_count. */
size_t strings_len(const struct strings *st, size_t i);
struct error *strings_copy(struct strings *st, size_t i, char *to);
/* One more string, as it is; after the last one strings_added. */
struct error *strings_add(struct strings *st, const char *p, size_t n);
struct error *strings_added(struct strings *st);

/* sheet_row.c: the row being read. Cells are put one after another into `text`; row_cell says that the bytes from `at` on are
 * the cell of a column (none when there are no bytes). */
struct span {
    uint32_t at, n;
};
struct row_build {
    struct sheet *s;
    uint64_t no;
    char *text;
    size_t n, cap;
    struct span *spans; /* by column; those below `used` are set */
    uint32_t used;
    struct str *out;
};
struct error *row_begin(struct sheet *s, struct row_build *b);
void row_next(struct row_build *b, uint64_t no);
struct error *row_room(struct row_build *b, size_t n);
struct error *row_put(struct row_build *b, const char *p, size_t n);
struct error *row_cell(struct row_build *b, uint32_t column, size_t at);
void row_take(const struct row_build *b, struct sheet_row *out);

/* sheet_cells.c */
struct error *cells_open(struct sheet *s, struct book *b);
struct cells;
struct cells *cells_new(struct sheet *s, struct book *b);
struct error *cells_scan(struct cells *c, struct scan **out);
bool cells_take(struct cells *c, struct sheet_row *out);

/* sheet_format.c: pure */
enum cell_show { SHOW_NUMBER, SHOW_DATE, SHOW_TIME, SHOW_DATE_TIME, SHOW_ELAPSED, SHOW_TEXT };
struct cell_format {
    uint8_t show;
    uint8_t zeros; /* pad the integer to so many digits */
};
enum { FORMAT_OUT = 384 };
struct cell_format format_builtin(unsigned id);
struct cell_format format_code(struct str code);
/* Text of a raw number as shown; 0 when raw is not a number. out has FORMAT_OUT bytes. */
size_t format_number(struct str raw, struct cell_format f, bool date1904, char *out);
/* _x000D_ and the like, in place; returns the new length. */
size_t format_unescape(char *p, size_t n);

/* sheet_xls.c: one half of the writer, as sheet_writer_* of sheet.h. */
struct xls;
struct error *xls_open(struct arena *a, const char *path, const char *name, const struct sheet_column *columns, size_t n,
                       struct xls **opened);
struct error *xls_row(struct xls *x, const struct str *cells, size_t n, const bool *marked);
struct error *xls_close(struct xls *x);
double sheet_column_width(const struct sheet_column *c); /* in characters */

/* sheet_child.c */
enum { FRAME_INFO = 1, FRAME_ROW, FRAME_END, FRAME_ERROR, FRAME_HEAD = 8 };
size_t sheet_frame_max(const struct sheet_limits *l);
_Noreturn void sheet_child(const char *path, const struct sheet_limits *limits, int out_fd);
void sheet_confine(const struct sheet_limits *limits); /* rlimits, descriptors */
void sheet_confine_calls(void);                        /* system calls */

#endif
