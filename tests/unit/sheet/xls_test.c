/* .xls: what is written is read back by libfreexl as by us; and workbooks put together record by record are read. */
#include "sheet_fixture.h"

#include <freexl.h>

/* ---- writing ---- */
static const char *write_many(struct place *p, size_t rows, size_t columns, size_t wide)
{
    static const char *const yes[] = {"是", "否"};
    struct sheet_column *list = arena_zalloc(p->arena, columns * sizeof *list);
    struct str *cells = arena_zalloc(p->arena, columns * sizeof *cells);
    struct sheet_writer *w;
    for (size_t i = 0; i < columns; i++)
        list[i] = (struct sheet_column){.title = arena_printf(p->arena, "列%zu", i), .hidden = i == 2};
    list[1].choices = yes;
    list[1].choice_count = 2;
    place_path(p, "m.xls");
    assert_null(sheet_writer_open(p->arena, p->path, SHEET_XLS, "资产/台账", list, columns, &w));
    for (size_t r = 0; r < rows; r++) {
        struct arena_mark here = arena_mark(p->arena);
        for (size_t i = 0; i < columns; i++) {
            char *text = arena_printf(p->arena, "%06zu-%zu 𠮷", r, i);
            size_t n = strlen(text);
            if (i == 1)
                cells[i] = str_of(yes[r % 2]);
            else if (i == 2 && wide) {
                char *more = arena_alloc(p->arena, n + wide + 1);
                memcpy(more, text, n);
                memset(more + n, 'x', wide);
                cells[i] = (struct str){more, n + wide};
            } else
                cells[i] = (struct str){text, n};
        }
        assert_null(sheet_writer_row(w, cells, columns, NULL));
        arena_reset_to(p->arena, here);
    }
    assert_null(sheet_writer_close(w));
    return p->path;
}

static void text_at(const void *book, unsigned row, unsigned short column, const char *want)
{
    FreeXL_CellValue v;
    assert_int_equal(freexl_get_cell_value(book, row, column, &v), FREEXL_OK);
    assert_true(v.type == FREEXL_CELL_SST_TEXT || v.type == FREEXL_CELL_TEXT);
    assert_string_equal(v.value.text_value, want);
}

/* libfreexl does not take a text that goes over more than two records. */
static void another_reader_sees_the_same(void **state)
{
    struct place *p = *state;
    const void *book;
    unsigned rows, sheets;
    unsigned short columns;
    const char *name;
    assert_int_equal(freexl_open(write_many(p, 300, 4, 4000), &book), FREEXL_OK);
    assert_int_equal(freexl_get_info(book, FREEXL_BIFF_SHEET_COUNT, &sheets), FREEXL_OK);
    assert_int_equal(sheets, 2);
    assert_int_equal(freexl_get_worksheet_name(book, 0, &name), FREEXL_OK);
    assert_string_equal(name, "资产 台账");
    assert_int_equal(freexl_select_active_worksheet(book, 0), FREEXL_OK);
    assert_int_equal(freexl_worksheet_dimensions(book, &rows, &columns), FREEXL_OK);
    assert_int_equal(columns, 4);
    text_at(book, 0, 3, "列3");
    text_at(book, 1, 0, "000000-0 𠮷");
    text_at(book, 2, 1, "否");
    text_at(book, 300, 3, "000299-3 𠮷");
    assert_int_equal(freexl_select_active_worksheet(book, 1), FREEXL_OK);
    text_at(book, 1, 0, "否");
    freexl_close(book);
}

static void rows_go_on_on_the_next_sheet(void **state)
{
    enum { ROWS = 140000 };
    struct place *p = *state;
    struct sheet_reader *r;
    struct sheet_row row;
    const void *book;
    unsigned sheets;
    size_t n = 0;
    write_many(p, ROWS, 3, 40); /* some 25 MB: more tables than the header has room for */
    assert_null(sheet_reader_start(p->arena, p->path, NULL, &r));
    assert_int_equal(sheet_reader_info(r)->kind, SHEET_XLS);
    for (uint64_t last = 0;; last = row.no) {
        char want[32];
        assert_null(sheet_reader_next(r, &row));
        if (!row.no)
            break;
        assert_true(row.no > last);
        snprintf(want, sizeof want, "%06zu-0 𠮷", n - 1);
        if (n && !str_is(row.cells[0], want))
            fail_msg("row %zu: " STR_FMT, n, STR_ARG(row.cells[0]));
        n++;
    }
    assert_int_equal(n, ROWS + 1);
    assert_int_equal(freexl_open(p->path, &book), FREEXL_OK);
    assert_int_equal(freexl_get_info(book, FREEXL_BIFF_SHEET_COUNT, &sheets), FREEXL_OK);
    assert_int_equal(sheets, 4);
    assert_int_equal(freexl_select_active_worksheet(book, 2), FREEXL_OK);
    text_at(book, 0, 0, "列0");
    text_at(book, ROWS - 2 * 65535, 0, "139999-0 𠮷");
    freexl_close(book);
}

