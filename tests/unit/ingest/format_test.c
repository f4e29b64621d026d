#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "ingest/format.h"

static struct arena *arena;
static struct formats *all;
static struct format_source source = {.tz_minutes = 480};

static int setup(void **state)
{
    (void)state;
    arena = arena_new(64 << 20);
    FILE *f = fopen("backend/packs/hisec-map.json", "rb");
    if (!f)
        return -1;
    static char text[20000];
    size_t n = fread(text, 1, sizeof text, f);
    fclose(f);
    const char *why = NULL;
    all = formats_load(arena, (struct str){text, n}, &why);
    if (!all)
        print_error("%s\n", why);
    return all ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct event parse(const char *format, const char *line)
{
    struct event e;
    format_parse(format_named(all, str_of(format)), arena, &source, str_of(line), &e);
    return e;
}

static const char *address(const struct ip *ip)
{
    char *out = arena_alloc(arena, IP_TEXT_MAX);
    ip_format(ip, out);
    return out;
}

#define ALERT(more, meta)                                                                                                                                                                        \
    "{\"timestamp\":\"2026-11-23T08:30:00.123456+0800\",\"flow_id\":9007199254740993,\"event_type\":\"alert\"," more                                                                             \
    "\"proto\":\"TCP\",\"alert\":{\"action\":\"allowed\",\"gid\":1,\"signature_id\":2024792,\"rev\":4,\"signature\":\"ET EXPLOIT \\u6f0f\",\"category\":\"Attempted Admin\",\"severity\":1" meta \
    "}}"
#define IN "\"src_ip\":\"8.8.4.4\",\"src_port\":51000,\"dest_ip\":\"10.1.2.3\",\"dest_port\":443,"
#define OUT "\"src_ip\":\"10.1.2.3\",\"src_port\":51000,\"dest_ip\":\"8.8.4.4\",\"dest_port\":443,"

static void eve_alert(void **state)
{
    (void)state;
    struct event e =
        parse("eve", ALERT(IN "\"app_proto\":\"http\",\"http\":{\"hostname\":\"WWW.Unit.Gov.cn:8080\",\"url\":\"/a?b\"},", ""));
    assert_int_equal(e.kind, EVENT_NEW);
    assert_int_equal(e.at, 1795393800123456LL);
    assert_true(str_is(e.name, "ET EXPLOIT \xe6\xbc\x8f"));
    assert_int_equal(e.severity, SEVERITY_HIGH);
    assert_true(str_is(e.rule_id, "2024792"));
    assert_int_equal(e.src_port, 51000);
    assert_true(str_is(e.domain, "www.unit.gov.cn"));
    assert_true(str_is(e.url, "http://WWW.Unit.Gov.cn:8080/a?b"));
    assert_string_equal(address(&e.victim), "10.1.2.3");
    e = parse("eve", ALERT(OUT, ""));
    assert_string_equal(address(&e.victim), "10.1.2.3"); /* the inside end, though it is the source */
    e = parse("eve", ALERT(IN, ",\"metadata\":{\"attack_target\":[\"Client_Endpoint\"]}"));
    assert_string_equal(address(&e.victim), "8.8.4.4");
    e = parse("eve", ALERT(IN "\"direction\":\"to_client\",", ",\"metadata\":{\"attack_target\":[\"Web_Server\"]}"));
    assert_string_equal(address(&e.victim), "8.8.4.4");
    source.victim = VICTIM_DESTINATION;
    e = parse("eve", ALERT(OUT, ",\"metadata\":{\"attack_target\":[\"Client_Endpoint\"]}"));
    assert_string_equal(address(&e.victim), "8.8.4.4");
    source.victim = VICTIM_AUTO;
}

static void eve_other_types(void **state)
{
    (void)state;
    assert_int_equal(parse("eve", "{\"event_type\":\"dns\"}").kind, EVENT_IGNORED);
    struct event e = parse(
        "eve",
        "{\"timestamp\":\"2026-11-23T08:30:00Z\",\"event_type\":\"anomaly\",\"src_ip\":\"::1\",\"dest_ip\":\"fe80::2\",\"anomaly\":{\"type\":\"applayer\",\"event\":\"INVALID_X\"}}");
    assert_int_equal(e.kind, EVENT_NEW);
    assert_true(str_is(e.name, "INVALID_X"));
    assert_string_equal(address(&e.dst), "fe80::2");
    const struct {
        const char *line, *code;
    } bad[] = {{"{\"event_type\":\"alert\"", "malformed"},
               {"[1]", "not_an_object"},
               {"{}", "required"},
               {"{\"event_type\":\"alert\"}", "required"},
               {"{\"event_type\":\"alert\",\"timestamp\":\"yesterday\"}", "bad_time"},
               {"{\"event_type\":\"alert\",\"event_type\":\"alert\"}", "duplicate_key"},
               {"{\"event_type\":\"alert\",\"timestamp\":\"2026-11-23T08:30:00Z\",\"src_ip\":\"1.2.3.999\"}", "bad_address"},
               {"{\"event_type\":\"alert\",\"timestamp\":\"2026-11-23T08:30:00Z\",\"alert\":{}}", "required"},
               {"{\"a\":\"\xff\"}", "bad_utf8"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        e = parse("eve", bad[i].line);
        assert_int_equal(e.kind, EVENT_REJECTED);
        assert_string_equal(e.code, bad[i].code);
    }
}

static void keys_tell_lines_and_sources_apart(void **state)
{
    (void)state;
    struct event a = parse("eve", ALERT(IN, "")), b = parse("eve", ALERT(IN, "")), c = parse("eve", ALERT(OUT, ""));
    assert_memory_equal(&a.key, &b.key, EVENT_KEY_BYTES);
    assert_memory_not_equal(&a.key, &c.key, EVENT_KEY_BYTES);
    assert_int_equal(a.order, b.order);
    source.id[0] = 1;
    b = parse("eve", ALERT(IN, ""));
    source.id[0] = 0;
    assert_memory_not_equal(&a.key, &b.key, EVENT_KEY_BYTES);
}

#define HISEC(more)                                                                                                                                                                   \
    "{\"EventID\":\"e-1\",\"AggregationEventID\":\"g-9\",\"EventName\":\"Trojan\",\"EventCategory\":\"15\",\"EventType\":\"12000\",\"EventLevel\":\"4\",\"ThreatEventStatus\":\"1\"," \
    "\"OccurTime\":\"1795422600\",\"SrcIP\":\"10.0.0.5\",\"SrcPort\":\"-1\",\"DestPort\":\"53\",\"Protocol\":\"17\",\"MergeCount\":\"37\",\"RuleID\":\"9223372036854775807\"" more    \
    "}"

static void hisec_event(void **state)
{
    (void)state;
    struct event e =
        parse("hisec", HISEC(",\"DstIP\":\"8.8.8.8\",\"OnThreatIP\":\"10.0.0.5\",\"URL\":\"http://C2.example.com:81/x\""));
    assert_int_equal(e.kind, EVENT_NEW);
    assert_int_equal(e.at, 1795422600000000LL);
    assert_int_equal(e.severity, SEVERITY_CRITICAL);
    assert_int_equal(e.count, 37);
    assert_int_equal(e.src_port, -1);
    assert_int_equal(e.dst_port, 53);
    assert_string_equal(address(&e.victim), "10.0.0.5");
    assert_true(str_is(e.status, "open") && str_is(e.protocol, "UDP") && str_is(e.category, "15"));
    assert_true(str_is(e.rule_id, "9223372036854775807"));
    assert_true(str_is(e.domain, "c2.example.com"));
    struct event d = parse("hisec", HISEC(",\"DestIP\":\"8.8.8.8\",\"OnThreatIP\":\"-1\""));
    assert_string_equal(address(&d.dst), "8.8.8.8");
    assert_string_equal(address(&d.victim), "10.0.0.5");
    assert_memory_equal(&d.key, &e.key, EVENT_KEY_BYTES);
    struct event u = parse("hisec", "{\"EventID\":\"e-1\",\"EventCategory\":\"999\",\"ThreatEventStatus\":\"4\"}");
    assert_int_equal(u.kind, EVENT_UPDATE);
    assert_true(str_is(u.status, "closed"));
    assert_true(e.has_alias);
    assert_memory_equal(&u.key, &e.alias, EVENT_KEY_BYTES);
    u = parse("hisec", "{\"EventID\":\"e-1\",\"EventCategory\":\"999\",\"ThreatEventStatus\":\"77\"}");
    assert_true(str_is(u.status, "77"));
    e = parse("hisec", "{\"EventName\":\"x\",\"OccurTime\":\"1795422600\"}");
    assert_string_equal(e.code, "required");
    e = parse("hisec", "{\"EventID\":\"1\",\"EventName\":\"x\",\"EventLevel\":\"42\",\"OccurTime\":1795422600123}");
    assert_int_equal(e.kind, EVENT_NEW);
    assert_int_equal(e.at, 1795422600123000LL);
}

static void generic_event(void **state)
{
    (void)state;
    struct event e = parse(
        "generic",
        "{\"id\":\"7\",\"time\":\"2026-11-23T08:30:00\",\"name\":\"n\",\"severity\":\"Critical\",\"dst_ip\":\"2001:db8::1\",\"dst_port\":80,\"url\":\"https://u@A.b.cn/\",\"count\":3}");
    assert_int_equal(e.kind, EVENT_NEW);
    assert_int_equal(e.at, 1795393800000000LL); /* the source's zone */
    assert_int_equal(e.severity, SEVERITY_CRITICAL);
    assert_true(str_is(e.domain, "a.b.cn"));
    assert_int_equal(e.count, 3);
    const struct {
        const char *more, *code;
    } bad[] = {{"\"severity\":\"urgent\"", "bad_severity"},
               {"\"src_port\":70000", "bad_port"},
               {"\"count\":0", "bad_count"},
               {"\"count\":1.5", "bad_count"},
               {"\"victim\":7", "bad_address"},
               {"\"domain\":\"a b\"", "bad_domain"},
               {"\"protocol\":[]", "bad_type"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char line[300];
        snprintf(line, sizeof line, "{\"time\":\"2026-11-23T08:30:00Z\",\"name\":\"n\",%s}", bad[i].more);
        e = parse("generic", line);
        assert_int_equal(e.kind, EVENT_REJECTED);
        assert_string_equal(e.code, bad[i].code);
    }
}

static void times(void **state)
{
    (void)state;
    int64_t t;
    assert_true(event_time(STR("1970-01-01T00:00:00Z"), 0, &t) && t == 0);
    assert_true(event_time(STR("2024-02-29T23:59:59.5-01:30"), 0, &t) && t == 1709256599500000LL);
    static const char *const bad[] = {"2023-02-29T00:00:00Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-01-01T24:00:00Z",
                                      "2026-01-01",
                                      "2026-01-01T00:00:00+99:00",
                                      "2026-01-01T00:00:00Zx",
                                      "2026-01-01T00:00:00.Z",
                                      "0000-01-01T00:00:00Z",
                                      ""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(event_time(str_of(bad[i]), 0, &t));
    int m;
    assert_true(event_tz(STR("Asia/Shanghai"), &m) && m == 480);
    assert_true(event_tz(STR("-05:30"), &m) && m == -330);
    assert_false(event_tz(STR("Mars/Base"), &m));
}

static void map_is_checked(void **state)
{
    (void)state;
    const char *why = NULL;
    assert_null(formats_load(arena, STR("{}"), &why));
    assert_non_null(why);
    why = NULL;
    assert_null(formats_load(
        arena,
        STR("{\"fields\":{\"event_id\":[\"A\"],\"name\":[\"A\"],\"time\":[\"T\"]},\"unknown\":[],\"update_categories\":[],\"levels\":{},\"status\":{},\"protocols\":{}}"),
        &why));
    assert_non_null(why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eve_alert),     cmocka_unit_test(eve_other_types), cmocka_unit_test(keys_tell_lines_and_sources_apart),
        cmocka_unit_test(hisec_event),   cmocka_unit_test(generic_event),   cmocka_unit_test(times),
        cmocka_unit_test(map_is_checked)};
    return cmocka_run_group_tests_name("ingest/format", tests, setup, teardown);
}
