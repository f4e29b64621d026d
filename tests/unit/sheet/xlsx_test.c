#include "sheet_fixture.h"

#define DATA(rows) "<worksheet><sheetData>" rows "</sheetData></worksheet>"
#define STYLES(formats)                                                                                                  \
    "<styleSheet><numFmts><numFmt numFmtId=\"170\" formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;\"/>" \
    "<numFmt numFmtId=\"171\" formatCode=\"00000\"/><numFmt numFmtId=\"172\" formatCode=\"#,##0.00_);[Red](0)\"/>"       \
    "<numFmt numFmtId=\"173\" formatCode=\"yyyy-mm-dd hh:mm:ss\"/></numFmts>"                                            \
    "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/>" formats "</cellXfs></styleSheet>"

static void reads_every_kind_of_cell(void **state)
{
    struct place *p = *state;
    static const char sheet[] = DATA("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"C1\" t=\"s\"><v>1</v></c></row>"
                                     "<row r=\"3\"><c t=\"inlineStr\"><is><t>in</t><r><t>line</t></r><rPh><t>no</t></rPh></is></c>"
                                     "<c t=\"b\"><v>1</v></c><c t=\"e\"><v>#N/A</v></c><c t=\"str\"><f>A1</f><v>cached</v></c>"
                                     "<c><f>1+1</f><v>2</v></c><c t=\"d\"><v>2024-05-01</v></c></row>"
                                     "<row r=\"9\"><c r=\"A9\" s=\"1\"/></row>"
                                     "<row><c r=\"B10\"><v>5</v></c><c r=\"A10\"><v>4</v></c></row>");
    static const char strings[] =
        "<sst><si><t xml:space=\"preserve\"> 0012 </t></si>"
        "<si><r><t>rich </t></r><r><t>te_x005F_x0041_xt_x000D_</t></r><rPh sb=\"0\"><t>phonetic</t></rPh></si></sst>";
    assert_reads(p, place_book(p, ONE_SHEET, sheet, strings, NULL),
                 "1: 0012 ||rich te_x0041_xt\r\n3:inline|TRUE|#N/A|cached|2|2024-05-01\n10:4|5\n");
}

static void shows_numbers_and_dates(void **state)
{
    struct place *p = *state;
    static const char styles[] = STYLES("<xf numFmtId=\"14\"/><xf numFmtId=\"170\"/><xf numFmtId=\"171\"/>"
                                        "<xf numFmtId=\"172\"/><xf numFmtId=\"173\"/><xf numFmtId=\"46\"/><xf numFmtId=\"20\"/>");
    static const char sheet[] =
        DATA("<row><c><v>13800138000</v></c><c><v>1.38E10</v></c><c><v>0.30000000000000004</v></c><c><v>1.5E-7</v></c>"
             "<c><v>530102199001011234</v></c><c><v>-7</v></c><c><v>1E+20</v></c>"
             "<c><v>0.25</v></c><c><v>1.50</v></c><c><v>007</v></c><c><v>-0.000012</v></c></row>"
             "<row><c s=\"1\"><v>45413</v></c><c s=\"2\"><v>45413.9</v></c><c s=\"3\"><v>42</v></c><c s=\"4\"><v>1234.5</v></c>"
             "<c s=\"5\"><v>45413.354166666664</v></c><c s=\"6\"><v>1.5</v></c><c s=\"7\"><v>0.5</v></c>"
             "<c s=\"5\"><v>45413.99999999</v></c><c s=\"1\"><v>59</v></c><c s=\"1\"><v>61</v></c><c s=\"1\"><v>-1</v></c>"
             "<c s=\"1\"><v>1e9</v></c></row>"
             "<row><c t=\"d\" s=\"1\"><v>2024-05-01T00:00:00</v></c><c t=\"d\" s=\"5\"><v>2024-05-01T08:30:00.125Z</v></c></row>");
    assert_reads(p, place_book(p, ONE_SHEET, sheet, NULL, styles),
                 "1:13800138000|13800000000|0.3|0.00000015|530102199001011234|-7|100000000000000000000|0.25|1.5|7|-0.000012\n"
                 "2:2024-05-01|2024-05-01|00042|1234.5|2024-05-01T08:30:00|36:00:00|12:00:00|2024-05-02T00:00:00|"
                 "1900-02-28|1900-03-01|-1|1000000000\n3:2024-05-01|2024-05-01T08:30:00\n");
}

