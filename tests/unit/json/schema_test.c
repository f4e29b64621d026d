/* The validator: each keyword by cases.json, then what a list of cases cannot say. */
#include "json_fixture.h"

static struct schema *compile(struct arena *a, json_t *schema)
{
    struct error *e = NULL;
    struct schema *s = schema_compile(a, schema, schema, &e);
    if (!s)
        fail_msg("not compiled: %s", e->detail);
    return s;
}

static struct schema *compile_text(struct arena *a, const char *text)
{
    json_t *schema;
    assert_null(read_text(a, text, &schema));
    return compile(a, schema);
}

static struct error *check_text(struct arena *a, const char *schema, const char *value)
{
    json_t *v;
    assert_null(read_text(a, value, &v));
    return schema_check(a, compile_text(a, schema), v, "");
}

static void each_keyword(void **state)
{
    struct arena *a = arena_new(64 << 20);
    json_error_t why;
    json_t *cases = json_load_file("tests/unit/json/cases.json", 0, &why), *one, *v;
    size_t i, k, checked = 0;
    (void)state;
    if (!cases)
        fail_msg("cases.json: line %d: %s", why.line, why.text);
    json_array_foreach(cases, i, one) {
        struct schema *s = compile(a, json_object_get(one, "schema"));
        json_array_foreach(json_object_get(one, "yes"), k, v) {
            struct error *e = schema_check(a, s, v, "");
            if (e)
                fail_msg("%s, yes %zu: %s %s", json_string_value(json_object_get(one, "title")), k, e->rule, e->detail);
            checked++;
        }
        json_array_foreach(json_object_get(one, "no"), k, v) {
            if (!schema_check(a, s, v, ""))
                fail_msg("%s, no %zu: taken", json_string_value(json_object_get(one, "title")), k);
            checked++;
        }
    }
    assert_true(checked > 150);
    arena_free(a);
    json_decref(cases);
}

static void says_where_and_why(void **state)
{
    static const char schema[] =
        "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"name\"],\"properties\":{\"name\":{\"type\":\"string\","
        "\"maxLength\":2},\"id\":{\"readOnly\":true},\"list\":{\"items\":{\"properties\":{\"ip\":{\"format\":\"ip\"}}},\"uniqueItems\":true}}}";
    static const struct {
        const char *value, *field, *rule, *params;
    } cases[] = {
        {"{}", "name", "required", NULL},
        {"{\"name\":\"abc\"}", "name", "max_length", "{\"limit\":2,\"now\":3}"},
        {"{\"name\":\"a\",\"id\":1}", "id", "read_only", NULL},
        {"{\"name\":\"a\",\"org\":1}", "org", "unknown_field", NULL},
        {"{\"name\":\"a\",\"list\":[{},{\"ip\":\"x\"}]}", "list/1/ip", "format", "{\"format\":\"ip\",\"now\":\"\\\"x\\\"\"}"},
        {"{\"name\":\"a\",\"list\":[1,2,1]}", "list/2", "unique", NULL},
        {"[]", "", "type", "{\"type\":\"object\",\"now\":\"[]\"}"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *a = arena_new(1 << 20);
        struct error *e = check_text(a, schema, cases[i].value);
        if (!e || e->code != ERR_INVALID || strcmp(e->field, cases[i].field) || strcmp(e->rule, cases[i].rule))
            fail_msg("%s: %s %s", cases[i].value, e ? e->field : "taken", e ? e->rule : "");
        if (!e->params != !cases[i].params || (e->params && strcmp(e->params, cases[i].params)))
            fail_msg("%s: %s", cases[i].value, e->params);
        arena_free(a);
    }
}

/* A schema that a person wrote is refused when compiled, never later. */
static void refused_schemas(void **state)
{
    static const char *const refused[] = {"5",
                                          "\"x\"",
                                          "[]",
                                          "{\"type\":\"text\"}",
                                          "{\"type\":[\"string\",\"text\"]}",
                                          "{\"type\":[]}",
                                          "{\"type\":5}",
                                          "{\"enum\":5}",
                                          "{\"properties\":[]}",
                                          "{\"properties\":{\"a\":5}}",
                                          "{\"required\":\"a\"}",
                                          "{\"required\":[1]}",
                                          "{\"minLength\":-1}",
                                          "{\"maxLength\":\"5\"}",
                                          "{\"maxItems\":1.5}",
                                          "{\"minimum\":\"5\"}",
                                          "{\"multipleOf\":0}",
                                          "{\"multipleOf\":-1}",
                                          "{\"multipleOf\":\"2\"}",
                                          "{\"uniqueItems\":1}",
                                          "{\"pattern\":5}",
                                          "{\"pattern\":\"(\"}",
                                          "{\"pattern\":\"(?=a)\"}",
                                          "{\"pattern\":\"(?<!a)b\"}",
                                          "{\"pattern\":\"(a)\\\\1\"}",
                                          "{\"pattern\":\"(?<n>a)\\\\k<n>\"}",
                                          "{\"pattern\":\"(*UCP)a\"}",
                                          "{\"pattern\":\"\\\\Qa\\\\E\"}",
                                          "{\"pattern\":\"a\\\\\"}",
                                          "{\"format\":\"colour\"}",
                                          "{\"format\":5}",
                                          "{\"allOf\":[]}",
                                          "{\"anyOf\":{}}",
                                          "{\"oneOf\":[5]}",
                                          "{\"not\":5}",
                                          "{\"$ref\":\"#/nowhere\"}",
                                          "{\"$ref\":\"http://example.com/\"}",
                                          "{\"$ref\":5}",
                                          "{\"dependentRequired\":{\"a\":\"b\"}}",
                                          "{\"contains\":{}}",
                                          "{\"patternProperties\":{}}",
                                          "{\"prefixItems\":[]}",
                                          "{\"unevaluatedProperties\":false}"};
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct arena *a = arena_new(1 << 20);
        struct error *e = NULL;
        json_t *schema;
        assert_null(read_text(a, refused[i], &schema));
        if (schema_compile(a, schema, schema, &e) || !e || !e->detail)
            fail_msg("compiled: %s", refused[i]);
        arena_free(a);
    }
}

