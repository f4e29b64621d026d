/* What a drawn flow may have, and that everything else is refused by its name. */
#include "flow_fixture.h"

static int begin(void **state)
{
    *state = arena_new(256 << 20);
    return 0;
}

static int end(void **state)
{
    arena_free(*state);
    return 0;
}

static void reads_the_whole_subset(void **state)
{
    struct flow_model m = model_of(*state, whole);
    const struct flow_node *joint = &m.nodes[flow_node_of(&m, STR("joint"))], *late = &m.nodes[flow_node_of(&m, STR("late"))];
    assert_int_equal(m.node_count, 13);
    assert_int_equal(m.edge_count, 14);
    assert_string_equal(m.name, "流程");
    assert_int_equal(joint->signer_count, 3);
    assert_int_equal(joint->ratio, 60);
    assert_int_equal(joint->due_us, INT64_C(4) * 3600 * 1000000);
    assert_false(joint->due_working);
    assert_true(late->interrupts);
    assert_int_equal(late->after_us, INT64_C(2) * 86400 * 1000000);
    assert_int_not_equal(m.nodes[flow_node_of(&m, STR("a2"))].branch, FLOW_NONE);
    assert_int_equal(m.nodes[flow_node_of(&m, STR("last"))].branch, FLOW_NONE);
}

#define START "<startEvent id=\"start\"/>" ENDS FLOW("s", "start", "t")
#define GOOD START TASK("t", "") WHEN("y", "t", "yes", "outcome = 'approve'") FLOW("n", "t", "no")