static void reads_the_1904_system(void **state)
{
    struct place *p = *state;
    static const char book[] =
        "<workbook xmlns:r=\"x\"><workbookPr date1904=\"1\"/><sheets><sheet name=\"h\" state=\"hidden\" r:id=\"r9\"/>"
        "<sheet name=\"s\" r:id=\"r1\"/></sheets></workbook>";
    assert_reads(p,
                 place_book(p, book, DATA("<row><c s=\"1\"><v>0</v></c><c s=\"1\"><v>43951</v></c></row>"), NULL,
                            STYLES("<xf numFmtId=\"14\"/>")),
                 "1:1904-01-01|2024-05-01\n");
}

static void says_which_sheet(void **state)
{
    struct place *p = *state;
    struct sheet_reader *r;
    assert_null(sheet_reader_start(p->arena, place_book(p, ONE_SHEET, DATA(""), NULL, NULL), NULL, &r));
    assert_string_equal(sheet_reader_info(r)->sheet_name, "数据");
    assert_int_equal(sheet_reader_info(r)->kind, SHEET_XLSX);
    sheet_reader_stop(r);
    sheet_reader_stop(r);
}

static void refuses_declarations(void **state)
{
    struct place *p = *state;
    static const char bad[] = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>" DATA("<row><c><v>&b;</v></c></row>");
    assert_string_equal(refusal(p, place_book(p, ONE_SHEET, bad, NULL, NULL), NULL), "entities");
    static const char outside[] = "<!DOCTYPE x SYSTEM \"file:///etc/passwd\">" DATA("<row><c><v>7</v></c></row>");
    assert_reads(p, place_book(p, ONE_SHEET, outside, NULL, NULL), "1:7\n");
}

static void refuses_what_is_broken(void **state)
{
    struct place *p = *state;
    assert_string_equal(refusal(p, place_book(p, ONE_SHEET, "<worksheet><sheetData><row>", NULL, NULL), NULL), "broken");
    assert_string_equal(refusal(p, place_book(p, ONE_SHEET, DATA("<row><c t=\"s\"><v>5</v></c></row>"), "<sst/>", NULL), NULL),
                        "broken");
    assert_string_equal(
        refusal(p, place_book(p, WORKBOOK("<sheet name=\"h\" state=\"hidden\" r:id=\"r1\"/>"), "<a/>", NULL, NULL), NULL),
        "no_sheet");
    struct entry word = {"word/document.xml", "<w/>"}, plain = {"a.txt", "hello"};
    assert_string_equal(refusal(p, place_zip(p, &word, 1), NULL), "wrong_kind");
    assert_string_equal(refusal(p, place_zip(p, &plain, 1), NULL), "wrong_kind");
    assert_string_equal(refusal(p, place_bytes(p, "cut.xlsx", "PK\3\4aaaa", 8), NULL), "broken");
}

/* A compound file of one directory sector that holds one name. */
static const char *ole(struct place *p, const char *name)
{
    unsigned char f[512 * 3] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
    f[30] = 9;
    f[48] = 1;
    memset(f + 76, 0xFF, 436);
    f[76] = f[77] = f[78] = f[79] = 0;
    memset(f + 512, 0xFF, 512);
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++)
        f[1024 + 128 + 2 * i] = (unsigned char)name[i];
    f[57] = 16;
    f[1024 + 128 + 64] = (unsigned char)(2 * n + 2);
    f[1024 + 128 + 66] = 2;
    return place_bytes(p, "o.xls", f, sizeof f);
}