static void what_does_not_fit_is_refused(void **state)
{
    struct place *p = *state;
    static struct sheet_column many[257];
    struct sheet_writer *w;
    char *text = arena_zalloc(p->arena, SHEET_OUT_CELL_CHARS + 1);
    struct str cell = {text, SHEET_OUT_CELL_CHARS + 1}, bad = STR("\xC3(");
    memset(text, 'x', cell.n);
    for (size_t i = 0; i < 257; i++)
        many[i].title = "a";
    assert_int_equal(sheet_writer_open(p->arena, place_path(p, "f.xls"), SHEET_XLS, "s", many, 257, &w)->code, ERR_TOO_LARGE);
    assert_null(sheet_writer_open(p->arena, place_path(p, "f.xls"), SHEET_XLS, "s", many, 256, &w));
    assert_int_equal(sheet_writer_row(w, &cell, 1, NULL)->code, ERR_TOO_LARGE);
    assert_int_equal(sheet_writer_row(w, &bad, 1, NULL)->code, ERR_INVALID);
}

/* ---- reading: a stream of records in the smallest compound file ---- */
struct book {
    unsigned char bytes[16384];
    size_t n;
};

static void record(struct book *b, unsigned type, size_t n, const void *payload)
{
    unsigned char head[4] = {(unsigned char)type, (unsigned char)(type >> 8), (unsigned char)n, (unsigned char)(n >> 8)};
    memcpy(b->bytes + b->n, head, 4);
    if (n)
        memcpy(b->bytes + b->n + 4, payload, n);
    b->n += 4 + n;
}
#define RECORD(b, type, ...) record(b, type, sizeof((unsigned char[]){__VA_ARGS__}), (unsigned char[]){__VA_ARGS__})

/* Row, column and format of a cell, then a double. */
static void number(struct book *b, unsigned char row, unsigned char column, unsigned char xf, double v)
{
    unsigned char payload[14] = {row, 0, column, 0, xf, 0};
    memcpy(payload + 6, &v, 8);
    record(b, 0x203, sizeof payload, payload);
}

/* Up to the list of sheets, which is one; answers where its place is said. */
static size_t begin(struct book *b)
{
    RECORD(b, 0x809, 0, 6, 5, 0, 0, 0, 0, 0);
    RECORD(b, 0x41E, 164, 0, 5, 0, 0, '0', '0', '0', '0', '0');
    RECORD(b, 0xE0, 0, 0, 0, 0);   /* 0: a number */
    RECORD(b, 0xE0, 0, 0, 14, 0);  /* 1: a date */
    RECORD(b, 0xE0, 0, 0, 164, 0); /* 2: five digits */
    RECORD(b, 0x85, 0, 0, 0, 0, 0, 0, 1, 0, 'S');
    return b->n - 9;
}

static void sheet_begins(struct book *b, size_t place)
{
    record(b, 0x0A, 0, NULL);
    b->bytes[place] = (unsigned char)b->n;
    b->bytes[place + 1] = (unsigned char)(b->n >> 8);
    RECORD(b, 0x809, 0, 6, 0x10, 0, 0, 0, 0, 0);
}

static const char *put_book(struct place *p, const struct book *b)
{
    unsigned char *file = arena_zalloc(p->arena, 64 * 512);
    size_t sectors = b->n < 4096 ? 8 : (b->n + 511) / 512;
    uint32_t table[128];
    memcpy(file, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8);
    file[30] = 9, file[32] = 6, file[44] = 1, file[48] = (unsigned char)sectors, file[57] = 0x10;
    memset(file + 60, 0xFF, 4), memset(file + 68, 0xFF, 4), memset(file + 76, 0xFF, 436);
    memcpy(file + 76, &(uint32_t){(uint32_t)sectors + 1}, 4);
    memcpy(file + 512, b->bytes, b->n);
    unsigned char *entry = file + 512 * (sectors + 1);
    entry[64] = 2, entry[66] = 5;
    entry += 128;
    for (size_t i = 0; i < 8; i++)
        entry[2 * i] = (unsigned char)"Workbook"[i];
    entry[64] = 18, entry[66] = 2;
    memcpy(entry + 120, &(uint32_t){(uint32_t)sectors * 512}, 4);
    for (size_t i = 0; i < 128; i++)
        table[i] = i + 1 < sectors ? (uint32_t)i + 1 : i <= sectors ? 0xFFFFFFFEu : 0xFFFFFFFDu;
    memcpy(file + 512 * (sectors + 2), table, 512);
    return place_bytes(p, "b.xls", file, 512 * (sectors + 3));
}

