/* I08: what may be called, and that no name, number, answer or redirect leads elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/outbound.h"

static struct outbound_policy policy_of(const char *const *texts, size_t n)
{
    static struct outbound_allow list[8];
    for (size_t i = 0; i < n; i++)
        assert_true(outbound_allow_parse(str_of(texts[i]), &list[i]));
    return (struct outbound_policy){list, n};
}
#define POLICY(...) policy_of((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static bool reaches(const struct outbound_policy *p, const char *address)
{
    struct ip ip;
    assert_true(ip_parse(str_of(address), &ip));
    return outbound_address_allowed(p, &ip);
}

static void hosts_that_are_numbers_are_none(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "1.2.3.4.5",
                                      "a..b", "a.",         ".a",         "-a.cn",  "a-.cn", "a b",        "a/b",
                                      "a@b",  "host.0x7f",  "host.1",     "[::1]",  "a\tb",  "127.0.0.1.", "xn--\xc3\xa9.cn"};
    static const char *const good[] = {"a", "example.cn", "1a.example.cn", "10.0.0.1", "::1", "a-b.c_d.cn", "0x7f.example"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (outbound_host_valid(str_of(bad[i])))
            fail_msg("taken for a host: %s", bad[i]);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!outbound_host_valid(str_of(good[i])))
            fail_msg("not taken for a host: %s", good[i]);
}

static void only_public_addresses_unless_a_prefix_says_so(void **state)
{
    (void)state;
    static const char *const inner[] = {"127.0.0.1",
                                        "::1",
                                        "10.0.0.1",
                                        "192.168.1.1",
                                        "172.16.0.1",
                                        "169.254.169.254",
                                        "100.64.0.1",
                                        "0.0.0.0",
                                        "::",
                                        "::ffff:127.0.0.1",
                                        "fe80::1",
                                        "fd00::1",
                                        "224.0.0.1",
                                        "255.255.255.255",
                                        "64:ff9b::7f00:1",
                                        "64:ff9b::a00:1",
                                        "2002:7f00:1::",
                                        "::7f00:1",
                                        "fd00:ec2::254"};
    struct outbound_policy none = POLICY("example.cn");
    for (size_t i = 0; i < sizeof inner / sizeof *inner; i++)
        if (reaches(&none, inner[i]))
            fail_msg("reached: %s", inner[i]);
    assert_true(reaches(&none, "114.114.114.114"));
    assert_true(reaches(&none, "240e::1"));
    struct outbound_policy some = POLICY("10.1.0.0/16", "fd00::/32");
    assert_true(reaches(&some, "10.1.2.3"));
    assert_true(reaches(&some, "::ffff:10.1.2.3"));
    assert_true(reaches(&some, "64:ff9b::a01:203"));
    assert_false(reaches(&some, "10.2.0.1"));
    assert_false(reaches(&some, "127.0.0.1"));
    struct outbound_policy loop = POLICY("127.0.0.2/32");
    assert_true(reaches(&loop, "127.0.0.2"));
    assert_false(reaches(&loop, "127.0.0.1"));
}

static void some_prefixes_cannot_be_listed(void **state)
{
    (void)state;
    static const char *const bad[] = {"0.0.0.0/0", "::/0",        "169.254.0.0/16", "169.254.169.254", "100.100.100.200/32",
                                      "fe80::/64", "224.0.0.0/8", "10.0.0.1/8",     "http://a.cn",     "*",
                                      "*.",        "*.*.cn",      "a.cn:80",        "a.cn/",           "*.10.0.0.1",
                                      "127.1"};
    struct outbound_allow x;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (outbound_allow_parse(str_of(bad[i]), &x))
            fail_msg("listed: %s", bad[i]);
    /* A prefix round a metadata service does not open it. */
    struct outbound_policy p = POLICY("100.64.0.0/10", "fd00::/16", "127.0.0.0/8");
    assert_true(reaches(&p, "100.100.100.201"));
    assert_false(reaches(&p, "100.100.100.200"));
    assert_false(reaches(&p, "fd00:ec2::254"));
}

static void names_below_a_star(void **state)
{
    (void)state;
    struct outbound_policy p = POLICY("*.example.cn", "Tickets.example.org");
    assert_true(outbound_host_allowed(&p, STR("a.example.cn")));
    assert_true(outbound_host_allowed(&p, STR("a.b.EXAMPLE.cn")));
    assert_true(outbound_host_allowed(&p, STR("tickets.example.org")));
    assert_false(outbound_host_allowed(&p, STR("example.cn")));
    assert_false(outbound_host_allowed(&p, STR("aexample.cn")));
    assert_false(outbound_host_allowed(&p, STR("a.tickets.example.org")));
    assert_false(outbound_host_allowed(&p, STR("example.cn.evil.org")));
}

