/* Forms: what a definition may say, and the same values as the browser's validator gets (cases.json is read by both). */
#include "../json/json_fixture.h"

#include "forms/form.h"

static json_t *cases;
static struct codes codes;

static int load(void **state)
{
    static struct arena *a;
    json_error_t why;
    json_t *list, *item;
    size_t i, k;
    (void)state;
    a = arena_new(64 << 20);
    cases = json_load_file("tests/unit/forms/cases.json", 0, &why);
    if (!cases)
        fail_msg("cases.json: line %d: %s", why.line, why.text);
    json_t *all = json_object_get(cases, "dictionaries");
    codes.lists = arena_array(a, json_array_size(all) + 1, sizeof *codes.lists);
    json_array_foreach(all, i, list) {
        struct code_list *to = &codes.lists[codes.count++];
        json_t *items = json_object_get(list, "items");
        *to = (struct code_list){.name = str_of(json_string_value(json_object_get(list, "name"))), .realm = STR("")};
        to->items = arena_array(a, json_array_size(items), sizeof *to->items);
        json_array_foreach(items, k, item)
            to->items[to->count++] = (struct code_item){str_of(json_string_value(json_object_get(item, "code"))),
                                                        str_of(json_string_value(json_object_get(item, "label_zh"))),
                                                        str_of(json_string_value(json_object_get(item, "label_en"))),
                                                        str_of(json_string_value(json_object_get(item, "parent_code"))), false};
    }
    *state = a;
    return 0;
}

static int unload(void **state)
{
    arena_free(*state);
    json_decref(cases);
    return 0;
}

static const char *title(json_t *one)
{
    return json_string_value(json_object_get(one, "title"));
}

static struct form read_form(struct arena *a, json_t *one)
{
    struct form f;
    struct error *e = form_read(a, json_object_get(one, "definition"), &f);
    if (e)
        fail_msg("%s: %s %s %s", title(one), e->field, e->rule, e->detail);
    return f;
}

static void has(const struct error *e, const char *what, size_t n, const char *field, const char *rule)
{
    const struct error *first = e;
    for (; e; e = e->next)
        if (strcmp(e->field, field) == 0 && strcmp(e->rule, rule) == 0)
            return;
    fail_msg("%s, no %zu: not refused at %s for %s but %s %s", what, n, field, rule, first ? first->field : "taken",
             first ? first->rule : "");
}

static const char *text(json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

static void values(void **state)
{
    struct arena *a = *state;
    json_t *one, *v;
    size_t i, k, checked = 0;
    json_array_foreach(json_object_get(cases, "forms"), i, one) {
        struct form f = read_form(a, one);
        json_array_foreach(json_object_get(one, "yes"), k, v) {
            struct error *e = form_check(a, &f, &codes, NULL, v, "");
            if (e)
                fail_msg("%s, yes %zu: %s %s %s", title(one), k, e->field, e->rule, e->detail);
            checked++;
        }
        json_array_foreach(json_object_get(one, "no"), k, v) {
            has(form_check(a, &f, &codes, NULL, json_object_get(v, "value"), ""), title(one), k, text(v, "field"), text(v, "rule"));
            checked++;
        }
    }
    assert_true(checked > 60);
}

static void refused(void **state)
{
    json_t *one;
    size_t i;
    assert_true(json_array_size(json_object_get(cases, "refused")) > 15);
    json_array_foreach(json_object_get(cases, "refused"), i, one) {
        struct form f;
        has(form_read(*state, json_object_get(one, "definition"), &f), title(one), i, text(one, "field"), text(one, "rule"));
    }
}

static void cells(void **state)
{
    struct arena *a = *state;
    json_t *all = json_object_get(cases, "texts"), *one;
    struct form f = read_form(a, all);
    size_t i;
    json_array_foreach(json_object_get(all, "cases"), i, one) {
        const struct form_field *field = form_field_of(&f, str_of(text(one, "field")));
        json_t *values = json_object(), *v;
        v = form_value_of_text(a, field, &codes, NULL, values, str_of(text(one, "text")));
        if (!json_equal(v, json_object_get(one, "value")))
            fail_msg("text %zu %s: %s", i, text(one, "text"), json_dumps(v, JSON_ENCODE_ANY));
        if (text(one, "shown")) {
            struct str shown = form_text_of_value(a, field, &codes, NULL, v, "zh-CN");
            if (!str_is(shown, text(one, "shown")))
                fail_msg("text %zu %s: shown as %s", i, text(one, "text"), shown.p);
            json_t *again = form_value_of_text(a, field, &codes, NULL, values, shown);
            assert_true(json_equal(again, v));
            json_decref(again);
        }
        json_decref(v);
        json_decref(values);
    }
}

/* A sub-system's own list takes the place of the platform's, below it and nowhere else. */
static void realms(void **state)
{
    struct code_item own = {STR("x"), STR("自有"), STR("Own"), STR(""), false},
                     shared = {STR("y"), STR("公共"), STR("Shared"), STR(""), false};
    struct code_list lists[] = {{STR("os"), STR(""), &shared, 1},
                                {STR("os"), STR("01890a5d-ac96-774b-bcce-b302099a8057"), &own, 1}};
    struct codes c = {lists, 2};
    struct org_stamp below = {.level = {"00000000-0000-7000-8000-000000000001", "01890a5d-ac96-774b-bcce-b302099a8057"}};
    struct org_stamp beside = {.level = {"00000000-0000-7000-8000-000000000001"}};
    (void)state;
    assert_ptr_equal(codes_list(&c, "os", &below), &lists[1]);
    assert_ptr_equal(codes_list(&c, "os", &beside), &lists[0]);
    assert_ptr_equal(codes_list(&c, "os", NULL), &lists[0]);
    assert_null(codes_list(&c, "none", &below));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values), cmocka_unit_test(refused), cmocka_unit_test(cells),
                                       cmocka_unit_test(realms)};
    return cmocka_run_group_tests(tests, load, unload);
}