static void errors_are_bounded(void **state)
{
    enum { ITEMS = 200000 };
    struct arena *a = arena_new(16 << 20);
    struct schema *s = compile_text(a, "{\"items\":{\"type\":\"string\"}}");
    json_t *list = json_array();
    size_t n = 0;
    (void)state;
    for (int i = 0; i < ITEMS; i++)
        json_array_append_new(list, json_integer(i));
    for (struct error *e = schema_check(a, s, list, ""); e; e = e->next)
        n++;
    assert_int_equal(n, SCHEMA_MAX_ERRORS);
    assert_true(arena_live(a) < 1 << 20);
    json_decref(list);
    arena_free(a);
}

static void unique_is_not_quadratic(void **state)
{
    enum { ITEMS = 100000 };
    struct arena *a = arena_new(256 << 20);
    struct schema *s = compile_text(a, "{\"uniqueItems\":true}");
    json_t *list = json_array();
    (void)state;
    for (int i = 0; i < ITEMS; i++)
        json_array_append_new(list, json_integer(i));
    double begin = seconds();
    assert_null(schema_check(a, s, list, ""));
    json_array_append_new(list, json_real(7.0));
    struct error *e = schema_check(a, s, list, "");
    assert_non_null(e);
    assert_string_equal(e->field, "100000");
    assert_true(seconds() - begin < 10); /* under ASan; the pairs would be 5 * 10^9 */
    json_decref(list);
    arena_free(a);
}

/* What a malicious form could cost is bounded, and ends as a refusal. */
static void costly_schemas_end(void **state)
{
    struct arena *a = arena_new(64 << 20);
    (void)state;
    double begin = seconds();
    assert_non_null(check_text(a, "{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}", "1"));
    assert_non_null(check_text(a, "{\"$ref\":\"#\"}", "1"));
    assert_non_null(check_text(a, "{\"not\":{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}}", "1"));
    json_t *list = json_array();
    for (int i = 0; i < 5000; i++)
        json_array_append_new(list, json_string("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"));
    assert_non_null(schema_check(a, compile_text(a, "{\"items\":{\"not\":{\"pattern\":\"^(a+)+$\"}}}"), list, ""));
    assert_true(seconds() - begin < 20);
    json_decref(list);
    arena_free(a);
}

static void parameters(void **state)
{
    static const struct {
        const char *schema, *text;
        bool fine;
    } cases[] = {{"{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}", "20", true},
                 {"{\"type\":\"integer\",\"minimum\":1}", "0", false},
                 {"{\"type\":\"integer\"}", "1e3", false},
                 {"{\"type\":\"integer\"}", "0x10", false},
                 {"{\"type\":\"integer\"}", " 1", false},
                 {"{\"type\":\"integer\"}", "99999999999999999999", false},
                 {"{\"type\":\"number\"}", "1.5", true},
                 {"{\"type\":\"number\"}", "nan", false},
                 {"{\"type\":\"number\"}", "inf", false},
                 {"{\"type\":\"number\"}", "1e999", false},
                 {"{\"type\":\"boolean\"}", "true", true},
                 {"{\"type\":\"boolean\"}", "yes", false},
                 {"{\"type\":\"string\",\"format\":\"uuid\"}", "1 OR 1=1", false},
                 {"{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"a\",\"b\"]},\"uniqueItems\":true}", "a,b", true},
                 {"{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"a\",\"b\"]},\"uniqueItems\":true}", "a,a", false},
                 {"{\"type\":\"array\",\"items\":{\"enum\":[\"a\"]}}", "c", false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *a = arena_new(1 << 20);
        json_t *v = NULL;
        struct error *e = schema_check_param(a, compile_text(a, cases[i].schema), "p", str_of(cases[i].text), &v);
        if (!e != cases[i].fine || (e && e->code != ERR_BAD_PARAMETER))
            fail_msg("%s of %s: %s", cases[i].text, cases[i].schema, e ? e->detail : "taken");
        json_decref(v);
        arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_keyword),       cmocka_unit_test(says_where_and_why),      cmocka_unit_test(refused_schemas),
        cmocka_unit_test(errors_are_bounded), cmocka_unit_test(unique_is_not_quadratic), cmocka_unit_test(costly_schemas_end),
        cmocka_unit_test(parameters)};
    return cmocka_run_group_tests_name("json/schema", tests, NULL, NULL);
}