/* ---- with a server: 127.0.0.2 and 127.0.0.1, the same port; it says on which address it was asked ---- */
static int port;
static pid_t server_pid;

static void answer(int fd)
{
    char in[4096], out[4096], here[64] = "", path[256] = "";
    struct sockaddr_in me;
    socklen_t n = sizeof me;
    ssize_t got = read(fd, in, sizeof in - 1);
    in[got > 0 ? got : 0] = '\0';
    getsockname(fd, (struct sockaddr *)&me, &n);
    inet_ntop(AF_INET, &me.sin_addr, here, sizeof here);
    sscanf(in, "%*s %255s", path);
    int status = 200;
    char location[300] = "";
    if (sscanf(path, "/go/%d/%255s", &status, location) == 2)
        snprintf(out, sizeof out, "HTTP/1.1 %d x\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status,
                 location);
    else
        snprintf(out, sizeof out, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%s %s %.10s%s", here, path, in,
                 strstr(in, "X-Secret") ? " secret" : "");
    if (write(fd, out, strlen(out)) < 0)
        _exit(1);
    if (strcmp(path, "/endless") == 0)
        for (size_t i = 0; i < 3000 && write(fd, in, sizeof in) > 0; i++)
            ;
    close(fd);
}

static int server_start(void **state)
{
    (void)state;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&at, n) || listen(fd, 16) || getsockname(fd, (struct sockaddr *)&at, &n))
        return -1;
    port = ntohs(at.sin_port);
    signal(SIGPIPE, SIG_IGN);
    server_pid = fork();
    if (server_pid == 0)
        for (;;)
            answer(accept(fd, NULL, NULL));
    close(fd);
    return 0;
}

static int server_stop(void **state)
{
    (void)state;
    kill(server_pid, SIGKILL);
    waitpid(server_pid, NULL, 0);
    return 0;
}

struct names {
    int asked;
};
static size_t resolve(void *context, const char *host, struct ip *out, size_t most)
{
    struct names *x = context;
    assert_true(most >= 2);
    x->asked++;
    if (strcmp(host, "none.test") == 0)
        return 0;
    assert_true(ip_parse(
        str_of(strcmp(host, "inner.test") == 0 || (strcmp(host, "rebind.test") == 0 && x->asked > 1) ? "127.0.0.1" : "127.0.0.2"),
        &out[0]));
    assert_true(ip_parse(STR("127.0.0.1"), &out[1]));
    return strcmp(host, "mixed.test") == 0 ? 2 : 1;
}

/* PORT stands for the server's. */
static const char *with_port(struct arena *a, const char *url)
{
    struct buf b = buf_new(a, 256, 4096);
    for (const char *at; (at = strstr(url, "PORT")); url = at + 4) {
        buf_put(&b, url, (size_t)(at - url));
        buf_i64(&b, port);
    }
    buf_z(&b, url);
    return buf_done(&b).p;
}

static struct outbound_call call(struct arena *a, const char *method, const char *path)
{
    static const char *const headers[] = {"X-Secret: 1", "Content-Type: text/plain", NULL};
    static struct names names;
    struct outbound *o = outbound_new();
    struct outbound_policy p = POLICY("127.0.0.2/32", "rebind.test");
    struct outbound_call c = {.url = with_port(a, path), .method = method, .headers = headers, .body = STR("hello")};
    names.asked = 0;
    outbound_set_resolver(o, resolve, &names);
    outbound_run(o, a, &p, &c, 1);
    outbound_free(o);
    return c;
}

#define REFUSED(path) expect_refused(path, __LINE__)
static void expect_refused(const char *path, int line)
{
    struct arena *a = arena_new(16 << 20);
    struct outbound_call c = call(a, "GET", path);
    if (!c.error || !c.refused || c.answer.n)
        fail_msg("line %d: %s was called: %s", line, path, c.error ? c.error : "no error");
    arena_free(a);
}

