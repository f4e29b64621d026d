/* What is written reads back the same, whatever the text was. */
#include "json_fixture.h"

#include "json/write.h"

static void text_round_trip(void **state)
{
    static const char *const texts[] = {"", "plain", "\"\\/\b\f\n\r\t", "统筹 \xF0\x9F\x98\x80", "\x01\x1f\x7f", "</script>", "\xE2\x80\xA8"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct arena *a = arena_new(1 << 20);
        struct buf b = buf_new(a, 16, 4096);
        json_t *v;
        jw_string(&b, str_of(texts[i]));
        assert_null(json_read(a, buf_done(&b), DEPTH, &v));
        assert_string_equal(json_string_value(v), texts[i]);
        arena_free(a);
    }
}

static void broken_text_is_repaired(void **state)
{
    static const char *const texts[] = {"a\xFFz", "\xC3", "\xE4\xBD", "\xED\xA0\x80", "\xF8\x88\x80\x80\x80", "\"\x80\n"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct arena *a = arena_new(1 << 20);
        struct buf b = buf_new(a, 16, 4096);
        json_t *v;
        jw_string(&b, str_of(texts[i]));
        assert_null(json_read(a, buf_done(&b), DEPTH, &v));
        assert_non_null(strstr(json_string_value(v), "\xEF\xBF\xBD"));
        arena_free(a);
    }
}

static void numbers_round_trip(void **state)
{
    static const double reals[] = {0, -0.5, 0.1, 1.0 / 3, 1e308, 5e-324, 123456789.125};
    struct arena *a = arena_new(1 << 20);
    (void)state;
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        struct buf b = buf_new(a, 16, 4096);
        struct jw w = jw_of(&b);
        json_t *v;
        jw_array_begin(&w, NULL);
        jw_real(&w, NULL, reals[i]);
        jw_int(&w, NULL, INT64_MIN);
        jw_array_end(&w);
        assert_null(json_read(a, buf_done(&b), DEPTH, &v));
        assert_true(json_number_value(json_array_get(v, 0)) == reals[i]);
        assert_true(json_integer_value(json_array_get(v, 1)) == INT64_MIN);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(text_round_trip), cmocka_unit_test(broken_text_is_repaired),
                                       cmocka_unit_test(numbers_round_trip)};
    return cmocka_run_group_tests_name("json/write", tests, NULL, NULL);
}
