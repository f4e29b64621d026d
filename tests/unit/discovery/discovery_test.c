#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "discovery/discovery.h"

enum { NOW_S = 2000000000 };
static const int64_t now_us = (int64_t)NOW_S * 1000000;

static struct arena *arena;
static int set_up(void **state)
{
    (void)state;
    arena = arena_new(16 << 20);
    return 0;
}
static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct nmap_host scanned(const char *address)
{
    struct nmap_host h = {.up = true};
    if (address && ip_parse(str_of(address), &h.addresses[0]))
        h.address_count = 1;
    return h;
}

static void reads_what_counts(void **state)
{
    (void)state;
    struct nmap_port ports[] = {
        {.protocol = "tcp", .state = "open", .port = 80, .service = "http", .product = "nginx", .version = "1.22"},
        {.protocol = "tcp", .state = "closed", .port = 81},
        {.protocol = "tcp", .state = "open", .port = -1},
        {.protocol = "tcp", .state = "open", .port = 443},
        {.protocol = "tcp", .state = "open", .port = 443},
        {.protocol = "udp", .state = "open|filtered", .port = 53}};
    struct nmap_host from = scanned("10.0.0.1");
    struct host h;
    from.ports = ports;
    from.port_count = 6;
    from.mac = "AA:BB:CC:00:11:22";
    from.hostnames[0] = "WWW.Unit.cn.";
    from.hostnames[1] = "www.unit.cn";
    from.hostnames[2] = "not a name";
    from.hostname_count = 3;
    from.end = NOW_S - 60;
    assert_true(host_read(arena, &from, 0, now_us, &h));
    assert_int_equal(h.service_count, 2);
    assert_int_equal(h.services[1].port, 443);
    assert_true(str_is(h.services[0].product, "nginx") && str_is(h.mac, "aa:bb:cc:00:11:22"));
    assert_int_equal(h.name_count, 1);
    assert_true(str_is(h.names[0], "www.unit.cn"));
    assert_int_equal(h.last_seen, now_us - 60000000);
    from.up = false;
    assert_false(host_read(arena, &from, 0, now_us, &h));
    from = scanned(NULL);
    assert_false(host_read(arena, &from, 0, now_us, &h));
}

static void time_of_a_scan(void **state)
{
    (void)state;
    struct nmap_host from = scanned("10.0.0.1");
    struct host h;
    assert_true(host_read(arena, &from, NOW_S - 10, now_us, &h));
    assert_int_equal(h.last_seen, now_us - 10000000);
    assert_true(host_read(arena, &from, 0, now_us, &h)); /* the scan says nothing */
    assert_int_equal(h.last_seen, now_us);
    from.end = NOW_S + 86400; /* a clock that goes wrong does not see the future */
    assert_true(host_read(arena, &from, 0, now_us, &h));
    assert_int_equal(h.last_seen, now_us);
}

static void an_older_scan_changes_little(void **state)
{
    (void)state;
    struct host before = {.id = "x",
                          .os = STR("Linux"),
                          .mac = STR("02:00:00:00:00:01"),
                          .names = {STR("a.unit.cn")},
                          .name_count = 1,
                          .first_seen = 100,
                          .last_seen = 200};
    struct host newer = {.os = STR("Windows"), .first_seen = 300, .last_seen = 300, .scanned = 300};
    host_merge(&newer, &before);
    assert_true(newer.known && str_is(newer.os, "Windows") && str_is(newer.mac, "02:00:00:00:00:01"));
    assert_true(newer.first_seen == 100 && newer.last_seen == 300 && newer.name_count == 1);
    struct host older = {.os = STR("Windows"),
                         .names = {STR("b.unit.cn"), STR("c.unit.cn")},
                         .name_count = 2,
                         .first_seen = 50,
                         .last_seen = 50,
                         .scanned = 50};
    host_merge(&older, &before);
    assert_true(str_is(older.os, "Linux") && older.name_count == 1 && str_is(older.names[0], "a.unit.cn"));
    assert_true(older.first_seen == 50 && older.last_seen == 200 && older.scanned == 50);
}

static struct org_stamp stamp(int depth, const char *l1, const char *l2, const char *l3)
{
    struct org_stamp s = {.depth = depth};
    const char *level[] = {l1, l2, l3};
    for (int i = 0; i < depth; i++)
        memcpy(s.level[i], level[i], strlen(level[i]));
    memcpy(s.org_id, level[depth - 1], strlen(level[depth - 1]));
    return s;
}

static void who_found_it(void **state)
{
    (void)state;
    struct org_stamp root = stamp(1, "r", NULL, NULL), city = stamp(2, "r", "c", NULL), other_city = stamp(2, "r", "d", NULL);
    struct org_stamp unit = stamp(3, "r", "c", "u"), second = stamp(3, "r", "c", "v");
    assert_ptr_equal(host_finder(NULL, &unit), &unit);
    assert_ptr_equal(host_finder(&unit, &root), &unit);
    assert_ptr_equal(host_finder(&unit, &city), &unit);
    assert_ptr_equal(host_finder(&unit, &other_city), &other_city);
    assert_ptr_equal(host_finder(&unit, &second), &second);
    assert_ptr_equal(host_finder(&root, &unit), &unit);
    assert_ptr_equal(host_finder(&unit, &unit), &unit);
}

static void any_name_may_tell(void **state)
{
    (void)state;
    struct own_id net = {{9}}, space;
    struct ownership_index *x = ownership_index_new(&net);
    struct host h = {.space = "00000000-0000-0000-0000-000000000005",
                     .names = {STR("nobody.cn"), STR("www.unit.cn")},
                     .name_count = 2,
                     .last_seen = 100};
    struct claim c = {.id = {{1}}, .org = {{2}}, .asset = {{3}}, .kind = CLAIM_DOMAIN, .value = STR("unit.cn")};
    struct ownership o;
    assert_true(own_id_parse(str_of(h.space), &space) && ip_parse(STR("10.0.0.1"), &h.ip));
    host_resolve(x, &h, STR(""), &o);
    assert_int_equal(o.verdict, VERDICT_UNOWNED);
    assert_true(ownership_add(x, &c));
    host_resolve(x, &h, STR(""), &o);
    assert_int_equal(o.method, METHOD_DOMAIN);
    struct claim range = {.id = {{4}}, .org = {{5}}, .asset = {{6}}, .space = space, .kind = CLAIM_RANGE};
    assert_true(ip_range_parse(STR("10.0.0.0/24"), &range.first, &range.last) && ownership_add(x, &range));
    host_resolve(x, &h, STR(""), &o); /* the first name tells only the range, the second more */
    assert_true(o.method == METHOD_DOMAIN && own_id_eq(&o.org, &c.org));
    struct claim exact = {
        .id = {{7}}, .org = {{8}}, .asset = {{9}}, .space = space, .kind = CLAIM_ADDRESS, .first = h.ip, .last = h.ip};
    assert_true(ownership_add(x, &exact));
    host_resolve(x, &h, STR(""), &o);
    assert_true(o.method == METHOD_ADDRESS && own_id_eq(&o.org, &exact.org));
    ownership_index_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_what_counts), cmocka_unit_test(time_of_a_scan),
                                       cmocka_unit_test(an_older_scan_changes_little), cmocka_unit_test(who_found_it),
                                       cmocka_unit_test(any_name_may_tell)};
    return cmocka_run_group_tests_name("discovery/discovery", tests, set_up, tear_down);
}
