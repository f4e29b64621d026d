/* Folding, terms and lists of the search, against a search by eye. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "search/terms.h"

static struct arena *a;
static int set_up(void **state)
{
    (void)state;
    a = arena_new(64 << 20);
    return 0;
}
static int tear_down(void **state)
{
    (void)state;
    arena_free(a);
    return 0;
}

static bool has(struct str *t, size_t n, const char *term)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(t[i], term))
            return true;
    return false;
}

static void folding_keeps_places(void **state)
{
    (void)state;
    assert_true(str_is(search_fold(a, STR("ＯＡ系统　V2\n")), "oa系统 v2 "));
    size_t before, after;
    struct str text = STR("Ａ大理州É。\t😀");
    assert_true(str_utf8(text, &before) && str_utf8(search_fold(a, text), &after));
    assert_int_equal(before, after);
}

static void terms_of_text(void **state)
{
    (void)state;
    struct str *t;
    size_t n = search_terms(a, STR("昆明市oa 10.53.1.22，网关"), &t);
    const char *const there[] = {"昆明", "明市", "oa", "10", "10.", "0.5", "53.", ".22", "22", "网关"};
    for (size_t i = 0; i < sizeof there / sizeof *there; i++)
        if (!has(t, n, there[i]))
            fail_msg("%s is no term", there[i]);
    assert_false(has(t, n, "市o"));
    assert_false(has(t, n, "22，"));
    assert_int_equal(search_terms(a, STR("一 a 。"), &t), 0);
    assert_int_equal(search_terms(a, STR(""), &t), 0);
    assert_int_equal(search_terms(a, STR("网关网关网关"), &t), 2);
}

static void queries(void **state)
{
    (void)state;
    struct search_query q;
    assert_true(search_query(a, STR("  昆明　ＯＡ  10.53 "), &q));
    assert_int_equal(q.words, 3);
    assert_true(str_is(q.word[1], "oa"));
    assert_true(has(q.term, q.terms, "昆明") && has(q.term, q.terms, "oa") && has(q.term, q.terms, "10.") &&
                has(q.term, q.terms, ".53"));
    assert_false(has(q.term, q.terms, "10")); /* the triples say more */
    assert_true(search_query(a, STR("网"), &q));
    assert_int_equal(q.terms, 0);
    assert_false(search_query(a, STR("一 二 三 四 五 六"), &q));
    assert_false(search_query(a, STR("aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaa"), &q));
    assert_true(search_query(a, STR("   "), &q) && q.words == 0);
}

/* Whatever contains the word has all terms that a query for the word asks for: over random texts and random cuts of them. */
static void no_hit_is_missed(void **state)
{
    (void)state;
    static const char *const alphabet[] = {"昆", "明", "网", "关", "a", "b", "1", ".", "-", " ", "，", "é", "😀"};
    srandom(7);
    for (int round = 0; round < 20000; round++) {
        struct arena_mark mark = arena_mark(a);
        struct buf b = buf_new(a, 256, 4096);
        size_t at[41], n = 0;
        for (; n < 40; n++) {
            at[n] = b.n;
            buf_z(&b, alphabet[(size_t)random() % (sizeof alphabet / sizeof *alphabet)]);
        }
        at[n] = b.n;
        size_t from = (size_t)random() % 36, to = from + 1 + (size_t)random() % 4;
        struct str text = buf_done(&b), *t;
        struct search_query q;
        assert_true(search_query(a, (struct str){text.p + at[from], at[to] - at[from]}, &q));
        size_t count = search_terms(a, text, &t);
        for (size_t i = 0; i < q.terms; i++) {
            bool found = false;
            for (size_t k = 0; k < count && !found; k++)
                found = str_eq(t[k], q.term[i]);
            if (!found)
                fail_msg("\"" STR_FMT "\" of \"" STR_FMT "\"", STR_ARG(q.term[i]), STR_ARG(text));
        }
        arena_reset_to(a, mark);
    }
}

static void common_numbers(void **state)
{
    (void)state;
    enum { LISTS = 3, BLOCKS = 4, NUMBERS = BLOCKS * SEARCH_BLOCK };
    srandom(3);
    for (int round = 0; round < 50; round++) {
        struct arena_mark mark = arena_mark(a);
        struct posting_list lists[LISTS];
        bool *in = arena_array(a, LISTS * NUMBERS, sizeof *in);
        for (size_t l = 0; l < LISTS; l++) {
            lists[l] = (struct posting_list){.at = arena_array(a, BLOCKS, sizeof(struct posting))};
            for (size_t block = BLOCKS; block-- > 0;) {
                char *docs = arena_alloc(a, 2 * SEARCH_BLOCK);
                size_t n = 0;
                long share = random() % 10;
                for (size_t low = 0; low < SEARCH_BLOCK && share; low++) {
                    if (random() % 10 >= share)
                        continue;
                    in[l * NUMBERS + block * SEARCH_BLOCK + low] = true;
                    docs[2 * n] = (char)(low >> 8);
                    docs[2 * n++ + 1] = (char)(low & 255);
                }
                if (n)
                    lists[l].at[lists[l].n++] = (struct posting){.block = (uint32_t)block, .docs = {docs, 2 * n}};
            }
        }
        uint64_t *out = arena_array(a, NUMBERS, sizeof *out);
        bool cut;
        size_t found = search_common(lists, LISTS, out, NUMBERS, &cut), expected = 0;
        assert_false(cut);
        for (size_t i = NUMBERS; i-- > 0;)
            if (in[i] && in[NUMBERS + i] && in[2 * NUMBERS + i])
                assert_true(expected < found && out[expected++] == i);
        assert_int_equal(found, expected);
        if (found > 1) {
            assert_int_equal(search_common(lists, LISTS, out, found - 1, &cut), found - 1);
            assert_true(cut);
        }
        arena_reset_to(a, mark);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(folding_keeps_places, set_up, tear_down),
        cmocka_unit_test_setup_teardown(terms_of_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(queries, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_hit_is_missed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(common_numbers, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
