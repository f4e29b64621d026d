/* What is said to a ticket system and what it says, by a mapping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json/read.h"
#include "workorders/mapping.h"

static struct arena *a;

static json_t *json(const char *text)
{
    json_t *v;
    assert_null(json_read(a, str_of(text), 16, &v));
    return v;
}

static void body_has_objects_inside(void **state)
{
    (void)state;
    const struct fact list[] = {{STR("title"), STR("a \"b\"\n{{ticket}}")}, {STR("ticket"), STR("T-1")}};
    const struct facts facts = {list, 2};
    json_t *m = json("{\"fields\":[{\"name\":\"t.key\",\"value\":\"{{ticket}}\"},{\"name\":\"t.f.sum\",\"value\":\"[{{title}}]\"},"
                     "{\"name\":\"p\",\"value\":\"SEC\"}]}");
    /* What is put in is never read again, and cannot end its text. */
    assert_string_equal(mapping_body(a, m, &facts).p,
                        "{\"t\":{\"key\":\"T-1\",\"f\":{\"sum\":\"[a \\\"b\\\"\\n{{ticket}}]\"}},\"p\":\"SEC\"}");
}

static void a_body_has_an_end(void **state)
{
    (void)state;
    char *long_text = arena_alloc(a, MAPPING_BODY_MAX + 1);
    memset(long_text, 'x', MAPPING_BODY_MAX);
    const struct fact list[] = {{STR("content"), {long_text, MAPPING_BODY_MAX}}};
    const struct facts facts = {list, 1};
    assert_null(mapping_body(a, json("{\"fields\":[{\"name\":\"a\",\"value\":\"{{content}}\"}]}"), &facts).p);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    assert_null(mapping_wrong(
        a, json("{\"fields\":[{\"name\":\"a.b\",\"value\":\"{{title}}\"},{\"name\":\"a.bc\",\"value\":\"{{link}}\"}]}")));
    assert_string_equal(mapping_wrong(a, json("{\"fields\":[{\"name\":\"a\",\"value\":\"{{secret}}\"}]}")), "fields/0/value");
    assert_string_equal(mapping_wrong(a, json("{\"fields\":[{\"name\":\"a.b\",\"value\":\"\"},{\"name\":\"a\",\"value\":\"\"}]}")),
                        "fields/1/name");
    assert_string_equal(
        mapping_wrong(a, json("{\"fields\":[{\"name\":\"a\",\"value\":\"\"},{\"name\":\"a.b.c\",\"value\":\"\"}]}")),
        "fields/1/name");
    assert_string_equal(mapping_wrong(a, json("{\"fields\":[{\"name\":\"a\",\"value\":\"\"},{\"name\":\"a\",\"value\":\"\"}]}")),
                        "fields/1/name");
}

static void words_go_both_ways(void **state)
{
    (void)state;
    enum dispatch_action action;
    struct str result;
    json_t *m = json(
        "{\"states\":[{\"ours\":\"handling\",\"theirs\":\"in progress\"}],\"actions\":[{\"theirs\":\"done\",\"ours\":\"handled\"},"
        "{\"theirs\":\"taken\",\"ours\":\"sign\"}]}");
    assert_true(str_is(mapping_state(m, STR("handling")), "in progress"));
    assert_true(str_is(mapping_state(m, STR("accepted")), "accepted"));
    assert_true(mapping_action(m, STR("done"), &action, &result));
    assert_int_equal(action, DISPATCH_FEEDBACK);
    assert_true(str_is(result, "handled"));
    assert_true(mapping_action(m, STR("taken"), &action, &result));
    assert_int_equal(action, DISPATCH_SIGN);
    assert_false(mapping_action(m, STR("Done"), &action, &result));
    assert_false(mapping_action(m, STR(""), &action, &result));
}

static void paths_lead_through_objects_and_lists(void **state)
{
    (void)state;
    json_t *m =
        json("{\"in_ticket\":\"ticket.key\",\"in_text\":\"comments.1.body\",\"in_state\":\"ticket\",\"answer_ticket\":\"id\"}");
    json_t *d = json("{\"ticket\":{\"key\":\"T-1\"},\"comments\":[{\"body\":\"x\"},{\"body\":\"y\"}],\"id\":42}");
    assert_true(str_is(mapping_at(a, m, "in_ticket", d), "T-1"));
    assert_true(str_is(mapping_at(a, m, "in_text", d), "y"));
    assert_true(str_is(mapping_at(a, m, "answer_ticket", d), "42"));
    assert_null(mapping_at(a, m, "in_state", d).p); /* an object is no word */
    assert_null(mapping_at(a, m, "in_ticket", json("{\"ticket\":\"T-1\"}")).p);
    assert_null(mapping_at(a, m, "in_text", json("{\"comments\":[]}")).p);
    assert_null(mapping_at(a, m, "in_text", json("[]")).p);
    assert_null(mapping_at(a, json("{}"), "in_text", d).p);
}

int main(void)
{
    a = arena_new(1 << 22);
    const struct CMUnitTest tests[] = {cmocka_unit_test(body_has_objects_inside), cmocka_unit_test(a_body_has_an_end),
                                       cmocka_unit_test(what_is_wrong_is_named), cmocka_unit_test(words_go_both_ways),
                                       cmocka_unit_test(paths_lead_through_objects_and_lists)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(a);
    return failed;
}
