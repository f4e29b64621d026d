#include "sheet_fixture.h"

#include <signal.h>

/* libxlsxwriter 1.1.4 loses one copy of the range (some 20 bytes) of each drop-down list. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:lxw_strdup\n";
}

static const char *const cells[] = {
    "00120",       "530102199001011234", "2024-05-01", "𠮷野家😀",  "=1+1",        "+86",       "-5",  "@SUM(A1)", "'=x",
    "a,b\"c;d\te", "two\nlines",         "cr\rlf\r\n", " padded ", "_x0041_ lit", "<&>'\"]]>", "1E5", "TRUE",     "#N/A",
};
enum { CELLS = sizeof cells / sizeof *cells };

static struct sheet_column columns[CELLS];

static const char *write_cells(struct place *p, enum sheet_kind kind)
{
    struct sheet_writer *w;
    struct str row[CELLS];
    for (size_t i = 0; i < CELLS; i++) {
        columns[i] = (struct sheet_column){.title = arena_printf(p->arena, "列%zu", i)};
        row[i] = str_of(cells[i]);
    }
    place_path(p, kind == SHEET_CSV ? "w.csv" : kind == SHEET_XLS ? "w.xls" : "w.xlsx");
    assert_null(sheet_writer_open(p->arena, p->path, kind, "资产", columns, CELLS, &w));
    assert_null(sheet_writer_row(w, row, CELLS, NULL));
    assert_null(sheet_writer_row(w, NULL, 0, NULL));
    assert_null(sheet_writer_row(w, row, 3, NULL));
    assert_null(sheet_writer_close(w));
    return p->path;
}

static void comes_back_as_it_was(void **state)
{
    struct place *p = *state;
    static const enum sheet_kind kinds[] = {SHEET_CSV, SHEET_XLSX, SHEET_XLS};
    for (size_t k = 0; k < 3; k++) {
        struct sheet_reader *r;
        struct sheet_row row;
        assert_null(sheet_reader_start(p->arena, write_cells(p, kinds[k]), NULL, &r));
        assert_int_equal(sheet_reader_info(r)->kind, kinds[k]);
        assert_null(sheet_reader_next(r, &row));
        assert_true(str_is(row.cells[0], "列0"));
        assert_null(sheet_reader_next(r, &row));
        assert_int_equal(row.n, CELLS);
        for (size_t i = 0; i < CELLS; i++)
            if (!str_is(row.cells[i], cells[i]))
                fail_msg("kind %d cell %zu: " STR_FMT " for %s", kinds[k], i, STR_ARG(row.cells[i]), cells[i]);
        assert_null(sheet_reader_next(r, &row));
        assert_int_equal(row.no, 4);
        assert_int_equal(row.n, 3);
        assert_null(sheet_reader_next(r, &row));
        assert_int_equal(row.no, 0);
    }
}

static char *part_text(struct place *p, const char *path, const char *part)
{
    zip_t *z = zip_open(path, ZIP_RDONLY, NULL);
    zip_file_t *f = z ? zip_fopen(z, part, 0) : NULL;
    char *text = arena_zalloc(p->arena, 1 << 20);
    assert_non_null(f);
    assert_true(zip_fread(f, text, (1 << 20) - 1) > 0);
    zip_fclose(f);
    zip_close(z);
    return text;
}

static void formulas_are_text_in_the_file(void **state)
{
    struct place *p = *state;
    const char *sheet = part_text(p, write_cells(p, SHEET_XLSX), "xl/worksheets/sheet1.xml");
    assert_null(strstr(sheet, "<f>"));
    assert_non_null(strstr(sheet, "t=\"inlineStr\"><is><t>=1+1<"));
    write_cells(p, SHEET_CSV);
    FILE *f = fopen(p->path, "rb");
    char *text = arena_zalloc(p->arena, 4096);
    assert_true(fread(text, 1, 4095, f) > 0);
    fclose(f);
    assert_memory_equal(text, "\xEF\xBB\xBF", 3);
    assert_non_null(strstr(text, ",'=1+1,'+86,'-5,'@SUM(A1),''=x,"));
    assert_non_null(strstr(text, "#N/A\r\n"));
}

static void a_template_has_lists_and_hidden_columns(void **state)
{
    struct place *p = *state;
    static const char *const levels[] = {"一级", "a,b", "三级"}, *const yes[] = {"是", "否"};
    static const struct sheet_column template[] = {
        {.title = "行号", .hidden = true},
        {.title = "级别", .choices = levels, .choice_count = 3, .width = 12},
        {.title = "名称"},
        {.title = "启用", .choices = yes, .choice_count = 2},
    };
    struct sheet_writer *w;
    place_path(p, "l.xlsx");
    assert_null(sheet_writer_open(p->arena, p->path, SHEET_XLSX, "模板", template, 4, &w));
    assert_null(sheet_writer_close(w));
    const char *sheet = part_text(p, p->path, "xl/worksheets/sheet1.xml");
    assert_non_null(strstr(sheet, "<formula1>_codes!$A$1:$A$3</formula1>"));
    assert_non_null(strstr(sheet, "<formula1>_codes!$B$1:$B$2</formula1>"));
    assert_non_null(strstr(sheet, "sqref=\"B2:B1048576\""));
    assert_non_null(strstr(sheet, "hidden=\"1\""));
    assert_non_null(strstr(sheet, "state=\"frozen\""));
    assert_non_null(strstr(part_text(p, p->path, "xl/workbook.xml"), "name=\"_codes\" sheetId=\"2\" state=\"hidden\""));
    assert_reads(p, p->path, "1:行号|级别|名称|启用\n");
}

static void refuses_cells_that_do_not_fit(void **state)
{
    struct place *p = *state;
    static const struct sheet_column one = {.title = "a"};
    struct sheet_writer *w;
    char *text = arena_zalloc(p->arena, SHEET_OUT_CELL_CHARS + 1);
    struct str cell = {text, SHEET_OUT_CELL_CHARS + 1}, bad = STR("\xC3(");
    memset(text, 'x', cell.n);
    assert_null(sheet_writer_open(p->arena, place_path(p, "f.xlsx"), SHEET_XLSX, "s", &one, 1, &w));
    assert_int_equal(sheet_writer_row(w, &cell, 1, NULL)->code, ERR_TOO_LARGE);
    assert_int_equal(sheet_writer_row(w, &bad, 1, NULL)->code, ERR_INVALID);
    assert_non_null(sheet_writer_open(p->arena, "/nonexistent/x.csv", SHEET_CSV, "s", &one, 1, &w));
}

static void hands_back_rejected_rows_only(void **state)
{
    enum sheet_kind kind;
    struct place *p = *state;
    static const struct sheet_problem problems[] = {
        {5, 1, "不是 IP 地址"}, {3, -1, "重复"}, {5, 0, "too long"}, {99, 0, "beyond the end"}};
    const char *in = place_text(p, "编号,地址\n001,10.0.0.1\n002,10.0.0.2\n\n=x,300\n003,10.0.0.3\n");
    in = arena_strdup(p->arena, in);
    const char *out = arena_strdup(p->arena, place_path(p, "r.xlsx"));
    assert_null(sheet_write_rejected(p->arena, in, NULL, problems, 4, out, &kind));
    assert_reads(p, out, "1:编号|地址|原因 / Reason\n2:002|10.0.0.2|重复\n3:=x|300|编号: too long; 地址: 不是 IP 地址\n");
    static const struct sheet_problem again[] = {{3, 1, "still"}};
    assert_null(sheet_write_rejected(p->arena, out, NULL, again, 1, place_path(p, "r2.xlsx"), &kind));
    assert_reads(p, p->path, "1:编号|地址|原因 / Reason\n2:=x|300|地址: still\n");
    assert_true(sheet_is_reason(STR(" 原因 / Reason ")) && !sheet_is_reason(STR("原因")));
}

static void rejected_text_too_long_for_a_cell_is_cut(void **state)
{
    enum sheet_kind kind;
    struct place *p = *state;
    size_t n = SHEET_OUT_CELL_CHARS + 10;
    char *text = arena_zalloc(p->arena, n + 8);
    strcpy(text, "a\n");
    memset(text + 2, 'x', n);
    const char *in = arena_strdup(p->arena, place_text(p, text));
    static const struct sheet_problem problem = {2, 0, "too long"};
    assert_null(sheet_write_rejected(p->arena, in, NULL, &problem, 1, place_path(p, "c.xlsx"), &kind));
    const char *back = read_all(p, p->path, NULL, true);
    assert_int_equal(strspn(strchr(back, 'x'), "x"), SHEET_OUT_CELL_CHARS);
}

static void any_sheet_name_will_do(void **state)
{
    struct place *p = *state;
    static const struct sheet_column one = {.title = "a"};
    static const char *const names[][2] = {
        {"主机/服务器", "主机 服务器"},
        {"", "Sheet"},
        {"一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三",
         "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct sheet_writer *w;
        struct sheet_reader *r;
        assert_null(sheet_writer_open(p->arena, place_path(p, "n.xlsx"), SHEET_XLSX, names[i][0], &one, 1, &w));
        assert_null(sheet_writer_close(w));
        assert_null(sheet_reader_start(p->arena, p->path, NULL, &r));
        assert_string_equal(sheet_reader_info(r)->sheet_name, names[i][1]);
        sheet_reader_stop(r);
    }
}

/* --- the child */
static pid_t child_of_mine(void)
{
    pid_t found = 0;
    DIR *d = opendir("/proc");
    for (struct dirent *e; !found && (e = readdir(d));) {
        char name[300], line[512] = "";
        snprintf(name, sizeof name, "/proc/%s/stat", e->d_name);
        FILE *f = fopen(name, "r");
        int parent = 0;
        if (f && fgets(line, sizeof line, f) && strrchr(line, ')') && sscanf(strrchr(line, ')') + 1, " %*c %d", &parent) == 1 &&
            parent == getpid())
            found = atoi(e->d_name);
        if (f)
            fclose(f);
    }
    closedir(d);
    return found;
}

