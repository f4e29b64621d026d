#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "statistics/tally.h"

static int make(void **state)
{
    *state = arena_new(64u << 20);
    return 0;
}

static int drop(void **state)
{
    arena_free(*state);
    return 0;
}

static void servers_systems_and_software_have_their_own(void **state)
{
    struct tally t;
    tally_begin(*state, &t);
    struct counted server = {.class = STR("hardware"),
                             .category = STR("01.02"),
                             .os = STR("CentOS"),
                             .os_version = STR("7"),
                             .os_origin = STR("国外"),
                             .brand = STR(" 华为 "),
                             .origin = STR("2"),
                             .exposed = true};
    struct counted guest = server, firewall = {.class = STR("hardware"), .category = STR("04.01")};
    guest.category = STR("01.10");
    tally_asset(&t, &server);
    tally_asset(&t, &guest);
    guest.category = STR("01.01");
    guest.is_virtual = true;
    tally_asset(&t, &guest);
    tally_asset(&t, &firewall);
    tally_asset(&t, &(struct counted){.class = STR("system"), .users = 10000});
    tally_asset(&t, &(struct counted){.class = STR("software"), .vendor = STR("达梦")});
#define IS(class, dimension, value, want) assert_int_equal(tally_of(&t, STR(class), STR(dimension), STR(value)), want)
    IS("hardware", "total", "", 4);
    IS("hardware", "server_kind", "physical", 1);
    IS("hardware", "server_kind", "virtual", 2);
    IS("hardware", "server_version", "CentOS 7", 3);
    IS("hardware", "server_origin", "国外", 3);
    IS("hardware", "vendor", "华为", 3);
    IS("hardware", "vendor", "", 1);
    IS("hardware", "exposed", "1", 3);
    IS("system", "users", "10000", 1);
    IS("software", "vendor", "达梦", 1);
    IS("software", "server_os", "", 0);
}

static void free_text_has_an_end(void **state)
{
    struct tally t;
    tally_begin(*state, &t);
    for (int i = 0; i < TALLY_VALUES + 50; i++) {
        struct counted x = {.class = STR("hardware"), .brand = str_of(arena_printf(*state, "品牌 %d", i))};
        tally_asset(&t, &x);
        tally_asset(&t, &x);
    }
    IS("hardware", "vendor", "品牌 7", 2);
    IS("hardware", "vendor", TALLY_OTHERS, 100);
    IS("hardware", "total", "", 2 * (TALLY_VALUES + 50));
}

static void a_difference_leads_from_one_to_the_other(void **state)
{
    struct tally before, now, d, again, none;
    tally_begin(*state, &before);
    tally_begin(*state, &now);
    tally_begin(*state, &d);
    tally_begin(*state, &again);
    tally_begin(*state, &none);
    tally_add(&before, STR("a"), STR("total"), STR(""), 5);
    tally_add(&before, STR("a"), STR("state"), STR("02"), 5);
    tally_add(&now, STR("a"), STR("total"), STR(""), 5);
    tally_add(&now, STR("a"), STR("state"), STR("03"), 4);
    tally_difference(&now, &before, &d);
    assert_int_equal(d.count, 2);
    assert_int_equal(tally_of(&d, STR("a"), STR("state"), STR("02")), -5);
    assert_int_equal(tally_of(&d, STR("a"), STR("state"), STR("03")), 4);
    tally_difference(&now, &now, &none);
    assert_int_equal(none.count, 0);
    for (size_t i = 0; i < d.count; i++)
        tally_add(&before, d.rows[i].class, d.rows[i].dimension, d.rows[i].value, d.rows[i].n);
    tally_difference(&now, &before, &again);
    assert_int_equal(again.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(servers_systems_and_software_have_their_own, make, drop),
        cmocka_unit_test_setup_teardown(free_text_has_an_end, make, drop),
        cmocka_unit_test_setup_teardown(a_difference_leads_from_one_to_the_other, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
