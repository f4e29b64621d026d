#include "sheet_fixture.h"

static void reads_rfc_4180(void **state)
{
    struct place *p = *state;
    assert_reads(p, place_text(p, "a,b,c\r\n1,\"x,\"\"y\"\"\r\nz\",3\r\n"), "1:a|b|c\n2:1|x,\"y\"\r\nz|3\n");
    assert_reads(p, place_text(p, "a,b\n\n,\n1,2"), "1:a|b\n4:1|2\n");
    assert_reads(p, place_text(p, "a,b\r1,2\r"), "1:a|b\n2:1|2\n");
    assert_reads(p, place_text(p, "\"a\"b,c\"d\"\n"), "1:ab|c\"d\"\n");
    assert_reads(p, place_text(p, "a,\"\"\nb,,,\n\"\"\"\"\n"), "1:a\n2:b\n3:\"\n");
    assert_string_equal(refusal(p, place_text(p, "a,b\n\"open,2\n"), NULL), "broken");
}

static void tells_the_delimiter(void **state)
{
    struct place *p = *state;
    assert_reads(p, place_text(p, "a;b,c;d\n1;2;3\n"), "1:a|b,c|d\n2:1|2|3\n");
    assert_reads(p, place_text(p, "a\tb\n1,5\t2\n"), "1:a|b\n2:1,5|2\n");
    assert_reads(p, place_text(p, "\"a;b;c;d\",e\n1,2\n"), "1:a;b;c;d|e\n2:1|2\n");
    assert_reads(p, place_text(p, "sep=;\r\na;b\r\n"), "2:a|b\n");
}

static void tells_the_encoding(void **state)
{
    struct place *p = *state;
    assert_reads(p, place_text(p, "\xEF\xBB\xBF名称,𠮷野\n001,é\n"), "1:名称|𠮷野\n2:001|é\n");
    assert_reads(p, place_text(p, "\xC3\xFB\xB3\xC6,\xB5\xA5\xCE\xBB\n1,\x95\x32\x82\x36\n"), "1:名称|单位\n2:1|𠀀\n");
    assert_reads(p, place_bytes(p, "u.csv", "\xFF\xFE\x0D\x54\t\0b\0\n\0", 10), "1:名|b\n");
    assert_string_equal(refusal(p, place_text(p, "a,\x81\xFF,\xFF\n"), NULL), "encoding");
    assert_string_equal(refusal(p, place_text(p, "\xEF\xBB\xBF\xC3\xFB,b\n"), NULL), "encoding");
    assert_string_equal(refusal(p, place_bytes(p, "n.csv", "a,b\n\0\0,c\n", 10), NULL), "wrong_kind");
}

static void characters_cut_by_chunks_stay_whole(void **state)
{
    struct place *p = *state;
    for (int shift = 0; shift < 4; shift++) {
        size_t n = 0, want = 40000;
        char *text = malloc(want * 4 + 8), *expected = malloc(want * 4 + 16);
        for (int i = 0; i < shift; i++)
            text[n++] = 'x';
        for (size_t i = 0; i < 30000; i++, n += 4)
            memcpy(text + n, "𠮷", 4);
        text[n] = '\0';
        snprintf(expected, want * 4 + 16, "1:%s\n", text);
        assert_reads(p, place_text(p, text), expected);
        free(text);
        free(expected);
    }
}

static void guards_formulas_both_ways(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "=1+1", "+1", "-5", "@x", "\tx", "\rx", "'=x", "''=x", "'x", "'", "", "a=b", "=cmd|' /C calc'!A0"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char out[64];
        struct str s = str_of(texts[i]);
        int n = snprintf(out, sizeof out, "%s%s", sheet_needs_guard(s) ? "'" : "", s.p);
        struct str back = sheet_unguard((struct str){out, (size_t)n});
        assert_true(str_eq(back, s));
    }
    assert_true(sheet_needs_guard(STR("=1")) && !sheet_needs_guard(STR("1=")) && !sheet_needs_guard(STR("'x")));
    assert_true(str_is(sheet_unguard(STR("'=1")), "=1"));
    assert_true(str_is(sheet_unguard(STR("'1")), "'1"));
}

static void keeps_its_limits(void **state)
{
    struct place *p = *state;
    struct sheet_limits l = sheet_limits_default();
    l.columns = 3;
    l.rows = 2;
    l.cell_bytes = 5;
    l.file_bytes = 40;
    l.row_bytes = 12;
    assert_string_equal(refusal(p, place_text(p, "a,b,c,d\n"), &l), "max_columns");
    assert_string_equal(refusal(p, place_text(p, "a,b,c,\n1\n"), &l), "");
    assert_string_equal(refusal(p, place_text(p, "a\nb\nc\n"), &l), "max_rows");
    assert_string_equal(refusal(p, place_text(p, "abcdef\n"), &l), "max_cell_bytes");
    assert_string_equal(refusal(p, place_text(p, "abcde,abcde,abcde\n"), &l), "max_row_bytes");
    assert_string_equal(refusal(p, place_text(p, "aaaaaaaaaa\naaaaaaaaaa\naaaaaaaaaa\naaaaaaaaaa\n"), &l), "max_file_bytes");
    l = sheet_limits_default();
    l.cells = 3;
    assert_string_equal(refusal(p, place_text(p, "a,b\nc,d\n"), &l), "max_cells");
}

static void an_open_quote_is_bounded(void **state)
{
    struct place *p = *state;
    size_t n = 12u << 20;
    char *text = malloc(n);
    memset(text, 'x', n);
    memcpy(text, "a,b\n\"", 5);
    assert_string_equal(refusal(p, place_bytes(p, "q.csv", text, n), NULL), "max_row_bytes");
    free(text);
}

static void names_other_kinds(void **state)
{
    struct place *p = *state;
    static const char *const other[] = {"%PDF-1.7\n", "  <html><table>", "<?xml version=\"1.0\"?><Workbook/>", "{\"a\":1}",
                                        "ID;PWXL\nC;Y1;X1\n"};
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        assert_string_equal(refusal(p, place_text(p, other[i]), NULL), "wrong_kind");
    assert_string_equal(refusal(p, place_text(p, ""), NULL), "wrong_kind");
    assert_string_equal(refusal(p, "/nonexistent/x.csv", NULL), "unreadable");
    assert_string_equal(refusal(p, "/tmp", NULL), "unreadable");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_rfc_4180),
        cmocka_unit_test(tells_the_delimiter),
        cmocka_unit_test(tells_the_encoding),
        cmocka_unit_test(characters_cut_by_chunks_stay_whole),
        cmocka_unit_test(guards_formulas_both_ways),
        cmocka_unit_test(keeps_its_limits),
        cmocka_unit_test(an_open_quote_is_bounded),
        cmocka_unit_test(names_other_kinds),
    };
    return cmocka_run_group_tests_name("sheet/csv", tests, place_make, place_drop);
}
