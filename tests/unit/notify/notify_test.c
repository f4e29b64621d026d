/* Templates (I05), rules of realms, quiet hours, back-off, mails, masks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/clock.h"
#include "notify/mail.h"
#include "notify/rule.h"
#include "notify/sign.h"
#include "notify/template.h"

static struct arena *a;

static const char *render(const char *text, const struct fact *list, size_t n, enum escape how)
{
    struct buf b = buf_new(a, 64, 4096);
    const struct facts f = {list, n};
    template_render(&b, str_of(text), &f, how);
    return buf_done(&b).p;
}

static void only_declared_facts_are_put_in(void **state)
{
    (void)state;
    static const struct fact f[] = {
        {STR("title"), STR("a {{level}} \"b\"\r\nc&d")}, {STR("level"), STR("红色")}, {STR("none"), {NULL, 0}}};
    assert_string_equal(render("[{{level}}] {{title}}", f, 3, ESCAPE_NONE),
                        "[红色] a {{level}} \"b\"\r\nc&d"); /* never read again */
    assert_string_equal(render("{{title}}", f, 3, ESCAPE_LINE), "a {{level}} \"b\"  c&d");
    assert_string_equal(render("{\"t\":\"{{title}}\"}", f, 3, ESCAPE_JSON), "{\"t\":\"a {{level}} \\\"b\\\"\\r\\nc&d\"}");
    assert_string_equal(render("t={{title}}", f, 3, ESCAPE_URL), "t=a%20%7B%7Blevel%7D%7D%20%22b%22%0D%0Ac%26d");
    assert_string_equal(render("{{none}}.", f, 3, ESCAPE_NONE), ".");
    static const char *const as_they_stand[] = {"{{7*7}}", "${7*7}", "<%= 7 %>",    "{{ level }}", "{{Level}}", "{{level",
                                                "{{}}",    "{{{{",   "{{unknown}}", "}}",          ""};
    for (size_t i = 0; i < sizeof as_they_stand / sizeof *as_they_stand; i++)
        assert_string_equal(render(as_they_stand[i], f, 3, ESCAPE_NONE), as_they_stand[i]);
    assert_string_equal(render("{{{level}}}", f, 3, ESCAPE_NONE), "{红色}");
    const struct facts known = {f, 3};
    assert_true(str_is(template_unknown(STR("{{title}} {{titel}}"), &known), "titel"));
    assert_null(template_unknown(STR("{{title}} {{7*7}} {{none}}"), &known).p);
}

#define PLATFORM "00000000-0000-0000-0000-000000000000"
#define CITY "11111111-1111-1111-1111-111111111111"
static const struct realms city = {{CITY, PLATFORM}, 2}, platform = {{PLATFORM}, 1};

static size_t count(const struct rule *list, size_t n, const struct realms *r, const char *event, int level, enum channel_kind kind)
{
    const struct rule *out[8];
    return rules_for(list, n, r, str_of(event), level, kind, out, 8);
}

static void the_nearest_realm_that_says_anything_decides(void **state)
{
    (void)state;
    static const struct rule list[] = {
        {PLATFORM, STR("dispatch.*"), 0x1e, CHANNEL_EMAIL, AUDIENCE_RECEIVERS, STR(""), false, true},
        {PLATFORM, STR("dispatch.arrived"), 0x06, CHANNEL_SMS, AUDIENCE_DUTY, STR("liaison"), false, true},
        {PLATFORM, STR("*"), 0x02, CHANNEL_EMAIL, AUDIENCE_DUTY, STR("principal"), false, true},
        {CITY, STR("dispatch.arrived"), 0x18, CHANNEL_EMAIL, AUDIENCE_RECEIVERS, STR(""), false,
         false}, /* nothing for yellow and blue */
    };
    assert_int_equal(count(list, 4, &platform, "dispatch.arrived", 1, CHANNEL_EMAIL), 2);
    assert_int_equal(count(list, 4, &platform, "dispatch.arrived", 3, CHANNEL_EMAIL), 1);
    assert_int_equal(count(list, 4, &city, "dispatch.arrived", 3, CHANNEL_EMAIL), 0);
    assert_int_equal(count(list, 4, &city, "dispatch.arrived", 2, CHANNEL_EMAIL), 1);
    assert_int_equal(count(list, 4, &city, "dispatch.returned", 3, CHANNEL_EMAIL), 1);
    assert_int_equal(count(list, 4, &city, "dispatch.arrived", 3, CHANNEL_SMS), 0);
    assert_int_equal(count(list, 4, &platform, "dispatch.arrived", 0, CHANNEL_EMAIL), 0);
    assert_int_equal(count(list, 4, &platform, "dispatcher.arrived", 3, CHANNEL_EMAIL), 0);
}

