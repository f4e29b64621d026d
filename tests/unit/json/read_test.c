/* JSON from outside: what is refused, by which code, and how soon. */
#include "json_fixture.h"

#include <dirent.h>
#include <stdio.h>

static void refused_by_code(void **state)
{
    static const struct {
        const char *text;
        enum error_code code;
        const char *field;
    } cases[] = {
        {"", ERR_MALFORMED, "body"},
        {"{\"a\":1", ERR_MALFORMED, "body"},
        {"{\"a\":1}x", ERR_MALFORMED, "body"},
        {"{'a':1}", ERR_MALFORMED, "body"},
        {"{\"a\":NaN}", ERR_MALFORMED, "body"},
        {"{\"a\":01}", ERR_MALFORMED, "body"},
        {"[1,]", ERR_MALFORMED, "body"},
        {"// x\n1", ERR_MALFORMED, "body"},
        {"\xEF\xBB\xBF{}", ERR_MALFORMED, "body"},
        {"\"\\ud800\"", ERR_MALFORMED, "body"},
        {"\"\\udc00\\ud800\"", ERR_MALFORMED, "body"},
        {"\"a\\u0000b\"", ERR_MALFORMED, "body"},
        {"{\"a\\u0000b\":1}", ERR_MALFORMED, "body"},
        {"\"\x80\"", ERR_MALFORMED, "body"},
        {"\"\xC0\xAF\"", ERR_MALFORMED, "body"},
        {"\"\xED\xA0\x80\"", ERR_MALFORMED, "body"},
        {"\"a\nb\"", ERR_MALFORMED, "body"},
        {"1e400", ERR_MALFORMED, "body"},
        {"-1e400", ERR_MALFORMED, "body"},
        {"9223372036854775808", ERR_MALFORMED, "body"},
        {"{\"name\":1,\"name\":2}", ERR_DUPLICATE_KEY, "name"},
        {"[{\"a\":{\"x\":1,\"x\":1}}]", ERR_DUPLICATE_KEY, "x"},
        {"{\"a\":1,\"\\u0061\":2}", ERR_DUPLICATE_KEY, NULL},
        {"{\"\":1,\"\":2}", ERR_DUPLICATE_KEY, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *a = arena_new(1 << 20);
        json_t *v = NULL;
        struct error *e = read_text(a, cases[i].text, &v);
        if (!e || e->code != cases[i].code || !e->field || (cases[i].field && strcmp(e->field, cases[i].field)))
            fail_msg("%s: %s %s", cases[i].text, e ? error_name(e->code) : "taken", e && e->field ? e->field : "");
        arena_free(a);
    }
}

static void numbers_are_exact_or_refused(void **state)
{
    struct arena *a = arena_new(1 << 20);
    json_t *v;
    (void)state;
    assert_null(read_text(a, "[9007199254740993, -9223372036854775808, 9223372036854775807, 1e308, 1.0]", &v));
    assert_int_equal(json_integer_value(json_array_get(v, 0)), 9007199254740993);
    assert_true(json_integer_value(json_array_get(v, 1)) == INT64_MIN);
    assert_true(json_integer_value(json_array_get(v, 2)) == INT64_MAX);
    assert_true(json_is_real(json_array_get(v, 4)));
    arena_free(a);
}

static char *repeated(const char *piece, size_t times, size_t *n)
{
    size_t each = strlen(piece);
    char *text = malloc(each * times + 1);
    assert_non_null(text);
    for (size_t i = 0; i < times; i++)
        memcpy(text + i * each, piece, each);
    text[each * times] = '\0';
    *n = each * times;
    return text;
}

static void depth_is_counted_before_the_parser_recurses(void **state)
{
    (void)state;
    static const char *const pieces[] = {"[", "{\"a\":", "[{\"a\":"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct arena *a = arena_new(1 << 20);
        json_t *v;
        size_t n;
        char *text = repeated(pieces[i], 200000, &n);
        double begin = seconds();
        struct error *e = json_read(a, (struct str){text, n}, DEPTH, &v);
        assert_non_null(e);
        assert_int_equal(e->code, ERR_TOO_DEEP);
        assert_true(seconds() - begin < 0.2);
        free(text);
        arena_free(a);
    }
    struct arena *a = arena_new(1 << 20);
    json_t *v;
    assert_null(json_read(a, STR("[[[\"[[[[[[\\\"[[\"]]]"), 3, &v)); /* brackets in a string do not count */
    assert_non_null(json_read(a, STR("[[[[]]]]"), 3, &v));
    arena_free(a);
}

static void many_keys_end_soon(void **state)
{
    enum { KEYS = 100000 };
    struct arena *a = arena_new(64 << 20);
    struct buf b = buf_new(a, 1 << 20, 32 << 20);
    json_t *v;
    (void)state;
    buf_c(&b, '{');
    for (int i = 0; i < KEYS; i++)
        buf_printf(&b, "%s\"k%d\":%d", i ? "," : "", i, i);
    buf_c(&b, '}');
    double begin = seconds();
    assert_null(json_read(a, buf_done(&b), DEPTH, &v));
    assert_int_equal(json_object_size(v), KEYS);
    assert_true(seconds() - begin < 5); /* under ASan; linear, about 30 ms without */
    arena_free(a);
}

static char *file_text(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *text = malloc(1 << 20);
    assert_non_null(text);
    *n = fread(text, 1, 1 << 20, f);
    fclose(f);
    return text;
}

/* JSONTestSuite: y_ taken, n_ refused, i_ either way. */
static void public_suite(void **state)
{
    const char *root = getenv("TONGCHOU_CORPUS") ? getenv("TONGCHOU_CORPUS") : "../shared/corpus";
    char dir[512];
    size_t seen[128] = {0}, wrong = 0;
    (void)state;
    snprintf(dir, sizeof dir, "%s/json-testsuite/test_parsing", root);
    DIR *d = opendir(dir);
    if (!d) {
        print_message("skipped: no %s\n", dir);
        skip();
        return;
    }
    for (struct dirent *f; (f = readdir(d));) {
        char path[1024];
        size_t n;
        json_t *v;
        if (!strstr(f->d_name, ".json"))
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, f->d_name);
        struct arena *a = arena_new(8 << 20);
        char *text = file_text(path, &n);
        struct error *e = json_read(a, (struct str){text, n}, 512, &v);
        bool bad = f->d_name[0] == 'y' ? e && e->code != ERR_DUPLICATE_KEY : f->d_name[0] == 'n' && !e;
        if (bad)
            print_error("%s: %s\n", f->d_name, e ? e->detail : "taken");
        wrong += bad;
        seen[f->d_name[0] & 127]++;
        free(text);
        arena_free(a);
    }
    closedir(d);
    print_message("%zu to take, %zu to refuse, %zu either way\n", seen['y'], seen['n'], seen['i']);
    assert_int_equal(wrong, 0);
    assert_true(seen['y'] > 20 && seen['n'] > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(refused_by_code), cmocka_unit_test(numbers_are_exact_or_refused),
                                       cmocka_unit_test(depth_is_counted_before_the_parser_recurses),
                                       cmocka_unit_test(many_keys_end_soon), cmocka_unit_test(public_suite)};
    return cmocka_run_group_tests_name("json/read", tests, NULL, NULL);
}
