#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "discovery/nmap.h"

struct seen {
    size_t hosts, open;
    char first[IP_TEXT_MAX], product[100], cpe[100], mac[30], name[100], os[100];
    int port;
};

static bool collect(void *ctx, const struct nmap_host *h)
{
    struct seen *s = ctx;
    if (s->hosts++ == 0) {
        if (h->address_count)
            ip_format(&h->addresses[0], s->first);
        snprintf(s->mac, sizeof s->mac, "%s", h->mac ? h->mac : "");
        snprintf(s->name, sizeof s->name, "%s", h->hostname_count ? h->hostnames[0] : "");
        snprintf(s->os, sizeof s->os, "%s", h->os ? h->os : "");
    }
    for (size_t i = 0; i < h->port_count; i++) {
        const struct nmap_port *p = &h->ports[i];
        if (p->state && strcmp(p->state, "open") == 0 && s->open++ == 0) {
            s->port = p->port;
            snprintf(s->product, sizeof s->product, "%s", p->product ? p->product : "");
            snprintf(s->cpe, sizeof s->cpe, "%s", p->cpe ? p->cpe : "");
        }
    }
    return true;
}

static enum nmap_result run(const char *p, size_t n, size_t step, struct seen *s, struct nmap_summary *sum)
{
    struct arena *a = arena_new(256 << 20);
    memset(s, 0, sizeof *s);
    struct nmap *x = nmap_new(a, collect, s);
    for (size_t at = 0; at < n && nmap_feed(x, p + at, step < n - at ? step : n - at); at += step)
        ;
    enum nmap_result r = nmap_finish(x, sum);
    arena_free(a);
    return r;
}

#define HEAD \
    "<?xml version=\"1.0\"?>\n<!DOCTYPE nmaprun>\n<nmaprun scanner=\"nmap\" args=\"nmap -sV\" start=\"100\" version=\"7.93\">"
#define HOST1                                                                                                                                                                                                                      \
    "<host starttime=\"100\" endtime=\"101\"><status state=\"up\" reason=\"arp\"/><address addr=\"10.0.0.1\" addrtype=\"ipv4\"/><address addr=\"AA:BB:CC:00:11:22\" addrtype=\"mac\" vendor=\"V\"/>"                               \
    "<hostnames><hostname name=\"a.example\" type=\"PTR\"/></hostnames><ports><extraports state=\"closed\" count=\"9\"/><port protocol=\"tcp\" portid=\"22\"><state state=\"open\" reason=\"syn-ack\"/>"                           \
    "<service name=\"ssh\" product=\"OpenSSH\" version=\"9.2\" conf=\"10\"><cpe>cpe:/o:linux</cpe><cpe>cpe:/a:openbsd:openssh:9.2</cpe></service><script id=\"ssh-hostkey\" output=\"x\"><elem key=\"a\">b</elem></script></port>" \
    "<port protocol=\"tcp\" portid=\"80\"><state state=\"closed\"/></port></ports><os><osmatch name=\"Linux 5\" accuracy=\"95\"/><osmatch name=\"Other\" accuracy=\"90\"/></os></host>"
#define HOST2 "<host><status state=\"down\"/><address addr=\"2001:db8::5\" addrtype=\"ipv6\"/></host>"
#define FOOT "<runstats><finished time=\"200\"/></runstats></nmaprun>\n"
static const char SMALL[] =
    HEAD "<hosthint><status state=\"up\"/><address addr=\"9.9.9.9\" addrtype=\"ipv4\"/></hosthint>" HOST1 HOST2 FOOT;

static void reads_hosts(void **state)
{
    (void)state;
    for (size_t step = 1; step < sizeof SMALL; step = step * 3) {
        struct seen s;
        struct nmap_summary sum;
        assert_int_equal(run(SMALL, sizeof SMALL - 1, step, &s, &sum), NMAP_OK);
        assert_int_equal(sum.hosts, 2);
        assert_int_equal(sum.hosts_up, 1);
        assert_int_equal(sum.ports, 2);
        assert_int_equal(sum.start, 100);
        assert_int_equal(sum.end, 200);
        assert_string_equal(s.first, "10.0.0.1");
        assert_string_equal(s.mac, "AA:BB:CC:00:11:22");
        assert_string_equal(s.name, "a.example");
        assert_string_equal(s.os, "Linux 5");
        assert_int_equal(s.open, 1);
        assert_int_equal(s.port, 22);
        assert_string_equal(s.product, "OpenSSH");
        assert_string_equal(s.cpe, "cpe:/a:openbsd:openssh:9.2");
    }
}