static const char *many_rows(struct place *p)
{
    FILE *f = fopen(place_path(p, "m.csv"), "wb");
    for (int i = 0; i < 400000; i++)
        fprintf(f, "%d,abcdefgh\n", i);
    fclose(f);
    return p->path;
}

static void a_dying_child_is_a_refusal(void **state)
{
    struct place *p = *state;
    struct sheet_reader *r;
    struct sheet_row row = {.no = 1};
    struct error *err = NULL;
    assert_null(sheet_reader_start(p->arena, many_rows(p), NULL, &r));
    pid_t child = child_of_mine();
    assert_true(child > 0);
    assert_int_equal(kill(child, SIGKILL), 0);
    while (!err && row.no)
        err = sheet_reader_next(r, &row);
    assert_non_null(err);
    assert_int_equal(err->code, ERR_FILE_REFUSED);
    assert_string_equal(err->rule, "crashed");
    assert_null(sheet_reader_next(r, &row));
    assert_int_equal(row.no, 0);
}

static void stopping_leaves_no_child(void **state)
{
    struct place *p = *state;
    struct arena *a = arena_new(8u << 20);
    struct sheet_reader *r;
    assert_null(sheet_reader_start(a, many_rows(p), NULL, &r));
    assert_true(child_of_mine() > 0);
    arena_free(a);
    assert_int_equal(child_of_mine(), 0);
}

static void time_is_limited(void **state)
{
    struct place *p = *state;
    struct sheet_limits l = sheet_limits_default();
    l.seconds = 0;
    assert_string_equal(refusal(p, many_rows(p), &l), "max_seconds");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_was),
        cmocka_unit_test(formulas_are_text_in_the_file),
        cmocka_unit_test(a_template_has_lists_and_hidden_columns),
        cmocka_unit_test(refuses_cells_that_do_not_fit),
        cmocka_unit_test(hands_back_rejected_rows_only),
        cmocka_unit_test(rejected_text_too_long_for_a_cell_is_cut),
        cmocka_unit_test(any_sheet_name_will_do),
        cmocka_unit_test(a_dying_child_is_a_refusal),
        cmocka_unit_test(stopping_leaves_no_child),
        cmocka_unit_test(time_is_limited),
    };
    return cmocka_run_group_tests_name("sheet/writer", tests, place_make, place_drop);
}
