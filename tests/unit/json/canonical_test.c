#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json/canonical.h"

static void is(const char *text, const char *want)
{
    struct arena *a = arena_new(1 << 20);
    struct buf b = buf_new(a, 256, 65536);
    json_t *v = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(v);
    json_canonical(&b, v);
    assert_string_equal(buf_done(&b).p, want);
    json_decref(v);
    arena_free(a);
}

/* The examples of RFC 8785, section 3.2.3 and appendix B, as far as JSON of this library holds them. */
static void numbers_have_one_form(void **state)
{
    (void)state;
    is("[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]", "[333333333.3333333,1e+30,4.5,0.002,1e-27]");
    is("[0.0, -0.0, 1.0, -1.5, 100.0, 1e21, 1e20, 123456789012345680000.0]",
       "[0,0,1,-1.5,100,1e+21,100000000000000000000,123456789012345680000]");
    is("[0.000001, 0.0000001, 9007199254740993, 5e-324, 1.7976931348623157e308]",
       "[0.000001,1e-7,9007199254740993,5e-324,1.7976931348623157e+308]");
    is("[0.1, 12.25, 1234.5678]", "[0.1,12.25,1234.5678]");
}

static void keys_are_in_order_and_texts_are_bare(void **state)
{
    (void)state;
    is("{\"b\": {\"z\": null, \"a\": true}, \"a\": [\"\\u20ac$\\u000F\\nA'\\u0042\\u0022\\u005c\\\\\\\"\\/\", false]}",
       "{\"a\":[\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\",false],\"b\":{\"a\":true,\"z\":null}}");
    is("{}", "{}");
    is("\"中文\"", "\"中文\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_have_one_form),
                                       cmocka_unit_test(keys_are_in_order_and_texts_are_bare)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