static void cut_anywhere_counts_complete_hosts(void **state)
{
    (void)state;
    size_t end1 = (size_t)(strstr(SMALL, "</host>") - SMALL) + 7, end2 = (size_t)(strstr(SMALL + end1, "</host>") - SMALL) + 7;
    size_t root = (size_t)(strstr(SMALL, "7.93\">") - SMALL) + 6;
    for (size_t n = 0; n < sizeof SMALL - 2; n++) {
        char *exact = malloc(n + 1);
        memcpy(exact, SMALL, n);
        struct seen s;
        struct nmap_summary sum;
        enum nmap_result r = run(exact, n, 4096, &s, &sum);
        free(exact);
        assert_int_equal(r, n < root ? NMAP_MALFORMED : NMAP_PARTIAL);
        assert_int_equal(sum.hosts, n < root ? 0 : n >= end2 ? 2 : n >= end1 ? 1 : 0);
    }
}

static void refuses_what_it_must(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum nmap_result want;
    } cases[] = {
        {"<!DOCTYPE nmaprun [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><nmaprun>&x;</nmaprun>", NMAP_FORBIDDEN},
        {"<!DOCTYPE nmaprun [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]><nmaprun>&c;</nmaprun>",
         NMAP_FORBIDDEN},
        {"<!DOCTYPE nmaprun [ ]><nmaprun></nmaprun>", NMAP_FORBIDDEN},
        {"<!DOCTYPE nmaprun SYSTEM \"file:///etc/passwd\"><nmaprun>&x;</nmaprun>", NMAP_FORBIDDEN},
        {"<!DOCTYPE nmaprun SYSTEM \"nmap.dtd\"><nmaprun></nmaprun>", NMAP_OK},
        {"<?xml version=\"1.0\"?><html></html>", NMAP_NOT_NMAP},
        {"<nmaprun><host></nmaprun>", NMAP_MALFORMED},
        {"<nmaprun>\xff</nmaprun>", NMAP_MALFORMED},
        {"<nmaprun></nmaprun>junk", NMAP_MALFORMED},
        {"<nmaprun>&undefined;</nmaprun>", NMAP_MALFORMED},
        {"", NMAP_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seen s;
        struct nmap_summary sum;
        enum nmap_result r = run(cases[i].text, strlen(cases[i].text), 5, &s, &sum);
        if (r != cases[i].want)
            fail_msg("%s: %s", cases[i].text, nmap_result_name(r));
    }
}

static void limits(void **state)
{
    (void)state;
    struct seen s;
    struct nmap_summary sum;
    static char deep[4000];
    size_t n = (size_t)snprintf(deep, sizeof deep, "<nmaprun>");
    for (int i = 0; i < 40; i++)
        n += (size_t)snprintf(deep + n, sizeof deep - n, "<a>");
    assert_int_equal(run(deep, n, 100, &s, &sum), NMAP_LIMIT);
    size_t big = NMAP_TOKEN_MAX + 200000;
    char *wide = malloc(big);
    memset(wide, 'x', big);
    memcpy(wide, "<nmaprun a=\"", 12);
    assert_int_equal(run(wide, big, 65536, &s, &sum), NMAP_LIMIT);
    free(wide);
}

static size_t count(const char *text, const char *word)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, word)); p++)
        n++;
    return n;
}

/* Hosts and ports as counted by their opening tags in the text. */
static void reads_real_files(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        enum nmap_result result;
    } files[] = {{"1_hosts_banner_ports_notsyn", NMAP_OK},
                 {"1_hosts_banner_ports_xmas", NMAP_OK},
                 {"1_hosts_nohostname", NMAP_OK},
                 {"2_null_hosts", NMAP_OK},
                 {"diff_1_host_ping_mac_changed", NMAP_OK},
                 {"dionaea_scan", NMAP_OK},
                 {"extra_ports", NMAP_OK},
                 {"os_scan6", NMAP_OK},
                 {"defused_et_included", NMAP_NOT_NMAP},
                 {"defused_et_local_includer", NMAP_FORBIDDEN}};
    const char *dir = getenv("TONGCHOU_CORPUS");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[600];
        snprintf(path, sizeof path, "%s/nmap-libnmap/libnmap/test/files/%s.xml", dir ? dir : "../shared/corpus", files[i].file);
        FILE *f = fopen(path, "rb");
        if (!f) {
            print_message("skipped: no nmap files at %s\n", path);
            skip();
        }
        static char text[1 << 20];
        size_t n = fread(text, 1, sizeof text - 1, f);
        fclose(f);
        text[n] = 0;
        struct seen s;
        struct nmap_summary sum;
        assert_int_equal(run(text, n, 1000, &s, &sum), files[i].result);
        if (files[i].result != NMAP_OK)
            continue;
        assert_int_equal(sum.hosts, count(text, "<host ") + count(text, "<host>"));
        assert_int_equal(sum.ports, count(text, "<port "));
        assert_int_equal(s.open, count(text, "<state state=\"open\""));
        assert_true(s.first[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_hosts), cmocka_unit_test(cut_anywhere_counts_complete_hosts),
                                       cmocka_unit_test(refuses_what_it_must), cmocka_unit_test(limits),
                                       cmocka_unit_test(reads_real_files)};
    return cmocka_run_group_tests_name("discovery/nmap", tests, NULL, NULL);
}
