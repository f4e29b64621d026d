/* What is written reads back the same, whatever the text was. */
#include "json_fixture.h"

#include "json/write.h"

static void text_round_trip(void **state)
{
    static const char *const texts[] = {"",          "plain",       "\"\\/\b\f\n\r\t", "统筹 \xF0\x9F\x98\x80", "\x01\x1f\x7f",
                                        "</script>", "\xE2\x80\xA8"};
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

/* The writer takes several bytes at a time: every byte at every place of texts around those lengths. */
static void each_byte_at_each_place(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 26; n++)
        for (size_t at = 0; at < n; at++)
            for (unsigned c = 1; c < 256; c++) {
                char text[32] = "abcdefghijklmnopqrstuvwxyz";
                text[at] = (char)c;
                text[n] = '\0';
                struct arena *a = arena_new(1 << 20);
                struct buf b = buf_new(a, 16, 4096);
                json_t *v;
                jw_string(&b, str_of(text));
                assert_null(json_read(a, buf_done(&b), DEPTH, &v));
                if (c < 0x80)
                    assert_string_equal(json_string_value(v), text);
                else
                    assert_int_equal(json_string_length(v), n + 2); /* U+FFFD in its place */
                arena_free(a);
            }
}

static void three_bytes_at_each_place(void **state)
{
    (void)state;
    for (size_t n = 3; n <= 20; n++)
        for (size_t at = 0; at + 3 <= n; at++)
            for (unsigned lead = 0xE0; lead < 0xF0; lead++) {
                char text[32] = "abcdefghijklmnopqrstuvwxyz";
                const char middle = lead == 0xE0 ? '\xA5' : '\x91';
                memcpy(text + at, (const char[]){(char)lead, middle, '\x9F'}, 3);
                size_t characters;
                assert_true(str_utf8((struct str){text, n}, &characters));
                assert_int_equal(characters, n - 2);
                text[at + 2] = 'x';
                assert_false(str_utf8((struct str){text, n}, NULL));
                memcpy(text + at, "\xED\xA0\x80", 3); /* a surrogate */
                assert_false(str_utf8((struct str){text, n}, NULL));
                memcpy(text + at, "\xE0\x9F\x80", 3); /* overlong */
                assert_false(str_utf8((struct str){text, n}, NULL));
            }
}

static void past_the_maximum_nothing_is_written(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct buf b = buf_new(a, 4, 8);
    (void)state;
    buf_lit(&b, "12345678");
    assert_false(b.full);
    buf_lit(&b, "90");
    buf_c(&b, 'x');
    assert_true(b.full);
    assert_string_equal(buf_done(&b).p, "12345678");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_round_trip),           cmocka_unit_test(broken_text_is_repaired),
        cmocka_unit_test(numbers_round_trip),        cmocka_unit_test(each_byte_at_each_place),
        cmocka_unit_test(three_bytes_at_each_place), cmocka_unit_test(past_the_maximum_nothing_is_written)};
    return cmocka_run_group_tests_name("json/write", tests, NULL, NULL);
}