static const char *pick(const struct template *t, size_t n, const struct realms *r, const char *event, int level, const char *lang)
{
    const struct template *x = template_pick(t, n, r, str_of(event), level, CHANNEL_SMS, str_of(lang));
    return x ? x->body.p : "";
}

static void the_closest_template_is_taken(void **state)
{
    (void)state;
    static const struct template t[] = {{PLATFORM, STR("*"), STR("zh-CN"), STR(""), STR("any"), 0, CHANNEL_SMS},
                                        {PLATFORM, STR("*"), STR("zh-CN"), STR(""), STR("red"), 1, CHANNEL_SMS},
                                        {PLATFORM, STR("task.*"), STR("zh-CN"), STR(""), STR("task"), 0, CHANNEL_SMS},
                                        {PLATFORM, STR("task.urged"), STR("zh-CN"), STR(""), STR("urged"), 0, CHANNEL_SMS},
                                        {PLATFORM, STR("*"), STR("en"), STR(""), STR("english"), 0, CHANNEL_SMS},
                                        {CITY, STR("*"), STR("zh-CN"), STR(""), STR("city"), 0, CHANNEL_SMS}};
    assert_string_equal(pick(t, 6, &platform, "job.failed", 0, "zh-CN"), "any");
    assert_string_equal(pick(t, 6, &platform, "job.failed", 1, "zh-CN"), "red");
    assert_string_equal(pick(t, 6, &platform, "task.cc", 1, "zh-CN"), "task");
    assert_string_equal(pick(t, 6, &platform, "task.urged", 1, "zh-CN"), "urged");
    assert_string_equal(pick(t, 6, &city, "task.urged", 1, "zh-CN"), "city");
    assert_string_equal(pick(t, 6, &city, "task.urged", 1, "en"), "english");
    assert_string_equal(pick(t, 6, &city, "task.urged", 1, "fr"), "");
}

static int64_t at(int day, int minute)
{
    return clock_local_midnight(day) + minute * INT64_C(60000000);
}

static void quiet_hours_hold_back_all_but_red_and_orange(void **state)
{
    (void)state;
    assert_true(clock_set_zone("Asia/Shanghai"));
    const struct quiet night = {PLATFORM, true, 22 * 60, 7 * 60}, noon = {PLATFORM, true, 12 * 60, 13 * 60},
                       off = {PLATFORM, false, 0, 60};
    const int day = 20600;
    assert_int_equal(quiet_until(&night, 3, at(day, 23 * 60)), at(day + 1, 7 * 60));
    assert_int_equal(quiet_until(&night, 4, at(day, 3 * 60)), at(day, 7 * 60));
    assert_int_equal(quiet_until(&night, 0, at(day, 22 * 60)),
                     at(day + 1, 7 * 60)); /* the first minute is quiet, the last is not */
    assert_int_equal(quiet_until(&night, 3, at(day, 7 * 60)), at(day, 7 * 60));
    assert_int_equal(quiet_until(&night, 3, at(day, 12 * 60)), at(day, 12 * 60));
    assert_int_equal(quiet_until(&night, 1, at(day, 23 * 60)), at(day, 23 * 60));
    assert_int_equal(quiet_until(&night, 2, at(day, 3 * 60)), at(day, 3 * 60));
    assert_int_equal(quiet_until(&noon, 3, at(day, 12 * 60 + 30)), at(day, 13 * 60));
    assert_int_equal(quiet_until(&noon, 3, at(day, 13 * 60)), at(day, 13 * 60));
    assert_int_equal(quiet_until(&off, 3, at(day, 30)), at(day, 30));
    assert_int_equal(quiet_until(NULL, 3, at(day, 30)), at(day, 30));
    const struct quiet of_city = {CITY, false, 0, 0}, list[] = {night, of_city};
    assert_false(quiet_of(list, 2, &city)->enabled);
    assert_true(quiet_of(list, 2, &platform)->enabled);
}

