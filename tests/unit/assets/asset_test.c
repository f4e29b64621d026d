/* Assets as text: what an import reads, what the history keeps, what an export writes, and that each finds its way back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "assets/export.h"

/* STR as a constant. */
#define LIT(s)           \
    {                    \
        s, sizeof(s) - 1 \
    }

static struct code_item categories[] = {{LIT("01"), LIT("服务器"), LIT("Server"), {"", 0}, false},
                                        {LIT("01.01"), LIT("其他"), LIT("Other"), LIT("01"), false},
                                        {LIT("02"), LIT("存储"), LIT("Storage"), {"", 0}, false},
                                        {LIT("02.09"), LIT("其他"), LIT("Other"), LIT("02"), false}};
static struct asset_class classes[] = {{.code = LIT("hardware"),
                                        .label_zh = LIT("硬件设备"),
                                        .label_en = LIT("Hardware"),
                                        .number_part = LIT("03"),
                                        .categories = categories,
                                        .category_count = 4}};
static struct code_item states[] = {{.code = LIT("02"), .label_zh = LIT("在用"), .label_en = LIT("In use"), .parent = {"", 0}}};
static struct code_item yes_no[] = {{.code = LIT("1"), .label_zh = LIT("是"), .label_en = LIT("Yes"), .parent = {"", 0}},
                                    {.code = LIT("0"), .label_zh = LIT("否"), .label_en = LIT("No"), .parent = {"", 0}}};
static struct code_list lists[] = {{LIT("asset_state"), LIT(""), states, 1}, {LIT("yes_no"), LIT(""), yes_no, 2}};
static struct form form;
static struct catalogue catalogue = {.classes = classes, .class_count = 1, .codes = {lists, 2}, .forms = {&form, 1}};
static const char definition[] =
    "{\"properties\":{\"mem_gb\":{\"type\":\"number\",\"x-widget\":\"number\",\"x-label\":{\"zh\":\"内存 GB\",\"en\":\"Memory GB\"}},"
    "\"is_virtual\":{\"type\":\"boolean\",\"x-widget\":\"switch\",\"x-label\":{\"zh\":\"虚拟机\",\"en\":\"Virtual\"}},"
    "\"sn\":{\"type\":\"string\",\"maxLength\":10,\"x-widget\":\"text\",\"x-label\":{\"zh\":\"序列号\",\"en\":\"Serial\"}}}}";

static int begin(void **state)
{
    struct arena *a = *state = arena_new(16 << 20);
    json_t *d = json_loads(definition, 0, NULL);
    form = (struct form){.code = "hardware", .n = 1};
    assert_null(form_read(a, d, &form));
    json_decref(d);
    return 0;
}

static int end(void **state)
{
    arena_free(*state);
    return 0;
}

/* Reads one row under a header; false with the problem when it is refused. */
static bool read(struct arena *a, const struct str *titles, const struct str *cells, size_t n, struct asset *out,
                 struct import_problem *p)
{
    struct import_header *h = arena_zalloc(a, sizeof *h);
    struct str org;
    const struct sheet_row head = {1, n, titles}, row = {2, n, cells};
    *out = (struct asset){0};
    assert_null(import_header_read(a, &catalogue, &head, STR(""), h));
    return import_row_read(a, h, &row, out, &org, p) && import_row_check(a, &catalogue, h, out, p);
}

static const struct str titles[] = {LIT("资产名称"), LIT("Class"),   LIT("category_code"), LIT("IP地址"),
                                    LIT("域名"),     LIT("内存 GB"), LIT("Virtual"),       LIT("互联网可达")};

static void a_row_becomes_an_asset(void **state)
{
    struct asset *x = arena_alloc(*state, sizeof *x);
    struct import_problem p;
    const struct str cells[] = {LIT(" =机器 "),      LIT("硬件设备"), LIT("存储"), LIT("10.0.0.2; 10.0.0.1, 10.0.0.2"),
                                LIT("A.Example.CN"), LIT("64"),       LIT("否"),   LIT("是")};
    assert_true(read(*state, titles, cells, 8, x, &p));
    assert_true(str_is(x->f[ASSET_NAME], "=机器"));
    assert_true(str_is(x->f[ASSET_CLASS], "hardware"));
    assert_true(str_is(x->f[ASSET_CATEGORY], "02"));
    assert_true(str_is(x->f[ASSET_STATE], "02"));
    assert_int_equal(x->address_count, 3);
    assert_true(str_is(x->main_address, "10.0.0.2"));
    assert_true(x->exposed);
    assert_true(str_is(x->attributes, "{\"is_virtual\":false,\"mem_gb\":64}"));
}

static void a_wrong_cell_names_its_column(void **state)
{
    static const struct {
        size_t at;
        struct str cell;
        const char *code;
    } cases[] = {{0, LIT(""), "required"},         {1, LIT("没有"), "enum"},      {2, LIT("99"), "enum"},
                 {3, LIT("10.0.0.256"), "format"}, {4, LIT("a b.cn_"), "format"}, {5, LIT("多"), "type"}};
    const struct str good[] = {LIT("机器"), LIT("hardware"), LIT("01"), LIT("10.0.0.1"),
                               LIT("a.cn"), LIT("1.5"),      LIT("是"), LIT("")};
    struct asset *x = arena_alloc(*state, sizeof *x);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct import_problem p = {0};
        struct str cells[8];
        memcpy(cells, good, sizeof cells);
        cells[cases[i].at] = cases[i].cell;
        assert_false(read(*state, titles, cells, 8, x, &p));
        assert_int_equal(p.column, cases[i].at);
        assert_string_equal(p.code, cases[i].code);
        assert_string_equal(import_problem_text(&p, "en"), p.message);
        assert_string_not_equal(import_problem_text(&p, "zh-CN"), p.message);
    }
}