static void tells_what_a_compound_file_is(void **state)
{
    struct place *p = *state;
    assert_string_equal(refusal(p, ole(p, "EncryptedPackage"), NULL), "encrypted");
    assert_string_equal(refusal(p, ole(p, "Workbook"), NULL), "broken");
    assert_string_equal(refusal(p, ole(p, "WordDocument"), NULL), "wrong_kind");
    assert_string_equal(refusal(p, ole(p, "Other"), NULL), "wrong_kind");
}

static char *repeated(const char *head, const char *item, size_t n, const char *tail)
{
    size_t len = strlen(item), at = strlen(head);
    char *text = malloc(at + n * len + strlen(tail) + 1);
    memcpy(text, head, at);
    for (size_t i = 0; i < n; i++, at += len)
        memcpy(text + at, item, len);
    strcpy(text + at, tail);
    return text;
}

static void stops_bombs(void **state)
{
    struct place *p = *state;
    char *bomb = repeated("<worksheet><sheetData>", "          ", 3000000, "</sheetData></worksheet>");
    assert_string_equal(refusal(p, place_book(p, ONE_SHEET, bomb, NULL, NULL), NULL), "max_inflate_ratio");
    free(bomb);
    char *deep = repeated("<worksheet>", "<a>", 100000, "");
    assert_string_equal(refusal(p, place_book(p, ONE_SHEET, deep, NULL, NULL), NULL), "max_xml_depth");
    free(deep);
    char *sheets = repeated("<workbook><sheets>", "<sheet name=\"s\" state=\"hidden\"/>", 100000, "</sheets></workbook>");
    assert_string_equal(refusal(p, place_book(p, sheets, DATA(""), NULL, NULL), NULL), "max_sheets");
    free(sheets);
    char *token = repeated("<worksheet><!-- ", "abcdefghij", 300000, " --></worksheet>");
    assert_string_equal(refusal(p, place_book(p, ONE_SHEET, token, NULL, NULL), NULL), "max_xml_token");
    free(token);
    char *text = repeated("<sst><si><t>", "0123456789", 20000, "</t></si></sst>");
    assert_string_equal(refusal(p, place_book(p, ONE_SHEET, DATA(""), text, NULL), NULL), "max_cell_bytes");
    free(text);
}

static void ignores_a_merge_of_everything(void **state)
{
    struct place *p = *state;
    assert_reads(p,
                 place_book(p, ONE_SHEET,
                            "<worksheet><dimension ref=\"A1:XFD1048576\"/><cols><col min=\"1\" max=\"16384\"/></cols>"
                            "<sheetData><row r=\"1\" spans=\"1:16384\"><c r=\"A1\"><v>1</v></c><c r=\"XFD1\" s=\"0\"/></row>"
                            "</sheetData><mergeCells><mergeCell ref=\"A1:XFD1048576\"/></mergeCells></worksheet>",
                            NULL, NULL),
                 "1:1\n");
    assert_string_equal(refusal(p, place_book(p, ONE_SHEET, DATA("<row><c r=\"XFD1\"><v>1</v></c></row>"), NULL, NULL), NULL),
                        "max_columns");
}

static void counts_parts_bytes_and_rows(void **state)
{
    struct place *p = *state;
    struct sheet_limits l = sheet_limits_default();
    const char *path = place_book(p, ONE_SHEET, DATA("<row><c><v>1</v></c></row><row><c><v>2</v></c></row>"), NULL, NULL);
    l.zip_entries = 2;
    assert_string_equal(refusal(p, path, &l), "max_zip_entries");
    l = sheet_limits_default();
    l.inflated_bytes = 300;
    assert_string_equal(refusal(p, path, &l), "max_inflated_bytes");
    l = sheet_limits_default();
    l.rows = 1;
    assert_string_equal(refusal(p, path, &l), "max_rows");
}