static void tries_grow_apart_and_end(void **state)
{
    (void)state;
    for (int i = 1; i < DELIVERY_ATTEMPTS; i++) {
        assert_true(retry_after(i, 0) > 0 && retry_after(i, 1023) >= retry_after(i, 0));
        if (i > 1)
            assert_true(retry_after(i, 0) > retry_after(i - 1, 1023));
    }
    assert_int_equal(retry_after(DELIVERY_ATTEMPTS, 0), -1);
}

static void a_mail_has_no_headers_but_ours(void **state)
{
    (void)state;
    const struct mail m = {.from = STR("a@b.cn"),
                           .from_name = STR("平台\r\nBcc: x@y.cn"),
                           .to = STR("c@d.cn"),
                           .subject = STR("标题\r\nX-Evil: 1 很长很长很长很长很长很长很长很长很长很长"),
                           .body = STR("正文\r\n.\r\nQUIT"),
                           .id = "1",
                           .host = "h",
                           .now = 0};
    struct str text = mail_compose(a, &m);
    assert_null(strstr(text.p, "Bcc"));
    assert_null(strstr(text.p, "X-Evil"));
    assert_null(strstr(text.p, "\r\n.\r\n"));
    assert_non_null(strstr(text.p, "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"));
    for (const char *line = text.p, *end; (end = strstr(line, "\r\n")); line = end + 2)
        assert_true(end - line <= 78);
}

static void addresses_are_masked(void **state)
{
    (void)state;
    assert_true(str_is(address_mask(a, STR("13812345678")), "138****5678"));
    assert_true(str_is(address_mask(a, STR("zhang@example.cn")), "z****@example.cn"));
    assert_true(str_is(address_mask(a, STR("110")), "***"));
    assert_true(str_is(address_mask(a, STR("a@b")), "a@b"));
}

static void signatures(void **state)
{
    (void)state;
    const struct str parts[] = {STR("1700000000"), STR("{\"a\":1}")}, other[] = {STR("1700000001"), STR("{\"a\":1}")};
    char s[SIGNATURE_MAX];
    sign_parts(MAC_SHA256, STR("key"), parts, 2, a, s);
    assert_int_equal(strlen(s), 7 + 64);
    assert_true(sign_fits(MAC_SHA256, STR("key"), parts, 2, a, str_of(s)));
    assert_false(sign_fits(MAC_SM3, STR("key"), parts, 2, a, str_of(s)));
    assert_false(sign_fits(MAC_SHA256, STR("Key"), parts, 2, a, str_of(s)));
    assert_false(sign_fits(MAC_SHA256, STR("key"), other, 2, a, str_of(s)));
    assert_false(sign_fits(MAC_SHA256, STR("key"), parts, 2, a, STR("")));
}

static int begin(void **state)
{
    (void)state;
    a = arena_new(16 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_declared_facts_are_put_in), cmocka_unit_test(the_nearest_realm_that_says_anything_decides),
        cmocka_unit_test(the_closest_template_is_taken),  cmocka_unit_test(quiet_hours_hold_back_all_but_red_and_orange),
        cmocka_unit_test(tries_grow_apart_and_end),       cmocka_unit_test(a_mail_has_no_headers_but_ours),
        cmocka_unit_test(addresses_are_masked),           cmocka_unit_test(signatures),
    };
    return cmocka_run_group_tests_name("notify", tests, begin, end);
}