static void a_header_needs_a_name_and_no_title_twice(void **state)
{
    struct import_header h;
    const struct str none[] = {LIT("IP地址")}, twice[] = {LIT("资产名称"), LIT("Name")};
    const struct sheet_row a = {1, 1, none}, b = {1, 2, twice};
    assert_non_null(import_header_read(*state, &catalogue, &a, STR(""), &h));
    assert_non_null(import_header_read(*state, &catalogue, &b, STR(""), &h));
}

static void numbers_are_plain(void **state)
{
    struct asset *x = arena_alloc(*state, sizeof *x);
    struct import_problem p;
    const struct str head[] = {LIT("资产编号"), LIT("资产名称"), LIT("资产类别")};
    const struct str bad[] = {LIT("abc"), LIT("a b c d"), LIT("编号编号"), LIT("123456789012345678901234567890123")};
    for (size_t i = 0; i < 4; i++)
        assert_false(read(*state, head, (const struct str[]){bad[i], LIT("机器"), LIT("hardware")}, 3, x, &p));
    assert_true(read(*state, head, (const struct str[]){LIT("Ab-9"), LIT("机器"), LIT("hardware")}, 3, x, &p));
}

static struct asset *sample(struct arena *a)
{
    struct asset *x = arena_alloc(a, sizeof *x);
    struct import_problem p;
    const struct str cells[] = {LIT("机器"), LIT("hardware"), LIT("02.09"), LIT("10.0.0.9; 10.0.0.1; 10.0.0.5"),
                                LIT("a.cn"), LIT("1.5"),      LIT("yes"),   LIT("否")};
    assert_true(read(a, titles, cells, 8, x, &p));
    return x;
}

static void the_record_does_not_depend_on_the_order_of_addresses(void **state)
{
    struct asset *x = sample(*state), *y = arena_alloc(*state, sizeof *y);
    *y = *x;
    struct asset_address swap = y->addresses[1];
    y->addresses[1] = y->addresses[3];
    y->addresses[3] = swap;
    assert_true(str_eq(asset_json(*state, x), asset_json(*state, y)));
}

static void the_history_gives_the_record_back(void **state)
{
    struct asset *x = sample(*state), *y = arena_alloc(*state, sizeof *y);
    struct str json = asset_json(*state, x);
    assert_true(asset_from_json(*state, json, y));
    asset_match(*state, y);
    assert_true(str_eq(asset_json(*state, y), json));
    assert_memory_equal(y->match_key, x->match_key, 16);
    assert_false(asset_from_json(*state, STR("{\"reason\":\"x\"}"), y));
    assert_false(asset_from_json(*state, STR("{"), y));
}

static void what_is_exported_is_read_as_the_same(void **state)
{
    static const char *const langs[] = {"zh-CN", "en"};
    for (size_t l = 0; l < 2; l++) {
        struct asset *x = sample(*state), *y = arena_alloc(*state, sizeof *y);
        struct export_plan *plan = arena_alloc(*state, sizeof *plan);
        struct str cells[64], heads[64];
        struct import_problem p;
        export_plan_make(*state, &catalogue, &classes[0], NULL, langs[l], true, plan);
        assert_true(plan->n < 64);
        export_cells(*state, plan, x, STR("某单位"), cells);
        for (size_t i = 0; i < plan->n; i++)
            heads[i] = str_of(plan->sheet[i].title);
        assert_true(read(*state, heads, cells, plan->n, y, &p));
        assert_true(str_eq(asset_json(*state, y), asset_json(*state, x)));
    }
}

static void words_that_are_not_unique_are_offered_as_codes(void **state)
{
    struct export_plan *plan = arena_alloc(*state, sizeof *plan);
    export_plan_make(*state, &catalogue, &classes[0], NULL, "zh-CN", true, plan);
    for (size_t i = 0; i < plan->n; i++)
        if (strcmp(plan->sheet[i].title, "分类") == 0) {
            assert_int_equal(plan->sheet[i].choice_count, 4);
            assert_string_equal(plan->sheet[i].choices[1], "其他");
            assert_string_equal(plan->sheet[i].choices[3], "02.09");
            return;
        }
    fail();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_row_becomes_an_asset, begin, end),
        cmocka_unit_test_setup_teardown(a_wrong_cell_names_its_column, begin, end),
        cmocka_unit_test_setup_teardown(a_header_needs_a_name_and_no_title_twice, begin, end),
        cmocka_unit_test_setup_teardown(numbers_are_plain, begin, end),
        cmocka_unit_test_setup_teardown(the_record_does_not_depend_on_the_order_of_addresses, begin, end),
        cmocka_unit_test_setup_teardown(the_history_gives_the_record_back, begin, end),
        cmocka_unit_test_setup_teardown(what_is_exported_is_read_as_the_same, begin, end),
        cmocka_unit_test_setup_teardown(words_that_are_not_unique_are_offered_as_codes, begin, end),
    };
    return cmocka_run_group_tests_name("assets/asset", tests, NULL, NULL);
}
