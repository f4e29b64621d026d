/* Where organisations come to lie: every place after a move follows from the parents, and what is narrow is in both. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "org/move.h"

static struct org_stamp at(const char *path, const char *sector)
{
    struct org_stamp s = {0};
    for (; *path; path++)
        s.level[s.depth++][0] = *path;
    s.org_id[0] = s.level[s.depth - 1][0];
    str_copy(s.sector, sizeof s.sector, str_of(sector));
    return s;
}

static void path_is(const struct org_stamp *s, const char *want)
{
    char got[7] = "";
    for (int i = 0; i < 6; i++)
        got[i] = s->level[i][0] ? s->level[i][0] : '.';
    assert_string_equal(got, want);
}

static void a_unit_goes_from_one_prefecture_to_another(void **state)
{
    (void)state;
    struct move_unit u[] = {{.was = at("RAU", "01")}, {.was = at("RAUV", "02")}};
    struct org_stamp b = at("RB", "07");
    move_place(MOVE_PARENT, &b, "", u, 2);
    path_is(&u[0].wide, "RBU...");
    path_is(&u[0].narrow, "R.U...");
    path_is(&u[1].wide, "RBUV..");
    path_is(&u[1].narrow, "R.UV..");
    assert_string_equal(u[1].wide.sector, "02");
    assert_string_equal(u[0].to, "U");
}

static void deeper_and_higher(void **state)
{
    (void)state;
    struct move_unit u[] = {{.was = at("RA", "")}, {.was = at("RAU", "")}};
    struct org_stamp b = at("RB", "");
    move_place(MOVE_PARENT, &b, "", u, 2);
    path_is(&u[0].wide, "RBA...");
    path_is(&u[0].narrow, "R.....");
    path_is(&u[1].wide, "RBAU..");
    path_is(&u[1].narrow, "R.....");
    assert_int_equal(u[1].wide.depth, 4);
    struct move_unit v[] = {{.was = at("RBAU", "")}};
    struct org_stamp r = at("R", "");
    move_place(MOVE_PARENT, &r, "", v, 1);
    path_is(&v[0].wide, "RU....");
    path_is(&v[0].narrow, "R.....");
}

static void what_is_merged_lies_where_the_other_does(void **state)
{
    (void)state;
    struct move_unit u[] = {{.was = at("RAU", "01")}, {.was = at("RAUV", "02")}};
    struct org_stamp w = at("RBW", "05");
    move_place(MOVE_MERGE, &w, "", u, 2);
    path_is(&u[0].wide, "RBW...");
    path_is(&u[0].narrow, "R.....");
    assert_string_equal(u[0].to, "W");
    assert_string_equal(u[0].wide.sector, "05");
    assert_string_equal(u[0].narrow.sector, "");
    path_is(&u[1].wide, "RBWV..");
    assert_string_equal(u[1].to, "V");
    assert_string_equal(u[1].narrow.sector, "02");
}

static void another_sector_leaves_the_place(void **state)
{
    (void)state;
    struct move_unit u[] = {{.was = at("RAU", "01")}};
    move_place(MOVE_SECTOR, &u[0].was, "03", u, 1);
    path_is(&u[0].narrow, "RAU...");
    assert_string_equal(u[0].narrow.sector, "");
    assert_string_equal(u[0].wide.sector, "03");
}

static void what_cannot_be_done_is_named(void **state)
{
    (void)state;
    struct org_stamp r = at("R", ""), a = at("RA", "01"), u = at("RAU", ""), b = at("RB", ""), deep = at("RBWXY", "");
    assert_string_equal(move_problem(MOVE_PARENT, &r, "", &a, "", 1, 1), "root");
    assert_string_equal(move_problem(MOVE_PARENT, &a, "R", &a, "", 1, 1), "self");
    assert_string_equal(move_problem(MOVE_PARENT, &a, "R", &u, "", 2, 2), "cycle");
    assert_string_equal(move_problem(MOVE_PARENT, &u, "A", &a, "", 1, 1), "same");
    assert_string_equal(move_problem(MOVE_PARENT, &u, "A", &deep, "", 2, 2), "depth");
    assert_null(move_problem(MOVE_MERGE, &u, "A", &deep, "", 2, 2));
    assert_null(move_problem(MOVE_MERGE, &u, "A", &a, "", 1, 1));
    assert_string_equal(move_problem(MOVE_PARENT, &a, "R", &b, "", MOVE_MAX_UNITS + 1, 2), "limit");
    assert_string_equal(move_problem(MOVE_SECTOR, &a, "R", &r, "01", 1, 1), "same");
    assert_null(move_problem(MOVE_SECTOR, &r, "", &r, "01", 1, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unit_goes_from_one_prefecture_to_another),
        cmocka_unit_test(deeper_and_higher),
        cmocka_unit_test(what_is_merged_lies_where_the_other_does),
        cmocka_unit_test(another_sector_leaves_the_place),
        cmocka_unit_test(what_cannot_be_done_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