static void every_kind_of_cell(void **state)
{
    struct place *p = *state;
    struct book b = {.n = 0};
    size_t place = begin(&b);
    /* Two texts: one of bytes, one of UTF-16 that goes on as UTF-16 in a CONTINUE. */
    RECORD(&b, 0xFC, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 'A', 3, 0, 1, 0x60, 0x4F);
    RECORD(&b, 0x3C, 1, 0x7D, 0x59, 0x4E, 0x4E);
    sheet_begins(&b, place);
    RECORD(&b, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    RECORD(&b, 0xFD, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0);
    number(&b, 0, 2, 1, 45292);
    number(&b, 0, 3, 2, 42);
    RECORD(&b, 0xBD, 1, 0, 0, 0, 0, 0, 0xE7, 0xC0, 0, 0, 0, 0, 0x1E, 0, 0, 0, 1, 0); /* hundredths of 12345, then 7 */
    RECORD(&b, 0x27E, 1, 0, 3, 0, 0, 0, 0, 0, 0xF8, 0x3F);
    RECORD(&b, 0x205, 2, 0, 0, 0, 0, 0, 1, 0);
    RECORD(&b, 0x205, 2, 0, 1, 0, 0, 0, 0x2A, 1);
    RECORD(&b, 0x06, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xD0, 0x3F);
    RECORD(&b, 0x06, 2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF);
    RECORD(&b, 0x207, 2, 0, 0, 'o', 'k');
    RECORD(&b, 0x809, 0, 6, 0x20, 0, 0, 0, 0, 0); /* a chart's numbers are not the sheet's */
    number(&b, 9, 0, 0, 9);
    record(&b, 0x0A, 0, NULL);
    record(&b, 0x0A, 0, NULL);
    assert_reads(p, put_book(p, &b), "1:A|你好乎|2024-01-01|00042\n2:123.45|7||1.5\n3:TRUE|#N/A|0.25|ok\n");
}

static void refused_as(struct place *p, const struct book *b, const char *rule)
{
    struct sheet *s;
    struct sheet_row row;
    struct error *e = sheet_open(p->arena, put_book(p, b), NULL, &s);
    while (!e && !(e = sheet_next(s, &row)) && row.no)
        ;
    assert_non_null(e);
    assert_string_equal(e->rule, rule);
}

static void damage_is_told(void **state)
{
    struct place *p = *state;
    struct book b = {.n = 0};
    size_t place = begin(&b);
    sheet_begins(&b, place);
    RECORD(&b, 0xFD, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0); /* a text that is not there */
    record(&b, 0x0A, 0, NULL);
    refused_as(p, &b, "broken");

    b = (struct book){.n = 0};
    place = begin(&b);
    RECORD(&b, 0x2F, 0, 0);
    sheet_begins(&b, place);
    refused_as(p, &b, "encrypted");

    b = (struct book){.n = 0};
    place = begin(&b);
    sheet_begins(&b, place);
    number(&b, 5, 0, 0, 1);
    number(&b, 2, 0, 0, 1); /* a row before the last one */
    refused_as(p, &b, "broken");

    b = (struct book){.n = 0};
    RECORD(&b, 0x809, 0, 6, 5, 0, 0, 0, 0, 0);
    record(&b, 0x0A, 0, NULL);
    refused_as(p, &b, "no_sheet");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(another_reader_sees_the_same, place_make, place_drop),
        cmocka_unit_test_setup_teardown(rows_go_on_on_the_next_sheet, place_make, place_drop),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_refused, place_make, place_drop),
        cmocka_unit_test_setup_teardown(every_kind_of_cell, place_make, place_drop),
        cmocka_unit_test_setup_teardown(damage_is_told, place_make, place_drop),
    };
    return cmocka_run_group_tests_name("sheet/xls", tests, NULL, NULL);
}