static void what_is_not_allowed_is_not_called(void **state)
{
    (void)state;
    static const char *const bad[] = {"http://127.0.0.1:PORT/",
                                      "http://inner.test:PORT/",
                                      "http://mixed.test:PORT/",
                                      "http://0x7f000002:PORT/",
                                      "http://2130706434:PORT/",
                                      "http://127.0.2:PORT/",
                                      "http://0177.0.0.2:PORT/",
                                      "http://[::1]:PORT/",
                                      "http://[::ffff:127.0.0.1]:PORT/",
                                      "http://0:PORT/",
                                      "http://169.254.169.254:PORT/",
                                      "http://u:p@127.0.0.2:PORT/",
                                      "http://127.0.0.2:PORT\\@127.0.0.1/",
                                      "http://localhost.:PORT/",
                                      "http://127.0.0.2%2e:PORT/"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        REFUSED(bad[i]);
    REFUSED("file:///etc/passwd?PORT");
    REFUSED("gopher://127.0.0.2:PORT/");
    REFUSED("ftp://127.0.0.2:PORT/");
    REFUSED("unix:///run/x:PORT");
    REFUSED("http://127.0.0.2:PORT/a\r\nX: y");
}

static void what_is_allowed_is_called(void **state)
{
    (void)state;
    struct arena *a = arena_new(16 << 20);
    setenv("http_proxy", "http://127.0.0.1:1", 1); /* no proxy of the environment */
    struct outbound_call c = call(a, "POST", "http://ok.test:PORT/x");
    assert_null(c.error);
    assert_int_equal(c.status, 200);
    assert_non_null(strstr(c.answer.p, "127.0.0.2 /x POST"));
    assert_non_null(strstr(c.answer.p, "secret"));
    c = call(a, "GET", "http://none.test:PORT/");
    assert_non_null(c.error);
    assert_false(c.refused);
    arena_free(a);
}

static void a_name_that_changes_its_mind_is_connected_where_it_was_checked(void **state)
{
    (void)state;
    struct arena *a = arena_new(16 << 20);
    struct outbound_call c = call(a, "GET", "http://rebind.test:PORT/x");
    assert_null(c.error);
    assert_non_null(strstr(c.answer.p, "127.0.0.2 /x"));
    arena_free(a);
    /* The second look, of the redirect, is checked like the first. */
    REFUSED("http://rebind.test:PORT/go/302/http://rebind.test:PORT/");
}

static void redirects_are_new_targets(void **state)
{
    (void)state;
    struct arena *a = arena_new(64 << 20);
    REFUSED("http://ok.test:PORT/go/302/http://127.0.0.1:PORT/");
    REFUSED("http://ok.test:PORT/go/307/http://inner.test:PORT/");
    REFUSED("http://ok.test:PORT/go/302/file:///etc/passwd");
    REFUSED("http://ok.test:PORT/go/302/gopher://127.0.0.2:PORT/");
    REFUSED("http://ok.test:PORT/go/302/http://0x7f.1:PORT/");
    struct outbound_call c = call(a, "POST", "http://ok.test:PORT/go/307/http://other.test:PORT/y");
    assert_null(c.error);
    assert_non_null(strstr(c.answer.p, "/y POST"));
    assert_null(strstr(c.answer.p, "secret")); /* not for another origin */
    c = call(a, "POST", "http://ok.test:PORT/go/302/http://ok.test:PORT/y");
    assert_non_null(c.error); /* the body would be lost */
    c = call(a, "GET", "http://ok.test:PORT/go/302/go/302/go/302/go/302/go/302/go/302/x");
    assert_non_null(c.error);
    arena_free(a);
}

static void an_answer_has_an_end(void **state)
{
    (void)state;
    struct arena *a = arena_new(16 << 20);
    struct outbound_call c = call(a, "GET", "http://ok.test:PORT/endless");
    assert_string_equal(c.error, "the answer is too large");
    assert_true(c.answer.n <= OUTBOUND_ANSWER);
    arena_free(a);
}

static void many_at_once_each_get_their_answer(void **state)
{
    (void)state;
    enum { N = 40 };
    struct arena *a = arena_new(64 << 20);
    struct outbound *o = outbound_new();
    struct outbound_policy p = POLICY("127.0.0.2/32");
    struct outbound_call c[N];
    for (int i = 0; i < N; i++)
        c[i] = (struct outbound_call){.url = arena_printf(a, "http://127.0.0.%d:%d/n%d", i % 4 ? 2 : 1, port, i), .method = "GET"};
    outbound_run(o, a, &p, c, N);
    for (int i = 0; i < N; i++) {
        assert_int_equal(c[i].refused, i % 4 == 0);
        assert_true(c[i].refused || strstr(c[i].answer.p, arena_printf(a, "/n%d GET", i)));
    }
    outbound_free(o);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_that_are_numbers_are_none),
        cmocka_unit_test(only_public_addresses_unless_a_prefix_says_so),
        cmocka_unit_test(some_prefixes_cannot_be_listed),
        cmocka_unit_test(names_below_a_star),
        cmocka_unit_test(what_is_not_allowed_is_not_called),
        cmocka_unit_test(what_is_allowed_is_called),
        cmocka_unit_test(a_name_that_changes_its_mind_is_connected_where_it_was_checked),
        cmocka_unit_test(redirects_are_new_targets),
        cmocka_unit_test(an_answer_has_an_end),
        cmocka_unit_test(many_at_once_each_get_their_answer),
    };
    return cmocka_run_group_tests_name("outbound", tests, server_start, server_stop);
}