/* The end record says three parts, the zip64 record that it hides behind says ten million. */
static void a_hidden_directory_is_counted(void **state)
{
    struct place *p = *state;
    unsigned char f[4 + 56 + 20 + 22] = "PK\3\4";
    memcpy(f + 4, "PK\6\6", 4);
    memcpy(f + 4 + 32, "\x80\x96\x98", 3);
    memcpy(f + 60, "PK\6\7", 4);
    f[60 + 8] = 4;
    memcpy(f + 80, "PK\5\6", 4);
    f[80 + 10] = 3;
    assert_string_equal(refusal(p, place_bytes(p, "z.xlsx", f, sizeof f), NULL), "max_zip_entries");
}

static void long_ways_to_a_part_cost_nothing(void **state)
{
    struct place *p = *state;
    char *rels =
        repeated(RELS_HEAD "<Relationship Id=\"r1\" Type=\"x/worksheet\" Target=\"", "a/../", 150000, "\"/></Relationships>");
    struct entry e[] = {{"xl/workbook.xml", ONE_SHEET}, {"xl/_rels/workbook.xml.rels", rels}};
    assert_string_equal(refusal(p, place_zip(p, e, 2), NULL), "no_sheet");
    free(rels);
}

static void spills_many_strings(void **state)
{
    struct place *p = *state;
    enum { COUNT = 1500, BYTES = 30000 };
    FILE *strings, *sheet;
    char *sst, *rows;
    size_t n;
    strings = open_memstream(&sst, &n);
    sheet = open_memstream(&rows, &n);
    fputs("<sst>", strings);
    fputs("<worksheet><sheetData>", sheet);
    for (unsigned i = 0, seed = 1; i < COUNT; i++) {
        fprintf(strings, "<si><t>%04u-", i);
        for (int k = 0; k < BYTES; k++, seed = seed * 1103515245u + 12345u)
            fputc('a' + (int)(seed >> 16 & 15), strings);
        fputs("</t></si>", strings);
        fprintf(sheet, "<row><c t=\"s\"><v>%u</v></c></row>", COUNT - 1 - i);
    }
    fputs("</sst>", strings);
    fputs("</sheetData></worksheet>", sheet);
    fclose(strings);
    fclose(sheet);
    const char *path = place_book(p, ONE_SHEET, rows, sst, NULL);
    struct sheet_reader *r;
    struct sheet_row row;
    unsigned seen = 0;
    assert_null(sheet_reader_start(p->arena, path, NULL, &r));
    for (; !sheet_reader_next(r, &row) && row.no; seen++) {
        const char *want = sst + 5 + (size_t)(COUNT - 1 - seen) * (BYTES + 5 + 16) + 7;
        assert_int_equal(row.cells[0].n, BYTES + 5);
        assert_memory_equal(row.cells[0].p, want, BYTES + 5);
    }
    assert_int_equal(seen, COUNT);
    free(sst);
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_kind_of_cell),      cmocka_unit_test(shows_numbers_and_dates),
        cmocka_unit_test(reads_the_1904_system),         cmocka_unit_test(says_which_sheet),
        cmocka_unit_test(refuses_declarations),          cmocka_unit_test(refuses_what_is_broken),
        cmocka_unit_test(tells_what_a_compound_file_is), cmocka_unit_test(stops_bombs),
        cmocka_unit_test(ignores_a_merge_of_everything), cmocka_unit_test(counts_parts_bytes_and_rows),
        cmocka_unit_test(a_hidden_directory_is_counted), cmocka_unit_test(long_ways_to_a_part_cost_nothing),
        cmocka_unit_test(spills_many_strings),
    };
    return cmocka_run_group_tests_name("sheet/xlsx", tests, place_make, place_drop);
}
