/* Attributes in the index: values sort as bytes as they do as values, and conditions are the ranges that hold them. */
#include "../json/json_fixture.h"

#include "forms/attribute.h"
#include "kernel/crypto.h"

static int setup(void **state)
{
    *state = arena_new(16 << 20);
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static struct str bytes_of(struct arena *a, enum form_widget widget, json_t *take)
{
    unsigned char out[ATTRIBUTE_VALUE_MAX];
    size_t n = attribute_value(widget, take, out);
    json_decref(take);
    return (struct str){arena_strndup(a, (const char *)out, n), n};
}

static int order(struct str x, struct str y)
{
    int c = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
    return c ? c : (x.n > y.n) - (x.n < y.n);
}

static int sign(double d)
{
    return (d > 0) - (d < 0);
}

static void numbers_keep_their_order(void **state)
{
    static const double fixed[] = {0,
                                   -0.0,
                                   1,
                                   -1,
                                   0.5,
                                   -0.5,
                                   1e300,
                                   -1e300,
                                   5e-324,
                                   -5e-324,
                                   9007199254740993.0,
                                   1.7976931348623157e308,
                                   -1.7976931348623157e308};
    for (int round = 0; round < 20000; round++) {
        double d[2];
        for (int i = 0; i < 2; i++) {
            uint32_t r[2];
            random_bytes(r, sizeof r);
            d[i] =
                r[0] % 4 == 0 ? fixed[r[1] % (sizeof fixed / sizeof *fixed)] : ((double)(int32_t)r[0]) / (double)(1 + r[1] % 1000);
        }
        struct arena_mark mark = arena_mark(*state);
        struct str x = bytes_of(*state, FORM_NUMBER, json_real(d[0])), y = bytes_of(*state, FORM_NUMBER, json_real(d[1]));
        if (sign(order(x, y)) != sign(d[0] - d[1]))
            fail_msg("%g and %g", d[0], d[1]);
        arena_reset_to(*state, mark);
    }
    assert_int_equal(order(bytes_of(*state, FORM_NUMBER, json_integer(3)), bytes_of(*state, FORM_NUMBER, json_real(3))), 0);
}

static void times_keep_their_order(void **state)
{
    struct str east = bytes_of(*state, FORM_DATETIME, json_string("2026-03-01T08:00:00+08:00"));
    struct str zulu = bytes_of(*state, FORM_DATETIME, json_string("2026-03-01T00:00:00Z"));
    struct str later = bytes_of(*state, FORM_DATETIME, json_string("2026-03-01T00:00:00.000001Z"));
    struct str old = bytes_of(*state, FORM_DATETIME, json_string("1969-12-31T23:59:59Z"));
    assert_int_equal(order(east, zulu), 0);
    assert_true(order(zulu, later) < 0);
    assert_true(order(old, zulu) < 0);
    assert_int_equal(bytes_of(*state, FORM_DATETIME, json_string("tomorrow")).n, 0);
}

static void what_is_no_value_has_no_bytes(void **state)
{
    assert_int_equal(bytes_of(*state, FORM_NUMBER, json_string("1")).n, 0);
    assert_int_equal(bytes_of(*state, FORM_SWITCH, json_integer(1)).n, 0);
    assert_int_equal(bytes_of(*state, FORM_TEXT, json_null()).n, 0);
    assert_int_equal(bytes_of(*state, FORM_CHOICE, json_array()).n, 0);
}

/* ---- conditions ---- */
static const struct attribute list[] = {
    {1, {"k", 1}, "text", FORM_TEXT, "", true},     {2, {"k", 1}, "number", FORM_NUMBER, "", true},
    {3, {"k", 1}, "date", FORM_DATE, "", true},     {4, {"k", 1}, "yes", FORM_SWITCH, "", true},
    {5, {"k", 1}, "choice", FORM_CHOICE, "", true}, {6, {"k", 1}, "several", FORM_CHOICES, "", true},
    {7, {"k", 1}, "later", FORM_TEXT, "", false}};
static struct attribute copy[sizeof list / sizeof *list];
static const struct codes no_codes;

static struct error *ask(struct arena *a, const char *where, const char *sort, struct attribute_query *out)
{
    memcpy(copy, list, sizeof copy);
    const struct attribute_set set = {copy, sizeof copy / sizeof *copy};
    json_t *w = where ? json_loads(where, 0, NULL) : NULL;
    struct error *e = attribute_query_read(a, &set, &no_codes, NULL, str_of("k"), w, str_of(sort), out);
    json_decref(w);
    return e;
}

static bool inside(struct arena *a, const struct attribute_condition *c, enum form_widget widget, json_t *take)
{
    struct str v = bytes_of(a, widget, take);
    return order(c->lo, v) <= 0 && order(v, c->hi) <= 0;
}

static void conditions_hold_what_they_say(void **state)
{
    struct arena *a = *state;
    struct attribute_query q;
    assert_null(ask(a, "{\"text\": \"Ab\"}", "", &q));
    assert_int_equal(q.where[0].no, 1);
    assert_true(inside(a, &q.where[0], FORM_TEXT, json_string("aBc")));
    assert_true(inside(a, &q.where[0], FORM_TEXT, json_string("ab\xf0\x9f\x98\x80")));
    assert_false(inside(a, &q.where[0], FORM_TEXT, json_string("ac")));
    assert_false(inside(a, &q.where[0], FORM_TEXT, json_null()));
    assert_null(ask(a, "{\"number\": {\"min\": -1.5}}", "-attributes.number", &q));
    assert_true(inside(a, &q.where[0], FORM_NUMBER, json_integer(1000000)));
    assert_true(inside(a, &q.where[0], FORM_NUMBER, json_real(-1.5)));
    assert_false(inside(a, &q.where[0], FORM_NUMBER, json_real(-1.6)));
    assert_true(q.down && q.sort == 2);
    assert_null(ask(a, "{\"number\": {\"max\": 0}}", "updated_at", &q));
    assert_true(inside(a, &q.where[0], FORM_NUMBER, json_real(-1e300)));
    assert_false(inside(a, &q.where[0], FORM_NUMBER, json_null()));
    assert_int_equal(q.sort, 0);
    assert_null(ask(a, "{\"date\": null, \"yes\": false, \"choice\": [\"b\", \"a\"]}", "", &q));
    assert_int_equal(q.count, 3);
    assert_true(inside(a, &q.where[0], FORM_DATE, json_null()));
    assert_true(inside(a, &q.where[1], FORM_SWITCH, json_false()));
    assert_string_equal(q.where[2].any.p, "61,62");
    struct attribute_condition all = attribute_all(2);
    assert_true(inside(a, &all, FORM_NUMBER, json_null()) && inside(a, &all, FORM_NUMBER, json_real(1.7976931348623157e308)));
}

static void what_cannot_be_asked_is_named(void **state)
{
    static const char *const cases[][3] = {{"{\"other\": 1}", "where/other", "unknown_field"},
                                           {"{\"later\": \"x\"}", "where/later", "not_ready"},
                                           {"{\"text\": \"\"}", "where/text", "format"},
                                           {"{\"text\": {\"min\": \"a\"}}", "where/text", "type"},
                                           {"{\"number\": {}}", "where/number", "format"},
                                           {"{\"number\": {\"min\": 1, \"other\": 2}}", "where/number", "format"},
                                           {"{\"number\": {\"min\": \"1\"}}", "where/number", "format"},
                                           {"{\"choice\": \"a\"}", "where/choice", "type"},
                                           {"{\"choice\": []}", "where/choice", "max_items"},
                                           {"{\"choice\": [1]}", "where/choice", "type"},
                                           {"[]", "where", "type"}};
    struct attribute_query q;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error *e = ask(*state, cases[i][0], "", &q);
        if (!e || strcmp(e->field, cases[i][1]) != 0 || strcmp(e->rule, cases[i][2]) != 0)
            fail_msg("%s: %s %s", cases[i][0], e ? e->field : "taken", e ? e->rule : "");
    }
    struct error *e = ask(*state, NULL, "attributes.several", &q);
    assert_non_null(e);
    assert_string_equal(e->field, "sort");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_keep_their_order), cmocka_unit_test(times_keep_their_order),
                                       cmocka_unit_test(what_is_no_value_has_no_bytes),
                                       cmocka_unit_test(conditions_hold_what_they_say),
                                       cmocka_unit_test(what_cannot_be_asked_is_named)};
    return cmocka_run_group_tests_name("attributes", tests, setup, teardown);
}