static void refuses_by_name(void **state)
{
    static const struct {
        const char *xml, *field, *rule;
    } bad[] = {
        {"<nonsense/>", "definitions", "malformed"},
        {"<definitions", "xml", "malformed"},
        {"<!DOCTYPE definitions [<!ENTITY x \"y\">]>" DOCUMENT(GOOD), "xml", "malformed"},
        {DOCUMENT(GOOD "<scriptTask id=\"script\"/>"), "script", "unsupported"},
        {DOCUMENT(GOOD "<subProcess id=\"sub\"/>"), "sub", "unsupported"},
        {DOCUMENT(START "<userTask id=\"t\" tc:permission=\"warning.approve\"><dataInputAssociation id=\"d\"/></userTask>" FLOW(
             "n", "t", "no") FLOW("y", "t", "yes")),
         "d", "unsupported"},
        {DOCUMENT(START TASK("t", "tc:colour=\"red\"") FLOW("n", "t", "no") FLOW("y", "t", "yes")), "t", "unsupported"},
        {DOCUMENT("<startEvent id=\"start\"><messageEventDefinition id=\"m\"/></startEvent>" ENDS TASK("t", "")
                      FLOW("s", "start", "t") FLOW("n", "t", "no") FLOW("y", "t", "yes")),
         "m", "unsupported"},
        {DOCUMENT(GOOD TASK("t", "")), "t", "duplicate_id"},
        {DOCUMENT(GOOD FLOW("x", "t", "nowhere")), "x", "dangling"},
        {DOCUMENT(ENDS TASK("t", "") FLOW("y", "t", "yes") FLOW("n", "t", "no")), "p", "no_start"},
        {DOCUMENT(GOOD "<startEvent id=\"again\"/>" FLOW("x", "again", "t")), "p", "many_starts"},
        {DOCUMENT("<startEvent id=\"start\"/>" TASK("t", "") FLOW("s", "start", "t") FLOW("x", "t", "t")), "p", "no_end"},
        {DOCUMENT(GOOD TASK("island", "") FLOW("x", "island", "yes")), "island", "unreachable"},
        {DOCUMENT(GOOD TASK("stop", "") FLOW("x", "t", "stop")), "stop", "dead_end"},
        {DOCUMENT(START TASK("t", "") WHEN("y", "t", "yes", "outcome = 'approve'") WHEN("n", "t", "no", "outcome = 'reject'")), "t",
         "no_way"},
        {DOCUMENT(START TASK("t", "") WHEN("y", "t", "yes", "outcome ==") FLOW("n", "t", "no")), "y", "bad_condition"},
        {DOCUMENT(START TASK("t", "") WHEN("y", "t", "yes", "level = 'a'") FLOW("n", "t", "no")), "y", "bad_condition"},
        {DOCUMENT(START TASK("t", "") WHEN("y", "t", "yes", "colour = 1") FLOW("n", "t", "no")), "y", "unknown_variable"},
        {DOCUMENT("<startEvent id=\"start\"/><endEvent id=\"yes\" tc:result=\"maybe\"/>" TASK("t", "") FLOW("s", "start", "t")
                      FLOW("y", "t", "yes")),
         "yes", "unknown_result"},
        {DOCUMENT(START "<userTask id=\"t\" tc:permission=\"user.write\"/>" FLOW("n", "t", "no") FLOW("y", "t", "yes")), "t",
         "unknown_permission"},
        {DOCUMENT(START TASK("t", "tc:outcomes=\"approve maybe\"") FLOW("n", "t", "no") FLOW("y", "t", "yes")), "t",
         "unknown_outcome"},
        {DOCUMENT(START TASK("t", "tc:due=\"P1M\"") FLOW("n", "t", "no") FLOW("y", "t", "yes")), "t", "bad_duration"},
        {DOCUMENT(START TASK("t", "tc:org=\"moon\"") FLOW("n", "t", "no") FLOW("y", "t", "yes")), "t", "bad_value"},
        {DOCUMENT(START
                  "<userTask id=\"t\" tc:permission=\"warning.approve\"><multiInstanceLoopCharacteristics tc:signers=\"user:" USER_A
                  "\"/></userTask>" FLOW("n", "t", "no") FLOW("y", "t", "yes")),
         "t", "bad_value"},
        {DOCUMENT(
             GOOD
             "<boundaryEvent id=\"b\" attachedToRef=\"yes\"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>" FLOW(
                 "x", "b", "no")),
         "b", "dangling"},
        {DOCUMENT("<startEvent id=\"start\"/>" ENDS "<parallelGateway id=\"fork\"/>" FLOW("s", "start", "fork") TASK("t", "")
                      FLOW("a", "fork", "t") FLOW("b", "fork", "no") FLOW("c", "t", "yes")),
         "fork", "unbalanced"},
        {DOCUMENT("<startEvent id=\"start\"/>" ENDS "<parallelGateway id=\"fork\"/><parallelGateway id=\"join\"/>" FLOW(
             "s", "start", "fork") TASK("t", "") TASK("u", "") FLOW("a", "fork", "t") FLOW("b", "fork", "u")
                      WHEN("c", "t", "join", "level = 1") FLOW("d", "t", "u") FLOW("e", "u", "join") FLOW("f", "join", "yes")),
         "u", "unbalanced"},
        {DOCUMENT("<startEvent id=\"start\"/>" ENDS "<exclusiveGateway id=\"g\"/><exclusiveGateway id=\"h\"/>" FLOW(
             "s", "start", "g") FLOW("a", "g", "h") WHEN("b", "h", "yes", "level = 1") FLOW("c", "h", "g")),
         "g", "loop_without_task"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct flow_model m;
        struct error *e = bpmn_read(*state, &rules, str_of(bad[i].xml), &m), *first = e;
        while (e && (strcmp(e->field, bad[i].field) != 0 || strcmp(e->rule, bad[i].rule) != 0))
            e = e->next;
        if (!e)
            fail_msg("%zu: %s %s expected, but %s %s %s", i, bad[i].field, bad[i].rule, first ? first->field : "taken",
                     first ? first->rule : "", first ? first->detail : "");
    }
}

/* A ladder of gateways has 2^60 ways through it: looking at each would never end. */
static void many_ways_cost_little(void **state)
{
    struct buf b = buf_new(*state, 4096, 1 << 20);
    buf_z(
        &b,
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" xmlns:tc=\"urn:tongchou:flow:1\"><process id=\"p\"><startEvent id=\"start\"/>" ENDS);
    buf_z(&b, FLOW("s", "start", "g0") TASK("t", "") WHEN("y", "t", "yes", "level = 1") FLOW("n", "t", "no"));
    for (int i = 0; i < 60; i++) {
        buf_printf(&b, "<exclusiveGateway id=\"g%d\"/>", i);
        for (int k = 0; k < 2; k++)
            buf_printf(&b,
                       i < 59 ? "<sequenceFlow id=\"e%d_%d\" sourceRef=\"g%d\" targetRef=\"g%d\"/>"
                              : "<sequenceFlow id=\"e%d_%d\" sourceRef=\"g%d\" targetRef=\"t\"/>",
                       i, k, i, i + 1);
    }
    buf_z(&b, "</process></definitions>");
    struct flow_model m;
    assert_null(bpmn_read(*state, &rules, buf_done(&b), &m));
}

static int known(const void *context, struct str name)
{
    (void)context;
    return str_is(name, "n") ? 'n' : str_is(name, "s") || str_is(name, "outcome") ? 's' : 0;
}

static void conditions(void **state)
{
    static const struct {
        const char *text;
        bool holds;
    } cases[] = {{"n = 2", true},
                 {"n != 2", false},
                 {"n <= 2 and n >= 2", true},
                 {"n < 2 or s = 'x'", true},
                 {"not n = 2", false},
                 {"not (n = 2 and s = 'y')", true},
                 {"s != \"x\"", false},
                 {"outcome = 'approve'", true},
                 {"n = 2 or n = 3 and n = 9", true},
                 {"(n = 2 or n = 3) and n = 9", false}};
    static const char *const bad[] = {"",       "n",   "n =",         "n = x",  "s < 'a'", "n = 'a'",   "(n = 2",
                                      "n = 2)", "and", "n = 2 n = 3", "s = 'x", "m = 1",   "n = 2 and", "not"};
    json_t *v = json_pack("{s:i,s:s}", "n", 2, "s", "x");
    const char *why, *what;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct condition *c = condition_read(*state, str_of(cases[i].text), known, NULL, &why, &what);
        if (!c || condition_holds(c, v, "approve") != cases[i].holds)
            fail_msg("%s", cases[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (condition_read(*state, str_of(bad[i]), known, NULL, &why, &what) || !why)
            fail_msg("taken: %s", bad[i]);
    char deep[200] = "";
    for (int i = 0; i < 40; i++)
        strcat(deep, "(");
    strcat(deep, "n = 2");
    assert_null(condition_read(*state, str_of(deep), known, NULL, &why, &what));
    json_decref(v);
}

/* What warnings are to be approved by unless a site draws another path. */
static void the_shipped_path_is_one(void **state)
{
    FILE *f = fopen("backend/packs/flows/warning_approval.bpmn", "r");
    char *xml = arena_zalloc(*state, BPMN_BYTES_MAX);
    assert_non_null(f);
    size_t n = fread(xml, 1, BPMN_BYTES_MAX - 1, f);
    fclose(f);
    assert_true(n > 500);
    struct flow_model m = model_of(*state, xml);
    assert_string_equal(m.id, "warning_approval");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_the_whole_subset), cmocka_unit_test(refuses_by_name),
                                       cmocka_unit_test(many_ways_cost_little), cmocka_unit_test(conditions),
                                       cmocka_unit_test(the_shipped_path_is_one)};
    return cmocka_run_group_tests(tests, begin, end);
}
