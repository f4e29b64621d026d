#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>

#include "kernel/ip.h"

static void text_in_and_out(void **state)
{
    (void)state;
    static const char *const same[] = {
        "0.0.0.0",       "255.255.255.255", "10.1.2.3",       "::", "::1", "1::", "2001:db8::1", "2001:db8:0:1:1:1:1:1",
        "2001:0:0:1::1", "fe80::1:0:0:1",   "1:2:3:4:5:6:7:8"};
    static const char *const pairs[][2] = {
        {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"}, {"::ffff:1.2.3.4", "1.2.3.4"},     {"0:0:0:0:0:0:0:0", "::"},
        {"64:ff9b::1.2.3.4", "64:ff9b::102:304"},      {"1:0:0:2:0:0:0:3", "1:0:0:2::3"}, {"1::2:3:4:5:6:7", "1:0:2:3:4:5:6:7"}};
    static const char *const bad[] = {"",
                                      "1",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "01.2.3.4",
                                      "1.2.3.256",
                                      "1.2.3.4 ",
                                      " 1.2.3.4",
                                      "1.2.3.-4",
                                      ":",
                                      ":::",
                                      "1::2::3",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "12345::",
                                      "g::",
                                      "fe80::1%eth0",
                                      "::1.2.3",
                                      "1.2.3.4::",
                                      "1:2:3:4:5:6:7:1.2.3.4",
                                      "[::1]",
                                      "1:2:3:4:5:6:7:8::",
                                      "1:",
                                      "::1:"};
    char out[IP_TEXT_MAX];
    struct ip ip;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_true(ip_parse(str_of(same[i]), &ip));
        ip_format(&ip, out);
        assert_string_equal(out, same[i]);
    }
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_true(ip_parse(str_of(pairs[i][0]), &ip));
        ip_format(&ip, out);
        assert_string_equal(out, pairs[i][1]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (ip_parse(str_of(bad[i]), &ip))
            fail_msg("accepted %s", bad[i]);
}

/* The C library is the reference for 200,000 random addresses, many with runs of zeros. */
static void agrees_with_the_c_library(void **state)
{
    (void)state;
    srandom(7);
    for (int i = 0; i < 200000; i++) {
        struct ip ip, back;
        for (int k = 0; k < 16; k += 2) {
            bool zero = random() % 2;
            ip.b[k] = zero ? 0 : (unsigned char)random();
            ip.b[k + 1] = zero ? 0 : (unsigned char)(random() % 3 ? random() : 0);
        }
        char ours[IP_TEXT_MAX], theirs[INET6_ADDRSTRLEN];
        ip_format(&ip, ours);
        assert_true(ip_parse(str_of(ours), &back));
        assert_memory_equal(&ip, &back, 16);
        inet_ntop(AF_INET6, ip.b, theirs, sizeof theirs);
        if (!strchr(theirs, '.')) /* glibc writes some of ::/96 as IPv4 */
            assert_string_equal(ours, theirs);
    }
}

static void prefixes_and_ranges(void **state)
{
    (void)state;
    struct ip a, b;
    unsigned bits;
    char out[CIDR_TEXT_MAX];
    assert_true(cidr_parse(STR("10.0.0.0/8"), &a, &bits));
    assert_int_equal(bits, 104);
    cidr_format(&a, bits, out);
    assert_string_equal(out, "10.0.0.0/8");
    assert_true(cidr_parse(STR("2001:db8::/32"), &a, &bits));
    cidr_format(&a, bits, out);
    assert_string_equal(out, "2001:db8::/32");
    assert_true(cidr_parse(STR("0.0.0.0/0"), &a, &bits) && bits == 96);
    static const char *const bad[] = {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08",
                                      "10.0.0.0",   "::/129",      "/8",        "10.0.0.0/-1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (cidr_parse(str_of(bad[i]), &a, &bits))
            fail_msg("accepted %s", bad[i]);
    assert_true(ip_range_parse(STR("10.0.0.5-10.0.0.9"), &a, &b));
    assert_int_equal(ip_range_bits(&a, &b), -1);
    assert_true(ip_range_parse(STR("10.0.0.0-10.0.0.255"), &a, &b));
    assert_int_equal(ip_range_bits(&a, &b), 120);
    assert_true(ip_range_parse(STR("10.0.0.0/30"), &a, &b));
    assert_int_equal(b.b[15], 3);
    assert_false(ip_range_parse(STR("10.0.0.9-10.0.0.5"), &a, &b));
    assert_false(ip_range_parse(STR("10.0.0.9-::1"), &a, &b));
}

static void public_addresses(void **state)
{
    (void)state;
    static const char *const yes[] = {"8.8.8.8",   "114.114.114.114", "100.128.0.1",     "172.32.0.1",
                                      "192.0.0.9", "2400:3200::1",    "64:ff9b::808:808"};
    static const char *const no[] = {"10.0.0.1",    "100.64.0.1",  "127.0.0.1",  "169.254.1.1", "172.31.255.255",
                                     "192.168.0.1", "192.0.2.1",   "198.18.0.1", "224.0.0.1",   "255.255.255.255",
                                     "0.1.2.3",     "::1",         "::",         "fe80::1",     "fc00::1",
                                     "ff02::1",     "2001:db8::1", "2002::1",    "2001::1"};
    struct ip ip;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        if (!ip_parse(str_of(yes[i]), &ip) || !ip_is_global(&ip))
            fail_msg("%s is public", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (!ip_parse(str_of(no[i]), &ip) || ip_is_global(&ip))
            fail_msg("%s is not public", no[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(text_in_and_out), cmocka_unit_test(agrees_with_the_c_library),
                                       cmocka_unit_test(prefixes_and_ranges), cmocka_unit_test(public_addresses)};
    return cmocka_run_group_tests_name("kernel/ip", tests, NULL, NULL);
}
